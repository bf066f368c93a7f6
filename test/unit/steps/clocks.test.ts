/** count-terms and clocks: what is kept of each recipient, and when the payment system is told which day. */
import { describe, expect, test } from "bun:test";
import { ItemRejected, RetryLater } from "../../../engine/host/errors.ts";
import { runOnItem, type Step } from "../../../engine/step/step.ts";
import type { EffectContext } from "../../../engine/step/context.ts";
import { scheduleRefusedError } from "../../../integrations/payments/payment-notes.ts";
import type { ScheduleEnd, ScheduleOrder } from "../../../integrations/payments/port.ts";
import type { FollowedRecipient } from "../../../integrations/register/followed.ts";
import type { Register } from "../../../integrations/register/port.ts";
import type { Clocks, LegalTerms } from "../../../integrations/register/terms.ts";
import type { LawChanges } from "../../../steps/law/law.ts";
import clocks from "../../../steps/clocks.ts";
import countTerms from "../../../steps/count-terms.ts";
import { openRegister } from "../../support/register.ts";
import { makeVerbale } from "../../support/verbali.ts";
import { buildAct } from "./follow-world.ts";

const iun = "ABCD-EFGH-ILMN-202611-N-1";

type Part = Partial<FollowedRecipient> & { readonly day?: string; readonly isFinal?: boolean };

/** Recipients by the day of their perfezionamento. */
function buildRecipients(parts: readonly Part[]): readonly FollowedRecipient[] {
  return parts.map(({ day, isFinal = true, ...more }, index) => ({
    index,
    attempts: [],
    ...(day !== undefined && {
      perfezionamento: { at: `${day}T10:00:00Z`, day, rule: "analog", elementId: "E", isFinal },
    }),
    ...more,
  }));
}

function buildItem(parts: readonly Part[], facts: { readonly acceptedAt?: string } = {}) {
  const { payment: _payment, ...act } = buildAct("V-1", parts.length);
  const verbale = makeVerbale(1, "2026-11-03", { puntiPatente: 3 });
  return {
    key: iun,
    round: 1,
    data: {
      iun,
      numero: "V-1",
      act: {
        ...act,
        verbale,
        payment: {
          ref: "00000000191-000000000000000000000000-g1",
          creditorTaxId: "00000000191",
          options: [
            { kind: "discounted", iuv: "0", noticeCode: "301", amountCents: 4_400 },
            { kind: "reduced", iuv: "1", noticeCode: "302", amountCents: 5_660 },
          ],
        },
      },
      followed: {
        status: "DELIVERED",
        recipients: buildRecipients(parts),
        corrections: [],
        ...facts,
      },
    },
  };
}

type Item = ReturnType<typeof buildItem>;

/** `past`: what clocks did in earlier rounds. `end`: what the payment system answers. */
interface Trial {
  readonly law?: LawChanges;
  readonly register?: Register;
  readonly past?: readonly Clocks[];
  readonly end?: ScheduleEnd;
  /** What it throws instead. */
  readonly fault?: Error;
}

function makeTrial({
  law,
  register = openRegister(),
  past = [],
  end = "scheduled",
  fault,
}: Trial = {}) {
  const orders: ScheduleOrder[] = [];
  const ctx = {
    ente: "borgo",
    runId: "R1",
    config: {},
    services: {
      ente: law === undefined ? {} : { law },
      desk: { listDowntimes: async () => [] },
      register,
      payments: {
        schedule: async (order: ScheduleOrder) => {
          orders.push(order);
          if (fault !== undefined) throw fault;
          return end;
        },
      },
    },
    clock: { now: () => Date.parse("2026-11-23T09:00:00Z") },
    signal: new AbortController().signal,
    idempotencyKey: () => "k".repeat(64),
    earlier: () => past.map((one, round) => ({ round, runId: "R0", fields: { clocks: one } })),
  } as unknown as EffectContext<unknown, unknown>;
  const run = async (step: Step, item: Item) => ({ ...(await runOnItem(step, item, ctx)) });
  return { orders, register, run };
}

