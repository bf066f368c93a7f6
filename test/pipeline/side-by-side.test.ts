/** import-iun beside send on the same ente, for a simulated day with random timing: both tell the same verdict of every verbale. */
import { expect, test } from "bun:test";
import type { ItemRow } from "../../engine/journal/items.ts";
import { createFakeClock, type FakeClock } from "../support/fake-clock.ts";
import { makeSendEngine, type SendEngine } from "../support/send-engine.ts";

const minute = 60_000;
const hour = 60 * minute;
const importIun = { uses: "import-iun", withinMs: 24 * hour };

/** Seeded, in [0, 1): mulberry32. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** All actors begin at once; time moves whenever all of those that are left sleep. */
async function passTime(
  clock: FakeClock,
  actors: readonly (() => Promise<readonly ItemRow[]>)[],
): Promise<readonly (readonly ItemRow[])[]> {
  const left = new Set(actors);
  const ends = actors.map((begin) => begin().finally(() => left.delete(begin)));
  const all = Promise.all(ends);
  void (async () => {
    while (left.size > 0) {
      await new Promise((resolve) => setImmediate(resolve));
      if (clock.sleepers >= left.size && clock.nextWake !== null)
        await clock.advance(clock.nextWake - clock.now());
    }
  })();
  return await all;
}

async function makeDay(seed: number, verdict: "accepted" | "refused" | "mixed") {
  const random = createRandom(seed);
  const clock = createFakeClock("2026-11-23T05:30:00Z");
  const validationMs = [25_000, 90_000, 7 * minute, 70 * minute][Math.floor(random() * 4)] ?? 0;
  const isRefused = (key: string): boolean =>
    verdict === "refused" || (verdict === "mixed" && Number(key.slice(2)) % 2 === 0);
  const engine = await makeSendEngine(4, {
    clock,
    simulator: { validationMs, capTable: [{ cap: "00118", locality: "ROMA", province: "RM" }] },
    between: async (_request, next) => await next(),
    change: (data) => {
      const { numero } = data["verbale"] as { numero: string };
      const validation = data["validation"] as { address: object };
      if (!isRefused(numero)) return data;
      return {
        ...data,
        validation: { ...validation, address: { ...validation.address, cap: "99999" } },
      };
    },
  });
  return { random, clock, engine, isRefused };
}

function begin(engine: SendEngine, clock: FakeClock, afterMs: number, uses: string[]) {
  return async () => {
    await clock.sleep(afterMs);
    const run = await engine.run([...uses, importIun]);
    return await engine.items(run);
  };
}

/** An hourly import-iun as it is shipped, some started by hand at any time, and the same flusso handed in again. */
async function runDay(seed: number, verdict: "accepted" | "refused" | "mixed") {
  const { random, clock, engine, isRefused } = await makeDay(seed, verdict);
  const sendAt = random() * hour;
  const hourly = Array.from({ length: 13 }, (_, index) => 45 * minute + index * hour);
  const byHand = Array.from({ length: 3 }, (_, index) =>
    index < 1 ? sendAt + random() * 30_000 : random() * 14 * hour,
  );
  const runs = await passTime(clock, [
    begin(engine, clock, sendAt, ["ready", "transmit"]),
    begin(engine, clock, sendAt + random() * 5 * hour, ["ready", "transmit"]),
    ...[...hourly, ...byHand].map((at) => begin(engine, clock, at, ["load-open-notifications"])),
  ]);
  const requests = engine.world.simulator.report().accepted;
  await engine.close();
  return { runs, isRefused, requests };
}

test.each([
  [1, "accepted"],
  [2, "accepted"],
  [3, "accepted"],
  [4, "accepted"],
  [5, "accepted"],
  [6, "accepted"],
  [7, "mixed"],
  [8, "mixed"],
  [9, "mixed"],
  [10, "refused"],
] as const)(
  "a day of seed %i, all %s: every run tells SEND's own verdict",
  async (seed, verdict) => {
    const { runs, isRefused, requests } = await runDay(seed, verdict);

    const items = runs.flat();
    const beside = runs.slice(2).flat();
    expect(beside.length).toBeGreaterThan(0);
    expect(requests).toBe(4);
    for (const { key, state, code } of items)
      if (isRefused(key))
        expect([key, state, code]).toEqual([key, "rejected", "NOT_VALID_ADDRESS"]);
      else expect([key, state, code === "ALREADY_SENT_OTHERWISE"]).toEqual([key, "done", false]);
    for (const key of new Set(items.map((item) => item.key))) {
      const iuns = items.filter((item) => item.key === key).map(({ data }) => data["iun"]);
      expect(new Set(iuns).size).toBe(1);
    }
  },
);
