/** A few kills in each way of working that no other test kills at random; `bun scripts/kills.ts all 40` is for the nights. */
import { expect, test } from "bun:test";
import { playKills } from "../support/kills.ts";

test.each([["upload", 5]] as const)(
  "%s: killed on its way, nothing is lost and nothing is there twice (seed %i)",
  async (kind, seed) => {
    const { hits, faults } = await playKills(kind, { kills: 1, seed, verbali: 3 });

    expect(faults).toEqual([]);
    expect(hits).toBeGreaterThanOrEqual(1);
  },
);
