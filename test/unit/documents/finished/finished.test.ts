/** PDFs that the gestionale made: what SEND would refuse is told by its name, the text is read, and whose act it is. */
import { describe, expect, test } from "bun:test";
import { PDFDocument, PDFName, StandardFonts } from "pdf-lib";
import { inspectFinished } from "../../../../documents/finished/inspect-finished.ts";
import { compactText, findCodes, isActOf } from "../../../../documents/finished/match-text.ts";
import { setDocumentTitle } from "../../../../documents/finished/set-title.ts";
import { badFiles, hideClaim, makeBare, makeGood, makeSigned, patch } from "./foreign-pdfs.ts";

test.each(badFiles)("%s is refused for what it is", async (_, make, told) => {
  const { faults } = await inspectFinished(await make());

  expect(faults.join("; ")).toContain(told);
});

test("a good file is told whole: pages, claim, structure, title, no fault", async () => {
  const { faults, claim, isTagged, isSigned, texts, title } = await inspectFinished(
    await makeGood(),
  );

  expect({ faults, claim, isTagged, isSigned, pages: texts.length, title }).toEqual({
    faults: [],
    claim: "PDF/A-2a",
    isTagged: true,
    isSigned: false,
    pages: 2,
    title: "Verbale n. V/2026/000123",
  });
});

test("a signature is told, and is no fault of the file", async () => {
  const { faults, isSigned } = await inspectFinished(await makeSigned());

  expect([faults, isSigned]).toEqual([[], true]);
});

test("a file that packs its objects together is read as well", async () => {
  const pdf = await PDFDocument.load(await makeGood(), { updateMetadata: false });
  const { faults, texts, claim } = await inspectFinished(
    await pdf.save({ useObjectStreams: true }),
  );

  expect([faults, texts.length, claim]).toEqual([[], 2, "PDF/A-2a"]);
});

test.each([
  ["as elements", (text: string) => text, "PDF/A-2a"],
  [
    "as attributes",
    (text: string) => text.replace("<pdfaid:part>2</pdfaid:part>", '<a   pdfaid:part = "3" />   '),
    "PDF/A-3a",
  ],
  ["not at all", (text: string) => text.replaceAll("pdfaid:part>", "pdfaix:part>"), null],
] as const)("what it claims to be is read where it stands %s", async (_, alter, claim) => {
  const text = Buffer.from(await makeGood()).toString("latin1");

  expect((await inspectFinished(Buffer.from(alter(text), "latin1"))).claim).toBe(claim);
});

describe("text", () => {
  test("of glyph numbers is read by the table of the font", async () => {
    const { texts } = await inspectFinished(await makeGood());

    expect(texts[0]).toContain("Žanna Ślązak D’Àngelò Țepeş-Muñoz");
    expect(texts[0]).toContain("targa GA123XY");
    expect(texts[1]).toContain("Documento firmato digitalmente");
  });

  test("of a plain font is read by its encoding, accents too", async () => {
    expect((await inspectFinished(await makeBare("Località «Àgra», n. 12/B"))).texts).toEqual([
      "Località «Àgra», n. 12/B",
    ]);
  });

  test.each([
    ["in hexadecimal", "BT /F 9 Tf 50 700 Td <56203132> Tj ET", "V 12"],
    ["with distances", "BT /F 9 Tf 50 700 Td [(V) -20 (12) -300 (b)] TJ ET", "V12 b"],
    ["letter by letter", "BT /F 9 Tf 50 700 Td (V) Tj 6 0 Td (1) Tj 6 0 Td (2) Tj ET", "V12"],
    ["on two lines", "BT /F 9 Tf 50 700 Td (V) Tj 0 -12 Td (12) Tj ET", "V 12"],
    ["with brackets", String.raw`BT /F 9 Tf 50 700 Td (a \(b\) \101 (c)) Tj ET`, "a (b) A (c)"],
  ])("%s is read", async (_, content, wanted) => {
    const pdf = await PDFDocument.create();
    const page = pdf.addPage([595.28, 841.89]);
    const font = await pdf.embedFont(StandardFonts.Helvetica);
    page.node.setFontDictionary(PDFName.of("F"), font.ref);
    page.node.set(PDFName.of("Contents"), pdf.context.register(pdf.context.flateStream(content)));

    const { texts } = await inspectFinished(await pdf.save({ useObjectStreams: false }));

    expect(texts).toEqual([wanted]);
  });
});

describe("a page is an act's", () => {
  const names = { numero: "V/2026/123", targa: "GA123XY", taxId: "SLZZNN60D60F205R" };

  test.each([
    ["with number and plate", "Verbale n. V/2026/123 targa GA123XY", true],
    ["with number and tax code", "V/2026/123, C.F. SLZZNN60D60F205R", true],
    ["with parted letters", "V / 2026 / 1 2 3 del 3/10, ga 123 xy", true],
    ["as the end of a line", "GA123XY V/2026/123", true],
    ["not with the number alone", "Verbale n. V/2026/123", false],
    ["not with the plate alone", "targa GA123XY", false],
    ["not with a longer number", "Verbale n. V/2026/1234 targa GA123XY", false],
    ["not with one that ends so", "Verbale n. AV/2026/123 targa GA123XY", false],
    ["not with another year", "Verbale n. V/2025/123 targa GA123XY", false],
  ])("%s", (_, text, isIts) => {
    expect(isActOf(compactText(text), text, names)).toBe(isIts);
  });

  test("and the old codes that it bears are found in groups or not", () => {
    const codes = ["302000100000019414", "302000100000020514", "302000100000030614"];
    const text = "Codice avviso 3020 0010 0000 0194 14 oppure 302000100000020514";

    expect(findCodes(text, codes)).toEqual(codes.slice(0, 2));
  });
});

test("a title is given back, in properties and metadata", async () => {
  const bare = hideClaim(patch(await makeGood(), "/Title(Verbale n. V", "/Title(Xxxxxxx x. V"));

  const titled = await setDocumentTitle(bare, "Verbale «à» 1");

  const pdf = await PDFDocument.load(titled, { updateMetadata: false });
  expect(pdf.getTitle()).toBe("Verbale «à» 1");
  expect(Buffer.from(titled).toString("utf8")).toContain(">Verbale «à» 1</rdf:li>");
  expect((await inspectFinished(titled)).faults).toEqual([]);
});
