/** Two senders at once, a notice code that is taken, the rate: what the fault matrix of test/pipeline does not play. */
import { expect, test } from "bun:test";
import type { Item } from "../../../engine/step/item.ts";
import { runOnItem, type Step } from "../../../engine/step/step.ts";
import { ItemRejected, messageOf, RetryLater, RunBlocked } from "../../../engine/host/errors.ts";
import transmit from "../../../steps/transmit.ts";
import { makeSend, settings, type World } from "../integrations/send/setup.ts";
import { contextOf, makeShelf, sendable } from "./sending.ts";

interface End {
  readonly state: "done" | "rejected" | "waiting";
  /** Codes of everything that was thrown on the way, in order. */
  readonly codes: readonly string[];
}

/** The engine's rules for one item at one step, in small: reconcile after a doubt, again after a wait, again once a block was mended. */
async function drive(
  step: Step,
  item: Item<Record<string, unknown>>,
  world: Pick<World, "send" | "clock">,
  shelf: ReturnType<typeof makeShelf>,
): Promise<End & { readonly fields: Record<string, unknown> }> {
  const ctx = contextOf(step, { send: world.send, clock: world.clock, shelf });
  const codes: string[] = [];
  let isInDoubt = false;
  for (let turn = 0; turn < 40; turn += 1)
    try {
      if (isInDoubt) {
        const found = await step.reconcile?.(item, ctx);
        if (found?.status === "done") return { state: "done", codes, fields: found.fields };
        isInDoubt = false;
      }
      const fields = (await runOnItem(step, item, ctx)) ?? {};
      return { state: "done", codes, fields };
    } catch (error) {
      if (error instanceof ItemRejected)
        return { state: "rejected", codes: [...codes, error.code], fields: {} };
      if (!(error instanceof RetryLater) && !(error instanceof RunBlocked))
        throw new Error(`a bug in turn ${turn}: ${messageOf(error)}`, { cause: error });
      codes.push(error.code);
      if (error instanceof RetryLater) {
        isInDoubt ||= error.effect === "unknown";
        world.clock.advance(error.afterMs ?? 1000);
      }
    }
  return { state: "waiting", codes, fields: {} };
}

test("a notice code that another notification holds rejects the verbale, and nothing is sent twice", async () => {
  const world = await makeSend();
  const shelf = makeShelf();
  await drive(transmit, sendable(shelf, 1), world, shelf);
  const { payment } = sendable(shelf, 1).data;

  const end = await drive(transmit, sendable(shelf, 2, { payment }), world, shelf);

  expect(end).toMatchObject({ state: "rejected", codes: ["NOTICE_CODE_IN_USE"] });
  expect(world.simulator.report().requests.map(({ protocol }) => protocol)).toEqual(["V-1"]);
});

test("two senders of the same verbale at once make one notification", async () => {
  const world = await makeSend();
  const shelf = makeShelf();
  const item = sendable(shelf, 1);
  const other = { send: world.client({}), clock: world.clock };

  const [first, second] = await Promise.all([
    drive(transmit, item, world, shelf),
    drive(transmit, item, other, shelf),
  ]);

  expect(first.fields["notification"]).toEqual(second.fields["notification"]);
  expect(world.simulator.report().accepted).toBe(1);
});

test("the rate is kept: never more than rate and burst in any second", async () => {
  const arrivals: number[] = [];
  const world: World = await makeSend({
    settings: { requestsPerSecond: 100 },
    between: async (_request, next) => {
      arrivals.push(world.clock.now());
      return await next();
    },
  });

  for (let index = 0; index < 1000; index += 1) await world.send.find(`V-${index}`, "t");

  const most = arrivals.map(
    (start) => arrivals.filter((at) => at >= start && at < start + 1000).length,
  );
  expect(Math.max(...most)).toBeLessThanOrEqual(110);
  expect((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThanOrEqual(9_800);
  expect(settings.requestsPerSecond).toBe(10_000);
});
