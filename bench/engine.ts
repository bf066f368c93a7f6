/** Engine overhead per item-step: empty pure steps over 100,000 items with synchronous=FULL, beside raw bun:sqlite commits. */
import { Database } from "bun:sqlite";
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
import { tellFigure } from "./figure.ts";
import { listFaults } from "../loader/yaml/schema-check.ts";
import { createDispatcher } from "../engine/run/stage.ts";

const items = Number(process.argv[2] ?? 100_000);
const stepCount = 5;
const runsOfOne = 200;
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

const folder = mkdtempSync(join(tmpdir(), "postino-bench-"));
try {
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
  await measureMany(runner);
  await measureOne(runner);
  await journal.close();
  tellFigure("engine.bound", measureRawCommits(folder), "updates/s", {
    of: "raw bun:sqlite in commits of 200 rows, WAL, FULL",
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
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

async function measureMany(runner: Runner): Promise<void> {
  const memory: number[] = [];
  const timer = setInterval(() => memory.push(process.memoryUsage.rss()), 250);
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  await driveItems(runner, items, stepCount);
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  clearInterval(timer);
  const about = { items, steps: stepCount };
  tellFigure("engine.rate", (items * stepCount) / seconds, "item-steps/s", about);
  tellFigure("engine.cpu", (user + system) / (items * stepCount), "µs/item-step", about);
  tellFigure("engine.memory", Math.max(...memory, process.memoryUsage.rss()) / 1e6, "MB", about);
  tellFigure(
    "engine.memory-third",
    (memory[Math.floor(memory.length / 3)] ?? 0) / 1e6,
    "MB",
    about,
  );
}

/** Runs of one item through seven steps, one after the other: what a single verbale waits for. */
async function measureOne(runner: Runner): Promise<void> {
  const waits: number[] = [];
  const cpu = process.cpuUsage();
  for (let turn = 0; turn < runsOfOne; turn += 1) {
    const began = performance.now();
    await driveItems(runner, 1, 7);
    waits.push(performance.now() - began);
  }
  const { user, system } = process.cpuUsage(cpu);
  const sorted = waits.toSorted((a, b) => a - b);
  tellFigure("engine.one", sorted[Math.floor(runsOfOne / 2)] ?? 0, "ms/run", {
    items: 1,
    steps: 7,
  });
  tellFigure("engine.one-cpu", (user + system) / 1_000 / runsOfOne, "ms/run", {
    items: 1,
    steps: 7,
  });
}

/** The same update in the same group size, with nothing around it. */
function measureRawCommits(into: string): number {
  const db = new Database(join(into, "raw.sqlite"), { create: true });
  db.run("PRAGMA journal_mode = WAL");
  db.run("PRAGMA synchronous = FULL");
  db.run("CREATE TABLE t (id INTEGER PRIMARY KEY, state TEXT, step INTEGER)");
  db.transaction(() => {
    for (let id = 1; id <= 20_000; id += 1)
      db.query("INSERT INTO t VALUES (?, 'pending', 0)").run(id);
  })();
  const update = db.prepare("UPDATE t SET step = ? WHERE id = ? AND state = 'pending'");
  const began = performance.now();
  for (let round = 1; round <= 5; round += 1)
    for (let start = 1; start <= 20_000; start += 200)
      db.transaction(() => {
        for (let id = start; id < start + 200; id += 1) update.run(round, id);
      })();
  const rate = 100_000 / ((performance.now() - began) / 1000);
  db.close();
  return Math.round(rate);
}
