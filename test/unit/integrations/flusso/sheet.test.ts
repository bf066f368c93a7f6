/** Reading a flusso from a spreadsheet: cells become the text that a CSV would hold; what a spreadsheet spoils is told. */
import { describe, expect, test } from "bun:test";
import { strToU8, zipSync } from "fflate";
import { systemClock } from "../../../../engine/host/clock.ts";
import { createFlusso } from "../../../../integrations/flusso/flusso.ts";
import type { FlussoFile, FlussoRow, Inspection } from "../../../../integrations/flusso/port.ts";
import type { FlussoSettings } from "../../../../integrations/flusso/settings.ts";
import { workbook, xlsx, type XlsxCell } from "../../../support/xlsx.ts";

const columns = {
  Numero: "numero",
  Data: "dataViolazione",
  Ora: "oraViolazione",
  Luogo: "luogo",
  Targa: "targa",
  Articolo: "articolo",
  Violazione: "descrizione",
  Agente: "agente",
  Ridotto: "importoRidottoCents",
  Spese: "speseCents",
  Tipo: "destinatario.tipo",
  Denominazione: "destinatario.denominazione",
  "Partita IVA": "destinatario.partitaIva",
  Via: "destinatario.indirizzo.via",
  Civico: "destinatario.indirizzo.civico",
  CAP: "destinatario.indirizzo.cap",
  Comune: "destinatario.indirizzo.comune",
  Prov: "destinatario.indirizzo.provincia",
  Avvisi: "posizioni.numeroAvviso",
};
const names = Object.keys(columns);
const italian: FlussoSettings = {
  columns,
  delimiter: "auto",
  encoding: "auto",
  dates: "GG/MM/AAAA",
  amounts: "1.234,56",
};

/** 3 November 2026. */
const day = 46_329;

function row(changes: Readonly<Record<string, XlsxCell>> = {}): readonly XlsxCell[] {
  const cells: Readonly<Record<string, XlsxCell>> = {
    Numero: "AB1",
    Data: { day },
    Ora: { time: 0.586_805_555_555_555_5 },
    Luogo: "Via Roma",
    Targa: "AA000AA",
    Articolo: "7/9",
    Violazione: "Accesso in ZTL",
    Agente: "matr. 12",
    Ridotto: 83,
    Spese: 15.5,
    Tipo: "PG",
    Denominazione: "Però S.r.l.",
    "Partita IVA": "00000000000",
    Via: "Via Larga",
    Civico: 12,
    CAP: "26013",
    Comune: "Crema",
    Prov: "CR",
    Avvisi: "302000000000000123",
    ...changes,
  };
  return names.map((name) => cells[name] ?? null);
}

function file(bytes: Uint8Array, name = "flusso.xlsx"): FlussoFile {
  return {
    name,
    async *open() {
      for (let at = 0; at < bytes.length; at += 997) yield bytes.subarray(at, at + 997);
    },
  };
}

function reader(settings: FlussoSettings = italian) {
  return createFlusso({ settings, inboxRoot: "unused", clock: systemClock });
}

async function rowsOf(bytes: Uint8Array, settings?: FlussoSettings): Promise<readonly FlussoRow[]> {
  return await Array.fromAsync(reader(settings).readRows(file(bytes)));
}

async function faultsOf(bytes: Uint8Array): Promise<Inspection["faults"]> {
  return (await reader().inspect(file(bytes), 20)).faults;
}

/** The archive with another size in its index for the unpacked first part. */
function claiming(archive: Uint8Array, size: number): Uint8Array {
  const bytes = Buffer.from(archive);
  bytes.writeUInt32LE(size, bytes.indexOf(Buffer.from([0x50, 0x4b, 1, 2])) + 24);
  return bytes;
}

/** What is said of the one cell that is not as it should be. */
async function faultIn(name: string, cell: XlsxCell): Promise<string> {
  const [fault, ...others] = await faultsOf(xlsx([names, row({ [name]: cell })]));
  expect(others).toEqual([]);
  expect(fault).toMatchObject({ line: 2, column: names.indexOf(name) + 1, header: name });
  return `${fault?.code}: ${fault?.message}`;
}

describe("a spreadsheet", () => {
  test("is read as its first sheet, by its content and not by its name", async () => {
    const bytes = xlsx([names, row(), null, row({ Numero: 7 })]);

    const rows = await Array.fromAsync(reader().readRows(file(bytes, "esportazione.csv")));

    expect(rows.map(({ line, key }) => [line, key])).toEqual([
      [2, "AB1"],
      [4, "7"],
    ]);
    expect(rows[0]).toMatchObject({
      verbale: {
        numero: "AB1",
        dataViolazione: "2026-11-03",
        oraViolazione: "14:05",
        articolo: "7/9",
        importoRidottoCents: 8300,
        speseCents: 1550,
        destinatario: {
          denominazione: "Però S.r.l.",
          partitaIva: "00000000000",
          indirizzo: { civico: "12", cap: "26013" },
        },
        posizioni: [{ numeroAvviso: "302000000000000123" }],
      },
    });
  });

  test("of an ente that writes ISO days and cents holds the same", async () => {
    const settings: FlussoSettings = { ...italian, dates: "AAAA-MM-GG", amounts: "cents" };

    const rows = await rowsOf(xlsx([names, row({ Ridotto: 8300, Spese: 0 })]), settings);

    expect(rows[0]).toMatchObject({
      verbale: { dataViolazione: "2026-11-03", importoRidottoCents: 8300, speseCents: 0 },
    });
  });

  test("may hold days, times and amounts as text too, as the ente writes them", async () => {
    const cells = { Data: "03/11/2026", Ora: "9.30", Ridotto: "1.083,00", Spese: "15,50" };

    const rows = await rowsOf(xlsx([names, row(cells)]));

    expect(rows[0]).toMatchObject({
      verbale: {
        dataViolazione: "2026-11-03",
        oraViolazione: "09:30",
        importoRidottoCents: 108_300,
        speseCents: 1550,
      },
    });
  });

  test("tells numbers that stand on two rows, and a value beside the named columns", async () => {
    const faults = await faultsOf(xlsx([names, row(), [...row(), "nota"]]));

    expect(faults.map(({ line, code }) => [line, code])).toEqual([
      [2, "FLUSSO_NUMBER_TWICE"],
      [3, "FLUSSO_NUMBER_TWICE"],
      [3, "FLUSSO_COLUMN_UNNAMED"],
    ]);
  });

  test("with amounts a hair beside their cents, as sums come out, is read", async () => {
    const rows = await rowsOf(xlsx([names, row({ Ridotto: 83.100_000_000_000_01 })]));

    expect(rows[0]).toMatchObject({ verbale: { importoRidottoCents: 8310 } });
  });
});

