/** Fifty kill -9 at random moments of runs with 500 verbali, faults on: nothing is lost, nothing is notified twice. */
import { Database } from "bun:sqlite";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { codeOf } from "../../engine/host/errors.ts";
import type { RunDocument } from "../support/run-document.ts";
import { createSeededRandom } from "../../server/cli/commands/house/simulate.ts";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { verbaliLines } from "../support/verbali.ts";

const kills = 50;
const verbali = 500;
const seed = Number(process.env["POSTINO_TEST_SEED"] ?? 20261123);
const random = createSeededRandom(seed);
let world: InstallationWorld;

beforeAll(async () => {
  world = await makeInstallationWorld({
    faults: { dropRate: 0.05, errorRate: 0.02, tooManyRate: 0.01 },
    random: createSeededRandom(seed + 1),
  });
});
afterAll(async () => {
  await world.close();
});

test(`${kills} kill -9 at random moments leave one notification and one position per verbale (seed ${seed})`, async () => {
  let killed = 0;
  let flussi = 0;
  while (killed < kills) {
    flussi += 1;
    const input = world.file(
      `flusso-${flussi}.jsonl`,
      verbaliLines(verbali, world.freshDay, 1 + (flussi - 1) * verbali),
    );
    killed += await runUnderFire(input, kills - killed);
  }

  const expected = flussi * verbali;
  const { send, gpd } = world.report();
  const open = gpd.positions.filter((position) => position.status === "VALID");
  expect({
    killed,
    accepted: send.accepted,
    distinct: new Set(send.requests.map((request) => request.protocol)).size,
  }).toEqual({ killed: kills, accepted: expected, distinct: expected });
  expect({
    open: open.length,
    distinct: new Set(open.map((position) => position.iupd)).size,
    positions: gpd.positions.length,
  }).toEqual({ open: expected, distinct: expected, positions: expected });
  expect(integrity()).toBe("ok");
});

/** Kills the run and each resume after a random life, at most `most` times, then lets it end. Tells how many kills hit. */
async function runUnderFire(input: string, most: number): Promise<number> {
  let killed = 0;
  let args = ["run", "send", "--ente", "prova", "--input", input, "--json", "--wait", "10m"];
  for (;;) {
    const started = world.start(args);
    const isLast = killed >= most;
    const ended = isLast ? await started.ended : await killAfter(started, 150 + random() * 900);
    expect(unexpectedIn(ended.stderr)).toEqual([]);
    if (ended.signal === "SIGKILL") killed += 1;
    else {
      const document = JSON.parse(ended.stdout) as RunDocument;
      expect({
        code: ended.code,
        state: document.run.state,
        counts: document.run.counts,
      }).toEqual({
        code: 0,
        state: "completed",
        counts: { total: verbali, done: verbali, rejected: 0, waiting: 0, inDoubt: 0, failed: 0 },
      });
      expect(document.items.every((item) => item.token !== null && item.iun !== null)).toBe(true);
      return killed;
    }
    const id = lastRun();
    // Killed before the run was durable: nothing is known of it, it starts again.
    if (id !== null) args = ["resume", id, "--json", "--wait", "10m"];
  }
}

/** Lines of the child's log that tell of a bug. */
function unexpectedIn(stderr: string): readonly string[] {
  return stderr.split("\n").filter((line) => /imprevisto|"level":"error"/.test(line));
}

async function killAfter(started: ReturnType<InstallationWorld["start"]>, ms: number) {
  const timer = setTimeout(() => started.kill("SIGKILL"), ms);
  const ended = await started.ended;
  clearTimeout(timer);
  return ended;
}

/** The newest run that is not over, as the journal tells it. */
function lastRun(): string | null {
  const db = openJournalFile();
  if (db === null) return null;
  try {
    return (
      db
        .query<{ id: string }, []>(
          "SELECT id FROM runs WHERE state NOT LIKE 'completed%' ORDER BY seq DESC LIMIT 1",
        )
        .get()?.id ?? null
    );
  } finally {
    db.close();
  }
}

function integrity(): string {
  const db = openJournalFile();
  if (db === null) throw new Error("no journal");
  try {
    return (
      db.query<{ integrity_check: string }, []>("PRAGMA integrity_check").get()?.integrity_check ??
      ""
    );
  } finally {
    db.close();
  }
}

function openJournalFile(): Database | null {
  try {
    const db = new Database(join(world.dataFolder, "postino.sqlite"), { readwrite: true });
    const hasRuns = db.query("SELECT 1 FROM sqlite_master WHERE name = 'runs'").get() !== null;
    if (hasRuns) return db;
    db.close();
    return null;
  } catch (error) {
    if (codeOf(error) === "SQLITE_CANTOPEN") return null;
    throw error;
  }
}
