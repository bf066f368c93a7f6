/** The fields of the act in a flusso: letters, figures, choices, and columns of the ente's own, in CSV and JSON. */
import { describe, expect, test } from "bun:test";
import { findFieldSpec, readValue } from "../../../../integrations/flusso/fields.ts";
import { readHeader } from "../../../../integrations/flusso/columns.ts";
import { buildRowPlan } from "../../../../integrations/flusso/mapping/row-plan.ts";
import { readRecord } from "../../../../integrations/flusso/rows/csv-rows.ts";
import { readLine } from "../../../../integrations/flusso/rows/json-rows.ts";
import type { FlussoSettings } from "../../../../integrations/flusso/settings.ts";
import { systemClock } from "../../../../engine/host/clock.ts";
import { createFlusso } from "../../../../integrations/flusso/flusso.ts";
import { xlsx, type XlsxCell } from "../../../support/xlsx.ts";
import { makeVerbale } from "../../../support/verbali.ts";

const notation = { dates: "GG/MM/AAAA", amounts: "1.234,56" } as const;

function read(field: string, text: string): unknown {
  const found = readValue(findFieldSpec(field)?.kind ?? "text", text, notation);
  return "fault" in found ? found.fault.code : found.value;
}

test.each([
  ["casoArt201", "e", "e"],
  ["casoArt201", "E)", "e"],
  ["casoArt201", "lett. g bis)", "g-bis"],
  ["casoArt201", "Lettera G-TER", "g-ter"],
  ["casoArt201", "gbis", "g-bis"],
  ["contestazioneImmediata", "sì", true],
  ["contestazioneImmediata", "SI", true],
  ["contestazioneImmediata", "si\u0300", true],
  ["contestazioneImmediata", "x", true],
  ["contestazioneImmediata", "1", true],
  ["contestazioneImmediata", "No", false],
  ["contestazioneImmediata", "0", false],
  ["contestazioneImmediata", "forse", "FLUSSO_CHOICE"],
  ["contestazioneImmediata", "sì, al conducente", "FLUSSO_CHOICE"],
  ["puntiPatente", "3", 3],
  ["puntiPatente", "0", 0],
  ["puntiPatente", "-3", "FLUSSO_FIGURE"],
  ["puntiPatente", "3 punti", "FLUSSO_FIGURE"],
  ["puntiPatente", "3,5", "FLUSSO_FIGURE"],
  ["velocita.rilevata", "73", 73],
  ["velocita.rilevata", "123,50", 123.5],
  ["velocita.rilevata", "123.5", 123.5],
  ["velocita.rilevata", "1.234", "FLUSSO_FIGURE"],
  ["velocita.rilevata", "73 km/h", "FLUSSO_FIGURE"],
  ["destinatario.qualita", "Proprietario", "proprietario"],
  ["destinatario.qualita", "INTESTATARIO  CICLOMOTORE", "intestatario ciclomotore"],
  ["destinatario.qualita", "padrone", "FLUSSO_CHOICE"],
  ["dispositivo.decreto.tipo", "Approvazione", "approvazione"],
  ["dispositivo.decreto.tipo", "omologato", "FLUSSO_CHOICE"],
  ["dispositivo.taratura.data", "12/03/2026", "2026-03-12"],
  ["dispositivo.taratura.data", "12/03/26", "FLUSSO_DATE_AMBIGUOUS"],
  ["dataAccertamento", "05/10/2026", "2026-10-05"],
  ["pagamentoRidotto", "Escluso", "escluso"],
  ["pagamentoRidotto", "AMMESSA", "ammesso"],
  ["pagamentoRidotto", "no", "escluso"],
  ["pagamentoRidotto", "sì", "ammesso"],
  ["pagamentoRidotto", "boh", "FLUSSO_CHOICE"],
  ["conducente.codiceFiscale", "cll jnn 80a41x001z", "clljnn80a41x001z"],
] as const)("%s «%s»", (field, text, expected) => {
  expect(read(field, text)).toBe(expected);
});

