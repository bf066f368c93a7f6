/** The `alerts:` part of an ente file: who is told when something wants a person. */
import { Type, type Static } from "typebox";
import { SecretRef } from "../secret-ref.ts";
import { mailAddress } from "./port.ts";

const closed = { additionalProperties: false } as const;

const Address = Type.String({
  pattern: `^${mailAddress}$`,
  maxLength: 254,
  remedy: "un indirizzo solo, senza nome: ced@comune.example",
  description: "Indirizzo di posta",
});

/** Where a signed request goes for each message. */
export const WebhookSettings = Type.Object(
  {
    url: Type.String({
      pattern: "^https://|^http://(?:localhost|127\\.\\d+\\.\\d+\\.\\d+|\\[::1\\])(?:[:/]|$)",
      remedy: "un indirizzo https://",
      description: "Dove inviare ogni avviso, con POST in JSON",
    }),
    secret: SecretRef,
  },
  {
    ...closed,
    description: "Richiesta firmata come vuole Standard Webhooks; il segreto comincia con whsec_",
  },
);
export type WebhookSettings = Static<typeof WebhookSettings>;

/** Shared by an ente's file and by the file of the installation. */
export const recipientFields = {
  to: Type.Optional(
    Type.Array(Address, { description: "Chi riceve un messaggio per ogni causa e giorno" }),
  ),
  webhook: Type.Optional(WebhookSettings),
  digest: Type.Optional(
    Type.Object(
      {
        at: Type.String({
          pattern: "^([01]\\d|2[0-3]):[0-5]\\d$",
          default: "07:30",
          remedy: 'ore e minuti tra virgolette: "07:30"',
          description: "A che ora, in Italia",
        }),
        to: Type.Array(Address, { minItems: 1, description: "Chi lo riceve" }),
      },
      { ...closed, description: "Il riepilogo di ogni mattina, per chi lo vuole" },
    ),
  ),
  expiries: Type.Optional(
    Type.Array(
      Type.Object(
        {
          what: Type.String({
            minLength: 1,
            maxLength: 120,
            description: "Che cosa scade, come lo chiama chi lo rinnova: chiave API di SEND",
          }),
          on: Type.String({
            pattern: "^\\d{4}-\\d{2}-\\d{2}$",
            remedy: "scrivi la data come AAAA-MM-GG, tra virgolette",
            description: "Ultimo giorno in cui vale, AAAA-MM-GG",
          }),
        },
        closed,
      ),
      { description: "Scadenze che Postino non può leggere da sé: chiavi, deleghe, convenzioni" },
    ),
  ),
};

export const AlertsSettings = Type.Object(recipientFields, { ...closed, title: "Avvisi" });
export type AlertsSettings = Static<typeof AlertsSettings>;
