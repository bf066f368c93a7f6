/** A crest from an SVG of plain paths; what would be drawn otherwise than it looks is refused by name. */
import { drawSvgPath, rgb } from "pdf-lib";
import type { Drawing } from "../pdf/pdf-shared.ts";

/** Attributes that change how a path looks and that are not drawn: without them it would be another crest. */
const undrawn =
  /^(?:transform|style|class|(?:fill-|stroke-)?opacity|clip-path|clip-rule|mask|filter|stroke-(?!width)[a-z-]+|marker.*|display|visibility)$/;
/** Elements without a look of their own. */
const silent: ReadonlySet<string> = new Set(["svg", "path", "title", "desc"]);

/** Throws an Error with an Italian sentence. */
export function readSvgCrest(source: string): Drawing {
  const svg = source
    .replaceAll(/<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!DOCTYPE[^>]*>/g, "")
    .replaceAll(/<(title|desc|metadata)\b[^>]*>[\s\S]*?<\/\1>/g, "")
    .replaceAll(/<(?:[a-z]+:[\w-]+|defs|metadata)\b[^>]*\/>/g, "");
  const { width, height } = readViewBox(svg);
  let inherited: Attributes = new Map();
  let operators = "";
  for (const [element, name = ""] of svg.matchAll(/<([a-zA-Z][\w:-]*)\b[^>]*>/g)) {
    if (!silent.has(name))
      throw new Error(
        `lo stemma SVG contiene <${name}>: deve essere fatto di soli elementi <path>`,
      );
    const own = parseAttributes(element);
    requireDrawable(name, own);
    if (name === "svg") inherited = own;
    if (name === "path") operators += drawPath(new Map([...inherited, ...own]), height);
  }
  if (operators === "") throw new Error("lo stemma SVG non contiene elementi <path> da disegnare");
  return { width, height, operators };
}

function readViewBox(svg: string): { readonly width: number; readonly height: number } {
  const box = parseAttributes(/<svg\b[^>]*>/.exec(svg)?.[0] ?? "").get("viewBox") ?? "";
  const [left, top, width = 0, height = 0, ...more] = box
    .trim()
    .split(/[\s,]+/)
    .map(Number);
  const isSound = left === 0 && top === 0 && width > 0 && height > 0 && more.length === 0;
  if (!isSound || !Number.isFinite(width * height))
    throw new Error('lo stemma SVG deve avere viewBox="0 0 larghezza altezza"');
  return { width, height };
}

type Attributes = ReadonlyMap<string, string>;

function parseAttributes(element: string): Attributes {
  const found = new Map<string, string>();
  for (const [, name = "", double, single] of element.matchAll(
    /\s([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g,
  ))
    found.set(name, double ?? single ?? "");
  return found;
}

function requireDrawable(name: string, attributes: Attributes): void {
  for (const attribute of attributes.keys())
    if (undrawn.test(attribute))
      throw new Error(
        `lo stemma SVG usa «${attribute}» in <${name}>, che non si disegna: va esportato in tracciati semplici, con il colore in fill di ogni <path>, oppure come PNG`,
      );
}

function drawPath(attributes: Attributes, height: number): string {
  const path = attributes.get("d") ?? "";
  const fill = parseColour(attributes.get("fill") ?? "#000000");
  const stroke = parseColour(attributes.get("stroke") ?? "none");
  const thickness = Number(attributes.get("stroke-width") ?? "1");
  if (path.trim() === "" || (fill === undefined && stroke === undefined)) return "";
  if (!Number.isFinite(thickness))
    throw new Error(
      `lo stemma SVG ha stroke-width «${attributes.get("stroke-width") ?? ""}»: serve un numero`,
    );
  const isEvenOdd = attributes.get("fill-rule") === "evenodd";
  const operators = drawPathLines({ path, fill, stroke, thickness, height });
  return operators
    .map((line) => (isEvenOdd && (line === "f" || line === "B") ? `${line}*` : line))
    .join("\n")
    .concat("\n");
}

interface PathParts {
  readonly path: string;
  readonly fill: ReturnType<typeof rgb> | undefined;
  readonly stroke: ReturnType<typeof rgb> | undefined;
  readonly thickness: number;
  readonly height: number;
}

/** The reader of paths throws bare texts, or writes numbers that are none. */
function drawPathLines({ path, fill, stroke, thickness, height }: PathParts): readonly string[] {
  const unreadable = `lo stemma SVG ha un tracciato che non si legge: «${path.trim().slice(0, 40)}»`;
  let lines: string[];
  try {
    lines = drawSvgPath(path, {
      x: 0,
      y: height,
      scale: 1,
      color: fill,
      // With a width alone pdf-lib draws an outline in black.
      borderWidth: stroke === undefined ? 0 : thickness,
      borderColor: stroke,
    }).map((operator) => operator.toString().trim());
  } catch (error) {
    throw new Error(unreadable, { cause: error });
  }
  if (lines.some((line) => /NaN|Infinity|undefined/.test(line))) throw new Error(unreadable);
  return lines;
}

function parseColour(value: string): ReturnType<typeof rgb> | undefined {
  if (value === "none") return undefined;
  const long = value.replace(/^#([0-9a-f])([0-9a-f])([0-9a-f])$/i, "#$1$1$2$2$3$3");
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(long);
  if (hex === null)
    throw new Error(`lo stemma SVG ha il colore «${value}»: servono colori come #1a2b3c`);
  const parsePart = (text: string | undefined): number => Number.parseInt(text ?? "0", 16) / 255;
  return rgb(parsePart(hex[1]), parsePart(hex[2]), parsePart(hex[3]));
}
