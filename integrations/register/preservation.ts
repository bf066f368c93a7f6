/** What was handed to the preservation system of a notification: the record `preservation`, kept by the step `preserve`. Titles are what operators read. */
import { Type, type Static } from "typebox";

/** The preservation system's own word on a package. */
export const DepositReport = Type.Object(
  {
    /** Name of its file. */
    name: Type.String({ title: "Rapporto di versamento" }),
    sha256: Type.String({ title: "Impronta del rapporto" }),
    /** When we read it, ISO 8601 UTC. */
    readAt: Type.String({ title: "Letto il" }),
    /** Files of the package whose digest it does not bear. */
    lacking: Type.Array(Type.String(), { title: "File non attestati" }),
  },
  { title: "Rapporto di versamento" },
);
export type DepositReport = Static<typeof DepositReport>;

/** One submission package (PdV): the first has the act, later ones what came after. */
export const DepositPackage = Type.Object({
  /** `<IUN>-1`. */
  id: Type.String({ title: "Pacchetto" }),
  /** ISO 8601 UTC. */
  madeAt: Type.String({ title: "Preparato il" }),
  /** When it lay where the preservation system takes it; absent: not yet. */
  deliveredAt: Type.Optional(Type.String({ title: "Versato il" })),
  files: Type.Array(
    Type.Object({
      path: Type.String({ title: "File" }),
      sha256: Type.String({ title: "Impronta" }),
      bytes: Type.Integer({ title: "Byte", minimum: 0 }),
    }),
    { title: "File" },
  ),
  report: Type.Optional(DepositReport),
});
export type DepositPackage = Static<typeof DepositPackage>;

export const Preservation = Type.Object(
  {
    /** `off`: the ente has no preservation set; `early`: it is not time; `sent`: no report yet; `faulty`: the report lacks something. */
    state: Type.Union(
      [
        Type.Literal("off", { title: "non impostata" }),
        Type.Literal("early", { title: "da versare" }),
        Type.Literal("sent", { title: "versata, senza rapporto" }),
        Type.Literal("faulty", { title: "rapporto incompleto" }),
        Type.Literal("preserved", { title: "conservata" }),
      ],
      { title: "Conservazione" },
    ),
    packages: Type.Array(DepositPackage, { title: "Pacchetti di versamento" }),
  },
  { title: "Conservazione a norma" },
);
export type Preservation = Static<typeof Preservation>;
