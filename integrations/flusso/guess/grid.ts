/** Rows of a file before its names are settled. */

export interface SampleRow {
  /** 1-based in the file. */
  readonly line: number;
  readonly cells: readonly string[];
  /** Of a spreadsheet. */
  readonly kinds?: readonly (CellKind | null)[];
}

export type CellKind = "text" | "number" | "day" | "time";

/** A table without its names settled. */
export interface SampleGrid {
  /** Of the sheet; empty: a text. */
  readonly name: string;
  readonly isHidden: boolean;
  readonly rows: readonly SampleRow[];
  readonly rowCount: number;
}
