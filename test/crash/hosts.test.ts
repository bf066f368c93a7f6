/** Three workers on one database: one is killed with a chunk or the run in hand, the database is restarted, two flussi want one verbale; what every dispatcher keeps is in `dispatchers`. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { systemClock } from "../../engine/host/clock.ts";
import { describePipeline } from "../support/hosts/scripted.ts";
import { type Host, type HostsWorld, makeHostsWorld } from "../support/hosts/world.ts";
import { noPostgres, type PostgresServer, startPostgres } from "../support/postgres.ts";

const count = 60;

describe.skipIf(noPostgres !== "")(`workers on one database${noPostgres}`, () => {
  let server: PostgresServer;
  let world: HostsWorld;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => await server.stop());
  beforeEach(async () => {
    world = await makeHostsWorld(server);
  });
  afterEach(async () => await world.close());

  /** Every item went through every step, and nothing was done again that had been recorded. */
  async function expectOnce(): Promise<void> {
    const [run] = await world.query(
      "SELECT state, total, pending, waiting, done, rejected, failed, in_doubt FROM runs",
    );
    expect(run).toEqual({
      state: "completed",
      total: count,
      pending: 0,
      waiting: 0,
      done: count,
      rejected: 0,
      failed: 0,
      in_doubt: 0,
    });
    const counts = await world.query("SELECT step, done FROM step_counts ORDER BY step");
    expect(counts).toEqual(["join", "last", "mark", "send"].map((step) => ({ step, done: count })));
    const [{ repeated } = { repeated: null }] = await world.query(
      "SELECT count(*)::int AS repeated FROM (SELECT 1 FROM attempts WHERE outcome = 'done' GROUP BY item, step HAVING count(*) > 1) r",
    );
    expect(repeated).toBe(0);
    const sent = world.lines().filter(({ step }) => step === "send");
    expect(new Set(sent.map(({ key }) => key)).size).toBe(count);
    expect(sent.length).toBe(count);
    expect(await world.query("SELECT * FROM chunks")).toEqual([]);
    expect(await world.query("SELECT * FROM claims")).toEqual([]);
    expect(await world.query("SELECT * FROM tallies")).toEqual([]);
  }

  async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await isTrue())) await systemClock.sleep(50);
  }

  /** A worker that has a chunk in hand and has begun to send. */
  async function untilSending(hosts: readonly Host[]): Promise<Host> {
    for (;;) {
      const pid = world.lines().findLast(({ step }) => step === "send")?.pid;
      const host = hosts.find((one) => one.pid === pid);
      if (host !== undefined) return host;
      await systemClock.sleep(20);
    }
  }

  test("a run goes its whole way, shared by three", async () => {
    for (let index = 0; index < 3; index += 1) await world.start();
    const run = await world.create(describePipeline("prova", count, { slowMs: 20 }));

    const ended = await world.drive(run);

    expect(ended.state).toBe("completed");
    await expectOnce();
    const workers = new Set(world.lines().map(({ pid }) => pid));
    expect(workers.size).toBeGreaterThan(1);
  }, 60_000);

  test.each(["a chunk", "the run"] as const)(
    "a worker that is killed with %s in hand is replaced within 15 seconds, and nothing recorded is done again",
    async (inHand) => {
      const hosts = [await world.start(), await world.start(), await world.start()];
      const run = await world.create(describePipeline("prova", count, { slowMs: 150 }));
      const driving = world.drive(run);
      const sending = await untilSending(hosts);
      const joined = world.lines().find(({ step }) => step === "join");
      expect(joined).toBeUndefined();
      const [{ pid } = { pid: sending.pid }] =
        inHand === "a chunk" ? [] : await readCoordinator(hosts);
      const killed = hosts.find((host) => host.pid === pid) ?? sending;

      killed.kill("SIGKILL");
      const at = systemClock.now();
      await until(async () => (await readRetries()) > 0);
      const tookMs = systemClock.now() - at;
      await driving;

      expect(tookMs).toBeLessThan(15_000);
      await expectOnce();
    },
    90_000,
  );

  test("a transaction that stood still keeps nobody from its rows", async () => {
    const run = await world.create(describePipeline("prova", 1));
    const asked = "SELECT 1 AS one FROM runs FOR UPDATE";
    const first = Promise.withResolvers<void>();
    let tries = 0;
    const stuck = world.db.write(function* standStill() {
      yield [{ sql: asked, values: [], wants: "rows" }];
      tries += 1;
      first.resolve();
      // As a process that is stopped: nothing more is asked, and the transaction is open.
      if (tries === 1) {
        const until = performance.now() + 6_000;
        while (performance.now() < until) Bun.sleepSync(50);
      }
    });
    await first.promise;
    await stuck;

    expect(tries).toBe(2);
    expect((await world.journal.readRun(run.id))?.state).toBe("queued");
  }, 30_000);

  test("the database is restarted as by a power cut, twice", async () => {
    const hosts = [await world.start(), await world.start(), await world.start()];
    const run = await world.create(describePipeline("prova", count, { slowMs: 100 }));
    const driving = world.drive(run);
    await untilSending(hosts);

    await server.restart();
    const sent = world.lines().length;
    await until(() => world.lines().length > sent + 10);
    await server.restart();
    await driving;

    await expectOnce();
  }, 90_000);

  test("of two flussi that want the same verbali at once each verbale goes out once", async () => {
    for (let index = 0; index < 3; index += 1) await world.start();
    const spec = describePipeline("prova", count, { slowMs: 30 });
    const runs = [await world.create(spec), await world.create(spec)];

    const ended = await Promise.all(runs.map((run) => world.drive(run)));

    expect(ended.map(({ state }) => state)).toEqual(["completed", "completed"]);
    const sent = world.lines().filter(({ step }) => step === "send");
    expect([sent.length, new Set(sent.map(({ key }) => key)).size]).toEqual([count, count]);
    const held = await world.query(
      "SELECT count(*)::int AS rows, count(DISTINCT (name, place))::int AS places FROM holdings",
    );
    expect(held[0]).toEqual({ rows: count, places: count });
  }, 90_000);

  /** How often another attempt was begun. */
  async function readRetries(): Promise<number> {
    const [row] = await world.query(
      "SELECT COALESCE(sum(retry_count), 0)::int AS retries FROM postino_coda.job",
    );
    return (row as { retries: number }).retries;
  }

  /** Which process drives the run: it reads the source. */
  async function readCoordinator(hosts: readonly Host[]): Promise<readonly { pid: number }[]> {
    const line = world.lines().find(({ step }) => step === "rows");
    expect(hosts.map(({ pid }) => pid)).toContain(line?.pid ?? 0);
    return line === undefined ? [] : [line];
  }
});
