/** Until when a code may be paid: written on GPD and GovPay, held there to the second and to the day of Rome, for the payer at the counter. */
import { describe, expect, test } from "bun:test";
import { RetryLater } from "../../../../engine/host/errors.ts";
import {
  type OpenPosition,
  scheduleEach,
  type ScheduleOrder,
} from "../../../../integrations/payments/port.ts";
import {
  creditor,
  type GovPayWorld,
  type GpdWorld,
  makeGovPayWorld,
  makeGpdWorld,
  orderFor,
  refusalOf,
} from "./payments-world.ts";

const { taxId } = creditor;

/** The order for a position, with its last days: of the discounted and of the reduced code. */
function scheduleFor(
  { ref, options }: OpenPosition,
  lastDays: readonly (string | null)[],
  round = 1,
): ScheduleOrder {
  const { verbale, debtor } = orderFor("V-1");
  return {
    verbale,
    debtor,
    ref,
    reason: "Altra causale",
    idempotencyKey: `key-${round}`,
    options: options.map((option, index) => ({ ...option, lastDay: lastDays[index] ?? null })),
  };
}

/** `open`, or why the payer is turned away, of each code. */
async function readCounter(
  { simulator }: GpdWorld | GovPayWorld,
  { options }: OpenPosition,
): Promise<readonly string[]> {
  const seen: string[] = [];
  for (const { noticeCode } of options) {
    const offer = await simulator.counter.verify(taxId, noticeCode);
    seen.push("fault" in offer ? offer.fault : `open ${offer.amountCents}`);
  }
  return seen;
}

function goTo({ clock }: GpdWorld | GovPayWorld, instant: string): void {
  clock.advance(Date.parse(instant) - clock.now());
}

const both = ["open 4400", "open 5660"];
const reducedOnly = ["PAA_PAGAMENTO_SCADUTO", "open 5660"];
const none = ["PAA_PAGAMENTO_SCADUTO", "PAA_PAGAMENTO_SCADUTO"];

