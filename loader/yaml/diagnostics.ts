/** A fault in a YAML file with its place. */

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

/** One cause, one problem. Lines and columns count from 1. */
export interface Problem {
  readonly code: string;
  readonly severity: Severity;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endColumn?: number;
  /** What is wrong, in Italian. */
  readonly message: string;
  /** Why, beside the caret. */
  readonly why?: string;
  /** What was probably meant. */
  readonly maybe?: string;
  /** What may stand there, with its heading: `passi disponibili: render, sign`. */
  readonly options?: string;
  /** How to mend it. */
  readonly remedy?: string;
  readonly fix?: Fix;
  /** The line as it stands in the file. */
  readonly excerpt?: string;
  /** The parameter whose given value is wrong; absent: the fault is in a file. */
  readonly param?: string;
}

/** What a caller says about a fault; the place comes from a span. */
export interface Fault {
  readonly code: string;
  /** Default `error`. */
  readonly severity?: Severity;
  readonly message: string;
  readonly why?: string | undefined;
  readonly maybe?: string | undefined;
  readonly options?: string | undefined;
  readonly remedy?: string | undefined;
  readonly fix?: Fix | undefined;
  /** Show stars in place of the pointed-at text: it may be a secret. */
  readonly isSecret?: boolean;
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
  const excerpt = fault.isSecret
    ? text.slice(0, column - 1) + "*".repeat(endColumn - column) + text.slice(endColumn - 1)
    : text;
  return {
    code: fault.code,
    severity: fault.severity ?? "error",
    file: span.source.file,
    line,
    column,
    endColumn,
    message: fault.message,
    ...(fault.why !== undefined && { why: fault.why }),
    ...(fault.maybe !== undefined && { maybe: fault.maybe }),
    ...(fault.options !== undefined && { options: fault.options }),
    ...(fault.remedy !== undefined && { remedy: fault.remedy }),
    ...(fault.fix !== undefined && { fix: fault.fix }),
    excerpt,
    ...(span.source.param !== undefined && { param: span.source.param }),
  };
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
        excerpt =
          excerpt.slice(0, column - 1) +
          "*".repeat(endColumn - column) +
          excerpt.slice(endColumn - 1);
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
