/** What each simulated payment system makes of payments that no counter can prevent, over HTTP: begun before the position changed, or by a channel that asks nobody. */
import { describe, expect, test } from "bun:test";
import { createNodeRoutes } from "../../../../simulators/payments/node.ts";
import { createPartner } from "../../../../simulators/payments/partner.ts";
import type { PaymentCounter } from "../../../../simulators/payments/payer.ts";
import { createFakeClock } from "../../../support/fake-clock.ts";
import {
  creditor,
  makeGovPayWorld,
  makeGpdWorld,
  orderFor,
} from "../../integrations/payments/payments-world.ts";

const { taxId } = creditor;

interface Told {
  readonly fault?: string;
  readonly amountCents?: number;
  readonly receipt?: { readonly amountCents: number; readonly paidAt: string };
}

interface Side {
  readonly name: string;
  /** The two codes of a debt of 44,00 and 56,60 euro. */
  open(): Promise<{
    readonly counters: readonly PaymentCounter[];
    readonly codes: readonly [string, string];
    cancel(): Promise<void>;
    /** What the payment system tells of both codes: state and what was paid. */
    tell(): Promise<readonly (readonly [string, readonly (number | null)[] | null])[]>;
  }>;
}

async function openOnline(
  world: ReturnType<typeof makeGpdWorld> | ReturnType<typeof makeGovPayWorld>,
) {
  const { payments, simulator } = world;
  const position = await payments.reset(orderFor("V-1"));
  const codes = position.options.map(({ noticeCode }) => noticeCode);
  return {
    counters: [simulator.counter],
    codes: [codes[0] ?? "", codes[1] ?? ""] as const,
    // Another round cancels what this one opened.
    async cancel() {
      await payments.reset({
        ...orderFor("V-1"),
        generation: 2,
        idempotencyKey: "g2",
        old: [{ ref: position.ref }],
      });
    },
    async tell() {
      const standing = await payments.readStanding(position);
      return standing.map(
        ({ state, payments: paid }) =>
          [state, paid === null ? null : paid.map(({ amountCents }) => amountCents)] as const,
      );
    },
  };
}

const sides: readonly Side[] = [
  { name: "GPD", open: () => openOnline(makeGpdWorld()) },
  { name: "GovPay", open: () => openOnline(makeGovPayWorld()) },
];

async function ask(counters: readonly PaymentCounter[], path: string, body?: object | string) {
  const text = typeof body === "object" ? JSON.stringify(body) : body;
  const init = { method: "POST", ...(text === undefined ? {} : { body: text }) };
  const answer = await createNodeRoutes(counters).request(`/${taxId}/${path}`, init);
  return { status: answer.status, told: (await answer.json()) as Told };
}