for (const [name, makeWorld] of [
  ["GPD", () => makeGpdWorld()],
  ["GovPay", () => makeGovPayWorld()],
] as const)
  describe(name, () => {
    async function open() {
      const world: GpdWorld | GovPayWorld = makeWorld();
      const position = await world.payments.reset(orderFor("V-1"));
      return { world, position };
    }

    test("each code closes with its day in Rome, not before and not after, winter and summer", async () => {
      const { world, position } = await open();

      await world.payments.schedule(scheduleFor(position, ["2026-11-30", "2027-04-01"]));

      const seen: string[] = [];
      for (const instant of [
        "2026-11-23T09:00:00Z",
        "2026-11-30T22:59:59Z",
        "2026-11-30T23:00:00Z",
        "2027-04-01T21:59:59Z",
        "2027-04-01T22:00:00Z",
      ]) {
        goTo(world, instant);
        seen.push(`${instant} ${(await readCounter(world, position)).join(", ")}`);
      }
      expect(seen).toEqual([
        `2026-11-23T09:00:00Z ${both.join(", ")}`,
        `2026-11-30T22:59:59Z ${both.join(", ")}`,
        `2026-11-30T23:00:00Z ${reducedOnly.join(", ")}`,
        `2027-04-01T21:59:59Z ${reducedOnly.join(", ")}`,
        `2027-04-01T22:00:00Z ${none.join(", ")}`,
      ]);
    });

    test("a verbale with one amount has one day", async () => {
      const world = makeWorld();
      const options = [{ kind: "reduced", amountCents: 5_660 }] as const;
      const position = await world.payments.reset(orderFor("V-1", { options }));

      expect(await world.payments.schedule(scheduleFor(position, ["2027-01-25"]))).toBe(
        "scheduled",
      );
      goTo(world, "2027-01-25T22:59:59Z");
      expect(await readCounter(world, position)).toEqual(["open 5660"]);
      goTo(world, "2027-01-25T23:00:00Z");
      expect(await readCounter(world, position)).toEqual(["PAA_PAGAMENTO_SCADUTO"]);
    });

    test("the same days again are no second change", async () => {
      const { world, position } = await open();
      const order = scheduleFor(position, ["2026-11-30", "2027-01-25"]);
      await world.payments.schedule(order);
      const before = world.line.calls.length;

      expect(await world.payments.schedule(order)).toBe("scheduled");

      const later = world.line.calls.slice(before).map(({ method }) => method);
      expect(new Set(later)).toEqual(new Set(["GET"]));
    });

    test("a lost answer to the change is found done", async () => {
      const { world, position } = await open();
      const order = scheduleFor(position, ["2026-11-30", "2027-01-25"]);
      world.line.breakCall(1, "lost-after");

      const error = await refusalOf(world.payments.schedule(order));
      expect(error).toBeInstanceOf(RetryLater);
      expect((error as RetryLater).effect).toBe("none");
      expect(await world.payments.schedule(order)).toBe("scheduled");
      goTo(world, "2026-12-01T10:00:00Z");
      expect(await readCounter(world, position)).toEqual(reducedOnly);
    });

    test("a day that is over when it becomes known closes within minutes, the other code stays", async () => {
      const { world, position } = await open();
      goTo(world, "2026-12-10T09:00:00Z");

      expect(
        await world.payments.schedule(scheduleFor(position, ["2026-11-30", "2027-01-25"])),
      ).toBe("scheduled");

      world.clock.advance(10 * 60_000);
      expect(await readCounter(world, position)).toEqual(reducedOnly);
    });

    test("both days over: both close, and asking again opens neither", async () => {
      const { world, position } = await open();
      goTo(world, "2027-06-10T09:00:00Z");
      const order = scheduleFor(position, ["2026-11-30", "2027-01-25"]);
      await world.payments.schedule(order);
      world.clock.advance(10 * 60_000);

      expect(await readCounter(world, position)).toEqual(none);
      expect(await world.payments.schedule(order)).toBe("scheduled");
      expect(await readCounter(world, position)).toEqual(none);
    });

    test("a day that moves opens a closed code again, also from EXPIRED, and closes it on the new day", async () => {
      const { world, position } = await open();
      await world.payments.schedule(scheduleFor(position, ["2026-11-30", "2027-01-25"]));
      goTo(world, "2027-02-01T09:00:00Z");
      expect(await readCounter(world, position)).toEqual(none);

      await world.payments.schedule(scheduleFor(position, ["2027-02-08", "2027-04-05"], 2));

      expect(await readCounter(world, position)).toEqual(both);
      goTo(world, "2027-02-08T23:00:00Z");
      expect(await readCounter(world, position)).toEqual(reducedOnly);
      goTo(world, "2027-04-05T22:00:00Z");
      expect(await readCounter(world, position)).toEqual(none);
    });

    test("a perfezionamento that was taken back leaves both codes open, for as long as nothing else is known", async () => {
      const { world, position } = await open();
      await world.payments.schedule(scheduleFor(position, ["2026-11-30", "2027-01-25"]));
      goTo(world, "2026-12-05T09:00:00Z");

      await world.payments.schedule(scheduleFor(position, [null, null], 2));

      goTo(world, "2027-05-05T09:00:00Z");
      expect(await readCounter(world, position)).toEqual(both);
    });

    test("what was paid is left alone, before the look and between look and change", async () => {
      const { world, position } = await open();
      const [discounted] = position.options;
      world.line.before(
        ({ method }) => method === "PUT",
        () => world.simulator.pay(taxId, discounted?.noticeCode ?? ""),
      );
      const order = scheduleFor(position, ["2026-11-30", "2027-01-25"]);

      expect(await world.payments.schedule(order)).toBe("paid");
      expect(await world.payments.schedule(order)).toBe("paid");
      const [first] = await readCounter(world, position);
      expect(first).toBe("PAA_PAGAMENTO_DUPLICATO");
    });

    test("what the payer reads and pays is as it was opened", async () => {
      const { world, position } = await open();
      await world.payments.schedule(scheduleFor(position, ["2026-11-30", "2027-01-25"]));

      const puts = world.line.calls.filter(({ method }) => method === "PUT");
      expect(JSON.stringify(puts.at(-1)?.body)).toContain(
        "Violazione Codice della Strada - verbale V-1",
      );
      expect(JSON.stringify(puts.at(-1)?.body)).not.toContain("Altra causale");
      expect(await readCounter(world, position)).toEqual(both);
    });

    test("an amount that an office has changed by hand is for a person", async () => {
      const { world, position } = await open();
      const { options, ...rest } = scheduleFor(position, ["2026-11-30", "2027-01-25"]);
      const changed = options.map((one) => ({ ...one, amountCents: one.amountCents + 1 }));

      expect(await world.payments.schedule({ ...rest, options: changed })).toBe("unclear");
      expect(await readCounter(world, position)).toEqual(both);
    });

    test("a position that is not there, or of another payment system, is left as it is", async () => {
      const { world, position } = await open();
      const order = scheduleFor(position, ["2026-11-30", "2027-01-25"]);
      const absent = position.ref.replace(/-g1$/, "-g9");

      expect(await world.payments.schedule({ ...order, ref: absent })).toBe("absent");
      expect(await world.payments.schedule({ ...order, ref: "TESORERIA-7" })).toBe("unclear");
    });

    test("a refusal waits, says why without the debtor, and leaves no doubt", async () => {
      const { world, position } = await open();
      const isPut = ({ method }: { readonly method: string }): boolean => method === "PUT";
      const detail = "Iban non censito per Rossi Mario";
      world.line.answerOnce(isPut, 422, {
        title: "x",
        detail,
        codice: "VER_020",
        descrizione: detail,
      });

      const error = await refusalOf(
        world.payments.schedule(scheduleFor(position, ["2026-11-30", "2027-01-25"])),
      );

      expect(error.code).toBe("SCHEDULE_REFUSED");
      expect((error as RetryLater).effect).toBe("none");
      expect(error.message).toContain("Iban non censito");
      expect(error.message).not.toContain("Rossi");
    });

    test("the page of a proxy is no answer", async () => {
      const { world, position } = await open();
      world.line.answerOnce(({ method }) => method === "PUT", 200, "<html>manutenzione</html>");
      const order = scheduleFor(position, ["2026-11-30", "2027-01-25"]);
      const end = await world.payments.schedule(order).catch((error: unknown) => error);

      expect(end).toBeInstanceOf(RetryLater);
      expect((end as RetryLater).code).toBe("UNREADABLE_ANSWER");
    });
  });

