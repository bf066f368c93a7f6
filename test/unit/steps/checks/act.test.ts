/** Checks of what the act says of itself: each with its code, its neighbours, and the remedies of an ente. */
import { describe, expect, test } from "bun:test";
import { checkAct, listActTexts, type ActOptions } from "../../../../steps/checks/act.ts";
import type { CheckCode } from "../../../../steps/checks/catalogue.ts";
import { checkPrint } from "../../../../steps/checks/print.ts";
import type { Verbale } from "../../../../steps/schemas/verbale.ts";
import { makeVerbale } from "../../../support/verbali.ts";

const options: ActOptions = {
  today: "2026-11-20",
  toleranceKmh: 5,
  tolerancePercent: 5,
  calibrationDays: 366,
  repeatedReasons: 20,
};
const day = "2026-11-10";
const device: NonNullable<Verbale["dispositivo"]> = {
  marca: "Fictor",
  matricola: "RL-00417",
  decreto: { tipo: "approvazione", numero: "1123", data: "2019-05-16" },
  taratura: { data: "2026-03-12", centro: "Centro di prova", certificato: "A-77" },
  censimentoMit: "MIT-000417",
};
/** A speed that nothing can be said against. */
const speed: Partial<Verbale> = {
  articolo: "142, comma 8",
  casoArt201: "e",
  velocita: { limite: 50, rilevata: 73, contestata: 68 },
  dispositivo: device,
};

function codesOf(change: Partial<Verbale>, own: Partial<ActOptions> = {}): readonly CheckCode[] {
  return checkAct(makeVerbale(1, day, change), { ...options, ...own }).map(({ code }) => code);
}

/** The verbale of the support has a reason; here it has none. */
function withoutReason(change: Partial<Verbale>): Verbale {
  const { motivoMancataContestazione: _, ...rest } = makeVerbale(1, day);
  return { ...rest, ...change };
}

describe("why it was not contested at once", () => {
  test.each<readonly [string, Verbale, readonly CheckCode[]]>([
    ["neither case nor reason", withoutReason({}), ["CONTESTATION_MISSING"]],
    ["contested at once", withoutReason({ contestazioneImmediata: true }), []],
    [
      "not contested at once, and nothing else",
      withoutReason({ contestazioneImmediata: false }),
      ["CONTESTATION_MISSING"],
    ],
    [
      "a reason of blanks",
      withoutReason({ motivoMancataContestazione: "   " }),
      ["CONTESTATION_MISSING"],
    ],
    [
      "a stock phrase",
      withoutReason({ motivoMancataContestazione: "impossibile" }),
      ["CONTESTATION_SHORT"],
    ],
    [
      "19 characters",
      withoutReason({ motivoMancataContestazione: "x".repeat(19) }),
      ["CONTESTATION_SHORT"],
    ],
    ["20 characters", withoutReason({ motivoMancataContestazione: "x".repeat(20) }), []],
    ["a case without device", withoutReason({ casoArt201: "d" }), []],
    [
      "a case and a short reason: the case is enough",
      withoutReason({ casoArt201: "d", motivoMancataContestazione: "assente" }),
      [],
    ],
    ["a letter that there is not", withoutReason({ casoArt201: "h" }), ["CONTESTATION_CASE"]],
    ["a name of every object", withoutReason({ casoArt201: "constructor" }), ["CONTESTATION_CASE"]],
    ["g-quater", withoutReason({ casoArt201: "g-quater" }), ["CONTESTATION_CASE"]],
    ["g without device", withoutReason({ casoArt201: "g" }), ["CONTESTATION_DEVICE"]],
    ["g-ter without device", withoutReason({ casoArt201: "g-ter" }), ["CONTESTATION_DEVICE"]],
    [
      "g with the serial of its device",
      withoutReason({ casoArt201: "g", dispositivo: { matricola: "VC-7" } }),
      [],
    ],
    [
      "g with a device that only says its calibration",
      withoutReason({ casoArt201: "g", dispositivo: { taratura: { data: "2026-03-12" } } }),
      ["CONTESTATION_DEVICE"],
    ],
  ])("%s", (_, verbale, codes) => {
    expect(checkAct(verbale, options).map(({ code }) => code)).toEqual([...codes]);
  });

  test.each<readonly [string, readonly CheckCode[]]>([
    ["2026-11-09", ["CONTESTATION_CASE"]],
    ["2026-11-10", []],
    ["2026-11-12", []],
    ["2026-11-13", ["CONTESTATION_CASE"]],
  ])("an ente's own letter counts from its first day to its last (%s)", (violation, codes) => {
    const cases = { h: [{ from: "2026-11-10", to: "2026-11-12", text: "un caso nuovo" }] };
    const verbale = withoutReason({ casoArt201: "h", dataViolazione: violation });

    expect(checkAct(verbale, { ...options, cases }).map(({ code }) => code)).toEqual([...codes]);
  });

  test("an ente takes a letter away by giving it no wording", () => {
    const found = checkAct(withoutReason({ casoArt201: "a" }), { ...options, cases: { a: [] } });

    expect(found.map(({ code }) => code)).toEqual(["CONTESTATION_CASE"]);
    expect(found[0]?.message).toBe(
      "Caso dell'art. 201, comma 1-bis: la lettera non c'è, o non vale per il 10/11/2026. Rimedio: correggere la lettera (da a a g, g-bis, g-ter); se la legge è cambiata, chiedere al tecnico di aggiornare l'elenco dei casi.",
    );
  });
});

