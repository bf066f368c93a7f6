/** Guesses what a person meant by a word that is not known: the nearest name, or the English key for an Italian one. */
import { readHabits } from "./habits.ts";
import { findNearest } from "./nearest.ts";

export interface Suggestion {
  readonly word: string;
  /** The word was an Italian one for it: certain enough to be mended by `check --fix`. */
  readonly isSynonym: boolean;
}

/** The key that was meant by `word`, out of `known`; `null` when none is near. */
export function suggestKey(word: string, known: readonly string[]): Suggestion | null {
  const italian = Object.entries(readHabits().italian).find(
    ([italianKey]) => italianKey.toLowerCase() === word.toLowerCase().replace(/[_-]/g, ""),
  )?.[1];
  if (italian !== undefined && known.includes(italian)) return { word: italian, isSynonym: true };
  const near = findNearest(word, known);
  return near === null ? null : { word: near, isSynonym: false };
}
