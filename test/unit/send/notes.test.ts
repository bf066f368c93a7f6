/** The Italian notes of SEND's codes: what the operator reads, and that no data of a person gets into it. */
import { describe, expect, test } from "bun:test";
import { refusalNote, requestNote } from "../../../integrations/send/notes.ts";

describe("answers to the request", () => {
  test.each([
    [
      "PN_GENERIC_INVALIDPARAMETER",
      "Max attachment count reached",
      "item",
      "I documenti sono più di 15.",
    ],
    [
      "PN_GENERIC_INVALIDPARAMETER",
      "Max recipient count reached",
      "item",
      "I destinatari sono più di 15.",
    ],
    [
      "PN_GENERIC_INVALIDPARAMETER",
      "paFee or vat field not filled in for notification with notificationFeePolicy DELIVERY_MODE",
      "run",
      "Con DELIVERY_MODE servono paFee e vat.",
    ],
    [
      "PN_GENERIC_INVALIDPARAMETER",
      "SEND accepts only numerical taxId for PG recipient 0",
      "item",
      "Il destinatario è indicato come persona giuridica (PG) ma ha un codice fiscale alfanumerico.",
    ],
    [
      "PN_GENERIC_INVALIDPARAMETER",
      "Field addressDetails in recipient 0 exceed max length of 44 chars",
      "item",
      "SEND non accetta i dettagli dell'indirizzo (scala, interno): supera 44 caratteri.",
    ],
    [
      "PN_GENERIC_INVALIDPARAMETER",
      "Field municipality in recipient 0 contains invalid characters.",
      "item",
      "SEND non accetta il comune: contiene caratteri non ammessi (solo lettere latine, cifre e . / ' - , @ _).",
    ],
    [
      "PN_GENERIC_INVALIDPARAMETER",
      "No province provided in physical address",
      "item",
      "Manca la provincia nell'indirizzo.",
    ],
    [
      "PN_GENERIC_INVALIDPARAMETER",
      "Same attachment compares more then once in the same request",
      "item",
      "Lo stesso file compare due volte nella richiesta.",
    ],
    [
      "PN_GENERIC_INVALIDPARAMETER",
      "PagoPA applyCostFlg must not be valorized for any payment",
      "run",
      "Con FLAT_RATE nessun avviso può portare i costi di notifica.",
    ],
    [
      "PN_INVALID_BODY",
      'Validation errors: [string "x" is too long (length: 90, maximum allowed: 88)]',
      "item",
      "SEND non accetta il nome del destinatario: ha 90 caratteri, il massimo è 88.",
    ],
    [
      "PN_INVALID_BODY",
      'Validation errors: [string "x" is too long (length: 140, maximum allowed: 134)]',
      "run",
      "SEND non accetta l'oggetto: ha 140 caratteri, il massimo è 134.",
    ],
    [
      "PN_INVALID_BODY",
      'Validation errors: [object has missing required properties (["taxonomyCode"])]',
      "run",
      "Nella richiesta manca il codice tassonomico.",
    ],
    [
      "PN_INVALID_BODY",
      'Validation errors: [instance type (null) does not match any allowed primitive type (allowed: ["string"])]',
      "item",
      "Un campo della richiesta è di tipo nullo, non ammesso da SEND.",
    ],
    ["PN_DELIVERY_SEND_IS_DISABLED", "", "run", "SEND non è attivo per questo ente."],
    [
      "PN_GENERIC_INVALIDPARAMETER_TAXONOMYCODE",
      "",
      "run",
      "Il codice tassonomico non è nell'elenco di SEND.",
    ],
    [
      "PN_DELIVERY_NOTIFICATION_LIMIT_EXCEEDED",
      "",
      "run",
      "L'ente ha raggiunto il numero massimo di notifiche del mese.",
    ],
    ["PN_NEW_CODE", "what", "item", "SEND non accetta la richiesta (codice PN_NEW_CODE)."],
  ] as const)("%s %s", (code, detail, scope, note) => {
    const read = requestNote(code, detail);

    expect(read.note).toBe(
      `${note} La richiesta non è stata presa in carico: nulla è stato notificato né addebitato.`,
    );
    expect(read.scope).toBe(scope);
    expect(read.hint).not.toBe("");
  });

  test.each([
    [
      "PN_INVALID_BODY",
      'Validation errors: [ECMA 262 regex "^.*$" does not match input string "Mario Rossi"]',
    ],
    [
      "PN_INVALID_BODY",
      'Validation errors: [string "Mario Rossi" is too short (length: 11, required minimum: 18)]',
    ],
    [
      "PN_GENERIC_INVALIDPARAMETER",
      "Duplicated iuv { Mario Rossi } on recipient with index 0 in payment with index 1",
    ],
    ["Mario Rossi", "Mario Rossi"],
  ])("what SEND quotes is not repeated: %s %s", (code, detail) => {
    const { note, hint } = requestNote(code, detail);

    expect(`${note} ${hint}`).not.toContain("Rossi");
  });
});

