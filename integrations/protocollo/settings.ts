/** The `protocollo:` part of an ente file: who gives a verbale its protocol number. */
import { Type, type Static } from "typebox";
import { SecretRef } from "../secret-ref.ts";

const closed = { additionalProperties: false } as const;

/** The office's protocol program, asked by DOCAREA (WSPROTO). */
export const DocareaSettings = Type.Object(
  {
    url: Type.String({
      pattern: "^https?://",
      description: "Indirizzo del servizio DOCAREA del programma di protocollo",
    }),
    codiceEnte: Type.String({
      minLength: 1,
      description: "Codice dell'ente per l'accesso (strCodEnte)",
    }),
    username: Type.String({ minLength: 1, description: "Utente (strUserName)" }),
    password: SecretRef,
    codiceAmministrazione: Type.String({ minLength: 1, description: "Codice IPA dell'ente" }),
    codiceAoo: Type.String({ minLength: 1, description: "Codice dell'area organizzativa" }),
    titolario: Type.Optional(
      Type.String({ minLength: 1, description: "Voce del titolario (CodiceTitolario)" }),
    ),
    applicativo: Type.String({
      minLength: 1,
      default: "POSTINO",
      description: "Nome dell'applicativo, come il programma di protocollo lo conosce",
    }),
    parametri: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description: "Parametri propri del programma (ApplicativoProtocollo), per nome",
      }),
    ),
    // Source: the WSDL that vendors publish, from memory: to be confirmed with the vendor.
    namespace: Type.String({
      minLength: 1,
      default: "http://tempuri.org/",
      description: "Spazio dei nomi delle chiamate, come nel WSDL del fornitore",
    }),
  },
  closed,
);
export type DocareaSettings = Static<typeof DocareaSettings>;

export const ProtocolloSettings = Type.Object(
  {
    oggetto: Type.String({
      minLength: 1,
      maxLength: 200,
      pattern: "^[^\\r\\n]*$",
      remedy: "scrivilo su una sola riga",
      default: "Verbale di violazione al Codice della Strada n. {numero}",
      description: "Oggetto nel protocollo; {numero}: il numero del verbale. Senza dati personali",
    }),
    docarea: Type.Optional(DocareaSettings),
    folder: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          "Senza docarea: cartella dei CSV scambiati con l'ufficio protocollo; se manca, outbox/<ente>/protocollo nella cartella dei dati",
      }),
    ),
  },
  { ...closed, title: "Protocollo" },
);
export type ProtocolloSettings = Static<typeof ProtocolloSettings>;
