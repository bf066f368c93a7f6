/** reset-iuv: the order that it gives to the payment system, and what it adds. */
import { describe, expect, test } from "bun:test";
import { Value } from "typebox/value";
import { parse } from "yaml";
import { runOnItem } from "../../../engine/step/step.ts";
import type { EffectContext } from "../../../engine/step/context.ts";
import type { EarlierEffect, Holder, Item } from "../../../engine/step/item.ts";
import { ItemRejected, RetryLater } from "../../../engine/host/errors.ts";
import { silentLogger } from "../../../engine/host/logger.ts";
import type {
  OpenPosition,
  PaymentsPort,
  ResetOrder,
} from "../../../integrations/payments/port.ts";
import type { NotificationPrice, SentNotification } from "../../../integrations/send/desk-port.ts";
import type { SendStatus } from "../../../integrations/send/port.ts";
import resetIuv from "../../../steps/reset-iuv.ts";
import type { Verbale } from "../../../steps/schemas/verbale.ts";
import { fakeClock, makeGpdWorld, refusalOf } from "../integrations/payments/payments-world.ts";
import { type AskedSend, emptySend } from "./empty-send.ts";

const verbale: Verbale = {
  numero: "2026/V/123",
  dataViolazione: "2026-10-01",
  luogo: "Via Garibaldi",
  targa: "AB123CD",
  articolo: "142 c. 8",
  descrizione: "Eccesso di velocità",
  agente: "matr. 12",
  importoRidottoCents: 17_300,
  importoScontatoCents: 12_110,
  speseCents: 1_500,
  destinatario: {
    tipo: "PF",
    cognome: "Rossi",
    nome: "Mario",
    codiceFiscale: "RSSMRA80A01H501U",
    indirizzo: { via: "Via Roma", civico: "12", cap: "00100", comune: "Roma", provincia: "rm" },
  },
};

const validation = {
  checkedOn: "2026-11-23",
  taxId: "RSSMRA80A01H501U",
  denomination: "Rossi Mario",
  address: { via: "Via Roma", civico: "12", cap: "00100", comune: "Roma", provincia: "RM" },
  notifyBy: "2026-12-30",
  warnings: [],
};

const open: OpenPosition = {
  ref: "00000000191-abc-g1",
  creditorTaxId: "00000000191",
  options: [
    {
      kind: "reduced",
      iuv: "07000000000000105",
      noticeCode: "307000000000000105",
      amountCents: 18_800,
    },
  ],
};

interface Trial {
  readonly payments: PaymentsPort;
  readonly with?: string;
  readonly changes?: Partial<Verbale>;
  readonly round?: number;
  readonly earlier?: readonly EarlierEffect[];
  readonly holders?: ReadonlyMap<string, readonly Holder[]>;
  /** Default: SEND has nothing. */
  readonly send?: AskedSend;
}

function prepare(trial: Trial): { item: Item<unknown>; ctx: EffectContext<unknown, unknown> } {
  const config = Value.Default(resetIuv.config, parse(trial.with ?? "{}"));
  expect(Value.Check(resetIuv.config, config)).toBe(true);
  const item = {
    key: "2026/V/123",
    round: trial.round ?? 1,
    data: { verbale: { ...verbale, ...trial.changes }, validation },
  };
  expect(Value.Check(resetIuv.reads, item.data)).toBe(true);
  const ctx = {
    runId: "run-1",
    ente: "borgo",
    config,
    services: {
      payments: trial.payments,
      ...(trial.send ?? emptySend),
    },
    clock: fakeClock(),
    log: silentLogger,
    signal: new AbortController().signal,
    idempotencyKey: () => "f".repeat(64),
    earlier: () => trial.earlier ?? [],
    holders: async () => trial.holders ?? new Map(),
  } as unknown as EffectContext<unknown, unknown>;
  return { item, ctx };
}

async function run(trial: Trial): Promise<Record<string, unknown>> {
  const { item, ctx } = prepare(trial);
  const fields = await runOnItem(resetIuv, item, ctx);
  if (fields === undefined) throw new Error("reset-iuv is an item step");
  expect(Value.Check(resetIuv.adds, fields)).toBe(true);
  return fields;
}

function recorder(): { readonly orders: ResetOrder[]; readonly payments: PaymentsPort } {
  const orders: ResetOrder[] = [];
  return {
    orders,
    payments: {
      reset: async (order) => {
        orders.push(order);
        return open;
      },
      find: async () => null,
      inspect: async () => "absent",
      readStanding: async () => [],
      schedule: async () => "absent",
    },
  };
}

