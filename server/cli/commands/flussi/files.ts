/** `files`: what a run made, by the names that people know; `--to` copies it out of the store. */
import type { StoredArtifact } from "../../../../engine/host/files.ts";
import { createReadStream } from "node:fs";
import { chmod, mkdir, open, rm } from "node:fs/promises";
import { extname, join } from "node:path";
import { allowMissing, codeOf } from "../../../../engine/host/errors.ts";
import { appendAll } from "../../../../engine/host/whole-file.ts";
import { readRunItems } from "../../../history/run-document.ts";
import { pickFinalFiles } from "../../../history/item-view.ts";
import { cleanFileName, formatBytes } from "../../../words/format.ts";
import { UsageError } from "../../../words/usage-error.ts";
import { type Command, exitCodes } from "../../command.ts";
import { lookAtRun, type RunSource } from "./history.ts";
import { formatColumns, formatCount } from "../../output.ts";
import { terminal } from "../../terminal.ts";

/** The files of a run. */
export const filesCommand: Command = {
  usage: "files <flusso> [--to CARTELLA]",
  summary: "elenca i file di un flusso (PDF firmati, archivi), e con --to li copia fuori",
  details: () => `
  --to CARTELLA   la cartella in cui copiarli, creata se manca; un file che c'è già e contiene altro non viene sostituito
  Dove la firma non c'è ancora, sono i PDF come sono stati composti.
`,
  act: "documento",
  words: ["flusso"],
  options: { to: { type: "string" } },
  run: (input) =>
    lookAtRun(input.words[0] ?? "", async (source, run) => {
      const files = nameApart(await collectRunFiles(source, run.id));
      if (files.length === 0) {
        terminal.stdout.write("Il flusso non ha ancora file.\n");
        return exitCodes.completed;
      }
      const folder = input.findValue("to");
      if (folder !== undefined) return await copyFiles(files, folder, source);
      const rows = files.map(({ name, bytes, keys }) => [
        name,
        formatBytes(bytes),
        describeKeys(keys),
      ]);
      const isTerminal = terminal.stdout.isTTY;
      terminal.stdout.write(
        `${formatColumns(["FILE", "DIMENSIONE", "VERBALE"], rows, { isTerminal })}\n`,
      );
      return exitCodes.completed;
    }),
};

interface RunFile extends StoredArtifact {
  /** The verbali that it belongs to; none: the run as a whole. */
  readonly keys: readonly string[];
}

/** Every file as it counts at the end, once: those of the run first, then verbale by verbale. */
async function collectRunFiles({ journal }: RunSource, runId: string): Promise<readonly RunFile[]> {
  const found = new Map<string, RunFile & { readonly keys: string[] }>();
  const add = (file: StoredArtifact, key?: string): void => {
    const id = `${file.sha256} ${file.name}`;
    const known = found.get(id) ?? { ...file, keys: [] };
    if (key !== undefined) known.keys.push(key);
    found.set(id, known);
  };
  for (const file of await journal.listFiles(runId)) add(file);
  for (const item of await readRunItems(journal, runId))
    for (const file of pickFinalFiles(item)) add(file, item.key);
  return [...found.values()];
}

/** Safe names, each once, also where the file system does not tell capitals: `atto (2).pdf`. */
function nameApart(files: readonly RunFile[]): readonly RunFile[] {
  const taken = new Set<string>();
  return files.map((file) => {
    const clean = cleanFileName(file.name);
    const extension = extname(clean);
    const stem = clean.slice(0, clean.length - extension.length);
    let name = clean;
    for (let count = 2; taken.has(name.toLowerCase()); count += 1)
      name = `${stem} (${count})${extension}`;
    taken.add(name.toLowerCase());
    return { ...file, name };
  });
}

function describeKeys(keys: readonly string[]): string {
  if (keys.length === 0) return "";
  return keys.length === 1 ? (keys[0] ?? "") : formatCount(keys.length, "verbale", "verbali");
}

