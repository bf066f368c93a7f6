/** QR of pagoPA and Data Matrix of Poste: their text, exactly as specified, and their drawing as one path. */
import { encodeDataMatrix } from "./data-matrix.ts";
import { encodeQr } from "./qr.ts";
import type { Symbol2d } from "./symbol.ts";

/** What a QR of pagoPA says. */
export interface QrPayment {
  /** 18 digits. */
  readonly noticeCode: string;
  /** 11 digits. */
  readonly creditorTaxId: string;
  readonly amountCents: number;
}

/**
 * `PAGOPA|002|<18 digits>|<11 digits>|<cents>`; throws when a part is not of its form.
 * Source: AVV Codice QR; the amount has 2 to 10 digits (IO refuses 11), 0 is refused.
 */
export function buildQrText(payment: QrPayment): string {
  requireNoticeCode(payment.noticeCode);
  requireDigits(payment.creditorTaxId, 11, "creditorTaxId");
  return `PAGOPA|002|${payment.noticeCode}|${payment.creditorTaxId}|${encodeCents(payment.amountCents, 2)}`;
}

/** The QR symbol: version 4, error correction M, 33 modules a side. */
export function buildQrSymbol(text: string): Symbol2d {
  return encodeQr(text);
}

/** What a Data Matrix of Poste says besides what the QR says. */
export interface PostePayment extends QrPayment {
  /** At most 12 digits. */
  readonly account: string;
  /** At most 16 characters. */
  readonly debtorTaxId: string;
  readonly debtorName: string;
  readonly reason: string;
}

/**
 * The 256 characters of the Poste code. Names are transliterated to upper-case ASCII, cut or padded to their field, so that no
 * field ever moves. Source: decode offsets in reference of IO app and print service (0 codfase, 13 codeline, 66 fields, 255 `A`).
 */
export function buildPosteText(payment: PostePayment): string {
  requireNoticeCode(payment.noticeCode);
  requireDigits(payment.creditorTaxId, 11, "creditorTaxId");
  const account = payment.account.padStart(12, "0");
  requireDigits(account, 12, "account");
  const amount = encodeCents(payment.amountCents, 10);
  const codeline = `18${payment.noticeCode}12${account}10${amount}3896`;
  const text = `codfase=NBPA;${codeline}1P1${payment.creditorTaxId}${fitField(payment.debtorTaxId, 16)}${fitField(payment.debtorName, 40)}${fitField(payment.reason, 110)}${" ".repeat(12)}A`;
  if (text.length !== 256) throw new Error(`Poste code of ${text.length} characters`);
  return text;
}

/** The ECC 200 symbol of a text in ASCII. */
export function buildDataMatrixSymbol(text: string): Symbol2d {
  return encodeDataMatrix(text);
}

/**
 * Operators that fill the symbol's dark modules as one path, with its lower left corner at `x`, `y` and the given side, all in points.
 */
export function drawSymbol(symbol: Symbol2d, x: number, y: number, side: number): string {
  const unit = side / symbol.size;
  const matrix = `q ${unit.toFixed(5)} 0 0 ${(-unit).toFixed(5)} ${x.toFixed(3)} ${(y + side).toFixed(3)} cm\n`;
  return `${matrix}${drawRectangles(symbol)}f Q\n`;
}

/** Rectangles of dark modules, as wide and then as high as they go, none over another; put together as bytes. */
function drawRectangles({ dark, size }: Symbol2d): string {
  const rest = dark.slice();
  // At most every second module begins one, of four numbers with their blanks and the operator.
  const out = Buffer.alloc(rest.length * 8);
  let end = 0;
  for (let at = 0; at < rest.length; at += 1) {
    if (rest[at] === 0) continue;
    const column = at % size;
    const width = countDarkRun(rest, at, size - column);
    const height = countSameBelow(rest, at, width, size);
    for (let row = 0; row < height; row += 1)
      for (let module = 0; module < width; module += 1) rest[at + row * size + module] = 0;
    end = putNumber(out, end, column);
    end = putNumber(out, end, (at - column) / size);
    end = putNumber(out, end, width);
    end = putNumber(out, end, height);
    out[end] = 0x72;
    out[end + 1] = 0x65;
    out[end + 2] = 0x0a;
    end += 3;
  }
  return out.toString("latin1", 0, end);
}

/** A number below 100 and a blank. */
function putNumber(out: Buffer, end: number, value: number): number {
  let at = end;
  if (value > 9) out[at++] = 0x30 + Math.floor(value / 10);
  out[at++] = 0x30 + (value % 10);
  out[at++] = 0x20;
  return at;
}

/** Dark modules from `at` on, at most `most`. */
function countDarkRun(dark: Uint8Array, at: number, most: number): number {
  let length = 1;
  while (length < most && dark[at + length] === 1) length += 1;
  return length;
}

/** Rows from that of `at` on in which the same modules are dark. */
function countSameBelow(dark: Uint8Array, at: number, width: number, size: number): number {
  let rows = 1;
  for (;;) {
    const below = at + rows * size;
    if (below >= dark.length) return rows;
    for (let column = 0; column < width; column += 1) if (dark[below + column] !== 1) return rows;
    rows += 1;
  }
}

function requireDigits(text: string, count: number, name: string): void {
  if (text.length !== count || !/^\d+$/.test(text))
    throw new Error(`${name} is not ${count} digits`);
}

/** Of 18 digits, the first one 0 to 3: readers know no other auxiliary digit. Source: SACI 3.0, table 2. */
function requireNoticeCode(noticeCode: string): void {
  requireDigits(noticeCode, 18, "noticeCode");
  if (!/^[0-3]/.test(noticeCode)) throw new Error("noticeCode does not begin with 0 to 3");
}

function encodeCents(cents: number, atLeast: number): string {
  if (!Number.isSafeInteger(cents) || cents < 1 || cents > 9_999_999_999)
    throw new Error("amountCents is not between 1 and 9999999999");
  return String(cents).padStart(atLeast, "0");
}

/** Letters that no decomposition turns into ASCII. */
const letters: Readonly<Record<string, string>> = {
  ß: "SS",
  ẞ: "SS",
  Æ: "AE",
  Œ: "OE",
  Ø: "O",
  Đ: "D",
  Ð: "D",
  Þ: "TH",
  Ł: "L",
  Ħ: "H",
  Ŧ: "T",
  Ŋ: "NG",
  "€": "EUR",
  "’": "'",
  "‘": "'",
  "–": "-",
  "—": "-",
};

/** A text field of the Poste code: upper-case letters, digits and plain punctuation; everything else becomes a blank. */
function fitField(text: string, width: number): string {
  let plain = "";
  for (const character of text.toUpperCase().normalize("NFD").replaceAll(/\p{M}/gu, ""))
    plain += letters[character] ?? (/[A-Z0-9 .,'/()&+:-]/.test(character) ? character : " ");
  return plain.slice(0, width).padEnd(width, " ");
}
