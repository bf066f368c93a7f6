/** Italian notes for every error code of SEND: what is wrong, in which field, what was and was not done, the remedy; never with personal data. */
import { type ErrorCode, passOnCode } from "../../../engine/host/error-codes.ts";
import { askTechnician, type Hint } from "../../../engine/host/hint.ts";
import { readDeliveryDetail } from "./details.ts";
import {
  requestFieldFault,
  findRequestField,
  type NotedFault,
  itemFault,
  runFault,
} from "./fields.ts";
import { readGatewayDetail } from "./gateway.ts";
import { readRefusalDetail } from "./refusals.ts";

/** What the operator reads beside the verbale. */
export interface SendNote {
  readonly note: string;
  readonly hint: Hint;
  /** `run`: a setting of the ente, every verbale would fail alike. */
  readonly scope: "item" | "run";
}

/** What was not done, when SEND did not take the request; every note ends so. */
export const notTaken =
  "La richiesta non è stata presa in carico: nulla è stato notificato né addebitato";
/** The notice codes of the verbale, where none of them is the fault. */
export const codesFree = "i codici avviso restano liberi";
const refused =
  "SEND non ha notificato nulla; il rifiuto costa 1 euro per destinatario. I codici avviso tornano liberi.";
const resend = "Correggere il verbale nel gestionale e mandarlo con un altro flusso.";

/** SEND's 409. */
const duplicated = "PN_GENERIC_INVALIDPARAMETER_DUPLICATED";

/** Codes of the answer to the request. Source: pn-delivery. */
const requestCodes: Readonly<Record<string, NotedFault>> = {
  PN_GENERIC_INVALIDPARAMETER_TAXONOMYCODE: runFault(
    "Il codice tassonomico non è nell'elenco di SEND.",
    askTechnician(
      "correggere il codice tassonomico: 010101P per i verbali CdS con pagamento, 010103N senza",
      "Indicare taxonomyCode nel file dell'ente: 010101P per i verbali CdS con pagamento, 010103N senza.",
    ),
  ),
  PN_DELIVERY_SEND_IS_DISABLED: runFault("SEND non è attivo per questo ente.", {
    action: "resume",
    first: "Chiedere a PagoPA l'attivazione dell'ente.",
  }),
  PN_DELIVERY_INVALID_SENDER_TAX_ID: runFault(
    "Il codice fiscale dell'ente non è quello a cui appartiene la chiave API.",
    {
      action: "resume",
      setting: {
        ask: "controllare codice fiscale e chiave di SEND nel file dell'ente",
        technical: "Controllare codiceFiscale e send.apiKey nel file dell'ente.",
      },
    },
  ),
  PN_DELIVERY_INVALIDPARAMETER_GROUP: runFault(
    "Il gruppo manca, è sospeso o non è fra quelli della chiave API.",
    {
      action: "resume",
      setting: {
        ask: "indicare uno dei gruppi della chiave di SEND",
        technical: "Indicare in send.group uno dei gruppi della chiave.",
      },
    },
  ),
  PN_DELIVERY_NOTIFICATION_LIMIT_EXCEEDED: runFault(
    "L'ente ha raggiunto il numero massimo di notifiche del mese.",
    {
      action: "resume",
      first: "Chiedere a PagoPA di alzare il limite, o aspettare il mese prossimo.",
    },
  ),
  PN_DELIVERY_REQUIREDADDITIONALLANG: runFault("SEND ammette una sola lingua aggiuntiva.", {
    action: "resume",
    first: "Indicarne una sola.",
  }),
  PN_DELIVERY_INVALIDADDITIONALLANGS: runFault("La lingua aggiuntiva non è ammessa da SEND.", {
    action: "resume",
    first: "Sono ammesse DE, FR e SL: correggere la scelta.",
  }),
  PN_DELIVERY_ADECHECKCF: itemFault(
    "L'Agenzia delle Entrate non risponde alla verifica del codice fiscale.",
    "Il verbale viene riprovato da solo.",
  ),
  [duplicated]: itemFault("Il codice avviso è già in una notifica attiva su SEND.", {
    action: "resume",
    only: "rejected",
    first:
      "Cercare la notifica che lo porta: se è di un altro invio dello stesso verbale non va ripetuta; altrimenti:",
    after: "Il verbale riceve codici avviso nuovi.",
  }),
};

/** Bean validation, by the end of the code. Source: pn-commons, PN_GENERIC_INVALIDPARAMETER_<CONSTRAINT>. */
const constraints: Readonly<Record<string, string>> = {
  SIZE: "ha un numero di caratteri o di elementi non ammesso",
  PATTERN: "non ha la forma prevista",
  REQUIRED: "manca",
  MAX: "il valore è troppo grande",
  MIN: "il valore è troppo piccolo",
};

/** The field is named by the property path; an unknown one is not repeated. */
function constraintFault(code: string, element: string): NotedFault | null {
  const constraint = /^PN_GENERIC_INVALIDPARAMETER_([A-Z]+)$/.exec(code)?.[1];
  const what = constraint === undefined ? undefined : constraints[constraint];
  if (what === undefined) return null;
  const field = findRequestField(element);
  return field === null
    ? itemFault(`SEND non accetta un campo della richiesta: ${what}.`, resend)
    : requestFieldFault(field, what);
}

/** What SEND said to a request it did not take: one error of the answer. `detail` and `element` (a property path) are read, never repeated. */
export function explainRequestCode(code: string, detail = "", element = ""): SendNote {
  const finding =
    (code === "PN_INVALID_BODY" || code === "PN_INVALID_PARAMETERS"
      ? readGatewayDetail(detail)
      : null) ??
    readDeliveryDetail(detail) ??
    requestCodes[code] ??
    constraintFault(code, element) ??
    itemFault(`SEND non accetta la richiesta (codice ${formatCode(code)}).`, resend);
  const isOfCodes = finding.scope === "run" || code === duplicated;
  return { ...finding, note: `${finding.note} ${notTaken}${isOfCodes ? "" : `; ${codesFree}`}.` };
}

/** Why SEND refused a request that it had taken in charge: one reason. `detail` is read, never repeated. */
export function explainRefusalCode(code: string, detail = ""): SendNote {
  const finding =
    readRefusalDetail(code, detail) ??
    itemFault(`SEND ha rifiutato la notifica (codice ${formatCode(code)}).`, {
      action: "send-again",
      first: "Chiedere all'assistenza di SEND che cosa vuol dire e correggere il verbale.",
    });
  return { ...finding, note: `${finding.note} ${refused}` };
}

/** Stands for a reason whose code is none. */
const unknownCode = "UNKNOWN_CODE";

/** The code itself when it looks like one, else UNKNOWN_CODE: free text could carry data of a person and is not kept. */
export function toPlainCode(code: string): ErrorCode {
  return /^[A-Z][A-Z0-9_]{2,80}$/.test(code) ? passOnCode(code) : unknownCode;
}

function formatCode(code: string): string {
  const plain = toPlainCode(code);
  return plain === unknownCode ? "sconosciuto" : plain;
}
