/** What the office's program is told: each fact once, numbered, and again only when it was corrected. */
import { beforeEach, describe, expect, test } from "bun:test";
import type { Followed } from "../../../integrations/register/followed.ts";
import type { Act, Verdict } from "../../../integrations/register/kinds.ts";
import type { Register } from "../../../integrations/register/port.ts";
import type { EsitiDelivery, ToldFact } from "../../../integrations/register/reports.ts";
import { RetryLater } from "../../../engine/host/errors.ts";
import { deliverFacts } from "../../../steps/reporting/deliveries.ts";
import { createFakeClock } from "../../support/fake-clock.ts";
import { openRegister } from "../../support/register.ts";

let register: Register;
let delivered: EsitiDelivery[];
let fault: Error | null;

beforeEach(() => {
  register = openRegister();
  delivered = [];
  fault = null;
});

function act(numero: string): Act {
  return {
    numero,
    notificationRequestId: "r",
    protocol: `P-${numero}`,
    sentAt: "2026-11-23T06:30:00.000Z",
    runId: "run-1",
    round: 1,
    verbale: {},
    payment: {},
    recipients: [{ taxId: "RSSMRA80A01H501U", denomination: "Rossi Mario" }],
    files: [],
    costs: { feePolicy: "FLAT_RATE", paFee: null, vat: null },
  };
}

const accepted: Verdict = { outcome: "accepted", at: "2026-11-23T07:00:00.000Z", reasons: [] };

function followed(changes: Partial<Followed> = {}): Followed {
  return {
    status: "DELIVERED",
    acceptedAt: "2026-11-23T06:45:00.000Z",
    recipients: [{ index: 0, attempts: [] }],
    corrections: [],
    ...changes,
  };
}

function perfected(at: string, day: string, isFinal = true): Followed {
  const perfezionamento = { at, day, rule: "digital", elementId: "e", isFinal } as const;
  return followed({ recipients: [{ index: 0, attempts: [], perfezionamento }] });
}

async function keep(iun: string, parts: { act?: Act; verdict?: Verdict; followed?: Followed }) {
  for (const [kind, data] of Object.entries(parts))
    await register.write([{ kind, key: iun, subject: "x", data } as never]);
}

async function report(): Promise<readonly ToldFact[]> {
  const from = delivered.length;
  await deliverFacts({
    register,
    clock: createFakeClock("2026-11-28T05:00:00Z"),
    signal: new AbortController().signal,
    esiti: {
      async deliver(delivery) {
        if (fault !== null) throw fault;
        delivered.push(delivery);
      },
    },
  });
  return delivered.slice(from).flatMap(({ facts }) => facts);
}

const tell = (facts: readonly ToldFact[]) =>
  facts.map(({ progressivo, corregge, valido, fatto, data }) => [
    progressivo,
    corregge,
    valido,
    fatto,
    data,
  ]);

