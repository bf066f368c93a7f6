/** Italian notes for every error code of SEND: what is wrong, in which field, what was and was not done, the remedy; never with personal data. */
import { readDeliveryDetail, readGatewayDetail, type Finding } from "./notes-details.ts";

/** What the operator reads beside the verbale. */
export interface SendNote {
  readonly note: string;
  readonly hint: string;
  /** `run`: a setting of the ente, every verbale would fail alike. */
  readonly scope: "item" | "run";
}

const notTaken =
  "La richiesta non è stata presa in carico: nulla è stato notificato né addebitato.";
const refused =
  "SEND non ha notificato nulla; il rifiuto costa 1 euro per destinatario. I codici avviso tornano liberi.";
const resend = "Correggere il verbale nel flusso e ripetere con «resume --only rejected».";

function item(note: string, hint: string): Finding {
  return { note, hint, scope: "item" };
}

function run(note: string, hint: string): Finding {
  return { note, hint, scope: "run" };
}

/** Codes of the answer to the request. Source: pn-delivery, send.md section 6. */
const requestCodes: Readonly<Record<string, Finding>> = {
  PN_GENERIC_INVALIDPARAMETER_TAXONOMYCODE: run(
    "Il codice tassonomico non è nell'elenco di SEND.",
    "Indicare taxonomyCode nel file dell'ente: 010101P per i verbali CdS con pagamento, 010103N senza.",
  ),
  PN_DELIVERY_SEND_IS_DISABLED: run(
    "SEND non è attivo per questo ente.",
    "Chiedere a PagoPA l'attivazione dell'ente, poi riprendere il flusso.",
  ),
  PN_DELIVERY_INVALID_SENDER_TAX_ID: run(
    "Il codice fiscale dell'ente non è quello a cui appartiene la chiave API.",
    "Controllare codiceFiscale e send.apiKey nel file dell'ente, poi riprendere il flusso.",
  ),
  PN_DELIVERY_INVALIDPARAMETER_GROUP: run(
    "Il gruppo manca, è sospeso o non è fra quelli della chiave API.",
    "Indicare in send.group uno dei gruppi della chiave, poi riprendere il flusso.",
  ),
  PN_DELIVERY_NOTIFICATION_LIMIT_EXCEEDED: run(
    "L'ente ha raggiunto il numero massimo di notifiche del mese.",
    "Chiedere a PagoPA di alzare il limite o riprendere il flusso il mese prossimo.",
  ),
  PN_DELIVERY_REQUIREDADDITIONALLANG: run(
    "SEND ammette una sola lingua aggiuntiva.",
    "Indicarne una sola e riprendere il flusso.",
  ),
  PN_DELIVERY_INVALIDADDITIONALLANGS: run(
    "La lingua aggiuntiva non è ammessa da SEND.",
    "Sono ammesse DE, FR e SL: correggere e riprendere il flusso.",
  ),
  PN_DELIVERY_ADECHECKCF: item(
    "L'Agenzia delle Entrate non risponde alla verifica del codice fiscale.",
    "Il verbale viene riprovato da solo.",
  ),
  PN_GENERIC_INVALIDPARAMETER_DUPLICATED: item(
    "Il codice avviso è già in una notifica attiva su SEND.",
    "Cercare la notifica che lo porta: se è di un altro invio dello stesso verbale non va ripetuta; altrimenti generare un nuovo IUV.",
  ),
  PN_GENERIC_INVALIDPARAMETER_SIZE: item(
    "Un elenco della richiesta ha un numero di elementi non ammesso.",
    resend,
  ),
  PN_GENERIC_INVALIDPARAMETER_PATTERN: item(
    "Un campo della richiesta non ha la forma prevista.",
    resend,
  ),
  PN_GENERIC_INVALIDPARAMETER_REQUIRED: item(
    "Nella richiesta manca un campo obbligatorio.",
    resend,
  ),
  PN_GENERIC_INVALIDPARAMETER_MAX: item("Un numero della richiesta è troppo grande.", resend),
  PN_GENERIC_INVALIDPARAMETER_MIN: item("Un numero della richiesta è troppo piccolo.", resend),
};

