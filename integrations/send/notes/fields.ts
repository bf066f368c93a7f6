/** The fields of a request by their Italian names, and how a fault of one is said. */
import type { Hint } from "../../../engine/host/hint.ts";

/** Whom a fault concerns: this verbale, or every verbale of the ente (its settings). */
export type FaultScope = "item" | "run";

export interface NotedFault {
  readonly note: string;
  readonly hint: Hint;
  readonly scope: FaultScope;
}

/** Makes the finding of a text that a pattern fits. */
export type Reading = (match: RegExpMatchArray) => NotedFault;

/** Wire names of SEND; the last ones are those of pn-delivery's texts. */
const fieldNames: Readonly<Record<string, string>> = {
  abstract: "la descrizione (abstract)",
  additionalLanguages: "le lingue aggiuntive",
  address: "la via con il numero civico",
  amount: "l'importo",
  addressDetails: "i dettagli dell'indirizzo (scala, interno)",
  applyCost: "l'indicazione dei costi (applyCost)",
  at: "il campo «presso»",
  "at and municipalityDetails": "la riga «presso» con la frazione",
  creditorTaxId: "il codice fiscale del creditore",
  denomination: "il nome del destinatario",
  digitalDomicile: "la PEC",
  documents: "i documenti",
  foreignState: "lo stato",
  group: "il gruppo",
  idempotenceToken: "il codice di idempotenza",
  municipality: "il comune",
  municipalityDetails: "la frazione",
  noticeCode: "il codice avviso",
  pagoPaIntMode: "il modo di aggiornare il costo",
  payments: "i pagamenti",
  physicalCommunicationPriority: "la priorità del recapito (priority)",
  preLoadRequest: "i documenti da caricare",
  notificationFeePolicy: "la politica dei costi",
  paFee: "il costo dell'ente",
  paProtocolNumber: "il numero di protocollo",
  paymentExpirationDate: "la scadenza del pagamento",
  physicalAddress: "l'indirizzo",
  physicalCommunicationType: "il tipo di raccomandata",
  province: "la provincia",
  recipientType: "il tipo di destinatario (PF o PG)",
  recipients: "i destinatari",
  senderDenomination: "la denominazione dell'ente",
  senderTaxId: "il codice fiscale dell'ente",
  subject: "l'oggetto",
  taxId: "il codice fiscale del destinatario",
  taxonomyCode: "il codice tassonomico",
  title: "il titolo del documento",
  vat: "l'IVA",
  zip: "il CAP",
  "zip, municipality and Province": "la riga con CAP, comune e provincia",
};

/** Fields that come from the ente file, not from the verbale. */
const settingFields: ReadonlySet<string> = new Set([
  "additionalLanguages",
  "group",
  "notificationFeePolicy",
  "paFee",
  "pagoPaIntMode",
  "physicalCommunicationPriority",
  "physicalCommunicationType",
  "senderDenomination",
  "senderTaxId",
  "subject",
  "taxonomyCode",
  "vat",
]);

/** The field as an operator calls it. */
export function nameRequestField(field: string): string {
  return fieldNames[field] ?? `il campo ${field}`;
}

/** Whether the field comes from the ente's file. */
export function isSetting(field: string): boolean {
  return settingFields.has(field);
}

/** The last name of a property path: `recipients[0].physicalAddress.zip` is `zip`; `null` when it is none that we send. */
export function findRequestField(element: string): string | null {
  const name = /([A-Za-z]+)(?:\[\d+\])?$/.exec(element)?.[1] ?? "";
  return name in fieldNames ? name : null;
}

/** A fault of this verbale. */
export function itemFault(note: string, hint: Hint): NotedFault {
  return { note, hint, scope: "item" };
}

/** A fault of the ente's settings: every verbale would fail alike. */
export function runFault(note: string, hint: Hint): NotedFault {
  return { note, hint, scope: "run" };
}

/** The remedy for what stands in the verbale. */
export const mendVerbale = "Correggere il verbale nel gestionale e mandarlo con un altro flusso.";
/** The remedy for what stands in the ente's file. */
export const mendEnte: Hint = {
  action: "resume",
  setting: {
    ask: "correggere le impostazioni di SEND nel file dell'ente",
    technical: "Correggere la sezione send: del file dell'ente.",
  },
};

/** A field and what is wrong with it; whether it is the verbale's or the ente's, the field tells. */
export function requestFieldFault(field: string, what: string): NotedFault {
  const note = `SEND non accetta ${nameRequestField(field)}: ${what}.`;
  return isSetting(field) ? runFault(note, mendEnte) : itemFault(note, mendVerbale);
}
