/** A fault in a YAML file with its place. */

import type codes from "./fault-codes.json";

/** A code of the table, which has its Italian title; it is never given another meaning. */
export type FaultCode = keyof typeof codes;

export type Severity = "error" | "warning" | "info";

/** A text that faults point into; `file` as the user would type it. */
export interface Source {
  readonly file: string;
  readonly text: string;
  /** It is no file, but the value that was given for this parameter. */
  readonly param?: string;
  /** Offset of the first character of each line. */
  readonly lineStarts: readonly number[];
}

/** A piece of a source: offsets, `end` exclusive. */
export interface Span {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}

/** Replaces a piece of the file's text; only given when it is safe to apply unasked. */
export interface Fix {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** What a caller says about a fault; the place comes from a span. */
export interface Fault {
  readonly code: FaultCode;
  /** Default `error`. */
  readonly severity?: Severity;
  /** What is wrong, in Italian. */
  readonly message: string;
  /** Why, beside the caret. */
  readonly why?: string | undefined;
  /** What was probably meant. */
  readonly maybe?: string | undefined;
  /** What may stand there, with its heading: `passi disponibili: render, sign`. */
  readonly options?: string | undefined;
  /** How to mend it. */
  readonly remedy?: string | undefined;
  readonly fix?: Fix | undefined;
  /** The likely correction where it is not safe to apply unasked; default: `maybe` in the place of what is pointed at. */
  readonly guess?: Fix | undefined;
  /** Show stars in place of the pointed-at text: it may be a secret. */
  readonly isSecret?: boolean;
}

/** A fault at its place: one cause, one problem. Lines and columns count from 1. */
export interface Problem extends Omit<Fault, "severity" | "isSecret"> {
  readonly severity: Severity;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endColumn?: number;
  /** The line as it stands in the file. */
  readonly excerpt?: string;
  /** The parameter whose given value is wrong; absent: the fault is in a file. */
  readonly param?: string;
}

/** A source from its text. */
export function buildSource(file: string, text: string): Source {
  const lineStarts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1))
    lineStarts.push(at + 1);
  return { file, text, lineStarts };
}

/** Line and column (from 1) of an offset. */
export function toPosition(source: Source, offset: number): { line: number; column: number } {
  let low = 0;
  let high = source.lineStarts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((source.lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (source.lineStarts[low] ?? 0) + 1 };
}

/** `file:line` of a span, as origins are written. */
export function formatOrigin(span: Span): string {
  return `${span.source.file}:${toPosition(span.source, span.start).line}`;
}

/** A fault at a place. */
export function buildProblem(span: Span, fault: Fault): Problem {
  const { line, column } = toPosition(span.source, span.start);
  const text = pickLine(span.source, line);
  const endColumn = Math.max(column + 1, Math.min(column + span.end - span.start, text.length + 1));
  const { isSecret = false, severity = "error", ...told } = fault;
  const { file, param } = span.source;
  const guess = told.guess ?? guessFix(span, told);
  return {
    ...told,
    ...(guess !== undefined && { guess }),
    severity,
    file,
    line,
    column,
    endColumn,
    excerpt: isSecret ? hidePiece(text, column, endColumn) : text,
    ...(param !== undefined && { param }),
  };
}

/** What was probably meant, where it can stand as it is told. */
function guessFix({ source, start, end }: Span, { maybe, fix }: Fault): Fix | undefined {
  if (maybe === undefined || fix !== undefined || /\s/.test(maybe)) return undefined;
  // An expression inside of a text is not the whole of what is pointed at.
  const isWhole = /^["']?\$\([^)]*\)["']?$/.test(source.text.slice(start, end));
  if (maybe.startsWith("$(") && !isWhole) return undefined;
  return { start, end, text: maybe };
}

/** Stars in the place of a piece of a line; columns count from 1. */
function hidePiece(line: string, column: number, endColumn: number): string {
  return line.slice(0, column - 1) + "*".repeat(endColumn - column) + line.slice(endColumn - 1);
}

/** Adds a fault at a place to those that were found. */
export function reportFault(problems: Problem[], span: Span, fault: Fault): void {
  problems.push(buildProblem(span, fault));
}

/** A fault of a whole file (missing, unreadable). */
export function buildFileProblem(file: string, fault: Fault): Problem {
  const { excerpt: _excerpt, ...problem } = buildProblem(
    { source: buildSource(file, ""), start: 0, end: 0 },
    fault,
  );
  return problem;
}

/** By file, then by place; the same fault found twice stays once. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  const seen = new Map<string, Problem>();
  for (const problem of problems) {
    const { file, line, column, code, message } = problem;
    const key = [file, line, column, code, message].join("\u0000");
    if (!seen.has(key)) seen.set(key, problem);
  }
  return hideSecrets([...seen.values()]).sort(
    (a, b) =>
      (a.file < b.file ? -1 : Number(a.file > b.file)) || a.line - b.line || a.column - b.column,
  );
}

/** A secret that one problem hides is hidden in the excerpts of all others. */
function hideSecrets(problems: readonly Problem[]): Problem[] {
  const secrets = problems.filter((problem) => problem.code === "P033");
  return problems.map((problem) => {
    let { excerpt } = problem;
    for (const { file, line, column, endColumn = column } of secrets)
      if (file === problem.file && line === problem.line && excerpt !== undefined)
        excerpt = hidePiece(excerpt, column, endColumn);
    return excerpt === undefined ? problem : { ...problem, excerpt };
  });
}

/** Whether any of them forbids to run. */
export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some((problem) => problem.severity === "error");
}

function pickLine(source: Source, line: number): string {
  const start = source.lineStarts[line - 1] ?? 0;
  const end = source.lineStarts[line] ?? source.text.length + 1;
  return source.text.slice(start, end - 1).replace(/\r$/, "");
}