describe("refusals", () => {
  test.each([
    [
      "FILE_NOTFOUND",
      "Allegati non trovati",
      "SEND non trova un documento: il caricamento non è riuscito.",
    ],
    ["FILE_GONE", "", "Un documento non è più su SEND: era stato caricato da oltre 7 giorni."],
    ["FILE_SHA_ERROR", "", "L'impronta di un documento non corrisponde al file caricato."],
    ["FILE_PDF_INVALID_ERROR", "", "Un documento non è un PDF leggibile (non comincia con %PDF-)."],
    ["FILE_PDF_TOOBIG_ERROR", "", "Un documento supera la dimensione massima di SEND (200 MB)."],
    [
      "PAYMENT_NOT_VALID",
      "",
      "Il pagamento non è valido: l'avviso non risulta sulla piattaforma dei pagamenti.",
    ],
    [
      "TAXID_NOT_VALID",
      "",
      "Il codice fiscale del destinatario non risulta attivo all'Agenzia delle Entrate.",
    ],
    ["RECIPIENT_ID_NOT_VALID", "", "Il destinatario non è noto ai registri nazionali."],
    ["F24_METADATA_NOT_VALID", "", "I dati del modello F24 non sono validi."],
    ["ADDRESS_NOT_FOUND", "", "L'indirizzo mancava e i registri nazionali non ne hanno uno."],
    [
      "ADDRESS_SEARCH_FAILED",
      "",
      "La ricerca dell'indirizzo nei registri nazionali non è riuscita per un guasto.",
    ],
    [
      "SERVICE_UNAVAILABLE",
      "",
      "Un servizio da cui SEND dipende non era disponibile per troppo tempo.",
    ],
    [
      "NOT_VALID_ADDRESS",
      "Validation failed, address is not valid. Error=Invalid Address, Cap, City and Province: [00118, ROMA, MI]",
      "CAP, comune e provincia dell'indirizzo non vanno insieme.",
    ],
    [
      "NOT_VALID_ADDRESS",
      "Validation failed, address is not valid. Error=PNADDR001",
      "L'indirizzo non è recapitabile (PNADDR001): la strada o il numero civico non risultano.",
    ],
    ["NOT_VALID_ADDRESS", "", "L'indirizzo del destinatario non è recapitabile."],
    ["NEW_REASON", "", "SEND ha rifiutato la notifica (codice NEW_REASON)."],
  ])("%s %s", (code, detail, note) => {
    const read = refusalNote(code, detail);

    expect(read.note).toBe(
      `${note} SEND non ha notificato nulla; il rifiuto costa 1 euro per destinatario. I codici avviso tornano liberi.`,
    );
    expect(read.hint).not.toBe("");
  });

  test("a place that SEND quotes is not repeated", () => {
    const { note, hint } = refusalNote(
      "NOT_VALID_ADDRESS",
      "Validation failed, address is not valid. Error=Invalid Address, Cap, City and Province: [00118, Gallarate, MI]",
    );

    expect(`${note} ${hint}`).not.toContain("Gallarate");
  });
});
