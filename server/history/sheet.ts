/** All verbali of a flusso in short, kept in memory for a while: to sort them by any column, to jump among them, to sum them. */
import { readItemPages } from "../../engine/journal/item-pages.ts";
import type { JournalReader } from "../../engine/journal/journal.ts";
import type { Run } from "../../engine/journal/runs.ts";
import type { Clock } from "../../engine/host/clock.ts";
import { itemStates } from "../../engine/journal/states.ts";
import { buildItemView, type ItemView } from "./item-view.ts";

/** What the rows may be sorted by; the file's order otherwise. */
export const sortKeys = [
  "numero",
  "stato",
  "destinatario",
  "importo",
  "iun",
  "aggiornato",
] as const;
export type SortKey = (typeof sortKeys)[number];

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

/** The rows in another order; equal ones stay as they stand in the file. */
export function sortSheet(
  rows: readonly GridSheetRow[],
  { by, isDown }: { readonly by: SortKey; readonly isDown: boolean },
): readonly GridSheetRow[] {
  const compare = comparisons[by];
  return rows.toSorted((left, right) => (isDown ? compare(right, left) : compare(left, right)));
}
