/** The imports of the tree as a graph: who imports whom, what breaks the import table, which files go round in circles. */
import { dirname, join } from "node:path";
import { type Room, rooms, workshops } from "./rooms.ts";

export interface Import {
  readonly from: string;
  /** A path of ours, relative to the repository, or the name of a package. */
  readonly to: string;
}

/** The imports (of types too) of one file; `path` is relative to the repository. */
export function readImports(path: string, code: string): readonly Import[] {
  const statements = code.matchAll(
    /^(?:import|export)\b[^;"'`]*?\bfrom\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport\(\s*"([^"]+)"/gm,
  );
  return [...statements].map((match) => {
    const to = match[1] ?? match[2] ?? match[3] ?? "";
    return { from: path, to: to.startsWith(".") ? join(dirname(path), to) : to };
  });
}

/** The room of a file: the innermost folder of the table that holds it; `null` outside the table. */
export function findRoom(path: string): Room | null {
  const holding = rooms.filter(({ folder }) => path.startsWith(`${folder}/`));
  return holding.toSorted((a, b) => b.folder.length - a.folder.length)[0] ?? null;
}

/** Whether a file of ours in `room` may import the file of ours `to`. */
export function mayImport(room: Room, to: string): boolean {
  if (findRoom(to) === room) return true;
  return room.may.some((allowed) => {
    if (allowed.endsWith(".ts") || allowed.endsWith("**")) return new Bun.Glob(allowed).match(to);
    return new Bun.Glob(allowed).match(dirname(to));
  });
}

/** Imports of the product that the table does not allow, in words. */
export function findBreaches(imports: readonly Import[]): readonly string[] {
  return imports.flatMap(({ from, to }) => {
    const room = findRoom(from);
    if (room === null || !isOurs(to)) return [];
    // A step is one file: no other step is its neighbour.
    const isStepToStep = dirname(from) === "steps" && dirname(to) === "steps";
    return mayImport(room, to) && !isStepToStep ? [] : [`${from} imports ${to}`];
  });
}

/** Whether an import names a file of the repository. */
export function isOurs(to: string): boolean {
  const tops = new Set([...rooms.map(({ folder }) => folder.split("/")[0]), ...workshops]);
  return /^(data|pipelines)\//.test(to) || tops.has(to.split("/")[0]);
}

/** The groups of files that import each other in a circle, each sorted; empty where there is none. */
export function findCircles(imports: readonly Import[]): readonly (readonly string[])[] {
  const graph = buildGraph(imports);
  const reach = new Map([...graph.keys()].map((file) => [file, reachFrom(graph, file)]));
  const seen = new Set<string>();
  const circles: string[][] = [];
  for (const [file, reached] of reach) {
    if (seen.has(file) || !reached.has(file)) continue;
    const circle = [...reached].filter((other) => reach.get(other)?.has(file) === true);
    for (const member of circle) seen.add(member);
    circles.push(circle.toSorted());
  }
  return circles;
}

/** The longest way of imports from one file inwards, in files; a circle is counted once. */
export function measureDepth(imports: readonly Import[]): number {
  const graph = buildGraph(imports);
  const depths = new Map<string, number>();
  const walk = (file: string): number => {
    const known = depths.get(file);
    if (known !== undefined) return known;
    depths.set(file, 0);
    const depth = 1 + Math.max(0, ...[...(graph.get(file) ?? [])].map(walk));
    depths.set(file, depth);
    return depth;
  };
  return Math.max(0, ...[...graph.keys()].map(walk));
}

function buildGraph(imports: readonly Import[]): ReadonlyMap<string, ReadonlySet<string>> {
  const graph = new Map<string, Set<string>>();
  for (const { from, to } of imports) {
    if (!isOurs(to) || !/\.tsx?$/.test(to)) continue;
    graph.set(from, (graph.get(from) ?? new Set()).add(to));
  }
  return graph;
}

function reachFrom(
  graph: ReadonlyMap<string, ReadonlySet<string>>,
  start: string,
): ReadonlySet<string> {
  const reached = new Set<string>();
  const open = [...(graph.get(start) ?? [])];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (reached.has(file)) continue;
    reached.add(file);
    open.push(...(graph.get(file) ?? []));
  }
  return reached;
}
