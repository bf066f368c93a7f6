/** Documents per second, all included (layout, QR, Data Matrix, PDF/A), on one core and on all: each verbale has its own names, codes and amounts. */
import { availableParallelism, loadavg } from "node:os";
import { inflateSync } from "node:zlib";
import fontkit from "@pdf-lib/fontkit";
import { PDFArray, PDFDocument, PDFRawStream, type PDFFont, type PDFPage } from "pdf-lib";
import type { VerbaleContent } from "../documents/model/content.ts";
import { readNeutralCrest } from "../documents/layout/crest.ts";
import { createDrawingPool } from "../documents/sheets/drawing-pool.ts";
import { createDrawer, type DrawingPlan } from "../documents/sheets/drawing.ts";
import { listFonts, loadFonts } from "../documents/pdf/fonts.ts";
import { buildNoticeModel, buildVerbaleModel } from "../documents/model/models.ts";
import {
  buildDataMatrixSymbol,
  buildPosteText,
  buildQrSymbol,
  buildQrText,
  drawSymbol,
} from "../documents/symbols/symbols.ts";
import { postalEnte, sampleVerbale, singleAmount } from "../test/unit/documents/sheets/samples.ts";

const target = 400;
const longRun = Number(process.argv[2] ?? 20_000);
const plan: DrawingPlan = {
  verbale: buildVerbaleModel("verbale-cds"),
  notice: buildNoticeModel(),
  ente: postalEnte,
  crest: readNeutralCrest(),
};
const drawer = createDrawer(plan);

/** Another verbale each time: nothing can be kept from the one before. */
function numberVerbale(base: VerbaleContent, index: number): VerbaleContent {
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
async function measureRate(
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

/** Page contents of both documents, as their writer made them. */
async function readPages(content: VerbaleContent): Promise<Buffer<ArrayBuffer>[]> {
  const { verbale, notice } = await drawer.draw(content);
  const pages: Buffer<ArrayBuffer>[] = [];
  for (const file of [verbale, notice]) {
    if (file === null) continue;
    const pdf = await PDFDocument.load(file.bytes, { updateMetadata: false });
    for (const page of pdf.getPages()) {
      const contents = page.node.Contents();
      const streams = contents instanceof PDFArray ? contents.asArray() : [contents];
      const parts = streams.map((entry) => pdf.context.lookup(entry));
      pages.push(
        Buffer.concat(
          parts.map((one) =>
            one instanceof PDFRawStream ? inflateSync(one.contents) : Buffer.alloc(0),
          ),
        ),
      );
    }
  }
  return pages;
}

/** What no writer can leave out: the symbols, deflating these pages, and a copy of the fonts. */
async function measureBound(base: VerbaleContent): Promise<number> {
  const pages = await readPages(numberVerbale(base, 0));
  const { verbale, notice } = await drawer.draw(numberVerbale(base, 0));
  return await measureRate(500, (index) => {
    for (const payment of numberVerbale(base, index).payments) {
      const code = { ...payment, creditorTaxId: postalEnte.codiceFiscale };
      drawSymbol(buildQrSymbol(buildQrText(code)), 0, 0, 70);
      const poste = { account: "16302093", debtorTaxId: "", debtorName: "", reason: "" };
      drawSymbol(buildDataMatrixSymbol(buildPosteText({ ...code, ...poste })), 0, 0, 70);
    }
    for (const page of pages) Bun.deflateSync(page, { library: "libdeflate", level: 1 });
    return Promise.resolve([verbale?.bytes.slice(), notice?.bytes.slice()]);
  });
}

/** Wall-clock rate with the threads of the pool; the first round starts and compiles them. */
async function measureAllCores(
  count: number,
): Promise<{ readonly rate: number; readonly peak: number }> {
  const pool = createDrawingPool({ startsAfter: 0 });
  const rounds: number[] = [];
  let peak = 0;
  for (let round = 0; round <= 5; round += 1) {
    const began = performance.now();
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < count) {
        const index = round * count + next++;
        await pool.draw(plan, numberVerbale(singleAmount, index), throwLost);
        if (index % 500 === 0) peak = Math.max(peak, process.memoryUsage.rss());
      }
    };
    // As many as four chunks side by side have under way.
    await Promise.all(Array.from({ length: 32 }, work));
    if (round > 0) rounds.push((count * 1000) / (performance.now() - began));
  }
  pool.close();
  return { rate: rounds.sort((a, b) => a - b)[2] ?? 0, peak };
}

function throwLost(reason: string): void {
  throw new Error(`a thread ended: ${reason}`);
}

