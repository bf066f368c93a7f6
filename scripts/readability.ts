/** How easily the Italian texts of the act read: the Gulpease index of each block, by fixed rules; `bun scripts/readability.ts`. */
import { buildVerbaleModel } from "../documents/model/models.ts";

/** What was counted of a text. */
export interface Readability {
  readonly sentences: number;
  readonly words: number;
  readonly letters: number;
  /** 0 to 100; under 60 it is hard for who has finished middle school. */
  readonly gulpease: number;
}

/** Points that end no sentence. */
const abbreviations =
  /(?<![\p{L}\d])(?:C\.F|D\.Lgs|D\.L|S\.p\.A|S\.r\.l|artt?|nn?|cc?|co|lett|Tel|sig|dott|ecc)\./giu;

/**
 * The rules: each paragraph is counted by itself, then all together. `**` is no letter; `{value}` is one word of six letters; a
 * word is what stands between blanks, apostrophes within it, with a letter or a digit in it; letters are letters and digits; a
 * sentence ends at `.`, `!`, `?` or `:` before a blank or the end, and a paragraph ends one; the points of abbreviations
 * (art., n., C.F., D.L.), of figures (1.234,56) and of addresses (comune.it) end none.
 * Source of the index: 89 + (300 * sentences - 10 * letters) / words.
 */
export function measureReadability(paragraphs: readonly string[]): Readability {
  let [sentences, words, letters] = [0, 0, 0];
  for (const paragraph of paragraphs) {
    const text = paragraph
      .replaceAll("**", "")
      .replaceAll(/\{[^}]*\}/g, "valore")
      .replaceAll(abbreviations, (found) => found.replaceAll(".", ""))
      .trim();
    const own = text.split(/\s+/).filter((word) => /[\p{L}\d]/u.test(word));
    if (own.length === 0) continue;
    words += own.length;
    letters += text.match(/[\p{L}\d]/gu)?.length ?? 0;
    const ends = [...text.matchAll(/[.!?:]+(?=[\s»")]|$)/g)].length;
    sentences += /[.!?:]["»)]*$/.test(text) ? ends : ends + 1;
  }
  const gulpease =
    words === 0 ? 100 : Math.round(Math.min(100, 89 + (300 * sentences - 10 * letters) / words));
  return { sentences, words, letters, gulpease };
}

/** Of each block of the model that has paragraphs, in its order, and of all together. */
export function measureModel(): ReadonlyMap<string, Readability> {
  const { order, blocks } = buildVerbaleModel("verbale-cds");
  const texts = order.map((name) => [name, blocks[name]?.paragraphs ?? []] as const);
  const told = texts.filter(([, paragraphs]) => paragraphs.length > 0);
  return new Map([
    ...told.map(([name, paragraphs]) => [name, measureReadability(paragraphs)] as const),
    ["tutti", measureReadability(told.flatMap(([, paragraphs]) => paragraphs))],
  ]);
}

if (import.meta.main)
  for (const [name, { sentences, words, gulpease }] of measureModel())
    console.log(
      `${name.padEnd(18)} ${String(gulpease).padStart(3)}   ${(words / sentences).toFixed(1)} parole per frase`,
    );
