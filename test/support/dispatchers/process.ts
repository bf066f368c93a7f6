/** The process of an embedded journal over scripted steps: `bun process.ts JOURNAL FOLDER CHUNK`, asked line by line, until SIGTERM. */
import { join } from "node:path";
import { systemClock, toInstant } from "../../../engine/host/clock.ts";
import { requireRow } from "../../../engine/host/errors.ts";
import { createLimiter } from "../../../engine/host/limiter.ts";
import { silentLogger } from "../../../engine/host/logger.ts";
import { isTaken } from "../../../engine/journal/fences.ts";
import { cancelRun } from "../../../engine/run/reopen.ts";
import { createRunner } from "../../../engine/run/runner.ts";
import { createDispatcher } from "../../../engine/run/stage.ts";
import type { Answer } from "../../../engine/step/context.ts";
import { openArtifacts } from "../../../stores/blobs/store.ts";
import { openJournal } from "../../../stores/sqlite/store.ts";
import { buildScriptedSteps } from "../hosts/scripted.ts";
import { type Request, reopenRun } from "./world.ts";

const [, , path = "", folder = "", chunkSize = "10"] = process.argv;
const journal = openJournal(path, systemClock);
const steps = buildScriptedSteps(join(folder, "calls.jsonl"));
const limiter = createLimiter(systemClock);
const runner = createRunner({
  journal,
  artifacts: await openArtifacts(join(folder, "artifacts")),
  clock: systemClock,
  log: silentLogger,
  dispatcher: createDispatcher({ chunkSize: Number(chunkSize) }),
  findStep: (name) => steps[name],
  findFaults: () => [],
  openServices: async () => ({ limiter }),
});
const leaving = new AbortController();
const stops = new Map<string, AbortController>();
const drives = new Set<Promise<unknown>>();

async function drive(runId: string, answers: readonly (readonly [string, Answer])[]) {
  const stop = new AbortController();
  stops.set(runId, stop);
  const driving = runner.drive(runId, {
    stop: AbortSignal.any([stop.signal, leaving.signal]),
    waitUntil: Number.POSITIVE_INFINITY,
    isResumedAtStart: true,
    answers: new Map(answers),
  });
  drives.add(driving.catch(() => {}));
  return await driving;
}

async function answer({ method, args }: Request): Promise<unknown> {
  const [runId = "", second] = args as readonly string[];
  switch (method) {
    case "create": {
      const run = {
        pipeline: "prova",
        ente: second ?? "",
        trigger: "manual",
        input: null,
      } as const;
      return (await journal.createRun({ ...run, params: {}, spec: runId })).id;
    }
    case "drive":
      return await drive(runId, args[1] as readonly (readonly [string, Answer])[]);
    case "halt":
      stops.get(runId)?.abort();
      return null;
    case "reopen":
      return await reopenRun(journal, runId, args[1] as "failed" | "rejected" | null);
    case "cancel":
      return requireRow(await cancelRun(journal, runId, toInstant(systemClock.now())), runId).id;
  }
  throw new Error("nothing of the kind can be asked");
}

async function serve(request: Request): Promise<void> {
  try {
    const result = await answer(request);
    // Who takes over goes on with what this process leaves.
    if (!leaving.signal.aborted)
      console.log(JSON.stringify({ id: request.id, result: result ?? null }));
  } catch (error) {
    if (!isTaken(error)) throw error;
  }
}

process.on("SIGTERM", () => {
  leaving.abort();
  void Promise.all(drives)
    .then(() => journal.close())
    .finally(() => process.exit(0));
});
console.log("there");
for await (const line of console) void serve(JSON.parse(line) as Request);
