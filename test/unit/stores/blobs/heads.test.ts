/** What many blobs begin with is stored beside them, not in each; no damage of it is the end of more than one, and no byte given out is not of its name. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openArtifacts, readArtifacts } from "../../../../stores/blobs/store.ts";
import type { PackLimits } from "../../../../stores/blobs/packs/pack-writer.ts";
import { damageStored } from "../../../support/stored-blobs.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postino-heads-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Bytes that no other number has, and that no compression shortens. */
function makeBytes(number: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  let seed = number + 1;
  for (let at = 0; at < size; at += 1) {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    bytes[at] = seed >> 16;
  }
  return bytes;
}

/** Documents of two models in turn, as a flusso has them. */
function makeDocuments(count: number, headBytes = 12_000): readonly Buffer[] {
  const heads = [makeBytes(900, headBytes), makeBytes(901, headBytes)];
  return Array.from({ length: count }, (_, n) =>
    Buffer.concat([heads[n % 2] ?? Buffer.alloc(0), makeBytes(n, 1_500)]),
  );
}

async function putAll(documents: readonly Buffer[], limits?: PackLimits): Promise<string[]> {
  const store = await openArtifacts(folder, limits);
  const hashes: string[] = [];
  for (const bytes of documents) hashes.push((await store.put("atto.pdf", bytes)).sha256);
  await store.close();
  return hashes;
}

/** In the eyes of a process that starts now: `whole`, `altered` or `missing`; anything else is a wrong byte. */
async function readEach(
  hashes: readonly string[],
  documents: readonly Buffer[],
): Promise<readonly string[]> {
  const store = readArtifacts(folder);
  const found: string[] = [];
  for (const [index, sha256] of hashes.entries())
    found.push(
      await store.read(sha256).then(
        (bytes) => (documents[index]?.equals(bytes) === true ? "whole" : "wrong"),
        (error: unknown) => (String(error).includes("altered") ? "altered" : "missing"),
      ),
    );
  await store.close();
  return found;
}

function listPacks(): readonly string[] {
  return readdirSync(join(folder, "packs"))
    .toSorted()
    .map((name) => join(folder, "packs", name));
}

function measurePacks(): number {
  return listPacks().reduce((bytes, path) => bytes + statSync(path).size, 0);
}

describe("documents that begin alike", () => {
  test("keep what is their own, and are given out as they were", async () => {
    const documents = makeDocuments(40);

    const hashes = await putAll(documents);

    // 40 of 1,500 bytes and what is short of a whole unit, two heads twice, the first two whole; 13,500 each otherwise.
    expect(measurePacks()).toBeLessThan(170_000);
    expect(new Set(await readEach(hashes, documents))).toEqual(new Set(["whole"]));
  });

  test.each([
    ["begin otherwise", () => [0, 1, 2, 3].map((n) => makeBytes(n, 20_000))],
    ["share less than is worth it", () => makeDocuments(6, 8_000)],
    ["are the same", () => [1, 1, 1].map((n) => makeBytes(n, 20_000))],
    ["are each the beginning of the next", () => [1, 2, 3].map((n) => makeBytes(1, 10_240 * n))],
    [
      "are each the beginning of the one before",
      () => [3, 2, 1].map((n) => makeBytes(1, 10_240 * n)),
    ],
    ["are short", () => [1, 2, 3].map((n) => makeBytes(1, n))],
    ["share more than is ever compared", () => makeDocuments(4, 300_000)],
  ])("those that %s are given out as they were", async (_name, make) => {
    const documents = make();

    const hashes = await putAll(documents);

    expect(new Set(await readEach(hashes, documents))).toEqual(new Set(["whole"]));
  });

  test("many at once share one head, and a signed one keeps what was added", async () => {
    const documents = makeDocuments(64);
    const store = await openArtifacts(folder);
    const plain = await Promise.all(documents.map((bytes) => store.put("a.pdf", bytes)));
    const before = measurePacks();
    const longer = documents.map((bytes, n) => Buffer.concat([bytes, makeBytes(n + 500, 700)]));
    const signed = await Promise.all(
      longer.map((bytes, n) => store.put("b.pdf", bytes, { extend: plain[n]?.sha256 ?? "" })),
    );
    await store.close();

    expect(before).toBeLessThan(220_000);
    expect(measurePacks() - before).toBeLessThan(64 * 900);
    const hashes = signed.map(({ sha256 }) => sha256);
    expect(new Set(await readEach(hashes, longer))).toEqual(new Set(["whole"]));
  });

  test("each pack has what its documents begin with", async () => {
    const documents = makeDocuments(60);
    const hashes = await putAll(documents, { fullAt: 60_000, resumedBelow: 0 });
    const packs = listPacks();
    expect(packs.length).toBeGreaterThan(1);

    // The first pack is lost: those of the others need nothing of it.
    rmSync(packs[0] ?? "");

    const found = await readEach(hashes, documents);
    expect(new Set(found)).toEqual(new Set(["missing", "whole"]));
    expect(found.slice(found.lastIndexOf("missing") + 1).every((one) => one === "whole")).toBe(
      true,
    );
    expect(found.slice(-10)).not.toContain("missing");
  });
});

