/** One traffic fine as it comes in: the field that `load-verbali` adds and that most steps read; titles are what operators read. */
import { Type, type Static } from "typebox";
import {
  decreeKinds,
  qualities,
  reducedPayments,
  renotificationCauses,
} from "../../integrations/flusso/port.ts";

const buildText = (title: string, description: string) => Type.String({ title, description });
const buildOptional = (title: string, description: string) =>
  Type.Optional(Type.String({ title, description }));
const buildDay = (title: string, description: string) =>
  Type.Optional(Type.String({ title, pattern: "^\\d{4}-\\d{2}-\\d{2}$", description }));
const buildSpeed = (title: string, description: string) =>
  Type.Optional(Type.Number({ title, minimum: 0, description }));
const buildChoice = <Word extends string>(
  title: string,
  words: readonly Word[],
  description: string,
) =>
  Type.Optional(
    Type.Unsafe<Word>(
      Type.Union(
        words.map((word) => Type.Literal(word)),
        { title, description },
      ),
    ),
  );
const buildCents = (title: string, description: string) =>
  Type.Integer({ title, minimum: 0, description });

/** Postal address of the recipient. */
export const Indirizzo = Type.Object({
  via: buildText("Via", "Qualificatore e nome della strada, senza numero civico"),
  civico: buildOptional("Civico", "Numero civico con esponente, `KM 12` oppure `SNC`"),
  presso: buildOptional("Presso", "Presso chi si trova il destinatario"),
  dettagli: buildOptional("Dettagli", "Scala, interno, colore, casella postale"),
  cap: buildText("CAP", "Cinque cifre"),
  comune: buildText("Comune", "Comune"),
  frazione: buildOptional("Frazione", "Frazione o località"),
  provincia: buildText("Provincia", "Sigla di due lettere"),
  stato: buildOptional("Stato estero", "Assente o ITALIA per gli indirizzi italiani"),
});
export type Indirizzo = Static<typeof Indirizzo>;

/** Who is notified. */
export const Destinatario = Type.Object(
  {
    tipo: Type.Union(
      [
        Type.Literal("PF", { title: "persona fisica" }),
        Type.Literal("PG", { title: "persona giuridica" }),
      ],
      { title: "Tipo", description: "Persona fisica o giuridica; le ditte individuali sono PF" },
    ),
    qualita: buildChoice("Qualità", qualities, "Perché l'atto è per lui (art. 196 CdS)"),
    cognome: buildOptional("Cognome", "Cognome (PF)"),
    nome: buildOptional("Nome", "Nome (PF)"),
    denominazione: buildOptional(
      "Denominazione",
      "Ragione sociale (PG), o nome completo di una ditta individuale",
    ),
    codiceFiscale: buildOptional("Codice fiscale", "16 caratteri (PF) o 11 cifre (PG)"),
    partitaIva: buildOptional("Partita IVA", "11 cifre, per le PG senza codice fiscale proprio"),
    pec: buildOptional("PEC", "Domicilio digitale"),
    indirizzo: Indirizzo,
  },
  { title: "Destinatario" },
);
export type Destinatario = Static<typeof Destinatario>;

/** An existing payment position that reset-iuv shall cancel. */
export const Posizione = Type.Object({
  iupd: buildOptional("IUPD", "Identificativo della posizione su GPD"),
  idPendenza: buildOptional("Pendenza", "Identificativo della pendenza su GovPay"),
  numeroAvviso: buildOptional("Codice avviso", "18 cifre"),
});
export type Posizione = Static<typeof Posizione>;

/** The vehicle beside its plate. */
export const Veicolo = Type.Object(
  {
    tipo: buildOptional("Tipo di veicolo", "Autovettura, motociclo, autocarro"),
    marca: buildOptional("Marca del veicolo", "Fiat"),
    modello: buildOptional("Modello del veicolo", "Panda"),
    nazione: buildOptional("Nazione della targa", "Dove è immatricolato"),
  },
  { title: "Veicolo" },
);

