/** From what a step did with an item to the move that the journal records: the one place that decides an item's fate. */
import { buildBugHint, keepBug, nameBug } from "../../host/bug-report.ts";
import { computeBackoffMs, triesOfBug } from "./backoff.ts";
import type { Outcome } from "../../step/outcome.ts";
import { countFailure, noteShared } from "./count-failure.ts";
import { type MoveEffect, buildEffect } from "../effects/effect-id.ts";
import type { Hint } from "../../host/hint.ts";
import { ItemRejected, messageOf, RetryLater, RunBlocked } from "../../host/errors.ts";
import type { AttemptOutcome, Move } from "../../journal/items.ts";
import { alreadySent, type BoundStep, isBeforeSeal, type LiveItem } from "../run-scope.ts";

/** The item passed the step. `effect`: end it in the ledger too. */
export function buildDoneMove(
  bound: BoundStep,
  live: Readonly<LiveItem>,
  fields: Readonly<Record<string, unknown>>,
  options: {
    readonly effect?: MoveEffect;
    /** Absent: what the step says of itself. */
    readonly note?: string | null;
    readonly isAttempt: boolean;
  },
): Move {
  const { scope } = bound;
  const faults = scope.findFaults(bound.step.adds, fields);
  if (faults.length > 0)
    throw new Error(`step ${bound.entry.uses} added wrong fields: ${faults.join("; ")}`);
  const step = live.step + 1;
  const hasNew = Object.keys(fields).length > 0;
  scope.failures = { signature: "", count: 0 };
  if (bound.step.seals && options.isAttempt) scope.sealed.add(live.id);
  const { effect, isAttempt } = options;
  return {
    itemId: live.id,
    itemKey: live.key,
    from: live.state,
    to: step === scope.steps.length ? "done" : "pending",
    step,
    ...(hasNew && { data: { ...live.data, ...fields } }),
    code: live.code === alreadySent ? alreadySent : null,
    note: options.note === undefined ? (bound.step.note?.(fields) ?? null) : options.note,
    hint: null,
    dueAt: null,
    tries: 0,
    since: null,
    ...(isAttempt && { attempt: buildAttempt(bound, live.tries + 1, "done", null, null) }),
    ...(effect !== undefined && { effect: { ...effect, state: "done", fields } }),
    counted: { stepId: bound.entry.id, as: "done" },
  };
}

/** The item did not pass: rejected, waiting, failed, in doubt, or back to pending because the run is blocked. */
export function buildErrorMove(
  bound: BoundStep,
  live: Readonly<LiveItem>,
  error: unknown,
  effect?: MoveEffect,
): Move {
  // The first try of the step begins the term of `within`.
  const move = judgeFailure(bound, live, error, effect);
  return {
    ...move,
    since: move.step === live.step ? (live.since ?? bound.scope.clock.now()) : null,
  };
}

function judgeFailure(
  bound: BoundStep,
  live: Readonly<LiveItem>,
  error: unknown,
  effect: MoveEffect | undefined,
): Move {
  const { scope } = bound;
  const number = live.tries + 1;
  if (error instanceof ItemRejected) {
    const { code, message: note, hint = null } = error;
    noteShared(scope, live, error);
    return {
      ...buildOffMove(bound, live, { to: "rejected", number, code, note, hint }),
      // In a round that is sealed already a refusal in the ledger would say that the sending came to nothing.
      ...buildEffectEnd(effect, isBeforeSeal(bound) ? "not-done" : "rejected"),
    };
  }
  if (error instanceof RunBlocked) {
    if (bound.step.whenAway !== undefined) {
      scope.away.set(bound.index, error);
      return buildAwayMove(bound, live, error, effect);
    }
    scope.blocked ??= error;
    return {
      ...buildStayMove(live, "pending"),
      attempt: buildAttempt(bound, number, "blocked", error.code, error.message),
    };
  }
  if (error instanceof RetryLater) return buildLaterMove(bound, live, error, effect);
  // The stop signal cut it off: no fault of the step. An intent stays, and is reconciled at the next start.
  if (scope.stop.aborted)
    return {
      ...buildStayMove(live, "pending"),
      attempt: buildAttempt(bound, number, "unknown", "INTERRUPTED", null),
    };
  return buildBugMove(bound, live, error);
}

