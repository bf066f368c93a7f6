/** What happened to a notification, in plain Italian, oldest first, each with what proves it. */
import type { KeptProof } from "../../integrations/register/evidence.ts";
import type { DeliveryAttempt, FollowedRecipient } from "../../integrations/register/followed.ts";
import { formatDateTime, formatDay } from "../words/format.ts";
import { formatLegalFact } from "../words/send-words.ts";
import type { CaseFile } from "./collect.ts";

/** One passage. */
export interface Passage {
  /** ISO 8601 UTC. */
  readonly at: string;
  /** One Italian sentence. */
  readonly text: string;
}

/** The passages in their order; names of people are in the documents, not here. */
export function tellStory({ act, verdict, followed, evidence }: CaseFile): readonly Passage[] {
  const passages: Passage[] = [];
  if (verdict?.outcome === "refused")
    passages.push({
      at: verdict.at,
      text: `SEND rifiuta la richiesta: ${verdict.reasons.map(({ note }) => note).join(" ") || "senza motivo indicato."}`,
    });
  const acceptedAt = followed?.acceptedAt ?? (verdict?.outcome === "accepted" ? verdict.at : null);
  if (acceptedAt !== null && acceptedAt !== undefined)
    passages.push({
      at: acceptedAt,
      text: "SEND accetta la notifica: per l'ente è perfezionata.",
    });
  const recipients = followed?.recipients ?? [];
  for (const recipient of recipients)
    passages.push(...tellRecipient(recipient, recipients.length > 1));
  for (const { at, recipient } of followed?.corrections ?? [])
    passages.push({
      at,
      text: `SEND corregge la storia della notifica${recipients.length > 1 ? ` per il destinatario ${recipient + 1}` : ""}: quanto corretto non vale più.`,
    });
  if (followed?.cancelledAt !== undefined)
    passages.push({ at: followed.cancelledAt, text: "La notifica è annullata." });
  passages.push(...(evidence?.kept ?? []).map(tellProof));
  const rest = passages.toSorted((one, other) => one.at.localeCompare(other.at));
  // Our clock and SEND's differ: what begins it all comes first whatever they say.
  return [{ at: act.sentAt, text: tellSending(act) }, ...rest];
}

function tellSending({ protocol, files }: CaseFile["act"]): string {
  const what = files.length === 1 ? "un documento" : `${files.length} documenti`;
  return `L'ente consegna a SEND la richiesta con il protocollo ${protocol}, con ${what}.`;
}

function tellRecipient(recipient: FollowedRecipient, isOfMany: boolean): readonly Passage[] {
  const who = isOfMany ? `Destinatario ${recipient.index + 1}: ` : "";
  const passages = recipient.attempts.map((attempt) => ({
    at: attempt.at,
    text: `${who}${tellAttempt(attempt)}`,
  }));
  const add = (at: string | undefined, text: string): void => {
    if (at !== undefined) passages.push({ at, text: `${who}${text}` });
  };
  add(recipient.viewedAt, "il destinatario apre la notifica per la prima volta.");
  add(recipient.collectedAt, "la notifica è ritirata a uno sportello.");
  add(recipient.untraceableAt, "il destinatario risulta irreperibile: l'avviso è depositato.");
  add(recipient.deceasedAt, "il destinatario risulta deceduto: nessun termine decorre.");
  const { perfezionamento } = recipient;
  if (perfezionamento !== undefined)
    add(
      perfezionamento.at,
      perfezionamento.isFinal
        ? `la notifica è perfezionata per il destinatario il ${formatDay(perfezionamento.day)}.`
        : `la notifica si perfeziona il ${formatDay(perfezionamento.day)}, se prima il destinatario non vi accede.`,
    );
  return passages.map(({ at, text }) => ({ at, text: capitalize(text) }));
}

const channelWords: Readonly<Record<DeliveryAttempt["channel"], string>> = {
  digital: "recapito digitale",
  analog: "recapito per posta",
  "simple-letter": "raccomandata semplice",
};

const outcomeWords = { ok: "riuscito", ko: "non riuscito" } as const;

function tellAttempt(attempt: DeliveryAttempt): string {
  const { channel, product, outcome, code, cause, registeredLetterCode } = attempt;
  const how =
    product === undefined ? channelWords[channel] : `${channelWords[channel]} (${product})`;
  const end = outcome === undefined ? "in corso" : outcomeWords[outcome];
  const details = [
    registeredLetterCode === undefined ? null : `raccomandata ${registeredLetterCode}`,
    code === undefined ? null : `esito ${code}`,
    cause === undefined ? null : `causa ${cause}`,
  ].filter((part) => part !== null);
  return `${how}: ${end}${details.length === 0 ? "" : ` (${details.join(", ")})`}.`;
}

function tellProof({ at, category, kind, name, isInvalid }: KeptProof): Passage {
  const what = `${formatLegalFact(category)}${kind === undefined ? "" : ` (${kind})`}`;
  const gone = isInvalid === true ? " Riguarda un passaggio che SEND ha corretto." : "";
  return { at, text: `Prova: ${what}, file ${name}.${gone}` };
}

/** `23/11/2026 07:45  Il destinatario …`: as a row of a report. */
export function toStoryRow({ at, text }: Passage): readonly [string, string] {
  return [formatDateTime(at), text];
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
