/** Reading a flusso: rows, faults with their place, encodings, memory. */
import { describe, expect, test } from "bun:test";
import type { TSchema } from "typebox";
import { join } from "node:path";
import { systemClock } from "../../../../engine/host/clock.ts";
import { PipelineError } from "../../../../engine/host/errors.ts";
import { createFlusso } from "../../../../integrations/flusso/flusso.ts";
import { fieldSpecs } from "../../../../integrations/flusso/fields.ts";
import type { FlussoFile, FlussoRow, RowFault } from "../../../../integrations/flusso/port.ts";
import type { FlussoSettings } from "../../../../integrations/flusso/settings.ts";
import { Verbale as VerbaleSchema } from "../../../../steps/schemas/verbale.ts";

const columns = {
  "Numero verbale": "numero",
  "Data violazione": "dataViolazione",
  Luogo: "luogo",
  Targa: "targa",
  Articolo: "articolo",
  Violazione: "descrizione",
  Agente: "agente",
  "Importo ridotto": "importoRidottoCents",
  "Importo scontato": "importoScontatoCents",
  Spese: "speseCents",
  Tipo: "destinatario.tipo",
  Cognome: "destinatario.cognome",
  Nome: "destinatario.nome",
  Via: "destinatario.indirizzo.via",
  CAP: "destinatario.indirizzo.cap",
  Comune: "destinatario.indirizzo.comune",
  Prov: "destinatario.indirizzo.provincia",
  IUPD: "posizioni.iupd",
};
const italian: FlussoSettings = {
  columns,
  delimiter: "auto",
  encoding: "auto",
  dates: "GG/MM/AAAA",
  amounts: "1.234,56",
};
const header = Object.keys(columns).join(";");
const good = [
  "AB1",
  "03/11/2026",
  "Via Roma",
  "AA000AA",
  "7/9",
  "Accesso in ZTL",
  "matr. 12",
  "83,00",
  "58,10",
  "15,00",
  "PF",
  "Niccolò",
  "Zà",
  "Via Larga 1",
  "26013",
  "Crema",
  "CR",
  "P1 P2,P3",
];

function row(changes: Record<string, string> = {}): string {
  const names = Object.keys(columns);
  return good.map((value, index) => changes[names[index] ?? ""] ?? value).join(";");
}

function file(bytes: string | Uint8Array, name = "flusso.csv", pieces = 7): FlussoFile {
  const whole = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
  return {
    name,
    async *open() {
      for (let at = 0; at < whole.length; at += pieces) yield whole.subarray(at, at + pieces);
    },
  };
}

function flusso(settings: FlussoSettings | undefined = italian) {
  return createFlusso({ settings, inboxRoot: "unused", clock: systemClock });
}

async function faultsOf(
  bytes: string | Uint8Array,
  settings = italian,
): Promise<readonly RowFault[]> {
  return (await flusso(settings).inspect(file(bytes), 100)).faults;
}

async function rowsOf(found: FlussoFile, settings: FlussoSettings | undefined = italian) {
  const rows: FlussoRow[] = [];
  for await (const each of flusso(settings).readRows(found)) rows.push(each);
  return rows;
}

function place(fault: RowFault | undefined): string {
  return `${fault?.line}:${fault?.column} ${fault?.code}`;
}

const expected = {
  numero: "AB1",
  dataViolazione: "2026-11-03",
  luogo: "Via Roma",
  targa: "AA000AA",
  articolo: "7/9",
  descrizione: "Accesso in ZTL",
  agente: "matr. 12",
  importoRidottoCents: 8300,
  importoScontatoCents: 5810,
  speseCents: 1500,
  destinatario: {
    tipo: "PF",
    cognome: "Niccolò",
    nome: "Zà",
    indirizzo: { via: "Via Larga 1", cap: "26013", comune: "Crema", provincia: "CR" },
  },
  posizioni: [{ iupd: "P1" }, { iupd: "P2" }, { iupd: "P3" }],
};

