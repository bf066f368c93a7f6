/** validate and the 90 days: a malfunction that SEND has declared gives more of them, asked once a day and kept with its proof. */
import { silentLogger } from "../../../../engine/host/logger.ts";
import { describe, expect, test } from "bun:test";
import { toEpochMs } from "../../../../engine/host/clock.ts";
import { ItemRejected, RetryLater, RunBlocked } from "../../../../engine/host/errors.ts";
import { runOnItem } from "../../../../engine/step/step.ts";
import type { EffectContext } from "../../../../engine/step/context.ts";
import type { Register } from "../../../../integrations/register/port.ts";
import type { Downtime } from "../../../../integrations/send/desk-port.ts";
import type { LawChanges } from "../../../../steps/law/law.ts";
import type { Validation } from "../../../../steps/schemas/fields.ts";
import validate from "../../../../steps/validate.ts";
import { openRegister } from "../../../support/register.ts";
import { makeVerbale } from "../../../support/verbali.ts";

interface Trial {
  /** Day of the violation; default that whose 90th day is 28 November 2026. */
  readonly violation?: string;
  /** Day on which the flusso is checked, at noon in Rome. */
  readonly today: string;
  /** What SEND says of a month, or throws; default: nothing. */
  readonly tell?: (month: string) => readonly Downtime[];
  readonly register?: Register;
  readonly law?: LawChanges;
  readonly limitDays?: number;
  /** Country of the recipient. */
  readonly country?: string;
  readonly change?: Partial<ReturnType<typeof makeVerbale>>;
}

/** What became of the verbale, and the months of which SEND was asked. */
async function check(trial: Trial) {
  const { violation = "2026-08-30", today, tell = () => [], law } = trial;
  const asked: string[] = [];
  const off = Object.fromEntries(
    ["CAP_TOWN", "CAP_TOWN_DOUBT", "CONTESTATION_MISSING", "FOREIGN_RECIPIENT"].map((code) => [
      code,
      "off",
    ]),
  );
  const ctx = {
    ente: "borgo",
    runId: "R1",
    config: {
      marginDays: 3,
      severity: off,
      ...(trial.limitDays !== undefined && { limitDays: trial.limitDays }),
    },
    services: {
      ente: {
        payments: { adapter: "gpd" },
        send: { subject: "Violazione del CdS", taxonomyCode: "010101P" },
        ...(law !== undefined && { law }),
      },
      desk: {
        async listDowntimes(year: number, month: number) {
          const name = `${year}-${String(month).padStart(2, "0")}`;
          asked.push(name);
          return tell(name);
        },
      },
      register: trial.register ?? openRegister(),
    },
    clock: { now: () => toEpochMs(`${today}T11:00:00Z`) },
    holders: async () => new Map(),
    log: silentLogger,
  } as unknown as EffectContext<unknown, unknown>;
  const verbale = makeVerbale(1, violation, trial.change ?? {});
  const { destinatario } = verbale;
  const { country } = trial;
  if (country !== undefined)
    verbale.destinatario = {
      ...destinatario,
      indirizzo: { ...destinatario.indirizzo, stato: country },
    };
  try {
    const added = await runOnItem(validate, { key: "V", round: 1, data: { verbale } }, ctx);
    const { notifyBy, warnings } = (added as { validation: Validation }).validation;
    return { asked, notifyBy, notes: warnings };
  } catch (error) {
    if (!(error instanceof ItemRejected)) throw error;
    return { asked, rejected: error.code, notes: [error.message] };
  }
}

const night: Downtime = {
  functionality: "NOTIFICATION_CREATE",
  from: "2026-11-28T07:00:00.000Z",
  to: "2026-11-29T05:00:00.000Z",
  legalFactId: "PN_DOWNTIME-1.pdf",
  attestedAt: "2026-11-29T09:00:00.000Z",
};
const tellNight = (month: string): readonly Downtime[] => (month === "2026-11" ? [night] : []);

