/** Spreadsheets as other programs write them: cells without a place, hidden sheets and rows, codes kept by a format, files made to hang a reader. */
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { strToU8, zipSync } from "fflate";
import { systemClock } from "../../../../engine/host/clock.ts";
import { createFlusso } from "../../../../integrations/flusso/flusso.ts";
import type { FlussoFile } from "../../../../integrations/flusso/port.ts";
import { readCells } from "../../../../integrations/flusso/sheet/cells.ts";
import { BrokenXml, walkXml } from "../../../../integrations/xml.ts";
import type { FlussoSettings } from "../../../../integrations/flusso/settings.ts";
import { referenceFolder } from "../../../conformance/tally.ts";

const plain: FlussoSettings = {
  delimiter: "auto",
  encoding: "auto",
  dates: "AAAA-MM-GG",
  amounts: "cents",
};
const names = [
  "numero",
  "dataViolazione",
  "luogo",
  "targa",
  "articolo",
  "descrizione",
  "agente",
  "importoRidottoCents",
  "speseCents",
  "destinatario.tipo",
  "destinatario.cognome",
  "destinatario.indirizzo.via",
  "destinatario.indirizzo.cap",
  "destinatario.indirizzo.comune",
  "destinatario.indirizzo.provincia",
];
const values =
  "AB1;2026-11-03;Via Roma;AA000AA;7;Sosta;m1;8300;1500;PF;Rossi;Via Larga;26013;Crema;CR".split(
    ";",
  );

const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const related = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

const text = (value: string) => `<c t="inlineStr"><is><t>${Bun.escapeHTML(value)}</t></is></c>`;
const rowOf = (cells: readonly string[], attributes = "") =>
  `<row${attributes}>${cells.join("")}</row>`;
const header = rowOf(names.map(text));
const line = (number: string, attributes = "") =>
  rowOf([number, ...values.slice(1)].map(text), attributes);
const data = (...rows: readonly string[]) => `<sheetData>${rows.join("")}</sheetData>`;

interface Book {
  readonly sheets: readonly { name: string; state?: string; xml: string }[];
  readonly styles?: string;
  readonly texts?: string;
  readonly prefix?: string;
}

