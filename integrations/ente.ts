/** The ente file as a schema: identity and the settings of each outside system. */
import { Type, type Static } from "typebox";
import { ActFile, type ActKind, EnteAct } from "./act.ts";
import { AlertsSettings } from "./alerts/settings.ts";
import { ConservazioneSettings } from "./conservazione/settings.ts";
import { EsitiSettings } from "./esiti/settings.ts";
import { FlussoSettings } from "./flusso/settings.ts";
import { InvoiceSettings } from "./invoice.ts";
import { LawSettings } from "./law.ts";
import { LookupSettings } from "./lookups/settings.ts";
import { PaymentsSettings } from "./payments/settings.ts";
import { ProtocolloSettings } from "./protocollo/settings.ts";
import { RetentionSettings } from "./retention.ts";
import { SendSettings } from "./send/settings.ts";
import { SigningSettings } from "./signing/settings.ts";

const closed = { additionalProperties: false } as const;

/** Who the run works for. */
export const EnteIdentity = Type.Object(
  {
    codice: Type.String({
      minLength: 1,
      maxLength: 40,
      pattern: "^[a-zA-Z0-9_-]+$",
      remedy: "lettere senza accento, cifre, - e _: borgolieto",
      own: true,
      description: "Codice dell'ente, uguale al nome del file",
    }),
    nome: Type.String({
      minLength: 1,
      // SEND: senderDenomination, 88 characters (80 until 2024) in one line.
      maxLength: 88,
      pattern: "^[^\\r\\n]*$",
      remedy: "scrivilo su una sola riga",
      own: true,
      description: "Denominazione, come la vede il destinatario",
    }),
    codiceFiscale: Type.String({
      pattern: "^[0-9]{11}$",
      own: true,
      title: "Codice fiscale",
      description: "Undici cifre, tra virgolette",
    }),
    settore: Type.Optional(Type.String({ maxLength: 50, description: "Ufficio: Polizia Locale" })),
    indirizzo: Type.Optional(
      Type.String({ maxLength: 140, description: "Indirizzo dell'ufficio" }),
    ),
    telefono: Type.Optional(Type.String({ description: "Telefono dell'ufficio" })),
    email: Type.Optional(Type.String({ description: "E-mail dell'ufficio" })),
    pec: Type.Optional(Type.String({ description: "PEC dell'ente" })),
    sito: Type.Optional(Type.String({ description: "Sito dell'ente" })),
  },
  { ...closed, title: "Ente" },
);

const caseDay = (description: string) =>
  Type.Optional(Type.String({ pattern: "^\\d{4}-\\d{2}-\\d{2}$", description }));

/** One wording of a letter of art. 201 c. 1-bis CdS. */
const Art201Case = Type.Object(
  {
    from: caseDay("Primo giorno della violazione a cui si applica, AAAA-MM-GG, tra virgolette"),
    to: caseDay("Ultimo giorno della violazione a cui si applica, AAAA-MM-GG, tra virgolette"),
    text: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 500,
        description: "Come si stampa; se manca, la sola lettera",
      }),
    ),
    device: Type.Optional(Type.Boolean({ description: "Il caso presuppone un dispositivo" })),
    decree: Type.Optional(
      Type.Boolean({ description: "Il caso vuole, su certe strade, un decreto del prefetto" }),
    ),
    articles: Type.Optional(
      Type.Array(Type.String({ pattern: "^[0-9]+(-[a-z]+)?$" }), {
        minItems: 1,
        description: "Gli articoli violati a cui il caso si applica; se mancano, tutti",
      }),
    ),
    source: Type.Optional(Type.String({ description: "Da dove viene il testo" })),
  },
  closed,
);

const AppealWording = Type.Object(
  {
    from: caseDay("Primo giorno dell'atto a cui si applica, AAAA-MM-GG, tra virgolette"),
    to: caseDay("Ultimo giorno dell'atto a cui si applica, AAAA-MM-GG, tra virgolette"),
    come: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 600,
        description: "Dove e come si presenta, senza il punto finale",
      }),
    ),
    seconda: Type.Optional(
      Type.Record(Type.String({ pattern: "^[a-z]{2}$" }), Type.String({ minLength: 1 }), {
        description: "La stessa frase nella seconda lingua, per codice: { de: … }",
      }),
    ),
    norma: Type.Optional(Type.String({ minLength: 1, description: "art. 203 CdS" })),
    spese: Type.Optional(
      Type.String({ minLength: 1, description: "Quanto costa: contributo unificato di 43 euro" }),
    ),
    indirizzo: Type.Optional(
      Type.String({ minLength: 1, description: "Indirizzo o PEC dell'ufficio che lo riceve" }),
    ),
    source: Type.Optional(Type.String({ description: "Da dove viene il testo" })),
  },
  { ...closed, description: "Come si ricorre, in un periodo" },
);

