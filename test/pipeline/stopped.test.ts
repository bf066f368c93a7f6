/** Runs that are stopped or killed: SIGTERM and Ctrl-C stop at the next commit; a death is announced, and `serve` takes the run up. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { verbaliLines } from "../support/verbali.ts";

const count = 40;
let world: InstallationWorld;
beforeAll(async () => {
  // Slow enough that a signal finds the run at work.
  world = await makeInstallationWorld({ faults: { latencyMs: 60 } });
});
afterAll(async () => {
  await world.close();
});

function run(first: number): string[] {
  const input = world.file(`flusso-${first}.jsonl`, verbaliLines(count, world.freshDay, first));
  return ["run", "send", "--ente", "prova", "--input", input, "--wait", "10m"];
}

async function newestRun(): Promise<string> {
  const { stdout } = await world.postino(["runs", "--json"]);
  return (JSON.parse(stdout) as { runs: { id: string }[] }).runs[0]?.id ?? "";
}

/** Something was asked of the outside since then. */
async function untilPositions(more: number): Promise<void> {
  while (world.report().gpd.positions.length < more) await Bun.sleep(5);
}

function held() {
  const { send, gpd } = world.report();
  return { accepted: send.accepted, repeated: send.repeated, positions: gpd.positions.length };
}

describe("a signal stops a run at its next commit, exit 5, and resume finishes", () => {
  for (const [index, signal] of (["SIGTERM", "SIGINT"] as const).entries())
    test(signal, async () => {
      const before = held();
      const started = world.start(run(1_000 * (index + 1)));
      await untilPositions(before.positions + 1);

      started.kill(signal);
      const ended = await started.ended;
      const [, id = ""] = /Flusso (\d{8}-\d{4}): bloccato/.exec(ended.stderr) ?? [];
      const resumed = await world.json(["resume", id, "--json"]);

      expect({ code: ended.code, signal: ended.signal }).toEqual({ code: 5, signal: null });
      expect(ended.stderr).toContain("\nMi fermo appena concluso ciò che è in corso…\n");
      expect(ended.stderr).toEndWith(
        `Il flusso è stato fermato su richiesta; ciò che era in corso è stato concluso e registrato.\nChe cosa fare: postino resume ${id}\n`,
      );
      expect({ code: resumed.code, counts: resumed.document.run.counts }).toEqual({
        code: 0,
        counts: { total: count, done: count, rejected: 0, waiting: 0, inDoubt: 0, failed: 0 },
      });
      expect(held()).toEqual({
        accepted: before.accepted + count,
        repeated: before.repeated,
        positions: before.positions + count,
      });
    });
});

test("a run whose process was killed is announced by the next command and taken up by serve", async () => {
  const before = held();
  const started = world.start(run(5_000));
  await untilPositions(before.positions + 1);
  started.kill("SIGKILL");
  await started.ended;
  const id = await newestRun();

  const told = await world.postino(["status", id]);
  const listed = await world.postino(["runs"]);
  const next = await world.postino(["cancel", "20000101-0001"]);
  const server = world.start(["serve", "--port", "0", "--no-scheduler"]);
  await server.until(`Ripresi i flussi rimasti a metà: ${id}\n`);
  await server.until('"state":"completed"');
  const [, url = ""] = /Pannello: (\S+)/.exec(await server.until("Pannello: ")) ?? [];
  const history = await (await fetch(new URL("/flussi", url))).text();
  server.kill("SIGTERM");
  const { code } = await server.ended;

  expect(told.stdout).toEndWith(
    `Interrotto: nessun processo ci sta lavorando. Per continuare: postino resume ${id}\n`,
  );
  const row = listed.stdout.split("\n").find((line) => line.includes(id));
  expect(row).toContain("Interrotto");
  expect(row).not.toContain("In corso");
  expect(history).toContain(id);
  expect(history).toContain("Completato");
  expect(history).not.toContain("Interrotto");
  expect(next.stderr).toBe(
    `Il flusso ${id} era rimasto a metà: si continua con «postino resume ${id}».\nIl flusso 20000101-0001 non esiste. L'elenco: postino runs\n`,
  );
  expect(code).toBe(0);
  expect(held()).toEqual({
    accepted: before.accepted + count,
    repeated: before.repeated,
    positions: before.positions + count,
  });
});

test("serve stops at its next commit and takes the run up by itself at its next start", async () => {
  const before = held();
  const started = world.start(run(7_000));
  await untilPositions(before.positions + 1);
  started.kill("SIGKILL");
  await started.ended;
  const id = await newestRun();
  const first = world.start(["serve", "--port", "0", "--no-scheduler"]);
  await first.until("Ripresi");
  first.kill("SIGTERM");
  const stopped = await first.ended;

  const second = world.start(["serve", "--port", "0", "--no-scheduler"]);
  await second.until(`Ripresi i flussi rimasti a metà: ${id}\n`);
  await second.until('"state":"completed"');
  second.kill("SIGINT");
  const ended = await second.ended;

  expect([stopped.code, ended.code]).toEqual([0, 0]);
  expect(stopped.stdout).toContain("Mi fermo appena concluso ciò che è in corso…\n");
  expect(held().accepted).toBe(before.accepted + count);
});
