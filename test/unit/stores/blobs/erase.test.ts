/** What is taken for good is on the disk no longer, and nothing else is touched, whatever process looks. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ArtifactStore } from "../../../../engine/host/artifacts.ts";
import { openArtifacts, readArtifacts } from "../../../../stores/blobs/store.ts";

let folder: string;
let store: ArtifactStore;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "postino-erase-"));
  store = await openArtifacts(folder);
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

function textOf(word: string, times = 300): Buffer {
  return Buffer.from(`${word}. `.repeat(times));
}

async function put(word: string, times?: number): Promise<string> {
  return (await store.put(word, textOf(word, times))).sha256;
}

/** Whether any file below still has the word. */
function isOnDisk(word: string): boolean {
  const walk = (path: string): readonly string[] =>
    readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? walk(join(path, entry.name)) : [join(path, entry.name)],
    );
  return walk(folder).some((path) => readFileSync(path).includes(word));
}

const none: ReadonlySet<string> = new Set();

test.each([
  ["while its pack is written", false],
  ["in a pack that was closed", true],
])("%s, one of three goes, for this process and the next", async (_title, isClosed) => {
  const [first, second, third] = [await put("Anna"), await put("Bruno"), await put("Carla")];
  if (isClosed) {
    await store.close();
    store = await openArtifacts(folder);
  }

  const gone = await store.erase(new Set([second]), none);
  const again = await store.erase(new Set([second]), none);
  const fresh = await put("Dario");

  expect(gone).toEqual([{ sha256: second, bytes: textOf("Bruno").byteLength }]);
  expect(again).toEqual([]);
  expect(isOnDisk("Bruno")).toBe(false);
  for (const one of [store, readArtifacts(folder)]) {
    expect([await one.has(second), await one.has(first), await one.has(fresh)]).toEqual([
      false,
      true,
      true,
    ]);
    expect(Buffer.from(await one.read(third)).equals(textOf("Carla"))).toBe(true);
  }
});

test("a large one, which is a file of its own, goes too", async () => {
  const sha256 = await put("Enrico", 700_000);

  const gone = await store.erase(new Set([sha256]), none);

  expect([gone.length, isOnDisk("Enrico"), await store.has(sha256)]).toEqual([1, false, false]);
});

test("what a needed one is put together from stays, also by a third; without it all of them go", async () => {
  const original = await put("Fabio");
  const bytes = Buffer.concat([textOf("Fabio"), textOf("firma")]);
  const signed = (await store.put("firmato", bytes, { extend: original })).sha256;
  const twice = (
    await store.put("marcato", Buffer.concat([bytes, textOf("marca")]), { extend: signed })
  ).sha256;

  const kept = await store.erase(new Set([original, signed]), new Set([twice]));
  const whole = Buffer.from(await store.read(twice)).byteLength;
  const gone = await store.erase(new Set([original, signed, twice]), none);

  expect([kept, whole]).toEqual([[], bytes.byteLength + textOf("marca").byteLength]);
  expect(gone).toHaveLength(3);
  expect([isOnDisk("Fabio"), isOnDisk("firma"), isOnDisk("marca")]).toEqual([false, false, false]);
});

test("what was taken may come again", async () => {
  const sha256 = await put("Gina");
  await store.erase(new Set([sha256]), none);

  expect(await put("Gina")).toBe(sha256);
  expect(Buffer.from(await readArtifacts(folder).read(sha256)).equals(textOf("Gina"))).toBe(true);
});
