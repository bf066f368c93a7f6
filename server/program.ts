/** The program's own files: they lie beside the source, or are carried inside the program of one file. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { toDiskError } from "../engine/host/disk-faults.ts";
import { locateDataFolder } from "./config.ts";

/** What a program of one file brings along. */
export interface CarriedProgram {
  /** The steps by name; loaded when a registry is made. */
  readonly steps: Readonly<Record<string, () => Promise<{ readonly default: unknown }>>>;
  /** Where a file of the repository lies inside the program, by its path. */
  readonly files: Readonly<Record<string, string>>;
  /** Another one for every change of those files. */
  readonly digest: string;
}

const sourceFolder = resolve(import.meta.dir, "..");

let carried: CarriedProgram | null = null;

/**
 * Called once, by the entry that scripts/build.ts writes, before anything else of the program.
 * @public
 */
export function carryProgram(program: CarriedProgram): void {
  carried = program;
}

/** Where `pipelines/`, `data/demo/` and the like lie as files. A program of one file lays them out in the data folder, once for each version. */
export function locateProgramFolder(): string {
  return carried === null ? sourceFolder : layOut(carried);
}

/** What starts this program again in a process of its own: the words before those of a command. */
export function listOwnCommand(): readonly string[] {
  const entry = carried === null ? [join(sourceFolder, "server", "main.ts")] : [];
  return [process.execPath, ...entry];
}

/** How a person calls the program. */
export function nameOwnCommand(): string {
  return carried === null ? "npm run -s postino --" : "postino";
}

/** The steps that come with the program: their folder, or the steps themselves. */
export async function readOwnSteps(): Promise<{
  readonly folders: readonly string[];
  readonly builtin: Readonly<Record<string, unknown>>;
}> {
  if (carried === null) return { folders: [join(sourceFolder, "steps")], builtin: {} };
  const builtin: Record<string, unknown> = {};
  for (const [name, load] of Object.entries(carried.steps)) builtin[name] = (await load()).default;
  return { folders: [], builtin };
}

/** Each file whole or as it was; the stamp last. The paths stay those of earlier versions. Throws RunBlocked when the data folder cannot be written. */
function layOut({ files, digest }: CarriedProgram): string {
  const dataFolder = locateDataFolder();
  const folder = join(dataFolder, "programma");
  const stamp = join(folder, ".versione");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return folder;
  try {
    for (const [path, inside] of Object.entries(files))
      replaceFile(join(folder, path), readFileSync(inside));
    replaceFile(stamp, digest);
  } catch (error) {
    throw toDiskError(error, dataFolder);
  }
  return folder;
}

function replaceFile(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, content, { mode: 0o600 });
  renameSync(temporary, path);
}
