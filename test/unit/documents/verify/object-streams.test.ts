/** Signatures whose objects stand in an object stream: readers find them by place or by number, so the two must agree. */
import { expect, test } from "bun:test";
import { deflateSync } from "node:zlib";
import { readTail } from "../../../../documents/signature/pades-reader.ts";
import { createSignatureCheck } from "../../../../documents/verify/check.ts";
import { cmsOf, honestObjects, numbersOf, signFile } from "./craft.ts";
import { authority, makePdf, signedAtMs, signer } from "./fixtures.ts";

interface Stream {
  /** Place of the page in the stream, as the cross-references tell it; the other object has the other place. */
  readonly pageIndex: 0 | 1;
  /** How many objects the stream says that it has; it has two. */
  readonly count?: number;
  /** Packs both streams as Acrobat does: each row says how it differs from the one above. */
  readonly hasPredictor?: boolean;
  /** More of the dictionary of the object stream. */
  readonly extra?: string;
  /** The first number in the stream's head, spelled so. */
  readonly spelled?: (number: number) => string;
  /** Rows behind the cross-references, and their part of /Index. */
  readonly moreRows?: { readonly index: string; readonly rows: Buffer };
}

/** PNG's predictor 2 (up) in rows of `columns`, padded with blanks. */
function packed(plain: Buffer, columns: number): { readonly bytes: Buffer; readonly dict: string } {
  const rows = Math.ceil(plain.length / columns);
  const whole = Buffer.concat([plain, Buffer.alloc(rows * columns - plain.length, " ")]);
  const bytes = Buffer.alloc(rows * (columns + 1));
  for (let row = 0; row < rows; row += 1) {
    bytes[row * (columns + 1)] = 2;
    for (let column = 0; column < columns; column += 1) {
      const at = row * columns + column;
      bytes[row * (columns + 1) + 1 + column] =
        whole.readUInt8(at) - (row === 0 ? 0 : whole.readUInt8(at - columns));
    }
  }
  const dict = `/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns ${columns}>>`;
  return { bytes: deflateSync(bytes), dict };
}

/** Appends a signature whose page is the first of two objects in a stream, by the numbers in the stream's head. */
async function signInStream(
  pdf: Uint8Array,
  { pageIndex, count = 2, hasPredictor = false, extra = "", spelled = String, moreRows }: Stream,
): Promise<Uint8Array> {
  const { sig, field, page, root, next: stream } = numbersOf(pdf);
  const honest = honestObjects(pdf);
  const [other, xref] = [stream + 1, stream + 2];
  const body = honest.get(page) ?? "";
  const head = `${spelled(page)} 0 ${other} ${body.length + 1} `;
  const content = `${head}${body}\n<</MediaBox[0 0 595 842]>>`;
  const held = hasPredictor
    ? packed(Buffer.from(content, "latin1"), 16)
    : { bytes: Buffer.from(content, "latin1"), dict: "" };
  const objects = new Map([
    [
      sig,
      `<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/ByteRange[${" ".repeat(43)}]/Contents<${"0".repeat(16_384)}>>>`,
    ],
    [
      field,
      `<</Type/Annot/Subtype/Widget/FT/Sig/T(S)/F 132/Rect[0 0 0 0]/P ${page} 0 R/V ${sig} 0 R>>`,
    ],
    [root, honest.get(root) ?? ""],
    [
      stream,
      `<</Type/ObjStm/N ${count}/First ${head.length}/Length ${held.bytes.length}${held.dict}${extra}>>\nstream\n${held.bytes.toString("latin1")}\nendstream`,
    ],
  ]);
  let file = Buffer.concat([pdf, Buffer.from("\n")]);
  const entries: (readonly [number: number, type: number, place: number, index: number])[] = [
    [page, 2, stream, pageIndex],
    [other, 2, stream, 1 - pageIndex],
  ];
  for (const [number, text] of objects) {
    entries.push([number, 1, file.length, 0]);
    file = Buffer.concat([file, Buffer.from(`${number} 0 obj\n${text}\nendobj\n`, "latin1")]);
  }
  entries.push([xref, 1, file.length, 0]);
  entries.sort(([left], [right]) => left - right);
  const rows = Buffer.alloc(7 * entries.length);
  for (const [row, [, type, place, index]] of entries.entries()) {
    rows.writeUInt8(type, 7 * row);
    rows.writeUInt32BE(place, 7 * row + 1);
    rows.writeUInt16BE(index, 7 * row + 5);
  }
  const all = Buffer.concat([rows, moreRows?.rows ?? Buffer.alloc(0)]);
  const written = hasPredictor ? packed(all, 7) : { bytes: all, dict: "" };
  const sections = entries.map(([number]) => `${number} 1`).join(" ");
  const dict = `<</Type/XRef/W[1 4 2]/Index[${sections} ${moreRows?.index ?? ""}]/Size ${xref + 1}/Root ${root} 0 R/Prev ${readTail(pdf).startXref}/Length ${written.bytes.length}${written.dict}>>`;
  const end = `\nendstream\nendobj\nstartxref\n${file.length}\n%%EOF\n`;
  const begin = `${xref} 0 obj\n${dict}\nstream\n`;
  file = Buffer.concat([file, Buffer.from(begin), written.bytes, Buffer.from(end)]);
  return signFile(file, pdf.length, cmsOf(await signer()));
}

