/** «Oggi»: what an office has to do, each row with the one button that does it. */
/** @jsxImportSource ../../markup */
import type { Child } from "hono/jsx";
import type { AskRow, Run } from "../../../../engine/journal/runs.ts";
import type { Catalog } from "../../../history/catalog.ts";
import { runColumns } from "../../../history/columns.ts";
import type { RunState } from "../../../../engine/journal/states.ts";
import type { Today } from "../../../history/today/read-today.ts";
import { formatMoment, formatNumber } from "../../../words/format.ts";
import { formatPageHint } from "../../../words/hints.ts";
import type { InboxFile } from "../../../words/inbox-words.ts";
import { formatAsk } from "../../../words/words.ts";
import { toInstant } from "../../../../engine/host/clock.ts";
import { buildCasesUrl, buildDoubtsUrl, buildHistoryUrl, buildRunUrl } from "../../urls.ts";
import { formatDeadline } from "../banner.tsx";
import { BrokenFiles } from "../broken.tsx";
import { Icon } from "../icon.tsx";
import { formatEnteName, formatPipelineTitle, RunTable } from "../run-table.tsx";
import { Money, TermsCard, WaitingRegister } from "./office.tsx";
import { Task, Tasks } from "./task.tsx";

export interface TodayProps {
  readonly today: Today;
  /** The ente whose office it is; `null`: all of them. */
  readonly ente: string | null;
  readonly asks: readonly AskRow[];
  readonly doubtful: readonly Run[];
  readonly inbox: readonly InboxFile[];
  /** The newest flussi of the office; none where there are several. */
  readonly latest: readonly Run[];
  readonly catalog: Catalog | null;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly children?: Child;
}

export function TodayPage(props: TodayProps) {
  const { ente, catalog, now, children } = props;
  const count = countTasks(props);
  return (
    <>
      {ente !== null && (catalog?.enti.length ?? 0) > 1 && (
        <nav class="crumbs" aria-label="Percorso">
          <a href="/">Tutti gli enti</a> <span aria-hidden="true">/</span>{" "}
          {formatEnteName(catalog, ente)}
        </nav>
      )}
      <div class="title">
        <h1>Oggi</h1>
        <p class="muted">{formatToday(now)}</p>
      </div>
      <BrokenFiles catalog={catalog} />
      <div data-live="today">
        {count === 0 && (
          <p class="calm">
            <Icon name="check" /> Niente da fare: nessuno è atteso e nulla si è fermato.
          </p>
        )}
        <div class="desk">
          <div>
            <Waiting {...props} />
            <Stopped {...props} />
            <Rejected {...props} />
            <WaitingRegister {...props} />
            <TermsCard {...props} />
            <Money {...props} />
            <Latest {...props} />
          </div>
          <div>
            <Starts {...props} />
            <Arrivals {...props} />
            <p>
              <a href={buildHistoryUrl(ente === null ? {} : { ente })}>Tutti i flussi</a>
            </p>
          </div>
        </div>
      </div>
      {children}
    </>
  );
}

function countTasks({ today, asks, doubtful }: TodayProps): number {
  const { stopped, rejected, terms, unexplained, waiting } = today;
  return (
    asks.length +
    doubtful.length +
    stopped.length +
    rejected.length +
    (terms?.length ?? 0) +
    (unexplained?.length ?? 0) +
    (waiting === null ? 0 : waiting.wrong + waiting.back)
  );
}

const longDay = new Intl.DateTimeFormat("it-IT", {
  timeZone: "Europe/Rome",
  weekday: "long",
  day: "numeric",
  month: "long",
  year: "numeric",
});

function formatToday(now: number): string {
  return longDay.format(now);
}

function Waiting({ asks, doubtful, catalog, now }: TodayProps) {
  return (
    <Tasks title="Aspetta una persona" count={asks.length + doubtful.length}>
      {asks.map((ask) => (
        <Task
          id={`domanda-${ask.run}-${ask.step}`}
          icon="person"
          tone="ask"
          href={`${buildRunUrl(ask.run)}#richiesta`}
          button="Rispondi"
          about={`al flusso ${ask.run}`}
        >
          <strong>{formatAsk(ask)}</strong>
          <span class="sub">
            Flusso {ask.run}, entro {formatDeadline(ask.deadline, now)}
          </span>
        </Task>
      ))}
      {doubtful.map((run) => (
        <Task
          id={`dubbi-${run.id}`}
          icon="question"
          tone="doubt"
          href={buildDoubtsUrl(run.id)}
          button="Decidi"
          about={`per gli in dubbio del flusso ${run.id}`}
        >
          <strong>
            {formatNumber(run.counts.inDoubt)} {run.counts.inDoubt === 1 ? "verbale" : "verbali"} in
            dubbio
          </strong>
          <span class="sub">{describeRun(run, catalog)}</span>
        </Task>
      ))}
    </Tasks>
  );
}

