/** `timeout:` bounds one attempt of every kind of step. */
import { afterEach, describe, expect, test } from "bun:test";
import { Type } from "typebox";
import type { Item } from "../../../../engine/step/item.ts";
import type { Outcome } from "../../../../engine/step/outcome.ts";
import { createStepMakers, type Step } from "../../../../engine/step/step.ts";
import type { Run } from "../../../../engine/journal/runs.ts";
import { type EngineWorld, makeEngineWorld } from "../../../support/engine-world.ts";

const { sourceStep, pureStep, effectStep, groupStep } = createStepMakers<object>();
const open = Type.Object({});
const spec = { summary: "slow", config: open, reads: open, adds: open, examples: [] };
const notDone = { status: "not-done" } as const;

let world: EngineWorld;
afterEach(() => world.close());

/** The signal of each try. */
type Signals = AbortSignal[];

const timeoutMs = 20_000;

/** Drives the run until its step hangs, and lets the time pass. */
async function driveUntilLate(run: Run, hasHung: () => boolean): Promise<Run> {
  const driving = world.drive(run);
  while (!hasHung()) await new Promise((resolve) => setImmediate(resolve));
  await world.clock.untilAsleep();
  await world.clock.advance(timeoutMs);
  return await driving;
}

/** v2 never ends in its first try, and does not mind its signal; all else ends at once. */
async function linger(item: Item<unknown>, signal: AbortSignal, seen: Signals): Promise<void> {
  if (item.key !== "v2") return;
  seen.push(signal);
  if (seen.length === 1) await new Promise(() => {});
}

async function* endEachSlowly(
  items: readonly Item<unknown>[],
  signal: AbortSignal,
  seen: Signals,
): AsyncGenerator<Outcome<object>> {
  for (const item of items) {
    await linger(item, signal, seen);
    yield { item, status: "done", fields: {} };
  }
}

interface Case {
  readonly kind: string;
  readonly makeStep: (seen: Signals) => Step;
  /** What the journal says once the time is up. */
  readonly late: { readonly state: string; readonly code: string };
  readonly items: readonly (readonly [string, string])[];
}

const waits = { state: "waiting", code: "TIMEOUT" };
const itself = [
  ["v1", "done"],
  ["v2", "waiting"],
  ["v3", "done"],
] as const;

const cases: readonly Case[] = [
  {
    kind: "a pure step",
    makeStep: (seen) =>
      pureStep({ ...spec, run: (item, { signal }) => linger(item, signal, seen).then(() => ({})) }),
    late: waits,
    items: itself,
  },
  {
    kind: "an effect step",
    makeStep: (seen) =>
      effectStep({
        ...spec,
        effect: "keyed",
        run: (item, { signal }) => linger(item, signal, seen).then(() => ({})),
        reconcile: async () => notDone,
      }),
    late: waits,
    items: itself,
  },
  {
    kind: "an effect step for several at once",
    makeStep: (seen) =>
      effectStep({
        ...spec,
        effect: "once",
        runMany: { atOnce: 3, run: (items, { signal }) => endEachSlowly(items, signal, seen) },
        reconcile: async () => notDone,
      }),
    late: waits,
    // v3 is in the same call, behind the one that hangs.
    items: [
      ["v1", "done"],
      ["v2", "waiting"],
      ["v3", "waiting"],
    ],
  },
  {
    kind: "a pure group step",
    makeStep: (seen) =>
      groupStep({
        ...spec,
        effect: "pure",
        run: (items, { signal }) => endEachSlowly(items, signal, seen),
      }),
    late: waits,
    items: [
      ["v1", "done"],
      ["v2", "pending"],
      ["v3", "pending"],
    ],
  },
  {
    kind: "a group step with an effect",
    makeStep: (seen) =>
      groupStep({
        ...spec,
        effect: "once",
        async *run(items, ctx) {
          await ctx.intend(items);
          yield* endEachSlowly(items, ctx.signal, seen);
        },
        reconcile: async () => notDone,
      }),
    late: waits,
    // Their intents stand: the next try asks what became of them.
    items: [
      ["v1", "done"],
      ["v2", "running"],
      ["v3", "running"],
    ],
  },
];