function buildLaterMove(
  bound: BoundStep,
  live: Readonly<LiveItem>,
  error: RetryLater,
  effect: MoveEffect | undefined,
): Move {
  const { scope } = bound;
  const { retry, withinMs } = bound.entry;
  // A call that was not made, as its key pauses, is no attempt of this verbale.
  const number = live.tries + (error.code === "KEY_PAUSED" ? 0 : 1);
  const now = scope.clock.now();
  const since = live.since ?? now;
  const isOver = withinMs === null ? number > retry.times : now - since >= withinMs;
  // An effect that may have happened stays open in the ledger: only reconcile or a person may end it.
  const known = error.effect === "unknown" ? undefined : effect;
  const ended = { tries: number, ...buildEffectEnd(known, "not-done") };
  if (isOver && bound.step.whenAway !== undefined) return buildAwayMove(bound, live, error, known);
  if (isOver)
    return {
      ...buildGivenUpMove(bound, live, { number, error, isKnown: known === effect }),
      ...ended,
    };
  const backoff = computeBackoffMs(retry, number, scope.random());
  // Who asks to come back at once, again and again, must not use up the tries within seconds.
  const least = withinMs === null && number > 1 ? backoff : 0;
  const dueAt = now + Math.max(0, error.afterMs ?? backoff, least);
  return {
    ...buildStayMove(live, "waiting", Math.min(dueAt, since + (withinMs ?? Infinity))),
    ...ended,
    code: error.code,
    note: error.message,
    hint: error.hint ?? null,
    attempt: buildAttempt(bound, live.tries + 1, "later", error.code, error.message),
  };
}

/** The run does without the other side of this step; `effect`: its end in the ledger, where it is known. */
function buildAwayMove(
  bound: BoundStep,
  live: Readonly<LiveItem>,
  { code, message: note, hint }: RetryLater | RunBlocked,
  effect: MoveEffect | undefined,
): Move {
  const number = live.tries + 1;
  const ended = buildEffectEnd(effect, "not-done");
  if (bound.step.whenAway === "leave")
    return {
      ...buildOffMove(bound, live, { to: "failed", number, code, note, hint: hint ?? null }),
      ...ended,
    };
  const step = live.step + 1;
  return {
    ...buildStayMove(live, step === bound.scope.steps.length ? "done" : "pending"),
    ...ended,
    step,
    note,
    tries: 0,
    attempt: buildAttempt(bound, number, "later", code, note),
  };
}

interface LastTry {
  readonly number: number;
  readonly error: RetryLater;
  /** It certainly did nothing, or has no effect outside. */
  readonly isKnown: boolean;
}

/** No tries are left: `failed` where none did anything, `in-doubt` where the last one may have. */
function buildGivenUpMove(
  bound: BoundStep,
  live: Readonly<LiveItem>,
  { number, error, isKnown }: LastTry,
): Move {
  const { code, message } = error;
  const first = "Aspettare che il servizio risponda.";
  if (!isKnown)
    return buildOffMove(bound, live, {
      to: "in-doubt",
      number,
      code,
      note: `${message} Non si sa se l'operazione è avvenuta.`,
      hint: error.hint ?? {
        action: "resume",
        only: "in-doubt",
        first,
        after: "Prima di rifare qualcosa gli si chiede che cosa ne è stato.",
      },
    });
  const why = bound.entry.withinMs === null ? `Tentativi esauriti (${number}).` : "Tempo scaduto.";
  const hint = error.hint ?? { action: "resume", only: "failed", first };
  return buildOffMove(bound, live, { to: "failed", number, code, note: `${message} ${why}`, hint });
}

