/** PAdES signatures in two phases, so that remote signers can batch: prepare gives what is to be signed, embed puts the signature in. */
import { createHash } from "node:crypto";
import { PDFArray, PDFHexString, PDFName, PDFRef } from "pdf-lib";
import type { PDFDict } from "pdf-lib";
import { createCmsMaker } from "./pades-cms.ts";
import type { CmsMaker, SignatureAlgorithm } from "./pades-cms.ts";
import { encodeDict, readTail } from "./pades-reader.ts";
import type { PdfTail } from "./pades-reader.ts";

export interface PadesSigner {
  /** DER certificates, the signer's first, then its issuers. */
  readonly chain: readonly Uint8Array[];
  readonly algorithm: SignatureAlgorithm;
  /** Room for an RFC 3161 token in bytes; default 0 (B-B). */
  readonly timestampBytes?: number;
}

export interface PadesDetails {
  /** ISO 8601 UTC; goes to /M. Same PDF, same details: same bytes. */
  readonly signedAt: string;
  /** Why it is signed, as a reader shows it. */
  readonly reason?: string;
  /** Who signs, as a reader shows it; default: left out, readers take it from the certificate. */
  readonly name?: string;
}

/** A PDF with its signature revision, all but the signature. */
export interface PreparedPades {
  /** DER signed attributes: the signer signs their SHA-256. */
  readonly toSign: Uint8Array;
  /** SHA-256 over the ByteRange. */
  readonly messageDigest: Uint8Array;
  readonly pdf: Uint8Array;
  readonly revision: Uint8Array;
  /** Where in `revision` the hexadecimal digits of /Contents begin, and how many there are. */
  readonly contentsAt: number;
  readonly contentsDigits: number;
}

export interface Pades {
  /** Appends the revision. Throws a plain Error when the PDF has a form or cannot be read. */
  prepare(pdf: Uint8Array, details: PadesDetails): PreparedPades;
  /** The signed PDF. `signature`: raw value over `toSign` (ECDSA as DER). Throws when the room does not suffice. */
  embed(
    prepared: PreparedPades,
    signature: Uint8Array,
    timestampToken?: Uint8Array,
  ): Uint8Array<ArrayBuffer>;
}

/** Makes the two phases for one signer; what is constant per signer is built once here. */
export function createPades(signer: PadesSigner): Pades {
  const cms = createCmsMaker(signer.chain, signer.algorithm);
  const contentsDigits = 2 * (cms.maxBytes + (signer.timestampBytes ?? 0));
  return {
    prepare: (pdf, details) => prepareSignature(pdf, details, cms, contentsDigits),
    embed(prepared, signature, timestampToken) {
      const value = cms.assemble(prepared.messageDigest, signature, timestampToken);
      if (value.byteLength * 2 > prepared.contentsDigits)
        throw new Error(
          `signature of ${value.byteLength} bytes, room for ${prepared.contentsDigits / 2}`,
        );
      const signed = Buffer.alloc(prepared.pdf.byteLength + prepared.revision.byteLength);
      signed.set(prepared.pdf);
      signed.set(prepared.revision, prepared.pdf.byteLength);
      signed.write(
        Buffer.from(value).toString("hex"),
        prepared.pdf.byteLength + prepared.contentsAt,
        "latin1",
      );
      return signed;
    },
  };
}

function prepareSignature(
  pdf: Uint8Array,
  details: PadesDetails,
  cms: CmsMaker,
  contentsDigits: number,
): PreparedPades {
  const tail = readTail(pdf);
  const revision = writeRevision(pdf, tail, details, contentsDigits);
  const contentsAt = revision.indexOf("/Contents<") + "/Contents<".length;
  const gapFrom = contentsAt - 1;
  const gapTo = contentsAt + contentsDigits + 1;
  const range = `0 ${pdf.byteLength + gapFrom} ${pdf.byteLength + gapTo} ${revision.byteLength - gapTo}`;
  revision.write(range.padEnd(byteRangeWidth), revision.indexOf("/ByteRange[") + 11, "latin1");
  const messageDigest = createHash("sha256")
    .update(pdf)
    .update(revision.subarray(0, gapFrom))
    .update(revision.subarray(gapTo))
    .digest();
  return {
    toSign: cms.encodeSignedAttributes(messageDigest),
    messageDigest,
    pdf,
    revision,
    contentsAt,
    contentsDigits,
  };
}

// Four numbers of at most ten digits and their blanks.
const byteRangeWidth = 43;

