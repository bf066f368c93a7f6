/** A fictional ente and a fictional verbale for the tests, the bench and the conformance script of documents/. */
import type { EnteContent, VerbaleContent } from "../../../../documents/model/content.ts";
import type { NoticeChanges, VerbaleChanges } from "../../../../documents/model/model.ts";
import { findAppeals } from "../../../../documents/model/appeals.ts";
import { readJpeg } from "../../../../documents/pdf/jpeg.ts";
import { insertSegments, makeExif, makePhotograph } from "../../../support/photographs.ts";

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
  appeals: findAppeals("2026-11-23", {
    prefetto: { days: 60 },
    giudiceDiPace: { days: 30, daysAbroad: 60 },
  }),
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

/** With everything that the act may say beside the violation. */
/** With a photograph of each kind, one of them held on its side. */
export const withPhotographs: VerbaleContent = {
  ...sampleVerbale,
  fotografie: ["davanti.jpg", "fianco.jpg", "grigia.jpg"],
  photographs: [
    { file: "davanti.jpg", image: readJpeg(makePhotograph()) },
    {
      file: "fianco.jpg",
      image: readJpeg(insertSegments(makePhotograph("progressive"), makeExif(6))),
    },
    { file: "grigia.jpg", image: readJpeg(makePhotograph("gray")) },
  ],
};

export const fullVerbale: VerbaleContent = {
  ...sampleVerbale,
  casoArt201: "e",
  testoCasoArt201:
    "accertamento per mezzo di un apparecchio di rilevamento nella disponibilità degli organi di polizia",
  motivoMancataContestazione:
    "L'agente era solo, a piedi e sull'altra carreggiata: il veicolo si è allontanato prima che potesse essere fermato.",
  puntiPatente: 3,
  veicolo: { tipo: "Autovettura", marca: "Fiat", modello: "Panda", nazione: "Italia" },
  velocita: { limite: 50, rilevata: 73.5, contestata: 68 },
  dispositivo: {
    marca: "Fictor",
    modello: "Rileva 3",
    matricola: "RL-00417",
    decreto: { tipo: "approvazione", numero: "1123", data: "2019-05-16" },
    taratura: { data: "2026-03-12", centro: "Centro di prova LAT 000", certificato: "A-77/2026" },
    censimentoMit: "MIT-000417",
  },
  qualita: "proprietario",
  extra: { codiceVarco: "VARCO 7" },
};

const longText = (length: number): string => "Wattstundenzähler òàù ".repeat(60).slice(0, length);
const longWord = "WM8".repeat(66);

/** As `worstVerbale`, with every text of the act as long as the checks let it be. */
export const worstFullVerbale: VerbaleContent = {
  ...worstVerbale,
  casoArt201: "g-bis",
  testoCasoArt201: longText(500),
  motivoMancataContestazione: longText(1_000),
  puntiPatente: 15,
  veicolo: { tipo: longWord, marca: longText(200), modello: longText(200), nazione: longWord },
  velocita: { limite: 130.55, rilevata: 199.99, contestata: 189.99 },
  dispositivo: {
    marca: longText(200),
    modello: longWord,
    matricola: longWord,
    decreto: { tipo: "omologazione", numero: longWord, data: "2019-05-16" },
    taratura: { data: "2026-03-12", centro: longText(200), certificato: longWord },
    censimentoMit: longWord,
  },
  qualita: "chi vigila",
};

/** What a bilingual ente gives the render step: the language, all texts being Postino's. */
export function bilingual(language: "de" | "sl" | "fr"): {
  readonly verbale: VerbaleChanges;
  readonly avviso: NoticeChanges;
} {
  return { verbale: { second: { language } }, avviso: { second: { language } } };
}
