/** A replica takes the place of the database: with commits that wait for it hosts go on as if nothing had been; without them nobody acts before it was compared with the outside. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { systemClock } from "../../engine/host/clock.ts";
import { describePipeline } from "../support/hosts/scripted.ts";
import { makeHostsWorld } from "../support/hosts/world.ts";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { openRoad, type Road } from "../support/network.ts";
import {
  noPostgres,
  type PostgresReplica,
  type PostgresServer,
  startPostgres,
  startReplica,
} from "../support/postgres.ts";
import { makeVerbale } from "../support/verbali.ts";

const count = 60;

describe.skipIf(noPostgres !== "")(`a replica that is promoted${noPostgres}`, () => {
  let primary: PostgresServer;
  let replica: PostgresReplica;
  /** From the hosts to the database, and from the replica to the primary. */
  let road: Road;
  let streaming: Road;
  beforeEach(async () => {
    primary = await startPostgres();
    streaming = await openRoad(primary.port);
    replica = await startReplica(primary.port, streaming.port);
    road = await openRoad(primary.port);
  });
  afterEach(async () => {
    await road.close();
    await streaming.close();
    await replica.stop();
    await primary.stop().catch(() => {});
  });

  async function waitForReplica(url: string): Promise<void> {
    await primary.query(url, "ALTER SYSTEM SET synchronous_standby_names = '*'");
    await primary.query(url, "SELECT pg_reload_conf()");
    for (;;) {
      const [row] = await primary.query(url, "SELECT sync_state FROM pg_stat_replication");
      if (row?.["sync_state"] === "sync") return;
      await systemClock.sleep(50);
    }
  }

  /** The server is gone as by a power cut, its replica answers in its place, alone. */
  async function failOver(url: string): Promise<void> {
    primary.crash();
    replica.promote();
    const own = url.replace(/:\d+\//, `:${replica.port}/`);
    await replica.query(own, "ALTER SYSTEM SET synchronous_standby_names = ''");
    await replica.query(own, "SELECT pg_reload_conf()");
    road.redirect(replica.port);
  }

  test("three workers go on with it in the middle of a run, and nothing goes out twice", async () => {
    const world = await makeHostsWorld({
      ...primary,
      createDatabase: async () =>
        (await primary.createDatabase()).replace(/:\d+\//, `:${road.port}/`),
    });
    try {
      await waitForReplica(world.url.replace(/:\d+\//, `:${primary.port}/`));
      for (let index = 0; index < 3; index += 1) await world.start();
      const run = await world.create(describePipeline("prova", count, { slowMs: 120 }));
      const driving = world.drive(run);
      while (world.lines().filter(({ step }) => step === "send").length < 12)
        await systemClock.sleep(20);

      await failOver(world.url);
      const ended = await driving;

      expect([ended.state, ended.counts.done]).toEqual(["completed", count]);
      const sent = world.lines().flatMap(({ step, key }) => (step === "send" ? [key] : []));
      expect([sent.length, new Set(sent).size]).toEqual([count, count]);
    } finally {
      await world.close();
    }
  }, 60_000);

  describe("an installation", () => {
    let world: InstallationWorld;
    let url: string;
    let env: { readonly POSTINO_STORE: string };
    beforeEach(async () => {
      world = await makeInstallationWorld();
      url = await primary.createDatabase();
      env = { POSTINO_STORE: url.replace(/:\d+\//, `:${road.port}/`) };
    });
    afterEach(async () => await world.close());

    const send = (name: string, numbers: readonly number[]) => {
      const lines = numbers.map((n) => JSON.stringify(makeVerbale(n, world.freshDay)));
      const input = world.file(name, lines.join("\n"));
      const words = ["run", "send", "--ente", "prova", "--input", input, "--json", "--wait", "10m"];
      return world.json(words, { env });
    };

    test.each([
      ["that had not waited for it, and lost what was sent last", "lost"],
      ["that had not waited for it, and lost nothing", "kept"],
    ] as const)(
      "of a database %s, acts only after the comparison",
      async (_, tail) => {
        const first = await send("prima.jsonl", [1, 2]);
        if (tail === "lost") {
          await untilCaughtUp();
          streaming.cut();
        }
        const second = await send("seconda.jsonl", [3, 4]);
        if (tail === "kept") await untilCaughtUp();
        await failOver(url);

        const stopped = await send("terza.jsonl", [3, 4, 5]);
        const before = world.report().send.accepted;
        const own = url.replace(/:\d+\//, `:${replica.port}/`);
        const [blocked] = await replica.query(own, "SELECT code FROM runs WHERE state = 'blocked'");
        const realigned = await world.postino(["realign", "--ente", "prova"], { env });
        const resumed = await world.json(
          ["resume", stopped.document.run.id, "--json", "--wait", "10m"],
          { env },
        );

        expect([first.code, second.code, stopped.code, realigned.code]).toEqual([0, 0, 5, 0]);
        expect([stopped.document.run.state, before]).toEqual(["blocked", 4]);
        expect(blocked).toEqual({ code: "JOURNAL_RESTORED" });
        expect(resumed.document.run.counts.total).toBe(3);
        const { accepted, requests } = world.report().send;
        const protocols = new Set(requests.map(({ protocol }) => protocol));
        expect([accepted, requests.length, protocols.size]).toEqual([5, 5, 5]);
      },
      60_000,
    );

    test("of a database that had waited for it goes on without a question", async () => {
      await waitForReplica(url);
      const first = await send("prima.jsonl", [1, 2]);
      await failOver(url);

      const second = await send("seconda.jsonl", [1, 2, 3]);

      expect([first.code, second.code]).toEqual([0, 0]);
      expect(second.document.run.counts.done).toBe(3);
      expect(world.report().send.accepted).toBe(3);
    }, 60_000);

    async function untilCaughtUp(): Promise<void> {
      const asked =
        "SELECT count(*)::int AS behind FROM pg_stat_replication WHERE replay_lsn < pg_current_wal_lsn()";
      for (;;) {
        const [row] = await primary.query(url, asked);
        if (row?.["behind"] === 0) return;
        await systemClock.sleep(50);
      }
    }
  });
});
