/** Turns an item's data into titled lists of label and value in Italian. */
import { notificationStatusWord } from "../../integrations/send/port.ts";
import { formatCents, formatDay, formatSeconds } from "../words/format.ts";
import { toFields } from "./item-fields.ts";

export interface FieldSection {
  readonly title: string;
  readonly fields: readonly (readonly [string, string])[];
}

const sectionTitles: Readonly<Record<string, string>> = {
  verbale: "Verbale",
  "verbale.destinatario": "Destinatario",
  validation: "Controlli",
  payment: "Pagamento",
  notification: "Notifica",
  sentNotification: "Notifica su SEND",
};

const labels: Readonly<Record<string, string>> = {
  numero: "Numero",
  protocollo: "Protocollo",
  dataViolazione: "Data della violazione",
  oraViolazione: "Ora",
  luogo: "Luogo",
  targa: "Targa",
  articolo: "Articolo",
  descrizione: "Descrizione",
  agente: "Agente accertatore",
  importoRidottoCents: "Importo ridotto",
  importoScontatoCents: "Importo scontato",
  speseCents: "Spese",
  tipo: "Tipo",
  cognome: "Cognome",
  nome: "Nome",
  denominazione: "Denominazione",
  codiceFiscale: "Codice fiscale",
  partitaIva: "Partita IVA",
  pec: "PEC",
  indirizzo: "Indirizzo",
  via: "Via",
  civico: "Civico",
  presso: "Presso",
  dettagli: "Dettagli",
  cap: "CAP",
  comune: "Comune",
  frazione: "Frazione",
  provincia: "Provincia",
  stato: "Stato estero",
  posizioni: "Posizioni da annullare",
  numeroAvviso: "Codice avviso",
  iupd: "IUPD",
  idPendenza: "Pendenza",
  checkedOn: "Controllato il",
  taxId: "Codice fiscale controllato",
  denomination: "Denominazione inviata",
  printedRows: "Riga sulla busta",
  isProtocolShared: "Protocollo comune a più verbali",
  notifyBy: "Da notificare entro",
  warnings: "Avvertenze",
  ref: "Posizione",
  cancelled: "Posizioni annullate",
  cancelledPositions: "Posizioni annullate",
  receipts: "Pagamenti sulle posizioni annullate",
  creditorTaxId: "Ente creditore",
  notificationRequestId: "Token",
  protocol: "Protocollo",
  idempotenceToken: "Chiave di idempotenza",
  sentAt: "Inviata il",
  status: "Stato allora",
  cancelledAt: "Annullata il",
};

const words: Readonly<Record<string, string>> = {
  PF: "persona fisica",
  PG: "persona giuridica",
  discounted: "scontato",
  reduced: "ridotto",
  none: "nessuno",
  unknown: "non si sa",
};

/** Files and the IUN have their own place on the page. */
const shownElsewhere = new Set(["documents", "signedDocuments", "archive", "iun"]);

/** The data in the order in which the steps added it; unknown fields keep their own names. */
export function buildSections(data: Readonly<Record<string, unknown>>): readonly FieldSection[] {
  const sections: FieldSection[] = [];
  const loose: (readonly [string, string])[] = [];
  for (const [name, value] of Object.entries(data)) {
    if (shownElsewhere.has(name)) continue;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      loose.push(...flatten(name, value));
      continue;
    }
    const { destinatario, ...own } = toFields(value);
    sections.push(buildSection(name, own));
    if (destinatario !== undefined)
      sections.push(buildSection(`${name}.destinatario`, toFields(destinatario)));
  }
  if (loose.length > 0) sections.push({ title: "Altri dati", fields: loose });
  return sections.filter(({ fields }) => fields.length > 0);
}

function buildSection(name: string, fields: Readonly<Record<string, unknown>>): FieldSection {
  return {
    title: sectionTitles[name] ?? name,
    fields: Object.entries(fields).flatMap(([field, value]) => flatten(field, value)),
  };
}

function flatten(name: string, value: unknown): readonly (readonly [string, string])[] {
  if (value === null || value === undefined) return [];
  const label = labels[name] ?? name;
  if (name === "options" && Array.isArray(value)) return value.flatMap(describeOption);
  if (Array.isArray(value))
    return value.map((entry, index) => [
      value.length === 1 ? label : `${label} (${index + 1})`,
      formatEntry(entry),
    ]);
  if (typeof value === "object")
    return Object.entries(value).flatMap(([field, inner]) => flatten(field, inner));
  return [[label, formatScalar(name, value)]];
}

/** Its codes stand at the top of the page. */
function describeOption(option: unknown): readonly (readonly [string, string])[] {
  const { kind, amountCents } = toFields(option);
  if (typeof amountCents !== "number") return [];
  return [[`Da pagare (${words[String(kind)] ?? String(kind)})`, formatCents(amountCents)]];
}

function formatEntry(entry: unknown): string {
  if (typeof entry !== "object" || entry === null) return formatScalar("", entry);
  return Object.entries(entry)
    .flatMap(([name, value]) => flatten(name, value))
    .map(([label, value]) => `${label}: ${value}`)
    .join(" · ");
}

function formatScalar(name: string, value: unknown): string {
  if (typeof value === "number" && name.endsWith("Cents")) return formatCents(value);
  if (typeof value === "boolean") return value ? "sì" : "no";
  const text = String(value);
  if (name === "status") return notificationStatusWord(text);
  if (/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(text)) return formatSeconds(text);
  return words[text] ?? formatDay(text);
}
