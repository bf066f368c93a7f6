/** Reads a file of published cases, one JSON object a line; a line that cannot be read becomes a row of the report and ends no suite. */
import { existsSync, readFileSync } from "node:fs";

export type Fields = Readonly<Record<string, unknown>>;

/** One line of a file of cases. */
export interface CaseText {
  /** What the line calls itself, else its number: `line 7`. */
  readonly id: string;
  readonly fields: Fields;
  /** Why the line is no case; `null` when it is an object. */
  readonly fault: string | null;
}

/** Every line that is not empty; none where the file is absent. */
export function readCases(path: string): readonly CaseText[] {
  return existsSync(path) ? casesIn(readFileSync(path, "utf8")) : [];
}

/** The same of a text. */
export function casesIn(text: string): readonly CaseText[] {
  const lines = text.split(/\r?\n/).entries();
  return [...lines].flatMap(([index, line]) =>
    line.trim() === "" ? [] : [caseOf(line, `line ${index + 1}`)],
  );
}

function caseOf(line: string, nameless: string): CaseText {
  try {
    const value: unknown = JSON.parse(line);
    if (!isFields(value)) return { id: nameless, fields: {}, fault: "the line is no object" };
    return { id: textOf(value["id"], nameless), fields: value, fault: null };
  } catch {
    return { id: nameless, fields: {}, fault: "the line is no JSON" };
  }
}

/** The value when it is a text, else the other one. */
export function textOf(value: unknown, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}

/** An object, no array. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Text of an error, for a row of the report. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
