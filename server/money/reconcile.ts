/** The ledger of a month beside an invoice: what the register knows of every IUN of either, compared. */
import { hasOtherCorrections } from "../../integrations/register/money.ts";
import type { RegisterReader } from "../../integrations/register/port.ts";
import { compareInvoice, type Compared, type EarlierCharges } from "./compare-invoice.ts";
import { type LedgerRow, readCharges, readLedgerRows } from "./ledger-rows.ts";
import type { Invoice } from "./read-invoice.ts";

export interface ReconcileOptions {
  readonly month: string;
  /** Percent. */
  readonly vat: number;
}

const perRead = 500;

/** One for each row of the month and each other IUN of the invoice. */
export async function reconcileInvoice(
  register: RegisterReader,
  rows: readonly LedgerRow[],
  invoice: Invoice,
  options: ReconcileOptions,
): Promise<readonly Compared[]> {
  const known = new Set(rows.map(({ iun }) => iun));
  const others = new Set(invoice.lines.map(({ iun }) => iun).filter((iun) => !known.has(iun)));
  const all = [...rows];
  const waiting = [...others];
  while (waiting.length > 0)
    all.push(...(await readLedgerRows(register, waiting.splice(0, perRead))));
  const earlier = await readEarlier(register, all, invoice);
  return compareInvoice(all, invoice.lines, { ...options, earlier });
}

/** Of what the invoice charges otherwise than the ledger: what the ledger said before. */
async function readEarlier(
  register: RegisterReader,
  rows: readonly LedgerRow[],
  { lines }: Invoice,
): Promise<ReadonlyMap<string, readonly EarlierCharges[]>> {
  const billed = new Map<string, number>();
  for (const { iun, cents } of lines) billed.set(iun, (billed.get(iun) ?? 0) + cents);
  const earlier = new Map<string, readonly EarlierCharges[]>();
  for (const { iun, charges } of rows) {
    const sum = billed.get(iun);
    if (charges === null || sum === undefined || sum === charges.totalCents) continue;
    const versions = await register.listVersions("costs", iun);
    const now = versions.at(-1)?.data;
    if (now === undefined) continue;
    earlier.set(
      iun,
      versions.slice(0, -1).map(({ data }) => ({
        charges: readCharges(data),
        isCorrectedSince: hasOtherCorrections(data, now),
      })),
    );
  }
  return earlier;
}
