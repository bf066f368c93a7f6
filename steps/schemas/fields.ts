/** The fields that travel: what each step adds to an item and a later one reads; titles are what operators read. */
import { Type, type Static } from "typebox";
import { notificationStatuses, notificationStatusWord } from "../../integrations/send/port.ts";
import { Indirizzo, Verbale } from "./verbale.ts";

/** A stored file of an item. */
export const FileRef = Type.Object({
  name: Type.String({ description: "File name as a person sees it" }),
  sha256: Type.String({ pattern: "^[0-9a-f]{64}$", description: "Of the stored blob" }),
  bytes: Type.Integer({ minimum: 0 }),
});
export type FileRef = Static<typeof FileRef>;

export const VerbaleField = Type.Object({ verbale: Verbale });

/** The numbers of other verbali of the same flusso, at most three of each. */
export const Neighbours = Type.Object(
  {
    similar: Type.Optional(
      Type.Array(Type.String(), {
        title: "Verbali simili",
        description: "Con lo stesso destinatario, targa, giorno e ora",
      }),
    ),
    sameViolation: Type.Optional(
      Type.Array(Type.String(), {
        title: "Verbali della stessa violazione",
        description: "Con lo stesso destinatario, targa, giorno, ora e articolo",
      }),
    ),
    sameHour: Type.Optional(
      Type.Array(Type.String(), {
        title: "Verbali della stessa ora",
        description: "Della velocità dello stesso veicolo, a non più di un'ora",
      }),
    ),
    sameReason: Type.Optional(
      Type.Integer({ title: "Altri verbali con lo stesso motivo di mancata contestazione" }),
    ),
    sameProtocol: Type.Optional(
      Type.Array(Type.String(), { title: "Verbali con lo stesso protocollo" }),
    ),
    samePosition: Type.Optional(
      Type.Array(Type.String(), {
        title: "Verbali con la stessa posizione",
        description: "Con una stessa posizione da annullare",
      }),
    ),
  },
  { title: "Nello stesso flusso" },
);
export type Neighbours = Static<typeof Neighbours>;

/** Cells of the flusso that were taken whole, because they can be taken apart in more than one way. */
export const Doubts = Type.Array(
  Type.Object({
    kind: Type.Union(
      [
        Type.Literal("name", { title: "nome" }),
        Type.Literal("street", { title: "via" }),
        Type.Literal("town", { title: "comune" }),
        Type.Literal("type", { title: "tipo" }),
      ],
      { title: "Che cosa" },
    ),
    header: Type.Union([Type.String(), Type.Null()], { title: "Colonna" }),
    why: Type.String({ title: "Perché" }),
  }),
  { title: "Letture in dubbio" },
);
export type Doubts = Static<typeof Doubts>;

/** Added by load-verbali: the verbale, and beside it what others of its flusso say of it and what its row leaves in doubt, which is no part of what it is. */
export const ReadVerbaleField = Type.Object({
  verbale: Verbale,
  neighbours: Type.Optional(Neighbours),
  doubts: Type.Optional(Doubts),
});

/** Added by validate: what was settled about the recipient, and what should be looked at. */
export const Validation = Type.Object(
  {
    /** `YYYY-MM-DD`, Europe/Rome. */
    checkedOn: Type.String({ title: "Controllato il" }),
    /** 16 or 11 characters, upper case, checked. */
    taxId: Type.String({ title: "Codice fiscale controllato" }),
    /** As it is printed and sent: at most 88 characters of Latin-1. */
    denomination: Type.String({ title: "Denominazione inviata" }),
    /** As it is printed and sent: Latin-1, sigla in capitals, no blank fields. */
    address: Indirizzo,
    /** Last day for the notification, `YYYY-MM-DD`; absent: the kind of act has no term. */
    notifyBy: Type.Optional(Type.String({ title: "Da notificare entro" })),
    /** Of the other recipients, in their order: what the first fields say of the first. */
    others: Type.Optional(
      Type.Array(
        Type.Object({
          taxId: Type.String({ title: "Codice fiscale controllato" }),
          denomination: Type.String({ title: "Denominazione inviata" }),
          address: Indirizzo,
        }),
        { title: "Altri destinatari" },
      ),
    ),
    /** Italian sentences; empty when there is nothing to say. */
    warnings: Type.Array(Type.String(), { title: "Avvertenze" }),
    /** What rejects it wherever it would go further; absent: nothing. */
    faults: Type.Optional(
      Type.Array(
        Type.Object({
          code: Type.String({ title: "Codice" }),
          text: Type.String({ title: "Difetto" }),
        }),
        {
          title: "Difetti",
          minItems: 1,
        },
      ),
    ),
    /** The rows that SEND prints on the envelope, cut at 44 characters; those that hold nothing are left out. */
    printedRows: Type.Optional(Type.Array(Type.String(), { title: "Riga sulla busta" })),
    /** True: the ente lets several verbali share a protocol; absent: transmit refuses the second. */
    isProtocolShared: Type.Optional(Type.Boolean({ title: "Protocollo comune a più verbali" })),
    /** True: the ente lets one violation be notified under several numbers; absent: transmit refuses the second. */
    isViolationShared: Type.Optional(Type.Boolean({ title: "Violazione comune a più verbali" })),
  },
  { title: "Controlli" },
);
export type Validation = Static<typeof Validation>;
export const ValidationField = Type.Object({ validation: Validation });

