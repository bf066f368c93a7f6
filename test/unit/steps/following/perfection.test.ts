/** Perfezionamento of each recipient: the earlier of first access and term, by SEND's own elements and with SEND's traps. */
import { describe, expect, test } from "bun:test";
import type { SentElement, SentNotification } from "../../../../integrations/send/desk-port.ts";
import { computeFollowed } from "../../../../steps/following/compute-followed.ts";
import { describeFollowed } from "../../../../steps/following/words.ts";
import { makePatience } from "../../../support/patience.ts";

/** Elements of one recipient: `CATEGORY time` and what else is told. */
function tell(
  recipient: number,
  ...rows: readonly (readonly [string, string, Partial<SentElement>?])[]
) {
  return rows.map(([category, at, more = {}], index): SentElement => ({
    category,
    at,
    elementId: `${category}.IUN_X.RECINDEX_${recipient}.${index}`,
    recipient,
    ...more,
  }));
}

function compute(
  timeline: readonly SentElement[],
  recipients = 1,
  patience = makePatience("2026-12-01T12:00:00Z"),
) {
  const found: SentNotification = {
    iun: "ABCD-EFGH-ILMN-202611-N-1",
    protocol: "V-1",
    sentAt: "2026-10-01T08:00:00Z",
    status: "DELIVERED",
    history: [],
    timeline,
    documents: [],
    payments: [],
  };
  return computeFollowed(found, { recipients, isChecked: true, patience });
}

/** A message that was taken at this instant, whose term SEND schedules and ends. */
function takeMessage(recipient: number, at: string, term: string, isOver = true) {
  return tell(
    recipient,
    ["SEND_DIGITAL_DOMICILE", at, { addressKind: "PEC" }],
    [
      "SEND_DIGITAL_FEEDBACK",
      at,
      { outcome: "ok", outcomeAt: at, code: "C003", addressKind: "PEC" },
    ],
    ["DIGITAL_SUCCESS_WORKFLOW", at],
    ["SCHEDULE_REFINEMENT", at, { scheduledAt: term }],
    ...(isOver ? [["REFINEMENT", term, { happenedAt: term }] as const] : []),
  );
}

function view(recipient: number, at: string) {
  return tell(recipient, ["NOTIFICATION_VIEWED", at, { happenedAt: at }]);
}

/** What is told of a letter that left on the 2nd, on the 9th. */
function progress(code: string) {
  return tell(0, ["SEND_ANALOG_PROGRESS", "2026-11-09T10:00:00Z", { code }]);
}

function end(outcome: "ok" | "ko", code: string) {
  const at = "2026-11-09T10:00:00Z";
  return tell(0, ["SEND_ANALOG_FEEDBACK", at, { outcome, code, outcomeAt: at }]);
}

/** A letter that had this outcome, with its codes on the way. */
function deliver(
  recipient: number,
  {
    code,
    outcomeAt,
    term,
    via = [],
  }: {
    readonly code: string;
    readonly outcomeAt: string;
    readonly term: string;
    readonly via?: readonly (readonly [string, string])[];
  },
) {
  return tell(
    recipient,
    [
      "SEND_ANALOG_DOMICILE",
      "2026-11-02T08:00:00Z",
      { product: "890", costCents: 969, attempt: 0 },
    ],
    ...via.map(
      ([progress, at]) =>
        ["SEND_ANALOG_PROGRESS", at, { code: progress, outcomeAt: at, attempt: 0 }] as const,
    ),
    ["SEND_ANALOG_FEEDBACK", outcomeAt, { outcome: "ok", code, outcomeAt, attempt: 0 }],
    ["ANALOG_SUCCESS_WORKFLOW", outcomeAt],
    ["SCHEDULE_REFINEMENT", outcomeAt, { scheduledAt: term }],
    ["REFINEMENT", term],
  );
}

