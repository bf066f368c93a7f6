/** The fields of a verbale by dotted name, and how the text of a column becomes their value. */
import { decreeKinds, qualities, renotificationCauses } from "./choices.ts";
import { cleanCode, cleanWords, describeLookAlikes } from "./look-alikes.ts";
import { parseAmount } from "./notation/amounts.ts";
import { maskValue } from "./mask-value.ts";
import { readNumber, readSpeed, readWhole } from "./number-values.ts";
import { parseNotedDay } from "./notation/dates.ts";
import type { Notation } from "./notation/notation.ts";
import {
  readChoice,
  readFiles,
  readFlag,
  readReduction,
  valueFault,
  type ReadValue,
} from "./word-values.ts";

export type { ReadValue, ValueFault } from "./word-values.ts";

/** `code`: what people copy letter by letter; what does not show in it is taken out. */
export type FieldKind =
  | "text"
  | "code"
  | "words"
  | "day"
  | "time"
  | "cents"
  | "whole"
  | "speed"
  | "number"
  | "letter"
  | "flag"
  | "type"
  | "quality"
  | "decree"
  | "reduction"
  | "cause"
  | "files"
  | "positions"
  | "noticeCodes";

export interface FieldSpec {
  readonly kind: FieldKind;
  /** A file must have its column. */
  readonly isNeeded: boolean;
  /** A row must have its value; texts that may be missing are left to the checks, which tell all faults at once. */
  readonly isFilled: boolean;
  /** Where the value stands in the act, dotted; absent: under the field's own name. */
  readonly at?: string;
  /** As people read it, where the field is one of a kind of act. */
  readonly title?: string;
}

/** The fields that the rows of a flusso may have. */
export interface FieldTable {
  readonly specs: ReadonlyMap<string, FieldSpec>;
  /** What a field is, by its dotted name; `undefined`: there is none of that name. */
  find(field: string): FieldSpec | undefined;
  /** What stands in an act before its row is read. */
  readonly start: Readonly<Record<string, string | number>>;
}

const needed: FieldSpec = { kind: "text", isNeeded: true, isFilled: false };
const optional: FieldSpec = { kind: "text", isNeeded: false, isFilled: false };
const neededCode: FieldSpec = { ...needed, kind: "code" };
const optionalCode: FieldSpec = { ...optional, kind: "code" };
const optionalWords: FieldSpec = { ...optional, kind: "words" };
const optionalSpeed: FieldSpec = { ...optional, kind: "speed" };
const optionalDay: FieldSpec = { ...optional, kind: "day" };

/** Every field that a flusso may carry, in the order of the documentation. */
export const fieldSpecs: ReadonlyMap<string, FieldSpec> = new Map<string, FieldSpec>([
  ["numero", { kind: "words", isNeeded: true, isFilled: true }],
  ["protocollo", optionalWords],
  ["dataViolazione", { kind: "day", isNeeded: true, isFilled: true }],
  ["oraViolazione", { kind: "time", isNeeded: false, isFilled: false }],
  ["dataAccertamento", optionalDay],
  ["luogo", needed],
  ["targa", { ...needed, kind: "words" }],
  ["articolo", needed],
  ["descrizione", needed],
  ["agente", needed],
  ["responsabile", optional],
  ["contestazioneImmediata", { ...optional, kind: "flag" }],
  ["casoArt201", { ...optional, kind: "letter" }],
  ["motivoMancataContestazione", optional],
  ["dichiarazioni", optional],
  ["puntiPatente", { ...optional, kind: "whole" }],
  ["veicolo.tipo", optional],
  ["veicolo.marca", optional],
  ["veicolo.modello", optional],
  ["veicolo.nazione", optional],
  ["velocita.limite", optionalSpeed],
  ["velocita.rilevata", optionalSpeed],
  ["velocita.contestata", optionalSpeed],
  ["dispositivo.marca", optional],
  ["dispositivo.modello", optional],
  ["dispositivo.matricola", optionalWords],
  ["dispositivo.decreto.tipo", { ...optional, kind: "decree" }],
  ["dispositivo.decreto.numero", optionalWords],
  ["dispositivo.decreto.data", optionalDay],
  ["dispositivo.taratura.data", optionalDay],
  ["dispositivo.taratura.centro", optional],
  ["dispositivo.taratura.certificato", optionalWords],
  ["dispositivo.censimentoMit", optionalWords],
  ["decretoPrefettizio.numero", optionalWords],
  ["decretoPrefettizio.data", optionalDay],
  ["decretoPrefettizio.tratto", optional],
  ["conducente.cognome", optional],
  ["conducente.nome", optional],
  ["conducente.codiceFiscale", optionalCode],
  ["conducente.patente", optionalCode],
  ["conducente.categoria", optionalWords],
  ["fotografie", { ...optional, kind: "files" }],
  ["pagamentoRidotto", { ...optional, kind: "reduction" }],
  ["rinotifica.origine", optionalWords],
  ["rinotifica.causa", { ...optional, kind: "cause" }],
  ["rinotifica.dataConoscenza", optionalDay],
  ["rinotifica.documento", optional],
  ["importoRidottoCents", { kind: "cents", isNeeded: true, isFilled: true }],
  ["importoScontatoCents", { kind: "cents", isNeeded: false, isFilled: false }],
  ["speseCents", { kind: "cents", isNeeded: true, isFilled: true }],
  ["destinatario.tipo", { kind: "type", isNeeded: true, isFilled: true }],
  ["destinatario.qualita", { ...optional, kind: "quality" }],
  ["destinatario.cognome", optional],
  ["destinatario.nome", optional],
  ["destinatario.denominazione", optional],
  ["destinatario.codiceFiscale", optionalCode],
  ["destinatario.partitaIva", optionalCode],
  ["destinatario.pec", optional],
  ["destinatario.indirizzo.via", needed],
  ["destinatario.indirizzo.civico", optional],
  ["destinatario.indirizzo.presso", optional],
  ["destinatario.indirizzo.dettagli", optional],
  ["destinatario.indirizzo.cap", neededCode],
  ["destinatario.indirizzo.comune", needed],
  ["destinatario.indirizzo.frazione", optional],
  ["destinatario.indirizzo.provincia", neededCode],
  ["destinatario.indirizzo.stato", optional],
  ["posizioni.iupd", { kind: "positions", isNeeded: false, isFilled: false }],
  ["posizioni.idPendenza", { kind: "positions", isNeeded: false, isFilled: false }],
  ["posizioni.numeroAvviso", { kind: "noticeCodes", isNeeded: false, isFilled: false }],
]);

