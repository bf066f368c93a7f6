/** How the work of a step on an item ends. */
import type { ItemRejected } from "../host/errors.ts";
import type { Item } from "./item.ts";

/** One item's end in `runMany` or in a group step. */
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