/** Speeds in km/h. */
export const Velocita = Type.Object(
  {
    limite: buildSpeed("Limite di velocità", "km/h"),
    rilevata: buildSpeed("Velocità rilevata", "km/h, come misurata"),
    contestata: buildSpeed("Velocità contestata", "km/h, tolta la tolleranza"),
  },
  { title: "Velocità" },
);

/** What measured or recorded the violation. */
export const Dispositivo = Type.Object(
  {
    marca: buildOptional("Marca del dispositivo", "Marca"),
    modello: buildOptional("Modello del dispositivo", "Modello e versione"),
    matricola: buildOptional("Matricola del dispositivo", "Matricola"),
    decreto: Type.Optional(
      Type.Object(
        {
          tipo: buildChoice(
            "Tipo di decreto del dispositivo",
            decreeKinds,
            "Approvazione o omologazione: si stampa quello che è",
          ),
          numero: buildOptional("Numero del decreto del dispositivo", "Numero"),
          data: buildDay("Data del decreto del dispositivo", "AAAA-MM-GG"),
        },
        { title: "Decreto del dispositivo" },
      ),
    ),
    taratura: Type.Optional(
      Type.Object(
        {
          data: buildDay("Data della taratura", "AAAA-MM-GG, l'ultima prima della violazione"),
          centro: buildOptional("Centro di taratura", "Chi l'ha fatta"),
          certificato: buildOptional("Certificato di taratura", "Numero del certificato"),
        },
        { title: "Taratura" },
      ),
    ),
    censimentoMit: buildOptional(
      "Censimento MIT del dispositivo",
      "Come il dispositivo è registrato nel censimento del Ministero",
    ),
  },
  { title: "Dispositivo" },
);

/** By which the prefect named the stretch where devices may establish violations. */
export const DecretoPrefettizio = Type.Object(
  {
    numero: buildOptional("Numero del decreto prefettizio", "Numero"),
    data: buildDay("Data del decreto prefettizio", "AAAA-MM-GG"),
    tratto: buildOptional("Tratto del decreto prefettizio", "SP 12, dal km 3 al km 5"),
  },
  { title: "Decreto prefettizio" },
);

/** Who drove, where that is known and is not the one who is notified. */
export const Conducente = Type.Object(
  {
    cognome: buildOptional("Cognome del conducente", "Cognome"),
    nome: buildOptional("Nome del conducente", "Nome"),
    codiceFiscale: buildOptional("Codice fiscale del conducente", "16 caratteri"),
    patente: buildOptional("Patente del conducente", "Numero"),
    categoria: buildOptional("Categoria della patente", "B"),
  },
  { title: "Conducente" },
);

/** Of an act that is notified anew: to whom the first one named, where he lives now, or because the first came to nothing. */
export const Rinotifica = Type.Object(
  {
    origine: buildOptional("Verbale già notificato", "Numero del primo verbale, o il suo IUN"),
    causa: buildChoice(
      "Causa della nuova notifica",
      renotificationCauses,
      "Perché si notifica di nuovo",
    ),
    dataConoscenza: buildDay(
      "Giorno in cui si è saputo",
      "AAAA-MM-GG: quando il locatario o il conducente è stato comunicato",
    ),
    documento: buildOptional("Documento della comunicazione", "Estremi della risposta ricevuta"),
  },
  { title: "Nuova notifica" },
);

