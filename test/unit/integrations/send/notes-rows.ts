/** One row for each code that SEND answers a request or refuses it with, and what the operator reads of it. */
import type { Hint } from "../../../../engine/host/hint.ts";

export interface RequestRow {
  /** Who finds it: G = gateway, V-n = pn-delivery, A-n = the validation after it. */
  readonly rule: string;
  readonly code: string;
  readonly detail?: string;
  /** Property path. */
  readonly element?: string;
  /** Absent: the fault is this verbale's. */
  readonly scope?: "run";
  /** Without its last sentence. */
  readonly note: string;
  readonly hint: Hint;
}

/** Answers to the request (400, 409, 503). */
export const requestRows: readonly RequestRow[] = [
  {
    rule: "G too long",
    code: "PN_INVALID_BODY",
    detail:
      'Validation errors: [string "Mario Rossi" is too long (length: 90, maximum allowed: 88)]',
    note: "SEND non accetta il nome del destinatario: ha 90 caratteri, il massimo è 88.",
    hint: "Correggere il verbale nel gestionale e mandarlo con un altro flusso.",
  },
  {
    rule: "G too long, a setting",
    code: "PN_INVALID_BODY",
    detail: 'Validation errors: [string "x" is too long (length: 140, maximum allowed: 134)]',
    scope: "run",
    note: "SEND non accetta l'oggetto: ha 140 caratteri, il massimo è 134.",
    hint: {
      action: "resume",
      setting: {
        ask: "correggere le impostazioni di SEND nel file dell'ente",
        technical: "Correggere la sezione send: del file dell'ente.",
      },
    },
  },
  {
    rule: "G too long, field not told",
    code: "PN_INVALID_BODY",
    detail: 'Validation errors: [string "x" is too long (length: 300, maximum allowed: 256)]',
    note: "SEND non accetta un campo (il protocollo, il comune, la frazione, la provincia o lo stato): ha 300 caratteri, il massimo è 256.",
    hint: "Correggere il verbale nel gestionale e mandarlo con un altro flusso.",
  },
  {
    rule: "G too short",
    code: "PN_INVALID_BODY",
    detail: 'Validation errors: [string "1" is too short (length: 1, required minimum: 18)]',
    note: "SEND non accetta il codice avviso: ha 1 carattere, il minimo è 18.",
    hint: "Correggere il verbale nel gestionale e mandarlo con un altro flusso.",
  },
  {
    rule: "G pattern of a tax id",
    code: "PN_INVALID_BODY",
    detail:
      'Validation errors: [ECMA 262 regex "^([A-Z]{6}[0-9LMNPQRSTUV]{2}[A-Z]{1}[0-9LMNPQRSTUV]{2}[A-Z]{1}[0-9LMNPQRSTUV]{3}[A-Z]{1})|([0-9]{11})$" does not match input string "rssmra80a01h501u"]',
    note: "SEND non accetta il codice fiscale del destinatario: non ha la forma prevista.",
    hint: "Correggere il verbale nel gestionale e mandarlo con un altro flusso.",
  },
  {
    rule: "G pattern of text",
    code: "PN_INVALID_BODY",
    detail: 'Validation errors: [ECMA 262 regex "^.*$" does not match input string "Via\\nRoma"]',
    note: "Un campo della richiesta contiene caratteri non ammessi, per esempio un a capo.",
    hint: "Correggere il verbale nel gestionale e mandarlo con un altro flusso.",
  },
  {
    rule: "G null",
    code: "PN_INVALID_BODY",
    detail:
      'Validation errors: [instance type (null) does not match any allowed primitive type (allowed: ["string"])]',
    note: "SEND non accetta un campo della richiesta, e non dice quale: è vuoto dove serve un testo.",
    hint: "È un difetto del programma: avvisare l'assistenza con il numero del flusso e del verbale.",
  },
  {
    rule: "G number as text",
    code: "PN_INVALID_BODY",
    detail:
      'Validation errors: [instance type (string) does not match any allowed primitive type (allowed: ["integer"])]',
    note: "SEND non accetta un campo della richiesta, e non dice quale: contiene un testo dove serve un numero.",
    hint: "È un difetto del programma: avvisare l'assistenza con il numero del flusso e del verbale.",
  },
  {
    rule: "G enum",
    code: "PN_INVALID_BODY",
    detail:
      'Validation errors: [instance value ("XX") not found in enum (possible values: ["PF","PG"])]',
    note: "SEND non accetta il tipo di destinatario (PF o PG): il valore è fuori elenco, SEND ammette PF, PG.",
    hint: "Correggere il verbale nel gestionale e mandarlo con un altro flusso.",
  },
  {
    rule: "G missing, a setting",
    code: "PN_INVALID_BODY",
    detail: 'Validation errors: [object has missing required properties (["taxonomyCode"])]',
    scope: "run",
    note: "Nella richiesta manca il codice tassonomico.",
    hint: {
      action: "resume",
      setting: {
        ask: "correggere le impostazioni di SEND nel file dell'ente",
        technical: "Correggere la sezione send: del file dell'ente.",
      },
    },
  },
  {
    rule: "G missing, of the verbale",
    code: "PN_INVALID_BODY",
    detail:
      'Validation errors: [object has missing required properties (["denomination","taxId"])]',
    note: "Nella richiesta mancano: il nome del destinatario, il codice fiscale del destinatario.",
    hint: "Correggere il verbale nel gestionale e mandarlo con un altro flusso.",
  },
  {
    rule: "G array too long",
    code: "PN_INVALID_BODY",
    detail:
      "Validation errors: [array is too long: must have at most 1 elements but instance has 2 elements]",
    note: "Un elenco della richiesta, SEND non dice quale, ha più elementi del massimo (1).",
    hint: "È un difetto del programma: avvisare l'assistenza con il numero del flusso e del verbale.",
  },
  {
    rule: "G array too short",
    code: "PN_INVALID_BODY",
    detail:
      "Validation errors: [array is too short: must have at least 1 elements but instance has 0 elements]",
    note: "Nella richiesta mancano i destinatari o i documenti.",
    hint: "È un difetto del programma: avvisare l'assistenza con il numero del flusso e del verbale.",
  },
  {
    rule: "G number out of range",
    code: "PN_INVALID_BODY",
    detail:
      "Validation errors: [numeric instance is greater than the required maximum (maximum: 100, found: 101)]",
    scope: "run",
    note: "Il costo dell'ente o l'IVA non sono fra 0 e 100.",
    hint: {
      action: "resume",
      setting: {
        ask: "correggere le impostazioni di SEND nel file dell'ente",
        technical: "Correggere la sezione send: del file dell'ente.",
      },
    },
  },
  {
    rule: "G unknown property",
    code: "PN_INVALID_BODY",
    detail:
      'Validation errors: [object instance has properties which are not allowed by the schema: ["physicalCommunicationPriority"]]',
    scope: "run",
    note: "La richiesta contiene un campo che questa versione di SEND non conosce.",
    hint: {
      action: "resume",
      setting: {
        ask: "controllare la versione di SEND nel file dell'ente",
        technical: "Controllare apiVersion nel file dell'ente.",
      },
    },
  },
  {
    rule: "G several at once",
    code: "PN_INVALID_BODY",
    detail:
      'Validation errors: [string "x" is too long (length: 90, maximum allowed: 88), string "x" is too long (length: 50, maximum allowed: 44)]',
    note: "SEND non accetta il nome del destinatario: ha 90 caratteri, il massimo è 88. SEND non accetta il campo «presso»: ha 50 caratteri, il massimo è 44.",
    hint: "Correggere il verbale nel gestionale e mandarlo con un altro flusso.",
  },
  {
    rule: "G parameters",
    code: "PN_INVALID_PARAMETERS",
    detail: 'Validation errors: [ECMA 262 regex "^[ -~]*$" does not match input string "à"]',
    scope: "run",
    note: "SEND non accetta il gruppo: non ha la forma prevista.",
    hint: {
      action: "resume",
      setting: {
        ask: "correggere le impostazioni di SEND nel file dell'ente",
        technical: "Correggere la sezione send: del file dell'ente.",
      },
    },
  },
  {
    rule: "preload of 16",
    code: "PN_GENERIC_INVALIDPARAMETER_SIZE",
    element: "preLoadRequest",
    note: "SEND non accetta i documenti da caricare: ha un numero di caratteri o di elementi non ammesso.",
    hint: "Correggere il verbale nel gestionale e mandarlo con un altro flusso.",
  },
  {
    rule: "bean pattern",
    code: "PN_GENERIC_INVALIDPARAMETER_PATTERN",
    element: "recipients[0].physicalAddress.zip",
    note: "SEND non accetta il CAP: non ha la forma prevista.",
    hint: "Correggere il verbale nel gestionale e mandarlo con un altro flusso.",
  },
  {
    rule: "bean required",
    code: "PN_GENERIC_INVALIDPARAMETER_REQUIRED",
    element: "recipients[0].denomination",
    note: "SEND non accetta il nome del destinatario: manca.",
    hint: "Correggere il verbale nel gestionale e mandarlo con un altro flusso.",
  },
  {
    rule: "bean max, a setting",
    code: "PN_GENERIC_INVALIDPARAMETER_MAX",
    element: "paFee",
    scope: "run",
    note: "SEND non accetta il costo dell'ente: il valore è troppo grande.",
    hint: {
      action: "resume",
      setting: {
        ask: "correggere le impostazioni di SEND nel file dell'ente",
        technical: "Correggere la sezione send: del file dell'ente.",
      },
    },
  },
  {
    rule: "bean min, a setting",
    code: "PN_GENERIC_INVALIDPARAMETER_MIN",
    element: "vat",
    scope: "run",
    note: "SEND non accetta l'IVA: il valore è troppo piccolo.",
    hint: {
      action: "resume",
      setting: {
        ask: "correggere le impostazioni di SEND nel file dell'ente",
        technical: "Correggere la sezione send: del file dell'ente.",
      },
    },
  },
  {
    rule: "bean size, unknown field",
    code: "PN_GENERIC_INVALIDPARAMETER_SIZE",
    element: "MarioRossi",
    note: "SEND non accetta un campo della richiesta: ha un numero di caratteri o di elementi non ammesso.",
    hint: "Correggere il verbale nel gestionale e mandarlo con un altro flusso.",
  },
  {
    rule: "V-0",
    code: "PN_GENERIC_INVALIDPARAMETER_TAXONOMYCODE",
    scope: "run",
    note: "Il codice tassonomico non è nell'elenco di SEND.",
    hint: {
      action: "ask-technician",
      setting: {
        ask: "correggere il codice tassonomico: 010101P per i verbali CdS con pagamento, 010103N senza",
        technical:
          "Indicare taxonomyCode nel file dell'ente: 010101P per i verbali CdS con pagamento, 010103N senza.",
      },
    },
  },
  {
    rule: "V-1",
    code: "PN_DELIVERY_SEND_IS_DISABLED",
    scope: "run",
    note: "SEND non è attivo per questo ente.",
    hint: { action: "resume", first: "Chiedere a PagoPA l'attivazione dell'ente." },
  },
  {
    rule: "V-2",
    code: "PN_GENERIC_INVALIDPARAMETER",
    detail: "Max attachment count reached",
    note: "I documenti sono più di 15.",
    hint: { action: "resume", only: "rejected", first: "Unire i documenti in meno file." },
  },
  {
    rule: "V-3",
    code: "PN_GENERIC_INVALIDPARAMETER",
    detail: "Max recipient count reached",
    note: "I destinatari sono più di 15.",
    hint: "Dividere i destinatari in più verbali nel gestionale e mandarli con un altro flusso.",
  },
  {
    rule: "V-4",
    code: "PN_GENERIC_INVALIDPARAMETER",
    detail:
      "paFee or vat field not filled in for notification with notificationFeePolicy DELIVERY_MODE",
    scope: "run",
    note: "Quando le spese sono del destinatario SEND vuole il costo dell'ente e l'IVA.",
    hint: {
      action: "resume",
      setting: {
        ask: "indicare nel file dell'ente il suo costo e l'IVA",
        technical: "Indicare paFee e vat nel file dell'ente.",
      },
    },
  },
  {
    rule: "V-5",
    code: "PN_GENERIC_INVALIDPARAMETER",
    detail: "SEND accepts only numerical taxId for PG recipient 0",
    note: "Il destinatario è indicato come persona giuridica (PG) ma ha un codice fiscale alfanumerico.",
    hint: "Le ditte individuali e i professionisti sono PF; le società hanno il codice fiscale di 11 cifre. Correggere il tipo o il codice nel gestionale e mandare il verbale con un altro flusso.",
  },
  {
    rule: "V-6",
    code: "PN_GENERIC_INVALIDPARAMETER",
    detail: "Invalid taxId for recipient 0",
    note: "Il codice fiscale del destinatario non è valido: lettera di controllo sbagliata, o tipo PF/PG che non gli corrisponde.",
    hint: "Verificare il codice fiscale in anagrafe, correggerlo nel gestionale e mandare il verbale con un altro flusso.",
  },
  {
    rule: "V-6 AdE down",
    code: "PN_DELIVERY_ADECHECKCF",
    note: "L'Agenzia delle Entrate non risponde alla verifica del codice fiscale.",
    hint: "Il verbale viene riprovato da solo.",
  },
  {
    rule: "V-7",
    code: "PN_GENERIC_INVALIDPARAMETER",
    detail: "Duplicated recipient taxId",
    note: "Lo stesso codice fiscale compare due volte fra i destinatari.",
    hint: "Correggere il verbale nel gestionale e mandarlo con un altro flusso.",
  },
  {
    rule: "V-8 DELIVERY_MODE",
    code: "PN_GENERIC_INVALIDPARAMETER",
    detail: "PagoPA applyCostFlg must be valorized for at least one payment",
    scope: "run",
    note: "Con DELIVERY_MODE almeno un avviso deve portare i costi di notifica.",
    hint: {
      action: "resume",
      setting: {
        ask: "correggere le impostazioni di SEND nel file dell'ente",
        technical: "Correggere la sezione send: del file dell'ente.",
      },
    },
  },
  {
    rule: "V-8 DELIVERY_MODE F24",
    code: "PN_GENERIC_INVALIDPARAMETER",
    detail: "F24 applyCostFlg must be valorized for at least one payment",
    scope: "run",
    note: "Con DELIVERY_MODE almeno un avviso deve portare i costi di notifica.",
    hint: {
      action: "resume",
      setting: {
        ask: "correggere le impostazioni di SEND nel file dell'ente",
        technical: "Correggere la sezione send: del file dell'ente.",
      },
    },
  },
  {
    rule: "V-8 FLAT_RATE",
    code: "PN_GENERIC_INVALIDPARAMETER",
    detail: "PagoPA applyCostFlg must not be valorized for any payment",
    scope: "run",
    note: "Con FLAT_RATE nessun avviso può portare i costi di notifica.",
    hint: {
      action: "resume",
      setting: {
        ask: "correggere le impostazioni di SEND nel file dell'ente",
        technical: "Correggere la sezione send: del file dell'ente.",
      },
    },
  },
  {
    rule: "V-8 FLAT_RATE F24",
    code: "PN_GENERIC_INVALIDPARAMETER",
    detail: "F24 applyCostFlg must not be valorized for any payment",
    scope: "run",
    note: "Con FLAT_RATE nessun avviso può portare i costi di notifica.",
    hint: {
      action: "resume",
      setting: {
        ask: "correggere le impostazioni di SEND nel file dell'ente",
        technical: "Correggere la sezione send: del file dell'ente.",
      },
    },
  },
  {
    rule: "V-9",
    code: "PN_GENERIC_INVALIDPARAMETER",
    detail: "F24 description is mandatory",
    note: "Il modello F24 non ha titolo.",
    hint: "Correggere il verbale nel gestionale e mandarlo con un altro flusso.",
  },
  {
    rule: "V-10",
    code: "PN_GENERIC_INVALIDPARAMETER",
    detail:
      "Duplicated iuv { 00000000018302010000000000001 } on recipient with index 0 in payment with index 1",
    note: "Lo stesso codice avviso compare due volte nella richiesta.",
    hint: { action: "resume", only: "rejected", after: "Il verbale riceve codici avviso nuovi." },
  },
  {
    rule: "V-11",
    code: "PN_GENERIC_INVALIDPARAMETER",
    detail:
      "Key: PN_F24_META-x.json does not conform to the expected content type: application/pdf",
    note: "Il riferimento di un allegato non corrisponde al suo tipo di file.",
    hint: { action: "resume", only: "rejected", after: "I documenti vengono caricati di nuovo." },
  },
  {
    rule: "V-11 documents",
    code: "PN_GENERIC_INVALIDPARAMETER",
    detail:
      "Document Attachments key x does not contain the expected value: PN_NOTIFICATION_ATTACHMENTS",
    note: "Il riferimento di un allegato non corrisponde al suo tipo di file.",
    hint: { action: "resume", only: "rejected", after: "I documenti vengono caricati di nuovo." },
  },
  {
    rule: "V-12",
    code: "PN_GENERIC_INVALIDPARAMETER",
    detail: "PhysicalAddress cannot be null",
    note: "Manca l'indirizzo del destinatario.",
    hint: "Completare l'indirizzo nel gestionale e mandare il verbale con un altro flusso.",
  },
  {
    rule: "V-13 address",
    code: "PN_GENERIC_INVALIDPARAMETER",
    detail: "Field address in recipient 0 contains invalid characters.",
    note: "SEND non accetta la via con il numero civico: contiene caratteri non ammessi (solo lettere latine, cifre e . / ' - , @ _).",
    hint: "Correggere il verbale nel gestionale e mandarlo con un altro flusso.",
  },
  {
    rule: "V-13 addressDetails",
    code: "PN_GENERIC_INVALIDPARAMETER",
    detail: "Field addressDetails in recipient 0 contains invalid characters.",
    note: "SEND non accetta i dettagli dell'indirizzo (scala, interno): contiene caratteri non ammessi (solo lettere latine, cifre e . / ' - , @ _).",
    hint: "Correggere il verbale nel gestionale e mandarlo con un altro flusso.",
  },
  {
    rule: "V-13 province",
    code: "PN_GENERIC_INVALIDPARAMETER",
    detail: "Field province in recipient 0 contains invalid characters.",
    note: "SEND non accetta la provincia: contiene caratteri non ammessi (solo lettere latine, cifre e . / ' - , @ _).",
    hint: "Correggere il verbale nel gestionale e mandarlo con un altro flusso.",
  },
  {
    rule: "V-13 foreignState",
    code: "PN_GENERIC_INVALIDPARAMETER",
    detail: "Field foreignState in recipient 0 contains invalid characters.",
    note: "SEND non accetta lo stato: contiene caratteri non ammessi (solo lettere latine, cifre e . / ' - , @ _).",
    hint: "Correggere il verbale nel gestionale e mandarlo con un altro flusso.",
  },
  {
    rule: "V-13 at",
    code: "PN_GENERIC_INVALIDPARAMETER",
    detail: "Field at in recipient 0 contains invalid characters.",
    note: "SEND non accetta il campo «presso»: contiene caratteri non ammessi (solo caratteri latini, senza «|» né «€»).",
    hint: "Correggere il verbale nel gestionale e mandarlo con un altro flusso.",
  },
  {
    rule: "V-13 zip",
    code: "PN_GENERIC_INVALIDPARAMETER",
    detail: "Field zip in recipient 0 contains invalid characters.",
    note: "SEND non accetta il CAP: contiene caratteri non ammessi (solo lettere latine, cifre e . / ' - , @ _).",
    hint: "Correggere il verbale nel gestionale e mandarlo con un altro flusso.",
  },
  {
    rule: "V-13 municipality",
    code: "PN_GENERIC_INVALIDPARAMETER",
    detail: "Field municipality in recipient 0 contains invalid characters.",
    note: "SEND non accetta il comune: contiene caratteri non ammessi (solo lettere latine, cifre e . / ' - , @ _).",
    hint: "Correggere il verbale nel gestionale e mandarlo con un altro flusso.",
  },
  {
    rule: "V-13 municipalityDetails",
    code: "PN_GENERIC_INVALIDPARAMETER",
    detail: "Field municipalityDetails in recipient 0 contains invalid characters.",
    note: "SEND non accetta la frazione: contiene caratteri non ammessi (solo lettere latine, cifre e . / ' - , @ _).",
    hint: "Correggere il verbale nel gestionale e mandarlo con un altro flusso.",
  },
  {
    rule: "V-14 at and municipalityDetails",
    code: "PN_GENERIC_INVALIDPARAMETER",
    detail: "Field at and municipalityDetails in recipient 0 exceed max length of 44 chars",
    note: "SEND non accetta la riga «presso» con la frazione: supera 44 caratteri.",
    hint: "Correggere il verbale nel gestionale e mandarlo con un altro flusso.",
  },
  {
    rule: "V-14 addressDetails",
    code: "PN_GENERIC_INVALIDPARAMETER",
    detail: "Field addressDetails in recipient 0 exceed max length of 44 chars",
    note: "SEND non accetta i dettagli dell'indirizzo (scala, interno): supera 44 caratteri.",
    hint: "Correggere il verbale nel gestionale e mandarlo con un altro flusso.",
  },
  {
    rule: "V-14 address",
    code: "PN_GENERIC_INVALIDPARAMETER",
    detail: "Field address in recipient 0 exceed max length of 44 chars",
    note: "SEND non accetta la via con il numero civico: supera 44 caratteri.",
    hint: "Correggere il verbale nel gestionale e mandarlo con un altro flusso.",
  },
  {
    rule: "V-14 zip, municipality and Province",
    code: "PN_GENERIC_INVALIDPARAMETER",
    detail: "Field zip, municipality and Province in recipient 0 exceed max length of 44 chars",
    note: "SEND non accetta la riga con CAP, comune e provincia: supera 44 caratteri.",
    hint: "Correggere il verbale nel gestionale e mandarlo con un altro flusso.",
  },
  {
    rule: "V-14 foreignState",
    code: "PN_GENERIC_INVALIDPARAMETER",
    detail: "Field foreignState in recipient 0 exceed max length of 44 chars",
    note: "SEND non accetta lo stato: supera 44 caratteri.",
    hint: "Correggere il verbale nel gestionale e mandarlo con un altro flusso.",
  },
  {
    rule: "V-15",
    code: "PN_GENERIC_INVALIDPARAMETER",
    detail: "No province provided in physical address",
    note: "Manca la provincia nell'indirizzo.",
    hint: "Indicare la sigla della provincia nel gestionale e mandare il verbale con un altro flusso.",
  },
  {
    rule: "V-16 length",
    code: "PN_GENERIC_INVALIDPARAMETER",
    detail: "Field denomination in recipient 0 exceed max length of 88 chars",
    note: "SEND non accetta il nome del destinatario: supera 88 caratteri.",
    hint: "Correggere il verbale nel gestionale e mandarlo con un altro flusso.",
  },
  {
    rule: "V-16 charset",
    code: "PN_GENERIC_INVALIDPARAMETER",
    detail: "Field denomination in recipient 0 contains invalid characters.",
    note: "SEND non accetta il nome del destinatario: contiene caratteri non ammessi (solo caratteri latini, senza «|» né «€»).",
    hint: "Correggere il verbale nel gestionale e mandarlo con un altro flusso.",
  },
  {
    rule: "V-17",
    code: "PN_GENERIC_INVALIDPARAMETER",
    detail: "Same attachment compares more then once in the same request",
    note: "Lo stesso file compare due volte nella richiesta.",
    hint: {
      action: "resume",
      only: "rejected",
      first: "Togliere il doppione (verbale e avviso devono essere file diversi).",
    },
  },
  {
    rule: "V-18 recipients",
    code: "PN_GENERIC_INVALIDPARAMETER",
    detail: "Max one recipient",
    note: "L'ente può indicare un solo destinatario.",
    hint: "Correggere il verbale nel gestionale e mandarlo con un altro flusso.",
  },
  {
    rule: "V-18 payments",
    code: "PN_GENERIC_INVALIDPARAMETER",
    detail: "No recipient payment",
    note: "L'ente deve indicare almeno un pagamento.",
    hint: "Correggere il verbale nel gestionale e mandarlo con un altro flusso.",
  },
  {
    rule: "V-19 more than one",
    code: "PN_DELIVERY_REQUIREDADDITIONALLANG",
    scope: "run",
    note: "SEND ammette una sola lingua aggiuntiva.",
    hint: { action: "resume", first: "Indicarne una sola." },
  },
  {
    rule: "V-19 not admitted",
    code: "PN_DELIVERY_INVALIDADDITIONALLANGS",
    scope: "run",
    note: "La lingua aggiuntiva non è ammessa da SEND.",
    hint: { action: "resume", first: "Sono ammesse DE, FR e SL: correggere la scelta." },
  },
  {
    rule: "A-5",
    code: "PN_DELIVERY_INVALID_SENDER_TAX_ID",
    scope: "run",
    note: "Il codice fiscale dell'ente non è quello a cui appartiene la chiave API.",
    hint: {
      action: "resume",
      setting: {
        ask: "controllare codice fiscale e chiave di SEND nel file dell'ente",
        technical: "Controllare codiceFiscale e send.apiKey nel file dell'ente.",
      },
    },
  },
  {
    rule: "A-6",
    code: "PN_DELIVERY_INVALIDPARAMETER_GROUP",
    scope: "run",
    note: "Il gruppo manca, è sospeso o non è fra quelli della chiave API.",
    hint: {
      action: "resume",
      setting: {
        ask: "indicare uno dei gruppi della chiave di SEND",
        technical: "Indicare in send.group uno dei gruppi della chiave.",
      },
    },
  },
  {
    rule: "A-7",
    code: "PN_DELIVERY_NOTIFICATION_LIMIT_EXCEEDED",
    scope: "run",
    note: "L'ente ha raggiunto il numero massimo di notifiche del mese.",
    hint: {
      action: "resume",
      first: "Chiedere a PagoPA di alzare il limite, o aspettare il mese prossimo.",
    },
  },
  {
    rule: "409 notice code",
    code: "PN_GENERIC_INVALIDPARAMETER_DUPLICATED",
    detail: "Duplicated notification for creditorTaxId##noticeCode",
    note: "Il codice avviso è già in una notifica attiva su SEND.",
    hint: {
      action: "resume",
      only: "rejected",
      first:
        "Cercare la notifica che lo porta: se è di un altro invio dello stesso verbale non va ripetuta; altrimenti:",
      after: "Il verbale riceve codici avviso nuovi.",
    },
  },
  {
    rule: "a code of tomorrow",
    code: "PN_NEW_CODE",
    detail: "what",
    note: "SEND non accetta la richiesta (codice PN_NEW_CODE).",
    hint: "Correggere il verbale nel gestionale e mandarlo con un altro flusso.",
  },
];