describe("day, quality, payment", () => {
  const { destinatario } = makeVerbale(1, day);
  const { qualita: _, ...unknown } = destinatario;
  // The third of the support has no discount.
  const barred = { pagamentoRidotto: "escluso", importoRidottoCents: 0 } as const;
  const list = (change: Partial<Verbale>): readonly CheckCode[] =>
    checkAct(makeVerbale(3, day, change), options).map(({ code }) => code);

  test.each<readonly [string, Partial<Verbale>, readonly CheckCode[]]>([
    ["established on the same day", { dataAccertamento: day }, []],
    ["established today", { dataAccertamento: "2026-11-20" }, []],
    ["established tomorrow", { dataAccertamento: "2026-11-21" }, ["FINDING_DATE"]],
    ["established before", { dataAccertamento: "2026-11-09" }, ["FINDING_DATE"]],
    ["nobody says as what", { destinatario: unknown }, ["QUALITY_MISSING"]],
    ["barred without amounts", barred, []],
    ["barred with an amount", { pagamentoRidotto: "escluso" }, ["PAYMENT_BARRED_AMOUNT"]],
    ["admitted with an amount", { pagamentoRidotto: "ammesso" }, []],
    [
      "barred with a position",
      { ...barred, posizioni: [{ iupd: "P1" }] },
      ["PAYMENT_BARRED_POSITION"],
    ],
    ["told at once, and why not", { contestazioneImmediata: true }, ["CONTESTATION_TWICE"]],
    [
      "a letter of another article",
      {
        casoArt201: "g-bis",
        dataViolazione: "2023-11-10",
        articolo: "7, comma 1",
        dispositivo: { marca: "Fictor" },
        decretoPrefettizio: { numero: "1" },
      },
      ["CONTESTATION_ARTICLE"],
    ],
    [
      "a letter of this article",
      {
        casoArt201: "g-bis",
        dataViolazione: "2023-11-10",
        articolo: "art. 146 c. 3",
        dispositivo: { marca: "Fictor" },
        decretoPrefettizio: { numero: "1" },
      },
      [],
    ],
    [
      "a letter whose list was not read",
      {
        casoArt201: "g-bis",
        articolo: "7, comma 1",
        dispositivo: device,
        decretoPrefettizio: { numero: "1" },
      },
      [],
    ],
    [
      "a letter that wants a decree",
      { casoArt201: "f", dispositivo: device },
      ["CONTESTATION_DECREE"],
    ],
  ])("%s", (_name, change, codes) => {
    expect(list(change)).toEqual([...codes]);
  });
});

