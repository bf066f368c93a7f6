/** Checks that every field a step reads is added by an earlier one, and that the source comes first. */
import { buildProblem, type Problem } from "../yaml/diagnostics.ts";
import type { AssembledStep } from "./resolved.ts";

/**
 * The faults of an order of steps; after an unknown step nothing is said about missing fields, and of a field that
 * several steps miss only once. `listAdders` names the steps that could add a field.
 */
export function* checkWiring(
  steps: readonly AssembledStep[],
  addersOf: (field: string) => readonly string[],
  sourceNames: readonly string[],
): Generator<Problem> {
  yield* checkSources(steps, sourceNames);
  // Without a source everything is missing: that is told once.
  if (steps.some(({ registered }) => registered === null || registered.step.kind === "source"))
    yield* checkFields(steps, addersOf);
}

function* checkSources(
  steps: readonly AssembledStep[],
  sourceNames: readonly string[],
): Generator<Problem> {
  const [first] = steps;
  if (first === undefined) return;
  const sources = steps.filter(({ registered }) => registered?.step.kind === "source");
  if (first.registered !== null && first.registered.step.kind !== "source") {
    const [source] = sources;
    yield buildProblem(first.at, {
      code: "P015",
      message: `il primo passo deve essere una sorgente, e "${first.resolved.id}" non lo è`,
      why: "qui non ci sono ancora verbali",
      remedy:
        source === undefined
          ? `comincia con un passo che carica i verbali: - uses: ${sourceNames.join(" oppure ")}`
          : `sposta "${source.resolved.id}" al primo posto`,
    });
    return;
  }
  for (const extra of sources.filter((step) => step !== first))
    yield buildProblem(extra.at, {
      code: "P015",
      message: `"${extra.resolved.id}" è una sorgente, e la pipeline ne ha già una`,
      why: `la sorgente è "${first.resolved.id}"`,
      remedy: "lascia una sola sorgente, al primo posto",
    });
}

function* checkFields(
  steps: readonly AssembledStep[],
  addersOf: (field: string) => readonly string[],
): Generator<Problem> {
  const told = new Set<string>();
  const addedBy = new Map<string, string>();
  let isComplete = true;
  for (const [index, step] of steps.entries()) {
    const { registered, at } = step;
    const { id } = step.resolved;
    if (registered === null) {
      isComplete = false;
      continue;
    }
    const isExtraSource = registered.step.kind === "source" && index > 0;
    if (isExtraSource) continue;
    if (isComplete)
      for (const field of registered.readsFields)
        if (!addedBy.has(field) && !told.has(field)) {
          told.add(field);
          yield missingFieldFault(step, field, steps.slice(index + 1), addersOf(field));
        }
    for (const field of registered.addsFields) {
      const earlier = addedBy.get(field);
      if (earlier === undefined) addedBy.set(field, id);
      else if (earlier !== id)
        yield buildProblem(at, {
          code: "P016",
          message: `"${id}" aggiunge il campo "${field}", che "${earlier}" ha già aggiunto`,
          remedy: "lascia uno solo dei due passi",
        });
    }
  }
}

function missingFieldFault(
  { at, resolved: { id } }: AssembledStep,
  field: string,
  later: readonly AssembledStep[],
  adders: readonly string[],
): Problem {
  const adder = later.find(({ registered }) => registered?.addsFields.includes(field));
  if (adder !== undefined)
    return buildProblem(at, {
      code: "P011",
      message: `"${id}" legge il campo "${field}", che "${adder.resolved.id}" aggiunge solo dopo`,
      remedy: `sposta "${adder.resolved.id}" prima di "${id}"`,
    });
  const others = later.filter(({ registered }) => registered?.readsFields.includes(field));
  const named = others.map(({ resolved }) => resolved.id).join(", ");
  return buildProblem(at, {
    code: "P012",
    message: `"${id}" legge il campo "${field}", che nessun passo precedente aggiunge`,
    why: named === "" ? undefined : `serve anche a ${named}`,
    remedy:
      adders.length === 0
        ? `aggiungi prima di "${id}" un passo che lo produce`
        : `aggiungi prima di "${id}": - uses: ${adders.join(" oppure ")}`,
  });
}
