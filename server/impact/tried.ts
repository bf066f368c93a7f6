/** When an ente last ran or tried a pipeline, and what it was made of: so that a base that changes since is told. */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { allowMissing, codeOf } from "../../engine/host/errors.ts";
import type { Logger } from "../../engine/host/logger.ts";
import { toInstant, type Clock } from "../../engine/host/clock.ts";
import { toPortablePath } from "../../engine/host/portable-path.ts";
import { replaceFile } from "../../engine/host/whole-file.ts";
import type { RunReader } from "../../engine/journal/runs.ts";
import type { Runner } from "../../engine/run/runner.ts";
import { computeDigest } from "../../engine/journal/digest.ts";
import { EnteSettings } from "../../integrations/ente.ts";
import { type Assembler, createAssembler } from "../../loader/pipeline/assemble.ts";
import type { LoadedEnte, LoadedPipeline, PipelineFiles } from "../../loader/pipeline/files.ts";
import type { StepRegistry } from "../../loader/pipeline/registry.ts";
import type { ResolvedPipeline } from "../../loader/pipeline/resolved.ts";
import { buildFileProblem, type Problem } from "../../loader/yaml/diagnostics.ts";
import type { Config } from "../config.ts";
import { openInstalledFiles } from "../installed-files.ts";
import { formatDateTime } from "../words/format.ts";

export type TriedBy = "run" | "try" | "test";

/** What was tried of one pipeline. */
interface Tried {
  /** Of what the pipeline comes to for this ente; what a run's own parameters decide is left out. */
  readonly digest: string;
  /** sha256 of pipeline and bases, by path below the folder of the pipelines. */
  readonly files: Readonly<Record<string, string>>;
  readonly by: TriedBy;
  /** ISO 8601 UTC. */
  readonly at: string;
}

type TriedOfEnte = Readonly<Record<string, Tried>>;

interface Pair {
  readonly pipeline: string;
  readonly ente: string;
}

type Folders = Pick<Config, "dataFolder" | "pipelinesFolder">;

/** Where files, steps and the time are. */
export interface TriedPlace {
  readonly config: Folders;
  readonly registry: StepRegistry;
  readonly clock: Pick<Clock, "now">;
}

function locateTried({ dataFolder }: Folders): string {
  return join(dataFolder, "provati");
}

/** Keeps that the ente has tried these pipelines, as its files are now. `spec`: only if they still come to this. */
async function noteTried(
  { config, registry, clock }: TriedPlace,
  {
    ente,
    pipelines,
    by,
    spec,
  }: {
    readonly ente: string;
    readonly pipelines: readonly string[];
    readonly by: TriedBy;
    readonly spec?: ResolvedPipeline;
  },
): Promise<void> {
  const files = openInstalledFiles(config);
  const assemble = createAssembler({ registry, settingsSchema: EnteSettings });
  const at = toInstant(clock.now());
  const known: Record<string, Tried> = { ...(await readTried(config, ente)) };
  let isNew = false;
  for (const pipeline of pipelines) {
    const digest = await computePairDigest(files, assemble, { pipeline, ente });
    if (digest === null || (spec !== undefined && digest !== digestPipeline(spec))) continue;
    const shas = await digestFiles(config, await listSources(files, { pipeline, ente }));
    known[pipeline] = { digest, files: shas, by, at };
    isNew = true;
  }
  if (!isNew) return;
  const folder = locateTried(config);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const text = `${JSON.stringify(known, null, 2)}\n`;
  await replaceFile(join(folder, `${ente}.json`), [new TextEncoder().encode(text)]);
}

/** The same for a command: what cannot be kept is told and stops nothing. `tell` takes an Italian sentence. */
export async function noteTriedOrTell(
  place: TriedPlace,
  what: Parameters<typeof noteTried>[1],
  tell: (sentence: string) => void,
): Promise<void> {
  try {
    await noteTried(place, what);
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    tell(
      `Non si è potuto annotare in ${locateTried(place.config)} che l'ente è stato provato (${code}).`,
    );
  }
}

/** The runner, whose runs that send or do something are kept as trials of their ente. */
export function noteAfterDrives(
  runner: Runner,
  place: TriedPlace & {
    readonly journal: Pick<RunReader, "readSpec">;
    readonly log: Pick<Logger, "warn">;
  },
): Runner {
  return {
    ...runner,
    async drive(runId, options) {
      const run = await runner.drive(runId, options);
      if (!run.state.startsWith("completed") || run.counts.done === 0) return run;
      const { ente, pipeline } = run;
      const spec = JSON.parse(await place.journal.readSpec(runId)) as ResolvedPipeline;
      try {
        await noteTried(place, { ente, pipelines: [pipeline], by: "run", spec });
      } catch (error) {
        // The run is what counts: a disk that takes no note of it is told, and the next run notes it.
        place.log.warn("trial not noted", { runId, code: codeOf(error) });
      }
      return run;
    },
  };
}

async function readTried(config: Folders, ente: string): Promise<TriedOfEnte> {
  const text = await allowMissing(readFile(join(locateTried(config), `${ente}.json`), "utf8"));
  try {
    return text === null ? {} : (JSON.parse(text) as TriedOfEnte);
  } catch {
    // Somebody wrote into it: nothing is known, and the next trial writes it anew.
    return {};
  }
}

