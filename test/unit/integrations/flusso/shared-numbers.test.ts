/** A file with a row for each recipient: rows of one number are one act, or a fault with its line and column. */
import { describe, expect, test } from "bun:test";
import { systemClock } from "../../../../engine/host/clock.ts";
import { createFlusso } from "../../../../integrations/flusso/flusso.ts";
import { guessMapping } from "../../../../integrations/flusso/guess/guess-mapping.ts";
import { readSample } from "../../../../integrations/flusso/guess/sample.ts";
import { listMappingFaults } from "../../../../integrations/flusso/mapping/mapping-faults.ts";
import type { FlussoRow } from "../../../../integrations/flusso/port.ts";
import { openPostal } from "../../../../integrations/flusso/postal/postal.ts";
import type { FlussoSettings } from "../../../../integrations/flusso/settings.ts";

const columns = {
  "Numero verbale": "numero",
  "Data violazione": "dataViolazione",
  Luogo: "luogo",
  Targa: "targa",
  Articolo: "articolo",
  Violazione: "descrizione",
  Agente: "agente",
  "Importo ridotto": "importoRidottoCents",
  Spese: "speseCents",
  Tipo: "destinatario.tipo",
  Cognome: "destinatario.cognome",
  Nome: "destinatario.nome",
  "Codice fiscale": "destinatario.codiceFiscale",
  Via: "destinatario.indirizzo.via",
  CAP: "destinatario.indirizzo.cap",
  Comune: "destinatario.indirizzo.comune",
  Provincia: "destinatario.indirizzo.provincia",
  IUPD: "posizioni.iupd",
};
const settings: FlussoSettings = {
  columns,
  delimiter: "auto",
  encoding: "auto",
  dates: "GG/MM/AAAA",
  amounts: "1.234,56",
  sameNumber: "recipients",
};
const header = Object.keys(columns).join(";");
const persons = {
  owner: {
    Tipo: "PF",
    Cognome: "Inventati",
    Nome: "Tommaso",
    "Codice fiscale": "NVNTMS66B24X001Q",
  },
  driver: { Tipo: "PF", Cognome: "Finti", Nome: "Tommaso", "Codice fiscale": "FNTTMS54R12X001U" },
};
const act: Readonly<Record<string, string>> = {
  "Numero verbale": "V/12",
  "Data violazione": "03/11/2026",
  Luogo: "Via Roma",
  Targa: "AA000AA",
  Articolo: "7",
  Violazione: "Sosta vietata",
  Agente: "matr. 12",
  "Importo ridotto": "42,00",
  Spese: "8,50",
  ...persons.owner,
  Via: "Via Prova 1",
  CAP: "26013",
  Comune: "Crema",
  Provincia: "CR",
  IUPD: "",
};

function row(changes: Readonly<Record<string, string>> = {}): string {
  const cells = { ...act, ...changes };
  return Object.keys(columns)
    .map((name) => cells[name] ?? "")
    .join(";");
}

function file(lines: readonly string[], name = "flusso.csv") {
  const bytes = new TextEncoder().encode(`${lines.join("\n")}\n`);
  return {
    name,
    async *open() {
      yield bytes;
    },
  };
}

async function read(lines: readonly string[], own: FlussoSettings = settings, name?: string) {
  const flusso = createFlusso({ settings: own, inboxRoot: "unused", clock: systemClock });
  const opened = file(lines, name);
  const inspection = await flusso.inspect(opened, 50);
  const rows: FlussoRow[] = [];
  if (inspection.rows > 0) for await (const each of flusso.readRows(opened)) rows.push(each);
  return { inspection, rows };
}

function listNames(found: FlussoRow | undefined): readonly string[] {
  if (found === undefined || "faults" in found) return [];
  const { destinatario, destinatari = [] } = found.verbale as {
    readonly destinatario: { readonly cognome: string };
    readonly destinatari?: readonly { readonly cognome: string }[];
  };
  return [destinatario, ...destinatari].map(({ cognome }) => cognome);
}

const { driver } = persons;