/** What a verbale has only where it may be paid: empty where `pagamentoRidotto` is `escluso`. */
export const amountsToPay: ReadonlySet<string> = new Set(["importoRidottoCents", "speseCents"]);

/** A column of the ente's own: `extra.codiceVarco`; printed where its model names it. */
const extraName = /^extra\.[a-z][A-Za-z0-9]{0,39}$/;

/** Of the second recipient to the fifteenth, SEND's last: `destinatari.2.cognome`. */
const otherRecipient = /^destinatari\.(?:[2-9]|1[0-5])\./;

/** What a field is, by its dotted name; `undefined`: a verbale has none of that name. */
export function findFieldSpec(field: string): FieldSpec | undefined {
  const known = fieldSpecs.get(field) ?? (extraName.test(field) ? optional : undefined);
  if (known !== undefined) return known;
  const other = fieldSpecs.get(field.replace(otherRecipient, "destinatario."));
  return other !== undefined && otherRecipient.test(field)
    ? { ...other, isNeeded: false, isFilled: false }
    : undefined;
}

/** The fields of a verbale of the Codice della Strada. */
export const verbaleFields: FieldTable = { specs: fieldSpecs, find: findFieldSpec, start: {} };

/** The value of one column. `text` is trimmed and not empty. */
export function readValue(kind: FieldKind, text: string, notation: Notation): ReadValue {
  if (text.includes("\uFFFD"))
    return valueFault(
      "FLUSSO_CHARACTER",
      "un carattere è andato perduto prima dell'esportazione (al suo posto c'è il segno di sostituzione).",
      "correggere il valore nel gestionale ed esportare di nuovo.",
    );
  return readers[kind](text, notation);
}

const readers: Readonly<Record<FieldKind, (text: string, notation: Notation) => ReadValue>> = {
  text: (text) => ({ value: text }),
  code: (text) => ({ value: cleanCode(text) }),
  words: (text) => ({ value: cleanWords(text) }),
  day: (text, notation) => readDay(text, notation.dates),
  time: readTime,
  cents: (text, notation) => readAmount(text, notation.amounts),
  whole: readWhole,
  speed: readSpeed,
  number: readNumber,
  flag: readFlag,
  letter: (text) => ({ value: cleanLetter(text) }),
  type: readType,
  quality: (text) => readChoice(text, qualities),
  decree: (text) => readChoice(text, decreeKinds),
  reduction: readReduction,
  cause: (text) => readChoice(text, renotificationCauses),
  files: readFiles,
  positions: (text) => ({ value: splitList(text) }),
  noticeCodes: readNoticeCodes,
};

