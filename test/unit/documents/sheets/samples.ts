/** A fictional ente and a fictional verbale for the tests, the bench and the conformance script of documents/. */
import type { EnteContent, VerbaleContent } from "../../../../documents/model/content.ts";
import type { NoticeChanges, VerbaleChanges } from "../../../../documents/model/model.ts";

export const sampleEnte: EnteContent = {
  nome: "Comune di Borgolieto",
  codiceFiscale: "89999990164",
  settore: "Polizia Locale",
  indirizzo: "Piazza della Libertà 1, 24100 Borgolieto (BG)",
  telefono: "000 000000",
  email: "polizialocale@borgolieto.example",
  pec: "polizialocale@pec.borgolieto.example",
  sito: "www.borgolieto.example",
  luogo: "Borgolieto",
  comandante: "Il Comandante della Polizia Locale",
  giudiceDiPace: "Borgolieto",
  prefetto: "Borgolieto",
  cbill: "ABCDE",
  conAvviso: true,
  costiAlDestinatario: true,
};

export const postalEnte: EnteContent = {
  ...sampleEnte,
  postalAccount: "16302093",
  postalAccountHolder: "Comune di Borgolieto, servizio tesoreria",
  postalAuthorization: "AUT. DB/SISB/E 00000 DEL 01/01/2026",
};

export const sampleVerbale: VerbaleContent = {
  numero: "V/2026/000123",
  protocollo: "2026/0041877",
  day: "2026-11-23",
  dataViolazione: "2026-10-02",
  oraViolazione: "10:35",
  luogo: "Strada Statale 33 del Sempione, km 71+200, direzione Arona",
  targa: "GA123XY",
  articolo: "142, comma 8",
  descrizione:
    "Circolava alla velocità di 68 km/h, dedotta la tolleranza di legge, superando di 18 km/h il limite di 50 km/h.",
  agente: "matr. 1042",
  speseCents: 1_550,
  recipient: {
    name: "Žanna Ślązak D’Àngelò Ţepeş-Muñoz",
    taxId: "SLZZNN60D60F205R",
    address: [
      "presso Rossi Maria",
      "Via dell'Università Ștefan cel Mare 12/B",
      "scala 3 interno 14",
      "20133 MILANO MI",
    ],
  },
  payments: [
    { kind: "discounted", noticeCode: "302000100000019414", amountCents: 13_660 },
    { kind: "reduced", noticeCode: "302000100000020514", amountCents: 18_850 },
  ],
};

/** Where the 30 % does not apply. */
export const singleAmount: VerbaleContent = {
  ...sampleVerbale,
  payments: sampleVerbale.payments.slice(1),
};

/** Everything as long as it may be, and every letter of the fonts. */
export const worstVerbale: VerbaleContent = {
  ...sampleVerbale,
  numero: "W".repeat(36),
  luogo: "Strada Provinciale della Sacra di San Michele ".repeat(8),
  targa: "WW999WW",
  descrizione: `${"Sostava sul marciapiede; «ÀÈÉÌÒÙ àèéìòù çñößüÿ ŚśŽžȘșȚțŢţŁłĐđŐőŰűĞğİı €§°ªº“”‘’–—…» ".repeat(60)}\n${"senzaspazi".repeat(40)}`,
  agente: "Commissario Capo Coordinatore ".repeat(6),
  recipient: {
    name: "WWWWWWWWWW ".repeat(8).trim(),
    taxId: "SLZZNN60D60F205R",
    address: [
      `presso ${"Wolfgang Amadeus ".repeat(5).trim()}`,
      "Località Cascina Sant'Ambrogio al Bosco della Madonna dei Monti 1234/ABCDEF",
      "Scala W Interno 9999 Palazzina WWW Casella postale 99999",
      "Frazione San Giovanni in Persiceto di Sopra",
      "39040 SALORNO SULLA STRADA DEL VINO BZ",
    ],
  },
};

/** What a bilingual ente gives the render step: the language, all texts being Postino's. */
export function bilingual(language: "de" | "sl" | "fr"): {
  readonly verbale: VerbaleChanges;
  readonly avviso: NoticeChanges;
} {
  return { verbale: { second: { language } }, avviso: { second: { language } } };
}
