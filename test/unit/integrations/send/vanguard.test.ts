/** The first request goes alone: who stops the run stops it once, anything else lets the others go. */
import { expect, test } from "bun:test";
import { ItemRejected, RetryLater, RunBlocked } from "../../../../engine/host/errors.ts";
import { createVanguard } from "../../../../integrations/send/client/vanguard.ts";

const blocked = new RunBlocked("SEND_GROUP_UNKNOWN", "Nessuno passa.", { hint: "Correggere." });

function begin(outcome: Error | null) {
  const vanguard = createVanguard();
  const gate = Promise.withResolvers<void>();
  let begun = 0;
  const work = async (): Promise<string> => {
    begun += 1;
    const isFirst = begun === 1;
    await gate.promise;
    if (isFirst && outcome !== null) throw outcome;
    return "done";
  };
  const all = Array.from({ length: 5 }, () => vanguard(work).catch((error: unknown) => error));
  return { all, gate, vanguard, work, countBegun: () => begun };
}

test("while the first is out no other begins", async () => {
  const { all, gate, countBegun } = begin(null);
  await Bun.sleep(0);
  expect(countBegun()).toBe(1);

  gate.resolve();

  expect(await Promise.all(all)).toEqual(["done", "done", "done", "done", "done"]);
  expect(countBegun()).toBe(5);
});

test("where the first stops the run the others stop with it, and the next to come is the first", async () => {
  const { all, gate, vanguard, work, countBegun } = begin(blocked);
  gate.resolve();

  expect(await Promise.all(all)).toEqual([blocked, blocked, blocked, blocked, blocked]);
  expect(countBegun()).toBe(1);
  expect(await vanguard(work)).toBe("done");
});

test.each([
  [
    "a verbale of its own fault",
    new ItemRejected("FIELD_TOO_LONG", "Manca il CAP.", { hint: "Correggere." }),
  ],
  [
    "a SEND that is away",
    new RetryLater("Non risponde.", { code: "UPLOAD_WITHOUT_VERSION", effect: "none" }),
  ],
  ["a bug", new Error("x")],
] as const)("%s holds no other up", async (_what, error) => {
  const { all, gate, countBegun } = begin(error);
  gate.resolve();

  expect(await Promise.all(all)).toEqual([error, "done", "done", "done", "done"]);
  expect(countBegun()).toBe(5);
});

test("who is called off while waiting begins nothing", async () => {
  const { all, gate, vanguard, work, countBegun } = begin(null);
  const calledOff = new AbortController();
  const late = vanguard(work, calledOff.signal).catch((error: unknown) => error);
  calledOff.abort(new Error("called off"));
  gate.resolve();

  expect(await late).toMatchObject({ message: "called off" });
  await Promise.all(all);
  expect(countBegun()).toBe(5);
});
