/** A kind of act that is no verbale of the Codice della Strada, as a file says it: fields, terms, checks, model, and what of an ente's settings it changes. */
import { Type, type Static } from "typebox";
import { NoticeChanges, VerbaleChanges } from "../documents/model/model.ts";
import { ActField } from "./flusso/own-fields.ts";
import { FlussoSettings } from "./flusso/settings.ts";

const closed = { additionalProperties: false } as const;
const buildText = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, description }));

/** What an office that sends this act is called, and how SEND and the payment system know the act. */
const sending = {
  send: Type.Optional(
    Type.Object(
      {
        subject: buildText("Oggetto della notifica, senza dati personali"),
        taxonomyCode: Type.Optional(
          Type.String({
            pattern: "^[0-9]{6}[A-Z]$",
            remedy: "sei cifre e una lettera, come 010102P",
            description: "Codice tassonomico di SEND",
          }),
        ),
        group: buildText("Gruppo dell'ente su SEND"),
        physicalCommunication: Type.Optional(
          Type.Union(
            [Type.Literal("REGISTERED_LETTER_890"), Type.Literal("AR_REGISTERED_LETTER")],
            { description: "Posta: 890 per gli atti giudiziari, AR per gli altri" },
          ),
        ),
      },
      { ...closed, description: "Come SEND conosce l'atto, dove non vale quello dei verbali" },
    ),
  ),
  payments: Type.Optional(
    Type.Object(
      {
        iban: buildText("IBAN di accredito"),
        postalIban: buildText("IBAN postale"),
        category: buildText("Tassonomia pagoPA dell'incasso"),
        cbill: buildText("Codice CBILL"),
      },
      {
        ...closed,
        description: "Dove si incassa e con quale tassonomia, dove non valgono quelli dei verbali",
      },
    ),
  ),
} as const;

/** What an ente says of a kind of act, in the place of what it says of verbali. */
export const EnteAct = Type.Object(
  {
    ente: Type.Optional(
      Type.Object(
        {
          settore: buildText("Ufficio: Ufficio Tributi"),
          indirizzo: buildText("Indirizzo dell'ufficio"),
          telefono: buildText("Telefono dell'ufficio"),
          email: buildText("E-mail dell'ufficio"),
          pec: buildText("PEC dell'ufficio"),
          sito: buildText("Sito dell'ente"),
        },
        { ...closed, description: "L'ufficio che manda l'atto" },
      ),
    ),
    ...sending,
    render: Type.Optional(
      Type.Object(
        {
          luogo: buildText("Luogo di emissione"),
          comandante: buildText("Chi firma, come appare in calce"),
          giudiceDiPace: buildText("Sede del Giudice di Pace competente"),
          prefetto: buildText("Prefettura competente"),
          stemma: buildText("File dello stemma, relativo al file dell'ente"),
          pdf: buildText("Cartella degli atti già in PDF, relativa al file dell'ente"),
        },
        { ...closed, description: "Che cosa si stampa dell'ufficio" },
      ),
    ),
    flusso: Type.Optional(FlussoSettings),
    severity: Type.Optional(
      Type.Record(
        Type.String({ pattern: "^[A-Z][A-Z0-9_]*$" }),
        Type.Union([Type.Literal("error"), Type.Literal("warning"), Type.Literal("off")]),
        { description: "Gravità dei controlli dell'atto, dove non vale quella del suo file" },
      ),
    ),
  },
  { ...closed, description: "Che cosa cambia per questo atto" },
);
export type EnteAct = Static<typeof EnteAct>;

const rule = {
  title: Type.String({
    minLength: 1,
    description: "Come si chiama il termine: Ricorso al giudice",
  }),
  days: Type.Integer({ minimum: 1, maximum: 3_650, description: "Giorni" }),
  daysAbroad: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 3_650, description: "Giorni per chi risiede all'estero" }),
  ),
  onHoliday: Type.Union([Type.Literal("moved"), Type.Literal("kept"), Type.Literal("ignored")], {
    default: "moved",
    description:
      "Ultimo giorno festivo: moved lo sposta al primo giorno lavorativo, kept lo lascia e avvisa, ignored lo lascia",
  }),
  isSaturdayFree: Type.Boolean({
    default: false,
    description: "true: il termine che scade di sabato passa al lunedì",
  }),
  isSuspendedInAugust: Type.Boolean({
    default: false,
    description: "true: dal 1° al 31 agosto il termine non decorre",
  }),
  source: Type.String({
    minLength: 1,
    description: "Da dove viene la regola: legge e articolo, o regolamento dell'ente",
  }),
  mark: Type.Union([Type.Literal("read"), Type.Literal("memory"), Type.Literal("inferred")], {
    default: "read",
    description: "Quanto è stata verificata. read: letta; memory: da verificare; inferred: dedotta",
  }),
} as const;

const ActTerm = Type.Object(rule, {
  ...closed,
  description: "Un termine che decorre dalla notifica a ciascun destinatario",
});
export type ActTerm = Static<typeof ActTerm>;

const Reference = Type.String({
  minLength: 1,
  description: "Un campo dell'atto; today: il giorno del controllo; o una data AAAA-MM-GG",
});

const FieldRef = Type.String({
  minLength: 1,
  description: "Un campo dell'atto: uno suo, o importoCents, speseCents, destinatario.tipo",
});

