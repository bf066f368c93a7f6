/** Models and an ente's changes: what merges, what replaces, what is refused and how it is told. */
import { describe, expect, test } from "bun:test";
import { Value } from "typebox/value";
import { german, postalEnte, sampleEnte, sampleVerbale } from "./samples.ts";
import { neutralCrest, readCrest } from "../../../documents/crest.ts";
import { ModelFaults, noticeModel, verbaleModel } from "../../../documents/models.ts";
import type { VerbaleChanges } from "../../../documents/model.ts";
import { createNoticeRenderer } from "../../../documents/notice.ts";
import { createVerbaleRenderer } from "../../../documents/verbale.ts";
import render from "../../../steps/render.ts";

function faultsOf(changes: VerbaleChanges): readonly string[] {
  try {
    verbaleModel("verbale-cds", changes);
  } catch (error) {
    if (error instanceof ModelFaults) return error.faults;
    throw error;
  }
  return [];
}

async function textOf(changes: VerbaleChanges): Promise<string> {
  const renderer = createVerbaleRenderer(verbaleModel("verbale-cds", changes), {
    ente: sampleEnte,
    crest: neutralCrest(),
  });
  const { bytes } = await renderer.render(sampleVerbale);
  return Bun.spawnSync(["pdftotext", "-layout", "-", "-"], { stdin: bytes }).stdout.toString();
}

describe("an ente's changes", () => {
  test("replace a list and leave the rest of the block", () => {
    const model = verbaleModel("verbale-cds", {
      page: { margins: { left: 25 } },
      blocks: { "dati-personali": { paragraphs: ["Informativa all'albo."] } },
    });

    expect(model.blocks["dati-personali"]).toEqual({
      type: "text",
      title: "Dati personali",
      paragraphs: ["Informativa all'albo."],
    });
    expect(model.page.margins).toEqual({ top: 14, right: 18, bottom: 14, left: 25 });
    expect(model.order).toHaveLength(11);
  });

  test("never touch the model that the next ente starts from", () => {
    verbaleModel("verbale-cds", { blocks: { firma: { lines: ["Un altro"] } } });

    expect(verbaleModel("verbale-cds").blocks["firma"]?.lines).toEqual([
      "**{ente.comandante}**",
      "Documento firmato digitalmente ai sensi dell'art. 24 del decreto legislativo 7 marzo 2005, n. 82",
    ]);
  });

  test.skipIf(Bun.which("pdftotext") === null)(
    "choose and order the blocks, and add new ones",
    async () => {
      const text = await textOf({
        order: ["intestazione", "apertura", "nostro", "violazione"],
        blocks: {
          nostro: { type: "text", title: "Orari", paragraphs: ["Lunedì 9-12, targa {targa}."] },
        },
      });

      expect(text).toContain("Lunedì 9-12, targa GA123XY.");
      expect(text.indexOf("Orari")).toBeLessThan(text.indexOf("La violazione"));
      expect(text).not.toContain("Giudice di Pace");
    },
  );

  test.skipIf(Bun.which("pdftotext") === null)(
    "carry a second language beside the Italian",
    async () => {
      const text = await textOf({
        second: {
          language: "de",
          blocks: {
            violazione: {
              title: "Die Übertretung",
              rows: [{ label: "Datum und Uhrzeit", value: "" }],
            },
            premessa: { paragraphs: ["Es wurde die hier beschriebene Übertretung festgestellt."] },
          },
        },
      });

      expect(text).toContain("La violazione / Die Übertretung");
      expect(text).toContain("Data e ora / Datum und Uhrzeit");
      expect(text).toContain("Es wurde die hier beschriebene Übertretung festgestellt.");
      expect(text).toContain("È stata accertata");
    },
  );
});

