/** The table of CAP, comune and provincia as a file: read from PagoPA's CSV form, imported by an operator, or the one that ships. */
import { chmod, mkdir, rename, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { allowMissing, PipelineError } from "../../../engine/host/errors.ts";
import shipped from "../../../data/reference/cap.csv" with { type: "file" };
import { readCsvRecords } from "../../csv.ts";
import { decodeFlusso, settleEncoding } from "../text/encoding.ts";
import { scanBytes } from "../text/scan.ts";
import { wholeFileFault, rowFault } from "../faults.ts";
import { refusedFlussoError, type FlussoFile, type PostalTable, type RowFault } from "../port.ts";
import { estimateExtent, buildPostalTable, type PostalRow } from "./postal-table.ts";

/** What the import says when it is done. */
export interface PostalImport {
  readonly rows: number;
  readonly extent: PostalTable["extent"];
}

/** Where an imported table lies below the data folder. */
export function resolvePostalPath(dataFolder: string): string {
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
  const { rows } = await readTable(file);
  const path = resolvePostalPath(dataFolder);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const lines = rows.map(({ cap, town, province }) => `${cap};${town};${province}`);
  const temporary = `${path}.tmp`;
  await writeFile(temporary, `CAP;localita;provincia;${day}\n${lines.join("\n")}\n`);
  await chmod(temporary, 0o600);
  await rename(temporary, path);
  return { rows: rows.length, extent: estimateExtent(rows.length) };
}

/** Whether this installation has a table of its own. */
export async function isPostalImported(dataFolder: string): Promise<boolean> {
  return (await allowMissing(stat(resolvePostalPath(dataFolder)))) !== null;
}

/** The imported table, or the one of all comuni that ships. */
export async function openPostal(dataFolder: string): Promise<PostalTable> {
  if (!(await isPostalImported(dataFolder))) return await (shippedTable ??= readFrom(shipped));
  return await readFrom(resolvePostalPath(dataFolder));
}

/** The table that ships is the same for every run of a process. */
let shippedTable: Promise<PostalTable> | null = null;

async function readFrom(path: string): Promise<PostalTable> {
  // A file that lies inside the program of one file has no descriptor.
  const { rows, day } = await readTable({ name: "cap.csv", open: () => Bun.file(path).stream() });
  return buildPostalTable(rows, day, path === shipped ? "comuni" : estimateExtent(rows.length));
}

/** The rows, and the day that the header bears after the names of the columns; empty where it bears none. */
async function readTable(
  file: FlussoFile,
): Promise<{ readonly rows: readonly PostalRow[]; readonly day: string }> {
  const encoding = settleEncoding(await scanBytes(file.open()), file.name, "auto");
  if ("code" in encoding) throw refusedTableError(file, [encoding]);
  const rows: PostalRow[] = [];
  const faults: RowFault[] = [];
  let day = "";
  let isHeader = true;
  for await (const record of readCsvRecords(decodeFlusso(file, encoding), ";")) {
    const [cap = "", town = "", province = ""] = record.fields.map((field) => field.trim());
    if (record.fields.length === 1 && cap === "") continue;
    if (isHeader) {
      if (!/^cap$/i.test(cap)) throw refusedTableError(file, [wrongHeader]);
      day = /^\d{4}-\d{2}-\d{2}$/.exec(record.fields[3]?.trim() ?? "")?.[0] ?? "";
    } else {
      if (/^\d{5}$/.test(cap) && town !== "" && /^[A-Z]{2,3}$/.test(province))
        rows.push({ cap, town, province });
      else faults.push(wrongRowFault(record.line));
    }
    isHeader = false;
  }
  if (rows.length === 0 && faults.length === 0) faults.push(empty);
  if (faults.length > 0) throw refusedTableError(file, faults);
  return { rows, day };
}

function refusedTableError(file: FlussoFile, faults: readonly RowFault[]): PipelineError {
  const shown = faults.slice(0, 50);
  const refused = refusedFlussoError(file.name, {
    faults: shown,
    more: faults.length - shown.length,
  });
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

const wrongHeader = wholeFileFault(
  "POSTAL_HEADER",
  "la prima riga non è CAP;localita;provincia.",
  "usare l'elenco di PagoPA nella sua forma CSV, con «;».",
);

const empty = wholeFileFault("POSTAL_EMPTY", "non ci sono righe.", "scaricare di nuovo l'elenco.");

function wrongRowFault(line: number): RowFault {
  return rowFault(
    line,
    "POSTAL_ROW",
    "la riga non ha CAP di cinque cifre, località e sigla della provincia.",
    "correggere la riga.",
  );
}
