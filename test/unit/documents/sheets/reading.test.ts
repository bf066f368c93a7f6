/** How verbale, notice and report are read aloud: the order and the words are golden text, and what veraPDF does not see is caught here. */
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PDFArray, PDFDict, PDFDocument, PDFName, PDFRawStream, decodePDFRawStream } from "pdf-lib";
import { readNeutralCrest } from "../../../../documents/layout/crest.ts";
import { buildNoticeModel, buildVerbaleModel } from "../../../../documents/model/models.ts";
import { createNoticeRenderer } from "../../../../documents/sheets/notice.ts";
import { drawReport } from "../../../../documents/sheets/report.ts";
import { createVerbaleRenderer } from "../../../../documents/sheets/verbale.ts";
import { formatStructure, judgeStructure, readStructure, walk } from "./read-structure.ts";
import {
  bilingual,
  fullVerbale,
  postalEnte,
  sampleEnte,
  sampleVerbale,
  worstFullVerbale,
} from "./samples.ts";

const crest = readNeutralCrest();
const languages = ["it", "de", "sl", "fr"] as const;
type Language = (typeof languages)[number];

async function act(language: Language, verbale = fullVerbale): Promise<Uint8Array> {
  const changes = language === "it" ? {} : bilingual(language).verbale;
  const model = buildVerbaleModel("verbale-cds", changes);
  return (await createVerbaleRenderer(model, { ente: sampleEnte, crest }).render(verbale)).bytes;
}

async function notice(language: Language, verbale = sampleVerbale): Promise<Uint8Array> {
  const changes = language === "it" ? {} : bilingual(language).avviso;
  const model = buildNoticeModel(changes);
  return (await createNoticeRenderer(model, { ente: postalEnte, crest }).render(verbale)).bytes;
}

const documents = [
  ["verbale", act],
  ["avviso", notice],
] as const;
const all = documents.flatMap(([name, draw]) =>
  languages.map((language) => [`${name}-${language}`, () => draw(language)] as const),
);

/** What a reader of the outside prints of the tree, without places. */
function readWithPoppler(bytes: Uint8Array): string {
  const { stdout } = Bun.spawnSync(["pdfinfo", "-struct-text", "-"], { stdin: bytes });
  const lines = stdout.toString().split("\n");
  return lines.filter((line) => !/^ *\/(Placement|BBox)/.test(line)).join("\n");
}

describe.skipIf(Bun.which("pdfinfo") === null)("pdfinfo -struct-text", () => {
  // To be written anew after a change of the models: POSTINO_GOLDEN=1 bun test reading, then read what changed.
  test.each(all)("%s is read in its order", async (name, draw) => {
    const path = join(import.meta.dir, "golden", `${name}.txt`);
    const told = readWithPoppler(await draw());
    if (process.env["POSTINO_GOLDEN"] !== undefined) writeFileSync(path, told);

    expect(existsSync(path)).toBe(true);
    expect(told).toBe(readFileSync(path, "utf8"));
  });
});

describe.skipIf(Bun.which("pdftotext") === null)("words", () => {
  test.each(all)("of %s are heard as they are seen, no two of them joined", async (_, draw) => {
    const bytes = await draw();
    const { stdout } = Bun.spawnSync(["pdftotext", "-layout", "-", "-"], { stdin: bytes });
    const seen = new Set(stdout.toString().split(/\s+/));
    const { elements } = await readStructure(bytes);

    const heard = [...walk(elements)].flatMap(({ text }) =>
      text.replaceAll(/<\w\w |>/g, "").split(/\s+/),
    );

    expect(heard.length).toBeGreaterThan(100);
    expect(heard.filter((word) => word !== "" && !seen.has(word))).toEqual([]);
  });
});

test.each(all)("the structure of %s is sound", async (_, draw) => {
  expect(judgeStructure(await readStructure(await draw()))).toEqual([]);
});

test("so are those of the worst data, of an act without its opening, and of a report", async () => {
  const { order } = buildVerbaleModel("verbale-cds");
  const headless = buildVerbaleModel("verbale-cds", {
    order: order.filter((name) => name !== "apertura"),
  });
  const renderer = createVerbaleRenderer(headless, { ente: sampleEnte, crest });
  const report = drawReport({
    title: "Fascicolo",
    foot: "Comune",
    author: "Comune",
    day: "2026-11-28",
    sections: [{ heading: "Storia", paragraphs: ["Una frase."], rows: [["a", "b"]] }],
  });

  for (const bytes of [
    await act("de", worstFullVerbale),
    (await renderer.render(sampleVerbale)).bytes,
    report.bytes,
  ]) {
    const read = await readStructure(bytes);
    expect(judgeStructure(read)).toEqual([]);
    expect(read.elements.filter(({ type }) => type === "H1")).toHaveLength(1);
  }
});

test("crest and symbols say what they are, with amount and code; the head is read once", async () => {
  const { elements } = await readStructure(await notice("it"));
  const figures = [...walk(elements)].filter(({ type }) => type === "Figure");

  expect(figures.map(({ alt }) => alt)).toEqual([
    "Stemma: Comune di Borgolieto",
    "Codice QR per pagare 136,60 euro, codice avviso 3020 0010 0000 0194 14",
    "Codice Data Matrix di Poste per pagare 136,60 euro, codice avviso 3020 0010 0000 0194 14",
    "Codice QR per pagare 188,50 euro, codice avviso 3020 0010 0000 0205 14",
    "Codice Data Matrix di Poste per pagare 188,50 euro, codice avviso 3020 0010 0000 0205 14",
  ]);
  expect(elements.filter(({ text }) => text === "Avviso di pagamento")).toHaveLength(1);
});

