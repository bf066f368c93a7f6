/** Pipelines and enti as a page edits them: the files on disk are the truth, every version that was saved is kept with who and why. */
import { createHash } from "node:crypto";
import { chmod, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Clock, toInstant } from "../../engine/host/clock.ts";
import { allowMissing } from "../../engine/host/errors.ts";
import { replaceFile } from "../../engine/host/whole-file.ts";
import type { RecordReader, Records } from "../../engine/journal/records.ts";
import { EnteSettings } from "../../integrations/ente.ts";
import { checkFiles } from "../../loader/check/check.ts";
import { openPipelineFiles, type PipelineFiles } from "../../loader/pipeline/files.ts";
import type { Problem } from "../../loader/yaml/diagnostics.ts";
import { describeAt } from "../editor/hover.ts";
import { listOffers } from "../editor/completion.ts";
import { type EditorFacts, readEditorFacts } from "../editor/facts.ts";
import { openFileAt } from "../editor/place.ts";
import { createStrictInspection } from "../ente/inspect-ente.ts";
import { diffLines } from "../history/diff-lines.ts";
import type {
  FileDesk,
  FilePreview,
  FileProblem,
  FileRow,
  FileText,
  FileVersion,
  SaveRequest,
  SaveResult,
} from "../history/edited-files.ts";
import { computeImpact } from "../impact/impact.ts";
import { formatImpact } from "../impact/impact-text.ts";
import type { Installation } from "../installation.ts";
import { fillEnteForm, readEnteForm } from "./form/ente-form.ts";
import { explainProblem } from "../words/problems.ts";

/** Versions of files belong to no ente: a pipeline is of all. */
const owner = "*";
const kind = "file-version";
/** Longer than any file that a person writes. */
export const mostFileBytes = 400_000;

interface Desk {
  readonly installation: Installation;
  readonly store: RecordReader & Records;
  readonly clock: Pick<Clock, "now">;
  readonly folder: string;
  /** As they are on disk. */
  readonly files: PipelineFiles;
  /** One save after the other: the second sees what the first wrote. */
  turn: Promise<unknown>;
}

export function openFileDesk(
  installation: Installation & { readonly journal: RecordReader & Records },
): FileDesk {
  const folder = installation.config.pipelinesFolder;
  const desk: Desk = {
    installation,
    store: installation.journal,
    clock: installation.clock,
    folder,
    files: openPipelineFiles(folder, EnteSettings),
    turn: Promise.resolve(),
  };
  return {
    list: () => listFiles(desk),
    read: (name) => readText(desk, name),
    async check(name, text) {
      const { problems } = await checkText(desk, name, text);
      return problems;
    },
    async complete(name, text, offset) {
      const { file, facts } = await openAt(desk, name, { text, offset });
      const { start, end } = file.outline.cursor?.word ?? { start: offset, end: offset };
      const offers = await listOffers(file, facts);
      return { start, end, offers: offers.slice(0, 200) };
    },
    async describe(name, text, offset) {
      const { file, facts } = await openAt(desk, name, { text, offset });
      const hovered = await describeAt(file, facts);
      return hovered === null
        ? null
        : { start: hovered.word.start, end: hovered.word.end, text: hovered.text };
    },
    preview: (name, text) => previewText(desk, name, text),
    readForm: async (name, text) => (readOwner(name) === null ? null : readEnteForm(text)),
    fillForm: async (name, text, { given, shown }) =>
      readOwner(name) === null ? text : fillEnteForm(text, given, shown),
    save: (request) => {
      const done = desk.turn.then(
        () => saveText(desk, request),
        () => saveText(desk, request),
      );
      desk.turn = done;
      return done;
    },
    listVersions: (name) => listVersions(desk, name),
  };
}

/** The names of all files that may be edited, as a technician says them. */
async function listNames({ files }: Desk): Promise<readonly string[]> {
  return [
    ...(await files.listPipelines()).map((name) => `${name}.yaml`),
    ...(await files.listBases()).map((name) => `enti/${name.replace(/\.yaml$/, "")}.yaml`),
    ...(await files.listEnti()).map((codice) => `enti/${codice}.yaml`),
  ];
}

/** Of which ente a file is alone; `null`: it is of several. */
function readOwner(name: string): string | null {
  const codice = /^enti\/(.+)\.yaml$/.exec(name)?.[1];
  return codice === undefined || codice.startsWith("base-") ? null : codice;
}

async function listFiles(desk: Desk): Promise<readonly FileRow[]> {
  const rows: FileRow[] = [];
  for (const name of await listNames(desk)) {
    const found = await allowMissing(stat(join(desk.folder, name)));
    if (found === null) continue;
    const ente = readOwner(name);
    const base = name.startsWith("enti/") ? "base" : "pipeline";
    rows.push({
      name,
      kind: ente === null ? base : "ente",
      ente,
      changedAt: toInstant(Math.floor(found.mtimeMs)),
    });
  }
  return rows;
}

