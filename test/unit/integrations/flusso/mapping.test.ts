/** The mapping of an ente: what is made of a cell before it is read, and what stays whole because nobody can tell. */
import { describe, expect, test } from "bun:test";
import { systemClock } from "../../../../engine/host/clock.ts";
import { createFlusso } from "../../../../integrations/flusso/flusso.ts";
import { isBodyName, splitName } from "../../../../integrations/flusso/mapping/split-name.ts";
import {
  pickFirstValue,
  splitMoment,
  splitStreet,
  splitTown,
  splitWholeAddress,
} from "../../../../integrations/flusso/mapping/split-address.ts";
import type { FlussoRow } from "../../../../integrations/flusso/port.ts";
import type { FlussoSettings } from "../../../../integrations/flusso/settings.ts";
import { xlsx } from "../../../support/xlsx.ts";

const base: Readonly<Record<string, string>> = {
  numero: "A1",
  dataViolazione: "03/11/2026",
  luogo: "Via Roma",
  targa: "AA000AA",
  articolo: "7",
  descrizione: "Sosta",
  agente: "matr. 1",
  importoRidottoCents: "42,00",
  speseCents: "8,50",
  "destinatario.tipo": "PF",
  "destinatario.cognome": "Inventati",
  "destinatario.nome": "Tommaso",
  "destinatario.codiceFiscale": "NVNTMS66B24X001Q",
  "destinatario.indirizzo.via": "Via Prova 1",
  "destinatario.indirizzo.cap": "26013",
  "destinatario.indirizzo.comune": "Crema",
  "destinatario.indirizzo.provincia": "CR",
};

const plain: FlussoSettings = {
  delimiter: "auto",
  encoding: "auto",
  dates: "GG/MM/AAAA",
  amounts: "1.234,56",
};

interface Change {
  /** Fields whose columns the file does not have. */
  readonly without?: readonly string[];
  /** Columns behind the others, as pairs of header and cell. */
  readonly cells?: readonly (readonly [string, string])[];
  readonly settings?: Partial<FlussoSettings>;
  /** Lines behind the row. */
  readonly tail?: string;
}

/** A file of one row, its columns called as the fields, with a change. */
async function readRow({ without = [], cells = [], settings = {}, tail = "" }: Change) {
  const kept = Object.entries(base).filter(([field]) => !without.includes(field));
  const pairs = [...kept, ...cells];
  const line = (at: 0 | 1): string => pairs.map((pair) => `"${pair[at]}"`).join(";");
  const bytes = new TextEncoder().encode(`${line(0)}\n${line(1)}\n${tail}`);
  return await readBytes(bytes, { ...plain, ...settings });
}

async function readBytes(bytes: Uint8Array, settings: FlussoSettings) {
  const flusso = createFlusso({ settings, inboxRoot: "unused", clock: systemClock });
  const file = {
    name: "flusso.csv",
    async *open() {
      yield bytes;
    },
  };
  const { faults, notes = [], rows } = await flusso.inspect(file, 20);
  const read: FlussoRow[] = [];
  if (rows > 0) for await (const row of flusso.readRows(file)) read.push(row);
  const [first] = read;
  return {
    faults: faults.map(({ code, header, message }) => `${code} ${header ?? "-"}: ${message}`),
    notes,
    rows,
    verbale: (first !== undefined && "verbale" in first ? first.verbale : null) as Record<
      string,
      unknown
    > | null,
    doubts: first !== undefined && "verbale" in first ? (first.doubts ?? []) : [],
  };
}

function pick(verbale: unknown, field: string): unknown {
  let value = verbale;
  for (const part of field.split(".")) value = (value as Record<string, unknown> | null)?.[part];
  return value;
}

