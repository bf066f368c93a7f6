/** Faults of YAML files as technicians read them: in a terminal, and as `check --json` prints them. */
import type { CheckReport } from "../../loader/check/check.ts";
import type { Problem, Severity } from "../../loader/yaml/diagnostics.ts";

/** The report as text: the problems, an empty line between, and a count at the end. */
export function formatReport(report: CheckReport): string {
  const errors = report.problems.filter((problem) => problem.severity === "error").length;
  const warnings = report.problems.filter((problem) => problem.severity === "warning").length;
  const repaired = report.fixed.map(({ file, count }) => `${file}: ${formatCorrections(count)}`);
  const files = `${report.files.length} file controllat${report.files.length === 1 ? "o" : "i"}`;
  const count =
    errors + warnings === 0
      ? "nessun errore"
      : `${errors} error${errors === 1 ? "e" : "i"}, ${warnings} avvis${warnings === 1 ? "o" : "i"}`;
  const told = report.problems.length === 0 ? [] : [formatProblems(report.problems)];
  return [...repaired, ...told, `${files}: ${count}`].join("\n\n");
}

/** The report as `check --json` prints it; offsets of corrections are left out. */
export function toReportJson(report: CheckReport): object {
  return {
    files: report.files,
    fixed: report.fixed,
    problems: report.problems.map(({ fix, guess: _guess, ...problem }) => ({
      ...problem,
      isFixable: fix !== undefined,
    })),
  };
}

const severityWord: Readonly<Record<Severity, string>> = {
  error: "errore",
  warning: "avviso",
  info: "nota",
};

/** Several problems, an empty line between; the first of each code says where there is more about it. */
export function formatProblems(problems: readonly Problem[]): string {
  const told = new Set<string>();
  return problems
    .map((problem) => {
      const { code, line, severity } = problem;
      const isPlain = severity === "info" || told.has(code);
      const more = isPlain
        ? ""
        : `\n ${" ".repeat(String(line).length)} = vedi: postino explain ${code}`;
      told.add(code);
      return `${formatProblem(problem)}${more}`;
    })
    .join("\n\n");
}

/** The problem as a person reads it: place, cause, excerpt with caret, remedy. Several lines, no newline at the end. */
export function formatProblem(problem: Problem): string {
  const { file, line, column, code, severity, message } = problem;
  const lines = [`${file}:${line}:${column}: ${severityWord[severity]} ${code}: ${message}`];
  const pad = " ".repeat(String(line).length);
  if (problem.excerpt !== undefined && problem.excerpt.trim() !== "") {
    const { text, start, length } = cutWindow(problem.excerpt, column, problem.endColumn);
    const why = problem.why === undefined ? "" : `  ${problem.why}`;
    lines.push(` ${pad} |`, ` ${line} | ${makePrintable(text)}`);
    lines.push(` ${pad} | ${" ".repeat(start)}${"^".repeat(length)}${why}`);
  } else if (problem.why !== undefined) lines.push(` ${pad} = ${problem.why}`);
  const maybe = problem.maybe === undefined ? [] : [`forse: ${problem.maybe}`];
  const options = problem.options === undefined ? [] : [problem.options];
  if (maybe.length + options.length > 0)
    lines.push(` ${pad} = ${[...maybe, ...options].join("     ")}`);
  const fixable = problem.fix === undefined ? "" : "      (applicabile con --fix)";
  const remedyWord = severity === "error" ? "correzione" : "consiglio";
  if (problem.remedy !== undefined)
    lines.push(` ${pad} = ${remedyWord}: ${problem.remedy}${fixable}`);
  return lines.join("\n");
}

/** The problem without its place, for where the place is shown otherwise: what, why, what was meant, remedy; a line each. */
export function explainProblem(problem: Problem): string {
  const { message, why, maybe, options, remedy, severity } = problem;
  const remedyWord = severity === "error" ? "correzione" : "consiglio";
  return [
    message,
    ...(why === undefined ? [] : [why]),
    ...(maybe === undefined ? [] : [`forse: ${maybe}`]),
    ...(options === undefined ? [] : [options]),
    ...(remedy === undefined ? [] : [`${remedyWord}: ${remedy}`]),
  ].join("\n");
}

function formatCorrections(count: number): string {
  return count === 1 ? "1 correzione applicata" : `${count} correzioni applicate`;
}

const widestExcerpt = 120;

/** A long line is cut around the fault, so that the caret stays under it on a narrow terminal. */
function cutWindow(
  line: string,
  column: number,
  endColumn = column + 1,
): { text: string; start: number; length: number } {
  const start = column - 1;
  const length = Math.max(1, endColumn - column);
  if (line.length <= widestExcerpt) return { text: line, start, length };
  const from = Math.max(0, Math.min(start - 20, line.length - widestExcerpt));
  const to = Math.min(line.length, from + widestExcerpt);
  const before = from > 0 ? "…" : "";
  const after = to < line.length ? "…" : "";
  return {
    text: before + line.slice(from, to) + after,
    start: start - from + before.length,
    length: Math.max(1, Math.min(length, to - start)),
  };
}

/** Tabs and non-breaking spaces are made visible, other control characters become harmless; the width stays. */
function makePrintable(text: string): string {
  return (
    text
      .replaceAll("\t", "→")
      .replaceAll("\u00a0", "·")
      // oxlint-disable-next-line no-control-regex -- control characters are what must go
      .replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\ufeff]/g, "·")
  );
}