async function codeOf(stream: Stream): Promise<string> {
  const pdf = await makePdf();
  const verdict = createSignatureCheck({
    trustAnchors: (await authority()).chain.slice(0, 1),
    codiceFiscale: null,
    nowMs: signedAtMs,
  })(pdf, await signInStream(pdf, stream));
  return verdict.isOurs ? "taken" : verdict.code;
}

test("a page in a stream is taken", async () => {
  expect(await codeOf({ pageIndex: 0 })).toBe("taken");
});

test("a page whose place is that of another object is refused", async () => {
  expect(await codeOf({ pageIndex: 1 })).toBe("CHANGED_BEFORE_SIGNING");
});

test("a stream that says that it has fewer objects is refused", async () => {
  expect(await codeOf({ pageIndex: 0, count: 1 })).toBe("SIGNATURE_DAMAGED");
});

test("streams packed with a predictor, as Acrobat writes them, are taken", async () => {
  expect(await codeOf({ pageIndex: 0, hasPredictor: true })).toBe("taken");
});

test("a stream whose parameters stand under the key that only some readers know is refused", async () => {
  const extra = "/DP<</Predictor 12/Columns 16>>";

  expect(await codeOf({ pageIndex: 0, extra })).toBe("SIGNATURE_DAMAGED");
});

test("a stream with a filter that is none is refused", async () => {
  expect(await codeOf({ pageIndex: 0, extra: "/Filter/ASCIIHexDecode" })).toBe("SIGNATURE_DAMAGED");
});

test("a number in the stream's head that readers read differently is refused", async () => {
  const spelled = (number: number): string => `${number}e0`;

  expect(await codeOf({ pageIndex: 0, spelled })).toBe("SIGNATURE_DAMAGED");
});

test("cross-references that name an object twice are refused: some readers take the first, others the last", async () => {
  const { page } = numbersOf(await makePdf());
  const rows = Buffer.from([1, 0, 0, 0, 9, 0, 0]);

  expect(await codeOf({ pageIndex: 0, moreRows: { index: `${page} 1`, rows } })).toBe(
    "SIGNATURE_DAMAGED",
  );
});

test("cross-references of a kind that readers take for no object are refused", async () => {
  const { next } = numbersOf(await makePdf());
  const rows = Buffer.from([3, 0, 0, 0, 9, 0, 0]);

  expect(await codeOf({ pageIndex: 0, moreRows: { index: `${next + 5} 1`, rows } })).toBe(
    "SIGNATURE_DAMAGED",
  );
});
