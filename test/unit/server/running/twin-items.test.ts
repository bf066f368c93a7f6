/** A failed verbale that another run has at the same step is left to that run. */
import { afterEach, expect, test } from "bun:test";
import { ItemRejected, RetryLater } from "../../../../engine/host/errors.ts";
import { passOnCode } from "../../../../engine/host/error-codes.ts";
import { reopenItems } from "../../../../engine/run/reopen.ts";
import { openTwinSearch } from "../../../../server/running/twin-items.ts";
import { type EngineWorld, makeEngineWorld } from "../../../support/engine-world.ts";

let world: EngineWorld;
afterEach(async () => {
  await world.close();
});

const reason = (id: string): string =>
  `se ne sta già occupando il flusso ${id}, allo stesso punto: se non ci riesce, riprendere allora.`;

/** A run whose question failed, and what another one of that verbale came to; the reason why the first is left. */
async function judge(
  twin: "waits" | "waits before" | "is over" | "is refused",
  { ente = "prova", key = "v1" } = {},
): Promise<{ readonly told: string | null; readonly other: string }> {
  let verdict: "late" | "later" | "accepted" | "refused" = "late";
  const ask = (): { iun: string } => {
    if (verdict === "accepted") return { iun: "I" };
    if (verdict === "refused") throw new ItemRejected(passOnCode("REFUSED"), "Rifiutato.");
    throw new RetryLater("Non ancora.", { afterMs: 1_000, effect: "none" });
  };
  world = await makeEngineWorld({
    pure: {
      before: ({ data }) => {
        if ((data["row"] as { slow?: boolean }).slow === true)
          throw new RetryLater("Non ora.", { afterMs: 60_000 });
        return {};
      },
    },
    effects: { ask: { run: ask } },
  });
  const once = { uses: "ask", retry: { times: 0, waitMs: 1_000, maxWaitMs: 1_000 } };
  const failed = await world.create(["v1"], ["before", once]);
  expect((await world.drive(failed)).state).toBe("failed");
  if (twin === "is over") verdict = "accepted";
  if (twin === "is refused") verdict = "refused";
  const data = { slow: twin === "waits before" };
  const other = await world.create([key], ["before", "ask"], { ente, data });
  await world.drive(other);

  const leave = await openTwinSearch(world.journal, failed);
  const { left } = await reopenItems(world.journal, failed, {
    only: "failed",
    sourceFields: ["row"],
    leave,
  });
  return { told: left[0]?.reason ?? null, other: other.id };
}

test("one that waits at the same step goes on alone", async () => {
  const { told, other } = await judge("waits");

  expect(told).toBe(reason(other));
});

test.each([
  ["has not come so far", "waits before", {}],
  ["is over", "is over", {}],
  ["was refused", "is refused", {}],
  ["is of another ente", "waits", { ente: "altro" }],
  ["is another verbale", "waits", { key: "v2" }],
] as const)("one that %s is no reason", async (_, twin, which) => {
  const { told } = await judge(twin, which);

  expect(told).toBeNull();
});
