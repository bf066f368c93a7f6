/** PDFs as other programs make them, good and bad, for the tests of what is taken from the gestionale. */
import { degrees, PDFDocument, PDFName, PDFString, StandardFonts } from "pdf-lib";
import { readNeutralCrest } from "../../../../documents/layout/crest.ts";
import type { VerbaleContent } from "../../../../documents/model/content.ts";
import { buildVerbaleModel } from "../../../../documents/model/models.ts";
import { createVerbaleRenderer } from "../../../../documents/sheets/verbale.ts";
import { sampleEnte, sampleVerbale } from "../sheets/samples.ts";
import { signer, signPdf } from "../verify/fixtures.ts";

const a4: [number, number] = [595.28, 841.89];

/** An accessible PDF/A of one act, as a careful program makes it. */
export async function makeGood(change: Partial<VerbaleContent> = {}): Promise<Uint8Array> {
  const options = { ente: sampleEnte, crest: readNeutralCrest() };
  const renderer = createVerbaleRenderer(buildVerbaleModel("verbale-cds"), options);
  return (await renderer.render({ ...sampleVerbale, ...change })).bytes;
}

/** The same file with a piece of it written otherwise, at the same length. */
export function patch(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const text = Buffer.from(bytes).toString("latin1");
  if (!text.includes(from)) throw new Error(`no ${from}`);
  return new Uint8Array(Buffer.from(text.replaceAll(from, to), "latin1"));
}

/** The good file that no longer says that it is PDF/A. */
export function hideClaim(bytes: Uint8Array): Uint8Array {
  return patch(bytes, "pdfaid:part>", "pdfaix:part>");
}

async function change(
  alter: (pdf: PDFDocument) => void | Promise<void>,
  options = { useObjectStreams: false },
): Promise<Uint8Array> {
  const pdf = await PDFDocument.load(await makeGood(), { updateMetadata: false });
  await alter(pdf);
  return await pdf.save({ ...options, updateFieldAppearances: false });
}

/** A page of Helvetica, which the file does not bring along. */
export async function makeBare(text: string): Promise<Uint8Array> {
  const pdf = await PDFDocument.create();
  const font = await pdf.embedFont(StandardFonts.Helvetica);
  pdf.addPage(a4).drawText(text, { font, size: 11, x: 50, y: 700 });
  return await pdf.save({ useObjectStreams: false });
}

/** What SEND would refuse: name, the file, what is told of it. */
export const badFiles: readonly (readonly [string, () => Promise<Uint8Array>, string])[] = [
  ["a text", async () => Buffer.from("Verbale V/2026/000123"), "non comincia con «%PDF-»"],
  ["nothing", async () => new Uint8Array(), "non comincia con «%PDF-»"],
  ["the first half", async () => (await makeGood()).slice(0, 30_000), "non si legge"],
  [
    "a table of objects that leads nowhere",
    async () => patch(await makeGood(), "startxref\n", "startxref\n9"),
    "non si legge",
  ],
  [
    "an encrypted file",
    async () => patch(await makeGood(), "trailer\n<<", "trailer\n<</Encrypt 1 0 R"),
    "è cifrato",
  ],
  ["a font that is not embedded", async () => await makeBare("V1"), "Helvetica non è incorporato"],
  [
    "such a font in a form inside a form",
    async () =>
      await change(async (pdf) => {
        const [page] = await pdf.embedPdf(await makeBare("V1"));
        if (page !== undefined)
          pdf.getPage(0).drawPage(page, { x: 50, y: 50, xScale: 0.2, yScale: 0.2 });
      }),
    "Helvetica non è incorporato",
  ],
  [
    "a sheet that lies",
    async () =>
      await change((pdf) => {
        pdf.getPage(1).setSize(841.89, 595.28);
      }),
    "la pagina 2 non è un foglio A4 verticale (misura 297 × 210 mm)",
  ],
  [
    "a letter of the United States",
    async () =>
      await change((pdf) => {
        pdf.getPage(0).setSize(612, 792);
      }),
    "la pagina 1 non è un foglio A4 verticale (misura 216 × 279 mm)",
  ],
  [
    "a page that is turned",
    async () =>
      await change((pdf) => {
        pdf.getPage(0).setRotation(degrees(90));
      }),
    "la pagina 1 è girata",
  ],
  [
    "a form to fill in",
    async () =>
      await change((pdf) => {
        pdf.getForm().createTextField("nome").addToPage(pdf.getPage(0));
      }),
    "la pagina 1 ha annotazioni, campi o collegamenti",
  ],
  [
    "a link",
    async () =>
      await change((pdf) => {
        const { context } = pdf;
        const link = context.obj({
          Type: "Annot",
          Subtype: "Link",
          Rect: [0, 0, 50, 20],
          A: { S: "URI", URI: PDFString.of("https://esempio.example") },
        });
        pdf.getPage(0).node.set(PDFName.of("Annots"), context.obj([context.register(link)]));
      }),
    "la pagina 1 ha annotazioni, campi o collegamenti",
  ],
  [
    "a script",
    async () =>
      await change((pdf) => {
        pdf.addJavaScript("apri", "app.alert(1)");
      }),
    "contiene JavaScript",
  ],
  [
    "a program that it starts",
    async () =>
      await change((pdf) => {
        const action = pdf.context.obj({ S: "Launch", F: PDFString.of("a.exe") });
        pdf.catalog.set(PDFName.of("OpenAction"), action);
      }),
    "esegue azioni da sé",
  ],
  [
    "an attachment",
    async () => await change(async (pdf) => await pdf.attach(Buffer.from("x"), "x.txt")),
    "contiene file allegati",
  ],
  [
    "an XFA form",
    async () =>
      await change((pdf) => {
        pdf.catalog.set(
          PDFName.of("AcroForm"),
          pdf.context.obj({ Fields: [], XFA: PDFString.of("x") }),
        );
      }),
    "è un modulo XFA",
  ],
  [
    "layers",
    async () =>
      await change((pdf) => {
        pdf.catalog.set(PDFName.of("OCProperties"), pdf.context.obj({ OCGs: [] }));
      }),
    "ha livelli che si possono nascondere",
  ],
  [
    "a scan",
    async () => {
      const pdf = await PDFDocument.create();
      pdf.addPage(a4).drawRectangle({ x: 50, y: 50, width: 300, height: 300 });
      return await pdf.save({ useObjectStreams: false });
    },
    "la prima pagina non ha testo che si legga",
  ],
];

/** The good file with our signature on it. */
export async function makeSigned(): Promise<Uint8Array> {
  return signPdf(await makeGood(), await signer());
}