/** One check, told for each act that does not pass it: all that it says must hold. */
const ActCheck = Type.Object(
  {
    field: FieldRef,
    message: Type.String({
      minLength: 1,
      description: "Che cosa non va, per l'operatore, senza dati personali: è dopo la scadenza.",
    }),
    remedy: Type.String({ minLength: 1, description: "Che cosa fare: correggere la data." }),
    severity: Type.Union([Type.Literal("error"), Type.Literal("warning"), Type.Literal("off")], {
      default: "error",
      description: "error scarta l'atto, warning avvisa, off tace",
    }),
    when: Type.Optional(
      Type.Object(
        {
          field: FieldRef,
          is: Type.Optional(
            Type.Array(Type.String(), {
              minItems: 1,
              description: "Il campo ha uno di questi valori",
            }),
          ),
          present: Type.Optional(
            Type.Boolean({ description: "true: il campo c'è; false: il campo manca" }),
          ),
        },
        { ...closed, description: "Il controllo vale solo se" },
      ),
    ),
    required: Type.Optional(Type.Boolean({ description: "true: il campo deve avere un valore" })),
    pattern: Type.Optional(
      Type.String({ minLength: 1, description: "Forma del testo intero (espressione regolare)" }),
    ),
    min: Type.Optional(Type.Number({ description: "Valore minimo; di un importo, in centesimi" })),
    max: Type.Optional(Type.Number({ description: "Valore massimo; di un importo, in centesimi" })),
    after: Type.Optional(Reference),
    notBefore: Type.Optional(Reference),
    before: Type.Optional(Reference),
    notAfter: Type.Optional(Reference),
    shiftDays: Type.Optional(
      Type.Integer({
        minimum: -36_500,
        maximum: 36_500,
        description:
          "Giorni da aggiungere alla data con cui si confronta: notBefore: dataAvviso e shiftDays: 30",
      }),
    ),
    sumOf: Type.Optional(
      Type.Array(FieldRef, {
        minItems: 1,
        description: "L'importo è la somma di questi; quelli che mancano valgono zero",
      }),
    ),
    oneOf: Type.Optional(
      Type.Array(Type.String(), { minItems: 1, description: "Il valore è uno di questi" }),
    ),
    table: Type.Optional(
      Type.Object(
        {
          by: FieldRef,
          values: Type.Record(Type.String(), Type.Array(Type.String(), { minItems: 1 }), {
            description: "Per valore dell'altro campo, i valori ammessi",
          }),
        },
        { ...closed, description: "Valori ammessi secondo un altro campo" },
      ),
    ),
  },
  { ...closed, description: "Un controllo dell'atto" },
);
export type ActCheck = Static<typeof ActCheck>;

/** The file of a kind of act, without what its folder of texts adds. */
export const ActFile = Type.Object(
  {
    title: Type.String({
      minLength: 1,
      maxLength: 60,
      description: "Come si chiama l'atto: Ordinanza-ingiunzione",
    }),
    plural: Type.String({
      minLength: 1,
      maxLength: 60,
      description: "Lo stesso, di più: Ordinanze-ingiunzioni",
    }),
    ...sending,
    fields: Type.Record(Type.String({ pattern: "^[a-z][A-Za-z0-9]{0,39}$" }), ActField, {
      description:
        "I campi dell'atto, per nome. numero, protocollo, responsabile, importoCents, importoScontatoCents, speseCents, destinatario, destinatari, posizioni ed extra ci sono sempre",
    }),
    payment: Type.Object(
      {
        ...rule,
        reason: Type.String({
          minLength: 1,
          maxLength: 100,
          description: "Causale del pagamento, prima del numero",
        }),
        discounted: Type.Optional(
          Type.Object(rule, {
            ...closed,
            description: "Termine dell'importo scontato (importoScontatoCents), dove c'è",
          }),
        ),
        closesCode: Type.Boolean({
          default: true,
          description:
            "true: dopo il termine il codice avviso non si paga più; false: si paga anche dopo",
        }),
      },
      { ...closed, description: "Entro quando si paga, contando dalla notifica" },
    ),
    terms: Type.Optional(
      Type.Record(Type.String({ pattern: "^[a-z][A-Za-z0-9]{0,39}$" }), ActTerm, {
        description: "Gli altri termini che decorrono dalla notifica, per nome",
      }),
    ),
    notification: Type.Optional(
      Type.Object(
        {
          ...rule,
          from: Type.String({
            minLength: 1,
            description: "Il campo con la data da cui decorre il termine",
          }),
        },
        { ...closed, description: "Entro quando l'atto va notificato; se manca, nessun termine" },
      ),
    ),
    checks: Type.Optional(
      Type.Record(Type.String({ pattern: "^[A-Z][A-Z0-9_]{2,39}$" }), ActCheck, {
        description: "I controlli dell'atto, per codice (lettere maiuscole, cifre e _)",
      }),
    ),
    example: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description:
          "Un atto di esempio, per le prove e le anteprime: i campi suoi e gli importi, come li scriverebbe una riga JSON, tra virgolette",
      }),
    ),
    model: VerbaleChanges,
    notice: Type.Optional(NoticeChanges),
  },
  { ...closed, description: "Un tipo di atto" },
);

/** A kind of act as a run carries it: the file, and its folder of texts. */
export type ActKind = Static<typeof ActFile> & {
  /** The name of its file. */
  readonly name: string;
  /** By name of the block, the text that its folder has for it. */
  readonly texts: Readonly<Record<string, string>>;
};
