/** Lines of words that are searched, as tokens of what their words begin with: a name is found by its beginning, and stands nowhere. */
import type { Seals } from "./seals.ts";

/** Stands between the parts of a line. */
const edge = "\u001f";
/** Letters: what is typed further tells no more apart. */
const longest = 16;

type Tokens = Pick<Seals, "makeToken">;

/** Between blanks, ready for the sealed line behind them. */
export function listIndexWords(line: string, seals: Tokens): string {
  const words = new Set<string>();
  for (const part of line.split(edge)) {
    if (part === "") continue;
    words.add(`=${part}`);
    for (const [, begin = ""] of part.matchAll(/(?<![\p{L}\p{N}])(?=([\p{L}\p{N}]\S*))/gu))
      for (let length = 1; length <= Math.min(begin.length, longest); length += 1)
        words.add(begin.slice(0, length));
  }
  return ` ${Array.from(words, (word) => seals.makeToken(word))
    .toSorted()
    .join(" ")} `;
}

/** What a line must hold to have this: a whole part between edges, or what a word begins with. */
export function toIndexWord(word: string, seals: Tokens): string {
  const isWhole = word.startsWith(edge) && word.endsWith(edge) && word.length > 1;
  const asked = isWhole ? `=${word.slice(1, -1)}` : word.slice(0, longest);
  return ` ${seals.makeToken(asked)} `;
}
