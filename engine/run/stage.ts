/** A stage: the item steps up to a barrier, walked in chunks side by side; waiting items leave their chunk and come back when due. */
import { runEffectStep } from "./effects/effect-step.ts";
import { recoverItems } from "./effects/recovery.ts";
import type { RetryLater, RunBlocked } from "../host/errors.ts";
import type { ItemState } from "../journal/states.ts";
import type { ItemFilter, ItemRow } from "../journal/items.ts";
import { findHoldBack, type HoldBack } from "./hold-back.ts";
import { addFailures } from "./moves/count-failure.ts";
import { runPureStep } from "./pure-step.ts";
import {
  type BoundStep,
  canGoOn,
  type Failures,
  type LiveItem,
  type RunScope,
} from "./run-scope.ts";

/** Steps between two barriers: `gate` asks a person before the first of them, `group` ends the stage. */
export interface Stage {
  /** From 0. */
  readonly place: number;
  readonly gate: BoundStep | null;
  readonly itemSteps: readonly BoundStep[];
  readonly group: BoundStep | null;
}

/** `through`: every live item is at the barrier; `waiting`: nothing is due before `dueAt`; `stopped`: blocked or asked to stop. */
export type StageEnd =
  | { readonly status: "through" }
  | { readonly status: "waiting"; readonly dueAt: number; readonly why?: RetryLater }
  | { readonly status: "stopped" };

/** A chunk as data: what another host needs to find its items. */
export interface Chunk {
  readonly runId: string;
  /** Place of its stage in the run. */
  readonly stage: number;
  /** Ids of its first and its last item. */
  readonly from: number;
  readonly to: number;
  /** Where not every item in between belongs to it. */
  readonly ids?: readonly number[];
}

/** What a chunk that was walked elsewhere found out of the whole run. */
export interface ChunkOutcome {
  readonly blocked: RunBlocked | null;
  readonly shared: RunBlocked | null;
  readonly away: ReadonlyMap<number, RunBlocked>;
  /** Equal failures in a row with which it ended. */
  readonly failures: Failures;
}

/** All went well, or nothing was walked. */
export const nothingFound: ChunkOutcome = {
  blocked: null,
  shared: null,
  away: new Map(),
  failures: { signature: "", count: 0 },
};

/** The chunk in this process. */
export interface ChunkHere {
  walk(): Promise<void>;
  /** False: what has not begun of it should not begin. */
  mayGoOn(): boolean;
}

export interface Dispatcher {
  /** Has the chunk walked, here or elsewhere; resolves when all that happened is durable, with what `here` cannot know of itself. */
  dispatch(chunk: Chunk, here: ChunkHere): Promise<ChunkOutcome | null>;
  /** Chunks side by side. */
  readonly width: number;
  /** Items per chunk. */
  readonly chunkSize: number;
}

/** Chunks in this process: 200 items each, four side by side. */
export function createDispatcher(
  options: { readonly width?: number; readonly chunkSize?: number } = {},
): Dispatcher {
  return {
    width: options.width ?? 4,
    chunkSize: options.chunkSize ?? 200,
    dispatch: async (_chunk, here) => {
      await here.walk();
      // Steps that never wait would keep timers, signals and the dashboard from their turn.
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
      return null;
    },
  };
}

/** Cuts the steps after the source into stages. */
export function splitIntoStages(steps: readonly BoundStep[]): readonly Stage[] {
  const stages: Omit<Stage, "place">[] = [];
  let gate: BoundStep | null = null;
  let itemSteps: BoundStep[] = [];
  for (const bound of steps.slice(1)) {
    if (bound.entry.approval) {
      if (itemSteps.length > 0 || gate !== null) stages.push({ gate, itemSteps, group: null });
      gate = bound;
      itemSteps = [];
    }
    if (bound.step.kind !== "group") {
      itemSteps.push(bound);
      continue;
    }
    stages.push({ gate, itemSteps, group: bound });
    gate = null;
    itemSteps = [];
  }
  if (itemSteps.length > 0) stages.push({ gate, itemSteps, group: null });
  return stages.map((stage, place) => ({ ...stage, place }));
}

/** Walks the items of the stage until nothing more can be done now. Throws what a chunk threw, when all chunks have ended. */
export async function runItemSteps(
  scope: RunScope,
  stage: Stage,
  dispatcher: Dispatcher,
): Promise<StageEnd> {
  if (stage.itemSteps.length === 0) return { status: "through" };
  const chunks = createChunks(scope, stage, dispatcher.chunkSize);
  const active = new Set<Promise<void>>();
  const failures: unknown[] = [];

  function startChunk(chunk: readonly LiveItem[]): void {
    const here: ChunkHere = {
      walk: () => walkChunk(scope, stage, chunk),
      mayGoOn: () => canGoOn(scope) && failures.length === 0,
    };
    const work = dispatcher
      .dispatch(describeChunk(scope, stage, chunk), here)
      .then((outcome) => takeOver(scope, outcome))
      .catch((error: unknown) => {
        failures.push(error);
      })
      .finally(() => {
        chunks.release(chunk);
        active.delete(work);
      });
    active.add(work);
  }

  for (;;) {
    while (canGoOn(scope) && failures.length === 0 && active.size < dispatcher.width) {
      const chunk = await chunks.take();
      if (chunk.length === 0) break;
      startChunk(chunk);
    }
    if (active.size === 0) break;
    await Promise.race(active);
  }
  if (failures.length > 0) throw failures[0];
  if (!canGoOn(scope)) return { status: "stopped" };
  // Of this stage: items that wait further on are no business of the steps before.
  const dueAt = await scope.journal.findEarliestDue(
    scope.run.id,
    stage.itemSteps.map((bound) => bound.index),
  );
  const held = await findHoldBack(scope, stage.itemSteps);
  if (!canGoOn(scope)) return { status: "stopped" };
  if (held !== null) {
    // What they wait for may be in another run.
    const lookAt = scope.clock.now() + heldMs;
    return { status: "waiting", dueAt: Math.min(dueAt ?? lookAt, lookAt), why: held.why };
  }
  return dueAt === null ? { status: "through" } : { status: "waiting", dueAt };
}