describe("rows", () => {
  test("a CSV with the ente's headers becomes verbali, several positions in one cell included", async () => {
    const rows = await rowsOf(file(`${header}\r\n${row()}\r\n`));

    expect(rows).toEqual([{ line: 2, key: "AB1", verbale: expected }]);
  });

  test.each([1, 2, 3, 5, 100_000])("pieces of %d bytes give the same rows", async (pieces) => {
    const text = `\uFEFF${header}\n${row()}\n\n;;;;;;;;;;;;;;;;;\n${row({ "Numero verbale": "AB2", Violazione: '"Sosta ""vietata"";\r\ndavanti al passo"', IUPD: "" })}\n${row({ "Numero verbale": "AB3", IUPD: "" })}`;

    const rows = await rowsOf(file(text, "f.csv", pieces));

    expect(rows.map((each) => [each.line, each.key])).toEqual([
      [2, "AB1"],
      [5, "AB2"],
      [7, "AB3"],
    ]);
    expect(rows[1]).toHaveProperty("verbale.descrizione", 'Sosta "vietata";\r\ndavanti al passo');
    expect(rows[0]).toHaveProperty("verbale", expected);
  });

  test("Windows-1252 is recognised and its accents kept", async () => {
    const bytes = Uint8Array.from(`${header}\n${row()}`, (letter) => letter.charCodeAt(0));

    const rows = await rowsOf(file(bytes));

    expect(rows[0]).toHaveProperty("verbale.destinatario.cognome", "Niccolò");
    expect(rows[0]).toHaveProperty("verbale.destinatario.nome", "Zà");
  });

  test("dotted names and commas are read without any mapping", async () => {
    const text =
      "numero,dataViolazione,luogo,targa,articolo,descrizione,agente,importoRidottoCents,speseCents,destinatario.tipo,destinatario.indirizzo.via,destinatario.indirizzo.cap,destinatario.indirizzo.comune,destinatario.indirizzo.provincia\n" +
      "X1,2026-11-03,L,T,A,D,G,8300,1500,PG,V,26013,Crema,CR\n";

    const rows = await createFlusso({
      settings: undefined,
      inboxRoot: "",
      clock: systemClock,
    }).inspect(file(text), 10);

    expect(rows).toEqual({ faults: [], more: 0, rows: 1 });
  });

  test("JSON lines are read as they stand, empty values left out", async () => {
    const line = JSON.stringify({
      ...expected,
      protocollo: null,
      posizioni: [{ iupd: "P1" }, { numeroAvviso: "302000100000019421" }],
      destinatario: { ...expected.destinatario, pec: "" },
    });

    const rows = await rowsOf(file(`${line}\n`, "f.jsonl"));

    expect(rows).toEqual([
      {
        line: 1,
        key: "AB1",
        verbale: {
          ...expected,
          posizioni: [{ iupd: "P1" }, { numeroAvviso: "302000100000019421" }],
        },
      },
    ]);
  });

  test("an empty address field of a recipient is left to the checks", async () => {
    const rows = await rowsOf(file(`${header}\n${row({ CAP: "", Prov: "" })}`));

    expect(rows[0]).toHaveProperty("verbale.destinatario.indirizzo.cap", "");
  });
});

describe("the same violation twice", () => {
  const twice = {
    ...italian,
    columns: {
      ...columns,
      Ora: "oraViolazione",
      CF: "destinatario.codiceFiscale",
    },
  };
  const names = `${header};Ora;CF`;

  test("under two numbers it is read, and each row names the other", async () => {
    const text = [
      names,
      `${row()};10:05;RSSMRA80A01H501U`,
      `${row({ "Numero verbale": "AB2" })};10:06;RSSMRA80A01H501U`,
      `${row({ "Numero verbale": "AB3" })};10:05;rssmra80a01h501u`,
      `${row({ "Numero verbale": "AB4" })};;RSSMRA80A01H501U`,
      `${row({ "Numero verbale": "AB5" })};;RSSMRA80A01H501U`,
    ];

    const rows = await rowsOf(file(text.join("\n")), twice);

    const alike = rows.map((each) => "verbale" in each && each.neighbours?.similar);
    expect(alike).toEqual([["AB3"], undefined, ["AB1"], undefined, undefined]);
  });

  test("speeds of a vehicle within an hour, and how many say the same why it was not stopped", async () => {
    const speed = { ...expected, articolo: "142, comma 8", targa: "ab 123-cd" };
    const lines = [
      { ...speed, oraViolazione: "10:05", motivoMancataContestazione: "Il veicolo era lontano." },
      {
        ...speed,
        numero: "B2",
        targa: "AB123CD",
        oraViolazione: "11:05",
        motivoMancataContestazione: "IL VEICOLO ERA  LONTANO",
      },
      { ...speed, numero: "B3", oraViolazione: "12:06" },
      { ...speed, numero: "B4", oraViolazione: "11:00", articolo: "158" },
      { ...speed, numero: "B5", oraViolazione: "11:00", targa: "ZZ" },
      { ...speed, numero: "B6", oraViolazione: "11:59", motivoMancataContestazione: "Altro." },
    ];

    const rows = await rowsOf(
      file(lines.map((line) => JSON.stringify(line)).join("\n"), "f.jsonl"),
    );

    const shares = rows.map((each) => ("verbale" in each ? each.neighbours : null));
    expect(shares.map((each) => [each?.sameHour, each?.sameReason])).toEqual([
      [["B2"], 1],
      [["AB1", "B6"], 1],
      [["B6"], undefined],
      [undefined, undefined],
      [undefined, undefined],
      [["B2", "B3"], undefined],
    ]);
  });

  test("JSON lines are compared likewise", async () => {
    const one = {
      ...expected,
      oraViolazione: "10:05",
      destinatario: { ...expected.destinatario, codiceFiscale: "RSSMRA80A01H501U" },
    };
    const lines = [one, { ...one, numero: "AB2" }, { ...one, numero: "AB3", targa: "BB000BB" }];

    const rows = await rowsOf(
      file(lines.map((line) => JSON.stringify(line)).join("\n"), "f.jsonl"),
    );

    const alike = rows.map((each) => "verbale" in each && each.neighbours?.similar);
    expect(alike).toEqual([["AB2"], ["AB1"], undefined]);
  });

  test("the same violation is told by its article too, dashes and small letters apart", async () => {
    const one = {
      ...expected,
      oraViolazione: "10:05",
      destinatario: { ...expected.destinatario, codiceFiscale: "RSSMRA80A01H501U" },
    };
    const lines = [
      one,
      { ...one, numero: "AB2", articolo: "158/1" },
      { ...one, numero: "AB3", targa: "aa-000-aa" },
      { ...one, numero: "AB4", oraViolazione: "10:06" },
    ];

    const rows = await rowsOf(
      file(lines.map((line) => JSON.stringify(line)).join("\n"), "f.jsonl"),
    );

    const shares = rows.map((each) => ("verbale" in each ? each.neighbours : null));
    expect(shares.map((each) => [each?.similar, each?.sameViolation])).toEqual([
      [["AB2", "AB3"], ["AB3"]],
      [["AB1", "AB3"], undefined],
      [["AB1", "AB2"], ["AB1"]],
      [undefined, undefined],
    ]);
  });
});

