/** What an operator reads beside a notification that was asked for. */
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
    return isAlone ? `${sentence}.` : `Destinatario ${recipient.index + 1}: ${sentence}.`;
  });
  const corrected =
    followed.corrections.length === 0 ? [] : ["SEND ha corretto la storia di questa notifica."];
  return [`Su SEND: ${statusWord}.`, ...told, ...corrected].join(" ");
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
  const when = day.split("-").toReversed().join("/");
  const how = describePerfectionRule(rule);
  return isFinal
    ? `perfezionata il ${when} (${how})`
    : `si perfeziona il ${when} (${how}), prima se il destinatario vi accede`;
}

/** How a notification counts as done, in a few words. */
export function describePerfectionRule(rule: Perfezionamento["rule"]): string {
  return ruleWords[rule];
}

const ruleWords: Readonly<Record<Perfezionamento["rule"], string>> = {
  digital: "consegna digitale",
  "digital-failure": "recapito digitale non riuscito",
  analog: "consegna per posta",
  deposit: "giacenza",
  untraceable: "irreperibilità",
  viewed: "accesso del destinatario",
};