/** Codes of a refusal after the request was taken in charge. Source: pn-delivery-push-validator, send.md section 7. */
const refusalCodes: Readonly<Record<string, Finding>> = {
  FILE_NOTFOUND: item(
    "SEND non trova un documento: il caricamento non è riuscito.",
    "Ripetere con «resume --only rejected»: i documenti vengono caricati di nuovo.",
  ),
  FILE_GONE: item(
    "Un documento non è più su SEND: era stato caricato da oltre 7 giorni.",
    "Ripetere con «resume --only rejected»: i documenti vengono caricati di nuovo.",
  ),
  FILE_SHA_ERROR: item(
    "L'impronta di un documento non corrisponde al file caricato.",
    "Ripetere con «resume --only rejected»; se succede ancora, avvisare l'assistenza.",
  ),
  FILE_PDF_INVALID_ERROR: item(
    "Un documento non è un PDF leggibile (non comincia con %PDF-).",
    "Controllare il modello e la firma del documento, poi ripetere con «resume --only rejected».",
  ),
  FILE_PDF_TOOBIG_ERROR: item(
    "Un documento supera la dimensione massima di SEND (200 MB).",
    "Ridurre le immagini del documento, poi ripetere con «resume --only rejected».",
  ),
  PAYMENT_NOT_VALID: item(
    "Il pagamento non è valido: l'avviso non risulta sulla piattaforma dei pagamenti.",
    "Controllare che la posizione debitoria sia attiva, poi ripetere con «resume --only rejected».",
  ),
  TAXID_NOT_VALID: item(
    "Il codice fiscale del destinatario non risulta attivo all'Agenzia delle Entrate.",
    "Verificare il codice fiscale in anagrafe, correggerlo nel flusso e rimandare il verbale.",
  ),
  RECIPIENT_ID_NOT_VALID: item(
    "Il destinatario non è noto ai registri nazionali.",
    "Verificare codice fiscale e tipo di destinatario, correggere il flusso e rimandare il verbale.",
  ),
  SENDER_DISABLED_MORE_THAN_20_GRAMS: item(
    "La busta supererebbe 20 grammi e l'ente non è abilitato: allegati di pagamento, un documento di oltre 4 pagine, due documenti di oltre 2 pagine o più di due documenti.",
    "Togliere l'allegato di pagamento (transmit: attachNotice: false) o accorciare i documenti, oppure chiedere a PagoPA l'abilitazione.",
  ),
  F24_METADATA_NOT_VALID: item("I dati del modello F24 non sono validi.", resend),
  NOT_VALID_ADDRESS: item("L'indirizzo del destinatario non è recapitabile.", resend),
  ADDRESS_NOT_FOUND: item(
    "L'indirizzo mancava e i registri nazionali non ne hanno uno.",
    "Indicare l'indirizzo nel flusso e rimandare il verbale.",
  ),
  ADDRESS_SEARCH_FAILED: item(
    "La ricerca dell'indirizzo nei registri nazionali non è riuscita per un guasto.",
    "Rimandare il verbale con «resume --only rejected», meglio se con l'indirizzo.",
  ),
  SERVICE_UNAVAILABLE: item(
    "Un servizio da cui SEND dipende non era disponibile per troppo tempo.",
    "Rimandare il verbale con «resume --only rejected».",
  ),
};

/** What SEND said to a request it did not take: one error of the answer. `detail` is read, never repeated. */
export function requestNote(code: string, detail = ""): SendNote {
  const finding =
    (code === "PN_INVALID_BODY" || code === "PN_INVALID_PARAMETERS"
      ? readGatewayDetail(detail)
      : null) ??
    readDeliveryDetail(detail) ??
    requestCodes[code] ??
    item(`SEND non accetta la richiesta (codice ${safeCode(code)}).`, resend);
  return { ...finding, note: `${finding.note} ${notTaken}` };
}

/** Why SEND refused a request that it had taken in charge: one reason. `detail` is read, never repeated. */
export function refusalNote(code: string, detail = ""): SendNote {
  const finding =
    (code === "NOT_VALID_ADDRESS" ? addressFinding(detail) : null) ??
    refusalCodes[code] ??
    item(`SEND ha rifiutato la notifica (codice ${safeCode(code)}).`, resend);
  return { ...finding, note: `${finding.note} ${refused}` };
}

/** Details of NOT_VALID_ADDRESS. Source: pn-address-manager NormalizeAddressService, CsvService. */
const addressReadings: readonly (readonly [RegExp, string, string])[] = [
  [
    /Cap, city and Province are mandatory/,
    "Nell'indirizzo mancano CAP, comune o provincia.",
    "Completare l'indirizzo nel flusso e rimandare il verbale.",
  ],
  [
    /Invalid Address, Cap, City and Province/,
    "CAP, comune e provincia dell'indirizzo non vanno insieme.",
    "Correggere CAP, comune o provincia nel flusso e rimandare il verbale.",
  ],
  [
    /Country not found/,
    "Lo stato dell'indirizzo non è nell'elenco di SEND.",
    "Scrivere lo stato in italiano (per l'Italia lasciarlo vuoto) e rimandare il verbale.",
  ],
  [
    /contains invalid characters/,
    "L'indirizzo contiene caratteri non ammessi.",
    "Togliere i caratteri speciali dall'indirizzo e rimandare il verbale.",
  ],
  [
    /PNADDR001/,
    "L'indirizzo non è recapitabile (PNADDR001): la strada o il numero civico non risultano.",
    "Controllare via e numero civico (o KM, SNC) e rimandare il verbale.",
  ],
  [
    /PNADDR002/,
    "Il CAP o lo stato dell'indirizzo non è servito (PNADDR002).",
    "Controllare CAP e stato e rimandare il verbale.",
  ],
  [
    /PNADDR\d+/,
    "L'indirizzo non è recapitabile secondo il normalizzatore di SEND.",
    "Controllare l'indirizzo e rimandare il verbale.",
  ],
];

function addressFinding(detail: string): Finding | null {
  for (const [pattern, note, hint] of addressReadings)
    if (pattern.test(detail)) return item(note, hint);
  return null;
}

/** A code is shown only when it looks like one: free text could carry data of a person. */
function safeCode(code: string): string {
  return /^[A-Z][A-Z0-9_]{2,80}$/.test(code) ? code : "sconosciuto";
}
