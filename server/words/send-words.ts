/** Italian words for the legal facts of a notification, and for what SEND says of itself. */

const factWords: Readonly<Record<string, string>> = {
  SENDER_ACK: "presa in carico (atto opponibile a terzi)",
  DIGITAL_DELIVERY: "notifica digitale",
  DIGITAL_DELIVERY_FAILURE: "mancato recapito digitale",
  ANALOG_DELIVERY: "recapito per posta",
  ANALOG_FAILURE_DELIVERY: "mancato recapito per posta",
  RECIPIENT_ACCESS: "primo accesso del destinatario",
  PEC_RECEIPT: "ricevuta PEC",
  NOTIFICATION_CANCELLED: "annullamento",
  AAR: "avviso di avvenuta ricezione (AAR)",
};

const functionalityWords: Readonly<Record<string, string>> = {
  NOTIFICATION_CREATE: "invio delle notifiche",
  NOTIFICATION_VISUALIZATION: "consultazione delle notifiche",
  NOTIFICATION_WORKFLOW: "lavorazione delle notifiche",
};

/** `presa in carico (SENDER_ACK)`. */
export function formatLegalFact(category: string): string {
  return factWords[category] ?? category;
}

/** What does not work: `invio delle notifiche`. */
export function formatFunctionality(functionality: string): string {
  return functionalityWords[functionality] ?? functionality;
}

/** Where a person of the ente looks up what SEND has. Source: SEND's manual for senders, reserved area. */
export const sendPortal = "https://selfcare.notifichedigitali.it/";
