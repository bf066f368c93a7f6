/** What a model of a document may say, as schemas: checked when a model is loaded and, in the render step's settings, by `check`. */
import { Type, type Static, type TString } from "typebox";
import { valueNames } from "./content.ts";

const closed = { additionalProperties: false } as const;
const anyValue = [
  ...valueNames.map((name) => name.replaceAll(".", "\\.")),
  "extra\\.[a-z][A-Za-z0-9]{0,39}",
].join("|");
/** Braces name values that there are, and every `**` that opens is closed: for editors; `check` tells it word by word. */
const piece = `(?:[^{}*]|\\*(?!\\*)|\\{(?:${anyValue})\\})`;
const template = {
  pattern: `^(?:${piece}|\\*\\*${piece}*\\*\\*)*$`,
  inspected: true,
} as const;
const declareText = (description: string) =>
  Type.Optional(Type.String({ ...template, description }));
const declareTexts = (description: string) =>
  Type.Optional(Type.Array(Type.String({ ...template, description }), { description }));
const declareValueName = (description: string) =>
  Type.Optional(
    Type.String({
      pattern: `^(?:${anyValue})$`,
      inspected: true,
      description,
    }),
  );
const condition = {
  when: declareValueName("Nome di un valore: il blocco o la riga c'è solo se il valore c'è"),
  unless: declareValueName("Nome di un valore: il blocco o la riga c'è solo se il valore manca"),
};

/** Distances from the edge of the sheet, in millimetres; SEND wants 10 free on every side. */
export const Margins = Type.Object(
  {
    top: Type.Optional(Type.Number({ minimum: 10, maximum: 60, description: "In alto, mm" })),
    right: Type.Optional(Type.Number({ minimum: 10, maximum: 60, description: "A destra, mm" })),
    bottom: Type.Optional(Type.Number({ minimum: 10, maximum: 60, description: "In basso, mm" })),
    left: Type.Optional(Type.Number({ minimum: 10, maximum: 60, description: "A sinistra, mm" })),
  },
  { ...closed, description: "Margini del foglio" },
);

export const PageSettings = Type.Object(
  {
    margins: Type.Optional(Margins),
    textSize: Type.Optional(
      Type.Number({ minimum: 7, maximum: 12, description: "Corpo del testo, punti" }),
    ),
  },
  { ...closed, description: "Foglio" },
);

/** A line of a `fields` block. */
export const FieldRow = Type.Object(
  {
    label: Type.String({ ...template, description: "Che cosa è" }),
    value: Type.String({
      ...template,
      description: "Il testo, con i valori tra graffe: {luogo}",
    }),
    ...condition,
  },
  closed,
);
export type FieldRow = Static<typeof FieldRow>;

/** One block of a verbale; which texts it reads depends on its type. */
export const Block = Type.Object(
  {
    type: Type.Optional(
      Type.Union(
        [
          Type.Literal("letterhead"),
          Type.Literal("opening"),
          Type.Literal("text"),
          Type.Literal("fields"),
          Type.Literal("amounts"),
          Type.Literal("photographs"),
          Type.Literal("signature"),
          Type.Literal("new-page"),
        ],
        { description: "Che blocco è" },
      ),
    ),
    title: declareText("Titolo"),
    subtitles: declareTexts("Righe sotto il titolo (opening)"),
    heading: declareText("Scritta sopra il destinatario (opening)"),
    lines: declareTexts("Righe (letterhead, signature, destinatario di opening)"),
    paragraphs: declareTexts(
      "Capoversi (text, photographs, note di amounts); **così** è in evidenza",
    ),
    caption: declareText("Sotto ogni fotografia stampata (photographs)"),
    alt: declareText("Che cosa è la fotografia, per chi non la vede (photographs)"),
    rows: Type.Optional(Type.Array(FieldRow, { description: "Righe (fields)" })),
    columns: declareTexts("Intestazioni della tabella (amounts): cinque"),
    discounted: declareText("Quando vale l'importo scontato (amounts)"),
    reduced: declareText("Quando vale l'importo ridotto (amounts)"),
    only: declareText("Quando vale l'unico importo (amounts)"),
    ...condition,
  },
  { ...closed, description: "Un blocco del modello" },
);
export type Block = Static<typeof Block>;

const Blocks = Type.Record(Type.String({ pattern: "^[a-zA-Z][a-zA-Z0-9-]*$" }), Block, {
  description: "I blocchi, per nome",
});

/** How the act calls the one who gets it: `Le è notificato come …`. */
const Qualities = Type.Optional(
  Type.Record(
    Type.String({ pattern: "^[a-z][a-z ]*$" }),
    Type.String({
      pattern: "^[^{}*]+$",
      remedy: "scrivi parole semplici, senza valori tra graffe",
      description: "proprietario: proprietario del veicolo",
    }),
    {
      description:
        "Come il verbale chiama il destinatario, per qualità; altro: quando il flusso non la dice",
    },
  ),
);

