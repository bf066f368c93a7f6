/** The GPD client against the simulated GPD: the safe order, every state of the old positions, retries with the same names. */
import { formatTerminalHint } from "../../../../server/words/hints.ts";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { ItemRejected, RetryLater, RunBlocked } from "../../../../engine/host/errors.ts";
import { createGpdPayments } from "../../../../integrations/payments/gpd/client.ts";
import { makePaymentCode } from "../../../../integrations/payments/notice-code.ts";
import type { GpdStatus } from "../../../../integrations/payments/gpd/wire.ts";
import {
  creditor,
  gpdSettings,
  makeGpdWorld,
  orderFor,
  refusalOf,
  unlimited,
} from "./payments-world.ts";
import type { GpdWorld } from "./payments-world.ts";

const org = "00000000191";
/** sha256("00000000191|V-1"), first 24 hex characters. */
const newIupd = "00000000191-cdcfc857f50e27dca08c7877-g1";

let world: GpdWorld;
beforeEach(() => {
  world = makeGpdWorld();
});
afterEach(() => {
  world.simulator.close();
});

function seedOld(status: GpdStatus, iupd = "OLD-1", iuv = "07000000000099001"): void {
  world.simulator.seed([
    { organization: org, iupd, status, options: [{ iuv, amountCents: 5000 }] },
  ]);
}

function statusesByName(): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { iupd, status } of world.simulator.report().positions) found[iupd] = status;
  return found;
}

describe("a verbale without old positions", () => {
  test("gets one open position with two options and fresh codes", async () => {
    const position = await world.payments.reset(orderFor("V-1"));

    expect(position).toEqual({
      ref: newIupd,
      creditorTaxId: "00000000191",
      options: [
        {
          kind: "discounted",
          amountCents: 4400,
          iuv: "07000000000000105",
          noticeCode: "307000000000000105",
        },
        {
          kind: "reduced",
          amountCents: 5660,
          iuv: "07000000000000206",
          noticeCode: "307000000000000206",
        },
      ],
    });
    expect(statusesByName()).toEqual({ [newIupd]: "VALID" });
  });

  test("sends the body that GPD wants: cents, one transfer, no partial payment, far due date", async () => {
    await world.payments.reset(orderFor("V-1"));

    const create = world.line.calls.find((call) => call.method === "POST");
    expect(create?.query).toBe("?toPublish=false");
    expect(create?.body).toEqual({
      iupd: newIupd,
      type: "F",
      fiscalCode: "RSSMRA80A01H501U",
      fullName: "Rossi Mario",
      streetName: "Via Roma",
      civicNumber: "12/A",
      postalCode: "00100",
      city: "Roma",
      province: "RM",
      country: "IT",
      companyName: "Comune di Borgofittizio",
      switchToExpired: false,
      paymentOption: [
        {
          nav: "307000000000000105",
          iuv: "07000000000000105",
          amount: 4400,
          description: "Violazione Codice della Strada - verbale V-1 - importo scontato",
          isPartialPayment: false,
          dueDate: "2028-11-22T22:59:59.000Z",
          transfer: [
            {
              idTransfer: "1",
              amount: 4400,
              organizationFiscalCode: "00000000191",
              remittanceInformation:
                "Violazione Codice della Strada - verbale V-1 - importo scontato",
              category: "9/0101108TS/",
              iban: "IT60X0542811101000000123456",
            },
          ],
        },
        expect.objectContaining({
          nav: "307000000000000206",
          amount: 5660,
          description: "Violazione Codice della Strada - verbale V-1 - importo ridotto",
        }),
      ],
    });
  });

  test("one amount makes one option, a company is of type G", async () => {
    const order = orderFor("V-1", {
      options: [{ kind: "reduced", amountCents: 1 }],
      debtor: { type: "PG", taxId: "00000000192", denomination: "A".repeat(90) },
    });

    const position = await world.payments.reset(order);

    expect(position.options).toHaveLength(1);
    const body = world.line.calls[0]?.body as Record<string, unknown>;
    expect(body).toHaveProperty(
      "paymentOption.0.description",
      "Violazione Codice della Strada - verbale V-1",
    );
    expect(body["type"]).toBe("G");
    expect(body["fullName"]).toBe("A".repeat(70));
    expect(body).not.toHaveProperty("streetName");
  });

  test("the postal IBAN and the creditor's own name go along when the ente has them", async () => {
    const own = makeGpdWorld({
      postalIban: "IT60X0760111101000000123456",
      companyName: "Unione dei Comuni",
    });
    await own.payments.reset(orderFor("V-1"));
    own.simulator.close();

    expect(own.line.calls[0]?.body).toMatchObject({
      companyName: "Unione dei Comuni",
      paymentOption: [
        { transfer: [{ postalIban: "IT60X0760111101000000123456" }] },
        { transfer: [{ postalIban: "IT60X0760111101000000123456" }] },
      ],
    });
  });
});

