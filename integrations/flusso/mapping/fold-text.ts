/** Texts of a file as people compare them. */

/** Small letters, single blanks. */
export function foldText(text: string): string {
  return text.normalize("NFC").trim().replaceAll(/\s+/g, " ").toLowerCase();
}
