/** Everything that the driving of one run shares: its steps, its journal, its stop signal, and the contexts handed to steps. */
import type { AttemptCalls, CallBook } from "../host/calls.ts";
import type { ErrorCode } from "../host/error-codes.ts";
import type { ArtifactStore } from "../host/artifacts.ts";
import type { StoredArtifact } from "../host/files.ts";
import type { ResolvedStep } from "../step/resolved-step.ts";
import type { Claim, Claims } from "./claims.ts";
import type { Clock } from "../host/clock.ts";
import type {
  Answer,
  Ask,
  EffectContext,
  GroupContext,
  SourceContext,
  StepContext,
} from "../step/context.ts";
import type { EarlierEffect, Item, OpenEffect } from "../step/item.ts";
import type { Step } from "../step/step.ts";
import { computeEffectKey } from "../journal/digest.ts";
import type { ReportBug } from "../host/bug-report.ts";
import { passCrashpoint } from "../host/crashpoint.ts";
import type { RunBlocked } from "../host/errors.ts";
import type { ItemRow, Move } from "../journal/items.ts";
import type { Journal } from "../journal/journal.ts";
import type { Run } from "../journal/runs.ts";
import type { Logger } from "../host/logger.ts";

/** A step entry bound to its code, in its run. `index` counts from 0; 0 is the source. */
export interface BoundStep {
  readonly scope: RunScope;
  readonly index: number;
  readonly entry: ResolvedStep;
  readonly step: Step;
  readonly context: StepContext<unknown, unknown>;
}

/** True for a step that a sealing one follows: what it refuses is no verdict on anything that was sealed before. */
export function isBeforeSeal(bound: BoundStep): boolean {
  return bound.scope.steps.slice(bound.index + 1).some(({ step }) => step.seals);
}

/** The code of an item that another run had sent. */
export const alreadySent: ErrorCode = "ALREADY_SENT";

/** An item while a chunk works on it; the journal's row follows it, never the other way round. */
export type LiveItem = { -readonly [Field in keyof ItemRow]: ItemRow[Field] };

/** Thrown by `ask` when no answer is at hand: the run waits for a person. */
export class AskPending extends Error {
  readonly ask: Ask;

  constructor(ask: Ask) {
    super("waiting for a person");
    this.name = "AskPending";
    this.ask = ask;
  }
}

export interface RunScope {
  readonly run: Run;
  readonly steps: readonly BoundStep[];
  readonly journal: Journal;
  readonly artifacts: ArtifactStore;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly reportBug: ReportBug;
  /** What this drive asks of the outside, item by item. */
  readonly calls: CallBook;
  /** Aborted: take no new work, finish what is under way. */
  readonly stop: AbortSignal;
  /** Due items are waited for until then, milliseconds since the epoch. */
  readonly waitUntil: number;
  /** A run that was stopped looks interrupted, so that the next start takes it up by itself. */
  readonly isResumedAtStart: boolean;
  /** Answers at hand, by step id; taken once. */
  readonly answers: Map<string, Answer>;
  /** Answers that a step has taken and may still be reading, by step id. */
  readonly taken: Map<string, Answer>;
  /** Faults of a value by a schema of a step; empty when it fits. */
  readonly findFaults: (schema: object, value: unknown) => readonly string[];
  /** Shared by all runs that may be under way. */
  readonly claims: Claims;
  /** Throws RunBlocked when the data folder has no room for so many bytes, those of so many items. */
  readonly assertRoom: (bytes: number, items: number) => Promise<void>;
  /** Another run would find something to load. */
  readonly announceMore: (names: readonly string[]) => void;
  /** Set once by the first RunBlocked; no new work starts after it. */
  blocked: RunBlocked | null;
  /** A refusal of the other side that would meet every item: what has not gone out is kept from it. */
  shared: RunBlocked | null;
  /** Steps whose other side refuses everybody, by index, and that the run does without. */
  readonly away: Map<number, RunBlocked>;
  /** Items that were sealed in this drive. */
  readonly sealed: Set<number>;
  /** Equal failures in a row, for the «five in a row» rule. */
  failures: Failures;
}

/** Equal failures in a row. */
export interface Failures {
  /** Tells them from others; no word of what was thrown, which may hold data of a person. */
  readonly signature: string;
  readonly count: number;
  /** Id of the step entry that failed, and the class of what it threw. */
  readonly step?: string;
  readonly bug?: string;
  /** The last of them; `undefined` where another host met it. */
  readonly error?: unknown;
}

/** Whether the run may take up more work. */
export function canGoOn(scope: RunScope): boolean {
  return scope.blocked === null && !scope.stop.aborted;
}

/** Writes the moves down, and lets their items follow. Besides a move only an intent and a new round change a live item. */
export async function recordMoves(
  scope: RunScope,
  moved: readonly (readonly [LiveItem, Move])[],
): Promise<void> {
  if (moved.length === 0) return;
  for (const [live, { to, step, code, note, tries, since, round, data }] of moved)
    Object.assign(live, {
      state: to,
      step,
      code,
      note,
      tries,
      since,
      round: round ?? live.round,
      data: data ?? live.data,
    } satisfies Partial<LiveItem>);
  const moves = moved.map(([live, move]) => addCalls(move, scope.calls.take(live.key)));
  await scope.journal.record(scope.run.id, { moves });
}

/** They lie with the attempt that they belong to, in the row that its end writes anyway. */
function addCalls(move: Move, calls: AttemptCalls | null): Move {
  const { attempt } = move;
  return attempt === undefined || calls === null
    ? move
    : { ...move, attempt: { ...attempt, calls } };
}

