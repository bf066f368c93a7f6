/** Checks pipelines and enti, all faults at once. */
import { basename, dirname, normalize } from "node:path";
import type { Clock } from "../../engine/host/clock.ts";
import { buildProblem, buildFileProblem, sortProblems, type Problem } from "../yaml/diagnostics.ts";
import { type EnteInspection, inspectSteps } from "../pipeline/inspect.ts";
import { type Assembled, type Assembler, createAssembler } from "../pipeline/assemble.ts";
import {
  openPipelineFiles,
  type LoadedEnte,
  type LoadedPipeline,
  type PipelineFiles,
} from "../pipeline/files.ts";
import { layActUnder } from "../pipeline/act-under.ts";
import { actsFolder } from "../pipeline/acts.ts";
import { basePrefix } from "../pipeline/family.ts";
import { checkEnteCodice } from "../pipeline/resolve.ts";
import type { StepRegistry } from "../pipeline/registry.ts";
import { findNearest } from "../yaml/nearest.ts";
import { findValue, type YamlScalar } from "../yaml/yaml.ts";
import { fixFiles, type FixedFile } from "./fix.ts";
import { checkRules } from "./rules.ts";

export interface CheckOptions {
  /** Where to look when no files are named. */
  readonly pipelinesFolder: string;
  /** Pipeline or ente files (`…/enti/x.yaml`), also outside of the folder; default: all of the folder. */
  readonly files?: readonly string[];
  /** Only this ente: its file, and every pipeline as it sees it. */
  readonly ente?: string;
  readonly registry: StepRegistry;
  readonly settingsSchema: object;
  readonly inspectEnte?: EnteInspection;
  /** Apply the safe corrections first, then check. */
  readonly fix?: boolean;
  /** With `fix`: also those that are only likely, such as the nearest known name. */
  readonly unsafe?: boolean;
  /** With it the next runs of every schedule are told (P022). */
  readonly clock?: Clock;
  /** Opens the files of a folder: with texts that are not saved yet, or kept from the check before. Default: the disk. */
  readonly openFiles?: (folder: string) => PipelineFiles;
}

export interface CheckReport {
  readonly problems: readonly Problem[];
  /** The files that were looked at, as the user would type them. */
  readonly files: readonly string[];
  readonly fixed: readonly FixedFile[];
}

/** A correction may bring another fault to light; more rounds than this would be a loop. */
const mostRounds = 5;

/** All faults of the named files, or of all files of the folder. */
export async function checkFiles(options: CheckOptions): Promise<CheckReport> {
  const fixed = new Map<string, number>();
  for (let round = 1; ; round++) {
    const report = await checkOnce(options);
    if (options.fix !== true || round > mostRounds) return joinFixed(report, fixed);
    const done = await fixFiles(
      report.problems.filter((problem) => report.files.includes(problem.file)),
      { unsafe: options.unsafe === true },
    );
    if (done.length === 0) return joinFixed(report, fixed);
    for (const { file, count } of done) fixed.set(file, (fixed.get(file) ?? 0) + count);
  }
}

function joinFixed(report: Scope & { problems: readonly Problem[] }, fixed: Map<string, number>) {
  return {
    problems: report.problems,
    files: report.files,
    fixed: [...fixed].map(([file, count]) => ({ file, count })),
  };
}

interface Scope {
  readonly files: readonly string[];
}

/** One folder with what is asked of it. */
interface Folder {
  readonly folder: string;
  /** `null`: all. */
  readonly pipelines: readonly string[] | null;
  readonly enti: readonly string[] | null;
  /** `null`: all. */
  readonly acts: readonly string[] | null;
}

async function checkOnce(
  options: CheckOptions,
): Promise<Scope & { readonly problems: readonly Problem[] }> {
  const problems: Problem[] = [];
  const looked: string[] = [];
  for (const folder of listFolders(options)) {
    const checked = await checkFolder(folder, options);
    problems.push(...checked.problems);
    looked.push(...checked.files);
  }
  return { problems: sortProblems(problems), files: [...new Set(looked)].sort() };
}