describe("what two verbali of a file share", () => {
  const shared = {
    ...italian,
    columns: { ...columns, Prot: "protocollo" },
  };

  test("is told to each: a protocol, also where it is another's number, and a position", async () => {
    const text = [
      `${header};Prot`,
      `${row({ IUPD: "A B" })};P1`,
      `${row({ "Numero verbale": "AB2", IUPD: "" })};P1`,
      `${row({ "Numero verbale": "AB3", IUPD: "B" })};`,
      `${row({ "Numero verbale": "AB4", IUPD: "C" })};AB3`,
      `${row({ "Numero verbale": "AB5", IUPD: "D" })};P5`,
    ];

    const rows = await rowsOf(file(text.join("\n")), shared);

    const shares = rows.map((each) => ("verbale" in each ? each.neighbours : null));
    expect(shares.map((each) => each?.sameProtocol)).toEqual([
      ["AB2"],
      ["AB1"],
      ["AB4"],
      ["AB3"],
      undefined,
    ]);
    expect(shares.map((each) => each?.samePosition)).toEqual([
      ["AB3"],
      undefined,
      ["AB1"],
      undefined,
      undefined,
    ]);
  });

  test("JSON lines are compared likewise", async () => {
    const position = (name: string) => ({ posizioni: [{ numeroAvviso: name }] });
    const lines = [
      { ...expected, protocollo: "P1", ...position("302032002700000251") },
      { ...expected, numero: "AB2", protocollo: "P1", ...position("302032002700000251") },
      { ...expected, numero: "AB3", protocollo: "P3", ...position("300715700000000032") },
    ];

    const rows = await rowsOf(
      file(lines.map((line) => JSON.stringify(line)).join("\n"), "f.jsonl"),
    );

    const shares = rows.map((each) => ("verbale" in each ? each.neighbours : null));
    expect(shares.map((each) => [each?.sameProtocol, each?.samePosition])).toEqual([
      [["AB2"], ["AB2"]],
      [["AB1"], ["AB1"]],
      [undefined, undefined],
    ]);
  });

  test("a company without codice fiscale is known by its partita IVA", async () => {
    const company = {
      ...expected,
      oraViolazione: "10:05",
      destinatario: { ...expected.destinatario, partitaIva: "00743110157" },
    };
    const lines = [company, { ...company, numero: "AB2" }];

    const rows = await rowsOf(
      file(lines.map((line) => JSON.stringify(line)).join("\n"), "f.jsonl"),
    );

    expect(rows.map((each) => "verbale" in each && each.neighbours?.similar)).toEqual([
      ["AB2"],
      ["AB1"],
    ]);
  });
});

