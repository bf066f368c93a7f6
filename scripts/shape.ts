/** `bun run shape`: prints what keeps the house small and readable: rooms, circles, depth, names, sizes. A compass, no gate. */
import { dirname } from "node:path";
import {
  readRepositoryFile,
  repositoryFiles,
  withoutComments,
} from "../test/support/repository.ts";
import { findCircles, measureDepth, readImports } from "./house/imports.ts";
import { countRepeatedExports, measureFunctions } from "./house/names.ts";
import { rooms } from "./house/rooms.ts";
import { countCodeLines } from "./house/sizes.ts";

/** Folders whose size is watched, and how large each may be; the stores have no bound. */
const aims = [
  ["engine", "5,600"],
  ["loader", "4,000"],
  ["stores", "none"],
] as const;

const product = repositoryFiles(".ts", ".tsx").filter(
  (path) => !/^(test|bench|scripts)\/|\.d\.ts$/.test(path),
);

if (process.argv.includes("--rooms")) printRooms();
else printShape();

function printShape(): void {
  const sources = product.map((path) => ({ path, code: readRepositoryFile(path) }));
  const imports = sources.flatMap(({ path, code }) => readImports(path, withoutComments(code)));
  const [largest, files] = findLargestFolder();
  const circles = findCircles(imports);
  const functions = measureFunctions(sources);
  const repeated = countRepeatedExports(sources);
  print("files in the largest folder", `${files} (${largest})`, "16");
  print("import depth", measureDepth(imports), "14");
  print("circles, of types too", circles.length, "0");
  print("exported names that occur twice", `${repeated.length} ${repeated.join(" ")}`, "0");
  print("functions over 60 lines", functions.long.length, "0");
  print("functions that begin with a verb", percent(functions.verbs, functions.all), "65 %");
  print("functions called xOf", percent(functions.of, functions.all), "5 %");
  print("exported functions of one word", functions.words.length, "0");
  for (const [folder, aim] of aims)
    print(`lines of code in ${folder}/`, countCodeLines(folder), aim);
  if (process.argv.includes("--list")) {
    console.log(`\nno verb:\n${functions.others.join("\n")}`);
    console.log(`\none word:\n${functions.words.join("\n")}`);
    console.log(`\ncircles:\n${circles.map((circle) => circle.join(" ")).join("\n")}`);
  }
}

function printRooms(): void {
  for (const { folder, purpose, may } of rooms)
    console.log(
      `${folder}: ${purpose}\n  ${may.length === 0 ? "imports no other room" : may.join(", ")}`,
    );
}

function print(what: string, value: number | string, aim: string): void {
  console.log(`${what.padEnd(34)} ${String(value).padStart(10)}   (aim ${aim})`);
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`;
}

function findLargestFolder(): readonly [string, number] {
  const counts = new Map<string, number>();
  for (const path of product) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a)[0] ?? ["", 0];
}
