/** Models and an ente's changes: what merges, what replaces, what is refused and how it is told. */
import { describe, expect, test } from "bun:test";
import { Value } from "typebox/value";
import { bilingual, sampleEnte, sampleVerbale, singleAmount } from "../sheets/samples.ts";
import { readNeutralCrest } from "../../../../documents/layout/crest.ts";
import {
  inspectNotice,
  inspectVerbale,
  ModelFaults,
  buildNoticeModel,
  buildVerbaleModel,
} from "../../../../documents/model/models.ts";
import type { NoticeChanges, VerbaleChanges } from "../../../../documents/model/model.ts";
import { createNoticeRenderer } from "../../../../documents/sheets/notice.ts";
import { createVerbaleRenderer } from "../../../../documents/sheets/verbale.ts";
import render from "../../../../steps/render.ts";

function faultsOf(changes: VerbaleChanges): readonly string[] {
  try {
    buildVerbaleModel("verbale-cds", changes);
  } catch (error) {
    if (error instanceof ModelFaults) return error.faults;
    throw error;
  }
  return [];
}

async function textOf(changes: VerbaleChanges, verbale = sampleVerbale): Promise<string> {
  const renderer = createVerbaleRenderer(buildVerbaleModel("verbale-cds", changes), {
    ente: sampleEnte,
    crest: readNeutralCrest(),
  });
  const { bytes } = await renderer.render(verbale);
  return Bun.spawnSync(["pdftotext", "-raw", "-", "-"], { stdin: bytes }).stdout.toString();
}