/** Added by register: the verbale stands in the register of those that are to be notified. */
export const Registration = Type.Object(
  {
    outcome: Type.Union(
      [
        Type.Literal("new", { title: "nuovo" }),
        Type.Literal("changed", { title: "dati nuovi" }),
        Type.Literal("same", { title: "già registrato" }),
      ],
      { title: "Esito" },
    ),
    /** Italian: where it stands. */
    standing: Type.String({ title: "Nel registro" }),
  },
  { title: "Registro" },
);
export type Registration = Static<typeof Registration>;
export const RegisteredField = Type.Object({ registered: Registration });

/** One way to pay: `discounted` within 5 days, `reduced` from the 6th to the 60th (or the only one). */
export const PaymentOption = Type.Object({
  kind: Type.Union(
    [
      Type.Literal("discounted", { title: "scontato" }),
      Type.Literal("reduced", { title: "ridotto" }),
    ],
    { title: "Importo" },
  ),
  /** 17 digits. */
  iuv: Type.String({ title: "IUV" }),
  /** 18 digits. */
  noticeCode: Type.String({ title: "Codice avviso" }),
  amountCents: Type.Integer({ title: "Da pagare", minimum: 1 }),
  /** Of the recipient whose it is, from 1; absent: the first, number 0. */
  recipient: Type.Optional(Type.Integer({ title: "Destinatario (da 0)", minimum: 1 })),
  /** The position of that recipient; absent: that of the payment. */
  ref: Type.Optional(Type.String({ title: "Posizione" })),
});
export type PaymentOption = Static<typeof PaymentOption>;

/** A position by the names that the payment system knows it by. */
export const PositionName = Type.Object({
  ref: Type.Optional(Type.String({ title: "Posizione" })),
  iupd: Type.Optional(Type.String({ title: "IUPD" })),
  idPendenza: Type.Optional(Type.String({ title: "Pendenza" })),
  noticeCode: Type.Optional(Type.String({ title: "Codice avviso" })),
});
export type PositionName = Static<typeof PositionName>;

/** Added by reset-iuv: the open position with its fresh codes, in the order discounted, reduced. */
export const Payment = Type.Object(
  {
    /** The position's name on the payment system (IUPD, idPendenza). */
    ref: Type.String({ title: "Posizione" }),
    /** 11 digits. */
    creditorTaxId: Type.String({ title: "Ente creditore" }),
    /** None: the verbale may not be settled, and there is no position. With several recipients those of each, in their order. */
    options: Type.Array(PaymentOption, { title: "Modi di pagare", maxItems: 30 }),
    /** The positions that were there before and can no longer be paid; absent: there were none. */
    cancelled: Type.Optional(
      Type.Array(PositionName, { title: "Posizioni annullate", minItems: 1 }),
    ),
    /** Italian sentences; absent: there is nothing to look at. */
    warnings: Type.Optional(Type.Array(Type.String(), { title: "Avvertenze", minItems: 1 })),
  },
  { title: "Pagamento" },
);
export type Payment = Static<typeof Payment>;
export const PaymentField = Type.Object({ payment: Payment });

/** A PDF of one verbale. */
export const DocumentFile = Type.Object({
  role: Type.Union([Type.Literal("verbale"), Type.Literal("notice")]),
  /** On a notice: the code that it carries (both, when one page shows both amounts). */
  noticeCodes: Type.Optional(Type.Array(Type.String())),
  pages: Type.Integer({ minimum: 1 }),
  /** Of an act that was drawn: until when it says that it may be appealed against, as it says it. */
  appeals: Type.Optional(
    Type.Record(
      Type.String(),
      Type.Object({ days: Type.Integer(), daysAbroad: Type.Integer(), source: Type.String() }),
    ),
  ),
  /** Of an act that the gestionale made: the file as it came. */
  source: Type.Optional(
    Type.Object({
      name: Type.String(),
      sha256: Type.String(),
      isConverted: Type.Boolean(),
      warnings: Type.Array(Type.String()),
    }),
  ),
  ...FileRef.properties,
});
export type DocumentFile = Static<typeof DocumentFile>;

