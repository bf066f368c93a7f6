/** Archives beyond 65,535 entries or 4 GiB, and those that only claim to be: read part by part, never believed. */
import { crc32 } from "node:zlib";
import { describe, expect, test } from "bun:test";
import { zipSync } from "fflate";
import { type ByteSource, findDirectory } from "../../../../documents/archive/directory.ts";
import { readArchive, type ReadEntry } from "../../../../documents/archive/read.ts";
import { SignatureRefused } from "../../../../documents/verify/verdict.ts";
import { readUploads } from "../../../../steps/signing/uploads.ts";
import { uploaded } from "../../../support/uploaded.ts";
import { makePdf } from "./fixtures.ts";

const limits = { entries: 60_000, entryBytes: 1_000_000, totalBytes: 10_000_000 };
const broken = "l'archivio ZIP è danneggiato o incompleto";
const all32 = 0xffffffff;

interface Parts {
  /** What the zip64 end record says; `null`: the archive has none. */
  readonly end64?: Partial<Record<"count" | "bytes" | "at", bigint>> | null;
  /** Offset that the locator gives; default the right one. */
  readonly locatorAt?: bigint;
  /** What the plain end record says; default all saturated. */
  readonly end?: Partial<Record<"count" | "bytes" | "at", number>>;
  /** The extra field of the one directory record; default the three numbers. */
  readonly extra?: Buffer;
  /** Added after the end record. */
  readonly comment?: Buffer;
}

const content = Buffer.from("%PDF-1.7 uno");

