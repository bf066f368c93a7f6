/** Turns templates into boxes of a given width; what no value changes is set once. Used by both renderers. */
import { stack, textBoxes, withoutOrphans, type Box } from "./boxes.ts";
import type { Fonts } from "./fonts.ts";
import { compileTemplate, type Template, type Values } from "./template.ts";
import { widthOf, wrap, type Run, type Style } from "./text.ts";

export interface Typesetter {
  readonly fonts: Fonts;
  /** Boxes of a template, one a line; `null` when a value that it names is absent. */
  set(source: string, values: Values, style: Style, width: number): readonly Box[] | null;
  /** Boxes of a text as it is. */
  plain(text: string, style: Style, width: number): readonly Box[];
  /** Boxes of a text as it is, in evidence. */
  evident(text: string, style: Style, width: number): readonly Box[];
  /** One line of a text as a box as wide as the text. */
  label(text: string, style: Style): { readonly box: Box; readonly width: number };
}

/** A typesetter keeps what it set of templates without values: make one per model and ente, and give it no data as templates. */
export function createTypesetter(fonts: Fonts): Typesetter {
  const templates = new Map<string, Template>();
  const settled = new Map<string, Settled[]>();

  function boxesOf(runs: readonly Run[], style: Style, width: number): Box[] {
    return withoutOrphans(textBoxes(wrap(fonts, runs, style, width), style, width));
  }

  function template(source: string): Template {
    let known = templates.get(source);
    if (known === undefined) {
      known = compileTemplate(source);
      templates.set(source, known);
    }
    return known;
  }

  return {
    fonts,
    set(source, values, style, width) {
      const compiled = template(source);
      if (compiled.names.length > 0) {
        const runs = compiled.runs(values);
        return runs === null ? null : boxesOf(runs, style, width);
      }
      const earlier = settled.get(source) ?? [];
      const known = earlier.find((one) => one.width === width && isSame(one.style, style));
      if (known !== undefined) return known.boxes;
      const boxes = boxesOf(compiled.runs({}) ?? [], style, width);
      settled.set(source, [...earlier, { style, width, boxes }]);
      return boxes;
    },
    evident: (text, style, width) => boxesOf([{ text, isBold: true }], style, width),
    plain: (text, style, width) => boxesOf([{ text, isBold: false }], style, width),
    label(text, style) {
      const width = widthOf(fonts, text, style);
      return { width, box: stack(boxesOf([{ text, isBold: false }], style, width + 1)) };
    },
  };
}

/** What a template without values was set to. */
interface Settled {
  readonly style: Style;
  readonly width: number;
  readonly boxes: readonly Box[];
}

function isSame(a: Style, b: Style): boolean {
  return a.font === b.font && a.size === b.size && a.leading === b.leading && a.align === b.align;
}
