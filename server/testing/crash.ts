/** An act that dies by SIGKILL at a named point, in a process of its own; then it starts again here. */
import { readFile, writeFile } from "node:fs/promises";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { listOwnCommand } from "../program.ts";
import { ActFault } from "./act-fault.ts";
import { type Facts, readFacts } from "./facts.ts";
import { beginAct, driveAct, makeRun, type Theatre } from "./play-act.ts";
import { listActs, openTheatre, pickTest, type TestRequest } from "./theatre.ts";
import type { TestAct } from "./language/test-file.ts";

/** Where the process that dies finds what it has to do; JSON. */
export interface CrashOrder {
  readonly file: string;
  readonly index: number;
  readonly act: number;
  readonly folder: string;
  readonly ente: string;
  readonly nowMs: number;
  /** The run that the act goes on with; `null`: it begins one. */
  readonly runId: string | null;
}

interface Crashing {
  readonly theatre: Theatre;
  readonly act: TestAct;
  /** Which act it is. */
  readonly number: number;
  readonly before: Facts | null;
  readonly folder: string;
}

const timeFile = "adesso";

/** Throws ActFault where the point is never passed. */
export async function playCrash(
  request: TestRequest,
  { theatre, act, number, before, folder }: Crashing,
): Promise<{ readonly theatre: Theatre; readonly facts: Facts }> {
  const startMs = theatre.stage.clock.now();
  await theatre.stage.close();
  const order: CrashOrder = {
    file: request.loaded.file,
    index: request.index,
    act: number,
    folder,
    ente: theatre.ente,
    nowMs: startMs,
    runId: act.run === undefined ? (before?.run.id ?? null) : null,
  };
  const path = join(folder, "ordine.json");
  await writeFile(path, JSON.stringify(order));
  await writeFile(join(folder, timeFile), String(startMs));
  const ended = await spawnToDie(path, act.crash ?? "", request.base.config.environment);
  const nowMs = Number(await readFile(join(folder, timeFile), "utf8"));
  const again = await openTheatre(request, { folder, startMs: nowMs, isOnDisk: true });
  try {
    if (ended.signal === null)
      throw new ActFault(
        `il programma non è morto: il punto «${act.crash ?? ""}» non è mai stato raggiunto${ended.code === 0 ? "" : ` (${ended.stderr.trim()})`}`,
      );
    const [run] = await again.stage.writing.journal.listRuns({ limit: 1 });
    if (run === undefined)
      throw new ActFault(
        `il programma è morto a «${act.crash ?? ""}» prima che il flusso fosse registrato`,
      );
    again.stage.wire.setMocks(act.mocks ?? {});
    return { theatre: again, facts: await driveAct(again, act, run) };
  } catch (error) {
    await again.stage.close();
    throw error;
  }
}

async function spawnToDie(
  order: string,
  point: string,
  environment: Readonly<Record<string, string | undefined>>,
) {
  const child = Bun.spawn([...listOwnCommand(), "test", "--crash-order", order], {
    env: { ...environment, POSTINO_CRASH_AT: point },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const stderr = await new Response(child.stderr).text();
  await child.exited;
  return { signal: child.signalCode, code: child.exitCode, stderr };
}

/** The side that dies: plays the act as far as it comes. */
export async function playToDie(request: TestRequest, order: CrashOrder): Promise<void> {
  const found = listActs(pickTest(request), request.loaded.tests)[order.act];
  if (found === undefined) throw new Error("no such act");
  const { act } = found;
  const theatre = await openTheatre(request, {
    folder: order.folder,
    startMs: order.nowMs,
    isOnDisk: true,
    onMove: (now) => writeFileSync(join(order.folder, timeFile), String(now)),
  });
  const run =
    order.runId === null ? null : await theatre.stage.writing.journal.readRun(order.runId);
  const before = run === null ? null : await readFacts(theatre.stage, run);
  await beginAct(theatre, act, before);
  await driveAct(theatre, act, await makeRun(theatre, act, before));
  await theatre.stage.close();
}
