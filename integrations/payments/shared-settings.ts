/** What the `payments:` part of an ente file says whatever the payment system is. */
import { Type, type Static } from "typebox";
import { SecretRef } from "../secret-ref.ts";

/** `remedy` is what `check` says where the pattern does not fit. */
const italianIban = {
  own: true,
  pattern: "^IT[0-9]{2}[A-Z][0-9]{10}[A-Z0-9]{12}$",
  remedy:
    "un IBAN italiano ha 27 caratteri, senza spazi: IT, due cifre, una lettera maiuscola, dieci cifre, dodici tra cifre e lettere maiuscole",
} as const;

/** Fields that more than one payment system reads, or the notice. */
export const sharedFields = {
  baseUrl: Type.Optional(
    Type.String({
      pattern: "^https?://",
      description:
        "Indirizzo del servizio: per GPD senza /organizations, per GovPay senza /pendenze; con adapter file non serve",
    }),
  ),
  priceService: Type.Optional(
    Type.Object(
      { apiKey: SecretRef },
      {
        additionalProperties: false,
        description:
          "Chi incassa chiede al pagamento le spese di notifica a Postino (GET /prezzo/{codice fiscale}/{codice avviso}) con questa chiave",
      },
    ),
  ),
  segregationCode: Type.String({
    own: true,
    pattern: "^[0-9]{2}$",
    description: "Codice di segregazione assegnato da PagoPA, tra virgolette",
  }),
  iban: Type.Optional(
    Type.String({
      ...italianIban,
      description: "IBAN di accredito, registrato sulla piattaforma; con adapter file non serve",
    }),
  ),
  postalIban: Type.Optional(
    Type.String({
      ...italianIban,
      description: "IBAN del conto postale, se la posizione deve portarlo",
    }),
  ),
  postalAccount: Type.Optional(
    Type.String({
      own: true,
      pattern: "^[0-9]{1,12}$",
      remedy: "scrivi le sole cifre del conto, al massimo 12, tra virgolette",
      description: "Conto corrente postale, tra virgolette: aggiunge il bollettino Poste",
    }),
  ),
  postalAccountHolder: Type.Optional(
    Type.String({ maxLength: 50, description: "Intestatario del conto postale" }),
  ),
  postalAuthorization: Type.Optional(
    Type.String({ description: "Autorizzazione di Poste alla stampa in proprio" }),
  ),
  category: Type.String({
    default: "9/0101108TS/",
    description: "Tassonomia pagoPA del versamento",
  }),
  cbill: Type.Optional(
    Type.String({
      pattern: "^[A-Z0-9]{5}$",
      remedy: "il codice CBILL ha 5 caratteri, cifre e lettere maiuscole",
      description: "Codice CBILL (SIA)",
    }),
  ),
  companyName: Type.Optional(
    Type.String({
      maxLength: 140,
      description: "Nome del creditore sulla posizione; se manca, il nome dell'ente",
    }),
  ),
  firstNumber: Type.Integer({
    minimum: 1,
    // The base of a notice code has 13 digits.
    maximum: 9_999_999_999_999,
    default: 1,
    description: "Primo progressivo degli IUV",
  }),
  emission: Type.Optional(
    Type.Object(
      {
        year: Type.Integer({
          minimum: 2000,
          maximum: 2100,
          description: "Anno di emissione",
        }),
        number: Type.String({
          minLength: 1,
          maxLength: 20,
          description: "Numero di emissione, tra virgolette",
        }),
      },
      {
        additionalProperties: false,
        description:
          "Emissione presso il gestore dei pagamenti: va nelle richieste su file e, per GovPay, l'anno di riferimento",
      },
    ),
  ),
  requestsPerSecond: Type.Optional(
    Type.Number({
      minimum: 1,
      description:
        "Chiamate al secondo verso il sistema dei pagamenti; se manca, 9 con GPD (che ne ammette 100 in 10 secondi per chiave), 100 con GovPay",
    }),
  ),
};
const SharedSettings = Type.Object(sharedFields);
export type SharedSettings = Static<typeof SharedSettings>;

/** Settings of an ente whose payment system answers over the network: an address and an account are there. */
export interface OnlineSettings extends SharedSettings {
  readonly baseUrl: string;
  readonly iban: string;
}
