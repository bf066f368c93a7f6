/** The `send:` part of an ente file. */
import { Type, type Static } from "typebox";
import { pdndClientFields } from "../pdnd.ts";
import { SecretRef } from "../secret-ref.ts";

/** A key made with PDND needs a voucher beside it. */
export const PdndSettings = Type.Object(
  {
    ...pdndClientFields,
    purposeId: Type.String({ description: "Finalità approvata" }),
  },
  { additionalProperties: false, description: "Solo per chiavi API create con PDND" },
);
export type PdndSettings = Static<typeof PdndSettings>;

export const SendSettings = Type.Object(
  {
    active: Type.Boolean({ default: true, description: "SEND attivo per l'ente" }),
    baseUrl: Type.String({
      pattern: "^https?://",
      description: "Indirizzo di SEND: https://api.uat.notifichedigitali.it",
    }),
    apiVersion: Type.Union([Type.Literal("2.4"), Type.Literal("2.5"), Type.Literal("2.6")], {
      default: "2.5",
      description: "Versione della richiesta di notifica",
    }),
    apiKey: SecretRef,
    group: Type.Optional(
      Type.String({
        own: true,
        maxLength: 1024,
        // SEND: printable ASCII.
        pattern: "^[ -~]*$",
        remedy: "SEND prende solo lettere senza accento, cifre e segni: copialo dal portale",
        description: "Gruppo, se la chiave ne ha",
      }),
    ),
    taxonomyCode: Type.String({
      pattern: "^[0-9]{6}[A-Z]$",
      remedy: "sei cifre e una lettera maiuscola: 010101P",
      default: "010101P",
      description: "Codice tassonomico: 010101P per i verbali CdS con pagamento",
    }),
    feePolicy: Type.Union([Type.Literal("FLAT_RATE"), Type.Literal("DELIVERY_MODE")], {
      default: "DELIVERY_MODE",
      description: "Chi paga la notifica: DELIVERY_MODE la carica sul destinatario",
    }),
    paFee: Type.Integer({
      minimum: 0,
      maximum: 100,
      default: 100,
      description: "Costo dell'ente, centesimi",
    }),
    vat: Type.Integer({ minimum: 0, maximum: 100, default: 22, description: "IVA, percento" }),
    letterCents: Type.Optional(
      Type.Integer({
        minimum: 0,
        description:
          "Quanto costa una lettera di SEND senza IVA, centesimi: serve solo a stimare il costo di una prova. Se manca, 1050",
      }),
    ),
    physicalCommunication: Type.Union(
      [Type.Literal("REGISTERED_LETTER_890"), Type.Literal("AR_REGISTERED_LETTER")],
      { default: "REGISTERED_LETTER_890", description: "Posta: 890 per gli atti giudiziari" },
    ),
    abroad: Type.Optional(
      Type.Boolean({
        description:
          "true: chi è all'estero e ha un codice fiscale (gli iscritti all'AIRE) riceve la notifica con SEND (D.L. 76/2020 art. 26, c. 2, lett. d); chi non lo ha resta alla procedura per l'estero. Se manca, false",
      }),
    ),
    subject: Type.String({
      maxLength: 134,
      default: "Violazione del Codice della Strada",
      description: "Oggetto, senza dati personali",
    }),
    pagoPaIntMode: Type.Optional(
      Type.Union([Type.Literal("NONE"), Type.Literal("SYNC"), Type.Literal("ASYNC")], {
        description:
          "Chi aggiunge le spese di notifica all'avviso: ASYNC, SEND su GPD; SYNC, chi incassa. Se manca: con FLAT_RATE nessuno, con DELIVERY_MODE quello del sistema dei pagamenti (GPD: ASYNC, gli altri: SYNC)",
      }),
    ),
    over20Grams: Type.Optional(
      Type.Boolean({
        description:
          "true: PagoPA ha abilitato l'ente alle buste oltre 20 grammi; false: non è abilitato, e le regole di SEND sono controllate prima dell'invio",
      }),
    ),
    priority: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 100,
        description: "Priorità del recapito cartaceo, solo con apiVersion 2.6",
      }),
    ),
    streamVersion: Type.Optional(
      Type.String({
        pattern: "^2\\.[0-9]$",
        remedy: 'scrivi la versione tra virgolette: "2.8"',
        description:
          "Versione degli stream di eventi, tra virgolette; se manca, la 2.9 dove SEND la offre, altrimenti la 2.8",
      }),
    ),
    uploadHosts: Type.Optional(
      Type.Array(
        Type.String({
          pattern: "^[A-Za-z0-9*-]+(\\.[A-Za-z0-9*-]+)*(:[0-9]{1,5})?$",
          remedy: "solo il nome dell'host: deposito.esempio.it",
        }),
        {
          description:
            "Host del deposito documenti di SEND, oltre a quello di baseUrl; l'asterisco sta per lettere, cifre e trattini. Se manca, quelli di PagoPA: pn-safestorage-*.s3.eu-south-1.amazonaws.com",
        },
      ),
    ),
    pdnd: Type.Optional(PdndSettings),
    requestsPerSecond: Type.Number({
      minimum: 1,
      default: 100,
      description: "Chiamate al secondo",
    }),
    postTermDays: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 30,
        description:
          "Giorni dalla consegna per posta al perfezionamento: un accesso del destinatario entro tanti giorni dalla spedizione vale subito, senza attendere l'esito della lettera. Se manca, 10 con la SEND di produzione; gli ambienti di prova hanno termini più brevi, e lì si attende l'esito",
      }),
    ),
    silentLetterDays: Type.Optional(
      Type.Integer({
        // The longest deposit keeps silent for 30 days.
        minimum: 31,
        description:
          "Dopo quanti giorni senza notizie di una lettera non attenderne più l'esito e avvertire l'ufficio; se manca, 60",
      }),
    ),
    followPerSecond: Type.Optional(
      Type.Number({
        minimum: 0.1,
        description:
          "Chiamate al secondo con cui seguire le notifiche già inviate, entro requestsPerSecond; se manca, 20",
      }),
    ),
    attestationSchemas: Type.Optional(
      Type.Array(
        Type.String({
          pattern: "^[0-9a-f]{64}$",
          remedy: "servono le 64 cifre esadecimali che scrive sha256sum, in minuscole",
        }),
        {
          description:
            "SHA-256 degli schemi (XSD) delle attestazioni del recapito che l'ufficio ha confrontato con quelli pubblicati; uno schema non elencato non vale come prova",
        },
      ),
    ),
  },
  { title: "SEND", additionalProperties: false },
);
export type SendSettings = Static<typeof SendSettings>;
