/** The grid of one flusso's verbali: state, codes and note of each, with filter, search and paging. */
/** @jsxImportSource ../markup */
import type { Child } from "hono/jsx";
import {
  formatCell,
  type ItemColumn,
  itemColumns,
  type Look,
  pickColumns,
  toTexts,
} from "../../history/columns.ts";
import type { ItemView } from "../../history/item-view.ts";
import type { RunView } from "../../history/run-view.ts";
import { toInstant } from "../../../engine/host/clock.ts";
import { formatMoment } from "../../words/format.ts";
import { buildItemUrl, buildRunUrl } from "../urls.ts";
import { formatPageHint } from "../../words/hints.ts";
import { ItemBadge } from "./state.tsx";
import type { ItemState } from "../../../engine/journal/states.ts";

interface GridProps {
  readonly view: RunView;
  /** Default: those of every place. */
  readonly columns?: readonly ItemColumn[];
}

export function Grid({ view, columns = itemColumns }: GridProps) {
  return (
    <section id="verbali" aria-labelledby="titolo-verbali">
      <h2 id="titolo-verbali">Verbali</h2>
      <GridFilters view={view} />
      <div data-live="grid">
        {view.items.length === 0 ? (
          <NoItems view={view} />
        ) : (
          <ItemTable view={view} columns={columns} />
        )}
        <GridPaging view={view} />
      </div>
    </section>
  );
}

const choices: readonly (readonly [string, readonly ItemState[]])[] = [
  ["Tutti", []],
  ["Conclusi", ["done"]],
  ["Scartati", ["rejected"]],
  ["Da lavorare", ["pending", "running"]],
  ["In attesa", ["waiting"]],
  ["In dubbio", ["in-doubt"]],
  ["Non riusciti", ["failed"]],
];

function GridFilters({ view }: { readonly view: RunView }) {
  const { run, query } = view;
  const current = (query.states ?? []).toSorted().join();
  return (
    <div class="gridtools">
      <nav class="views" aria-label="Stato dei verbali">
        {choices.map(([label, states]) => (
          <a
            href={buildRunUrl(run.id, states.length === 0 ? {} : { states })}
            aria-current={states.toSorted().join() === current ? "true" : undefined}
          >
            {label}
          </a>
        ))}
      </nav>
      <form
        class="search"
        method="get"
        action={`${buildRunUrl(run.id)}#verbali`}
        role="search"
        aria-label="Verbali del flusso"
      >
        <label>
          <span>Numero del verbale</span>
          <input type="search" name="numero" value={query.key ?? ""} autocomplete="off" />
        </label>
        <button class="button secondary" type="submit">
          Cerca
        </button>
      </form>
    </div>
  );
}

function ItemTable({ view, columns = itemColumns }: GridProps) {
  const shown = pickColumns(columns, "page");
  return (
    <table class="cards grid">
      <caption class="hidden">Verbali del flusso {view.run.id}</caption>
      <thead>
        <tr>
          {shown.map(({ label }) => (
            <th scope="col">{label}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {view.items.map((item) => (
          <tr id={`v-${item.id}`} data-item={item.key}>
            {shown.map((column) => (
              <ItemCell column={column} item={item} view={view} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface CellProps {
  readonly column: ItemColumn;
  readonly item: ItemView;
  readonly view: RunView;
}

/** What is more than text. */
const drawings: Readonly<Partial<Record<Look, (props: CellProps) => Child>>> = {
  name: NameCell,
  state: StateCell,
  codes: CodesCell,
  note: NoteCell,
};

function ItemCell(props: CellProps) {
  const { column, item } = props;
  const draw = drawings[column.look ?? "text"];
  if (draw !== undefined) return draw(props);
  return (
    <td data-label={column.label}>{formatCell(column, item) || <span class="muted">—</span>}</td>
  );
}

function NameCell({ column, item, view }: CellProps) {
  return (
    <th scope="row" data-label={column.label}>
      <a class="strong" href={buildItemUrl(view.run.id, item.key)}>
        {item.key}
      </a>
      {item.round > 1 && <span class="sub">{item.round}º giro</span>}
    </th>
  );
}

function StateCell({ column, item, view }: CellProps) {
  return (
    <td data-label={column.label}>
      <ItemBadge state={item.state} />
      {item.step !== null && <span class="sub">{item.step.title}</span>}
      {item.state === "waiting" && item.dueAt !== null && (
        <span class="sub">riprova: {formatMoment(toInstant(item.dueAt), view.now)}</span>
      )}
    </td>
  );
}

function CodesCell({ column, item }: CellProps) {
  return (
    <td data-label={column.label} class={column.key === "token" ? "token" : undefined}>
      <Codes values={toTexts(column.read(item, {}))} />
    </td>
  );
}

function NoteCell({ column, item }: CellProps) {
  return (
    <td data-label={column.label} class="note">
      {item.note === null && item.hint === null && <span class="muted">—</span>}
      {item.note !== null && item.note}
      {item.hint !== null && <span class="sub">{formatPageHint(item.hint)}</span>}
      {item.warnings.map((warning) => (
        <span class="sub">Attenzione: {warning}</span>
      ))}
    </td>
  );
}

/** Codes one under the other, in even digits. */
export function Codes({ values }: { readonly values: readonly string[] }) {
  if (values.length === 0) return <span class="muted">—</span>;
  return (
    <span class="codes">
      {values.map((value) => (
        <code>{value}</code>
      ))}
    </span>
  );
}

function NoItems({ view }: { readonly view: RunView }) {
  const { run, query } = view;
  if (query.key !== undefined || query.states !== undefined || query.after !== undefined)
    return (
      <section class="empty">
        <h3>Nessun verbale con questi filtri</h3>
        <p>
          {query.key !== undefined && "Il numero va scritto per intero, come nel flusso. "}
          <a href={`${buildRunUrl(run.id)}#verbali`}>Mostra tutti i verbali</a>.
        </p>
      </section>
    );
  return (
    <section class="empty">
      <h3>{run.endedAt === null ? "Ancora nessun verbale" : "Nessun verbale"}</h3>
      <p>{explainEmpty(run)}</p>
    </section>
  );
}

function explainEmpty({ isLoaded, endedAt }: RunView["run"]): string {
  if (isLoaded) return "Il flusso non contiene verbali. Controllare il file di origine.";
  if (endedAt === null) return "I verbali compaiono qui appena il file è stato letto.";
  return "Il flusso si è fermato prima di leggere i verbali.";
}

function GridPaging({ view }: { readonly view: RunView }) {
  const { after, ...first } = view.query;
  const last = view.items.at(-1);
  return (
    <nav class="paging" aria-label="Pagine dei verbali">
      {after !== undefined && <a href={buildRunUrl(view.run.id, first)}>Torna all'inizio</a>}
      {view.hasMore && last !== undefined && (
        <a
          class="button secondary"
          rel="next"
          href={buildRunUrl(view.run.id, { ...view.query, after: last.id })}
        >
          Successivi
        </a>
      )}
    </nav>
  );
}
