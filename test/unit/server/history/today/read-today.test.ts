/** Tests over what an office finds under «Oggi»: terms that end soon, money that does not add up, what stopped and went well since. */
import { describe, expect, test } from "bun:test";
import type { ItemRow } from "../../../../../engine/journal/items.ts";
import type { RecordFilter, StoredRecord } from "../../../../../engine/journal/records.ts";
import { createEnteSummaries } from "../../../../../server/history/today/ente-summaries.ts";
import { createNextTimes } from "../../../../../server/history/today/next-times.ts";
import { createTodayReader, type Today } from "../../../../../server/history/today/read-today.ts";
import { createFakeClock } from "../../../../support/fake-clock.ts";
import { createFakeJournal, type FakeFlusso } from "../../../../support/fake-journal.ts";
import {
  countsOf,
  sampleItem,
  sampleNow,
  sampleRun,
  sampleSpec,
} from "../../../../support/sample-flussi.ts";

function unsent(
  id: number,
  dataViolazione: string,
  change: Partial<ItemRow> = {},
  data: Readonly<Record<string, unknown>> = {},
): ItemRow {
  const verbale = { numero: `V/${id}`, dataViolazione };
  return sampleItem(id, "rejected", 1, { key: `V/${id}`, data: { verbale, ...data }, ...change });
}

function flussoOf(seq: number, items: readonly ItemRow[], change = {}): FakeFlusso {
  const counts = countsOf({ rejected: items.length });
  return {
    run: sampleRun(seq, { id: `r${seq}`, state: "completed-with-rejections", counts, ...change }),
    spec: sampleSpec,
    items: [...items],
    attempts: [],
    stepCounts: [],
    files: [],
  };
}

interface Records {
  readonly terms?: readonly Partial<StoredRecord>[];
  readonly costs?: readonly Partial<StoredRecord>[];
  readonly receipts?: readonly Partial<StoredRecord>[];
}

async function readToday(
  flussi: readonly FakeFlusso[],
  records: Records = {},
  asked: RecordFilter[] = [],
): Promise<Today> {
  const journal = {
    ...createFakeJournal({ flussi }),
    async listRecords(_ente: string, kind: string, filter: RecordFilter) {
      asked.push(filter);
      const { dueBy = "", afterDue } = filter;
      return (records[kind as keyof Records] ?? []).filter(
        ({ dueAt = null }) => dueAt !== null && dueAt <= dueBy && dueAt >= (afterDue?.dueAt ?? ""),
      ) as StoredRecord[];
    },
    async readRecords(_ente: string, kind: string, keys: readonly string[]) {
      const all = (records[kind as keyof Records] ?? []) as StoredRecord[];
      return new Map(all.filter(({ key }) => keys.includes(key)).map((one) => [one.key, one]));
    },
  };
  const clock = createFakeClock(sampleNow);
  return await createTodayReader({
    journal,
    clock,
    summaries: createEnteSummaries(journal, clock),
    times: createNextTimes(),
  })("roccaserena");
}

function recordOf(subject: string, from: string, terms: Readonly<Record<string, string>>) {
  const counted = Object.entries(terms).map(([name, day]) => ({ name, title: name, day }));
  const dueAt = `${from}T00:00:00.000Z`;
  return {
    key: `IUN-${subject}`,
    subject,
    dueAt,
    data: { recipients: [{ index: 0, terms: counted }] },
  };
}

describe("terms", () => {
  test("of what is not sent yet, the 90 days within two weeks, the soonest first", async () => {
    const today = await readToday([
      flussoOf(1, [
        unsent(1, "2026-09-05"),
        unsent(2, "2026-08-25"),
        unsent(3, "2026-10-01"),
        unsent(4, "2026-08-01"),
        unsent(5, "2026-08-26", {}, { notification: { notificationRequestId: "token" } }),
        unsent(6, "2026-08-26", {}, { iun: "ABCD-ABCD-ABCD-202611-A-1" }),
        unsent(7, "non è un giorno"),
        unsent(8, "2026-08-26", { state: "done" }),
      ]),
    ]);

    expect(
      today.terms?.map(({ numero, day, daysLeft, run }) => [numero, day, daysLeft, run]),
    ).toEqual([
      ["V/2", "2026-11-23", 0, "r1"],
      ["V/1", "2026-12-04", 11, "r1"],
    ]);
  });

  test("a verbale that came twice stands once, with its newest flusso", async () => {
    const today = await readToday([
      flussoOf(1, [unsent(1, "2026-08-30")]),
      flussoOf(2, [unsent(1, "2026-08-30")]),
    ]);

    expect(today.terms?.map(({ run }) => run)).toEqual(["r2"]);
  });

  test("of what is notified, the days on which the discount and the documents end, by index", async () => {
    const asked: RecordFilter[] = [];
    const today = await readToday(
      [],
      {
        terms: [
          recordOf("A/1", "2026-11-20", { discounted: "2026-11-25", documents: "2027-03-20" }),
          recordOf("A/2", "2026-11-22", { discounted: "2026-11-27" }),
          recordOf("A/3", "2026-07-30", { documents: "2026-11-27" }),
          recordOf("A/4", "2026-11-15", { discounted: "2026-11-20" }),
          recordOf("A/5", "2026-07-20", { documents: "2026-11-17" }),
        ],
      },
      asked,
    );

    expect(today.terms?.map(({ numero, term, daysLeft }) => [numero, term, daysLeft])).toEqual([
      ["A/1", "discounted", 2],
      ["A/3", "documents", 4],
    ]);
    for (const { limit, dueBy } of asked)
      expect([limit <= 500, dueBy !== undefined]).toEqual([true, true]);
  });
});

test("money that does not add up is told in its sentences, once", async () => {
  const finding = { kind: "missing", text: "Manca un pagamento di 8,00 euro." };
  const today = await readToday([], {
    costs: [
      {
        key: "I1",
        subject: "A/1",
        dueAt: "2026-11-20T10:00:00.000Z",
        data: { findings: [finding] },
      },
      { key: "I2", subject: "A/2", dueAt: null, data: { findings: [] } },
    ],
    receipts: [{ key: "I1", data: { findings: [finding, { text: "Pagato due volte." }] } }],
  });

  expect(today.unexplained).toEqual([
    {
      numero: "A/1",
      ente: "roccaserena",
      texts: ["Manca un pagamento di 8,00 euro.", "Pagato due volte."],
    },
  ]);
});

test("a refused file is no matter any more once the next one went well; a blocked flusso is", async () => {
  const refused = { state: "failed", isLoaded: false, createdAt: "2026-11-20T05:30:00.000Z" };
  const later = { state: "completed", endedAt: "2026-11-21T06:00:00.000Z" };
  const blocked = { state: "blocked", createdAt: "2026-11-20T05:30:00.000Z" };
  const failed = { ...refused, isLoaded: true };

  const before = await readToday([flussoOf(1, [], refused), flussoOf(2, [], blocked)]);
  const after = await readToday([
    flussoOf(1, [], refused),
    flussoOf(2, [], blocked),
    flussoOf(3, [], failed),
    flussoOf(4, [], later),
  ]);

  expect(before.stopped.map(({ id }) => id)).toEqual(["r2", "r1"]);
  expect(after.stopped.map(({ id }) => id)).toEqual(["r3", "r2"]);
});
