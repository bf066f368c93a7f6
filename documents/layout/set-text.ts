/** A text that was wrapped for its column, as operators that only lack their place: written once, painted in any number of documents. */
import type { StructureElement } from "../pdf/structure.ts";
import type { TaggedPage } from "../pdf/tagged-page.ts";
import type { Font, Fonts } from "../pdf/fonts.ts";
import { formatPoints, type Line, type Segment, type Style } from "./text.ts";

/** How a text is set. */
export interface TextSetting {
  readonly style: Style;
  /** Of the column, points. */
  readonly width: number;
  /** Whether other documents have it too. */
  readonly isFixed: boolean;
}

interface SetLine {
  /** From the left edge of the column, points. */
  readonly x: number;
  /** Face and size in which it begins: `/F1 9 Tf `. */
  readonly face: string;
  readonly font: Font;
  /** From the beginning of the line before; a face where it is another. */
  readonly move: string;
  /** What is shown from its beginning on. */
  readonly shown: string;
}

/** What stands before a line, as a part of the room that it leaves. */
const shiftOf = { left: 0, center: 0.5, right: 1 } as const;

/** Lines one under another; the same object may be painted again and again. */
export class SetText {
  readonly height: number;
  readonly leading: number;
  readonly count: number;
  /** Painted by more than one document. */
  readonly isFixed: boolean;
  private readonly size: number;
  private readonly lines: readonly SetLine[];
  private readonly ascent: number;
  private readonly isEmpty: boolean;
  private whole: string | undefined;

  constructor(fonts: Fonts, lines: readonly Line[], { style, width, isFixed }: TextSetting) {
    this.isFixed = isFixed;
    this.count = lines.length;
    this.leading = style.leading;
    this.size = style.size;
    this.height = lines.length * style.leading;
    this.ascent = (style.leading + style.size * 0.68) / 2;
    this.isEmpty = lines.every(({ segments }) => segments.length === 0);
    this.lines = encodeLines(fonts[style.font], lines, style, width);
  }

  /**
   * Paints the lines from `from` up to `to` as content of an element, with the upper left corner of the first at `x`, `y`. Where the
   * element has other text already, a blank stands before: words of two texts are two words.
   */
  paint(
    page: TaggedPage,
    owner: StructureElement,
    at: { readonly x: number; readonly y: number },
    from = 0,
    to = this.count,
  ): void {
    const first = this.lines[from];
    if (first === undefined || this.isEmpty) return;
    const y = formatPoints(at.y - this.ascent);
    let place = `${formatPoints(at.x + first.x)} ${y} Td `;
    if (page.isRead) {
      if (owner.hasText && from === 0) place = this.buildBlank(first, at.x + first.x, y);
      owner.hasText = true;
    }
    const operators = `BT ${first.face}${place}${this.join(from, to)}ET\n`;
    page.paint(owner, operators, this.isFixed);
  }

  /** A blank that ends where the text begins; lines are placed from the text, not from the blank. */
  private buildBlank({ font }: SetLine, x: number, y: string): string {
    const width = Math.round((font.measure(" ") * this.size) / 10) / 100;
    return `${formatPoints(x - width)} ${y} Td (${font.encode(" ")}) Tj ${formatPoints(width)} 0 Td `;
  }

  private join(from: number, to: number): string {
    if (from > 0 || to < this.count) return joinLines(this.lines, from, to);
    this.whole ??= joinLines(this.lines, from, to);
    return this.whole;
  }
}

function joinLines(lines: readonly SetLine[], from: number, to: number): string {
  let out = "";
  for (let at = from; at < to; at += 1) {
    const line = lines[at];
    if (line === undefined) break;
    out += at === from ? line.shown : line.move + line.shown;
  }
  return out;
}

function encodeLines(
  font: Font,
  lines: readonly Line[],
  style: Style,
  width: number,
): readonly SetLine[] {
  const out: SetLine[] = [];
  const shift = shiftOf[style.align ?? "left"];
  // Rounded from the top, so that many lines do not drift.
  const measureTop = (line: number): number => Math.round(line * style.leading * 100);
  let x = 0;
  let last = font;
  for (const [index, line] of lines.entries()) {
    const first = line.segments[0]?.font ?? last;
    const before = x;
    x = (width - line.width) * shift;
    const down = (measureTop(index) - measureTop(index - 1)) / 100;
    const face = `/${first.resource} ${style.size} Tf `;
    out.push({
      x,
      face,
      font: first,
      move:
        index === 0
          ? ""
          : `${formatPoints(x - before)} -${formatPoints(down)} Td ${first === last ? "" : face}`,
      shown: encodeSegments(line.segments, style.size),
    });
    last = line.segments.at(-1)?.font ?? last;
  }
  return out;
}

function encodeSegments(segments: readonly Segment[], size: number): string {
  let out = "";
  let isLater = false;
  for (const segment of segments) {
    out += encodeSegment(segment, size, isLater);
    isLater = true;
  }
  return out;
}

function encodeSegment({ font, language, text }: Segment, size: number, isLater: boolean): string {
  const face = isLater ? `/${font.resource} ${size} Tf ` : "";
  const shown = `${face}(${font.encode(text)}) Tj `;
  return language === undefined ? shown : `/Span <</Lang(${language})>>BDC ${shown}EMC `;
}
