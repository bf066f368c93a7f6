/** The question that an ente's file asks of the office's own database: one SELECT, with named values in it. */

/** With the values in the order of their places. */
export interface BoundQuery {
  readonly sql: string;
  readonly values: readonly string[];
}

/** How a place for the nth value, from 1, is written. */
export type WritePlace = (nth: number) => string;

/** What stands in the text and is no place for a value: quoted texts and names, comments, casts. */
const other =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\$(\w*)\$[\s\S]*?\$\1\$|--[^\n]*|\/\*[\s\S]*?\*\/|::|:([a-zA-Z_]\w*)|;/g;

/** The names of the values that it wants, each once. */
export function listPlaces(query: string): readonly string[] {
  return [...new Set([...query.matchAll(other)].flatMap(([, , name]) => name ?? []))];
}

/** What is wrong with the text, in Italian; `null`: it is one question. What it may touch is the database's to refuse, which is asked to read only. */
export function findQueryFault(query: string): string | null {
  const text = trimEnd(query);
  if (!/^\s*(?:select|with)\b/i.test(text)) return "non comincia con SELECT o WITH";
  const isSeveral = [...text.matchAll(other)].some(([found]) => found === ";");
  return isSeveral ? "contiene più di un'istruzione" : null;
}

/** The text with places for its values. `values` has every one that it wants. */
export function bindQuery(
  query: string,
  values: Readonly<Record<string, string>>,
  write: WritePlace,
): BoundQuery {
  const bound: string[] = [];
  const sql = trimEnd(query).replaceAll(other, (found: string, _: unknown, name?: string) => {
    if (name === undefined) return found;
    bound.push(values[name] ?? "");
    return write(bound.length);
  });
  return { sql, values: bound };
}

function trimEnd(query: string): string {
  return query.replace(/[\s;]+$/, "");
}
