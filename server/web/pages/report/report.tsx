/** How the notifications of a month went: the numbers, and the same as plots that need no script. */
/** @jsxImportSource ../../markup */
import type { Catalog } from "../../../history/catalog.ts";
import type { MonthReport, ReportPart } from "../../../report/collect.ts";
import {
  channelTitles,
  describeRejection,
  formatMonth,
  listHeadlines,
  listRemarks,
} from "../../../report/words.ts";
import { formatCents, formatNumber } from "../../../words/format.ts";
import { buildReportFileUrl } from "../../urls.ts";
import { Bar } from "../bar.tsx";

interface ReportProps {
  readonly catalog: Catalog;
  readonly ente: string | null;
  readonly month: string;
  /** Of the last two years, newest first. */
  readonly months: readonly string[];
  /** `null`: no ente is chosen, or there is none. */
  readonly report: MonthReport | null;
}

export function ReportPage({ catalog, ente, month, months, report }: ReportProps) {
  return (
    <>
      <div class="title">
        <h1>Rapporti</h1>
        <p class="muted">Come sono andate le notifiche di un mese, per ente.</p>
      </div>
      <form class="filters" method="get" action="/rapporti">
        <label>
          <span>Ente</span>
          <select name="ente">
            {catalog.enti.map(({ codice, nome }) => (
              <option value={codice} selected={codice === ente}>
                {nome}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span>Mese</span>
          <select name="mese">
            {months.map((one) => (
              <option value={one} selected={one === month}>
                {formatMonth(one)}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" class="button secondary">
          Mostra
        </button>
      </form>
      {report === null ? (
        <section class="empty">
          <h2>Nessun ente</h2>
          <p>Un rapporto è di un ente: sceglierlo qui sopra.</p>
        </section>
      ) : (
        <Report
          report={report}
          name={catalog.enti.find((one) => one.codice === ente)?.nome ?? report.ente}
        />
      )}
    </>
  );
}

function Report({ report, name }: { readonly report: MonthReport; readonly name: string }) {
  const { ente, month } = report;
  return (
    <article class="report">
      <h2>
        {name}, {formatMonth(month)}
      </h2>
      <p class="downloads">
        <a href={buildReportFileUrl(ente, month, "pdf")}>Pagina per il comandante (PDF)</a>
        <a href={buildReportFileUrl(ente, month, "xlsx")}>Foglio di calcolo (XLSX)</a>
      </p>
      <dl class="figures">
        {listHeadlines(report).map(([what, value]) => (
          <div>
            <dt>{what}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div class="plots">
        <Bars title="Dall'invio allo IUN" parts={toBars(report.toIun.parts)} />
        <Bars
          title="Dall'invio al perfezionamento, per destinatario"
          parts={toBars(report.toEnd.parts)}
        />
        <Bars
          title="Come è stato raggiunto il destinatario"
          parts={toBars([
            { label: "Digitale", count: report.recipients.digital },
            { label: "Posta", count: report.recipients.analog },
            { label: "Ancora senza un canale", count: report.recipients.open },
          ])}
        />
        <Bars
          title="Spese per canale, senza IVA"
          parts={report.channels.map(({ channel, notifications, totalCents }) => ({
            label: channelTitles[channel],
            value: `${formatCents(totalCents)} per ${formatNumber(notifications)}`,
            size: totalCents,
          }))}
        />
      </div>
      <Rejected report={report} />
      {listRemarks(report).map((remark) => (
        <p class="muted">{remark}</p>
      ))}
    </article>
  );
}

interface BarPart {
  readonly label: string;
  readonly value: string;
  readonly size: number;
}

function toBars(parts: readonly ReportPart[]): readonly BarPart[] {
  return parts.map(({ label, count }) => ({ label, value: formatNumber(count), size: count }));
}

const barWidth = 200;

/** A table whose bars say nothing that its cells do not. */
function Bars({ title, parts }: { readonly title: string; readonly parts: readonly BarPart[] }) {
  const largest = Math.max(0, ...parts.map(({ size }) => size));
  if (largest === 0)
    return (
      <section class="plot">
        <h3>{title}</h3>
        <p class="muted">Ancora nulla.</p>
      </section>
    );
  return (
    <section class="plot">
      <table class="bars">
        <caption>{title}</caption>
        <thead class="hidden">
          <tr>
            <th scope="col">Voce</th>
            <th scope="col">Grafico</th>
            <th scope="col">Valore</th>
          </tr>
        </thead>
        <tbody>
          {parts.map(({ label, value, size }) => (
            <tr>
              <th scope="row">{label}</th>
              <td>
                <Bar size={size / largest} width={barWidth} height={12} />
              </td>
              <td class="amount">{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Rejected({ report }: { readonly report: MonthReport }) {
  if (report.rejected.length === 0)
    return (
      <p>
        Nei {formatNumber(report.flussi)} flussi avviati nel mese nessun verbale è stato scartato.
      </p>
    );
  return (
    <table class="cards reasons">
      <caption>Perché un verbale è stato scartato</caption>
      <thead>
        <tr>
          <th scope="col">Causa</th>
          <th scope="col">Codice</th>
          <th scope="col">Verbali</th>
        </tr>
      </thead>
      <tbody>
        {report.rejected.map(({ code, count }) => (
          <tr>
            <th scope="row" data-label="Causa" class="note">
              {describeRejection(code)}
            </th>
            <td data-label="Codice">
              <code>{code}</code>
            </td>
            <td data-label="Verbali">{formatNumber(count)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