/** What a second language gives of a block; the values stand once, in Italian. */
export const SecondBlock = Type.Object(
  {
    title: declareText("Titolo"),
    heading: declareText("Scritta sopra il destinatario (opening)"),
    lines: declareTexts("Righe (letterhead, signature)"),
    paragraphs: declareTexts("Capoversi (text, photographs, note di amounts)"),
    caption: declareText("Sotto ogni fotografia stampata (photographs)"),
    rows: Type.Optional(
      Type.Array(
        Type.Object({ label: Type.String({ ...template, description: "Che cosa è" }) }, closed),
        { description: "Le scritte delle righe, nell'ordine di quelle italiane (fields)" },
      ),
    ),
    columns: declareTexts("Intestazioni della tabella (amounts): cinque"),
    discounted: declareText("Quando vale l'importo scontato (amounts)"),
    reduced: declareText("Quando vale l'importo ridotto (amounts)"),
    only: declareText("Quando vale l'unico importo (amounts)"),
  },
  { ...closed, description: "Un blocco nella seconda lingua" },
);
export type SecondBlock = Static<typeof SecondBlock>;

/** The same blocks in a second language; what is missing stays in Italian only. */
export const SecondLanguage = Type.Object(
  {
    language: Type.String({
      pattern: "^[a-z]{2}$",
      description: "Codice della seconda lingua: de, sl, fr",
    }),
    blocks: Type.Optional(
      Type.Record(Type.String({ pattern: "^[a-zA-Z][a-zA-Z0-9-]*$" }), SecondBlock, {
        description: "I testi dell'ente, per nome del blocco; gli altri sono quelli di Postino",
      }),
    ),
    qualita: Qualities,
  },
  { ...closed, description: "Seconda lingua, per gli enti bilingui" },
);

/** What a technician may change of the model of the verbale: objects merge, lists replace. */
export const VerbaleChanges = Type.Object(
  {
    title: declareText("Titolo del documento PDF"),
    footer: declareText("Piè di pagina"),
    page: Type.Optional(PageSettings),
    order: Type.Optional(
      Type.Array(Type.String(), { description: "I blocchi da stampare, in ordine" }),
    ),
    blocks: Type.Optional(Blocks),
    qualita: Qualities,
    second: Type.Optional(SecondLanguage),
  },
  { ...closed, description: "Che cosa cambia nel modello del verbale" },
);
export type VerbaleChanges = Static<typeof VerbaleChanges>;

/** A whole model of the verbale. */
export const VerbaleModel = Type.Object(
  {
    name: Type.String(),
    version: Type.Integer({ minimum: 1 }),
    title: Type.String(),
    footer: Type.String(),
    page: PageSettings,
    order: Type.Array(Type.String(), { minItems: 1 }),
    blocks: Blocks,
    qualita: Qualities,
    second: Type.Optional(SecondLanguage),
  },
  closed,
);
export type VerbaleModel = Static<typeof VerbaleModel>;

/** The texts of the payment notice; the layout is pagoPA's and does not change. */
export const noticeTextNames = [
  "titolo",
  "enteCreditore",
  "destinatario",
  "codiceFiscale",
  "quantoQuando",
  "importo",
  "scontato",
  "ridotto",
  "euro",
  "cinqueGiorni",
  "sessantaGiorni",
  "entroSessantaGiorni",
  "scelta",
  "scadenzeTitolo",
  "scadenze",
  "giacenzaTitolo",
  "giacenza",
  "aggiornamento",
  "dovePagare",
  "onlineTitolo",
  "online",
  "territorioTitolo",
  "territorio",
  "canali",
  "istruzioni",
  "oggettoPagamento",
  "codiceCbill",
  "codiceAvviso",
  "codiceFiscaleEnte",
  "bollettino",
  "bollettinoIstruzioni",
  "contoCorrente",
  "intestato",
  "tipo",
  "pagina",
] as const;
export type NoticeTextName = (typeof noticeTextNames)[number];

const noticeText = Object.fromEntries(
  noticeTextNames.map((name) => [name, Type.String()]),
) as Record<NoticeTextName, TString>;
const NoticeTexts = Type.Object(noticeText, closed);
const SomeNoticeTexts = Type.Partial(NoticeTexts, closed);

/** What a technician may change of the model of the notice. */
export const NoticeChanges = Type.Object(
  {
    title: declareText("Titolo del documento PDF"),
    subject: declareText("Oggetto del pagamento, al massimo 90 caratteri"),
    info: declareText("Riga di informazioni dell'ente creditore, al massimo 100 caratteri"),
    page: Type.Optional(PageSettings),
    texts: Type.Optional(SomeNoticeTexts),
    second: Type.Optional(
      Type.Object(
        {
          language: Type.String({
            pattern: "^[a-z]{2}$",
            description: "Codice della seconda lingua: de, sl, fr",
          }),
          texts: Type.Optional(SomeNoticeTexts),
        },
        { ...closed, description: "Seconda lingua" },
      ),
    ),
  },
  { ...closed, description: "Che cosa cambia nel modello dell'avviso" },
);
export type NoticeChanges = Static<typeof NoticeChanges>;

/** A whole model of the notice. */
export const NoticeModel = Type.Object(
  {
    name: Type.String(),
    version: Type.Integer({ minimum: 1 }),
    title: Type.String(),
    subject: Type.String(),
    info: Type.String(),
    page: PageSettings,
    texts: NoticeTexts,
    second: Type.Optional(Type.Object({ language: Type.String(), texts: SomeNoticeTexts }, closed)),
  },
  closed,
);
export type NoticeModel = Static<typeof NoticeModel>;
