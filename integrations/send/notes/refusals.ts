/** Why SEND refused a request that it had taken in charge: each code, and what its details add. */
import type { Hint } from "../../../engine/host/hint.ts";
import { type NotedFault, itemFault, runFault } from "./fields.ts";

const uploadAgain: Hint = {
  action: "resume",
  only: "rejected",
  after: "I documenti vengono caricati di nuovo.",
};

/** Codes alone. Source: pn-delivery-push-validator. */
const codes: Readonly<Record<string, NotedFault>> = {
  FILE_NOTFOUND: itemFault(
    "SEND non trova un documento: il caricamento non è riuscito.",
    uploadAgain,
  ),
  FILE_GONE: itemFault(
    "Un documento non è più su SEND: era stato caricato da oltre 7 giorni.",
    uploadAgain,
  ),
  FILE_SHA_ERROR: itemFault("L'impronta di un documento non corrisponde al file caricato.", {
    action: "resume",
    only: "rejected",
    after: "Se succede ancora, avvisare l'assistenza.",
  }),
  FILE_PDF_INVALID_ERROR: itemFault(
    "Un documento non è un PDF leggibile (non comincia con %PDF-).",
    {
      action: "resume",
      only: "rejected",
      first: "Controllare il modello e la firma del documento.",
    },
  ),
  FILE_PDF_TOOBIG_ERROR: itemFault("Un documento supera la dimensione massima di SEND (200 MB).", {
    action: "resume",
    only: "rejected",
    first: "Ridurre le immagini del modello.",
  }),
  PAYMENT_NOT_VALID: runFault(
    "Il pagamento non è valido: l'avviso non risulta sulla piattaforma dei pagamenti.",
    {
      action: "resume",
      only: "rejected",
      first: "Controllare che la posizione debitoria sia attiva.",
    },
  ),
  TAXID_NOT_VALID: itemFault(
    "Il codice fiscale del destinatario non risulta attivo all'Agenzia delle Entrate.",
    { action: "send-again", first: "Verificare il codice fiscale in anagrafe e correggerlo." },
  ),
  RECIPIENT_ID_NOT_VALID: itemFault("Il destinatario non è noto ai registri nazionali.", {
    action: "send-again",
    first: "Verificare codice fiscale e tipo di destinatario e correggerli.",
  }),
  SENDER_DISABLED_MORE_THAN_20_GRAMS: runFault(
    "La busta supererebbe 20 grammi e l'ente non è abilitato: allegati di pagamento, un documento di oltre 4 pagine, due documenti di oltre 2 pagine o più di due documenti.",
    {
      action: "resume",
      only: "rejected",
      setting: {
        ask: "indicare nel file dell'ente che non è abilitato oltre 20 grammi, o di chiedere l'abilitazione a PagoPA",
        technical:
          "Indicare over20Grams: false nella sezione send: del file dell'ente, oppure chiedere a PagoPA l'abilitazione.",
      },
    },
  ),
  F24_METADATA_NOT_VALID: itemFault(
    "I dati del modello F24 non sono validi.",
    "Postino non allega modelli F24: avvisare l'assistenza.",
  ),
  NOT_VALID_ADDRESS: itemFault("L'indirizzo del destinatario non è recapitabile.", {
    action: "send-again",
    first: "Controllare l'indirizzo e correggerlo.",
  }),
  ADDRESS_NOT_FOUND: itemFault("L'indirizzo mancava e i registri nazionali non ne hanno uno.", {
    action: "send-again",
    first: "Indicare l'indirizzo.",
  }),
  ADDRESS_SEARCH_FAILED: itemFault(
    "La ricerca dell'indirizzo nei registri nazionali non è riuscita per un guasto.",
    {
      action: "resume",
      only: "rejected",
      after: "Con l'indirizzo nel flusso la ricerca non serve.",
    },
  ),
  SERVICE_UNAVAILABLE: itemFault(
    "Un servizio da cui SEND dipende non era disponibile per troppo tempo.",
    { action: "resume", only: "rejected" },
  ),
};

type Reading = readonly [code: string, pattern: RegExp, finding: NotedFault];

const badPlace: Hint = { action: "send-again", first: "Correggere CAP, comune o provincia." };