/** Signature, field with an empty appearance, first page and catalog anew, and their cross-references. */
function writeRevision(
  pdf: Uint8Array,
  tail: PdfTail,
  details: PadesDetails,
  contentsDigits: number,
): Buffer {
  const appearance = PDFRef.of(tail.size);
  const signature = PDFRef.of(tail.size + 1);
  const field = PDFRef.of(tail.size + 2);
  const lastByte = pdf[pdf.byteLength - 1];
  const parts: Buffer[] = [];
  const offsets = new Map<PDFRef, number>();
  let at = pdf.byteLength;

  function write(part: string | Uint8Array): void {
    const bytes = typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part);
    parts.push(bytes);
    at += bytes.byteLength;
  }
  function writeObject(ref: PDFRef, body: string | Uint8Array): void {
    offsets.set(ref, at);
    write(`${ref.objectNumber} ${ref.generationNumber} obj\n`);
    write(body);
    write("\nendobj\n");
  }

  if (lastByte !== 0x0a && lastByte !== 0x0d) write("\n");
  writeObject(
    appearance,
    "<</Type/XObject/Subtype/Form/BBox[0 0 0 0]/Resources<<>>/Length 0>>\nstream\n\nendstream",
  );
  writeObject(signature, buildSignatureDict(details, contentsDigits));
  // F 132 = Print + Locked; a field without size is no mark on the page (ISO 19005-2, 6.3.3).
  writeObject(
    field,
    `<</Type/Annot/Subtype/Widget/FT/Sig/T(Signature1)/F 132/Rect[0 0 0 0]/P ${tail.firstPageRef.toString()}/AP<</N ${appearance.toString()}>>/V ${signature.toString()}>>`,
  );
  writeObject(tail.firstPageRef, encodePageWith(tail.firstPage, field));
  writeObject(tail.rootRef, encodeCatalogWith(tail.catalog, field));
  write(encodeCrossReferences(tail, offsets, at, details));
  return Buffer.concat(parts);
}

function buildSignatureDict(details: PadesDetails, contentsDigits: number): string {
  const optional = [
    details.name === undefined ? "" : `/Name${PDFHexString.fromText(details.name).toString()}`,
    details.reason === undefined
      ? ""
      : `/Reason${PDFHexString.fromText(details.reason).toString()}`,
  ].join("");
  return `<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/ByteRange[${" ".repeat(byteRangeWidth)}]/Contents<${"0".repeat(contentsDigits)}>/M(${formatPdfDate(details.signedAt)})${optional}>>`;
}

function formatPdfDate(instant: string): string {
  const digits = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?Z$/.exec(instant);
  if (digits === null) throw new Error(`not an instant in UTC: ${instant}`);
  return `D:${digits.slice(1).join("")}Z`;
}

function encodePageWith(page: PDFDict, field: PDFRef): Uint8Array {
  const annotations = page.get(PDFName.of("Annots"));
  const copy = page.clone(page.context);
  if (annotations !== undefined && !(annotations instanceof PDFArray))
    throw new Error("the first page's annotations stand in an object of their own");
  const list = PDFArray.withContext(page.context);
  for (const known of annotations?.asArray() ?? []) list.push(known);
  list.push(field);
  copy.set(PDFName.of("Annots"), list);
  return encodeDict(copy);
}

function encodeCatalogWith(catalog: PDFDict, field: PDFRef): Uint8Array {
  if (catalog.has(PDFName.of("AcroForm"))) throw new Error("the pdf has a form or a signature");
  const copy = catalog.clone(catalog.context);
  copy.set(PDFName.of("AcroForm"), catalog.context.obj({ Fields: [field], SigFlags: 3 }));
  return encodeDict(copy);
}

function encodeCrossReferences(
  tail: PdfTail,
  offsets: ReadonlyMap<PDFRef, number>,
  at: number,
  details: PadesDetails,
): Uint8Array {
  const rows = [...offsets].sort(([a], [b]) => a.objectNumber - b.objectNumber);
  const shared = [
    `/Root ${tail.rootRef.toString()}`,
    tail.infoRef === null ? "" : `/Info ${tail.infoRef.toString()}`,
    tail.id === null ? "" : `/ID[${tail.id}${computeRevisionId(tail, details)}]`,
    `/Prev ${tail.startXref}`,
  ].join("");
  if (tail.hasXrefStream) return encodeXrefStream(tail, rows, at, shared);
  const sections = rows.map(
    ([ref, offset]) =>
      `${ref.objectNumber} 1\n${String(offset).padStart(10, "0")} ${String(ref.generationNumber).padStart(5, "0")} n\r\n`,
  );
  return Buffer.from(
    `xref\n${sections.join("")}trailer\n<</Size ${tail.size + 3}${shared}>>\nstartxref\n${at}\n%%EOF\n`,
    "latin1",
  );
}

function encodeXrefStream(
  tail: PdfTail,
  rows: readonly (readonly [PDFRef, number])[],
  at: number,
  shared: string,
): Uint8Array {
  const own = PDFRef.of(tail.size + 3);
  const all = [...rows, [own, at] as const];
  const data = Buffer.alloc(all.length * 7);
  for (const [row, [ref, offset]] of all.entries()) {
    data.writeUInt8(1, row * 7);
    data.writeUInt32BE(offset, row * 7 + 1);
    data.writeUInt16BE(ref.generationNumber, row * 7 + 5);
  }
  const index = all.map(([ref]) => `${ref.objectNumber} 1`).join(" ");
  return Buffer.concat([
    Buffer.from(
      `${own.objectNumber} 0 obj\n<</Type/XRef/Size ${tail.size + 4}/W[1 4 2]/Index[${index}]/Length ${data.byteLength}${shared}>>\nstream\n`,
      "latin1",
    ),
    data,
    Buffer.from(`\nendstream\nendobj\nstartxref\n${at}\n%%EOF\n`, "latin1"),
  ]);
}

/** The second half of /ID names the revision. */
function computeRevisionId(tail: PdfTail, details: PadesDetails): string {
  const hash = createHash("sha256").update(
    `${tail.id ?? ""} ${tail.startXref} ${details.signedAt} ${details.reason ?? ""}`,
  );
  return `<${hash.digest("hex").slice(0, 32)}>`;
}
