/** Which code page a text is in, by what Italian text can hold: `Nicolò` is a word in one, `Nicol•` in none. */
import { codePages, readCodePage, type CodePage } from "./code-pages.ts";

/** A word with a letter or sign beyond ASCII, one character for each byte, and where it was first seen. */
export interface HighWord {
  readonly bytes: string;
  readonly line: number;
  /** 1-based column of its first byte beyond ASCII. */
  readonly column: number;
}

/** A word in the two code pages that it may be in. */
export interface TwoReadings {
  readonly word: HighWord;
  readonly first: { readonly page: CodePage; readonly text: string };
  readonly second: { readonly page: CodePage; readonly text: string };
}

export type PageVerdict =
  | { readonly status: "settled"; readonly page: CodePage }
  /** Two pages fit equally and say different letters. */
  | ({ readonly status: "ambiguous" } & TwoReadings)
  /** Some words are of one page, some of another. */
  | { readonly status: "mixed"; readonly first: TwoReadings; readonly second: TwoReadings }
  /** A byte that none of the pages has, or a word that is one in none while no other speaks for a page. */
  | { readonly status: "none"; readonly word: HighWord };

/** How a word reads: not a text at all, odd, fair, or as Italian writes it. */
type Weight = -1 | 0 | 1 | 2 | 3;

interface Tally {
  readonly page: CodePage;
  readonly texts: readonly string[];
  readonly weights: readonly Weight[];
  /** The page has every byte. */
  readonly isReadable: boolean;
  /** Words that no text holds, odd ones, and those that a text may well hold. */
  readonly broken: number;
  readonly odd: number;
  readonly good: number;
}

/** Settles the code page of these words; at least one. */
export function settleCodePage(words: readonly HighWord[]): PageVerdict {
  const tallies = codePages.map((page) => tallyWords(words, page));
  const [best] = tallies
    .filter(({ isReadable }) => isReadable)
    .toSorted((left, right) => left.broken - right.broken || left.odd - right.odd);
  if (best === undefined) {
    const at = tallies[0]?.weights.indexOf(-1) ?? 0;
    return { status: "none", word: pickWord(words, at) };
  }
  if (best.broken > 0 && best.good === 0)
    return { status: "none", word: pickWord(words, best.weights.indexOf(0)) };
  for (const other of tallies) {
    const at = best.texts.findIndex((text, index) => text !== other.texts[index]);
    if (other === best || at === -1) continue;
    const mixture = findMixture(words, best, other);
    if (mixture !== null) return mixture;
    if (other.isReadable && other.broken === best.broken && other.odd === best.odd)
      return { status: "ambiguous", ...readTwice(words, at, best, other) };
  }
  return { status: "settled", page: best.page };
}

function tallyWords(words: readonly HighWord[], page: CodePage): Tally {
  const texts = words.map(({ bytes }) => readCodePage(bytes, page));
  const weights = texts.map(weighWord);
  const count = (weight: Weight): number => weights.filter((each) => each === weight).length;
  return {
    page,
    texts,
    weights,
    isReadable: count(-1) === 0,
    broken: count(0),
    odd: count(1),
    good: count(2) + count(3),
  };
}

/** A word that only the one can read and a word that only the other can; that of the page with fewer good words comes second. */
function findMixture(
  words: readonly HighWord[],
  best: Tally,
  other: Tally,
): Extract<PageVerdict, { status: "mixed" }> | null {
  const findOnly = (reads: Tally, not: Tally, least: Weight): number =>
    reads.weights.findIndex((weight, at) => weight >= least && (not.weights[at] ?? 0) <= 0);
  const own = findOnly(best, other, 1);
  const foreign = findOnly(other, best, 2);
  if (own === -1 || foreign === -1) return null;
  const ofBest = readTwice(words, own, best, other);
  const ofOther = readTwice(words, foreign, other, best);
  return best.good >= other.good
    ? { status: "mixed", first: ofBest, second: ofOther }
    : { status: "mixed", first: ofOther, second: ofBest };
}

function readTwice(
  words: readonly HighWord[],
  at: number,
  first: Tally,
  second: Tally,
): TwoReadings {
  return {
    word: pickWord(words, at),
    first: { page: first.page, text: showText(first.texts[at]) },
    second: { page: second.page, text: showText(second.texts[at]) },
  };
}

/** Control characters do not show. */
function showText(text = ""): string {
  return text.replace(/[\u0080-\u009F]/g, "\uFFFD");
}

function pickWord(words: readonly HighWord[], at: number): HighWord {
  const word = words[at];
  if (word === undefined) throw new Error("no word to settle the encoding by");
  return word;
}

/** The least of what its characters beyond ASCII weigh. */
export function weighWord(text: string): Weight {
  let least: Weight = 3;
  for (let at = 0; at < text.length; at += 1)
    if (text.charCodeAt(at) > 0x7f) least = Math.min(least, weighCharacter(text, at)) as Weight;
  return least;
}

function weighCharacter(text: string, at: number): Weight {
  const character = text[at] ?? "";
  if (/[\u0080-\u009F\uFFFD]/.test(character)) return -1;
  const around = { before: text[at - 1] ?? "", after: text[at + 1] ?? "" };
  if (/[\p{Ll}\p{Lu}]/u.test(character) && !/[ƒµ]/.test(character)) {
    if (/\d/.test(around.before)) return 0;
    const start = /\p{L}*$/u.exec(text.slice(0, at))?.index ?? at;
    const token = /^\p{L}*/u.exec(text.slice(start))?.[0] ?? character;
    return weighLetter(token, at - start);
  }
  const [, weigh] = signs.find(([set]) => set.includes(character)) ?? [];
  return weigh?.(around) ?? 0;
}

