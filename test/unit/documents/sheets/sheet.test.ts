/** What SEND's manual asks of every sheet, measured on the finished files: boxes, free margins, black text, nothing that moves. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PDFArray, PDFDict, PDFDocument, PDFName, PDFRawStream, decodePDFRawStream } from "pdf-lib";
import {
  bilingual,
  fullVerbale,
  postalEnte,
  sampleVerbale,
  singleAmount,
  worstFullVerbale,
  worstVerbale,
} from "./samples.ts";
import { formatEuro } from "../../../../documents/model/content.ts";
import { readNeutralCrest } from "../../../../documents/layout/crest.ts";
import { buildNoticeModel, buildVerbaleModel } from "../../../../documents/model/models.ts";
import { createNoticeRenderer } from "../../../../documents/sheets/notice.ts";
import { createVerbaleRenderer } from "../../../../documents/sheets/verbale.ts";

const options = { ente: postalEnte, crest: readNeutralCrest() };
const narrow = { margins: { top: 10, right: 10, bottom: 10, left: 10 } };
const folder = mkdtempSync(join(tmpdir(), "postino-sheet-"));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Ordinary and worst data, one amount, two languages, the narrowest margins that there may be. */
const files: Readonly<Record<string, () => Promise<Uint8Array>>> = {
  verbale: async () => await act({}, sampleVerbale),
  "verbale, worst data": async () => await act({}, worstVerbale),
  "verbale, worst data, margins of 10 mm": async () => await act({ page: narrow }, worstVerbale),
  "verbale, German": async () => await act(bilingual("de").verbale, worstVerbale),
  "verbale, Slovene, one amount": async () => await act(bilingual("sl").verbale, singleAmount),
  "verbale, all of the act": async () => await act({}, fullVerbale),
  "verbale, all of the act, worst data": async () => await act({}, worstFullVerbale),
  "verbale, all of the act, worst data, German, margins of 10 mm": async () =>
    await act({ ...bilingual("de").verbale, page: narrow }, worstFullVerbale),
  notice: async () => await notice({}, sampleVerbale),
  "notice, worst data": async () => await notice({}, worstVerbale),
  "notice, French": async () => await notice(bilingual("fr").avviso, sampleVerbale),
};

async function act(
  changes: Parameters<typeof buildVerbaleModel>[1],
  verbale: typeof sampleVerbale,
): Promise<Uint8Array> {
  const model = buildVerbaleModel("verbale-cds", changes);
  return (await createVerbaleRenderer(model, options).render(verbale)).bytes;
}

async function notice(
  changes: Parameters<typeof buildNoticeModel>[0],
  verbale: typeof sampleVerbale,
): Promise<Uint8Array> {
  return (await createNoticeRenderer(buildNoticeModel(changes), options).render(verbale)).bytes;
}

