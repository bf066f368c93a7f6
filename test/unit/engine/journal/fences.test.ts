/** An answer about who owns what counts only while it is fresh. */
import { expect, test } from "bun:test";
import { askFresh, freshMs, runTakenError } from "../../../../engine/journal/fences.ts";

/** Each question takes as long as the next of `took`. */
function makeQuestion(took: readonly number[], takenAt = Number.POSITIVE_INFINITY) {
  let asked = 0;
  return {
    count: () => asked,
    ask: async (): Promise<void> => {
      asked += 1;
      if (asked >= takenAt) throw runTakenError("20261129-0001");
    },
    start: () => () => took[asked - 1] ?? 0,
  };
}

test.each([
  ["a quick one is believed", [20], 1],
  ["one on the edge is asked again", [freshMs, 20], 2],
  ["one from before a standstill is asked again", [600_000, 30], 2],
  ["a network that is slow for a while is waited for", [1_500, 2_000, 1_200, 900], 4],
])("%s", async (_, took, times) => {
  const question = makeQuestion(took);

  await askFresh(question.ask, question.start);

  expect(question.count()).toBe(times);
});

test("who stood still while another took over is told so, and not what it was told before", async () => {
  const question = makeQuestion([30_000, 10], 2);

  await expect(askFresh(question.ask, question.start)).rejects.toMatchObject({ code: "RUN_TAKEN" });
});

test("a database that never answers in time is away", async () => {
  const question = makeQuestion(Array<number>(1_000).fill(5_000));

  await expect(askFresh(question.ask, question.start)).rejects.toMatchObject({
    code: "DATABASE_AWAY",
  });
});
