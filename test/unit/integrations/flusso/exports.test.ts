/** Twenty exports that look like those of twenty programs: each column is understood, or it is told that nobody knows. */
import { describe, expect, test } from "bun:test";
import table from "../../../../data/reference/flusso-headers.json";
import { systemClock } from "../../../../engine/host/clock.ts";
import { createFlusso } from "../../../../integrations/flusso/flusso.ts";
import { fieldByMeaning } from "../../../../integrations/flusso/guess/fields-by-meaning.ts";
import { guessMapping, type Guess } from "../../../../integrations/flusso/guess/guess-mapping.ts";
import {
  listHeaderWords,
  readHeaderName,
} from "../../../../integrations/flusso/guess/header-name.ts";
import { readSample, type Sample } from "../../../../integrations/flusso/guess/sample.ts";
import type { Target } from "../../../../integrations/flusso/guess/column-guess.ts";
import { fieldSpecs } from "../../../../integrations/flusso/fields.ts";
import { openPostal } from "../../../../integrations/flusso/postal/postal.ts";
import type { FlussoSettings } from "../../../../integrations/flusso/settings.ts";
import { makeOtherExports } from "../../../support/exports/others.ts";
import { makeExports, type ProgramExport } from "../../../support/exports/programs.ts";

const towns = await openPostal("unused");
const exports = makeExports();
const guessed = new Map<string, Promise<{ readonly sample: Sample; readonly guess: Guess }>>();

function open({ file, bytes }: Pick<ProgramExport, "file" | "bytes">) {
  return {
    name: file,
    async *open() {
      yield bytes;
    },
  };
}

/** Each of the twenty is looked at once. */
function guessOnce(one: ProgramExport) {
  const found = guessed.get(one.name) ?? guess(one);
  guessed.set(one.name, found);
  return found;
}

async function guess(
  one: Pick<ProgramExport, "file" | "bytes">,
  known: Partial<FlussoSettings> = {},
): Promise<{ readonly sample: Sample; readonly guess: Guess }> {
  const sample = await readSample(open(one));
  if ("code" in sample) throw new Error(sample.message);
  return { sample, guess: guessMapping(sample, { towns, today: "2026-11-28", known }) };
}

/** As the table of a program says it. */
function name(target: Target): string {
  if (target === null) return "-";
  if (typeof target === "string") return target;
  if (target.split !== undefined && target.split !== "first") return `split:${target.split}`;
  return target.to ?? "";
}