describe("points, speed and device", () => {
  test.each<readonly [string, Partial<Verbale>, readonly CheckCode[]]>([
    ["no points", { puntiPatente: 0 }, []],
    ["15 points", { puntiPatente: 15 }, []],
    ["16 points", { puntiPatente: 16 }, ["POINTS_RANGE"]],
    ["nothing amiss", speed, []],
    [
      "measured at the limit",
      { ...speed, velocita: { limite: 50, rilevata: 50, contestata: 45 } },
      ["SPEED_VALUES"],
    ],
    [
      "contested at the limit",
      { ...speed, velocita: { limite: 50, rilevata: 55, contestata: 50 } },
      ["SPEED_VALUES"],
    ],
    [
      "columns exchanged",
      { ...speed, velocita: { limite: 50, rilevata: 68, contestata: 73 } },
      ["SPEED_VALUES"],
    ],
    ["no contested speed", { ...speed, velocita: { limite: 50, rilevata: 73 } }, ["SPEED_MISSING"]],
    [
      "tolerance forgotten",
      { ...speed, velocita: { limite: 50, rilevata: 73, contestata: 73 } },
      ["SPEED_TOLERANCE"],
    ],
    [
      "5 % where it is more than 5 km/h",
      {
        ...speed,
        articolo: "142, comma 9",
        velocita: { limite: 90, rilevata: 140, contestata: 133 },
      },
      [],
    ],
    [
      "5 km/h where 5 % is more",
      {
        ...speed,
        articolo: "142, comma 9",
        velocita: { limite: 90, rilevata: 140, contestata: 135 },
      },
      ["SPEED_TOLERANCE"],
    ],
    [
      "rounded to a whole figure",
      {
        ...speed,
        articolo: "142, comma 9",
        velocita: { limite: 50, rilevata: 101, contestata: 95 },
      },
      [],
    ],
    ...(
      [
        ["comma 7", 60, []],
        ["comma 7", 61, ["SPEED_COMMA"]],
        ["comma 8", 60, ["SPEED_COMMA"]],
        ["commi 8 e 11", 90, []],
        ["c. 8", 91, ["SPEED_COMMA"]],
        ["comma 9", 110, []],
        ["comma 9 bis", 110, ["SPEED_COMMA"]],
        ["comma 9-bis", 111, []],
        ["comma 9", 111, ["SPEED_COMMA"]],
        ["", 111, []],
      ] as const
    ).map(
      ([comma, contestata, codes]) =>
        [
          `142 ${comma}, ${contestata - 50} over the limit`,
          {
            ...speed,
            articolo: `142, ${comma}`,
            velocita: {
              limite: 50,
              rilevata: contestata + Math.max(5, contestata / 19),
              contestata,
            },
          },
          codes,
        ] as const,
    ),
    ["art. 142 without any speed", { articolo: "art. 142 c. 8" }, ["SPEED_MISSING"]],
    ["art. 1420 is another", { articolo: "1420" }, []],
    [
      "a speed without device",
      { articolo: "142, comma 8", velocita: { limite: 50, rilevata: 73, contestata: 68 } },
      ["DEVICE_DECREE", "DEVICE_CALIBRATION", "SPEED_DEVICE_NOT_IN_CENSUS"],
    ],
    [
      "a decree without number",
      { ...speed, dispositivo: { ...device, decreto: { tipo: "omologazione" } } },
      ["DEVICE_DECREE"],
    ],
    [
      "a decree of the day after",
      { ...speed, dispositivo: { ...device, decreto: { numero: "1", data: "2026-11-11" } } },
      ["DEVICE_DATE"],
    ],
    [
      "a calibration of the day after",
      { ...speed, dispositivo: { ...device, taratura: { data: "2026-11-11" } } },
      ["DEVICE_DATE"],
    ],
    [
      "a calibration of the day itself",
      { ...speed, dispositivo: { ...device, taratura: { data: day } } },
      [],
    ],
    [
      "a calibration of 366 days before",
      { ...speed, dispositivo: { ...device, taratura: { data: "2025-11-09" } } },
      [],
    ],
    [
      "a calibration of 367 days before",
      { ...speed, dispositivo: { ...device, taratura: { data: "2025-11-08" } } },
      ["DEVICE_CALIBRATION"],
    ],
    [
      "not in the census",
      { ...speed, dispositivo: { ...device, censimentoMit: " " } },
      ["SPEED_DEVICE_NOT_IN_CENSUS"],
    ],
    [
      "before the census was law",
      {
        ...speed,
        dataViolazione: "2025-11-28",
        dispositivo: { ...device, censimentoMit: "", taratura: { data: "2025-03-12" } },
      },
      [],
    ],
    ["a camera at a gate needs no calibration", { dispositivo: { marca: "Varco" } }, []],
  ])("%s", (_, change, codes) => {
    expect(codesOf(change)).toEqual([...codes]);
  });

  test("tolerance and age of a calibration are settings", () => {
    const velocita = { limite: 50, rilevata: 73, contestata: 70 };

    expect(codesOf({ ...speed, velocita }, { toleranceKmh: 3, tolerancePercent: 0 })).toEqual([]);
    expect(codesOf(speed, { calibrationDays: 100 })).toEqual(["DEVICE_CALIBRATION"]);
  });
});