describe("a bilingual ente", () => {
  test("gives its second language as settings of the render step", () => {
    expect(Value.Check(render.config, Value.Default(render.config, { ...german }))).toBe(true);
  });

  test.skipIf(Bun.which("pdftotext") === null)(
    "gets German beside every title and term",
    async () => {
      const text = await textOf(german.verbale);

      for (const expected of [
        "Protokoll über die Feststellung einer Übertretung",
        "La violazione / Die Übertretung",
        "Luogo / Ort",
        "Quanto si paga / Was zu zahlen ist",
        "vom 6. bis zum 60. Tag ab Zustellung",
        "Innerhalb von 5 Tagen ab Zustellung sind 136,60 Euro zu zahlen; vom 6. bis zum 60. Tag 188,50 Euro.",
        "Come si fa ricorso / Wie man Rekurs einlegt",
        "Digital unterzeichnetes Dokument",
      ])
        expect(text).toContain(expected);
    },
  );

  test.skipIf(Bun.which("pdftotext") === null)(
    "gets pagoPA's German in the notice, and its own words where pagoPA has none",
    async () => {
      const renderer = createNoticeRenderer(noticeModel(german.avviso), {
        ente: postalEnte,
        crest: neutralCrest(),
      });

      const { bytes, pages } = await renderer.render(sampleVerbale);

      const told = Bun.spawnSync(["pdftotext", "-layout", "-", "-"], { stdin: bytes });
      const text = told.stdout.toString();
      expect(pages).toBe(2);
      expect(text).toContain("Avviso di pagamento / Zahlungsmitteilung");
      expect(text).toContain("Quanto e quando pagare? / Wieviel und wann bezahlen?");
      expect(text).toContain("Banche e altri canali / Banken und andere Kanäle");
    },
  );
});

describe("a wrong model", () => {
  test("is told with all its faults at once", () => {
    expect(
      faultsOf({
        order: ["intestazione", "saluti"],
        blocks: {
          nuovo: { paragraphs: ["Gentile {destinatario}, **attenzione"] },
          importi: { columns: ["Quando", "Totale"] },
        },
      }).map((fault) => fault.replace(/; i valori.*/, "")),
    ).toEqual([
      "order nomina il blocco «saluti», che non c'è tra i blocks",
      "blocks.importi: columns deve avere cinque intestazioni",
      "al blocco «nuovo» manca type",
      "blocks.nuovo: «**» si apre e non si chiude",
      "blocks.nuovo: «{destinatario}» non è un valore",
    ]);
  });

  test("with a margin under 10 mm is refused, as SEND wants", () => {
    const faults = faultsOf({ page: { margins: { left: 5 } } });

    expect(faults).toHaveLength(1);
    expect(faults[0]).toStartWith("modello.page.margins.left");
  });

  test("of the notice names its text", () => {
    expect(() => noticeModel({ subject: "Multa di {nome}" })).toThrow(
      "subject: «{nome}» non è un valore",
    );
  });
});

describe("a crest", () => {
  test("of paths is taken as it is, with its colours", async () => {
    const svg = '<svg viewBox="0 0 10 20"><path fill="#ff0000" d="M0 0 H10 V20 Z"/></svg>';

    const crest = await readCrest(new TextEncoder().encode(svg));

    expect([crest.width, crest.height]).toEqual([10, 20]);
    expect(crest.operators).toContain("1 0 0 rg");
  });

  test("with text or other shapes is refused by name", () => {
    const svg = '<svg viewBox="0 0 10 20"><text>Borgo</text></svg>';

    expect(readCrest(new TextEncoder().encode(svg))).rejects.toThrow(
      "lo stemma SVG contiene <text>: deve essere fatto di soli elementi <path>",
    );
  });

  test("in PNG loses its transparency on white", async () => {
    // One pixel, RGBA 255,0,0 at half opacity.
    const png = Buffer.from(
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP4z8DQAAAEAQGA6ZvXhwAAAABJRU5ErkJggg==",
      "base64",
    );

    const crest = await readCrest(png);

    expect(crest.pixels?.columns).toBe(1);
    expect([...(crest.pixels?.rgb ?? [])]).toEqual([255, 127, 127]);
  });
});
