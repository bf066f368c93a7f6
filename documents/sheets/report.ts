/** A plain report as PDF/A: headings, paragraphs and rows of two columns, over as many pages as it takes. */
import {
  fillRectangle,
  leaveGap,
  paginateBoxes,
  placeBeside,
  stackBoxes,
  type Box,
} from "../layout/boxes.ts";
import { toPrintable, type Style } from "../layout/text.ts";
import { createTypesetter, type Typesetter } from "../layout/typesetter.ts";
import { type Fonts, loadFonts } from "../pdf/fonts.ts";
import { createPdfTemplate, pageHeight, pageWidth, type PdfFile } from "../pdf/pdf-writer.ts";

/** One part of a report. */
export interface ReportSection {
  readonly heading: string;
  readonly paragraphs?: readonly string[];
  /** What, and what is said of it. */
  readonly rows?: readonly (readonly [left: string, right: string])[];
}

export interface Report {
  readonly title: string;
  /** At the foot of every page, beside its number. */
  readonly foot: string;
  /** The ente. */
  readonly author: string;
  /** `YYYY-MM-DD`: the day that the document bears. */
  readonly day: string;
  readonly sections: readonly ReportSection[];
}

const millimetre = 72 / 25.4;
const margin = 18 * millimetre;
const footHeight = 20;
const width = pageWidth - 2 * margin;
const leftWidth = 125;
const styles = {
  title: { font: "bold", size: 15, leading: 19 },
  heading: { font: "bold", size: 11, leading: 15 },
  text: { font: "regular", size: 9.5, leading: 12.5 },
  label: { font: "regular", size: 8.5, leading: 12.5 },
  foot: { font: "regular", size: 7.5, leading: 9 },
} as const satisfies Record<string, Style>;

/** The same report gives the same bytes. A character that the fonts lack stands there by its number: nothing is left out. */
export function drawReport(report: Report): PdfFile {
  const fonts = loadFonts();
  const set = createTypesetter(fonts);
  const template = createPdfTemplate({ fonts, language: "it-IT" });
  const boxes: Box[] = [
    ...set.setPlain(toDrawable(fonts, report.title), styles.title, width),
    leaveGap(6),
  ];
  for (const section of report.sections) boxes.push(...placeSection(set, section));
  const pages = paginateBoxes(boxes, {
    left: margin,
    top: pageHeight - margin,
    bottom: margin + footHeight,
  });
  return template.write(
    {
      title: toPrintable(report.title),
      author: report.author,
      creator: "Postino",
      producer: "Postino",
      day: report.day,
    },
    pages.map((page, index) => page + drawFoot(set, report.foot, index + 1, pages.length)),
  );
}

/** `北` as `[U+5317]`. */
function toDrawable(fonts: Fonts, text: string): string {
  return Array.from(toPrintable(text), (letter) => {
    const code = letter.codePointAt(0) ?? 0;
    const isThere =
      letter === "\n" || [fonts.regular, fonts.bold].every((font) => font.characters.has(code));
    return isThere ? letter : `[U+${code.toString(16).toUpperCase().padStart(4, "0")}]`;
  }).join("");
}

function placeSection(set: Typesetter, section: ReportSection): readonly Box[] {
  const heading = set.setPlain(toDrawable(set.fonts, section.heading), styles.heading, width);
  return [
    leaveGap(10),
    ...heading.map((box) => ({ ...box, keepsWithNext: true, draw: box.draw.bind(box) })),
    leaveGap(3),
    ...(section.paragraphs ?? []).flatMap((text) => [
      ...set.setPlain(toDrawable(set.fonts, text), styles.text, width),
      leaveGap(3),
    ]),
    ...(section.rows ?? []).flatMap(([left, right]) => [placeRow(set, left, right), leaveGap(2)]),
  ];
}

function placeRow(set: Typesetter, left: string, right: string): Box {
  const setColumn = (text: string, style: Style, room: number): Box =>
    stackBoxes(set.setPlain(toDrawable(set.fonts, text), style, room));
  return placeBeside([
    { x: 0, box: setColumn(left, styles.label, leftWidth) },
    {
      x: leftWidth + 10,
      box: setColumn(right, styles.text, width - leftWidth - 10),
    },
  ]);
}

function drawFoot(set: Typesetter, text: string, page: number, pages: number): string {
  const numberWidth = 80;
  const top = margin + styles.foot.leading;
  const name = stackBoxes(
    set.setPlain(toDrawable(set.fonts, text), styles.foot, width - numberWidth),
  );
  const number = stackBoxes(
    set.setPlain(`Pagina ${page} di ${pages}`, { ...styles.foot, align: "right" }, numberWidth),
  );
  return (
    fillRectangle(margin, top + 3, width, 0.4) +
    name.draw(margin, top) +
    number.draw(margin + width - numberWidth, top)
  );
}
