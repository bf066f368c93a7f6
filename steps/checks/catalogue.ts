/** Every check of a verbale: code, usual severity and what it looks at. */

export type Severity = "error" | "warning" | "off";

export interface CheckSpec {
  /** What the check does unless YAML says otherwise. */
  readonly severity: Severity;
  /** Italian: what is checked and why. */
  readonly about: string;
}

const error = (about: string): CheckSpec => ({ severity: "error", about });
const warning = (about: string): CheckSpec => ({ severity: "warning", about });

/** In the order in which faults are told. */
export const checks = {
  FOREIGN_RECIPIENT: error("Il destinatario ha un indirizzo estero: si notifica per altra via."),
  TAX_CODE_MISSING: error("Manca il codice fiscale (per le PG anche la partita IVA)."),
  TAX_CODE_COMPANY_PERSONAL: error(
    "Una PG ha un codice fiscale di 16 caratteri: SEND accetta per le PG solo 11 cifre; le ditte individuali sono PF.",
  ),
  TAX_CODE_PERSON_NUMERIC: error(
    "Una PF ha un codice di 11 cifre: SEND accetta per le PF solo 16 caratteri; può essere un codice provvisorio.",
  ),
  TAX_CODE_FORM: error("Il codice fiscale non ha la forma di un codice fiscale."),
  TAX_CODE_CHECK: error("La lettera di controllo del codice fiscale non corrisponde."),
  TAX_CODE_DATE: error("La data di nascita nel codice fiscale non esiste."),
  VAT_CHECK: error("La cifra di controllo delle 11 cifre non corrisponde."),
  TAX_CODE_PROVISIONAL: warning(
    "Le 11 cifre di una PG sono di un codice provvisorio, che l'Agenzia dà alle persone fisiche.",
  ),
  TAX_CODE_NAME: warning(
    "Cognome e nome non corrispondono alle prime sei lettere del codice fiscale.",
  ),
  NAME_MISSING: error("Manca il nome del destinatario."),
  NAME_LENGTH: error("Il nome del destinatario supera gli 88 caratteri che SEND accetta."),
  NAME_CUT: warning("Nella stampa nome e presso non stanno in due righe di 44 caratteri."),
  CHARSET: error("Un carattere non esiste in Latin-1 e non ha una trascrizione."),
  CHARSET_TRANSLITERATED: warning("Un carattere che non esiste in Latin-1 viene trascritto."),
  CHARSET_GARBLED: error("Le lettere accentate sono guaste (Ã¨, NICCOL?)."),
  CHARSET_FORBIDDEN: error("C'è un carattere che SEND rifiuta: la barra verticale."),
  CHARSET_UNUSUAL: warning("Nell'indirizzo c'è un carattere che SEND potrebbe rifiutare."),
  CHARSET_PRINT: error(
    "Verbale e avviso non possono stampare un carattere: i loro font non lo hanno.",
  ),
  ADDRESS_MISSING: error("Mancano la via o il comune, o hanno un solo carattere."),
  CAP_FORM: error("Il CAP non ha cinque cifre."),
  CAP_GENERIC: warning("Il CAP è quello generico di una città divisa in zone (00100, 20100)."),
  CAP_PROVINCE: warning("Il CAP non comincia con le cifre della provincia."),
  CAP_TOWN: error("CAP, comune e provincia non stanno insieme nella tabella dei CAP."),
  CAP_TOWN_DOUBT: warning(
    "CAP, comune e provincia forse non stanno insieme: la tabella in uso non basta a dirlo con certezza.",
  ),
  PROVINCE: error("La provincia non è una sigla italiana."),
  ADDRESS_ROW: error("Una riga dell'indirizzo supera i 44 caratteri."),
  ADDRESS_CUT: warning("Nella stampa dettagli e frazione non stanno in una riga di 44 caratteri."),
  ADDRESS_NUMBER: warning("La via non ha numero civico, KM o SNC."),
  ADDRESS_GRAMMAR: warning(
    "Il civico non ha una forma che la posta riconosce (12, 12/B, KM 3, SNC).",
  ),
  ADDRESS_BOX: warning("Una casella postale è senza l'ufficio postale nei dettagli."),
  PEC_FORM: error("La PEC non ha la forma di un indirizzo."),
  PEC_ORDINARY: warning("La PEC è su un dominio di posta ordinaria."),
  DATE_FUTURE: error("La violazione è nel futuro."),
  DEADLINE_PASSED: error("Sono passati i 90 giorni dell'art. 201 CdS."),
  DEADLINE_NEAR: warning("Restano pochi giorni al termine di 90."),
  AMOUNT_ZERO: error("Un importo è zero."),
  AMOUNT_DISCOUNT: error("L'importo scontato non è minore del ridotto."),
  AMOUNT_RATE: warning("L'importo scontato non è il 70 % del ridotto."),
  AMOUNT_HIGH: warning("Un importo è insolitamente alto: forse euro e centesimi sono scambiati."),
  AMOUNT_LIMIT: error(
    "Un importo supera quello che QR e Data Matrix dell'avviso portano (99.999.999,99).",
  ),
  FIELD_MISSING: error("Manca un dato del verbale: luogo, targa, articolo, descrizione, agente."),
  PROTOCOL_FORM: error("Il protocollo supera i 256 caratteri o va a capo."),
  PROTOCOL_IN_USE: error(
    "Il protocollo è già di un altro verbale, in questo flusso o in una notifica viva: sarebbe una seconda notifica.",
  ),
  SUBJECT_PERSONAL: error(
    "L'oggetto della notifica contiene una targa o un codice fiscale: arriva anche per e-mail e SMS.",
  ),
  SUBJECT_FORM: error("L'oggetto della notifica è vuoto o va a capo."),
  TAXONOMY_UNKNOWN: error(
    "Il codice tassonomico dell'ente non è nell'elenco di SEND (quello dell'11/06/2026).",
  ),
  TAXONOMY_PAYMENT: warning(
    "Il codice tassonomico dell'ente dice «senza pagamento» (N), ma il verbale si paga.",
  ),
  FEE_POLICY: warning(
    "Le spese di notifica: feePolicy e pagoPaIntMode dell'ente non vanno d'accordo fra loro o con il sistema dei pagamenti.",
  ),
  SIMILAR: warning(
    "Nello stesso flusso un altro verbale ha lo stesso destinatario, targa, giorno e ora.",
  ),
  NOTICE_CODE: warning("Le cifre di controllo di un numero d'avviso non corrispondono."),
  NOTICE_CODE_ROUNDED: error(
    "Un numero d'avviso è stato arrotondato da un foglio di calcolo: la posizione giusta resterebbe pagabile.",
  ),
  POSITION_NOTIFIED: error(
    "Una posizione da annullare è in una notifica viva: annullarla la renderebbe impagabile. Anche reset-iuv la rifiuta.",
  ),
  POSITION_SHARED: warning(
    "Nello stesso flusso un altro verbale ha la stessa posizione da annullare.",
  ),
  POSITION_REFERENCE: error(
    "La posizione da annullare è indicata in un modo che il sistema dei pagamenti dell'ente non conosce.",
  ),
} as const satisfies Record<string, CheckSpec>;

export type CheckCode = keyof typeof checks;

/** Something that was found: an Italian sentence that names the field and the remedy, without personal data. */
export interface Finding {
  readonly code: CheckCode;
  readonly message: string;
}

/** `Campo: che cosa non va. Rimedio: che cosa fare.` */
export function finding(code: CheckCode, field: string, what: string, remedy: string): Finding {
  return { code, message: `${field}: ${what} Rimedio: ${remedy}` };
}
