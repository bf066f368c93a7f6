/** Records of a CSV as they come: the first that is not blank, and what its delimiter splits. */
import { expect, test } from "bun:test";
import { countOutsideQuotes, readFirstLine } from "../../../integrations/csv.ts";

async function* pieces(text: string, length: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += length) yield text.slice(at, at + length);
}

test.each([
  ["a;b\n1;2", "a;b"],
  ["   \na;b\n", "a;b"],
  ["\r\n \t \r\n;;;\r\na;b\r\n", "a;b"],
  ["\uFEFF\n,,\na,b\n", "a,b"],
  ["a;b", "a;b"],
  ['"a\nb";c\nd', '"a\nb";c'],
])("the first record of %p that is not blank is %p", async (text, first) => {
  for (const length of [1, 3, 1000]) expect(await readFirstLine(pieces(text, length))).toBe(first);
});

test("delimiters within quotes do not split", () => {
  expect(countOutsideQuotes('"a;b";c;"d""e;"', ";")).toBe(2);
});