describe("GPD and SEND's fee", () => {
  const fees = ["open 5782", "open 7042"];

  async function openWithFee() {
    const world = makeGpdWorld();
    const position = await world.payments.reset(orderFor("V-1"));
    for (const { noticeCode } of position.options)
      expect(world.simulator.putFee(taxId, noticeCode, 1_382)).toBe(200);
    return { world, position };
  }

  test("stays on both codes over every change: dates known early, late, moved and taken back", async () => {
    const { world, position } = await openWithFee();
    for (const [round, lastDays] of [
      ["2026-11-30", "2027-01-25"],
      ["2026-11-20", "2027-01-14"],
      [null, null],
      ["2026-12-02", "2027-01-27"],
    ].entries()) {
      await world.payments.schedule(scheduleFor(position, lastDays, round));
      expect(await readCounter(world, position)).toEqual(fees);
    }

    const put = world.line.calls.findLast(({ method }) => method === "PUT");
    const body = (put?.body ?? {}) as {
      paymentOption?: readonly { amount: number; dueDate: string }[];
    };
    expect(put?.query).toBe("?toPublish=true");
    expect(body.paymentOption?.map(({ amount, dueDate }) => [amount, dueDate])).toEqual([
      [4_400, "2026-12-02T22:59:59.000Z"],
      [5_660, "2027-01-27T22:59:59.000Z"],
    ]);
  });

  test("a receipt on its way for a code that was closed late is still found", async () => {
    const { world, position } = await openWithFee();
    goTo(world, "2026-12-10T09:00:00Z");
    await world.payments.schedule(scheduleFor(position, ["2026-11-30", "2027-01-25"]));
    world.clock.advance(10 * 60_000);

    world.simulator.pay(taxId, position.options[0]?.noticeCode ?? "");

    expect(await world.payments.inspect({ ref: position.ref })).toBe("paid");
  });

  test("once one code is paid the other closes by itself", async () => {
    const { world, position } = await openWithFee();
    await world.payments.schedule(scheduleFor(position, ["2026-11-30", "2027-01-25"]));
    world.simulator.pay(taxId, position.options[1]?.noticeCode ?? "");

    expect(await readCounter(world, position)).toEqual([
      "PAA_PAGAMENTO_DUPLICATO",
      "PAA_PAGAMENTO_DUPLICATO",
    ]);
  });
});

