/** Files that a program prepares in one step and signs in the next: taken when no reader shows anything but the verbale, refused otherwise. */
import { readFileSync } from "node:fs";
import { expect, test } from "bun:test";
import { readTail } from "../../../../documents/signature/pades-reader.ts";
import { createSignatureCheck } from "../../../../documents/verify/check.ts";
import type { SignatureVerdict } from "../../../../documents/verify/check.ts";
import { findTrial } from "../../../support/trials.ts";
import { append, appendProofs, appendStream, cmsOf, numbersOf, signFile } from "./craft.ts";
import type { Numbers } from "./craft.ts";
import { authority, makePdf, signedAtMs, signer } from "./fixtures.ts";

type Objects = ReadonlyMap<number, string>;

/** What one program wrote in two steps. */
interface Prepared {
  /** Objects of the first step; `honest` are catalog, page and one empty field (number `field`). */
  readonly prepare?: (honest: Map<number, string>, numbers: Numbers, pdf: Uint8Array) => Objects;
  /** Objects of the second step; `honest` are the field, now with its value, and the value (number `sig`). */
  readonly sign?: (honest: Map<number, string>, numbers: Numbers, pdf: Uint8Array) => Objects;
  /** The first step's cross-references stand in a stream. */
  readonly inStream?: boolean;
  /** Not signed at all. */
  readonly unsigned?: boolean;
  /** What is appended to the signed file. */
  readonly after?: (signed: Uint8Array) => Uint8Array;
}

const emptyField = (page: number, more = "", rect = "[0 0 0 0]"): string =>
  `<</Type/Annot/Subtype/Widget/FT/Sig/T(Firma1)/F 132/Rect${rect}/P ${page} 0 R${more}>>`;

const signature = `<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/ByteRange[${" ".repeat(43)}]/Contents<${"0".repeat(16_384)}>>>`;

function withKey(dict: string, key: string, value: string): string {
  const without = dict.replace(new RegExp(`/${key} *(?:\\[[^\\]]*\\]|\\d+ 0 R|<<.*?>>)`), "");
  return without.replace(/>>$/, `/${key}${value}>>`);
}

async function makePrepared(pdf: Uint8Array, made: Prepared): Promise<Uint8Array> {
  const numbers = numbersOf(pdf);
  const { sig, field, page, root } = numbers;
  const tail = readTail(pdf);
  const first = new Map([
    [root, withKey(tail.catalog.toString(), "AcroForm", `<</Fields[${field} 0 R]/SigFlags 1>>`)],
    [page, withKey(tail.firstPage.toString(), "Annots", `[${field} 0 R]`)],
    [field, emptyField(page)],
  ]);
  const objects = made.prepare?.(first, numbers, pdf) ?? first;
  const prepared = made.inStream === true ? appendStream(pdf, objects) : append(pdf, objects);
  if (made.unsigned === true) return prepared;
  const second = new Map([
    [field, emptyField(page, `/V ${sig} 0 R`)],
    [sig, signature],
  ]);
  const file = append(prepared, made.sign?.(second, numbers, pdf) ?? second);
  const signed = await signFile(file, prepared.length, cmsOf(await signer()));
  return made.after?.(signed) ?? signed;
}

async function judge(
  original: Uint8Array,
  upload: Uint8Array,
  trusted?: Uint8Array,
): Promise<SignatureVerdict> {
  return createSignatureCheck({
    trustAnchors: [trusted ?? (await authority()).chain[0]!],
    codiceFiscale: "CMNNNA70A41H501X",
    nowMs: signedAtMs,
  })(original, upload);
}

const visible = "[50 50 250 120]";
const contentsChanged =
  "il documento è stato modificato prima della firma: i contenuti non sono quelli del verbale; firmare il PDF scaricato da qui così com'è";

