/** Every check of a verbale: code, usual severity, what SEND does of it and what it looks at; the settings of validate and the table of docs/it/controlli.md are made of it. */
import type { PassedOnCode } from "../../engine/host/error-codes.ts";
import { rejectOn, warnOn, type CheckSpec } from "./check-spec.ts";

export type { CheckSeverity, CheckSpec, SendVerdict } from "./check-spec.ts";

/** In the order in which faults are told. */
export const checks = {
  FOREIGN_RECIPIENT: rejectOn("never", "Un destinatario è all'estero: si notifica per altra via."),
  FOREIGN_STATE: rejectOn("later", "Lo Stato estero manca o è una sigla: SEND vuole il nome."),
  TAX_CODE_MISSING: rejectOn(
    "at once",
    "Manca il codice fiscale (per le PG anche la partita IVA).",
  ),
  TAX_CODE_COMPANY_PERSONAL: rejectOn(
    "at once",
    "Una PG ha un codice fiscale di 16 caratteri: SEND accetta per le PG solo 11 cifre; le ditte individuali sono PF.",
  ),
  TAX_CODE_PERSON_NUMERIC: rejectOn(
    "at once",
    "Una PF ha un codice di 11 cifre: SEND accetta per le PF solo 16 caratteri; può essere un codice provvisorio.",
  ),
  CODE_CHARACTER: rejectOn(
    "at once",
    "In un codice (codice fiscale, partita IVA, targa, CAP, numero d'avviso) c'è un carattere che sembra un altro.",
  ),
  TAX_CODE_FORM: rejectOn("at once", "Il codice fiscale non ha la forma di un codice fiscale."),
  TAX_CODE_CHECK: rejectOn(
    "at once",
    "La lettera di controllo del codice fiscale non corrisponde.",
  ),
  TAX_CODE_DATE: rejectOn("never", "La data di nascita nel codice fiscale non esiste."),
  VAT_CHECK: rejectOn("at once", "La cifra di controllo delle 11 cifre non corrisponde."),
  TAX_CODE_PROVISIONAL: warnOn(
    "never",
    "Le 11 cifre di una PG sono di un codice provvisorio, che l'Agenzia dà alle persone fisiche.",
  ),
  TAX_CODE_NAME: warnOn(
    "never",
    "Cognome e nome non corrispondono alle prime sei lettere del codice fiscale.",
  ),
  RECIPIENT_TWICE: rejectOn("at once", "Due destinatari hanno lo stesso codice fiscale."),
  NAME_MISSING: rejectOn("at once", "Manca il nome del destinatario."),
  NAME_SPLIT: warnOn(
    "never",
    "Cognome e nome sono in una colonna sola e non si lasciano dividere con certezza: il nome va intero.",
  ),
  TYPE_DOUBT: rejectOn("never", "Codici e nome non dicono con certezza se è una PF o una PG."),
  NAME_LENGTH: rejectOn(
    "at once",
    "Il nome del destinatario supera gli 88 caratteri che SEND accetta.",
  ),
  NAME_CUT: warnOn("never", "Nella stampa nome e presso non stanno in due righe di 44 caratteri."),
  CHARSET: rejectOn("at once", "Un carattere non esiste in Latin-1 e non ha una trascrizione."),
  CHARSET_TRANSLITERATED: warnOn(
    "never",
    "Un carattere che non esiste in Latin-1 viene trascritto.",
  ),
  CHARSET_GARBLED: rejectOn("never", "Le lettere accentate sono guaste (Ã¨, NICCOL?)."),
  CHARSET_ESCAPED: rejectOn(
    "never",
    "Un nome o un indirizzo contiene un segno di controllo scritto in lettere (\\n, &amp;, _x000D_).",
  ),
  CHARSET_FORBIDDEN: rejectOn("at once", "C'è un carattere che SEND rifiuta: la barra verticale."),
  CHARSET_UNUSUAL: warnOn(
    "at once",
    "Nell'indirizzo c'è un carattere che SEND potrebbe rifiutare.",
  ),
  CHARSET_PRINT: rejectOn(
    "never",
    "Verbale e avviso non possono stampare un carattere: i loro font non lo hanno.",
  ),
  ADDRESS_MISSING: rejectOn("at once", "Mancano la via o il comune, o hanno un solo carattere."),
  ADDRESS_SPLIT: warnOn(
    "never",
    "Più parti dell'indirizzo sono in una colonna sola e non si lasciano dividere con certezza: il testo resta intero.",
  ),
  CAP_FORM: rejectOn("later", "Il CAP non ha cinque cifre."),
  CAP_GENERIC: warnOn(
    "later",
    "Il CAP è quello generico di una città divisa in zone (00100, 20100).",
  ),
  CAP_PROVINCE: rejectOn("later", "Il CAP non comincia con le cifre della provincia."),
  CAP_TOWN: rejectOn("later", "CAP, comune e provincia non stanno insieme nella tabella dei CAP."),
  CAP_TOWN_DOUBT: warnOn(
    "later",
    "CAP, comune e provincia forse non stanno insieme: la tabella in uso non basta a dirlo con certezza.",
  ),
  CAP_TOWN_UNKNOWN: warnOn(
    "later",
    "La località non è tra i comuni della tabella fornita: una frazione, o un nome sbagliato.",
  ),
  PROVINCE: rejectOn("later", "La provincia non è una sigla italiana."),
  ADDRESS_ROW: rejectOn("at once", "Una riga dell'indirizzo supera i 44 caratteri."),
  ADDRESS_CUT: warnOn(
    "never",
    "Nella stampa dettagli e frazione non stanno in una riga di 44 caratteri.",
  ),
  ADDRESS_NUMBER: warnOn("never", "La via non ha numero civico, KM o SNC."),
  ADDRESS_GRAMMAR: warnOn(
    "never",
    "Il civico non ha una forma che la posta riconosce (12, 12/B, KM 3, SNC).",
  ),
  ADDRESS_BOX: warnOn("later", "Una casella postale è senza l'ufficio postale nei dettagli."),
  PEC_FORM: rejectOn("at once", "La PEC non ha la forma di un indirizzo."),
  PEC_ORDINARY: warnOn("never", "La PEC è su un dominio di posta ordinaria."),
  DATE_FUTURE: rejectOn("never", "La violazione è nel futuro."),
  DEADLINE_PASSED: rejectOn("never", "Sono passati i 90 giorni dell'art. 201 CdS."),
  DEADLINE_NEAR: warnOn("never", "Restano pochi giorni al termine di 90."),
  AMOUNT_ZERO: rejectOn("at once", "Un importo è zero."),
  AMOUNT_DISCOUNT: rejectOn("never", "L'importo scontato non è minore del ridotto."),
  AMOUNT_RATE: warnOn("never", "L'importo scontato non è il 70 % del ridotto."),
  AMOUNT_HIGH: warnOn(
    "never",
    "Un importo è insolitamente alto: forse euro e centesimi sono scambiati.",
  ),
  AMOUNT_LIMIT: rejectOn(
    "at once",
    "Un importo supera quello che QR e Data Matrix dell'avviso portano (99.999.999,99).",
  ),
  FIELD_MISSING: rejectOn(
    "never",
    "Manca un dato del verbale: luogo, targa, articolo, descrizione, agente.",
  ),
  CONTESTATION_MISSING: warnOn(
    "never",
    "Il verbale non dice perché la violazione non è stata contestata subito: né un caso dell'art. 201, comma 1-bis, né un motivo.",
  ),
  CONTESTATION_TWICE: warnOn(
    "never",
    "La violazione è contestata subito e il verbale dice anche perché non lo è.",
  ),
  CONTESTATION_REPEATED: warnOn(
    "never",
    "Lo stesso motivo della mancata contestazione sta in più verbali del flusso: una formula di stile.",
  ),
  CONTESTATION_CASE: rejectOn(
    "never",
    "La lettera dell'art. 201, comma 1-bis, non c'è, o non c'era il giorno della violazione.",
  ),
  CONTESTATION_SHORT: warnOn(
    "never",
    "Il motivo della mancata contestazione è troppo corto per dire l'impedimento concreto.",
  ),
  CONTESTATION_DEVICE: warnOn(
    "never",
    "Il caso dell'art. 201 presuppone un dispositivo, e il verbale non ne nomina alcuno.",
  ),
  CONTESTATION_ARTICLE: warnOn(
    "never",
    "Il caso dell'art. 201 non è quello dell'articolo violato, per quanto il suo testo è stato letto.",
  ),
  CONTESTATION_DECREE: warnOn(
    "never",
    "Il caso dell'art. 201 vuole, su certe strade, un decreto del prefetto, e il verbale non ne nomina alcuno.",
  ),
  FINDING_DATE: rejectOn(
    "never",
    "L'accertamento è prima della violazione o nel futuro: da quel giorno decorrono i 90 giorni.",
  ),
  RENOTIFICATION_DATA: rejectOn("never", "Di una nuova notifica manca origine, causa o giorno."),
  RENOTIFICATION_ORIGIN: warnOn("never", "Il verbale di origine non l'ha inviato Postino."),
  RENOTIFICATION_PAID: rejectOn("never", "Il verbale di origine è già pagato."),
  RENOTIFICATION_DECEASED: rejectOn("never", "Chi doveva ricevere il primo verbale è deceduto."),
  HOUR_MISSING: warnOn("never", "Manca l'ora della violazione: può mancare solo per la sosta."),
  PLATE_FORM: warnOn("never", "La targa non ha la forma di una targa."),
  QUALITY_MISSING: warnOn(
    "never",
    "Il flusso non dice a che titolo il verbale è del destinatario: la premessa non può dirlo.",
  ),
  POINTS_MISSING: warnOn(
    "never",
    "Il flusso non dice quanti punti della patente si perdono (0: nessuno): il verbale non ne parla e non chiede chi guidava.",
  ),
  POINTS_RANGE: rejectOn(
    "never",
    "I punti della patente sono più di 15, il massimo per più violazioni insieme.",
  ),
  SPEED_VALUES: rejectOn(
    "never",
    "La velocità non supera il limite, o quella contestata supera quella rilevata.",
  ),
  SPEED_MISSING: warnOn(
    "never",
    "Di limite, velocità rilevata e velocità contestata ne manca qualcuna.",
  ),
  SPEED_TOLERANCE: warnOn(
    "never",
    "La velocità contestata non è quella rilevata meno la tolleranza.",
  ),
  SPEED_COMMA: warnOn(
    "never",
    "Il comma dell'art. 142 non è quello della velocità contestata (7, 8, 9, 9-bis: fino a 10, 40, 60 km/h, oltre).",
  ),
  SPEED_SERIES: warnOn(
    "never",
    "Nello stesso flusso lo stesso veicolo ha un'altra velocità a non più di un'ora: art. 142, comma 6-ter, CdS.",
  ),
  DEVICE_DATE: rejectOn(
    "never",
    "La data del decreto o della taratura del dispositivo è dopo la violazione.",
  ),
  DEVICE_DECREE: warnOn(
    "never",
    "Si contesta una velocità senza dire con quale dispositivo, o con quale decreto è approvato o omologato.",
  ),
  DEVICE_CALIBRATION: warnOn(
    "never",
    "La taratura del dispositivo manca o è troppo vecchia il giorno della violazione.",
  ),
  SPEED_DEVICE_NOT_IN_CENSUS: warnOn(
    "never",
    "Il dispositivo di velocità non risulta nel censimento del Ministero, condizione per usarlo dal 29/11/2025.",
  ),
  PAYMENT_BARRED_AMOUNT: warnOn(
    "never",
    "Il pagamento in misura ridotta è escluso, e il flusso dà degli importi.",
  ),
  PAYMENT_BARRED_POSITION: rejectOn(
    "never",
    "Il pagamento in misura ridotta è escluso, e il verbale ha una posizione da annullare, ancora pagabile.",
  ),
  PHOTOGRAPH_UNUSABLE: rejectOn(
    "never",
    "Una fotografia da stampare manca, è guasta, troppo grande o in CMYK. Anche render la rifiuta.",
  ),
  ACT_LENGTH: rejectOn(
    "never",
    "Un dato del verbale è troppo lungo per la stampa (200 caratteri; motivo della mancata contestazione e dichiarazioni 1.000).",
  ),
  PROTOCOL_FORM: rejectOn("at once", "Il protocollo supera i 256 caratteri o va a capo."),
  PROTOCOL_IN_USE: rejectOn(
    "never",
    "Il protocollo è già di un altro verbale, in questo flusso o in una notifica viva: sarebbe una seconda notifica.",
  ),
  SAME_VIOLATION: rejectOn(
    "never",
    "Lo stesso destinatario, targa, giorno, ora e articolo, o lo stesso numero scritto altrimenti, è già di un altro verbale, in questo flusso o in una notifica viva: sarebbe una seconda notifica.",
  ),
  SUBJECT_PERSONAL: rejectOn(
    "never",
    "L'oggetto della notifica contiene una targa o un codice fiscale: arriva anche per e-mail e SMS.",
  ),
  SUBJECT_FORM: rejectOn("at once", "L'oggetto della notifica è vuoto o va a capo."),
  TAXONOMY_UNKNOWN: rejectOn(
    "at once",
    "Il codice tassonomico dell'ente non è nell'elenco di SEND (quello dell'11/06/2026).",
  ),
  TAXONOMY_PAYMENT: warnOn(
    "never",
    "Il codice tassonomico dell'ente dice «senza pagamento» (N), ma il verbale si paga.",
  ),
  FEE_LOST: rejectOn(
    "never",
    "Nessuno aggiungerebbe le spese di notifica all'avviso: a ogni verbale le perderebbe l'ente.",
  ),
  FEE_POLICY: warnOn(
    "never",
    "Le spese di notifica: quando restano all'ente, il modo di aggiornare il costo non ha nulla da aggiungere.",
  ),
  SIMILAR: warnOn(
    "never",
    "Nello stesso flusso un altro verbale ha lo stesso destinatario, targa, giorno e ora.",
  ),
  NOTICE_CODE: warnOn("never", "Le cifre di controllo di un numero d'avviso non corrispondono."),
  NOTICE_CODE_ROUNDED: rejectOn(
    "never",
    "Un numero d'avviso è stato arrotondato da un foglio di calcolo: la posizione giusta resterebbe pagabile.",
  ),
  POSITION_NOTIFIED: rejectOn(
    "never",
    "Una posizione da annullare è in una notifica viva: annullarla la renderebbe impagabile. Anche reset-iuv la rifiuta.",
  ),
  POSITION_SHARED: warnOn(
    "never",
    "Nello stesso flusso un altro verbale ha la stessa posizione da annullare.",
  ),
  POSITION_REFERENCE: rejectOn(
    "never",
    "La posizione da annullare è indicata in un modo che il sistema dei pagamenti dell'ente non conosce.",
  ),
} as const satisfies Record<string, CheckSpec>;

export type CheckCode = keyof typeof checks;

declare module "../../engine/host/error-codes.ts" {
  interface ErrorCodes extends Record<CheckCode, string> {}
}

/** Something that was found: an Italian sentence that names the field and the remedy, without personal data. */
export interface Finding<Code extends CheckCode | PassedOnCode = CheckCode> {
  readonly code: Code;
  /** What of the verbale it is about, in words: how the message begins. */
  readonly head: string;
  readonly message: string;
}

/** `Campo: che cosa non va. Rimedio: che cosa fare.` */
export function buildFinding(
  code: CheckCode,
  field: string,
  what: string,
  remedy: string,
): Finding {
  return { code, head: field, message: formatFinding(field, what, remedy) };
}

/** As every finding is said. */
export function formatFinding(field: string, what: string, remedy: string): string {
  return `${field}: ${what} Rimedio: ${remedy}`;
}
