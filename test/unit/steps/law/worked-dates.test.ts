/** The worked dates: perfezionamento from its start instants, and every term of law from it, to the day. */
import { describe, expect, test } from "bun:test";
import type { Downtime } from "../../../../integrations/send/desk-port.ts";
import { computeTerms, type TermFacts } from "../../../../steps/law/compute-terms.ts";
import type { LegalTerm } from "../../../../steps/law/count-term.ts";
import { type LawChanges, readLaw } from "../../../../steps/law/law.ts";
import {
  computePerfezionamento,
  type RecipientFacts,
} from "../../../../steps/law/perfezionamento.ts";
import type { TermName } from "../../../../steps/law/terms.ts";

describe("perfezionamento", () => {
  const rows: readonly (readonly [string, RecipientFacts, string, string])[] = [
    ["1: PEC taken in the morning", digital("2026-11-02T10:00:00+01:00"), "2026-11-09", "digital"],
    ["2: PEC taken at nine sharp", digital("2026-11-02T21:00:00+01:00"), "2026-11-09", "digital"],
    ["3: PEC a second later", digital("2026-11-02T21:00:01+01:00"), "2026-11-10", "digital"],
    ["4: SERCQ before midnight", digital("2026-11-02T23:59:00+01:00"), "2026-11-10", "digital"],
    ["5: eight days over spring", digital("2026-03-25T23:30:00+01:00"), "2026-04-03", "digital"],
    ["6: seven days over autumn", digital("2026-10-20T00:20:00+02:00"), "2026-10-26", "digital"],
    [
      "7: digital failed",
      { delivery: { route: "digital-failed", at: "2026-11-02T10:00:00+01:00" } },
      "2026-11-17",
      "digital-failed",
    ],
    [
      "8: digital failed, no rule of the evening",
      { delivery: { route: "digital-failed", at: "2026-11-02T22:30:00+01:00" } },
      "2026-11-17",
      "digital-failed",
    ],
    [
      "9: seen after the term",
      { ...digital("2026-01-01T10:00:00+01:00"), viewedAt: "2026-01-10T10:00:00+01:00" },
      "2026-01-08",
      "digital",
    ],
    [
      "10: seen before the term",
      { ...paper("2026-01-01T10:00:00+01:00"), viewedAt: "2026-01-05T10:00:00+01:00" },
      "2026-01-05",
      "view",
    ],
    [
      "11: all paper failed",
      { delivery: { route: "unreachable", at: "2026-01-01T10:00:00+01:00" } },
      "2026-01-11",
      "unreachable",
    ],
    [
      "12: first of two, digital",
      { ...digital("2026-01-01T10:00:00+01:00"), viewedAt: "2026-01-02T10:00:00+01:00" },
      "2026-01-02",
      "view",
    ],
    ["12: second of two, paper", paper("2026-01-12T10:00:00+01:00"), "2026-01-22", "paper"],
    [
      "13: 890 delivered, seen later",
      { ...paper("2026-11-03T10:00:00+01:00"), viewedAt: "2026-11-20T10:00:00+01:00" },
      "2026-11-13",
      "paper",
    ],
    [
      "14: 890 never collected",
      { delivery: { route: "deposit-890", at: "2026-11-03T09:00:00+01:00" } },
      "2026-11-23",
      "deposit-890",
    ],
    [
      "15: 890 collected on the ninth day",
      deposit890("2026-11-03T09:00:00+01:00", "2026-11-12T10:00:00+01:00"),
      "2026-11-22",
      "deposit-890",
    ],
    [
      "16: 890 collected after ten whole days",
      deposit890("2026-11-03T09:00:00+01:00", "2026-11-13T09:00:00+01:00"),
      "2026-11-23",
      "deposit-890",
    ],
    [
      "17: AR collected on the tenth day",
      depositAr("2026-11-03T18:00:00+01:00", "2026-11-13T19:00:00+01:00"),
      "2026-11-23",
      "deposit-ar",
    ],
    [
      "18: AR collected on the eleventh",
      depositAr("2026-11-03T18:00:00+01:00", "2026-11-14T09:00:00+01:00"),
      "2026-11-23",
      "deposit-ar",
    ],
    [
      "19: AR never collected, told a month later",
      depositAr("2026-11-03T18:00:00+01:00", "2026-12-03T09:00:00+01:00"),
      "2026-11-23",
      "deposit-ar",
    ],
    [
      "20: untraceable, from the deposit of the notice",
      { delivery: { route: "unreachable", at: "2026-11-06T15:00:00+01:00" } },
      "2026-11-16",
      "unreachable",
    ],
    [
      "40: seen after midnight in Rome, before it in UTC",
      { viewedAt: "2026-11-12T23:30:00Z" },
      "2026-11-13",
      "view",
    ],
    [
      "a view in the very instant in which the term ends is not before it",
      { ...paper("2026-11-03T10:00:00+01:00"), viewedAt: "2026-11-13T10:00:00+01:00" },
      "2026-11-13",
      "paper",
    ],
    [
      "nine in the evening of the day on which the clocks go forward",
      digital("2026-03-29T21:00:01+02:00"),
      "2026-04-06",
      "digital",
    ],
    [
      "nine in the evening of the day on which the clocks go back",
      digital("2026-10-25T21:00:00+01:00"),
      "2026-11-01",
      "digital",
    ],
    ["over 29 February", paper("2028-02-20T12:00:00+01:00"), "2028-03-01", "paper"],
  ];
  for (const [title, facts, day, rule] of rows)
    test(title, () => {
      expect(computePerfezionamento(facts)).toMatchObject({ day, rule });
    });

  test("nobody knows it before delivery or access, and a recipient who died has none", () => {
    expect(computePerfezionamento({})).toBeNull();
    expect(computePerfezionamento({ delivery: { route: "deceased" } })).toBeNull();
    expect(
      computePerfezionamento({
        delivery: { route: "deceased" },
        viewedAt: "2026-11-12T10:00:00Z",
      }),
    ).toMatchObject({ day: "2026-11-12", rule: "view" });
  });

  test("39: a correction counts from what the new delivery says", () => {
    const before = computePerfezionamento(paper("2026-11-03T14:49:38Z"));
    const after = computePerfezionamento(paper("2026-11-03T15:02:25Z"));

    expect(before?.at).toBe("2026-11-13T14:49:38.000Z");
    expect(after?.at).toBe("2026-11-13T15:02:25.000Z");
  });

  test("an environment's own settings count", () => {
    const minutes = { ...terms(), paperDays: 10 / 1_440 };

    expect(computePerfezionamento(paper("2026-11-03T10:00:00Z"), minutes)?.at).toBe(
      "2026-11-03T10:10:00.000Z",
    );
  });
});

