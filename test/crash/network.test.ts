/** Three hosts and a database between which the network fails: one is cut off for longer than its lease, in each phase; what it missed it learns, and nothing goes out twice. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { systemClock } from "../../engine/host/clock.ts";
import { describePipeline } from "../support/hosts/scripted.ts";
import { type Host, type HostsWorld, makeHostsWorld } from "../support/hosts/world.ts";
import { openRoad, type Road } from "../support/network.ts";
import { noPostgres, type PostgresServer, startPostgres } from "../support/postgres.ts";

const count = 60;
/** Longer than the heartbeat of a task, and than it takes another host to have it. */
const cutMs = 14_000;

const phases = [
  ["while it reads the source and has the run", "rows", "cut"],
  ["while it sends", "send", "cut"],
  ["while it sends, and nobody is told", "send", "swallow"],
  ["behind the barrier, and nobody is told", "last", "swallow"],
] as const;

describe.skipIf(noPostgres !== "")(`a network that fails${noPostgres}`, () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => await server.stop());

  test("an answer from before a standstill counts for nothing: no call goes out after the takeover", async () => {
    await withWorld(server, async ({ world, road, url }) => {
      const still = await world.start({ width: 1, url });
      const run = await world.create(describePipeline("prova", count, { slowMs: 100 }));
      const driving = world.drive(run);
      await until(() => countLines(world, still, "send") > 0);
      // What the database says now is on its way while the process stands still.
      road.swallow(["back"]);
      await until(() => road.heldBack > 200);
      still.kill("SIGSTOP");
      road.heal();
      await world.start({ width: 2 });
      await driving;
      const before = world.lines();

      still.kill("SIGCONT");
      still.kill("SIGTERM");

      expect(await still.ended).toBe(0);
      expect(world.lines()).toEqual(before);
      expect(await readWhole(world)).toEqual(whole);
    });
  }, 60_000);

  // Side by side, for each waits as long as its cut lasts.
  test("one of three hosts is cut off in each phase, for longer than its lease", async () => {
    const found = await Promise.all(
      phases.map(([name, step, way]) =>
        withWorld(server, async ({ world, road, url }) => {
          const lonely = await world.start({ width: 3, url });
          const run = await world.create(describePipeline("prova", count, { slowMs: 120 }));
          const driving = world.drive(run);
          await until(() => countLines(world, lonely, step) > 0);
          await Promise.all([world.start(), world.start()]);

          if (way === "cut") road.cut();
          else road.swallow();
          const healing = systemClock.sleep(cutMs).then(() => road.heal());
          await driving;
          await healing;
          lonely.kill("SIGTERM");

          return [name, await lonely.ended, await readWhole(world)] as const;
        }),
      ),
    );

    expect(found).toEqual(phases.map(([name]) => [name, 0, whole] as const));
  }, 180_000);
});

interface Place {
  readonly world: HostsWorld;
  readonly road: Road;
  /** The database of the world, over the road. */
  readonly url: string;
}

async function withWorld<Result>(
  server: PostgresServer,
  work: (place: Place) => Promise<Result>,
): Promise<Result> {
  const world = await makeHostsWorld(server);
  const road = await openRoad(server.port);
  try {
    return await work({ world, road, url: world.url.replace(/:\d+\//, `:${road.port}/`) });
  } finally {
    await road.close();
    await world.close();
  }
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await systemClock.sleep(20);
}

function countLines(world: HostsWorld, host: Host, name: string): number {
  return world.lines().filter(({ step, pid }) => pid === host.pid && step === name).length;
}

const whole = { state: "completed", done: count, sent: count, keys: count, repeated: 0 };

/** Every item went out once, and nothing that was recorded was done again. */
async function readWhole(world: HostsWorld): Promise<unknown> {
  const [run] = await world.query("SELECT state, done FROM runs");
  const sent = world.lines().flatMap(({ step, key }) => (step === "send" ? [key] : []));
  const [repeated] = await world.query(
    "SELECT count(*)::int AS repeated FROM (SELECT 1 FROM attempts WHERE outcome = 'done' GROUP BY item, step HAVING count(*) > 1) r",
  );
  return { ...run, sent: sent.length, keys: new Set(sent).size, ...repeated };
}