describe.each(Object.keys(files))("%s", (name) => {
  test("has A4 portrait in every box of every page, none of them turned", async () => {
    const pdf = await PDFDocument.load((await files[name]?.()) ?? new Uint8Array());

    for (const page of pdf.getPages()) {
      expect(page.getRotation().angle).toBe(0);
      for (const box of ["MediaBox", "CropBox", "TrimBox", "ArtBox", "BleedBox"] as const) {
        const { x, y, width, height } = page[`get${box}`]();
        expect([box, x, y, width, height]).toEqual([box, 0, 0, 595.276, 841.89]);
      }
    }
  });

  test("has no annotation, script, layer, transparency, nor colour beside black and grey", async () => {
    const pdf = await PDFDocument.load((await files[name]?.()) ?? new Uint8Array());

    const found: string[] = [];
    for (const [, object] of pdf.context.enumerateIndirectObjects()) {
      const dict = object instanceof PDFRawStream ? object.dict : object;
      if (dict instanceof PDFDict) found.push(...forbiddenIn(dict));
    }
    for (const page of pdf.getPages()) {
      const contents = page.node.Contents();
      const streams = contents instanceof PDFArray ? contents.asArray() : [contents];
      for (const entry of streams) {
        const stream = pdf.context.lookup(entry);
        if (!(stream instanceof PDFRawStream)) throw new Error("page without content");
        const text = Buffer.from(decodePDFRawStream(stream).decode()).toString("latin1");
        found.push(...Array.from(text.matchAll(/ (rg|RG|k|K|sc|SC|scn|SCN|gs|sh)\n/g), String));
      }
    }
    expect(found).toEqual([]);
  });

  test.skipIf(Bun.which("pdftoppm") === null)(
    "leaves 10 mm free on every side of every page",
    async () => {
      const path = join(folder, name.replaceAll(/\W/g, "-"));
      writeFileSync(`${path}.pdf`, (await files[name]?.()) ?? new Uint8Array());
      Bun.spawnSync(["pdftoppm", "-gray", "-r", "72", `${path}.pdf`, path]);
      const pages = [...new Bun.Glob(`${path.split("/").at(-1)}-*.pgm`).scanSync(folder)];

      expect(pages.length).toBeGreaterThan(0);
      for (const page of pages) {
        const ink = await inkOf(join(folder, page));
        // 10 mm are 28.3 points, one pixel each; half a pixel is anti-aliased.
        expect([page, Math.min(ink.left, ink.top, ink.right, ink.bottom) >= 28]).toEqual([
          page,
          true,
        ]);
      }
    },
  );
});

test("QR and Data Matrix are 25 mm wide and high, as paths", async () => {
  const pdf = await PDFDocument.load(await notice({}, sampleVerbale));
  const contents = pdf.getPages()[0]?.node.Contents();
  const streams = contents instanceof PDFArray ? contents.asArray() : [contents];
  let text = "";
  for (const entry of streams) {
    const stream = pdf.context.lookup(entry);
    if (stream instanceof PDFRawStream)
      text += Buffer.from(decodePDFRawStream(stream).decode()).toString("latin1");
  }

  const units = Array.from(
    text.matchAll(/q ([\d.]+) 0 0 -([\d.]+) [\d.]+ [\d.]+ cm\n/g),
    ([, wide, high]) => [Number(wide), Number(high)],
  );

  // 25 mm are 70.866 points: 33 modules of a QR of version 4, 48 of the Data Matrix.
  expect(units).toEqual([
    [2.14746, 2.14746],
    [1.47638, 1.47638],
  ]);
});

test("amounts have dots and a comma", () => {
  expect([1, 100, 99_999, 123_456_789, 99_999_999_999].map(formatEuro)).toEqual([
    "0,01",
    "1,00",
    "999,99",
    "1.234.567,89",
    "999.999.999,99",
  ]);
});

/** Entries that a file for SEND must not have, by their names. */
function forbiddenIn(dict: PDFDict): string[] {
  const names = ["JS", "JavaScript", "AA", "OpenAction", "Annots", "SMask", "Group", "ca", "CA"];
  names.push("OCProperties", "OCGs", "EmbeddedFiles", "AcroForm", "Alternates", "Thumb", "Encrypt");
  return names.filter((name) => dict.has(PDFName.of(name)));
}

/** Pixels between each edge and the nearest ink of a binary PGM. */
async function inkOf(
  path: string,
): Promise<{ readonly left: number; right: number; top: number; bottom: number }> {
  const bytes = await Bun.file(path).bytes();
  const head = /^P5\s+(\d+)\s+(\d+)\s+255\s/.exec(
    Buffer.from(bytes.slice(0, 64)).toString("latin1"),
  );
  const width = Number(head?.[1]);
  const height = Number(head?.[2]);
  const from = head?.[0].length ?? 0;
  const ink = { left: width, right: width, top: height, bottom: height };
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      if ((bytes[from + y * width + x] ?? 255) > 200) continue;
      ink.left = Math.min(ink.left, x);
      ink.right = Math.min(ink.right, width - 1 - x);
      ink.top = Math.min(ink.top, y);
      ink.bottom = Math.min(ink.bottom, height - 1 - y);
    }
  return ink;
}
