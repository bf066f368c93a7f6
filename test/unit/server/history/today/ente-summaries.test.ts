/** Tests over what is kept of each ente: the worst of each day, the last success, and what moves while one looks. */
import { describe, expect, test } from "bun:test";
import type { Run } from "../../../../../engine/journal/runs.ts";
import type { RunState } from "../../../../../engine/journal/states.ts";
import {
  createEnteSummaries,
  listDays,
} from "../../../../../server/history/today/ente-summaries.ts";
import { listEnteRows, rankTrouble } from "../../../../../server/history/today/list-enti.ts";
import { createNextTimes } from "../../../../../server/history/today/next-times.ts";
import { createFakeClock } from "../../../../support/fake-clock.ts";
import { createFakeJournal, type FakeJournal } from "../../../../support/fake-journal.ts";
import { sampleNow, sampleRun, sampleSpec } from "../../../../support/sample-flussi.ts";

const dayMs = 86_400_000;

function journalOf(runs: readonly Run[]): FakeJournal {
  return createFakeJournal({
    flussi: runs.map((run) => ({
      run,
      spec: sampleSpec,
      items: [],
      attempts: [],
      stepCounts: [],
      files: [],
    })),
  });
}

function runOf(seq: number, state: RunState, createdAt: string, change: Partial<Run> = {}): Run {
  const endedAt = state === "completed" || state === "completed-with-rejections" ? createdAt : null;
  return sampleRun(seq, { id: `r${seq}`, state, createdAt, endedAt, ...change });
}

describe("summaries", () => {
  test("a day shows the worst of its flussi, in the days of Rome", async () => {
    const journal = journalOf([
      runOf(1, "completed", "2026-11-20T05:30:00.000Z"),
      runOf(2, "blocked", "2026-11-20T09:30:00.000Z"),
      // 0:30 of the 22nd in Rome.
      runOf(3, "completed-with-rejections", "2026-11-21T23:30:00.000Z"),
      runOf(4, "cancelled", "2026-11-19T09:30:00.000Z"),
      runOf(5, "completed", "2026-10-01T09:30:00.000Z"),
    ]);

    const found = await createEnteSummaries(journal, createFakeClock(sampleNow)).read();

    expect(Object.fromEntries(found.get("roccaserena")?.days ?? [])).toEqual({
      "2026-11-19": "off",
      "2026-11-20": "bad",
      "2026-11-22": "warn",
    });
    expect(found.get("roccaserena")?.lastSuccess).toEqual({
      id: "r3",
      at: "2026-11-21T23:30:00.000Z",
    });
    expect(found.get("roccaserena")?.stopped).toBe(1);
  });

  test("what moves is read again, and nothing else", async () => {
    const journal = journalOf([
      runOf(1, "blocked", "2026-11-22T05:30:00.000Z"),
      runOf(2, "completed", "2026-11-22T05:30:00.000Z", { ente: "montefosco" }),
    ]);
    const summaries = createEnteSummaries(journal, createFakeClock(sampleNow));
    const before = await summaries.read();
    const other = before.get("montefosco");
    const asked = journal.runsCalls.length;

    journal.change("r1", (flusso) => {
      const endedAt = "2026-11-23T09:00:00.000Z";
      flusso.run = { ...flusso.run, state: "completed", endedAt };
    });
    const after = await summaries.read();

    expect(after.get("roccaserena")?.days.get("2026-11-22")).toBe("good");
    expect(after.get("roccaserena")?.stopped).toBe(0);
    expect(after.get("montefosco")).toBe(other as NonNullable<typeof other>);
    expect(journal.runsCalls).toHaveLength(asked);
  });

  test("a flusso that begins meanwhile is there, and one that grew old is gone", async () => {
    const clock = createFakeClock(sampleNow);
    const journal = journalOf([runOf(1, "completed", "2026-10-26T05:30:00.000Z")]);
    const summaries = createEnteSummaries(journal, clock);
    const before = (await summaries.read()).get("roccaserena")?.days.size;

    await clock.advance(5 * dayMs);
    journal.flussi.push({
      run: runOf(2, "running", "2026-11-28T05:30:00.000Z"),
      spec: sampleSpec,
      items: [],
      attempts: [],
      stepCounts: [],
      files: [],
    });
    journal.change("r2", () => {});
    const after = (await summaries.read()).get("roccaserena")?.days;

    expect(before).toBe(1);
    expect([...(after ?? [])]).toEqual([["2026-11-28", "busy"]]);
  });

  test("flussi of a state come newest first, of one ente or of all", async () => {
    const journal = journalOf([
      runOf(1, "failed", "2026-11-20T05:30:00.000Z"),
      runOf(2, "blocked", "2026-11-21T05:30:00.000Z", { ente: "montefosco" }),
      runOf(3, "failed", "2026-11-22T05:30:00.000Z"),
      runOf(4, "completed", "2026-11-22T05:30:00.000Z"),
    ]);
    const summaries = createEnteSummaries(journal, createFakeClock(sampleNow));

    expect(await summaries.listRuns(["blocked", "failed"], null)).toEqual(["r3", "r2", "r1"]);
    expect(await summaries.listRuns(["blocked", "failed"], ["roccaserena"])).toEqual(["r3", "r1"]);
  });

  test("the thirty days go over the change of the clock one by one", () => {
    const days = listDays(Date.parse("2026-10-26T22:30:00.000Z"));

    expect(days).toHaveLength(30);
    expect(days.slice(-3)).toEqual(["2026-10-24", "2026-10-25", "2026-10-26"]);
  });
});

