/** A worker of its own over scripted steps: `bun process.ts URL FILE FOLDER JSON`, until SIGTERM. */
import { openArtifacts } from "../../../stores/blobs/store.ts";
import { systemClock } from "../../../engine/host/clock.ts";
import { createLogger } from "../../../engine/host/logger.ts";
import { createRedactor } from "../../../engine/host/redaction.ts";
import { createLimiter } from "../../../engine/host/limiter.ts";
import { createRunner, walkChunkOfRun } from "../../../engine/run/runner.ts";
import { createDispatcher } from "../../../engine/run/stage.ts";
import { createSharedBuckets } from "../../../hosts/limits.ts";
import type { Skill } from "../../../hosts/queue.ts";
import { runWorker, type TaskParts } from "../../../hosts/worker.ts";
import { openSharedDatabase } from "../../../stores/postgres/shared.ts";
import { buildScriptedSteps } from "./scripted.ts";

const [, , url = "", file = "", folder = "", settings = "{}"] = process.argv;
const { width, skills, digest, chunkSize } = JSON.parse(settings) as {
  readonly width: number;
  readonly skills: readonly Skill[];
  readonly digest: string | null;
  readonly chunkSize: number;
};
const steps = buildScriptedSteps(file);
const artifacts = await openArtifacts(folder);
const log = createLogger({
  clock: systemClock,
  redactor: createRedactor(),
  level: "info",
  write: (line) => process.stderr.write(`${line}\n`),
  isTerminal: false,
});
const db = await openSharedDatabase(url, width + 2);
const limits = await openSharedDatabase(url);
const limiter = createLimiter(systemClock, { keeper: createSharedBuckets(limits) });
const buildOptions = (parts: TaskParts) => ({
  ...parts,
  artifacts,
  clock: systemClock,
  log,
  findStep: (name: string) => steps[name],
  findFaults: () => [],
  openServices: async () => ({ limiter }),
});
const stop = new AbortController();
process.on("SIGTERM", () => stop.abort());
await runWorker(
  {
    url,
    db,
    clock: systemClock,
    log,
    reportBug: (error) => {
      console.error(error);
      return null;
    },
    skills,
    width,
    chunkSize,
    digestSteps: () => digest,
    openRunner: async (parts) =>
      createRunner({ ...buildOptions(parts), dispatcher: parts.dispatcher }),
    walkChunk: (parts, chunk, signal) =>
      walkChunkOfRun({ ...buildOptions(parts), dispatcher: createDispatcher() }, chunk, signal),
  },
  stop.signal,
);
await limits.close();
await db.close();
