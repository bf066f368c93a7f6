/** The `esiti:` part of an ente file: how the office's program is told what became of its verbali. */
import { Type, type Static } from "typebox";
import { SecretRef } from "../secret-ref.ts";

const closed = { additionalProperties: false } as const;

/** What a column may hold, by the names of the fields of a fact. */
export const esitiFields = [
  "progressivo",
  "corregge",
  "valido",
  "fatto",
  "numero",
  "protocollo",
  "registrazione",
  "iun",
  "destinatario",
  "data",
  "istante",
  "come",
  "importo",
  "importoCents",
  "codiceAvviso",
  "codice",
  "nota",
] as const;
export type EsitiField = (typeof esitiFields)[number];

export const EsitiSettings = Type.Object(
  {
    to: Type.Union([Type.Literal("file"), Type.Literal("webhook"), Type.Literal("database")], {
      default: "file",
      description:
        "file: un file per lotto in outbox/<ente>; webhook: una richiesta per lotto; database: una riga per fatto",
    }),
    format: Type.Union([Type.Literal("csv"), Type.Literal("xlsx"), Type.Literal("jsonl")], {
      default: "csv",
      description: "Con to: file, come è scritto il file",
    }),
    columns: Type.Optional(
      Type.Record(
        Type.String({ minLength: 1 }),
        Type.Unsafe<EsitiField>(Type.Union(esitiFields.map((field) => Type.Literal(field)))),
        {
          minProperties: 1,
          description:
            "Colonna del file o della tabella: campo del fatto (Data notifica: data); se manca, tutti i campi con il loro nome",
        },
      ),
    ),
    webhook: Type.Optional(
      Type.Object(
        {
          url: Type.String({
            pattern: "^https?://",
            remedy: "un indirizzo https://",
            description: "Dove inviare i lotti, con POST in JSON",
          }),
          secret: SecretRef,
        },
        { ...closed, description: "Con to: webhook; il segreto firma ogni richiesta" },
      ),
    ),
    database: Type.Optional(
      Type.Object(
        {
          url: SecretRef,
          table: Type.String({
            pattern: "^[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)?$",
            remedy: "lettere, cifre e _, con lo schema davanti se serve: gestionale.esiti",
            default: "postino_esiti",
            description: "Tabella che riceve le righe",
          }),
        },
        {
          ...closed,
          description:
            "Con to: database; il segreto è l'indirizzo con utente e password (postgres://, mysql://, sqlite://)",
        },
      ),
    ),
  },
  { ...closed, title: "Esiti per il gestionale" },
);
export type EsitiSettings = Static<typeof EsitiSettings>;
