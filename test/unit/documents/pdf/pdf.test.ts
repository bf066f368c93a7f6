/** The PDFs of both models: same input same bytes, what the file says of itself, missing letters, page flow. */
import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { PDFDocument, PDFRawStream } from "pdf-lib";
import type { EnteContent, VerbaleContent } from "../../../../documents/model/content.ts";
import { readNeutralCrest } from "../../../../documents/layout/crest.ts";
import { MissingGlyph } from "../../../../documents/pdf/missing-glyph.ts";
import { buildNoticeModel, buildVerbaleModel } from "../../../../documents/model/models.ts";
import { createNoticeRenderer } from "../../../../documents/sheets/notice.ts";
import { loadFonts } from "../../../../documents/pdf/fonts.ts";
import { createPdfTemplate, type PdfFile } from "../../../../documents/pdf/pdf-writer.ts";
import { TaggedPage } from "../../../../documents/pdf/tagged-page.ts";
import { createVerbaleRenderer } from "../../../../documents/sheets/verbale.ts";
import {
  postalEnte,
  sampleEnte,
  sampleVerbale,
  singleAmount,
  worstVerbale,
} from "../sheets/samples.ts";

const crest = readNeutralCrest();

function verbale(content: VerbaleContent, ente: EnteContent = sampleEnte): Promise<PdfFile> {
  return createVerbaleRenderer(buildVerbaleModel("verbale-cds"), { ente, crest }).render(content);
}

function notice(content: VerbaleContent, ente: EnteContent = sampleEnte): Promise<PdfFile> {
  return createNoticeRenderer(buildNoticeModel(), { ente, crest }).render(content);
}

/** Runs a tool of the system over a PDF given on its standard input. */
function tool(command: readonly string[], bytes: Uint8Array): string {
  const { stdout } = Bun.spawnSync([...command], { stdin: bytes });
  return stdout.toString();
}

const pdftotext = Bun.which("pdftotext");
const qpdf = Bun.which("qpdf");
if (pdftotext === null) console.warn("skipped: pdftotext is not installed");
if (qpdf === null) console.warn("skipped: qpdf is not installed");

function textOf(file: PdfFile): string {
  return tool(["pdftotext", "-layout", "-", "-"], file.bytes);
}

