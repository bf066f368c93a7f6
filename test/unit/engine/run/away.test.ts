/** Steps that a run does without while their other side is away: the rest goes on, the ledger says that nothing was done, and the end of the run tells it. */
import { afterEach, describe, expect, test } from "bun:test";
import { Type } from "typebox";
import { passOnCode } from "../../../../engine/host/error-codes.ts";
import { RetryLater, RunBlocked } from "../../../../engine/host/errors.ts";
import type { WhenAway } from "../../../../engine/step/contract.ts";
import { createStepMakers, type Step } from "../../../../engine/step/step.ts";
import { type EngineWorld, makeEngineWorld, type Script } from "../../../support/engine-world.ts";

let world: EngineWorld;
afterEach(async () => {
  await world.close();
});

const { effectStep, pureStep, groupStep } = createStepMakers<object>();
const open = Type.Object({});
const common = { summary: "Prova", config: open, reads: open, adds: open, examples: ["{}"] };

const denied = new RunBlocked(passOnCode("ACCESS_DENIED"), "Il servizio rifiuta le credenziali.", {
  hint: { action: "resume", first: "Controllare la chiave." },
});
const silent = (effect: "none" | "unknown") =>
  new RetryLater("Il servizio non risponde.", { code: passOnCode("NO_ANSWER"), effect });

type Kind = "pure" | "keyed" | "group";

/** A step whose other side gives these faults in order, then works; every call is counted. */
function makeAway(kind: Kind, whenAway: WhenAway | undefined, faults: (Error | null)[]) {
  const asked: string[] = [];
  const call = (key: string) => {
    asked.push(key);
    const fault = faults.length > 1 ? faults.shift() : faults[0];
    if (fault) throw fault;
    return {};
  };
  const away = whenAway === undefined ? {} : { whenAway };
  const step: Record<Kind, () => Step> = {
    pure: () => pureStep({ ...common, ...away, run: ({ key }) => call(key) }),
    keyed: () =>
      effectStep({
        ...common,
        ...away,
        effect: "keyed",
        run: async ({ key }) => call(key),
        reconcile: async () => ({ status: "not-done" }),
      }),
    group: () =>
      groupStep({
        ...common,
        ...away,
        effect: "pure",
        runsEmpty: true,
        async *run(items) {
          call(`group of ${items.length}`);
          for (const item of items) yield { item, status: "done", fields: {} };
        },
      }),
  };
  return { asked, step: step[kind]() };
}

async function start(script: Script): Promise<void> {
  world = await makeEngineWorld(script);
}

describe("whoever refuses everybody", () => {
  test.each<[Kind, WhenAway, string, string, number]>([
    ["pure", "pass", "completed", "done", 1],
    ["keyed", "pass", "completed", "done", 1],
    ["group", "pass", "completed", "done", 1],
    ["pure", "leave", "failed", "failed", 1],
    ["keyed", "leave", "failed", "failed", 1],
    ["group", "leave", "failed", "failed", 1],
  ])(
    "%s, %s: the run goes on, and nobody else is sent there",
    async (kind, whenAway, state, item, calls) => {
      const away = makeAway(kind, whenAway, [denied]);
      await start({ steps: { away: away.step }, pure: { after: () => ({}) } });
      // Two chunks, one after the other.
      const run = await world.create(
        ["v1", "v2", "v3", "v4"],
        [{ uses: "away", concurrency: 1 }, "after"],
      );

      const ended = await world.drive(run);

      expect([ended.state, ended.code]).toEqual([state as typeof ended.state, "ACCESS_DENIED"]);
      expect(ended.reason).toStartWith("Il servizio rifiuta le credenziali.");
      expect((await world.items(run)).map((one) => one.state)).toEqual(
        Array.from({ length: 4 }, () => item as "done"),
      );
      // Chunks go side by side: each may have asked once before it knew.
      expect(away.asked.length).toBeLessThanOrEqual(calls + 1);
      expect(world.calls("after").run).toHaveLength(whenAway === "pass" ? 4 : 0);
    },
  );

  test("without leave to go on, the run is blocked as ever", async () => {
    const away = makeAway("keyed", undefined, [denied]);
    await start({ steps: { away: away.step } });

    expect((await world.drive(await world.create(["v1"], ["away"]))).state).toBe("blocked");
  });

  test("the end of the run says what waits, and nothing of a resume that would do nothing", async () => {
    const away = makeAway("keyed", "pass", [denied]);
    await start({ steps: { away: away.step } });

    const ended = await world.drive(await world.create(["v1"], ["away"]));

    expect(ended).toMatchObject({
      state: "completed",
      reason:
        "Il servizio rifiuta le credenziali. Ciò che ne ha bisogno attende il prossimo flusso; il resto è fatto.",
      hint: "Controllare la chiave.",
    });
  });
});

describe("whoever stays silent for all tries", () => {
  test.each<[Kind, "none" | "unknown"]>([
    ["pure", "none"],
    ["pure", "unknown"],
    ["keyed", "none"],
    ["keyed", "unknown"],
    ["group", "none"],
  ])("%s, effect %s: it is tried again, then the item goes on", async (kind, effect) => {
    const away = makeAway(kind, "pass", [silent(effect)]);
    await start({ steps: { away: away.step }, pure: { after: () => ({}) } });
    const run = await world.create(["v1"], ["away", "after"]);

    const ends: boolean[] = [];
    const driving = world.drive(run, { waitUntil: Infinity }).finally(() => ends.push(true));
    while (ends.length === 0) await world.clock.advance(2000);
    await driving;

    expect(away.asked).toHaveLength(3);
    expect((await world.journal.readRun(run.id))?.state).toBe("completed");
    expect(world.calls("after").run).toEqual(["v1"]);
  });
});

test("a group step whose run is not waited for gives up at once, for the next run", async () => {
  const group = makeAway("group", "pass", [silent("none")]);
  await start({ steps: { group: group.step } });

  const ended = await world.drive(await world.create(["v1"], ["group"]));

  expect([ended.state, ended.code, group.asked.length]).toEqual(["completed", "NO_ANSWER", 1]);
});

test.each([
  ["refused", denied],
  ["silent, and nobody knows what was done", silent("unknown")],
])("a later run does it again, whatever the ledger knows: %s", async (_title, fault) => {
  const away = makeAway("keyed", "pass", [fault, null]);
  await start({ steps: { away: away.step } });
  await world.drive(await world.create(["v1"], ["away"]));

  const ended = await world.drive(await world.create(["v1"], ["away"]));

  expect([ended.state, ended.code, away.asked]).toEqual(["completed", null, ["v1", "v1"]]);
});

test("a group step that is about more than its items runs without any", async () => {
  const group = makeAway("group", "pass", [null]);
  await start({ steps: { group: group.step } });

  const ended = await world.drive(await world.create([], ["group"]));

  expect([ended.state, group.asked]).toEqual(["completed", ["group of 0"]]);
});