describe("terms from the perfezionamento", () => {
  type Days = Partial<Record<TermName, string>>;
  const rome: LawChanges = { localHolidays: ["06-29"] };
  const rows: readonly (readonly [string, string, Days, LawChanges?])[] = [
    [
      "21: Saturday is a day to pay",
      "2026-11-09",
      { discounted: "2026-11-14", reduced: "2027-01-08", giudiceDiPace: "2026-12-09" },
    ],
    [
      "22: the fifth day is 8 December",
      "2026-12-03",
      { discounted: "2026-12-09", reduced: "2027-02-01", giudiceDiPace: "2027-01-04" },
    ],
    ["23: Christmas, Santo Stefano, Sunday", "2026-12-20", { discounted: "2026-12-28" }],
    ["24: the fifth day is Easter", "2026-03-31", { discounted: "2026-04-07" }],
    [
      "25: the fifth day is Easter Monday",
      "2026-04-01",
      { discounted: "2026-04-07", reduced: "2026-06-01", giudiceDiPace: "2026-05-04" },
    ],
    ["26: 25 April, then Sunday", "2026-04-20", { discounted: "2026-04-27" }],
    ["27: 29 June in Rome", "2026-06-24", { discounted: "2026-06-30" }, rome],
    ["27: 29 June elsewhere", "2026-06-24", { discounted: "2026-06-29" }],
    [
      "28: 15 August, then Sunday",
      "2026-08-10",
      { discounted: "2026-08-17", reduced: "2026-10-09", giudiceDiPace: "2026-09-30" },
    ],
    ["29: over August", "2026-07-20", { giudiceDiPace: "2026-09-21", prefetto: "2026-09-18" }],
    [
      "30: a day left after August",
      "2026-07-02",
      { giudiceDiPace: "2026-09-01", prefetto: "2026-08-31" },
    ],
    [
      "31: from the last of August",
      "2026-08-31",
      { giudiceDiPace: "2026-09-30", prefetto: "2026-10-30" },
    ],
    ["32: Sunday before the judge", "2026-11-13", { giudiceDiPace: "2026-12-14" }],
    ["33: San Francesco, from 2026", "2027-09-29", { discounted: "2027-10-05" }],
    ["33: San Francesco, before 2026", "2025-09-29", { discounted: "2025-10-04" }],
    ["38: documents on SEND", "2026-11-09", { documents: "2027-03-09" }],
    [
      "before the judge, a Saturday at the end of July: Monday is of August",
      "2027-07-01",
      { giudiceDiPace: "2027-09-01" },
    ],
    ["over 29 February", "2028-02-24", { discounted: "2028-02-29", reduced: "2028-04-24" }],
    ["Easter at its earliest, in March", "2035-03-20", { discounted: "2035-03-27" }],
    [
      "the driver's data, and a change of the law from a day on",
      "2026-11-09",
      { driverData: "2026-12-09", discounted: "2026-11-14" },
      {
        terms: {
          driverData: [{ days: 30, from: "2026-11-01", source: "legge nuova" }],
          discounted: [{ days: 10, from: "2027-01-01" }],
        },
      },
    ],
    [
      "a holiday that was repealed, and one that is new",
      "2027-09-29",
      { discounted: "2027-10-04", reduced: "2027-11-29" },
      {
        holidays: [
          { day: "10-04", name: "San Francesco", from: 2026, to: 2026 },
          { day: "11-28", name: "Festa nuova" },
        ],
      },
    ],
  ];
  for (const [title, perfezionamento, days, settings] of rows)
    test(title, () => {
      const found = byName(computeTerms({ perfezionamento }, readLaw(settings)));

      for (const [name, day] of Object.entries(days))
        expect(`${name} ${found.get(name as TermName)?.day}`).toBe(`${name} ${day}`);
    });

  test("of who resides abroad, 60 days before the judge", () => {
    const found = byName(
      computeTerms({ perfezionamento: "2026-11-13", isAbroad: true }, readLaw()),
    );

    expect(found.get("giudiceDiPace")?.day).toBe("2027-01-12");
  });

  test("38: with several recipients the documents go 120 days after the first", () => {
    const facts = { perfezionamento: "2026-11-20", firstPerfezionamento: "2026-11-09" };

    expect(byName(computeTerms(facts, readLaw())).get("documents")?.day).toBe("2027-03-09");
  });
});

