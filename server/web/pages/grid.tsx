/** The grid of one flusso's verbali: state, codes and note of each, with filter, search and paging. */
/** @jsxImportSource ../markup */
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
import type { SortKey } from "../../history/grid-query.ts";
import {
  ColumnChoice,
  GridFilters,
  GridJump,
  GridPaging,
  hiddenAtFirst,
  NoItems,
  SelectionBar,
} from "./flusso/grid-tools.tsx";
import { type Markup, writeHtml } from "../markup/jsx-runtime.ts";
import { SavedViewBar, type ViewBar } from "./views/saved-views.tsx";
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
  /** Default: nothing is kept here. */
  readonly views?: ViewBar | null;
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
      <SavedViewBar bar={props.views ?? null} />
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
      <tbody>{writeRows(view, shown)}</tbody>
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

/** A page has fifty, of a dozen cells each: written out, not drawn. */
function writeRows(view: RunView, shown: readonly ItemColumn[]): readonly Markup[] {
  const cells = shown.map((column) => {
    const write = writers[column.look ?? "text"];
    const label = writeHtml`${column.label}`;
    return (item: ItemView) => write(item, { column, label, view });
  });
  return view.items.map((item) => {
    const key = writeHtml`${item.key}`;
    const row = cells.map((write) => write(item));
    return writeHtml`<tr id="v-${item.id}" data-item="${key}"><td class="pick"><input type="checkbox" name="verbale" value="${key}" aria-label="Scegli ${key}"/></td>${row}</tr>`;
  });
}

interface CellPlace {
  readonly column: ItemColumn;
  /** Of the column, escaped. */
  readonly label: Markup;
  readonly view: RunView;
}

type WriteCell = (item: ItemView, place: CellPlace) => Markup;

const nothing = <span class="muted">—</span>;

const writeText: WriteCell = (item, { column, label }) =>
  writeHtml`<td data-label="${label}">${formatCell(column, item) || nothing}</td>`;

const writers: Readonly<Record<Look, WriteCell>> = {
  name(item, { label, view }) {
    const round = item.round > 1 && <span class="sub">{item.round}º giro</span>;
    return writeHtml`<th scope="row" data-label="${label}"><a class="strong" href="${buildItemUrl(view.run.id, item.key)}">${item.key}</a>${round}</th>`;
  },
  state(item, { label, view }) {
    const badge = <ItemBadge state={item.state} />;
    const step = item.step !== null && <span class="sub">{item.step.title}</span>;
    const due = item.state === "waiting" && item.dueAt !== null && (
      <span class="sub">riprova: {formatMoment(toInstant(item.dueAt), view.now)}</span>
    );
    return writeHtml`<td data-label="${label}">${badge}${step}${due}</td>`;
  },
  codes(item, { column, label }) {
    const codes = writeCodes(toTexts(column.read(item, {})));
    return column.key === "token"
      ? writeHtml`<td data-label="${label}" class="token">${codes}</td>`
      : writeHtml`<td data-label="${label}">${codes}</td>`;
  },
  amount: (item, { column, label }) =>
    writeHtml`<td data-label="${label}" class="amount">${formatCell(column, item) || nothing}</td>`,
  note({ note, hint, warnings }, { label }) {
    const isEmpty = note === null && hint === null;
    const remedy = hint !== null && <span class="sub">{formatPageHint(hint)}</span>;
    const told = warnings.map((warning) => <span class="sub">Attenzione: {warning}</span>);
    return writeHtml`<td data-label="${label}" class="note">${isEmpty && nothing}${note}${remedy}${told}</td>`;
  },
  text: writeText,
  counts: writeText,
  instant: writeText,
  duration: writeText,
  ente: writeText,
};

/** Codes one under the other, in even digits. */
export function Codes({ values }: { readonly values: readonly string[] }) {
  return <>{writeCodes(values)}</>;
}

function writeCodes(values: readonly string[]): Markup {
  if (values.length === 0) return writeHtml`${nothing}`;
  const codes = values.map((value) => writeHtml`<code>${value}</code>`);
  return writeHtml`<span class="codes">${codes}</span>`;
}