describe("an export", () => {
  test.each(exports)("$name is understood column by column", async (one) => {
    const { columns } = (await guessOnce(one)).guess;
    const wrong = one.columns
      .map(({ header, is }, at) => ({ header, is, got: columns[at] }))
      .filter(({ is, got }) => got !== undefined && name(got.target) !== is);

    expect(columns).toHaveLength(one.columns.length);
    expect(
      wrong
        .filter(({ got }) => got?.isSure)
        .map(({ header, got }) => [header, name(got?.target ?? null)]),
    ).toEqual([]);
    expect(1 - wrong.length / columns.length).toBeGreaterThanOrEqual(0.9);
  });

  test.each(exports)("$name is read to its end by what was guessed", async (one) => {
    const { settings } = (await guess(one, { constants: one.constants ?? {} })).guess;
    const whole: FlussoSettings = {
      delimiter: "auto",
      encoding: "auto",
      dates: "GG/MM/AAAA",
      amounts: "1.234,56",
      ...settings,
    };
    const flusso = createFlusso({ settings: whole, inboxRoot: "unused", clock: systemClock });
    const { faults, rows } = await flusso.inspect(open(one), 20);

    expect(faults).toEqual([]);
    expect(rows).toBe(one.count);
  });

  test("of the twenty, nearly every column is right, and few are asked about", async () => {
    let all = 0;
    let right = 0;
    let asked = 0;
    for (const one of exports) {
      const { columns } = (await guessOnce(one)).guess;
      for (const [at, { is }] of one.columns.entries()) {
        const column = columns[at];
        all += 1;
        if (column !== undefined && name(column.target) === is) right += 1;
        if (column?.isSure === false) asked += 1;
      }
    }

    expect(exports).toHaveLength(20);
    expect(all).toBe(437);
    expect(right / all).toBeGreaterThan(0.97);
    expect(asked / all).toBeLessThan(0.06);
  });

  test("says its encoding, separator, header, titles and closing rows", async () => {
    const of = async (at: number) => {
      const { sample } = await guessOnce(exports[at] as ProgramExport);
      const { encoding, delimiter, headerLine, titles, others, rowCount } = sample;
      return {
        encoding,
        delimiter,
        headerLine,
        titles: titles.length,
        others: others.length,
        rowCount,
      };
    };

    expect(await of(0)).toEqual({
      encoding: "windows-1252",
      delimiter: ";",
      headerLine: 4,
      titles: 2,
      others: 0,
      rowCount: 16,
    });
    expect(await of(1)).toMatchObject({ encoding: "cp850", headerLine: 1 });
    expect(await of(5)).toMatchObject({ encoding: "utf-16le", delimiter: "\t" });
    expect(await of(11)).toMatchObject({ delimiter: "|" });
    expect(await of(13)).toMatchObject({ others: 2, rowCount: 16 });
    expect(await of(16)).toMatchObject({ encoding: null, headerLine: 4, titles: 3, others: 1 });
  });

  test("is read in the forms that its dates and amounts have", async () => {
    const forms = await Promise.all(
      exports.map(async (one) => {
        const { dates, amounts } = (await guessOnce(one)).guess.settings;
        return [one.name.slice(0, 2), dates, amounts];
      }),
    );

    expect(
      forms.filter(([, dates, amounts]) => dates !== "GG/MM/AAAA" || amounts !== "1.234,56"),
    ).toEqual([
      ["02", "GG/MM/AA", "1.234,56"],
      ["04", "AAAA-MM-GG", "cents"],
      ["05", "GG/MM/AAAA", "thousandths"],
      ["07", "GG/MM/AAAA", "1,234.56"],
      ["10", "seriale", "1.234,5"],
      ["12", "AAAAMMGG", "1,234.56"],
      ["13", "GG-MMM-AA", "1.234,5"],
      ["18", "AAAA-MM-GG", "1,234.56"],
      ["20", "GG/MM/AAAA HH:MM", "1.234,56"],
    ]);
  });

  test("of what it does not have it says so", async () => {
    const found = await guessOnce(exports[15] as ProgramExport);

    expect(found.guess.missing).toEqual(["agente", "speseCents"]);
  });
});

describe("exports whose names are those of other programs", () => {
  const others = makeOtherExports();

  test.each(others)("$name: nothing is wrong that is not told", async (one) => {
    const { columns } = (await guess(one)).guess;
    const wrong = one.columns
      .map(({ header, is }, at) => ({ header, is, got: columns[at] }))
      .filter(({ is, got }) => got !== undefined && name(got.target) !== is);

    expect(
      wrong
        .filter(({ got }) => got?.isSure)
        .map(({ header, got }) => [header, name(got?.target ?? null)]),
    ).toEqual([]);
  });

  test("nine of ten columns are right", async () => {
    let all = 0;
    let right = 0;
    for (const one of others) {
      const { columns } = (await guess(one)).guess;
      for (const [at, { is }] of one.columns.entries()) {
        all += 1;
        if (name(columns[at]?.target ?? null) === is) right += 1;
      }
    }

    expect(all).toBe(370);
    expect(right / all).toBeGreaterThan(0.97);
  });
});

