/** The HTML of pages: JSX becomes text at once, without a tree of nodes in between. */
export type { JSX } from "hono/jsx/jsx-runtime";

/** HTML that is escaped already. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

type Props = Readonly<Record<string, unknown>>;

/** What the compiler turns `<a href={x}>…</a>` and `<Component … />` into. Children were made before their parents. */
export function renderElement(tag: string | ((props: Props) => unknown), props: Props): Markup {
  if (typeof tag === "function") {
    const made = tag(props);
    return made instanceof Markup ? made : new Markup(renderChild(made));
  }
  let text = `<${tag}`;
  for (const name in props) if (name !== "children") text += renderAttribute(name, props[name]);
  if (voidTags.has(tag)) return new Markup(`${text}/>`);
  return new Markup(`${text}>${renderChild(props["children"])}</${tag}>`);
}

export { renderElement as jsx, renderElement as jsxs };

export function Fragment({ children }: { readonly children?: unknown }): Markup {
  return new Markup(renderChild(children));
}

/** The text of what may stand between tags; nothing for what is absent or a condition. Throws on what is no text. */
export function renderChild(child: unknown): string {
  if (typeof child === "string") return escapeText(child);
  if (child instanceof Markup) return child.text;
  if (child === null || child === undefined || typeof child === "boolean") return "";
  if (typeof child === "number") return String(child);
  if (!Array.isArray(child)) throw new Error(`a page cannot show a value of type ${typeof child}`);
  let text = "";
  for (const one of child as readonly unknown[]) text += renderChild(one);
  return text;
}

/** HTML as it is written, for what stands in each of many rows: the values are children, or go between the quotes of an attribute. */
export function writeHtml(pieces: readonly string[], ...values: readonly unknown[]): Markup {
  let text = pieces[0] ?? "";
  for (let index = 0; index < values.length; index += 1)
    text += renderChild(values[index]) + (pieces[index + 1] ?? "");
  return new Markup(text);
}

// Source: HTML, void elements and boolean attributes; those that pages use.
const voidTags: ReadonlySet<string> = new Set(["br", "hr", "img", "input", "link", "meta"]);
const switches: ReadonlySet<string> = new Set(
  "autofocus checked default defer disabled download hidden inert multiple novalidate open readonly required selected".split(
    " ",
  ),
);

function renderAttribute(name: string, value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return ` ${name}="${escapeText(value)}"`;
  if (typeof value === "boolean" && switches.has(name)) return value ? ` ${name}=""` : "";
  if (typeof value === "boolean" || typeof value === "number") return ` ${name}="${value}"`;
  throw new Error(`a page cannot have ${name} of type ${typeof value}`);
}

const special = /[&<>"']/;
const specials = /[&<>"']/g;
const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeText(text: string): string {
  if (!special.test(text)) return text;
  return text.replaceAll(specials, (found) => entities[found] ?? found);
}