describe("enti", () => {
  const schedule = {
    cron: "30 6 * * 1-5",
    timezone: "Europe/Rome",
    ifMissed: "skip",
    ifRunning: "skip",
  } as const;

  test("those with a trouble stand first, each with its next start", async () => {
    const journal = journalOf([
      runOf(1, "completed", "2026-11-23T05:40:00.000Z", { ente: "a" }),
      runOf(2, "blocked", "2026-11-23T05:40:00.000Z", { ente: "b" }),
      // Due on Friday and today: neither went well.
      runOf(3, "completed", "2026-11-19T05:40:00.000Z", { ente: "c" }),
      // Due today only.
      runOf(4, "completed", "2026-11-20T05:40:00.000Z", { ente: "e" }),
    ]);
    const enti = ["a", "b", "c", "d", "e", "f"].map((codice) => ({ codice, nome: codice }));
    const rows = listEnteRows({
      catalog: {
        enti,
        pipelines: [],
        broken: [{ file: "enti/d.yaml", line: 1, ente: "d", message: "" }],
      },
      summaries: await createEnteSummaries(journal, createFakeClock(sampleNow)).read(),
      scheduled: ["a", "c", "e", "f"].map((ente) => ({ pipeline: "send", ente, schedule })),
      times: createNextTimes(),
      now: sampleNow,
    });

    expect(rows.map((row) => [row.codice, rankTrouble(row)])).toEqual([
      ["d", 3],
      ["b", 2],
      ["c", 1],
      ["a", 0],
      ["e", 0],
      ["f", 0],
    ]);
    expect(rows.find(({ codice }) => codice === "a")?.nextAt).toBe(
      Date.parse("2026-11-24T05:30:00.000Z"),
    );
    expect(rows.find(({ codice }) => codice === "b")?.nextAt).toBeNull();
  });

  test("next times move on as they pass, also over the change of the clock", () => {
    const times = createNextTimes();
    const before = Date.parse("2026-10-23T10:00:00.000Z");

    expect(times.listNext(schedule, before, 2).map((at) => new Date(at).toISOString())).toEqual([
      "2026-10-26T05:30:00.000Z",
      "2026-10-27T05:30:00.000Z",
    ]);
    expect(times.listNext(schedule, Date.parse("2026-10-26T05:30:00.000Z"), 1)).toEqual([
      Date.parse("2026-10-27T05:30:00.000Z"),
    ]);
    expect(times.listNext({ ...schedule, cron: "0 0 30 2 *" }, before, 5)).toEqual([]);
    expect(times.findGrace({ ...schedule, cron: "0 0 30 2 *" }, before)).toBeNull();
    expect(times.findGrace({ ...schedule, cron: "* * * * *" }, before)).toBe(before - 60_000);
  });
});
