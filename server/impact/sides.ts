/** The files as they are and as they were: what git has of an earlier day, or what another folder holds. */
import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { allowMissing } from "../../engine/host/errors.ts";
import { toPortablePath } from "../../engine/host/portable-path.ts";
import { EnteSettings } from "../../integrations/ente.ts";
import { openPipelineFiles, type PipelineFiles } from "../../loader/pipeline/files.ts";
import { UsageError } from "../words/usage-error.ts";

export interface Sides {
  readonly folder: string;
  readonly now: PipelineFiles;
  readonly before: PipelineFiles;
  /** Paths below the folder that differ: `send.yaml`, `enti/base-provincia.yaml`. */
  readonly changed: readonly string[];
  /** Of these, those that were not there. */
  readonly added: ReadonlySet<string>;
  /** Of these, those that are there no more. */
  readonly removed: ReadonlySet<string>;
}

export interface SidesRequest {
  readonly folder: string;
  /** Only these files, as a person types them; empty: all. */
  readonly files: readonly string[];
  /** A revision of git; default HEAD. */
  readonly since: string;
  /** Another folder of pipelines, in place of git. */
  readonly against: string | undefined;
}

/** Throws UsageError where there is nothing to compare with. */
export async function openSides(request: SidesRequest): Promise<Sides> {
  const { folder } = request;
  const old =
    request.against === undefined
      ? await readFromGit(folder, request.since)
      : await readFromFolder(folder, request.against);
  const wanted = request.files.map((file) => toPortablePath(resolve(folder), resolve(file)));
  for (const [index, path] of wanted.entries())
    if (!old.has(path) && (await readText(join(folder, path))) === null)
      throw new UsageError(
        `Il file ${request.files[index] ?? path} non è nella cartella ${folder}, né ora né prima.`,
        { isWellTyped: true },
      );
  const unsaved = new Map<string, string>();
  const [changed, added, removed] = [[] as string[], new Set<string>(), new Set<string>()];
  for (const [path, text] of [...old].toSorted(([left], [right]) => (left < right ? -1 : 1))) {
    if (wanted.length > 0 && !wanted.includes(path)) continue;
    const now = await readText(join(folder, path));
    if (now === text) continue;
    changed.push(path);
    if (text === null) added.add(path);
    else unsaved.set(resolve(folder, path), text);
    if (now === null) removed.add(path);
  }
  return {
    folder,
    now: openPipelineFiles(folder, EnteSettings),
    before: openPipelineFiles(folder, EnteSettings, unsaved),
    changed,
    added,
    removed,
  };
}

/** `null`: the file was not there. */
type OldTexts = ReadonlyMap<string, string | null>;

async function readText(path: string): Promise<string | null> {
  return await allowMissing(readFile(path, "utf8"));
}

async function readFromFolder(folder: string, against: string): Promise<OldTexts> {
  const [ours, theirs] = [await listYaml(folder), await listYaml(against)];
  if (theirs.length === 0)
    throw new UsageError(`Nella cartella ${against} non c'è alcuna pipeline con cui confrontare.`, {
      isWellTyped: true,
    });
  const texts = new Map<string, string | null>();
  for (const path of new Set([...ours, ...theirs]))
    texts.set(path, await readText(join(against, path)));
  return texts;
}

async function listYaml(folder: string): Promise<readonly string[]> {
  const list = async (inner: string): Promise<readonly string[]> =>
    ((await allowMissing(readdir(join(folder, inner)))) ?? [])
      .filter((name) => name.endsWith(".yaml"))
      .map((name) => join(inner, name));
  return [...(await list("")), ...(await list("enti"))];
}

/** Files that git says are not as they were. */
async function readFromGit(folder: string, since: string): Promise<OldTexts> {
  const inside = await runGit(folder, ["rev-parse", "--verify", "--quiet", `${since}^{commit}`]);
  if (inside === null)
    throw new UsageError(
      `La cartella ${folder} non è in un repository git, oppure la revisione ${since} non esiste. Per confrontarla con una copia: --against CARTELLA.`,
      { isWellTyped: true },
    );
  const changed = await listGit(folder, [
    "diff",
    "--name-only",
    "-z",
    "--relative",
    since,
    "--",
    ".",
  ]);
  const fresh = await listGit(folder, [
    "ls-files",
    "-z",
    "--others",
    "--exclude-standard",
    "--",
    ".",
  ]);
  const paths = [...new Set([...changed, ...fresh])].filter(isOurs);
  return await readBlobs(folder, since, paths);
}

/** Pipelines, enti and bases; tests and schemas change no ente. */
function isOurs(path: string): boolean {
  return /^(?:enti\/)?[^/]+\.yaml$/.test(path);
}

async function listGit(folder: string, args: readonly string[]): Promise<readonly string[]> {
  const text = (await runGit(folder, args)) ?? "";
  return text.split("\0").filter((path) => path !== "");
}

/** `null`: git says no, or is not there. */
async function runGit(folder: string, args: readonly string[]): Promise<string | null> {
  try {
    const child = Bun.spawn(["git", ...args], { cwd: folder, stdout: "pipe", stderr: "ignore" });
    const text = await new Response(child.stdout).text();
    return (await child.exited) === 0 ? text : null;
  } catch {
    // No git on this machine, or no such folder.
    return null;
  }
}

/** One process for all: a bureau may have changed a thousand. */
async function readBlobs(
  folder: string,
  since: string,
  paths: readonly string[],
): Promise<OldTexts> {
  const texts = new Map<string, string | null>();
  if (paths.length === 0) return texts;
  const child = Bun.spawn(["git", "cat-file", "--batch"], {
    cwd: folder,
    stdin: new TextEncoder().encode(paths.map((path) => `${since}:./${path}\n`).join("")),
    stdout: "pipe",
    stderr: "ignore",
  });
  const bytes = new Uint8Array(await new Response(child.stdout).arrayBuffer());
  let at = 0;
  for (const path of paths) {
    const end = bytes.indexOf(10, at);
    const head = new TextDecoder().decode(bytes.subarray(at, end));
    at = end + 1;
    const size = / blob (\d+)$/.exec(head)?.[1];
    if (size === undefined) {
      texts.set(path, null);
      continue;
    }
    texts.set(path, new TextDecoder().decode(bytes.subarray(at, at + Number(size))));
    at += Number(size) + 1;
  }
  return texts;
}
