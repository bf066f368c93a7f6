/** One pass over the bytes of a file: what it begins with, which encodings they fit, where its text ends. */
import { isAscii, isUtf8 } from "node:buffer";
import type { HighWord } from "./readings.ts";

/** So much of the beginning is kept: enough to tell what kind of file it is and to choose its delimiter from. */
const headBytes = 256 * 1024;
/** Different words that the code page is told by. */
const mostWords = 20_000;

export interface BytePlace {
  readonly line: number;
  /** 1-based byte in the line. */
  readonly column: number;
}

/** What was found in a file; see `scanBytes`. */
export interface Scan {
  bytes: number;
  /** The first bytes. */
  head: Uint8Array;
  /** First byte that no UTF-8 text has; `null` = the file is UTF-8. */
  notUtf8: BytePlace | null;
  /** The file ends in the middle of a UTF-8 character, and is UTF-8 up to there. */
  isCutInCharacter: boolean;
  hasNonAscii: boolean;
  /** There are pairs of bytes that only UTF-8 makes of accented letters: `è` is C3 A8, in Windows-1252 it would read `Ã¨`. */
  hasUtf8Letters: boolean;
  /** Of a file that is not UTF-8: its words with bytes beyond ASCII, each once, the first of them. */
  words: readonly HighWord[];
  nul: BytePlace | null;
  /** Where a Ctrl-Z ends the text, as DOS programs end it; `null`: none does. */
  textEnd: number | null;
  /** Something stands behind the Ctrl-Z. */
  hasTextBehindEnd: boolean;
  /** The last byte of the text ends a line. */
  endsLine: boolean;
}

/** Reads the chunks to their end. The caller may stop after the first by what it begins with. */
export async function scanBytes(chunks: AsyncIterable<Uint8Array>): Promise<Scan> {
  const scan: Scan = {
    bytes: 0,
    head: new Uint8Array(0),
    notUtf8: null,
    isCutInCharacter: false,
    hasNonAscii: false,
    hasUtf8Letters: false,
    words: [],
    nul: null,
    textEnd: null,
    hasTextBehindEnd: false,
    endsLine: false,
  };
  const lines = createLineCounter();
  const words = createWordCollector();
  let tail: Uint8Array = new Uint8Array(0);
  for await (const whole of chunks) {
    const chunk = cutAtEnd(whole, scan);
    if (chunk.length === 0) continue;
    scan.endsLine = chunk.at(-1) === 10 || chunk.at(-1) === 13;
    scan.nul ??= lines.locate(chunk, chunk.indexOf(0));
    const isAsciiOnly = isAscii(chunk);
    if (scan.notUtf8 === null && (!isAsciiOnly || tail.length > 0))
      tail = checkUtf8(joinBytes(tail, chunk), { chunk, tailLength: tail.length, scan, lines });
    if (!isAsciiOnly) {
      scan.hasNonAscii = true;
      scan.hasUtf8Letters ||= hasUtf8Letters(chunk);
    }
    if (scan.notUtf8 === null) words.pass(chunk);
    else words.add(chunk, lines);
    lines.pass(chunk);
  }
  if (scan.notUtf8 === null && tail.length > 0) {
    scan.notUtf8 = lines.locateEnd();
    scan.isCutInCharacter = true;
  }
  if (scan.notUtf8 !== null) words.end(lines);
  scan.words = words.list();
  return scan;
}

/** The part of the chunk before the Ctrl-Z; counts bytes and keeps the head. */
function cutAtEnd(chunk: Uint8Array, scan: Scan): Uint8Array {
  const before = scan.bytes;
  scan.bytes += chunk.length;
  if (scan.head.length < headBytes)
    scan.head = joinBytes(scan.head, chunk.subarray(0, headBytes - scan.head.length));
  const at = scan.textEnd === null ? chunk.indexOf(0x1a) : 0;
  if (at === -1 || isWide(scan.head)) return chunk;
  scan.textEnd ??= before + at;
  // DOS programs fill the last block with more of them, or with nulls.
  scan.hasTextBehindEnd ||= chunk
    .subarray(at)
    .some((byte) => ![0, 0x1a, 10, 13, 32].includes(byte));
  return chunk.subarray(0, at);
}

interface WordCollector {
  /** A chunk that is UTF-8: only a word that it cuts may belong to one that is not. */
  pass(chunk: Uint8Array): void;
  add(chunk: Uint8Array, lines: LineCounter): void;
  end(lines: LineCounter): void;
  list(): readonly HighWord[];
}

const wordPattern = /[A-Za-z0-9]{0,40}[\u0080-\u00FF][A-Za-z0-9\u0080-\u00FF]{0,80}/g;
const cutWord = /[A-Za-z0-9\u0080-\u00FF]{0,120}$/;