function listFolders(options: CheckOptions): readonly Folder[] {
  const { files = [], ente, pipelinesFolder } = options;
  const onlyEnte = ente === undefined ? null : [ente];
  if (files.length === 0)
    return [{ folder: pipelinesFolder, pipelines: null, enti: onlyEnte, acts: null }];
  const folders = new Map<string, { pipelines: string[]; enti: string[]; acts: string[] }>();
  for (const file of files.map((name) => normalize(name))) {
    const kind = basename(dirname(file));
    const isBelow = kind === "enti" || kind === actsFolder;
    const folder = isBelow ? dirname(dirname(file)) : dirname(file);
    const wanted = folders.get(folder) ?? { pipelines: [], enti: [], acts: [] };
    folders.set(folder, wanted);
    const lists = new Map([
      ["enti", wanted.enti],
      [actsFolder, wanted.acts],
    ]);
    (lists.get(kind) ?? wanted.pipelines).push(basename(file, ".yaml"));
  }
  return [...folders].map(([folder, { pipelines, enti, acts }]) => ({
    folder,
    pipelines,
    acts,
    // A base is looked at as those see it that take over from it.
    enti: toWantedEnti(ente === undefined ? enti : [...enti, ente]),
  }));
}

function toWantedEnti(names: readonly string[]): readonly string[] | null {
  return names.some((name) => name.startsWith(basePrefix)) ? null : names;
}

async function checkFolder(
  { folder, pipelines, enti, acts }: Folder,
  options: CheckOptions,
): Promise<Scope & { readonly problems: readonly Problem[] }> {
  const files = holdStill(
    options.openFiles?.(folder) ?? openPipelineFiles(folder, options.settingsSchema),
  );
  const allPipelines = await files.listPipelines();
  const allEnti = await files.listEnti();
  const allActs = await files.listActs();
  const wantedActs = new Set(acts ?? allActs);
  const wantedPipelines = pipelines ?? allPipelines;
  const wantedEnti = enti ?? allEnti;
  const problems: Problem[] = [];
  const looked: string[] = [];
  for (const name of wantedPipelines) {
    const { file, root, problems: own } = await files.readPipeline(name);
    problems.push(...own);
    looked.push(file);
    const act = findValue(root ?? undefined, "act");
    if (act?.kind !== "scalar" || act.text === "") continue;
    if (allActs.includes(act.text)) wantedActs.add(act.text);
    else problems.push(unknownActFault(act, allActs));
  }
  for (const name of wantedActs) {
    const { file, problems: own } = await files.readAct(name);
    problems.push(...own);
    looked.push(file);
  }
  const ofBases: Found = new Map();
  for (const codice of wantedEnti) {
    const ente = await files.readEnte(codice);
    const own = [
      ...ente.problems,
      ...checkEnteCodice(ente),
      ...checkOverrideNames(ente, allPipelines),
    ];
    // What is wrong with a base is told once, whoever takes over from it.
    for (const problem of own)
      if (problem.file === ente.file) problems.push(problem);
      else noteFound(ofBases, problem, codice);
    looked.push(ente.file, ...ente.bases);
  }
  problems.push(...[...ofBases.values()].map(({ problem }) => problem));
  for (const name of new Set([...wantedPipelines, ...allPipelines])) {
    const isWanted = wantedPipelines.includes(name);
    if (!isWanted && wantedEnti.length === 0) continue;
    const withEnti = isWanted && options.ente === undefined ? allEnti : wantedEnti;
    const found = await checkPairs(files, name, withEnti, options);
    const others = isWanted ? [] : await checkPairs(files, name, [], options);
    problems.push(...dropKnown(found, others));
  }
  if (pipelines === null) problems.push(...(await checkFolderItself(files, folder, allPipelines)));
  return { problems, files: looked };
}

function unknownActFault(act: YamlScalar, names: readonly string[]): Problem {
  return buildProblem(act.at, {
    code: "P044",
    message: `l'atto "${act.text}" non esiste: manca il file ${actsFolder}/${act.text}.yaml`,
    maybe: findNearest(act.text, names) ?? undefined,
    ...(names.length > 0 && { options: `atti: ${names.join(", ")}` }),
  });
}

/** Each file is looked at once in a round, whatever happens to it meanwhile. */
function holdStill(files: PipelineFiles): PipelineFiles {
  const [pipelines, enti, acts] = [
    new Map<string, ReturnType<PipelineFiles["readPipeline"]>>(),
    new Map<string, ReturnType<PipelineFiles["readEnte"]>>(),
    new Map<string, ReturnType<PipelineFiles["readAct"]>>(),
  ];
  return {
    ...files,
    readPipeline: (name) => pipelines.getOrInsertComputed(name, files.readPipeline),
    readEnte: (codice) => enti.getOrInsertComputed(codice, files.readEnte),
    readAct: (name) => acts.getOrInsertComputed(name, files.readAct),
  };
}