test("the reader knows every field of a verbale, and no other", () => {
  const paths: string[] = [];
  const walk = (schema: TSchema, prefix: string): void => {
    const { properties } = schema as { properties?: Record<string, TSchema> };
    for (const [name, field] of Object.entries(properties ?? {})) {
      const { items } = field as { items?: TSchema };
      const below = items ?? field;
      // The ente's own columns have any name.
      if ("patternProperties" in below) paths.push(`${prefix}${name}.*`);
      else if ("properties" in below) walk(below, `${prefix}${name}.`);
      else paths.push(prefix + name);
    }
  };

  walk(VerbaleSchema, "");

  const ofOthers = [...fieldSpecs.keys()].flatMap((field) =>
    field.startsWith("destinatario.") ? [field.replace("destinatario.", "destinatari.")] : [],
  );
  // Of another kind of act its own table tells what is under `dati`.
  const ofKinds = ["atto", "dati.*"];
  expect(new Set(paths)).toEqual(
    new Set([...fieldSpecs.keys(), ...ofOthers, "extra.*", ...ofKinds]),
  );
});

test("every code of a fault is on the page for operators", async () => {
  const root = join(import.meta.dir, "../../../..");
  const page = await Bun.file(join(root, "docs/it/controlli.md")).text();
  const codes = new Set<string>();
  for await (const path of new Bun.Glob("*.ts").scan(join(root, "integrations/flusso"))) {
    const source = await Bun.file(join(root, "integrations/flusso", path)).text();
    for (const [code] of source.matchAll(/\bFLUSSO_[A-Z_]+/g)) codes.add(code);
  }
  codes.delete("FLUSSO_REFUSED");

  expect(codes.size).toBeGreaterThan(20);
  expect([...codes].filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
});

describe("faults of rows", () => {
  test("every fault of every row is told with line, column and header", async () => {
    const text = [
      header,
      row({ "Data violazione": "3/11/26", "Importo ridotto": "1.234" }),
      "AB2;03/11/2026;corta",
      row({ "Numero verbale": "AB3", "Data violazione": "31/02/2026", Tipo: "F", Spese: "" }),
      row({ "Numero verbale": "AB4", "Importo ridotto": "173", "Importo scontato": "€ 58,10" }),
    ].join("\n");

    const faults = await faultsOf(text);

    expect(faults.map((fault) => `${place(fault)} ${fault.header}`)).toEqual([
      "2:2 FLUSSO_DATE_AMBIGUOUS Data violazione",
      "2:8 FLUSSO_AMOUNT_AMBIGUOUS Importo ridotto",
      "3:0 FLUSSO_RAGGED_ROW null",
      "4:2 FLUSSO_DATE Data violazione",
      "4:10 FLUSSO_VALUE_MISSING Spese",
      "4:11 FLUSSO_TYPE Tipo",
      "5:8 FLUSSO_AMOUNT_AMBIGUOUS Importo ridotto",
      "5:9 FLUSSO_AMOUNT Importo scontato",
    ]);
    expect(faults[0]?.message).toBe("la data «3/11/26» ha l'anno di due cifre.");
    expect(faults[0]?.remedy).toBe(
      "scrivere la data come GG/MM/AAAA, con l'anno di quattro cifre.",
    );
  });

  test.each([
    ["1.234,56", "1.234,56", 123456],
    ["1.234,56", "1234,56", 123456],
    ["1.234,56", "0,05", 5],
    ["1,234.56", "1,234.56", 123456],
    ["1,234.56", "41.30", 4130],
    ["cents", "17300", 17300],
  ] as const)("amounts %s: %s is read", async (amounts, text, cents) => {
    const settings: FlussoSettings = { ...italian, amounts };
    const all = { "Importo ridotto": text, "Importo scontato": text, Spese: text };

    const [found] = await rowsOf(file(`${header}\n${row(all)}`), settings);

    expect(found).toHaveProperty("verbale.importoRidottoCents", cents);
  });

  test.each([
    ["1.234,56", "12.34,56", "FLUSSO_AMOUNT"],
    ["1.234,56", "41,3", "FLUSSO_AMOUNT"],
    ["1.234,56", "41.30", "FLUSSO_AMOUNT"],
    ["1.234,56", "-5,00", "FLUSSO_AMOUNT"],
    ["1.234,56", "1,234", "FLUSSO_AMOUNT_AMBIGUOUS"],
    ["cents", "173,00", "FLUSSO_AMOUNT"],
    ["cents", "1.234", "FLUSSO_AMOUNT"],
  ] as const)("amounts %s: %s is a fault", async (amounts, text, code) => {
    const settings: FlussoSettings = { ...italian, amounts };
    const fine = amounts === "cents" ? "100" : "1,00";
    const values = { "Importo ridotto": text, "Importo scontato": fine, Spese: fine };

    const faults = await faultsOf(`${header}\n${row(values)}`, settings);

    expect(faults.map((fault) => fault.code)).toEqual([code]);
  });

  test.each([
    ["17O,00", "17O,00"],
    ["173,00 EUR", "173,00 EUR"],
    ["€ 173", "€ 173"],
    ["1'730,0", "1'730,0"],
    ["n.d.", "n.d."],
    ["RSSMRA80A01H501U", "…"],
    ["AB123CD", "…"],
    ["Via Roma 12", "…"],
    ["ROSSI", "…"],
  ])(
    "the bad amount %p is told as %s: personal data that slipped in are not",
    async (text, told) => {
      const [fault] = await faultsOf(`${header}\n${row({ "Importo ridotto": text })}`, italian);

      expect(fault?.message).toBe(`l'importo «${told}» non è scritto come 1.234,56.`);
    },
  );

  test.each([
    ["AAAA-MM-GG", "03/11/2026", "FLUSSO_DATE_AMBIGUOUS"],
    ["AAAA-MM-GG", "2026-13-01", "FLUSSO_DATE"],
    ["GG/MM/AAAA", "2026-11-03", "FLUSSO_DATE"],
    ["GG/MM/AAAA", "03/11/2026 00:00:00", "FLUSSO_DATE"],
    ["GG/MM/AAAA", "29/02/2026", "FLUSSO_DATE"],
  ] as const)("dates %s: %s is a fault", async (dates, text, code) => {
    const faults = await faultsOf(`${header}\n${row({ "Data violazione": text })}`, {
      ...italian,
      dates,
    });

    expect(faults.map((fault) => fault.code)).toEqual([code]);
  });

  test("rows that share a number are all faulty and name each other", async () => {
    const text = [header, row(), row({ "Numero verbale": "AB2" }), row({ Luogo: "altrove" })];

    const rows = await rowsOf(file(text.join("\n")));

    expect(rows.map((each) => each.key)).toEqual(["AB1 (riga 2)", "AB2", "AB1 (riga 4)"]);
    expect(rows[0]).toHaveProperty("faults.0.code", "FLUSSO_NUMBER_TWICE");
    expect(rows[0]).toHaveProperty(
      "faults.0.message",
      "il numero del verbale è anche alla riga 4.",
    );
    expect(rows[2]).toHaveProperty(
      "faults.0.message",
      "il numero del verbale è anche alla riga 2.",
    );
    expect(rows[1]).toHaveProperty("verbale.numero", "AB2");
  });

  test("text after closing quotes is a fault of that value", async () => {
    const faults = await faultsOf(`${header}\n${row({ Luogo: '"Via "Roma"' })}`);

    expect(faults.map(place)).toEqual(["2:3 FLUSSO_QUOTES"]);
  });

  test("quotes that never close are told where they open", async () => {
    const text = `${header}\n${row()}\nAB2;"${"x;y\n".repeat(400_000)}`;

    const { faults } = await flusso().inspect(file(text, "f.csv", 65_536), 10);

    expect(faults.map(place)).toEqual(["3:0 FLUSSO_ENDLESS_ROW"]);
  });

  test("beyond the limit faults are counted only", async () => {
    const bad = Array.from({ length: 30 }, (_, index) =>
      row({ "Numero verbale": `N${index}`, "Data violazione": "?" }),
    );

    const inspection = await flusso().inspect(file([header, ...bad].join("\n")), 10);

    expect(inspection.faults.length).toBe(10);
    expect(inspection.more).toBe(20);
    expect(inspection.rows).toBe(30);
  });

  test("messages about rows carry no name, address or plate", async () => {
    const text = `${header}\n${row({ Tipo: "ROSSI", "Data violazione": "Rossi Mario", Spese: "AA000AA" })}`;

    const shown = JSON.stringify(await faultsOf(text));

    expect(shown).not.toMatch(/rossi|mario|AA000AA|Niccol/i);
  });

  test("JSON: broken line, unknown field, code written as a number, position without a name", async () => {
    const lines = [
      '{"numero": AB1}',
      JSON.stringify({ tarqa: "X", ...expected }),
      JSON.stringify({ ...expected, numero: "AB2", targa: 12, posizioni: [{}] }),
      JSON.stringify({ ...expected, numero: "AB3", importoRidottoCents: 83.5 }),
    ];

    const faults = (await flusso().inspect(file(lines.join("\n"), "f.jsonl"), 10)).faults;

    expect(faults.map((fault) => `${place(fault)} ${fault.header}`)).toEqual([
      "1:0 FLUSSO_JSON null",
      "2:2 FLUSSO_FIELD_UNKNOWN tarqa",
      "3:66 FLUSSO_JSON targa",
      "3:361 FLUSSO_JSON posizioni",
      "4:152 FLUSSO_AMOUNT importoRidottoCents",
    ]);
    expect(faults[1]?.remedy).toBe("forse si intendeva «targa».");
  });
});

describe("faults of the file", () => {
  test("all faults of the header at once, and alone", async () => {
    const names = header.replace("Cognome", "Cognom").replace("Importo scontato;", "");

    const faults = await faultsOf(`${names};Note;Tipo\nx;y`);

    expect(faults.map((fault) => `${place(fault)} ${fault.header}`)).toEqual([
      "1:11 FLUSSO_COLUMN_UNKNOWN Cognom",
      "1:18 FLUSSO_COLUMN_UNKNOWN Note",
      "1:19 FLUSSO_COLUMN_TWICE Tipo",
      "1:0 FLUSSO_COLUMN_MISSING Importo scontato",
      "1:0 FLUSSO_COLUMN_MISSING Cognome",
    ]);
    expect(faults[0]?.remedy).toBe(
      "forse è «Cognome»; chiedere al tecnico di dire che cosa contiene, oppure che non serve.",
    );
  });

  test("a column that bears the name of a field is told with the line to write, another with no guess", async () => {
    const faults = await faultsOf("Data violazione;CAP;Luogo violazione;tarqa\n", {
      ...italian,
      columns: {},
    });

    expect(faults.slice(0, 4).map(({ header: name, remedy }) => `${name}: ${remedy}`)).toEqual([
      "Data violazione: chiedere al tecnico di dire che è il campo dataViolazione, oppure che non serve.",
      "CAP: chiedere al tecnico di dire che è il campo destinatario.indirizzo.cap, oppure che non serve.",
      "Luogo violazione: chiedere al tecnico di dire che cosa contiene, oppure che non serve.",
      "tarqa: forse è «targa»; chiedere al tecnico di dire che cosa contiene, oppure che non serve.",
    ]);
  });

  test("columns to ignore and empty columns at the end do no harm; a value there does", async () => {
    const settings = { ...italian, ignore: ["Note"] };

    const fine = await faultsOf(`${header};Note;\n${row()};qualcosa;\n`, settings);
    const wrong = await faultsOf(`${header};Note;\n${row()};qualcosa;di troppo\n`, settings);

    expect(fine).toEqual([]);
    expect(wrong.map(place)).toEqual(["2:20 FLUSSO_COLUMN_UNNAMED"]);
  });

  test("a mapping to a field that does not exist is told with the nearest", async () => {
    const faults = await faultsOf(`${header}\n${row()}`, {
      ...italian,
      columns: { ...columns, Note: "luoghi" },
    });

    expect(faults.map((fault) => fault.code)).toContain("FLUSSO_MAPPING");
    expect(faults[0]?.remedy).toBe("forse si intendeva luogo.");
  });

  test.each([
    ["nothing at all", "", "FLUSSO_EMPTY"],
    ["only a byte order mark", "\uFEFF", "FLUSSO_EMPTY"],
    ["only a header", `${header}\n\n`, "FLUSSO_NO_ROWS"],
    ["only blank lines", "\n\n", "FLUSSO_NO_ROWS"],
    ["a spreadsheet", "PK\u0003\u0004xxxx", "FLUSSO_SPREADSHEET"],
    ["tabulations", "a\tb\tc\n1\t2\t3", "FLUSSO_DELIMITER"],
    ["two separators", "a;b,c\n1;2,3", "FLUSSO_DELIMITER"],
    ["null bytes", `${header}\nA\u0000B`, "FLUSSO_ENCODING"],
  ] as const)("%s is refused", async (_, text, code) => {
    const faults = await faultsOf(text);

    expect(faults.map((fault) => fault.code)).toEqual([code]);
  });

  test("a byte that is not UTF-8 is told with its line and place when UTF-8 is declared", async () => {
    const bytes = Uint8Array.from(`${header}\n${row()}`, (letter) => letter.charCodeAt(0));

    const faults = await faultsOf(bytes, { ...italian, encoding: "utf-8" });

    const column = row().indexOf("ò") + 1;
    expect(faults.map(place)).toEqual([`2:${column} FLUSSO_ENCODING`]);
  });

  test("UTF-8 text declared as Windows-1252 is refused instead of garbled", async () => {
    const faults = await faultsOf(`${header}\n${row()}`, { ...italian, encoding: "windows-1252" });

    expect(faults.map((fault) => fault.code)).toEqual(["FLUSSO_ENCODING"]);
  });

  test("two encodings in one file are refused where the second begins", async () => {
    const utf8 = new TextEncoder().encode(`${header}\n${row()}\n`);
    const latin = Uint8Array.from(row({ "Numero verbale": "AB2" }), (letter) =>
      letter.charCodeAt(0),
    );

    const faults = await faultsOf(new Uint8Array([...utf8, ...latin]));

    expect(faults.map(place)).toEqual([`3:${row().indexOf("ò") + 1} FLUSSO_ENCODING`]);
    expect(faults[0]?.message).toStartWith("il file è scritto in parte in UTF-8 e in parte no");
  });

  test("a byte that neither encoding has is refused", async () => {
    const bytes = Uint8Array.from(`${header}\n${row()}`, (letter) => letter.charCodeAt(0));
    bytes[bytes.length - 1] = 0x81;

    const faults = await faultsOf(bytes);

    expect(faults.map(place)).toEqual([`2:${row().length} FLUSSO_ENCODING`]);
  });

  test("rows() throws the refusal with every fault, place and remedy", async () => {
    const found = file(`${header.replace("Targa", "Tarqa")}\n${row()}`);

    const error = await rowsOf(found).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(PipelineError);
    expect(error).toHaveProperty("code", "FLUSSO_REFUSED");
    expect(error).toHaveProperty(
      "message",
      "Il flusso flusso.csv non è stato accettato (2 difetti): nessun verbale è partito.\n" +
        "flusso.csv:1:4: colonna «Tarqa»: non si sa a quale campo del verbale corrisponda. Rimedio: forse è «Targa»; chiedere al tecnico di dire che cosa contiene, oppure che non serve.\n" +
        "flusso.csv:1:1: colonna «Targa»: manca la colonna del campo targa. Rimedio: aggiungere la colonna all'esportazione, o chiedere al tecnico di indicare come si chiama.",
    );
  });
});

describe("how often a file is read", () => {
  function countReads(found: FlussoFile): { readonly file: FlussoFile; opened: () => number } {
    let opened = 0;
    return {
      file: {
        name: found.name,
        open() {
          opened += 1;
          return found.open();
        },
      },
      opened: () => opened,
    };
  }

  const latin = Uint8Array.from(`${header}\n${row()}\n`, (letter) => letter.charCodeAt(0));
  const json = JSON.stringify({ ...expected, destinatario: { ...expected.destinatario } });

  test.each([
    ["a CSV", file(`${header}\n${row()}\n`)],
    ["a CSV whose rows share numbers and marks", file(`${header}\n${row()}\n${row()}\n`)],
    ["a CSV in Windows-1252", file(latin)],
    ["JSON lines", file(`${json}\n`, "f.jsonl")],
  ])("%s, inspected and read: twice", async (_, found) => {
    const counted = countReads(found);
    const reader = flusso();

    await reader.inspect(counted.file, 10);
    await Array.fromAsync(reader.readRows(counted.file));

    expect(counted.opened()).toBe(2);
  });
});

describe("the names of the columns", () => {
  test("stand below titles, which are not read, and the operator is told", async () => {
    const text = `Comune di Prova; elenco, novembre\n\nEstratto il 28/11/2026\n${header}\n${row()}\n`;

    const inspection = await flusso().inspect(file(text), 10);
    const rows = await rowsOf(file(text));

    expect(inspection).toEqual({
      faults: [],
      more: 0,
      rows: 1,
      notes: ["I nomi delle colonne sono alla riga 4; le righe sopra non sono state lette."],
    });
    expect(rows).toEqual([{ line: 5, key: "AB1", verbale: expected }]);
  });

  test.each<readonly [string, string, Partial<FlussoSettings>]>([
    ["lines of blanks above", `  \n;;;\n\t\n${header}\n${row()}\n`, {}],
    ["`sep=;`", `sep=;\r\n${header}\r\n${row()}\r\n`, {}],
    ["the line that the ente says", `x\n${header}\n${row()}\n`, { headerRow: 2 }],
    ["rows to leave out below", `${header}\n(unità)\n${row()}\n`, { skipRows: 1 }],
    ["tabulations", `${header}\n${row()}\n`.replaceAll(";", "\t"), {}],
    [
      "commas in a quoted name",
      `${header};"Note, varie"\n${row()};x\n`,
      { ignore: ["Note, varie"] },
    ],
  ])("are found: %s", async (_, text, changes) => {
    const rows = await rowsOf(file(text), { ...italian, ...changes });

    expect(rows.map((each) => "verbale" in each && each.verbale)).toEqual([expected]);
  });

  test("separators within quotes do not count", async () => {
    const names = header.replace("Luogo", '"Luogo, via, civico, località"');
    const mapped = { ...columns, "Luogo, via, civico, località": "luogo" };
    const { Luogo: _, ...others } = mapped;

    expect(await faultsOf(`${names}\n${row()}\n`, { ...italian, columns: others })).toEqual([]);
    expect((await faultsOf(`"a;b;c;d",x\n1,2`)).map(({ code }) => code)).toEqual(["FLUSSO_HEADER"]);
  });

  test.each([
    ["no name is known", "Elenco;xyz;Totale\n1;2;3\n", {}, "1:0 FLUSSO_HEADER"],
    ["the line is blank", `${header}\n${row()}\n`, { headerRow: 9 }, "9:0 FLUSSO_HEADER"],
    ["an unknown separator is declared", `sep=#\n${header}\n`, {}, "1:0 FLUSSO_DELIMITER"],
  ] as const)("one cause is told once: %s", async (_, text, changes, told) => {
    expect((await faultsOf(text, { ...italian, ...changes })).map(place)).toEqual([told]);
  });
});

describe("codes", () => {
  test.each([
    ["AB1\u200B", "AB1"],
    ["\uFEFFAB1", "AB1"],
    ["A\u2011B1", "A-B1"],
    ['"=""00123"""', "00123"],
    ['="00123"', "00123"],
    ["'00123", "00123"],
    ["'=AB1", "=AB1"],
    ["\t302000000000000123", "302000000000000123"],
  ])("%p is the number %p", async (written, numero) => {
    const [found] = await rowsOf(file(`${header}\n${row({ "Numero verbale": written })}\n`));

    expect(found).toMatchObject({ key: numero, verbale: { numero } });
  });

  test.each([
    ["CAP", "26013\u00A0", "26013"],
    ["CAP", "２６０１３", "26013"],
    ["CAP", "26\u200B013", "26013"],
    ["Prov", "C\u00ADR", "CR"],
  ])("what does not show in a code goes: %s %p", async (column, written, clean) => {
    const [found] = await rowsOf(file(`${header}\n${row({ [column]: written })}\n`));

    const { indirizzo } = (
      found as unknown as { verbale: { destinatario: { indirizzo: Record<string, string> } } }
    ).verbale.destinatario;
    expect(indirizzo[column === "CAP" ? "cap" : "provincia"]).toBe(clean);
  });

  test("a look-alike in a notice code is named by its number and place", async () => {
    const settings = { ...italian, columns: { ...columns, IUPD: "posizioni.numeroAvviso" } };

    const faults = await faultsOf(`${header}\n${row({ IUPD: "30200000000000О123" })}\n`, settings);

    expect(faults.map(({ message }) => message)).toEqual([
      "nel numero d'avviso c'è un carattere che non è una cifra: U+041E al 15º posto, che sembra «O».",
    ]);
  });

  test.each(["ab1", "A B1", "AB\u200B1", "АB1"])("%p is AB1 again", async (again) => {
    const text = `${header}\n${row()}\n${row({ "Numero verbale": again })}\n`;

    const rows = await rowsOf(file(text));

    expect(rows.map((each) => "faults" in each && each.faults.map(place))).toEqual([
      ["2:0 FLUSSO_NUMBER_TWICE"],
      ["3:0 FLUSSO_NUMBER_TWICE"],
    ]);
  });
});

test("memory does not grow with the file", async () => {
  const rows = 12_000;
  const big: FlussoFile = {
    name: "grande.csv",
    async *open() {
      const encoder = new TextEncoder();
      yield encoder.encode(`${header}\n`);
      for (let at = 0; at < rows; at += 100) {
        const lines = Array.from({ length: 100 }, (_, index) =>
          row({ "Numero verbale": `V${at + index}`, Violazione: "x".repeat(2000) }),
        );
        yield encoder.encode(`${lines.join("\n")}\n`);
      }
    },
  };
  Bun.gc(true);
  const before = process.memoryUsage().heapUsed;
  let most = 0;
  let count = 0;

  for await (const _ of flusso().readRows(big)) {
    count += 1;
    if (count % 4000 === 0) {
      Bun.gc(true);
      most = Math.max(most, process.memoryUsage().heapUsed - before);
    }
  }

  expect(count).toBe(rows);
  expect(most).toBeLessThan(8 * 1024 * 1024);
});
