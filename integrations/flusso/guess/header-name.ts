/** What the name of a column may mean, by the table of names that programs use. */
import table from "../../../data/reference/flusso-headers.json";
import { countEdits } from "../faults.ts";

/** Whose, or of what: words that stand beside what a column holds. */
export type HeaderRole = string;

/** How a name was understood. */
export interface HeaderNameReading {
  /** As the table calls it (`taxCode`, `street`, `none`: nobody needs it); `null`: nothing like it. */
  readonly meaning: string | null;
  /** 0 to 1: how much of the name is that of the table. */
  readonly score: number;
  /** The name alone does not say it: `Data`, `Codice`, `Tipo`. */
  readonly isVague: boolean;
  readonly roles: ReadonlySet<HeaderRole>;
}

const words = new Map(table.words.map(({ short, word }) => [short, word]));
const roles = new Map(table.roles.map(({ word, role }) => [word, role]));
const fillers = new Set(
  "di del della dell dei degli delle dello dal dalla da il lo la l i gli le in a al alla con su sul per e ed o od d nel".split(
    " ",
  ),
);

/** Roles that only say whose a thing is: the name without them is the thing. */
const whose = new Set([
  "owner",
  "driver",
  "recipient",
  "tenant",
  "home",
  "violation",
  "finding",
  "record",
]);

/** `COD_FISC_PROPR` -> codice fiscale proprietario. */
export function listHeaderWords(header: string): readonly string[] {
  const plain = header
    .normalize("NFD")
    .replaceAll(/\p{M}/gu, "")
    .replaceAll(/\bC\.?\s?d\.?\s?S\b\.?/gi, " codice strada ")
    // `C.A.P.` is a word, `N.Reg.` are two.
    .replaceAll(
      /\b(?:[A-Za-z]\.){2,}[A-Za-z]?(?![A-Za-z])/g,
      (word) => `${word.replaceAll(".", "").toLowerCase()} `,
    )
    .replaceAll(/([a-z])([A-Z])/g, "$1 $2")
    .replaceAll(/([A-Za-z])(\d)|(\d)([A-Za-z])/g, "$1$3 $2$4")
    .toLowerCase()
    .replaceAll(/n\s?[°º]/g, "numero ")
    .replaceAll(/[^a-z0-9]+/g, " ")
    .trim();
  return plain
    .split(" ")
    .flatMap(cutFused)
    .flatMap((word) => (words.get(word) ?? word).split(" "))
    .filter((word) => word !== "" && !fillers.has(word));
}

/** Words that the table is made of. */
const vocabulary = new Set(
  [...table.names.flatMap(({ name }) => name.split(" ")), ...roles.keys()].filter(
    (word) => word.length >= 3,
  ),
);

/** `numerocivico` is two words that the table knows, `indirizzo` is one. */
function cutFused(word: string): readonly string[] {
  if (word.length < 7 || vocabulary.has(word) || words.has(word)) return [word];
  for (let at = 3; at <= word.length - 3; at += 1) {
    const [head, tail] = [word.slice(0, at), word.slice(at)];
    if (vocabulary.has(head) && vocabulary.has(tail)) return [head, tail];
  }
  return [word];
}

interface KnownName {
  readonly words: readonly string[];
  readonly means: string;
  readonly isVague: boolean;
}

const known: readonly KnownName[] = table.names.map((row) => ({
  words: listHeaderWords(row.name),
  means: row.means,
  isVague: "isVague" in row,
}));
/** `nome cognome` is not `cognome nome`; where the table has one order alone, any will do. */
const ordered = new Map(known.map((name) => [name.words.join(" "), name]));
const exact = new Map(known.toReversed().map((name) => [foldWords(name.words), name]));

function foldWords(list: readonly string[]): string {
  return [...new Set(list)].toSorted().join(" ");
}

const readings = new Map<string, HeaderNameReading>();
/** Names that were read before, so many. */
const mostReadings = 2000;

/** Reads the name of a column. */
export function readHeaderName(header: string): HeaderNameReading {
  const before = readings.get(header);
  if (before !== undefined) return before;
  if (readings.size >= mostReadings) readings.clear();
  const reading = interpretName(header);
  readings.set(header, reading);
  return reading;
}

function interpretName(header: string): HeaderNameReading {
  const all = listHeaderWords(header);
  const found = new Set(all.flatMap((word) => roles.get(word) ?? []));
  if (all.length === 0) return { meaning: null, score: 0, isVague: false, roles: found };
  const whole = findBest(all);
  const bare = all.filter((word) => !whose.has(roles.get(word) ?? ""));
  const rest = bare.length === 0 || bare.length === all.length ? null : findBest(bare);
  const best = rest !== null && rest.score * 0.97 > whole.score ? rest : whole;
  return {
    meaning: best.score >= 0.6 ? best.name.means : null,
    score: best.score,
    isVague: best.name.isVague || best.score < 0.8,
    roles: found,
  };
}

function findBest(list: readonly string[]): { readonly name: KnownName; readonly score: number } {
  const same = ordered.get(list.join(" ")) ?? exact.get(foldWords(list));
  if (same !== undefined) return { name: same, score: 1 };
  let best = { name: nothing, score: 0 };
  for (const name of known) {
    const score = compareWords(list, name.words);
    if (score > best.score) best = { name, score };
  }
  return best;
}

const nothing: KnownName = { words: [], means: "", isVague: true };

/** How much of both lists is the same, 0 to 1. */
function compareWords(left: readonly string[], right: readonly string[]): number {
  const free = [...right];
  let sum = 0;
  for (const word of left) {
    let at = -1;
    let most = 0.7;
    for (const [index, other] of free.entries()) {
      const alike = compareWord(word, other);
      if (alike > most) [at, most] = [index, alike];
    }
    if (at === -1) continue;
    free.splice(at, 1);
    sum += most;
  }
  return (2 * sum) / (left.length + right.length);
}

function compareWord(left: string, right: string): number {
  if (left === right) return 1;
  const [short, long] = left.length < right.length ? [left, right] : [right, left];
  if (/\d/.test(left + right)) return 0;
  if (short.length >= 3 && long.startsWith(short)) return 0.9;
  // Nothing that far apart comes to the seven tenths that count.
  if (short.length < 5 || long.length - short.length > long.length * 0.3) return 0;
  return 1 - countEdits(left, right) / long.length;
}