test.each([
  ["a.jpg", ["a.jpg"]],
  [
    "Foto 1.jpg; foto 2.jpg ,c.png|d.png\ne.png",
    ["Foto 1.jpg", "foto 2.jpg", "c.png", "d.png", "e.png"],
  ],
  [" , ", []],
  ["<img>", "FLUSSO_CHOICE"],
] as const)("fotografie «%s»", (text, expected) => {
  expect(read("fotografie", text)).toEqual(expected);
});

describe("amounts of a JSON line", () => {
  const {
    importoRidottoCents: _,
    importoScontatoCents: __,
    speseCents: ___,
    ...line
  } = makeVerbale(1, "2026-11-03");

  test("are missing where the verbale may be paid", () => {
    const read = readLine(1, JSON.stringify(line));

    expect("faults" in read && read.faults.map(({ header, code }) => [header, code])).toEqual([
      ["importoRidottoCents", "FLUSSO_VALUE_MISSING"],
      ["speseCents", "FLUSSO_VALUE_MISSING"],
    ]);
  });

  test("are nothing where it may not, and only they", () => {
    const barred = { ...line, pagamentoRidotto: "escluso", fotografie: ["a.jpg", "b.jpg"] };

    expect(readLine(1, JSON.stringify(barred))).toMatchObject({
      verbale: { importoRidottoCents: 0, speseCents: 0, fotografie: ["a.jpg", "b.jpg"] },
    });
    const { dataViolazione: ____, ...undated } = barred;
    const read = readLine(1, JSON.stringify(undated));
    expect("faults" in read && read.faults.map(({ header }) => header)).toEqual(["dataViolazione"]);
  });

  test("file names are a list of texts", () => {
    const read = readLine(1, JSON.stringify({ ...makeVerbale(1, "2026-11-03"), fotografie: [1] }));

    expect("faults" in read && read.faults.map(({ header, code }) => [header, code])).toEqual([
      ["fotografie", "FLUSSO_JSON"],
    ]);
  });
});

describe("other recipients of a JSON line", () => {
  const { destinatario, ...verbale } = makeVerbale(1, "2026-11-03");
  const other = { ...destinatario, tipo: undefined, codiceFiscale: "FNTTMS54R12X001U" };
  const company = { denominazione: "Fittizi S.r.l.", partitaIva: "00743110157" };

  function readOthers(line: object): unknown {
    const read = readLine(1, JSON.stringify(line));
    if ("faults" in read) return read.faults.map(({ header, code }) => [header, code]);
    const { destinatario: first, destinatari = [] } = read.verbale as {
      readonly destinatario: { readonly codiceFiscale: string };
      readonly destinatari?: readonly Record<string, unknown>[];
    };
    return [first, ...destinatari].map(
      ({ tipo, codiceFiscale, partitaIva }: Record<string, unknown>) => [
        tipo,
        codiceFiscale ?? partitaIva,
      ],
    );
  }

  test.each([
    ["beside the first", { ...verbale, destinatario, destinatari: [other] }],
    ["all in one list", { ...verbale, destinatari: [destinatario, other] }],
  ])("%s", (_, line) => {
    expect(readOthers(line)).toEqual([
      ["PF", destinatario.codiceFiscale],
      ["PF", "FNTTMS54R12X001U"],
    ]);
  });

  test("a company is told by its code, whoever cannot be told is a fault", () => {
    expect(readOthers({ ...verbale, destinatari: [destinatario, company] })).toEqual([
      ["PF", destinatario.codiceFiscale],
      ["PG", "00743110157"],
    ]);
    expect(readOthers({ ...verbale, destinatari: [destinatario, { cognome: "Finti" }] })).toEqual([
      ["destinatari.2.tipo", "FLUSSO_VALUE_MISSING"],
    ]);
  });

  test("fifteen are taken, sixteen are not, as SEND does", () => {
    const many = (count: number) => ({
      ...verbale,
      destinatari: Array.from({ length: count }, () => destinatario),
    });

    expect(readOthers(many(15))).toHaveLength(15);
    expect((readOthers(many(16)) as [string, string][])[0]?.[1]).toBe("FLUSSO_FIELD_UNKNOWN");
  });

  test("an address that is not there is for the checks to tell", () => {
    const read = readLine(1, JSON.stringify({ ...verbale, destinatari: [destinatario, company] }));

    expect(read).toMatchObject({
      verbale: { destinatari: [{ indirizzo: { via: "", cap: "", comune: "", provincia: "" } }] },
    });
  });
});

