/** Documents per second of processor time, all included (layout, QR, Data Matrix, PDF/A): each verbale has its own names, codes and amounts. */
import { deflateSync, inflateSync } from "node:zlib";
import fontkit from "@pdf-lib/fontkit";
import { PDFDocument, PDFRawStream } from "pdf-lib";
import type { VerbaleContent } from "../documents/content.ts";
import { neutralCrest } from "../documents/crest.ts";
import { loadFonts } from "../documents/fonts.ts";
import { noticeModel, verbaleModel } from "../documents/models.ts";
import { createNoticeRenderer } from "../documents/notice.ts";
import {
  dataMatrixSymbol,
  posteText,
  qrSymbol,
  qrText,
  symbolOperators,
} from "../documents/symbols.ts";
import { createVerbaleRenderer } from "../documents/verbale.ts";
import { postalEnte, sampleVerbale, singleAmount } from "../test/unit/documents/samples.ts";

const target = 400;
const longRun = Number(process.argv[2] ?? 20_000);
const options = { ente: postalEnte, crest: neutralCrest() };
const verbale = createVerbaleRenderer(verbaleModel("verbale-cds"), options);
const notice = createNoticeRenderer(noticeModel(), options);

/** Another verbale each time: nothing can be kept from the one before. */
function numbered(base: VerbaleContent, index: number): VerbaleContent {
  return {
    ...base,
    numero: `V/2026/${String(index).padStart(6, "0")}`,
    targa: `GA${String(index % 1000).padStart(3, "0")}XY`,
    luogo: `Strada Statale 33 del Sempione, km ${index % 97}+${index % 1000}`,
    recipient: { ...base.recipient, name: `Žanna Ślązak ${index} Ţepeş-Muñoz` },
    payments: base.payments.map((payment) => ({
      ...payment,
      noticeCode: String(302_000_000_000_000_000n + BigInt(index)),
      amountCents: payment.amountCents + index,
    })),
  };
}

/** Per second of one core, whatever else the machine does meanwhile: the median of five rounds after one to warm up. */
async function perSecond(
  count: number,
  make: (index: number) => Promise<unknown>,
): Promise<number> {
  const rounds: number[] = [];
  for (let round = 0; round <= 5; round += 1) {
    const start = process.cpuUsage();
    for (let index = 0; index < count; index += 1) await make(round * count + index);
    const { user, system } = process.cpuUsage(start);
    if (round > 0) rounds.push((count * 1_000_000) / (user + system));
  }
  return rounds.sort((a, b) => a - b)[2] ?? 0;
}

/** What no writer can leave out: both symbols, and deflating the bytes of these three pages. */
async function bound(): Promise<number> {
  const contents: Uint8Array[] = [];
  for (const renderer of [verbale, notice]) {
    const { bytes } = await renderer.render(numbered(singleAmount, 0));
    const pdf = await PDFDocument.load(bytes, { updateMetadata: false });
    for (const page of pdf.getPages()) {
      const stream = pdf.context.lookup(page.node.get(page.node.context.obj("Contents")));
      if (stream instanceof PDFRawStream) contents.push(inflateSync(stream.contents));
    }
  }
  return await perSecond(500, (index) => {
    const [payment] = numbered(singleAmount, index).payments;
    if (payment === undefined) throw new Error("no payment");
    const code = { ...payment, creditorTaxId: postalEnte.codiceFiscale };
    symbolOperators(qrSymbol(qrText(code)), 0, 0, 70);
    const poste = { account: "16302093", debtorTaxId: "", debtorName: "", reason: "" };
    symbolOperators(dataMatrixSymbol(posteText({ ...code, ...poste })), 0, 0, 70);
    for (const content of contents) deflateSync(content, { level: 6 });
    return Promise.resolve();
  });
}

/** The same amount of text through pdf-lib's own text calls, fonts embedded per document, no symbols. */
async function pdfLibTexts(): Promise<number> {
  const { regular } = loadFonts();
  const lines = Array.from(
    { length: 130 },
    (_, index) => `${sampleVerbale.descrizione.slice(0, 90)} ${index}`,
  );
  return await perSecond(1, async () => {
    const pdf = await PDFDocument.create();
    pdf.registerFontkit(fontkit);
    const original = Bun.file(`${import.meta.dir}/../documents/fonts/${regular.name}.ttf`);
    const font = await pdf.embedFont(await original.bytes(), { subset: true });
    for (let at = 0; at < lines.length; at += 45) {
      const page = pdf.addPage([595.276, 841.89]);
      for (const [row, line] of lines.slice(at, at + 45).entries()) {
        for (const word of line.split(" ")) font.widthOfTextAtSize(word, 9);
        page.drawText(line, { font, size: 9, x: 50, y: 800 - row * 16 });
      }
    }
    return await pdf.save();
  });
}

const three = await perSecond(500, async (index) => {
  const content = numbered(singleAmount, index);
  await verbale.render(content);
  await notice.render(content);
});
const four = await perSecond(300, async (index) => {
  const content = numbered(sampleVerbale, index);
  await verbale.render(content);
  await notice.render(content);
});
console.log(`verbale and notice, 3 pages, 1 QR, 1 Data Matrix  ${three.toFixed(0)} a second`);
console.log(`verbale and notice, 4 pages, 2 QR, 2 Data Matrix  ${four.toFixed(0)} a second`);
console.log(
  `bound: symbols and deflate alone                  ${(await bound()).toFixed(0)} a second`,
);
console.log(
  `pdf-lib's text calls, same text, no symbols       ${(await pdfLibTexts()).toFixed(1)} a second`,
);
console.log("measured before, same 3 pages: pdfkit 2, typst 36 to 55 a second");

let peak = 0;
for (let index = 0; index < longRun; index += 1) {
  await verbale.render(numbered(singleAmount, index));
  if (index % 500 === 0) peak = Math.max(peak, process.memoryUsage.rss());
}
const megabytes = peak / 2 ** 20;
console.log(`resident memory over ${longRun} documents             ${megabytes.toFixed(0)} MB`);
if (three < target || megabytes > 400) {
  console.log(`below the target: ${target} documents a second, 400 MB`);
  process.exitCode = 1;
}
