/** The drill of the guide with PostgreSQL's own tools: a dump, work that goes on, a database that is lost, the dump put back: nothing is sent twice. */
import { afterAll, beforeAll, describe, expect } from "bun:test";
import { join } from "node:path";
import { testInOrder } from "../support/chapters.ts";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import {
  noPostgres,
  postgresFolder,
  type PostgresServer,
  startPostgres,
} from "../support/postgres.ts";
import { findProgram } from "../support/programs.ts";
import { makeVerbale } from "../support/verbali.ts";

/** The server's folder has its own, unless it is a bare server. */
function locateTool(name: string): string | null {
  const beside = Bun.which(name, { PATH: postgresFolder ?? "" });
  return beside ?? findProgram(name);
}

const tools = { dump: locateTool("pg_dump"), restore: locateTool("pg_restore") };
const missing =
  noPostgres !== "" || (tools.dump !== null && tools.restore !== null)
    ? noPostgres
    : " (skipped: pg_dump is not installed)";

describe.skipIf(missing !== "")(`pg_dump${missing}`, () => {
  let server: PostgresServer;
  let world: InstallationWorld;
  let env: { POSTINO_STORE: string };
  beforeAll(async () => {
    server = await startPostgres();
    world = await makeInstallationWorld();
    env = { POSTINO_STORE: await server.createDatabase() };
  });
  afterAll(async () => {
    await world.close();
    await server.stop();
  });

  const send = (name: string, numbers: readonly number[]) => {
    const lines = numbers.map((n) => JSON.stringify(makeVerbale(n, world.freshDay)));
    const input = world.file(name, lines.join("\n"));
    const words = ["run", "send", "--ente", "prova", "--input", input, "--json", "--wait", "10m"];
    return world.json(words, { env });
  };
  const call = (command: string, args: readonly string[]): void => {
    const { exitCode, stderr } = Bun.spawnSync([command, ...args]);
    expect([exitCode, stderr.toString()]).toEqual([0, ""]);
  };

  testInOrder("a database that was lost comes back from its dump", [
    [
      "it is dumped, and work goes on",
      async () => {
        const first = await send("prima.jsonl", [1, 2]);
        call(tools.dump ?? "", [
          "-Fc",
          "-f",
          join(world.folder, "postino.dump"),
          env.POSTINO_STORE,
        ]);
        const second = await send("seconda.jsonl", [3, 4]);

        expect([first.document.run.counts.done, second.document.run.counts.done]).toEqual([2, 2]);
        expect(world.report().send.accepted).toBe(4);
      },
    ],
    [
      "put back into an empty database it does not act before it was compared",
      async () => {
        env = { POSTINO_STORE: await server.createDatabase() };
        const dump = join(world.folder, "postino.dump");
        call(tools.restore ?? "", ["--no-owner", "-d", env.POSTINO_STORE, dump]);
        const stopped = await send("seconda.jsonl", [3, 4]);

        expect(stopped.code).toBe(5);
        expect(stopped.document.run.state).toBe("blocked");
        expect(world.report().send.accepted).toBe(4);
        const realigned = await world.postino(["realign", "--ente", "prova"], { env });
        expect(realigned.code).toBe(0);
        const resumed = await world.json(
          ["resume", stopped.document.run.id, "--json", "--wait", "10m"],
          { env },
        );

        expect(resumed.document.run.counts.total).toBe(2);
        const { accepted, requests } = world.report().send;
        expect([accepted, new Set(requests.map(({ protocol }) => protocol)).size]).toEqual([4, 4]);
      },
    ],
    [
      "what was sent before the dump is known, and new verbali go out",
      async () => {
        const again = await send("prima.jsonl", [1, 2]);
        const fresh = await send("nuova.jsonl", [5]);

        expect(again.document.run.counts.total).toBe(2);
        expect(fresh.document.run.counts.done).toBe(1);
        expect(world.report().send.accepted).toBe(5);
      },
    ],
  ]);
});