/** An archive of one stored file whose numbers all stand in zip64 fields, changed where a test says so. */
function zip64(parts: Parts = {}): Buffer {
  const name = Buffer.from("uno.pdf");
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(name.length, 26);
  local.writeUInt16LE(20, 28);
  // A local header may have another extra field than the directory.
  const start = Buffer.concat([local, name, Buffer.alloc(20), content]);
  const extra = parts.extra ?? field64(BigInt(content.length), BigInt(content.length), 0n);
  const record = Buffer.alloc(46);
  record.writeUInt32LE(0x02014b50, 0);
  record.writeUInt32LE(crc32(content), 16);
  for (const at of [20, 24, 42]) record.writeUInt32LE(all32, at);
  record.writeUInt16LE(name.length, 28);
  record.writeUInt16LE(extra.length, 30);
  const directory = Buffer.concat([record, name, extra]);
  const end64 = Buffer.alloc(56);
  end64.writeUInt32LE(0x06064b50, 0);
  end64.writeBigUInt64LE(44n, 4);
  end64.writeBigUInt64LE(parts.end64?.count ?? 1n, 24);
  end64.writeBigUInt64LE(parts.end64?.count ?? 1n, 32);
  end64.writeBigUInt64LE(parts.end64?.bytes ?? BigInt(directory.length), 40);
  end64.writeBigUInt64LE(parts.end64?.at ?? BigInt(start.length), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(parts.locatorAt ?? BigInt(start.length + directory.length), 8);
  locator.writeUInt32LE(1, 16);
  const comment = parts.comment ?? Buffer.alloc(0);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(parts.end?.count ?? 0xffff, 8);
  end.writeUInt16LE(parts.end?.count ?? 0xffff, 10);
  end.writeUInt32LE(parts.end?.bytes ?? all32, 12);
  end.writeUInt32LE(parts.end?.at ?? all32, 16);
  end.writeUInt16LE(comment.length, 20);
  const large = parts.end64 === null ? [] : [end64, locator];
  return Buffer.concat([start, directory, ...large, end, comment]);
}

function field64(...numbers: readonly bigint[]): Buffer {
  const field = Buffer.alloc(4 + 8 * numbers.length);
  field.writeUInt16LE(1, 0);
  field.writeUInt16LE(8 * numbers.length, 2);
  for (const [index, number] of numbers.entries()) field.writeBigUInt64LE(number, 4 + 8 * index);
  return field;
}

function read(zip: ByteSource | Uint8Array): Promise<ReadEntry[]> {
  return Array.fromAsync(
    readArchive(zip instanceof Uint8Array ? uploaded("a.zip", zip) : zip, limits),
  );
}

async function refusal(zip: ByteSource | Uint8Array): Promise<string> {
  try {
    await read(zip);
  } catch (error) {
    if (error instanceof SignatureRefused) return error.reason;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("a zip64 archive", () => {
  test("gives its files, wherever its numbers stand", async () => {
    const expected = [{ name: "uno.pdf", bytes: content, reason: null }];

    expect(await read(zip64())).toEqual(expected);
    expect(await read(zip64({ end: { count: 1 } }))).toEqual(expected);
    expect(await read(zip64({ comment: Buffer.from("PK\u0005\u0006 in un commento") }))).toEqual(
      expected,
    );
  });

  test("finds its numbers behind other extra fields", async () => {
    const other = Buffer.from([0x55, 0x54, 3, 0, 1, 2, 3]);
    const numbers = field64(BigInt(content.length), BigInt(content.length), 0n);

    expect(await read(zip64({ extra: Buffer.concat([other, numbers]) }))).toHaveLength(1);
  });

  test("whose entry lacks its numbers, or has too few, is refused", async () => {
    expect(await refusal(zip64({ extra: Buffer.alloc(0) }))).toBe(broken);
    expect(await refusal(zip64({ extra: field64(12n, 12n) }))).toBe(broken);
    expect(await refusal(zip64({ extra: field64(12n, 12n, 0n).subarray(0, 20) }))).toBe(broken);
  });

  test("whose entry claims to lie or to end far outside is refused", async () => {
    const size = BigInt(content.length);

    expect(await refusal(zip64({ extra: field64(size, size, 2n ** 63n) }))).toBe(broken);
    expect(await refusal(zip64({ extra: field64(size, 2n ** 64n - 1n, 0n) }))).toBe(broken);
  });

  test("whose entry claims exabytes is refused unread", async () => {
    const zip = zip64({ extra: field64(2n ** 62n, BigInt(content.length), 0n) });

    expect((await read(zip))[0]?.reason).toBe("è troppo grande per essere uno dei documenti");
  });

  test("whose end records point outside, or at nothing, is refused", async () => {
    expect(await refusal(zip64({ locatorAt: 2n ** 60n }))).toBe(broken);
    expect(await refusal(zip64({ locatorAt: 0n }))).toBe(broken);
    expect(await refusal(zip64({ end64: { at: 2n ** 64n - 1n } }))).toBe(broken);
    expect(await refusal(zip64({ end64: { bytes: 2n ** 64n - 1n } }))).toBe(broken);
    expect(await refusal(zip64({ end64: null }))).toBe(broken);
    expect(await refusal(zip64({ end64: null, end: { count: 1 } }))).toBe(broken);
  });

  test("that claims more entries than the limit is refused before any is read", async () => {
    expect(await refusal(zip64({ end64: { count: 70_000n } }))).toBe(
      "l'archivio ZIP contiene 70000 file: al massimo sono 60000",
    );
  });

  test("that claims more entries than its directory holds is refused", async () => {
    expect(await refusal(zip64({ end64: { count: 2n } }))).toBe(broken);
  });

  test("whose directory is larger than any list of names is refused unread", async () => {
    const asked: number[] = [];
    const size = 2 ** 40;
    const tail = Buffer.alloc(98);
    tail.writeUInt32LE(0x06064b50, 0);
    tail.writeBigUInt64LE(10n, 32);
    tail.writeBigUInt64LE(BigInt(size - 1000), 40);
    tail.writeUInt32LE(0x07064b50, 56);
    tail.writeBigUInt64LE(BigInt(size - 98), 64);
    tail.writeUInt32LE(0x06054b50, 76);
    tail.writeUInt16LE(0xffff, 86);
    const source: ByteSource = {
      size,
      async slice(start, end) {
        asked.push(end - start);
        const bytes = new Uint8Array(end - start);
        const tailAt = size - tail.length;
        const part = tail.subarray(Math.max(0, start - tailAt), end - tailAt);
        bytes.set(part, Math.max(0, tailAt - start));
        return bytes;
      },
    };

    expect(await refusal(source)).toBe(
      "l'elenco dei file dell'archivio ZIP è troppo grande: ricrearlo con nomi più corti",
    );
    expect(Math.max(...asked)).toBeLessThan(70_000);
  });
});

describe("reading part by part", () => {
  test("an archive that counts from zero again after 65,535 says so, after its files", async () => {
    const zip = zip64();
    // Two equal records in the directory, and one counted.
    const at = zip.indexOf(Buffer.from("PK\u0001\u0002", "latin1"));
    const record = zip.subarray(at, zip.indexOf(Buffer.from("PK\u0006\u0006", "latin1")));
    const end = Buffer.alloc(22);
    end.writeUInt32LE(0x06054b50, 0);
    end.writeUInt16LE(1, 10);
    end.writeUInt32LE(2 * record.length, 12);
    end.writeUInt32LE(at, 16);
    const wrapped = Buffer.concat([zip.subarray(0, at), record, record, end]);
    const names: string[] = [];

    const reading = async (): Promise<void> => {
      for await (const { name } of readArchive(uploaded("a.zip", wrapped), limits))
        names.push(name);
    };

    const reason = await reading().catch((error: unknown) =>
      error instanceof SignatureRefused ? error.reason : "",
    );
    expect(names).toEqual(["uno.pdf"]);
    expect(reason).toBe(
      "l'archivio ZIP contiene più file di quanti ne dichiara: dividerlo in archivi di meno di 65.000 file",
    );
  });

  test("an archive that becomes shorter while it is read is refused", async () => {
    const zip = zip64();
    const source: ByteSource = {
      size: zip.length,
      slice: async (start, end) => zip.subarray(start, Math.min(end, start === 0 ? 40 : end)),
    };

    expect((await findDirectory(uploaded("a.zip", zip))).count).toBe(1);
    expect(await refusal(source)).toBe(broken);
  });

  test("a loose file that is larger than any of ours is refused unread", async () => {
    const asked: number[] = [];
    const pdf = Buffer.from(await makePdf());
    const found: [boolean, string][] = [];
    const file = {
      name: "film.pdf",
      size: 5_000_000_000,
      async slice(start: number, end: number) {
        asked.push(end - start);
        return pdf.subarray(start, end);
      },
    };

    for await (const { pdf: taken, reason } of readUploads([file], limits))
      found.push([taken !== null, reason]);

    expect(found).toEqual([[false, "è troppo grande per essere uno dei documenti"]]);
    expect(asked).toEqual([8]);
  });

  test("whatever bytes are changed or cut off, files or a refusal come of it, never more than the limits", async () => {
    const small = { entries: 20, entryBytes: 5_000, totalBytes: 20_000 };
    const archives = [
      zip64(),
      Buffer.from(zipSync({ "a.pdf": [Buffer.alloc(3_000, 37), { level: 9 }], "b.pdf": content })),
    ];
    const below = numbersFrom(20_261_123);
    let refused = 0;

    for (let round = 0; round < 4_000; round += 1) {
      const zip = Buffer.from(archives[round % 2] ?? content);
      for (let change = 0; change <= below(3); change += 1)
        zip[zip.length - 1 - below(Math.min(zip.length, 220))] = [0, 1, 0x7f, 0xff][below(4)] ?? 0;
      const cut = below(10) === 0 ? zip.subarray(0, below(zip.length)) : zip;
      try {
        const read = await Array.fromAsync(readArchive(uploaded("a.zip", cut), small));
        expect(read.length).toBeLessThanOrEqual(small.entries);
        for (const { bytes } of read) expect(bytes?.length ?? 0).toBeLessThanOrEqual(5_000);
      } catch (error) {
        if (!(error instanceof SignatureRefused)) throw error;
        refused += 1;
      }
    }

    expect(refused).toBeGreaterThan(500);
  });
});

/** The same numbers below a limit on every machine. */
function numbersFrom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) % limit;
  };
}
