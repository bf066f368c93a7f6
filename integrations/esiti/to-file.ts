/** Deliveries as files in the ente's outbox, each by its number. */
import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { toDiskError } from "../../engine/host/disk-faults.ts";
import { allowMissing, RunBlocked } from "../../engine/host/errors.ts";
import { replaceFile } from "../../engine/host/whole-file.ts";
import { formatCsvLine } from "../csv.ts";
import type { EsitiDelivery } from "../register/reports.ts";
import { writeSpreadsheet } from "../spreadsheet.ts";
import type { EsitiPort } from "./port.ts";
import { buildRecord, formatValue, listColumns, toSheetCell } from "./rows.ts";
import type { EsitiSettings } from "./settings.ts";

/** `folder`: the ente's outbox, made when it is missing. */
export function createFileEsiti(
  settings: Pick<EsitiSettings, "format" | "columns">,
  folder: string,
): EsitiPort {
  return {
    async deliver(delivery) {
      const name = `esiti-${String(delivery.lotto).padStart(6, "0")}.${settings.format}`;
      try {
        await writeOnce(folder, name, formatDelivery(delivery, settings));
      } catch (error) {
        throw toDiskError(error, folder);
      }
    },
  };
}

type Format = Pick<EsitiSettings, "format" | "columns">;

function formatDelivery({ facts }: EsitiDelivery, settings: Format): Uint8Array {
  const columns = listColumns(settings);
  const head = columns.map(({ name }) => name);
  if (settings.format === "xlsx")
    return writeSpreadsheet(
      "Esiti",
      head,
      facts.map((fact) => columns.map(({ field }) => toSheetCell(fact, field))),
    );
  const text =
    settings.format === "jsonl"
      ? facts.map((fact) => `${JSON.stringify(buildRecord(fact, columns))}\n`)
      : [
          // The mark tells spreadsheets that the letters are UTF-8.
          "\uFEFF",
          formatCsvLine(head),
          ...facts.map((fact) =>
            formatCsvLine(columns.map(({ field }) => formatValue(fact, field))),
          ),
        ];
  return new TextEncoder().encode(text.join(""));
}

/** Whole or not at all, also when the process dies; the same file that is there already is left alone. */
async function writeOnce(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  const path = join(folder, name);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const there = await allowMissing(readFile(path));
  if (there !== null) {
    if (hash(there) !== hash(bytes)) throw otherFileError(name);
    return;
  }
  await replaceFile(path, [bytes]);
}

function hash(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function otherFileError(name: string): RunBlocked {
  return new RunBlocked(
    "ESITI_FILE_TAKEN",
    `Nella cartella di uscita c'è già un file ${name} con altro contenuto: gli esiti non sono stati scritti.`,
    {
      hint: {
        action: "resume",
        first:
          "Spostare altrove quel file, che non viene da questo archivio di Postino, o è stato cambiato dopo.",
      },
    },
  );
}
