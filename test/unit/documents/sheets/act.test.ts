/** What the act says beside the violation: printed where it is given, in every language, and not a byte of it where nothing is. */
import { describe, expect, test } from "bun:test";
import { parse } from "yaml";
import { readNeutralCrest } from "../../../../documents/layout/crest.ts";
import { buildActValues } from "../../../../documents/model/act.ts";
import { findArt201Case } from "../../../../documents/model/art201.ts";
import type { VerbaleContent } from "../../../../documents/model/content.ts";
import type { VerbaleChanges } from "../../../../documents/model/model.ts";
import { buildVerbaleModel } from "../../../../documents/model/models.ts";
import languages from "../../../../documents/models/verbale-languages.yaml" with { type: "text" };
import { createVerbaleRenderer } from "../../../../documents/sheets/verbale.ts";
import { qualities } from "../../../../integrations/flusso/port.ts";
import { bilingual, fullVerbale, sampleEnte, sampleVerbale, singleAmount } from "./samples.ts";

const hasReader = Bun.which("pdftotext") !== null;

async function draw(verbale: VerbaleContent, changes: VerbaleChanges = {}) {
  const model = buildVerbaleModel("verbale-cds", changes);
  const renderer = createVerbaleRenderer(model, { ente: sampleEnte, crest: readNeutralCrest() });
  return await renderer.render(verbale);
}

async function textOf(verbale: VerbaleContent, changes: VerbaleChanges = {}): Promise<string> {
  const { bytes } = await draw(verbale, changes);
  const { stdout } = Bun.spawnSync(["pdftotext", "-raw", "-", "-"], { stdin: bytes });
  return stdout.toString().replaceAll(/\s+/g, " ");
}

describe("where nothing is given", () => {
  const before =
    "Abbiamo accertato la violazione descritta qui sotto. Le norme sono quelle del Codice della Strada (CdS): il decreto legislativo 30 aprile 1992, n. 285. Le notifichiamo questo verbale in base all'art. 201 del CdS.";
  const ofAct = [
    "senza-riduzione",
    "dettagli",
    "altri-dettagli",
    "contestazione",
    "conducente",
    "fotografie",
  ];

  test.each([
    ["Italian", {}],
    ["German", bilingual("de").verbale],
    ["Slovene", bilingual("sl").verbale],
    ["French", bilingual("fr").verbale],
  ] as const)("the bytes are those of an act that knows of none of it (%s)", async (_, changes) => {
    const { order } = buildVerbaleModel("verbale-cds");
    const without = {
      ...changes,
      order: order.filter((name) => !ofAct.includes(name)),
      blocks: { premessa: { paragraphs: [before] } },
    };

    for (const verbale of [sampleVerbale, singleAmount]) {
      const now = await draw(verbale, changes);
      const then = await draw(verbale, without);
      expect(Buffer.compare(now.bytes, then.bytes)).toBe(0);
    }
  });

  test.skipIf(!hasReader)("no title stands over nothing", async () => {
    expect(await textOf(sampleVerbale)).not.toContain("Perché non è stata contestata subito");
    expect(await textOf({ ...sampleVerbale, puntiPatente: 3 })).not.toContain("Perché non");
  });
});

test.skipIf(!hasReader)("all of it is on the two pages of an act, as it was given", async () => {
  const { pages } = await draw(fullVerbale);
  const text = await textOf(fullVerbale, {
    blocks: {
      "dati-personali": { paragraphs: ["Varco: {extra.codiceVarco}.", "Nulla: {extra.altro}."] },
    },
  });

  expect(pages).toBe(2);
  for (const line of [
    "come proprietario del veicolo, obbligato in solido (art. 196 CdS).",
    "Tipo e modello Autovettura Fiat Panda, Italia",
    "Velocità limite 50 km/h, rilevata 73,5 km/h, contestata 68 km/h",
    "Strumento Fictor Rileva 3, matricola RL-00417",
    "Suo decreto decreto di approvazione n. 1123 del 16/05/2019",
    "Ultima taratura 12/03/2026, Centro di prova LAT 000, certificato A-77/2026",
    "Censimento MIT MIT-000417",
    "Punti della patente 3 (art. 126-bis CdS)",
    "Perché non è stata contestata subito Caso art. 201, comma 1-bis, lettera e), CdS: accertamento per mezzo",
    "Motivo L'agente era solo, a piedi e sull'altra carreggiata: il veicolo si è allontanato prima che potesse essere",
    "Varco: VARCO 7.",
  ])
    expect(text).toContain(line);
  expect(text).not.toContain("omologa");
  expect(text).not.toContain("Nulla:");
});

test.skipIf(!hasReader)("a letter whose text was not read is printed alone", async () => {
  const text = await textOf({ ...sampleVerbale, casoArt201: "g-ter" });

  expect(text).toContain("Caso art. 201, comma 1-bis, lettera g-ter), CdS Quanto si paga");
});

test.skipIf(!hasReader).each([
  ["de", "Warum nicht sofort vorgehalten", "als Person, der das Fahrzeug gehört"],
  ["sl", "Zakaj kršitev ni bila takoj očitana", "kot lastniku vozila"],
  ["fr", "Pourquoi elle n’a pas été contestée sur-le-champ", "en qualité de propriétaire"],
] as const)("a bilingual act says it in «%s» too", async (language, title, quality) => {
  const text = await textOf(fullVerbale, bilingual(language).verbale);

  expect(text).toContain(title);
  expect(text).toContain(quality);
  expect(text).toContain("come proprietario del veicolo");
});

