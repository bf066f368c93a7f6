/** What every place of blobs promises: one suite for a folder, a folder that hosts share, and a bucket. */
import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import type { ArtifactStore } from "../../engine/host/artifacts.ts";
import { AlteredArtifact, isLostArtifact } from "../../engine/host/files.ts";
import { releaseBytes } from "../../engine/host/release.ts";
import { catchThrown } from "./thrown.ts";

export interface BlobPlaceUnderTest {
  /** Another opening of the same place: another process, or another host. */
  open(): Promise<ArtifactStore>;
  /** Makes of a stored blob something else, or takes it away. */
  damage(sha256: string, how: "altered" | "missing"): Promise<void>;
  /** Nothing of it may lie anywhere in clear; default false. */
  readonly isSealed?: boolean;
}

/** sha256 of `ciao`, by sha256sum. */
const ciao = "b133a0c0e9bee3be20163d2ad31d6248db292aa6dcb1ee087a2aa50e0fc75ae2";
/** sha256 of nothing, by sha256sum. */
const nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const absent = "0".repeat(64);

/** `make`: a new, empty place. */
export function testBlobs(place: string, make: () => Promise<BlobPlaceUnderTest>): void {
  describe(`blobs in ${place}`, () => {
    test("what is stored is named by its bytes, and found by whoever opens the place next", async () => {
      const { open } = await make();
      const store = await open();

      const stored = await store.put("saluto.txt", toBytes("ciao"));
      const empty = await store.put("vuoto.txt", toBytes(""));

      const other = await open();
      expect([stored, empty]).toEqual([
        { name: "saluto.txt", sha256: ciao, bytes: 4 },
        { name: "vuoto.txt", sha256: nothing, bytes: 0 },
      ]);
      expect(await other.has(ciao)).toBe(true);
      expect(await other.measure(ciao)).toBe(4);
      expect(await other.measure(nothing)).toBe(0);
      expect(toText(await other.read(ciao))).toBe("ciao");
      expect(toText(await other.read(nothing))).toBe("");
      expect(await gather(other.stream(ciao))).toBe("ciao");
      expect(await other.isWhole(ciao)).toBe(true);
    });

    test.each([0, 1, 4_000_000, 4_000_001, 9_000_000])(
      "a stream of %d bytes is the same blob as the bytes at once, and nothing temporary stays",
      async (size) => {
        const { open } = await make();
        const store = await open();
        const bytes = makeBytes(size);
        const sha256 = hash(bytes);

        const streamed = await store.putStream("a", cut(bytes, 700_000));
        const put = await store.put("a", bytes);

        expect(streamed).toEqual({ name: "a", sha256, bytes: size });
        expect(put).toEqual(streamed);
        expect(hash(await store.read(sha256))).toBe(sha256);
        const hashed = createHash("sha256");
        for await (const piece of store.stream(sha256)) hashed.update(piece);
        expect(hashed.digest("hex")).toBe(sha256);
        expect(readdirSync(store.temporaryFolder)).toEqual([]);
      },
    );

    test.each([20_000, 90_000, 1_500_000])(
      "documents of %d bytes that begin alike are whole, whoever wipes what was put and what was read",
      async (size) => {
        const { open } = await make();
        const store = await open();
        const documents = ["a", "b", "c", "d"].map((end) =>
          Buffer.concat([makeBytes(size), toBytes(end.repeat(2_000))]),
        );
        const names = documents.map((bytes) => hash(bytes));

        for (const bytes of documents) {
          const signed = Buffer.concat([bytes, makeBytes(12_000)]);
          const { sha256 } = await store.put("documento.pdf", bytes);
          releaseBytes(bytes);
          names.push((await store.put("firmato.pdf", signed, { extend: sha256 })).sha256);
          releaseBytes(signed);
        }

        expect(documents.map((bytes) => bytes.byteLength)).toEqual([0, 0, 0, 0]);
        for (const sha256 of [...names, ...names]) {
          const bytes = await store.read(sha256);
          expect(hash(bytes)).toBe(sha256);
          releaseBytes(bytes);
          for await (const piece of store.stream(sha256))
            if (piece.byteLength === (await store.measure(sha256))) releaseBytes(piece);
        }
      },
    );

    test.each([
      [0, 1],
      [1, 3],
      [3_999_999, 4_000_001],
      [8_999_990, 9_000_000],
      [5, 5],
    ])("the bytes from %d to %d are those", async (from, to) => {
      const { open } = await make();
      const store = await open();
      const bytes = makeBytes(9_000_000);
      const { sha256 } = await store.put("grande", bytes);

      const pieces: Uint8Array[] = [];
      for await (const piece of store.slice(sha256, from, to)) pieces.push(piece);

      expect(Buffer.concat(pieces).equals(Buffer.from(bytes.subarray(from, to)))).toBe(true);
    });

    test("many at once of the same bytes, from two hosts, leave one whole blob", async () => {
      const { open } = await make();
      const stores = [await open(), await open()];

      const stored = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (stores[index % 2] as ArtifactStore).put(`n${index}`, toBytes("ciao")),
        ),
      );

      expect(new Set(stored.map(({ sha256 }) => sha256))).toEqual(new Set([ciao]));
      expect(await (await open()).isWhole(ciao)).toBe(true);
    });

    test("what two hosts write side by side is all there", async () => {
      const { open } = await make();
      const stores = [await open(), await open()];

      const stored = await Promise.all(
        Array.from({ length: 60 }, (_, index) =>
          (stores[index % 2] as ArtifactStore).put(`n${index}`, toBytes(`verbale ${index}`)),
        ),
      );
      for (const store of stores) await store.close();

      const other = await open();
      const texts = await Promise.all(
        stored.map(async ({ sha256 }) => toText(await other.read(sha256))),
      );
      expect(texts).toEqual(Array.from({ length: 60 }, (_, index) => `verbale ${index}`));
    });

    test("what is not there is told to be missing", async () => {
      const { open } = await make();
      const store = await open();

      expect(await store.has(absent)).toBe(false);
      expect(await store.measure(absent)).toBeNull();
      expect(await store.layOut(absent)).toBeNull();
      expect(await store.isWhole(absent)).toBe(false);
      expect(isLostArtifact(await catchThrown(store.read(absent)))).toBe(true);
      expect(isLostArtifact(await catchThrown(gather(store.stream(absent))))).toBe(true);
    });

    test("no byte of an altered blob is given out, and whoever has the right bytes replaces it", async () => {
      const { open, damage } = await make();
      const before = await open();
      const bytes = makeBytes(500);
      const { sha256 } = await before.put("saluto.txt", bytes);
      await before.close();
      await damage(sha256, "altered");
      const store = await open();

      expect(await catchThrown(store.read(sha256))).toBeInstanceOf(AlteredArtifact);
      expect(await catchThrown(gather(store.stream(sha256)))).toBeInstanceOf(AlteredArtifact);
      expect(await store.isWhole(sha256)).toBe(false);
      expect(await store.layOut(sha256)).toBeNull();

      await store.put("saluto.txt", bytes);
      expect(hash(await store.read(sha256))).toBe(sha256);
      expect(await store.isWhole(sha256)).toBe(true);
    });

    test("what was taken away is stored anew", async () => {
      const { open, damage } = await make();
      const before = await open();
      await before.put("saluto.txt", toBytes("ciao"));
      await before.close();
      await damage(ciao, "missing");
      const store = await open();

      expect(await store.has(ciao)).toBe(false);
      await store.put("saluto.txt", toBytes("ciao"));
      expect(toText(await store.read(ciao))).toBe("ciao");
    });

    test("a file with the bytes is laid out for whoever asks, save where all is sealed", async () => {
      const { open, isSealed = false } = await make();
      const store = await open();
      await store.put("saluto.txt", toBytes("ciao"));

      const path = (await store.layOut(ciao)) ?? "";

      if (isSealed) return expect(path).toBe("");

      expect(readFileSync(path, "utf8")).toBe("ciao");
      expect(await store.layOut(ciao)).toBe(path);
    });

    test("what is erased is gone for all, what is needed stays, and the list tells", async () => {
      const { open } = await make();
      const store = await open();
      const one = await store.put("a", toBytes("uno"));
      const two = await store.put("b", toBytes("due"));
      const laidOut = (await store.layOut(one.sha256)) ?? "";

      const unwanted = new Set([one.sha256, two.sha256, absent]);
      const gone = await store.erase(unwanted, new Set([two.sha256]));

      expect(gone).toEqual([{ sha256: one.sha256, bytes: 3 }]);
      const other = await open();
      expect(await other.has(one.sha256)).toBe(false);
      expect(toText(await other.read(two.sha256))).toBe("due");
      expect(existsSync(laidOut)).toBe(false);
      const listed: string[] = [];
      for await (const { sha256, writtenMs } of other.list()) {
        listed.push(sha256);
        expect(writtenMs).toBeGreaterThan(Date.parse("2020-01-01"));
      }
      expect(listed).toEqual([two.sha256]);
    });

    test("a stream that breaks off leaves nothing", async () => {
      const { open } = await make();
      const store = await open();
      async function* breakOff(): AsyncGenerator<Uint8Array> {
        yield toBytes("ci");
        throw new Error("interrotto");
      }

      expect(await catchThrown(store.putStream("a", breakOff()))).toMatchObject({
        message: "interrotto",
      });

      expect(readdirSync(store.temporaryFolder)).toEqual([]);
      const listed: string[] = [];
      for await (const { sha256 } of store.list()) listed.push(sha256);
      expect(listed).toEqual([]);
    });
  });
}

function toBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function toText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function hash(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Never the same megabyte twice. */
function makeBytes(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 1) bytes[at] = (at * 31 + (at >> 8) * 17 + (at >> 16)) & 0xff;
  return bytes;
}

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

async function gather(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  let text = "";
  for await (const piece of pieces) text += toText(piece);
  return text;
}
