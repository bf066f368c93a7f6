/** What the grid of a flusso shows: the words of its address. */
import type { ItemState } from "../../engine/journal/states.ts";

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

/** What the grid shows. */
export interface GridQuery {
  readonly states?: readonly ItemState[];
  readonly key?: string;
  /** Only verbali that this code keeps. */
  readonly code?: string;
  /** The next page: only ids above; where rows are sorted or jumped to, `from` says it. */
  readonly after?: number;
  /** Absent: the order of the file. */
  readonly sort?: SortKey;
  readonly isDown?: boolean;
  /** Rows to leave out. */
  readonly from?: number;
}