/** Nothing is written when a name is taken by something else, or a blob is gone or altered: all are told first. Throws UsageError. */
async function copyFiles(
  files: readonly RunFile[],
  folder: string,
  source: RunSource,
): Promise<number> {
  await makeFolder(folder);
  const wanted: RunFile[] = [];
  const taken: string[] = [];
  const gone: string[] = [];
  const altered: string[] = [];
  for (const file of files) {
    const there = await compareWith(join(folder, file.name), file.sha256);
    if (there === "other") taken.push(file.name);
    else if (there === "nothing") wanted.push(file);
    if ((await source.artifacts.measure(file.sha256)) === null) gone.push(file.name);
    else if (!(await source.artifacts.isWhole(file.sha256))) altered.push(file.name);
  }
  if (taken.length > 0)
    throw new UsageError(
      `Nella cartella ${folder} ${taken.length === 1 ? "c'è già un altro" : "ci sono già altri"} ${shortenNames(taken)}: nulla è stato copiato. Spostarli, oppure indicare un'altra cartella.`,
      { isWellTyped: true },
    );
  if (gone.length > 0) {
    terminal.stderr.write(
      `Nell'archivio su disco non c'è più ${shortenNames(gone)}: nulla è stato copiato. Recuperarli da una copia di sicurezza della cartella dei dati.\n`,
    );
    return exitCodes.failure;
  }
  if (altered.length > 0) {
    terminal.stderr.write(
      `Nell'archivio su disco ${altered.length === 1 ? "non è più com'era" : "non sono più com'erano"} ${shortenNames(altered)}: nulla è stato copiato. Recuperarli da una copia di sicurezza della cartella dei dati.\n`,
    );
    return exitCodes.failure;
  }
  for (const file of wanted)
    await copyOut(source.artifacts.stream(file.sha256), join(folder, file.name));
  const before = files.length - wanted.length;
  const kept = before === 0 ? "" : `; ${formatCount(before, "c'era già", "c'erano già")}`;
  terminal.stdout.write(
    `${formatCount(wanted.length, "file copiato", "file copiati")} in ${folder}${kept}.\n`,
  );
  return exitCodes.completed;
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw folderError(folder, error);
  }
}

const unwritable: ReadonlySet<string> = new Set([
  "EACCES",
  "EEXIST",
  "ENOSPC",
  "ENOTDIR",
  "EPERM",
  "EROFS",
]);

function folderError(folder: string, error: unknown): unknown {
  const code = codeOf(error) ?? "";
  if (!unwritable.has(code)) return error;
  const why = code === "ENOSPC" ? "il disco è pieno" : "non è una cartella in cui si può scrivere";
  return new UsageError(`${folder}: ${why}.`, { isWellTyped: true });
}

async function compareWith(path: string, sha256: string): Promise<"nothing" | "same" | "other"> {
  const hash = new Bun.CryptoHasher("sha256");
  const reading = async (): Promise<string> => {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
    return hash.digest("hex");
  };
  try {
    const found = await allowMissing(reading());
    if (found === null) return "nothing";
    return found === sha256 ? "same" : "other";
  } catch {
    // A folder, or a file of somebody else: something that is not ours to replace.
    return "other";
  }
}

/** A new file that only its owner may read; what was begun and not finished is taken away. Throws UsageError. */
async function copyOut(from: AsyncIterable<Uint8Array>, to: string): Promise<void> {
  try {
    const handle = await open(to, "wx", 0o600);
    try {
      for await (const chunk of from) await appendAll(handle, chunk);
    } catch (error) {
      await rm(to, { force: true });
      throw error;
    } finally {
      await handle.close();
    }
    await chmod(to, 0o600);
  } catch (error) {
    throw folderError(to, error);
  }
}

const mostNames = 5;

function shortenNames(names: readonly string[]): string {
  const shown = names.slice(0, mostNames).map((name) => `«${name}»`);
  const more = names.length - shown.length;
  return `${shown.join(", ")}${more > 0 ? ` e altri ${more}` : ""}`;
}