export interface RefusalRow {
  /** Default `item`. */
  readonly scope?: "run";
  readonly code: string;
  readonly detail?: string;
  /** Without its last sentences. */
  readonly note: string;
  readonly hint: Hint;
}

/** Reasons of a refusal. */
export const refusalRows: readonly RefusalRow[] = [
  {
    code: "FILE_NOTFOUND",
    detail: "Allegati non trovati",
    note: "SEND non trova un documento: il caricamento non è riuscito.",
    hint: { action: "resume", only: "rejected", after: "I documenti vengono caricati di nuovo." },
  },
  {
    code: "FILE_GONE",
    note: "Un documento non è più su SEND: era stato caricato da oltre 7 giorni.",
    hint: { action: "resume", only: "rejected", after: "I documenti vengono caricati di nuovo." },
  },
  {
    code: "FILE_SHA_ERROR",
    detail: "Validation failed, different sha256 expected=a actual=b",
    note: "L'impronta di un documento non corrisponde al file caricato.",
    hint: {
      action: "resume",
      only: "rejected",
      after: "Se succede ancora, avvisare l'assistenza.",
    },
  },
  {
    code: "FILE_PDF_INVALID_ERROR",
    detail: "Validation failed, file pdf check failed",
    note: "Un documento non è un PDF leggibile (non comincia con %PDF-).",
    hint: {
      action: "resume",
      only: "rejected",
      first: "Controllare il modello e la firma del documento.",
    },
  },
  {
    code: "FILE_PDF_TOOBIG_ERROR",
    detail: "Validation failed, file too big, max expected=1  actual=2",
    note: "Un documento supera la dimensione massima di SEND (200 MB).",
    hint: { action: "resume", only: "rejected", first: "Ridurre le immagini del modello." },
  },
  {
    code: "PAYMENT_NOT_VALID",
    detail:
      "Payment information is not valid - creditorTaxId=00000000018 noticeCode=302010000000000001",
    note: "Il pagamento non è valido: l'avviso non risulta sulla piattaforma dei pagamenti.",
    hint: {
      action: "resume",
      only: "rejected",
      first: "Controllare che la posizione debitoria sia attiva.",
    },
    scope: "run",
  },
  {
    code: "PAYMENT_NOT_VALID",
    detail: "There isn't payments for recipient Mario Rossi",
    note: "Il pagamento non è valido: dove SEND scrive le spese sulla posizione ogni destinatario deve avere un avviso.",
    hint: {
      action: "resume",
      only: "rejected",
      first: "Dare un avviso pagoPA a ogni destinatario del verbale.",
    },
  },
  {
    code: "PAYMENT_NOT_VALID",
    detail: "There isn't paFee",
    note: "Il pagamento non è valido: dove SEND scrive le spese sulla posizione serve il costo di notifica dell'ente.",
    hint: {
      action: "resume",
      only: "rejected",
      setting: {
        ask: "indicare nel file dell'ente il suo costo di notifica",
        technical: "Indicare paFee nella sezione send: del file dell'ente.",
      },
    },
    scope: "run",
  },
  {
    code: "TAXID_NOT_VALID",
    detail: "ERR",
    note: "Il codice fiscale del destinatario non risulta attivo all'Agenzia delle Entrate.",
    hint: {
      action: "send-again",
      first: "Verificare il codice fiscale in anagrafe e correggerlo.",
    },
  },
  {
    code: "RECIPIENT_ID_NOT_VALID",
    note: "Il destinatario non è noto ai registri nazionali.",
    hint: {
      action: "send-again",
      first: "Verificare codice fiscale e tipo di destinatario e correggerli.",
    },
  },
  {
    code: "SENDER_DISABLED_MORE_THAN_20_GRAMS",
    detail:
      "Validation failed, sender paTaxId=00000000018 can't send mail with more than 3 sheets (20 grams). Payment attachments are disabled",
    note: "La busta supererebbe 20 grammi e l'ente non è abilitato: l'avviso di pagamento non si può allegare.",
    hint: {
      action: "resume",
      only: "rejected",
      setting: {
        ask: "indicare nel file dell'ente che non è abilitato oltre 20 grammi (SEND mostra il solo codice avviso), o di chiedere l'abilitazione a PagoPA",
        technical:
          "Indicare over20Grams: false nella sezione send: del file dell'ente (SEND mostra il solo codice avviso), oppure chiedere a PagoPA l'abilitazione.",
      },
    },
    scope: "run",
  },
  {
    code: "SENDER_DISABLED_MORE_THAN_20_GRAMS",
    detail:
      "Validation failed, sender paTaxId=00000000018 can't send mail with more than 3 sheets (20 grams). The attachment document exceed 4 pages. [5]",
    note: "La busta supererebbe 20 grammi e l'ente non è abilitato: il documento ha più di 4 pagine.",
    hint: {
      action: "resume",
      only: "rejected",
      first: "Accorciare il modello o chiedere a PagoPA l'abilitazione.",
    },
    scope: "run",
  },
  {
    code: "SENDER_DISABLED_MORE_THAN_20_GRAMS",
    detail:
      "Validation failed, sender paTaxId=00000000018 can't send mail with more than 3 sheets (20 grams). One of two documents exceed one sheet. [1, 3]",
    note: "La busta supererebbe 20 grammi e l'ente non è abilitato: uno dei due documenti ha più di 2 pagine.",
    hint: {
      action: "resume",
      only: "rejected",
      first: "Accorciare il modello o chiedere a PagoPA l'abilitazione.",
    },
    scope: "run",
  },
  {
    code: "SENDER_DISABLED_MORE_THAN_20_GRAMS",
    detail:
      "Validation failed, sender paTaxId=00000000018 can't send mail with more than 3 sheets (20 grams).",
    note: "La busta supererebbe 20 grammi e l'ente non è abilitato: allegati di pagamento, un documento di oltre 4 pagine, due documenti di oltre 2 pagine o più di due documenti.",
    hint: {
      action: "resume",
      only: "rejected",
      setting: {
        ask: "indicare nel file dell'ente che non è abilitato oltre 20 grammi, o di chiedere l'abilitazione a PagoPA",
        technical:
          "Indicare over20Grams: false nella sezione send: del file dell'ente, oppure chiedere a PagoPA l'abilitazione.",
      },
    },
    scope: "run",
  },
  {
    code: "F24_METADATA_NOT_VALID",
    note: "I dati del modello F24 non sono validi.",
    hint: "Postino non allega modelli F24: avvisare l'assistenza.",
  },
  {
    code: "NOT_VALID_ADDRESS",
    detail: "Validation failed, address is not valid. Error=Cap, city and Province are mandatory",
    note: "Nell'indirizzo mancano CAP, comune o provincia.",
    hint: { action: "send-again", first: "Completare l'indirizzo." },
  },
  {
    code: "NOT_VALID_ADDRESS",
    detail:
      "Validation failed, address is not valid. Error=Invalid Address, Cap, City and Province: [00118, ROMA, MI]",
    note: "CAP, comune e provincia dell'indirizzo non vanno insieme.",
    hint: { action: "send-again", first: "Correggere CAP, comune o provincia." },
  },
  {
    code: "NOT_VALID_ADDRESS",
    detail: "Validation failed, address is not valid. Error=Country not found: [ATLANTIDE]",
    note: "Lo stato dell'indirizzo non è nell'elenco di SEND.",
    hint: {
      action: "send-again",
      first: "Scrivere lo stato in italiano, o lasciarlo vuoto per l'Italia.",
    },
  },
  {
    code: "NOT_VALID_ADDRESS",
    detail: "Validation failed, address is not valid. Error=Address contains invalid characters",
    note: "L'indirizzo contiene caratteri non ammessi.",
    hint: { action: "send-again", first: "Togliere i caratteri speciali dall'indirizzo." },
  },
  {
    code: "NOT_VALID_ADDRESS",
    detail: "Validation failed, address is not valid. Error=PNADDR001",
    note: "L'indirizzo non è recapitabile (PNADDR001): la strada o il numero civico non risultano.",
    hint: { action: "send-again", first: "Correggere via e numero civico (o KM, SNC)." },
  },
  {
    code: "NOT_VALID_ADDRESS",
    detail: "Validation failed, address is not valid. Error=PNADDR002",
    note: "Il CAP o lo stato dell'indirizzo non è servito (PNADDR002).",
    hint: { action: "send-again", first: "Correggere CAP e stato." },
  },
  {
    code: "NOT_VALID_ADDRESS",
    detail: "Validation failed, address is not valid. Error=PNADDR003",
    note: "L'indirizzo non è recapitabile secondo il normalizzatore di SEND (PNADDR003).",
    hint: { action: "send-again", first: "Controllare l'indirizzo e correggerlo." },
  },
  {
    code: "NOT_VALID_ADDRESS",
    note: "L'indirizzo del destinatario non è recapitabile.",
    hint: { action: "send-again", first: "Controllare l'indirizzo e correggerlo." },
  },
  {
    code: "ADDRESS_NOT_FOUND",
    note: "L'indirizzo mancava e i registri nazionali non ne hanno uno.",
    hint: { action: "send-again", first: "Indicare l'indirizzo." },
  },
  {
    code: "ADDRESS_SEARCH_FAILED",
    note: "La ricerca dell'indirizzo nei registri nazionali non è riuscita per un guasto.",
    hint: {
      action: "resume",
      only: "rejected",
      after: "Con l'indirizzo nel flusso la ricerca non serve.",
    },
  },
  {
    code: "SERVICE_UNAVAILABLE",
    detail: "Servizio non disponibile",
    note: "Un servizio da cui SEND dipende non era disponibile per troppo tempo.",
    hint: { action: "resume", only: "rejected" },
  },
  {
    code: "NEW_REASON",
    detail: "Mario Rossi",
    note: "SEND ha rifiutato la notifica (codice NEW_REASON).",
    hint: {
      action: "send-again",
      first: "Chiedere all'assistenza di SEND che cosa vuol dire e correggere il verbale.",
    },
  },
];
