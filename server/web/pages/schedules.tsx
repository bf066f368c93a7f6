/** The ledger of schedules: every due time and what became of it. */
/** @jsxImportSource hono/jsx */
import type { DueRow } from "../../../engine/journal/schedules.ts";
import type { Catalog } from "../../history/catalog.ts";
import { buildRunUrl } from "../urls.ts";
import { dueStateWords } from "../../words/words.ts";
import { formatEnteName, Instant, formatPipelineTitle } from "./run-table.tsx";
import { Icon, type IconName } from "./icon.tsx";

interface SchedulesProps {
  readonly rows: readonly DueRow[];
  /** Most rows that are shown. */
  readonly limit: number;
  readonly catalog: Catalog | null;
}

export function SchedulesPage({ rows, limit, catalog }: SchedulesProps) {
  return (
    <>
      <div class="title">
        <h1>Programmazioni</h1>
        <p class="muted">Che cosa è stato di ogni orario previsto, dal più recente.</p>
      </div>
      <div data-live="due">
        {rows.length === 0 ? <Nothing /> : <DueTable rows={rows} limit={limit} catalog={catalog} />}
      </div>
    </>
  );
}

function Nothing() {
  return (
    <section class="empty">
      <h2>Nessun orario trascorso</h2>
      <p>
        Ogni orario compare qui quando è passato. Le prossime esecuzioni le dice{" "}
        <code>postino check</code>; una pipeline parte da sola se ha una riga <code>schedule:</code>
        , per esempio <code>{'schedule: { cron: "30 6 * * 1-5", timezone: Europe/Rome }'}</code>.
      </p>
    </section>
  );
}

const looks: Readonly<Record<DueRow["state"], readonly [string, IconName]>> = {
  run: ["good", "check"],
  skipped: ["wait", "clock"],
  missed: ["bad", "warning"],
};

function DueTable({ rows, limit, catalog }: SchedulesProps) {
  return (
    <>
      <table class="cards">
        <caption class="hidden">Orari previsti, dal più recente</caption>
        <thead>
          <tr>
            <th scope="col">Previsto</th>
            <th scope="col">Esito</th>
            <th scope="col">Ente</th>
            <th scope="col">Pipeline</th>
            <th scope="col">Flusso</th>
            <th scope="col">Motivo</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <DueLine row={row} catalog={catalog} />
          ))}
        </tbody>
      </table>
      {rows.length >= limit && <p class="muted">Sono mostrati gli ultimi {limit} orari.</p>}
    </>
  );
}

function DueLine({ row, catalog }: { readonly row: DueRow; readonly catalog: Catalog | null }) {
  const [tone, icon] = looks[row.state];
  return (
    <tr>
      <th scope="row" data-label="Previsto">
        <Instant at={row.dueAt} />
      </th>
      <td data-label="Esito">
        <span class={`badge ${tone}`} data-state={row.state}>
          <Icon name={icon} />
          {dueStateWords[row.state]}
        </span>
      </td>
      <td data-label="Ente">{formatEnteName(catalog, row.ente)}</td>
      <td data-label="Pipeline">{formatPipelineTitle(catalog, row.pipeline)}</td>
      <td data-label="Flusso">
        {row.run === null ? (
          <span class="muted">—</span>
        ) : (
          <a href={buildRunUrl(row.run)}>{row.run}</a>
        )}
      </td>
      <td data-label="Motivo" class="note">
        {row.reason ?? <span class="muted">—</span>}
      </td>
    </tr>
  );
}
