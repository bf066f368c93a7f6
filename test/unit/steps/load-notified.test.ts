/** load-notified: which notifications are looked at now, and at what cost. */
import { describe, expect, test } from "bun:test";
import { RetryLater, RunBlocked } from "../../../engine/host/errors.ts";
import type { OpenEffect } from "../../../engine/step/item.ts";
import type { Followed } from "../../../integrations/register/followed.ts";
import type { KeptReceipts } from "../../../integrations/register/money.ts";
import type { Register } from "../../../integrations/register/port.ts";
import type { SentElement, SentNotification } from "../../../integrations/send/desk-port.ts";
import loadNotified from "../../../steps/load-notified.ts";
import { computeFollowed } from "../../../steps/following/compute-followed.ts";
import { openRegister } from "../../support/register.ts";
import { buildAct } from "./follow-world.ts";
import { runSource, type SourceWorld } from "./source-context.ts";
import { makePatience } from "../../support/patience.ts";

const instant = "2026-11-23T06:30:00.000Z";
const now = Date.parse(instant);
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const verdict = { outcome: "accepted", at: "2026-11-23T06:00:00.000Z", reasons: [] } as const;
const usual = {
  by: "polling",
  openWait: dayMs,
  streamWait: 7 * dayMs,
  unpaidWait: dayMs,
  unpaidFor: 70 * dayMs,
  endedWait: 30 * dayMs,
  endedFor: 365 * dayMs,
  atMost: 20_000,
  all: false,
};

function toIun(index: number): string {
  return `ABCD-EFGH-ILMN-202611-${String.fromCharCode(65 + (index % 26))}-${Math.floor(index / 26)}`;
}
const iun = toIun(0);

function tellElement(category: string, at: string, more: Partial<SentElement> = {}): SentElement {
  return { category, at, elementId: `${category}.IUN_X`, recipient: 0, ...more };
}

function answer(timeline: readonly SentElement[], of = iun): SentNotification {
  return {
    iun: of,
    protocol: "V-1",
    sentAt: "2026-11-01T08:00:00Z",
    status: "DELIVERING",
    history: [],
    timeline,
    documents: [],
    payments: [],
  };
}

function follow(found: SentNotification): Followed {
  return computeFollowed(found, {
    recipients: 1,
    isChecked: false,
    patience: makePatience("2026-11-23T09:00:00Z"),
  });
}

const paid = {
  payments: [{ noticeCode: "302010000000000001" }],
} as unknown as KeptReceipts;

async function keep(
  register: Register,
  dueAt: string | null,
  { data = follow(answer([])), of = iun }: { readonly data?: Followed; readonly of?: string } = {},
): Promise<void> {
  await register.write([
    { kind: "act", key: of, subject: "V-1", data: buildAct("V-1") },
    { kind: "followed", key: of, subject: "V-1", dueAt, data },
  ]);
}

/** A SEND that answers from this table, and keeps what it was asked. */
function makeDesk(answers: Readonly<Record<string, SentNotification | null | Error>> = {}) {
  const asked: string[] = [];
  return {
    asked,
    findQuietly: async (of: string) => {
      asked.push(of);
      const found = of in answers ? answers[of] : answer([], of);
      if (found instanceof Error) throw found;
      return found ?? null;
    },
  };
}

async function load(register: Register, world: Partial<SourceWorld> = {}) {
  const { config = {}, ...rest } = world;
  const source = { now, register, effects: {}, desk: makeDesk(), ...rest };
  const end = await runSource(loadNotified, { ...source, config: { ...usual, ...config } });
  return { ...end, keys: end.rows.map(({ key }) => key) };
}

async function readDue(register: Register, of = iun): Promise<string | null | undefined> {
  return (await register.read("followed", of))?.dueAt;
}

test("a notification that SEND accepted and nobody has looked at yet is taken, with its act", async () => {
  const register = openRegister();
  const act = buildAct("V-1");
  await register.write([
    { kind: "act", key: iun, subject: "V-1", data: act },
    { kind: "verdict", key: iun, dueAt: "2026-11-23T06:00:00.000Z", data: verdict },
  ]);
  const desk = makeDesk();

  const { rows } = await load(register, { desk });

  expect(rows).toEqual([{ key: iun, fields: { iun, numero: "V-1", act } }]);
  expect(desk.asked).toEqual([]);
});

test("an acceptance of another program's, of which there is no act, is left", async () => {
  const register = openRegister();
  await register.write([{ kind: "verdict", key: iun, dueAt: instant, data: verdict }]);

  expect((await load(register)).keys).toEqual([]);
});