describe("GovPay and SEND's costs", () => {
  test("the pendenza goes on asking SEND: dataValidita stays past, dataScadenza is the day", async () => {
    const world = makeGovPayWorld({
      govpay: {
        idA2A: "POSTINO",
        idTipoPendenza: "CDS",
        sendAbilitato: true,
        user: "postino",
        password: { secret: "GOVPAY_PASSWORD" },
      },
    });
    const position = await world.payments.reset(orderFor("V-1"));
    await world.payments.schedule(scheduleFor(position, ["2026-11-30", "2027-01-25"]));

    const puts = world.line.calls.filter(({ method }) => method === "PUT").slice(-2);
    expect(puts.map(({ body }) => body)).toMatchObject([
      { sendAbilitato: true, dataValidita: "2000-01-01", dataScadenza: "2026-11-30" },
      { sendAbilitato: true, dataValidita: "2000-01-01", dataScadenza: "2027-01-25" },
    ]);
  });

  test("the code that was not paid closes on its day all the same", async () => {
    const world = makeGovPayWorld();
    const position = await world.payments.reset(orderFor("V-1"));
    world.simulator.pay(taxId, position.options[0]?.noticeCode ?? "");

    expect(await world.payments.schedule(scheduleFor(position, ["2026-11-30", "2027-01-25"]))).toBe(
      "paid",
    );
    goTo(world, "2027-01-26T09:00:00Z");
    expect(await readCounter(world, position)).toEqual([
      "PAA_PAGAMENTO_DUPLICATO",
      "PAA_PAGAMENTO_SCADUTO",
    ]);
  });
});

describe("several positions on GPD", () => {
  const verbali = ["V-1", "V-2", "V-3", "V-4", "V-5"];

  async function openSeveral() {
    const world = makeGpdWorld();
    const orders: ScheduleOrder[] = [];
    const positions: OpenPosition[] = [];
    for (const verbale of verbali) {
      const position = await world.payments.reset(orderFor(verbale));
      positions.push(position);
      orders.push({ ...scheduleFor(position, ["2026-11-30", "2027-01-25"]), verbale });
    }
    world.line.calls.length = 0;
    return { world, orders, positions };
  }

  /** `V-1 scheduled`, in the order of the verbali. */
  async function schedule({ payments }: GpdWorld, orders: readonly ScheduleOrder[]) {
    const told: string[] = [];
    for await (const { order, ...ended } of scheduleEach(payments, orders))
      told.push(
        `${order.verbale} ${ended.status === "done" ? ended.end : (ended.error as RetryLater).code}`,
      );
    return told.toSorted();
  }

  const all = verbali.map((verbale) => `${verbale} scheduled`);
  const countPuts = ({ line }: GpdWorld): readonly string[] =>
    line.calls.filter(({ method }) => method === "PUT").map(({ path }) => path.slice(0, 3));

  async function expectClosed(world: GpdWorld, positions: readonly OpenPosition[]): Promise<void> {
    goTo(world, "2026-11-30T23:00:00Z");
    for (const position of positions)
      expect(await readCounter(world, position)).toEqual(reducedOnly);
  }

  test("are looked at one by one and changed in one call", async () => {
    const { world, orders, positions } = await openSeveral();

    expect(await schedule(world, orders)).toEqual(all);
    expect(world.line.calls).toHaveLength(6);
    expect(countPuts(world)).toEqual(["/v2"]);
    expect(await schedule(world, orders)).toEqual(all);
    expect(world.line.calls).toHaveLength(11);
    await expectClosed(world, positions);
  });

  test("one that is paid between look and change is left alone, the others get their days", async () => {
    const { world, orders, positions } = await openSeveral();
    const [first, ...others] = positions;
    world.line.before(
      ({ method }) => method === "PUT",
      () => world.simulator.pay(taxId, first?.options[0]?.noticeCode ?? ""),
    );

    expect(await schedule(world, orders)).toEqual(["V-1 paid", ...all.slice(1)]);
    await expectClosed(world, others);
  });

  test.each(["lost-before", "lost-after", 503] as const)(
    "a call that is %s goes on alone",
    async (fault) => {
      const { world, orders, positions } = await openSeveral();
      world.line.breakCall(5, fault);

      expect(await schedule(world, orders)).toEqual(all);
      await expectClosed(world, positions);
    },
  );

  test("one that cannot be looked at waits, the others go on", async () => {
    const { world, orders, positions } = await openSeveral();
    world.line.breakCall(1, 503);

    const told = await schedule(world, orders);

    expect(told.filter((one) => one.endsWith("scheduled"))).toHaveLength(4);
    expect(told[1]).toBe("V-2 SERVICE_UNAVAILABLE");
    await expectClosed(
      world,
      positions.filter((_, index) => index !== 1),
    );
  });

  test("where version 2 is not there each goes alone", async () => {
    const { world, orders, positions } = await openSeveral();
    world.line.answerOnce(({ path }) => path.startsWith("/v2"), 404, "<html>non trovata</html>");

    expect(await schedule(world, orders)).toEqual(all);
    expect(countPuts(world)).toEqual(["/v2", "/v1", "/v1", "/v1", "/v1", "/v1"]);
    await expectClosed(world, positions);
  });
});