test("every quality of a flusso has its words in every language", () => {
  const wanted = qualities.toSorted();
  const all = parse(languages) as Record<string, { qualita: Record<string, string> }>;

  expect(Object.keys(buildVerbaleModel("verbale-cds").qualita ?? {}).toSorted()).toEqual(wanted);
  expect(Object.keys(all)).toEqual(["de", "sl", "fr"]);
  for (const { qualita } of Object.values(all))
    expect(Object.keys(qualita).toSorted()).toEqual(wanted);
});

test.skipIf(!hasReader)("an ente calls a quality its own way, in both languages", async () => {
  const text = await textOf(
    { ...sampleVerbale, qualita: "locatario" },
    {
      qualita: { locatario: "chi ha noleggiato il veicolo" },
      second: { language: "de", qualita: { locatario: "als Mieterin oder Mieter" } },
    },
  );

  expect(text).toContain("Lo riceve come chi ha noleggiato il veicolo.");
  expect(text).toContain("Sie erhalten es als Mieterin oder Mieter.");
});

test.skipIf(!hasReader).each([
  ["nobody knows whether points are taken", {}, false],
  ["points are taken", { puntiPatente: 3 }, true],
  ["none are", { puntiPatente: 0 }, false],
  ["who drove is known", { puntiPatente: 3, conducente: { cognome: "Collaudi" } }, false],
  ["a driver of blanks is nobody", { puntiPatente: 3, conducente: { cognome: " " } }, true],
  ["who drove was told on the spot", { puntiPatente: 3, contestazioneImmediata: true }, false],
] as const)(
  "who drove is asked for where points are taken from nobody known: %s",
  async (_, change, isAsked) => {
    const text = await textOf({ ...sampleVerbale, ...change });

    expect(text.includes("Ci dica chi era entro 60 giorni dalla notifica")).toBe(isAsked);
    expect(text.includes("Se fa ricorso, attenda")).toBe(isAsked);
    expect(text.includes("Punti della patente")).toBe(
      "puntiPatente" in change && change.puntiPatente > 0,
    );
    expect(text.includes("Ci dica chi era entro 60 giorni. Ricorso:")).toBe(isAsked);
  },
);

test.skipIf(!hasReader)(
  "where the fine may not be settled there is no amount and no way to pay",
  async () => {
    const text = await textOf({ ...fullVerbale, pagamentoRidotto: "escluso", payments: [] });

    expect(text).toContain("Per ora non si paga");
    for (const word of [
      "Quanto si paga",
      "Come si paga",
      "Quanto:",
      "spese di notifica",
      "avviso di pagamento",
    ])
      expect(text).not.toContain(word);
    expect(text).toContain("Come si fa ricorso");
  },
);

test.skipIf(!hasReader)(
  "what the act says besides is printed where the flusso gives it",
  async () => {
    const text = await textOf({
      ...fullVerbale,
      dataAccertamento: "2026-10-05",
      decretoPrefettizio: { numero: "4417", data: "2025-02-03", tratto: "SP 12, dal km 2 al km 5" },
      conducente: { cognome: "Collaudi", nome: "Giulia", patente: "U1X0000000", categoria: "B" },
      dichiarazioni: "Il conducente dichiara che andava piano.",
      fotografie: ["a.jpg", "b.jpg"],
      responsabile: "Anna Maria Esempi",
    });

    for (const line of [
      "Accertata il 05/10/2026",
      "Decreto prefettizio decreto n. 4417 del 03/02/2025, SP 12, dal km 2 al km 5",
      "Conducente Giulia Collaudi",
      "Sua patente n. U1X0000000, categoria B",
      "Dichiarazioni Il conducente dichiara che andava piano.",
      "L’ufficio ha le immagini della violazione: a.jpg, b.jpg.",
      "Responsabile dell’atto: Anna Maria Esempi",
    ])
      expect(text).toContain(line);
  },
);

test.each([
  [
    { tipo: "approvazione", numero: "7", data: "2019-05-16" },
    "decreto di approvazione n. 7 del 16/05/2019",
  ],
  [{ tipo: "omologazione", numero: "7" }, "decreto di omologazione n. 7"],
  [{ numero: "7", data: "2019-05-16" }, "decreto n. 7 del 16/05/2019"],
  [{ data: "2019-05-16" }, "decreto del 16/05/2019"],
  [{ tipo: "approvazione" }, ""],
] as const)("a decree is called what it is: %p", (decreto, words) => {
  expect(buildActValues({ dispositivo: { decreto } }, {})["dispositivo.decreto"]).toBe(words);
});

test("the letter g-bis changes wording with the day, and neither has a text that was not read", () => {
  expect(findArt201Case("g-bis", "2024-12-13")?.source).toBe("testo 2011");
  expect(findArt201Case("g-bis", "2024-12-14")?.source).toContain("177/2024");
  expect(findArt201Case("g-bis", "2024-12-14")?.text).toBeUndefined();
  expect(findArt201Case("g-ter", "2026-11-10")?.text).toBeUndefined();
});
