/** The table of CAP, comune and provincia: read from PagoPA's CSV form, imported by an operator, asked by the check CAP_TOWN. */
import { createReadStream } from "node:fs";
import { chmod, mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PipelineError } from "../../engine/errors.ts";
import shipped from "../../data/reference/cap.csv" with { type: "file" };
import { csvRecords } from "./csv.ts";
import { decode, settleEncoding } from "./encoding.ts";
import { fileFault, rowFault } from "./faults.ts";
import { refusalOf, type FlussoFile, type PostalTable, type RowFault } from "./port.ts";

/** The table that ships is partial; a whole one has some 17,000 rows. */
const completeFrom = 10_000;
/** Day on which the shipped table was looked over. */
const shippedOn = "2026-11-23";

interface PostalRow {
  readonly cap: string;
  readonly town: string;
  readonly province: string;
}

/** What the import says when it is done. */
export interface PostalImport {
  readonly rows: number;
  readonly isComplete: boolean;
}

/** Where an imported table lies below the data folder. */
export function importedTable(dataFolder: string): string {
  return join(dataFolder, "postal", "cap.csv");
}

/**
 * Checks a file `CAP;localita;provincia` and keeps it as the table of this installation; `day` is shown as its date.
 * Throws PipelineError FLUSSO_REFUSED with every fault; the table in use stays as it was.
 */
export async function importPostal(
  file: FlussoFile,
  dataFolder: string,
  day: string,
): Promise<PostalImport> {
  const rows = await readRows(file);
  const path = importedTable(dataFolder);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const lines = rows.map(({ cap, town, province }) => `${cap};${town};${province}`);
  const temporary = `${path}.tmp`;
  await writeFile(temporary, `CAP;localita;provincia;${day}\n${lines.join("\n")}\n`);
  await chmod(temporary, 0o600);
  await rename(temporary, path);
  return { rows: rows.length, isComplete: rows.length >= completeFrom };
}

/** The imported table, or the partial one that ships. */
export async function openPostal(dataFolder: string): Promise<PostalTable> {
  const path = importedTable(dataFolder);
  const isImported = (await stat(path).catch(() => null)) !== null;
  const source = isImported ? path : shipped;
  const rows = await readRows({ name: "cap.csv", open: () => createReadStream(source) });
  const date = isImported
    ? /;(\d{4}-\d{2}-\d{2})$/.exec((await readFile(path, "utf8")).split("\n", 1)[0] ?? "")?.[1]
    : shippedOn;
  return tableOf(rows, date ?? "");
}

/** A table in memory. */
export function tableOf(rows: readonly PostalRow[], date: string): PostalTable {
  const byCap = Map.groupBy(rows, ({ cap }) => cap);
  const byTown = Map.groupBy(rows, ({ town, province }) => `${plain(town)};${province}`);
  const isComplete = rows.length >= completeFrom;
  return {
    date,
    rows: rows.length,
    isComplete,
    judge({ cap, comune, provincia }) {
      const names = namesOf(comune);
      const sigla = provincia.trim().toUpperCase();
      const here = byCap.get(cap) ?? [];
      for (const row of here)
        if (row.province === sigla && names.includes(plain(row.town))) return { status: "ok" };
      if (here.length === 0 && !isComplete) return { status: "unknown" };
      const caps = names.flatMap((name) => byTown.get(`${name};${sigla}`) ?? []);
      return {
        status: "mismatch",
        towns: firstFew(here.map((row) => `${row.town} (${row.province})`)),
        caps: firstFew(caps.map((row) => row.cap)),
      };
    },
  };
}

const shownAtMost = 3;

function firstFew(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].slice(0, shownAtMost);
}

/** Official names and those of the postal table. */
const otherNames: Readonly<Record<string, string>> = {
  "REGGIO NELL EMILIA": "REGGIO EMILIA",
  "REGGIO DI CALABRIA": "REGGIO CALABRIA",
};

/** The ways in which a town may stand in the table: bilingual names by each half. */
function namesOf(town: string): readonly string[] {
  const halves = town.includes("/") ? town.split("/") : [];
  return [town, ...halves].map((name) => {
    const found = plain(name);
    return otherNames[found] ?? found;
  });
}

/** Capitals without accents; apostrophes and other signs as one blank. */
function plain(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, " ")
    .trim();
}

async function readRows(file: FlussoFile): Promise<readonly PostalRow[]> {
  const encoding = await settleEncoding(file, "auto");
  if ("code" in encoding) throw refusal(file, [encoding]);
  const rows: PostalRow[] = [];
  const faults: RowFault[] = [];
  let isHeader = true;
  for await (const record of csvRecords(decode(file, encoding), ";")) {
    const [cap = "", town = "", province = ""] = record.fields.map((field) => field.trim());
    if (record.fields.length === 1 && cap === "") continue;
    if (isHeader && !/^cap$/i.test(cap)) throw refusal(file, [wrongHeader]);
    if (!isHeader) {
      if (/^\d{5}$/.test(cap) && town !== "" && /^[A-Z]{2,3}$/.test(province))
        rows.push({ cap, town, province });
      else faults.push(wrongRow(record.line));
    }
    isHeader = false;
  }
  if (rows.length === 0 && faults.length === 0) faults.push(empty);
  if (faults.length > 0) throw refusal(file, faults);
  return rows;
}

function refusal(file: FlussoFile, faults: readonly RowFault[]): PipelineError {
  const shown = faults.slice(0, 50);
  const refused = refusalOf(file.name, { faults: shown, more: faults.length - shown.length });
  const [, ...lines] = refused.message.split("\n");
  return new PipelineError(
    "FLUSSO_REFUSED",
    [
      `La tabella dei CAP ${file.name} non è stata accettata; resta quella di prima.`,
      ...lines,
    ].join("\n"),
    { hint: "Scaricare di nuovo l'elenco CAP;localita;provincia e ripetere." },
  );
}

const wrongHeader = fileFault(
  "POSTAL_HEADER",
  "la prima riga non è CAP;localita;provincia.",
  "usare l'elenco di PagoPA nella sua forma CSV, con «;».",
);

const empty = fileFault("POSTAL_EMPTY", "non ci sono righe.", "scaricare di nuovo l'elenco.");

function wrongRow(line: number): RowFault {
  return rowFault(
    line,
    "POSTAL_ROW",
    "la riga non ha CAP di cinque cifre, località e sigla della provincia.",
    "correggere la riga.",
  );
}
