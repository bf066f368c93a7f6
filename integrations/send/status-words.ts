/** Italian words for the states that SEND gives a notification. */

const statusWords: Readonly<Record<string, string>> = {
  IN_VALIDATION: "in verifica",
  ACCEPTED: "accettata: per l'ente la notifica è perfezionata",
  REFUSED: "rifiutata",
  DELIVERING: "in consegna",
  DELIVERED: "consegnata",
  VIEWED: "aperta da un destinatario",
  EFFECTIVE_DATE: "perfezionata per decorrenza dei termini",
  UNREACHABLE: "destinatario irreperibile",
  CANCELLED: "annullata",
  PAID: "pagata",
  RETURNED_TO_SENDER: "resa al mittente",
};

/** The words of SEND that are known here. */
export const notificationStatuses: readonly string[] = Object.keys(statusWords);

/** `in consegna (DELIVERING)`; a word that is not known stands alone. */
export function formatNotificationStatus(status: string): string {
  const word = statusWords[status];
  return word === undefined ? status : `${word} (${status})`;
}