describe("terms to notify", () => {
  test("34: 90, 100 and 360 days are not moved", () => {
    expect(notifyBy({ accertamento: "2026-08-30" }).day).toBe("2026-11-28");
    const contested = notifyBy({ accertamento: "2026-08-30", wasContested: true });
    expect(contested.day).toBe("2026-12-08");
    expect(contested.argued).toEqual({ safe: "2026-12-07", moved: "2026-12-09" });
    expect(notifyBy({ accertamento: "2026-08-30", isAbroad: true }).day).toBe("2027-08-25");
  });

  test("35: the 90th day is Christmas: not moved, and both readings are told", () => {
    const term = notifyBy({ accertamento: "2026-09-26" });

    expect(term.day).toBe("2026-12-25");
    expect(term.argued).toEqual({ safe: "2026-12-24", moved: "2026-12-28" });
    expect(term.trace).toEqual([
      "90° giorno, contando da quello dopo il 26 settembre 2026: venerdì 25 dicembre 2026.",
      "25 dicembre 2026, festivo (Natale): che il termine passi al lunedì 28 dicembre 2026 è discusso, e non è spostato; per prudenza entro giovedì 24 dicembre 2026.",
    ]);
  });

  const down = (from: string, to: string, attestedAt: string | null = to): Downtime => ({
    functionality: "NOTIFICATION_CREATE",
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    legalFactId: "FATTO.pdf",
    attestedAt: attestedAt === null ? null : new Date(attestedAt).toISOString(),
  });
  const night = down("2026-11-28T08:00:00+01:00", "2026-11-29T06:00:00+01:00");
  const rows: readonly (readonly [string, readonly Downtime[], string])[] = [
    ["36: down on the last day: the 7th after, though a Sunday", [night], "2026-12-06"],
    [
      "37: down on the day before only",
      [down("2026-11-27T08:00:00+01:00", "2026-11-27T20:00:00+01:00")],
      "2026-11-28",
    ],
    [
      "up again at midnight in Rome: not on the last day",
      [down("2026-11-27T08:00:00+01:00", "2026-11-28T00:00:00+01:00")],
      "2026-11-28",
    ],
    [
      "down from the midnight after the last day",
      [down("2026-11-29T00:00:00+01:00", "2026-11-30T00:00:00+01:00")],
      "2026-11-28",
    ],
    [
      "down over the last day and told two days later",
      [down("2026-11-26T08:00:00+01:00", "2026-11-29T06:00:00+01:00", "2026-12-01T09:00:00+01:00")],
      "2026-12-08",
    ],
    [
      "down twice on the last day: the later telling counts",
      [
        down("2026-11-28T08:00:00+01:00", "2026-11-28T10:00:00+01:00"),
        down("2026-11-28T15:00:00+01:00", "2026-11-28T18:00:00+01:00", "2026-11-30T09:00:00+01:00"),
      ],
      "2026-12-07",
    ],
    ["nobody says when it was told: from its end", [{ ...night, attestedAt: null }], "2026-12-06"],
    ["not attested yet", [{ ...night, legalFactId: null }], "2026-11-28"],
    ["still going on", [{ ...night, to: null }], "2026-11-28"],
    [
      "only what shows notifications was down",
      [{ ...night, functionality: "NOTIFICATION_VISUALIZATION" }],
      "2026-11-28",
    ],
    [
      "down again on the day to which it was moved",
      [down("2026-12-06T10:00:00+01:00", "2026-12-06T18:00:00+01:00"), night],
      "2026-12-13",
    ],
  ];
  for (const [title, downtimes, day] of rows)
    test(title, () => {
      expect(notifyBy({ accertamento: "2026-08-30", downtimes }).day).toBe(day);
    });

  test("a malfunction moves no term of the recipient", () => {
    const facts = { perfezionamento: "2026-11-23", downtimes: [night] };

    expect(byName(computeTerms(facts, readLaw())).get("discounted")?.day).toBe("2026-11-28");
  });
});