function Stopped({ today, ente, catalog }: TodayProps) {
  return (
    <Tasks title="Si è fermato" count={today.stopped.length} isCut={today.isCut.stopped}>
      {today.stopped.map((run) => (
        <Task
          id={`fermo-${run.id}`}
          icon={run.state === "blocked" ? "stop" : "cross"}
          tone="bad"
          href={buildRunUrl(run.id)}
          button={run.state === "blocked" ? "Vedi e riprendi" : "Vedi e riprova"}
          about={`il flusso ${run.id}`}
        >
          <strong>{run.reason?.split("\n")[0] ?? run.firstNote ?? "Motivo non noto"}</strong>
          {run.hint !== null && <span class="sub">{formatPageHint(run.hint)}</span>}
          <span class="sub">{describeRun(run, catalog)}</span>
        </Task>
      ))}
      {today.isCut.stopped && <All ente={ente} states={["blocked", "failed"]} />}
    </Tasks>
  );
}

/** A list that stops leads to the whole of it. */
function All({
  ente,
  states,
}: Pick<TodayProps, "ente"> & { readonly states: readonly RunState[] }) {
  return (
    <li class="more">
      <a href={buildHistoryUrl({ states, ...(ente !== null && { ente }) })}>Tutti</a>
    </li>
  );
}

function Rejected({ today, ente, catalog }: TodayProps) {
  return (
    <Tasks
      title="Verbali scartati da correggere"
      count={today.rejected.length}
      isCut={today.isCut.rejected}
    >
      {today.rejected.map((run) => (
        <Task
          id={`scarti-${run.id}`}
          icon="warning"
          tone="warn"
          href={buildCasesUrl(run.id)}
          button="Vedi le cause"
          about={`degli scarti del flusso ${run.id}`}
        >
          <strong>
            {formatNumber(run.counts.rejected)}{" "}
            {run.counts.rejected === 1 ? "verbale scartato" : "verbali scartati"}
          </strong>
          {run.firstNote !== null && (
            <span class="sub">
              {run.counts.rejected === 1 ? "" : "Il primo: "}
              {run.firstNote}
            </span>
          )}
          <span class="sub">{describeRun(run, catalog)}</span>
        </Task>
      ))}
      {today.isCut.rejected && <All ente={ente} states={["completed-with-rejections"]} />}
    </Tasks>
  );
}

function describeRun({ id, ente, pipeline }: Run, catalog: Catalog | null): string {
  return `Flusso ${id} · ${formatEnteName(catalog, ente)} · ${formatPipelineTitle(catalog, pipeline)}`;
}

/** What an office looks at when there is nothing to do. */
function Latest({ latest, catalog, now }: TodayProps) {
  if (latest.length === 0) return null;
  return (
    <section aria-labelledby="titolo-ultimi">
      <h2 id="titolo-ultimi">Ultimi flussi</h2>
      <RunTable runs={latest} catalog={catalog} now={now} columns={latestColumns} />
    </section>
  );
}

const latestColumns = runColumns.filter(({ key }) => !["duration", "sealedAt"].includes(key));

function Starts({ today, ente, catalog, now }: TodayProps) {
  return (
    <section class="card" aria-labelledby="titolo-partenze">
      <h2 id="titolo-partenze">Parte da solo</h2>
      {today.starts.length === 0 ? (
        <p class="muted">Nessun flusso è programmato.</p>
      ) : (
        <ul class="lines">
          {today.starts.map((start) => (
            <li>
              <strong>{formatMoment(toInstant(start.at), now)}</strong>{" "}
              {formatPipelineTitle(catalog, start.pipeline)}
              {ente === null && <span class="sub">{formatEnteName(catalog, start.ente)}</span>}
            </li>
          ))}
        </ul>
      )}
      <p>
        <a href="/programmazioni">Programmazioni</a>
      </p>
    </section>
  );
}

function Arrivals({ inbox, ente, catalog }: TodayProps) {
  const files = inbox.filter((file) => ente === null || file.inbox === ente);
  if (files.length === 0) return null;
  return (
    <section class="card" aria-labelledby="titolo-arrivi">
      <h2 id="titolo-arrivi">Nella cartella di arrivo</h2>
      <ul class="lines">
        {files.map(({ inbox: of, name, why }) => (
          <li>
            <span class="file">{name}</span>
            <span class="sub">
              {ente === null ? `${formatEnteName(catalog, of)}: ` : ""}
              {why}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
