/** Checks that every field a step reads is added by an earlier one, and that the source comes first. */
import { buildProblem, reportFault, type Problem, type Span } from "../yaml/diagnostics.ts";
import type { RegisteredStep } from "./registry.ts";

/** A step entry with the place of its `uses`; `step` is `null` when no such step exists. */
export interface WiredStep {
  readonly id: string;
  readonly at: Span;
  readonly step: RegisteredStep | null;
}

/**
 * The faults of an order of steps; after an unknown step nothing is said about missing fields, and of a field that
 * several steps miss only once. `listAdders` names the steps that could add a field.
 */
export function checkWiring(
  steps: readonly WiredStep[],
  addersOf: (field: string) => readonly string[],
): readonly Problem[] {
  return [...checkSources(steps), ...checkFields(steps, addersOf)];
}

function checkSources(steps: readonly WiredStep[]): readonly Problem[] {
  const first = steps[0];
  if (first === undefined) return [];
  const problems: Problem[] = [];
  const sources = steps.filter((wired) => wired.step?.step.kind === "source");
  if (first.step !== null && first.step.step.kind !== "source") {
    const source = sources[0];
    reportFault(problems, first.at, {
      code: "P015",
      message: `il primo passo deve essere una sorgente, e "${first.id}" non lo è`,
      why: "qui non ci sono ancora verbali",
      remedy:
        source === undefined
          ? "comincia con un passo che carica i verbali"
          : `sposta "${source.id}" al primo posto`,
    });
    return problems;
  }
  for (const extra of sources.filter((wired) => wired !== first))
    reportFault(problems, extra.at, {
      code: "P015",
      message: `"${extra.id}" è una sorgente, e la pipeline ne ha già una`,
      why: `la sorgente è "${first.id}"`,
      remedy: "lascia una sola sorgente, al primo posto",
    });
  return problems;
}

function checkFields(
  steps: readonly WiredStep[],
  addersOf: (field: string) => readonly string[],
): readonly Problem[] {
  const problems: Problem[] = [];
  const told = new Set<string>();
  const addedBy = new Map<string, string>();
  let isComplete = true;
  for (const [index, wired] of steps.entries()) {
    const { step, id, at } = wired;
    if (step === null) {
      isComplete = false;
      continue;
    }
    const isExtraSource = step.step.kind === "source" && index > 0;
    if (isExtraSource) continue;
    if (isComplete)
      for (const field of step.readsFields)
        if (!addedBy.has(field) && !told.has(field)) {
          told.add(field);
          problems.push(missingFieldFault(wired, field, steps.slice(index + 1), addersOf(field)));
        }
    for (const field of step.addsFields) {
      const earlier = addedBy.get(field);
      if (earlier === undefined) addedBy.set(field, id);
      else if (earlier !== id)
        reportFault(problems, at, {
          code: "P016",
          message: `"${id}" aggiunge il campo "${field}", che "${earlier}" ha già aggiunto`,
          remedy: "lascia uno solo dei due passi",
        });
    }
  }
  return problems;
}

function missingFieldFault(
  wired: WiredStep,
  field: string,
  later: readonly WiredStep[],
  adders: readonly string[],
): Problem {
  const others = later
    .filter((other) => other.step?.readsFields.includes(field))
    .map((other) => other.id);
  const why = others.length === 0 ? undefined : `serve anche a ${others.join(", ")}`;
  const adder = later.find((other) => other.step?.addsFields.includes(field));
  if (adder !== undefined)
    return buildProblem(wired.at, {
      code: "P011",
      message: `"${wired.id}" legge il campo "${field}", che "${adder.id}" aggiunge solo dopo`,
      remedy: `sposta "${adder.id}" prima di "${wired.id}"`,
    });
  return buildProblem(wired.at, {
    code: "P012",
    message: `"${wired.id}" legge il campo "${field}", che nessun passo precedente aggiunge`,
    why,
    remedy:
      adders.length === 0
        ? `aggiungi prima di "${wired.id}" un passo che lo produce`
        : `aggiungi prima di "${wired.id}": - uses: ${adders.join(" oppure ")}`,
  });
}
