/** How the dates and the amounts of a file are written. */

/** G day, M month, A year, MMM the month in letters, HH:MM a time that is not read; `seriale`: the days that a spreadsheet counts. */
export const dateForms = [
  "GG/MM/AAAA",
  "AAAA-MM-GG",
  "GG-MM-AAAA",
  "GG.MM.AAAA",
  "GG/MM/AA",
  "GG-MM-AA",
  "GG.MM.AA",
  "AAAA/MM/GG",
  "AAAAMMGG",
  "GGMMAAAA",
  "GG-MMM-AAAA",
  "GG-MMM-AA",
  "MM/GG/AAAA",
  "GG/MM/AAAA HH:MM",
  "AAAA-MM-GG HH:MM",
  "GG-MM-AAAA HH:MM",
  "seriale",
] as const;
export type DateForm = (typeof dateForms)[number];

/** `1.234,5`: the decimals may be missing, and a sign of the euro may stand beside; `thousandths`: 83000 is 83,00 euro. */
export const amountForms = [
  "cents",
  "1.234,56",
  "1,234.56",
  "1.234,5",
  "1,234.5",
  "thousandths",
] as const;
export type AmountForm = (typeof amountForms)[number];

/** Both, as a file or a column has them. */
export interface Notation {
  readonly dates: DateForm;
  readonly amounts: AmountForm;
}

export function isDateForm(form: string): form is DateForm {
  return dateForms.some((known) => known === form);
}

export function isAmountForm(form: string): form is AmountForm {
  return amountForms.some((known) => known === form);
}
