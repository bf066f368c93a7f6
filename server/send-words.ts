/** Italian words for what SEND says of a notification, and of itself; used by the commands that show it. */

const statusWords: Readonly<Record<string, string>> = {
  IN_VALIDATION: "in verifica",
  ACCEPTED: "accettata: per l'ente la notifica è perfezionata",
  REFUSED: "rifiutata",
  DELIVERING: "in consegna",
  DELIVERED: "consegnata",
  VIEWED: "aperta dal destinatario: perfezionata",
  EFFECTIVE_DATE: "perfezionata per decorrenza dei termini",
  UNREACHABLE: "destinatario irreperibile",
  CANCELLED: "annullata",
  PAID: "pagata",
  RETURNED_TO_SENDER: "resa al mittente",
};

const factWords: Readonly<Record<string, string>> = {
  SENDER_ACK: "presa in carico (atto opponibile a terzi)",
  DIGITAL_DELIVERY: "notifica digitale",
  DIGITAL_DELIVERY_FAILURE: "mancato recapito digitale",
  ANALOG_DELIVERY: "recapito per posta",
  ANALOG_FAILURE_DELIVERY: "mancato recapito per posta",
  RECIPIENT_ACCESS: "primo accesso del destinatario",
  PEC_RECEIPT: "ricevuta PEC",
  NOTIFICATION_CANCELLED: "annullamento",
};

const functionalityWords: Readonly<Record<string, string>> = {
  NOTIFICATION_CREATE: "invio delle notifiche",
  NOTIFICATION_VISUALIZATION: "consultazione delle notifiche",
  NOTIFICATION_WORKFLOW: "lavorazione delle notifiche",
};

/** `in consegna (DELIVERING)`; a word that is not known stands alone. */
export function notificationStatusWord(status: string): string {
  return withWord(statusWords[status], status);
}

/** `presa in carico (SENDER_ACK)`. */
export function legalFactWord(category: string): string {
  return factWords[category] ?? category;
}

/** What does not work: `invio delle notifiche`. */
export function functionalityWord(functionality: string): string {
  return functionalityWords[functionality] ?? functionality;
}

function withWord(word: string | undefined, own: string): string {
  return word === undefined ? own : `${word} (${own})`;
}
