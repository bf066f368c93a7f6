/** Our engine with steps that do nothing, on a journal of SQLite in a temporary folder: what engine.ts and engines.ts measure. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Type } from "typebox";
import { openArtifacts } from "../stores/blobs/store.ts";
import { systemClock } from "../engine/host/clock.ts";
import { createStepMakers } from "../engine/step/step.ts";
import { openJournal } from "../stores/sqlite/store.ts";
import { silentLogger } from "../engine/host/logger.ts";
import { buildRegistry } from "../loader/pipeline/registry.ts";
import { createRunner } from "../engine/run/runner.ts";
import { listFaults } from "../loader/yaml/schema-check.ts";
import { createDispatcher } from "../engine/run/stage.ts";

type Runner = ReturnType<typeof createRunner>;
const { sourceStep, pureStep } = createStepMakers<object>();
const closed = { additionalProperties: false };
const source = sourceStep({
  summary: "Crea elementi vuoti.",
  config: Type.Object({ count: Type.Integer() }, closed),
  adds: Type.Object({ n: Type.Integer() }),
  examples: [],
  async *run(ctx) {
    for (let n = 0; n < ctx.config.count; n += 1) yield { key: `v${n}`, fields: { n } };
  },
});
const empty = pureStep({
  summary: "Non fa nulla.",
  config: Type.Object({}, closed),
  reads: Type.Object({ n: Type.Integer() }),
  adds: Type.Object({}),
  examples: [],
  run: () => ({}),
});

export interface EmptyRunner {
  readonly folder: string;
  /** A run of so many items through so many empty steps; throws where one of them is not done. */
  driveItems(count: number, stepCount: number): Promise<void>;
  close(): Promise<void>;
}

export async function createEmptyRunner(): Promise<EmptyRunner> {
  const folder = mkdtempSync(join(tmpdir(), "postino-bench-"));
  const registry = buildRegistry({ source, empty });
  const journal = openJournal(join(folder, "journal.sqlite"), systemClock);
  const runner = createRunner({
    journal,
    artifacts: await openArtifacts(join(folder, "artifacts")),
    clock: systemClock,
    log: silentLogger,
    dispatcher: createDispatcher(),
    findStep: (name) => registry.get(name)?.step,
    findFaults: listFaults,
    openServices: async () => ({}),
  });
  return {
    folder,
    driveItems: (count, stepCount) => driveItems(runner, count, stepCount),
    async close() {
      await journal.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function buildEntry(id: string, uses: string, config: object = {}) {
  return {
    id,
    uses,
    with: config,
    retry: { times: 0, waitMs: 0, maxWaitMs: 0 },
    concurrency: 8,
    timeoutMs: null,
    withinMs: null,
    approval: false,
  };
}

async function driveItems(runner: Runner, count: number, stepCount: number): Promise<void> {
  const steps = [
    buildEntry("source", "source", { count }),
    ...Array.from({ length: stepCount }, (_, index) => buildEntry(`empty-${index}`, "empty")),
  ];
  const run = await runner.create({
    pipeline: "bench",
    ente: "bench",
    trigger: "manual",
    input: null,
    params: {},
    spec: JSON.stringify({ ente: "bench", steps }),
  });
  const done = await runner.drive(run.id, { stop: new AbortController().signal });
  if (done.counts.done !== count)
    throw new Error(`done ${done.counts.done} of ${count}: ${done.code} ${done.reason}`);
}