interface Around {
  readonly before: string;
  readonly after: string;
}

const isLetter = (character: string): boolean => /\p{L}/u.test(character);
const isInWord = (character: string): boolean => /[\p{L}\d]/u.test(character);

/** Signs that Italian text holds, and where; all others hold nowhere. */
const signs: readonly (readonly [string, (around: Around) => Weight])[] = [
  ["\u00A0", () => 2],
  ["\u00AD", () => 1],
  ["’´`", ({ before, after }) => (isLetter(before) || isLetter(after) ? 2 : 1)],
  ["‘“„«‹‚", ({ before }) => (isInWord(before) ? 0 : 2)],
  ["”»›", ({ after }) => (isInWord(after) ? 0 : 2)],
  ["°", ({ before, after }) => weighOrdinal(before, after)],
  ["ºª", ({ before, after }) => weighOrdinal(before, after)],
  ["§€£", ({ before, after }) => (isLetter(before) || isLetter(after) ? 0 : 2)],
  ["–—", ({ before, after }) => weighDash(before, after)],
  ["…", ({ before, after }) => weighEllipsis(before, after)],
  ["•·", ({ before, after }) => weighBullet(before, after)],
  ["®©™", ({ after }) => (isLetter(after) ? 0 : 2)],
  ["²³", ({ before, after }) => (/[^m\d]/i.test(before) || isLetter(after) ? 0 : 2)],
  ["½¼¾×÷±‰", ({ before, after }) => (isLetter(before) || isLetter(after) ? 0 : 2)],
];

function weighOrdinal(before: string, after: string): Weight {
  if (isLetter(after)) return 0;
  return before === "" || /[\dnN]/.test(before) ? 2 : 0;
}

function weighBullet(before: string, after: string): Weight {
  if (isInWord(before)) return 0;
  return isLetter(after) ? 1 : 2;
}

function weighDash(before: string, after: string): Weight {
  if (isLetter(before)) return isLetter(after) ? 2 : 0;
  return isLetter(after) ? 1 : 2;
}

/** After a consonant it would cut a word. */
function weighEllipsis(before: string, after: string): Weight {
  if (!isLetter(before)) return 2;
  if (isLetter(after)) return 1;
  return /[aeiouàèéìòù]/i.test(before) ? 2 : 1;
}

const italian = "àèéìòùÀÈÉÌÒÙ";
/** Keys of an Italian keyboard that have no capital. */
const smallKeys = "àèéìòùç";
const rare = "æþðýıœÿÆÞÐÝŒŸ";
const neverLast = "âêîôûäëïöüåÂÊÎÔÛÄËÏÖÜÅ";
const sharpened = "šžŠŽ";

function weighLetter(token: string, at: number): Weight {
  const letter = token[at] ?? "";
  if (token.length === 1) return italian.includes(letter) ? 3 : 1;
  const weight = weighPlace(token, at);
  const isFitting = weighCase(token, at);
  return Math.min(weight, isFitting) as Weight;
}

/** Capitals begin a word or are among capitals; small letters follow a letter, and among capitals only those of the keyboard do. */
function weighCase(token: string, at: number): Weight {
  const letter = token[at] ?? "";
  const others = Array.from(token).filter((_, index) => index !== at);
  const [before, after] = [token[at - 1], token[at + 1]];
  if (isCapital(letter)) {
    if (before !== undefined && !isCapital(before)) return 0;
    if (others.every(isCapital) || (at === 0 && after !== undefined && !isCapital(after))) return 3;
    return 1;
  }
  if (after !== undefined && isCapital(after)) {
    const isAmongCapitals = others.every(isCapital) && smallKeys.includes(letter);
    return isAmongCapitals ? 2 : 1;
  }
  if (others.length > 1 && others.every(isCapital)) return smallKeys.includes(letter) ? 3 : 1;
  return 3;
}

function isCapital(letter: string): boolean {
  return letter !== letter.toLowerCase();
}

/** Accents of Italian stand on the last letter, and not after their own vowel; others seldom do. */
function weighPlace(token: string, at: number): Weight {
  const letter = token[at] ?? "";
  const isLast = at === token.length - 1;
  const before = (token[at - 1] ?? "").toLowerCase();
  if (italian.includes(letter)) {
    if (!isLast) return isCapital(letter) || !isCapital(token[at + 1] ?? "") ? 2 : 1;
    const vowel = letter.normalize("NFD")[0]?.toLowerCase() ?? "";
    return before === vowel || (vowel === "a" && "eo".includes(before)) ? 1 : 3;
  }
  if (rare.includes(letter)) return 1;
  if ("ãõÃÕ".includes(letter) && isLast) return 0;
  if ("ãõÃÕ".includes(letter)) return /[eo]/i.test(token[at + 1] ?? "") ? 2 : 1;
  if (neverLast.includes(letter)) return isLast ? 1 : 2;
  if (sharpened.includes(letter)) return isLast && !/[aeiou]/.test(before) ? 1 : 2;
  return 2;
}
