/** Boxes that are stacked on pages: the vertical layout of every model; a box is never split, text is one box a line. */
import { drawLine, formatPoints, type Line, type Style } from "./text.ts";

/** A piece of a page with a fixed height in points. */
export interface Box {
  readonly height: number;
  /** Stays on one page with the box after it. */
  readonly keepsWithNext?: boolean;
  /** A gap: left out at the top of a page. */
  readonly isGap?: boolean;
  /** The next box starts a page. */
  readonly endsPage?: boolean;
  /** Operators with the upper left corner at `x`, `y` (from the lower left corner of the page). */
  draw(x: number, y: number): string;
}

/** Where boxes go on a page, in points from the lower left corner of the page. */
export interface PageArea {
  readonly left: number;
  readonly top: number;
  readonly bottom: number;
}

/** A box that no page can hold. */
export class BoxTooTall extends Error {
  /** Points. */
  readonly height: number;

  constructor(height: number) {
    super(`un blocco del modello è alto ${Math.round(height)} punti e non sta in una pagina`);
    this.name = "BoxTooTall";
    this.height = height;
  }
}

/** White space between boxes. */
export function leaveGap(height: number): Box {
  return { height, isGap: true, draw: () => "" };
}

/** Starts a new page. */
export const pageEnd: Box = { height: 0, isGap: true, endsPage: true, draw: () => "" };

/** A horizontal line over `width` points. */
export function placeRule(width: number, thickness: number): Box {
  return {
    height: thickness,
    keepsWithNext: true,
    draw: (x, y) => fillRectangle(x, y - thickness, width, thickness),
  };
}

/** One box for each line of a text. */
export function toLineBoxes(lines: readonly Line[], style: Style, width: number): Box[] {
  return lines.map((line) => ({
    height: style.leading,
    draw: (x, y) => drawLine(line, style, { x, y: y - measureBaseline(style), width }),
  }));
}

/** Boxes one under another as one box. */
export function stackBoxes(boxes: readonly Box[]): Box {
  let height = 0;
  for (const box of boxes) height += box.height;
  return {
    height,
    draw(x, y) {
      let out = "";
      let top = y;
      for (const box of boxes) {
        out += box.draw(x, top);
        top -= box.height;
      }
      return out;
    },
  };
}

/** Boxes side by side as one box, each at its distance from the left edge. */
export function placeBeside(columns: readonly { readonly x: number; readonly box: Box }[]): Box {
  let height = 0;
  for (const { box } of columns) height = Math.max(height, box.height);
  return {
    height,
    draw(x, y) {
      let out = "";
      for (const column of columns) out += column.box.draw(x + column.x, y);
      return out;
    },
  };
}

/** A box on a grey ground, with `padding` inside. */
export function shadeBox(box: Box, width: number, padding: number, grey = 0.925): Box {
  const height = box.height + 2 * padding;
  return {
    height,
    draw: (x, y) =>
      `${grey} g ${fillRectangle(x, y - height, width, height)}0 g\n${box.draw(x + padding, y - padding)}`,
  };
}

/** A box in a thin frame, with `padding` inside. */
export function frameBox(box: Box, width: number, padding: number): Box {
  const height = box.height + 2 * padding;
  return {
    height,
    draw: (x, y) =>
      `0.6 w ${formatPoints(x)} ${formatPoints(y - height)} ${formatPoints(width)} ${formatPoints(height)} re S\n${box.draw(x + padding, y - padding)}`,
  };
}

/** The same box with some of its marks changed. */
export function markBox(box: Box, marks: { readonly keepsWithNext: boolean }): Box {
  return { ...box, ...marks, draw: (x, y) => box.draw(x, y) };
}

/** Keeps the first two and the last two lines of a paragraph together. */
export function preventOrphans(lines: readonly Box[]): Box[] {
  return lines.map((line, index) =>
    index === 0 || index === lines.length - 2
      ? markBox(line, { keepsWithNext: index < lines.length - 1 })
      : line,
  );
}

/** Fills a rectangle with the current colour. */
export function fillRectangle(x: number, y: number, width: number, height: number): string {
  return `${formatPoints(x)} ${formatPoints(y)} ${formatPoints(width)} ${formatPoints(height)} re f\n`;
}

/** Spreads boxes over pages; nothing is cut. Throws BoxTooTall when a box is higher than a page. */
export function paginateBoxes(boxes: readonly Box[], frame: PageArea): string[] {
  const pages: string[] = [];
  let page = "";
  let top = frame.top;
  let isEmpty = true;
  // Inside a chain room was made at its beginning; a chain longer than a page is broken where the page ends.
  let isKept = false;
  const turnPage = (): void => {
    pages.push(page);
    page = "";
    top = frame.top;
    isEmpty = true;
  };
  for (const [index, box] of boxes.entries()) {
    if (box.endsPage === true && !isEmpty) turnPage();
    if (box.isGap === true && isEmpty) continue;
    const needed = isKept ? box.height : measureChain(boxes, index, frame);
    if (!isEmpty && top - needed < frame.bottom - 0.01) turnPage();
    isKept = box.keepsWithNext === true;
    if (isEmpty && box.isGap === true) continue;
    if (box.height > frame.top - frame.bottom) throw new BoxTooTall(box.height);
    page += box.draw(frame.left, top);
    top -= box.height;
    isEmpty = false;
  }
  if (!isEmpty || pages.length === 0) pages.push(page);
  return pages;
}

/** Height of a box with those that must stay with it, never more than a page. */
function measureChain(boxes: readonly Box[], from: number, frame: PageArea): number {
  const page = frame.top - frame.bottom;
  let height = 0;
  for (let at = from; at < boxes.length; at += 1) {
    const box = boxes[at];
    if (box === undefined) break;
    if (height + box.height > page) break;
    height += box.height;
    if (box.keepsWithNext !== true) break;
  }
  return height;
}

/** Distance from the top of a line to its baseline. */
function measureBaseline(style: Style): number {
  return (style.leading + style.size * 0.68) / 2;
}
