/** Amounts as programs write them: read into cents by the form that the ente declares, and written in it. */
import type { AmountForm } from "./notation.ts";

/** Integer cents, or why there are none. */
export type AmountReading =
  | { readonly cents: number }
  /** It can be read in more than one way. */
  | { readonly fault: "ambiguous" | "form" };

/** Thousands and decimals of the forms that have them. */
const separators = {
  "1.234,56": [".", ","],
  "1,234.56": [",", "."],
  "1.234,5": [".", ","],
  "1,234.5": [",", "."],
} as const;

/** Reads an amount by one form. */
export function parseAmount(text: string, form: AmountForm): AmountReading {
  if (form === "cents" || form === "thousandths") return parseWhole(text, form);
  const [thousands, decimal] = separators[form];
  if (form === "1.234,5" || form === "1,234.5") return parseLoose(text, thousands, decimal);
  const pattern = new RegExp(`^(\\d{1,3}(?:\\${thousands}\\d{3})+|\\d+)\\${decimal}(\\d{2})$`);
  const [, whole, cents] = pattern.exec(text) ?? [];
  if (whole !== undefined && cents !== undefined && whole.length <= 11)
    return { cents: Number(whole.replaceAll(thousands, "") + cents) };
  const isAmbiguous = /^\d+$/.test(text) || /^\d{1,3}[.,]\d{3}$/.test(text);
  return { fault: isAmbiguous ? "ambiguous" : "form" };
}

function parseWhole(text: string, form: "cents" | "thousandths"): AmountReading {
  const [, digits] = /^0*(\d{1,11})$/.exec(text) ?? [];
  if (digits === undefined) return { fault: "form" };
  const units = Number(digits);
  if (form === "cents") return { cents: units };
  return units % 10 === 0 ? { cents: units / 10 } : { fault: "form" };
}

function parseLoose(text: string, thousands: string, decimal: string): AmountReading {
  const bare = text.replace(/^(?:€|EUR(?:O)?)\s*|\s*(?:€|EUR(?:O)?)$/gi, "").trim();
  const pattern = new RegExp(
    `^(\\d{1,3}(?:\\${thousands}\\d{3})+|\\d+)(?:\\${decimal}(\\d{1,2})0*)?$`,
  );
  const [, whole, decimals = ""] = pattern.exec(bare) ?? [];
  if (whole === undefined || whole.length > 11) return { fault: "form" };
  return { cents: Number(whole.replaceAll(thousands, "") + decimals.padEnd(2, "0")) };
}

/** Cents in the form, for a cell that holds them as a number of euro. */
export function writeCents(
  cents: number,
  form: Exclude<AmountForm, "cents" | "thousandths">,
): string {
  const sign = cents < 0 ? "-" : "";
  const text = String(Math.abs(cents)).padStart(3, "0");
  const [, decimal] = separators[form];
  return `${sign}${text.slice(0, -2)}${decimal}${text.slice(-2)}`;
}
