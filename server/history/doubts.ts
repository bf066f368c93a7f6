/** What a person must know of a verbale in doubt: what was asked, when, and by which names the other side knows it. */
import { computeEffectKey } from "../../engine/journal/digest.ts";
import type { AttemptRow, Decision, ItemRow } from "../../engine/journal/items.ts";
import type { JournalReader } from "../../engine/journal/journal.ts";
import type { Run } from "../../engine/journal/runs.ts";
import type { StepRegistry } from "../../loader/pipeline/registry.ts";
import { toFields } from "./fields.ts";
import { buildItemView } from "./item-view.ts";
import { parseSpecSteps, type RunStep } from "./run-spec.ts";

export interface Doubt {
  readonly key: string;
  /** Title of the step whose end nobody knows. */
  readonly step: string;
  /** What went wrong; Italian. */
  readonly note: string | null;
  /** When the other side was asked last; `null`: no attempt is known. */
  readonly askedAt: string | null;
  /** The step notifies: an effect that must not happen twice. */
  readonly isSending: boolean;
  /** By what a person may name it: the label of the field; `null`: by nothing. */
  readonly evidence: string | null;
  readonly protocol: string | null;
  /** The token that went out with the request; `null` where nothing is sent. */
  readonly idempotenceToken: string | null;
  readonly noticeCodes: readonly string[];
  /** What was said of it before, oldest first. */
  readonly said: readonly Decision[];
}

/** The first verbali of the run that are in doubt, or the one of this key if it is. */
export async function listDoubts(
  { journal, registry }: { readonly journal: JournalReader; readonly registry: StepRegistry },
  run: Run,
  which: { readonly limit: number } | { readonly key: string },
): Promise<readonly Doubt[]> {
  const [items, said, spec] = await Promise.all([
    journal.listItems(run.id, { states: ["in-doubt"], limit: 1, ...which }),
    journal.listDecisions(run.id),
    journal.readSpec(run.id),
  ]);
  const steps = parseSpecSteps(spec, registry);
  const found: Doubt[] = [];
  for (const item of items) {
    const attempts = await journal.listAttempts(run.id, item.key);
    found.push(buildDoubt({ run, item, attempts, said, steps, registry }));
  }
  return found;
}

interface DoubtSources {
  readonly run: Run;
  readonly item: ItemRow;
  readonly attempts: readonly AttemptRow[];
  /** Of the run. */
  readonly said: readonly Decision[];
  readonly steps: readonly RunStep[];
  readonly registry: StepRegistry;
}

/** The doubt of one item. */
export function buildDoubt(sources: DoubtSources): Doubt {
  const { run, item, attempts, said, steps, registry } = sources;
  const step = steps[item.step];
  const uses = step?.uses ?? "";
  const isSending = registry.get(uses)?.step.seals ?? false;
  const { protocollo, numero } = toFields(item.data["verbale"]);
  const protocol = protocollo ?? numero;
  return {
    key: item.key,
    step: step?.title ?? "",
    note: item.note,
    askedAt: attempts.findLast((attempt) => attempt.step === step?.id)?.startedAt ?? null,
    isSending,
    evidence:
      registry.get(uses)?.step.evidence ?? (isSending ? "IUN o token, se è stato inviato" : null),
    protocol: typeof protocol === "string" ? protocol : null,
    // As the step that sends makes it, in every round anew.
    idempotenceToken: isSending
      ? `postino-${computeEffectKey(run.ente, uses, item.key, item.round)}`
      : null,
    noticeCodes: buildItemView(item, steps).noticeCodes,
    said: said.filter(({ itemKey }) => itemKey === item.key),
  };
}
