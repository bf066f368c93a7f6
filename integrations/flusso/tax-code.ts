/** Codice fiscale and partita IVA: form, dates and check characters. */

import { cleanCode } from "./look-alikes.ts";

/** Value of each character in an odd position (DM 23/12/1976); digits count like the letters A-J. */
const oddValues = [
  1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
];
const omocodiaLetters = "LMNPQRSTUV";
const monthLetters = "ABCDEHLMPRST";
const personPattern =
  /^[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]$/;

export type TaxCodeFault = "form" | "date" | "check";

/** Upper case, without blanks and what does not show: the only change that never changes the meaning of a code. */
export function normaliseTaxCode(text: string): string {
  return cleanCode(text).toUpperCase();
}

/** The check letter of the first 15 characters, as they are written (omocodia letters included). */
export function computeCheckLetter(first15: string): string {
  let sum = 0;
  for (let index = 0; index < 15; index += 1) {
    const code = first15.charCodeAt(index);
    const value = code >= 65 ? code - 65 : code - 48;
    sum += index % 2 === 0 ? (oddValues[value] ?? 0) : value;
  }
  return String.fromCharCode(65 + (sum % 26));
}

/** What is wrong with the 16-character code of a person, `null` when nothing is. Birth places are not checked: ceased ones are valid. */
export function personTaxCodeFault(code: string): TaxCodeFault | null {
  if (!personPattern.test(code)) return "form";
  if (computeCheckLetter(code) !== code[15]) return "check";
  return isBirthDate(code) ? null : "date";
}

/** Day 1-31 or 41-71 and a day that its month has (29 February in any year: the century is not in the code). */
function isBirthDate(code: string): boolean {
  const day = Number(code.slice(9, 11).replace(/[A-Z]/g, toDigit)) % 40;
  const written = Number(code.slice(9, 11).replace(/[A-Z]/g, toDigit));
  const month = monthLetters.indexOf(code[8] ?? "");
  const longest = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month] ?? 0;
  return written <= 71 && day >= 1 && day <= longest;
}

/** The digit that an omocodia letter stands for. */
function toDigit(letter: string): string {
  return omocodiaLetters.indexOf(letter).toString();
}

