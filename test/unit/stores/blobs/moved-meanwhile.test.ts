/** A blob that is moved into a pack, or out of one, between the looks of who searches for it: it is found in its new place. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  mkdirSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ArtifactStore } from "../../../../engine/host/artifacts.ts";
import { listStretches } from "../../../../server/upkeep/stretches.ts";
import { packBlobs, packShelves, unpackBlobs } from "../../../../stores/blobs/move.ts";
import { openShelves, type Shelves } from "../../../../stores/blobs/shelves.ts";
import { createStore, openArtifacts } from "../../../../stores/blobs/store.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postino-meanwhile-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const silent = (): void => {};

function hashOf(bytes: Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
}

function writeLoose(bytes: Uint8Array): string {
  const name = hashOf(bytes);
  mkdirSync(join(folder, name.slice(0, 2)), { recursive: true });
  writeFileSync(join(folder, name.slice(0, 2), name), bytes, { mode: 0o600 });
  return name;
}

function makePdf(number: number, repeat = 3_000): Buffer {
  return Buffer.from(`%PDF-1.7\n${`verbale ${number} `.repeat(repeat)}\n%%EOF\n`);
}

function signPdf(pdf: Buffer): Buffer {
  return Buffer.concat([pdf, Buffer.from(`${"firma ".repeat(300)}\n%%EOF\n`)]);
}

type Moment = "before its file is measured" | "after its file is measured";

/** Moves everything once, at the first look for the file of this blob. */
function moveAt(
  shelves: Shelves,
  sha256: string,
  when: Moment,
  move: () => Promise<unknown>,
): Shelves {
  let isMoved = false;
  const moveOnce = async (asked: string): Promise<void> => {
    if (isMoved || asked !== sha256) return;
    isMoved = true;
    await move();
  };
  const find: Shelves["loose"]["find"] = async (asked) => {
    if (when === "before its file is measured") await moveOnce(asked);
    const files = await shelves.loose.find(asked);
    if (when === "after its file is measured") await moveOnce(asked);
    return files;
  };
  return { ...shelves, loose: { ...shelves.loose, find } };
}

async function gather(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(pieces));
}

type Ask = (store: ArtifactStore, sha256: string, bytes: Buffer) => Promise<unknown>;

/** What a reader asks, and whether it got the truth. */
const asks: Readonly<Record<string, Ask>> = {
  has: (store, sha256) => store.has(sha256),
  measure: async (store, sha256, bytes) => (await store.measure(sha256)) === bytes.byteLength,
  read: async (store, sha256, bytes) => bytes.equals(await store.read(sha256)),
  stream: async (store, sha256, bytes) => bytes.equals(await gather(store.stream(sha256))),
  slice: async (store, sha256, bytes) =>
    bytes.subarray(7, 20_000).equals(await gather(store.slice(sha256, 7, 20_000))),
  isWhole: (store, sha256) => store.isWhole(sha256),
};

const kinds = ["plain", "signed", "large"] as const;

function makeKind(kind: (typeof kinds)[number]): Record<"plain" | "asked", Buffer> {
  const plain = makePdf(1, kind === "large" ? 100_000 : 3_000);
  return { plain, asked: kind === "signed" ? signPdf(plain) : plain };
}

test.each(
  Object.keys(asks).flatMap((ask) =>
    kinds.flatMap((kind) =>
      (["before its file is measured", "after its file is measured"] as const).map(
        (when) => [ask, kind, when] as const,
      ),
    ),
  ),
)("%s of a %s one that another process packs %s", async (ask, kind, when) => {
  const { plain, asked } = makeKind(kind);
  const sha256 = hashOf(asked);
  for (const bytes of new Set([plain, asked])) writeLoose(bytes);
  let isMoved = false;
  const store = createStore(
    moveAt(openShelves(folder), sha256, when, async () => {
      await packBlobs(folder, listStretches, silent);
      isMoved = true;
    }),
  );

  expect(await asks[ask]?.(store, sha256, asked)).toBe(true);
  expect(isMoved).toBe(true);
});

test.each(
  Object.keys(asks).flatMap((ask) =>
    kinds.flatMap((kind) => [true, false].map((isOpen) => [ask, kind, isOpen] as const)),
  ),
)(
  "%s of a %s one that another process unpacked, its pack open here: %p",
  async (ask, kind, isOpen) => {
    const { plain, asked } = makeKind(kind);
    const sha256 = hashOf(asked);
    for (const bytes of new Set([plain, asked])) writeLoose(bytes);
    await packBlobs(folder, listStretches, silent);
    const shelves = openShelves(folder);
    shelves.packs.find(sha256);
    await shelves.loose.find(sha256);
    if (!isOpen) await shelves.packs.close();
    await unpackBlobs(folder, silent);

    expect(await asks[ask]?.(createStore(shelves), sha256, asked)).toBe(true);
  },
);

test("a packed one whose bytes are read only after it was unpacked", async () => {
  const { plain, asked } = makeKind("signed");
  for (const bytes of [plain, asked]) writeLoose(bytes);
  await packBlobs(folder, listStretches, silent);
  const shelves = openShelves(folder);
  const find: Shelves["packs"]["find"] = (sha256) => {
    const found = shelves.packs.find(sha256);
    // Room was made for others, and the pack is gone when it is to be opened again.
    void shelves.packs.close();
    rmSync(join(folder, "packs"), { recursive: true, force: true });
    return found;
  };
  const store = createStore({ ...shelves, packs: { ...shelves.packs, find } });
  for (const bytes of [plain, asked]) rmSync(shelves.loose.locate(hashOf(bytes)), { force: true });
  await shelves.loose.find(hashOf(asked));
  for (const bytes of [plain, asked]) writeLoose(bytes);

  expect(asked.equals(await store.read(hashOf(asked)))).toBe(true);
});

test.each([1, 2, 3])(
  "of %d signed PDFs none is stored whole that is asked while its plain one moves",
  async (count) => {
    const plain = Array.from({ length: count }, (_, n) => makePdf(n));
    const names = plain.map((pdf) => writeLoose(pdf));
    const signed = plain.map((pdf) => writeLoose(signPdf(pdf)));
    const shelves = openShelves(folder);
    mkdirSync(join(folder, "packs"));
    const find: Shelves["loose"]["find"] = async (sha256) => {
      while (names.includes(sha256) && existsSync(shelves.loose.locate(sha256)))
        await new Promise((resolve) => setImmediate(resolve));
      return await shelves.loose.find(sha256);
    };
    const slow = { ...shelves, loose: { ...shelves.loose, find } };

    const packed = await packShelves(slow, listStretches, silent);

    expect(packed).toMatchObject({ blobs: 2 * count, large: 0, altered: [] });
    const packs = readdirSync(join(folder, "packs"));
    const kept = packs.map((name) => statSync(join(folder, "packs", name)).size);
    let bound = 10_000;
    for (const pdf of plain) bound += pdf.byteLength;
    expect(Math.max(...kept)).toBeLessThan(bound);
    const store = await openArtifacts(folder);
    expect(
      await Promise.all([...names, ...signed].map((name) => store.isWhole(name))),
    ).not.toContain(false);
    await store.close();
  },
);
