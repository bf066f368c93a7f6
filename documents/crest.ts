/** The ente's crest as a drawing that every document shares: an SVG made of paths or a PNG; used by the renderers. */
import { PngEmbedder, drawSvgPath, rgb } from "pdf-lib";
import type { Drawing } from "./pdf-shared.ts";
import neutral from "./models/stemma.svg" with { type: "text" };

/** The shield that stands in for a crest that the ente does not give. */
export function neutralCrest(): Drawing {
  return svgCrest(neutral);
}

/** The file of a crest as a drawing; throws an Error with an Italian sentence when it is of neither kind. */
export async function readCrest(bytes: Uint8Array): Promise<Drawing> {
  if (bytes[0] === 0x89 && bytes[1] === 0x50) return await pngCrest(bytes);
  return svgCrest(new TextDecoder().decode(bytes));
}

function svgCrest(svg: string): Drawing {
  const box = /viewBox="\s*0\s+0\s+([\d.]+)\s+([\d.]+)\s*"/.exec(svg);
  if (box === null) throw new Error('lo stemma SVG deve avere viewBox="0 0 larghezza altezza"');
  const unreadable = /<(text|image|use|style|g|circle|rect|ellipse|polygon|linearGradient)\b/.exec(
    svg,
  );
  if (unreadable !== null)
    throw new Error(
      `lo stemma SVG contiene <${unreadable[1]}>: deve essere fatto di soli elementi <path>`,
    );
  const height = Number(box[2]);
  let operators = "";
  for (const [element] of svg.matchAll(/<path\b[^>]*>/g))
    operators += pathOperators(element, height);
  if (operators === "") throw new Error("lo stemma SVG non contiene elementi <path>");
  return { width: Number(box[1]), height, operators };
}

function pathOperators(element: string, height: number): string {
  const path = attribute(element, "d");
  if (path === null) return "";
  const fill = colour(attribute(element, "fill") ?? "#000000");
  const stroke = colour(attribute(element, "stroke") ?? "none");
  return drawSvgPath(path, {
    x: 0,
    y: height,
    scale: 1,
    color: fill,
    borderColor: stroke,
    borderWidth: Number(attribute(element, "stroke-width") ?? "1"),
  })
    .map((operator) => operator.toString())
    .join("\n")
    .concat("\n");
}

function attribute(element: string, name: string): string | null {
  return new RegExp(`\\s${name}="([^"]*)"`).exec(element)?.[1] ?? null;
}

function colour(value: string): ReturnType<typeof rgb> | undefined {
  if (value === "none") return undefined;
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(value);
  if (hex === null)
    throw new Error(`lo stemma SVG ha il colore «${value}»: servono colori come #1a2b3c`);
  const part = (text: string | undefined): number => Number.parseInt(text ?? "0", 16) / 255;
  return rgb(part(hex[1]), part(hex[2]), part(hex[3]));
}

/** The decoder throws bare texts. */
async function readPng(bytes: Uint8Array): Promise<PngEmbedder> {
  try {
    return await PngEmbedder.for(bytes);
  } catch (error) {
    throw new Error("lo stemma PNG è guasto, o non è un PNG", { cause: error });
  }
}

/** Pixels on white: PDF/A allows no soft mask here, and SEND no transparency. */
async function pngCrest(bytes: Uint8Array): Promise<Drawing> {
  const embedder = await readPng(bytes);
  const { image } = embedder as unknown as {
    image: { rgbChannel: Uint8Array; alphaChannel?: Uint8Array };
  };
  const rgbPixels = Uint8Array.from(image.rgbChannel);
  const alpha = image.alphaChannel;
  if (alpha !== undefined)
    for (let at = 0; at < rgbPixels.length; at += 1) {
      const opacity = (alpha[Math.floor(at / 3)] ?? 255) / 255;
      rgbPixels[at] = Math.round((rgbPixels[at] ?? 0) * opacity + 255 * (1 - opacity));
    }
  const { width, height } = embedder;
  return {
    width,
    height,
    operators: "",
    pixels: { columns: width, rows: height, rgb: rgbPixels },
  };
}