describe("a fine that may not be settled", () => {
  const changes = { pagamentoRidotto: "escluso", importoRidottoCents: 0 } as const;

  test("has no position, and nothing is asked of the payment system", async () => {
    const { orders, payments } = recorder();

    const fields = await run({ payments, changes });

    expect(fields).toEqual({ payment: { ref: "", creditorTaxId: "00000000191", options: [] } });
    expect(orders).toEqual([]);
    expect(resetIuv.note?.(fields as never)).toContain("Nessuna posizione");
  });

  test("is rejected while a position that an earlier round opened can be paid", async () => {
    const { payments } = recorder();
    const earlier = [
      { round: 1, fields: { payment: open } },
    ] as unknown as readonly EarlierEffect[];

    expect(await refusalOf(run({ payments, changes, earlier }))).toMatchObject({
      code: "PAYMENT_BARRED_POSITION",
    });
  });
});

test("a position of a notification with an iun is left alone, though a step of the ente's own rejected its verbale later", async () => {
  const { orders, payments } = recorder();
  const rejected = { itemKey: "V9", round: 1, runId: "R1", isDone: true, isRefused: true };
  const of = (fields: Record<string, unknown>) => ({
    payments,
    changes: { posizioni: [{ iupd: "P9" }] },
    holders: new Map([["position P9", [{ ...rejected, fields }]]]),
  });

  const accepted = await refusalOf(run(of({ iun: "ABCD-EFGH-ILMN-202611-N-1" })));
  await run(of({}));

  expect(accepted).toMatchObject({ code: "POSITION_NOTIFIED" });
  expect(orders).toHaveLength(1);
});

test("a position of a live notification is left alone, and nothing is asked of the payment system", async () => {
  const { orders, payments } = recorder();
  const holder = {
    itemKey: "V9",
    round: 1,
    runId: "R1",
    isDone: true,
    isRefused: false,
    fields: {},
  };

  const refused = run({
    payments,
    changes: { posizioni: [{ iupd: "P9" }] },
    holders: new Map([["position P9", [holder]]]),
  });

  expect(await refusalOf(refused)).toMatchObject({
    code: "POSITION_NOTIFIED",
    message:
      "Una posizione da annullare è nella notifica del verbale V9 (flusso R1, non ancora accettata da SEND): annullarla la renderebbe impagabile. Nulla è stato annullato né inviato.",
  });
  expect(orders).toEqual([]);
});

describe("the order", () => {
  test("names both amounts with the costs in each, the debtor and a reason without personal data", async () => {
    const { orders, payments } = recorder();

    await run({ payments });

    expect(orders).toEqual([
      {
        verbale: "2026/V/123",
        idempotencyKey: "f".repeat(64),
        generation: 1,
        old: [],
        assertFree: expect.any(Function),
        debtor: {
          type: "PF",
          taxId: "RSSMRA80A01H501U",
          denomination: "Rossi Mario",
          address: {
            via: "Via Roma",
            civico: "12",
            cap: "00100",
            comune: "Roma",
            provincia: "RM",
          },
        },
        reason: "Violazione Codice della Strada - verbale 2026/V/123",
        options: [
          { kind: "discounted", amountCents: 13_610 },
          { kind: "reduced", amountCents: 18_800 },
        ],
      },
    ]);
  });

  test("has one amount when the verbale has no discounted one", async () => {
    const { orders, payments } = recorder();
    const { importoScontatoCents: _, ...single } = verbale;

    const { item, ctx } = prepare({ payments });
    await runOnItem(resetIuv, { ...item, data: { verbale: single, validation } }, ctx);

    expect(orders[0]?.options).toEqual([{ kind: "reduced", amountCents: 18_800 }]);
  });

  test("has one amount when the pipeline says so", async () => {
    const { orders, payments } = recorder();

    await run({ payments, with: "discounted: false" });

    expect(orders[0]?.options).toEqual([{ kind: "reduced", amountCents: 18_800 }]);
  });

  test("takes the ente's words for the reason and never exceeds 140 characters", async () => {
    const { orders, payments } = recorder();

    await run({ payments, with: "reason: Sanzione CdS", changes: { numero: "9".repeat(200) } });

    expect(orders[0]?.reason).toBe(`Sanzione CdS ${"9".repeat(127)}`);
  });

  test("cancels the positions of the verbale and those of earlier rounds", async () => {
    const { orders, payments } = recorder();

    const { payment } = await run({
      payments,
      round: 3,
      changes: {
        posizioni: [
          { iupd: "OLD-1", numeroAvviso: " " },
          { numeroAvviso: "307000000000099001" },
          { iupd: "" },
          {},
        ],
      },
      earlier: [
        { round: 1, runId: "run-0", fields: { payment: { ...open, ref: "own-g1" } } },
        { round: 2, runId: "run-0", fields: { payment: { ...open, ref: "own-g2" } } },
      ],
    });

    expect(orders[0]?.generation).toBe(3);
    expect(orders[0]?.old).toEqual([
      { iupd: "OLD-1" },
      { noticeCode: "307000000000099001" },
      { ref: "own-g1" },
      { ref: "own-g2" },
    ]);
    // Kept for receipts that come late.
    expect(payment).toMatchObject({
      cancelled: [
        { iupd: "OLD-1" },
        { noticeCode: "307000000000099001" },
        { ref: "own-g1" },
        { ref: "own-g2" },
      ],
    });
  });

  test.each([
    [
      1,
      "Una posizione da annullare non è sul sistema dei pagamenti; controllare che il vecchio codice avviso non si possa pagare.",
    ],
    [
      2,
      "Posizioni da annullare che non sono sul sistema dei pagamenti: 2; controllare che il vecchio codice avviso non si possa pagare.",
    ],
  ])("%i of the flusso's positions that are not there leave a warning", async (notFound, text) => {
    const { payments } = recorder();

    const { payment } = await run({
      payments: { ...payments, reset: async () => ({ ...open, notFound }) },
      changes: { posizioni: [{ iupd: "OLD-1" }, { iupd: "OLD-2" }] },
    });

    expect(payment).toMatchObject({ warnings: [text] });
  });

  test("a verbale without old positions has nothing cancelled", async () => {
    const { payments } = recorder();

    const { payment } = await run({ payments, changes: { posizioni: [] } });

    expect(payment).not.toHaveProperty("cancelled");
  });
});

