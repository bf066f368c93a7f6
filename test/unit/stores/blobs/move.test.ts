/** A folder with a file for each blob moved into packs, and back: nothing is lost on the way, and what broke off goes on. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { streamZip } from "../../../../documents/archive/write.ts";
import { listStretches } from "../../../../server/upkeep/stretches.ts";
import { packBlobs, unpackBlobs } from "../../../../stores/blobs/move.ts";
import { readArtifacts } from "../../../../stores/blobs/store.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postino-move-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function hashOf(bytes: Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
}

/** As data folders had it before there were packs. */
function writeLoose(bytes: Uint8Array, name = hashOf(bytes)): string {
  mkdirSync(join(folder, name.slice(0, 2)), { recursive: true });
  writeFileSync(join(folder, name.slice(0, 2), name), bytes, { mode: 0o600 });
  return name;
}

function makePdf(number: number): Buffer {
  return Buffer.from(`%PDF-1.7\n${`verbale ${number} `.repeat(3_000)}\n%%EOF\n`);
}

function signPdf(pdf: Buffer, end: string): Buffer {
  return Buffer.concat([pdf, Buffer.from(`${"firma ".repeat(300)}\n%%EOF${end}`)]);
}

async function makeZip(files: readonly Buffer[]): Promise<Buffer> {
  const entries = files.map((content, index) => ({
    path: `${index + 1}.pdf`,
    bytes: content.byteLength,
    day: "2026-11-29",
    async *openContent() {
      yield content;
    },
  }));
  return Buffer.concat(await Array.fromAsync(streamZip(entries)));
}

function listLoose(): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /^[0-9a-f]{2}\/[0-9a-f]{64}$/.test(name))
    .map((name) => name.slice(3));
}

function sumOf(numbers: readonly number[]): number {
  let sum = 0;
  for (const number of numbers) sum += number;
  return sum;
}

function measurePacks(): number {
  const packs = join(folder, "packs");
  return sumOf(readdirSync(packs).map((name) => statSync(join(packs, name)).size));
}

const silent = (): void => {};

test("a signed PDF keeps what was added, an archive its directory; every byte comes back", async () => {
  const plain = [1, 2, 3].map(makePdf);
  const signed = plain.map((pdf, index) => signPdf(pdf, ["\n", "", "\r\n"][index] ?? ""));
  const zip = await makeZip(signed);
  const all = [...plain, ...signed, zip, Buffer.from("numero;targa\n"), Buffer.alloc(0)];
  const names = all.map((bytes) => writeLoose(bytes));

  const packed = await packBlobs(folder, listStretches, silent);
  const kept = measurePacks();
  const store = readArtifacts(folder);
  const read = await Promise.all(names.map((name) => store.read(name)));
  await store.close();

  expect(packed).toMatchObject({ blobs: all.length, large: 0, altered: [] });
  expect(listLoose()).toEqual([]);
  expect(readdirSync(folder).toSorted()).toEqual(["packs"]);
  for (const [index, bytes] of all.entries())
    expect(Buffer.from(read[index] ?? []).equals(bytes)).toBe(true);
  const plainBytes = sumOf(plain.map(({ byteLength }) => byteLength));
  expect(kept).toBeLessThan(plainBytes + 10_000);

  const back = await unpackBlobs(folder, silent);

  expect(back).toMatchObject({ blobs: all.length, altered: [] });
  expect(listLoose().toSorted()).toEqual(names.toSorted());
  for (const [index, name] of names.entries())
    expect(
      readFileSync(join(folder, name.slice(0, 2), name)).equals(all[index] ?? Buffer.alloc(1)),
    ).toBe(true);
  expect(existsSync(join(folder, "packs"))).toBe(false);
});

test.each(["pack", "unpack"] as const)("a %s that broke off goes on", async (action) => {
  const names = Array.from({ length: 150 }, (_, n) => writeLoose(makePdf(n)));
  const move = (tell: (blobs: number) => void) =>
    action === "pack" ? packBlobs(folder, listStretches, tell) : unpackBlobs(folder, tell);
  if (action === "unpack") await packBlobs(folder, listStretches, silent);
  const broken = move(() => {
    throw new Error("power cut");
  });
  await expect(broken).rejects.toThrow("power cut");
  const between = readArtifacts(folder);
  const there = await Promise.all(names.map((name) => between.isWhole(name)));

  const ended = await move(silent);
  const after = readArtifacts(folder);

  expect(there).not.toContain(false);
  expect(ended).toMatchObject({ blobs: 86, altered: [] });
  expect(await Promise.all(names.map((name) => after.isWhole(name)))).not.toContain(false);
  expect(listLoose()).toHaveLength(action === "pack" ? 0 : 150);
});

test("what was erased does not come back, and is not missed", async () => {
  const names = [1, 2, 3].map((n) => writeLoose(makePdf(n)));
  await packBlobs(folder, listStretches, silent);
  const store = readArtifacts(folder);
  await store.erase(new Set(names.slice(0, 1)), new Set(names.slice(1)));
  await store.close();

  const back = await unpackBlobs(folder, silent);

  expect(back).toMatchObject({ blobs: 2, altered: [] });
  expect(listLoose().toSorted()).toEqual(names.slice(1).toSorted());
});

test("one that is altered stays where it is and is named, one that is large stays a file", async () => {
  const altered = writeLoose(Buffer.from("altro"), hashOf(Buffer.from("com'era")));
  const large = writeLoose(Buffer.alloc(4_000_001, 3));
  const good = writeLoose(makePdf(1));

  const moved = await packBlobs(folder, listStretches, silent);

  expect(moved).toMatchObject({ blobs: 1, large: 1, altered: [altered] });
  expect(listLoose().toSorted()).toEqual([altered, large].toSorted());
  expect(await readArtifacts(folder).isWhole(good)).toBe(true);
});
