/** The QR symbol of a payment: the package qrcode draws, once for each byte at each place, what is then only put together. */
import QRCode from "qrcode";
import { computePenalty } from "./qr-penalty.ts";
import type { Symbol2d } from "./symbol.ts";

/** Modules a side of version 4. */
const size = 33;
/** Modules in words of 32, row by row, the first in the lowest bit; then zeros, so that one may look ahead by ten rows. */
const words = Math.ceil((size * size) / 32);
const withMargin = words + 11;
/** Bytes that version 4 holds at level M. Source: ISO/IEC 18004 table 7. */
const mostBytes = 62;
const masks = [0, 1, 2, 3, 4, 5, 6, 7] as const;
type Mask = (typeof masks)[number];

/**
 * The symbol of a text in Latin-1 (at most 62 characters), version 4, error correction M, with the mask that has the least
 * penalty: module by module what qrcode draws for it. Throws when the text does not fit.
 *
 * Error correction, padding and masks are exclusive-or over the bits of the text, so a symbol is that of an empty text of the
 * same length with the difference that each byte makes at its place laid over it.
 */
export function encodeQr(text: string): Symbol2d {
  const bytes = Buffer.from(text, "latin1");
  if (bytes.length > mostBytes) throw new Error("QR: text too long");
  const laid = new Int32Array(withMargin);
  for (const [place, byte] of bytes.entries()) layOver(laid, computeDifference(place, byte));
  let best = laid;
  let least = Infinity;
  for (const blank of drawBlanks(bytes.length)) {
    const candidate = blank.slice();
    layOver(candidate, laid);
    const points = computePenalty(candidate);
    if (points >= least) continue;
    least = points;
    best = candidate;
  }
  const dark = new Uint8Array(size * size);
  for (let at = 0; at < dark.length; at += 1) dark[at] = ((best[at >> 5] ?? 0) >>> (at & 31)) & 1;
  return { size, dark };
}

const differences: Int32Array[] = [];

/** The modules that turn when the byte at `place` is this one instead of zero; the same under every mask. */
function computeDifference(place: number, byte: number): Int32Array {
  const key = place * 256 + byte;
  const known = differences[key];
  if (known !== undefined) return known;
  const text = Buffer.alloc(mostBytes);
  const modules = drawModules(text, 0);
  text[place] = byte;
  layOver(modules, drawModules(text, 0));
  differences[key] = modules;
  return modules;
}

const blanks: (readonly Int32Array[])[] = [];

/** The symbol of so many zero bytes, under each mask. */
function drawBlanks(length: number): readonly Int32Array[] {
  const known = blanks[length];
  if (known !== undefined) return known;
  const made = masks.map((mask) => drawModules(Buffer.alloc(length), mask));
  blanks[length] = made;
  return made;
}

function drawModules(data: Buffer, maskPattern: Mask): Int32Array {
  const { modules } = QRCode.create([{ data, mode: "byte" }], {
    version: 4,
    errorCorrectionLevel: "M",
    maskPattern,
  });
  const bits = new Int32Array(withMargin);
  for (const [at, isDark] of modules.data.entries())
    if (isDark === 1) bits[at >> 5] = (bits[at >> 5] ?? 0) | (1 << (at & 31));
  return bits;
}

function layOver(modules: Int32Array, other: Int32Array): void {
  for (let at = 0; at < words; at += 1) modules[at] = (modules[at] ?? 0) ^ (other[at] ?? 0);
}
