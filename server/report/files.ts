/** A report as a spreadsheet and as one page for the comandante. */
import { drawReport, type ReportSection } from "../../documents/sheets/report.ts";
import { type SheetCell, writeSpreadsheet } from "../../integrations/spreadsheet.ts";
import { formatCents, formatNumber } from "../words/format.ts";
import type { MonthReport, ReportPart } from "./collect.ts";
import {
  channelTitles,
  describeRejection,
  formatMonth,
  listHeadlines,
  listRemarks,
} from "./words.ts";

/** XLSX: one sheet, each number in a cell of its own. */
export function writeReportSpreadsheet(report: MonthReport): Uint8Array {
  const rows: SheetCell[][] = [];
  const add = (part: string, what: string, value: SheetCell): void =>
    void rows.push([part, what, value]);
  const count = (part: string, what: string, value: number): void =>
    add(part, what, { count: value });
  const cents = (part: string, what: string, value: number): void =>
    add(part, what, { cents: value });
  count("Notifiche", "Inviate", report.sent);
  count("Notifiche", "Rifiutate da SEND", report.refused);
  count("Notifiche", "Annullate", report.cancelled);
  count("Flussi", "Avviati nel mese", report.flussi);
  for (const { code, count: many } of report.rejected)
    count("Scartati", `${describeRejection(code)} [${code}]`, many);
  for (const { label, count: many } of report.toIun.parts) count("Fino allo IUN", label, many);
  for (const { label, count: many } of report.toEnd.parts)
    count("Fino al perfezionamento", label, many);
  count("Destinatari", "Digitale", report.recipients.digital);
  count("Destinatari", "Posta", report.recipients.analog);
  count("Destinatari", "Ancora senza un canale", report.recipients.open);
  for (const one of report.channels) {
    const title = channelTitles[one.channel];
    count(`Canale: ${title}`, "Notifiche", one.notifications);
    cents(`Canale: ${title}`, "Quota di SEND", one.sendCents);
    cents(`Canale: ${title}`, "Lettere", one.lettersCents);
    cents(`Canale: ${title}`, "Addebito", one.totalCents);
  }
  cents("Spese", "Addebito di SEND, senza IVA", report.chargedCents);
  cents("Spese", "A carico dell'ente", report.borneCents);
  count("Pagamenti", "Pagate", report.paid);
  cents("Pagamenti", "Incassato", report.paidCents);
  return writeSpreadsheet(`Rapporto ${report.month}`, ["Parte", "Voce", "Valore"], rows);
}

/** PDF/A, one page. `day`: on which it is made. */
export function drawMonthReport(
  report: MonthReport,
  { name, day }: { readonly name: string; readonly day: string },
): Uint8Array {
  const most = 6;
  const others = report.rejected.slice(most);
  const rejected: readonly ReportPart[] = [
    ...report.rejected
      .slice(0, most)
      .map(({ code, count }) => ({ label: describeRejection(code), count })),
    ...(others.length === 0
      ? []
      : [
          {
            label: `Altre ${others.length} cause`,
            count: others.reduce((sum, { count }) => sum + count, 0),
          },
        ]),
  ];
  const sections: ReportSection[] = [
    { heading: "In breve", rows: listHeadlines(report) },
    barsOf("Dall'invio allo IUN", report.toIun.parts),
    barsOf("Dall'invio al perfezionamento, per destinatario", report.toEnd.parts),
    {
      heading: "Spese per canale, senza IVA",
      bars: report.channels.map(({ channel, notifications, totalCents }) => ({
        label: channelTitles[channel],
        value: `${formatCents(totalCents)} · ${formatNumber(notifications)}`,
        size: totalCents,
      })),
    },
    barsOf("Perché un verbale è stato scartato", rejected),
    { heading: "Come si legge", paragraphs: listRemarks(report) },
  ];
  return drawReport({
    title: `${name}: notifiche di ${formatMonth(report.month)}`,
    foot: `${name} · rapporto di ${formatMonth(report.month)}`,
    author: name,
    day,
    sections: sections.filter(
      ({ rows, bars, paragraphs }) => (rows ?? bars ?? paragraphs ?? []).length > 0,
    ),
  }).bytes;
}

function barsOf(heading: string, parts: readonly ReportPart[]): ReportSection {
  const all = parts.some(({ count }) => count > 0) ? parts : [];
  return {
    heading,
    bars: all.map(({ label, count }) => ({ label, value: formatNumber(count), size: count })),
  };
}
