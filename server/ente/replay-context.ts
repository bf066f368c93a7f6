/** What the code of a step is handed when what it did is read once more: the services that it named, and nobody who stops it. */
import type { Clock } from "../../engine/host/clock.ts";
import type { StepContext } from "../../engine/step/context.ts";
import type { ResolvedStep } from "../../engine/step/resolved-step.ts";
import type { Step } from "../../engine/step/step.ts";
import type { Services } from "../../integrations/services.ts";
import type { WritingInstallation } from "../installation.ts";

export interface Replayed {
  readonly runId: string;
  readonly ente: string;
  readonly entry: ResolvedStep;
  readonly step: Step;
  readonly services: Services;
  readonly clock: Clock;
}

export function buildReplayContext(
  { journal, artifacts, log }: Pick<WritingInstallation, "journal" | "artifacts" | "log">,
  { runId, ente, entry, step, services, clock }: Replayed,
): StepContext<unknown, unknown> {
  const needed: Record<string, unknown> = {};
  for (const name of step.needs) needed[name] = services[name as keyof Services];
  return {
    runId,
    ente,
    config: entry.with,
    services: needed,
    clock,
    log,
    signal: new AbortController().signal,
    artifacts,
    holders: (names) => journal.findHolders(ente, names),
  };
}
