/** Finds any verbale that a run ever had: brings the index up to the journal, asks it, and reads how each stands now. */
import { chmodSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { ChangedItem } from "../../engine/journal/item-changes.ts";
import type { ItemRow } from "../../engine/journal/items.ts";
import type { JournalReader } from "../../engine/journal/journal.ts";
import type { Run } from "../../engine/journal/runs.ts";
import { buildItemView } from "../history/item-view.ts";
import {
  type IndexedItem,
  openSearchIndex,
  type SearchIndex,
  type WordTokens,
} from "./search-index.ts";
import { collectTerms, listKinds, readNumberTerm, type SearchKind } from "./terms.ts";

export interface FindRequest {
  /** A number, protocol, IUV, notice code, IUN, token, tax code, plate, or words of a name. */
  readonly text: string;
  /** Only this ente's. */
  readonly ente?: string;
  /** Verbali at most. */
  readonly limit: number;
}

/** A verbale, as its newest run that fits has it. */
export interface FoundVerbale {
  readonly ente: string;
  readonly numero: string;
  /** What of it is what was looked for; empty: the end of one of its codes. */
  readonly kinds: readonly SearchKind[];
  readonly run: Pick<Run, "id" | "pipeline" | "createdAt" | "state">;
  readonly item: Pick<ItemRow, "key" | "state" | "code" | "note">;
  readonly iun: string | null;
  readonly noticeCodes: readonly string[];
  /** Ids of its other runs, newest first. */
  readonly otherRuns: readonly string[];
}

export interface FindResult {
  readonly verbali: readonly FoundVerbale[];
  /** Only a head or an end fits: nothing is called that as a whole. */
  readonly isPart: boolean;
  /** There are more. */
  readonly isCut: boolean;
  /** So many codes begin or end like this that more must be typed. */
  readonly isTooWide: boolean;
}

export interface Search {
  find(request: FindRequest): Promise<FindResult>;
  /** Takes over what the journal has and the index has not. Resolves when nothing is left; `tell` is called after each page. */
  catchUp(tell?: (items: number) => void): Promise<void>;
  /** The journal has given up texts: the index is made anew from it. */
  forget(): void;
  close(): void;
}

const itemsPerPage = 1_000;

/** Opens the index at `path`, a file of its own that may be thrown away at any time. */
export function openSearch(
  journal: JournalReader,
  path: string,
  seals: WordTokens | null = null,
): Search {
  if (path !== ":memory:") makeFolder(dirname(path));
  const index = openSearchIndex(path, seals);
  let catching: Promise<void> | null = null;
  const catchUp: Search["catchUp"] = (tell) => {
    // Whoever asks meanwhile waits for the same.
    catching ??= indexChanges(journal, index, tell).finally(() => {
      catching = null;
    });
    return catching;
  };
  return {
    catchUp,
    async find(request) {
      await catchUp();
      const whole = await findVerbali(journal, index, request, "whole");
      return whole.verbali.length > 0 ? whole : await findVerbali(journal, index, request, "part");
    },
    forget: () => index.clear(),
    close: () => index.close(),
  };
}

function makeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
}

async function indexChanges(
  journal: JournalReader,
  index: SearchIndex,
  tell: (items: number) => void = () => {},
): Promise<void> {
  if (await isOfOtherJournal(journal, index)) index.clear();
  for (let total = 0; ;) {
    const before = index.readMark();
    const { items, mark, isEnd } = await journal.listItemChanges(
      before?.changes ?? null,
      itemsPerPage,
    );
    const newest = items.find(({ id }) => id === mark.item);
    if (items.length > 0 || before === null || before.isComplete !== isEnd)
      index.putEntries(items.map(toEntry), {
        changes: mark,
        newest:
          newest === undefined
            ? (before?.newest ?? null)
            : { id: newest.id, run: newest.run, key: newest.key },
        isComplete: (before?.isComplete ?? false) || isEnd,
      });
    total += items.length;
    tell(total);
    if (isEnd) return;
  }
}

/** The item that the index had last is not that of the journal: it was restored, or made anew. */
async function isOfOtherJournal(journal: JournalReader, index: SearchIndex): Promise<boolean> {
  const newest = index.readMark()?.newest ?? null;
  if (newest === null) return false;
  const { items } = await journal.listItemChanges(
    { item: newest.id - 1, attempt: Number.MAX_SAFE_INTEGER, open: [] },
    1,
  );
  const [item] = items;
  return item?.id !== newest.id || item.run !== newest.run || item.key !== newest.key;
}

function toEntry({ run, ente, key, data }: ChangedItem) {
  return { ente, run, key, numero: readNumberTerm(key, data), terms: collectTerms(key, data) };
}

/** Matches of the same verbale are one, the verbale with the newest first. */
async function findVerbali(
  journal: JournalReader,
  index: SearchIndex,
  { text, ente, limit }: FindRequest,
  by: "whole" | "part",
): Promise<FindResult> {
  // A verbale has some runs: enough matches for the verbali that are asked for, and one more.
  const most = (limit + 1) * 8;
  const found = index.find(text, { by, limit: most, ...(ente !== undefined && { ente }) });
  const groups = [
    ...Map.groupBy(found ?? [], ({ ente: of, numero }) => `${of}\n${numero}`).values(),
  ];
  const verbali: FoundVerbale[] = [];
  for (const group of groups.slice(0, limit)) {
    const verbale = await describeVerbale(journal, group, text);
    if (verbale !== null) verbali.push(verbale);
  }
  return {
    verbali,
    isPart: by === "part" && verbali.length > 0,
    isCut: groups.length > limit,
    isTooWide: found === null,
  };
}

async function describeVerbale(
  journal: JournalReader,
  matches: readonly IndexedItem[],
  text: string,
): Promise<FoundVerbale | null> {
  const kinds = new Set<SearchKind>();
  let iun: string | null = null;
  let newest: FoundVerbale | null = null;
  const otherRuns: string[] = [];
  for (const match of matches) {
    const run = await journal.readRun(match.run);
    const [item] =
      run === null ? [] : await journal.listItems(match.run, { key: match.key, limit: 1 });
    // Gone since: what a purge took away is not found.
    if (run === null || item === undefined) continue;
    for (const kind of listKinds(collectTerms(item.key, item.data), text)) kinds.add(kind);
    const view = buildItemView(item, []);
    iun ??= view.iun;
    if (newest !== null) {
      otherRuns.push(run.id);
      continue;
    }
    const { id, pipeline, createdAt, state } = run;
    newest = {
      ente: match.ente,
      numero: match.numero,
      kinds: [],
      run: { id, pipeline, createdAt, state },
      item: { key: item.key, state: item.state, code: item.code, note: item.note },
      iun: null,
      noticeCodes: view.noticeCodes,
      otherRuns,
    };
  }
  return newest === null ? null : { ...newest, kinds: [...kinds], iun };
}
