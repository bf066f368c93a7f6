/** What proves a notification: the record `evidence`, kept by the step of that name. Titles are what operators read. */
import { Type, type Static } from "typebox";

/** A file of SEND that is to be kept: attestations, receipts, scans, the notice of deposit. */
export const ProofName = Type.Object({
  /** SEND's name of the file. */
  id: Type.String({ title: "Nome su SEND" }),
  /** SENDER_ACK, DIGITAL_DELIVERY, …; AAR for the notice of deposit. */
  category: Type.String({ title: "Che cos'è" }),
  /** Kind of a scan: AR, Plico, 23L, ARCAD, …. */
  kind: Type.Optional(Type.String({ title: "Tipo" })),
  /** The timeline element that it belongs to. */
  elementId: Type.String({ title: "Elemento di SEND" }),
  /** SEND's recIndex. */
  recipient: Type.Optional(Type.Integer({ title: "Destinatario", minimum: 0 })),
  /** The registered letter of the element; absent: it names none. */
  letter: Type.Optional(Type.String({ title: "Raccomandata" })),
  /** When the element happened, ISO 8601 UTC. */
  at: Type.String({ title: "Del" }),
  /** SEND took the element back: what it attests does not hold. */
  isInvalid: Type.Optional(Type.Boolean({ title: "Non più valido" })),
});
export type ProofName = Static<typeof ProofName>;

/** A proof as it was kept. */
export const KeptProof = Type.Object({
  ...ProofName.properties,
  name: Type.String({ title: "File" }),
  sha256: Type.String({ title: "Impronta", pattern: "^[0-9a-f]{64}$" }),
  bytes: Type.Integer({ title: "Byte", minimum: 0 }),
  /** ISO 8601 UTC. */
  keptAt: Type.String({ title: "Conservato il" }),
  /** Italian sentence: what it attests was changed before it came, or is about another letter. */
  warning: Type.Optional(Type.String({ title: "Da controllare" })),
});
export type KeptProof = Static<typeof KeptProof>;

export const Evidence = Type.Object(
  {
    kept: Type.Array(KeptProof, { title: "Prove conservate" }),
    /** Those that SEND has not handed over yet. */
    missing: Type.Array(ProofName, { title: "Prove da scaricare" }),
    /** Last day on which SEND surely has the documents, `YYYY-MM-DD`; absent while it is not known. */
    until: Type.Optional(Type.String({ title: "Su SEND fino al" })),
  },
  { title: "Prove della notifica" },
);
export type Evidence = Static<typeof Evidence>;
