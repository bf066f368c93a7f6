/** What a source alone decides: how a run without further steps ends, and when it is loaded again. */
import { afterEach, describe, expect, test } from "bun:test";
import { Type } from "typebox";
import { passOnCode } from "../../../../engine/host/error-codes.ts";
import { ItemRejected, RetryLater } from "../../../../engine/host/errors.ts";
import type { SourceContext } from "../../../../engine/step/context.ts";
import type { SourceRow } from "../../../../engine/step/outcome.ts";
import { createStepMakers } from "../../../../engine/step/step.ts";
import { type EngineWorld, makeEngineWorld } from "../../../support/engine-world.ts";

const open = Type.Object({});
const { sourceStep } = createStepMakers<object>();

let world: EngineWorld;
afterEach(async () => {
  await world.close();
});

type Rows = AsyncIterable<SourceRow<object>>;

async function start(run: (ctx: SourceContext<unknown, unknown>) => Rows): Promise<void> {
  const spec = { summary: "Una sorgente di prova.", config: open, adds: open, examples: [] };
  world = await makeEngineWorld({
    steps: { given: sourceStep({ ...spec, run }) },
    pure: { next: () => ({}) },
  });
}

const retry = { times: 2, waitMs: 1_000, maxWaitMs: 10_000 };
const source = { id: "given", uses: "given", retry };

describe("a pipeline that is only a source ends", () => {
  const readable: SourceRow<object> = { key: "v1", fields: {} };
  const refused: SourceRow<object> = {
    key: "v2",
    rejected: new ItemRejected(passOnCode("BAD"), "Riga illeggibile."),
  };

  test.each([
    ["with nothing", [], "completed", { total: 0, done: 0, pending: 0, rejected: 0 }],
    ["with its rows done", [readable], "completed", { total: 1, done: 1, pending: 0, rejected: 0 }],
    [
      "with what it refused",
      [readable, refused],
      "completed-with-rejections",
      { total: 2, done: 1, pending: 0, rejected: 1 },
    ],
  ] as const)("%s", async (_how, rows, state, counts) => {
    await start(async function* () {
      yield* rows;
    });
    const run = await world.create([], [], { source });

    const ended = await world.drive(run);

    expect(ended).toMatchObject({ state, code: null, counts });
  });
});

describe("a source that says «later»", () => {
  async function startWithFailures(failures: number): Promise<{ readonly inputs: unknown[] }> {
    const inputs: unknown[] = [];
    await start(async function* ({ input, adopt }) {
      inputs.push(input?.name ?? null);
      if (input === null) await adopt("preso.csv", chunks());
      yield { key: "v1", fields: {} };
      if (inputs.length <= failures) throw new RetryLater("Il gestionale non risponde.");
      yield { key: "v2", fields: {} };
    });
    return { inputs };
  }

  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield new TextEncoder().encode("a;b\n");
  }

  test("rests as waiting, with the reason, and loads anew what it had taken", async () => {
    const { inputs } = await startWithFailures(1);
    const run = await world.create([], ["next"], { source });

    const rests = await world.drive(run);
    await world.clock.advance(1_000);
    const ended = await world.drive(run);

    expect(rests).toMatchObject({ state: "waiting", reason: "Il gestionale non risponde." });
    expect(ended).toMatchObject({ state: "completed", counts: { total: 2, done: 2 } });
    expect(inputs).toEqual([null, "preso.csv"]);
  });

  test.each([
    [0, "completed", 1, { total: 2, done: 2 }],
    [2, "completed", 3, { total: 2, done: 2 }],
    [3, "blocked", 3, { total: 0, done: 0 }],
  ] as const)(
    "%i times in a row, with two more tries, ends %s",
    async (failures, state, tries, counts) => {
      const { inputs } = await startWithFailures(failures);
      const run = await world.create([], ["next"], { source });

      const driving = world.drive(run, { waitUntil: Number.POSITIVE_INFINITY });
      for (let wait = 1; wait < tries; wait += 1) {
        await world.clock.untilAsleep();
        await world.clock.advance(2_000);
      }
      const ended = await driving;

      expect(inputs).toEqual([null, ...Array.from({ length: tries - 1 }, () => "preso.csv")]);
      expect(ended).toMatchObject({ state, counts });
      if (state === "blocked")
        expect(ended.reason).toBe(
          "Il gestionale non risponde. Il passo «given» ha esaurito i tentativi.",
        );
    },
  );
});