describe("what a spreadsheet spoils is told", () => {
  test("a house number that became a day", async () => {
    expect(await faultIn("Civico", { day })).toBe(
      "FLUSSO_CELL: il foglio di calcolo ha reso il valore una data.",
    );
  });

  test("a CAP and a partita IVA without their first zeros", async () => {
    const message = "FLUSSO_CELL: la cella è un numero: gli zeri iniziali sono andati perduti.";
    expect(await faultIn("CAP", 184)).toBe(message);
    expect(await faultIn("Partita IVA", 123_456_789)).toBe(message);
  });

  test("a notice code that became a number", async () => {
    expect(await faultIn("Avvisi", 302_000_000_000_000_128)).toBe(
      "FLUSSO_CELL: la cella è un numero con decimali, con segno o con più di 15 cifre.",
    );
  });

  test("an article that became a number with decimals", async () => {
    expect(await faultIn("Articolo", 142.8)).toBe(
      "FLUSSO_CELL: la cella è un numero con decimali, con segno o con più di 15 cifre.",
    );
  });

  test("an amount with fractions of a cent, or below zero", async () => {
    expect(await faultIn("Ridotto", 83.105)).toBe("FLUSSO_CELL: l'importo ha più di due decimali.");
    expect(await faultIn("Ridotto", -83)).toStartWith("FLUSSO_AMOUNT: l'importo «-83,00»");
  });

  test("a day that is no day, or has a time", async () => {
    expect(await faultIn("Data", 46_329)).toStartWith("FLUSSO_DATE: la data «46329»");
    expect(await faultIn("Data", { day: 46_329.5 })).toStartWith("FLUSSO_DATE: ");
  });

  test("a formula that failed, with its place", async () => {
    const cell = { type: "e", xml: "<f>1/0</f><v>#DIV/0!</v>" };

    const faults = await faultsOf(xlsx([names, row(), row({ Numero: "AB2", Luogo: cell })]));

    expect(faults).toEqual([
      {
        line: 3,
        column: 4,
        header: null,
        code: "FLUSSO_CELL",
        message: "la formula della cella dà un errore.",
        remedy: "correggere la formula, o scrivere il valore, e salvare di nuovo.",
      },
    ]);
  });

  test("the results of formulas are read, an empty text too", async () => {
    const cell = { type: "str", xml: "<f>A1&amp;B1</f><v>Via Roma 3</v>" };
    const none = { type: "str", xml: '<f>""</f><v></v>' };

    const rows = await rowsOf(xlsx([names, row({ Luogo: cell, Civico: none })]));

    expect(rows[0]).toMatchObject({ verbale: { luogo: "Via Roma 3" } });
    expect(rows[0]).not.toHaveProperty("verbale.destinatario.indirizzo.civico");
  });
});

describe("a file that cannot be read is refused with the reason", () => {
  const cell = (place: string) => `<c r="${place}" t="inlineStr"><is><t>x</t></is></c>`;
  const tooLarge = "il foglio di calcolo è troppo grande";
  const cases: readonly (readonly [string, Uint8Array, string])[] = [
    ["cut off", xlsx([names, row()]).subarray(0, 900), "il foglio di calcolo è rovinato"],
    [
      "another archive",
      zipSync({ "content.xml": strToU8("<a/>") }),
      "il file è un archivio, ma non un foglio di calcolo XLSX.",
    ],
    [
      "a cell at the far end of the sheet",
      workbook(`<sheetData><row r="1">${cell("A1")}${cell("XFD1")}</row></sheetData>`),
      tooLarge,
    ],
    [
      "a cell at the bottom of the sheet",
      workbook(`<sheetData><row r="1048576">${cell("A1048576")}</row></sheetData>`),
      tooLarge,
    ],
    ["an archive that unpacks to 200 MB", claiming(workbook("<sheetData/>"), 200e6), tooLarge],
    [
      "formulas that were never worked out",
      xlsx([names, row({ Luogo: { type: "n", xml: "<f>A1&amp;B1</f><v></v>" } })]),
      "il foglio contiene formule mai calcolate",
    ],
    ["no rows", xlsx([names]), "il file non contiene verbali."],
    ["nothing at all", workbook("<sheetData/>"), "il file non contiene verbali."],
    [
      "the binary format of old, or one with a password",
      new Uint8Array([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]),
      "il file è un foglio di calcolo che non si può leggere",
    ],
  ];
  for (const [name, bytes, message] of cases)
    test(name, async () => {
      const faults = await faultsOf(bytes);

      expect(faults).toHaveLength(1);
      expect(faults[0]?.message).toStartWith(message);
      expect(faults[0]?.line).toBe(0);
    });
});
