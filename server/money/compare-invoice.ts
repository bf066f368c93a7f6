/** Each notification beside what PagoPA's invoice charges for it: equal, or different for a reason, or to be cleared up. Pure; all amounts are cents. */
import { sumCents } from "../../integrations/register/money.ts";
import { formatDay } from "../words/format.ts";
import type { InvoiceLine } from "./read-invoice.ts";
import { type Charges, type LedgerRow, readIunMonth } from "./ledger-rows.ts";

/** What the invoice says of one IUN. */
export interface Compared {
  readonly iun: string;
  /** `null`: not ours. */
  readonly row: LedgerRow | null;
  readonly lines: readonly number[];
  /** `null`: the invoice has no line of it. */
  readonly billedCents: number | null;
  readonly differenceCents: number;
  /** Italian; empty: there is no difference. */
  readonly reason: string;
  /** False: nobody knows why, a person has to ask. */
  readonly isExplained: boolean;
}

/** What the ledger said of a notification before. */
export interface EarlierCharges {
  readonly charges: Charges;
  /** SEND has corrected the notification since. */
  readonly isCorrectedSince: boolean;
}

export interface CompareFacts {
  readonly month: string;
  /** Percent. */
  readonly vat: number;
  /** What the ledger said before, by IUN, oldest first; of those that changed. */
  readonly earlier: ReadonlyMap<string, readonly EarlierCharges[]>;
}

/** One for each notification of the month and each IUN of the invoice. `rows`: those of the month, and of other months that the invoice names. */
export function compareInvoice(
  rows: readonly LedgerRow[],
  lines: readonly InvoiceLine[],
  facts: CompareFacts,
): readonly Compared[] {
  const byIun = Map.groupBy(lines, ({ iun }) => iun);
  const known = new Set(rows.map(({ iun }) => iun));
  const ours = rows.map((row) => compareRow(row, byIun.get(row.iun) ?? [], facts));
  const foreign = [...byIun].filter(([iun]) => !known.has(iun));
  return [...ours, ...foreign.map(([iun, own]) => describeForeign(iun, own))];
}

function describeForeign(iun: string, lines: readonly InvoiceLine[]): Compared {
  const billedCents = sumCents(lines.map(({ cents }) => cents));
  const reason =
    readIunMonth(iun) === null
      ? "Non è uno IUN di SEND: chiedere a PagoPA che cosa addebita la riga."
      : "Postino non conosce questo IUN: controllare se l'ente lo ha inviato con un altro programma.";
  const numbers = lines.map(({ line }) => line);
  return {
    iun,
    row: null,
    lines: numbers,
    billedCents,
    differenceCents: billedCents,
    reason,
    isExplained: false,
  };
}

function compareRow(row: LedgerRow, lines: readonly InvoiceLine[], facts: CompareFacts): Compared {
  const billed = sumCents(lines.map(({ cents }) => cents));
  const charged = row.charges?.totalCents ?? 0;
  const judged = judge(row, lines, { billed, charged, ...facts });
  const differenceCents = billed - charged;
  const month = readIunMonth(row.iun);
  const elsewhere =
    month === null || month === facts.month
      ? ""
      : `Notifica del ${month.split("-").toReversed().join("/")}. `;
  return {
    iun: row.iun,
    row,
    lines: lines.map(({ line }) => line),
    billedCents: lines.length === 0 ? null : billed,
    differenceCents,
    reason: judged === null ? elsewhere.trim() : `${elsewhere}${judged.reason}`,
    isExplained: judged?.isExplained ?? true,
  };
}

interface Sums extends CompareFacts {
  readonly billed: number;
  readonly charged: number;
}

interface Judged {
  readonly reason: string;
  readonly isExplained: boolean;
}

const explain = (reason: string): Judged => ({ reason, isExplained: true });
const leaveOpen = (reason: string): Judged => ({ reason, isExplained: false });

