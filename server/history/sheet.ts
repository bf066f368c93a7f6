/** All verbali of a flusso in short, kept in memory for a while: to sort them by any column, to jump among them, to sum them. */
import { readItemPages } from "../../engine/journal/item-pages.ts";
import type { JournalReader } from "../../engine/journal/journal.ts";
import type { Run } from "../../engine/journal/runs.ts";
import type { Clock } from "../../engine/host/clock.ts";
import { itemStates } from "../../engine/journal/states.ts";
import type { GridQuery, SortKey } from "./grid-query.ts";
import { buildItemView, type ItemView } from "./item-view.ts";

export type GridSheetRow = Pick<
  ItemView,
  "id" | "key" | "state" | "code" | "recipient" | "amountCents" | "iun" | "updatedAt"
>;

export interface Sheets {
  /** In file order. `sight` names what the reader may see. */
  read(run: Run, sight: string): Promise<readonly GridSheetRow[]>;
}

/** Flussi at once: each of 20,000 rows is some megabytes. */
const mostKept = 6;
/** A flusso that moves is read again at most so often. */
const keepMs = 4_000;

interface Kept {
  readonly version: string;
  readonly at: number;
  readonly rows: Promise<readonly GridSheetRow[]>;
}

export function createSheets(journal: JournalReader, { now }: Pick<Clock, "now">): Sheets {
  const kept = new Map<string, Kept>();
  return {
    read(run, sight) {
      const key = `${sight} ${run.id}`;
      const version = JSON.stringify([run.state, run.counts, run.sealed]);
      const known = kept.get(key);
      if (known !== undefined && (known.version === version || now() - known.at < keepMs))
        return known.rows;
      const rows = readRows(journal, run.id);
      rows.catch(() => kept.delete(key));
      kept.delete(key);
      const [oldest] = kept.keys();
      if (kept.size >= mostKept && oldest !== undefined) kept.delete(oldest);
      kept.set(key, { version, at: now(), rows });
      return rows;
    },
  };
}

async function readRows(journal: JournalReader, runId: string): Promise<readonly GridSheetRow[]> {
  const rows: GridSheetRow[] = [];
  for await (const page of readItemPages(journal, runId)) {
    for (const item of page) {
      const view = buildItemView(item, []);
      const { id, key, state, code, recipient, amountCents, iun, updatedAt } = view;
      rows.push({ id, key, state, code, recipient, amountCents, iun, updatedAt });
    }
    // Others are served between two pages.
    await Bun.sleep(0);
  }
  return rows;
}

const italian = new Intl.Collator("it", { numeric: true });

const comparisons: Readonly<Record<SortKey, (left: GridSheetRow, right: GridSheetRow) => number>> =
  {
    numero: (left, right) => italian.compare(left.key, right.key),
    stato: (left, right) => itemStates.indexOf(left.state) - itemStates.indexOf(right.state),
    destinatario: (left, right) => compareTexts(left.recipient, right.recipient),
    importo: (left, right) => (left.amountCents ?? -1) - (right.amountCents ?? -1),
    iun: (left, right) => compareTexts(left.iun, right.iun),
    aggiornato: (left, right) => compareTexts(left.updatedAt, right.updatedAt),
  };

/** What is not known comes last. */
function compareTexts(left: string | null, right: string | null): number {
  if (left === null || right === null) return Number(left === null) - Number(right === null);
  return italian.compare(left, right);
}

/** What was asked of rows, as it came out: they never change, a flusso that moves gets others. */
const arranged = new WeakMap<
  readonly GridSheetRow[],
  Map<string, Promise<readonly GridSheetRow[]>>
>();
/** Orders and choices of one flusso. */
const mostArranged = 12;

/** The rows that fit the filters of the address, in its order; equal ones stay as they stand in the file. */
export async function arrangeSheet(
  rows: readonly GridSheetRow[],
  query: GridQuery,
): Promise<readonly GridSheetRow[]> {
  const { states, key, code, sort, isDown = false } = query;
  const sorted =
    sort === undefined
      ? rows
      : await keepArranged(rows, `${sort} ${isDown}`, () => sortSheet(rows, { by: sort, isDown }));
  if (key !== undefined) return filterSheet(sorted, query);
  if (states === undefined && code === undefined) return sorted;
  const name = JSON.stringify([states, code]);
  return await keepArranged(sorted, name, () => Promise.resolve(filterSheet(sorted, query)));
}

async function keepArranged(
  rows: readonly GridSheetRow[],
  name: string,
  arrange: () => Promise<readonly GridSheetRow[]>,
): Promise<readonly GridSheetRow[]> {
  const known = arranged.get(rows) ?? new Map<string, Promise<readonly GridSheetRow[]>>();
  arranged.set(rows, known);
  const made = known.get(name) ?? arrange();
  known.delete(name);
  const [oldest] = known.keys();
  if (known.size >= mostArranged && oldest !== undefined) known.delete(oldest);
  known.set(name, made);
  return await made;
}

function filterSheet(
  rows: readonly GridSheetRow[],
  { states, key, code }: GridQuery,
): readonly GridSheetRow[] {
  return rows.filter(
    (row) =>
      (states === undefined || states.includes(row.state)) &&
      (key === undefined || row.key === key) &&
      (code === undefined || row.code === code),
  );
}

/** Rows that are sorted, or put together, before others are served. */
const rowsAtOnce = 1_000;

/** Equal ones stay as they stood, whichever way. */
async function sortSheet(
  rows: readonly GridSheetRow[],
  { by, isDown }: { readonly by: SortKey; readonly isDown: boolean },
): Promise<readonly GridSheetRow[]> {
  const upward = comparisons[by];
  const compare: typeof upward = isDown ? (left, right) => upward(right, left) : upward;
  let parts: (readonly GridSheetRow[])[] = [];
  for (let at = 0; at < rows.length; at += rowsAtOnce) {
    parts.push(rows.slice(at, at + rowsAtOnce).toSorted(compare));
    await Bun.sleep(0);
  }
  while (parts.length > 1) {
    const merged: (readonly GridSheetRow[])[] = [];
    for (let at = 0; at < parts.length; at += 2)
      merged.push(await mergeRows(parts[at] ?? [], parts[at + 1] ?? [], compare));
    parts = merged;
  }
  return parts[0] ?? [];
}

async function mergeRows(
  left: readonly GridSheetRow[],
  right: readonly GridSheetRow[],
  compare: (left: GridSheetRow, right: GridSheetRow) => number,
): Promise<readonly GridSheetRow[]> {
  const merged: GridSheetRow[] = [];
  let [nextLeft, nextRight] = [0, 0];
  while (nextLeft < left.length && nextRight < right.length) {
    const [one, other] = [left[nextLeft], right[nextRight]];
    if (one === undefined || other === undefined) break;
    const isOther = compare(other, one) < 0;
    merged.push(isOther ? other : one);
    if (isOther) nextRight += 1;
    else nextLeft += 1;
    if (merged.length % rowsAtOnce === 0) await Bun.sleep(0);
  }
  return [...merged, ...left.slice(nextLeft), ...right.slice(nextRight)];
}