/** What is wrong with an 11-digit code (partita IVA, codice fiscale of a body, provisional code of a person). */
export function numericTaxCodeFault(code: string): "form" | "check" | null {
  if (!/^[0-9]{11}$/.test(code)) return "form";
  if (code.startsWith("0000000")) return "check";
  let sum = 0;
  for (let index = 0; index < 11; index += 1) {
    const digit = code.charCodeAt(index) - 48;
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0 ? null : "check";
}

/** Who an 11-digit code may belong to, by the office in its digits 8-10 (Sogei's own routine). */
export type NumericHolder = "body" | "person-provisional" | "unknown";

export function classifyHolder(code: string): NumericHolder {
  const office = Number(code.slice(7, 10));
  const isWithin = (from: number, to: number): boolean => office >= from && office <= to;
  if (isWithin(1, 100) || [120, 121, 888, 999].includes(office)) return "body";
  if (isWithin(151, 245) || isWithin(301, 766) || isWithin(900, 950)) return "person-provisional";
  return "unknown";
}

/** The six letters of surname and name in a code, letters with marks as the plain ones. */
export function computeNameLetters(surname: string, name: string): string {
  const [own = "", given = ""] = [surname, name].map((text) => listSpellings(text)[0] ?? "");
  return computeSurnameLetters(own) + computeGivenNameLetters(given);
}

/** What stands for a name that the person does not have: some have one name alone. */
export const noName = "XXX";

/**
 * Whether the first six letters of a code may be of this surname and name (DM 23/12/1976); an empty name is one that the person does
 * not have. Letters that the Italian alphabet does not have are written in more than one way: each fits, see `isOfLetters`.
 */
export function matchesName(code: string, surname: string, name: string): boolean {
  const [own, given] = [code.slice(0, 3), code.slice(3, 6)];
  const isOfSurname = isOfLetters(own, surname, computeSurnameLetters);
  if (name.trim() === "") return isOfSurname && given === noName;
  return isOfSurname && isOfLetters(given, name, computeGivenNameLetters);
}

/**
 * Whether three letters are those of a name in one of its spellings. Where a letter is written for another, offices have put it where
 * it stands, or behind the plain ones: consonants and vowels must be right, their order may be any.
 */
function isOfLetters(three: string, text: string, compute: (text: string) => string): boolean {
  const spellings = listSpellings(text);
  if (spellings.some((spelling) => compute(spelling) === three)) return true;
  return hasForeignLetter(text) && spellings.some((spelling) => isDrawnFrom(three, spelling));
}

/** As many consonants as the rule takes, then vowels of the name, then X; none oftener than it stands there. */
function isDrawnFrom(three: string, spelling: string): boolean {
  const name = splitLetters(spelling);
  const consonants = Math.min(3, name.consonants.length);
  const vowels = Math.min(3 - consonants, name.vowels.length);
  const left = Array.from(`${name.consonants}${name.vowels}${"X".repeat(3 - consonants - vowels)}`);
  for (const letter of three) {
    const at = left.indexOf(letter);
    if (at === -1) return false;
    left.splice(at, 1);
  }
  return splitLetters(three.replaceAll(/X/g, "")).vowels.length === vowels;
}

/**
 * How letters are written that no plain one with a mark is, or that passports also write with two: the usual way first.
 * Source: ICAO Doc 9303, part 3, section 6; DJ as in the languages that have the letter.
 */
const written: Readonly<Record<string, readonly string[]>> = {
  Ä: ["A", "AE"],
  Å: ["A", "AA"],
  Æ: ["AE", "A", "E"],
  Ö: ["O", "OE"],
  Ø: ["O", "OE"],
  Œ: ["OE", "O"],
  Ü: ["U", "UE"],
  ẞ: ["SS"],
  Þ: ["TH"],
  Ð: ["D", "DH"],
  Đ: ["D", "DJ"],
  Ł: ["L"],
  Ħ: ["H"],
  Ŧ: ["T"],
  Ŋ: ["N"],
  Ĳ: ["IJ", "Y"],
  Ə: ["A", "E"],
  ĸ: ["Q", "K"],
};

/** A name of many such letters is not asked for in more ways. */
const mostSpellings = 64;

/** Capitals as they are composed; marks that cross a letter make another one of it. */
function toCapitals(text: string): string {
  const crossed = text
    .replaceAll(/[oO][\u0337\u0338]/g, "Ø")
    .replaceAll(/[lL][\u0335-\u0338]/g, "Ł")
    .replaceAll(/[dD][\u0335-\u0338]/g, "Đ");
  // ß has no capital of its own for JavaScript, and marks may stand on letters that are written otherwise: Ǿ, Ǽ.
  return crossed.normalize("NFC").replaceAll("ß", "ẞ").replaceAll("ı", "I").toUpperCase();
}

/** The letter with its mark, or without it. */
function findWritten(letter: string): readonly string[] | undefined {
  return written[letter] ?? written[letter.normalize("NFD").replaceAll(/\p{M}/gu, "")];
}

function hasForeignLetter(text: string): boolean {
  return Array.from(toCapitals(text)).some((letter) => findWritten(letter) !== undefined);
}

/** Capitals without marks, in every way that the letters are written; the usual one first. */
function listSpellings(text: string): readonly string[] {
  const capitals = toCapitals(text);
  if (/^[ -~]*$/.test(capitals)) return [capitals.replaceAll(/[^A-Z]/g, "")];
  let spellings: readonly string[] = [""];
  for (const letter of capitals) {
    const ways = findWritten(letter) ?? [letter.normalize("NFD").replaceAll(/[^A-Z]/g, "")];
    const grown = spellings.flatMap((before) => ways.map((way) => before + way));
    spellings = grown.slice(0, mostSpellings);
  }
  return spellings;
}

function computeSurnameLetters(surname: string): string {
  const { consonants, vowels } = splitLetters(surname);
  return `${consonants}${vowels}XXX`.slice(0, 3);
}

function computeGivenNameLetters(name: string): string {
  const { consonants, vowels } = splitLetters(name);
  if (consonants.length < 4) return `${consonants}${vowels}XXX`.slice(0, 3);
  return [0, 2, 3].map((index) => consonants[index]).join("");
}

/** Of a text of capitals alone. */
function splitLetters(text: string): { readonly consonants: string; readonly vowels: string } {
  return { consonants: text.replace(/[AEIOU]/g, ""), vowels: text.replace(/[^AEIOU]/g, "") };
}