/** `null`: to the cent what was expected. */
function judge(row: LedgerRow, lines: readonly InvoiceLine[], sums: Sums): Judged | null {
  const { charges } = row;
  if (charges === null)
    return lines.length === 0
      ? null
      : leaveOpen(
          "La pipeline seguito non ha ancora guardato questa notifica: eseguirla e ripetere.",
        );
  if (sums.billed === sums.charged) return null;
  if (lines.length === 0) return judgeMissing(row, sums);
  return (
    findRepeated(lines, sums) ??
    findVat(charges, sums) ??
    findEarlier(row.iun, charges, sums) ??
    findPart(row, charges, sums) ??
    leaveOpen("Differenza non spiegata: chiedere conto a PagoPA con lo IUN.")
  );
}

function judgeMissing({ isFinal, endedOn, outcome }: LedgerRow, { month }: Sums): Judged {
  if (!isFinal) return explain("Non è in fattura: la notifica non è ancora conclusa.");
  if (outcome === "accepted" && endedOn !== null && endedOn.slice(0, 7) > month)
    return explain(
      `Non è in fattura: si è conclusa il ${formatDay(endedOn)}, dopo il mese della fattura.`,
    );
  return leaveOpen("Non è in fattura, ma è conclusa: cercarla nella fattura successiva.");
}

/** The same item with the same amount twice. */
function findRepeated(lines: readonly InvoiceLine[], { billed, charged }: Sums): Judged | null {
  const seen = new Map<string, number>();
  const again: InvoiceLine[] = [];
  for (const one of lines) {
    const name = `${one.cents} ${one.item}`;
    if (seen.has(name)) again.push(one);
    else seen.set(name, one.line);
  }
  if (again.length === 0 || billed - sumCents(again.map(({ cents }) => cents)) !== charged)
    return null;
  const numbers = again.map(({ line }) => line).join(", ");
  return explain(`La fattura addebita due volte la stessa voce (riga ${numbers}): da contestare.`);
}

function findVat({ sendCents, letters }: Charges, { billed, charged, vat }: Sums): Judged | null {
  const add = (cents: number): number => Math.round(cents + (cents * vat) / 100);
  if (billed === add(charged)) return explain(`La fattura comprende l'IVA (${vat} %).`);
  if (billed === sendCents + add(sumCents(letters)))
    return explain(`La fattura comprende l'IVA (${vat} %) delle lettere.`);
  const each = sumCents([sendCents, ...letters].map(add));
  return billed === each
    ? explain(`La fattura comprende l'IVA (${vat} %), arrotondata voce per voce.`)
    : null;
}

/** What the ledger said before: the invoice was made then, or counts what SEND has taken back. */
function findEarlier(iun: string, now: Charges, { billed, earlier }: Sums): Judged | null {
  for (const { charges: before, isCorrectedSince } of earlier.get(iun) ?? []) {
    if (billed === before.totalCents)
      return explain(
        isCorrectedSince
          ? "La fattura è di prima che SEND correggesse la notifica: la differenza è da contestare."
          : "La fattura è di prima delle ultime voci: il resto è da attendere nella successiva.",
      );
    const both = now.sendCents + sumCents(now.letters) + sumCents(before.letters);
    if (isCorrectedSince && before.letters.length > 0 && billed === both)
      return explain(
        "La fattura conta anche le lettere che SEND ha annullato con la correzione: da contestare.",
      );
  }
  return null;
}

/** Charged in two invoices: a part of it is here. */
function findPart({ isFinal }: LedgerRow, charges: Charges, { billed }: Sums): Judged | null {
  const { sendCents, letters } = charges;
  if (letters.length > 0 && sendCents > 0 && billed === sendCents)
    return explain("In fattura c'è la sola quota di SEND: le lettere sono in un'altra fattura.");
  let sum = 0;
  for (const [index, letter] of letters.entries()) {
    sum += letter;
    if (billed === sum && sum < charges.totalCents)
      return explain(
        `In fattura ${index === 0 ? "c'è la prima lettera" : `ci sono le prime ${index + 1} lettere`}: il resto è in un'altra fattura.`,
      );
  }
  if (!isFinal && billed === charges.totalCents + 100)
    return explain("La fattura conta già la quota di SEND: la notifica non risultava conclusa.");
  return null;
}