function hashText(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** `null`: there is no such file of ours. */
async function readText(desk: Desk, name: string): Promise<FileText | null> {
  if (!(await listNames(desk)).includes(name)) return null;
  const text = await allowMissing(readFile(join(desk.folder, name), "utf8"));
  if (text === null) return null;
  return { name, ente: readOwner(name), text, version: hashText(text) };
}

/** Forms send CRLF; a file keeps the line ends that it has. */
export function keepLineEnds(given: string, before: string): string {
  const plain = given.replaceAll("\r\n", "\n");
  return before.includes("\r\n") ? plain.replaceAll("\n", "\r\n") : plain;
}

async function checkText(
  { installation, folder }: Desk,
  name: string,
  text: string,
): Promise<{ readonly problems: readonly FileProblem[]; readonly others: number }> {
  const path = resolve(folder, name);
  const unsaved = new Map([[path, text]]);
  const { registry, clock } = installation;
  const { problems } = await checkFiles({
    pipelinesFolder: "",
    files: [path],
    registry,
    settingsSchema: EnteSettings,
    inspectEnte: createStrictInspection(installation),
    clock,
    openFiles: (where) => openPipelineFiles(where, EnteSettings, unsaved),
  });
  const own = problems.filter(({ file }) => resolve(file) === path);
  const others = problems.filter(
    ({ file, severity }) => severity === "error" && resolve(file) !== path,
  );
  return { problems: own.map((problem) => locateProblem(problem, text)), others: others.length };
}

/** Where it stands in the text, in UTF-16 units. */
function locateProblem(problem: Problem, text: string): FileProblem {
  const { line, column, endColumn = column + 1, code, severity } = problem;
  const lines = text.split("\n");
  let start = 0;
  for (const one of lines.slice(0, line - 1)) start += one.length + 1;
  const length = lines[line - 1]?.length ?? 0;
  const from = start + Math.min(column - 1, length);
  const to = Math.max(from, start + Math.min(endColumn - 1, length));
  return { code, severity, line, column, start: from, end: to, message: explainProblem(problem) };
}

async function openAt(
  { installation, folder }: Desk,
  name: string,
  { text, offset }: { readonly text: string; readonly offset: number },
): Promise<{ readonly file: ReturnType<typeof openFileAt>; readonly facts: EditorFacts }> {
  const path = resolve(folder, name);
  const { registry, config } = installation;
  const files = openPipelineFiles(folder, EnteSettings, new Map([[path, text]]));
  const { secretsFolder, environment } = config;
  const facts = await readEditorFacts({ folder, registry, files, secretsFolder, environment });
  return { file: openFileAt(path, text, offset), facts };
}

async function previewText(desk: Desk, name: string, given: string): Promise<FilePreview | null> {
  const before = await readText(desk, name);
  if (before === null) return null;
  const text = keepLineEnds(given, before.text);
  const { problems, others } = await checkText(desk, name, text);
  return {
    diff: diffLines(before.text, text),
    problems,
    others,
    impact: await describeImpact(desk, { name, before: before.text, text }),
    version: before.version,
  };
}

async function describeImpact(
  { folder }: Desk,
  { name, before, text }: { readonly name: string; readonly before: string; readonly text: string },
): Promise<string> {
  const path = resolve(folder, name);
  const impact = await computeImpact({
    folder,
    now: openPipelineFiles(folder, EnteSettings, new Map([[path, text]])),
    before: openPipelineFiles(folder, EnteSettings, new Map([[path, before]])),
    changed: before === text ? [] : [name],
    added: new Set(),
    removed: new Set(),
  });
  return formatImpact(impact, { runs: [], untried: [] });
}

/** A value in the place of a secret's name: no version of it is kept. */
const secretCode = "P033";

async function saveText(desk: Desk, request: SaveRequest): Promise<SaveResult> {
  const { name, version, by, reason } = request;
  const before = await readText(desk, name);
  if (before === null) return { status: "refused", reason: "Questo file non c'è." };
  const text = keepLineEnds(request.text, before.text);
  if (Buffer.byteLength(text) > mostFileBytes)
    return { status: "refused", reason: "Il file è troppo lungo." };
  if (before.version !== version) return { status: "conflict", current: before };
  if (text === before.text) return { status: "refused", reason: "Nulla è cambiato." };
  const { problems } = await checkText(desk, name, text);
  if (problems.some(({ code }) => code === secretCode))
    return {
      status: "refused",
      reason: "Nel testo sta il valore di un segreto: ci va solo il nome ({ secret: NOME }).",
    };
  const errors = problems.filter(({ severity }) => severity === "error");
  if (errors.length > 0 && request.isForced !== true)
    return {
      status: "refused",
      reason: `Il file ha ${errors.length === 1 ? "un errore" : `${errors.length} errori`}: nessun flusso partirebbe.`,
    };
  await keepVersion(desk, { name, text: before.text, by: "", reason: "" });
  const path = join(desk.folder, name);
  const { mode } = await stat(path);
  await replaceFile(path, [new TextEncoder().encode(text)]);
  // Others may read it as before: it lies in a folder that a version control knows.
  await chmod(path, mode & 0o777);
  await keepVersion(desk, { name, text, by, reason });
  return { status: "saved", version: hashText(text) };
}

/** What is on disk and not the newest version is one of its own: somebody edited it elsewhere. */
async function keepVersion(
  { store, clock }: Desk,
  { name, text, by, reason }: Pick<SaveRequest, "name" | "text" | "by" | "reason">,
): Promise<void> {
  const newest = (await store.readRecords(owner, kind, [name])).get(name);
  const sha256 = hashText(text);
  if (by === "" && newest?.data["sha256"] === sha256) return;
  const data = { text, sha256, by, reason, at: toInstant(clock.now()) };
  await store.writeRecords(owner, [{ kind, key: name, data }]);
}

async function listVersions({ store }: Desk, name: string): Promise<readonly FileVersion[]> {
  const records = await store.listRecordVersions(owner, kind, name);
  return records
    .map(({ version, data }) => ({
      number: version,
      ...(data as unknown as Omit<FileVersion, "number">),
    }))
    .toReversed();
}
