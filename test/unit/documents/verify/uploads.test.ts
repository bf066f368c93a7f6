/** What a person may hand over: archives made to harm, envelopes of every kind. */
import { crc32 } from "node:zlib";
import { describe, expect, test } from "bun:test";
import { strToU8, zipSync } from "fflate";
import { readArchive } from "../../../../documents/archive/read.ts";
import type { ArchiveLimits, ReadEntry } from "../../../../documents/archive/read.ts";
import { openEnvelope } from "../../../../documents/verify/envelope.ts";
import { createMatcher, findPermanentId } from "../../../../documents/verify/match.ts";
import { SignatureRefused } from "../../../../documents/verify/verdict.ts";
import { readUploads } from "../../../../steps/signing/uploads.ts";
import { uploaded } from "../../../support/uploaded.ts";
import { envelope, makePdf, signer, signPdf } from "./fixtures.ts";

const limits: ArchiveLimits = { entries: 60_000, entryBytes: 1_000_000, totalBytes: 10_000_000 };

function read(zip: Uint8Array, changes: Partial<ArchiveLimits> = {}): Promise<ReadEntry[]> {
  return Array.fromAsync(readArchive(uploaded("a.zip", zip), { ...limits, ...changes }));
}

async function reasonOf(reading: Promise<unknown>): Promise<string> {
  try {
    await reading;
  } catch (error) {
    if (error instanceof SignatureRefused) return error.reason;
    throw error;
  }
  throw new Error("nothing was refused");
}

/** Changes a field of the first directory record. */
function patchDirectory(zip: Uint8Array, offset: number, value: number, bytes: 2 | 4): Buffer {
  const patched = Buffer.from(zip);
  const at = patched.indexOf(Buffer.from("PK\u0001\u0002", "latin1"));
  patched.writeUIntLE(value, at + offset, bytes);
  return patched;
}

describe("an archive", () => {
  test("gives its files with the last part of their names, whatever paths they claim", async () => {
    const zip = zipSync({
      "../../etc/passwd": strToU8("a"),
      "C:\\Windows\\b.pdf": strToU8("b"),
      "cartella/": new Uint8Array(),
      "cartella/c.pdf": [strToU8("c".repeat(1000)), { level: 9 }],
      "__MACOSX/c.pdf": strToU8("x"),
    });

    expect((await read(zip)).map(({ name, bytes }) => [name, bytes?.byteLength])).toEqual([
      ["passwd", 1],
      ["b.pdf", 1],
      ["c.pdf", 1000],
    ]);
  });

  test("cannot hide control characters in a name", async () => {
    const zip = zipSync({ "a\u202Efdp.exe\u0007": strToU8("a") });

    expect((await read(zip))[0]?.name).toBe("afdp.exe");
  });

  test("with a bomb gives a refusal instead of a gigabyte", async () => {
    const zip = zipSync({ "bomba.pdf": [new Uint8Array(50_000_000), { level: 9 }] });

    expect(await read(zip)).toEqual([
      {
        name: "bomba.pdf",
        bytes: null,
        reason: "è troppo grande per essere uno dei documenti",
      },
    ]);
  });

  test("that lies about a bomb's size is caught while it unpacks", async () => {
    const zip = zipSync({ "bomba.pdf": [new Uint8Array(50_000_000), { level: 9 }] });

    expect((await read(patchDirectory(zip, 24, 1000, 4)))[0]?.reason).toBe(
      "è danneggiato nell'archivio",
    );
  });

  test("whose entries share their bytes is refused before they are unpacked", async () => {
    const zip = Buffer.from(zipSync({ "a.pdf": [Buffer.alloc(2000, 7), { level: 0 }] }));
    const at = zip.indexOf(Buffer.from("PK\u0001\u0002", "latin1"));
    const end = zip.indexOf(Buffer.from("PK\u0005\u0006", "latin1"));
    const record = zip.subarray(at, end);
    const last = Buffer.from(zip.subarray(end));
    last.writeUInt16LE(50, 8);
    last.writeUInt16LE(50, 10);
    const shared = Buffer.concat([
      zip.subarray(0, at),
      ...Array.from({ length: 50 }, () => record),
      last,
    ]);

    expect(await reasonOf(read(shared))).toBe("l'archivio ZIP è danneggiato o incompleto");
  });

  test("whose files together are too large is stopped", async () => {
    const zip = zipSync({ "a.pdf": new Uint8Array(900_000), "b.pdf": new Uint8Array(900_000) });

    expect(await reasonOf(read(zip, { totalBytes: 1_000_000 }))).toBe(
      "l'archivio ZIP è troppo grande una volta aperto",
    );
  });

  test("with a password is refused file by file", async () => {
    const zip = patchDirectory(zipSync({ "a.pdf": strToU8("a") }), 8, 1, 2);

    expect((await read(zip))[0]?.reason).toBe("è protetto da password: caricarlo senza");
  });

  test("with a compression that nobody knows is refused file by file", async () => {
    const zip = patchDirectory(zipSync({ "a.pdf": strToU8("a") }), 10, 14, 2);

    expect((await read(zip))[0]?.reason).toBe("è compresso in un modo non gestito");
  });

  test("with a damaged file says so", async () => {
    const zip = Buffer.from(zipSync({ "a.pdf": [strToU8("ciao"), { level: 0 }] }));
    zip[zip.indexOf("ciao")] = 0x78;

    expect((await read(zip))[0]?.reason).toBe("è danneggiato nell'archivio");
  });

  test("that was cut short is refused", async () => {
    const zip = zipSync({ "a.pdf": strToU8("a") });

    expect(await reasonOf(read(zip.subarray(0, zip.length - 30)))).toBe(
      "l'archivio ZIP è danneggiato o incompleto",
    );
  });

  test("whose directory lies outside is refused", async () => {
    const zip = Buffer.from(zipSync({ "a.pdf": strToU8("a") }));
    const end = zip.lastIndexOf(Buffer.from("PK\u0005\u0006", "latin1"));
    zip.writeUInt32LE(5, end + 16);

    expect(await reasonOf(read(zip))).toBe("l'archivio ZIP è danneggiato o incompleto");
  });

  test("of 50,000 files is read one by one", async () => {
    let files = 0;

    for await (const entry of readArchive(uploaded("a.zip", manyFiles(50_000)), limits))
      files += entry.bytes?.byteLength ?? 0;

    expect(files).toBe(50_000);
  });

  test("of more files than the limit is refused before any is read", async () => {
    expect(await reasonOf(read(manyFiles(50_000), { entries: 40_000 }))).toBe(
      "l'archivio ZIP contiene 50000 file: al massimo sono 40000",
    );
  });

  test("inside an archive is refused, and the rest is read", async () => {
    const pdf = await makePdf();
    const zip = zipSync({ "dentro.zip": zipSync({ "a.pdf": pdf }), "b.pdf": pdf });
    const found: [string, boolean, string][] = [];

    for await (const { name, pdf, reason } of readUploads(
      [uploaded("C:/Documenti/tutti.zip", zip)],
      limits,
    ))
      found.push([name, pdf !== null, reason]);

    expect(found).toEqual([
      ["tutti.zip, dentro.zip", false, "è un archivio dentro l'archivio: caricarlo da solo"],
      ["tutti.zip, b.pdf", true, ""],
    ]);
  });
});