describe("a step that hangs is cut off after its timeout and tried again:", () => {
  test.each(cases)("$kind", async ({ makeStep, late, items }) => {
    const seen: Signals = [];
    world = await makeEngineWorld({ steps: { slow: makeStep(seen) } });
    const run = await world.create(["v1", "v2", "v3"], [{ id: "slow", timeoutMs }]);

    const cutOff = await driveUntilLate(run, () => seen.length === 1);
    const states = (await world.items(run)).map(({ key, state }) => [key, state]);
    const wasAborted = seen.map((signal) => signal.aborted);
    await world.clock.advance(1_000);
    const ended = await world.drive(run);

    expect(cutOff).toMatchObject(late);
    expect(states).toEqual(items.map((item) => [...item]));
    expect(wasAborted).toEqual([true]);
    expect(ended).toMatchObject({ state: "completed", counts: { done: 3 } });
  });

  test("a source, whose run is blocked and loads anew when it is resumed", async () => {
    let tries = 0;
    const slow = sourceStep({
      ...spec,
      async *run({ signal }) {
        tries += 1;
        yield { key: "v1", fields: {} };
        if (tries === 1) await new Promise(() => signal.addEventListener("abort", () => {}));
        yield { key: "v2", fields: {} };
      },
    });
    world = await makeEngineWorld({ steps: { slow }, pure: { next: () => ({}) } });
    const source = { id: "slow", uses: "slow", timeoutMs };
    const run = await world.create([], ["next"], { source });

    const late = await driveUntilLate(run, () => tries === 1);
    const ended = await world.drive(run);

    expect(late).toMatchObject({ state: "blocked", code: "TIMEOUT", counts: { total: 0 } });
    expect(late.reason).toBe("Il passo «slow» non ha risposto entro il tempo previsto.");
    expect(ended).toMatchObject({ state: "completed", counts: { total: 2, done: 2 } });
  });

  test("a question to the other side, which leaves the effect as unknown as it was", async () => {
    let asked = 0;
    const slow = effectStep({
      ...spec,
      effect: "once",
      run: (item, { signal }) => linger(item, signal, seen).then(() => ({})),
      async reconcile() {
        asked += 1;
        return asked === 1 ? await new Promise<never>(() => {}) : notDone;
      },
    });
    const seen: Signals = [];
    world = await makeEngineWorld({ steps: { slow } });
    const run = await world.create(["v2"], [{ id: "slow", timeoutMs }]);

    await driveUntilLate(run, () => seen.length === 1);
    await world.clock.advance(1_000);
    const late = await driveUntilLate(run, () => asked === 1);
    await world.clock.advance(2_000);
    const ended = await world.drive(run);

    expect(late).toMatchObject(waits);
    expect(asked).toBe(2);
    expect(ended).toMatchObject({ state: "completed", counts: { done: 1 } });
  });

  test("a group step whose tries are used up blocks the run", async () => {
    const slow = groupStep({
      ...spec,
      effect: "pure",
      async *run(items) {
        await new Promise(() => {});
        for (const item of items) yield { item, status: "done", fields: {} };
      },
    });
    world = await makeEngineWorld({ steps: { slow } });
    const retry = { times: 1, waitMs: 0, maxWaitMs: 0 };
    const run = await world.create(["v1"], [{ id: "slow", timeoutMs, retry }]);

    const driving = world.drive(run);
    await world.clock.untilAsleep();
    await world.clock.advance(timeoutMs);
    await world.clock.untilAsleep();
    await world.clock.advance(timeoutMs);
    const ended = await driving;

    expect(ended).toMatchObject({ state: "blocked", code: "TIMEOUT", counts: { pending: 1 } });
  });
});

test("what a group step does after it was cut off leaves no trace", async () => {
  let late: Promise<unknown> = Promise.resolve();
  const { promise: isOver, resolve: wake } = Promise.withResolvers<void>();
  const slow = groupStep({
    ...spec,
    effect: "once",
    async *run(items, ctx) {
      await isOver;
      late = Promise.allSettled([
        ctx.intend(items),
        ctx.attachToRun({ name: "late.zip", sha256: "0".repeat(64), bytes: 1 }),
      ]);
      for (const item of items) yield { item, status: "done", fields: {} };
    },
    reconcile: async () => notDone,
  });
  world = await makeEngineWorld({ steps: { slow } });
  const run = await world.create(["v1"], [{ id: "slow", timeoutMs }]);

  await driveUntilLate(run, () => true);
  wake();
  await isOver;
  await Promise.resolve();
  const outcomes = await late;

  expect(outcomes).toMatchObject([{ status: "rejected" }, { status: "rejected" }]);
  expect((await world.items(run)).map(({ state }) => state)).toEqual(["pending"]);
  expect(await world.journal.listFiles(run.id)).toEqual([]);
});