describe("a column", () => {
  test.each([
    ["Persona fisica", "PF"],
    ["persona  FISICA", "PF"],
    ["F", "PF"],
    ["g", "PG"],
    ["PG", "PG"],
  ])("with a table of values reads %s as %s", async (text, type) => {
    const { verbale, faults } = await readRow({
      without: ["destinatario.tipo"],
      cells: [["Soggetto", text]],
      settings: {
        columns: {
          Soggetto: {
            to: "destinatario.tipo",
            values: { "Persona fisica": "PF", F: "PF", G: "PG" },
          },
        },
      },
    });

    expect(faults).toEqual([]);
    expect(pick(verbale, "destinatario.tipo")).toBe(type);
  });

  test("whose table does not have the word is a fault at its place", async () => {
    const { faults } = await readRow({
      without: ["destinatario.tipo"],
      cells: [["Soggetto", "X"]],
      settings: { columns: { Soggetto: { to: "destinatario.tipo", values: { F: "PF" } } } },
    });

    expect(faults).toEqual(["FLUSSO_TYPE Soggetto: il tipo di destinatario non è né PF né PG."]);
  });

  test.each([
    ["N.D.", undefined],
    ["n.d.", undefined],
    ["-", undefined],
    ["non disponibile", undefined],
    ["a@pec.example", "a@pec.example"],
    ["a@pec.example; b@pec.example", "a@pec.example"],
    ["mailto:A@PEC.EXAMPLE ", "A@PEC.EXAMPLE"],
  ])("of PEC with words for empty and several addresses reads %s", async (text, pec) => {
    const { verbale, faults } = await readRow({
      cells: [["Domicilio digitale", text]],
      settings: {
        empty: ["N.D.", "-"],
        columns: {
          "Domicilio digitale": {
            to: "destinatario.pec",
            split: "first",
            empty: ["NON DISPONIBILE"],
          },
        },
      },
    });

    expect(faults).toEqual([]);
    expect(pick(verbale, "destinatario.pec")).toBe(pec);
  });

  test("with a default fills its empty cells, and a constant stands where there is no column", async () => {
    const { verbale, faults } = await readRow({
      without: ["speseCents", "agente"],
      cells: [["Spese", ""]],
      settings: {
        columns: { Spese: { to: "speseCents", default: "8,50" } },
        constants: { agente: "Polizia Locale" },
      },
    });

    expect(faults).toEqual([]);
    expect(pick(verbale, "speseCents")).toBe(850);
    expect(pick(verbale, "agente")).toBe("Polizia Locale");
  });

  test.each([
    [["12", "2026", "A"], "12/A/2026"],
    [["12", "2026", ""], "12/2026"],
    [["", "2026", ""], "2026"],
  ])("joined with others %p makes %s", async ([number = "", year = "", series = ""], whole) => {
    const { verbale, faults } = await readRow({
      without: ["numero"],
      cells: [
        ["Anno", year],
        ["N. verbale", number],
        ["Serie", series],
      ],
      settings: {
        columns: {
          "N. verbale": { to: "numero", join: "/" },
          Serie: { to: "numero", join: "/" },
          Anno: { to: "numero", join: "/" },
        },
      },
    });

    expect(faults).toEqual([]);
    expect(pick(verbale, "numero")).toBe(whole);
  });

  test.each([
    ["GG/MM/AA", "3/11/26"],
    ["GG-MM-AAAA", "3-11-2026"],
    ["GG.MM.AAAA", "03.11.2026"],
    ["AAAA/MM/GG", "2026/11/03"],
    ["AAAAMMGG", "20261103"],
    ["GGMMAAAA", "03112026"],
    ["GG-MMM-AA", "03-NOV-26"],
    ["GG-MMM-AAAA", "3-nov-2026"],
    ["MM/GG/AAAA", "11/03/2026"],
    ["GG/MM/AAAA HH:MM", "03/11/2026 00:00"],
    ["AAAA-MM-GG HH:MM", "2026-11-03 00:00:00"],
    ["seriale", "46329"],
  ] as const)("of dates %s reads %s", async (format, text) => {
    const { verbale, faults } = await readRow({
      without: ["dataViolazione"],
      cells: [["Data acc.", text]],
      settings: { columns: { "Data acc.": { to: "dataViolazione", format } } },
    });

    expect(faults).toEqual([]);
    expect(pick(verbale, "dataViolazione")).toBe("2026-11-03");
  });

  test.each([
    [
      "GG/MM/AA",
      "31/11/26",
      "FLUSSO_DATE Data acc.: la data 31/11/2026 non esiste nel calendario.",
    ],
    [
      "GG/MM/AA",
      "03/11/2026",
      "FLUSSO_DATE_AMBIGUOUS Data acc.: la data «03/11/2026» non dice se viene prima il giorno o il mese.",
    ],
    [
      "AAAAMMGG",
      "20261303",
      "FLUSSO_DATE Data acc.: la data 03/13/2026 non esiste nel calendario.",
    ],
    ["seriale", "7", "FLUSSO_DATE Data acc.: la data 7 non esiste nel calendario."],
  ] as const)("of dates %s refuses %s", async (format, text, fault) => {
    const { faults } = await readRow({
      without: ["dataViolazione"],
      cells: [["Data acc.", text]],
      settings: { columns: { "Data acc.": { to: "dataViolazione", format } } },
    });

    expect(faults).toEqual([fault]);
  });

  test.each([
    ["1.234,5", "83", 8300],
    ["1.234,5", "1.083,5", 108350],
    ["1.234,5", "€ 83,00", 8300],
    ["1.234,5", "83,0000", 8300],
    ["1,234.5", "1083.5", 108350],
    ["thousandths", "83000", 8300],
    ["cents", "000000008300", 8300],
  ] as const)("of amounts %s reads %s", async (format, text, cents) => {
    const { verbale, faults } = await readRow({
      without: ["speseCents"],
      cells: [["Spese", text]],
      settings: { columns: { Spese: { to: "speseCents", format } } },
    });

    expect(faults).toEqual([]);
    expect(pick(verbale, "speseCents")).toBe(cents);
  });

  test.each([
    ["1.234,5", "83,005"],
    ["1.234,5", "83.00"],
    ["thousandths", "83001"],
  ] as const)("of amounts %s refuses %s", async (format, text) => {
    const { faults } = await readRow({
      without: ["speseCents"],
      cells: [["Spese", text]],
      settings: { columns: { Spese: { to: "speseCents", format } } },
    });

    expect(faults).toHaveLength(1);
    expect(faults[0]).toStartWith("FLUSSO_AMOUNT Spese");
  });

  test("without a name is told by its place, and the second of a name by its turn", async () => {
    const { verbale, faults } = await readRow({
      without: ["luogo", "destinatario.indirizzo.via"],
      cells: [
        ["Indirizzo", "Via del fatto 3"],
        ["Indirizzo", "Via di casa 4"],
        ["", "Presso Bianchi"],
      ],
      settings: {
        columns: {
          Indirizzo: "luogo",
          "Indirizzo (2)": "destinatario.indirizzo.via",
          "(18)": "destinatario.indirizzo.presso",
        },
      },
    });

    expect(faults).toEqual([]);
    expect(pick(verbale, "luogo")).toBe("Via del fatto 3");
    expect(pick(verbale, "destinatario.indirizzo.via")).toBe("Via di casa 4");
    expect(pick(verbale, "destinatario.indirizzo.presso")).toBe("Presso Bianchi");
  });

  test("that the mapping waits for and the file does not have is a fault", async () => {
    const { faults } = await readRow({
      cells: [["Varco", "7"]],
      settings: {
        columns: { Varco: "extra.varco", Trasgressore: { to: "extra.nome", default: "-" } },
      },
    });

    expect(faults).toEqual(["FLUSSO_COLUMN_MISSING Trasgressore: la colonna manca."]);
  });

  test("of an XLSX is taken apart and formatted like one of a CSV", async () => {
    const names = Object.keys(base).filter(
      (field) => !["dataViolazione", "speseCents", "numero"].includes(field),
    );
    const file = xlsx([
      ["Numero", ...names, "Data e ora", "Spese"],
      [12, ...names.map((field) => base[field] ?? ""), { day: 46329.378472222219 }, 8.5],
    ]);
    const { verbale, faults } = await readBytes(file, {
      ...plain,
      columns: { Numero: "numero", "Data e ora": { split: "data-ora" }, Spese: "speseCents" },
    });

    expect(faults).toEqual([]);
    expect(verbale).toMatchObject({
      dataViolazione: "2026-11-03",
      oraViolazione: "09:05",
      speseCents: 850,
    });
  });
});

