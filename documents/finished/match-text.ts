/** Whose act a text is: by what stands on its first page, never by the name of a file. */

/** What names an act. */
export interface ActNames {
  readonly numero: string;
  readonly targa: string;
  /** Codice fiscale or partita IVA of whom it is for. */
  readonly taxId: string;
}

/** A text without its blanks: programs part letters and words as they like. */
export function compactText(text: string): string {
  return text.replaceAll(/\s+/g, "").toUpperCase();
}

/** Whether a first page bears the number, whole, and with it the plate or the tax code. `page`: by `compactText`. */
export function isActOf(page: string, text: string, names: ActNames): boolean {
  if (!page.includes(compactText(names.numero)) || !bearsWhole(text, names.numero)) return false;
  return [names.targa, names.taxId].some((one) => {
    const wanted = compactText(one);
    return wanted.length >= 5 && page.includes(wanted);
  });
}

/** Not as the beginning or the end of a longer number. */
function bearsWhole(text: string, numero: string): boolean {
  const letters = Array.from(compactText(numero), (letter) =>
    letter.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`),
  );
  return new RegExp(
    `(?<![\\p{L}\\p{N}])${letters.join(String.raw`\s*`)}(?![\\p{L}\\p{N}])`,
    "iu",
  ).test(text);
}

/** Those of the given notice codes that a text bears, in groups or not. */
export function findCodes(text: string, codes: readonly string[]): readonly string[] {
  const page = compactText(text);
  return codes.filter((code) => page.includes(code));
}
