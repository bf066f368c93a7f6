/** Money as an operator reads it. */

/** `138200` as `1.382,00 euro`. */
export function describeCents(amount: number): string {
  const digits = String(Math.abs(amount)).padStart(3, "0");
  const euro = digits.slice(0, -2).replaceAll(/\B(?=(\d{3})+$)/g, ".");
  return `${amount < 0 ? "-" : ""}${euro},${digits.slice(-2)} euro`;
}

/** `2026-11-09` as `09/11/2026`. */
export function formatPaidDay(day: string): string {
  return day.split("-").toReversed().join("/");
}