describe("old positions", () => {
  test("a valid one is cancelled between the draft and its publication, then read again", async () => {
    seedOld("VALID");

    await world.payments.reset(orderFor("V-1", { old: [{ iupd: "OLD-1" }] }));

    expect(world.line.heard()).toEqual([
      "GET /OLD-1",
      "POST /",
      "POST /OLD-1/invalidate",
      "GET /OLD-1",
      `POST /${newIupd}/publish`,
    ]);
    expect(statusesByName()).toEqual({ "OLD-1": "INVALID", [newIupd]: "VALID" });
  });

  test("several are all cancelled, the same one named twice only once", async () => {
    seedOld("VALID", "OLD-1", "07000000000099001");
    seedOld("PUBLISHED", "OLD-2", "07000000000099002");

    await world.payments.reset(
      orderFor("V-1", { old: [{ iupd: "OLD-1" }, { iupd: "OLD-2" }, { iupd: "OLD-2" }] }),
    );

    expect(statusesByName()).toEqual({
      "OLD-1": "INVALID",
      "OLD-2": "INVALID",
      [newIupd]: "VALID",
    });
    const cancels = world.line.heard().filter((call) => call.endsWith("/invalidate"));
    expect(cancels).toEqual(["POST /OLD-1/invalidate", "POST /OLD-2/invalidate"]);
  });

  test("a draft is deleted, because GPD does not invalidate drafts", async () => {
    seedOld("DRAFT");

    await world.payments.reset(orderFor("V-1", { old: [{ iupd: "OLD-1" }] }));

    expect(statusesByName()).toEqual({ [newIupd]: "VALID" });
    expect(world.line.heard()).toContain("DELETE /OLD-1");
  });

  test.each(["INVALID", "EXPIRED"] as const)("one that is %s stays as it is", async (status) => {
    seedOld(status);

    await world.payments.reset(orderFor("V-1", { old: [{ iupd: "OLD-1" }] }));

    expect(statusesByName()).toEqual({ "OLD-1": status, [newIupd]: "VALID" });
    expect(world.line.heard()).not.toContain("POST /OLD-1/invalidate");
  });

  test("one that GPD does not know is nothing to cancel", async () => {
    await world.payments.reset(orderFor("V-1", { old: [{ iupd: "GONE" }] }));

    expect(statusesByName()).toEqual({ [newIupd]: "VALID" });
  });

  test("one that expires just before the cancel is read again and counts as cancelled", async () => {
    world.simulator.seed([
      {
        organization: org,
        iupd: "OLD-1",
        switchToExpired: true,
        dueDate: "2026-11-23T10:00:00.000Z",
        options: [{ iuv: "07000000000099001", amountCents: 5000 }],
      },
    ]);
    world.line.before(
      ({ path }) => path.endsWith("/invalidate"),
      () => world.clock.advance(2 * 3_600_000),
    );

    await world.payments.reset(orderFor("V-1", { old: [{ iupd: "OLD-1" }] }));

    expect(statusesByName()).toEqual({ "OLD-1": "EXPIRED", [newIupd]: "VALID" });
  });

  test.each([
    ["PAID", "ALREADY_PAID", "già pagata"],
    ["REPORTED", "ALREADY_PAID", "già pagata"],
    ["PARTIALLY_PAID", "PARTIALLY_PAID", "pagata in parte"],
  ] as const)(
    "one that is %s stops the verbale, nothing is touched",
    async (status, code, text) => {
      seedOld("VALID", "OLD-0", "07000000000099000");
      seedOld(status);

      const error = await refusalOf(
        world.payments.reset(orderFor("V-1", { old: [{ iupd: "OLD-0" }, { iupd: "OLD-1" }] })),
      );

      expect(error).toBeInstanceOf(ItemRejected);
      expect(error.code).toBe(code);
      expect(error.message).toContain(text);
      expect(error.message).toContain("Nessuna posizione è stata annullata");
      expect(statusesByName()).toEqual({ "OLD-0": "VALID", "OLD-1": status });
    },
  );

  test("one with SEND's fee on it is on a notification: it is not cancelled", async () => {
    world.simulator.seed([
      {
        organization: org,
        iupd: "OLD-1",
        options: [{ iuv: "07000000000099001", amountCents: 5000, notificationFeeCents: 200 }],
      },
    ]);

    const error = await refusalOf(
      world.payments.reset(orderFor("V-1", { old: [{ iupd: "OLD-1" }] })),
    );

    expect(error.code).toBe("ALREADY_NOTIFIED");
    expect(statusesByName()).toEqual({ "OLD-1": "VALID" });
  });

  test("one known by its notice code alone cannot be found on GPD: rejected before anything happens", async () => {
    const error = await refusalOf(
      world.payments.reset(orderFor("V-1", { old: [{ noticeCode: "307000000000099001" }] })),
    );

    expect(error).toBeInstanceOf(ItemRejected);
    expect(error.code).toBe("POSITION_NOT_ADDRESSABLE");
    expect(error.message).toContain("senza l'IUPD");
    expect(world.line.calls).toEqual([]);
  });

  test("a payment between the draft and the cancel takes the draft back", async () => {
    seedOld("VALID");
    world.line.before(
      ({ path }) => path.endsWith("/invalidate"),
      () => world.simulator.pay(org, "307000000000099001"),
    );

    const error = await refusalOf(
      world.payments.reset(orderFor("V-1", { old: [{ iupd: "OLD-1" }] })),
    );

    expect(error.code).toBe("ALREADY_PAID");
    expect(statusesByName()).toEqual({ "OLD-1": "PAID" });
  });

  test("a late receipt between the cancel and the second reading takes the draft back and says so", async () => {
    seedOld("VALID", "OLD-0", "07000000000099000");
    seedOld("VALID");
    world.line.before(
      ({ method, path }) =>
        method === "GET" &&
        path.endsWith("/OLD-1") &&
        world.line.heard().includes("POST /OLD-1/invalidate"),
      () => world.simulator.pay(org, "307000000000099001"),
    );

    const error = await refusalOf(
      world.payments.reset(orderFor("V-1", { old: [{ iupd: "OLD-0" }, { iupd: "OLD-1" }] })),
    );

    expect(error.code).toBe("ALREADY_PAID");
    expect(error.message).toContain("Posizioni già annullate o scadute del verbale: 1");
    expect(statusesByName()).toEqual({ "OLD-0": "INVALID", "OLD-1": "PAID" });
  });
});

