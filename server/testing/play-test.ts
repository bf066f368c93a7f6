/** Plays one test in a folder of its own, and tells what did not hold. */
import { access, constants, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf } from "../../engine/host/errors.ts";
import { ActFault } from "./act-fault.ts";
import { playCrash } from "./crash.ts";
import { compareFacts, type Mismatch } from "./expectations.ts";
import type { Facts } from "./facts.ts";
import { beginAct, driveAct, makeRun, type Theatre } from "./play-act.ts";
import { parseStart } from "./language/start-time.ts";
import { listActs, openTheatre, pickTest, type TestRequest } from "./theatre.ts";

export interface TestOutcome {
  readonly name: string;
  readonly file: string;
  /** `pipelines/tests/send.yaml:12` */
  readonly place: string;
  readonly ms: number;
  readonly failures: readonly TestFailure[];
}

export interface TestFailure {
  readonly place: string;
  readonly keys: string;
  /** Absent: the test could not be played, `got` says why. */
  readonly expected?: string;
  readonly got: string;
}

/** Never throws what the test is to blame for. */
export async function playTest(request: TestRequest): Promise<TestOutcome> {
  const { loaded, index } = request;
  const test = pickTest(request);
  const began = performance.now();
  const folder = await mkdtemp(join(await findFastFolder(), "prova-di-pipeline-"));
  const failures: TestFailure[] = [];
  try {
    await playActs(request, { folder, failures });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return {
    name: test.name,
    file: loaded.file,
    place: loaded.place(["tests", String(index)]),
    ms: Math.round(performance.now() - began),
    failures,
  };
}

/** In memory where the machine has such a folder: what a test writes need outlive a process, not the machine. */
async function findFastFolder(): Promise<string> {
  const inMemory = "/dev/shm";
  return await access(inMemory, constants.W_OK).then(
    () => inMemory,
    () => tmpdir(),
  );
}

async function playActs(
  request: TestRequest,
  { folder, failures }: { readonly folder: string; readonly failures: TestFailure[] },
): Promise<void> {
  const { loaded, index, seen } = request;
  const test = pickTest(request);
  const acts = listActs(test, loaded.tests);
  const isOnDisk = acts.some(({ act }) => act.crash !== undefined);
  const startMs = parseStart(test.clock ?? loaded.tests.clock) ?? 0;
  const place = (keys: readonly string[]): string =>
    loaded.place(["tests", String(index), ...keys]);
  let theatre: Theatre | null = null;
  let before: Facts | null = null;
  try {
    for (const [number, { act, keys }] of acts.entries()) {
      try {
        theatre ??= await openTheatre(request, { folder, startMs, isOnDisk });
        if (act.crash === undefined) {
          await beginAct(theatre, act, before);
          before = await driveAct(theatre, act, await makeRun(theatre, act, before));
        } else {
          const crashed = await playCrash(request, { theatre, act, number, before, folder });
          theatre = crashed.theatre;
          before = crashed.facts;
        }
      } catch (error) {
        if (!(error instanceof ActFault)) throw error;
        failures.push({ place: place(keys), keys: keys.join("."), got: error.message });
        return;
      }
      seen.noteFacts(before);
      const mismatches =
        act.expect === undefined ? [] : compareFacts(act.expect, before, request.toExitCode);
      failures.push(...mismatches.map((mismatch) => toFailure(mismatch, keys, place)));
    }
  } finally {
    await theatre?.stage.close().catch((error: unknown) => {
      failures.push({ place: place([]), keys: "", got: messageOf(error) });
    });
  }
}

function toFailure(
  { keys, expected, got }: Mismatch,
  act: readonly string[],
  place: (keys: readonly string[]) => string,
): TestFailure {
  const whole = [...act, "expect", ...keys];
  return { place: place(whole), keys: whole.join("."), expected, got };
}