async function count(parts: readonly Part[], trial: Trial = {}, facts = {}) {
  const { run, register } = makeTrial(trial);
  const { terms } = await run(countTerms, buildItem(parts, facts));
  const note = countTerms.note?.({ terms }) ?? null;
  return { terms: terms as LegalTerms, note, register };
}

/** Of terms that were counted: name and last day. */
function listDays({ recipients }: LegalTerms, index = 0): Readonly<Record<string, string>> {
  const terms = recipients[index]?.terms ?? [];
  return Object.fromEntries(terms.map(({ name, day }) => [name, day]));
}

describe("count-terms", () => {
  test("counts every term of a recipient, keeps them with rule, trace and source", async () => {
    const { terms, note, register } = await count([{ day: "2026-12-03" }]);

    expect(listDays(terms)).toEqual({
      discounted: "2026-12-09",
      reduced: "2027-02-01",
      giudiceDiPace: "2027-01-04",
      prefetto: "2027-02-01",
      driverData: "2027-02-01",
      documents: "2027-04-02",
    });
    expect(terms.notification).toMatchObject({ day: "2027-02-01", start: "2026-11-03" });
    expect(terms.payable).toEqual({ discounted: "2026-12-09", reduced: "2027-02-01" });
    expect(note).toBe(
      "Si paga scontato fino al 9 dicembre 2026, ridotto fino al 1° febbraio 2027.",
    );
    const kept = await register.read("terms", iun);
    expect(kept).toMatchObject({ subject: "V-1", version: 1, data: terms });
    expect(kept?.data.recipients[0]?.terms[0]?.trace).toEqual([
      "5° giorno, contando da quello dopo il 3 dicembre 2026: martedì 8 dicembre 2026.",
      "8 dicembre 2026, festivo (Immacolata Concezione): vale mercoledì 9 dicembre 2026.",
    ]);
  });

  test("counted again the same terms are no new version, a day that moves is one", async () => {
    const register = openRegister();
    for (const day of ["2026-12-03", "2026-12-03", "2026-12-10"])
      await count([{ day }], { register });

    const versions = await register.listVersions("terms", iun);
    expect(versions.map(({ data }) => data.payable.discounted)).toEqual([
      "2026-12-09",
      "2026-12-15",
    ]);
  });

  const cases: readonly (readonly [string, readonly Part[], string | null])[] = [
    ["one whose day is not known yet", [{}], null],
    ["one whose day is only scheduled", [{ day: "2026-11-09", isFinal: false }], "2026-11-14"],
    ["two: the later of their days", [{ day: "2026-11-09" }, { day: "2026-11-16" }], "2026-11-21"],
    ["two, the other way round", [{ day: "2026-11-16" }, { day: "2026-11-09" }], "2026-11-21"],
    ["two, one without a day", [{ day: "2026-11-09" }, {}], null],
    [
      "two, one dead",
      [{ day: "2026-11-09" }, { deceasedAt: "2026-11-10T10:00:00Z" }],
      "2026-11-14",
    ],
    ["two, one cancelled before", [{ isCancelled: true }, { day: "2026-11-09" }], "2026-11-14"],
    ["one dead", [{ deceasedAt: "2026-11-10T10:00:00Z" }], null],
  ];
  test.each(cases)("the codes of %s", async (_who, parts, discounted) => {
    expect((await count(parts)).terms.payable.discounted).toBe(discounted);
  });

  test("who lives abroad has the days of abroad, each for himself", async () => {
    const item = buildItem([{ day: "2026-11-20" }, { day: "2026-11-20" }]);
    const { destinatario } = item.data.act.verbale;
    const indirizzo = { ...destinatario.indirizzo, stato: "FRANCIA" };
    Object.assign(item.data.act.verbale, { destinatari: [{ ...destinatario, indirizzo }] });

    const { terms } = await makeTrial().run(countTerms, item);

    expect(
      (terms as LegalTerms).recipients.map(({ terms: own }) =>
        own.filter(({ name }) => name === "giudiceDiPace").map(({ days }) => days),
      ),
    ).toEqual([[30], [60]]);
    expect((terms as LegalTerms).notification?.day).toBe("2027-02-01");
  });

  test("the days of appeal that the act told stay, whatever the ente's file says since", async () => {
    const item = buildItem([{ day: "2026-12-03" }]);
    const told = { days: 60, daysAbroad: 60, source: "testo 2011" };
    Object.assign(item.data.act, {
      appeals: { prefetto: told, giudiceDiPace: { ...told, days: 30 } },
    });
    const law = { terms: { prefetto: [{ days: 10 }], giudiceDiPace: [{ days: 10 }] } };

    const { terms } = await makeTrial({ law }).run(countTerms, item);

    expect(listDays(terms as LegalTerms)).toMatchObject({
      giudiceDiPace: "2027-01-04",
      prefetto: "2027-02-01",
    });
    const { terms: changed } = await count([{ day: "2026-12-03" }], { law });
    expect(listDays(changed)).toMatchObject({ prefetto: "2026-12-14" });
  });

  test("documents go 120 days after the first perfezionamento, for all", async () => {
    const { terms } = await count([{ day: "2026-11-20" }, { day: "2026-11-09" }]);

    expect(listDays(terms)["documents"]).toBe("2027-03-09");
    expect(listDays(terms, 1)["documents"]).toBe("2027-03-09");
  });

  test("a notification that SEND accepted after the term is told", async () => {
    const inTime = await count([{}], {}, { acceptedAt: "2027-02-01T22:59:00Z" });
    const late = await count([{}], {}, { acceptedAt: "2027-02-01T23:00:00Z" });

    expect(inTime.note).toBeNull();
    expect(late.note).toBe(
      "SEND ha accettato la notifica il 2 febbraio 2027, oltre il termine del 1° febbraio 2027: il verbale si può contestare.",
    );
  });

  test("a verbale without the discount, or without points, has no such term", async () => {
    const { run } = makeTrial();
    const item = buildItem([{ day: "2026-12-03" }]);
    const { act } = item.data;
    const [, reduced] = act.payment.options;
    const plain = {
      ...act,
      verbale: { ...act.verbale, puntiPatente: 0 },
      payment: { ...act.payment, options: reduced === undefined ? [] : [reduced] },
    };
    const { terms } = await run(countTerms, { ...item, data: { ...item.data, act: plain } });

    expect(Object.keys(listDays(terms as LegalTerms))).toEqual([
      "reduced",
      "giudiceDiPace",
      "prefetto",
      "documents",
    ]);
    expect((terms as LegalTerms).payable).toEqual({ discounted: null, reduced: "2027-02-01" });
    expect(countTerms.note?.({ terms })).toBe("Si paga ridotto fino al 1° febbraio 2027.");
  });

  test("the ente's own law counts", async () => {
    const { terms } = await count([{ day: "2026-06-24" }], { law: { localHolidays: ["06-29"] } });

    expect(terms.payable.discounted).toBe("2026-06-30");
  });
});