describe("numbers and names", () => {
  test("the same order again gives the same position and makes none", async () => {
    const first = await world.payments.reset(orderFor("V-1"));
    const second = await world.payments.reset(orderFor("V-1"));

    expect(second).toEqual(first);
    expect(world.simulator.report().created).toBe(1);
  });

  test("another generation cancels the one before and has other codes", async () => {
    const first = await world.payments.reset(orderFor("V-1"));
    const second = await world.payments.reset(
      orderFor("V-1", { generation: 2, idempotencyKey: "round-2", old: [{ ref: first.ref }] }),
    );

    expect(second.ref).toBe(newIupd.replace("-g1", "-g2"));
    expect(second.options.map((option) => option.noticeCode)).toEqual([
      "307000000000000307",
      "307000000000000408",
    ]);
    expect(world.simulator.report()).toMatchObject({ open: 1, cancelled: 1 });
  });

  test("a generation before that nobody recorded is cancelled all the same", async () => {
    await world.payments.reset(orderFor("V-1"));

    await world.payments.reset(orderFor("V-1", { generation: 2, idempotencyKey: "round-2" }));

    expect(statusesByName()).toEqual({
      [newIupd]: "INVALID",
      [newIupd.replace("-g1", "-g2")]: "VALID",
    });
  });

  test("two verbali never share a number", async () => {
    const one = await world.payments.reset(orderFor("V-1"));
    const two = await world.payments.reset(orderFor("V-2"));

    const codes = [...one.options, ...two.options].map((option) => option.iuv);
    expect(new Set(codes).size).toBe(4);
  });

  test("a taken IUV is passed over for the next numbers, and a retry finds those again", async () => {
    seedOld("VALID", "SOMEONE-ELSE", "07000000000000105");

    const first = await world.payments.reset(orderFor("V-1"));
    const again = await world.payments.reset(orderFor("V-1"));

    expect(first.options.map((option) => option.noticeCode)).toEqual([
      "307000000000000307",
      "307000000000000408",
    ]);
    expect(again).toEqual(first);
    expect(statusesByName()["SOMEONE-ELSE"]).toBe("VALID");
  });

  test("a long stretch of taken numbers is leapt over in a few tries, and the next verbale starts behind it", async () => {
    for (let number = 1; number <= 5_000; number += 1)
      seedOld("VALID", `SOMEONE-${number}`, makePaymentCode("07", number).iuv);

    const first = await world.payments.reset(orderFor("V-1"));
    const callsOfFirst = world.line.calls.length;
    await world.payments.reset(orderFor("V-2"));

    // Numbers tried: 1, 3, 1003, 3003, 7003; each refusal costs a create and a look.
    expect(first.options.map(({ iuv }) => iuv.slice(2, 15))).toEqual([
      "0000000007003",
      "0000000007004",
    ]);
    expect(callsOfFirst).toBe(10);
    expect(world.line.calls.length - callsOfFirst).toBe(2);
  });

  test("numbers that are taken again and again block the run with the setting to change, and the change helps", async () => {
    for (let call = 0; call < 40; call += 2) world.line.breakCall(call, 409);

    const error = await refusalOf(world.payments.reset(orderFor("V-1")));
    const changed = createGpdPayments({
      settings: { ...gpdSettings, firstNumber: 5_000_000_000_000 },
      creditor,
      subscriptionKey: async () => "chiave-di-prova",
      http: world.line.http,
      clock: world.clock,
      limiter: unlimited,
      counters: world.counters,
    });
    world.line.breakCall(0, 409);
    const position = await changed.reset(orderFor("V-1"));

    expect(error).toBeInstanceOf(RunBlocked);
    expect(error.code).toBe("IUV_IN_USE");
    expect(formatTerminalHint((error as RunBlocked).hint ?? "")).toContain("payments.firstNumber");
    expect(position.options.map(({ iuv }) => iuv.slice(2, 15))).toEqual([
      "5000000000000",
      "5000000000001",
    ]);
  });

  test("the name says nothing about the debtor", async () => {
    const position = await world.payments.reset(orderFor("V-1"));

    expect(position.ref).toMatch(/^00000000191-[0-9a-f]{24}-g1$/);
  });

  test("amounts that cannot be told apart are rejected before any call", async () => {
    const error = await refusalOf(
      world.payments.reset(
        orderFor("V-1", {
          options: [
            { kind: "discounted", amountCents: 5000 },
            { kind: "reduced", amountCents: 5000 },
          ],
        }),
      ),
    );

    expect(error.code).toBe("AMOUNTS_NOT_DISTINCT");
    expect(world.line.calls).toEqual([]);
  });
});

