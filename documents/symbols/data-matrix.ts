/** Data Matrix ECC 200 encoder for the Poste code (ISO/IEC 16022): digit pairs, then C40. */
import { computePlacement } from "./data-matrix-placement.ts";
import type { Symbol2d } from "./symbol.ts";

interface Size {
  readonly side: number;
  /** Data regions along one side. */
  readonly regions: number;
  readonly data: number;
  readonly correction: number;
  readonly blocks: number;
}

// ISO/IEC 16022 table 7, the square sizes that 256 characters may need.
const sizes: readonly Size[] = [
  { side: 32, regions: 2, data: 62, correction: 36, blocks: 1 },
  { side: 36, regions: 2, data: 86, correction: 42, blocks: 1 },
  { side: 40, regions: 2, data: 114, correction: 48, blocks: 1 },
  { side: 44, regions: 2, data: 144, correction: 56, blocks: 1 },
  { side: 48, regions: 2, data: 174, correction: 68, blocks: 1 },
  { side: 52, regions: 2, data: 204, correction: 84, blocks: 2 },
  { side: 64, regions: 4, data: 280, correction: 112, blocks: 2 },
];

/** The smallest square symbol from 32 modules that holds the text (printable ASCII); throws when none does. */
export function encodeDataMatrix(text: string): Symbol2d {
  if (!/^[ -~]*$/.test(text)) throw new Error("Data Matrix: only printable ASCII");
  const data = encodeShortest(text);
  const size = sizes.find((candidate) => candidate.data >= data.length);
  if (size === undefined) throw new Error("Data Matrix: text too long");
  padData(data, size.data);
  return placeCodewords(addCorrection(data, size), size);
}

/** ASCII for the first part, C40 for the rest, cut where the sum is smallest. */
function encodeShortest(text: string): number[] {
  const values = Array.from(text, (character) => c40Table[character.charCodeAt(0)] ?? []);
  const costs = countAsciiCosts(text);
  let cut = text.length;
  let least = costs[text.length] ?? 0;
  let tail = 0;
  for (let from = text.length - 1; from >= 0; from -= 1) {
    tail += values[from]?.length ?? 0;
    // Latch, unlatch, and two codewords for three values.
    const cost = (costs[from] ?? 0) + 2 + Math.ceil((tail * 2) / 3);
    if (cost > least) continue;
    least = cost;
    cut = from;
  }
  if (cut === text.length) return encodeAscii(text);
  return [...encodeAscii(text.slice(0, cut)), ...encodeC40(text, values, cut)];
}

/** Codewords that each beginning of the text takes in ASCII. */
function countAsciiCosts(text: string): number[] {
  const costs = [0];
  let pairing = false;
  for (let at = 0; at < text.length; at += 1) {
    const isDigit = isDigitAt(text, at);
    const closesPair = isDigit && pairing;
    costs.push((costs[at] ?? 0) + (closesPair ? 0 : 1));
    pairing = isDigit && !pairing;
  }
  return costs;
}

function isDigitAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
}

function encodeAscii(text: string): number[] {
  const out: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    if (isDigitAt(text, at) && isDigitAt(text, at + 1)) {
      out.push(130 + Number(text.slice(at, at + 2)));
      at += 1;
    } else out.push(text.charCodeAt(at) + 1);
  }
  return out;
}

const punctuation2 = "!\"#$%&'()*+,-./:;<=>?@[\\]^_";

function toC40Values(code: number): readonly number[] {
  if (code === 32) return [3];
  if (code >= 48 && code <= 57) return [code - 48 + 4];
  if (code >= 65 && code <= 90) return [code - 65 + 14];
  const at = punctuation2.indexOf(String.fromCharCode(code));
  if (at >= 0) return [1, at];
  return [2, code - 96];
}

const c40Table = Array.from({ length: 127 }, (_, code) => toC40Values(code));

/** C40 from `from` on; what does not fill a triplet at the end returns to ASCII. */
function encodeC40(text: string, values: readonly (readonly number[])[], from: number): number[] {
  const pending: number[] = [];
  let whole = from;
  let counted = 0;
  for (let at = from; at < text.length; at += 1) {
    pending.push(...(values[at] ?? []));
    if (pending.length % 3 !== 0) continue;
    whole = at + 1;
    counted = pending.length;
  }
  const out = [230];
  for (let at = 0; at < counted; at += 3) {
    const packed =
      1600 * (pending[at] ?? 0) + 40 * (pending[at + 1] ?? 0) + (pending[at + 2] ?? 0) + 1;
    out.push(packed >> 8, packed & 255);
  }
  out.push(254, ...encodeAscii(text.slice(whole)));
  return out;
}

