/** The history of flussi, newest first: what an operator opens in the morning. */
/** @jsxImportSource ../markup */
import type { Child } from "hono/jsx";
import { toRomeDay } from "../../../engine/host/clock.ts";
import type { Catalog } from "../../history/catalog.ts";
import { formatDay } from "../../words/format.ts";
import { buildHistoryUrl, type HistoryQuery } from "../urls.ts";
import { BrokenFiles } from "./broken.tsx";
import { RunTable, type RunTableProps } from "./run-table.tsx";
import { SavedViewBar, type ViewBar } from "./views/saved-views.tsx";
import type { RunState } from "../../../engine/journal/states.ts";

interface HistoryProps extends RunTableProps {
  /** Whether there are older ones. */
  readonly hasMore: boolean;
  readonly query: HistoryQuery;
  /** Whether a flusso may be started here. */
  readonly canStart: boolean;
  readonly views: ViewBar | null;
}

export function HistoryPage(props: HistoryProps) {
  const { runs, query } = props;
  return (
    <>
      <div class="title">
        <h1>Flussi</h1>
        <p class="muted">Dal più recente. Gli orari sono quelli di Roma.</p>
      </div>
      <BrokenFiles catalog={props.catalog} />
      <Views query={query} />
      <Filters query={query} catalog={props.catalog} now={props.now} />
      <SavedViewBar bar={props.views} />
      <div data-live="history">
        {runs.length === 0 ? <Nothing {...props} /> : <RunTable {...props} />}
      </div>
      <Paging {...props} />
    </>
  );
}

const views: readonly (readonly [string, readonly RunState[]])[] = [
  ["Tutti", []],
  ["Da seguire", ["waiting-for-person", "blocked", "failed"]],
  ["In corso", ["queued", "running", "waiting"]],
  ["Completati", ["completed", "completed-with-rejections"]],
  ["Con scarti", ["completed-with-rejections"]],
  ["Annullati", ["cancelled"]],
];

/** Ready-made choices of states. */
function Views({ query }: { readonly query: HistoryQuery }) {
  const current = (query.states ?? []).toSorted().join();
  const { before: _, states: __, ...rest } = query;
  return (
    <nav class="views" aria-label="Stato dei flussi">
      {views.map(([label, states]) => (
        <a
          href={buildHistoryUrl({ ...rest, states })}
          aria-current={states.toSorted().join() === current ? "true" : undefined}
        >
          {label}
        </a>
      ))}
    </nav>
  );
}

interface FiltersProps {
  readonly query: HistoryQuery;
  readonly catalog: Catalog | null;
  readonly now: number;
}

function Filters({ query, catalog, now }: FiltersProps) {
  const isFiltered =
    query.ente !== undefined || query.pipeline !== undefined || query.since !== undefined;
  return (
    <form class="filters" method="get" action="/flussi">
      {(query.states ?? []).map((state) => (
        <input type="hidden" name="stato" value={state} />
      ))}
      <Choice
        name="ente"
        label="Ente"
        value={query.ente}
        options={catalog === null ? null : listChoices(catalog).enti}
      />
      <Choice
        name="pipeline"
        label="Pipeline"
        value={query.pipeline}
        options={catalog === null ? null : listChoices(catalog).pipelines}
      />
      <Choice
        name="dal"
        label="Periodo"
        value={query.since}
        everything="tutto"
        options={listPeriods(query.since, now)}
      />
      <button type="submit" class="button secondary">
        Filtra
      </button>
      {isFiltered && <a href={buildHistoryUrl({ states: query.states ?? [] })}>Togli i filtri</a>}
    </form>
  );
}

type Options = readonly (readonly [value: string, title: string])[];

interface Choices {
  readonly enti: Options;
  readonly pipelines: Options;
}

const choices = new WeakMap<Catalog, Choices>();

/** Once for a catalog, which is kept for a while: hundreds of enti stand in every page. */
function listChoices(catalog: Catalog): Choices {
  const known = choices.get(catalog);
  if (known !== undefined) return known;
  const made = {
    enti: catalog.enti.map(({ codice, nome }) => [codice, nome] as const),
    pipelines: catalog.pipelines.map(({ name, title }) => [name, title] as const),
  };
  choices.set(catalog, made);
  return made;
}

const DAY_MS = 86_400_000;

/** First days to choose from; a day of the address that is none of them stays choosable. */
function listPeriods(since: string | undefined, now: number): Options {
  const periods: Options = [
    [toRomeDay(now), "oggi"],
    [toRomeDay(now - 6 * DAY_MS), "ultimi 7 giorni"],
    [toRomeDay(now - 29 * DAY_MS), "ultimi 30 giorni"],
    [toRomeDay(now - 364 * DAY_MS), "ultimo anno"],
  ];
  if (since === undefined || periods.some(([day]) => day === since)) return periods;
  return [[since, `dal ${formatDay(since)}`], ...periods];
}

interface ChoiceProps {
  readonly name: string;
  readonly label: string;
  readonly value: string | undefined;
  /** Value and title; `null` = not known, the person types. */
  readonly options: Options | null;
  /** The word for no choice; default `tutti`. */
  readonly everything?: string;
}

function Choice({ name, label, value, options, everything = "tutti" }: ChoiceProps) {
  return (
    <label>
      <span>{label}</span>
      {options === null ? (
        <input type="text" name={name} value={value ?? ""} autocomplete="off" />
      ) : (
        <select name={name}>
          <option value="">{everything}</option>
          {value !== undefined && !options.some(([code]) => code === value) && (
            <option value={value} selected>
              {value}
            </option>
          )}
          {value === undefined
            ? drawOnce(options)
            : options.map(([code, title]) => (
                <option value={code} selected={code === value}>
                  {title}
                </option>
              ))}
        </select>
      )}
    </label>
  );
}

const drawn = new WeakMap<Options, Child>();

/** The options of a list with none of them chosen. */
function drawOnce(options: Options): Child {
  const known = drawn.get(options);
  if (known !== undefined) return known;
  const made = (
    <>
      {options.map(([code, title]) => (
        <option value={code}>{title}</option>
      ))}
    </>
  );
  drawn.set(options, made);
  return made;
}

function Nothing({ query, canStart }: HistoryProps) {
  const { before: _, ...filters } = query;
  if (Object.keys(filters).length > 0)
    return (
      <section class="empty">
        <h2>Nessun flusso con questi filtri</h2>
        <p>
          Allargare la ricerca oppure <a href="/flussi">vedere tutti i flussi</a>.
        </p>
      </section>
    );
  return (
    <section class="empty">
      <h2>Ancora nessun flusso</h2>
      <p>
        I flussi compaiono qui appena partono: all'ora programmata, oppure{" "}
        {canStart ? <a href="/nuovo">avviati a mano</a> : "avviati dal tecnico"}.
      </p>
    </section>
  );
}

function Paging({ runs, hasMore, query }: HistoryProps) {
  const last = runs.at(-1);
  const { before, ...first } = query;
  return (
    <nav class="paging" aria-label="Pagine">
      {before !== undefined && <a href={buildHistoryUrl(first)}>Torna ai più recenti</a>}
      {hasMore && last !== undefined && (
        <a
          class="button secondary"
          rel="next"
          href={buildHistoryUrl({ ...query, before: last.seq })}
        >
          Più vecchi
        </a>
      )}
    </nav>
  );
}
