/** The `conservazione:` part of an ente file: what the preservation system must be told of each document. */
import { Type, type Static } from "typebox";
import { SecretRef } from "../secret-ref.ts";

const text = (description: string) => Type.Optional(Type.String({ minLength: 1, description }));

/** Where packages go instead of a folder. */
export const SftpSettings = Type.Object(
  {
    host: Type.String({
      pattern: "^[A-Za-z0-9._-]+$|^[0-9a-fA-F:]+$",
      description: "Nome o indirizzo del server del conservatore",
    }),
    port: Type.Integer({ minimum: 1, maximum: 65_535, default: 22, description: "Porta" }),
    user: Type.String({ minLength: 1, description: "Utente" }),
    hostKey: Type.String({
      pattern: "^SHA256:[A-Za-z0-9+/]{43}=?$",
      remedy: "l'impronta che dice ssh-keygen -lf: SHA256: e 43 caratteri",
      description: "Impronta della chiave del server, che il conservatore comunica",
    }),
    key: Type.Optional(SecretRef),
    password: Type.Optional(SecretRef),
    folder: Type.String({
      default: ".",
      description: "Cartella del server in cui stanno da-versare e rapporti",
    }),
  },
  {
    additionalProperties: false,
    description: "I pacchetti vanno a un server SFTP, con chiave privata o password (segreti)",
  },
);
export type SftpSettings = Static<typeof SftpSettings>;

export const ConservazioneSettings = Type.Object(
  {
    active: Type.Boolean({
      default: false,
      description: "true: i pacchetti di versamento si preparano da soli",
    }),
    folder: text(
      "Cartella in cui il conservatore li prende; se manca, outbox/<ente>/conservazione nella cartella dei dati",
    ),
    sftp: Type.Optional(SftpSettings),
    atLatest: Type.Integer({
      minimum: 1,
      maximum: 120,
      default: 60,
      description:
        "Dopo quanti giorni dall'accettazione versare comunque, anche se una prova manca ancora",
    }),
    alarmAfter: Type.Integer({
      minimum: 1,
      maximum: 365,
      default: 90,
      description: "Dopo quanti giorni dal versamento senza rapporto avvisare",
    }),
    tipologia: Type.String({
      default: "Verbale di violazione del codice della strada",
      description: "Tipologia documentale",
    }),
    tempoConservazione: text("Anni di conservazione secondo il piano dell'ente, o permanente"),
    classificazione: text("Indice di classificazione del titolario"),
    descrizioneClassificazione: text("Descrizione della voce del titolario"),
    pianoClassificazione: text("Indirizzo del piano di classificazione"),
    codiceIpa: text("Codice IPA dell'ente"),
    codiceAoo: text("Codice IPA dell'area organizzativa omogenea"),
    riservato: Type.Boolean({ default: true, description: "Documenti riservati" }),
    // Source: UNI 11386:2020, from memory: to be checked with the preservation system.
    namespaceIndice: Type.String({
      default: "http://www.uni.com/U3011/sincro-v2/",
      description: "Spazio dei nomi dell'indice SInCRO che il conservatore vuole",
    }),
  },
  { title: "Conservazione a norma", additionalProperties: false },
);
export type ConservazioneSettings = Static<typeof ConservazioneSettings>;
