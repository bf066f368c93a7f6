/** What is known of a notification that SEND accepted: the record `followed`, kept by the step `follow`. Titles are what operators read. */
import { Type, type Static } from "typebox";
import { ProofName } from "./evidence.ts";

/** By which rule the notification counts as done for a recipient. */
export const perfectionRules = [
  "digital",
  "digital-failure",
  "analog",
  "deposit",
  "untraceable",
  "viewed",
] as const;
export type PerfectionRule = (typeof perfectionRules)[number];

/** When and why the notification counts as done for one recipient. */
export const Perfezionamento = Type.Object(
  {
    /** ISO 8601 UTC, as the timeline says it; after a correction that of the new element. */
    at: Type.String({ title: "Istante" }),
    /** `YYYY-MM-DD`, Europe/Rome: the day from which the terms run. */
    day: Type.String({ title: "Perfezionata il" }),
    rule: Type.Unsafe<PerfectionRule>({
      type: "string",
      enum: [...perfectionRules],
      title: "Come",
    }),
    /** The timeline element that it follows from. */
    elementId: Type.String({ title: "Elemento di SEND" }),
    /** False: the term is only scheduled, and an access before it would come first. */
    isFinal: Type.Boolean({ title: "Definitiva" }),
  },
  { title: "Perfezionamento" },
);
export type Perfezionamento = Static<typeof Perfezionamento>;

/** What is derived from a notification, and falls with it. */
export const RedoKind = Type.Union([
  Type.Literal("terms", { title: "termini" }),
  Type.Literal("costs", { title: "costi" }),
  Type.Literal("evidence", { title: "prove" }),
  Type.Literal("reported", { title: "esiti al gestionale" }),
]);
export type RedoKind = Static<typeof RedoKind>;

/** A try to reach the recipient. */
export const DeliveryAttempt = Type.Object({
  channel: Type.Union(
    [
      Type.Literal("digital", { title: "digitale" }),
      Type.Literal("analog", { title: "posta" }),
      Type.Literal("simple-letter", { title: "raccomandata semplice" }),
    ],
    { title: "Canale" },
  ),
  at: Type.String({ title: "Quando" }),
  /** SEND's product (890, AR, RIR, RS, RIS) or kind of digital address (PEC, SERCQ). */
  product: Type.Optional(Type.String({ title: "Prodotto" })),
  outcome: Type.Optional(
    Type.Union(
      [Type.Literal("ok", { title: "riuscito" }), Type.Literal("ko", { title: "fallito" })],
      {
        title: "Esito",
      },
    ),
  ),
  /** Codes of SEND (deliveryDetailCode, deliveryFailureCause). */
  code: Type.Optional(Type.String({ title: "Codice" })),
  cause: Type.Optional(Type.String({ title: "Causa" })),
  registeredLetterCode: Type.Optional(Type.String({ title: "Raccomandata" })),
  /** Cents, without VAT. */
  costCents: Type.Optional(Type.Integer({ title: "Costo", minimum: 0 })),
  /** True: never printed, or nothing was told of it for so long that no outcome is waited for. */
  isStalled: Type.Optional(Type.Boolean({ title: "Senza più notizie" })),
});
export type DeliveryAttempt = Static<typeof DeliveryAttempt>;

/** How the notification stands for one recipient. */
export const FollowedRecipient = Type.Object({
  /** SEND's recIndex. */
  index: Type.Integer({ title: "Destinatario (da 0)", minimum: 0 }),
  perfezionamento: Type.Optional(Perfezionamento),
  /** First access of the recipient or a delegate, ISO 8601 UTC. */
  viewedAt: Type.Optional(Type.String({ title: "Primo accesso" })),
  /** Collected at a counter of the RADD network, ISO 8601 UTC. */
  collectedAt: Type.Optional(Type.String({ title: "Ritirata allo sportello" })),
  /** Found nowhere: deposit of the notice, ISO 8601 UTC. */
  untraceableAt: Type.Optional(Type.String({ title: "Irreperibile dal" })),
  deceasedAt: Type.Optional(Type.String({ title: "Deceduto, saputo il" })),
  /** `YYYY-MM-DD`: counted from the timeline by the rules of law, where that gives another day than SEND's. */
  otherDay: Type.Optional(Type.String({ title: "Secondo il conteggio dei termini" })),
  /** True: the notification was cancelled before it was perfected for this one, and never will be. */
  isCancelled: Type.Optional(Type.Boolean({ title: "Annullata prima del perfezionamento" })),
  /** The last route that SEND took: by PEC or SERCQ, by post. */
  channel: Type.Optional(
    Type.Union(
      [Type.Literal("digital", { title: "digitale" }), Type.Literal("analog", { title: "posta" })],
      { title: "Canale" },
    ),
  ),
  attempts: Type.Array(DeliveryAttempt, { title: "Tentativi" }),
});
export type FollowedRecipient = Static<typeof FollowedRecipient>;

/** Added by follow, and kept in the register as `followed`: what SEND says of the notification now. */
export const Followed = Type.Object(
  {
    /** SEND's word. */
    status: Type.String({ title: "Stato su SEND" }),
    /** When SEND took it in charge (REQUEST_ACCEPTED), ISO 8601 UTC. */
    acceptedAt: Type.Optional(Type.String({ title: "Accettata il" })),
    cancelledAt: Type.Optional(Type.String({ title: "Annullata il" })),
    recipients: Type.Array(FollowedRecipient, { title: "Destinatari" }),
    /** Corrections by SEND, oldest first: what they took back. */
    corrections: Type.Array(
      Type.Object({
        at: Type.String({ title: "Corretta il" }),
        recipient: Type.Integer({ title: "Destinatario (da 0)", minimum: 0 }),
        invalidated: Type.Array(Type.String(), { title: "Elementi non più validi" }),
        /** SEND's id of the correction. */
        elementId: Type.Optional(Type.String({ title: "Elemento di SEND" })),
        /** What held before it; absent: nothing was known. */
        before: Type.Optional(Perfezionamento),
        /** Kinds of record of the register that do not hold any more as they were. */
        redo: Type.Optional(Type.Array(RedoKind, { title: "Da rifare" })),
      }),
      { title: "Correzioni" },
    ),
    /** Italian sentences for a person; absent: there is nothing to look at. */
    warnings: Type.Optional(Type.Array(Type.String(), { title: "Avvertenze", minItems: 1 })),
    /** The files that the timeline names; absent in records of before. */
    proofs: Type.Optional(Type.Array(ProofName, { title: "Prove su SEND" })),
  },
  { title: "Seguito della notifica" },
);
export type Followed = Static<typeof Followed>;
