/** XML, element by element. */
import { Parser } from "saxen";

/** The XML is not well-formed, or nested deeper than any file that is read here. */
export class BrokenXml extends Error {}

/** An element as it opens; the prefix of its name is left out. */
export interface Element {
  readonly name: string;
  /** An attribute by its name without prefix; `null`: it has none of that name. */
  read(attribute: string): string | null;
}

export interface Visitor {
  open?(element: Element): void;
  close?(name: string): void;
  text?(text: string): void;
}

/** Elements of spreadsheets and of messages lie within a few others. */
const deepest = 64;

/** Tells the visitor what comes, in order. Throws BrokenXml, and what the visitor throws. */
export function walkXml(xml: string, visitor: Visitor): void {
  const parser = new Parser();
  let depth = 0;
  let thrown: unknown = null;
  const attempt = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      thrown = error;
      throw error;
    }
  };
  parser.on("openTag", (name, attributes) =>
    attempt(() => {
      depth += 1;
      if (depth > deepest) throw new BrokenXml("too deep");
      visitor.open?.({
        name: dropPrefix(name),
        read: (attribute) => findAttribute(attributes(), attribute),
      });
    }),
  );
  parser.on("closeTag", (name) =>
    attempt(() => {
      depth -= 1;
      visitor.close?.(dropPrefix(name));
    }),
  );
  parser.on("text", (text, decode) => attempt(() => visitor.text?.(decode(text))));
  parser.on("cdata", (text) => attempt(() => visitor.text?.(text)));
  parser.on("warn", (warning) =>
    attempt(() => {
      throw new BrokenXml(warning.message);
    }),
  );
  try {
    parser.parse(xml);
  } catch (error) {
    // The parser throws plain errors of its own.
    if (error === thrown) throw error;
    throw new BrokenXml("not well-formed", { cause: error });
  }
}

function dropPrefix(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

function findAttribute(
  attributes: Readonly<Record<string, string>>,
  wanted: string,
): string | null {
  const own = attributes[wanted];
  if (own !== undefined) return own;
  for (const [name, value] of Object.entries(attributes))
    if (dropPrefix(name) === wanted) return value;
  return null;
}