/** Details that say more than the code. Source: VAL AddressValidator, PaymentValidator, LegalNotificationValidationStrategy; AM CsvService. */
const readings: readonly Reading[] = [
  [
    "NOT_VALID_ADDRESS",
    /Cap, city and Province are mandatory/,
    itemFault("Nell'indirizzo mancano CAP, comune o provincia.", {
      action: "send-again",
      first: "Completare l'indirizzo.",
    }),
  ],
  [
    "NOT_VALID_ADDRESS",
    /Invalid Address, Cap, City and Province/,
    itemFault("CAP, comune e provincia dell'indirizzo non vanno insieme.", badPlace),
  ],
  [
    "NOT_VALID_ADDRESS",
    /Country not found/,
    itemFault("Lo stato dell'indirizzo non è nell'elenco di SEND.", {
      action: "send-again",
      first: "Scrivere lo stato in italiano, o lasciarlo vuoto per l'Italia.",
    }),
  ],
  [
    "NOT_VALID_ADDRESS",
    /contains invalid characters/,
    itemFault("L'indirizzo contiene caratteri non ammessi.", {
      action: "send-again",
      first: "Togliere i caratteri speciali dall'indirizzo.",
    }),
  ],
  [
    "NOT_VALID_ADDRESS",
    /PNADDR001/,
    itemFault(
      "L'indirizzo non è recapitabile (PNADDR001): la strada o il numero civico non risultano.",
      { action: "send-again", first: "Correggere via e numero civico (o KM, SNC)." },
    ),
  ],
  [
    "NOT_VALID_ADDRESS",
    /PNADDR002/,
    itemFault("Il CAP o lo stato dell'indirizzo non è servito (PNADDR002).", {
      action: "send-again",
      first: "Correggere CAP e stato.",
    }),
  ],
  [
    "NOT_VALID_ADDRESS",
    /PNADDR003/,
    itemFault("L'indirizzo non è recapitabile secondo il normalizzatore di SEND (PNADDR003).", {
      action: "send-again",
      first: "Controllare l'indirizzo e correggerlo.",
    }),
  ],
  [
    "PAYMENT_NOT_VALID",
    /There isn't payments for recipient/,
    itemFault(
      "Il pagamento non è valido: dove SEND scrive le spese sulla posizione ogni destinatario deve avere un avviso.",
      {
        action: "resume",
        only: "rejected",
        first: "Dare un avviso pagoPA a ogni destinatario del verbale.",
      },
    ),
  ],
  [
    "PAYMENT_NOT_VALID",
    /There isn't paFee/,
    runFault(
      "Il pagamento non è valido: dove SEND scrive le spese sulla posizione serve il costo di notifica dell'ente.",
      {
        action: "resume",
        only: "rejected",
        setting: {
          ask: "indicare nel file dell'ente il suo costo di notifica",
          technical: "Indicare paFee nella sezione send: del file dell'ente.",
        },
      },
    ),
  ],
  [
    "SENDER_DISABLED_MORE_THAN_20_GRAMS",
    /Payment attachments are disabled/,
    runFault(
      "La busta supererebbe 20 grammi e l'ente non è abilitato: l'avviso di pagamento non si può allegare.",
      {
        action: "resume",
        only: "rejected",
        setting: {
          ask: "indicare nel file dell'ente che non è abilitato oltre 20 grammi (SEND mostra il solo codice avviso), o di chiedere l'abilitazione a PagoPA",
          technical:
            "Indicare over20Grams: false nella sezione send: del file dell'ente (SEND mostra il solo codice avviso), oppure chiedere a PagoPA l'abilitazione.",
        },
      },
    ),
  ],
  [
    "SENDER_DISABLED_MORE_THAN_20_GRAMS",
    /exceed 4 pages/,
    runFault(
      "La busta supererebbe 20 grammi e l'ente non è abilitato: il documento ha più di 4 pagine.",
      {
        action: "resume",
        only: "rejected",
        first: "Accorciare il modello o chiedere a PagoPA l'abilitazione.",
      },
    ),
  ],
  [
    "SENDER_DISABLED_MORE_THAN_20_GRAMS",
    /One of two documents exceed one sheet/,
    runFault(
      "La busta supererebbe 20 grammi e l'ente non è abilitato: uno dei due documenti ha più di 2 pagine.",
      {
        action: "resume",
        only: "rejected",
        first: "Accorciare il modello o chiedere a PagoPA l'abilitazione.",
      },
    ),
  ],
];

/** What code and detail say, or `null` when the code is not known. The detail's own values are never repeated. */
export function readRefusalDetail(code: string, detail: string): NotedFault | null {
  for (const [of, pattern, finding] of readings)
    if (of === code && pattern.test(detail)) return finding;
  return codes[code] ?? null;
}