/** What the models of verbale and notice need of the ente. */
export const RenderSettings = Type.Object(
  {
    stemma: Type.Optional(
      Type.String({
        description: "File dello stemma (PNG o SVG di soli tracciati), relativo al file dell'ente",
      }),
    ),
    logoPagopa: Type.Optional(
      Type.String({
        description:
          "File del logo di pagoPA per l'avviso (PNG o SVG di soli tracciati), relativo al file dell'ente; senza, l'avviso porta il nome",
      }),
    ),
    pdf: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          "Cartella in cui il gestionale mette i verbali già in PDF (passo render con «from: pdf»), relativa al file dell'ente",
      }),
    ),
    fotografie: Type.Optional(
      Type.Object(
        {
          cartella: Type.String({
            minLength: 1,
            description:
              "Cartella con i JPEG che il campo fotografie nomina, relativa al file dell'ente",
          }),
          kB: Type.Optional(
            Type.Integer({
              minimum: 20,
              maximum: 5_000,
              description: "Quanto può pesare ciascuna; se manca, 600",
            }),
          ),
          massimo: Type.Optional(
            Type.Integer({
              minimum: 1,
              maximum: 12,
              description: "Quante se ne stampano al massimo in un verbale; se manca, 4",
            }),
          ),
        },
        {
          additionalProperties: false,
          description:
            "Le fotografie si stampano nel verbale; senza, il verbale dice che si vedono in ufficio. Volti e altre targhe li copre l'ufficio, prima",
        },
      ),
    ),
    luogo: Type.Optional(Type.String({ description: "Luogo di emissione" })),
    comandante: Type.Optional(Type.String({ description: "Chi firma, come appare in calce" })),
    giudiceDiPace: Type.Optional(
      Type.String({ description: "Sede del Giudice di Pace competente" }),
    ),
    prefetto: Type.Optional(Type.String({ description: "Prefettura competente" })),
    ricorsi: Type.Optional(
      Type.Object(
        {
          prefetto: Type.Optional(Type.Array(AppealWording)),
          giudiceDiPace: Type.Optional(Type.Array(AppealWording)),
        },
        {
          ...closed,
          description:
            "Come si ricorre, dove e quanto costa: righe con la loro validità, che valgono sopra quelle di Postino. I giorni si cambiano in law: terms",
        },
      ),
    ),
    casiArt201: Type.Optional(
      Type.Record(Type.String({ pattern: "^[a-z](-(bis|ter|quater))?$" }), Type.Array(Art201Case), {
        description:
          "Casi dell'art. 201, comma 1-bis, CdS, per lettera: una lettera scritta qui sostituisce quella di Postino",
      }),
    ),
  },
  { ...closed, title: "Documenti" },
);

/** One ente's settings. */
export const EnteSettings = Type.Object(
  {
    ente: EnteIdentity,
    live: Type.Boolean({
      default: false,
      own: true,
      title: "Servizi reali ammessi",
      description: "true: servizi reali ammessi (serve anche POSTINO_LIVE=1)",
    }),
    send: SendSettings,
    payments: PaymentsSettings,
    signing: SigningSettings,
    render: Type.Optional(RenderSettings),
    flusso: Type.Optional(FlussoSettings),
    law: Type.Optional(LawSettings),
    esiti: Type.Optional(EsitiSettings),
    conservazione: Type.Optional(ConservazioneSettings),
    protocollo: Type.Optional(ProtocolloSettings),
    consultazioni: Type.Optional(LookupSettings),
    fattura: Type.Optional(InvoiceSettings),
    alerts: Type.Optional(AlertsSettings),
    retention: Type.Optional(RetentionSettings),
    atti: Type.Optional(
      Type.Record(Type.String({ pattern: "^[A-Za-z0-9][A-Za-z0-9_-]*$" }), EnteAct, {
        description:
          "Altri atti, per nome del loro file in atti/: che cosa cambia per questo ente rispetto ai verbali",
        ofFile: ActFile,
      }),
    ),
  },
  closed,
);
export type EnteSettings = Static<typeof EnteSettings> & {
  /** The kind of act that the pipeline sends; absent: verbali of the Codice della Strada. No file of an ente says it. */
  readonly act?: ActKind;
};