describe("rows of one number", () => {
  test("are one act with a recipient of each, however far apart; an act of one row stays as it was", async () => {
    const { inspection, rows } = await read([
      header,
      row({ IUPD: "P1" }),
      row({ "Numero verbale": "V/13" }),
      row({ ...driver, IUPD: "P1 P2" }),
    ]);

    expect(inspection).toEqual({
      faults: [],
      more: 0,
      rows: 2,
      lines: 3,
      notes: ["1 riga è di un altro destinatario dello stesso atto: 3 righe, 2 atti."],
    });
    expect(rows.map(({ line, key }) => [line, key])).toEqual([
      [2, "V/12"],
      [3, "V/13"],
    ]);
    expect(rows.map(listNames)).toEqual([["Inventati", "Finti"], ["Inventati"]]);
    expect(rows[0]).toHaveProperty("verbale.posizioni", [{ iupd: "P1" }, { iupd: "P2" }]);
    expect(rows[1]).not.toHaveProperty("verbale.destinatari");
  });

  test.each([
    ["capitals", "v/12"],
    ["a blank", "V /12"],
  ])("the number is the same with %s, printed as the first row has it", async (_, again) => {
    const { rows } = await read([header, row(), row({ ...driver, "Numero verbale": again })]);

    expect(rows.map(({ key }) => key)).toEqual(["V/12"]);
    expect(rows.map(listNames)).toEqual([["Inventati", "Finti"]]);
  });

  test.each([
    [{ Targa: "BB000BB" }, ["3 Targa"]],
    [{ Spese: "9,50" }, ["3 Spese"]],
    [{ Luogo: "" }, ["3 Luogo"]],
    [{ Luogo: "altrove", "Data violazione": "04/11/2026" }, ["3 Data violazione", "3 Luogo"]],
  ])("that differ in what belongs to the act are told: %p", async (changes, told) => {
    const { inspection, rows } = await read([header, row(), row({ ...driver, ...changes })]);

    expect(
      inspection.faults.map(({ line, header: name, code }) => [`${line} ${name}`, code]),
    ).toEqual(told.map((each) => [each, "FLUSSO_ROWS_DIFFER"]));
    expect(inspection.faults[0]?.message).toBe(
      "il valore non è quello della riga 2, che ha lo stesso numero: le due righe non sono lo stesso atto.",
    );
    expect(rows.map(({ key, ...each }) => [key, "faults" in each])).toEqual([["V/12", true]]);
  });

  test("a fault in one of them is a fault of the act: nobody is notified without the others", async () => {
    const { inspection, rows } = await read([
      header,
      row({ Spese: "otto" }),
      row({ ...driver, "Data violazione": "31/11/2026" }),
      row({ "Numero verbale": "V/13" }),
    ]);

    expect(inspection.faults.map(({ line, code }) => `${line} ${code}`)).toEqual([
      "2 FLUSSO_AMOUNT",
      "3 FLUSSO_DATE",
    ]);
    expect(rows.map(({ key, ...each }) => [key, "faults" in each])).toEqual([
      ["V/12", true],
      ["V/13", false],
    ]);
  });

  test.each([
    [15, []],
    [16, ["le righe con questo numero portano più di 15 destinatari: SEND ne prende 15 per atto."]],
    [
      400,
      ["le righe con questo numero portano più di 15 destinatari: SEND ne prende 15 per atto."],
    ],
  ])("%d of them", async (count, told) => {
    const lines = Array.from({ length: count }, (_, index) => row({ Cognome: `Prova${index}` }));

    const { inspection, rows } = await read([header, ...lines]);

    expect(inspection.faults.map(({ message }) => message)).toEqual(told);
    expect(inspection.rows).toBe(1);
    expect(listNames(rows[0])).toHaveLength(told.length === 0 ? count : 0);
  });

  test("JSON lines too", async () => {
    const line = (cognome: string) =>
      JSON.stringify({
        numero: "V/12",
        dataViolazione: "2026-11-03",
        importoRidottoCents: 4200,
        speseCents: 850,
        destinatario: { tipo: "PF", cognome },
      });

    const { inspection, rows } = await read([line("Uno"), line("Due")], settings, "flusso.jsonl");

    expect(inspection.faults).toEqual([]);
    expect(rows.map(listNames)).toEqual([["Uno", "Due"]]);
  });

  test.each([undefined, "refuse"] as const)("sameNumber: %p leaves them a fault", async (own) => {
    const { sameNumber: _, ...plain } = settings;

    const { inspection } = await read([header, row(), row(driver)], {
      ...plain,
      ...(own !== undefined && { sameNumber: own }),
    });

    expect(inspection.faults.map(({ line, code }) => `${line} ${code}`)).toEqual([
      "2 FLUSSO_NUMBER_TWICE",
      "3 FLUSSO_NUMBER_TWICE",
    ]);
    expect(inspection.rows).toBe(2);
  });

  test("what others of the file share is asked for each of the recipients", async () => {
    const { rows } = await read([
      header,
      row({ IUPD: "P1" }),
      row({ ...driver, IUPD: "P2" }),
      row({ "Numero verbale": "V/13", IUPD: "P2" }),
    ]);

    expect(rows[0]).toHaveProperty("neighbours.samePosition", ["V/13"]);
  });
});

test.each([
  [{ columns: { ...columns, Altro: "destinatari.2.cognome" } }, 1],
  [{ constants: { "destinatari.3.tipo": "PF" } }, 1],
  [{}, 0],
])("other recipients come from rows or from columns, not from both: %#", (changes, count) => {
  expect(
    listMappingFaults({ ...settings, ...changes }).filter(({ path }) => path[0] === "sameNumber"),
  ).toHaveLength(count);
});

describe("map", () => {
  const lines = (other: Readonly<Record<string, string>>) => [
    header,
    row(),
    row({ ...driver, ...other }),
    ...Array.from({ length: 8 }, (_, index) =>
      row({ "Numero verbale": `V/${20 + index}`, Targa: `AB${100 + index}CD` }),
    ),
  ];

  test.each([
    ["other persons, the same act", {}, "recipients", 0],
    ["another act", { Luogo: "Via Altra" }, undefined, 1],
    ["the same row twice", persons.owner, undefined, 1],
  ] as const)("%s", async (_, other, sameNumber, doubts) => {
    const sample = await readSample(file(lines(other)));
    if ("code" in sample) throw new Error(sample.message);

    const guess = guessMapping(sample, {
      towns: await openPostal("unused"),
      today: "2026-11-28",
    });

    expect(guess.settings.sameNumber).toBe(sameNumber);
    expect(guess.columns[0]?.isSure).toBe(sameNumber === "recipients");
    expect(guess.doubts.filter((doubt) => doubt.includes("stesso numero"))).toHaveLength(doubts);
  });
});
