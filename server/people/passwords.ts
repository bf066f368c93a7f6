/** Passwords: which are taken, and how they are kept (argon2id); two are worked on at a time, so that a login is no way to eat memory. */
import common from "./common-passwords.txt" with { type: "text" };
import { createCallGate } from "../../engine/host/call-gate.ts";

/** Characters at least; any character counts, blanks too. */
export const leastCharacters = 12;
const mostCharacters = 256;
/** Waiting for their turn; more are sent away. */
const mostWaiting = 40;

/** Every typing of the same characters is one password. */
function normalizePassword(password: string): string {
  return password.normalize("NFKC");
}

let words: ReadonlySet<string> | null = null;

function loadWords(): ReadonlySet<string> {
  words ??= new Set(common.split("\n").filter((word) => word !== ""));
  return words;
}

/**
 * Why a password is not taken, in Italian; `null`: it is. `own` are words that anybody would try for this person: names of the
 * user, the ente, the program. Length counts, not kinds of characters (NIST SP 800-63B, ASVS 5.0 6.2).
 */
export function judgePassword(password: string, own: readonly string[]): string | null {
  const text = normalizePassword(password);
  const { length } = Array.from(text);
  if (length < leastCharacters)
    return `La parola d'accesso deve avere almeno ${leastCharacters} caratteri: vanno bene più parole con gli spazi.`;
  if (length > mostCharacters)
    return `La parola d'accesso può avere al massimo ${mostCharacters} caratteri.`;
  if (new Set(text).size < 5 || /^\d+$/.test(text) || isRepeated(text))
    return "La parola d'accesso ripete pochi caratteri, o è fatta di sole cifre: sceglierne un'altra.";
  if (isCommon(text, own))
    return "La parola d'accesso è fra quelle che si provano per prime (parole comuni, nomi, luoghi): aggiungere altre parole.";
  return null;
}

/** `abcabcabcabc`. */
function isRepeated(text: string): boolean {
  return /^(.{1,8}?)\1+.{0,3}$/u.test(text);
}

/** In the list as it stands, or made of at most two words of it or of the person's own, whatever is put around them. */
function isCommon(text: string, own: readonly string[]): boolean {
  const list = loadWords();
  const folded = foldText(text);
  // A day or a telephone number, however it is written.
  if (list.has(folded) || /^[\d\s./:+-]+$/.test(folded)) return true;
  const mine = new Set(own.flatMap((word) => foldText(word).split(/[^\p{L}]+/u)));
  const isWord = (word: string): boolean => word.length >= 4 && (list.has(word) || mine.has(word));
  return [folded, replaceLookAlikes(folded)].some((form) =>
    isMadeOfTwo(form.replaceAll(/[^\p{L}]/gu, ""), isWord),
  );
}

function isMadeOfTwo(letters: string, isWord: (word: string) => boolean): boolean {
  if (isWord(letters)) return true;
  for (let at = 1; at < letters.length; at += 1) {
    const [head, tail] = [letters.slice(0, at), letters.slice(at)];
    if ((isWord(head) || head.length < 3) && (isWord(tail) || tail.length < 3)) return true;
  }
  return false;
}

function foldText(text: string): string {
  return text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
}

const lookAlikes: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "@": "a",
  $: "s",
  "!": "i",
};

function replaceLookAlikes(text: string): string {
  // A year or a number at the end is no letter in disguise.
  return text
    .replace(/[^\p{L}]+$/u, "")
    .replaceAll(/[013457@$!]/g, (sign) => lookAlikes[sign] ?? "");
}

/** What a password costs to compute; tests take less. */
export interface HashCost {
  /** KiB. */
  readonly memoryCost: number;
  readonly timeCost: number;
}

// Source: OWASP Password Storage Cheat Sheet, argon2id m=19 MiB t=2 at least; this is Bun's own choice.
const usualCost: HashCost = { memoryCost: 65_536, timeCost: 2 };

export interface PasswordKeeper {
  hash(password: string): Promise<string>;
  /** False for what is no password of it, after the same time whether there is a hash or not. Throws TooBusy. */
  verify(password: string, hash: string | null): Promise<boolean>;
}

/** So many logins wait already that one more is sent away. */
export class TooBusy extends Error {}

/** Computes and checks hashes, two at a time. */
export function createPasswordKeeper(cost: HashCost = usualCost): PasswordKeeper {
  const inTurn = createTurns(2);
  const hash = (password: string): Promise<string> =>
    inTurn(() =>
      Bun.password.hash(normalizePassword(password), { algorithm: "argon2id", ...cost }),
    );
  let nobody: Promise<string> | null = null;
  return {
    hash,
    async verify(password, known) {
      const text = normalizePassword(password);
      nobody ??= hash("nobody has this password");
      const against = known ?? (await nobody);
      // Bun throws on an empty one, and nobody may have it.
      if (text === "" || Array.from(text).length > mostCharacters) return false;
      const isRight = await inTurn(() => Bun.password.verify(text, against));
      return isRight && known !== null;
    },
  };
}

function createTurns(most: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  const gate = createCallGate(most);
  let asked = 0;
  return async (work) => {
    if (asked >= most + mostWaiting) throw new TooBusy("too many passwords to check");
    asked += 1;
    try {
      return await gate(work);
    } finally {
      asked -= 1;
    }
  };
}