/** One traffic fine; amounts are integer cents. */
export const Verbale = Type.Object(
  {
    atto: buildOptional(
      "Tipo di atto",
      "Il nome del suo file; se manca, è un verbale del Codice della Strada",
    ),
    dati: Type.Optional(
      Type.Record(
        Type.String({ pattern: "^[a-z][A-Za-z0-9]{0,39}$" }),
        Type.Union([Type.String(), Type.Number(), Type.Boolean()]),
        { title: "Dati dell'atto", description: "I campi del suo tipo, per nome" },
      ),
    ),
    numero: buildText("Numero", "Numero del verbale, unico nell'ente"),
    protocollo: buildOptional("Protocollo", "Numero di protocollo; se manca vale il numero"),
    dataViolazione: Type.String({
      title: "Data della violazione",
      pattern: "^(\\d{4}-\\d{2}-\\d{2})?$",
      description: "AAAA-MM-GG; vuota dove il tipo di atto non ne ha una",
    }),
    oraViolazione: buildOptional("Ora", "HH:MM"),
    dataAccertamento: buildDay(
      "Data dell'accertamento",
      "AAAA-MM-GG, dove la violazione è stata accertata dopo: i 90 giorni per notificare decorrono da qui",
    ),
    luogo: buildText("Luogo", "Dove è avvenuta la violazione"),
    targa: buildText("Targa", "Targa del veicolo"),
    articolo: buildText("Articolo", "Articolo violato"),
    descrizione: buildText("Descrizione", "Che cosa è accaduto"),
    agente: buildText("Agente accertatore", "Agente accertatore (nome o matricola)"),
    responsabile: buildOptional(
      "Responsabile dell'atto",
      "Chi risponde dell'atto prodotto con sistemi automatizzati",
    ),
    contestazioneImmediata: Type.Optional(
      Type.Boolean({
        title: "Contestata subito",
        description: "Se la violazione è stata contestata al conducente sul posto (art. 200 CdS)",
      }),
    ),
    casoArt201: buildOptional(
      "Caso dell'art. 201, comma 1-bis",
      "Lettera: e, g-bis; perché la contestazione immediata non era necessaria",
    ),
    motivoMancataContestazione: buildOptional(
      "Motivo della mancata contestazione",
      "L'impedimento concreto, con parole proprie",
    ),
    dichiarazioni: buildOptional("Dichiarazioni", "Che cosa hanno chiesto di scrivere le parti"),
    puntiPatente: Type.Optional(
      Type.Integer({
        title: "Punti della patente",
        minimum: 0,
        description: "Quanti se ne perdono; 0: nessuno",
      }),
    ),
    veicolo: Type.Optional(Veicolo),
    velocita: Type.Optional(Velocita),
    dispositivo: Type.Optional(Dispositivo),
    decretoPrefettizio: Type.Optional(DecretoPrefettizio),
    conducente: Type.Optional(Conducente),
    fotografie: Type.Optional(
      Type.Array(Type.String(), {
        title: "Fotografie",
        description: "I nomi dei file delle immagini che ha l'ufficio",
      }),
    ),
    pagamentoRidotto: buildChoice(
      "Pagamento in misura ridotta",
      reducedPayments,
      "Escluso dove la legge non lo ammette (art. 202, commi 3 e 3-bis, CdS): niente importi, niente avviso",
    ),
    rinotifica: Type.Optional(Rinotifica),
    extra: Type.Optional(
      Type.Record(Type.String({ pattern: "^[a-z][A-Za-z0-9]{0,39}$" }), Type.String(), {
        title: "Colonne dell'ente",
        description: "Per nome; si stampano dove il suo modello le nomina",
      }),
    ),
    importoRidottoCents: buildCents("Importo ridotto", "Minimo di legge, dal 6º al 60º giorno"),
    importoScontatoCents: Type.Optional(
      buildCents(
        "Importo scontato",
        "Ridotto del 30 %, entro 5 giorni; assente dove non si applica",
      ),
    ),
    speseCents: buildCents("Spese", "Spese di procedura, mai scontate"),
    destinatario: Destinatario,
    destinatari: Type.Optional(
      Type.Array(Destinatario, {
        title: "Altri destinatari",
        description: "Chi altro risponde dello stesso verbale: ciascuno con la propria posizione",
        maxItems: 14,
      }),
    ),
    posizioni: Type.Optional(Type.Array(Posizione, { title: "Posizioni da annullare" })),
  },
  { title: "Verbale" },
);
export type Verbale = Static<typeof Verbale>;
