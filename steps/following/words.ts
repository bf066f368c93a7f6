/** What an operator reads beside a notification that was asked for. */
import { toEpochMs, toRomeDay } from "../../engine/host/clock.ts";
import type {
  Followed,
  FollowedRecipient,
  Perfezionamento,
} from "../../integrations/register/followed.ts";

/** One sentence for each recipient, or the state alone. `statusWord`: SEND's state in Italian. */
export function describeFollowed(followed: Followed, statusWord: string): string {
  const isAlone = followed.recipients.length === 1;
  const told = followed.recipients.flatMap((recipient) => {
    const sentence = describeRecipient(recipient);
    if (sentence === null) return [];
    return isAlone
      ? `${sentence[0]?.toUpperCase() ?? ""}${sentence.slice(1)}.`
      : `Destinatario ${recipient.index + 1}: ${sentence}.`;
  });
  return [`Su SEND: ${statusWord}.`, ...told].join(" ");
}

/** What a person has to look at, or decide. */
export function listFollowedWarnings({ corrections, recipients }: Followed): string[] {
  const isAlone = recipients.length === 1;
  const differences = recipients.flatMap((recipient) => {
    const { index, otherDay, perfezionamento } = recipient;
    if (otherDay === undefined || perfezionamento === undefined) return [];
    const whose = isAlone ? "" : ` per il destinatario ${index + 1}`;
    return `SEND dà la notifica per perfezionata${whose} il ${formatDay(perfezionamento.day)}; contando i termini sarebbe il ${formatDay(otherDay)}. Vale il giorno di SEND: chiederne conto all'assistenza di SEND con lo IUN.`;
  });
  const stalled = recipients.flatMap((recipient) => {
    const sentence = describeStalled(recipient);
    if (sentence === null) return [];
    return isAlone ? sentence : `Destinatario ${recipient.index + 1}: ${sentence}`;
  });
  return [...corrections.slice(-1).map(describeCorrection), ...differences, ...stalled];
}

/** Whom it waits for, where a letter brings nothing any more and nothing else has ended it. */
function describeStalled({
  attempts,
  perfezionamento,
  deceasedAt,
  isCancelled,
}: FollowedRecipient): string | null {
  const letter = attempts.findLast(({ isStalled }) => isStalled === true);
  const isOver = perfezionamento !== undefined || deceasedAt !== undefined || isCancelled === true;
  if (letter === undefined || isOver) return null;
  const day = formatDay(toRomeDay(toEpochMs(letter.at)));
  const code = letter.code === undefined ? "" : `, ultimo codice ${letter.code}`;
  return `Della lettera del ${day} SEND non dice più nulla${code}: finché non c'è un esito o un accesso del destinatario la notifica non è perfezionata. Chiedere all'assistenza di SEND con lo IUN.`;
}

/** The last correction, with what the office may have to decide. */
function describeCorrection({ at, before, redo = [] }: Followed["corrections"][number]): string {
  const day = formatDay(toRomeDay(toEpochMs(at)));
  const held =
    before === undefined ? "" : ` Prima risultava perfezionata il ${formatDay(before.day)}.`;
  const moved = redo.includes("terms")
    ? " I termini si contano di nuovo: se un termine era già stato fatto valere, decidere se ridarlo al destinatario."
    : "";
  return `SEND ha corretto la storia di questa notifica il ${day}.${held}${moved}`;
}

function describeRecipient(recipient: FollowedRecipient): string | null {
  const { perfezionamento, deceasedAt, isCancelled } = recipient;
  if (isCancelled === true) return "annullata prima del perfezionamento";
  if (perfezionamento !== undefined) return describePerfezionamento(perfezionamento);
  return deceasedAt === undefined
    ? null
    : "il destinatario risulta deceduto, nessun termine decorre";
}

function describePerfezionamento({ day, rule, isFinal }: Perfezionamento): string {
  const when = formatDay(day);
  const how = describePerfectionRule(rule);
  // A letter may have been delivered earlier, and SEND not told it yet.
  if (!isFinal && rule === "viewed")
    return `perfezionata il ${when} (${how}), prima se la lettera risulta consegnata prima`;
  return isFinal
    ? `perfezionata il ${when} (${how})`
    : `si perfeziona il ${when} (${how}), prima se il destinatario vi accede`;
}

/** How a notification counts as done, in a few words. */
export function describePerfectionRule(rule: Perfezionamento["rule"]): string {
  return ruleWords[rule];
}

/** `2026-11-09` as `09/11/2026`. */
function formatDay(day: string): string {
  return day.split("-").toReversed().join("/");
}

const ruleWords: Readonly<Record<Perfezionamento["rule"], string>> = {
  digital: "consegna digitale",
  "digital-failure": "recapito digitale non riuscito",
  analog: "consegna per posta",
  deposit: "giacenza",
  untraceable: "irreperibilità",
  viewed: "accesso del destinatario",
};