describe("each fact", () => {
  test("is told once, with day, number and protocol", async () => {
    await keep("IUN-1", { act: act("V-1"), verdict: accepted, followed: followed() });

    const first = await report();
    const again = await report();

    expect(tell(first)).toEqual([[1, null, true, "accettato", "2026-11-23"]]);
    expect(first[0]).toMatchObject({
      iun: "IUN-1",
      numero: "V-1",
      protocollo: "P-V-1",
      istante: "2026-11-23T06:45:00.000Z",
      destinatario: null,
    });
    expect(again).toEqual([]);
  });

  test("is told again when SEND corrected it, with the number of what it takes the place of", async () => {
    await keep("IUN-1", { act: act("V-1"), verdict: accepted });
    await keep("IUN-1", { followed: perfected("2026-11-30T22:59:59.999Z", "2026-11-30") });
    await report();

    await keep("IUN-1", { followed: perfected("2026-12-04T22:59:59.999Z", "2026-12-04") });

    expect(tell(await report())).toEqual([[3, 2, true, "perfezionato", "2026-12-04"]]);
    expect(await report()).toEqual([]);
  });

  test("is taken back when it does not hold any more, and told anew when it does", async () => {
    await keep("IUN-1", { act: act("V-1"), verdict: accepted });
    await keep("IUN-1", { followed: perfected("2026-11-30T22:59:59.999Z", "2026-11-30") });
    await report();

    await keep("IUN-1", { followed: followed() });
    expect(tell(await report())).toEqual([[3, 2, false, "perfezionato", "2026-11-30"]]);
    expect(await report()).toEqual([]);

    await keep("IUN-1", { followed: perfected("2026-12-04T22:59:59.999Z", "2026-12-04") });
    expect(tell(await report())).toEqual([[4, 3, true, "perfezionato", "2026-12-04"]]);
  });

  test("waits until it is one: a scheduled date is none", async () => {
    await keep("IUN-1", { act: act("V-1"), verdict: accepted });
    await keep("IUN-1", { followed: perfected("2026-12-04T22:59:59.999Z", "2026-12-04", false) });

    expect(tell(await report())).toEqual([[1, null, true, "accettato", "2026-11-23"]]);
  });

  test("is told of a refusal with SEND's reasons", async () => {
    const reasons = [
      { code: "NOT_VALID_ADDRESS", note: "CAP e comune non vanno insieme." },
      { code: "TAXID_NOT_VALID", note: "Il codice fiscale non esiste." },
    ];
    await keep("IUN-1", {
      act: act("V-1"),
      verdict: { outcome: "refused", at: "2026-11-23T23:30:00.000Z", reasons },
    });

    const [fact] = await report();

    expect(fact).toMatchObject({
      fatto: "rifiutato",
      data: "2026-11-24",
      codice: "NOT_VALID_ADDRESS TAXID_NOT_VALID",
      nota: "CAP e comune non vanno insieme. Il codice fiscale non esiste.",
    });
  });

  test("is told for each recipient, and how the notification came to be perfect", async () => {
    const recipients: Followed["recipients"] = [
      { index: 0, attempts: [], viewedAt: "2026-11-24T10:00:00.000Z" },
      {
        index: 1,
        attempts: [],
        untraceableAt: "2026-11-25T10:00:00.000Z",
        perfezionamento: {
          at: "2026-12-05T22:59:59.999Z",
          day: "2026-12-05",
          rule: "untraceable",
          elementId: "e",
          isFinal: true,
        },
      },
    ];
    await keep("IUN-1", { act: act("V-1"), verdict: accepted, followed: followed({ recipients }) });

    const facts = await report();

    expect(facts.map(({ fatto, destinatario, come }) => [fatto, destinatario, come])).toEqual([
      ["accettato", null, null],
      ["visto", 1, null],
      ["irreperibile", 2, null],
      ["perfezionato", 2, "irreperibilità"],
    ]);
  });
});

describe("a delivery", () => {
  test("that was not taken goes out later, as it was, before anything newer", async () => {
    await keep("IUN-1", { act: act("V-1"), verdict: accepted });
    fault = new RetryLater("Non risponde.", {
      code: "ESITI_NOT_TAKEN",
      effect: "none",
      afterMs: 1,
    });
    await expect(report()).rejects.toThrow("Non risponde.");
    await keep("IUN-2", { act: act("V-2"), verdict: accepted });

    fault = null;
    await report();

    expect(delivered.map(({ lotto, facts }) => [lotto, tell(facts)])).toEqual([
      [1, [[1, null, true, "accettato", "2026-11-23"]]],
      [2, [[2, null, true, "accettato", "2026-11-23"]]],
    ]);
  });

  test("holds many facts, and numbers go on over deliveries without a gap", async () => {
    for (let index = 0; index < 2_100; index += 1)
      await keep(`IUN-${index}`, { act: act(`V-${index}`), verdict: accepted });

    const facts = await report();

    expect(delivered.map(({ lotto, facts: rows }) => [lotto, rows.length])).toEqual([
      [1, 2_000],
      [2, 100],
    ]);
    expect(facts.map(({ progressivo }) => progressivo)).toEqual(
      Array.from({ length: 2_100 }, (_, index) => index + 1),
    );
  });
});

describe("a verbale that a person corrected", () => {
  const scheda = {
    run: "run-1",
    round: 1,
    at: "2026-11-22T15:00:00.000Z",
    by: "Anna Bianchi",
    reason: "controllato in anagrafe",
    changed: ["CAP del destinatario", "Comune del destinatario"],
    verbale: {},
  };

  test.each([
    [
      "what went out with it is told, once",
      scheda,
      [
        "corretto 2026-11-22 CAP del destinatario, Comune del destinatario. Anna Bianchi: controllato in anagrafe",
      ],
    ],
    ["as it came is no news", { ...scheda, by: "", reason: "", changed: [] }, []],
    [
      "the correction of another flusso did not go out with this one",
      { ...scheda, run: "run-2" },
      [],
    ],
    ["one that came after the sending neither", { ...scheda, round: 2 }, []],
  ] as const)("%s", async (_, data, expected) => {
    await register.write([
      { kind: "scheda", key: "A1", data: { ...data, changed: [...data.changed] } },
    ]);
    await keep("IUN-1", { act: act("A1"), verdict: accepted });

    const told = (await report()).filter(({ fatto }) => fatto === "corretto");

    expect(told.map(({ fatto, data: day, nota }) => `${fatto} ${day} ${nota}`)).toEqual([
      ...expected,
    ]);
    expect(await report()).toEqual([]);
  });
});