function book({ sheets, styles, texts, prefix = "" }: Book): Uint8Array {
  const list = sheets
    .map(
      ({ name, state }, at) =>
        `<sheet name="${name}" sheetId="${at + 1}"${state === undefined ? "" : ` state="${state}"`} r:id="rId${at + 1}"/>`,
    )
    .join("");
  const relations = [
    ...sheets.map((_, at) => ["worksheet", `worksheets/sheet${at + 1}.xml`]),
    ["styles", "styles.xml"],
    ["sharedStrings", "sharedStrings.xml"],
  ].map(
    ([kind, target], at) =>
      `<Relationship Id="rId${at + 1}" Type="${related}/${kind}" Target="${target}"/>`,
  );
  const parts: Record<string, string> = {
    "xl/workbook.xml": `<workbook xmlns="${main}" xmlns:r="${related}"><sheets>${list}</sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": `<Relationships>${relations.join("")}</Relationships>`,
    ...(styles === undefined
      ? {}
      : { "xl/styles.xml": `<styleSheet xmlns="${main}">${styles}</styleSheet>` }),
    ...(texts === undefined
      ? {}
      : { "xl/sharedStrings.xml": `<sst xmlns="${main}">${texts}</sst>` }),
  };
  for (const [at, { xml }] of sheets.entries())
    parts[`xl/worksheets/sheet${at + 1}.xml`] =
      `<${prefix}worksheet xmlns${prefix === "" ? "" : `:${prefix.slice(0, -1)}`}="${main}">${xml}</${prefix}worksheet>`;
  return zipSync(
    Object.fromEntries(Object.entries(parts).map(([name, xml]) => [name, strToU8(xml)])),
  );
}

function oneSheet(xml: string, more: Omit<Book, "sheets"> = {}): Uint8Array {
  return book({ sheets: [{ name: "Verbali", xml }], ...more });
}

function file(bytes: Uint8Array): FlussoFile {
  return {
    name: "flusso.xlsx",
    async *open() {
      yield bytes;
    },
  };
}

async function inspect(bytes: Uint8Array, settings = plain) {
  const flusso = createFlusso({ settings, inboxRoot: "unused", clock: systemClock });
  return await flusso.inspect(file(bytes), 50);
}

async function verbaliOf(bytes: Uint8Array, settings = plain) {
  const flusso = createFlusso({ settings, inboxRoot: "unused", clock: systemClock });
  const rows = await Array.fromAsync(flusso.readRows(file(bytes)));
  return rows.map((row) => ("verbale" in row ? (row.verbale as Record<string, unknown>) : row));
}

describe("a sheet as other programs write it", () => {
  const expected = { numero: "AB1", targa: "AA000AA", importoRidottoCents: 8300 };
  const shared = [...names, ...values].map((value) => `<si><t>${value}</t></si>`).join("");
  const byIndex = (from: number) => rowOf(names.map((_, at) => `<c t="s"><v>${from + at}</v></c>`));

  test.each([
    ["rows and cells without a place", oneSheet(data(header, line("AB1")))],
    ["a place for rows alone", oneSheet(data(header, line("AB1", ' r="5"')))],
    ["texts that are shared", oneSheet(data(byIndex(0), byIndex(names.length)), { texts: shared })],
    [
      "texts in runs, with a reading aid",
      oneSheet(
        data(
          header,
          rowOf([
            `<c t="inlineStr"><is><r><t>A</t></r><r><t>B1</t></r><rPh sb="0" eb="1"><t>x</t></rPh></is></c>`,
            ...values.slice(1).map(text),
          ]),
        ),
      ),
    ],
    [
      "a prefix for every element",
      oneSheet(data(header, line("AB1")).replaceAll(/<(\/?)(\w)/g, "<$1x:$2"), { prefix: "x:" }),
    ],
    [
      "titles above the names",
      oneSheet(data(rowOf([text("Elenco dei verbali")]), rowOf([]), header, line("AB1"))),
    ],
  ])("%s", async (_, bytes) => {
    const [verbale] = await verbaliOf(bytes);

    expect(verbale).toMatchObject(expected);
  });

  const styles = `<numFmts><numFmt numFmtId="164" formatCode="00000"/><numFmt numFmtId="165" formatCode="[$-410]00000;@"/><numFmt numFmtId="166" formatCode="0.00"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/></cellXfs>`;
  const withCap = (style: number, cap = "184") =>
    oneSheet(
      data(
        header,
        rowOf(
          values.map((value, at) =>
            at === 12 ? `<c s="${style}"><v>${cap}</v></c>` : text(value),
          ),
        ),
      ),
      { styles },
    );

  test.each([1, 2])("a CAP is whole where format %d shows its zeros", async (style) => {
    expect(await verbaliOf(withCap(style))).toMatchObject([
      { destinatario: { indirizzo: { cap: "00184" } } },
    ]);
  });

  test.each([0, 3])("a CAP that format %d shows without zeros is told", async (style) => {
    expect((await inspect(withCap(style))).faults.map(({ code }) => code)).toEqual(["FLUSSO_CELL"]);
  });

  test("what happened to a whole column is told once", async () => {
    const rows = Array.from({ length: 15 }, (_, at) =>
      rowOf(
        [`AB${at}`, ...values.slice(1)].map((value, column) =>
          column === 12 ? "<c><v>184</v></c>" : text(value),
        ),
      ),
    );

    const { faults, sheet } = await inspect(oneSheet(data(header, ...rows)));

    expect(sheet).toBe("Verbali");
    expect(faults.map(({ line: at, message }) => `${at}: ${message}`)).toEqual([
      "2: la cella è un numero: gli zeri iniziali sono andati perduti (così anche alle righe 3, 4, 5, 6 e altre 10).",
    ]);
  });
});

describe("which sheet and which rows", () => {
  const good = data(header, line("AB1"));
  const other = data(rowOf([text("altro")]));

  test("a hidden sheet is never the first", async () => {
    const bytes = book({
      sheets: [
        { name: "Vecchi", state: "hidden", xml: data(header, line("OLD")) },
        { name: "Verbali", xml: good },
        { name: "Note", xml: other },
      ],
    });

    expect((await inspect(bytes)).notes).toEqual([
      "Letto il foglio «Verbali», non «Note»; un foglio nascosto non è stato letto.",
    ]);
    expect(await verbaliOf(bytes)).toMatchObject([{ numero: "AB1" }]);
  });

  test("the ente names its sheet", async () => {
    const bytes = book({
      sheets: [
        { name: "Note", xml: other },
        { name: "Verbali", state: "veryHidden", xml: good },
      ],
    });

    expect(await verbaliOf(bytes, { ...plain, sheet: "verbali" })).toMatchObject([
      { numero: "AB1" },
    ]);
    expect((await inspect(bytes, { ...plain, sheet: "Multe" })).faults).toMatchObject([
      {
        code: "FLUSSO_SHEET",
        message:
          "il foglio «Multe», indicato nel file dell'ente, non c'è: ci sono «Note», «Verbali».",
      },
    ]);
  });

  test("where all sheets are hidden nothing is read", async () => {
    const bytes = book({ sheets: [{ name: "Verbali", state: "hidden", xml: good }] });

    expect((await inspect(bytes)).faults.map(({ code }) => code)).toEqual(["FLUSSO_SHEET"]);
  });

  const filtered = oneSheet(
    data(header, line("AB1"), line("AB2", ' hidden="1"'), line("AB3", ' hidden="true"')),
  );

  test("rows that a filter hides are read, and told", async () => {
    expect((await inspect(filtered)).notes).toEqual([
      "Le righe 3, 4 sono nascoste (forse da un filtro): sono state lette come le altre. Per scartarle: chiedere al tecnico di dichiarare che le righe nascoste non valgono.",
    ]);
    expect(await verbaliOf(filtered)).toHaveLength(3);
  });

  test("hiddenRows: reject leaves them out one by one", async () => {
    const settings: FlussoSettings = { ...plain, hiddenRows: "reject" };
    const inspection = await inspect(filtered, settings);
    const rows = await verbaliOf(filtered, settings);

    // The file itself is not refused for them.
    expect(inspection.faults).toEqual([]);
    expect(inspection.notes).toEqual([
      "Le righe 3, 4 sono nascoste (forse da un filtro): scartate, come vogliono le impostazioni dell'ente.",
    ]);

    expect(rows).toMatchObject([
      { numero: "AB1" },
      { key: "AB2", faults: [{ code: "FLUSSO_HIDDEN_ROW" }] },
      { key: "AB3", faults: [{ code: "FLUSSO_HIDDEN_ROW" }] },
    ]);
  });
});

describe("a file that cannot be read is one sentence about the file", () => {
  const deep = "<a>".repeat(3_000_000);
  const wide = rowOf(["<c><v>1</v></c>".repeat(2_000_000)]);
  const long = `<row><c><v>1</v></c></row>`.repeat(1_000_000);
  const damaged = "il foglio di calcolo è rovinato, o protetto da password.";
  const tooLarge = "il foglio di calcolo è troppo grande";

  test.each([
    ["XML that is not well-formed", oneSheet("<sheetData><row></sheetData>"), damaged],
    ["an attribute without quotes", oneSheet("<sheetData><row r=1/></sheetData>"), damaged],
    ["XML that ends too early", oneSheet("<sheetData><row>"), damaged],
    ["nothing where XML should be", oneSheet(""), "il file non contiene verbali."],
    ["a text that is not there", oneSheet(data(rowOf(['<c t="s"><v>99</v></c>']))), damaged],
    ["a number that is none", oneSheet(data(rowOf(["<c><v>x</v></c>"]))), damaged],
    ["a row that goes back", oneSheet(data('<row r="3"/>', '<row r="2"/>')), damaged],
    ["a very deep one", oneSheet(deep), damaged],
    ["a very wide one", oneSheet(data(wide)), tooLarge],
    ["a very long one", oneSheet(data(long)), tooLarge],
  ])("%s", async (_, bytes, message) => {
    const { faults } = await inspect(bytes);

    expect(faults).toHaveLength(1);
    expect(faults[0]?.message).toStartWith(message);
  });

  test.each([
    ["wide", data(rowOf(['<c t="s"><v>0</v></c>'.repeat(5_000)])), 200],
    ["wide, by the place of a cell", data(rowOf(['<c r="ZZ1" t="s"><v>0</v></c>'])), 0],
    ["long", data(rowOf(['<c t="s"><v>0</v></c>']).repeat(15_000)), 10_001],
    ["long, by the number of a row", data('<row r="10002"><c t="s"><v>0</v></c></row>'), 0],
  ])("no cell behind the limit of a %s one is looked at", (_, xml, cells) => {
    let looked = 0;
    const texts = new Proxy(["testo"], {
      get(list, key) {
        looked += 1;
        return Reflect.get(list, key) as unknown;
      },
    });

    const found = readCells(xml, { texts, formats: [] });

    expect(found).toHaveProperty("message", expect.stringContaining(tooLarge));
    expect(looked).toBe(cells);
  });

  test("no element deeper than the 64th of a nest is looked at", () => {
    let looked = 0;

    const read = () => walkXml("<a>".repeat(5_000), { open: () => void (looked += 1) });

    expect(read).toThrow(BrokenXml);
    expect(looked).toBe(64);
  });
});

const trials = join(referenceFolder, "trials");

describe.skipIf(!existsSync(trials))(
  "files of the office (skipped where they are not at hand)",
  () => {
    const settings: FlussoSettings = {
      ...plain,
      dates: "GG/MM/AAAA",
      amounts: "1.234,56",
      columns: {
        "Numero verbale": "numero",
        Protocollo: "protocollo",
        "Data violazione": "dataViolazione",
        Ora: "oraViolazione",
        "Luogo violazione": "luogo",
        Targa: "targa",
        Articolo: "articolo",
        "Descrizione violazione": "descrizione",
        Agente: "agente",
        "Importo ridotto": "importoRidottoCents",
        "Importo scontato": "importoScontatoCents",
        Spese: "speseCents",
        "Tipo soggetto": "destinatario.tipo",
        Cognome: "destinatario.cognome",
        Nome: "destinatario.nome",
        "Ragione sociale": "destinatario.denominazione",
        "Codice fiscale": "destinatario.codiceFiscale",
        "Partita IVA": "destinatario.partitaIva",
        PEC: "destinatario.pec",
        Indirizzo: "destinatario.indirizzo.via",
        Civico: "destinatario.indirizzo.civico",
        Presso: "destinatario.indirizzo.presso",
        Dettagli: "destinatario.indirizzo.dettagli",
        CAP: "destinatario.indirizzo.cap",
        Comune: "destinatario.indirizzo.comune",
        Frazione: "destinatario.indirizzo.frazione",
        "Prov.": "destinatario.indirizzo.provincia",
        Stato: "destinatario.indirizzo.stato",
        IUPD: "posizioni.iupd",
      },
      ignore: ["Modello veicolo"],
    };

    async function readTrial(name: string) {
      const flusso = createFlusso({ settings, inboxRoot: "unused", clock: systemClock });
      const bytes = await Bun.file(`${trials}/${name}`).bytes();
      const found: FlussoFile = {
        name,
        async *open() {
          yield bytes;
        },
      };
      const { faults, notes } = await flusso.inspect(found, 50);
      if (faults.length > 0) return faults;
      const rows = await Array.fromAsync(flusso.readRows(found));
      return { notes, verbali: rows.map((row) => "verbale" in row && row.verbale) };
    }

    test.each([
      [
        "01-cp850-letters.csv",
        ["Il file è stato letto in CP850 (DOS)."],
        [
          { luogo: "Località Ca' Bò", destinatario: { cognome: "Nicolò", nome: "Noè" } },
          { destinatario: { cognome: "Dalmà", nome: "José", indirizzo: { via: "Via Pietà" } } },
        ],
      ],
      ["04a-cells-without-r.xlsx", undefined, [{ destinatario: { indirizzo: { cap: "30027" } } }]],
      ["05-excel-text-formula.csv", undefined, [{ numero: "2026/E-6", targa: "EA116AA" }]],
      ["07-sep-line.csv", undefined, [{ numero: "B-1" }, { numero: "B-2" }]],
      ["10-cap-format-00000.xlsx", undefined, [{ destinatario: { indirizzo: { cap: "00185" } } }]],
    ])("%s", async (name, notes, verbali) => {
      expect(await readTrial(name)).toMatchObject({ ...(notes && { notes }), verbali });
    });

    test("02b-number-lookalikes.csv", async () => {
      expect(await readTrial("02b-number-lookalikes.csv")).toMatchObject(
        [2, 3, 4, 5].map((at) => ({ line: at, code: "FLUSSO_NUMBER_TWICE" })),
      );
    });

    test("06-filtered-rows.xlsx", async () => {
      expect(await readTrial("06-filtered-rows.xlsx")).toHaveProperty(
        "notes.0",
        expect.stringContaining("nascost"),
      );
    });
  },
);
