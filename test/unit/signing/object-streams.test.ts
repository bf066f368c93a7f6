/** Signatures whose objects stand in an object stream: readers find them by place or by number, so the two must agree. */
import { expect, test } from "bun:test";
import { readTail } from "../../../documents/pades-reader.ts";
import { createSignatureCheck } from "../../../documents/signature-check.ts";
import { cmsOf, honestObjects, numbersOf, signFile } from "./craft.ts";
import { authority, makePdf, signedAtMs, signer } from "./fixtures.ts";

interface Stream {
  /** Place of the page in the stream, as the cross-references tell it; the other object has the other place. */
  readonly pageIndex: 0 | 1;
  /** How many objects the stream says that it has; it has two. */
  readonly count?: number;
}

/** Appends a signature whose page is the first of two objects in a stream, by the numbers in the stream's head. */
async function signInStream(
  pdf: Uint8Array,
  { pageIndex, count = 2 }: Stream,
): Promise<Uint8Array> {
  const { sig, field, page, root, next: stream } = numbersOf(pdf);
  const honest = honestObjects(pdf);
  const [other, xref] = [stream + 1, stream + 2];
  const body = honest.get(page) ?? "";
  const head = `${page} 0 ${other} ${body.length + 1} `;
  const content = `${head}${body}\n<</Type/Page/MediaBox[0 0 595 842]>>`;
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
      `<</Type/ObjStm/N ${count}/First ${head.length}/Length ${content.length}>>\nstream\n${content}\nendstream`,
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
  const sections = entries.map(([number]) => `${number} 1`).join(" ");
  const dict = `<</Type/XRef/W[1 4 2]/Index[${sections}]/Size ${xref + 1}/Root ${root} 0 R/Prev ${readTail(pdf).startXref}/Length ${rows.length}>>`;
  const end = `\nendstream\nendobj\nstartxref\n${file.length}\n%%EOF\n`;
  const begin = `${xref} 0 obj\n${dict}\nstream\n`;
  file = Buffer.concat([file, Buffer.from(begin), rows, Buffer.from(end)]);
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
