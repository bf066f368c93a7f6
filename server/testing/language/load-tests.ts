/** Reads a file of tests: typed, or all its faults; and says where each of its parts stands. */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { allowMissing } from "../../../engine/host/errors.ts";
import { coerceBySchema } from "../../../loader/yaml/coerce.ts";
import {
  buildFileProblem,
  type Fault,
  formatOrigin,
  hasErrors,
  type Problem,
  sortProblems,
} from "../../../loader/yaml/diagnostics.ts";
import { findNearest } from "../../../loader/yaml/nearest.ts";
import { findEntry, type YamlNode } from "../../../loader/yaml/yaml.ts";
import { readMap } from "../../../loader/pipeline/read-map.ts";
import { parseStart } from "./start-time.ts";
import { TestFile, type Given } from "./test-file.ts";

export interface LoadedTests {
  readonly file: string;
  /** `null`: it has faults. */
  readonly tests: TestFile | null;
  readonly problems: readonly Problem[];
  /** `pipelines/tests/send.yaml:12` of the part that the keys lead to, or of the nearest that is written. */
  readonly place: (keys: readonly string[]) => string;
}

/** What the tests may name. */
export interface KnownNames {
  readonly pipelines: readonly string[];
  readonly enti: readonly string[];
}

/** `tests/*.yaml` of the pipelines' folder, as a person would type them. */
export async function listTestFiles(pipelinesFolder: string): Promise<readonly string[]> {
  const folder = join(pipelinesFolder, "tests");
  const names = (await allowMissing(readdir(folder))) ?? [];
  return names
    .filter((name) => name.endsWith(".yaml"))
    .toSorted()
    .map((name) => join(folder, name));
}

/** Faults are returned, never thrown, but for a file that is not there: the caller has looked. */
export async function loadTests(file: string, known: KnownNames): Promise<LoadedTests> {
  const text = await readFile(file, "utf8");
  const { root, problems: syntax } = readMap(file, text, "tests: …");
  const place = (keys: readonly string[]): string => findPlace(file, root, keys);
  if (root === null) return { file, tests: null, problems: syntax, place };
  const problems: Problem[] = [...syntax];
  const at = { source: root.at.source, start: root.at.start, end: root.at.start + 1 };
  const tests = coerceBySchema(root, TestFile, {
    problems,
    origins: {},
    originPrefix: "",
    owner: "nel file di prova",
    path: [],
    at,
  }) as TestFile;
  if (!hasErrors(problems)) problems.push(...checkNames({ file, tests, place }, known));
  return {
    file,
    tests: hasErrors(problems) ? null : tests,
    problems: sortProblems(problems),
    place,
  };
}

function findPlace(file: string, root: YamlNode | null, keys: readonly string[]): string {
  let node: YamlNode | null = root;
  let origin = node === null ? `${file}:1` : formatOrigin(node.at);
  for (const key of keys) {
    if (node?.kind === "map") {
      const entry = findEntry(node, key);
      if (entry === undefined) return origin;
      origin = formatOrigin(entry.key.at);
      node = entry.value;
    } else if (node?.kind === "list") {
      node = node.items[Number(key)] ?? null;
      if (node === null) return origin;
      origin = formatOrigin(node.at);
    } else return origin;
  }
  return origin;
}

type Blame = (keys: readonly string[], fault: Fault) => void;

/** What no schema can say. */
function checkNames(
  { file, tests, place }: Pick<LoadedTests, "file" | "place"> & { readonly tests: TestFile },
  known: KnownNames,
): readonly Problem[] {
  const problems: Problem[] = [];
  const blame: Blame = (keys, fault) => {
    const { excerpt: _, ...problem } = buildFileProblem(file, fault);
    const origin = place(keys);
    problems.push({ ...problem, line: Number(origin.slice(origin.lastIndexOf(":") + 1)) || 1 });
  };
  judgeName(blame, ["pipeline"], {
    name: tests.pipeline,
    names: known.pipelines,
    kind: "la pipeline",
  });
  judgeName(blame, ["ente"], { name: tests.ente, names: known.enti, kind: "l'ente" });
  for (const [index, test] of tests.tests.entries()) {
    const keys = ["tests", String(index)];
    judgeName(blame, [...keys, "pipeline"], {
      name: test.pipeline,
      names: known.pipelines,
      kind: "la pipeline",
    });
    judgeName(blame, [...keys, "ente"], { name: test.ente, names: known.enti, kind: "l'ente" });
    judgeGiven(blame, [...keys, "given"], test.given);
    judgeCase(blame, keys, { test, tests });
    for (const [number, act] of (test.next ?? []).entries()) {
      const inner = [...keys, "next", String(number)];
      judgeName(blame, [...inner, "run"], {
        name: act.run,
        names: known.pipelines,
        kind: "la pipeline",
      });
      judgeGiven(blame, [...inner, "given"], act.given);
    }
  }
  return problems;
}

function judgeName(
  blame: Blame,
  keys: readonly string[],
  asked: {
    readonly name: string | undefined;
    readonly names: readonly string[];
    readonly kind: string;
  },
): void {
  const { name, names, kind } = asked;
  if (name === undefined || names.includes(name)) return;
  blame(keys, {
    code: "P044",
    message: `${kind} "${name}" non esiste`,
    maybe: findNearest(name, names) ?? undefined,
    options: `esistono: ${names.join(", ")}`,
  });
}

function judgeGiven(blame: Blame, keys: readonly string[], given: Given | undefined): void {
  const ways = [given?.verbali, given?.count, given?.file].filter((way) => way !== undefined);
  if (ways.length > 1)
    blame(keys, {
      code: "P005",
      message: `"given" dice da dove vengono i verbali in più modi: verbali, count e file si escludono`,
      remedy: "lasciane uno",
    });
}

function judgeCase(
  blame: Blame,
  keys: readonly string[],
  { test, tests }: { readonly test: TestFile["tests"][number]; readonly tests: TestFile },
): void {
  if ((test.pipeline ?? tests.pipeline) === undefined)
    blame(keys, {
      code: "P005",
      message: `la prova "${test.name}" non dice quale pipeline si prova`,
      remedy: "scrivi all'inizio del file: pipeline: send",
    });
  const clock = test.clock ?? tests.clock;
  if (parseStart(clock) === null)
    blame(test.clock === undefined ? ["clock"] : [...keys, "clock"], {
      code: "P005",
      message: `"clock" vuole giorno e ora di Roma, non "${clock}"`,
      remedy: `clock: "2026-11-23 08:00"`,
    });
  if (!hasExpectation(test))
    blame(keys, {
      code: "P005",
      message: `la prova "${test.name}" non si aspetta nulla: passerebbe sempre`,
      remedy: "aggiungi expect, per esempio: expect: { state: completed }",
    });
}

function hasExpectation({ expect, next = [] }: TestFile["tests"][number]): boolean {
  return [expect, ...next.map((act) => act.expect)].some(
    (one) => one !== undefined && Object.keys(one).length > 0,
  );
}
