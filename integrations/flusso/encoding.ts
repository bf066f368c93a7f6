/** How a flusso's bytes become text: strict UTF-8 or Windows-1252, settled over the whole file before any row is read. */
import { isAscii, isUtf8 } from "node:buffer";
import type { FlussoFile, RowFault } from "./port.ts";
import { wholeFileFault } from "./faults.ts";

export type Encoding = "utf-8" | "windows-1252";
export type WantedEncoding = Encoding | "auto";

export interface SettledEncoding {
  readonly encoding: Encoding;
  /** Bytes of the byte order mark to drop: 0 or 3. */
  readonly bomBytes: number;
}

interface Scan {
  bytes: number;
  start: Uint8Array;
  /** First byte that no UTF-8 text has; `null` = the file is UTF-8. */
  notUtf8: BytePlace | null;
  /** First byte that Windows-1252 does not define. */
  not1252: BytePlace | null;
  hasNonAscii: boolean;
  /** There are pairs of bytes that only UTF-8 makes of accented letters: `è` is C3 A8, in Windows-1252 it would read `Ã¨`. */
  hasUtf8Letters: boolean;
  nul: BytePlace | null;
}

interface BytePlace {
  readonly line: number;
  /** 1-based character column in the line. */
  readonly column: number;
}

const undefined1252 = [0x81, 0x8d, 0x8f, 0x90, 0x9d];

function findUndefined1252(chunk: Uint8Array): number {
  const places = undefined1252.map((byte) => chunk.indexOf(byte)).filter((at) => at !== -1);
  return places.length === 0 ? -1 : Math.min(...places);
}

/** Reads the file once and says how to decode it, or what is wrong with it. */
export async function settleEncoding(
  file: FlussoFile,
  wanted: WantedEncoding,
): Promise<SettledEncoding | RowFault> {
  const scan = await scanBytes(file);
  const fault = checkKind(scan, file.name);
  if (fault !== null) return fault;
  const bomBytes = hasPrefix(scan.start, [0xef, 0xbb, 0xbf]) ? 3 : 0;
  if (scan.bytes === bomBytes)
    return wholeFileFault(
      "FLUSSO_EMPTY",
      "il file è vuoto.",
      "esportare di nuovo il flusso dal gestionale.",
    );
  const isText = scan.notUtf8 === null;
  if (wanted === "utf-8" || (bomBytes > 0 && wanted === "auto")) {
    if (scan.notUtf8 === null) return { encoding: "utf-8", bomBytes };
    return encodingFault(
      scan.notUtf8,
      "il carattere non è UTF-8, la codifica attesa.",
      "esportare il file in UTF-8, oppure scrivere encoding: auto (o windows-1252) nella parte flusso: del file dell'ente.",
    );
  }
  if (wanted === "auto" && isText) return { encoding: "utf-8", bomBytes };
  if (wanted === "windows-1252" && isText && (scan.hasNonAscii || bomBytes > 0))
    return wholeFileFault(
      "FLUSSO_ENCODING",
      "il file è scritto in UTF-8, mentre la codifica dichiarata è windows-1252: le lettere accentate si guasterebbero.",
      "scrivere encoding: auto (o utf-8) nella parte flusso: del file dell'ente.",
    );
  if (wanted === "auto" && scan.notUtf8 !== null && scan.hasUtf8Letters)
    return encodingFault(
      scan.notUtf8,
      "il file è scritto in parte in UTF-8 e in parte no: qui c'è un carattere che non è UTF-8.",
      "esportare di nuovo il file in UTF-8, senza unire file di codifica diversa.",
    );
  if (scan.not1252 !== null)
    return encodingFault(
      scan.not1252,
      "il carattere non è né UTF-8 né Windows-1252.",
      "esportare di nuovo il file in UTF-8.",
    );
  return { encoding: "windows-1252", bomBytes: 0 };
}

