/** Euro as people and programs write them, in cents. */

/** `1.045,90`, `1045.90`, `1.045.678`, whole euro, `-3,50`; `null`: no amount that can be read in one way only. */
export function parseEuro(text: string): number | null {
  const bare = text.replaceAll(/[€\s']/g, "");
  const isGrouped = /^-?\d{1,3}(\.\d{3})+(,\d{2})?$/.test(bare);
  const plain = isGrouped ? bare.replaceAll(".", "").replace(",", ".") : bare.replace(",", ".");
  const [, sign, euro, cents = "00"] = /^(-?)(\d{1,9})(?:\.(\d{2}))?$/.exec(plain) ?? [];
  if (euro === undefined) return null;
  const amount = Number(euro) * 100 + Number(cents);
  return sign === "-" && amount > 0 ? -amount : amount;
}

/** `1382` -> `13,82`, as files for other programs bear it: no sign of thousands, no symbol. `decimalSign`: what stands before the cents. */
export function formatEuroField(cents: number, decimalSign = ","): string {
  const digits = String(Math.abs(cents)).padStart(3, "0");
  return `${cents < 0 ? "-" : ""}${digits.slice(0, -2)}${decimalSign}${digits.slice(-2)}`;
}
