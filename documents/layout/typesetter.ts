/** Turns templates into texts set for a given width; what no value changes is set once. */
import type { Fonts } from "../pdf/fonts.ts";
import { SetText, type TextSetting } from "./set-text.ts";
import {
  compileTemplate,
  keyWording,
  type Template,
  type Values,
  type Wording,
} from "./template.ts";
import { measureWidth, wrapRuns, type TextRun, type Style } from "./text.ts";

export interface Typesetter {
  readonly fonts: Fonts;
  /** A template set for its column; `null` when a value that it names is absent. */
  setTemplate(source: Wording, values: Values, style: Style, width: number): SetText | null;
  /** A text of the model or the ente as it is; kept like a template without values. */
  setFixed(text: string, style: Style, width: number): SetText;
  /** A text as it is. */
  setPlain(text: string, style: Style, width: number): SetText;
  /** A text as it is, in evidence. */
  setEvident(text: string, style: Style, width: number): SetText;
  /** One line of a text, in a column as wide as the text. */
  setLabel(text: string, style: Style): Label;
  /** One line of a text of the model or the ente; kept. */
  setFixedLabel(source: Wording, style: Style): Label;
}

export interface Label {
  readonly text: SetText;
  readonly width: number;
}

/**
 * A typesetter keeps what it set of templates without values: make one per model and ente, and give it no data as templates or as fixed texts.
 * `fixed`: values that come from few texts (of the ente, of the model); a template that names only these is kept with each of them.
 */
export function createTypesetter(fonts: Fonts, fixed: ReadonlySet<string> = new Set()): Typesetter {
  const templates = new Map<string, KnownTemplate>();
  const texts = new Kept<SetText>();
  const labels = new Kept<Label>();

  function setRuns(runs: readonly TextRun[], setting: TextSetting): SetText {
    const { style, width } = setting;
    return new SetText(fonts, wrapRuns(fonts, runs, style, width), setting);
  }

  function compileOnce(source: Wording, key: string): KnownTemplate {
    let known = templates.get(key);
    if (known === undefined) {
      const template = compileTemplate(source);
      const isFixed = template.names.every((name) => fixed.has(name));
      known = { template, isFixed, made: [] };
      templates.set(key, known);
    }
    return known;
  }

  function setOneLine(runs: readonly TextRun[], style: Style, isFixed: boolean): Label {
    const width = measureWidth(fonts, runs, style);
    return { width, text: setRuns(runs, { style, width: width + 1, isFixed }) };
  }

  return {
    fonts,
    setTemplate(source, values, style, width) {
      const { template, isFixed, made } = compileOnce(source, keyWording(source));
      if (isFixed)
        for (const one of made)
          if (isSameSetting(one, style, width) && hasValues(one.values, template.names, values))
            return one.text;
      const runs = template.fillIn(values);
      if (runs === null) return null;
      const text = setRuns(runs, { style, width, isFixed });
      if (isFixed)
        made.push({
          text,
          style,
          width,
          values: template.names.map((name) => values[name] ?? ""),
        });
      return text;
    },
    setFixed: (text, style, width) =>
      texts.get({ text, style, width }, () =>
        setRuns([{ text, isBold: false }], { style, width, isFixed: true }),
      ),
    setPlain: (text, style, width) =>
      setRuns([{ text, isBold: false }], { style, width, isFixed: false }),
    setEvident: (text, style, width) =>
      setRuns([{ text, isBold: true }], { style, width, isFixed: false }),
    setLabel: (text, style) => setOneLine([{ text, isBold: false }], style, false),
    setFixedLabel(source, style) {
      const key = keyWording(source);
      return labels.get({ text: key, style, width: 0 }, () =>
        setOneLine(compileOnce(source, key).template.fillIn({}) ?? [], style, true),
      );
    },
  };
}

interface KnownTemplate {
  readonly template: Template;
  /** Whether what it names, if anything, comes from few texts. */
  readonly isFixed: boolean;
  /** As it was set before, if it is fixed. */
  readonly made: MadeText[];
}

interface MadeText {
  readonly text: SetText;
  readonly style: Style;
  readonly width: number;
  /** Of the names of the template, in their order. */
  readonly values: readonly string[];
}

function hasValues(wanted: readonly string[], names: readonly string[], values: Values): boolean {
  for (const [index, name] of names.entries()) if (values[name] !== wanted[index]) return false;
  return true;
}

function isSameSetting(
  known: { readonly style: Style; readonly width: number },
  style: Style,
  width: number,
): boolean {
  return known.width === width && isSame(known.style, style);
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
      if (isSameSetting(entry.setting, setting.style, setting.width)) return entry.made;
    const made = make();
    entries.push({ setting, made });
    return made;
  }
}

function isSame(a: Style, b: Style): boolean {
  return a.font === b.font && a.size === b.size && a.leading === b.leading && a.align === b.align;
}
