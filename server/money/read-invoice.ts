/** PagoPA's invoice as CSV: its lines by IUN, and those that cannot be read with the reason. */
import type { InvoiceSettings } from "../../integrations/invoice.ts";
import { parseEuro } from "../../integrations/euro.ts";
import { type AnswerRow, readRows } from "../../integrations/payments/file/answer-file.ts";
import { UsageError } from "../words/usage-error.ts";

/** One line; cents. */
export interface InvoiceLine {
  /** 1-based line of the file. */
  readonly line: number;
  readonly iun: string;
  readonly cents: number;
  readonly item: string;
}

export interface Invoice {
  readonly lines: readonly InvoiceLine[];
  /** Lines of which nobody can say what they charge, with the reason in Italian. */
  readonly faults: readonly { readonly line: number; readonly why: string }[];
}

const usual = {
  iun: ["iun"],
  amount: ["importo", "imponibile", "totale imponibile", "totale"],
  item: ["voce", "descrizione", "tipo"],
} as const;

type Column = keyof typeof usual;

/** Throws UsageError where a column is missing. */
export async function readInvoice(
  file: string,
  bytes: Uint8Array,
  settings: Pick<InvoiceSettings, "columns"> = {},
): Promise<Invoice> {
  const rows = await readRows(file, bytes, []);
  const names = Object.keys(rows[0]?.cells ?? {});
  const find = (column: Column): string | undefined => {
    const given = settings.columns?.[column]?.trim().toLowerCase();
    const wanted = given === undefined ? usual[column] : [given];
    return wanted.find((name) => names.includes(name));
  };
  const iun = requireColumn(file, names, { column: "iun", found: find("iun") });
  const amount = requireColumn(file, names, { column: "amount", found: find("amount") });
  const lines: InvoiceLine[] = [];
  const faults: { readonly line: number; readonly why: string }[] = [];
  for (const row of rows) {
    const read = readLine(row, { iun, amount, item: find("item") });
    if ("why" in read) faults.push(read);
    else lines.push(read);
  }
  return { lines, faults };
}

function requireColumn(
  file: string,
  names: readonly string[],
  { column, found }: { readonly column: "iun" | "amount"; readonly found: string | undefined },
): string {
  if (found !== undefined) return found;
  const what = column === "iun" ? "dello IUN" : "dell'importo";
  const there = names.length === 0 ? "il file è vuoto" : `ci sono ${names.join(", ")}`;
  throw new UsageError(
    `Nella fattura ${file} non si trova la colonna ${what}: ${there}. Indicarla nel file dell'ente, fattura: { columns: { ${column}: … } }.`,
    { isWellTyped: true },
  );
}

function readLine(
  { line, cells, fault }: AnswerRow,
  columns: { readonly iun: string; readonly amount: string; readonly item: string | undefined },
): InvoiceLine | { readonly line: number; readonly why: string } {
  if (fault !== undefined) return { line, why: fault };
  const iun = (cells[columns.iun] ?? "").toUpperCase();
  if (iun === "") return { line, why: "la riga non ha uno IUN" };
  const written = cells[columns.amount] ?? "";
  const cents = parseEuro(written);
  if (cents === null) return { line, why: `l'importo «${written}» non si legge` };
  return { line, iun, cents, item: columns.item === undefined ? "" : (cells[columns.item] ?? "") };
}
