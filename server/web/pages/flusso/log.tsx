/** The log of a flusso: its newest events on the flusso's page, and all of them with filters on a page of their own. */
/** @jsxImportSource ../../markup */
import type { Run } from "../../../../engine/journal/runs.ts";
import type { LogEvent, LogKind } from "../../../history/log-event.ts";
import type { LogQuery, RunLog } from "../../../history/run-log.ts";
import { formatSeconds, formatTimeSpan } from "../../../words/format.ts";
import { outcomeWords } from "../../../words/words.ts";
import { buildLogUrl, kindNames, outcomes } from "../../log-urls.ts";
import { buildItemUrl, buildRunUrl } from "../../urls.ts";
import { SavedViewBar, type ViewBar } from "../views/saved-views.tsx";
import { Calls } from "../calls.tsx";

interface LogProps {
  readonly run: Run;
  readonly log: RunLog;
}

export function LogSection({ run, log }: LogProps) {
  return (
    <section id="registro" aria-labelledby="titolo-registro">
      <h2 id="titolo-registro">Registro</h2>
      <div data-live="log">
        <Events run={run} events={log.events} />
      </div>
      <p>
        <a href={buildLogUrl(run.id, {})}>Tutto il registro, con i filtri</a>
      </p>
    </section>
  );
}

interface LogPageProps extends LogProps {
  readonly query: LogQuery;
  /** Words are not looked for in what the role hides. */
  readonly isMasked: boolean;
  readonly views: ViewBar | null;
}