function buildBugMove(bound: BoundStep, live: Readonly<LiveItem>, error: unknown): Move {
  const { scope, entry } = bound;
  const number = live.tries + 1;
  const { id: item, key: itemKey, data } = live;
  const place = { run: scope.run.id, step: entry.id, item, itemKey, data };
  const report = keepBug(scope, "step failed", error, place);
  countFailure(bound, error, report);
  const code = "UNEXPECTED";
  const note = `Errore imprevisto nel passo «${bound.step.title ?? entry.id}» (${nameBug(error)}).`;
  const isBlocked = scope.blocked !== null;
  if (!isBlocked && number > Math.min(triesOfBug, entry.retry.times)) {
    const hint = buildBugHint(report, "failed");
    return {
      ...buildOffMove(bound, live, { to: "failed", number, code, note, hint }),
      tries: number,
    };
  }
  const dueAt = scope.clock.now() + computeBackoffMs(entry.retry, number, scope.random());
  return {
    ...(isBlocked ? buildStayMove(live, "pending") : buildStayMove(live, "waiting", dueAt)),
    tries: number,
    code,
    note,
    attempt: buildAttempt(bound, number, "failed", code, messageOf(error)),
  };
}

/** The move of an outcome that a step yielded. */
export function buildOutcomeMove(
  bound: BoundStep,
  live: Readonly<LiveItem>,
  outcome: Outcome<Record<string, unknown>>,
): Move {
  const hasEffect = bound.step.effect !== "pure";
  const effect = hasEffect ? buildEffect(bound, live) : undefined;
  if (outcome.status === "failed") return buildErrorMove(bound, live, outcome.error, effect);
  try {
    return buildDoneMove(bound, live, outcome.fields, {
      // A pure step leaves no trace of a try that passed at once.
      isAttempt: hasEffect || live.tries > 0,
      ...(effect === undefined ? {} : { effect }),
      ...(outcome.note === undefined ? {} : { note: outcome.note }),
    });
  } catch (error) {
    return buildErrorMove(bound, live, error);
  }
}

/** Certainly nothing was done: the item waits for its turn again, as if it had not begun. */
export function buildNotDoneMove(
  bound: BoundStep,
  live: Readonly<LiveItem>,
  options: { readonly code: string | null; readonly effect?: MoveEffect },
): Move {
  return {
    ...buildStayMove(live, "pending"),
    attempt: buildAttempt(bound, live.tries + 1, "not-done", options.code, null),
    ...buildEffectEnd(options.effect, "not-done"),
  };
}

/** An effect of an earlier round came to nothing; the item stays where it is. */
export function buildUndoneMove(live: Readonly<LiveItem>, effect: MoveEffect): Move {
  return { ...buildStayMove(live, "pending"), ...buildEffectEnd(effect, "not-done") };
}

/** The item leaves the flow, for now or for good; its effect in the ledger stays as it is. */
export function buildOffMove(
  bound: BoundStep,
  live: Readonly<LiveItem>,
  end: {
    readonly to: "rejected" | "failed" | "in-doubt";
    /** Which try it was. */
    readonly number: number;
    readonly code: string;
    readonly note: string;
    readonly hint: Hint | null;
  },
): Move {
  const { to, number, code, note, hint } = end;
  return {
    ...buildStayMove(live, to),
    code,
    note,
    hint,
    attempt: buildAttempt(bound, number, to === "in-doubt" ? "unknown" : to, code, note),
    ...(to === "in-doubt" ? {} : { counted: { stepId: bound.entry.id, as: to } }),
  };
}

/** The item stays at its step. */
export function buildStayMove(
  live: Readonly<LiveItem>,
  to: LiveItem["state"],
  dueAt: number | null = null,
): Move {
  return {
    itemId: live.id,
    itemKey: live.key,
    from: live.state,
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

function buildAttempt(
  bound: BoundStep,
  number: number,
  outcome: AttemptOutcome,
  code: string | null,
  note: string | null,
) {
  return { stepId: bound.entry.id, number, outcome, code, note };
}

function buildEffectEnd(
  effect: MoveEffect | undefined,
  state: "rejected" | "not-done",
): Pick<Move, "effect"> {
  return effect === undefined ? {} : { effect: { ...effect, state, fields: {} } };
}
