/** From what a step did with an item to the move that the journal records: the one place that decides an item's fate. */
import { backoffMs } from "./backoff.ts";
import { ItemRejected, messageOf, RetryLater, RunBlocked } from "./errors.ts";
import type { AttemptOutcome, EffectId, Move } from "./journal.ts";
import type { BoundStep, LiveItem, RunScope } from "./run-scope.ts";

/** Equal failures in a row that mean «a bug, stop»: more would only repeat it. */
const failuresToBlock = 5;

export interface EffectOf {
  readonly id: EffectId;
  readonly seals: boolean;
}

/** The item passed the step. `effect`: end it in the ledger too. */
export function doneMove(
  scope: RunScope,
  bound: BoundStep,
  live: LiveItem,
  fields: Readonly<Record<string, unknown>>,
  options: {
    readonly effect?: EffectOf;
    /** Absent: what the step says of itself. */
    readonly note?: string | null;
    readonly isAttempt: boolean;
  },
): Move {
  const faults = bound.faultsOf(fields);
  if (faults.length > 0)
    throw new Error(`step ${bound.entry.uses} added wrong fields: ${faults.join("; ")}`);
  const from = live.state;
  const number = live.tries + 1;
  const hasNew = Object.keys(fields).length > 0;
  if (hasNew) live.data = { ...live.data, ...fields };
  live.step += 1;
  live.state = live.step === scope.steps.length ? "done" : "pending";
  live.note = options.note === undefined ? (bound.step.note?.(fields) ?? null) : options.note;
  live.tries = 0;
  live.since = null;
  scope.failures = { signature: "", count: 0 };
  return {
    itemId: live.id,
    from,
    to: live.state,
    step: live.step,
    ...(hasNew ? { data: live.data } : {}),
    code: null,
    note: live.note,
    hint: null,
    dueAt: null,
    tries: 0,
    since: null,
    ...(options.isAttempt ? { attempt: attempt(bound, number, "done", null, null) } : {}),
    ...(options.effect === undefined
      ? {}
      : { effect: { ...options.effect, state: "done", fields } }),
    counted: { stepId: bound.entry.id, as: "done" },
  };
}

/** The item did not pass: rejected, waiting, failed, in doubt, or back to pending because the run is blocked. */
export function errorMove(
  scope: RunScope,
  bound: BoundStep,
  live: LiveItem,
  error: unknown,
  effect?: EffectOf,
): Move {
  const number = live.tries + 1;
  live.since ??= scope.clock.now();
  if (error instanceof ItemRejected) {
    const ended =
      effect === undefined ? {} : { effect: { ...effect, state: "rejected" as const, fields: {} } };
    return {
      ...off(bound, live, "rejected", number, error.code, error.message, error.hint ?? null),
      ...ended,
    };
  }
  if (error instanceof RunBlocked) {
    scope.blocked ??= error;
    return {
      ...stay(live, "pending", null),
      attempt: attempt(bound, number, "blocked", error.code, error.message),
    };
  }
  if (error instanceof RetryLater) return laterMove(scope, bound, live, error, effect);
  return bugMove(scope, bound, live, error);
}

function laterMove(
  scope: RunScope,
  bound: BoundStep,
  live: LiveItem,
  error: RetryLater,
  effect: EffectOf | undefined,
): Move {
  const { retry, withinMs } = bound.entry;
  const number = live.tries + 1;
  live.tries = number;
  const now = scope.clock.now();
  const since = live.since ?? now;
  const isOver = withinMs === null ? number > retry.times : now - since >= withinMs;
  const isUnknown = effect !== undefined && error.effect === "unknown";
  const undone =
    effect === undefined || isUnknown
      ? {}
      : { effect: { ...effect, state: "not-done" as const, fields: {} } };
  if (isOver && isUnknown)
    return off(
      bound,
      live,
      "in-doubt",
      number,
      error.code,
      `${error.message} Non si sa se l'operazione è avvenuta.`,
      error.hint ?? null,
    );
  if (isOver) {
    const note =
      withinMs === null
        ? `${error.message} Tentativi esauriti (${number}).`
        : `${error.message} Tempo scaduto.`;
    return {
      ...off(
        bound,
        live,
        "failed",
        number,
        error.code,
        note,
        error.hint ??
          "Riprendere il flusso quando il servizio risponde: postino resume --only failed.",
      ),
      ...undone,
    };
  }
  const wait = Math.max(
    error.afterMs ?? 0,
    error.afterMs === undefined ? backoffMs(retry, number, scope.random()) : 0,
  );
  const dueAt = withinMs === null ? now + wait : Math.min(now + wait, since + withinMs);
  return {
    ...stay(live, "waiting", dueAt),
    code: error.code,
    note: error.message,
    hint: error.hint ?? null,
    attempt: attempt(bound, number, "later", error.code, error.message),
    ...undone,
  };
}

function bugMove(scope: RunScope, bound: BoundStep, live: LiveItem, error: unknown): Move {
  const number = live.tries + 1;
  const signature = `${bound.entry.id}: ${messageOf(error)}`;
  scope.failures = {
    signature,
    count: scope.failures.signature === signature ? scope.failures.count + 1 : 1,
  };
  scope.log.error("step failed", { step: bound.entry.id, itemKey: live.key, error });
  if (scope.failures.count >= failuresToBlock)
    scope.blocked ??= new RunBlocked(
      "STEP_FAILING",
      `Il passo «${bound.entry.id}» fallisce sempre allo stesso modo.`,
      {
        hint: "È un difetto del programma o dell'ambiente: il dettaglio è nel registro (log). Corretta la causa, riprendere il flusso.",
        cause: error,
      },
    );
  live.tries = number;
  const note = `Errore imprevisto nel passo «${bound.entry.id}».`;
  if (scope.blocked !== null || number <= Math.min(2, bound.entry.retry.times)) {
    const dueAt = scope.clock.now() + backoffMs(bound.entry.retry, number, scope.random());
    return {
      ...stay(
        live,
        scope.blocked === null ? "waiting" : "pending",
        scope.blocked === null ? dueAt : null,
      ),
      code: "UNEXPECTED",
      note,
      hint: null,
      attempt: attempt(bound, number, "failed", "UNEXPECTED", messageOf(error)),
    };
  }
  return off(
    bound,
    live,
    "failed",
    number,
    "UNEXPECTED",
    note,
    "Il dettaglio è nel registro (log); corretta la causa: postino resume --only failed.",
  );
}

/** The item leaves the flow, for now or for good; its effect in the ledger stays as it is. */
export function off(
  bound: BoundStep,
  live: LiveItem,
  to: "rejected" | "failed" | "in-doubt",
  number: number,
  code: string,
  note: string,
  hint: string | null,
): Move {
  const outcome: AttemptOutcome = to === "in-doubt" ? "unknown" : to;
  const move: Move = {
    ...stay(live, to, null),
    code,
    note,
    hint,
    attempt: attempt(bound, number, outcome, code, note),
    ...(to === "in-doubt" ? {} : { counted: { stepId: bound.entry.id, as: to } }),
  };
  live.note = note;
  return move;
}

function stay(live: LiveItem, to: LiveItem["state"], dueAt: number | null): Move {
  const from = live.state;
  live.state = to;
  return {
    itemId: live.id,
    from,
    to,
    step: live.step,
    code: null,
    note: live.note,
    hint: null,
    dueAt,
    tries: live.tries,
    since: live.since,
  };
}

function attempt(
  bound: BoundStep,
  number: number,
  outcome: AttemptOutcome,
  code: string | null,
  note: string | null,
) {
  return { stepId: bound.entry.id, number, outcome, code, note };
}