describe("one that was looked at before", () => {
  test.each([
    [instant, 1],
    ["2026-11-23T06:30:00.001Z", 0],
    [null, 0],
  ])("is asked for when it is due (%p: %i)", async (dueAt, count) => {
    const register = openRegister();
    await keep(register, dueAt);
    const desk = makeDesk();

    await load(register, { desk });

    expect(desk.asked).toHaveLength(count);
  });

  test("is no item without news, costs no version, and sleeps until the next day begins in Rome", async () => {
    const register = openRegister();
    await keep(register, instant);

    const { keys } = await load(register);

    expect(keys).toEqual([]);
    expect(await readDue(register)).toBe("2026-11-23T23:00:00.000Z");
    expect(await register.listVersions("followed", iun)).toHaveLength(1);
  });

  test("is an item with news, and stays due until somebody has looked", async () => {
    const register = openRegister();
    await keep(register, instant);
    const news = answer([tellElement("SEND_ANALOG_DOMICILE", instant, { product: "890" })]);

    const { keys } = await load(register, { desk: makeDesk({ [iun]: news }) });

    expect(keys).toEqual([iun]);
    expect(await readDue(register)).toBe(instant);
  });

  const scheduled = [
    tellElement("SCHEDULE_REFINEMENT", "2026-11-16T10:00:00Z", {
      scheduledAt: "2026-11-23T10:00:00.000Z",
    }),
  ];
  const ended = [tellElement("REFINEMENT", "2026-11-20T10:00:00.000Z")];
  const longEnded = [tellElement("REFINEMENT", "2025-12-01T10:00:00.000Z")];
  const viewedOnItsWay = [
    tellElement("SEND_ANALOG_DOMICILE", "2026-11-02T10:00:00Z"),
    tellElement("NOTIFICATION_VIEWED", "2026-11-03T10:00:00Z"),
  ];
  test.each<[string, readonly SentElement[], Record<string, unknown>, string | null]>([
    ["on its way: the next day", [], {}, "2026-11-23T23:00:00.000Z"],
    ["on its way, by hours", [], { openWait: 6 * hourMs }, "2026-11-23T12:30:00.000Z"],
    ["with a term today: just after it", scheduled, {}, "2026-11-23T10:05:00.000Z"],
    ["followed by the stream: within a week", [], { by: "stream" }, "2026-11-29T23:00:00.000Z"],
    [
      "followed by the stream, with a term today",
      scheduled,
      { by: "stream" },
      "2026-11-23T10:05:00.000Z",
    ],
    ["viewed while a letter is on its way", viewedOnItsWay, {}, "2026-11-23T23:00:00.000Z"],
    ["at its end: in a month", ended, {}, "2026-12-22T23:00:00.000Z"],
    ["past the year of corrections: never", longEnded, {}, null],
    [
      "past it, with a longer setting",
      longEnded,
      { endedFor: 730 * dayMs },
      "2026-12-22T23:00:00.000Z",
    ],
  ])("%s", async (_title, timeline, config, dueAt) => {
    const register = openRegister();
    const found = answer(timeline);
    await keep(register, instant, { data: follow(found) });
    const verdicts = { refresh: async () => 0 };

    await load(register, { config, desk: makeDesk({ [iun]: found }), verdicts });

    expect(await readDue(register)).toBe(dueAt);
  });

  const byPost = (at: string, more: readonly SentElement[] = []): readonly SentElement[] => [
    tellElement("SEND_ANALOG_DOMICILE", "2026-09-01T10:00:00Z"),
    tellElement("ANALOG_SUCCESS_WORKFLOW", "2026-09-02T10:00:00Z"),
    ...more,
    tellElement("REFINEMENT", at),
  ];
  const recent = "2026-11-20T10:00:00.000Z";
  const nextDay = "2026-11-23T23:00:00.000Z";
  const nextMonth = "2026-12-22T23:00:00.000Z";
  test.each<[string, readonly SentElement[], string, Record<string, unknown>?, KeptReceipts?]>([
    ["neither viewed nor paid: the next day", byPost(recent), nextDay],
    ["by hours", byPost(recent), "2026-11-23T12:30:00.000Z", { unpaidWait: 6 * hourMs }],
    ["with a stream, which tells it", byPost(recent), "2026-11-29T23:00:00.000Z", { by: "stream" }],
    ["paid", byPost(recent), nextMonth, {}, paid],
    ["no payment is known", byPost(recent), nextDay, {}, { ...paid, payments: [] }],
    [
      "viewed",
      byPost(recent, [tellElement("NOTIFICATION_VIEWED", "2026-11-21T10:00:00Z")]),
      nextMonth,
    ],
    [
      "collected over the counter",
      byPost(recent, [tellElement("NOTIFICATION_RADD_RETRIEVED", "2026-11-21T10:00:00Z")]),
      nextMonth,
    ],
    [
      "cancelled since",
      byPost(recent, [tellElement("NOTIFICATION_CANCELLED", "2026-11-21T10:00:00Z")]),
      nextMonth,
    ],
    ["by PEC", [tellElement("SEND_DIGITAL_DOMICILE", recent), ...ended], nextMonth],
    ["its codes are closed: 70 days", byPost("2026-09-14T06:30:00.000Z"), nextMonth],
    ["a moment before", byPost("2026-09-14T06:30:00.001Z"), nextDay],
  ])(
    "at its end, and SEND may correct it; %s",
    async (_title, timeline, dueAt, config = {}, kept) => {
      const register = openRegister();
      const found = answer(timeline);
      await keep(register, instant, { data: follow(found) });
      if (kept !== undefined) await register.write([{ kind: "receipts", key: iun, data: kept }]);
      const verdicts = { refresh: async () => 0 };

      await load(register, { config, desk: makeDesk({ [iun]: found }), verdicts });

      expect(await readDue(register)).toBe(dueAt);
    },
  );

  test("that SEND does not show any more is an item: the step says so", async () => {
    const register = openRegister();
    await keep(register, instant);

    expect((await load(register, { desk: makeDesk({ [iun]: null }) })).keys).toEqual([iun]);
  });

  test("is asked for before its time when all are wanted, unless it has ended", async () => {
    const register = openRegister();
    const found = answer([tellElement("REFINEMENT", "2026-11-20T10:00:00.000Z")], toIun(1));
    await keep(register, "2026-11-24T00:00:00.000Z");
    await keep(register, "2026-12-20T00:00:00.000Z", { data: follow(found), of: toIun(1) });
    const desk = makeDesk();

    await load(register, { desk, config: { all: true } });

    expect(desk.asked).toEqual([iun]);
  });

  test("with news before its time, is due until somebody has asked", async () => {
    const register = openRegister();
    await keep(register, "2026-11-24T00:00:00.000Z");
    const news = answer([tellElement("SEND_ANALOG_DOMICILE", instant, { product: "890" })]);

    const { keys } = await load(register, {
      desk: makeDesk({ [iun]: news }),
      config: { all: true },
    });

    expect(keys).toEqual([iun]);
    expect(await readDue(register)).toBe(instant);
  });
});

