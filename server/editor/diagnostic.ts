/** A fault of `check` as an editor underlines it, in the words of `check`. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Diagnostic, DiagnosticSeverity } from "vscode-languageserver/node";
import type { Problem } from "../../loader/yaml/diagnostics.ts";
import { locateProgramFolder } from "../program.ts";
import { explainProblem } from "../words/problems.ts";

const severities = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
} as const;

/** The page of the codes; `null` where the program brings no documents along. */
function locateCodePage(code: string): string | null {
  const page = join(locateProgramFolder(), "docs", "it", "codici.md");
  return existsSync(page) ? `${pathToFileURL(page).href}#${code.toLowerCase()}` : null;
}

/** Lines and columns count from 0 there, in UTF-16 units as everywhere. */
export function toDiagnostic(problem: Problem): Diagnostic {
  const { line, column, endColumn = column + 1, code, severity } = problem;
  const href = locateCodePage(code);
  return {
    range: {
      start: { line: line - 1, character: column - 1 },
      end: { line: line - 1, character: endColumn - 1 },
    },
    severity: severities[severity],
    code,
    ...(href !== null && { codeDescription: { href } }),
    source: "postino",
    message: explainProblem(problem),
  };
}
