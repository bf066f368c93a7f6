/** Photographs in the act: figures that are read in words, with nothing of the camera in the file. */
import { expect, test } from "bun:test";
import { PDFDocument, PDFName, PDFRawStream } from "pdf-lib";
import { readNeutralCrest } from "../../../../documents/layout/crest.ts";
import { buildVerbaleModel } from "../../../../documents/model/models.ts";
import { createVerbaleRenderer } from "../../../../documents/sheets/verbale.ts";
import { judgeStructure, readStructure, walk } from "./read-structure.ts";
import { bilingual, sampleEnte, sampleVerbale, withPhotographs } from "./samples.ts";

function render(content = withPhotographs, changes = {}) {
  const model = buildVerbaleModel("verbale-cds", changes);
  const renderer = createVerbaleRenderer(model, { ente: sampleEnte, crest: readNeutralCrest() });
  return renderer.render(content);
}

test("each is a figure whose words say which it is, with its caption", async () => {
  const { bytes } = await render();

  const read = await readStructure(bytes);
  const all = [...walk(read.elements)];
  expect(judgeStructure(read)).toEqual([]);
  expect(all.filter(({ type }) => type === "Figure").map(({ alt }) => alt)).toEqual([
    "Stemma: Comune di Borgolieto",
    ...[1, 2, 3].map(
      (number) =>
        `Fotografia ${number} di 3 della violazione del verbale V/2026/000123: Strada Statale 33 del Sempione, km 71+200, direzione Arona, 02/10/2026`,
    ),
  ]);
  expect(all.map(({ text }) => text).filter((text) => text.startsWith("Fotografia"))).toEqual([
    "Fotografia 1 di 3: davanti.jpg",
    "Fotografia 2 di 3: fianco.jpg",
    "Fotografia 3 di 3: grigia.jpg",
  ]);
});

test("they are the JPEGs themselves, in the colours that PDF/A has a profile for, and nothing of where they were taken", async () => {
  const { bytes } = await render();

  const pdf = await PDFDocument.load(bytes);
  const images = pdf.context
    .enumerateIndirectObjects()
    .flatMap(([, object]) =>
      object instanceof PDFRawStream &&
      object.dict.get(PDFName.of("Filter")) === PDFName.of("DCTDecode")
        ? [String(object.dict.get(PDFName.of("ColorSpace")))]
        : [],
    );
  expect(images).toEqual(["/DeviceRGB", "/DeviceRGB", "/DeviceGray"]);
  expect(Buffer.from(bytes).toString("latin1")).not.toContain("GPS");
});

test("the same photographs give the same bytes, others give others; without any the act is as it was", async () => {
  const [first, , third] = withPhotographs.photographs ?? [];
  if (first === undefined || third === undefined) throw new Error("no photographs");

  const again = await render();
  const other = await render({ ...withPhotographs, photographs: [third, first] });
  const none = await render({ ...sampleVerbale, photographs: [] });

  expect(Buffer.from((await render()).bytes)).toEqual(Buffer.from(again.bytes));
  expect(Buffer.from(other.bytes)).not.toEqual(Buffer.from(again.bytes));
  expect(Buffer.from(none.bytes)).toEqual(Buffer.from((await render(sampleVerbale)).bytes));
});

test.each([
  ["de", "Fotografia 1 di 3: davanti.jpg / <de Bild 1 von 3>"],
  ["sl", "Fotografia 1 di 3: davanti.jpg / <sl Posnetek 1 od 3>"],
  ["fr", "Fotografia 1 di 3: davanti.jpg / <fr Image 1 sur 3>"],
] as const)("in %s the caption is in both languages", async (language, caption) => {
  const { bytes } = await render(withPhotographs, bilingual(language).verbale);

  const read = await readStructure(bytes);
  expect([...walk(read.elements)].map(({ text }) => text)).toContain(caption);
  expect(judgeStructure(read)).toEqual([]);
});