describe("the trace", () => {
  test("says what was skipped and why", () => {
    const found = byName(computeTerms({ perfezionamento: "2026-12-03" }, readLaw()));

    expect(found.get("discounted")).toMatchObject({
      counted: "2026-12-08",
      skipped: [{ day: "2026-12-08", why: "festivo (Immacolata Concezione)" }],
      trace: [
        "5° giorno, contando da quello dopo il 3 dicembre 2026: martedì 8 dicembre 2026.",
        "8 dicembre 2026, festivo (Immacolata Concezione): vale mercoledì 9 dicembre 2026.",
      ],
      source: "art. 202 c. 1 CdS; nessuna sospensione in agosto",
      mark: "read",
    });
    expect(found.get("giudiceDiPace")).toMatchObject({
      skipped: [
        { day: "2027-01-02", why: "sabato" },
        { day: "2027-01-03", why: "domenica" },
      ],
      mark: "memory",
    });
  });

  test("says what August took", () => {
    const found = byName(computeTerms({ perfezionamento: "2026-07-20" }, readLaw()));

    expect(found.get("giudiceDiPace")?.trace).toEqual([
      "30° giorno, contando da quello dopo il 20 luglio 2026: sabato 19 settembre 2026.",
      "Il termine non decorre dal 1° al 31 agosto: 31 giorni non contati.",
      "19 settembre 2026, sabato; 20 settembre 2026, domenica: vale lunedì 21 settembre 2026.",
    ]);
  });

  test("names the malfunction and its proof", () => {
    const [downtime] = [
      {
        functionality: "NOTIFICATION_CREATE",
        from: "2026-11-28T07:00:00.000Z",
        to: "2026-11-29T05:00:00.000Z",
        legalFactId: "FATTO.pdf",
        attestedAt: null,
      },
    ];

    const term = notifyBy({ accertamento: "2026-08-30", downtimes: [downtime] });

    expect(term.trace.at(-1)).toBe(
      "Il 28 novembre 2026 SEND non prendeva notifiche (attestazione FATTO.pdf), ripristino comunicato il 29 novembre 2026: vale il 7° giorno dopo, domenica 6 dicembre 2026.",
    );
    expect(term.source).toContain("DL 76/2020 art. 26 c. 13");
  });

  test("a rule of the ente's file is told as such", () => {
    const settings = { terms: { prefetto: [{ days: 30 }] } };
    const found = byName(computeTerms({ perfezionamento: "2026-11-09" }, readLaw(settings)));

    expect(found.get("prefetto")).toMatchObject({ day: "2026-12-09", source: "file dell'ente" });
  });
});

function digital(at: string): RecipientFacts {
  return { delivery: { route: "digital", at } };
}

function paper(at: string): RecipientFacts {
  return { delivery: { route: "paper", at } };
}

function deposit890(at: string, endedAt: string): RecipientFacts {
  return { delivery: { route: "deposit-890", at, endedAt } };
}

function depositAr(at: string, endedAt: string): RecipientFacts {
  return { delivery: { route: "deposit-ar", at, endedAt } };
}

function terms() {
  return {
    digitalDays: 7,
    eveningHour: 21,
    eveningDays: 8,
    digitalFailedDays: 15,
    paperDays: 10,
    depositDays: 10,
    unreachableDays: 10,
  };
}

function byName(found: readonly LegalTerm[]): ReadonlyMap<TermName, LegalTerm> {
  return new Map(found.map((term) => [term.name, term]));
}

/** The one term that starts from the accertamento. */
function notifyBy(facts: TermFacts): LegalTerm {
  const [term, ...others] = computeTerms(facts, readLaw());
  if (term === undefined || others.length > 0) throw new Error("not one term");
  return term;
}
