/** All items of a journal as they come and change, for whoever keeps something beside it. */
import type { ItemRow } from "./items.ts";

/** How far a reader has come. */
export interface ChangeMark {
  /** Id of the newest item that was read. */
  readonly item: number;
  /** Id of the newest attempt that was read. */
  readonly attempt: number;
  /** Attempts that were read before they had an end: their items change once more. */
  readonly open: readonly number[];
}

export interface ChangedItem extends Pick<ItemRow, "id" | "key" | "data"> {
  readonly run: string;
  readonly ente: string;
}

export interface ItemChanges {
  readonly items: readonly ChangedItem[];
  readonly mark: ChangeMark;
  /** Nothing is left behind `mark` now. */
  readonly isEnd: boolean;
}

export interface ItemChangeReader {
  /** Items that are new, or whose effects ended, behind the mark; `null`: from the first. What pure steps add comes with the next effect. */
  listItemChanges(after: ChangeMark | null, limit: number): Promise<ItemChanges>;
}
