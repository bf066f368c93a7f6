/** The import table as rules of the linter, so that a wrong import is told while one writes. */
import { dirname, relative } from "node:path";
import { findRoom, mayImport } from "./imports.ts";
import { networkPackages, type Room, rooms, workshops } from "./rooms.ts";

interface Override {
  readonly files: readonly string[];
  readonly rules: Readonly<Record<string, unknown>>;
}

interface Pattern {
  readonly group: readonly string[];
  readonly message: string;
}

/** The linter's configuration of imports; `files` are the code files of the repository. */
export function buildLintRules(files: readonly string[]): object {
  const folders = [...new Set(files.map(dirname))].filter((folder) => findRoom(`${folder}/x`));
  const overrides = folders.toSorted().map((folder) => buildOverride(folder, folders, files));
  return { plugins: [], overrides };
}

/** One override for each folder, for the way to another depends on where one stands. */
function buildOverride(
  folder: string,
  folders: readonly string[],
  files: readonly string[],
): Override {
  const room = findRoom(`${folder}/x`) as Room;
  const patterns = [
    buildPattern(room, folder, folders, files),
    ...(folder.startsWith("documents/")
      ? [{ group: networkPackages, message: "documents is pure: no network, no journal" }]
      : []),
    ...(folder === "steps" ? [{ group: ["./*.ts"], message: "no step imports another" }] : []),
  ];
  return {
    files: [`${folder}/*.{ts,tsx}`],
    rules: { "no-restricted-imports": ["error", { patterns }] },
  };
}

/** What the room may not import, as seen from one of its folders: whole tops where none of it may, folders and files otherwise. */
function buildPattern(
  room: Room,
  folder: string,
  folders: readonly string[],
  files: readonly string[],
): Pattern {
  const group: string[] = workshops.map((top) => `**/${top}/**`);
  const tops = [...new Set(rooms.map((other) => findTop(other.folder)))];
  for (const top of tops) {
    const inTop = folders.filter((other) => findTop(other) === top);
    const isClosed = files.every((file) => findTop(file) !== top || !mayImport(room, file));
    if (isClosed) {
      group.push(`**/${top}/**`);
      continue;
    }
    for (const other of inTop) group.push(...refuseFolder(room, folder, other, files));
  }
  return { group, message: "see the import table: bun run shape --rooms" };
}

function refuseFolder(
  room: Room,
  folder: string,
  other: string,
  files: readonly string[],
): readonly string[] {
  if (other === folder) return [];
  const there = files.filter((file) => dirname(file) === other);
  const allowed = there.filter((file) => mayImport(room, file));
  if (allowed.length === there.length) return [];
  const way = relative(folder, other);
  const base = way.startsWith(".") ? way : `./${way}`;
  return [`${base}/*`, ...allowed.map((file) => `!${base}/${file.slice(other.length + 1)}`)];
}

function findTop(path: string): string {
  return path.split("/")[0] ?? "";
}
