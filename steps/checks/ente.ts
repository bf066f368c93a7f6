/** Checks of what the ente file says and every notification carries: subject, taxonomy code, who pays the notification. */
import type { NotificationCosts } from "../../integrations/payments/port.ts";
import { taxonomyCodes, taxonomyDay } from "../../integrations/send/port.ts";
import type { Services } from "../../integrations/services.ts";
import { buildFinding, type Finding } from "./catalogue.ts";
import { checkCosts } from "./costs.ts";
import { formatDayMonthYear } from "./verbale.ts";

export interface Sender {
  readonly send: Pick<
    Services["ente"]["send"],
    "subject" | "taxonomyCode" | "feePolicy" | "pagoPaIntMode"
  >;
  readonly costs: NotificationCosts;
}

/** Every verbale has payments, and gets the costs of its notification by the ente's policy. */
export function checkSender({ send, costs }: Sender): Finding[] {
  return [
    ...checkSubject(send.subject),
    ...checkTaxonomy(send.taxonomyCode),
    ...checkCosts(send, costs),
  ];
}

/** A plate of a car (AB123CD, with blanks or dashes) or a codice fiscale; those of mopeds and trailers look like any number. */
const personal =
  /\b[A-Z]{2}[ -]?[0-9]{3}[ -]?[A-Z]{2}\b|\b[A-Z]{6} ?[0-9LMNPQRSTUV]{2} ?[A-Z][0-9LMNPQRSTUV]{2} ?[A-Z][0-9LMNPQRSTUV]{3}[A-Z]\b/i;

function checkSubject(subject: string): Finding[] {
  const found: Finding[] = [];
  if (personal.test(subject))
    found.push(
      buildFinding(
        "SUBJECT_PERSONAL",
        "Oggetto della notifica",
        "contiene una targa o un codice fiscale.",
        "chiedere al tecnico di toglierlo dall'oggetto delle notifiche.",
      ),
    );
  if (subject.trim() === "" || /\p{Cc}/u.test(subject))
    found.push(
      buildFinding(
        "SUBJECT_FORM",
        "Oggetto della notifica",
        "è vuoto o va a capo, e SEND rifiuterebbe ogni verbale.",
        "chiedere al tecnico di scriverlo su una sola riga.",
      ),
    );
  return found;
}

function checkTaxonomy(code: string): Finding[] {
  if (!taxonomyCodes.has(code))
    return [
      buildFinding(
        "TAXONOMY_UNKNOWN",
        "Codice tassonomico",
        `non è nell'elenco di SEND del ${formatDayMonthYear(taxonomyDay)}.`,
        "chiedere al tecnico di usare 010101P (violazioni del Codice della Strada, con pagamento) o un altro codice dell'elenco.",
      ),
    ];
  if (code.endsWith("P")) return [];
  return [
    buildFinding(
      "TAXONOMY_PAYMENT",
      "Codice tassonomico",
      "è di quelli senza pagamento.",
      "chiedere al tecnico di usare il codice che finisce per P.",
    ),
  ];
}
