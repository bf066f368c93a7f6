/** The PAdES revision and its CMS, judged by outside tools and by reading the bytes. */
import { createHash, sign } from "node:crypto";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import { PDFArray, PDFDict, PDFDocument, PDFName } from "pdf-lib";
import type { PDFNumber } from "pdf-lib";
import { writeFile } from "node:fs/promises";
import {
  authority,
  ecSigner,
  makePdf,
  padesOf,
  privateKeyOf,
  runTool,
  signedAt,
  signer,
  signPdf,
  toPem,
  withFolder,
} from "../verify/fixtures.ts";

const hasPdfsig = Bun.which("pdfsig") !== null;
const hasOpenssl = Bun.which("openssl") !== null;
const hasQpdf = Bun.which("qpdf") !== null;

const files = [
  { name: "RSA, xref table", identity: signer, streams: false },
  { name: "RSA, object streams", identity: signer, streams: true },
  { name: "EC, xref table", identity: ecSigner, streams: false },
  { name: "EC, object streams", identity: ecSigner, streams: true },
];

describe("a signed PDF", () => {
  for (const { name, identity, streams } of files) {
    test(`begins with the original bytes and has one field without a mark (${name})`, async () => {
      const pdf = await makePdf("Verbale però", streams);

      const signed = signPdf(pdf, await identity());

      expect(Buffer.from(signed.subarray(0, pdf.length)).equals(Buffer.from(pdf))).toBe(true);
      const read = await PDFDocument.load(signed);
      const form = read.catalog.lookup(PDFName.of("AcroForm"), PDFDict);
      expect(form.get(PDFName.of("SigFlags"))?.toString()).toBe("3");
      const field = form.lookup(PDFName.of("Fields"), PDFArray).lookup(0, PDFDict);
      expect(field.get(PDFName.of("Rect"))?.toString()).toBe("[ 0 0 0 0 ]");
      expect(field.get(PDFName.of("F"))?.toString()).toBe("132");
      const value = field.lookup(PDFName.of("V"), PDFDict);
      expect(value.get(PDFName.of("SubFilter"))?.toString()).toBe("/ETSI.CAdES.detached");
      expect(value.get(PDFName.of("M"))?.toString()).toBe("(D:20261123101530Z)");
      const annotations = read.getPage(0).node.lookup(PDFName.of("Annots"), PDFArray);
      expect(annotations.size()).toBe(1);
      const range = value.lookup(PDFName.of("ByteRange"), PDFArray);
      const numbers = range.asArray().map((entry) => (entry as PDFNumber).asNumber());
      expect(numbers[0]).toBe(0);
      expect((numbers[2] ?? 0) + (numbers[3] ?? 0)).toBe(signed.length);
      expect(Buffer.from(signed).toString("latin1", numbers[1], (numbers[1] ?? 0) + 1)).toBe("<");
      expect(Buffer.from(signed).toString("latin1", (numbers[2] ?? 0) - 1, numbers[2])).toBe(">");
    });

    test.skipIf(!hasPdfsig)(`is valid for pdfsig (${name})`, async () => {
      const signed = signPdf(await makePdf("Verbale", streams), await identity());

      const told = await withFolder(async (folder) => {
        await writeFile(join(folder, "a.pdf"), signed);
        return runTool(["pdfsig", "-nocert", join(folder, "a.pdf")]);
      });

      expect(told?.output).toContain("Signature Validation: Signature is Valid.");
      expect(told?.output).toContain("Total document signed");
      expect(told?.output).toContain("Signature Type: ETSI.CAdES.detached");
    });

    test.skipIf(!hasOpenssl)(`is a CAdES signature for openssl (${name})`, async () => {
      const signed = Buffer.from(signPdf(await makePdf("Verbale", streams), await identity()));
      const { content, cms } = parts(signed);

      const told = await withFolder(async (folder) => {
        await writeFile(join(folder, "content"), content);
        await writeFile(join(folder, "cms"), cms);
        await writeFile(join(folder, "ca.pem"), toPem((await authority()).chain[0]!));
        return runTool([
          "openssl",
          "cms",
          "-verify",
          "-cades",
          "-binary",
          "-inform",
          "DER",
          "-in",
          join(folder, "cms"),
          "-content",
          join(folder, "content"),
          "-CAfile",
          join(folder, "ca.pem"),
          "-purpose",
          "any",
          "-out",
          "/dev/null",
        ]);
      });

      expect(told?.output).toContain("CAdES Verification successful");
      expect(told?.code).toBe(0);
    });

    test.skipIf(!hasQpdf)(`has sound cross-references for qpdf (${name})`, async () => {
      const signed = signPdf(await makePdf("Verbale", streams), await identity());

      const told = await withFolder(async (folder) => {
        await writeFile(join(folder, "a.pdf"), signed);
        return runTool(["qpdf", "--check", join(folder, "a.pdf")]);
      });

      expect(told?.output).toContain("No syntax or stream encoding errors found");
      expect(told?.code).toBe(0);
    });
  }

  test("carries no time of signing in its CMS: the PDF's /M holds it", async () => {
    const { cms } = parts(Buffer.from(signPdf(await makePdf(), await signer())));

    // DER of OID 1.2.840.113549.1.9.5.
    expect(cms.includes(Buffer.from("06092a864886f70d010905", "hex"))).toBe(false);
    // DER of OID 1.2.840.113549.1.9.16.2.47, signing-certificate-v2.
    expect(cms.includes(Buffer.from("060b2a864886f70d010910022f", "hex"))).toBe(true);
  });
});

