/** How a day is written on a document. */

/** `23/11/2026` from `2026-11-23`. */
export function formatItalianDay(day: string): string {
  const [year, month, date] = day.split("-");
  return `${date}/${month}/${year}`;
}
