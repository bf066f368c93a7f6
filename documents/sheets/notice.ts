/** Renders pagoPA notices in their CdS form: both amounts on one page, or a page each with the Poste module. */
import { leaveGap, pageEnd, paginateBoxes, stackBoxes, type Box } from "../layout/boxes.ts";
import { buildTemplateValues, type PaymentContent, type VerbaleContent } from "../model/content.ts";
import { loadFonts } from "../pdf/fonts.ts";
import { placePaymentBand, placePostalBand } from "./notice-bands.ts";
import { longestInfo, longestSubject } from "../model/notice-faults.ts";
import type { NoticeModel } from "../model/model.ts";
import { placeHeader, placeHowMuch, placeParties, type NoticeContext } from "./notice-blocks.ts";
import { createPdfTemplate, pageHeight, pageWidth, type PdfFile } from "../pdf/pdf-writer.ts";
import { compileTemplate, toPlainText } from "../layout/template.ts";
import { toPrintable, type Style } from "../layout/text.ts";
import { createTypesetter } from "../layout/typesetter.ts";
import type { RendererOptions } from "./verbale.ts";

export interface NoticeRenderer {
  /** One PDF/A-2b with every way to pay; throws MissingGlyph, SubjectTooLong, InfoTooLong or BoxTooTall. */
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
export function createNoticeRenderer(model: NoticeModel, options: RendererOptions): NoticeRenderer {
  const fonts = loadFonts();
  const template = createPdfTemplate({
    fonts,
    drawings: new Map([["X1", options.crest]]),
    language: "it-IT",
  });
  const sheet = measureSheet(model);
  const shared = {
    set: createTypesetter(fonts),
    model,
    ente: options.ente,
    crest: options.crest,
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
      return template.write(metadata, drawPages(context, sheet));
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

/** Every page begins with the header. */
function drawPages(context: NoticeContext, sheet: Sheet): string[] {
  const header = placeHeader(context);
  const pages = paginateBoxes(placeNotice(context), {
    left: sheet.left,
    top: sheet.top - header.height - moduleGap,
    bottom: sheet.bottom + footerHeight,
  });
  return pages.map(
    (page, index) =>
      header.draw(sheet.left, sheet.top) +
      page +
      drawPageNumber(context, sheet, index, pages.length),
  );
}

function drawPageNumber(
  context: NoticeContext,
  sheet: Sheet,
  index: number,
  pages: number,
): string {
  if (pages === 1) return "";
  const style: Style = { font: "regular", size: 7, leading: 9, align: "right" };
  const text = `${context.model.texts.pagina} ${index + 1}/${pages}`;
  const number = stackBoxes(context.set.setPlain(text, style, sheet.width));
  return number.draw(sheet.left, sheet.bottom + number.height);
}

/** With a postal account every amount has a page of its own, else both share one. Source: AVV, variant CdS. */
function placeNotice(context: NoticeContext): Box[] {
  const isPostal = context.ente.postalAccount !== undefined;
  const { payments } = context.verbale;
  const groups: (readonly PaymentContent[])[] = isPostal
    ? payments.map((payment) => [payment])
    : [payments];
  // Both bands are one module of pagoPA's: where two languages need the room, they stand closer.
  const between = context.model.second === undefined ? moduleGap : 8;
  const boxes: Box[] = [];
  for (const [index, group] of groups.entries()) {
    if (index > 0) boxes.push(pageEnd);
    boxes.push(placeParties(context), leaveGap(moduleGap), placeHowMuch(context, group));
    for (const [at, payment] of group.entries())
      boxes.push(leaveGap(at === 0 ? moduleGap : between), placePaymentBand(context, payment));
    const [payment] = group;
    if (isPostal && payment !== undefined)
      boxes.push(leaveGap(between), placePostalBand(context, payment));
  }
  return boxes;
}
