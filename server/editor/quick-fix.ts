/** The corrections that an editor offers: those of `check --fix`, and with a question those of `check --fix --unsafe`. */
import {
  type CodeAction,
  CodeActionKind,
  type Diagnostic,
  type Range,
} from "vscode-languageserver/node";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { Fix, Problem } from "../../loader/yaml/diagnostics.ts";

export interface FoundProblem {
  readonly problem: Problem;
  readonly diagnostic: Diagnostic;
}

/** What the editor asks for. */
export interface ActionRequest {
  readonly range: Range;
  /** Kinds that are wanted; absent: all. */
  readonly only?: readonly string[];
}

/** For the lines of the range, and all safe corrections of the file at once. */
export function listQuickFixes(
  document: TextDocument,
  found: readonly FoundProblem[],
  { range, only }: ActionRequest,
): CodeAction[] {
  const wants = (kind: string) => only === undefined || only.some((one) => kind.startsWith(one));
  const here = found.filter(
    ({ diagnostic }) =>
      diagnostic.range.start.line <= range.end.line &&
      diagnostic.range.end.line >= range.start.line,
  );
  const { uri } = document;
  const single = wants(CodeActionKind.QuickFix)
    ? here.flatMap((one) => toActions(document, one))
    : [];
  const edits = found.flatMap(({ problem }) =>
    problem.fix === undefined ? [] : [toEdit(document, problem.fix)],
  );
  if (!wants(CodeActionKind.SourceFixAll) || edits.length === 0) return single;
  const all = { title: "Applica tutte le correzioni sicure", kind: CodeActionKind.SourceFixAll };
  return [...single, { ...all, edit: { changes: { [uri]: edits } } }];
}

function toActions(document: TextDocument, { problem, diagnostic }: FoundProblem): CodeAction[] {
  const { fix, guess } = problem;
  const best = fix ?? guess;
  if (best === undefined) return [];
  const shown = best.text.trim() === "" ? "togli" : `scrivi ${best.text.trim()}`;
  return [
    {
      title: fix === undefined ? `Forse: ${shown}` : `Correzione: ${shown}`,
      kind: CodeActionKind.QuickFix,
      diagnostics: [diagnostic],
      isPreferred: fix !== undefined,
      edit: { changes: { [document.uri]: [toEdit(document, best)] } },
    },
  ];
}

function toEdit(document: TextDocument, { start, end, text }: Fix) {
  const range = { start: document.positionAt(start), end: document.positionAt(end) };
  return { range, newText: text };
}
