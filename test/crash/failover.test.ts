/** Two hosts on one PostgreSQL: the passive one takes over from one that was killed or stands still, and the server may be restarted in the middle of a run; nothing twice. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { systemClock } from "../../engine/host/clock.ts";
import {
  type InstallationWorld,
  makeInstallationWorld,
  type Started,
} from "../support/installation-world.ts";
import { noPostgres, type PostgresServer, startPostgres } from "../support/postgres.ts";
import { verbaliLines } from "../support/verbali.ts";

const count = 12;

describe.skipIf(noPostgres !== "")(`two hosts on one PostgreSQL${noPostgres}`, () => {
  let server: PostgresServer;
  let world: InstallationWorld;
  let env: Readonly<Record<string, string>>;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => {
    await server.stop();
  });
  afterEach(async () => {
    await world.close();
  });

  async function makeWorld(options: Parameters<typeof makeInstallationWorld>[0] = {}) {
    world = await makeInstallationWorld(options);
    env = { POSTINO_STORE: await server.createDatabase() };
    return world.file("flusso.jsonl", verbaliLines(count, world.freshDay));
  }

  function listRunWords(input: string): readonly string[] {
    return ["run", "send", "--ente", "prova", "--input", input, "--json", "--wait", "10m"];
  }

  async function readNewest(): Promise<{ readonly id: string; readonly state: string }> {
    const { stdout } = await world.postino(["runs", "--json"], { env });
    const { runs } = JSON.parse(stdout) as { runs: { id: string; state: string }[] };
    return runs[0] ?? { id: "", state: "" };
  }

  async function untilEnded(): Promise<void> {
    while (!(await readNewest()).state.startsWith("completed")) await systemClock.sleep(100);
  }

  function expectOnce(): void {
    const { send, gpd } = world.report();
    const open = gpd.positions.filter(({ status }) => status === "VALID");
    expect([send.accepted, open.length, gpd.positions.length]).toEqual([count, count, count]);
  }

  test("a flusso goes its whole way, and who only reads sees it", async () => {
    const input = await makeWorld();

    const { code, document } = await world.json(listRunWords(input), { env });

    expect({ code, counts: document.run.counts }).toMatchObject({
      code: 0,
      counts: { done: count },
    });
    expect((await readNewest()).state).toBe("completed");
    expectOnce();
  });

  test.each(["after-effect:3"])(
    "one that is killed at %s leaves its run to the one that stands by",
    async (point) => {
      const input = await makeWorld();
      const active = world.start(listRunWords(input), { env: { ...env, POSTINO_CRASH_AT: point } });
      const killed = await active.ended;
      const passive = world.start(["serve", "--port", "0", "--standby"], { env });

      await passive.until("Ripresi i flussi rimasti a metà");
      await untilEnded();
      passive.kill("SIGTERM");
      await passive.ended;

      expect(killed.signal).toBe("SIGKILL");
      expectOnce();
    },
  );

  test.skipIf(process.platform !== "linux")(
    "one that stands still is passed over, and calls nobody once it goes on",
    async () => {
      let calls = 0;
      const input = await makeWorld({
        observe: () => {
          calls += 1;
        },
      });
      const stop = { env: { ...env, POSTINO_CRASH_AT: "after-intent:2:SIGSTOP" } };
      const active = world.start(listRunWords(input), stop);
      await untilSuspended(active);
      const passive = world.start(["serve", "--port", "0", "--standby"], { env });
      await passive.until("Ripresi i flussi rimasti a metà");
      await untilEnded();
      const before = { calls, report: world.report() };

      active.kill("SIGCONT");
      const woken = await active.ended;

      expect({ code: woken.code, stdout: woken.stdout }).toEqual({ code: 5, stdout: "" });
      expect(woken.stderr).toMatch(
        /Il registro dei flussi è stato preso in carico da un altro processo \(\d+ su .*, postino serve\)/,
      );
      expect({ calls, report: world.report() }).toEqual(before);
      passive.kill("SIGTERM");
      await passive.ended;
      expectOnce();
    },
  );

  test("the server is restarted as by a power cut, again and again, and the run ends", async () => {
    let restarts = 0;
    let calls = 0;
    const input = await makeWorld({
      async observe() {
        calls += 1;
        if (calls % 8 !== 0 || restarts === 3) return;
        restarts += 1;
        await server.restart();
      },
    });

    const { code, stdout, stderr } = await world.start(listRunWords(input), { env }).ended;

    expect({ code, stderr: stderr.match(/imprevisto/) }).toEqual({ code: 0, stderr: null });
    expect(stdout).toContain('"state":"completed"');
    expect(restarts).toBe(3);
    expectOnce();
  });

  test.each([
    [
      "of a port where nobody answers",
      (url: string) => url.replace(/:\d+\//, ":1/"),
      "Il database PostgreSQL non risponde.",
    ],
    [
      "of a database that is not there",
      (url: string) => `${url}_no`,
      "PostgreSQL non lascia entrare Postino.",
    ],
    [
      "of a user that is not there",
      (url: string) => url.replace("postino@", "nessuno:segreto@"),
      "PostgreSQL non lascia entrare Postino.",
    ],
  ])("an address %s is told at once, to who reads and to who writes", async (_, change, told) => {
    const input = await makeWorld();
    const wrong = { env: { POSTINO_STORE: change(env["POSTINO_STORE"] ?? "") } };

    const ended = [
      await world.postino(["runs"], wrong),
      await world.postino(listRunWords(input), wrong),
    ];

    for (const { code, stderr } of ended) {
      expect(code).toBe(5);
      expect(stderr).toContain(told);
      expect(stderr).not.toContain("segreto");
    }
  });

  test("a second writer is told who has the journal", async () => {
    const input = await makeWorld();
    const active = world.start(["serve", "--port", "0"], { env });
    const [, address] = /Pannello: (\S+)/.exec(await active.until("Pannello: ")) ?? [];

    const refused = await world.postino(listRunWords(input), { env });

    expect(refused.code).toBe(5);
    expect(refused.stderr).toContain(
      `Il registro dei flussi è già in uso: il processo ${active.pid} su `,
    );
    expect(refused.stderr).toContain(`Usare il pannello ${address ?? ""}`);
    active.kill("SIGTERM");
    await active.ended;
  });
});

async function untilSuspended({ pid }: Started): Promise<void> {
  for (;;) {
    const stat = readFileSync(join("/proc", String(pid), "stat"), "latin1");
    if (stat.slice(stat.lastIndexOf(")") + 2)[0] === "T") return;
    await systemClock.sleep(5);
  }
}
