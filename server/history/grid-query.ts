/** What the grid of a flusso shows: the words of its address. */
import type { ItemState } from "../../engine/journal/states.ts";

/** What the grid shows. */
export interface GridQuery {
  readonly states?: readonly ItemState[];
  readonly key?: string;
  readonly after?: number;
}
