/** A photograph as a PDF takes it: the JPEG's own picture data, without what cameras write beside it (place, serial numbers, thumbnails). */

/** As it stands in a file; plain data, so that it may be sent to a thread. */
export interface JpegImage {
  /** Pixels as they are stored, before it is turned. */
  readonly columns: number;
  readonly rows: number;
  readonly colours: "grey" | "rgb";
  /** How it is turned to be looked at, 1 to 8. Source: TIFF 6.0, tag 274. */
  readonly orientation: number;
  readonly bytes: Uint8Array;
}

/** Why a file is no photograph that can be printed: an Italian sentence. */
export class UnusableJpeg extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "UnusableJpeg";
  }
}

/** Source: ISO/IEC 10918-1, table B.1. */
const marker = {
  start: 0xd8,
  end: 0xd9,
  scan: 0xda,
  comment: 0xfe,
  application: 0xe0,
  exif: 0xe1,
  adobe: 0xee,
} as const;

/** Baseline, extended and progressive, all by Huffman: what every reader of PDF takes. */
const frames: ReadonlySet<number> = new Set([0xc0, 0xc1, 0xc2]);
/** Tables beside them: DHT, JPG, DAC. */
const noFrames: ReadonlySet<number> = new Set([0xc4, 0xc8, 0xcc]);

interface Frame {
  readonly columns: number;
  readonly rows: number;
  readonly components: number;
}

/** Throws UnusableJpeg. */
export function readJpeg(bytes: Uint8Array): JpegImage {
  if (bytes[0] !== 0xff || bytes[1] !== marker.start)
    throw new UnusableJpeg("il file non è un JPEG");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kept: Uint8Array[] = [bytes.subarray(0, 2)];
  let frame: Frame | null = null;
  let orientation = 1;
  let hasScan = false;
  let at = 2;
  for (;;) {
    const code = readMarker(bytes, at);
    if (code.kind === marker.end) {
      kept.push(Uint8Array.of(0xff, marker.end));
      break;
    }
    const length = code.at + 2 <= bytes.length ? view.getUint16(code.at) : 0;
    const next = code.at + length;
    if (length < 2 || next > bytes.length) throw cutError();
    const body = bytes.subarray(code.at + 2, next);
    if (code.kind === marker.exif) orientation = readOrientation(body) ?? orientation;
    if (isFrame(code.kind)) frame = readFrame(code.kind, body);
    if (isKept(code.kind, body)) kept.push(bytes.subarray(code.at - 2, next));
    at = next;
    if (code.kind !== marker.scan) continue;
    hasScan = true;
    at = findScanEnd(bytes, next);
    kept.push(bytes.subarray(next, at));
  }
  if (frame === null || !hasScan) throw new UnusableJpeg("il file JPEG non ha un'immagine");
  const { columns, rows, components } = frame;
  return {
    columns,
    rows,
    colours: components === 1 ? "grey" : "rgb",
    orientation,
    bytes: new Uint8Array(Buffer.concat(kept)),
  };
}

/** Width and height as it is looked at. */
export function measureJpeg({ columns, rows, orientation }: JpegImage): {
  readonly width: number;
  readonly height: number;
} {
  return orientation >= 5 ? { width: rows, height: columns } : { width: columns, height: rows };
}

/** The matrix that places it, turned as it is looked at, into a box of the page. */
export function turnJpeg(
  { orientation }: Pick<JpegImage, "orientation">,
  box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
): readonly number[] {
  const { x, y, width, height } = box;
  const right = x + width;
  const top = y + height;
  const matrices: readonly (readonly number[])[] = [
    [width, 0, 0, height, x, y],
    [-width, 0, 0, height, right, y],
    [-width, 0, 0, -height, right, top],
    [width, 0, 0, -height, x, top],
    [0, -height, -width, 0, right, top],
    [0, -height, width, 0, x, top],
    [0, height, width, 0, x, y],
    [0, height, -width, 0, right, y],
  ];
  return matrices[orientation - 1] ?? [width, 0, 0, height, x, y];
}

function cutError(): UnusableJpeg {
  return new UnusableJpeg("il file JPEG è guasto o finisce a metà");
}

/** The next marker, and where its segment begins; fill bytes before it are passed over. */
function readMarker(
  bytes: Uint8Array,
  from: number,
): { readonly kind: number; readonly at: number } {
  if (bytes[from] !== 0xff) throw cutError();
  let at = from;
  while (bytes[at] === 0xff) at += 1;
  const kind = bytes[at];
  if (kind === undefined || kind === 0) throw cutError();
  return { kind, at: at + 1 };
}

/** Where the data of a scan end: at the next marker that is no restart and no stuffed byte. */
function findScanEnd(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at !== -1; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1];
    if (next === undefined) break;
    const isData = next === 0 || next === 0xff || (next >= 0xd0 && next <= 0xd7);
    if (!isData) return at;
  }
  throw cutError();
}

function isFrame(kind: number): boolean {
  return kind >= 0xc0 && kind <= 0xcf && !noFrames.has(kind);
}

function readFrame(kind: number, body: Uint8Array): Frame {
  if (!frames.has(kind))
    throw new UnusableJpeg("il file JPEG è di un tipo che i lettori di PDF non mostrano");
  const [precision, high = 0, low = 0, wide = 0, narrow = 0, components = 0] = body;
  const frame = { rows: high * 256 + low, columns: wide * 256 + narrow, components };
  if (precision !== 8)
    throw new UnusableJpeg("la fotografia non ha 8 bit per colore: va salvata di nuovo");
  if (components === 4)
    throw new UnusableJpeg("la fotografia è in CMYK (per la tipografia): va salvata in RGB");
  if (frame.rows === 0 || frame.columns === 0 || (components !== 1 && components !== 3))
    throw cutError();
  return frame;
}

/** Of what programs write beside the picture, only how its colours are meant. */
function isKept(kind: number, body: Uint8Array): boolean {
  if (kind === marker.adobe) return startsWith(body, "Adobe");
  const isApplication = kind >= marker.application && kind <= 0xef;
  return !isApplication && kind !== marker.comment;
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  return Buffer.from(bytes.subarray(0, text.length)).toString("latin1") === text;
}

/** Source: Exif 2.3, 4.5: a TIFF file behind six letters. `null`: it does not say, or says it wrong. */
function readOrientation(body: Uint8Array): number | null {
  if (!startsWith(body, "Exif\0\0") || body.length < 14) return null;
  const view = new DataView(body.buffer, body.byteOffset + 6, body.byteLength - 6);
  const isLittle = view.getUint16(0) === 0x4949;
  const start = view.getUint32(4, isLittle);
  if (start + 2 > view.byteLength) return null;
  const count = view.getUint16(start, isLittle);
  for (let entry = 0; entry < count; entry += 1) {
    const at = start + 2 + entry * 12;
    if (at + 12 > view.byteLength) return null;
    if (view.getUint16(at, isLittle) !== 274) continue;
    const value = view.getUint16(at + 8, isLittle);
    return value >= 1 && value <= 8 ? value : null;
  }
  return null;
}
