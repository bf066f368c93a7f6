/** Data saved at a random moment of a flusso and put back: the same and a changed flusso after it; `scripts/restore-seeds.ts` plays more seeds. */
import { expect, test } from "bun:test";
import { playRestored } from "../support/restored-data.ts";

for (let seed = 1; seed <= 10; seed += 1)
  test(`seed ${seed}: nothing is notified twice, no notified code dies, no other document goes untold`, async () => {
    const { notified, secondNotifications, deadCodes, untold } = await playRestored(seed);

    expect({ notified, secondNotifications, deadCodes, untold }).toEqual({
      notified: 5,
      secondNotifications: 0,
      deadCodes: [],
      untold: [],
    });
  });