describe.each([
  {
    name: "short",
    play: [["0/receipt", { amountCents: 4300 }]],
    GPD: [["200", ["paid", [4400]], ["closed", []]]],
    GovPay: [["200", ["unknown", [4300]], ["payable", []]]],
  },
  {
    name: "over",
    play: [["0/receipt", { amountCents: 4500 }]],
    GPD: [["200", ["paid", [4400]], ["closed", []]]],
    GovPay: [["200", ["unknown", [4500]], ["payable", []]]],
  },
  {
    name: "the same code twice",
    play: [["0/receipt"], ["0/receipt"]],
    GPD: [["200"], ["409 PAA_PAGAMENTO_DUPLICATO", ["paid", [4400]], ["closed", []]]],
    GovPay: [["200"], ["200", ["paid", [4400, 4400]], ["payable", []]]],
  },
  {
    name: "both codes of one debt",
    play: [["0/begin"], ["1/begin"], ["0/receipt"], ["1/receipt"]],
    GPD: [
      ["200"],
      ["200"],
      ["200"],
      ["409 PAA_PAGAMENTO_DUPLICATO", ["paid", [4400]], ["closed", []]],
    ],
    GovPay: [["200"], ["200"], ["200"], ["200", ["paid", [4400]], ["paid", [5660]]]],
  },
  {
    name: "begun, and cancelled before the receipt came",
    play: [["0/begin"], ["cancel"], ["0/receipt"]],
    GPD: [["200"], ["-"], ["200", ["paid", [4400]], ["closed", []]]],
    GovPay: [["200"], ["-"], ["200", ["unknown", [4400]], ["cancelled", []]]],
  },
  {
    name: "at the counter of a cancelled position",
    play: [["cancel"], ["0/begin"]],
    GPD: [["-"], ["409 PAA_PAGAMENTO_ANNULLATO", ["cancelled", []], ["cancelled", []]]],
    GovPay: [["-"], ["409 PAA_PAGAMENTO_ANNULLATO", ["cancelled", []], ["cancelled", []]]],
  },
] as const)("$name", ({ play, ...expected }) => {
  test.each(sides)("on $name", async ({ name, open }) => {
    const { counters, codes, cancel, tell } = await open();
    const node = createNodeRoutes(counters);

    const told: unknown[] = [];
    for (const [what = "", body] of play as readonly (readonly [string, object?])[]) {
      if (what === "cancel") {
        await cancel();
        told.push(["-"]);
        continue;
      }
      const [index = "0", act = ""] = what.split("/");
      const text = body === undefined ? {} : { body: JSON.stringify(body) };
      const answer = await node.request(`/${taxId}/${codes[Number(index)]}/${act}`, {
        method: "POST",
        ...text,
      });
      const { fault } = (await answer.json()) as Told;
      told.push([[answer.status, fault].filter((part) => part !== undefined).join(" ")]);
    }
    told.push([...(told.pop() as unknown[]), ...(await tell())]);

    expect(told).toEqual(expected[name as "GPD"] as unknown as unknown[]);
  });
});

test("a receipt keeps the amount for which the payment was begun, and the day that it says", async () => {
  const { payments, simulator } = makeGpdWorld();
  const { options } = await payments.reset(orderFor("V-1"));
  const code = options[0]?.noticeCode ?? "";
  const node = createNodeRoutes([simulator.counter]);
  const post = async (path: string, body?: object): Promise<Told> => {
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    return (await (await node.request(path, { method: "POST", ...text })).json()) as Told;
  };

  expect(await post(`/${taxId}/${code}/begin`)).toEqual({
    amountCents: 4400,
    notificationFeeCents: 0,
  } as object);
  // SEND's letter leaves while the payer has the page of his bank open: 209.
  expect(simulator.putFee(taxId, code, 1382)).toBe(209);
  const { receipt } = await post(`/${taxId}/${code}/receipt`, {
    paidAt: "2027-03-01T10:00:00.000Z",
  });

  expect(receipt).toMatchObject({ amountCents: 4400, paidAt: "2027-03-01T10:00:00.000Z" });
});

test("a partner keeps whatever comes in, and writes it down for the office", async () => {
  const clock = createFakeClock("2026-11-24T10:00:00.000Z");
  const partner = createPartner({ clock, creditorTaxId: taxId, segregationCode: "02" });
  const code = partner.open(4400);
  for (const body of [{ amountCents: 4300, notificationFeeCents: 200 }, {}])
    expect((await ask([partner.counter], `${code}/receipt`, body)).status).toBe(200);
  const ids = partner.writeReceipts().match(/[0-9a-f]{32}/g) ?? [];

  expect(partner.writeReceipts()).toBe(
    `codice_avviso;data_pagamento;importo;spese_notifica;ricevuta\n${code};2026-11-24;43,00;2,00;${ids[0]}\n${code};2026-11-24;44,00;0,00;${ids[1]}\n`,
  );
});

test.each([
  ["no notice of anybody", `${"3".repeat(18)}/receipt`, undefined, 409],
  ["no JSON", "x/receipt", "{", 400],
  ["no amount", "x/receipt", '{"amountCents":"43,00"}', 400],
  ["another word", "x/receipt", '{"amount":4300}', 400],
] as const)("%s is refused", async (_what, path, body, status) => {
  const { simulator } = makeGpdWorld();

  expect((await ask([simulator.counter], path, body)).status).toBe(status);
});
