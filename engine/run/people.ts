/** Questions to people: a run stops at them, in a state of its own, until an answer is at hand. */
import { toInstant } from "../host/clock.ts";
import { requireRow } from "../host/errors.ts";
import { AskPending, type BoundStep, type RunScope } from "./run-scope.ts";
import type { RunVerdict } from "./run-verdict.ts";
import type { Stage } from "./stage.ts";

/** How long a question stands when the step does not say. */
const dayMs = 86_400_000;

/** A step with `approval: true`: a person agrees once; items that passed it before were agreed to. Throws AskPending until then. */
export async function passGate(gate: BoundStep): Promise<void> {
  const { journal, run, answers } = gate.scope;
  const counts = await journal.listStepCounts(run.id);
  if (counts.some((count) => count.step === gate.entry.id)) return;
  const [live] = await journal.listItems(run.id, { states: ["pending", "waiting"], limit: 1 });
  if (live === undefined) return;
  const answer = answers.get(gate.entry.id);
  if (answer?.kind !== "approval")
    throw new AskPending({
      kind: "approval",
      who: "un responsabile",
      prompt: `Confermare per proseguire con il passo «${gate.step.title ?? gate.entry.id}»: ${gate.step.summary}.`,
    });
  answers.delete(gate.entry.id);
  await journal.agree(run.id, gate.entry.id, answer.by);
}

/** Writes the question down; the run rests until it is answered. */
export async function askPerson(
  scope: RunScope,
  { gate, group }: Stage,
  { ask }: AskPending,
): Promise<RunVerdict> {
  const isGate = ask.kind === "approval" && gate !== null;
  const bound = requireRow(isGate ? gate : group, "step that asks");
  const { kind, who, prompt, problem, withinMs = dayMs } = ask;
  await scope.journal.openAsk({
    run: scope.run.id,
    step: bound.entry.id,
    kind,
    who,
    prompt,
    problem: problem ?? null,
    deadline: toInstant(scope.clock.now() + withinMs),
  });
  return {
    state: "waiting-for-person",
    code: `ASK_${kind.toUpperCase()}`,
    reason: problem === undefined ? prompt : `${problem} ${prompt}`,
    hint: null,
  };
}