describe("rows that are no verbali", () => {
  const width = Object.keys(base).length;
  const header = Object.keys(base)
    .map((name) => `"${name}"`)
    .join(";");

  test("are left out by the rules of the ente, and told", async () => {
    const { rows, faults, notes } = await readRow({
      settings: {
        skip: [
          { begins: "totale" },
          { column: "numero", is: "Numero" },
          { column: "numero", empty: true },
        ],
      },
      tail: `${header.replace('"numero"', '"Numero"')}\n${";".repeat(width - 2)}x;\nTotale verbali: 1\n`,
    });

    expect(faults).toEqual([]);
    expect(rows).toBe(1);
    expect(notes).toEqual([
      "Le righe 3, 4, 5 non sono verbali: saltate, come vogliono le impostazioni dell'ente.",
    ]);
  });

  test("are faults where no rule names them", async () => {
    const { faults } = await readRow({ tail: "Totale verbali: 1\n" });

    expect(faults).toEqual([`FLUSSO_RAGGED_ROW -: la riga ha 1 valore, le colonne sono ${width}.`]);
  });
});

describe("a name in one cell", () => {
  const code = "NVNTMS66B24X001Q";
  test.each([
    ["ROSSI MARIO", "", { surname: "ROSSI", name: "MARIO" }],
    ["ROSSI, MARIA GRAZIA", "", { surname: "ROSSI", name: "MARIA GRAZIA" }],
    ["INVENTATI TOMMASO", code, { surname: "INVENTATI", name: "TOMMASO" }],
    ["TOMMASO INVENTATI", code, { surname: "INVENTATI", name: "TOMMASO" }],
    ["DE LUCA MARIA GRAZIA", "DLCMGR80A41H501H", { surname: "DE LUCA", name: "MARIA GRAZIA" }],
    ["DE LUCA MARIO", "DLCMRA80A01H501F", { surname: "DE LUCA", name: "MARIO" }],
  ] as const)("%s with the code «%s» is taken apart", (text, taxCode, expected) => {
    expect(splitName(text, { order: "surname-first", taxCode, type: "PF" })).toEqual(expected);
  });

  test.each([
    ["DE LUCA MARIA GRAZIA", ""],
    ["DE LUCA MARIO", ""],
    ["DE LUCA", ""],
    ["ROSSI ANNA MARIA", ""],
    ["MADONNA", ""],
    ["EDILE S.R.L.", ""],
    ["BIANCHI CARLA", code],
  ])("%s with the code «%s» stays whole, and says why", (text, taxCode) => {
    const read = splitName(text, { order: "surname-first", taxCode, type: "PF" });

    expect(read).toEqual({ whole: text, why: expect.any(String) });
  });

  test.each([
    ["ALFA S.R.L.", true],
    ["BETA SPA", true],
    ["GAMMA DI ROSSI & C. S.N.C.", true],
    ["COMUNE DI CREMA", true],
    ["DELTA LEASING ITALIA", true],
    ["SPAGNOLI MARIO", false],
    ["SASSI LUCA", false],
    ["RENTI PAOLO", false],
  ])("%s is of a body: %p", (text, expected) => {
    expect(isBodyName(text)).toBe(expected);
  });

  test("is asked of the row: who is PF or PG, and the code that proves the surname", async () => {
    const without = ["destinatario.tipo", "destinatario.cognome", "destinatario.nome"];
    const settings: Partial<FlussoSettings> = {
      deduce: ["destinatario.tipo"],
      columns: { Trasgressore: { split: "cognome-nome" } },
    };
    const proven = await readRow({
      without,
      cells: [["Trasgressore", "INVENTATI TOMMASO"]],
      settings,
    });
    const company = await readRow({
      without: [...without, "destinatario.codiceFiscale"],
      cells: [
        ["Trasgressore", "ALFA S.R.L."],
        ["destinatario.partitaIva", "00123456782"],
      ],
      settings,
    });
    const doubtful = await readRow({
      without: [...without, "destinatario.codiceFiscale"],
      cells: [
        ["Trasgressore", "BAR DA MARIO"],
        ["destinatario.partitaIva", "00123456782"],
      ],
      settings,
    });

    expect(proven.verbale).toMatchObject({
      destinatario: { tipo: "PF", cognome: "INVENTATI", nome: "TOMMASO" },
    });
    expect(proven.doubts).toEqual([]);
    expect(company.verbale).toMatchObject({
      destinatario: { tipo: "PG", denominazione: "ALFA S.R.L." },
    });
    expect(company.doubts).toEqual([]);
    expect(doubtful.doubts.map(({ kind }) => kind)).toEqual(["type"]);
  });

  test.each([
    ["PF", "INVENTATI", "TOMMASO", { cognome: "INVENTATI", nome: "TOMMASO" }],
    ["PG", "ALFA", "", { denominazione: "ALFA" }],
  ])("of %s may be a surname or a body, %s", async (type, text, name, expected) => {
    const { verbale, doubts } = await readRow({
      without: ["destinatario.tipo", "destinatario.cognome", "destinatario.nome"],
      cells: [
        ["Tipo", type],
        ["Cognome/Rag. soc.", text],
        ["Nome", name],
      ],
      settings: {
        columns: {
          Tipo: "destinatario.tipo",
          "Cognome/Rag. soc.": { split: "cognome-o-denominazione" },
          Nome: "destinatario.nome",
        },
      },
    });

    expect(doubts).toEqual([]);
    expect(verbale).toMatchObject({ destinatario: expected });
  });
});