function createWordCollector(): WordCollector {
  const words = new Map<string, HighWord>();
  /** A word that the end of the chunk may cut. */
  let rest = "";
  function note(text: string, lines: LineCounter, before: number): void {
    for (const found of text.matchAll(wordPattern)) {
      const [bytes] = found;
      if (words.has(bytes) || words.size >= mostWords) continue;
      const at = found.index + bytes.search(/[\u0080-\u00FF]/);
      words.set(bytes, { bytes, ...lines.locateIn(text, at, before) });
    }
  }
  return {
    pass(chunk) {
      rest = cutWord.exec(rest + toLatin(chunk.subarray(-120)))?.[0] ?? "";
    },
    add(chunk, lines) {
      const text = rest + toLatin(chunk);
      const [end = ""] = cutWord.exec(text) ?? [];
      note(text.slice(0, text.length - end.length), lines, rest.length);
      rest = end;
    },
    end(lines) {
      note(rest, lines, rest.length);
    },
    list: () => [...words.values()],
  };
}

function toLatin(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

function hasUtf8Letters(chunk: Uint8Array): boolean {
  for (let at = chunk.indexOf(0xc3); at !== -1; at = chunk.indexOf(0xc3, at + 1)) {
    const next = chunk[at + 1] ?? 0;
    if (next >= 0x80 && next <= 0xbf) return true;
  }
  return false;
}

/** Checks all complete characters; returns the bytes of one that the chunk cuts. */
function checkUtf8(
  bytes: Uint8Array,
  at: {
    readonly chunk: Uint8Array;
    readonly tailLength: number;
    readonly scan: Scan;
    readonly lines: LineCounter;
  },
): Uint8Array {
  const { chunk, tailLength, scan, lines } = at;
  const end = countCompleteBytes(bytes);
  const whole = bytes.subarray(0, end);
  if (isUtf8(whole)) return bytes.slice(end);
  const bad = findFirstInvalid(whole);
  const here = lines.locateEnd();
  scan.notUtf8 =
    bad < tailLength
      ? { line: here.line, column: here.column - tailLength + bad }
      : lines.locate(chunk, bad - tailLength);
  return new Uint8Array(0);
}

/** Length without the character that the end may cut. */
function countCompleteBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return bytes.length;
    if (byte >= 0xc0) {
      return countSequenceBytes(byte) > back ? bytes.length - back : bytes.length;
    }
  }
  return bytes.length;
}

/** Bytes of the character that begins with this one. */
function countSequenceBytes(first: number): number {
  if (first >= 0xf0) return 4;
  return first >= 0xe0 ? 3 : 2;
}

/** Index of the first byte that begins no UTF-8 character, by halving. */
function findFirstInvalid(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    const cut = countCompleteBytes(bytes.subarray(0, middle));
    if (isUtf8(bytes.subarray(0, cut))) good = middle;
    else bad = middle;
  }
  return countCompleteBytes(bytes.subarray(0, good));
}

interface LineCounter {
  /** `null` where the index is negative. */
  locate(chunk: Uint8Array, index: number): BytePlace | null;
  /** The place of an index in a text that begins so many characters before the chunk at hand. */
  locateIn(text: string, index: number, before: number): BytePlace;
  locateEnd(): BytePlace;
  pass(chunk: Uint8Array): void;
}

function createLineCounter(): LineCounter {
  let line = 1;
  let column = 1;
  function advance(chunk: Uint8Array): [number, number] {
    let at = line;
    let last = -1;
    for (let next = chunk.indexOf(10); next !== -1; next = chunk.indexOf(10, next + 1)) {
      at += 1;
      last = next;
    }
    return [at, last === -1 ? column + chunk.length : chunk.length - last];
  }
  return {
    locate(chunk, index) {
      if (index < 0) return null;
      const [atLine, atColumn] = advance(chunk.subarray(0, index));
      return { line: atLine, column: atColumn };
    },
    locateIn(text, index, before) {
      const earlier = text.slice(0, index);
      const last = earlier.lastIndexOf("\n");
      return {
        line: line + (earlier.match(/\n/g)?.length ?? 0),
        column: last === -1 ? column - before + index : index - last,
      };
    },
    locateEnd: () => ({ line, column }),
    pass(chunk) {
      [line, column] = advance(chunk);
    },
  };
}

/** True for what begins as UTF-16 does: with its byte order mark, or with a letter of two bytes. */
export function isWide(head: Uint8Array): boolean {
  return (
    hasPrefix(head, [0xff, 0xfe]) ||
    hasPrefix(head, [0xfe, 0xff]) ||
    (head.length > 1 && head[0] !== head[1] && (head[0] === 0 || head[1] === 0))
  );
}

export function hasPrefix(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, index) => bytes[index] === byte);
}

function joinBytes(left: Uint8Array, right: Uint8Array): Uint8Array {
  if (left.length === 0) return right;
  const both = new Uint8Array(left.length + right.length);
  both.set(left);
  both.set(right, left.length);
  return both;
}