describe("on a simulated GPD", () => {
  test("adds the open position with its codes", async () => {
    const world = makeGpdWorld();

    const fields = await run({ payments: world.payments });
    world.simulator.close();

    expect(fields).toEqual({
      payment: {
        ref: expect.stringMatching(/^00000000191-[0-9a-f]{24}-g1$/),
        creditorTaxId: "00000000191",
        options: [
          {
            kind: "discounted",
            amountCents: 13_610,
            iuv: "07000000000000105",
            noticeCode: "307000000000000105",
          },
          {
            kind: "reduced",
            amountCents: 18_800,
            iuv: "07000000000000206",
            noticeCode: "307000000000000206",
          },
        ],
      },
    });
  });

  test("a paid position rejects the verbale", async () => {
    const world = makeGpdWorld();
    world.simulator.seed([
      {
        organization: "00000000191",
        iupd: "OLD-1",
        status: "PAID",
        options: [{ iuv: "07000000000099001", amountCents: 5000 }],
      },
    ]);

    const error = await refusalOf(
      run({ payments: world.payments, changes: { posizioni: [{ iupd: "OLD-1" }] } }),
    );
    world.simulator.close();

    expect(error).toBeInstanceOf(ItemRejected);
    expect(error.code).toBe("ALREADY_PAID");
  });

  test("reconcile finds what a lost answer hides, and nothing before", async () => {
    const world = makeGpdWorld();
    const { item, ctx } = prepare({ payments: world.payments });
    expect(await resetIuv.reconcile?.(item, ctx)).toEqual({ status: "not-done" });
    world.line.breakCall(1, "lost-after");
    expect(await refusalOf(run({ payments: world.payments }))).toBeInstanceOf(RetryLater);

    const found = await resetIuv.reconcile?.(item, ctx);
    world.simulator.close();

    expect(found).toMatchObject({
      status: "done",
      fields: {
        payment: {
          options: [
            { kind: "discounted", noticeCode: "307000000000000105" },
            { kind: "reduced", noticeCode: "307000000000000206" },
          ],
        },
      },
    });
  });
});

