/** Boxes that are stacked on pages: the vertical layout of every model; a text is parted between its lines, any other box is never split. */
import type { StructureElement } from "../pdf/structure.ts";
import { TaggedPage } from "../pdf/tagged-page.ts";
import type { SetText } from "./set-text.ts";
import { formatPoints } from "./text.ts";

/** A piece of a page with a fixed height in points. */
export interface Box {
  readonly height: number;
  /** Stays on one page with the box after it; of a text that may be parted, its last line does. */
  readonly keepsWithNext?: boolean;
  /** A gap: left out at the top of a page. */
  readonly isGap?: boolean;
  /** The next box starts a page. */
  readonly endsPage?: boolean;
  /** Where it may be parted. */
  readonly lines?: BoxLines;
  /** Paints it with the upper left corner at `x`, `y` (from the lower left corner of the page). */
  draw(page: TaggedPage, x: number, y: number): void;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** The lines of a text that may stand on several pages. */
interface BoxLines {
  readonly count: number;
  readonly leading: number;
  drawLines(page: TaggedPage, at: Point, from: number, to: number): void;
  /** Whether a line stays with what comes next: the first two and the last two of a text stay together. */
  isKept(line: number): boolean;
}

/** Where boxes go on a page, in points from the lower left corner of the page. */
export interface PageArea {
  readonly left: number;
  readonly top: number;
  readonly bottom: number;
  /** Paints what each page begins with. */
  readonly begin?: (page: TaggedPage) => void;
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

const paintNothing = (): void => undefined;

/** White space between boxes. */
export function leaveGap(height: number): Box {
  return { height, isGap: true, draw: paintNothing };
}

/** Starts a new page. */
export const pageEnd: Box = { height: 0, isGap: true, endsPage: true, draw: paintNothing };

/** A horizontal line over `width` points. */
export function placeRule(width: number, thickness: number): Box {
  return {
    height: thickness,
    keepsWithNext: true,
    draw(page, x, y) {
      page.decorate(fillRectangle(x, y - thickness, width, thickness));
    },
  };
}

/** A text, or its lines from `from` on, as content of an element. */
export function placeText(owner: StructureElement, text: SetText, from = 0): Box {
  return new TextBox(owner, text, from === 0 ? atStart : { ...atStart, from });
}

interface TextPlace {
  readonly from: number;
  /** From the left edge, points. */
  readonly shift: number;
  readonly keepsWithNext: boolean;
  readonly isWhole: boolean;
}

const atStart: TextPlace = { from: 0, shift: 0, keepsWithNext: false, isWhole: false };

/** One of a document's some hundred texts. */
class TextBox implements Box, BoxLines {
  readonly height: number;
  readonly count: number;
  readonly leading: number;
  readonly place: TextPlace;
  private readonly owner: StructureElement;
  private readonly text: SetText;

  constructor(owner: StructureElement, text: SetText, place: TextPlace) {
    this.owner = owner;
    this.text = text;
    this.place = place;
    this.count = text.count - place.from;
    this.leading = text.leading;
    this.height = this.count * text.leading;
  }

  get lines(): BoxLines {
    return this;
  }

  get keepsWithNext(): boolean {
    return this.place.keepsWithNext;
  }

  /** The same text placed otherwise. */
  replace(change: Partial<TextPlace>): TextBox {
    return new TextBox(this.owner, this.text, { ...this.place, ...change });
  }

  draw(page: TaggedPage, x: number, y: number): void {
    const { from, shift } = this.place;
    this.text.paint(page, this.owner, { x: x + shift, y }, from);
  }

  drawLines(page: TaggedPage, at: Point, first: number, end: number): void {
    const { from, shift } = this.place;
    this.text.paint(page, this.owner, { x: at.x + shift, y: at.y }, from + first, from + end);
  }