/** An archive of one-byte files, written by hand: quick, and the same on every machine. */
function manyFiles(count: number): Uint8Array {
  const crc = crc32("x");
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let at = 0;
  for (let number = 0; number < count; number += 1) {
    const name = Buffer.from(`${number}.pdf`);
    const head = Buffer.alloc(30);
    head.writeUInt32LE(0x04034b50, 0);
    head.writeUInt32LE(crc, 14);
    head.writeUInt32LE(1, 18);
    head.writeUInt32LE(1, 22);
    head.writeUInt16LE(name.length, 26);
    const record = Buffer.alloc(46);
    record.writeUInt32LE(0x02014b50, 0);
    record.writeUInt32LE(crc, 16);
    record.writeUInt32LE(1, 20);
    record.writeUInt32LE(1, 24);
    record.writeUInt16LE(name.length, 28);
    record.writeUInt32LE(at, 42);
    local.push(head, name, Buffer.from("x"));
    central.push(record, name);
    at += 30 + name.length + 1;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...local, directory, end]);
}

describe.skipIf(Bun.which("openssl") === null)("a .p7m", () => {
  test("in DER gives the PDF that it holds", async () => {
    const pdf = await makePdf();

    expect(Buffer.from(openEnvelope(await envelope(pdf))!).equals(Buffer.from(pdf))).toBe(true);
  });

  test("in BER of indefinite length gives the PDF that it holds", async () => {
    const pdf = await makePdf();
    const p7m = await envelope(pdf, ["-stream"]);

    expect(p7m[1]).toBe(0x80);
    expect(Buffer.from(openEnvelope(p7m)!).equals(Buffer.from(pdf))).toBe(true);
  });

  test("in base64, in PEM and in another .p7m gives the PDF that it holds", async () => {
    const pdf = await makePdf();
    const p7m = await envelope(pdf);
    const base64 = p7m.toString("base64");
    const wrapped = (base64.match(/.{1,64}/g) ?? []).join("\r\n");

    for (const form of [
      Buffer.from(base64),
      Buffer.from(wrapped),
      Buffer.from(`-----BEGIN PKCS7-----\n${wrapped}\n-----END PKCS7-----\n`),
      await envelope(p7m),
    ])
      expect(Buffer.from(openEnvelope(form)!).equals(Buffer.from(pdf))).toBe(true);
  });

  test("that is something else gives nothing", () => {
    expect(openEnvelope(Buffer.from("ciao"))).toBeNull();
    expect(openEnvelope(Buffer.from([0x30, 0x03, 0x02, 0x01, 0x05]))).toBeNull();
    expect(openEnvelope(new Uint8Array())).toBeNull();
  });
});

describe("matching", () => {
  test("finds the original that a file begins with among many", async () => {
    const originals = await Promise.all(
      [1, 2, 3].map(async (number) => {
        const pdf = await makePdf(`Verbale ${number}`);
        return {
          number,
          sha256: new Bun.CryptoHasher("sha256").update(pdf).digest("hex"),
          bytes: pdf.byteLength,
        };
      }),
    );
    const matcher = createMatcher(originals);

    expect(matcher.find(signPdf(await makePdf("Verbale 2"), await signer()))?.number).toBe(2);
    expect(matcher.find(await makePdf("Verbale 3"))?.number).toBe(3);
    expect(matcher.find(await makePdf("Verbale 4"))).toBeNull();
    expect(matcher.find(Buffer.from("%PDF-1.7"))).toBeNull();
  });

  test("reads the identifier that programs keep", async () => {
    const pdf = await makePdf("Verbale 1");

    // MD5 of «Verbale 1», as the fixture writes it.
    expect(findPermanentId(pdf)).toBe(
      new Bun.CryptoHasher("md5").update("Verbale 1").digest("hex"),
    );
    expect(findPermanentId(Buffer.from("%PDF-1.7"))).toBeNull();
  });
});
