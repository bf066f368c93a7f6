/** The `signing:` part of an ente file: its signers by name. */
import { Type, type Static } from "typebox";
import { SecretRef } from "../secret-ref.ts";

const closed = { additionalProperties: false } as const;

/** One signer: a key file, a remote signature service, or a person who signs elsewhere and uploads. */
export const SignerSettings = Type.Object(
  {
    name: Type.Optional(
      Type.String({ description: "Nome e qualifica, come appaiono all'operatore" }),
    ),
    pkcs12: Type.Optional(
      Type.Object(
        {
          file: Type.String({ description: "File .p12 o .pfx, relativo al file dell'ente" }),
          password: SecretRef,
        },
        closed,
      ),
    ),
    csc: Type.Optional(
      Type.Object(
        {
          version: Type.Union([Type.Literal("1"), Type.Literal("2")], {
            default: "2",
            description: "Versione delle API CSC",
          }),
          baseUrl: Type.String({
            pattern: "^https?://",
            description: "Indirizzo fino a /csc/v2 compreso",
          }),
          clientId: Type.String({ description: "Identificativo OAuth2" }),
          clientSecret: SecretRef,
          credentialId: Type.String({ description: "Credenziale di firma" }),
          pin: Type.Optional(SecretRef),
          tokenUrl: Type.Optional(
            Type.String({
              pattern: "^https?://",
              description: "Indirizzo OAuth2 del token, se non è <baseUrl>/oauth2/token",
            }),
          ),
          chunk: Type.Integer({ minimum: 1, default: 500, description: "Firme per chiamata" }),
        },
        closed,
      ),
    ),
    upload: Type.Optional(
      Type.Object(
        {
          codiceFiscale: Type.Optional(
            Type.String({
              pattern: "^[A-Z0-9]{16}$",
              remedy: "servono i 16 caratteri del codice fiscale, in maiuscole",
              description: "Codice fiscale del firmatario, come nel certificato di firma",
            }),
          ),
        },
        { ...closed, description: "Firma altrove e carica i PDF firmati" },
      ),
    ),
  },
  closed,
);
export type SignerSettings = Static<typeof SignerSettings>;

export const SigningSettings = Type.Object(
  {
    signers: Type.Record(Type.String(), SignerSettings, { description: "Firmatari per nome" }),
    trust: Type.Optional(
      Type.String({
        description:
          "Cartella con le autorità ammesse per i file caricati (certificati, liste di fiducia .xml) e gli elenchi di revoche (.crl), relativa al file dell'ente",
      }),
    ),
    timestamp: Type.Optional(
      Type.Object(
        {
          url: Type.String({
            pattern: "^https?://",
            description: "Indirizzo del servizio di marcatura temporale (RFC 3161)",
          }),
          username: Type.Optional(Type.String({ description: "Nome utente, se richiesto" })),
          password: Type.Optional(SecretRef),
        },
        {
          ...closed,
          description: "Se presente, ogni firma riceve una marca temporale (PAdES B-T)",
        },
      ),
    ),
  },
  { ...closed, title: "Firma" },
);
export type SigningSettings = Static<typeof SigningSettings>;
