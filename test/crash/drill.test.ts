/** The drill of the technician's guide, step by step with the guide's own commands: from one machine to PostgreSQL and three workers, one of them killed, and the backup put back. */
import { afterAll, beforeAll, describe, expect } from "bun:test";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { testInOrder } from "../support/chapters.ts";
import {
  type InstallationWorld,
  makeInstallationWorld,
  type Started,
} from "../support/installation-world.ts";
import { noPostgres, type PostgresServer, startPostgres } from "../support/postgres.ts";
import { verbaliLines } from "../support/verbali.ts";

const count = 6;

/** Commands between backticks, in the order in which the guide gives them. */
function readDrill(): readonly string[] {
  const guide = readFileSync(resolve(import.meta.dir, "../../docs/it/guida-tecnico.md"), "utf8");
  const [, drill = ""] = guide.split("**La prova**");
  const steps = drill.slice(0, drill.indexOf("\n### "));
  return [...steps.matchAll(/`([^`]*\bpostino [a-z][^`]*)`/g)].map(([, words = ""]) => words);
}

describe.skipIf(noPostgres !== "")(`the drill of the guide${noPostgres}`, () => {
  let server: PostgresServer;
  let world: InstallationWorld;
  let database: string;
  let elsewhere: string;
  let workers: Started[] = [];

  beforeAll(async () => {
    server = await startPostgres();
    world = await makeInstallationWorld();
    database = await server.createDatabase();
    elsewhere = join(world.folder, "altrove");
  });
  afterAll(async () => {
    for (const worker of workers) worker.kill("SIGKILL");
    for (const worker of workers) await worker.ended;
    await world.close();
    await server.stop();
  });

  const [backUp = "", copy = "", work = "", go = "", restore = "", realign = "", ...more] =
    readDrill();

  /** The words of a command of the guide, with the names of this world. */
  function fillIn(command: string): string[] {
    const [, words = ""] = /\bpostino (.*)$/.exec(command) ?? [];
    return words.split(" ").map((word) => {
      if (word === "prima.tar") return join(world.folder, "prima.tar");
      if (word.startsWith("sqlite:")) return `sqlite:${join(world.dataFolder, "postino.sqlite")}`;
      if (word.startsWith("postgres:")) return database;
      if (word === "flusso.csv") return join(world.folder, "secondo.jsonl");
      return word;
    });
  }

  function countOpen(): { readonly accepted: number; readonly open: number } {
    const { send, gpd } = world.report();
    const open = gpd.positions.filter(({ status }) => status === "VALID").length;
    return { accepted: send.accepted, open };
  }

  testInOrder(
    "from one machine to three workers, and back",
    [
      [
        "the guide names these commands",
        async () => {
          const first = [backUp, copy, work, go, restore, realign].map(
            (command) => /\bpostino ([a-z]+)/.exec(command)?.[1],
          );
          expect([first, more]).toEqual([
            ["backup", "store", "worker", "run", "restore", "realign"],
            [],
          ]);
        },
      ],
      [
        "one machine sends a flusso; its backup",
        async () => {
          const input = world.file("primo.jsonl", verbaliLines(count, world.freshDay));
          const words = ["run", "send", "--ente", "prova", "--input", input, "--json"];
          const sent = await world.json([...words, "--wait", "5m"]);
          const backup = await world.postino(fillIn(backUp));

          expect([sent.code, sent.document.run.counts.done]).toEqual([0, count]);
          expect([backup.code, backup.stderr]).toEqual([0, ""]);
        },
      ],
      [
        "its journal goes into the database, where the flusso is told as before",
        async () => {
          const copied = await world.postino(fillIn(copy));
          const runs = await world.postino(["runs"], { env: { POSTINO_STORE: database } });

          expect([copied.code, copied.stderr]).toEqual([0, expect.stringContaining("runs: 1\n")]);
          expect(runs.stdout).toMatch(/-0001 +prova +send +Completato /);
        },
      ],
      [
        "three workers, one killed on the way: the flusso ends, each verbale once",
        async () => {
          world.file("secondo.jsonl", verbaliLines(count, world.freshDay, count + 1));
          const env = { POSTINO_STORE: database };
          const dying = { ...env, POSTINO_CRASH_AT: "after-effect:2" };
          workers = [dying, env, env].map((each) => world.start(fillIn(work), { env: each }));
          await Promise.all(workers.map((worker) => worker.until("worker is there")));
          const running = world.json([...fillIn(go), "--json"], { env });
          const { code, document } = await running;
          const [killed, ...others] = workers;
          // It may not have got a chunk: then it is killed idle, and the others did all.
          killed?.kill("SIGKILL");
          for (const worker of others) worker.kill("SIGTERM");
          const ended = await Promise.all(workers.map((worker) => worker.ended));

          expect({ code, counts: document.run.counts }).toMatchObject({
            code: 0,
            counts: { total: count, done: count },
          });
          expect(countOpen()).toEqual({ accepted: 2 * count, open: 2 * count });
          expect(ended.map((one) => one.signal ?? one.code)).toEqual(["SIGKILL", 0, 0]);
        },
      ],
      [
        "the backup is put back elsewhere, and sends nothing before it has asked",
        async () => {
          const env = { POSTINO_STORE: "", POSTINO_DATA: elsewhere };
          const restored = await world.postino(fillIn(restore), { env });
          const input = join(world.folder, "secondo.jsonl");
          const words = ["run", "send", "--ente", "prova", "--input", input, "--json"];
          const early = await world.json(words, { env });
          const realigned = await world.postino([...fillIn(realign), "--ente", "prova"], { env });
          const later = await world.json(["resume", early.document.run.id, "--json"], { env });

          expect([restored.code, restored.stderr]).toEqual([0, ""]);
          expect([early.code, early.document.run.state]).toEqual([5, "blocked"]);
          expect(realigned.code).toBe(0);
          // SEND was asked: what went out from the database is taken for what it is, and none goes again.
          expect(later.document.run.counts).toMatchObject({ total: count, done: count });
          expect(countOpen()).toEqual({ accepted: 2 * count, open: 2 * count });
        },
      ],
    ],
    120_000,
  );
});
