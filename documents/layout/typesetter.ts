/** Turns templates into boxes of a given width; what no value changes is set once. */
import { stackBoxes, toLineBoxes, preventOrphans, type Box } from "./boxes.ts";
import type { Fonts } from "../pdf/fonts.ts";
import { compileTemplate, type Template, type Values } from "./template.ts";
import { measureWidth, wrapRuns, type TextRun, type Style } from "./text.ts";

export interface Typesetter {
  readonly fonts: Fonts;
  /** Boxes of a template, one a line; `null` when a value that it names is absent. */
  setTemplate(source: string, values: Values, style: Style, width: number): readonly Box[] | null;
  /** Boxes of a text of the model or the ente as it is; kept like those of a template without values. */
  setFixed(text: string, style: Style, width: number): readonly Box[];
  /** Boxes of a text as it is. */
  setPlain(text: string, style: Style, width: number): readonly Box[];
  /** Boxes of a text as it is, in evidence. */
  setEvident(text: string, style: Style, width: number): readonly Box[];
  /** One line of a text as a box as wide as the text. */
  setLabel(text: string, style: Style): Label;
  /** One line of a text of the model or the ente; kept. */
  setFixedLabel(text: string, style: Style): Label;
}

export interface Label {
  readonly box: Box;
  readonly width: number;
}

/**
 * A typesetter keeps what it set of templates without values: make one per model and ente, and give it no data as templates or as fixed texts.
 * `fixed`: values that come from few texts (of the ente, of the model); a template that names only these is kept with each of them.
 */
export function createTypesetter(fonts: Fonts, fixed: ReadonlySet<string> = new Set()): Typesetter {
  const templates = new Map<string, Template>();
  const settled = new Kept<readonly Box[]>();
  const texts = new Kept<readonly Box[]>();
  const labels = new Kept<Label>();

  function setRuns(runs: readonly TextRun[], style: Style, width: number): Box[] {
    return preventOrphans(toLineBoxes(wrapRuns(fonts, runs, style, width), style, width));
  }

  function compileOnce(source: string): Template {
    let known = templates.get(source);
    if (known === undefined) {
      known = compileTemplate(source);
      templates.set(source, known);
    }
    return known;
  }

  function setOneLine(text: string, style: Style): Label {
    const width = measureWidth(fonts, text, style);
    return { width, box: stackBoxes(setRuns([{ text, isBold: false }], style, width + 1)) };
  }

  const setText = (text: string, style: Style, width: number): Box[] =>
    setRuns([{ text, isBold: false }], style, width);

  return {
    fonts,
    setTemplate(source, values, style, width) {
      const compiled = compileOnce(source);
      const runs = compiled.fillIn(values);
      if (runs === null) return null;
      if (!compiled.names.every((name) => fixed.has(name))) return setRuns(runs, style, width);
      let text = source;
      for (const name of compiled.names) text += `\0${values[name]}`;
      return settled.get({ text, style, width }, () => setRuns(runs, style, width));
    },
    setFixed: (text, style, width) =>
      texts.get({ text, style, width }, () => setText(text, style, width)),
    setPlain: setText,
    setEvident: (text, style, width) => setRuns([{ text, isBold: true }], style, width),
    setLabel: setOneLine,
    setFixedLabel: (text, style) =>
      labels.get({ text, style, width: 0 }, () => setOneLine(text, style)),
  };
}

/** A text, how it looks and how wide it may be. */
interface Setting {
  readonly text: string;
  readonly style: Style;
  readonly width: number;
}

/** What was made of texts that come again. */
class Kept<Made> {
  private readonly byText = new Map<string, { readonly setting: Setting; readonly made: Made }[]>();

  get(setting: Setting, make: () => Made): Made {
    let entries = this.byText.get(setting.text);
    if (entries === undefined) {
      entries = [];
      this.byText.set(setting.text, entries);
    }
    for (const entry of entries)
      if (entry.setting.width === setting.width && isSame(entry.setting.style, setting.style))
        return entry.made;
    const made = make();
    entries.push({ setting, made });
    return made;
  }
}

function isSame(a: Style, b: Style): boolean {
  return a.font === b.font && a.size === b.size && a.leading === b.leading && a.align === b.align;
}
