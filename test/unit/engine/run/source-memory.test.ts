/** What a source may ask about earlier runs: open effects with all their rounds, and what was rejected with a code. */
import { afterEach, expect, test } from "bun:test";
import { passOnCode } from "../../../../engine/host/error-codes.ts";
import { ItemRejected } from "../../../../engine/host/errors.ts";
import type { EffectRow } from "../../../../engine/journal/ledger.ts";
import {
  type BoundStep,
  type RunScope,
  buildSourceContext,
} from "../../../../engine/run/run-scope.ts";
import { type EngineWorld, makeEngineWorld } from "../../../support/engine-world.ts";

let world: EngineWorld | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

/** A source over a ledger with these rows, in order of item and round. */
function sourceOver(rows: readonly (readonly [string, number])[]) {
  const pages: (string | null)[] = [];
  const effects = rows.map(([itemKey, round]) => ({
    itemKey,
    round,
    run: "r",
    at: "t",
    fields: {},
  }));
  const scope = {
    run: { ente: "prova", pipeline: "p", input: null },
    journal: {
      listOpenEffects: async (
        _ente: string,
        _done: string,
        _open: string,
        after: string | null,
        limit: number,
      ) => {
        pages.push(after);
        return effects
          .filter(({ itemKey }) => after === null || itemKey > after)
          .slice(0, limit) as unknown as readonly EffectRow[];
      },
    },
  } as unknown as RunScope;
  const { signal } = new AbortController();
  const bound = { scope, context: {} } as unknown as BoundStep;
  const context = buildSourceContext(bound, null, signal);
  return { context, pages };
}

test("an item whose rounds lie on both sides of a page's end comes with all of them", async () => {
  const rows: [string, number][] = [];
  for (let n = 0; n < 499; n += 1) rows.push([`v${String(n).padStart(4, "0")}`, 1]);
  rows.push(["v0499", 1], ["v0499", 2], ["v0500", 1]);
  const { context, pages } = sourceOver(rows);

  const seen: string[] = [];
  for await (const { itemKey, round } of context.openEffects("a", "b"))
    seen.push(`${itemKey} ${round}`);

  expect(seen).toHaveLength(502);
  expect(seen.slice(-3)).toEqual(["v0499 1", "v0499 2", "v0500 1"]);
  expect(pages).toEqual([null, "v0498", "v0500"]);
});

test("an open effect says when it was done", async () => {
  const { context } = sourceOver([["v1", 1]]);

  expect(await Array.fromAsync(context.openEffects("a", "b"))).toEqual([
    { itemKey: "v1", round: 1, runId: "r", at: "t", fields: {} },
  ]);
});

test("what runs of a pipeline rejected with a code is known by item and round", async () => {
  world = await makeEngineWorld({
    pure: {
      check: (item) => {
        if (item.key === "v1") throw new ItemRejected(passOnCode("PAID"), "Pagato.");
        if (item.key === "v2") throw new ItemRejected(passOnCode("OTHER"), "Altro.");
        return {};
      },
    },
  });
  const { journal } = world;
  await world.drive(await world.create(["v1", "v2", "v3"], ["check"]));
  await world.drive(await world.create(["v1"], ["check"], { ente: "altro" }));
  await journal.setRound("prova", "v1", 2);
  await world.drive(await world.create(["v1"], ["check"]));

  expect(await journal.listRejectedBefore("prova", "prova", "PAID")).toEqual(new Map([["v1", 2]]));
  expect(await journal.listRejectedBefore("altro", "prova", "PAID")).toEqual(new Map([["v1", 1]]));
  expect(await journal.listRejectedBefore("prova", "other", "PAID")).toEqual(new Map());
});
