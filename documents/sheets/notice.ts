/** Renders pagoPA notices in their CdS form: both amounts on one page, or a page each with the Poste module. */
import { leaveGap, pageEnd, paginateBoxes, stackBoxes } from "../layout/boxes.ts";
import { TaggedFlow } from "../layout/tagged-flow.ts";
import { buildTemplateValues, type PaymentContent, type VerbaleContent } from "../model/content.ts";
import { loadFonts } from "../pdf/fonts.ts";
import { placePaymentBand, placePostalBand } from "./notice-bands.ts";
import { longestInfo, longestSubject } from "../model/notice-faults.ts";
import type { NoticeModel } from "../model/model.ts";
import { placeHeader, placeHowMuch, placeParties } from "./notice-blocks.ts";
import type { NoticeContext } from "./notice-context.ts";
import type { Drawing } from "../pdf/pdf-shared.ts";
import {
  createPdfTemplate,
  pageHeight,
  pageWidth,
  type DocumentParts,
  type PdfFile,
} from "../pdf/pdf-writer.ts";
import { StructureElement } from "../pdf/structure.ts";
import type { TaggedPage } from "../pdf/tagged-page.ts";
import { compileTemplate, toPlainText } from "../layout/template.ts";
import { toPrintable, type Style } from "../layout/text.ts";
import { createTypesetter } from "../layout/typesetter.ts";
import type { RendererOptions } from "./verbale.ts";

export interface NoticeRendererOptions extends RendererOptions {
  /** The logo of pagoPA; without it its name is set in type. */
  readonly logo?: Drawing;
}

export interface NoticeRenderer {
  /** One PDF/A-2a and PDF/UA-1 with every way to pay; throws MissingGlyph, SubjectTooLong, InfoTooLong or BoxTooTall. */
  render(verbale: VerbaleContent): Promise<PdfFile>;
}

/** The subject of a notice is longer than pagoPA allows, or empty. */
export class SubjectTooLong extends Error {
  /** Characters. */
  readonly length: number;

  constructor(length: number) {
    super(
      length === 0
        ? "l'oggetto dell'avviso è vuoto"
        : `l'oggetto dell'avviso ha ${length} caratteri, pagoPA ne ammette ${longestSubject}`,
    );
    this.name = "SubjectTooLong";
    this.length = length;
  }
}

/** The line of the creditor is longer than pagoPA allows. */
export class InfoTooLong extends Error {
  /** Characters of the line. */
  readonly length: number;

  constructor(length: number) {
    super(
      `la riga di informazioni dell'avviso ha ${length} caratteri, pagoPA ne ammette ${longestInfo}`,
    );
    this.name = "InfoTooLong";
    this.length = length;
  }
}

const millimetre = 72 / 25.4;
const moduleGap = 6 * millimetre;
const footerHeight = 10;

/** Prepares fonts, crest and fixed texts once; the renderer may be used for any number of verbali. */
export function createNoticeRenderer(
  model: NoticeModel,
  options: NoticeRendererOptions,
): NoticeRenderer {
  const fonts = loadFonts();
  const drawings = new Map([["X1", options.crest]]);
  if (options.logo !== undefined) drawings.set("X2", options.logo);
  const template = createPdfTemplate({ fonts, drawings, language: "it-IT" });
  const sheet = measureSheet(model);
  const shared = {
    set: createTypesetter(fonts),
    model,
    ente: options.ente,
    crest: options.crest,
    logo: options.logo,
    width: sheet.width,
  };
  const title = compileTemplate(model.title);
  const subject = compileTemplate(model.subject);
  const info = compileTemplate(model.info);
  return {
    async render(verbale) {
      const values = buildTemplateValues(options.ente, verbale);
      const subjectText = toPrintable(toPlainText(subject.fillIn(values)));
      const infoText = toPrintable(toPlainText(info.fillIn(values)));
      if (subjectText.length === 0 || subjectText.length > longestSubject)
        throw new SubjectTooLong(subjectText.length);
      if (infoText.length > longestInfo) throw new InfoTooLong(infoText.length);
      const context: NoticeContext = {
        ...shared,
        verbale,
        subject: subjectText,
        info: infoText,
      };
      const metadata = {
        title: toPrintable(toPlainText(title.fillIn(values))),
        author: options.ente.nome,
        creator: `Postino ${model.name} ${model.version}`,
        producer: "Postino",
        day: verbale.day,
      };
      return template.write({ metadata, ...drawPages(context, sheet) });
    },
  };
}

interface Sheet {
  readonly left: number;
  readonly top: number;
  readonly bottom: number;
  readonly width: number;
}

function measureSheet(model: NoticeModel): Sheet {
  const margins = model.page.margins ?? {};
  const left = (margins.left ?? 10) * millimetre;
  return {
    left,
    top: pageHeight - (margins.top ?? 10) * millimetre,
    bottom: (margins.bottom ?? 10) * millimetre,
    width: pageWidth - left - (margins.right ?? 10) * millimetre,
  };
}

/** Every page begins with the header, which is read on the first. */
function drawPages(context: NoticeContext, sheet: Sheet): Omit<DocumentParts, "metadata"> {
  const header = placeHeader(context);
  const head = stackBoxes(header.boxes);
  const notice = placeNotice(context);
  const pages = paginateBoxes(notice.boxes, {
    left: sheet.left,
    top: sheet.top - head.height - moduleGap,
    bottom: sheet.bottom + footerHeight,
    begin(page) {
      const draw = (): void => {
        head.draw(page, sheet.left, sheet.top);
      };
      if (page.index === 0) draw();
      else page.paintAside("Header", draw);
    },
  });
  if (pages.length > 1)
    for (const page of pages) paintPageNumber(context, sheet, page, pages.length);
  return { pages, elements: [...header.elements, ...notice.elements] };
}

function paintPageNumber(
  context: NoticeContext,
  sheet: Sheet,
  page: TaggedPage,
  pages: number,
): void {
  const style: Style = { font: "regular", size: 7, leading: 9, align: "right" };
  const text = `${context.model.texts.pagina} ${page.index + 1}/${pages}`;
  const number = context.set.setFixed(text, style, sheet.width);
  page.paintAside("Footer", () => {
    const at = { x: sheet.left, y: sheet.bottom + number.height };
    number.paint(page, new StructureElement("P"), at);
  });
}

/** With a postal account every amount has a page of its own, else both share one. Source: AVV, variant CdS. */
function placeNotice(context: NoticeContext): TaggedFlow {
  const isPostal = context.ente.postalAccount !== undefined;
  const { payments } = context.verbale;
  const groups: (readonly PaymentContent[])[] = isPostal
    ? payments.map((payment) => [payment])
    : [payments];
  // Both bands are one module of pagoPA's: where two languages need the room, they stand closer.
  const between = context.model.second === undefined ? moduleGap : 8;
  const flow = new TaggedFlow();
  for (const [index, group] of groups.entries()) {
    if (index > 0) flow.add(pageEnd);
    flow.append(placeParties(context));
    flow.add(leaveGap(moduleGap));
    flow.append(placeHowMuch(context, group));
    for (const [at, payment] of group.entries()) {
      flow.add(leaveGap(at === 0 ? moduleGap : between));
      flow.append(placePaymentBand(context, payment));
    }
    const [payment] = group;
    if (isPostal && payment !== undefined) {
      flow.add(leaveGap(between));
      flow.append(placePostalBand(context, payment));
    }
  }
  return flow;
}
