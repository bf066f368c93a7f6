/** Checks of what the ente file says and every notification carries: subject, taxonomy code, who pays the notification. */
import { taxonomyCodes, taxonomyDay } from "../../integrations/send/port.ts";
import type { Services } from "../../integrations/services.ts";
import { buildFinding, type Finding } from "./catalogue.ts";
import { formatDayMonthYear } from "./verbale.ts";

export interface Sender {
  readonly send: Pick<
    Services["ente"]["send"],
    "subject" | "taxonomyCode" | "feePolicy" | "pagoPaIntMode"
  >;
  readonly payments: Pick<Services["ente"]["payments"], "adapter">;
}

/** Every verbale has payments, and gets the costs of its notification by the ente's policy. */
export function checkSender({ send, payments }: Sender): Finding[] {
  return [
    ...checkSubject(send.subject),
    ...checkTaxonomy(send.taxonomyCode),
    ...checkFeePolicy(send, payments.adapter),
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
        "toglierlo da send.subject nel file dell'ente.",
      ),
    );
  if (subject.trim() === "" || /\p{Cc}/u.test(subject))
    found.push(
      buildFinding(
        "SUBJECT_FORM",
        "Oggetto della notifica",
        "è vuoto o va a capo, e SEND rifiuterebbe ogni verbale.",
        "scrivere send.subject nel file dell'ente su una sola riga.",
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
        "usare in send.taxonomyCode 010101P (violazioni del Codice della Strada, con pagamento) o un altro codice dell'elenco.",
      ),
    ];
  if (code.endsWith("P")) return [];
  return [
    buildFinding(
      "TAXONOMY_PAYMENT",
      "Codice tassonomico",
      "è di quelli senza pagamento.",
      "usare in send.taxonomyCode il codice che finisce per P.",
    ),
  ];
}

function checkFeePolicy(
  { feePolicy, pagoPaIntMode }: Sender["send"],
  adapter: Sender["payments"]["adapter"],
): Finding[] {
  const field = "Spese di notifica";
  if (feePolicy === "DELIVERY_MODE" && pagoPaIntMode === "NONE")
    return [
      buildFinding(
        "FEE_POLICY",
        field,
        "con DELIVERY_MODE le paga il destinatario, ma con pagoPaIntMode NONE nessuno le aggiunge all'importo dell'avviso.",
        "togliere send.pagoPaIntMode dal file dell'ente, o scegliere SYNC o ASYNC.",
      ),
    ];
  if (feePolicy === "FLAT_RATE" && pagoPaIntMode !== undefined && pagoPaIntMode !== "NONE")
    return [
      buildFinding(
        "FEE_POLICY",
        field,
        `con FLAT_RATE il destinatario non le paga: pagoPaIntMode ${pagoPaIntMode} non ha nulla da aggiungere.`,
        "togliere send.pagoPaIntMode dal file dell'ente.",
      ),
    ];
  if (pagoPaIntMode === "ASYNC" && adapter !== "gpd")
    return [
      buildFinding(
        "FEE_POLICY",
        field,
        "con ASYNC SEND le scrive su GPD, e rifiuta il verbale se la posizione lì non c'è ancora.",
        "usare SYNC, se le posizioni dell'ente non sono su GPD prima dell'invio.",
      ),
    ];
  return [];
}
