/** The text of one cell as it is meant: without the guards by which spreadsheets, and our own export, keep codes from being computed. */

/** `="00123"` and `'00123` say 00123; blanks at the ends go, no-break spaces and byte order marks included. */
export function unwrapCell(text: string): string {
  const trimmed = text.trim();
  const [, formula] = /^="((?:[^"]|"")*)"$/.exec(trimmed) ?? [];
  if (formula !== undefined) return formula.replaceAll('""', '"').trim();
  return /^'[=+\-@\d]/.test(trimmed) ? trimmed.slice(1).trim() : trimmed;
}