describe("a column of the ente's own", () => {
  const base = ["numero", "dataViolazione", "luogo", "targa", "articolo", "descrizione", "agente"];
  const more = ["importoRidottoCents", "speseCents", "destinatario.tipo"];
  const address = ["via", "cap", "comune", "provincia"].map(
    (part) => `destinatario.indirizzo.${part}`,
  );
  const needed = [...base, ...more, ...address];
  const values = [
    "A1",
    "03/11/2026",
    "Via",
    "AA",
    "7",
    "x",
    "m",
    "1,00",
    "1,00",
    "PF",
    "V",
    "26013",
    "C",
    "CR",
  ];

  function readColumn(header: string, columns: Record<string, string> = {}) {
    const settings = {
      ...notation,
      columns,
      delimiter: "auto",
      encoding: "auto",
    } as FlussoSettings;
    const read = readHeader(1, [...needed, header], settings);
    if ("faults" in read) return read.faults.map(({ code, remedy }) => [code, remedy]);
    const content = readRecord(
      { line: 2, fields: [...values, "VARCO 7"], quotes: null, isEndless: false },
      buildRowPlan(read.columns, settings),
    );
    return "verbale" in content ? content.verbale["extra"] : content.faults;
  }

  test("is mapped, or bears its name as it stands", () => {
    expect(readColumn("Varco", { Varco: "extra.codiceVarco" })).toEqual({ codiceVarco: "VARCO 7" });
    expect(readColumn("extra.codiceVarco")).toEqual({ codiceVarco: "VARCO 7" });
  });

  test("of another recipient, by number; a recipient of empty cells is none", () => {
    const settings = { ...notation, delimiter: "auto", encoding: "auto" } as FlussoSettings;
    const header = [
      ...needed,
      "destinatari.3.cognome",
      "destinatari.3.codiceFiscale",
      "destinatari.2.cognome",
      "destinatari.3.indirizzo.cap",
    ];
    const read = readHeader(1, header, settings);
    if ("faults" in read) throw new Error(JSON.stringify(read.faults));
    const row = (more: readonly string[]) => {
      const record = { line: 2, fields: [...values, ...more], quotes: null, isEndless: false };
      const content = readRecord(record, buildRowPlan(read.columns, settings));
      return "verbale" in content ? content.verbale["destinatari"] : content.faults;
    };

    expect(row(["Finti", "FNTTMS54R12X001U", "", "26013"])).toEqual([
      {
        tipo: "PF",
        cognome: "Finti",
        codiceFiscale: "FNTTMS54R12X001U",
        indirizzo: { via: "", cap: "26013", comune: "", provincia: "" },
      },
    ]);
    expect(row(["", "", "", ""])).toBeUndefined();
  });

  test.each([
    "extra.",
    "extra.Codice Varco",
    "extra.a.b",
    "extra.__proto__",
    `extra.${"a".repeat(41)}`,
  ])("has a name that a model can write (%s)", (field) => {
    const [fault] = readColumn("Varco", { Varco: field }) as [string, string][];

    expect(fault).toEqual([
      "FLUSSO_MAPPING",
      "dopo extra. scrivere un nome di sole lettere e cifre, minuscola la prima: extra.codiceVarco.",
    ]);
  });
});