/** The number of the stream that a page draws. */
function numberOfContents(pdf: Uint8Array): number {
  const found = /\/Contents\s*\[?\s*(\d+) 0 R/.exec(readTail(pdf).firstPage.toString());
  return Number(found?.[1]);
}

/** An object of the file as it stands there. */
function readBody(pdf: Uint8Array, number: number): string {
  const text = Buffer.from(pdf).toString("latin1");
  const from = text.indexOf(`\n${number} 0 obj\n`) + `\n${number} 0 obj\n`.length;
  return text.slice(from, text.indexOf("\nendobj", from));
}

const taken: readonly [name: string, made: Prepared][] = [
  ["an empty field", {}],
  ["an empty field, in a stream of cross-references", { inStream: true }],
  [
    "two empty fields, one of which stays empty",
    {
      prepare: (objects, { root, page, field, next }) =>
        new Map([
          ...objects,
          [next, emptyField(page).replace("Firma1", "Firma2")],
          [root, (objects.get(root) ?? "").replace("/Fields[", `/Fields[${next} 0 R `)],
          [page, (objects.get(page) ?? "").replace("/Annots[", `/Annots[${field} 0 R ${next} 0 R`)],
        ]),
    },
  ],
  [
    "the field in an array of annotations of its own, written anew when it is signed",
    {
      prepare: (objects, { page, next }) =>
        new Map([
          ...objects,
          [page, withKey(objects.get(page) ?? "", "Annots", ` ${next} 0 R`)],
          [next, "[]"],
        ]),
      sign: (objects, { field, next }) => new Map([...objects, [next, `[${field} 0 R]`]]),
    },
  ],
  [
    "a field apart from its widget",
    {
      prepare: (objects, { page, field, next }) =>
        new Map([
          ...objects,
          [field, `<</FT/Sig/T(S)/Kids[${next} 0 R]>>`],
          [page, (objects.get(page) ?? "").replace(`[${field} 0 R]`, `[${next} 0 R]`)],
          [
            next,
            `<</Type/Annot/Subtype/Widget/F 132/Rect[0 0 0 0]/P ${page} 0 R/Parent ${field} 0 R>>`,
          ],
        ]),
      sign: (objects, { field, sig, next }) =>
        new Map([...objects, [field, `<</FT/Sig/T(S)/V ${sig} 0 R/Kids[${next} 0 R]>>`]]),
    },
  ],
  [
    "nothing at all, then field and signature together",
    {
      prepare: () => new Map(),
      sign: (objects, { root, page, field }, pdf) =>
        new Map([
          ...objects,
          [
            root,
            withKey(
              readTail(pdf).catalog.toString(),
              "AcroForm",
              `<</Fields[${field} 0 R]/SigFlags 3>>`,
            ),
          ],
          [page, withKey(readTail(pdf).firstPage.toString(), "Annots", `[${field} 0 R]`)],
        ]),
    },
  ],
  [
    "a content stream written anew, byte for byte the same",
    {
      prepare: (objects, _numbers, pdf) =>
        new Map([...objects, [numberOfContents(pdf), readBody(pdf, numberOfContents(pdf))]]),
    },
  ],
  [
    "an order of the tabulator",
    {
      prepare: (objects, { page }) =>
        new Map([...objects, [page, (objects.get(page) ?? "").replace(/>>$/, "/Tabs/S>>")]]),
    },
  ],
  ["proofs after the signature", { after: (signed) => appendProofs(signed) }],
];

for (const [name, made] of taken)
  test(`prepared with ${name} is taken`, async () => {
    const pdf = await makePdf();

    expect(await judge(pdf, await makePrepared(pdf, made))).toEqual({
      isOurs: true,
      hasTimestamp: false,
    });
  });

const refused: readonly [name: string, made: Prepared, code: string, reason: string][] = [
  [
    "an empty field that is then filled with a visible appearance",
    {
      sign: (objects, { page, field, sig }) =>
        new Map([...objects, [field, emptyField(page, `/V ${sig} 0 R`, visible)]]),
    },
    "SIGNATURE_VISIBLE",
    "la firma ha un riquadro visibile che può coprire il testo: nel programma di firma scegliere «firma invisibile»",
  ],
  [
    "a second empty field that has a place on the page",
    {
      prepare: (objects, { root, page, field, next }) =>
        new Map([
          ...objects,
          [next, emptyField(page, "", visible).replace("Firma1", "Firma2")],
          [root, (objects.get(root) ?? "").replace("/Fields[", `/Fields[${next} 0 R `)],
          [page, (objects.get(page) ?? "").replace("/Annots[", `/Annots[${field} 0 R ${next} 0 R`)],
        ]),
    },
    "SIGNATURE_VISIBLE",
    "la firma ha un riquadro visibile che può coprire il testo: nel programma di firma scegliere «firma invisibile»",
  ],
  [
    "a page of another size",
    {
      prepare: (objects, { page }) =>
        new Map([
          ...objects,
          [
            page,
            (objects.get(page) ?? "").replace(/\/MediaBox \[[^\]]*\]/, "/MediaBox[0 0 99 99]"),
          ],
        ]),
    },
    "CHANGED_BEFORE_SIGNING",
    contentsChanged,
  ],
  [
    "another content stream",
    {
      prepare: (objects, _numbers, pdf) =>
        new Map([...objects, [numberOfContents(pdf), "<</Length 3>>\nstream\nq Q\nendstream"]]),
    },
    "CHANGED_BEFORE_SIGNING",
    contentsChanged,
  ],
  [
    "a page changed while it is signed",
    {
      sign: (objects, { page }, pdf) =>
        new Map([
          ...objects,
          [page, withKey(readTail(pdf).firstPage.toString(), "Contents", "[]")],
        ]),
    },
    "CHANGED_BEFORE_SIGNING",
    contentsChanged,
  ],
  [
    "a note beside the field, in an array that the second step writes anew",
    {
      prepare: (objects, { page, next }) =>
        new Map([
          ...objects,
          [page, withKey(objects.get(page) ?? "", "Annots", ` ${next} 0 R`)],
          [next, "[]"],
        ]),
      sign: (objects, { field, next }) =>
        new Map([
          ...objects,
          [next, `[${field} 0 R ${next + 1} 0 R]`],
          [next + 1, "<</Type/Annot/Subtype/FreeText/Rect[50 50 250 120]/Contents(Pagare meno)>>"],
        ]),
    },
    "CHANGED_BEFORE_SIGNING",
    contentsChanged,
  ],
  [
    "an empty field that acts when it is clicked",
    {
      prepare: (objects, { page, field }) =>
        new Map([...objects, [field, emptyField(page, "/A<</S/URI/URI(http://x.example)>>")]]),
    },
    "SIGNATURE_DAMAGED",
    "la firma dentro il PDF è danneggiata o manomessa: firmare di nuovo il documento scaricato da qui",
  ],
  [
    "an empty field and never signed",
    { unsigned: true },
    "NOT_SIGNED",
    "il PDF non è firmato: un programma vi ha aggiunto qualcosa, per esempio un campo firma vuoto, ma nessuna firma; firmare quello scaricato da qui",
  ],
  [
    "an empty field, signed, and then changed",
    {
      after: (signed) =>
        append(
          signed,
          new Map([[numberOfContents(signed), "<</Length 3>>\nstream\nq Q\nendstream"]]),
        ),
    },
    "CHANGED_AFTER_SIGNING",
    "al PDF è stato aggiunto qualcosa dopo la firma: caricare il file com'è uscito dal programma di firma",
  ],
];