function describeChunk(scope: RunScope, { place }: Stage, items: readonly LiveItem[]): Chunk {
  const ids = items.map(({ id }) => id);
  const [from, to] = [Math.min(...ids), Math.max(...ids)];
  const isWhole = to - from + 1 === ids.length;
  return { runId: scope.run.id, stage: place, from, to, ...(isWhole ? {} : { ids }) };
}

/** What another host found out holds here too. */
function takeOver(scope: RunScope, outcome: ChunkOutcome | null): void {
  if (outcome === null) return;
  scope.blocked ??= outcome.blocked;
  scope.shared ??= outcome.shared;
  for (const [index, error] of outcome.away) scope.away.set(index, error);
  addFailures(scope, outcome.failures);
}

/** Walks a chunk that was handed over as data. Whoever had it before may have died: what it had begun is reconciled first. */
export async function walkHandedChunk(scope: RunScope, chunk: Chunk): Promise<ChunkOutcome> {
  const stage = splitIntoStages(scope.steps)[chunk.stage];
  if (stage === undefined) throw new RangeError(`run ${chunk.runId} has no stage ${chunk.stage}`);
  const {
    from,
    to,
    ids = Array.from({ length: to - from + 1 }, (_, place) => from + place),
  } = chunk;
  const steps = stage.itemSteps.map(({ index }) => index);
  const readItems = (states: readonly ItemState[]): Promise<readonly ItemRow[]> =>
    scope.journal.listItems(chunk.runId, { states, steps, ids, limit: ids.length });
  await recoverItems(scope, await readItems(["running"]));
  const now = scope.clock.now();
  const items = (await readItems(["pending", "waiting"])).filter(
    ({ dueAt }) => dueAt === null || dueAt <= now,
  );
  await walkChunk(scope, stage, items);
  const { blocked, shared, away, failures } = scope;
  return { blocked, shared, away, failures };
}

/** How often it is asked whether items that are held back may go. */
const heldMs = 60_000;

interface Chunks {
  /** The next items to work on, in file order, then those that are due; empty when there are none now. */
  take(): Promise<readonly LiveItem[]>;
  /** The chunk has ended: its items may be taken again. */
  release(chunk: readonly LiveItem[]): void;
}

function createChunks(scope: RunScope, stage: Stage, size: number): Chunks {
  const steps = stage.itemSteps.map((bound) => bound.index);
  const taken = new Set<number>();
  let cursor = 0;

  async function readPendingItems(): Promise<readonly ItemRow[]> {
    for (;;) {
      const rows = await readFreeItems({
        states: ["pending"],
        steps,
        afterId: cursor,
        limit: size,
      });
      cursor = rows.all.at(-1)?.id ?? cursor;
      if (rows.free.length > 0 || rows.all.length === 0) return rows.free;
    }
  }

  async function readDueItems(): Promise<readonly ItemRow[]> {
    const dueBy = scope.clock.now();
    const rows = await readFreeItems({
      states: ["waiting"],
      steps,
      dueBy,
      limit: size + taken.size,
    });
    return rows.free.slice(0, size);
  }

  /** `free`: those that no chunk has. One that was due is `pending` between two steps of its chunk; one that was read may leave its chunk before we look. */
  async function readFreeItems(filter: ItemFilter) {
    const before = new Set(taken);
    const all = await scope.journal.listItems(scope.run.id, filter);
    return { all, free: all.filter((row) => !before.has(row.id) && !taken.has(row.id)) };
  }

  /** Those past the hold, those that are due, and of those before it as many as may go: the cursor stays, for they come later. */
  async function readHeldItems(held: HoldBack): Promise<readonly ItemRow[]> {
    const states = ["pending"] as const;
    const past = steps.filter((step) => !held.steps.includes(step));
    const beyond = await readFreeItems({ states, steps: past, limit: size + taken.size });
    if (beyond.free.length > 0) return beyond.free.slice(0, size);
    const due = await readDueItems();
    if (due.length > 0 || taken.size > 0 || held.free === 0) return due;
    return (await readFreeItems({ states, steps: held.steps, limit: held.free })).free;
  }

  async function readNextItems(): Promise<readonly ItemRow[]> {
    const held = await findHoldBack(scope, stage.itemSteps);
    if (!canGoOn(scope)) return [];
    if (held !== null) return await readHeldItems(held);
    const ahead = await readPendingItems();
    return ahead.length > 0 ? ahead : await readDueItems();
  }

  return {
    async take() {
      const rows = await readNextItems();
      for (const row of rows) taken.add(row.id);
      return rows;
    },
    release(chunk) {
      for (const live of chunk) taken.delete(live.id);
    },
  };
}

/** Step by step inside a chunk; an item that left (waiting, rejected, failed) is not at the next step. */
async function walkChunk(scope: RunScope, stage: Stage, chunk: readonly LiveItem[]): Promise<void> {
  for (const bound of stage.itemSteps) {
    // `waiting` here means due: an item that became waiting in this walk stays at a step that the walk has left.
    const ready = chunk.filter(
      (live) => live.step === bound.index && (live.state === "pending" || live.state === "waiting"),
    );
    if (ready.length === 0) continue;
    if (!canGoOn(scope)) return;
    if (bound.step.effect === "pure") await runPureStep(bound, ready);
    else await runEffectStep(bound, ready);
  }
}
