/** Whether two Italian addresses are one place, however each was written. */
import type { LookedUpAddress } from "../../integrations/lookups/port.ts";

/** What differs first, from town to number; `null`: nothing that tells them apart. */
export type AddressDifference = "town" | "street" | "number" | null;

type Address = Pick<LookedUpAddress, "via" | "civico" | "comune">;

export function findAddressDifference(left: Address, right: Address): AddressDifference {
  if (!isSameTown(left.comune, right.comune)) return "town";
  // A number that stands in the street's field is the number.
  const [one, other] = [splitNumber(left), splitNumber(right)];
  if (!isSameStreet(one.via, other.via)) return "street";
  return isSameNumber(one.civico, other.civico) ? null : "number";
}

function isSameTown(left: string, right: string): boolean {
  return toWords(left).join("") === toWords(right).join("");
}

/** By the abbreviations that registers and offices use. */
const kinds: Readonly<Record<string, string>> = {
  VIA: "VIA",
  V: "VIA",
  VLE: "VIALE",
  VIALE: "VIALE",
  PIAZZA: "PIAZZA",
  PZA: "PIAZZA",
  PZZA: "PIAZZA",
  PZ: "PIAZZA",
  PIAZZALE: "PIAZZALE",
  PLE: "PIAZZALE",
  PZLE: "PIAZZALE",
  PIAZZETTA: "PIAZZETTA",
  CORSO: "CORSO",
  CSO: "CORSO",
  LARGO: "LARGO",
  LGO: "LARGO",
  VICOLO: "VICOLO",
  VCLO: "VICOLO",
  VLO: "VICOLO",
  STRADA: "STRADA",
  STR: "STRADA",
  CONTRADA: "CONTRADA",
  CDA: "CONTRADA",
  LOCALITA: "LOCALITA",
  LOC: "LOCALITA",
  FRAZIONE: "FRAZIONE",
  FRAZ: "FRAZIONE",
  FR: "FRAZIONE",
  TRAVERSA: "TRAVERSA",
  SALITA: "SALITA",
  LUNGOMARE: "LUNGOMARE",
  CALLE: "CALLE",
  BORGO: "BORGO",
  GALLERIA: "GALLERIA",
};

/** Words that are left out as often as not. */
const small: ReadonlySet<string> = new Set(
  "D DI DEL DELLA DELLO DEI DEGLI DELLE DELL DA DAL AL ALLA AI L LA IL LO LE I E ED SS".split(" "),
);

function isSameStreet(left: string, right: string): boolean {
  const [one, other] = [readStreet(left), readStreet(right)];
  if (one.kind !== null && other.kind !== null && one.kind !== other.kind) return false;
  if (one.words.join("") === other.words.join("")) return true;
  const [short, long] = [one.words, other.words].toSorted((a, b) => a.length - b.length);
  if (short === undefined || long === undefined || short.length === 0) return false;
  // «G. Garibaldi», «Garibaldi»: the name itself is whole in both, first names are short or missing.
  if (short.at(-1) !== long.at(-1)) return false;
  let at = 0;
  for (const word of short) {
    const found = long.findIndex((each, index) => index >= at && isSameWord(word, each));
    if (found < 0) return false;
    at = found + 1;
  }
  return true;
}

function isSameWord(left: string, right: string): boolean {
  return (
    left === right ||
    (left.length === 1 && right.startsWith(left)) ||
    (right.length === 1 && left.startsWith(right))
  );
}

function readStreet(text: string): { readonly kind: string | null; readonly words: string[] } {
  const words = toWords(text);
  const kind = kinds[words[0] ?? ""] ?? null;
  const named = kind === null ? words : words.slice(1);
  // «Umberto I» is a number, «i Platani» an article: only the last word counts.
  const kept = named.filter((word, index) => index === named.length - 1 || !small.has(word));
  return { kind, words: kept.map(readRoman) };
}

const romanDigits: Readonly<Record<string, number>> = { I: 1, V: 5, X: 10 };

/** `XX`: 20; a word that is no number up to 39 stays. */
function readRoman(word: string): string {
  if (!/^X{0,3}(IX|IV|V?I{0,3})$/.test(word) || word === "") return word;
  let sum = 0;
  for (const [index, letter] of word.split("").entries()) {
    const own = romanDigits[letter] ?? 0;
    sum += own < (romanDigits[word[index + 1] ?? ""] ?? 0) ? -own : own;
  }
  return String(sum);
}

interface StreetAndNumber {
  readonly via: string;
  readonly civico: string;
}

function splitNumber({ via, civico = "" }: Address): StreetAndNumber {
  if (civico.trim() !== "") return { via, civico };
  const match = /^(.*?)[\s,]+(?:n\.?\s*)?(\d{1,4}(?:\s*[/-]?\s*[a-z]{1,3})?)$/i.exec(via.trim());
  return match === null ? { via, civico } : { via: match[1] ?? "", civico: match[2] ?? "" };
}

/** What one of them does not say tells nothing. */
function isSameNumber(left: string, right: string): boolean {
  const [one, other] = [readNumber(left), readNumber(right)];
  if (one.digits === "" || other.digits === "") return true;
  if (one.digits !== other.digits) return false;
  return one.letter === "" || other.letter === "" || one.letter === other.letter;
}

/** `12/A`, `12 A`, `n. 12a`. */
function readNumber(text: string): { readonly digits: string; readonly letter: string } {
  const [digits = "", ...rest] = toWords(text.replaceAll(/(\d)([a-z])/gi, "$1 $2")).filter(
    (word) => !/^(N|NR|NUM|KM|INT|CIVICO)$/.test(word),
  );
  return /^\d+$/.test(digits)
    ? { digits: digits.replace(/^0+(?=\d)/, ""), letter: rest.join("") }
    : { digits: "", letter: "" };
}

/** Capitals without accents; `P.zza`, `P.ZZA` and `PZZA` are one word. */
function toWords(text: string): string[] {
  return text
    .normalize("NFD")
    .replaceAll(/\p{M}/gu, "")
    .toUpperCase()
    .replaceAll(/\b([A-Z])\.(?=[A-Z]{2,4}\b\.?\s)/g, "$1")
    .split(/[^A-Z0-9]+/)
    .filter((word) => word !== "");
}