describe("an address in one cell", () => {
  test.each([
    ["VIA ROMA 12/A INT. 3", { via: "VIA ROMA", civico: "12/A", dettagli: "INT. 3" }],
    [
      "VIA ROMA, N. 12 SCALA B PIANO 3 INTERNO 14 PRESSO FAMIGLIA BIANCHI",
      {
        via: "VIA ROMA",
        civico: "12",
        dettagli: "SCALA B PIANO 3 INTERNO 14",
        presso: "FAMIGLIA BIANCHI",
      },
    ],
    ["C.SO UMBERTO I° 3", { via: "C.SO UMBERTO I°", civico: "3" }],
    ["VIA ROMA S.N.C.", { via: "VIA ROMA", civico: "SNC" }],
    ["VIA 4 NOVEMBRE", { via: "VIA 4 NOVEMBRE" }],
    ["VIA 25 APRILE 10", { via: "VIA 25 APRILE", civico: "10" }],
    ["VIA XX SETTEMBRE 5 R", { via: "VIA XX SETTEMBRE", civico: "5 R" }],
    ["VIA DELLA SCALA 5", { via: "VIA DELLA SCALA", civico: "5" }],
    ["VIA SCALABRINI 7/B", { via: "VIA SCALABRINI", civico: "7/B" }],
    ["S.S. 16 KM 3,400", { via: "S.S. 16", civico: "KM 3,400" }],
    ["VIA ROMA 12/A\nINT. 3", { via: "VIA ROMA", civico: "12/A", dettagli: "INT. 3" }],
  ])("%s is taken apart", (text, parts) => {
    expect(splitStreet(text)).toEqual({ parts, why: null });
  });

  test.each(["STRADA PROVINCIALE 12", "VIA ROMA 12 14", "VIA ROMA12", "VIA ROMA INT. 3"])(
    "%s stays whole",
    (text) => {
      expect(splitStreet(text)).toEqual({
        parts: { via: text },
        why: "il numero civico non si distingue dal nome della via.",
      });
    },
  );

  test.each([
    [
      "30027 SAN DONÀ DI PIAVE (VE)",
      { cap: "30027", comune: "SAN DONÀ DI PIAVE", provincia: "VE" },
    ],
    [
      "I-30020 NOVENTA DI PIAVE - VE",
      { cap: "30020", comune: "NOVENTA DI PIAVE", provincia: "VE" },
    ],
    ["46027 SAN BENEDETTO PO", { cap: "46027", comune: "SAN BENEDETTO PO" }],
    ["46027 SAN BENEDETTO PO MN", { cap: "46027", comune: "SAN BENEDETTO PO", provincia: "MN" }],
    ["CREMA CR", { comune: "CREMA", provincia: "CR" }],
  ])("%s is taken apart into a town", (text, parts) => {
    expect(splitTown(text)).toEqual({ parts, why: null });
  });

  test("SAN BENEDETTO PO alone may be of Prato: it stays whole", () => {
    expect(splitTown("SAN BENEDETTO PO").why).not.toBeNull();
  });

  test.each([
    ["VIA ROMA 12 - 30027 SAN DONÀ DI PIAVE (VE)", null],
    ["VIA ROMA 12, 30027 SAN DONÀ DI PIAVE VE", null],
    ["VIA ROMA 12", "non si trova il CAP fra la via e il comune."],
    ["30027 SAN DONÀ", "non si trova il CAP fra la via e il comune."],
  ])("whole, %s: %p", (text, why) => {
    expect(splitWholeAddress(text).why).toBe(why);
  });

  test("that is in doubt stays in the street, and the row says so", async () => {
    const { verbale, doubts } = await readRow({
      without: ["destinatario.indirizzo.via"],
      cells: [["Residenza", "STRADA PROVINCIALE 12"]],
      settings: { columns: { Residenza: { split: "via-civico" } } },
    });

    expect(pick(verbale, "destinatario.indirizzo.via")).toBe("STRADA PROVINCIALE 12");
    expect(doubts).toEqual([
      {
        kind: "street",
        header: "Residenza",
        why: "il numero civico non si distingue dal nome della via.",
      },
    ]);
  });
});

test.each([
  ["03/11/2026 09:05", "03/11/2026", "09:05"],
  ["2026-11-03T09:05:00", "2026-11-03", "09:05:00"],
  ["03/11/2026 ore 9.05", "03/11/2026", "9.05"],
  ["03/11/2026", "03/11/2026", ""],
])("the moment %s is a day and a time", (text, day, time) => {
  expect(splitMoment(text)).toEqual({ day, time });
});

test.each([
  ["a@pec.example,b@pec.example", "a@pec.example"],
  ["a@pec.example b@pec.example", "a@pec.example"],
  ["a@pec.example.", "a@pec.example"],
  ["mailto:a@pec.example", "a@pec.example"],
])("of %s the first is taken", (text, first) => {
  expect(pickFirstValue(text)).toBe(first);
});
