/** The ledger of schedules: every due time and what became of it. */
/** @jsxImportSource ../markup */
import type { Run } from "../../../engine/journal/runs.ts";
import type { DueRow } from "../../../engine/journal/schedules.ts";
import type { InboxFile } from "../../words/inbox-words.ts";
import type { Catalog } from "../../history/catalog.ts";
import { buildRunUrl, type ScheduleQuery } from "../urls.ts";
import { dueStateWords } from "../../words/words.ts";
import { BrokenFiles } from "./broken.tsx";
import { formatEnteName, Instant, formatPipelineTitle } from "./run-table.tsx";
import { Icon, type IconName } from "./icon.tsx";
import { type Notice, NoticeBox } from "./notice.tsx";
import { type SchedulePlan, PlanTable, ScheduleFilters } from "./schedules/plan.tsx";

interface SchedulesProps {
  readonly rows: readonly DueRow[];
  /** The runs that the rows name, by id. */
  readonly runs: ReadonlyMap<string, Run>;
  /** Most rows that are shown. */
  readonly limit: number;
  readonly catalog: Catalog | null;
}

interface PageProps extends SchedulesProps {
  /** Files that no run has read yet. */
  readonly inbox: readonly InboxFile[];
  readonly plan: SchedulePlan;
  readonly query: ScheduleQuery;
  readonly csrf: string;
  readonly notice: Notice | null;
}

export function SchedulesPage(props: PageProps) {
  const { rows, runs, limit, catalog, inbox, plan, query, csrf, notice } = props;
  return (
    <>
      <div class="title">
        <h1>Programmazioni</h1>
        <p class="muted">Che cosa parte da solo, e che cosa è stato di ogni orario previsto.</p>
      </div>
      {notice !== null && <NoticeBox notice={notice} />}
      <BrokenFiles catalog={catalog} isDetailed />
      <ScheduleFilters query={query} catalog={catalog} />
      <PlanTable plan={plan} catalog={catalog} csrf={csrf} />
      <InboxFiles files={inbox} catalog={catalog} />
      <h2>Orari trascorsi</h2>
      <div data-live="due">
        {rows.length === 0 ? (
          <Nothing />
        ) : (
          <DueTable rows={rows} runs={runs} limit={limit} catalog={catalog} />
        )}
      </div>
    </>
  );
}

interface InboxProps {
  readonly files: readonly InboxFile[];
  readonly catalog: Catalog | null;
}

function InboxFiles({ files, catalog }: InboxProps) {
  if (files.length === 0) return null;
  return (
    <table class="cards">
      <caption>Nella cartella di arrivo</caption>
      <thead>
        <tr>
          <th scope="col">File</th>
          <th scope="col">Ente</th>
          <th scope="col">Scritto</th>
          <th scope="col">Perché aspetta</th>
        </tr>
      </thead>
      <tbody>
        {files.map(({ inbox, name, why, since, run }) => (
          <tr>
            <th scope="row" data-label="File">
              {name}
            </th>
            <td data-label="Ente">{formatEnteName(catalog, inbox)}</td>
            <td data-label="Scritto">
              <Instant at={since} />
            </td>
            <td data-label="Perché aspetta" class="note">
              {why}
              {run !== null && (
                <>
                  : <a href={buildRunUrl(run)}>{run}</a>
                </>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Nothing() {
  return (
    <section class="empty">
      <h2>Nessun orario trascorso</h2>
      <p>
        Ogni orario compare qui quando è passato. Una pipeline parte da sola se ha una riga{" "}
        <code>schedule:</code>, per esempio{" "}
        <code>{'schedule: { cron: "30 6 * * 1-5", timezone: Europe/Rome }'}</code>.
      </p>
    </section>
  );
}

const looks: Readonly<Record<DueRow["state"], readonly [string, IconName]>> = {
  run: ["good", "check"],
  skipped: ["wait", "clock"],
  missed: ["bad", "warning"],
};

function DueTable({ rows, runs, limit, catalog }: SchedulesProps) {
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
            <DueLine row={row} run={runs.get(row.run ?? "") ?? null} catalog={catalog} />
          ))}
        </tbody>
      </table>
      {rows.length >= limit && <p class="muted">Sono mostrati gli ultimi {limit} orari.</p>}
    </>
  );
}

interface DueOutcome {
  readonly word: string;
  readonly tone: string;
  readonly icon: IconName;
  readonly why: string | null;
}

/** What became of a tick: of one that started a run, how the run fared with its file. */
function describeOutcome(row: DueRow, run: Run | null): DueOutcome {
  const [tone, icon] = looks[row.state];
  const started = { word: dueStateWords[row.state], tone, icon, why: row.reason };
  if (row.state !== "run" || run === null) return started;
  if (run.state === "failed") {
    const [first = null] = run.reason?.split("\n") ?? [];
    return { word: "Non riuscita", tone: "bad", icon: "warning", why: first };
  }
  if (run.state === "completed" && run.counts.total === 0)
    return { word: "Nessun verbale", tone: "wait", icon: "clock", why: run.note };
  return { ...started, why: row.reason ?? run.note };
}

interface DueLineProps {
  readonly row: DueRow;
  readonly run: Run | null;
  readonly catalog: Catalog | null;
}

function DueLine({ row, run, catalog }: DueLineProps) {
  const { word, tone, icon, why } = describeOutcome(row, run);
  return (
    <tr>
      <th scope="row" data-label="Previsto">
        <Instant at={row.dueAt} />
      </th>
      <td data-label="Esito">
        <span class={`badge ${tone}`} data-state={row.state}>
          <Icon name={icon} />
          {word}
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
        {why ?? <span class="muted">—</span>}
      </td>
    </tr>
  );
}