describe("one recipient", () => {
  test.each<[string, readonly SentElement[], string, string, boolean]>([
    // Rows of the worked dates, in Rome's winter time.
    [
      "PEC taken at ten",
      takeMessage(0, "2026-11-02T09:00:00Z", "2026-11-09T09:00:00Z"),
      "2026-11-09",
      "digital",
      true,
    ],
    [
      "PEC taken a second after nine in the evening",
      takeMessage(0, "2026-11-02T20:00:01Z", "2026-11-10T20:00:01Z"),
      "2026-11-10",
      "digital",
      true,
    ],
    [
      "blocks of 24 hours over the beginning of summer time end on the next day",
      takeMessage(0, "2026-03-25T22:30:00Z", "2026-04-02T22:30:00Z"),
      "2026-04-03",
      "digital",
      true,
    ],
    [
      "blocks of 24 hours over its end end on the day before",
      takeMessage(0, "2026-10-19T22:20:00Z", "2026-10-26T22:20:00Z"),
      "2026-10-26",
      "digital",
      true,
    ],
    [
      "a term that is only scheduled is not final, and known in advance",
      takeMessage(0, "2026-11-02T09:00:00Z", "2026-11-09T09:00:00Z", false),
      "2026-11-09",
      "digital",
      false,
    ],
    [
      "an access before the term",
      [
        ...takeMessage(0, "2026-11-02T09:00:00Z", "2026-11-09T09:00:00Z", false),
        ...view(0, "2026-11-05T12:00:00Z"),
      ],
      "2026-11-05",
      "viewed",
      true,
    ],
    [
      "an access after the term, which stays",
      [
        ...takeMessage(0, "2026-11-02T09:00:00Z", "2026-11-09T09:00:00Z"),
        ...view(0, "2026-11-10T12:00:00Z"),
      ],
      "2026-11-09",
      "digital",
      true,
    ],
    [
      "an access after the scheduled term that SEND has not written yet",
      [
        ...takeMessage(0, "2026-11-02T09:00:00Z", "2026-11-09T09:00:00Z", false),
        ...view(0, "2026-11-09T09:00:01Z"),
      ],
      "2026-11-09",
      "digital",
      false,
    ],
    [
      "an access half an hour before midnight, which in Rome is the next day",
      view(0, "2026-11-12T23:30:00Z"),
      "2026-11-13",
      "viewed",
      true,
    ],
    [
      "collected over the counter",
      tell(0, [
        "NOTIFICATION_RADD_RETRIEVED",
        "2026-11-12T10:00:05Z",
        { happenedAt: "2026-11-12T10:00:00Z", radd: "ALT" },
      ]),
      "2026-11-12",
      "viewed",
      true,
    ],
    [
      "all digital attempts failed: fifteen days, no evening rule",
      tell(
        0,
        ["SEND_DIGITAL_FEEDBACK", "2026-11-02T21:30:00Z", { outcome: "ko" }],
        ["DIGITAL_FAILURE_WORKFLOW", "2026-11-02T21:30:00Z"],
        [
          "SEND_SIMPLE_REGISTERED_LETTER",
          "2026-11-03T09:00:00Z",
          { product: "RS", costCents: 334 },
        ],
        ["SCHEDULE_REFINEMENT", "2026-11-02T21:30:00Z", { scheduledAt: "2026-11-17T21:30:00Z" }],
        ["REFINEMENT", "2026-11-17T21:30:00Z"],
      ),
      "2026-11-17",
      "digital-failure",
      true,
    ],
    [
      "letter delivered",
      deliver(0, {
        code: "RECAG001C",
        outcomeAt: "2026-11-03T10:00:00Z",
        term: "2026-11-13T10:00:00Z",
      }),
      "2026-11-13",
      "analog",
      true,
    ],
    [
      "never collected: ten days of deposit and ten more",
      deliver(0, {
        code: "PNAG012",
        outcomeAt: "2026-11-13T10:00:00Z",
        term: "2026-11-23T10:00:00Z",
        via: [
          ["RECAG010", "2026-11-03T09:00:00Z"],
          ["RECAG011A", "2026-11-03T10:00:00Z"],
        ],
      }),
      "2026-11-23",
      "deposit",
      true,
    ],
    [
      "untraceable: from the deposit of the notice, not from the postman's day",
      tell(
        0,
        ["SEND_ANALOG_DOMICILE", "2026-11-02T08:00:00Z", { product: "890" }],
        [
          "SEND_ANALOG_FEEDBACK",
          "2026-11-03T10:00:00Z",
          { outcome: "ko", code: "RECAG003F", cause: "M03", outcomeAt: "2026-11-03T10:00:00Z" },
        ],
        ["ANALOG_FAILURE_WORKFLOW", "2026-11-06T14:00:00Z"],
        ["COMPLETELY_UNREACHABLE", "2026-11-06T14:00:00Z"],
        ["SCHEDULE_REFINEMENT", "2026-11-06T14:00:00Z", { scheduledAt: "2026-11-16T14:00:00Z" }],
        ["REFINEMENT", "2026-11-16T14:00:00Z"],
      ),
      "2026-11-16",
      "untraceable",
      true,
    ],
  ])("%s", (_title, timeline, day, rule, isFinal) => {
    const [recipient] = compute(timeline).recipients;

    expect(recipient?.perfezionamento).toMatchObject({ day, rule, isFinal });
    expect(recipient?.otherDay).toBeUndefined();
  });

  test("an access while the carrier has the letter is not final: a term that is over may come later", () => {
    const sent = tell(0, ["SEND_ANALOG_DOMICILE", "2026-11-02T08:00:00Z", { product: "AR" }]);
    const access = view(0, "2026-12-01T10:00:00Z");
    const late = deliver(0, {
      code: "PNRN012",
      outcomeAt: "2026-11-13T00:00:00Z",
      term: "2026-11-23T00:00:00Z",
      via: [["RECRN010", "2026-11-03T10:00:00Z"]],
    });

    const [then] = compute([...sent, ...access]).recipients;
    const [now] = compute([...late, ...access]).recipients;

    expect(then?.perfezionamento).toMatchObject({ day: "2026-12-01", isFinal: false });
    expect(now?.perfezionamento).toMatchObject({ day: "2026-11-23", rule: "deposit" });
  });

  test.each<[string, number | null, string, readonly SentElement[], boolean]>([
    [
      "a second before the term of a letter that was delivered at once",
      10,
      "2026-11-12T07:59:59Z",
      [],
      true,
    ],
    ["at that very instant", 10, "2026-11-12T08:00:00Z", [], false],
    ["the same in a shorter environment", 4, "2026-11-06T07:59:59Z", [], true],
    ["and past it", 4, "2026-11-06T08:00:00Z", [], false],
    [
      "terms are not known: a letter holds it back from the first",
      null,
      "2026-11-02T08:00:00Z",
      [],
      false,
    ],
    ["terms are not known, before the letter left", null, "2026-11-02T07:59:59Z", [], true],
    ["CON996: not printed", 10, "2026-12-01T10:00:00Z", progress("CON996"), true],
    ["CON997: the CAP is not served", null, "2026-12-01T10:00:00Z", progress("CON997"), true],
    [
      "CON993, then printed after all",
      10,
      "2026-12-01T10:00:00Z",
      [...progress("CON993"), ...progress("CON080")],
      false,
    ],
    [
      "delivered, and its end not written yet",
      10,
      "2026-11-19T09:59:59Z",
      end("ok", "RECAG001C"),
      true,
    ],
    [
      "delivered, and looked at after its term",
      10,
      "2026-11-19T10:00:00Z",
      end("ok", "RECAG001C"),
      false,
    ],
    ["failed: the next one leaves later", 10, "2026-11-19T09:59:59Z", end("ko", "RECAG003F"), true],
  ])("an access: %s", (_title, termDays, at, about, isFinal) => {
    const sent = tell(0, ["SEND_ANALOG_DOMICILE", "2026-11-02T08:00:00Z", { product: "890" }]);
    const patience = makePatience("2026-12-02T12:00:00Z", termDays);

    const [recipient] = compute([...sent, ...about, ...view(0, at)], 1, patience).recipients;

    expect(recipient?.perfezionamento).toMatchObject({ at, rule: "viewed", isFinal });
  });

  test.each([
    ["on the 59th day of silence", "2027-01-07T09:59:59Z", false],
    ["on the 60th", "2027-01-08T10:00:00Z", true],
  ])("a letter that says nothing more is waited for no longer: %s", (_title, now, isOver) => {
    const timeline = [
      ...tell(0, ["SEND_ANALOG_DOMICILE", "2026-11-02T08:00:00Z", { product: "AR" }]),
      ...progress("RECRN011"),
    ];
    const patience = makePatience(now, 10);

    const waits = compute(timeline, 1, patience);
    const viewed = compute([...timeline, ...view(0, "2026-12-01T10:00:00Z")], 1, patience);

    expect(waits.warnings).toEqual(
      isOver
        ? [
            "Della lettera del 02/11/2026 SEND non dice più nulla, ultimo codice RECRN011: finché non c'è un esito o un accesso del destinatario la notifica non è perfezionata. Chiedere all'assistenza di SEND con lo IUN.",
          ]
        : undefined,
    );
    expect(viewed.recipients[0]?.perfezionamento?.isFinal).toBe(isOver);
    expect(viewed.warnings).toBeUndefined();
    expect(describeFollowed(viewed, "vista (VIEWED)")).toBe(
      isOver
        ? "Su SEND: vista (VIEWED). Perfezionata il 01/12/2026 (accesso del destinatario)."
        : "Su SEND: vista (VIEWED). Perfezionata il 01/12/2026 (accesso del destinatario), prima se la lettera risulta consegnata prima.",
    );
  });

  test("a recipient who died has no term", () => {
    const [recipient] = compute(
      tell(
        0,
        ["SEND_ANALOG_DOMICILE", "2026-11-02T08:00:00Z", { product: "890" }],
        ["SEND_ANALOG_FEEDBACK", "2026-11-03T10:00:00Z", { outcome: "ok", cause: "M02" }],
        ["ANALOG_WORKFLOW_RECIPIENT_DECEASED", "2026-11-03T10:00:01Z"],
      ),
    ).recipients;

    expect(recipient?.perfezionamento).toBeUndefined();
    expect(recipient?.deceasedAt).toBe("2026-11-03T10:00:01Z");
  });

  test("a day that is not the one of the terms is told, and SEND's holds", () => {
    const followed = compute(takeMessage(0, "2026-11-02T09:00:00Z", "2026-11-10T09:00:00Z"));

    expect(followed.recipients[0]).toMatchObject({
      perfezionamento: { day: "2026-11-10" },
      otherDay: "2026-11-09",
    });
    expect(describeFollowed(followed, "consegnata (DELIVERED)")).toBe(
      "Su SEND: consegnata (DELIVERED). Perfezionata il 10/11/2026 (consegna digitale).",
    );
    expect(followed.warnings).toEqual([
      "SEND dà la notifica per perfezionata il 10/11/2026; contando i termini sarebbe il 09/11/2026. Vale il giorno di SEND: chiederne conto all'assistenza di SEND con lo IUN.",
    ]);
  });
});