describe("a misleading file", () => {
  const head = "Numero verbale;Data violazione;Luogo violazione;Articolo;Descrizione;Agente;Spese";
  const row = (at: number) => `V${at};1${at}/11/2026;VIA ROMA;7;SOSTA;AG. NERI;8,50`;
  const read = async (header: string, cells: readonly string[]) => {
    const text = `${head};${header}\n${cells.map((cell, at) => `${row(at)};${cell}`).join("\n")}\n`;
    const { columns } = (await guess({ file: "x.csv", bytes: new TextEncoder().encode(text) }))
      .guess;
    return columns.slice(7).map(({ target, isSure }) => [name(target), isSure]);
  };

  test.each([
    ["Targa", ["12/11/2026", "13/11/2026", "14/11/2026"]],
    ["Codice fiscale", ["MARIO", "LUCA", "ANNA"]],
    ["Data taratura", ["VIA ROMA", "VIA PO", "VIA LIGURIA"]],
    ["Partita IVA", ["12345678901", "11111111111", "99999999999"]],
    ["Importo", ["ROSSI", "BIANCHI", "VERDI"]],
  ])("whose «%s» holds something else is not sure of it", async (header, cells) => {
    const [column] = await read(header, cells);

    expect(column?.[1]).toBe(false);
  });

  test("tells the discounted amount by what it comes to, whatever the names say", async () => {
    const cells = ["60,00;42,00", "100,00;70,00", "240,00;168,00"];

    expect(await read("Sanzione ridotta;Importo", cells)).toEqual([
      ["importoRidottoCents", true],
      ["importoScontatoCents", true],
    ]);
  });

  test("with surname and name turned is asked about", async () => {
    const cells = [
      "TOMMASO;INVENTATI;NVNTMS66B24X001Q",
      "MARIA GRAZIA;DE LUCA;DLCMGR80A41H501H",
      "MARIO;DE LUCA;DLCMRA80A01H501F",
    ];

    expect(await read("Cognome;Nome;CF", cells)).toEqual([
      ["destinatario.nome", false],
      ["destinatario.cognome", false],
      ["destinatario.codiceFiscale", true],
    ]);
  });

  test("does not tell day and month apart without saying so", async () => {
    const text = `Numero verbale;Data violazione;Targa\nA;05/11/2026;AA123BB\nB;06/11/2026;AA124BB\nC;07/11/2026;AA125BB\n`;
    const found = await guess({ file: "x.csv", bytes: new TextEncoder().encode(text) });

    expect(found.guess.doubts).toEqual([
      "Nelle date non si distingue il giorno dal mese: si è letto prima il giorno.",
    ]);
  });

  test("that is no export is a fault", async () => {
    const read = async (text: string) => {
      const sample = await readSample(
        open({ file: "x.csv", bytes: new TextEncoder().encode(text) }),
      );
      return "code" in sample ? sample.code : "read";
    };

    expect(await read("uno;due;tre\n1;2;3\n")).toBe("FLUSSO_HEADER");
    expect(await read("Numero verbale;Targa;Data violazione\n")).toBe("FLUSSO_NO_ROWS");
    expect(await read('{"numero":"A"}\n')).toBe("FLUSSO_JSON");
    expect(await read("")).toBe("FLUSSO_EMPTY");
  });
});

describe("the table of names", () => {
  test("has each name once, and means what a field or a rule is made of", () => {
    const seen = new Map<string, string>();
    const twice: string[] = [];
    for (const { name: own, means } of table.names) {
      const words = listHeaderWords(own).join(" ");
      const other = seen.get(words);
      if (other !== undefined && other !== means) twice.push(`${own}: ${means}, ${other}`);
      seen.set(words, means);
    }

    expect(twice).toEqual([]);
    for (const field of Object.values(fieldByMeaning)) expect(fieldSpecs.has(field)).toBe(true);
  });

  test.each([
    ["N. Verbale", "number"],
    ["Data acc.", "date.finding"],
    ["P. IVA", "vat"],
    ["C.A.P.", "cap"],
    ["Targa veicolo", "plate"],
    ["Cod. Fiscale", "taxCode"],
    ["COD_FISC_PROPR", "taxCode"],
    ["DataOraViolazione", "moment"],
    ["Imp. Scont.", "amount.discounted"],
    ["Nominativo Obbligato in solido", "fullName"],
    ["COMUNE_NASC", "none"],
  ])("%s is %s", (header, meaning) => {
    expect(readHeaderName(header).meaning).toBe(meaning);
  });
});