/** Moves on their way to the disk, side by side. */
export interface Recorder {
  add(live: LiveItem, move: Move): void;
  /** How many were added since all of them were waited for. */
  readonly open: number;
  /** Resolves when all are durable; rejects with what kept one from it. */
  settle(): Promise<void>;
}

/** Nothing recorded yet. */
export function createRecorder(scope: RunScope): Recorder {
  let open: Promise<void>[] = [];
  return {
    add(live, move) {
      const recorded = recordMoves(scope, [[live, move]]);
      // Whoever settles is told, which may be much later.
      recorded.catch(() => {});
      open.push(recorded);
    },
    get open() {
      return open.length;
    },
    async settle() {
      const all = open;
      open = [];
      await Promise.all(all);
    },
  };
}

/** The items, as the run takes them in hand. */
export function buildClaim({ run }: RunScope, items: readonly LiveItem[]): Claim {
  return { ente: run.ente, itemKeys: items.map(({ key }) => key), runId: run.id };
}

/** What a step sees of a live item. */
export function toItem(live: LiveItem): Item<unknown> {
  return { key: live.key, round: live.round, data: live.data };
}

/** The context of an effect step; `earlier` is looked up beforehand for the items at hand. */
export function buildEffectContext(
  bound: BoundStep,
  earlier: ReadonlyMap<string, readonly EarlierEffect[]>,
  signal: AbortSignal = bound.context.signal,
): EffectContext<unknown, unknown> {
  return {
    ...bound.context,
    signal,
    idempotencyKey: (item, uses = bound.entry.uses) =>
      computeEffectKey(bound.scope.run.ente, uses, item.key, item.round),
    earlier: (item) => earlier.get(item.key) ?? [],
  };
}

/** The context of a group step. */
export function buildGroupContext(
  bound: BoundStep,
  earlier: ReadonlyMap<string, readonly EarlierEffect[]>,
  options: {
    readonly signal: AbortSignal;
    readonly intend: (items: readonly Item<unknown>[]) => Promise<void>;
  },
): GroupContext<unknown, unknown> {
  const { scope } = bound;
  const { signal, intend } = options;
  return {
    ...buildEffectContext(bound, earlier, signal),
    async intend(items) {
      assertInTime(scope, signal);
      await intend(items);
    },
    ask: async (ask) => takeAnswer(bound, ask),
    async attachToRun(artifact: StoredArtifact) {
      assertInTime(scope, signal);
      await scope.journal.addFile(scope.run.id, artifact);
    },
  };
}

/** Throws what cut the attempt off: code that goes on behind its timeout writes nothing any more. */
function assertInTime({ stop }: RunScope, signal: AbortSignal): void {
  if (!stop.aborted) signal.throwIfAborted();
}

/** The answer at hand for this step, once; otherwise AskPending. */
function takeAnswer<Kind extends Ask["kind"]>(
  { scope, entry }: BoundStep,
  ask: Ask & { readonly kind: Kind },
): Extract<Answer, { kind: Kind }> {
  const answer = scope.answers.get(entry.id);
  scope.answers.delete(entry.id);
  if (answer !== undefined) scope.taken.set(entry.id, answer);
  if (answer === undefined || answer.kind !== ask.kind) throw new AskPending(ask);
  return answer as Extract<Answer, { kind: Kind }>;
}

/** The step has ended with the answer that it took, if it took one: what was kept for it goes. */
export async function endAnswer({ scope, entry }: BoundStep): Promise<void> {
  const answer = scope.taken.get(entry.id);
  scope.taken.delete(entry.id);
  if (answer !== undefined) await releaseAnswer(answer);
}

/** Removes what was kept on disk for an answer; nothing for those that are only words. */
export async function releaseAnswer(answer: Answer): Promise<void> {
  if (answer.kind === "files") await answer.release?.();
}

/** The context of a source. */
export function buildSourceContext(
  bound: BoundStep,
  input: Run["input"],
  signal: AbortSignal,
): SourceContext<unknown, unknown> {
  const { scope } = bound;
  const { journal, run, artifacts } = scope;
  const told: string[] = [];
  return {
    ...bound.context,
    signal,
    input: input === null ? null : { name: input.name, artifact: input },
    async adopt(name, chunks) {
      const artifact = await artifacts.putStream(name, chunks);
      assertInTime(scope, signal);
      await journal.patchRun(run.id, { input: artifact });
      passCrashpoint("inbox-after-adopt");
      return { name, artifact };
    },
    async tell(sentence) {
      told.push(sentence);
      await journal.patchRun(run.id, { note: told.join(" ") });
    },
    announceMore: scope.announceMore,
    openEffects: (doneStep, openStep) => readOpenEffects(scope, doneStep, openStep),
    rejectedBefore: (code) => journal.listRejectedBefore(run.ente, run.pipeline, code),
  };
}

const effectsPerPage = 500;

/** All open effects of the ente, page by page; every round of an item, also where a page ends between two. */
async function* readOpenEffects(
  { journal, run }: RunScope,
  doneStep: string,
  openStep: string,
): AsyncIterable<OpenEffect> {
  let after: string | null = null;
  for (;;) {
    const page = await journal.listOpenEffects(run.ente, doneStep, openStep, after, effectsPerPage);
    const last = page.at(-1)?.itemKey;
    // The last item of a full page may have more rounds: it begins the next page.
    const isCut = page.length === effectsPerPage && page[0]?.itemKey !== last;
    const whole = isCut ? page.filter(({ itemKey }) => itemKey !== last) : page;
    for (const { itemKey, round, run: runId, at, fields } of whole)
      yield { itemKey, round, runId, at, fields };
    after = whole.at(-1)?.itemKey ?? null;
    if (after === null) return;
  }
}