test("of several verbali together each has its own end", async () => {
  const world = makeGpdWorld();
  const names = ["done", "held", "notified", "paid", "new"];
  for (const [n, name] of names.slice(0, 4).entries())
    world.simulator.seed([
      {
        organization: "00000000191",
        iupd: `OLD-${name}`,
        status: name === "paid" ? "PAID" : "VALID",
        options: [{ iuv: `0700000000099000${n}`, amountCents: 5000 }],
      },
    ]);
  const holder = { itemKey: "V9", round: 1, runId: "R1", isDone: true, isRefused: false };
  const { item, ctx } = prepare({
    payments: world.payments,
    holders: new Map([["position OLD-held", [{ ...holder, fields: {} }]]]),
    send: {
      ...emptySend,
      desk: {
        ...emptySend.desk,
        findPrice: async (_, code) =>
          code === "307000000000990002" ? ({ iun: "" } as NotificationPrice) : null,
      },
    },
  });
  const items = names.map((name) => {
    const posizioni = name === "new" ? {} : { posizioni: [{ iupd: `OLD-${name}` }] };
    return { ...item, key: name, data: { verbale: { ...verbale, ...posizioni }, validation } };
  });
  const own = {
    ...ctx,
    idempotencyKey: ({ key }: Item<unknown>) => key,
    holders: async (asked: readonly string[]) =>
      asked.includes("position OLD-held") ? await ctx.holders([]) : new Map(),
  };

  const ends = new Map<string, string>();
  for await (const end of resetIuv.runMany?.(items, own) ?? [])
    ends.set(
      end.item.key,
      end.status === "done" ? "done" : String((end.error as ItemRejected).code),
    );
  const states = world.simulator.report().positions.map(({ iupd, status }) => [iupd, status]);
  world.simulator.close();

  expect(Object.fromEntries(ends)).toEqual({
    done: "done",
    held: "POSITION_NOTIFIED",
    notified: "POSITION_NOTIFIED",
    paid: "ALREADY_PAID",
    new: "done",
  });
  expect(Object.fromEntries(states.slice(0, 4))).toEqual({
    "OLD-done": "INVALID",
    "OLD-held": "VALID",
    "OLD-notified": "VALID",
    "OLD-paid": "PAID",
  });
  expect(states.slice(4).map(([, status]) => status)).toEqual(["VALID", "VALID"]);
});

describe("the spec", () => {
  test("every example is accepted", () => {
    for (const example of resetIuv.examples)
      expect(Value.Check(resetIuv.config, Value.Default(resetIuv.config, parse(example)))).toBe(
        true,
      );
  });

  test("an unknown setting is refused", () => {
    expect(Value.Check(resetIuv.config, { reason: "x", discounted: true, causale: "y" })).toBe(
      false,
    );
  });
});

describe("before a code dies SEND is asked", () => {
  const accepted = { status: "accepted", notificationRequestId: "r", noticeCodes: [] } as const;
  const iun = "ABCD-EFGH-ILMN-202611-N-1";
  const live: SendStatus = { ...accepted, iun };
  const refused: SendStatus = { ...accepted, status: "refused", refusals: [] };
  const waiting: SendStatus = { ...accepted, status: "waiting", retryAfterMs: 10_000 };
  const price = {
    iun,
    totalCents: 0,
    paFeeCents: 0,
    sendFeeCents: 0,
    analogCents: 0,
    vat: 22,
    refinedAt: null,
    viewedAt: null,
  };
  const cases: readonly (readonly [
    string,
    Partial<Record<number, SendStatus>>,
    string | null,
    string,
    string,
  ])[] = [
    ["nothing of it there", {}, null, "DELIVERING", "cancelled"],
    ["this round live", { 2: live }, null, "DELIVERING", "ALREADY_NOTIFIED_OTHERWISE"],
    ["the round before live", { 1: live }, null, "DELIVERING", "ALREADY_NOTIFIED_OTHERWISE"],
    ["the round before refused", { 1: refused }, null, "DELIVERING", "cancelled"],
    ["the round before examined", { 1: waiting }, null, "DELIVERING", "EARLIER_REQUEST_WAITING"],
    ["the round before cancelled", { 1: live }, null, "CANCELLED", "cancelled"],
    [
      "the old code in a live notification",
      {},
      "301000000000990001",
      "VIEWED",
      "POSITION_NOTIFIED",
    ],
    ["the old code in a cancelled one", {}, "301000000000990001", "CANCELLED", "cancelled"],
    ["another code in a live notification", {}, "301000000000990009", "VIEWED", "cancelled"],
  ];
  for (const [what, rounds, code, status, end] of cases)
    test(`${what}: ${end}`, async () => {
      const asked: string[] = [];
      const payments: PaymentsPort = {
        reset: async (order) => {
          await order.assertFree?.(["301000000000990001"]);
          asked.push("cancelled");
          return open;
        },
        find: async () => null,
        inspect: async () => "absent",
        readStanding: async () => [],
        schedule: async () => "absent",
      };
      const { item, ctx } = prepare({
        payments,
        round: 2,
        send: {
          ...emptySend,
          send: { find: async (_, token) => rounds[Number(token.at(-1))] ?? null },
          desk: {
            findPrice: async (_, noticeCode) => (noticeCode === code ? price : null),
            findNotification: async () => ({ status }) as SentNotification,
          },
        },
      });
      const own = { ...ctx, idempotencyKey: ({ round }: Item<unknown>) => `key-${round}` };

      const ended = await Promise.resolve(runOnItem(resetIuv, item, own)).catch(
        (error: unknown) => error,
      );

      expect(asked).toEqual(end === "cancelled" ? ["cancelled"] : []);
      if (end !== "cancelled") expect(ended).toMatchObject({ code: end });
    });
});