describe("the last day to notify", () => {
  test("until it has passed, nobody asks SEND", async () => {
    expect(await check({ today: "2026-11-28" })).toEqual({
      asked: [],
      notifyBy: "2026-11-28",
      notes: [
        "Data della violazione: il termine di 90 giorni scade oggi. Rimedio: mandare il verbale senza attendere altri flussi.",
      ],
    });
  });

  test("once it has passed, and no malfunction met it, the verbale is rejected", async () => {
    const found = await check({ today: "2026-11-29" });

    expect(found).toMatchObject({ asked: ["2026-10", "2026-11"], rejected: "DEADLINE_PASSED" });
    expect(found.notes[0]).toContain("il termine di 90 giorni è scaduto il 28/11/2026.");
  });

  test("a malfunction on the last day gives until the 7th day after it was told, with its proof", async () => {
    const found = await check({ today: "2026-12-06", tell: tellNight });

    expect(found).toMatchObject({ asked: ["2026-10", "2026-11"], notifyBy: "2026-12-06" });
    expect(found.notes).toEqual([
      "Data della violazione: il termine di 90 giorni scade oggi. Prorogato dal 28/11/2026: Il 28 novembre 2026 SEND non prendeva notifiche (attestazione PN_DOWNTIME-1.pdf), ripristino comunicato il 29 novembre 2026: vale il 7° giorno dopo, domenica 6 dicembre 2026. Rimedio: mandare il verbale senza attendere altri flussi.",
    ]);
  });

  test("the extension is told though many days are left of it", async () => {
    const found = await check({ today: "2026-11-30", tell: tellNight });

    expect(found.notifyBy).toBe("2026-12-06");
    expect(found.notes[0]).toContain("Prorogato dal 28/11/2026");
  });

  test("the day after, it has passed for good", async () => {
    const found = await check({ today: "2026-12-07", tell: tellNight });

    expect(found).toMatchObject({
      rejected: "DEADLINE_PASSED",
      asked: ["2026-10", "2026-11", "2026-12"],
    });
    expect(found.notes[0]).toContain("è scaduto il 06/12/2026. Prorogato dal 28/11/2026");
  });

  test("a malfunction that meets the extended day extends it again", async () => {
    const second = {
      ...night,
      from: "2026-12-06T10:00:00.000Z",
      to: "2026-12-06T20:00:00.000Z",
      attestedAt: null,
      legalFactId: "PN_DOWNTIME-2.pdf",
    };
    const tell = (month: string) => (month === "2026-12" ? [second] : tellNight(month));

    expect((await check({ today: "2026-12-08", tell })).notifyBy).toBe("2026-12-13");
  });

  for (const [title, downtime] of [
    [
      "the day before",
      { ...night, from: "2026-11-27T07:00:00.000Z", to: "2026-11-27T20:00:00.000Z" },
    ],
    ["of which there is no proof yet", { ...night, legalFactId: null }],
    ["of what only shows notifications", { ...night, functionality: "NOTIFICATION_VISUALIZATION" }],
  ] as const)
    test(`a malfunction ${title} gives nothing`, async () => {
      const found = await check({ today: "2026-11-30", tell: () => [downtime] });

      expect(found.rejected).toBe("DEADLINE_PASSED");
    });

  test.each([
    ["not attested", { ...night, legalFactId: null, attestedAt: null }],
    ["not over", { ...night, legalFactId: null, attestedAt: null, to: null }],
  ])(
    "a malfunction that is %s yet extends nothing, and the note says to come back",
    async (_title, downtime) => {
      const found = await check({
        today: "2026-11-30",
        tell: (month) => (month === "2026-11" ? [downtime] : []),
      });

      expect(found.rejected).toBe("DEADLINE_PASSED");
      expect(found.notes[0]).toContain(
        "Quel giorno SEND ha avuto un disservizio che non ha ancora attestato: la proroga non è considerata. Rimedio: rimandare il verbale da domani",
      );
    },
  );

  for (const [title, fault] of [
    ["does not answer", new RetryLater("SEND non risponde.", { code: "NO_ANSWER" })],
    [
      "lets nobody in",
      new RunBlocked("SEND_NOT_ACTIVE", "SEND non riconosce la chiave.", { hint: "" }),
    ],
  ] as const)
    test(`SEND that ${title} extends nothing, and the note says so`, async () => {
      const tell = (): never => {
        throw fault;
      };
      const found = await check({ today: "2026-11-30", tell });

      expect(found.rejected).toBe("DEADLINE_PASSED");
      expect(found.notes[0]).toContain(
        "I disservizi dichiarati da SEND, che potrebbero prorogarlo, non si sono potuti leggere: la proroga non è considerata. Rimedio: rimandare il verbale quando SEND risponde",
      );
    });

  test("what an ente says of the law counts, and what the pipeline says counts more", async () => {
    const law: LawChanges = {
      terms: { notification: [{ days: 120, from: "2026-08-01" }] },
      downtimeDays: 10,
    };

    expect((await check({ today: "2026-12-20", law })).notifyBy).toBe("2026-12-28");
    expect(
      (await check({ today: "2026-12-09", law, limitDays: 90, tell: tellNight })).notifyBy,
    ).toBe("2026-12-09");
  });

  test("of who resides abroad it is the 360th", async () => {
    expect((await check({ today: "2027-08-20", country: "FRANCIA" })).notifyBy).toBe("2027-08-25");
    expect((await check({ today: "2026-11-20", country: "ITALIA" })).notifyBy).toBe("2026-11-28");
  });

  test.each([
    ["FRANCIA", "FRANCIA", "2027-08-25"],
    ["FRANCIA", "", "2026-11-28"],
    ["", "FRANCIA", "2026-11-28"],
  ])("of two recipients in %p and %p it is the one that ends first", async (first, second, day) => {
    const { destinatario } = makeVerbale(1, "2026-08-30");
    const other = {
      ...destinatario,
      codiceFiscale: "NVNTMS66B24X001Q",
      indirizzo: { ...destinatario.indirizzo, stato: second },
    };

    const found = await check({
      today: "2026-11-20",
      country: first,
      change: { destinatari: [other] },
    });

    expect(found.notifyBy).toBe(day);
  });

  test("the 90th day is a holiday: not moved, and both readings are told", async () => {
    const found = await check({ violation: "2026-09-26", today: "2026-12-24" });

    expect(found.notifyBy).toBe("2026-12-25");
    expect(found.notes[0]).toContain(
      "È un giorno festivo: che passi al 28/12/2026 è discusso, e Postino non lo sposta; per prudenza entro il 24/12/2026.",
    );
  });
});