describe("several recipients", () => {
  test("one looked, the other did not: each has its own day", () => {
    const { recipients } = compute(
      [
        ...takeMessage(0, "2026-01-01T09:00:00Z", "2026-01-08T09:00:00Z", false),
        ...view(0, "2026-01-02T09:00:00Z"),
        ...deliver(1, {
          code: "RECAG001C",
          outcomeAt: "2026-01-12T09:00:00Z",
          term: "2026-01-22T09:00:00Z",
        }),
      ],
      2,
    );

    expect(recipients.map(({ perfezionamento }) => perfezionamento?.day)).toEqual([
      "2026-01-02",
      "2026-01-22",
    ]);
    expect(recipients.map(({ channel }) => channel)).toEqual(["digital", "analog"]);
  });

  test.each<[string, readonly number[] | undefined, readonly (string | undefined)[]]>([
    ["SEND names those who were not perfected", [1], ["2026-11-09", undefined]],
    ["SEND names nobody: what had happened by then does", undefined, ["2026-11-09", undefined]],
    ["SEND names all", [0, 1], [undefined, undefined]],
  ])("cancelled; %s", (_title, notRefined, days) => {
    const { recipients, cancelledAt } = compute(
      [
        ...takeMessage(0, "2026-11-02T09:00:00Z", "2026-11-09T09:00:00Z"),
        ...takeMessage(1, "2026-11-04T09:00:00Z", "2026-11-11T09:00:00Z", false),
        {
          category: "NOTIFICATION_CANCELLED",
          at: "2026-11-10T09:00:00Z",
          elementId: "NOTIFICATION_CANCELLED.IUN_X",
          ...(notRefined === undefined ? {} : { notRefined }),
        },
      ],
      2,
    );

    expect(cancelledAt).toBe("2026-11-10T09:00:00Z");
    expect(recipients.map(({ perfezionamento }) => perfezionamento?.day)).toEqual([...days]);
    expect(recipients.map(({ isCancelled }) => isCancelled)).toEqual(
      days.map((day) => (day === undefined ? true : undefined)),
    );
  });
});