interface Text {
  readonly font: string;
  readonly size: number;
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

/** The texts of a page with their places, read back from its operators. */
function readTexts(page: Buffer): Text[] {
  const letters = new Map(
    listFonts(loadFonts()).map(({ resource, characters }) => [
      resource,
      new Map([...characters].map(([code, glyph]) => [glyph, code])),
    ]),
  );
  // Faces and places change from text to text: `Tf`, `Td`, `Tj` in turn, each place from the one before.
  const operator = /(BT)|\/(F\d) ([\d.]+) Tf|(-?[\d.]+) (-?[\d.]+) Td|\(((?:\\.|[^\\)])*)\) Tj/gs;
  const texts: Text[] = [];
  let font = "";
  let size = 0;
  let [x, y] = [0, 0];
  for (const [, begin, face, scale, right, up, literal] of page
    .toString("latin1")
    .matchAll(operator)) {
    if (begin !== undefined) [x, y] = [0, 0];
    if (face !== undefined) [font, size] = [face, Number(scale)];
    if (right !== undefined) [x, y] = [x + Number(right), y + Number(up)];
    if (literal === undefined) continue;
    const bytes = literal.replaceAll(/\\(.)/gs, (_, byte: string) => (byte === "r" ? "\r" : byte));
    let text = "";
    for (let at = 0; at < bytes.length; at += 2)
      text += String.fromCodePoint(
        letters.get(font)?.get(bytes.charCodeAt(at) * 256 + bytes.charCodeAt(at + 1)) ?? 0,
      );
    texts.push({ font, size, x, y, text });
  }
  return texts;
}

/** The same texts at the same places through pdf-lib's own calls, each word measured once as any wrapping must, symbols as one path each. */
async function measurePdfLib(): Promise<number> {
  const pages = (await readPages(numberVerbale(singleAmount, 0))).map(readTexts);
  const [payment] = singleAmount.payments;
  if (payment === undefined) throw new Error("no payment");
  const code = { ...payment, creditorTaxId: postalEnte.codiceFiscale };
  const poste = { account: "16302093", debtorTaxId: "", debtorName: "", reason: "" };
  return await measureRate(1, async () => {
    const pdf = await PDFDocument.create();
    pdf.registerFontkit(fontkit);
    const fonts = new Map<string, PDFFont>();
    for (const [resource, name] of fontNames) {
      const file = await Bun.file(`${import.meta.dir}/../documents/fonts/${name}.ttf`).bytes();
      fonts.set(resource, await pdf.embedFont(file, { subset: true }));
    }
    let last: PDFPage | undefined;
    for (const texts of pages) {
      const page = pdf.addPage([595.276, 841.89]);
      for (const { text, size, x, y, font: name } of texts) {
        const font = fonts.get(name);
        if (font === undefined) throw new Error(`no font ${name}`);
        for (const word of text.split(" ")) font.widthOfTextAtSize(word, size);
        page.drawText(text, { font, size, x, y });
      }
      last = page;
    }
    for (const symbol of [
      buildQrSymbol(buildQrText(code)),
      buildDataMatrixSymbol(buildPosteText({ ...code, ...poste })),
    ])
      last?.drawSvgPath(toSvgPath(drawSymbol(symbol, 0, 0, 70)), { x: 50, y: 200, scale: 2 });
    return await pdf.save();
  });
}

const fontNames = [
  ["F1", "TitilliumWeb-Regular"],
  ["F2", "TitilliumWeb-SemiBold"],
  ["F3", "RobotoMono-Medium"],
] as const;

function toSvgPath(operators: string): string {
  return operators
    .matchAll(/^(\d+) (\d+) (\d+) (\d+) re$/gm)
    .map(([, x, y, width, height]) => `M${x} ${y}h${width}v${height}h-${width}z`)
    .toArray()
    .join("");
}

function printRate(what: string, figure: number, digits = 0): void {
  console.log(`${what.padEnd(66)}${figure.toFixed(digits).padStart(6)} a second`);
}

const cores = availableParallelism();
const formatLoad = (): string =>
  loadavg()
    .map((one) => one.toFixed(1))
    .join(" ");
console.log(`${cores} cores, load average ${formatLoad()}`);
const three = await measureRate(500, (index) => drawer.draw(numberVerbale(singleAmount, index)));
printRate("one core: verbale and notice, 3 pages, 1 QR, 1 Data Matrix", three);
printRate(
  "  bound: symbols, deflate and a copy of the bytes alone",
  await measureBound(singleAmount),
);
const four = await measureRate(300, (index) => drawer.draw(numberVerbale(sampleVerbale, index)));
printRate("one core: verbale and notice, 4 pages, 2 QR, 2 Data Matrix", four);
printRate(
  "  bound: symbols, deflate and a copy of the bytes alone",
  await measureBound(sampleVerbale),
);
const all = await measureAllCores(Math.ceil(longRun / 6));
printRate(`${cores} cores: verbale and notice, 3 pages`, all.rate);
printRate("pdf-lib's text calls, one core, the same 3 pages", await measurePdfLib(), 1);
console.log(
  "quoted, measured on a machine of this kind with 3 such pages: pdfkit 2, typst 36 to 55",
);
const megabytes = all.peak / 2 ** 20;
console.log(
  `resident memory over ${longRun} verbali with their notices, threads included: ${megabytes.toFixed(0)} MB`,
);
console.log(`load average ${formatLoad()}`);
if (three < target || megabytes > 400) {
  console.log(`below the target: ${target} documents a second, 400 MB`);
  process.exitCode = 1;
}