describe("the question to SEND", () => {
  test("is asked once a day, and what was told is kept with its day and its proof", async () => {
    const register = openRegister();
    const days = ["2026-11-30", "2026-11-30", "2026-12-01"];
    const asked: (readonly string[])[] = [];
    for (const today of days) asked.push((await check({ today, tell: tellNight, register })).asked);

    expect(asked).toEqual([["2026-10", "2026-11"], [], ["2026-10", "2026-11"]]);
    expect((await register.listVersions("downtimes", "2026-11")).map(({ data }) => data)).toEqual([
      { askedOn: "2026-11-30", downtimes: [night] },
      { askedOn: "2026-12-01", downtimes: [night] },
    ]);
  });

  test("of an earlier day holds while SEND does not answer, and the note says that it is not of today", async () => {
    const register = openRegister();
    await check({ today: "2026-11-30", tell: tellNight, register });
    const tell = (): never => {
      throw new RetryLater("SEND non risponde.", { code: "NO_ANSWER" });
    };

    expect((await check({ today: "2026-12-02", tell, register })).notifyBy).toBe("2026-12-06");
    const later = await check({ today: "2026-12-07", tell, register });
    expect(later.rejected).toBe("DEADLINE_PASSED");
    expect(later.notes[0]).toContain("non si sono potuti leggere");
  });

  test("is not asked again of a silent SEND for each verbale", async () => {
    const register = openRegister();
    const tell = (): never => {
      throw new RetryLater("SEND non risponde.", { code: "NO_ANSWER" });
    };
    const first = await check({ today: "2026-11-30", tell, register });
    const second = await check({ today: "2026-11-30", tell, register });

    expect(first.asked).toEqual(["2026-10", "2026-11"]);
    expect(second).toMatchObject({ asked: [], rejected: "DEADLINE_PASSED" });
  });
});

test.each([
  ["not contested at once", {}, "2026-11-28"],
  ["contested at once", { contestazioneImmediata: true }, "2026-12-08"],
  ["a column that says no", { contestazioneImmediata: false }, "2026-11-28"],
] as const)("%s: until when it may be notified", async (_how, change, notifyBy) => {
  const found = await check({ today: "2026-11-01", change });

  expect(found).toMatchObject({ notifyBy });
});
