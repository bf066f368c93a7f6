/** A secret's name in an ente file: `{ secret: SEND_API_KEY }`; the value comes from the environment or the secrets folder. */
import { Type, type Static } from "typebox";

export const SecretRef = Type.Object(
  {
    secret: Type.String({
      pattern: "^[A-Z][A-Z0-9_]*$",
      own: true,
      description: "Nome della variabile d'ambiente o del file nella cartella dei segreti",
    }),
  },
  { additionalProperties: false },
);
export type SecretRef = Static<typeof SecretRef>;
