/** The product on three workers: a flusso to its end, a worker that dies on the way, settings that are wrong. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type InstallationWorld,
  makeInstallationWorld,
  type Started,
} from "../support/installation-world.ts";
import { noPostgres, type PostgresServer, startPostgres } from "../support/postgres.ts";
import { verbaliLines } from "../support/verbali.ts";

const count = 12;

describe.skipIf(noPostgres !== "")(`postino worker${noPostgres}`, () => {
  let server: PostgresServer;
  let world: InstallationWorld;
  let env: Readonly<Record<string, string>>;
  let workers: Started[] = [];
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => await server.stop());
  beforeEach(async () => {
    world = await makeInstallationWorld();
    env = { POSTINO_STORE: await server.createDatabase() };
    workers = [];
  });
  afterEach(async () => {
    for (const worker of workers) worker.kill("SIGKILL");
    for (const worker of workers) await worker.ended;
    await world.close();
  });

  async function startWorker(words: readonly string[] = [], more: Record<string, string> = {}) {
    const worker = world.start(["worker", ...words], { env: { ...env, ...more } });
    workers.push(worker);
    await worker.until("worker is there");
    return worker;
  }

  async function runToEnd() {
    const input = world.file("flusso.jsonl", verbaliLines(count, world.freshDay));
    const words = ["run", "send", "--ente", "prova", "--input", input, "--json", "--wait", "5m"];
    return await world.json(words, { env });
  }

  function expectOnce(): void {
    const { send, gpd } = world.report();
    const open = gpd.positions.filter(({ status }) => status === "VALID");
    expect([send.accepted, open.length, gpd.positions.length]).toEqual([count, count, count]);
  }

  test("a flusso goes its whole way on the workers, whose drivers have the key, and they leave when told", async () => {
    await startWorker(["--without", "sign"]);
    await startWorker();

    const { code, document } = await runToEnd();

    expect({ code, counts: document.run.counts }).toMatchObject({
      code: 0,
      counts: { done: count },
    });
    expectOnce();
    for (const worker of workers) worker.kill("SIGTERM");
    const ended = await Promise.all(workers.map((worker) => worker.ended));
    expect(ended.map((one) => one.code)).toEqual([0, 0]);
    expect(ended[0]?.stdout).toContain("Mi fermo appena concluso");
    expect(ended[0]?.stderr).not.toContain("run rests");
    expect(ended[1]?.stderr).toContain("run rests");
  }, 60_000);

  test("a worker that dies between an effect and its record leaves it to another, which asks first", async () => {
    const dying = await startWorker([], { POSTINO_CRASH_AT: "after-effect:3" });
    const running = runToEnd();
    const killed = await dying.ended;
    await startWorker();

    const { code, document } = await running;

    expect(killed.signal).toBe("SIGKILL");
    expect({ code, counts: document.run.counts }).toMatchObject({
      code: 0,
      counts: { done: count },
    });
    expectOnce();
  }, 90_000);

  test("every file of the inbox has its run, though workers read them", async () => {
    await startWorker();
    const inbox = join(world.dataFolder, "inbox", "prova");
    mkdirSync(inbox, { recursive: true });
    const lines = verbaliLines(3, world.freshDay).trim().split("\n");
    for (const [index, line] of lines.entries())
      writeFileSync(join(inbox, `${index}.jsonl`), `${line}\n`);

    const ended = await world.postino(["run", "send", "--ente", "prova", "--wait", "5m"], { env });

    expect(ended.code).toBe(0);
    expect(world.report().send.accepted).toBe(3);
    expect(readdirSync(inbox).filter((name) => name.endsWith(".jsonl"))).toEqual([]);
  }, 90_000);

  test.each([
    [["worker"], { POSTINO_STORE: "" }, 5, "deve stare in PostgreSQL"],
    [["worker", "--width", "0"], {}, 2, "--width vuole un numero da 1 a 64"],
    [["worker", "--without", "firma"], {}, 2, "--without vuole sign, non «firma»"],
  ] as const)("`%s` with %p is told what is wrong", async (words, wrong, code, told) => {
    const ended = await world.postino([...words], { env: { ...env, ...wrong } });

    expect(ended.stderr).toContain(told);
    expect(ended.code).toBe(code);
  });
});
