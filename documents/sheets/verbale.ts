/** Renders verbali from a model: the same model, ente and verbale give the same bytes. */
import { fillRectangle, paginateBoxes } from "../layout/boxes.ts";
import { TaggedFlow } from "../layout/tagged-flow.ts";
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
import { StructureElement } from "../pdf/structure.ts";
import type { TaggedPage } from "../pdf/tagged-page.ts";
import { compileTemplate, toPlainText } from "../layout/template.ts";
import { toPrintable, type Style } from "../layout/text.ts";
import { createTypesetter, type Typesetter } from "../layout/typesetter.ts";
import { keepTail } from "./block-context.ts";
import { placeBlock } from "./verbale-blocks.ts";

export interface RendererOptions {
  readonly ente: EnteContent;
  readonly crest: Drawing;
}

export interface VerbaleRenderer {
  /** One PDF/A-2a and PDF/UA-1; throws MissingGlyph or BoxTooTall. */
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
    crestName: `Stemma: ${options.ente.nome}`,
    language: model.second?.language,
  };
  const title = compileTemplate(model.title);
  const footer = compileTemplate(model.footer);
  const words = {
    ...(model.qualita !== undefined && { qualita: model.qualita }),
    ...(model.second !== undefined && { second: model.second.language }),
    ...(model.second?.qualita !== undefined && { qualitaSeconda: model.second.qualita }),
  };
  return {
    async render(verbale) {
      const values = buildTemplateValues(options.ente, verbale, words);
      const flow = new TaggedFlow();
      for (const name of model.order) {
        const block = model.blocks[name];
        if (block === undefined) throw new Error(`model without block ${name}`);
        const second = model.second?.blocks?.[name];
        if (block.type === "signature") keepTail(flow.boxes);
        flow.append(placeBlock(block, { ...shared, values, verbale, second }));
      }
      const foot = createFooter(toPlainText(footer.fillIn(values)), { ...margins, ...shared });
      const pages = paginateBoxes(flow.boxes, {
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
      for (const page of pages)
        page.paintAside("Footer", () => {
          foot.paint(page, pages.length);
        });
      const photographs = (verbale.photographs ?? []).map(({ image }) => image);
      const elements = orderElements(flow.elements);
      return template.write({ metadata, pages, elements, photographs });
    },
  };
}

/** What the document is stands before who sends it, wherever the letterhead is; and no heading is missing above another. */
function orderElements(elements: readonly StructureElement[]): readonly StructureElement[] {
  const title = elements.find(({ type }) => type === "H1");
  if (title !== undefined) return [title, ...elements.filter((element) => element !== title)];
  const first = elements.find(({ type }) => type === "H2");
  if (first !== undefined) first.type = "H1";
  return elements;
}

interface Footer {
  readonly height: number;
  paint(page: TaggedPage, pages: number): void;
}

/** A line, the text and the page number, at the foot of the page. */
function createFooter(
  text: string,
  at: { readonly set: Typesetter; left: number; bottom: number; width: number },
): Footer {
  const style: Style = { font: "regular", size: 7.5, leading: 9 };
  const numberWidth = 80;
  const name = at.set.setPlain(text, style, at.width - numberWidth);
  const top = at.bottom + name.height;
  return {
    height: name.height + 10,
    paint(page, pages) {
      const right: Style = { ...style, align: "right" };
      const number = at.set.setFixed(`Pagina ${page.index + 1} di ${pages}`, right, numberWidth);
      page.decorate(fillRectangle(at.left, top + 2, at.width, 0.4));
      const foot = new StructureElement("P");
      name.paint(page, foot, { x: at.left, y: top });
      number.paint(page, foot, { x: at.left + at.width - numberWidth, y: top });
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
