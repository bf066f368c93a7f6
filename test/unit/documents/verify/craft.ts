/** Builds signed revisions with anything in them, for the attack files that the upload check must refuse. */
import { createHash, sign } from "node:crypto";
import { createCmsMaker } from "../../../../documents/signature/pades-cms.ts";
import { readTail } from "../../../../documents/signature/pades-reader.ts";
import type { FictionalIdentity } from "../../../../simulators/signing/fictional-authority.ts";
import { privateKeyOf } from "./fixtures.ts";

export interface Crafted {
  /** Objects by number; `$SIG`, `$FIELD`, `$PAGE`, `$ROOT` in bodies become references. */
  readonly objects: ReadonlyMap<number, string>;
  /** Numbers that the cross-references leave out. */
  readonly unlisted?: readonly number[];
  /** Lines after the listed entries: `7 1\n0000000000 00001 f\r\n`. */
  readonly extraEntries?: string;
  /** Bytes between the last object and the cross-references. */
  readonly beforeXref?: string;
  readonly trailer?: string;
  /** Between the trailer and `startxref`. */
  readonly afterTrailer?: string;
  /** Default: ETSI.CAdES.detached. */
  readonly subFilter?: string;
  readonly rect?: string;
  readonly fieldExtra?: string;
  readonly signatureExtra?: string;
  /** Changes the file before it is signed, when ranges are final. */
  readonly beforeSigning?: (file: Buffer) => Buffer;
}

export interface Numbers {
  readonly sig: number;
  readonly field: number;
  readonly page: number;
  readonly root: number;
  /** The next free object number. */
  readonly next: number;
}

export type CmsOf = (content: Buffer) => Uint8Array | Promise<Uint8Array>;

const room = 8192;

/** The numbers that `craft` gives its objects. */
export function numbersOf(original: Uint8Array): Numbers {
  const tail = readTail(original);
  return {
    sig: tail.size,
    field: tail.size + 1,
    page: tail.firstPageRef.objectNumber,
    root: tail.rootRef.objectNumber,
    next: tail.size + 2,
  };
}

/** Page and catalog as an honest signature writes them; tests replace or add. */
export function honestObjects(original: Uint8Array): Map<number, string> {
  const tail = readTail(original);
  const numbers = numbersOf(original);
  const page = tail.firstPage
    .toString()
    .replace(/\/Annots \[[^\]]*\]/, "")
    .replace(/>>$/, `/Annots[${numbers.field} 0 R]>>`);
  const root = tail.catalog
    .toString()
    .replace(/>>$/, `/AcroForm<</Fields[${numbers.field} 0 R]/SigFlags 3>>>>`);
  return new Map([
    [numbers.page, page],
    [numbers.root, root],
  ]);
}

/** Appends one revision with a signature field, and signs it. */
export async function craft(
  original: Uint8Array,
  crafted: Crafted,
  cmsOf: CmsOf,
): Promise<Uint8Array> {
  const tail = readTail(original);
  const { sig, field, page, root } = numbersOf(original);
  const bodies = new Map<number, string>([
    [
      sig,
      `<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/${crafted.subFilter ?? "ETSI.CAdES.detached"}/ByteRange[${" ".repeat(43)}]/Contents<${"0".repeat(2 * room)}>/M(D:20261123101530Z)${crafted.signatureExtra ?? ""}>>`,
    ],
    [
      field,
      `<</Type/Annot/Subtype/Widget/FT/Sig/T(S)/F 132/Rect${crafted.rect ?? "[0 0 0 0]"}/P ${page} 0 R/V ${sig} 0 R${crafted.fieldExtra ?? ""}>>`,
    ],
    ...crafted.objects,
  ]);
  let file = Buffer.concat([original, Buffer.from("\n")]);
  const offsets = new Map<number, number>();
  for (const [number, body] of bodies) {
    offsets.set(number, file.length);
    file = Buffer.concat([file, Buffer.from(`${number} 0 obj\n${body}\nendobj\n`, "latin1")]);
  }
  file = Buffer.concat([file, Buffer.from(crafted.beforeXref ?? "", "latin1")]);
  const entries = [...offsets]
    .filter(([number]) => !(crafted.unlisted ?? []).includes(number))
    .sort(([a], [b]) => a - b)
    .map(([number, at]) => `${number} 1\n${String(at).padStart(10, "0")} 00000 n\r\n`);
  const size = Math.max(tail.size, ...offsets.keys()) + 1;
  const end = `xref\n${entries.join("")}${crafted.extraEntries ?? ""}trailer\n<</Size ${size}/Root ${root} 0 R/Prev ${tail.startXref}${crafted.trailer ?? ""}>>\n${crafted.afterTrailer ?? ""}startxref\n${file.length}\n%%EOF\n`;
  file = Buffer.concat([file, Buffer.from(end, "latin1")]);
  return signFile(file, original.length, cmsOf, crafted.beforeSigning);
}

/** Appends one revision with these objects and no signature. */
export function append(file: Uint8Array, objects: ReadonlyMap<number, string>): Buffer {
  const tail = readTail(file);
  let made = Buffer.from(file);
  const entries: string[] = [];
  for (const [number, body] of [...objects].sort(([a], [b]) => a - b)) {
    entries.push(`${number} 1\n${String(made.length).padStart(10, "0")} 00000 n\r\n`);
    made = Buffer.concat([made, Buffer.from(`${number} 0 obj\n${body}\nendobj\n`, "latin1")]);
  }
  const size = Math.max(tail.size - 1, ...objects.keys()) + 1;
  const end = `xref\n${entries.join("")}trailer\n<</Size ${size}/Root ${tail.rootRef.toString()}/Prev ${tail.startXref}>>\nstartxref\n${made.length}\n%%EOF\n`;
  return Buffer.concat([made, Buffer.from(end, "latin1")]);
}