  isKept(line: number): boolean {
    if (line === this.count - 1) return this.place.keepsWithNext;
    const at = this.place.from + line;
    return this.place.isWhole || at === 0 || at === this.text.count - 2;
  }
}

/** The first line of a text, which is never parted from the next. */
export function placeFirstLine(owner: StructureElement, text: SetText): Box {
  return {
    height: text.leading,
    keepsWithNext: text.count > 1,
    draw(page, x, y) {
      text.paint(page, owner, { x, y }, 0, 1);
    },
  };
}

/** Boxes one under another as one box. */
export function stackBoxes(boxes: readonly Box[]): Box {
  let height = 0;
  for (const box of boxes) height += box.height;
  return {
    height,
    draw(page, x, y) {
      let top = y;
      for (const box of boxes) {
        box.draw(page, x, top);
        top -= box.height;
      }
    },
  };
}

/** Boxes side by side as one box, each at its distance from the left edge. */
export function placeBeside(columns: readonly { readonly x: number; readonly box: Box }[]): Box {
  let height = 0;
  for (const { box } of columns) height = Math.max(height, box.height);
  return {
    height,
    draw(page, x, y) {
      for (const column of columns) column.box.draw(page, x + column.x, y);
    },
  };
}

/** A box on a grey ground, with `padding` inside. */
export function shadeBox(box: Box, width: number, padding: number, grey = 0.925): Box {
  const height = box.height + 2 * padding;
  return {
    height,
    draw(page, x, y) {
      page.decorate(`${grey} g ${fillRectangle(x, y - height, width, height)}0 g\n`);
      box.draw(page, x + padding, y - padding);
    },
  };
}

/** A box in a thin frame, with `padding` inside. */
export function frameBox(box: Box, width: number, padding: number): Box {
  const height = box.height + 2 * padding;
  return {
    height,
    draw(page, x, y) {
      page.decorate(
        `0.6 w ${formatPoints(x)} ${formatPoints(y - height)} ${formatPoints(width)} ${formatPoints(height)} re S\n`,
      );
      box.draw(page, x + padding, y - padding);
    },
  };
}

/** The same box with some of its marks changed. */
export function markBox(box: Box, marks: { readonly keepsWithNext: boolean }): Box {
  if (box instanceof TextBox) return box.replace(marks);
  return {
    ...box,
    ...marks,
    draw(page, x, y) {
      box.draw(page, x, y);
    },
  };
}

/** The same box, so many points to the right. */
export function shiftBox(box: Box, by: number): Box {
  if (box instanceof TextBox) return box.replace({ shift: box.place.shift + by });
  return {
    ...box,
    draw(page, x, y) {
      box.draw(page, x + by, y);
    },
  };
}

/** The same box on one page with the next; a text with all its lines, as far as a page holds them. */
export function keepWhole(box: Box): Box {
  if (box instanceof TextBox) return box.replace({ keepsWithNext: true, isWhole: true });
  return markBox(box, { keepsWithNext: true });
}

/** Fills a rectangle with the current colour. */
export function fillRectangle(x: number, y: number, width: number, height: number): string {
  return `${formatPoints(x)} ${formatPoints(y)} ${formatPoints(width)} ${formatPoints(height)} re f\n`;
}

/** Spreads boxes over pages; nothing is cut. Throws BoxTooTall when a box is higher than a page. */
export function paginateBoxes(boxes: readonly Box[], area: PageArea): TaggedPage[] {
  const flow = new PageFlow(boxes, area);
  for (const [index, box] of boxes.entries()) flow.place(box, index);
  return flow.finish();
}

class PageFlow {
  private readonly pages: TaggedPage[] = [];
  private page: TaggedPage | undefined;
  private top: number;
  /** Inside a chain room was made at its beginning; a chain longer than a page is broken where the page ends. */
  private isKept = false;
  private readonly boxes: readonly Box[];
  private readonly area: PageArea;

  constructor(boxes: readonly Box[], area: PageArea) {
    this.boxes = boxes;
    this.area = area;
    this.top = area.top;
  }

  place(box: Box, index: number): void {
    if (box.endsPage === true) this.turnPage();
    if (box.isGap === true && this.page === undefined) return;
    if (box.lines !== undefined) {
      this.placeLines(box.lines, index);
      return;
    }
    if (!this.hasRoom(box.height, index, 0)) this.turnPage();
    this.isKept = box.keepsWithNext === true;
    if (this.page === undefined && box.isGap === true) return;
    this.requireFit(box.height);
    box.draw(this.beginPage(), this.area.left, this.top);
    this.top -= box.height;
  }

  finish(): TaggedPage[] {
    if (this.pages.length === 0) this.beginPage();
    return this.pages;
  }

  /** Lines that stand under one another on a page are painted at once. */
  private placeLines(lines: BoxLines, index: number): void {
    const { leading, count } = lines;
    this.requireFit(leading);
    let from = 0;
    let start = this.top;
    for (let line = 0; line < count; line += 1) {
      if (!this.hasRoom(leading, index, line)) {
        if (line > from) this.drawLines(lines, start, from, line);
        this.turnPage();
        from = line;
        start = this.top;
      }
      this.beginPage();
      this.top -= leading;
      this.isKept = lines.isKept(line);
    }
    this.drawLines(lines, start, from, count);
  }

  private drawLines(lines: BoxLines, y: number, from: number, to: number): void {
    lines.drawLines(this.beginPage(), { x: this.area.left, y }, from, to);
  }

  private hasRoom(height: number, index: number, line: number): boolean {
    if (this.page === undefined) return true;
    const needed = this.isKept ? height : this.measureChain(index, line);
    return this.top - needed >= this.area.bottom - 0.01;
  }

  private beginPage(): TaggedPage {
    if (this.page !== undefined) return this.page;
    this.page = new TaggedPage(this.pages.length);
    this.pages.push(this.page);
    this.area.begin?.(this.page);
    return this.page;
  }

  private turnPage(): void {
    this.page = undefined;
    this.top = this.area.top;
  }

  private requireFit(height: number): void {
    if (height > this.area.top - this.area.bottom) throw new BoxTooTall(height);
  }

  /** Height of a box, or of a text from one of its lines on, with what must stay with it, never more than a page. */
  private measureChain(index: number, line: number): number {
    const most = this.area.top - this.area.bottom;
    let height = 0;
    for (let at = index; at < this.boxes.length; at += 1) {
      const box = this.boxes[at];
      if (box === undefined) break;
      const count = box.lines?.count ?? 1;
      const step = box.lines?.leading ?? box.height;
      for (let part = at === index ? line : 0; part < count; part += 1) {
        if (height + step > most) return height;
        height += step;
        if (!(box.lines?.isKept(part) ?? box.keepsWithNext === true)) return height;
      }
    }
    return height;
  }
}
