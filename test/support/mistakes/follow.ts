/** Does what a message of `check` says, as a person does who reads nothing else. */
import { applyFixes } from "../../../loader/check/fix.ts";
import type { Problem } from "../../../loader/yaml/diagnostics.ts";

/** How a message was followed: its correction or guess as it stands, its remedy by rule, or the known value typed in the form that it tells. */
export type Way = "correction" | "guess" | "remedy" | "value";

export interface Followed {
  readonly way: Way;
  readonly text: string;
}

/**
 * One edit by the message alone; `null`: it does not say what to do. `meant`: the right text, for the messages that
 * tell the form of a value which only the person knows; it is used at the place that the message points at.
 */
export function followMessage(text: string, problem: Problem, meant: string): Followed | null {
  const { fix, guess, remedy = "" } = problem;
  if (fix !== undefined) return { way: "correction", text: applyFixes(text, [fix]).text };
  if (guess !== undefined) return { way: "guess", text: applyFixes(text, [guess]).text };
  const byRule = followRemedy(text, problem, remedy);
  if (byRule !== null) return { way: "remedy", text: byRule };
  return tellsForm(problem) && isAtSlip(text, problem, meant)
    ? { way: "value", text: meant }
    : null;
}

function followRemedy(text: string, problem: Problem, remedy: string): string | null {
  const lines = text.split("\n");
  const at = problem.line - 1;
  const line = lines[at] ?? "";
  const put = (...instead: readonly string[]) =>
    [...lines.slice(0, at), ...instead, ...lines.slice(at + 1)].join("\n");
  const [start, end] = [problem.column - 1, (problem.endColumn ?? problem.column) - 1];
  const indent = " ".repeat(/^[ -]*/.exec(line)?.[0].length ?? 0);
  // `schedule: null`, `within: 24h`, `apiKey: { secret: … }`: the key as it is to be, in place of the one that stands there.
  const entry = /(?:^|: )([A-Za-z][\w-]*): ([^…]+?)(?: {2}\(.*)?$/.exec(remedy);
  const value = line.includes("{") ? String.raw`[^,}\n]*[^,}\s]` : String.raw`[^\n#]*[^\s#]`;
  const written =
    entry === null ? null : new RegExp(String.raw`\b${entry[1] ?? ""}: ("[^"]*"|${value})`);
  if (
    entry !== null &&
    written !== null &&
    written.test(line) &&
    !/oppure|NOME_|nome-|chiave: valore|\)/.test(entry[2] ?? "")
  )
    return put(line.replace(written, () => `${entry[1] ?? ""}: ${entry[2] ?? ""}`));
  const ownName = /^dai a questo un nome suo: (id: [\w-]+)$/.exec(remedy)?.[1];
  if (ownName !== undefined) return put(line, `${indent}${ownName}`);
  if (
    /^togli (?:la riga|retry|timeout|la chiave)|^per non avere un limite togli|^lascia una sola delle due|^lascia una sola sorgente/.test(
      remedy,
    )
  )
    return /[{[]/.test(line.slice(0, start)) ? null : put();
  if (remedy === "togli questo passo") {
    const below = lines.slice(at + 1).findIndex((one) => !one.startsWith("    "));
    return [...lines.slice(0, at), ...lines.slice(at + 1 + Math.max(0, below))].join("\n");
  }
  const quoted = /^(?:"[^"]*"|\$\([\w.]+\)|\{ secret: \w+ \})$/.exec(remedy)?.[0];
  if (quoted !== undefined) return put(line.slice(0, start) + quoted + line.slice(end));
  if (/^metti il valore tra virgolette$/.test(remedy))
    return put(`${line.slice(0, start)}"${line.slice(start, end)}"${line.slice(end)}`);
  const missing = /^aggiungi prima di "[\w-]+": - uses: ([\w-]+)$/.exec(remedy)?.[1];
  if (missing !== undefined) return put(`  - uses: ${missing}`, line);
  return moveStep(lines, at, remedy);
}

/** `sposta "a" prima di "b"`: with the lines that belong to it. */
function moveStep(lines: readonly string[], at: number, remedy: string): string | null {
  const name = /^sposta "([\w-]+)" prima di "[\w-]+"$/.exec(remedy)?.[1];
  const from = lines.findIndex((line) => line.trim() === `- uses: ${name ?? ""}`);
  if (name === undefined || from === -1) return null;
  const length = lines.slice(from + 1).findIndex((line) => !line.startsWith("    "));
  const step = lines.slice(from, from + 1 + (length === -1 ? lines.length : length));
  const rest = [...lines.slice(0, from), ...lines.slice(from + step.length)];
  return [...rest.slice(0, at), ...step, ...rest.slice(at)].join("\n");
}

/** Whether the message says what the value must look like, or which there are. */
function tellsForm({ remedy, options, why }: Problem): boolean {
  return remedy !== undefined || options !== undefined || why !== undefined;
}

/** Whether the line that the message points at is one of those that must change, or stands beside one that is missing. */
function isAtSlip(text: string, { line }: Problem, meant: string): boolean {
  const [typed, right] = [text.split("\n"), meant.split("\n")];
  const first = typed.findIndex((one, index) => one !== right[index]);
  const behind = typed.toReversed().findIndex((one, index) => one !== right.at(-1 - index));
  const last = typed.length - 1 - behind;
  // The lines that are only in the right text lie between two that are in both.
  return line - 1 >= Math.min(first, last) - 2 && line - 1 <= Math.max(first, last) + 1;
}
