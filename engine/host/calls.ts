/** The calls that the work on items makes to outside services, noted while it goes on: to whom, what, when, how long, how it ended. Nothing of what was said. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Clock } from "./clock.ts";

/** What a call is to people, in Italian: `SEND`, `caricamento di un documento`. */
export interface CallName {
  readonly service: string;
  readonly operation: string;
}

export interface Call extends CallName {
  /** When it went out, milliseconds since the epoch. */
  readonly at: number;
  readonly ms: number;
  /** Of HTTP; `null` = no answer came. */
  readonly status: number | null;
  /** For how many items it was made at once. */
  readonly items: number;
}

/** The first and the last calls of an attempt. */
export interface AttemptCalls {
  readonly calls: readonly Call[];
  /** How many between them are not kept. */
  readonly left: number;
}

/** So many of the first are kept, and so many of the last: an attempt of a thousand calls is a row like any other. */
const mostOfEach = 6;

export interface CallBook {
  /** Calls that `work` makes are those of these items, until a book within names fewer. */
  noteFor<Result>(keys: readonly string[], work: () => Promise<Result>): Promise<Result>;
  /** What was noted of the item since it was last taken; `null` = no call. */
  take(key: string): AttemptCalls | null;
}

interface Page {
  readonly items: number;
  readonly first: Call[];
  readonly last: Call[];
  left: number;
}

interface Noting {
  readonly page: Page;
  readonly clock: Clock;
  narrow<Result>(key: string, work: () => Promise<Result>): Promise<Result>;
}

const noting = new AsyncLocalStorage<Noting>();

/** An empty book. */
export function createCallBook(clock: Clock): CallBook {
  const pages = new Map<string, Page[]>();
  const noteFor: CallBook["noteFor"] = (keys, work) => {
    const page: Page = { items: keys.length, first: [], last: [], left: 0 };
    for (const key of keys) pages.set(key, [...(pages.get(key) ?? []), page]);
    const narrow: Noting["narrow"] = (key, inner) => noteFor([key], inner);
    return noting.run({ page, clock, narrow }, work);
  };
  return {
    noteFor,
    take(key) {
      const own = pages.get(key) ?? [];
      pages.delete(key);
      const calls = own.flatMap(({ first, last }) => [...first, ...last]);
      if (calls.length === 0) return null;
      const page: Page = { items: 1, first: [], last: [], left: 0 };
      for (const call of calls.toSorted((a, b) => a.at - b.at)) addCall(page, call);
      const before = own.map(({ left }) => left);
      return {
        calls: [...page.first, ...page.last],
        left: before.reduce((sum, left) => sum + left, page.left),
      };
    },
  };
}

/** The calls of `work` are of this item alone, where anybody notes calls. */
export async function narrowCalls<Result>(
  key: string,
  work: () => Promise<Result> | Result,
): Promise<Result> {
  const inner = async (): Promise<Result> => await work();
  return await (noting.getStore()?.narrow(key, inner) ?? inner());
}

/** A call goes out now; whoever made it says how it ended, once. */
export function beginCall(name: CallName | undefined): (status: number | null) => void {
  const note = noting.getStore();
  if (note === undefined || name === undefined) return () => {};
  const { page, clock } = note;
  const at = clock.now();
  return (status) => {
    addCall(page, { ...name, at, ms: clock.now() - at, status, items: page.items });
  };
}

function addCall(page: Page, call: Call): void {
  if (page.first.length < mostOfEach) {
    page.first.push(call);
    return;
  }
  page.last.push(call);
  if (page.last.length <= mostOfEach) return;
  page.last.shift();
  page.left += 1;
}