test("a logo of pagoPA is a figure with its name, in the room that is asked for", async () => {
  const options = { ente: sampleEnte, crest, logo: readNeutralCrest() };
  const { bytes } = await createNoticeRenderer(buildNoticeModel(), options).render(sampleVerbale);
  const { elements } = await readStructure(bytes);
  const logo = [...walk(elements)].find(({ alt }) => alt === "pagoPA");

  expect(logo?.type).toBe("Figure");
  expect(elements.some(({ text }) => text === "pagoPA")).toBe(false);
  const place = /\/Alt\(pagoPA\)\/A<<\/O\/Layout\/Placement\/Block\/BBox\[([\d. ]+)\]/.exec(
    Buffer.from(bytes).toString("latin1"),
  );
  const [left = 0, bottom = 0, right = 0, top = 0] = (place?.[1] ?? "").split(" ").map(Number);
  // The square of 33 points around the logo, twice as large: its right edge is the margin of 10 mm.
  expect(top - bottom).toBeCloseTo(33, 1);
  expect((left + right) / 2).toBeCloseTo(595.276 - 28.346 - 33, 1);
});

test("a second language is named, for a paragraph and inside a line", async () => {
  const { elements } = await readStructure(await act("de"));
  const texts = [...walk(elements)];

  expect(texts.find(({ text }) => text.startsWith("La violazione"))?.text).toBe(
    "La violazione / <de Die Übertretung>",
  );
  expect(texts.find(({ text }) => text.includes("StVO)"))?.language).toBe("de");
});

/** A good file with one thing changed, object for object of the same length: source of the table: what veraPDF passes and catches. */
const mutations: readonly (readonly [what: string, from: RegExp, to: string])[] = [
  ["no words for a figure", /\/Alt\(/, "/Xlt("],
  ["no scope of a head", /\/Scope\/Row/, "/Scqpe/Row"],
  ["a heading that skips a level", /<<\/S\/H1\/P/, "<</S/H3/P"],
  ["no language", /\/Lang \(it-IT\)/, "/Lxng (it-IT)"],
  ["the title is not shown", /\/DisplayDocTitle true/, "/DisplayDocTitle null"],
  ["a row that is a cell", /<<\/S\/TR\/P/, "<</S/TD/P"],
  ["a type of its own", /<<\/S\/H2\/P/, "<</S/Zz/P"],
  ["no place of a figure", /\/BBox\[/, "/BXox["],
  ["no order of tabs", /\/Tabs\/S/, "/Txbs/S"],
  ["a cell that is a head", /<<\/S\/TD\/P/, "<</S/TH/P"],
  ["a head that is a cell", /<<\/S\/TH\/P/, "<</S/TD/P"],
];

test.each(mutations)("%s is found", async (_, from, to) => {
  const good = Buffer.from(await act("it")).toString("latin1");
  const bad = Buffer.from(good.replace(from, to), "latin1");

  expect(bad.toString("latin1")).not.toBe(good);
  expect(judgeStructure(await readStructure(bad))).not.toEqual([]);
});

test("two elements that changed places, and words run together, are not what is to be read", async () => {
  const good = await act("it");
  const wanted = formatStructure((await readStructure(good)).elements);
  const text = Buffer.from(good).toString("latin1");
  const kids = /<<\/S\/Document\/P \d+ 0 R\/K\[(\d+ 0 R) (\d+ 0 R) (\d+ 0 R) /.exec(text);
  const [found = "", , second = "", third = ""] = kids ?? [];
  const swapped = text.replace(found, found.replace(`${second} ${third}`, `${third} ${second}`));

  const other = await readStructure(Buffer.from(swapped, "latin1"));
  const joined = await readStructure(await joinWords(good));

  expect(formatStructure(other.elements)).not.toBe(wanted);
  expect(formatStructure(joined.elements)).not.toBe(wanted);
  expect(formatStructure((await readStructure(await act("it"))).elements)).toBe(wanted);
});

/** The same file without the blanks at the ends of lines. */
async function joinWords(bytes: Uint8Array): Promise<Uint8Array> {
  const pdf = await PDFDocument.load(bytes, { updateMetadata: false });
  for (const page of pdf.getPages()) {
    const contents = page.node.Contents();
    const streams = contents instanceof PDFArray ? contents.asArray() : [contents];
    const text = streams
      .map((one) => pdf.context.lookup(one))
      .map((one) =>
        one instanceof PDFRawStream
          ? Buffer.from(decodePDFRawStream(one).decode()).toString("latin1")
          : "",
      )
      .join("\n");
    const blankless = text.replaceAll("\0\u0003) Tj", ") Tj");
    page.node.set(
      PDFName.of("Contents"),
      pdf.context.register(pdf.context.flateStream(Buffer.from(blankless, "latin1"))),
    );
  }
  expect(pdf.catalog).toBeInstanceOf(PDFDict);
  return await pdf.save({ useObjectStreams: false });
}