describe("an ente's changes", () => {
  test("replace a list and leave the rest of the block", () => {
    const model = buildVerbaleModel("verbale-cds", {
      page: { margins: { left: 25 } },
      blocks: { "dati-personali": { paragraphs: ["Informativa all'albo."] } },
    });

    expect(model.blocks["dati-personali"]).toEqual({
      type: "text",
      title: "Dati personali",
      paragraphs: ["Informativa all'albo."],
    });
    expect(model.page.margins).toEqual({ top: 14, right: 18, bottom: 14, left: 25 });
    expect(model.order).toHaveLength(18);
  });

  test("never touch the model that the next ente starts from", () => {
    buildVerbaleModel("verbale-cds", { blocks: { firma: { lines: ["Un altro"] } } });

    expect(buildVerbaleModel("verbale-cds").blocks["firma"]?.lines).toEqual([
      "**{ente.comandante}**",
      "Responsabile dell'atto: {responsabile}",
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
      const others = ["Datum", "Ort", "Fahrzeug", "Norm", "Sachverhalt", "Von"].map((label) => ({
        label,
      }));
      const text = await textOf({
        second: {
          language: "de",
          blocks: {
            violazione: {
              title: "Die Übertretung",
              rows: [{ label: "Datum und Uhrzeit" }, ...others],
            },
            premessa: { paragraphs: ["Es wurde die hier beschriebene Übertretung festgestellt."] },
          },
        },
      });

      expect(text).toContain("La violazione / Die Übertretung");
      expect(text).toContain("Data e ora / Datum und Uhrzeit");
      expect(text).toContain("Es wurde die hier beschriebene Übertretung festgestellt.");
      expect(text).toContain("Abbiamo accertato");
    },
  );
});

/** Sentences of each language that verbale and notice must bear, with the amounts of the sample. */
const languages = {
  de: {
    verbale: [
      "Protokoll über die Feststellung einer Übertretung",
      "La violazione / Die Übertretung",
      "Luogo / Ort",
      "Quanto si paga / Was zu zahlen ist",
      "vom 6. bis zum 60. Tag ab Zustellung",
      "Innerhalb von 5 Tagen ab Zustellung sind 136,60 Euro zu zahlen",
      "beim Präfekten, innerhalb von 60 Tagen ab Zustellung (Art. 203 StVO)",
      "beim Friedensgericht, innerhalb von 30 Tagen ab Zustellung",
      "Zustellungsspesen gehen zu Lasten",
      "Digital unterzeichnetes Dokument",
    ],
    single: "Innerhalb von 60 Tagen ab Zustellung sind 188,50 Euro zu zahlen",
    notice: [
      "Avviso di pagamento / Zahlungsmitteilung",
      "Banche e altri canali / Banken und andere",
    ],
    term: "innerhalb 60 Tagen ab Zustellungsdatum",
  },
  sl: {
    verbale: [
      "Zapisnik o ugotovitvi kršitve zakonika o cestnem prometu",
      "La violazione / Kršitev",
      "Luogo / Kraj",
      "Quanto si paga / Koliko se plača",
      "od 6. do 60. dne od vročitve",
      "V 5 dneh od vročitve se plača 136,60 evra",
      "prefektu, v 60 dneh od vročitve (člen 203 CdS)",
      "mirovnemu sodniku, v 30 dneh od vročitve",
      "Stroški vročitve bremenijo prejemnika",
      "Dokument je digitalno podpisan",
    ],
    single: "V 60 dneh od vročitve se plača 188,50 evra",
    notice: ["Avviso di pagamento / Obvestilo o plačilu", "Banche e altri canali / Banke in drugi"],
    term: "v 60 dneh od vročitve zapisnika",
  },
  fr: {
    verbale: [
      "Procès-verbal de constatation d’une infraction au code de la route",
      "La violazione / L’infraction",
      "Luogo / Lieu",
      "Quanto si paga / Ce qu’il faut payer",
      "du 6e au 60e jour suivant la notification",
      "Dans les 5 jours suivant la notification, il faut payer 136,60 euros",
      "auprès du Préfet, dans les 60 jours suivant la notification (art. 203 CdS)",
      "auprès du Juge de paix, dans les 30 jours suivant la notification",
      "Les frais de notification sont à la charge du destinataire",
      "Document signé numériquement",
    ],
    single: "Dans les 60 jours suivant la notification, il faut payer 188,50 euros",
    notice: ["Avviso di pagamento / Avis de paiement", "Banche e altri canali / Banques et autres"],
    term: "dans les 60 jours suivant la notification du procès-verbal",
  },
} as const;

async function noticeText(changes: NoticeChanges, verbale = sampleVerbale): Promise<string> {
  const options = { ente: sampleEnte, crest: readNeutralCrest() };
  const { bytes } = await createNoticeRenderer(buildNoticeModel(changes), options).render(verbale);
  return flat(Bun.spawnSync(["pdftotext", "-raw", "-", "-"], { stdin: bytes }).stdout);
}

/** Without line breaks and repeated blanks. */
function flat(output: Buffer): string {
  return output.toString().replaceAll(/\s+/g, " ");
}

describe.each(["de", "sl", "fr"] as const)("a bilingual ente (%s)", (language) => {
  const told = languages[language];

  test("gives its second language as settings of the render step", () => {
    expect(
      Value.Check(render.config, Value.Default(render.config, { ...bilingual(language) })),
    ).toBe(true);
  });

  test.skipIf(Bun.which("pdftotext") === null)(
    "gets it beside every title and term of the verbale",
    async () => {
      const text = (await textOf(bilingual(language).verbale)).replaceAll(/\s+/g, " ");

      for (const expected of told.verbale) expect(text).toContain(expected);
      expect(text).not.toContain(told.single);
    },
  );

  test.skipIf(Bun.which("pdftotext") === null)(
    "gets the only amount with its term in both languages",
    async () => {
      const text = await textOf(bilingual(language).verbale, singleAmount);
      const notice = await noticeText(bilingual(language).avviso, singleAmount);

      expect(text.replaceAll(/\s+/g, " ")).toContain(told.single);
      expect(notice).toContain(told.term);
    },
  );

  test.skipIf(Bun.which("pdftotext") === null)("gets it in the notice", async () => {
    const text = await noticeText(bilingual(language).avviso);

    for (const expected of told.notice) expect(text).toContain(expected);
  });

  test("has an Italian block for each of its texts, with as many rows and columns", () => {
    const { blocks, second } = buildVerbaleModel("verbale-cds", bilingual(language).verbale);

    for (const [name, texts] of Object.entries(second?.blocks ?? {})) {
      expect(Object.keys(blocks)).toContain(name);
      expect(texts.paragraphs?.length ?? 0).toBeLessThanOrEqual(
        blocks[name]?.paragraphs?.length ?? 0,
      );
    }
    expect(inspectVerbale("verbale-cds", bilingual(language).verbale).faults).toEqual([]);
    expect(inspectNotice(bilingual(language).avviso).faults).toEqual([]);
  });

  test("can replace one text and keeps the others", () => {
    const model = buildVerbaleModel("verbale-cds", {
      second: { language, blocks: { firma: { lines: ["Nostro testo"] } } },
    });

    expect(model.second?.blocks?.["firma"]?.lines).toEqual(["Nostro testo"]);
    expect(model.second?.blocks?.["violazione"]?.rows).toHaveLength(7);
  });
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
      }).map((fault) => fault.replace(/ \(.*/, "")),
    ).toEqual([
      "order.1: il blocco «saluti» non c'è",
      "blocks.importi.columns: la tabella degli importi ha cinque colonne, qui le intestazioni sono 2",
      "blocks.nuovo: al blocco «nuovo» manca type",
      "blocks.nuovo.paragraphs.0: «**» si apre e non si chiude",
      "blocks.nuovo.paragraphs.0: «destinatario» non è un valore",
    ]);
  });

  test("with a margin under 10 mm is refused, as SEND wants", () => {
    const faults = faultsOf({ page: { margins: { left: 5 } } });

    expect(faults).toHaveLength(1);
    expect(faults[0]).toStartWith("modello.page.margins.left");
  });

  test("of the notice names its text", () => {
    expect(() => buildNoticeModel({ subject: "Multa di {nome}" })).toThrow(
      "subject: «nome» non è un valore",
    );
  });
});
