/** The `signing:` part of an ente file: its signers by name. */
import { Type, type Static } from "typebox";
import { SecretRef } from "../secret-ref.ts";

const closed = { additionalProperties: false } as const;

/** One signer: a key file, or a remote signature service. */
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
          chunk: Type.Integer({ minimum: 1, default: 500, description: "Firme per chiamata" }),
        },
        closed,
      ),
    ),
  },
  closed,
);
export type SignerSettings = Static<typeof SignerSettings>;

export const SigningSettings = Type.Object(
  { signers: Type.Record(Type.String(), SignerSettings, { description: "Firmatari per nome" }) },
  closed,
);
export type SigningSettings = Static<typeof SigningSettings>;
