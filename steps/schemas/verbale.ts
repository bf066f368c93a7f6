/** One traffic fine as it comes in: the field that `load-verbali` adds and that most steps read. */
import { Type, type Static } from "typebox";

const buildText = (description: string) => Type.String({ description });
const buildOptional = (description: string) => Type.Optional(Type.String({ description }));
const buildCents = (description: string) => Type.Integer({ minimum: 0, description });

/** Postal address of the recipient. */
export const Indirizzo = Type.Object({
  via: buildText("Qualificatore e nome della strada, senza numero civico"),
  civico: buildOptional("Numero civico con esponente, `KM 12` oppure `SNC`"),
  presso: buildOptional("Presso chi si trova il destinatario"),
  dettagli: buildOptional("Scala, interno, colore, casella postale"),
  cap: buildText("Cinque cifre"),
  comune: buildText("Comune"),
  frazione: buildOptional("Frazione o località"),
  provincia: buildText("Sigla di due lettere"),
  stato: buildOptional("Assente o ITALIA per gli indirizzi italiani"),
});
export type Indirizzo = Static<typeof Indirizzo>;

/** Who is notified. */
export const Destinatario = Type.Object({
  tipo: Type.Union([Type.Literal("PF"), Type.Literal("PG")], {
    description: "Persona fisica o giuridica; le ditte individuali sono PF",
  }),
  cognome: buildOptional("Cognome (PF)"),
  nome: buildOptional("Nome (PF)"),
  denominazione: buildOptional("Ragione sociale (PG), o nome completo di una ditta individuale"),
  codiceFiscale: buildOptional("16 caratteri (PF) o 11 cifre (PG)"),
  partitaIva: buildOptional("11 cifre, per le PG senza codice fiscale proprio"),
  pec: buildOptional("Domicilio digitale"),
  indirizzo: Indirizzo,
});
export type Destinatario = Static<typeof Destinatario>;

/** An existing payment position that reset-iuv shall cancel. */
export const Posizione = Type.Object({
  iupd: buildOptional("Identificativo della posizione su GPD"),
  idPendenza: buildOptional("Identificativo della pendenza su GovPay"),
  numeroAvviso: buildOptional("18 cifre"),
});
export type Posizione = Static<typeof Posizione>;

/** One traffic fine; amounts are integer cents. */
export const Verbale = Type.Object({
  numero: buildText("Numero del verbale, unico nell'ente"),
  protocollo: buildOptional("Numero di protocollo; se manca vale il numero"),
  dataViolazione: Type.String({ pattern: "^\\d{4}-\\d{2}-\\d{2}$", description: "AAAA-MM-GG" }),
  oraViolazione: buildOptional("HH:MM"),
  luogo: buildText("Dove è avvenuta la violazione"),
  targa: buildText("Targa del veicolo"),
  articolo: buildText("Articolo violato"),
  descrizione: buildText("Che cosa è accaduto"),
  agente: buildText("Agente accertatore (nome o matricola)"),
  importoRidottoCents: buildCents("Minimo di legge, dal 6º al 60º giorno"),
  importoScontatoCents: Type.Optional(
    buildCents("Ridotto del 30 %, entro 5 giorni; assente dove non si applica"),
  ),
  speseCents: buildCents("Spese di procedura, mai scontate"),
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