describe("damage", () => {
  test.each([
    ["closed", true],
    ["left open", false],
  ])(
    "a flipped byte anywhere in a pack that was %s loses one document at most",
    async (_name, isClosed) => {
      const documents = makeDocuments(12);
      const hashes = await putAll(documents);
      if (!isClosed) dropList();
      const [pack = ""] = listPacks();
      const bytes = readFileSync(pack);

      for (let at = 16; at < bytes.byteLength; at += 997) {
        const flipped = Buffer.from(bytes);
        flipped[at] = (flipped[at] ?? 0) ^ 0x40;
        writeFileSync(pack, flipped);
        const found = await readEach(hashes, documents);
        expect(found).not.toContain("wrong");
        expect(found.filter((one) => one !== "whole").length).toBeLessThan(2);
      }
    },
  );

  test("a pack that is torn anywhere keeps what came before, whole", async () => {
    const documents = makeDocuments(12);
    const hashes: string[] = [];
    const ends: number[] = [];
    const store = await openArtifacts(folder);
    for (const bytes of documents) {
      hashes.push((await store.put("atto.pdf", bytes)).sha256);
      ends.push(measurePacks());
    }
    const [pack = ""] = listPacks();
    const spare = `${folder}-spare`;
    cpSync(pack, spare);

    for (let size = ends.at(-1) ?? 0; size > 16; size -= 1_709) {
      cpSync(spare, pack);
      truncateSync(pack, size);
      const found = await readEach(hashes, documents);
      const acknowledged = ends.filter((end) => end <= size).length;
      expect(found.slice(0, acknowledged).every((one) => one === "whole")).toBe(true);
      expect(found).not.toContain("wrong");
    }
    rmSync(spare);
    await store.close();
  });

  test("with every copy of what they begin with gone none is given out wrong, and the next document makes them whole", async () => {
    const documents = makeDocuments(8);
    const hashes = await putAll(documents);
    const [pack = ""] = listPacks();
    const bytes = readFileSync(pack);
    for (
      let at = bytes.indexOf(makeBytes(900, 64));
      at !== -1;
      at = bytes.indexOf(makeBytes(900, 64), at + 1)
    )
      bytes[at + 5_000] = (bytes[at + 5_000] ?? 0) ^ 1;
    writeFileSync(pack, bytes);
    const before = await readEach(hashes, documents);

    await putAll(makeDocuments(14).slice(8));

    expect(before).toEqual([
      "altered",
      "whole",
      "altered",
      "whole",
      "altered",
      "whole",
      "altered",
      "whole",
    ]);
    // The first was stored whole, as nobody had begun like it yet.
    expect(await readEach(hashes, documents)).toEqual([
      "altered",
      ...Array.from({ length: 7 }, () => "whole"),
    ]);
  });

  test("a damaged document beside whole ones is its own loss", async () => {
    const documents = makeDocuments(8);
    const hashes = await putAll(documents);

    damageStored(folder, hashes[5] ?? "", "altered");

    expect(await readEach(hashes, documents)).toEqual(
      hashes.map((_, index) => (index === 5 ? "altered" : "whole")),
    );
  });
});

test("what is taken for good leaves the others whole, and may come again", async () => {
  const documents = makeDocuments(10);
  const hashes = await putAll(documents);
  const store = await openArtifacts(folder);

  const gone = await store.erase(new Set(hashes.slice(0, 5)), new Set(hashes.slice(5)));
  await store.close();

  expect(gone.length).toBe(5);
  expect(await readEach(hashes, documents)).toEqual([
    ...Array.from({ length: 5 }, () => "missing"),
    ...Array.from({ length: 5 }, () => "whole"),
  ]);
  await putAll(documents);
  expect(new Set(await readEach(hashes, documents))).toEqual(new Set(["whole"]));
});

/** As a dead process leaves a pack: without the list at its end, and not called closed. */
function dropList(): void {
  const [pack = ""] = listPacks();
  const bytes = readFileSync(pack);
  const list = bytes.readUInt32LE(bytes.byteLength - 4);
  writeFileSync(pack.replace(/pack$/, "open"), bytes.subarray(0, bytes.byteLength - list));
  rmSync(pack);
}
