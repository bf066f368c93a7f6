/** How hard a QR symbol of version 4 is to read, by the rules of the standard and as the package qrcode counts them. */

const size = 33;
const words = Math.ceil((size * size) / 32);

/**
 * Penalty points of a symbol: 33 rows of 33 modules one after another in words of 32, the first in the lowest bit, followed by 11
 * words of zeros. Every rule is applied to 32 modules at once.
 * Source: ISO/IEC 18004 7.8.3.1 (runs of five, squares of two, patterns like a finder's, share of dark modules).
 */
export function computePenalty(bits: Int32Array): number {
  let dark = 0;
  for (let at = 0; at < words; at += 1) dark += countOnes(bits[at] ?? 0);
  const share = Math.abs(Math.ceil((dark * 100) / (size * size) / 5) - 10);
  const lines = scoreDirection(bits, across) + scoreDirection(bits, down);
  let squares = 0;
  for (let at = 0; at < words; at += 1)
    squares += countOnes(
      (across.same[at] ?? 0) & readAhead(across.same, at, size) & (down.same[at] ?? 0),
    );
  return lines + squares * 3 + share * 10;
}

/** One of the two directions: how far the next module lies, and room for what is found. */
interface Direction {
  readonly step: number;
  /** Modules that have a next one. */
  readonly hasNext: Int32Array;
  /** Modules that have ten more after them. */
  readonly hasTen: Int32Array;
  /** Modules with the colour of the next. */
  readonly same: Int32Array;
  readonly runs: Int32Array;
  /** Where dark, light, three dark, light, dark begins. */
  readonly finders: Int32Array;
  /** Where four light modules begin. */
  readonly lights: Int32Array;
}

const across = buildDirection(1, (_, column) => column);
const down = buildDirection(size, (row) => row);

function buildDirection(step: number, place: (row: number, column: number) => number): Direction {
  const hasNext = createRoom();
  const hasTen = createRoom();
  for (let at = 0; at < size * size; at += 1) {
    const left = size - 1 - place(Math.floor(at / size), at % size);
    if (left >= 1) hasNext[at >> 5] = (hasNext[at >> 5] ?? 0) | (1 << (at & 31));
    if (left >= 10) hasTen[at >> 5] = (hasTen[at >> 5] ?? 0) | (1 << (at & 31));
  }
  return {
    step,
    hasNext,
    hasTen,
    same: createRoom(),
    runs: createRoom(),
    finders: createRoom(),
    lights: createRoom(),
  };
}

function createRoom(): Int32Array {
  return new Int32Array(words + 11);
}

/** Points for runs (3 for five modules, 1 for each more) and for patterns like a finder's with four light modules beside (40). */
function scoreDirection(bits: Int32Array, way: Direction): number {
  const { step, hasNext, hasTen, same, runs, finders, lights } = way;
  for (let at = 0; at < words; at += 1) {
    const first = bits[at] ?? 0;
    const second = readAhead(bits, at, step);
    const third = readAhead(bits, at, 2 * step);
    const fourth = readAhead(bits, at, 3 * step);
    same[at] = ~(first ^ second) & (hasNext[at] ?? 0);
    lights[at] = ~(first | second | third | fourth);
    finders[at] =
      first &
      ~second &
      third &
      fourth &
      readAhead(bits, at, 4 * step) &
      ~readAhead(bits, at, 5 * step) &
      readAhead(bits, at, 6 * step);
  }
  let points = 0;
  for (let at = 0; at < words; at += 1) {
    runs[at] =
      (same[at] ?? 0) &
      readAhead(same, at, step) &
      readAhead(same, at, 2 * step) &
      readAhead(same, at, 3 * step);
    const before = (finders[at] ?? 0) & readAhead(lights, at, 7 * step);
    const after = (lights[at] ?? 0) & readAhead(finders, at, 4 * step);
    points += 40 * countOnes((before | after) & (hasTen[at] ?? 0));
  }
  // A run of n modules is n - 4 beginnings of five, and has one last such.
  for (let at = 0; at < words; at += 1) {
    const fives = runs[at] ?? 0;
    if (fives !== 0) points += countOnes(fives) + 2 * countOnes(fives & ~readAhead(runs, at, step));
  }
  return points;
}

/** The modules that lie `by` places after the 32 of a word; `by` is no multiple of 32. */
function readAhead(bits: Int32Array, word: number, by: number): number {
  const from = word + (by >> 5);
  return ((bits[from] ?? 0) >>> (by & 31)) | ((bits[from + 1] ?? 0) << (32 - (by & 31)));
}

function countOnes(word: number): number {
  let count = word - ((word >>> 1) & 0x55_55_55_55);
  count = (count & 0x33_33_33_33) + ((count >>> 2) & 0x33_33_33_33);
  return Math.imul((count + (count >>> 4)) & 0x0f_0f_0f_0f, 0x01_01_01_01) >>> 24;
}
