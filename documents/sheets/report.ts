/** A plain report as accessible PDF/A: headings, paragraphs and rows of two columns, over as many pages as it takes. */
import {
  type Box,
  fillRectangle,
  keepWhole,
  leaveGap,
  paginateBoxes,
  placeBeside,
  placeText,
} from "../layout/boxes.ts";
import { TaggedFlow } from "../layout/tagged-flow.ts";
import type { SetText } from "../layout/set-text.ts";
import { toPrintable, type Style } from "../layout/text.ts";
import { createTypesetter, type Typesetter } from "../layout/typesetter.ts";
import { type Fonts, loadFonts } from "../pdf/fonts.ts";
import { createPdfTemplate, pageHeight, pageWidth, type PdfFile } from "../pdf/pdf-writer.ts";
import { groupElements, StructureElement } from "../pdf/structure.ts";
import type { TaggedPage } from "../pdf/tagged-page.ts";

/** One part of a report. */
export interface ReportSection {
  readonly heading: string;
  readonly paragraphs?: readonly string[];
  /** What, and what is said of it. */
  readonly rows?: readonly (readonly [left: string, right: string])[];
  /** Amounts beside one another: the largest takes the whole width. */
  readonly bars?: readonly ReportBar[];
}

export interface ReportBar {
  readonly label: string;
  /** As it is written. */
  readonly value: string;
  /** Not below 0. */
  readonly size: number;
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
  const flow = new TaggedFlow();
  flow.addText(set.setPlain(toDrawable(fonts, report.title), styles.title, width), "H1");
  flow.add(leaveGap(6));
  for (const section of report.sections) addSection(flow, set, section);
  const pages = paginateBoxes(flow.boxes, {
    left: margin,
    top: pageHeight - margin,
    bottom: margin + footHeight,
  });
  for (const page of pages) paintFoot(page, set, report.foot, pages.length);
  const metadata = {
    title: toPrintable(report.title),
    author: report.author,
    creator: "Postino",
    producer: "Postino",
    day: report.day,
  };
  return template.write({ metadata, pages, elements: flow.elements });
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

function addSection(flow: TaggedFlow, set: Typesetter, section: ReportSection): void {
  const setColumn = (text: string, style: Style, room: number): SetText =>
    set.setPlain(toDrawable(set.fonts, text), style, room);
  const heading = new StructureElement("H2");
  flow.elements.push(heading);
  flow.add(
    leaveGap(10),
    keepWhole(placeText(heading, setColumn(section.heading, styles.heading, width))),
    leaveGap(3),
  );
  for (const text of section.paragraphs ?? []) {
    flow.addText(setColumn(text, styles.text, width));
    flow.add(leaveGap(3));
  }
  const rows: StructureElement[] = [];
  for (const [left, right] of section.rows ?? []) {
    const head = new StructureElement("TH", { scope: "Row" });
    const cell = new StructureElement("TD");
    rows.push(groupElements("TR", [head, cell]));
    flow.add(
      placeBeside([
        { x: 0, box: placeText(head, setColumn(left, styles.label, leftWidth)) },
        {
          x: leftWidth + 10,
          box: placeText(cell, setColumn(right, styles.text, width - leftWidth - 10)),
        },
      ]),
      leaveGap(2),
    );
  }
  if (rows.length > 0) flow.elements.push(groupElements("Table", rows));
  addBars(flow, set, section.bars ?? []);
}

const barsWidth = 150;
const valueWidth = 95;

/** A table; the bars between its cells say nothing that these do not. */
function addBars(flow: TaggedFlow, set: Typesetter, bars: readonly ReportBar[]): void {
  const largest = Math.max(1, ...bars.map(({ size }) => size));
  const labelWidth = width - barsWidth - valueWidth - 20;
  const rows: StructureElement[] = [];
  const setCell = (text: string, style: Style, room: number): SetText =>
    set.setPlain(toDrawable(set.fonts, text), style, room);
  for (const { label, value, size } of bars) {
    const head = new StructureElement("TH", { scope: "Row" });
    const cell = new StructureElement("TD");
    rows.push(groupElements("TR", [head, cell]));
    flow.add(
      placeBeside([
        { x: 0, box: placeText(head, setCell(label, styles.label, labelWidth)) },
        { x: labelWidth + 10, box: placeBar((size / largest) * barsWidth) },
        {
          x: labelWidth + barsWidth + 20,
          box: placeText(cell, setCell(value, styles.text, valueWidth)),
        },
      ]),
      leaveGap(2),
    );
  }
  if (rows.length > 0) flow.elements.push(groupElements("Table", rows));
}

function placeBar(length: number): Box {
  const { leading } = styles.text;
  return {
    height: leading,
    draw(page, x, top) {
      if (length <= 0) return;
      const bar = fillRectangle(x, top - leading + 2.5, Math.max(1, length), 7);
      page.decorate(`0.45 g ${bar}0 g\n`);
    },
  };
}

function paintFoot(page: TaggedPage, set: Typesetter, text: string, pages: number): void {
  const numberWidth = 80;
  const top = margin + styles.foot.leading;
  const right = { ...styles.foot, align: "right" } as const;
  const name = set.setPlain(toDrawable(set.fonts, text), styles.foot, width - numberWidth);
  const number = set.setPlain(`Pagina ${page.index + 1} di ${pages}`, right, numberWidth);
  page.paintAside("Footer", () => {
    const foot = new StructureElement("P");
    page.decorate(fillRectangle(margin, top + 3, width, 0.4));
    name.paint(page, foot, { x: margin, y: top });
    number.paint(page, foot, { x: margin + width - numberWidth, y: top });
  });
}
