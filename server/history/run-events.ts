/** What happened to a flusso as a whole, and what people said: the events of its log beside the attempts of its verbali. */
import type { JournalReader } from "../../engine/journal/journal.ts";
import type { Decision } from "../../engine/journal/items.ts";
import type { Run, StepCount } from "../../engine/journal/runs.ts";
import {
  decisionWords,
  formatAsk,
  formatItemCount,
  runStateWords,
  triggerWords,
} from "../words/words.ts";
import { formatNumber } from "../words/format.ts";
import type { LogEvent } from "./log-event.ts";
import type { RunStep } from "./run-spec.ts";

type Told = Pick<LogEvent, "kind" | "title"> & {
  readonly at: string | null;
  readonly step?: RunStep | undefined;
  readonly note?: string | null;
  readonly code?: string | null;
  readonly itemKey?: string;
};

/** In no order; what has no moment is left out. */
export async function listRunEvents(
  journal: JournalReader,
  run: Run,
  steps: readonly RunStep[],
): Promise<readonly LogEvent[]> {
  const [counts, approvals, asks, decisions] = await Promise.all([
    journal.listStepCounts(run.id),
    journal.listApprovals(run.id),
    journal.listAsks(run.id),
    journal.listDecisions(run.id),
  ]);
  const find = (id: string): RunStep | undefined => steps.find((step) => step.id === id);
  const told: readonly Told[] = [
    ...describeRun(run),
    ...counts.flatMap((count) => describeStep(count, find(count.step))),
    ...approvals.map(({ step, by, at }) => ({
      kind: "person" as const,
      at,
      step: find(step),
      title: `Benestare di ${by}`,
    })),
    ...asks.map((ask) => ({
      kind: "person" as const,
      at: ask.createdAt,
      step: find(ask.step),
      title: formatAsk(ask),
      note: ask.problem ?? ask.prompt,
    })),
    ...decisions.map((decision) => describeDecision(decision, steps)),
  ];
  return told.filter(({ at }) => at !== null).map(completeEvent);
}

function describeRun(run: Run): readonly Told[] {
  const { input, note, counts } = run;
  const items = `${formatNumber(counts.total)} ${counts.total === 1 ? "verbale" : "verbali"}`;
  return [
    {
      kind: "run",
      at: run.createdAt,
      title: `Creato ${triggerWords[run.trigger]}`,
      ...(input !== null && { note: `File: ${input.name}` }),
    },
    { kind: "run", at: run.startedAt, title: "Iniziato", note },
    { kind: "run", at: run.sealedAt, title: "Primo invio a SEND" },
    {
      kind: "run",
      at: run.endedAt,
      title: `${runStateWords[run.state]}: ${items}`,
      note: run.reason,
      code: run.code,
    },
  ];
}

function describeStep(count: StepCount, step: RunStep | undefined): readonly Told[] {
  const { done, rejected, failed, firstAt, lastAt } = count;
  const ends = [
    `${formatNumber(done)} ${done === 1 ? "passato" : "passati"}`,
    ...(rejected > 0 ? [formatItemCount("rejected", rejected)] : []),
    ...(failed > 0 ? [formatItemCount("failed", failed)] : []),
  ].join(", ");
  const name = step?.title ?? count.step;
  const first: Told = { kind: "run", at: firstAt, step, title: `${name}: primo verbale` };
  return [first, { kind: "run", at: lastAt, step, title: `${name}: ${ends}` }];
}

function describeDecision(decision: Decision, steps: readonly RunStep[]): Told {
  const { at, by, word, reason, evidence, itemKey } = decision;
  return {
    kind: "person",
    at,
    step: steps[decision.step],
    title: `${by}: ${decisionWords[word]}`,
    note: evidence === null ? reason : `${reason} Prova: ${evidence}`,
    itemKey,
  };
}

function completeEvent({ kind, at, title, ...told }: Told): LogEvent {
  return {
    kind,
    at,
    title,
    step: told.step ?? null,
    itemKey: told.itemKey ?? null,
    note: told.note ?? null,
    code: told.code ?? null,
    outcome: null,
    number: null,
    ms: null,
    calls: null,
  };
}