/** P042 for each pipeline and base that has changed since enti tried it, with those that it touches. */
export async function findUntried({
  config,
  registry,
}: Pick<TriedPlace, "config" | "registry">): Promise<readonly Problem[]> {
  const names = ((await allowMissing(readdir(locateTried(config)))) ?? []).filter((name) =>
    name.endsWith(".json"),
  );
  const files = openInstalledFiles(config);
  const enti = new Set(await files.listEnti());
  const assemble = createAssembler({ registry, settingsSchema: EnteSettings });
  const now = new Map<string, Promise<string>>();
  const found = new Map<string, { readonly enti: Set<string>; at: string }>();
  for (const ente of names.map((name) => name.replace(/\.json$/, ""))) {
    if (!enti.has(ente)) continue;
    for (const [pipeline, tried] of Object.entries(await readTried(config, ente))) {
      const changed: string[] = [];
      for (const [path, sha] of Object.entries(tried.files))
        if ((await now.getOrInsertComputed(path, () => digestFile(config, path))) !== sha)
          changed.push(path);
      if (changed.length === 0) continue;
      const digest = await computePairDigest(files, assemble, { pipeline, ente });
      if (digest === null || digest === tried.digest) continue;
      for (const path of changed) {
        const known = found.get(path) ?? { enti: new Set<string>(), at: tried.at };
        found.set(path, known);
        known.enti.add(ente);
        if (tried.at > known.at) known.at = tried.at;
      }
    }
  }
  return [...found].map(([path, { enti: touched, at }]) =>
    buildUntriedProblem(join(config.pipelinesFolder, path), [...touched].toSorted(), at),
  );
}

/** Of these enti, those that were tried before and not since a pipeline or base of theirs has changed. */
export async function listUntried(
  config: Folders,
  enti: readonly string[],
): Promise<readonly string[]> {
  const now = new Map<string, Promise<string>>();
  const untried: string[] = [];
  for (const ente of enti) {
    const files = Object.values(await readTried(config, ente)).flatMap((one) =>
      Object.entries(one.files),
    );
    for (const [path, sha] of files) {
      if ((await now.getOrInsertComputed(path, () => digestFile(config, path))) === sha) continue;
      untried.push(ente);
      break;
    }
  }
  return untried;
}

function buildUntriedProblem(file: string, enti: readonly string[], at: string): Problem {
  const shown = enti.slice(0, 3).join(", ");
  const more = enti.length - 3;
  const who = more > 0 ? `${shown} e altri ${more}` : shown;
  const first = enti[0] ?? "";
  return {
    ...buildFileProblem(file, {
      code: "P042",
      severity: "warning",
      message:
        enti.length === 1
          ? `l'ente ${who} non è stato provato da quando questo file è cambiato (l'ultima volta il ${formatDateTime(at)})`
          : `${enti.length} enti non sono stati provati da quando questo file è cambiato: ${who} (l'ultima volta il ${formatDateTime(at)})`,
      remedy: `postino impact dice che cosa cambia; poi postino test --ente ${first}, oppure postino try FILE --ente ${first}`,
    }),
    severity: "warning",
  };
}

/** Of what was read once: it is asked for at the end of every run. */
const digests = new WeakMap<LoadedEnte, WeakMap<LoadedPipeline, string>>();

/** `null`: the files cannot be looked at. */
async function computePairDigest(
  files: PipelineFiles,
  assemble: Assembler,
  { pipeline, ente }: Pair,
): Promise<string | null> {
  const base = await files.readPipeline(pipeline);
  const loaded = await files.readEnte(ente);
  if (base.root === null || loaded.settings === null) return null;
  const known = digests.get(loaded)?.get(base);
  if (known !== undefined) return known;
  const assembled = assemble({ ...base, root: base.root }, loaded);
  const digest = digestPipeline({
    steps: assembled.steps.map(({ resolved }) => resolved),
    onFailure: assembled.onFailure,
    settings: loaded.settings,
    origins: assembled.origins,
  });
  const kept = digests.get(loaded) ?? new WeakMap<LoadedPipeline, string>();
  digests.set(loaded, kept.set(base, digest));
  return digest;
}

type Digested = Pick<ResolvedPipeline, "steps" | "onFailure" | "settings" | "origins">;

/** Comments, places and what a parameter decides do not count. */
function digestPipeline({ steps, onFailure, settings, origins }: Digested): string {
  const isGiven = (path: string): boolean => origins[path]?.includes("$(params") === true;
  const settled = steps.map((step) => ({
    ...step,
    with: Object.fromEntries(
      Object.entries(step.with).filter(([key]) => !isGiven(`steps.${step.id}.with.${key}`)),
    ),
  }));
  return computeDigest({ steps: settled, onFailure, settings });
}

/** The files that are not the ente's own: its pipeline and its bases. */
async function listSources(
  files: PipelineFiles,
  { pipeline, ente }: Pair,
): Promise<readonly string[]> {
  const { file } = await files.readPipeline(pipeline);
  const { bases } = await files.readEnte(ente);
  return [file, ...bases];
}

async function digestFiles(
  config: Folders,
  paths: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const shas: Record<string, string> = {};
  for (const path of paths) {
    const name = toPortablePath(config.pipelinesFolder, path);
    shas[name] = await digestFile(config, name);
  }
  return shas;
}

async function digestFile({ pipelinesFolder }: Folders, name: string): Promise<string> {
  const bytes = await allowMissing(readFile(join(pipelinesFolder, name)));
  return bytes === null ? "" : createHash("sha256").update(bytes).digest("hex");
}
