/** What the tests said, as a technician reads it. */
import type { Coverage, Reached } from "./coverage.ts";
import type { TestOutcome } from "./play-test.ts";

/** So many names of a list are told; `--coverage` tells all. */
const mostNamed = 12;

/** One test: a line, and below it what did not hold. */
export function formatOutcome({ name, place, ms, failures }: TestOutcome): string {
  const lines = [`${failures.length === 0 ? "✓" : "✗"} ${name} (${ms} ms)`];
  if (failures.length > 0) lines[0] += `   ${place}`;
  for (const { place: where, keys, expected, got } of failures) {
    lines.push(`    ${where}: ${keys === "" ? "la prova" : keys}`);
    if (expected === undefined)
      lines.push(`      non si può giocare: ${got.replaceAll("\n", "\n      ")}`);
    else lines.push(`      atteso:   ${expected}`, `      ottenuto: ${got}`);
  }
  return lines.join("\n");
}

/** The last lines. */
export function formatSummary(
  outcomes: readonly TestOutcome[],
  coverage: Coverage,
  showsAll: boolean,
): string {
  const failed = outcomes.filter(({ failures }) => failures.length > 0).length;
  const all = outcomes.length;
  const what = all === 1 ? "1 prova" : `${all} prove`;
  const passed =
    failed === 0 ? "tutte passate" : `${failed} non ${failed === 1 ? "passata" : "passate"}`;
  const lines = [
    `${what}: ${all === 1 && failed === 0 ? "passata" : passed}.`,
    formatReached("Controlli di validate", coverage.checks, showsAll),
    formatReached("Altre note di un verbale o di un flusso", coverage.notes, showsAll),
  ];
  if (coverage.others.length > 0)
    lines.push(`Altri codici visti: ${nameSome(coverage.others, showsAll)}.`);
  return lines.join("\n");
}

function formatReached(what: string, { reached, missed }: Reached, showsAll: boolean): string {
  const never = missed.length === 0 ? "" : ` Mai: ${nameSome(missed, showsAll)}.`;
  return `${what}: ${reached.length} su ${reached.length + missed.length}.${never}`;
}

function nameSome(names: readonly string[], showsAll: boolean): string {
  if (showsAll || names.length <= mostNamed) return names.join(", ");
  return `${names.slice(0, mostNamed).join(", ")} e altri ${names.length - mostNamed} (--coverage li dice tutti)`;
}
