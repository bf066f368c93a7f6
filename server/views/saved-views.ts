/** Filters of pages that people keep under a name: for themselves, or for the office. */
import { randomUUID } from "node:crypto";
import { type Clock, toInstant } from "../../engine/host/clock.ts";
import type { RecordReader, Records, StoredRecord } from "../../engine/journal/records.ts";

/** Pages whose filters may be kept: the list of flussi, the grid and the log of a flusso, the register «da notificare». */
export const viewPages = ["runs", "run", "log", "waiting"] as const;
export type ViewPage = (typeof viewPages)[number];

/** What is kept: the filters as the page's address writes them. */
export interface ViewDraft {
  readonly page: ViewPage;
  /** One line of at most `longestName` characters. */
  readonly name: string;
  /** The query of the address, without its question mark. */
  readonly query: string;
  /** For the office; otherwise for who keeps it. */
  readonly isShared: boolean;
}

export interface SavedView extends ViewDraft {
  readonly id: string;
  /** Who keeps it, as the audit log names them. */
  readonly owner: string;
  /** Enti of who keeps it: the office that it is for; `null`: every one. */
  readonly enti: readonly string[] | null;
  /** Instant of its last change. */
  readonly at: string;
}

export type ViewResult =
  | { readonly status: "saved"; readonly view: SavedView }
  | { readonly status: "refused"; readonly reason: string }
  | { readonly status: "missing" };

/** Who keeps a view, and the enti of theirs. */
export type ViewOwner = Pick<SavedView, "owner" | "enti">;

export interface SavedViews {
  /** All, by name. */
  list(): Promise<readonly SavedView[]>;
  /** `by`: default the installation. Refused where the same person, or the office, has one of that name for the page, or too many. */
  save(draft: ViewDraft, by?: ViewOwner): Promise<ViewResult>;
  /** Another name, or for others. */
  change(id: string, change: Pick<ViewDraft, "name" | "isShared">): Promise<ViewResult>;
  /** False: there is none. */
  remove(id: string): Promise<boolean>;
}

export const longestName = 60;
/** Longer than the filters of any page. */
export const longestQuery = 2_000;
/** Of one person; of the office together. */
const mostViews = 100;

/** Views belong to no ente: their filters may name one, or none. */
const ente = "*";
const kind = "view";
const pageSize = 500;

export function createSavedViews(
  journal: RecordReader & Records,
  clock: Pick<Clock, "now">,
): SavedViews {
  // One change after the other: of two equal names the second is refused.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const done = turn.then(work, work);
    turn = done.catch(() => {});
    return done;
  };
  const list = async (): Promise<readonly SavedView[]> => {
    const views: SavedView[] = [];
    for (let afterKey = ""; ;) {
      const rows = await journal.listRecords(ente, kind, { afterKey, limit: pageSize });
      views.push(...rows.flatMap((row) => parseView(row) ?? []));
      afterKey = rows.at(-1)?.key ?? "";
      if (rows.length < pageSize) break;
    }
    return views.toSorted((left, right) => left.name.localeCompare(right.name, "it"));
  };
  const keep = async (view: SavedView): Promise<ViewResult> => {
    const fault = findFault(view, await list());
    if (fault !== null) return { status: "refused", reason: fault };
    const { id, ...data } = view;
    await journal.writeRecords(ente, [{ kind, key: id, data }]);
    return { status: "saved", view };
  };
  const find = async (id: string): Promise<SavedView | null> => {
    const record = (await journal.readRecords(ente, kind, [id])).get(id);
    return record === undefined ? null : parseView(record);
  };
  return {
    list,
    save: (draft, by = { owner: "", enti: null }) =>
      inTurn(() => keep({ ...draft, ...by, id: randomUUID(), at: toInstant(clock.now()) })),
    change: (id, change) =>
      inTurn(async () => {
        const view = await find(id);
        if (view === null) return { status: "missing" };
        return await keep({ ...view, ...change, at: toInstant(clock.now()) });
      }),
    remove: (id) =>
      inTurn(async () => {
        if ((await find(id)) === null) return false;
        // A record is never deleted: what is left of it says nothing.
        await journal.writeRecords(ente, [{ kind, key: id, data: { removed: true } }]);
        return true;
      }),
  };
}

/** Why it cannot be kept beside the others, Italian; `null`: it can. */
function findFault(view: SavedView, all: readonly SavedView[]): string | null {
  const { name, page, isShared, owner } = view;
  if (name.trim() === "" || name.length > longestName || /\p{Cc}/u.test(name))
    return `Serve un nome, di al massimo ${longestName} caratteri.`;
  const beside = all.filter(
    (one) => one.id !== view.id && one.isShared === isShared && (isShared || one.owner === owner),
  );
  const isTaken = beside.some((one) => one.page === page && fold(one.name) === fold(name));
  if (isTaken) return `C'è già una vista «${name}» di questa pagina.`;
  if (beside.length >= mostViews)
    return `Ci sono già ${mostViews} viste: toglierne qualcuna che non serve più.`;
  return null;
}

function fold(name: string): string {
  return name.trim().toLocaleLowerCase("it");
}

/** `null`: it was removed, or is of a newer program. */
function parseView({ key, data }: StoredRecord): SavedView | null {
  const { page, name, query, isShared, owner, enti, at } = data;
  const found = viewPages.find((one) => one === page);
  if (found === undefined || typeof name !== "string" || typeof query !== "string") return null;
  return {
    id: key,
    page: found,
    name,
    query,
    isShared: isShared === true,
    owner: typeof owner === "string" ? owner : "",
    enti: Array.isArray(enti) ? enti.filter((one) => typeof one === "string") : null,
    at: typeof at === "string" ? at : "",
  };
}