/** Added by render. */
export const DocumentsField = Type.Object({
  documents: Type.Array(DocumentFile, { title: "Documenti", minItems: 1 }),
});

/** Added by protocol. */
export const Protocolled = Type.Object(
  {
    /** `41877/2026`; given in the flusso, as it stands there. */
    number: Type.String({ title: "Numero di protocollo" }),
    /** `YYYY-MM-DD`; absent: nobody said so. */
    day: Type.Optional(Type.String({ title: "Protocollato il" })),
    source: Type.Union(
      [
        Type.Literal("docarea", { title: "programma di protocollo" }),
        Type.Literal("file", { title: "ufficio protocollo" }),
        Type.Literal("flusso", { title: "flusso" }),
        Type.Literal("person", { title: "scritto da una persona" }),
      ],
      { title: "Dato da" },
    ),
    documentId: Type.Optional(Type.String({ title: "Documento nel protocollo" })),
    /** Numbers that earlier rounds of this verbale were given. */
    earlier: Type.Optional(
      Type.Array(Type.String({ title: "Numero" }), { title: "Numeri precedenti", minItems: 1 }),
    ),
  },
  { title: "Protocollo" },
);
export type Protocolled = Static<typeof Protocolled>;
export const ProtocolledField = Type.Object({ protocolled: Protocolled });

/** Added by sign: the same files, signed, in the same order. */
export const SignedDocumentsField = Type.Object({
  signedDocuments: Type.Array(DocumentFile, { title: "Documenti firmati", minItems: 1 }),
});

/** Added by zip: where the verbale's files lie in the archive. */
export const Archive = Type.Object(
  {
    archive: FileRef,
    /** Folder or prefix inside the archive. */
    folder: Type.String(),
  },
  { title: "Archivio" },
);
export const ArchiveField = Type.Object({ archive: Archive });

/** Added by transmit (and by load-open-notifications): SEND took the request in charge, which is not acceptance. */
export const Notification = Type.Object(
  {
    notificationRequestId: Type.String({ title: "Token" }),
    protocol: Type.String({ title: "Protocollo" }),
    idempotenceToken: Type.String({ title: "Chiave di idempotenza" }),
    /** ISO 8601 UTC. */
    sentAt: Type.String({ title: "Inviata il" }),
    /** Italian sentences; absent: there is nothing to look at. */
    warnings: Type.Optional(Type.Array(Type.String(), { title: "Avvertenze", minItems: 1 })),
  },
  { title: "Notifica" },
);
export type Notification = Static<typeof Notification>;
export const NotificationField = Type.Object({ notification: Notification });

// Source: pn-delivery OpenAPI, IUN.
export const iunPattern = "^[A-Z]{4}-[A-Z]{4}-[A-Z]{4}-[0-9]{6}-[A-Z]-[0-9]$";

/** Added by import-iun: SEND accepted the notification. */
export const IunField = Type.Object({ iun: Type.String({ title: "IUN", pattern: iunPattern }) });

const statuses = notificationStatuses.map((status) =>
  Type.Literal(status, { title: notificationStatusWord(status) }),
);

/** SEND's word, shown in Italian; one that is not known here stands as it came. */
export function buildStatusField(title: string) {
  return Type.Unsafe<string>(Type.Union([...statuses, Type.String()], { title }));
}

/** Added by read-notification: what SEND says of a notification. */
export const SentNotificationField = Type.Object({
  sentNotification: Type.Object(
    {
      protocol: Type.String({ title: "Protocollo" }),
      /** ISO 8601 UTC. */
      sentAt: Type.String({ title: "Inviata il" }),
      /** SEND's word: ACCEPTED, DELIVERING, VIEWED, …; one that is not known here stands as it came. */
      status: buildStatusField("Stato allora"),
    },
    { title: "Notifica su SEND" },
  ),
});
export type SentNotificationFields = Static<typeof SentNotificationField>;

/** Added by cancel-notification. */
export const CancellationField = Type.Object({
  /** When SEND was seen to have cancelled it, ISO 8601 UTC. */
  cancelledAt: Type.String({ title: "Annullata il" }),
});

/** Added by load-cancelled-positions: what reset-iuv cancelled in earlier runs. */
export const CancelledField = Type.Object({
  cancelledPositions: Type.Array(PositionName, { title: "Posizioni annullate", minItems: 1 }),
});

/** Added by check-receipts. */
export const ReceiptsField = Type.Object({
  /** `unknown`: the payment system cannot tell. */
  receipts: Type.Union(
    [Type.Literal("none", { title: "nessuno" }), Type.Literal("unknown", { title: "non si sa" })],
    { title: "Pagamenti sulle posizioni annullate" },
  ),
});
export type Receipts = Static<typeof ReceiptsField>;