describe("a SEND that does not answer", () => {
  const busy = new RetryLater("SEND non risponde.", {
    code: "SERVICE_UNAVAILABLE",
    effect: "none",
  });

  test("for one leaves it to the step, and the others go to sleep", async () => {
    const register = openRegister();
    await keep(register, instant);
    await keep(register, instant, { of: toIun(1) });

    const { keys } = await load(register, { desk: makeDesk({ [iun]: busy }) });

    expect(keys).toEqual([iun]);
    expect(await readDue(register, toIun(1))).toBe("2026-11-23T23:00:00.000Z");
  });

  test.each([
    ["is silent", busy],
    [
      "refuses the key",
      new RunBlocked("ACCESS_DENIED", "SEND ha rifiutato le credenziali (HTTP 401)."),
    ],
  ])(
    "for any is not asked for the rest, which stays due, and what needs no SEND goes on: it %s",
    async (_title, away) => {
      const register = openRegister();
      const all = Array.from({ length: 100 }, (_, index) => toIun(index));
      for (const of of all) await keep(register, instant, { of });
      const paying = toIun(200);
      await keep(register, null, { of: paying });
      await register.write([
        { kind: "receipts", key: paying, dueAt: instant, data: { ...paid, payments: [] } },
      ]);
      const desk = makeDesk(Object.fromEntries(all.map((of) => [of, away])));

      const { keys, told } = await load(register, { desk });

      expect(keys).toEqual([paying]);
      expect(told).toEqual([
        `${away.message} Le notifiche da seguire attendono il prossimo flusso.`,
      ]);
      expect(desk.asked.length).toBeLessThan(20);
      expect(await readDue(register, toIun(99))).toBe(instant);
    },
  );
});