test("each letter keeps its code, cause, cost and number", () => {
  const timeline = tell(
    0,
    [
      "SEND_ANALOG_DOMICILE",
      "2026-11-02T08:00:00Z",
      { product: "890", attempt: 0, costCents: 969 },
    ],
    [
      "SEND_ANALOG_FEEDBACK",
      "2026-11-03T10:00:00Z",
      { outcome: "ko", code: "RECAG003F", cause: "M04", attempt: 0, registeredLetterCode: "R1" },
    ],
    [
      "SEND_ANALOG_DOMICILE",
      "2026-11-05T08:00:00Z",
      { product: "890", attempt: 1, costCents: 963 },
    ],
    [
      "SEND_ANALOG_PROGRESS",
      "2026-11-06T08:00:00Z",
      { code: "RECAG011A", attempt: 1, registeredLetterCode: "R2" },
    ],
  );

  expect(compute(timeline).recipients[0]?.attempts).toEqual([
    {
      channel: "analog",
      at: "2026-11-02T08:00:00Z",
      product: "890",
      outcome: "ko",
      code: "RECAG003F",
      cause: "M04",
      registeredLetterCode: "R1",
      costCents: 969,
    },
    {
      channel: "analog",
      at: "2026-11-05T08:00:00Z",
      product: "890",
      code: "RECAG011A",
      registeredLetterCode: "R2",
      costCents: 963,
    },
  ]);
});