describe("clocks", () => {
  async function write(parts: readonly Part[], trial: Trial = {}) {
    const setup = makeTrial(trial);
    const item = buildItem(parts);
    const { terms } = await setup.run(countTerms, item);
    const ready = { ...item, data: { ...item.data, terms } };
    const { clocks: written } = await setup.run(clocks, ready);
    const note = clocks.note?.({ clocks: written }) ?? null;
    return { ...setup, written: written as Clocks, note, mark: clocks.fingerprint?.(ready) };
  }

  const dated: Clocks = {
    outcome: "scheduled",
    codes: [
      { kind: "discounted", noticeCode: "301", lastDay: "2026-11-14" },
      { kind: "reduced", noticeCode: "302", lastDay: "2027-01-08" },
    ],
  };

  test("writes both days with the amounts that were opened, and keeps what was written", async () => {
    const { orders, written, note, register } = await write([{ day: "2026-11-09" }]);

    expect(written).toEqual(dated);
    expect(orders).toHaveLength(1);
    expect(orders[0]).toMatchObject({
      ref: "00000000191-000000000000000000000000-g1",
      debtor: { taxId: "RSSMRA80A01H501U", denomination: "Rossi Mario" },
      options: [
        { noticeCode: "301", amountCents: 4_400, lastDay: "2026-11-14" },
        { noticeCode: "302", amountCents: 5_660, lastDay: "2027-01-08" },
      ],
    });
    expect(note).toBe(
      "Codici avviso pagabili: scontato fino al 14 novembre 2026, ridotto fino all'8 gennaio 2027.",
    );
    expect(await register.read("clocks", iun)).toMatchObject({ subject: "V-1", data: dated });
  });

  test("asks nothing of the payment system while no day is known and none was", async () => {
    const { orders, written, note } = await write([{}]);

    expect(orders).toEqual([]);
    expect(written.outcome).toBe("not-yet");
    expect(note).toBeNull();
  });

  test.each([
    ["rejects the verbale", new ItemRejected("POSITION_NOT_OURS", "Non è nostra.")],
    ["does not take the days", scheduleRefusedError("GPD", 422, "zipCode")],
  ])(
    "a payment system that %s keeps nothing else from it, and is asked again by the next run",
    async (_what, fault) => {
      const register = openRegister();
      const verdict = { kind: "verdict", key: iun, subject: "V-1", data: { verdict: "accepted" } };
      await register.write([verdict as never]);

      const { written, mark } = await write([{ day: "2026-11-09" }], { register, fault });

      expect(written).toMatchObject({
        outcome: "refused",
        warnings: [
          `${fault.message} Le scadenze dei codici avviso non sono scritte: controllare la posizione e le impostazioni dei pagamenti; si riprova con ogni flusso.`,
        ],
      });
      expect((await register.read("verdict", iun))?.dueAt).toBe("2026-11-23T09:00:00.000Z");
      const { data, ...item } = buildItem([{ day: "2026-11-09" }]);
      const terms = { payable: { discounted: "2026-11-14", reduced: "2027-01-08" } };
      const marks = [{}, { clocksAgain: "2026-11-24T05:00:00.000Z" }].map((more) =>
        clocks.fingerprint?.({ ...item, data: { ...data, terms, ...more } }),
      );
      expect(marks[0]).toBe(mark);
      expect(marks[1]).not.toBe(mark);
    },
  );

  test("a payment system that is away is waited for", async () => {
    const fault = new RetryLater("Nessuno risponde.");

    await expect(write([{ day: "2026-11-09" }], { fault })).rejects.toBe(fault);
  });

  test("opens the codes again where a day was written and none is known any more", async () => {
    const { orders, note } = await write([{}], { past: [dated] });

    expect(orders[0]?.options.map(({ lastDay }) => lastDay)).toEqual([null, null]);
    expect(note).toBe("Codici avviso pagabili: scontato senza scadenza, ridotto senza scadenza.");
  });

  test("a day that was not written because the verbale was paid need not be taken back", async () => {
    const { orders } = await write([{}], { past: [{ ...dated, outcome: "paid" }] });

    expect(orders).toEqual([]);
  });

  test("is the same effect for the same days, and another for a day that moved", async () => {
    const marks = await Promise.all(
      ["2026-11-09", "2026-11-09", "2026-11-10"].map(async (day) => (await write([{ day }])).mark),
    );

    expect(marks[0]).toBe(marks[1] ?? "");
    expect(marks[0]).not.toBe(marks[2] ?? "");
  });

  test.each([
    ["paid", "già pagato", undefined],
    ["partially-paid", "pagato in parte", undefined],
    ["cancelled", "non scritte", "La posizione risulta annullata"],
    ["absent", "non scritte", "La posizione non è sul sistema dei pagamenti"],
    ["unclear", "non scritte", "la posizione non è quella aperta da Postino"],
  ] as const)(
    "a position that is %s is told, and the verbale goes on",
    async (end, words, warning) => {
      const { written, note } = await write([{ day: "2026-11-09" }], { end });

      expect(written.outcome).toBe(end);
      expect(note).toContain(words);
      expect(written.warnings?.length).toBe(warning === undefined ? undefined : 1);
      expect(written.warnings?.[0] ?? "").toContain(warning ?? "");
    },
  );
});
