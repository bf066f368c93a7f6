/** What of a value that cannot be read may be shown. */

/** A value of a date or amount column, cut: such columns carry no personal data, unless columns were swapped. */
export function maskValue(text: string): string {
  // Letters that stand for digits, and the words that programs write beside or in the place of an amount.
  const rest = text
    .replaceAll(/\b(?:eur|euro|n\.?\s?d\.?|nd)(?![a-z])/gi, "")
    .replaceAll(/[OolI]/g, "0");
  return text.length <= 24 && /^[\d\s.,:/€'+-]*$/.test(rest) ? text : "…";
}
