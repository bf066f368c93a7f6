/** Renders verbali from a model: the same model, ente and verbale give the same bytes. */
import { fillRectangle, paginateBoxes, stackBoxes, type Box } from "../layout/boxes.ts";
import {
  buildTemplateValues,
  fixedValueNames,
  type EnteContent,
  type VerbaleContent,
} from "../model/content.ts";
import { loadFonts } from "../pdf/fonts.ts";
import type { VerbaleModel } from "../model/model.ts";
import type { Drawing } from "../pdf/pdf-shared.ts";
import { createPdfTemplate, pageHeight, pageWidth, type PdfFile } from "../pdf/pdf-writer.ts";
import { compileTemplate, toPlainText } from "../layout/template.ts";
import { toPrintable, type Style } from "../layout/text.ts";
import { createTypesetter, type Typesetter } from "../layout/typesetter.ts";
import { placeBlock, keepTail } from "./verbale-blocks.ts";

export interface RendererOptions {
  readonly ente: EnteContent;
  readonly crest: Drawing;
}

export interface VerbaleRenderer {
  /** One PDF/A-2b; throws MissingGlyph or BoxTooTall. */
  render(verbale: VerbaleContent): Promise<PdfFile>;
}

const millimetre = 72 / 25.4;

/** Prepares fonts, crest and fixed texts once; the renderer may be used for any number of verbali. */
export function createVerbaleRenderer(
  model: VerbaleModel,
  options: RendererOptions,
): VerbaleRenderer {
  const fonts = loadFonts();
  const template = createPdfTemplate({
    fonts,
    drawings: new Map([["X1", options.crest]]),
    language: "it-IT",
  });
  const margins = measureMargins(model);
  const shared = {
    set: createTypesetter(fonts, fixedValueNames),
    width: pageWidth - margins.left - margins.right,
    textSize: model.page.textSize ?? 9.8,
    crest: options.crest,
  };
  const title = compileTemplate(model.title);
  const footer = compileTemplate(model.footer);
  const words = {
    ...(model.qualita !== undefined && { qualita: model.qualita }),
    ...(model.second?.qualita !== undefined && { qualitaSeconda: model.second.qualita }),
  };
  return {
    async render(verbale) {
      const values = buildTemplateValues(options.ente, verbale, words);
      const boxes: Box[] = [];
      for (const name of model.order) {
        const block = model.blocks[name];
        if (block === undefined) throw new Error(`model without block ${name}`);
        const second = model.second?.blocks?.[name];
        if (block.type === "signature") keepTail(boxes);
        boxes.push(...placeBlock(block, { ...shared, values, verbale, second }));
      }
      const foot = createFooter(toPlainText(footer.fillIn(values)), { ...margins, ...shared });
      const pages = paginateBoxes(boxes, {
        left: margins.left,
        top: pageHeight - margins.top,
        bottom: margins.bottom + foot.height,
      });
      const metadata = {
        title: toPrintable(toPlainText(title.fillIn(values))),
        author: options.ente.nome,
        creator: `Postino ${model.name} ${model.version}`,
        producer: "Postino",
        day: verbale.day,
      };
      const contents = pages.map((page, index) => page + foot.draw(index + 1, pages.length));
      return template.write(metadata, contents);
    },
  };
}

interface Footer {
  readonly height: number;
  draw(page: number, pages: number): string;
}

/** A line, the text and the page number, at the foot of the page. */
function createFooter(
  text: string,
  at: { readonly set: Typesetter; left: number; bottom: number; width: number },
): Footer {
  const style: Style = { font: "regular", size: 7.5, leading: 9 };
  const numberWidth = 80;
  const name = stackBoxes(at.set.setPlain(text, style, at.width - numberWidth));
  const top = at.bottom + name.height;
  return {
    height: name.height + 10,
    draw(page, pages) {
      const right: Style = { ...style, align: "right" };
      const number = stackBoxes(at.set.setPlain(`Pagina ${page} di ${pages}`, right, numberWidth));
      return (
        fillRectangle(at.left, top + 2, at.width, 0.4) +
        name.draw(at.left, top) +
        number.draw(at.left + at.width - numberWidth, top)
      );
    },
  };
}

function measureMargins(model: VerbaleModel): {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
} {
  const given = model.page.margins ?? {};
  return {
    top: (given.top ?? 14) * millimetre,
    right: (given.right ?? 18) * millimetre,
    bottom: (given.bottom ?? 14) * millimetre,
    left: (given.left ?? 18) * millimetre,
  };
}
