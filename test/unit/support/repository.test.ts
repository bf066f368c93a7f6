/** Tests of what the tests over the tree read: code without its comments. */
import { expect, test } from "bun:test";
import { withoutComments } from "../../support/repository.ts";

test.each([
  ["a line", "a();\n// b();\nc();", "a();\n\nc();"],
  ["a block, its lines kept", "a();\n/* b();\n b(); */\nc();", "a();\n       \n        \nc();"],
  ["a block at the beginning", "/** a */\nb();", "        \nb();"],
  ["a block between brackets", "a(/* b */);", "a(       );"],
])("%s is taken out", (_, code, expected) => {
  expect(withoutComments(code)).toBe(expected);
});

test.each([
  [
    "a path with a star",
    'app.use("/api/*", a);\nb();\n/** c */',
    'app.use("/api/*", a);\nb();\n        ',
  ],
  ["a glob of all files", 'glob("test/**");\nb("**/*.ts");', 'glob("test/**");\nb("**/*.ts");'],
  ["an address", 'a("http://x");', 'a("http://x");'],
])("%s begins no comment", (_, code, expected) => {
  expect(withoutComments(code)).toBe(expected);
});