for (const [name, made, code, reason] of refused)
  test(`prepared with ${name} is refused`, async () => {
    const pdf = await makePdf();

    expect(await judge(pdf, await makePrepared(pdf, made))).toMatchObject({
      isOurs: false,
      code,
      reason,
    });
  });

test("prepared in nine steps is refused: it is made to keep us busy", async () => {
  const pdf = await makePdf();
  let file: Uint8Array = pdf;
  for (let step = 0; step < 8; step += 1) file = append(file, new Map());

  const upload = await makePrepared(file, {});

  expect(await judge(pdf, upload)).toMatchObject({
    code: "SIGNATURE_FORMAT",
    reason:
      "prima della firma il PDF è stato salvato troppe volte: firmare il PDF scaricato da qui così com'è",
  });
});

const [original, prepared, issuer] = [
  findTrial("08-original.pdf"),
  findTrial("08-empty-field-then-signed.pdf"),
  findTrial("08-ca.pem"),
];

test.skipIf(original === null || prepared === null || issuer === null)(
  "the file of an office that prepares and then signs is taken",
  async () => {
    const pem = readFileSync(issuer ?? "", "latin1").replaceAll(/-----[A-Z ]+-----/g, "");

    const verdict = await judge(
      readFileSync(original ?? ""),
      readFileSync(prepared ?? ""),
      Buffer.from(pem, "base64"),
    );

    expect(verdict).toEqual({ isOurs: true, hasTimestamp: false });
  },
);
