/** What `doctor` looks at on this machine, asked for by several enti at once. */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkDataFolder } from "../../../../server/ente/doctor-local.ts";

const folder = mkdtempSync(join(tmpdir(), "postino-doctor-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Name of the folder, and what each of the enti is told of it. */
const folders: readonly (readonly [name: string, state: "good" | "bad"])[] = [
  ["data", "good"],
  ["nuova/data", "good"],
  ["un-file", "bad"],
];

test.each(folders)("thirty enti ask for %s side by side: all are told %s", async (name, state) => {
  writeFileSync(join(folder, "un-file"), "");
  const path = join(folder, name);

  const told = await Promise.all(Array.from({ length: 30 }, () => checkDataFolder(path)));

  const states = told.flat().map((one) => (one.state === "doubtful" ? "good" : one.state));
  expect(new Set(states)).toEqual(new Set([state]));
  expect(state === "good" ? readdirSync(path) : []).toEqual([]);
});
