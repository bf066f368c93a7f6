/** A report in words: the same lines for page, spreadsheet, PDF and terminal. */
import { explainRefusalCode } from "../../integrations/send/notes/notes.ts";
import { checks } from "../../steps/checks/catalogue.ts";
import { formatCents, formatNumber } from "../words/format.ts";
import type { Channel, MonthReport, Spread } from "./collect.ts";

export const channelTitles: Readonly<Record<Channel, string>> = {
  digital: "Digitale (PEC, app, domicilio)",
  analog: "Posta",
  open: "Ancora senza un canale",
  refused: "Rifiutate da SEND",
};

/** What a code of a rejected verbale means, without the verbale. */
export function describeRejection(code: string): string {
  const about = Object.entries(checks).find(([name]) => name === code)?.[1].about;
  if (about !== undefined) return about;
  if (code === "") return "Senza un codice.";
  const { note } = explainRefusalCode(code);
  // What follows is about the one verbale.
  return `${note.split(". ")[0] ?? code}.`.replace(/\.\.$/, ".");
}

/** Whether it is a month as `2026-11`. */
export function isMonth(text: string): boolean {
  return /^[12]\d{3}-(0[1-9]|1[0-2])$/.test(text);
}

/** `novembre 2026`. */
export function formatMonth(month: string): string {
  const name = new Intl.DateTimeFormat("it-IT", {
    month: "long",
    year: "numeric",
    timeZone: "UTC",
  });
  return name.format(Date.parse(`${month}-15T00:00:00Z`));
}

/** `37,5 %`; `null` of none. */
export function formatShare(part: number, whole: number): string {
  if (whole === 0) return "—";
  return `${((part / whole) * 100).toLocaleString("it-IT", { maximumFractionDigits: 1 })} %`;
}

/** What the comandante reads first: what, and how much. */
export function listHeadlines(report: MonthReport): readonly (readonly [string, string])[] {
  const { recipients } = report;
  const reached = recipients.digital + recipients.analog;
  return [
    ["Notifiche inviate", formatNumber(report.sent)],
    ["Rifiutate da SEND", formatNumber(report.refused)],
    ["Annullate", formatNumber(report.cancelled)],
    ["Giorni fino allo IUN", formatSpread(report.toIun)],
    ["Giorni fino al perfezionamento", formatSpread(report.toEnd)],
    ["Raggiunti in digitale", formatShare(recipients.digital, reached)],
    ["Addebito di SEND, senza IVA", formatCents(report.chargedCents)],
    ["A carico dell'ente", formatCents(report.borneCents)],
    ["Pagate", `${formatNumber(report.paid)} (${formatShare(report.paid, report.sent)})`],
    ["Incassato", formatCents(report.paidCents)],
  ];
}

/** The one in the middle, and what nine of ten do not exceed. */
export function formatSpread({ count, medianDays, mostDays }: Spread): string {
  if (count === 0 || medianDays === null || mostDays === null) return "—";
  return `${formatNumber(medianDays)} (nove su dieci entro ${formatNumber(mostDays)})`;
}

/** What is to be known beside the numbers. */
export function listRemarks({ unpriced, recipients, sent }: MonthReport): readonly string[] {
  const remarks = [
    "Le notifiche sono quelle che hanno il mese nello IUN, come in «postino costs»; gli scartati quelli dei flussi avviati nel mese.",
  ];
  if (unpriced > 0)
    remarks.push(
      `Di ${unpriced === 1 ? "una notifica" : `${formatNumber(unpriced)} notifiche`} la pipeline seguito non conosce ancora le spese.`,
    );
  if (recipients.open > 0 && sent > 0)
    remarks.push(
      `${recipients.open === 1 ? "Un destinatario non ha" : `${formatNumber(recipients.open)} destinatari non hanno`} ancora un canale.`,
    );
  return remarks;
}
