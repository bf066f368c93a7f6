/** One slip of a technician: what is typed in place of what is meant, in a real file. */

export interface Mistake {
  /** Unique, in words. */
  readonly name: string;
  /** Relative to the repository. */
  readonly file: string;
  /** Replaced once, by `typed`; must be in the file. */
  readonly meant: string;
  readonly typed: string;
}

/** The file with the slip in it. Throws when the file does not hold what was meant. */
export function makeMistake(text: string, { name, meant, typed }: Mistake): string {
  if (!text.includes(meant)) throw new Error(`${name}: the file does not say ${meant}`);
  return text.replace(meant, () => typed);
}