describe("a spreadsheet", () => {
  async function readSheet(row: Readonly<Record<string, XlsxCell>>): Promise<unknown> {
    // The sheets of the support have 26 columns.
    const {
      destinatario: { qualita: ___, ...destinatario },
      oraViolazione: _,
      motivoMancataContestazione: __,
      ...rest
    } = makeVerbale(3, "2026-11-03");
    const { indirizzo, ...who } = destinatario;
    const cells: Record<string, XlsxCell> = {
      ...prefix("", rest),
      ...prefix("destinatario.", who),
      ...prefix("destinatario.indirizzo.", indirizzo),
      ...row,
    };
    const bytes = xlsx([Object.keys(cells), Object.values(cells)]);
    const settings = { ...notation, dates: "AAAA-MM-GG", amounts: "cents" } as FlussoSettings;
    const flusso = createFlusso({ settings, inboxRoot: "unused", clock: systemClock });
    const file = {
      name: "flusso.xlsx",
      async *open() {
        yield bytes;
      },
    };
    const [read] = await Array.fromAsync(flusso.readRows(file));
    return read !== undefined && "verbale" in read ? read.verbale : read?.faults;
  }

  function prefix(name: string, values: object): Record<string, string> {
    return Object.fromEntries(Object.entries(values).map(([key, text]) => [name + key, text]));
  }

  test("has speeds with decimals, points, days and columns of the ente's own as their cells show them", async () => {
    const read = await readSheet({
      puntiPatente: 3,
      "velocita.limite": 90,
      "velocita.rilevata": 130.5,
      // As a formula leaves it.
      "velocita.contestata": 123.97000000000001,
      "dispositivo.matricola": 417,
      "dispositivo.taratura.data": { day: 46093 },
      casoArt201: "E",
      "extra.codiceVarco": 7,
    });

    expect(read).toMatchObject({
      puntiPatente: 3,
      velocita: { limite: 90, rilevata: 130.5, contestata: 123.97 },
      dispositivo: { matricola: "417", taratura: { data: "2026-03-12" } },
      casoArt201: "e",
      extra: { codiceVarco: "7" },
    });
  });

  test.each([
    ["123.975", "FLUSSO_FIGURE"],
    ["1500", "FLUSSO_FIGURE"],
    ["-5", "FLUSSO_CELL"],
    ["1E+21", "FLUSSO_CELL"],
  ])("has no speed of %s", async (xml, code) => {
    const read = await readSheet({ "velocita.rilevata": { type: "n", xml: `<v>${xml}</v>` } });

    expect(read).toMatchObject([{ header: "velocita.rilevata", code }]);
  });
});

describe("a line of JSON", () => {
  const verbale = makeVerbale(1, "2026-11-03", {
    contestazioneImmediata: false,
    puntiPatente: 3,
    velocita: { limite: 50, rilevata: 123.5 },
    dispositivo: { decreto: { tipo: "approvazione", data: "2019-05-16" } },
    extra: { codiceVarco: "VARCO 7", corsia: "2" },
  });

  test("has groups in groups, and numbers as numbers", () => {
    expect(readLine(1, JSON.stringify(verbale))).toEqual({ verbale });
  });

  test.each([
    [{ contestazioneImmediata: 1 }, "contestazioneImmediata", "FLUSSO_JSON"],
    [{ contestazioneImmediata: "forse" }, "contestazioneImmediata", "FLUSSO_CHOICE"],
    [{ puntiPatente: "3" }, "puntiPatente", "FLUSSO_FIGURE"],
    [{ puntiPatente: 2.5 }, "puntiPatente", "FLUSSO_FIGURE"],
    [{ velocita: { rilevata: "73" } }, "velocita.rilevata", "FLUSSO_FIGURE"],
    [{ dispositivo: { matricola: 417 } }, "dispositivo.matricola", "FLUSSO_JSON"],
    [{ dispositivo: { tarature: {} } }, "dispositivo.tarature", "FLUSSO_FIELD_UNKNOWN"],
    [{ extra: { "codice varco": "x" } }, "extra.codice varco", "FLUSSO_FIELD_UNKNOWN"],
    [{ extra: { codice: 7 } }, "extra.codice", "FLUSSO_JSON"],
  ])("%j is a fault of %s", (change, header, code) => {
    const content = readLine(1, JSON.stringify({ ...verbale, ...change }));

    expect("faults" in content && content.faults).toMatchObject([{ header, code }]);
  });
});