function readDay(text: string, dates: Notation["dates"]): ReadValue {
  const read = parseNotedDay(text, dates);
  if (read !== null && "day" in read) return { value: read.day };
  if (read !== null)
    return valueFault(
      "FLUSSO_DATE",
      `la data ${read.wrong} non esiste nel calendario.`,
      "correggere la data.",
    );
  const isIso = /^\d{4}-\d{2}-\d{2}$/.test(text);
  if (/^\d{1,2}\/\d{1,2}\/\d{4}$/.test(text))
    return valueFault(
      "FLUSSO_DATE_AMBIGUOUS",
      `la data «${text}» non dice se viene prima il giorno o il mese.`,
      "scrivere AAAA-MM-GG, oppure chiedere al tecnico di dichiarare che il gestionale scrive le date GG/MM/AAAA.",
    );
  if (/^\d{1,2}[/.-]\d{1,2}[/.-]\d{2}$/.test(text))
    return valueFault(
      "FLUSSO_DATE_AMBIGUOUS",
      `la data «${text}» ha l'anno di due cifre.`,
      `scrivere la data come ${dates}, con l'anno di quattro cifre.`,
    );
  return valueFault(
    "FLUSSO_DATE",
    `la data «${maskValue(text)}» non è scritta come ${dates}.`,
    isIso
      ? "scrivere GG/MM/AAAA, oppure chiedere al tecnico di dichiarare che il gestionale scrive le date AAAA-MM-GG."
      : `scrivere la data come ${dates}, senza orario.`,
  );
}

function readTime(text: string): ReadValue {
  const found = /^(\d{1,2})[:.](\d{2})(?:[:.]\d{2})?$/.exec(text);
  const [, hours = "", minutes = ""] = found ?? [];
  if (found === null || Number(hours) > 23 || Number(minutes) > 59)
    return valueFault(
      "FLUSSO_TIME",
      `l'ora «${maskValue(text)}» non esiste.`,
      "scrivere l'ora come 14:05.",
    );
  return { value: `${hours.padStart(2, "0")}:${minutes}` };
}

function readAmount(text: string, amounts: Notation["amounts"]): ReadValue {
  const read = parseAmount(text, amounts);
  if ("cents" in read) return { value: read.cents };
  if (amounts === "cents")
    return valueFault(
      "FLUSSO_AMOUNT",
      `l'importo «${maskValue(text)}» non è un numero intero di centesimi.`,
      /^[\d.]+,\d{2}$/.test(text)
        ? "scrivere i centesimi (173,00 euro = 17300), oppure chiedere al tecnico di dichiarare che il gestionale scrive gli importi 1.234,56."
        : "scrivere l'importo in centesimi, di sole cifre: 17300 per 173,00 euro.",
    );
  if (amounts === "thousandths")
    return valueFault(
      "FLUSSO_AMOUNT",
      `l'importo «${maskValue(text)}» non è un numero intero di millesimi che faccia centesimi.`,
      "scrivere l'importo in millesimi, di sole cifre: 173000 per 173,00 euro.",
    );
  const example = amounts.startsWith("1.") ? "173,00" : "173.00";
  if (read.fault === "ambiguous")
    return valueFault(
      "FLUSSO_AMOUNT_AMBIGUOUS",
      `l'importo «${maskValue(text)}» si può leggere in più modi (euro o centesimi, migliaia o decimali).`,
      `scrivere sempre due decimali: ${example}.`,
    );
  return valueFault(
    "FLUSSO_AMOUNT",
    `l'importo «${maskValue(text)}» non è scritto come ${amounts}.`,
    `scrivere l'importo con due decimali e senza simboli: ${example}.`,
  );
}

function readType(text: string): ReadValue {
  const type = text.toUpperCase();
  if (type === "PF" || type === "PG") return { value: type };
  return valueFault(
    "FLUSSO_TYPE",
    "il tipo di destinatario non è né PF né PG.",
    "scrivere PF per le persone fisiche e le ditte individuali, PG per società ed enti.",
  );
}

/** A field of a JSON line that is a number, not a text. */
export function isNumeric({ kind }: FieldSpec): boolean {
  return kind === "cents" || kind === "whole" || kind === "speed" || kind === "number";
}

/** `lett. G BIS)` -> `g-bis`. */
function cleanLetter(text: string): string {
  return cleanCode(text)
    .toLowerCase()
    .replace(/^lett(?:era)?/, "")
    .replaceAll(/[().]/g, "")
    .replace(/^([a-z])-?(bis|ter|quater)$/, "$1-$2");
}

function readNoticeCodes(text: string): ReadValue {
  const codes = splitList(text);
  if (codes.every((code) => /^\d{18}$/.test(code))) return { value: codes };
  const strange = codes.flatMap(describeLookAlikes);
  if (strange.length > 0)
    return valueFault(
      "FLUSSO_NOTICE_CODE",
      `nel numero d'avviso c'è un carattere che non è una cifra: ${strange.join("; ")}.`,
      "riscrivere a mano le 18 cifre.",
    );
  return valueFault(
    "FLUSSO_NOTICE_CODE",
    "il numero d'avviso non ha 18 cifre.",
    "scrivere le 18 cifre di seguito; se il foglio di calcolo le ha rese come 3,02E+17, trattare la colonna come testo ed esportare di nuovo.",
  );
}

/** The values of a cell that may hold several, separated by blanks or commas. */
export function splitList(text: string): readonly string[] {
  return text
    .split(/[\s,]+/)
    .map(cleanCode)
    .filter((part) => part !== "");
}