describe("what an earlier try left", () => {
  test("a draft is taken up and published", async () => {
    world.line.breakCall(1, "lost-before");
    const error = await refusalOf(world.payments.reset(orderFor("V-1")));
    expect(error).toBeInstanceOf(RetryLater);
    expect(statusesByName()).toEqual({ [newIupd]: "DRAFT" });

    const position = await world.payments.reset(orderFor("V-1"));

    expect(position.options[0]?.noticeCode).toBe("307000000000000105");
    expect(statusesByName()).toEqual({ [newIupd]: "VALID" });
  });

  test("a draft of other amounts is replaced", async () => {
    world.line.breakCall(1, "lost-before");
    await refusalOf(world.payments.reset(orderFor("V-1")));

    const position = await world.payments.reset(
      orderFor("V-1", { options: [{ kind: "reduced", amountCents: 9900 }] }),
    );

    expect(position.options.map((option) => option.amountCents)).toEqual([9900]);
    expect(world.simulator.report().positions[0]?.options).toEqual([
      { iuv: "07000000000000206", nav: "307000000000000206", amount: 9900 },
    ]);
  });

  test("a draft whose due date has gone by is replaced", async () => {
    world.line.breakCall(1, "lost-before");
    await refusalOf(world.payments.reset(orderFor("V-1")));
    world.clock.advance(800 * 86_400_000);

    await world.payments.reset(orderFor("V-1"));

    expect(statusesByName()).toEqual({ [newIupd]: "VALID" });
  });

  test("an open position of other amounts is left alone and the verbale rejected", async () => {
    await world.payments.reset(orderFor("V-1"));

    const error = await refusalOf(
      world.payments.reset(orderFor("V-1", { options: [{ kind: "reduced", amountCents: 9900 }] })),
    );

    expect(error.code).toBe("POSITION_CONFLICT");
    expect((error as ItemRejected).hint).toContain("nuovo tentativo");
    expect(statusesByName()).toEqual({ [newIupd]: "VALID" });
  });

  test("one that somebody cancelled cannot come back: rejected, a new round gets new codes", async () => {
    await world.payments.reset(orderFor("V-1"));
    const response = await world.line.http({
      method: "POST",
      url: `http://gpd.test/v1/organizations/${org}/debtpositions/${newIupd}/invalidate`,
      headers: { "ocp-apim-subscription-key": "chiave-di-prova" },
    });
    expect(response.status).toBe(200);

    const error = await refusalOf(world.payments.reset(orderFor("V-1")));

    expect(error.code).toBe("POSITION_CONFLICT");
    expect(error.message).toContain("annullata");
  });

  test("one that was paid meanwhile rejects the verbale as paid", async () => {
    await world.payments.reset(orderFor("V-1"));
    world.simulator.pay(org, "307000000000000105");

    const error = await refusalOf(world.payments.reset(orderFor("V-1")));

    expect(error.code).toBe("ALREADY_PAID");
  });
});

