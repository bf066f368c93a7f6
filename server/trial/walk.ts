/** Takes one verbale through the steps that touch nothing: what it reads is there, or the step is left out. */
import type { ArtifactAccess, StoredArtifact } from "../../engine/host/files.ts";
import type { Clock } from "../../engine/host/clock.ts";
import { ItemRejected, RetryLater, RunBlocked } from "../../engine/host/errors.ts";
import type { Hint } from "../../engine/host/hint.ts";
import type { Logger } from "../../engine/host/logger.ts";
import type { EffectContext } from "../../engine/step/context.ts";
import type { Holder } from "../../engine/step/item.ts";
import type { ResolvedStep } from "../../engine/step/resolved-step.ts";
import { runOnItem, type Step } from "../../engine/step/step.ts";
import type { OldPosition, PositionState } from "../../integrations/payments/port.ts";
import type { Services } from "../../integrations/services.ts";
import type { Payment, Validation } from "../../steps/schemas/fields.ts";
import type { Posizione, Verbale } from "../../steps/schemas/verbale.ts";
import { buildWorthlessPayment } from "../ente/preview.ts";
import type { TrialPosition } from "./trial.ts";

/** A step of the pipeline with its code. */
export interface TrialStep {
  readonly entry: ResolvedStep;
  readonly step: Step;
}

export interface TrialWorld {
  readonly ente: string;
  readonly services: Services;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly artifacts: ArtifactAccess;
  readonly holders: (names: readonly string[]) => Promise<ReadonlyMap<string, readonly Holder[]>>;
  /** The payment system may be asked how old positions stand. */
  readonly asksOutside: boolean;
}

/** How the walk of one verbale ended. */
export interface Walked {
  readonly end: "through" | "rejected" | "later" | "failed";
  readonly code: string | null;
  readonly note: string | null;
  readonly hint: Hint | null;
  /** What was thrown where `end` is `failed`. */
  readonly bug: unknown;
  readonly data: Readonly<Record<string, unknown>>;
  /** The ids of the steps that ran. */
  readonly ran: readonly string[];
}

/** The context of a step in a trial: it runs in no run. */
export function buildTrialContext(
  world: TrialWorld,
  { entry, step }: TrialStep,
): EffectContext<unknown, unknown> {
  const services: Record<string, unknown> = {};
  for (const name of step.needs) services[name] = world.services[name as keyof Services];
  const { ente, clock, log, signal, artifacts, holders } = world;
  return {
    runId: "prova",
    ente,
    config: entry.with,
    services,
    clock,
    log,
    signal,
    artifacts,
    holders,
    idempotencyKey: () => "",
    earlier: () => [],
  };
}

/** All pure steps whose reads are there, in the order of the pipeline. Throws RunBlocked: every verbale would stop there. */
export async function walkItem(
  world: TrialWorld,
  steps: readonly TrialStep[],
  item: { readonly key: string; readonly fields: Readonly<Record<string, unknown>> },
): Promise<Walked> {
  const data: Record<string, unknown> = { ...item.fields };
  const ran: string[] = [];
  const say = (walked: Pick<Walked, "end"> & Partial<Walked>): Walked => ({
    code: null,
    note: null,
    hint: null,
    bug: null,
    data,
    ran,
    ...walked,
  });
  for (const one of steps) {
    if (!isTried(one.step)) {
      if ("payment" in one.step.adds.properties)
        data["payment"] ??= inventPayment(data, world, one);
      continue;
    }
    if (!hasReads(one.step, data)) continue;
    try {
      const context = buildTrialContext(world, one);
      Object.assign(data, await runOnItem(one.step, { key: item.key, round: 1, data }, context));
      ran.push(one.entry.id);
    } catch (error) {
      if (error instanceof RunBlocked) throw error;
      if (error instanceof ItemRejected)
        return say({
          end: "rejected",
          code: error.code,
          note: error.finding,
          hint: error.hint ?? null,
        });
      if (error instanceof RetryLater)
        return say({
          end: "later",
          code: error.code,
          note: error.message,
          hint: error.hint ?? null,
        });
      return say({ end: "failed", bug: error });
    }
  }
  return say({ end: "through" });
}

/** It changes nothing outside, and is written for one verbale. */
export function isTried(step: Step): boolean {
  return step.kind === "item" && step.effect === "pure";
}

function hasReads({ reads }: Step, data: Readonly<Record<string, unknown>>): boolean {
  const required: readonly string[] = reads.required ?? [];
  return required.every((name) => data[name] !== undefined);
}

/** What the step would open, with codes of number zero; nothing where the verbale was not read. */
function inventPayment(
  { verbale }: Readonly<Record<string, unknown>>,
  { services }: TrialWorld,
  { entry }: TrialStep,
): Payment | undefined {
  if (verbale === undefined) return undefined;
  // The source checked it by its schema.
  const payment = buildWorthlessPayment(verbale as Verbale, services.ente);
  if (entry.with["discounted"] !== false) return payment;
  return { ...payment, options: payment.options.filter(({ kind }) => kind !== "discounted") };
}

/** The warnings that the steps left in the data. */
export function listWarnings(data: Readonly<Record<string, unknown>>): readonly string[] {
  const { validation } = data as { readonly validation?: Validation };
  return validation?.warnings ?? [];
}

/** The files that the steps made. */
export function listDocuments(data: Readonly<Record<string, unknown>>): readonly StoredArtifact[] {
  return (data["documents"] ?? []) as readonly StoredArtifact[];
}

/** The positions of the flusso that would be cancelled; their state where it may be asked and the payment system answers. */
export async function readOldPositions(
  world: TrialWorld,
  verbale: Verbale,
): Promise<readonly TrialPosition[]> {
  const found: TrialPosition[] = [];
  for (const posizione of verbale.posizioni ?? []) {
    const position = toOldPosition(posizione);
    const [name] = Object.values(position);
    if (name === undefined) continue;
    found.push({ name, state: world.asksOutside ? await askState(world, position) : null });
  }
  return found;
}

function toOldPosition({ iupd, idPendenza, numeroAvviso }: Posizione): OldPosition {
  const named = Object.entries({ iupd, idPendenza, noticeCode: numeroAvviso });
  return Object.fromEntries(
    named.flatMap(([name, value]) => ((value ?? "").trim() === "" ? [] : [[name, value?.trim()]])),
  ) as OldPosition;
}

async function askState(
  { services, signal }: TrialWorld,
  position: OldPosition,
): Promise<PositionState | null> {
  try {
    return await services.payments.inspect(position, signal);
  } catch (error) {
    // Nobody can tell now: the trial says that it was not asked.
    if (error instanceof RetryLater || error instanceof RunBlocked || error instanceof ItemRejected)
      return null;
    throw error;
  }
}
