/** The notifications of one violation, in the words of who reads them. */
import type { ChainLink } from "../../integrations/register/chain.ts";
import { formatDateTime, formatDay } from "./format.ts";

const causes: Readonly<Record<string, string>> = {
  locatario: "al locatario",
  conducente: "a chi guidava",
  indirizzo: "a un altro indirizzo",
  restituita: "perché la prima è tornata al mittente",
  annullata: "perché la prima è stata annullata",
  rifiutata: "perché SEND aveva rifiutato la prima",
};

/** Why a verbale is notified anew, as a person chooses it. */
export const renotifyChoices: readonly (readonly [cause: string, label: string])[] = [
  ["locatario", "Il veicolo era a noleggio: si notifica al locatario"],
  ["conducente", "Si è saputo chi guidava: si notifica a lui"],
  ["indirizzo", "Stesso destinatario, a un altro indirizzo"],
  ["restituita", "La prima notifica è tornata al mittente"],
  ["annullata", "La prima notifica è stata annullata"],
  ["rifiutata", "SEND aveva rifiutato la prima notifica"],
];

const codesWords = {
  closed: "codici chiusi",
  paid: "già pagato",
  none: "senza codici",
  "by-hand": "codici da chiudere a mano",
} as const;

/** `N1/L: notificato di nuovo al locatario, saputo il 10/11/2026`. */
export function describeLink(link: ChainLink): string {
  const { causa, dataConoscenza, documento, codes, sentAt } = link;
  const told = [
    causa === null ? "prima notifica" : `notificato di nuovo ${causes[causa] ?? ""}`.trim(),
    ...(dataConoscenza === null ? [] : [`saputo il ${formatDay(dataConoscenza)}`]),
    ...(documento === null ? [] : [documento]),
    sentAt === null ? "non inviato da Postino" : `inviato il ${formatDateTime(sentAt)}`,
    ...(codes === null ? [] : [codesWords[codes]]),
  ];
  return told.join(", ");
}

/** One line for each, from the first; nothing where there is but one. */
export function formatChain(links: readonly ChainLink[]): string {
  if (links.length < 2) return "";
  const lines = links.map(
    (link, index) =>
      `  ${index + 1}. ${link.numero}${link.iun === null ? "" : ` (${link.iun})`}: ${describeLink(link)}\n`,
  );
  return `\nUna storia sola:\n${lines.join("")}`;
}
