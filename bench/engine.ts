/** Engine overhead per item-step: empty pure steps over 100,000 items with synchronous=FULL, beside raw bun:sqlite commits. */
import { Database } from "bun:sqlite";
import { join } from "node:path";
import { createEmptyRunner, type EmptyRunner } from "./empty-steps.ts";
import { tellFigure } from "./figure.ts";

const items = Number(process.argv[2] ?? 100_000);
const stepCount = 5;
const runsOfOne = 200;

const runner = await createEmptyRunner();
try {
  await measureMany(runner);
  await measureOne(runner);
  tellFigure("engine.bound", measureRawCommits(runner.folder), "updates/s", {
    of: "raw bun:sqlite in commits of 200 rows, WAL, FULL",
  });
} finally {
  await runner.close();
}

async function measureMany(runner: EmptyRunner): Promise<void> {
  const memory: number[] = [];
  const timer = setInterval(() => memory.push(process.memoryUsage.rss()), 250);
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  await runner.driveItems(items, stepCount);
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
async function measureOne(runner: EmptyRunner): Promise<void> {
  const waits: number[] = [];
  const cpu = process.cpuUsage();
  for (let turn = 0; turn < runsOfOne; turn += 1) {
    const began = performance.now();
    await runner.driveItems(1, 7);
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