function padData(data: number[], capacity: number): void {
  if (data.length < capacity) data.push(129);
  while (data.length < capacity) {
    const position = data.length + 1;
    const random = 129 + ((149 * position) % 253) + 1;
    data.push(random > 254 ? random - 254 : random);
  }
}

const exponents = new Uint8Array(512);
const logarithms = new Uint8Array(256);
for (let power = 0, value = 1; power < 255; power += 1) {
  exponents[power] = value;
  exponents[power + 255] = value;
  logarithms[value] = power;
  value *= 2;
  // The field polynomial of ECC 200: x^8 + x^5 + x^3 + x^2 + 1.
  if (value > 255) value ^= 0x1_2d;
}

function multiply(a: number, b: number): number {
  if (a === 0 || b === 0) return 0;
  return exponents[(logarithms[a] ?? 0) + (logarithms[b] ?? 0)] ?? 0;
}

const multiples = new Map<number, Uint8Array>();

/** The generator polynomial of that degree without its first term, times each of the 256 factors, one after another. */
function computeMultiples(degree: number): Uint8Array {
  const known = multiples.get(degree);
  if (known !== undefined) return known;
  let polynomial = new Uint8Array([1]);
  for (let root = 1; root <= degree; root += 1) {
    const next = new Uint8Array(polynomial.length + 1);
    for (const [at, factor] of polynomial.entries()) {
      next[at] = (next[at] ?? 0) ^ factor;
      next[at + 1] = (next[at + 1] ?? 0) ^ multiply(factor, exponents[root] ?? 0);
    }
    polynomial = next;
  }
  const rows = new Uint8Array(256 * degree);
  for (let at = 0; at < rows.length; at += 1)
    rows[at] = multiply(Math.floor(at / degree), polynomial[(at % degree) + 1] ?? 0);
  multiples.set(degree, rows);
  return rows;
}

/** Data codewords followed by the interleaved Reed-Solomon codewords. */
function addCorrection(data: readonly number[], size: Size): Uint8Array {
  const out = new Uint8Array(size.data + size.correction);
  out.set(data);
  const degree = size.correction / size.blocks;
  const rows = computeMultiples(degree);
  for (let block = 0; block < size.blocks; block += 1) {
    const remainder = new Uint8Array(degree + 1);
    for (let at = block; at < size.data; at += size.blocks) {
      const row = ((out[at] ?? 0) ^ (remainder[0] ?? 0)) * degree;
      for (let term = 0; term < degree; term += 1)
        remainder[term] = (remainder[term + 1] ?? 0) ^ (rows[row + term] ?? 0);
    }
    for (let term = 0; term < degree; term += 1)
      out[size.data + block + term * size.blocks] = remainder[term] ?? 0;
  }
  return out;
}

function placeCodewords(codewords: Uint8Array, { side, regions }: Size): Symbol2d {
  const sources = mapModules(side, regions);
  const dark = new Uint8Array(side * side);
  for (let at = 0; at < dark.length; at += 1) dark[at] = readBit(codewords, sources[at] ?? 0);
  return { size: side, dark };
}

const layouts = new Map<number, Int32Array>();

/** What each module of a symbol shows, frames included, as `placement` says it for the inner modules. */
function mapModules(side: number, regions: number): Int32Array {
  const known = layouts.get(side);
  if (known !== undefined) return known;
  const order = computePlacement(side - 2 * regions);
  const inner = side / regions - 2;
  const sources = new Int32Array(side * side);
  for (let row = 0; row < side; row += 1)
    for (let column = 0; column < side; column += 1) {
      const regionRow = row % (inner + 2);
      const regionColumn = column % (inner + 2);
      const edge = findEdge(regionRow, regionColumn, inner + 1);
      const innerRow = Math.floor(row / (inner + 2)) * inner + regionRow - 1;
      const innerColumn = Math.floor(column / (inner + 2)) * inner + regionColumn - 1;
      sources[row * side + column] =
        edge === undefined ? (order[innerRow * (side - 2 * regions) + innerColumn] ?? 0) : -edge;
    }
  layouts.set(side, sources);
  return sources;
}

/** Solid left and bottom edges, alternating top and right edges; `undefined` inside. */
function findEdge(row: number, column: number, last: number): number | undefined {
  if (column === 0 || row === last) return 1;
  if (row === 0) return column % 2 === 0 ? 1 : 0;
  if (column === last) return row % 2;
  return undefined;
}

/** `source` is codeword * 8 + bit (0 = most significant) + 1; 0 and -1 are the fixed light and dark modules. */
function readBit(codewords: Uint8Array, source: number): number {
  if (source <= 0) return -source;
  const index = source - 1;
  return ((codewords[index >> 3] ?? 0) >> (7 - (index & 7))) & 1;
}