export function LogPage({ run, log, query, isMasked, views }: LogPageProps) {
  const { before, ...filters } = query;
  const isFiltered = Object.keys(filters).length > 0;
  return (
    <div data-run={run.id} data-page={buildLogUrl(run.id, query)}>
      <nav class="crumbs" aria-label="Percorso">
        <a href="/flussi">Flussi</a> <span aria-hidden="true">/</span>{" "}
        <a href={buildRunUrl(run.id)}>{run.id}</a> <span aria-hidden="true">/</span> Registro
      </nav>
      <div class="title">
        <h1>Registro del flusso {run.id}</h1>
        <p class="muted">Dal più recente. Gli orari sono quelli di Roma.</p>
      </div>
      <Kinds run={run} query={query} />
      <Filters run={run} log={log} query={query} />
      <SavedViewBar bar={views} />
      {isMasked && (
        <p class="muted">
          I dati personali sono coperti, e le parole si cercano solo in ciò che si legge.
        </p>
      )}
      <div data-live="log">
        {log.events.length === 0 && !log.isPart && (
          <p class="empty">
            {isFiltered || before !== undefined
              ? "Nessun evento con questi filtri."
              : "Ancora nessun evento."}
          </p>
        )}
        {log.events.length > 0 && <Events run={run} events={log.events} />}
        {log.isPart && (
          <p class="notice wait" role="status">
            Si è cercato fin qui senza riempire la pagina: più indietro può esserci altro.
          </p>
        )}
        {(log.next !== null || before !== undefined) && (
          <nav class="paging" aria-label="Pagine del registro">
            {before !== undefined && <a href={buildLogUrl(run.id, filters)}>Dall'inizio</a>}
            {log.next !== null && (
              <a
                class="button secondary"
                href={buildLogUrl(run.id, { ...filters, before: log.next })}
              >
                {log.isPart ? "Cerca più indietro" : "Seguenti"}
              </a>
            )}
          </nav>
        )}
      </div>
    </div>
  );
}

const kindLabels: Readonly<Record<LogKind, string>> = {
  run: "Flusso e passi",
  attempt: "Tentativi",
  person: "Parole delle persone",
  warning: "Avvertenze",
};

function Kinds({ run, query }: { readonly run: Run; readonly query: LogQuery }) {
  const { before: _, kind: __, ...rest } = query;
  return (
    <nav class="views" aria-label="Tipo di eventi">
      <a
        href={buildLogUrl(run.id, rest)}
        aria-current={query.kind === undefined ? "true" : undefined}
      >
        Tutti
      </a>
      {(Object.keys(kindLabels) as readonly LogKind[]).map((kind) => (
        <a
          href={buildLogUrl(run.id, { ...rest, kind })}
          aria-current={query.kind === kind ? "true" : undefined}
        >
          {kindLabels[kind]}
        </a>
      ))}
    </nav>
  );
}

function Filters({ run, log, query }: Omit<LogPageProps, "isMasked" | "views">) {
  const { kind, step = "", outcome, text = "" } = query;
  const isFiltered = step !== "" || outcome !== undefined || text !== "";
  return (
    <form
      class="filters"
      method="get"
      action={buildLogUrl(run.id, {})}
      role="search"
      aria-label="Eventi del registro"
    >
      {kind !== undefined && <input type="hidden" name="tipo" value={kindNames[kind]} />}
      <label>
        <span>Passo</span>
        <select name="passo">
          <option value="">tutti</option>
          {log.steps.map(({ id, title }) => (
            <option value={id} selected={id === step}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>Esito</span>
        <select name="esito">
          <option value="">tutti</option>
          {outcomes.map((one) => (
            <option value={one} selected={one === outcome}>
              {outcomeWords[one]}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>Verbale, codice o parole intere</span>
        <input type="search" name="testo" value={text} maxlength={200} autocomplete="off" />
      </label>
      <button type="submit" class="button secondary">
        Filtra
      </button>
      {isFiltered && (
        <a href={buildLogUrl(run.id, kind === undefined ? {} : { kind })}>Togli i filtri</a>
      )}
    </form>
  );
}

function Events({ run, events }: { readonly run: Run; readonly events: readonly LogEvent[] }) {
  return (
    <table class="cards log">
      <caption class="hidden">Eventi del flusso {run.id}</caption>
      <thead>
        <tr>
          <th scope="col">Quando</th>
          <th scope="col">Che cosa</th>
          <th scope="col">Verbale</th>
          <th scope="col">Nota</th>
        </tr>
      </thead>
      <tbody>
        {events.map((event) => (
          <EventRow run={run} event={event} />
        ))}
      </tbody>
    </table>
  );
}

function EventRow({ run, event }: { readonly run: Run; readonly event: LogEvent }) {
  const { at, itemKey, note, code, calls } = event;
  const hasNote = note !== null || code !== null || calls !== null;
  return (
    <tr>
      <td data-label="Quando" class="instant">
        {at === null ? (
          <span class="muted">—</span>
        ) : (
          <time dateTime={at}>{formatSeconds(at)}</time>
        )}
      </td>
      <th scope="row" data-label="Che cosa">
        <What event={event} />
      </th>
      <td data-label="Verbale" class={itemKey === null ? "none" : undefined}>
        {itemKey === null ? (
          <span class="muted">—</span>
        ) : (
          <a href={buildItemUrl(run.id, itemKey)}>{itemKey}</a>
        )}
      </td>
      <td data-label="Nota" class={hasNote ? "note" : "note none"}>
        {!hasNote && <span class="muted">—</span>}
        {note}
        {code !== null && <span class="sub">Codice: {code}</span>}
        {calls !== null && <Calls noted={calls} />}
      </td>
    </tr>
  );
}

function What({ event: { kind, title, outcome, number, ms } }: { readonly event: LogEvent }) {
  return (
    <>
      <span class={kind === "attempt" ? `mark-${outcome ?? "open"}` : undefined}>{title}</span>
      {kind === "attempt" && (
        <span class="sub">
          {outcome === null ? "In corso" : outcomeWords[outcome]}
          {number !== null && number > 1 && ` · tentativo ${number}`}
          {ms !== null && ms > 0 && ` · ${formatTimeSpan(ms)}`}
        </span>
      )}
    </>
  );
}
