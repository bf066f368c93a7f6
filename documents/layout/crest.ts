/** The ente's crest as a drawing that every document shares: an SVG made of paths or a PNG. */
import { PNG } from "pngjs";
import { readSvgCrest } from "./crest-svg.ts";
import type { Drawing } from "../pdf/pdf-shared.ts";
import neutral from "../models/stemma.svg" with { type: "text" };

/** A PNG beyond this is a poster: a crest is printed 22 mm high. */
const mostPixels = 16_000_000;

/** What a crest is printed in at most, points; a wider one is made smaller as a whole. */
export const crestRoom = { width: 150, height: 62 } as const;

/** Source: SEND's manual wants images of 300 dpi; every document carries the crest, so more would only weigh. */
const pixelsPerPoint = 300 / 72;

/** The shield that stands in for a crest that the ente does not give. */
export function readNeutralCrest(): Drawing {
  return readSvgCrest(neutral);
}

/** The file of a crest as a drawing; throws an Error with an Italian sentence when it is of neither kind. */
export function readCrest(bytes: Uint8Array): Drawing {
  const kind = findKind(bytes);
  if (kind === "PNG") return readPngCrest(bytes);
  if (kind === "SVG") return readSvgCrest(new TextDecoder().decode(bytes));
  throw new Error(
    kind === null
      ? "il file non è né un PNG né un SVG"
      : `il file è un ${kind}: va convertito in PNG`,
  );
}

/** The file of a logo as a drawing, under the conditions of a crest; throws an Error with an Italian sentence. */
export function readLogo(bytes: Uint8Array): Drawing {
  try {
    return readCrest(bytes);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new Error(error.message.replace("lo stemma", "il logo"), { cause: error });
  }
}

/** How files of other kinds begin, in Latin-1. */
const beginnings: readonly (readonly [string, RegExp])[] = [
  ["PNG", /^\u0089P/],
  ["JPEG", /^\u00FF\u00D8\u00FF/],
  ["GIF", /^GIF8/],
  ["WebP", /^RIFF.{4}WEBP/s],
  ["TIFF", /^(?:II\*\0|MM\0\*)/],
  ["BMP", /^BM/],
  ["PDF", /^%PDF/],
  ["SVG", /<svg\b/],
];

function findKind(bytes: Uint8Array): string | null {
  const text = Buffer.from(bytes.subarray(0, 65_536)).toString("latin1");
  return beginnings.find(([, beginning]) => beginning.test(text))?.[0] ?? null;
}

/** Pixels on white: PDF/A allows no soft mask here, and SEND no transparency. */
function readPngCrest(bytes: Uint8Array): Drawing {
  const { width, height, data } = readPng(bytes);
  const rgb = new Uint8Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    const opacity = (data[pixel * 4 + 3] ?? 255) / 255;
    for (let part = 0; part < 3; part += 1)
      rgb[pixel * 3 + part] = Math.round(
        (data[pixel * 4 + part] ?? 0) * opacity + 255 * (1 - opacity),
      );
  }
  return {
    width,
    height,
    operators: "",
    pixels: reducePixels({ columns: width, rows: height, rgb }),
  };
}

function readPng(bytes: Uint8Array): PNG {
  const file = Buffer.from(bytes);
  if (file.length >= 24) {
    const [width, height] = [file.readUInt32BE(16), file.readUInt32BE(20)];
    if (width * height > mostPixels)
      throw new Error(
        `lo stemma PNG misura ${width} × ${height} punti: è troppo grande, ne bastano 600 di altezza`,
      );
  }
  try {
    return PNG.sync.read(file);
  } catch (error) {
    throw new Error("lo stemma PNG è guasto, o non è un PNG", { cause: error });
  }
}

type Pixels = NonNullable<Drawing["pixels"]>;

/** The same picture with no more pixels than its place on the sheet can show, each the mean of those that it stands for. */
function reducePixels(pixels: Pixels): Pixels {
  const scale = Math.min(
    1,
    (crestRoom.height * pixelsPerPoint) / pixels.rows,
    (crestRoom.width * pixelsPerPoint) / pixels.columns,
  );
  if (scale === 1) return pixels;
  const columns = Math.max(1, Math.round(pixels.columns * scale));
  const rows = Math.max(1, Math.round(pixels.rows * scale));
  const rgb = new Uint8Array(columns * rows * 3);
  for (let row = 0; row < rows; row += 1)
    for (let column = 0; column < columns; column += 1) {
      const mean = computeMean(pixels, {
        left: Math.floor((column * pixels.columns) / columns),
        right: Math.ceil(((column + 1) * pixels.columns) / columns),
        top: Math.floor((row * pixels.rows) / rows),
        bottom: Math.ceil(((row + 1) * pixels.rows) / rows),
      });
      rgb.set(mean, (row * columns + column) * 3);
    }
  return { columns, rows, rgb };
}

function computeMean(
  { columns, rgb }: Pixels,
  area: {
    readonly left: number;
    readonly right: number;
    readonly top: number;
    readonly bottom: number;
  },
): readonly number[] {
  const sums = [0, 0, 0];
  for (let row = area.top; row < area.bottom; row += 1)
    for (let column = area.left; column < area.right; column += 1)
      for (let part = 0; part < 3; part += 1)
        sums[part] = (sums[part] ?? 0) + (rgb[(row * columns + column) * 3 + part] ?? 0);
  const count = (area.right - area.left) * (area.bottom - area.top);
  return sums.map((sum) => Math.round(sum / count));
}