/** The text of the file in pieces; the encoding was settled before. */
export async function* decodeFlusso(
  file: FlussoFile,
  settled: SettledEncoding,
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder(settled.encoding, { fatal: true, ignoreBOM: true });
  let skip = settled.bomBytes;
  for await (const chunk of file.open()) {
    const bytes = chunk.subarray(Math.min(skip, chunk.length));
    skip -= chunk.length - bytes.length;
    const text = decoder.decode(bytes, { stream: true });
    if (text !== "") yield text;
  }
  const rest = decoder.decode();
  if (rest !== "") yield rest;
}

async function scanBytes(file: FlussoFile): Promise<Scan> {
  const scan: Scan = {
    bytes: 0,
    start: new Uint8Array(0),
    notUtf8: null,
    not1252: null,
    hasNonAscii: false,
    hasUtf8Letters: false,
    nul: null,
  };
  const lines = createLineCounter();
  let tail: Uint8Array = new Uint8Array(0);
  for await (const chunk of file.open()) {
    scan.bytes += chunk.length;
    if (scan.start.length < 4) scan.start = joinBytes(scan.start, chunk.subarray(0, 4));
    scan.nul ??= lines.locate(chunk, chunk.indexOf(0));
    if (scan.notUtf8 === null)
      tail = checkUtf8(joinBytes(tail, chunk), chunk, tail.length, scan, lines);
    if (!isAscii(chunk)) {
      scan.hasNonAscii = true;
      scan.hasUtf8Letters ||= hasUtf8Letters(chunk);
      scan.not1252 ??= lines.locate(chunk, findUndefined1252(chunk));
    }
    lines.pass(chunk);
  }
  if (scan.notUtf8 === null && tail.length > 0) scan.notUtf8 = lines.locateEnd();
  return scan;
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
  chunk: Uint8Array,
  tailLength: number,
  scan: Scan,
  lines: LineCounter,
): Uint8Array {
  const end = countCompleteBytes(bytes);
  const whole = bytes.subarray(0, end);
  if (isUtf8(whole)) return bytes.slice(end);
  const at = findFirstInvalid(whole);
  const here = lines.locateEnd();
  scan.notUtf8 =
    at < tailLength
      ? { line: here.line, column: here.column - tailLength + at }
      : lines.locate(chunk, at - tailLength);
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
  locate(chunk: Uint8Array, index: number): BytePlace | null;
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
    locateEnd: () => ({ line, column }),
    pass(chunk) {
      [line, column] = advance(chunk);
    },
  };
}

function checkKind(scan: Scan, name: string): RowFault | null {
  if (hasPrefix(scan.start, [0xd0, 0xcf, 0x11, 0xe0]) || /\.(xlsx|xlsm|ods|xls)$/i.test(name))
    return wholeFileFault(
      "FLUSSO_SPREADSHEET",
      "il file è un foglio di calcolo che non si può leggere: di un formato vecchio, protetto da password, oppure non è quel che dice il nome.",
      "aprirlo e salvarlo come «Cartella di lavoro Excel (.xlsx)» senza password, oppure come «CSV UTF-8», poi ripetere.",
    );
  if (hasPrefix(scan.start, [0xff, 0xfe]) || hasPrefix(scan.start, [0xfe, 0xff]))
    return wholeFileFault(
      "FLUSSO_ENCODING",
      "il file è scritto in UTF-16.",
      "esportarlo in UTF-8 («CSV UTF-8», non «Testo Unicode»).",
    );
  if (scan.nul !== null)
    return encodingFault(
      scan.nul,
      "il file contiene byte nulli: non è un testo.",
      "esportare di nuovo il flusso come CSV in UTF-8.",
    );
  return null;
}

function encodingFault(place: BytePlace, message: string, remedy: string): RowFault {
  return {
    line: place.line,
    column: place.column,
    header: null,
    code: "FLUSSO_ENCODING",
    message: `${message} (byte ${place.column} della riga ${place.line})`,
    remedy,
  };
}

function hasPrefix(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, index) => bytes[index] === byte);
}

function joinBytes(left: Uint8Array, right: Uint8Array): Uint8Array {
  if (left.length === 0) return right;
  const both = new Uint8Array(left.length + right.length);
  both.set(left);
  both.set(right, left.length);
  return both;
}
