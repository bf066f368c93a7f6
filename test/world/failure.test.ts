/** A failure is told so that a developer can play it again: seed, few faults, history in words, command. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { describeFailure } from "./failure.ts";
import { spreadSeeds, type SpreadOptions } from "./spread.ts";
import type { ToldSeed } from "./told.ts";

// A busy machine gives it a fraction of a core.
setDefaultTimeout(600_000);

const planted = "lost-reply-is-refusal";
const days = 3;

async function play(options: SpreadOptions): Promise<ToldSeed> {
  const told: ToldSeed[] = [];
  await spreadSeeds([9], (one) => void told.push(one), { days, planted, ...options });
  const [one] = told;
  if (one === undefined) throw new Error("nothing was told");
  return one;
}

test("of the faults of a seed that breaks one is left, and played alone it breaks the same", async () => {
  const found = await play({ shrinkRuns: 24 });
  const only = found.enough ?? [];
  const again = await play({ only: only.join("; ") });

  expect(found.broken?.invariant).toBe("due-lati");
  expect(found.faults.length).toBeGreaterThan(20);
  expect(only).toEqual(["lost-reply POST /send/delivery/v2.5/requests #3"]);
  expect(again.broken).toEqual(found.broken);
  const told = describeFailure(found, { days, bug: planted });
  expect(told).toContain("NON VALE «due-lati» nel seme 9: bastano 1 guasti di ");
  expect(told).toContain("POST /send/delivery/v2.5/requests: fatto, ma la risposta si perde");
  expect(told.split("\n").at(-1)).toBe(
    'Per rivederlo: bun run world --seed 9 --days 3 --bug lost-reply-is-refusal --only "lost-reply POST /send/delivery/v2.5/requests #3"',
  );
});
