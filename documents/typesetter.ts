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
  /** One line of a text as a box as wide as the text. */
  label(text: string, style: Style): { readonly box: Box; readonly width: number };
}

/** A typesetter keeps what it set of templates without values: make one per model and ente. */
export function createTypesetter(fonts: Fonts): Typesetter {
  const templates = new Map<string, Template>();
  const settled = new Map<string, readonly Box[]>();

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
      const key = `${style.font} ${style.size} ${style.leading} ${style.align} ${width} ${source}`;
      let known = settled.get(key);
      if (known === undefined) {
        known = boxesOf(compiled.runs({}) ?? [], style, width);
        settled.set(key, known);
      }
      return known;
    },
    plain: (text, style, width) => boxesOf([{ text, isBold: false }], style, width),
    label(text, style) {
      const width = widthOf(fonts, text, style);
      return { width, box: stack(boxesOf([{ text, isBold: false }], style, width + 1)) };
    },
  };
}