describe("two at once", () => {
  test("two processes with the same order make one position and agree on its codes", async () => {
    seedOld("VALID");
    const order = orderFor("V-1", { old: [{ iupd: "OLD-1" }] });

    const [one, two] = await Promise.all([
      world.payments.reset(order),
      world.payments.reset(order),
    ]);

    expect(one).toEqual(two);
    expect(world.simulator.report()).toMatchObject({ created: 1, open: 1, cancelled: 1 });
  });

  test("our position with SEND's fee on it stays payable even when an old one turns out paid", async () => {
    seedOld("INVALID");
    world.simulator.seed([
      {
        organization: org,
        iupd: newIupd,
        options: [
          { iuv: "07000000000000105", amountCents: 4400, notificationFeeCents: 200 },
          { iuv: "07000000000000206", amountCents: 5660, notificationFeeCents: 200 },
        ],
      },
    ]);
    const order = orderFor("V-1", { old: [{ iupd: "OLD-1" }] });
    expect((await world.payments.find(order))?.options[0]?.amountCents).toBe(4400);
    world.simulator.pay(org, "307000000000099001");

    const error = await refusalOf(world.payments.reset(order));

    expect(error.code).toBe("ALREADY_NOTIFIED");
    expect(statusesByName()).toEqual({ "OLD-1": "PAID", [newIupd]: "VALID" });
  });
});

describe("cancelled and not active", () => {
  test("a publish that fails after the cancel waits with its own code and is taken up again", async () => {
    seedOld("VALID");
    const order = orderFor("V-1", { old: [{ iupd: "OLD-1" }] });
    world.line.breakCall(4, 503);

    const error = await refusalOf(world.payments.reset(order));

    expect(error).toBeInstanceOf(RetryLater);
    expect(error.code).toBe("CANCELLED_NOT_ACTIVE");
    expect(error.message).toContain("non viene trasmesso");
    expect(statusesByName()).toEqual({ "OLD-1": "INVALID", [newIupd]: "DRAFT" });
    expect(await world.payments.find(order)).toBeNull();

    await world.payments.reset(order);
    expect(statusesByName()).toEqual({ "OLD-1": "INVALID", [newIupd]: "VALID" });
  });

  test("without an old position the same failure is an ordinary wait", async () => {
    world.line.breakCall(1, 503);

    const error = await refusalOf(world.payments.reset(orderFor("V-1")));

    expect(error.code).toBe("SERVICE_UNAVAILABLE");
  });

  test("a key that is refused in that moment blocks the run and says what is half done", async () => {
    seedOld("VALID");
    world.line.breakCall(4, 401);

    const error = await refusalOf(
      world.payments.reset(orderFor("V-1", { old: [{ iupd: "OLD-1" }] })),
    );

    expect(error).toBeInstanceOf(RunBlocked);
    expect(error.message).toContain("la nuova non è ancora pagabile");
  });

  test("a publish whose answer was lost is found done", async () => {
    const order = orderFor("V-1");
    world.line.breakCall(1, "lost-after");
    const error = await refusalOf(world.payments.reset(order));
    expect(error).toBeInstanceOf(RetryLater);

    const found = await world.payments.find(order);

    expect(found?.options.map((option) => option.noticeCode)).toEqual([
      "307000000000000105",
      "307000000000000206",
    ]);
  });
});

