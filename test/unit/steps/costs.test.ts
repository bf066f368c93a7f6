/** When the step costs asks SEND and the payment system, and when it asks again. */
import { describe, expect, test } from "bun:test";
import { ItemRejected, RetryLater } from "../../../engine/host/errors.ts";
import { runOnItem } from "../../../engine/step/step.ts";
import type { CodeStanding, PositionState } from "../../../integrations/payments/port.ts";
import type { Followed } from "../../../integrations/register/followed.ts";
import type { KeptReceipts } from "../../../integrations/register/money.ts";
import type { PriceVerdict } from "../../../integrations/send/desk-port.ts";
import costs from "../../../steps/costs.ts";
import { createFakeClock } from "../../support/fake-clock.ts";
import { openRegister } from "../../support/register.ts";
import { buildAct } from "./follow-world.ts";

const iun = "ABCD-EFGH-ILMN-202611-N-1";
const noticeCodes = ["301000000000000101", "301000000000000202"] as const;
const day = 86_400_000;

interface Days {
  readonly discounted: string | null;
  readonly reduced: string | null;
}

function makeWorld() {
  const clock = createFakeClock("2026-11-23T05:00:00Z");
  const register = openRegister();
  const asked: string[] = [];
  const world = {
    clock,
    asked,
    followed: {
      status: "DELIVERING",
      recipients: [{ index: 0, attempts: [] }],
      corrections: [],
    } as Followed,
    days: { discounted: null, reduced: null } as Days,
    price: {
      status: "priced",
      price: {
        iun,
        totalCents: 200,
        paFeeCents: 100,
        sendFeeCents: 100,
        analogCents: 0,
        vat: 22,
        refinedAt: null,
        viewedAt: null,
      },
    } as PriceVerdict,
    paid: [] as readonly NonNullable<CodeStanding["payments"]>[number][],
    oldState: "cancelled" as PositionState,
    /** Which question the payment system refuses, and how. */
    refuses: null as { readonly question: "standing" | "old"; readonly error: Error } | null,
    cancelled: [] as readonly { readonly iupd: string }[],
    /** What was asked, and when it asks again. */
    async run() {
      asked.length = 0;
      const act = {
        ...buildAct("V-1"),
        payment: {
          ref: "p",
          creditorTaxId: "00000000191",
          options: noticeCodes.map((noticeCode, at) => ({
            kind: at === 0 ? "discounted" : "reduced",
            iuv: noticeCode.slice(1),
            noticeCode,
            amountCents: at === 0 ? 4200 : 6000,
          })),
          ...(world.cancelled.length > 0 && { cancelled: world.cancelled }),
        },
      };
      const data = {
        iun,
        numero: "V-1",
        act,
        followed: world.followed,
        terms: { recipients: [], payable: world.days },
      };
      const ctx = {
        clock,
        signal: new AbortController().signal,
        config: { wait: 7 * day, lateWait: 30 * day, lateFor: 365 * day },
        services: {
          register,
          desk: {
            askPrice: async (): Promise<PriceVerdict> => {
              asked.push("SEND");
              return world.price;
            },
          },
          payments: {
            readStanding: async (): Promise<readonly CodeStanding[]> => {
              asked.push("payments");
              if (world.refuses?.question === "standing") throw world.refuses.error;
              return noticeCodes.map((noticeCode, at) => ({
                noticeCode,
                state: at === 0 && world.paid.length > 0 ? "paid" : "payable",
                amountCents: 4400,
                feeCents: 200,
                payments: at === 0 ? world.paid : [],
              }));
            },
            inspect: async (): Promise<PositionState> => {
              asked.push("old position");
              if (world.refuses?.question === "old") throw world.refuses.error;
              return world.oldState;
            },
          },
        },
      };
      await runOnItem(costs, { key: iun, round: 1, data }, ctx as never);
      const entry = await register.read("receipts", iun);
      return { asked: [...asked], dueAt: entry?.dueAt ?? null };
    },
    readReceipts: async (): Promise<KeptReceipts | undefined> =>
      (await register.read("receipts", iun))?.data,
  };
  return world;
}

const letter = { channel: "analog", at: "2026-11-23T10:00:00Z", costCents: 969 } as const;
const payment = {
  paidOn: "2026-11-24",
  paidAt: "2026-11-24T10:00:00.000Z",
  amountCents: 4400,
  feeCents: 200,
  receiptId: "R-1",
};

describe("SEND is asked for its price", () => {
  test("of each code once, and again only when its story has changed", async () => {
    const world = makeWorld();

    const first = await world.run();
    const again = await world.run();
    world.followed = { ...world.followed, recipients: [{ index: 0, attempts: [letter] }] };
    const changed = await world.run();

    expect(first.asked).toEqual(["SEND", "SEND", "payments"]);
    expect(again.asked).toEqual([]);
    expect(changed.asked).toEqual(["SEND", "SEND", "payments"]);
  });

  test("again while it has none yet", async () => {
    const world = makeWorld();
    world.price = { status: "not-accepted" };

    await world.run();
    world.price = { status: "absent" };

    expect((await world.run()).asked).toEqual(["SEND", "SEND"]);
  });

  test("never of a request that it refused", async () => {
    const world = makeWorld();
    world.followed = { status: "REFUSED", recipients: [], corrections: [] };

    expect((await world.run()).asked).toEqual(["payments"]);
  });
});

