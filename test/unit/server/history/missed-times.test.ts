/** Tests over due times that passed without a flusso. */
import { expect, test } from "bun:test";
import type { Run } from "../../../../engine/journal/runs.ts";
import type { DueRow } from "../../../../engine/journal/schedules.ts";
import { countMissed, namePair } from "../../../../server/history/missed-times.ts";
import type { Pause } from "../../../../server/history/pauses.ts";
import { sampleRun } from "../../../support/sample-flussi.ts";

const now = Date.parse("2026-11-23T09:40:00.000Z");
const pair = { pipeline: "send", ente: "prova" };

function due(dueAt: string, state: DueRow["state"] = "missed"): DueRow {
  return { ...pair, dueAt, state, run: null, reason: "", recordedAt: dueAt };
}

function ended(endedAt: string | null, missed: number): Pause {
  const since = endedAt === null ? "2026-11-23T05:00:00.000Z" : null;
  return { ...pair, since, by: "Ada", missed, endedAt };
}

async function count(
  rows: readonly DueRow[],
  pauses: readonly Pause[],
  lastRunAt: string | null,
): Promise<number> {
  const runs: readonly Run[] =
    lastRunAt === null ? [] : [sampleRun(1, { id: "20261123-0001", createdAt: lastRunAt })];
  const journal = { listRuns: async () => runs };
  return (await countMissed({ journal, rows, pauses, now })).get(namePair(pair)) ?? 0;
}

const monday = "2026-11-23T05:30:00.000Z";
const sunday = "2026-11-22T05:30:00.000Z";

test.each([
  ["two that nobody watched", [due(monday), due(sunday)], [], null, 2],
  [
    "one of them before the last flusso",
    [due(monday), due(sunday)],
    [],
    "2026-11-22T06:00:00.000Z",
    1,
  ],
  ["a flusso came after all", [due(monday), due(sunday)], [], "2026-11-23T06:00:00.000Z", 0],
  ["one that was skipped because a flusso was going on", [due(monday, "skipped")], [], null, 0],
  ["one that started its flusso", [due(monday, "run")], [], null, 0],
  ["what is older than three days", [due("2026-11-20T05:30:00.000Z")], [], null, 0],
  [
    "a pause that is over",
    [],
    [ended("2026-11-23T09:00:00.000Z", 3)],
    "2026-11-23T05:31:00.000Z",
    3,
  ],
  ["a pause that goes on", [], [ended(null, 0)], null, 0],
  [
    "a pause and one that nobody watched",
    [due(monday)],
    [ended("2026-11-23T09:00:00.000Z", 2)],
    null,
    3,
  ],
] as const)("%s", async (_what, rows, pauses, lastRunAt, expected) => {
  expect(await count(rows, pauses, lastRunAt)).toBe(expected);
});