describe("refusals of GPD", () => {
  test("data that GPD refuses reject the verbale, without repeating them in the note", async () => {
    seedOld("VALID");
    const order = orderFor("V-1", {
      old: [{ iupd: "OLD-1" }],
      options: [{ kind: "reduced", amountCents: 5660 }],
      reason: "",
    });

    const error = await refusalOf(world.payments.reset(order));

    expect(error).toBeInstanceOf(ItemRejected);
    expect(error.code).toBe("PAYMENT_DATA_REFUSED");
    expect(error.message).toContain("HTTP 400: paymentOption.0.description");
    expect(error.message).toContain("Le posizioni esistenti non sono state annullate");
    expect(statusesByName()).toEqual({ "OLD-1": "VALID" });
  });

  test("a segregation code that is not ours blocks the run", async () => {
    const other = makeGpdWorld({ segregationCode: "08" });

    const error = await refusalOf(other.payments.reset(orderFor("V-1")));
    other.simulator.close();

    expect(error).toBeInstanceOf(RunBlocked);
    expect(error.code).toBe("PAYMENTS_NOT_AUTHORISED");
    expect(error.message).toContain("HTTP 403");
  });

  test("an old position of another segregation code rejects that verbale alone", async () => {
    seedOld("VALID", "OLD-1", "08000000000099001");

    const error = await refusalOf(
      world.payments.reset(orderFor("V-1", { old: [{ iupd: "OLD-1" }] })),
    );

    expect(error).toBeInstanceOf(ItemRejected);
    expect(error.code).toBe("POSITION_NOT_OURS");
    expect(statusesByName()).toEqual({ "OLD-1": "VALID" });
    expect((await world.payments.reset(orderFor("V-2"))).options).toHaveLength(2);
  });

  test("a passing 403 at the first look leaves our open position as it is", async () => {
    seedOld("VALID");
    const order = orderFor("V-1", { old: [{ iupd: "OLD-1" }] });
    const first = await world.payments.reset(order);
    world.line.breakCall(0, 403);

    expect(await world.payments.reset(order)).toEqual(first);
    expect(world.simulator.report()).toMatchObject({ created: 1, open: 1 });
  });

  test("a long reason leaves room for which amount it is", async () => {
    await world.payments.reset(orderFor("V-1", { reason: "v".repeat(140) }));

    expect(world.line.calls[0]).toHaveProperty(
      "body.paymentOption.0.description",
      `${"v".repeat(121)} - importo scontato`,
    );
  });

  test("a wrong key blocks the run", async () => {
    const payments = createGpdPayments({
      settings: gpdSettings,
      creditor,
      subscriptionKey: async () => "chiave-sbagliata",
      http: world.line.http,
      clock: world.clock,
      limiter: unlimited,
      counters: world.counters,
    });

    const error = await refusalOf(payments.reset(orderFor("V-1")));

    expect(error).toBeInstanceOf(RunBlocked);
    expect(error.message).toContain("HTTP 401");
  });

  test.each([
    // 120 seconds of patience: seventeen times 7 are within them.
    ["7", Array.from({ length: 18 }, () => 7_000), 7_000],
    ["200", [200_000], 200_000],
    [null, Array.from({ length: 13 }, () => 10_000), undefined],
  ] as const)(
    "a 429 with retry-after %p is waited out, and then left for later",
    async (said, pauses, afterMs) => {
      const paused: number[] = [];
      const payments = createGpdPayments({
        settings: gpdSettings,
        creditor,
        subscriptionKey: async () => "chiave-di-prova",
        http: async () => ({
          status: 429,
          headers: new Headers(said === null ? {} : { "retry-after": said }),
          body: null,
          bytes: new Uint8Array(),
        }),
        clock: world.clock,
        limiter: { ...unlimited, pause: (_bucket, ms) => void paused.push(ms) },
        counters: world.counters,
      });

      const error = await refusalOf(payments.reset(orderFor("V-1")));

      expect(error).toBeInstanceOf(RetryLater);
      expect((error as RetryLater).afterMs).toBe(afterMs);
      expect(paused).toEqual([...pauses]);
    },
  );

  test("a success that is no position waits instead of guessing", async () => {
    const payments = createGpdPayments({
      settings: gpdSettings,
      creditor,
      subscriptionKey: async () => "chiave-di-prova",
      http: async () => ({
        status: 200,
        headers: new Headers({ "content-type": "text/html" }),
        body: "<html>manutenzione</html>",
        bytes: new Uint8Array(),
      }),
      clock: world.clock,
      limiter: unlimited,
      counters: world.counters,
    });

    const error = await refusalOf(payments.reset(orderFor("V-1", { old: [{ iupd: "OLD-1" }] })));

    expect(error).toBeInstanceOf(RetryLater);
    expect(error.code).toBe("UNREADABLE_ANSWER");
  });
});

