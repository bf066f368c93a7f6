/** Reads the old positions of many orders in as few calls as it can: pages of the creditor's list where they hold enough of them, else one by one. */
import type { Clock } from "../../../engine/host/clock.ts";
import type { GpdApi } from "./api.ts";
import type { GpdPage, GpdPosition } from "./wire.ts";
import { readPositionState } from "./wire.ts";

export interface OldPositions {
  /**
   * The positions of these names; `null`: GPD has none of that name; a name that GPD would not tell of is not in the answer.
   * What is said to be open was so at most two minutes ago: whether it still is shows when it is cancelled. The rest is as it is now.
   */
  read(
    names: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<ReadonlyMap<string, GpdPosition | null>>;
}

/** How long a list is believed of a position that it says to be open. */
const freshMs = 120_000;
/** Pages that may be read before any of them has saved a call: enough to find a flusso among a million positions. */
const patience = 20;

/** A page as it was read; `first` and `last`: names. */
interface KnownPage {
  readonly page: number;
  readonly first: string;
  readonly last: string;
  readonly at: number;
  /** The how manieth call read it. */
  readonly call: number;
}

interface SeenPosition {
  readonly position: GpdPosition;
  readonly at: number;
}

/** What the lists have told so far, for all orders of one creditor. */
interface Lists {
  readonly seen: Map<string, SeenPosition>;
  pages: readonly KnownPage[];
  totalPages: number | null;
  /** Calls for pages, and single reads that they have saved. */
  calls: number;
  saved: number;
  /** How GPD orders names, as far as its pages have shown; `null`: in no way that we know, nothing can be looked for there. */
  compare: Compare | null;
}

type Compare = (one: string, other: string) => number;

/** By code point, or as people do: which of them depends on the database, and names of one kind stand alike in both. */
const orders: readonly Compare[] = [compareCodes, new Intl.Collator("en").compare];

/** Keeps what the lists tell of positions that nobody has asked for yet. */
export function createOldPositions(api: GpdApi, clock: Clock): OldPositions {
  const lists: Lists = {
    seen: new Map(),
    pages: [],
    totalPages: null,
    calls: 0,
    saved: 0,
    compare: compareCodes,
  };
  let turn: Promise<unknown> = Promise.resolve();

  /** One after another: what one finds saves calls to the next. */
  async function readLists(names: readonly string[], signal: AbortSignal | undefined) {
    const mine = turn.then(() => takeFromLists(lists, names, { api, clock, signal }));
    turn = mine.catch(() => undefined);
    return await mine;
  }

  return {
    async read(names, signal) {
      const found = new Map<string, GpdPosition | null>(await readLists(names, signal));
      const rest = names.filter((name) => !found.has(name));
      const answers = await Promise.allSettled(rest.map((name) => api.get(name, signal)));
      for (const [index, answer] of answers.entries())
        if (answer.status === "fulfilled") found.set(rest[index] ?? "", answer.value);
      return found;
    },
  };
}

interface Reading {
  readonly api: GpdApi;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
}

/** What the lists have of these names. Never reads more pages than single positions would cost calls. */
async function takeFromLists(
  lists: Lists,
  names: readonly string[],
  { api, clock, signal }: Reading,
): Promise<ReadonlyMap<string, GpdPosition>> {
  forgetOld(lists, clock.now());
  const found = new Map<string, GpdPosition>();
  let missing: readonly string[] = takeSeen(lists, names, found).toSorted(compareCodes);
  let left = missing.length - 1;
  let step = 1;
  while (left > 0 && missing.length > 1 && lists.calls < lists.saved + patience) {
    const [target = ""] = missing;
    const page = pickPage(lists, target, step);
    if (page === null) {
      // Not where it would stand: it is asked for by its name.
      missing = missing.slice(1);
      step = 1;
      continue;
    }
    left -= 1;
    step *= 2;
    lists.calls += 1;
    if (!remember(lists, page, await tryList(api, page, signal), clock.now())) break;
    missing = takeSeen(lists, missing, found);
    if (missing[0] !== target) step = 1;
  }
  lists.saved += found.size;
  return found;
}

/** Moves what is known to `found`; the names that are left. */
function takeSeen(
  { seen }: Lists,
  names: readonly string[],
  found: Map<string, GpdPosition>,
): readonly string[] {
  return names.filter((name) => {
    const known = seen.get(name);
    if (known === undefined) return true;
    // Once only: who asks again has a reason to.
    seen.delete(name);
    found.set(name, known.position);
    return false;
  });
}

/** The page on which a name may stand; `null`: on none that has not been read. From the known page before it by leaps, then by halves. */
function pickPage(
  { pages, totalPages, compare }: Lists,
  name: string,
  step: number,
): number | null {
  if (compare === null) return null;
  if (totalPages === null) return 0;
  const before = pages.findLast(({ first }) => compare(first, name) <= 0);
  if (before !== undefined && compare(name, before.last) <= 0) return null;
  const low = before?.page ?? -1;
  const after = pages.find(({ first, page }) => compare(first, name) > 0 && page > low);
  const high = Math.min(after?.page ?? totalPages, totalPages);
  // What was made in between has moved the rest along: the older of two neighbours is read again.
  if (high - low < 2) return after !== undefined && after.call < (before?.call ?? 0) ? high : null;
  const middle = Math.floor((low + high) / 2);
  return step <= 4 ? Math.min(low + step, middle) : middle;
}

/** False: there is nothing more to be learned from the list now. */
function remember(lists: Lists, page: number, answer: GpdPage | null, at: number): boolean {
  if (answer === null) return false;
  for (const position of answer.positions)
    if (readPositionState(position) === "open") lists.seen.set(position.iupd, { position, at });
  const names = answer.positions.map(({ iupd }) => iupd);
  followOrder(lists, names);
  lists.totalPages = answer.totalPages;
  const [first] = names;
  const last = names.at(-1);
  if (first === undefined || last === undefined) return false;
  const known = { page, first, last, at, call: lists.calls };
  lists.pages = [...lists.pages.filter((other) => other.page !== page), known].toSorted(
    (one, other) => one.page - other.page,
  );
  return true;
}

/** Where a page is ordered otherwise than those before, they tell nothing of where a name stands. */
function followOrder(lists: Lists, names: readonly string[]): void {
  const fits = (compare: Compare): boolean =>
    names.every((name, index) => index === 0 || compare(names[index - 1] ?? "", name) <= 0);
  if (lists.compare === null || fits(lists.compare)) return;
  lists.compare = orders.find(fits) ?? null;
  lists.pages = [];
}

function forgetOld(lists: Lists, nowMs: number): void {
  const isOld = ({ at }: { readonly at: number }): boolean => at < nowMs - freshMs;
  for (const [name, known] of lists.seen) if (isOld(known)) lists.seen.delete(name);
  lists.pages = lists.pages.filter((known) => !isOld(known));
}

/** A list that fails is no reason to stop: what it would tell is asked for by name. */
async function tryList(
  api: GpdApi,
  page: number,
  signal: AbortSignal | undefined,
): Promise<GpdPage | null> {
  try {
    return await api.listByName(page, signal);
  } catch {
    return null;
  }
}

function compareCodes(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