/** What is wrong with the folder itself. */
async function checkFolderItself(
  files: PipelineFiles,
  folder: string,
  pipelines: readonly string[],
): Promise<readonly Problem[]> {
  const problems = (await files.listMisnamed()).map((file) =>
    buildFileProblem(file, {
      code: "P017",
      message: "il nome del file finisce con .yml: non viene letto",
      remedy: "rinominalo in .yaml",
    }),
  );
  if (problems.length === 0 && pipelines.length === 0)
    problems.push(
      buildFileProblem(folder, {
        code: "P017",
        message: `nella cartella ${folder} non c'è nessuna pipeline`,
        remedy: "una pipeline è un file che finisce con .yaml",
      }),
    );
  return problems;
}

/** A pipeline as each of the enti sees it; by itself when there is none. A fault that all share is told once. */
async function checkPairs(
  files: PipelineFiles,
  name: string,
  enti: readonly string[],
  options: CheckOptions,
): Promise<readonly Problem[]> {
  const base = await files.readPipeline(name);
  if (base.root === null) return [];
  const usable: (LoadedEnte | null)[] = [];
  for (const codice of enti) {
    const ente = await files.readEnte(codice);
    if (ente.root !== null) usable.push(ente);
  }
  if (usable.length === 0 && enti.length === 0) usable.push(null);
  const found: Found = new Map();
  const assemble = createAssembler(options);
  const ruled = new Map<Assembled, readonly Problem[]>();
  for (const one of usable) {
    const ente = one === null ? null : await layActUnder(base, one, files);
    for (const problem of await checkPair(base, ente, { ...options, assemble, ruled }))
      noteFound(found, problem, ente?.name ?? null);
  }
  return [...found.values()].map(({ problem, enti: affected }) =>
    problem.file !== base.file || affected.length === usable.length || affected.length === 0
      ? problem
      : { ...problem, message: `${problem.message} (${describeEnti(affected)})` },
  );
}

type Found = Map<string, { readonly problem: Problem; readonly enti: string[] }>;

function noteFound(found: Found, problem: Problem, ente: string | null): void {
  const key = toKey(problem);
  const known = found.get(key) ?? { problem, enti: [] };
  found.set(key, known);
  if (ente !== null && !known.enti.includes(ente)) known.enti.push(ente);
}

/** Who asks about an ente is not told what is wrong with the pipeline anyway. */
function dropKnown(found: readonly Problem[], others: readonly Problem[]): readonly Problem[] {
  const known = new Set(others.map(toKey));
  return found.filter((problem) => !known.has(toKey(problem)));
}

function toKey({ file, line, column, code, message }: Problem): string {
  return [file, line, column, code, message].join("\u0000");
}

async function checkPair(
  base: LoadedPipeline,
  ente: LoadedEnte | null,
  {
    assemble,
    ruled,
    ...options
  }: CheckOptions & {
    readonly assemble: Assembler;
    readonly ruled: Map<Assembled, readonly Problem[]>;
  },
): Promise<readonly Problem[]> {
  if (base.root === null) return [];
  const { root } = base;
  const assembled = assemble({ ...base, root }, ente);
  const nowMs = options.clock?.now() ?? null;
  const inspected = await inspectSteps(assembled.steps, ente, options.inspectEnte);
  const rules = ruled.get(assembled) ?? [...checkRules({ root, assembled, nowMs })];
  ruled.set(assembled, rules);
  return [...assembled.problems, ...inspected, ...rules];
}

function describeEnti(names: readonly string[]): string {
  if (names.length === 1) return `per l'ente ${names[0] ?? ""}`;
  const shown = names.slice(0, 3).join(", ");
  const rest = names.length - 3;
  return rest > 0 ? `per gli enti ${shown} e altri ${rest}` : `per gli enti ${shown}`;
}

/** `pipelines:` of an ente speaks of a pipeline that is not there. */
function checkOverrideNames(ente: LoadedEnte, names: readonly string[]): readonly Problem[] {
  if (ente.overrides?.kind !== "map") return [];
  return ente.overrides.entries
    .filter(({ key }) => !names.includes(key.text))
    .map(({ key }) =>
      buildProblem(key.at, {
        code: "P044",
        message: `la pipeline "${key.text}" non esiste`,
        maybe: findNearest(key.text, names) ?? undefined,
        ...(names.length > 0 && { options: `pipeline: ${names.join(", ")}` }),
      }),
    );
}
