/** Where ECC 200 puts the bits of its codewords. */

const placements = new Map<number, Int32Array>();

/**
 * Which bit lies on which module of the mapping matrix, row by row: codeword * 8 + bit + 1 with bit 0 the most significant;
 * 0 and -1 are the fixed light and dark modules of the last corner. Source: ISO/IEC 16022 annex F.
 */
export function computePlacement(size: number): Int32Array {
  const known = placements.get(size);
  if (known !== undefined) return known;
  const order = new Int32Array(size * size);
  const placeModule = (row: number, column: number, source: number): void => {
    let r = row;
    let c = column;
    if (r < 0) {
      r += size;
      c += 4 - ((size + 4) % 8);
    }
    if (c < 0) {
      c += size;
      r += 4 - ((size + 4) % 8);
    }
    order[r * size + c] = source;
  };
  const placeShape = (codeword: number, cells: readonly (readonly [number, number])[]): void => {
    for (const [index, [row, column]] of cells.entries())
      placeModule(row, column, codeword * 8 + index + 1);
  };
  walk(size, order, placeShape);
  placements.set(size, order);
  return order;
}

type Shape = (codeword: number, cells: readonly (readonly [number, number])[]) => void;

function walk(size: number, order: Int32Array, shape: Shape): void {
  let codeword = 0;
  let row = 4;
  let column = 0;
  const put = (r: number, c: number): void => {
    if (r >= 0 && r < size && c >= 0 && c < size && order[r * size + c] === 0)
      shape(codeword++, locateUtah(r, c));
  };
  do {
    if (row === size && column === 0) shape(codeword++, locateCorner1(size));
    if (row === size - 2 && column === 0 && size % 4 !== 0) shape(codeword++, locateCorner2(size));
    if (row === size - 2 && column === 0 && size % 8 === 4) shape(codeword++, locateCorner3(size));
    if (row === size + 4 && column === 2 && size % 8 === 0) shape(codeword++, locateCorner4(size));
    do {
      if (row < size && column >= 0) put(row, column);
      row -= 2;
      column += 2;
    } while (row >= 0 && column < size);
    row += 1;
    column += 3;
    do {
      if (row >= 0 && column < size) put(row, column);
      row += 2;
      column -= 2;
    } while (row < size && column >= 0);
    row += 3;
    column += 1;
  } while (row < size || column < size);
  if (order[size * size - 1] === 0) {
    order[size * size - 1] = -1;
    order[(size - 2) * size + size - 2] = -1;
  }
}

function locateUtah(r: number, c: number): readonly (readonly [number, number])[] {
  return [
    [r - 2, c - 2],
    [r - 2, c - 1],
    [r - 1, c - 2],
    [r - 1, c - 1],
    [r - 1, c],
    [r, c - 2],
    [r, c - 1],
    [r, c],
  ];
}

function locateCorner1(n: number): readonly (readonly [number, number])[] {
  return [
    [n - 1, 0],
    [n - 1, 1],
    [n - 1, 2],
    [0, n - 2],
    [0, n - 1],
    [1, n - 1],
    [2, n - 1],
    [3, n - 1],
  ];
}

function locateCorner2(n: number): readonly (readonly [number, number])[] {
  return [
    [n - 3, 0],
    [n - 2, 0],
    [n - 1, 0],
    [0, n - 4],
    [0, n - 3],
    [0, n - 2],
    [0, n - 1],
    [1, n - 1],
  ];
}

function locateCorner3(n: number): readonly (readonly [number, number])[] {
  return [
    [n - 3, 0],
    [n - 2, 0],
    [n - 1, 0],
    [0, n - 2],
    [0, n - 1],
    [1, n - 1],
    [2, n - 1],
    [3, n - 1],
  ];
}

function locateCorner4(n: number): readonly (readonly [number, number])[] {
  return [
    [n - 1, 0],
    [n - 1, n - 1],
    [0, n - 3],
    [0, n - 2],
    [0, n - 1],
    [1, n - 3],
    [1, n - 2],
    [1, n - 1],
  ];
}
