/** What was paid, as the office that keeps the positions may tell it: files `incassi*.csv` in the folder of the exchange, one row a payment. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { allowMissing } from "../../../engine/host/errors.ts";
import { parseEuro } from "../../euro.ts";
import type { CodePayment } from "../port.ts";
import { type AnswerRow, cleanNoticeCode, readRows } from "./answer-file.ts";

/** Columns that such a file must have; `spese_notifica` and `ricevuta` may be there. */
const codeHeader = "codice_avviso";
const headers = [codeHeader, "data_pagamento", "importo"];

/** Why a row cannot be used, in Italian. */
export class UnusableReceipt extends Error {
  readonly row: AnswerRow;

  constructor(row: AnswerRow, why: string) {
    super(why);
    this.row = row;
  }
}

interface Known {
  readonly stamp: string;
  readonly rows: ReadonlyMap<string, readonly AnswerRow[]>;
}

/** Reads the files of a folder, each again when it has changed. */
export interface ReceiptFiles {
  /** The payments of a code, each once; `null`: no file tells of it. Throws MissingColumn and UnusableReceipt. */
  find(noticeCode: string): Promise<readonly CodePayment[] | null>;
}

/** Opens the files of the folder of the exchange. */
export function openReceiptFiles(folder: string): ReceiptFiles {
  const known = new Map<string, Known>();

  async function readContent(name: string): Promise<Known> {
    const path = join(folder, name);
    const { mtimeMs, size } = await stat(path);
    const stamp = `${mtimeMs}/${size}`;
    const before = known.get(name);
    if (before?.stamp === stamp) return before;
    const rows = await readRows(name, await readFile(path), headers);
    const byCode = Map.groupBy(rows, ({ cells }) => cleanNoticeCode(cells[codeHeader] ?? ""));
    const content = { stamp, rows: byCode };
    known.set(name, content);
    return content;
  }

  return {
    async find(noticeCode) {
      const found = new Map<string, CodePayment>();
      const names = (await allowMissing(readdir(folder))) ?? [];
      for (const name of names.filter((one) => /^incassi.*\.csv$/i.test(one)).toSorted())
        for (const row of (await readContent(name)).rows.get(noticeCode) ?? []) {
          const payment = readPayment(row);
          // The same payment may stand in the file of a day and in that of its month.
          found.set(payment.receiptId ?? JSON.stringify(payment), payment);
        }
      return found.size === 0 ? null : [...found.values()];
    },
  };
}

function readPayment(row: AnswerRow): CodePayment {
  if (row.fault !== undefined) throw new UnusableReceipt(row, row.fault);
  const { cells } = row;
  const paidOn = readDay(cells["data_pagamento"] ?? "");
  if (paidOn === null)
    throw new UnusableReceipt(row, "data_pagamento deve essere un giorno, come 31/12/2026");
  const amountCents = readCents(cells["importo"] ?? "");
  if (amountCents === null)
    throw new UnusableReceipt(row, "importo deve essere in euro con due decimali, come 45,90");
  const fee = cells["spese_notifica"] ?? "";
  const feeCents = fee === "" ? null : readCents(fee);
  if (fee !== "" && feeCents === null)
    throw new UnusableReceipt(row, "spese_notifica deve essere in euro con due decimali");
  const receiptId = cells["ricevuta"] ?? "";
  return {
    paidOn,
    paidAt: null,
    amountCents,
    feeCents,
    receiptId: receiptId === "" ? null : receiptId,
  };
}

/** `31/12/2026` or `2026-12-31`; `null`: no day of the calendar. */
function readDay(cell: string): string | null {
  const [, day, month, year] = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(cell) ?? [];
  const written =
    day === undefined
      ? cell
      : `${year ?? ""}-${(month ?? "").padStart(2, "0")}-${day.padStart(2, "0")}`;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(written)) return null;
  const ms = Date.parse(`${written}T00:00:00Z`);
  if (Number.isNaN(ms)) return null;
  return new Date(ms).toISOString().startsWith(written) ? written : null;
}

/** No payment is below nothing. */
function readCents(cell: string): number | null {
  const amount = parseEuro(cell);
  return amount === null || amount < 0 ? null : amount;
}