test("more than fit are left to the next run, which is announced; nothing comes twice", async () => {
  const register = openRegister();
  for (let index = 0; index < 5; index += 1) {
    const of = toIun(index);
    await register.write([
      { kind: "act", key: of, subject: `V-${index}`, data: buildAct(`V-${index}`) },
      { kind: "verdict", key: of, dueAt: instant, data: verdict },
    ]);
  }

  const { keys, hasMore } = await load(register, { config: { atMost: 3 } });
  const all = await load(register);

  expect([keys.length, hasMore]).toEqual([3, true]);
  expect([all.keys.length, all.hasMore]).toEqual([5, false]);
});

describe("by stream", () => {
  test("the stream is read first, and what it tells of is looked at", async () => {
    const register = openRegister();
    await keep(register, "2026-11-29T00:00:00.000Z");
    const refresh = async (): Promise<number> => {
      await keep(register, instant);
      return 0;
    };
    const desk = makeDesk();

    await load(register, { desk, config: { by: "stream" }, verdicts: { refresh } });

    expect(desk.asked).toEqual([iun]);
  });

  test("a stream that is away for now holds up nothing, and is told", async () => {
    const register = openRegister();
    await keep(register, instant);
    const desk = makeDesk();
    const refresh = () =>
      Promise.reject(new RetryLater("via", { code: "SERVICE_UNAVAILABLE", effect: "none" }));

    const { told } = await load(register, {
      desk,
      config: { by: "stream" },
      verdicts: { refresh },
    });

    expect(desk.asked).toEqual([iun]);
    expect(told).toEqual([
      "Lo stream di SEND ora non risponde: le sue novità arrivano con un flusso successivo.",
    ]);
  });
});

describe("what versions without a register have sent", () => {
  const effect = (itemKey: string, fields: Record<string, unknown>, round = 1): OpenEffect => ({
    itemKey,
    round,
    runId: "run-0",
    at: "2026-10-20T06:00:00.000Z",
    fields,
  });
  const notify = (of: string, protocol: string) => ({
    notification: {
      notificationRequestId: Buffer.from(of).toString("base64"),
      protocol,
      idempotenceToken: "t",
      sentAt: "2026-10-20T05:00:00.000Z",
    },
  });
  const effects = {
    transmit: [
      effect("A1", notify(toIun(0), "P-1")),
      effect("A2", notify(toIun(1), "P-2")),
      effect("A2", notify(toIun(2), "P-2"), 2),
    ],
    // The first round of A2 was refused.
    "import-iun": [effect("A1", { iun: toIun(0) }), effect("A2", { iun: toIun(2) }, 2)],
    "reset-iuv": [
      effect("A1", { payment: { ref: "one" } }),
      effect("A2", { payment: { ref: "two" } }),
      effect("A2", { payment: { ref: "three" } }, 2),
    ],
  };

  test("is taken over once, each with the position of its round", async () => {
    const register = openRegister();

    const first = await load(register, { effects });
    const second = await load(register, { effects: {} });

    expect(first.rows).toMatchObject([
      {
        key: toIun(0),
        fields: { numero: "A1", act: { protocol: "P-1", payment: { ref: "one" } } },
      },
      {
        key: toIun(2),
        fields: { numero: "A2", act: { protocol: "P-2", round: 2, payment: { ref: "three" } } },
      },
    ]);
    expect(second.keys).toEqual(first.keys);
    expect((await register.read("takenOver", "ledger"))?.data).toEqual({ notifications: 2 });
  });

  test("is taken over once more where the ledger was rebuilt", async () => {
    const register = openRegister();
    await load(register, { effects: {} });
    await register.write([
      { kind: "takenOver", key: "ledger", data: { notifications: 0, isStale: true } },
    ]);

    const { keys } = await load(register, { effects });

    expect(keys).toEqual([toIun(0), toIun(2)]);
    expect((await register.read("takenOver", "ledger"))?.data).toEqual({ notifications: 2 });
  });

  test("loses neither act nor record that a newer version has kept", async () => {
    const register = openRegister();
    await register.write([
      { kind: "act", key: toIun(0), subject: "A1", data: buildAct("A1", 2) },
      {
        kind: "followed",
        key: toIun(0),
        subject: "A1",
        dueAt: "2026-12-20T00:00:00.000Z",
        data: follow(answer([])),
      },
    ]);

    const { keys } = await load(register, { effects });

    expect(keys).toEqual([toIun(2)]);
    expect((await register.read("act", toIun(0)))?.data.recipients).toHaveLength(2);
  });
});