describe("texts that only the act bears", () => {
  test.each<readonly [string, Partial<Verbale>, string]>([
    [
      "a reason of 1001",
      { motivoMancataContestazione: "x".repeat(1_001) },
      "Motivo della mancata contestazione",
    ],
    ["a make of 201", { veicolo: { marca: "x".repeat(201) } }, "Marca del veicolo"],
    [
      "a centre of 201",
      { dispositivo: { taratura: { centro: "x".repeat(201) } } },
      "Centro di taratura",
    ],
    ["a column of the ente's own", { extra: { varco: "x".repeat(201) } }, "Colonna extra.varco"],
  ])("%s is too long", (_, change, title) => {
    const [found, ...more] = checkAct(makeVerbale(1, day, change), options);

    expect(more).toEqual([]);
    expect(found?.code).toBe("ACT_LENGTH");
    expect(found?.message).toStartWith(`${title}: `);
  });

  test("1000 and 200 characters are not", () => {
    const change = {
      motivoMancataContestazione: "x".repeat(1_000),
      extra: { varco: "x".repeat(200) },
    };

    expect(codesOf(change)).toEqual([]);
  });

  test("a letter that no font has is told by the title of its field", () => {
    const found = checkPrint(
      makeVerbale(1, day, { dispositivo: { modello: "電" }, extra: { varco: "電" } }),
    );

    expect(found.map(({ code, message }) => [code, message.split(":")[0]])).toEqual([
      ["CHARSET_PRINT", "Modello del dispositivo"],
      ["CHARSET_PRINT", "Colonna extra.varco"],
    ]);
  });

  test("every text is looked at, those of the groups below too", () => {
    const verbale = makeVerbale(1, day, { ...speed, veicolo: { tipo: "Autoveicolo" } });

    expect([...listActTexts(verbale)].map(({ name }) => name).toSorted()).toEqual([
      "casoArt201",
      "censimentoMit",
      "centro",
      "certificato",
      "data",
      "data",
      "marca",
      "matricola",
      "motivoMancataContestazione",
      "numero",
      "tipo",
      "tipo",
    ]);
  });
});
