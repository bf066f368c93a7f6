/** A message in words: subject, plain text and a small page of it, without personal data. */
import type { AlertLine, Message } from "../../integrations/alerts/outbox.ts";
import { alertKindWords } from "../words/alert-words.ts";

/** Where links begin, and what enti are called. */
export interface AlertPlace {
  /** Without a slash at its end. */
  readonly origin: string;
  readonly names: ReadonlyMap<string, string>;
}

export interface Composed {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export function composeMessage({ kind, lines }: Message, { origin, names }: AlertPlace): Composed {
  const { title, todo } = alertKindWords[kind];
  const enti = [...new Set(lines.map(({ ente }) => ente))];
  const [only = null] = enti;
  const one = only === null ? "Postino" : (names.get(only) ?? only);
  const whose = enti.length > 1 ? `${enti.length} enti` : one;
  const count = lines.length > 1 && kind !== "digest" ? ` (${lines.length})` : "";
  const subject = `[Postino] ${whose}: ${title}${count}`;
  const told = lines.map((line) => ({ ...line, url: `${origin}${line.path}` }));
  const isSeveral = enti.length > 1;
  const name = ({ ente }: AlertLine): string =>
    isSeveral && ente !== null ? `${names.get(ente) ?? ente}: ` : "";
  const closing =
    kind === "digest" || kind === "test"
      ? ""
      : `Per questa causa oggi non arriva un altro messaggio, anche se si ripete. L'elenco aggiornato: ${origin}/avvisi`;
  const text = [
    ...told.map((line) =>
      [
        `- ${name(line)}${line.what}`,
        ...(line.notDone === null ? [] : [`  Non fatto: ${line.notDone}`]),
        `  ${line.url}`,
      ].join("\n"),
    ),
    `Che cosa fare: ${todo}`,
    ...(closing === "" ? [] : [closing]),
  ].join("\n\n");
  return { subject, text: `${text}\n`, html: renderHtml({ told, name, todo, closing }) };
}

function renderHtml({
  told,
  name,
  todo,
  closing,
}: {
  readonly told: readonly (AlertLine & { readonly url: string })[];
  readonly name: (line: AlertLine) => string;
  readonly todo: string;
  readonly closing: string;
}): string {
  const rows = told.map((line) => {
    const notDone = line.notDone === null ? "" : `<br>Non fatto: ${Bun.escapeHTML(line.notDone)}`;
    return `<li><p>${Bun.escapeHTML(`${name(line)}${line.what}`)}${notDone}<br><a href="${Bun.escapeHTML(line.url)}">Apri la pagina</a></p></li>`;
  });
  const end = closing === "" ? "" : `<p>${Bun.escapeHTML(closing)}</p>`;
  return `<!doctype html><html lang="it"><body style="font-family:sans-serif;max-width:42em"><ul>${rows.join("")}</ul><p><strong>Che cosa fare:</strong> ${Bun.escapeHTML(todo)}</p>${end}</body></html>`;
}

/** The same as data, for a webhook. */
export function buildWebhookBody(message: Message, { origin }: AlertPlace): string {
  const { kind, cause, lines, madeAt } = message;
  return JSON.stringify({
    type: `postino.${kind}`,
    timestamp: madeAt,
    data: {
      cause,
      title: alertKindWords[kind].title,
      todo: alertKindWords[kind].todo,
      items: lines.map(({ ente, what, notDone, path }) => ({
        ente,
        what,
        notDone,
        link: `${origin}${path}`,
      })),
    },
  });
}