describe("a document", () => {
  test("has the same bytes for the same input, from another renderer too", async () => {
    const [first, second] = [await verbale(sampleVerbale), await verbale(sampleVerbale)];
    const [third, fourth] = [await notice(sampleVerbale), await notice(sampleVerbale)];

    expect(Buffer.from(first.bytes).equals(second.bytes)).toBe(true);
    expect(Buffer.from(third.bytes).equals(fourth.bytes)).toBe(true);
  });

  test("has another /ID when one letter differs", async () => {
    const idOf = (file: PdfFile): string =>
      /\/ID \[ <([0-9A-F]{32})>/.exec(Buffer.from(file.bytes).toString("latin1"))?.[1] ?? "";

    const one = idOf(await verbale(sampleVerbale));
    const other = idOf(await verbale({ ...sampleVerbale, targa: "GA123XZ" }));

    expect(one).toMatch(/^[0-9A-F]{32}$/);
    expect(other).toMatch(/^[0-9A-F]{32}$/);
    expect(other).not.toBe(one);
  });

  test("holds pages of any length, each whole", async () => {
    const template = createPdfTemplate({ fonts: loadFonts(), language: "it-IT" });
    const metadata = { title: "a", author: "b", creator: "c", producer: "d", day: "2026-11-23" };
    const painted = [1, 40_000, 1].map((times) => "0.5 g 1 2 3 4 re f\n".repeat(times));
    const pages = painted.map((operators, index) => {
      const page = new TaggedPage(index);
      page.decorate(operators);
      return page;
    });

    const { bytes } = template.write({ metadata, pages, elements: [] });

    const pdf = await PDFDocument.load(bytes);
    const contents = pdf.getPages().map((page) => page.node.Contents());
    expect(
      contents.map((stream) =>
        stream instanceof PDFRawStream ? inflateSync(stream.contents).toString("latin1") : "",
      ),
    ).toEqual(painted.map((operators) => `/Artifact BMC\n${operators}EMC\n`));
  });

  test("says that it is PDF/A-2a and PDF/UA-1, with the day and the title in Info and XMP", async () => {
    const { bytes } = await verbale(sampleVerbale);
    const text = /<\?xpacket begin.*<\?xpacket end/s.exec(Buffer.from(bytes).toString("utf8"))?.[0];
    const pdf = await PDFDocument.load(bytes, { updateMetadata: false });

    expect(text).toContain("<pdfaid:part>2</pdfaid:part>");
    expect(text).toContain("<pdfaid:conformance>A</pdfaid:conformance>");
    expect(text).toContain("<pdfuaid:part>1</pdfuaid:part>");
    expect(text).toContain("<xmp:CreateDate>2026-11-23T00:00:00Z</xmp:CreateDate>");
    expect(text).toContain("Verbale n. V/2026/000123</rdf:li>");
    expect(pdf.getTitle()).toBe("Verbale n. V/2026/000123");
    expect(pdf.getAuthor()).toBe("Comune di Borgolieto");
    expect(pdf.getCreationDate()).toEqual(new Date("2026-11-23T00:00:00Z"));
  });

  test("ends with a line end, so that what a signing program appends begins on a line of its own", async () => {
    for (const { bytes } of [await verbale(sampleVerbale), await notice(sampleVerbale)])
      expect(Buffer.from(bytes).toString("latin1").endsWith("\n%%EOF\n")).toBe(true);
  });

  test("is A4 portrait on every page, without annotations", async () => {
    const pdf = await PDFDocument.load((await notice(sampleVerbale, postalEnte)).bytes);

    expect(pdf.getPages()).toHaveLength(2);
    for (const page of pdf.getPages()) {
      expect(page.getSize()).toEqual({ width: 595.276, height: 841.89 });
      expect(page.node.Annots()).toBeUndefined();
    }
  });

  test("names the letter that no font has", async () => {
    const cyrillic = { ...sampleVerbale, luogo: "Via Жукова" };
    const control = { ...sampleVerbale, descrizione: "a\u0007b" };

    expect(verbale(cyrillic)).rejects.toThrow("il carattere «Ж» (U+0416) non si può stampare");
    expect(verbale(control)).rejects.toThrow("il carattere di controllo U+0007");
    expect(verbale(cyrillic)).rejects.toBeInstanceOf(MissingGlyph);
  });

  test.skipIf(qpdf === null)("passes qpdf --check in every form", async () => {
    const files = [
      await verbale(sampleVerbale),
      await verbale(worstVerbale),
      await notice(singleAmount),
      await notice(sampleVerbale, postalEnte),
    ];

    const folder = mkdtempSync(join(tmpdir(), "postino-pdf-"));
    for (const [index, file] of files.entries()) {
      const path = join(folder, `${index}.pdf`);
      writeFileSync(path, file.bytes);
      const checked = Bun.spawnSync(["qpdf", "--check", path]);
      expect(checked.stdout.toString()).toContain("No syntax or stream encoding errors found");
      expect(checked.exitCode).toBe(0);
    }
    rmSync(folder, { recursive: true });
  });
});

describe.skipIf(pdftotext === null)("the verbale", () => {
  test("bears every letter of the names, and the amounts with their codes", async () => {
    const text = textOf(await verbale(sampleVerbale));

    expect(text).toContain("Žanna Ślązak D’Àngelò Țepeş-Muñoz");
    expect(text).toContain("Via dell'Università Ștefan cel Mare 12/B");
    expect(text).toMatch(
      /entro 5 giorni dalla notifica +3020 0010 0000 0194 14 +121,10 +15,50 +136,60/,
    );
    expect(text).toMatch(
      /dal 6º al 60º giorno dalla notifica +3020 0010 0000 0205 14 +173,00 +15,50 +188,50/,
    );
    expect(text).toContain("art. 142, comma 8");
    expect(text).toContain("Pagina 1 di 2");
  });

  test("with one amount does not speak of 5 days", async () => {
    const text = textOf(await verbale(singleAmount));

    expect(text).toMatch(/entro 60 giorni dalla notifica +3020 0010 0000 0205 14/);
    expect(text).not.toContain("5 giorni");
  });

  test("leaves out what the ente does not say, and SEND's costs where the ente bears them", async () => {
    const text = textOf(
      await verbale(sampleVerbale, {
        nome: "Comune di Borgolieto",
        codiceFiscale: "89999990164",
        conAvviso: false,
        costiAlDestinatario: false,
      }),
    );

    expect(text).not.toContain("Prefettura competente");
    expect(text).not.toContain("Tel.");
    expect(text).not.toContain("spese di notifica");
    expect(text).toContain("Notifica con SEND");
    expect(text.replaceAll(/\s+/g, " ")).toContain("che SEND mostra insieme a questo verbale");
  });

  test("flows over pages and loses no word", async () => {
    const file = await verbale(worstVerbale);
    const text = textOf(file).replaceAll(/\s+/g, "");

    expect(file.pages).toBe(3);
    expect(text.split("Sostavasulmarciapiede;")).toHaveLength(61);
    expect(text).toContain("senzaspazisenzaspazi");
    expect(text.split("StradaProvincialedellaSacradiSanMichele")).toHaveLength(9);
    // 80 in the name, 36 in the number (heading and three feet), 4 in the plate (twice), 4 and 5 in the address.
    expect(text.split("W")).toHaveLength(80 + 36 * 4 + 4 * 2 + 4 + 5 + 1);
  });
});

describe.skipIf(pdftotext === null)("the notice", () => {
  test("shows both amounts on one page where there is no postal account", async () => {
    const file = await notice(sampleVerbale);
    const text = textOf(file);

    expect(file.pages).toBe(1);
    expect(text).toContain("136,60 Euro");
    expect(text).toContain("188,50 Euro");
    expect(text).toContain("Importo scontato del 30% · entro 5 giorni dalla notifica del verbale");
    expect(text).not.toContain("Bollettino");
  });

  test("has a page for each amount and the Poste module where there is one", async () => {
    const file = await notice(sampleVerbale, postalEnte);
    const [first = "", second = ""] = textOf(file).split("\f");

    expect(file.pages).toBe(2);
    expect(first).toContain("136,60 Euro");
    expect(first).not.toContain("188,50");
    expect(first).toContain("3020 0010 0000 0194 14");
    expect(first).toContain("000016302093");
    expect(first).toContain("AUT. DB/SISB/E 00000 DEL 01/01/2026");
    expect(second).toContain("188,50 Euro");
    expect(second).toContain("3020 0010 0000 0205 14");
  });

  test("with one amount calls it neither discounted nor reduced", async () => {
    const text = textOf(await notice(singleAmount));

    expect(text).toContain("entro 60 giorni dalla notifica del verbale");
    expect(text).not.toContain("scontato");
    expect(text).not.toContain("ridotto");
  });

  test("is refused when its subject would be empty, or the creditor's line too long", async () => {
    const options = { ente: sampleEnte, crest: readNeutralCrest() };
    const model = buildNoticeModel({});
    const empty = createNoticeRenderer({ ...model, subject: "{protocollo}" }, options);
    const long = createNoticeRenderer({ ...model, info: "{descrizione}" }, options);
    const { protocollo: _protocollo, ...unregistered } = sampleVerbale;

    expect(empty.render(unregistered)).rejects.toThrow("l'oggetto dell'avviso è vuoto");
    expect(long.render(sampleVerbale)).rejects.toThrow(
      "la riga di informazioni dell'avviso ha 110 caratteri, pagoPA ne ammette 100",
    );
  });

  test("names the competent offices on the page that speaks of them", async () => {
    for (const one of [sampleVerbale, singleAmount])
      for (const page of textOf(await verbale(one)).split("\f")) {
        expect(page.includes("Prefettura competente")).toBe(page.includes("Al Prefetto, entro"));
        expect(page.includes("Giudice di Pace competente")).toBe(
          page.includes("Al Giudice di Pace, entro"),
        );
      }
  });

  test("has no page that begins with the signature or with the notes of a table", async () => {
    const first = new Set<string>();
    for (let lines = 10; lines < 34; lines += 1) {
      const descrizione = Array.from({ length: lines + 1 }, (_, at) => `Riga ${at}`).join("\n");
      const text = textOf(await verbale({ ...sampleVerbale, descrizione }));
      for (const page of text.split("\f").slice(1, -1)) first.add(page.trim().split("\n")[0] ?? "");
    }

    const heads = [...first]
      .map((line) => line.replace(/^Riga \d+$/, "Riga").slice(0, 24))
      .toSorted();
    expect(heads).toContain("Riga");
    expect(heads).not.toContain("Il Comandante della Poli");
    expect(heads).not.toContain("Gli importi sono in euro");
  });

  test("tells the only amount in words, with its term", async () => {
    const text = textOf(await verbale(singleAmount)).replaceAll(/\s+/g, " ");

    expect(text).toContain("Entro 60 giorni dalla notifica si pagano 188,50 euro");
    expect(text).not.toContain("ridotta del 30 per cento");
  });

  test("is refused when its subject is longer than pagoPA allows", async () => {
    expect(notice({ ...sampleVerbale, numero: "1".repeat(80) })).rejects.toThrow(
      "pagoPA ne ammette 90",
    );
  });
});

describe.skipIf(pdftotext === null)("a notice in two languages", () => {
  test.each([
    ["de", "Wieviel und wann bezahlen?", "Der Tag der Zustellung wird nicht mitgerechnet."],
    ["sl", "Koliko in kdaj plačati?", "Dan izdaje obvestila se ne všteva."],
    ["fr", "Combien et quand payer?", "Le jour de la notification n’est pas compté."],
  ])(
    "carries pagoPA's texts in %s beside the Italian, on one page",
    async (language, title, text) => {
      const model = buildNoticeModel({ second: { language } });
      const file = await createNoticeRenderer(model, { ente: sampleEnte, crest }).render(
        sampleVerbale,
      );
      const printed = textOf(file);

      expect(file.pages).toBe(1);
      expect(printed).toContain(`Quanto e quando pagare? / ${title}`);
      expect(printed.replaceAll(/\s+/g, " ")).toContain(text);
      expect(printed).toContain("Il giorno della notifica non si conta.");
    },
  );
});
