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
import type { SortKey } from "../../history/sheet.ts";
import {
  ColumnChoice,
  GridFilters,
  GridJump,
  GridPaging,
  hiddenAtFirst,
  NoItems,
  SelectionBar,
} from "./flusso/grid-tools.tsx";
import { ItemBadge } from "./state.tsx";

interface GridProps {
  readonly view: RunView;
  readonly csrf: string;
  /** Default: those of every place. */
  readonly columns?: readonly ItemColumn[];
  /** Keys of the columns that this browser hides. */
  readonly hidden?: readonly string[] | undefined;
  /** Whether the chosen may be taken out of the flusso; default no. */
  readonly canExclude?: boolean;
}

export function Grid(props: GridProps) {
  const { view, csrf, columns = itemColumns, hidden = hiddenAtFirst } = props;
  const { run } = view;
  const all = pickColumns(columns, "page");
  const shown = all.filter(({ key, look }) => look === "name" || !hidden.includes(key));
  return (
    <section id="verbali" aria-labelledby="titolo-verbali">
      <h2 id="titolo-verbali">Verbali</h2>
      <GridFilters view={view} />
      <ColumnChoice columns={all} shown={shown} run={run} />
      <form method="post" class="selection" data-selection={run.id}>
        <input type="hidden" name="csrf" value={csrf} />
        <p class="muted" role="status" data-selected />
        <div data-live="grid">
          {view.items.length === 0 ? (
            <NoItems view={view} />
          ) : (
            <>
              <SelectionBar view={view} canExclude={props.canExclude === true} />
              <ItemTable view={view} shown={shown} />
            </>
          )}
          <GridPaging view={view} />
        </div>
      </form>
      <GridJump view={view} />
    </section>
  );
}

interface TableProps {
  readonly view: RunView;
  readonly shown: readonly ItemColumn[];
}

function ItemTable({ view, shown }: TableProps) {
  return (
    <table class="cards grid">
      <caption class="hidden">Verbali del flusso {view.run.id}</caption>
      <thead>
        <tr>
          <th scope="col" class="pick">
            <span class="hidden">Scelto</span>
          </th>
          {shown.map((column) => (
            <HeadCell column={column} view={view} />
          ))}
        </tr>
      </thead>
      <tbody>
        {view.items.map((item) => (
          <tr id={`v-${item.id}`} data-item={item.key}>
            <td class="pick">
              <input
                type="checkbox"
                name="verbale"
                value={item.key}
                aria-label={`Scegli ${item.key}`}
              />
            </td>
            {shown.map((column) => (
              <ItemCell column={column} item={item} view={view} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** By which word of the address a column is sorted. */
const sorts: Readonly<Record<string, SortKey>> = {
  key: "numero",
  state: "stato",
  recipient: "destinatario",
  amount: "importo",
  iun: "iun",
};

const arrows = { ascending: "▲", descending: "▼" } as const;

function HeadCell({ column, view }: { readonly column: ItemColumn; readonly view: RunView }) {
  const { run, query } = view;
  const sort = sorts[column.key];
  if (sort === undefined) return <th scope="col">{column.label}</th>;
  const isSorted = query.sort === sort;
  const isDown = isSorted && query.isDown !== true;
  const { after: _, from: __, isDown: ___, ...rest } = query;
  const order = query.isDown === true ? "descending" : "ascending";
  return (
    <th scope="col" aria-sort={isSorted ? order : undefined}>
      <a href={buildRunUrl(run.id, { ...rest, sort, ...(isDown && { isDown }) })}>
        {column.label}
        <span class="order" aria-hidden="true">
          {isSorted ? arrows[order] : "↕"}
        </span>
      </a>
    </th>
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
  amount: AmountCell,
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

function AmountCell({ column, item }: CellProps) {
  return (
    <td data-label={column.label} class="amount">
      {formatCell(column, item) || <span class="muted">—</span>}
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