describe("the payment system is asked again", () => {
  test.each<[string, Days, readonly (typeof payment)[], string, string | null]>([
    [
      "in a week while no day is known",
      { discounted: null, reduced: null },
      [],
      "2026-11-23T05:00:00Z",
      "2026-11-29T23:00:00.000Z",
    ],
    [
      "when the discounted code is over, if that comes first",
      { discounted: "2026-11-25", reduced: "2027-01-20" },
      [],
      "2026-11-23T05:00:00Z",
      "2026-11-25T23:00:00.000Z",
    ],
    [
      "when the other is over",
      { discounted: "2026-11-16", reduced: "2026-11-26" },
      [],
      "2026-11-23T05:00:00Z",
      "2026-11-26T23:00:00.000Z",
    ],
    [
      "on the last day of a code, the day after",
      { discounted: "2026-11-23", reduced: "2027-01-20" },
      [],
      "2026-11-23T22:30:00Z",
      "2026-11-23T23:00:00.000Z",
    ],
    [
      "in a month once it was paid",
      { discounted: "2026-11-16", reduced: "2027-01-20" },
      [payment],
      "2026-11-23T05:00:00Z",
      "2026-12-22T23:00:00.000Z",
    ],
    [
      "in a month once both are over",
      { discounted: "2026-09-06", reduced: "2026-11-01" },
      [],
      "2026-11-23T05:00:00Z",
      "2026-12-22T23:00:00.000Z",
    ],
    [
      "never a year after the last day",
      { discounted: "2026-09-06", reduced: "2026-11-01" },
      [],
      "2027-10-25T05:00:00Z",
      null,
    ],
  ])("%s", async (_name, days, paid, now, dueAt) => {
    const world = makeWorld();
    await world.clock.advance(Date.parse(now) - world.clock.now());
    world.days = days;
    world.paid = paid;

    expect((await world.run()).dueAt).toBe(dueAt);
  });

  test("when it is time, and when the days on it have moved", async () => {
    const world = makeWorld();
    await world.run();
    world.days = { discounted: "2026-12-01", reduced: "2027-01-25" };
    const moved = await world.run();
    await world.clock.advance(8 * day);
    world.paid = [payment];
    const due = await world.run();

    expect(moved.asked).toEqual(["payments"]);
    expect(due.asked).toEqual(["payments"]);
    expect((await world.readReceipts())?.payments).toMatchObject([{ receiptId: "R-1" }]);
  });

  test("at the time that was said, however often SEND has news in between", async () => {
    const world = makeWorld();
    const { dueAt } = await world.run();
    await world.clock.advance(3 * day);

    expect(await world.run()).toEqual({ asked: [], dueAt });
  });

  test("of an old position too, on which somebody may pay", async () => {
    const world = makeWorld();
    world.cancelled = [{ iupd: "VECCHIA-1" }];
    world.oldState = "paid";

    const { asked } = await world.run();

    expect(asked).toEqual(["SEND", "SEND", "payments", "old position"]);
    expect(await world.readReceipts()).toMatchObject({
      cancelledPaid: ["VECCHIA-1"],
      findings: [{ kind: "cancelled" }],
    });
  });
});

describe("a payment system that refuses the question of one verbale", () => {
  const refusal = new ItemRejected("POSITION_NOT_OURS", "La posizione è di un altro ente.");

  test.each([
    ["how its position stands", "standing"],
    ["how an old position stands", "old"],
  ] as const)("%s: SEND's price is kept, and the next run asks again", async (_what, question) => {
    const world = makeWorld();
    world.cancelled = [{ iupd: "old-1" }];
    world.refuses = { question, error: refusal };

    const refused = await world.run();
    const kept = await world.readReceipts();
    const again = await world.run();
    world.refuses = null;
    world.paid = [payment];
    const told = await world.run();

    expect(kept?.findings).toEqual([
      {
        kind: "not-told",
        text: "La posizione è di un altro ente. Gli incassi restano quelli noti finora: controllare la posizione e le impostazioni dei pagamenti; si richiede con ogni flusso.",
      },
    ]);
    expect(refused.dueAt).toBe("2026-11-23T05:00:00.000Z");
    expect(again.asked).toContain("payments");
    expect(told.asked).toEqual(["payments", "old position"]);
    const { findings, payments } = (await world.readReceipts()) ?? { findings: [], payments: [] };
    expect([findings, payments.length]).toEqual([[], 1]);
  });

  test("what was known of payments stays", async () => {
    const world = makeWorld();
    world.paid = [payment];
    await world.run();
    world.refuses = { question: "standing", error: refusal };
    world.days = { discounted: "2026-11-30", reduced: "2027-01-24" };

    await world.run();

    expect((await world.readReceipts())?.payments).toMatchObject([{ receiptId: "R-1" }]);
  });

  test("one that is away is waited for", async () => {
    const world = makeWorld();
    world.refuses = { question: "standing", error: new RetryLater("Non risponde.") };

    await expect(world.run()).rejects.toThrow("Non risponde.");

    expect(await world.readReceipts()).toBeUndefined();
  });
});