describe("preparing", () => {
  test("twice with the same instant gives the same bytes", async () => {
    const pdf = await makePdf();
    const pades = padesOf(await signer());

    const first = pades.prepare(pdf, { signedAt, reason: "Però" });
    const second = pades.prepare(pdf, { signedAt, reason: "Però" });

    expect(Buffer.from(first.revision).equals(Buffer.from(second.revision))).toBe(true);
    expect(Buffer.from(first.toSign).equals(Buffer.from(second.toSign))).toBe(true);
  });

  test("gives other attributes for another PDF", async () => {
    const pades = padesOf(await signer());

    const first = pades.prepare(await makePdf("Verbale 1"), { signedAt });
    const second = pades.prepare(await makePdf("Verbale 2"), { signedAt });

    expect(Buffer.from(first.toSign).equals(Buffer.from(second.toSign))).toBe(false);
    expect(first.toSign[0]).toBe(0x31);
  });

  test("writes the digest over everything but the signature into the attributes", async () => {
    const pdf = await makePdf();
    const pades = padesOf(await signer());

    const prepared = pades.prepare(pdf, { signedAt });
    const signed = Buffer.from(
      pades.embed(prepared, sign("sha256", prepared.toSign, privateKeyOf(await signer()))),
    );

    const digest = createHash("sha256").update(parts(signed).content).digest();
    expect(Buffer.from(prepared.toSign).includes(digest)).toBe(true);
  });

  test("refuses a PDF that is signed already", async () => {
    const signed = signPdf(await makePdf(), await signer());
    const pades = padesOf(await signer());

    expect(() => pades.prepare(signed, { signedAt })).toThrow("the pdf has a form or a signature");
  });

  test("refuses bytes that are no PDF", async () => {
    const pades = padesOf(await signer());

    expect(() => pades.prepare(Buffer.from("ciao"), { signedAt })).toThrow(
      "pdf has no startxref at its end",
    );
  });

  test("refuses an instant that is not in UTC", async () => {
    const pades = padesOf(await signer());
    const pdf = await makePdf();

    expect(() => pades.prepare(pdf, { signedAt: "2026-11-23T10:15:30+01:00" })).toThrow(
      "not an instant in UTC: 2026-11-23T10:15:30+01:00",
    );
  });

  test("keeps the annotations that the first page has", async () => {
    const document = await PDFDocument.load(await makePdf());
    const note = document.context.register(
      document.context.obj({ Type: "Annot", Subtype: "Text", Rect: [0, 0, 1, 1] }),
    );
    document.getPage(0).node.set(PDFName.of("Annots"), document.context.obj([note]));
    const pdf = await document.save({ useObjectStreams: false });

    const read = await PDFDocument.load(signPdf(pdf, await signer()));

    expect(read.getPage(0).node.lookup(PDFName.of("Annots"), PDFArray).size()).toBe(2);
  });
});

describe("embedding", () => {
  test("refuses a token for which no room was made", async () => {
    const pades = padesOf(await signer());
    const prepared = pades.prepare(await makePdf(), { signedAt });
    const signature = sign("sha256", prepared.toSign, privateKeyOf(await signer()));
    // An empty SEQUENCE stands for a token: any is too long for no room.
    const token = new Uint8Array([0x30, 0x00]);

    expect(() => pades.embed(prepared, signature, token)).toThrow(/^signature of \d+ bytes, room/);
  });
});

/** The signed content and the CMS of the file's one signature. */
function parts(signed: Buffer): { content: Buffer; cms: Buffer } {
  const text = signed.toString("latin1");
  const range = /\/ByteRange\[(\d+) (\d+) (\d+) (\d+)/.exec(text)!.slice(1).map(Number);
  const [, gapFrom, gapTo, rest] = range as [number, number, number, number];
  return {
    content: Buffer.concat([signed.subarray(0, gapFrom), signed.subarray(gapTo, gapTo + rest)]),
    cms: derPrefix(Buffer.from(text.slice(gapFrom + 1, gapTo - 1), "hex")),
  };
}

/** Cuts the zero padding: the outer SEQUENCE tells its length. */
function derPrefix(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.readUInt16BE(2) + 4);
}
