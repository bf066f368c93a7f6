/** The YAML that comes with the program is read by the parser that Bun has: quick, and of the same mind as the one that reads what technicians write. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const root = join(import.meta.dir, "../../../..");

test.each([
  "documents/models/art201-cases.yaml",
  "documents/models/notice-cds.yaml",
  "documents/models/notice-languages.yaml",
  "documents/models/verbale-cds.yaml",
  "documents/models/verbale-languages.yaml",
  "loader/yaml/habits.yaml",
])("%s says the same to both", (path) => {
  const text = readFileSync(join(root, path), "utf8");

  expect(JSON.stringify(Bun.YAML.parse(text))).toBe(JSON.stringify(parse(text)));
});