describe("a position that the ente opened while it had another payment system", () => {
  const elsewhere = { ref: "cdcfc857f50e27dca08c7877-g1" };

  test("does not stop the verbale, but is told: its codes may still be payable there", async () => {
    const order = orderFor("V-1", { generation: 2, old: [elsewhere] });

    const position = await world.payments.reset(order);

    expect(position.notFound).toBe(1);
    expect(await world.payments.find(order)).toEqual(position);
  });

  test("is unclear when somebody asks for late receipts", async () => {
    expect(await world.payments.inspect(elsewhere)).toBe("unclear");
    expect(await world.payments.inspect({ noticeCode: "307000000000099001" })).toBe("unclear");
  });
});

describe("how a position stands", () => {
  test("a cancelled position that was paid late is seen as paid", async () => {
    seedOld("VALID");
    await world.payments.reset(orderFor("V-1", { old: [{ iupd: "OLD-1" }] }));
    expect(await world.payments.inspect({ iupd: "OLD-1" })).toBe("cancelled");

    world.simulator.pay(org, "307000000000099001");

    expect(await world.payments.inspect({ iupd: "OLD-1" })).toBe("paid");
    expect(await world.payments.inspect({ ref: newIupd })).toBe("open");
    expect(await world.payments.inspect({ iupd: "GONE" })).toBe("absent");
  });
});

describe("what became of an order", () => {
  test("a position of the flusso that GPD does not have is counted, also after a restart", async () => {
    const gone = "00000000191-000000000000000000000000-g1";
    seedOld("VALID");
    const wrong = orderFor("V-1", { old: [{ iupd: "OLD-1" }, { iupd: "OLD-l" }, { ref: gone }] });

    const position = await world.payments.reset(wrong);

    expect(position.notFound).toBe(1);
    expect(await world.payments.find(wrong)).toEqual(position);
    expect(await world.payments.reset(orderFor("V-2"))).not.toHaveProperty("notFound");
  });

  const order = orderFor("V-1", { old: [{ iupd: "OLD-1" }] });

  test("a draft of ours that somebody published does not say that the old one is cancelled", async () => {
    seedOld("VALID");
    world.line.breakCall(2, "lost-before");
    await refusalOf(world.payments.reset(order));
    await world.simulator.app.request(`/organizations/${org}/debtpositions/${newIupd}/publish`, {
      method: "POST",
      headers: { "ocp-apim-subscription-key": "chiave-di-prova" },
    });

    expect(await world.payments.find(order)).toBeNull();

    const position = await world.payments.reset(order);
    expect(statusesByName()).toEqual({ "OLD-1": "INVALID", [newIupd]: "VALID" });
    expect(await world.payments.find(order)).toEqual(position);
  });

  test("an old one that was paid since leaves it to the next try to take ours back", async () => {
    seedOld("VALID");
    await world.payments.reset(order);
    world.simulator.pay(org, "307000000000099001");

    expect(await world.payments.find(order)).toBeNull();
    expect((await refusalOf(world.payments.reset(order))).code).toBe("ALREADY_PAID");
    expect(statusesByName()).toEqual({ "OLD-1": "PAID", [newIupd]: "INVALID" });
  });
});
