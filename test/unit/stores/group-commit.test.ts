/** The group commit: several callers in one write, told after it, each of its own entry. */
import { describe, expect, spyOn, test } from "bun:test";
import { createGroupCommit } from "../../../stores/sql/group-commit.ts";

/** A queue whose groups are kept in memory; with `fails` every write throws, and one that holds «bad» always does. */
function makeQueue(maxRows = 3) {
  const groups: string[][] = [];
  const told: string[][] = [];
  const world = { groups, told, fails: false };
  const queue = createGroupCommit<string>({
    maxRows,
    maxMs: 1,
    write(group) {
      if (world.fails) throw new Error("disk full");
      if (group.includes("bad")) throw new Error("no row");
      groups.push([...group]);
    },
    announce: (group) => told.push([...group]),
  });
  return { ...queue, world };
}

describe("group commit", () => {
  test("entries wait for each other and are written together, in order", async () => {
    const { add, world } = makeQueue(100);

    const all = [add("a", 1), add("b", 1), add("c", 1)];
    expect(world.groups).toEqual([]);
    await Promise.all(all);

    expect(world.groups).toEqual([["a", "b", "c"]]);
    expect(world.told).toEqual([["a", "b", "c"]]);
  });

  test("a full group is written at once", () => {
    const { add, world } = makeQueue(3);

    void add("a", 1);
    void add("b", 1);
    expect(world.groups).toEqual([]);
    void add("c", 1);

    expect(world.groups).toEqual([["a", "b", "c"]]);
  });

  test("rows count, not callers: one large entry is a group of its own", () => {
    const { add, world } = makeQueue(3);

    void add("large", 3);
    void add("small", 1);

    expect(world.groups).toEqual([["large"]]);
  });

  test("nobody is told before the write", async () => {
    const { add, flush, world } = makeQueue(100);
    const order: string[] = [];

    const one = add("a", 1).then(() => order.push(`told after ${world.groups.length} write`));
    await Promise.resolve();
    expect(order).toEqual([]);
    void flush();
    await one;

    expect(order).toEqual(["told after 1 write"]);
  });

  test("a disk that fails rejects every caller of the group and none of the next", async () => {
    const { add, flush, world } = makeQueue(100);
    world.fails = true;
    const lost = [add("a", 1), add("b", 1)];
    void flush();
    world.fails = false;

    const results = await Promise.allSettled([...lost, add("c", 1)]);

    expect(results).toEqual([
      { status: "rejected", reason: new Error("disk full") },
      { status: "rejected", reason: new Error("disk full") },
      { status: "fulfilled", value: undefined },
    ]);
    expect(world.groups).toEqual([["c"]]);
    expect(world.told).toEqual([["c"]]);
  });

  test("an entry that cannot be written is rejected alone, the others of its group are written", async () => {
    const { add, world } = makeQueue(100);

    const results = await Promise.allSettled([add("a", 1), add("bad", 1), add("b", 1)]);

    expect(results).toEqual([
      { status: "fulfilled", value: undefined },
      { status: "rejected", reason: new Error("no row") },
      { status: "fulfilled", value: undefined },
    ]);
    expect(world.groups).toEqual([["a"], ["b"]]);
    expect(world.told).toEqual([["a"], ["b"]]);
  });

  test("an empty queue writes nothing", () => {
    const { flush, world } = makeQueue();

    void flush();

    expect(world.groups).toEqual([]);
  });

  describe("how long a group gathers follows from what writing costs", () => {
    /** A queue whose every write takes this long. */
    function makeSlowQueue(writeMs: number, maxMs: number) {
      const groups: string[][] = [];
      const { add } = createGroupCommit<string>({
        maxRows: 100,
        maxMs,
        write(group) {
          groups.push([...group]);
          const until = performance.now() + writeMs;
          while (performance.now() < until);
        },
        announce: () => {},
      });
      return { add, groups };
    }

    const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

    test("writes that cost nothing make nobody wait", async () => {
      const { add, groups } = makeSlowQueue(0, 3_600_000);

      for (const entry of ["a", "b", "c"]) await add(entry, 1);

      expect(groups).toEqual([["a"], ["b"], ["c"]]);
    });

    test("after a slow one the next group takes in what comes meanwhile", async () => {
      const { add, groups } = makeSlowQueue(5, 3_600_000);
      await add("a", 1);

      const b = add("b", 1);
      await wait(10);
      await Promise.all([b, add("c", 1)]);

      expect(groups).toEqual([["a"], ["b", "c"]]);
    });

    test("who was alone for three groups waits for nobody, until somebody comes", async () => {
      const { add } = makeSlowQueue(2, 3_600_000);
      const waits: number[] = [];
      const set = spyOn(globalThis, "setTimeout");
      for (const entry of ["a", "b", "c", "d"]) await add(entry, 1);
      await Promise.all([add("e", 1), add("f", 1)]);
      await add("g", 1);
      for (const [, ms] of set.mock.calls) waits.push(ms ?? 0);
      set.mockRestore();

      // The first knows no cost; d, and e with f, do not wait; g does again.
      expect(waits.map((ms) => ms >= 20)).toEqual([false, true, true, false, false, true]);
    });

    test("however slow, no group waits longer than the most", async () => {
      const { add } = makeSlowQueue(20, 1);
      const order: string[] = [];
      await add("a", 1);

      const later = wait(100).then(() => order.push("later"));
      await add("b", 1).then(() => order.push("b"));
      await later;

      expect(order).toEqual(["b", "later"]);
    });
  });
});
