/** Files outside the store: whole or as they were, for their owner alone. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { replaceFile, writeNewFile } from "../../../../engine/host/whole-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postino-whole-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("the pieces take the place of what was there, for the owner alone", async () => {
  const path = join(folder, "a.csv");
  writeFileSync(path, "prima");

  await replaceFile(path, [bytes("uno "), bytes("due")]);

  expect(readFileSync(path, "utf8")).toBe("uno due");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(["a.csv"]);
});

test("pieces that break off leave it as it was, and nothing beside it", async () => {
  const path = join(folder, "a.csv");
  writeFileSync(path, "prima");
  const broken = async function* () {
    yield bytes("uno ");
    throw new Error("no more");
  };

  await expect(replaceFile(path, broken())).rejects.toThrow("no more");

  expect(readFileSync(path, "utf8")).toBe("prima");
  expect(readdirSync(folder)).toEqual(["a.csv"]);
});

test("several who write one file at a moment take turns, and one that breaks off holds up none", async () => {
  const path = join(folder, "a.csv");
  const broken = async function* () {
    yield bytes("half");
    throw new Error("no more");
  };

  const ends = await Promise.allSettled([
    replaceFile(path, [bytes("uno")]),
    replaceFile(path, broken()),
    replaceFile(path, [bytes("due")]),
    replaceFile(join(folder, "b.csv"), [bytes("altro")]),
    replaceFile(path, [bytes("tre")]),
  ]);

  expect(ends.map(({ status }) => status)).toEqual([
    "fulfilled",
    "rejected",
    "fulfilled",
    "fulfilled",
    "fulfilled",
  ]);
  expect(readFileSync(path, "utf8")).toBe("tre");
  expect(readdirSync(folder).toSorted()).toEqual(["a.csv", "b.csv"]);
});

test("a draft that a killed process left is written anew", async () => {
  writeFileSync(join(folder, ".a.csv.tmp"), "half");

  await replaceFile(join(folder, "a.csv"), [bytes("whole")]);

  expect(readdirSync(folder)).toEqual(["a.csv"]);
});

test("a new file takes the place of nothing", async () => {
  const path = join(folder, "a.csv");
  writeFileSync(path, "prima");

  await expect(writeNewFile(path, [bytes("uno")])).rejects.toThrow("EEXIST");

  expect(readFileSync(path, "utf8")).toBe("prima");
});