/** As `append`, with the cross-references in a stream. */
export function appendStream(file: Uint8Array, objects: ReadonlyMap<number, string>): Buffer {
  const tail = readTail(file);
  let made = Buffer.from(file);
  const own = Math.max(tail.size - 1, ...objects.keys()) + 1;
  const places: (readonly [number: number, at: number])[] = [];
  for (const [number, body] of [...objects].sort(([a], [b]) => a - b)) {
    places.push([number, made.length]);
    made = Buffer.concat([made, Buffer.from(`${number} 0 obj\n${body}\nendobj\n`, "latin1")]);
  }
  places.push([own, made.length]);
  const rows = Buffer.alloc(7 * places.length);
  for (const [row, [, at]] of places.entries()) {
    rows.writeUInt8(1, 7 * row);
    rows.writeUInt32BE(at, 7 * row + 1);
  }
  const index = places.map(([number]) => `${number} 1`).join(" ");
  const dict = `<</Type/XRef/W[1 4 2]/Index[${index}]/Size ${own + 1}/Root ${tail.rootRef.toString()}/Prev ${tail.startXref}/Length ${rows.length}>>`;
  const end = `\nendstream\nendobj\nstartxref\n${made.length}\n%%EOF\n`;
  return Buffer.concat([
    made,
    Buffer.from(`${own} 0 obj\n${dict}\nstream\n`),
    rows,
    Buffer.from(end),
  ]);
}

/** Appends what B-LT adds: a catalog with a DSS and the bytes that it lists. `changes` come on top. */
export function appendProofs(
  file: Uint8Array,
  changes: ReadonlyMap<number, string> = new Map(),
): Buffer {
  const { root, sig: next } = numbersOf(file);
  const { catalog } = readTail(file);
  const proofs = new Map([
    [
      root,
      catalog
        .toString()
        .replace(/\/DSS \d+ 0 R/, "")
        .replace(/>>$/, `/DSS ${next} 0 R>>`),
    ],
    [next, `<</Type/DSS/Certs[${next + 1} 0 R]>>`],
    [next + 1, "<</Length 4>>\nstream\n3000\nendstream"],
  ]);
  return append(file, new Map([...proofs, ...changes]));
}

/** Appends a document time stamp (B-LTA) whose token comes from `readToken`; `rect` as in `Crafted`. */
export async function appendStamp(
  file: Uint8Array,
  tokenOf: CmsOf,
  { rect = "[0 0 0 0]", type = "DocTimeStamp" } = {},
): Promise<Uint8Array> {
  const { root, page, sig: value, field } = numbersOf(file);
  const { catalog, firstPage } = readTail(file);
  const objects = new Map([
    [
      value,
      `<</Type/${type}/Filter/Adobe.PPKLite/SubFilter/ETSI.RFC3161/ByteRange[${" ".repeat(43)}]/Contents<${"0".repeat(2 * room)}>>>`,
    ],
    [
      field,
      `<</Type/Annot/Subtype/Widget/FT/Sig/T(D)/F 132/Rect${rect}/P ${page} 0 R/V ${value} 0 R>>`,
    ],
    [root, catalog.toString().replace(/\/Fields\s*\[([^\]]*)\]/, `/Fields[$1 ${field} 0 R]`)],
    [page, firstPage.toString().replace(/\/Annots\s*\[([^\]]*)\]/, `/Annots[$1 ${field} 0 R]`)],
  ]);
  return signFile(append(file, objects), file.length, tokenOf);
}

/** Fills ByteRange and Contents of a file with one empty signature after `from`. */
export async function signFile(
  file: Buffer,
  from: number,
  cmsOf: CmsOf,
  beforeSigning: (file: Buffer) => Buffer = (same) => same,
): Promise<Uint8Array> {
  const gapFrom = file.indexOf("/Contents<", from) + "/Contents".length;
  const gapTo = file.indexOf(">", gapFrom) + 1;
  const range = `0 ${gapFrom} ${gapTo} ${file.length - gapTo}`.padEnd(43);
  file.write(range, file.indexOf("/ByteRange[", from) + 11, "latin1");
  const final = beforeSigning(file);
  const content = Buffer.concat([final.subarray(0, gapFrom), final.subarray(gapTo)]);
  final.write(Buffer.from(await cmsOf(content)).toString("hex"), gapFrom + 1, "latin1");
  return final;
}

/** The CMS of an identity, as our own signatures have it. */
export function cmsOf(identity: FictionalIdentity, timestampToken?: TokenOf): CmsOf {
  const algorithm = identity.keyType.startsWith("RSA") ? "RSA-SHA256" : "ECDSA-SHA256";
  const maker = createCmsMaker(identity.chain, algorithm);
  return async (content) => {
    const digest = createHash("sha256").update(content).digest();
    const signature = sign("sha256", maker.encodeSignedAttributes(digest), privateKeyOf(identity));
    return maker.assemble(digest, signature, await timestampToken?.(signature));
  };
}

export type TokenOf = (signature: Uint8Array) => Promise<Uint8Array>;

/** An honest signature, made by this file's own writer. */
export async function craftHonest(
  original: Uint8Array,
  identity: FictionalIdentity,
  options: Partial<Crafted> = {},
): Promise<Uint8Array> {
  return craft(original, { objects: honestObjects(original), ...options }, cmsOf(identity));
}
