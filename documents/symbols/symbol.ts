/** A square symbol as its modules lie: what an encoder gives and a sheet draws. */

/** A square symbol: `isDark(row, column)` for `size` modules a side. */
export interface Symbol2d {
  readonly size: number;
  readonly dark: Uint8Array;
}
