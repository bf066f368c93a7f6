/** The costs ledger of a month as a sheet: a row for each notification, totals last; beside an invoice, what it charges and why that differs. */
import { formatCsvLine } from "../../integrations/csv.ts";
import { type SheetCell, writeSpreadsheet } from "../../integrations/spreadsheet.ts";
import { sumCents } from "../../integrations/register/money.ts";
import type { Compared } from "./compare-invoice.ts";
import { type LedgerRow, sumBorne } from "./ledger-rows.ts";
import type { Invoice } from "./read-invoice.ts";

/** What is written; `compared`: absent without an invoice. */
export interface LedgerSheet {
  readonly rows: readonly LedgerRow[];
  readonly compared?: readonly Compared[];
  readonly faults?: Invoice["faults"];
}

interface Line {
  readonly row: LedgerRow | null;
  readonly compared: Compared | null;
  /** Of a line of the invoice that cannot be read. */
  readonly fault?: Invoice["faults"][number];
}

interface Column {
  readonly label: string;
  read(line: Line): SheetCell;
  /** Cents of a line, where the column is summed. */
  readonly sum?: (line: Line) => number | null;
}

const outcomes: Readonly<Record<LedgerRow["outcome"], string>> = {
  accepted: "accettata",
  refused: "rifiutata",
  cancelled: "annullata",
};

const ledgerColumns: readonly Column[] = [
  text("IUN", ({ row, compared }) => row?.iun ?? compared?.iun ?? ""),
  text("Verbale", ({ row }) => row?.numero ?? ""),
  text("Protocollo", ({ row }) => row?.protocol ?? ""),
  { label: "Del", read: ({ row }) => (row === null ? "" : { day: row.day }) },
  text("Esito", ({ row }) => (row === null ? "" : outcomes[row.outcome])),
  amount("Spese chieste al destinatario", ({ row }) => row?.priceCents ?? null),
  amount("Spese sulla posizione", ({ row }) => row?.feeCents ?? null),
  amount("Spese nella ricevuta", ({ row }) => row?.receiptFeeCents ?? null),
  amount("Pagato", ({ row }) => row?.paidCents ?? null),
  {
    label: "Pagato il",
    read: ({ row }) => (row === null || row.paidOn === null ? "" : { day: row.paidOn }),
  },
  amount("Quota di SEND", ({ row }) => row?.charges?.sendCents ?? null),
  amount("Lettere", ({ row }) => (row?.charges == null ? null : sumCents(row.charges.letters))),
  amount("Addebito di SEND", ({ row }) => row?.charges?.totalCents ?? null),
  text("Definitivo", ({ row }) => {
    if (row === null) return "";
    return row.isFinal ? "sì" : "no";
  }),
  amount("A carico dell'ente", ({ row }) => (row === null ? null : sumBorne(row))),
  text("Da controllare", ({ row }) =>
    [...new Set((row?.findings ?? []).map(({ text: told }) => told))].join(" "),
  ),
];

const invoiceColumns: readonly Column[] = [
  amount("In fattura", ({ compared }) => compared?.billedCents ?? null),
  amount("Differenza", ({ compared }) => compared?.differenceCents ?? null),
  text("Motivo", ({ compared, fault }) => fault?.why ?? compared?.reason ?? ""),
  text("Spiegata", ({ compared }) => {
    if (compared === null) return "no";
    return compared.isExplained ? "sì" : "no";
  }),
  text("Righe della fattura", ({ compared, fault }) =>
    (fault === undefined ? (compared?.lines ?? []) : [fault.line]).join(", "),
  ),
];

function text(label: string, read: (line: Line) => string): Column {
  return { label, read };
}

function amount(label: string, sum: (line: Line) => number | null): Column {
  const read = (line: Line): SheetCell => {
    const cents = sum(line);
    return cents === null ? "" : { cents };
  };
  return { label, read, sum };
}

function listLines({ rows, compared, faults = [] }: LedgerSheet): readonly Line[] {
  if (compared === undefined) return rows.map((row) => ({ row, compared: null }));
  return [
    ...compared.map((one) => ({ row: one.row, compared: one })),
    ...faults.map((fault) => ({ row: null, compared: null, fault })),
  ];
}

function buildTable(sheet: LedgerSheet): {
  readonly head: readonly string[];
  readonly cells: readonly (readonly SheetCell[])[];
} {
  const columns = [...ledgerColumns, ...(sheet.compared === undefined ? [] : invoiceColumns)];
  const lines = listLines(sheet);
  const totals = columns.map(({ sum }, at): SheetCell => {
    if (at === 0) return "TOTALE";
    return sum === undefined ? "" : { cents: sumCents(lines.map((line) => sum(line) ?? 0)) };
  });
  return {
    head: columns.map(({ label }) => label),
    cells: [...lines.map((line) => columns.map((column) => column.read(line))), totals],
  };
}

/** `;`, CRLF, a mark so that Excel reads UTF-8. */
export function formatLedgerCsv(sheet: LedgerSheet): string {
  const { head, cells } = buildTable(sheet);
  const lines = cells.map((row) => formatCsvLine(row.map(formatCell)));
  return `\uFEFF${formatCsvLine(head)}${lines.join("")}`;
}

/** XLSX. */
export function writeLedgerSpreadsheet(month: string, sheet: LedgerSheet): Uint8Array {
  const { head, cells } = buildTable(sheet);
  return writeSpreadsheet(`Spese ${month}`, head, cells);
}

function formatCell(cell: SheetCell): string {
  if (typeof cell === "string") return cell;
  if ("cents" in cell) return formatAmount(cell.cents);
  return "day" in cell ? cell.day.split("-").toReversed().join("/") : String(cell.count);
}

/** `138200` as `1382,00`. */
export function formatAmount(cents: number): string {
  const digits = String(Math.abs(cents)).padStart(3, "0");
  return `${cents < 0 ? "-" : ""}${digits.slice(0, -2)},${digits.slice(-2)}`;
}
