/** How a hint lies in the column that older journals filled with prose. */
import { expect, test } from "bun:test";
import type { Hint } from "../../../../engine/host/hint.ts";
import { parseHint, serializeHint } from "../../../../engine/journal/stored-hint.ts";

test.each<readonly [string, Hint | null, string | null]>([
  ["none", null, null],
  ["prose as it stands", "Liberare spazio.", "Liberare spazio."],
  [
    "data as JSON",
    { action: "resume", only: "failed", first: "Rinnovare la chiave." },
    '{"action":"resume","only":"failed","first":"Rinnovare la chiave."}',
  ],
])("%s is written and read back", (_, hint, text) => {
  expect(serializeHint(hint)).toBe(text);
  expect(parseHint(text)).toEqual(hint);
});

test.each([
  ["a command in an older journal", "Poi: postino resume 20261123-0005 --only in-doubt"],
  ["prose that begins with a brace", "{ qui manca qualcosa"],
  ["an action that nobody knows", '{"action":"fly"}'],
  ["a name that every object has", '{"action":"constructor"}'],
  ["JSON without an action", '{"first":"Aspettare."}'],
])("%s is read as text", (_, text) => {
  expect(parseHint(text)).toBe(text);
});
