/** The suite of dispatchers over pg-boss with two and three workers. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { testDispatcher } from "../support/dispatchers/suite.ts";
import { makeQueueWorld } from "../support/dispatchers/world.ts";
import { describePipeline } from "../support/hosts/scripted.ts";
import { makeHostsWorld } from "../support/hosts/world.ts";
import { noPostgres, type PostgresServer, startPostgres } from "../support/postgres.ts";

let server: PostgresServer;
beforeAll(async () => {
  if (noPostgres === "") server = await startPostgres();
});
afterAll(async () => {
  if (noPostgres === "") await server.stop();
});

// Where there are several hosts one may have what another lacks.
describe.skipIf(noPostgres !== "")(`pg-boss with workers that differ${noPostgres}`, () => {
  test("a run waits for a host that has its steps, and for one that has its skill", async () => {
    const world = await makeHostsWorld(server);
    const other = await world.start({ digest: "another", skills: [] });
    const unskilled = await world.start({ skills: [] });
    const skilled = await world.start({ skills: ["sign"] });
    const run = await world.create(describePipeline("prova", 10, { steps: ["mark", "join"] }));

    const ended = await world.drive(run, { skill: "sign" });

    expect(ended.state).toBe("completed");
    const pids = new Set(world.lines().map(({ pid }) => pid));
    expect(pids.has(other.pid)).toBe(false);
    const joiner = world.lines().find(({ step }) => step === "join")?.pid;
    expect([joiner === skilled.pid, joiner === unskilled.pid]).toEqual([true, false]);
    await world.close();
  }, 60_000);
});

for (const workers of [2, 3])
  testDispatcher(
    `pg-boss with ${workers} workers`,
    { kind: "queue", make: () => makeQueueWorld(server, workers) },
    noPostgres,
  );
