/** One traffic fine as it comes in: the field that `load-verbali` adds and that most steps read. */
import { Type, type Static } from "typebox";

const text = (description: string) => Type.String({ description });
const optional = (description: string) => Type.Optional(Type.String({ description }));
const cents = (description: string) => Type.Integer({ minimum: 0, description });

/** Postal address of the recipient. */
export const Indirizzo = Type.Object({
  via: text("Qualificatore e nome della strada, senza numero civico"),
  civico: optional("Numero civico con esponente, `KM 12` oppure `SNC`"),
  presso: optional("Presso chi si trova il destinatario"),
  dettagli: optional("Scala, interno, colore, casella postale"),
  cap: text("Cinque cifre"),
  comune: text("Comune"),
  frazione: optional("Frazione o località"),
  provincia: text("Sigla di due lettere"),
  stato: optional("Assente o ITALIA per gli indirizzi italiani"),
});
export type Indirizzo = Static<typeof Indirizzo>;

/** Who is notified. */
export const Destinatario = Type.Object({
  tipo: Type.Union([Type.Literal("PF"), Type.Literal("PG")], {
    description: "Persona fisica o giuridica; le ditte individuali sono PF",
  }),
  cognome: optional("Cognome (PF)"),
  nome: optional("Nome (PF)"),
  denominazione: optional("Ragione sociale (PG), o nome completo di una ditta individuale"),
  codiceFiscale: optional("16 caratteri (PF) o 11 cifre (PG)"),
  partitaIva: optional("11 cifre, per le PG senza codice fiscale proprio"),
  pec: optional("Domicilio digitale"),
  indirizzo: Indirizzo,
});
export type Destinatario = Static<typeof Destinatario>;

/** An existing payment position that reset-iuv shall cancel. */
export const Posizione = Type.Object({
  iupd: optional("Identificativo della posizione su GPD"),
  idPendenza: optional("Identificativo della pendenza su GovPay"),
  numeroAvviso: optional("18 cifre"),
});
export type Posizione = Static<typeof Posizione>;

/** One traffic fine; amounts are integer cents. */
export const Verbale = Type.Object({
  numero: text("Numero del verbale, unico nell'ente"),
  protocollo: optional("Numero di protocollo; se manca vale il numero"),
  dataViolazione: Type.String({ pattern: "^\\d{4}-\\d{2}-\\d{2}$", description: "AAAA-MM-GG" }),
  oraViolazione: optional("HH:MM"),
  luogo: text("Dove è avvenuta la violazione"),
  targa: text("Targa del veicolo"),
  articolo: text("Articolo violato"),
  descrizione: text("Che cosa è accaduto"),
  agente: text("Agente accertatore (nome o matricola)"),
  importoRidottoCents: cents("Minimo di legge, dal 6º al 60º giorno"),
  importoScontatoCents: Type.Optional(
    cents("Ridotto del 30 %, entro 5 giorni; assente dove non si applica"),
  ),
  speseCents: cents("Spese di procedura, mai scontate"),
  destinatario: Destinatario,
  posizioni: Type.Optional(Type.Array(Posizione)),
  simili: Type.Optional(
    Type.Array(Type.String(), {
      description:
        "Lo mette la lettura del flusso: altri verbali dello stesso file con lo stesso destinatario, targa, giorno e ora",
    }),
  ),
  stessoProtocollo: Type.Optional(
    Type.Array(Type.String(), {
      description:
        "Lo mette la lettura del flusso: altri verbali dello stesso file con lo stesso protocollo",
    }),
  ),
  stessaPosizione: Type.Optional(
    Type.Array(Type.String(), {
      description:
        "Lo mette la lettura del flusso: altri verbali dello stesso file con una stessa posizione da annullare",
    }),
  ),
});
export type Verbale = Static<typeof Verbale>;
