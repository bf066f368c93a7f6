/** How the work of a step on an item ends. */
import { narrowCalls } from "../host/calls.ts";
import type { ItemRejected } from "../host/errors.ts";
import type { Item } from "./item.ts";

/** One item's end in a call of a step. */
export type Outcome<Added> =
  | {
      readonly item: Item<unknown>;
      readonly status: "done";
      readonly fields: Added;
      readonly note?: string;
    }
  | { readonly item: Item<unknown>; readonly status: "failed"; readonly error: unknown };

/** What `reconcile` found out about our key. */
export type Reconciled<Added> =
  | { readonly status: "done"; readonly fields: Added }
  | { readonly status: "not-done" }
  | { readonly status: "unknown"; readonly reason: string };

/** What a source yields: an item, or a row that is no item (`onInvalidRow: reject`). */
export type SourceRow<Added> =
  | {
      readonly key: string;
      readonly fields: Added;
      /** What tells these data from other data of the same key; default: the fields. What a row says of its neighbours does not belong. */
      readonly identity?: unknown;
    }
  | { readonly key: string; readonly rejected: ItemRejected };

/** The end of one item: done with the fields that `work` gives, or failed with what it throws. */
export async function endItem<Added>(
  item: Item<unknown>,
  work: () => Promise<Added> | Added,
): Promise<Outcome<Added>> {
  try {
    return { item, status: "done", fields: await narrowCalls(item.key, work) };
  } catch (error) {
    return { item, status: "failed", error };
  }
}

/** Works on all items side by side and yields the end of each as it comes: what one throws ends that one alone. */
export async function* endEach<Data, Added>(
  items: readonly Item<Data>[],
  work: (item: Item<Data>) => Promise<Added>,
): AsyncGenerator<Outcome<Added>> {
  const open = new Map(items.map((item) => [item.key, endItem(item, () => work(item))]));
  while (open.size > 0) {
    const outcome = await Promise.race(open.values());
    open.delete(outcome.item.key);
    yield outcome;
  }
}
