/** A process that stands still (SIGSTOP) while another takes its journal and ends its run: once it goes on it writes nothing, calls nobody, and says why. */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "bun:test";
import type { Crashpoint } from "../../engine/host/crashpoint.ts";
import {
  type InstallationWorld,
  makeInstallationWorld,
  type Started,
} from "../support/installation-world.ts";
import { verbaliLines } from "../support/verbali.ts";

let world: InstallationWorld;
let calls = 0;
afterEach(async () => {
  await world.close();
});

const count = 6;
const taken = /Il registro dei flussi è stato preso in carico da un altro processo/;

/** Where it stands still, and at which passing: before and after intents and effects, on the way of a file to the disk, at the end. */
const points: readonly (readonly [Crashpoint, number])[] = [
  ["artifact-before-sync", 5],
  ["after-intent", 1],
  ["after-effect", 3],
  ["before-run-end", 1],
];

// Only Linux tells when a process stands still.
describe.skipIf(process.platform !== "linux")("a process that was suspended at", () => {
  test.each(points)("%s, passing %i", async (point, nth) => {
    world = await makeInstallationWorld({
      observe: () => {
        calls += 1;
      },
    });
    const input = world.file("flusso.jsonl", verbaliLines(count, world.freshDay));
    const run = ["run", "send", "--ente", "prova", "--input", input, "--json", "--wait", "10m"];

    const zombie = world.start(run, { env: { POSTINO_CRASH_AT: `${point}:${nth}:SIGSTOP` } });
    await untilSuspended(zombie);
    loseLock();
    const { stdout } = await world.postino(["runs", "--json"]);
    const [found] = (JSON.parse(stdout) as { runs: { id: string }[] }).runs;
    const ended = await world.json(["resume", found?.id ?? "", "--json", "--wait", "10m"]);
    const before = { calls, report: world.report(), status: await readStatus(found?.id ?? "") };
    zombie.kill("SIGCONT");
    const woken = await zombie.ended;

    expect({ code: ended.code, counts: ended.document.run.counts }).toMatchObject({
      code: 0,
      counts: { total: count, done: count },
    });
    expect({ code: woken.code, stdout: woken.stdout }).toEqual({ code: 5, stdout: "" });
    expect(woken.stderr).toMatch(taken);
    expect({
      calls,
      report: world.report(),
      status: await readStatus(found?.id ?? ""),
    }).toEqual(before);
    const { send, gpd } = world.report();
    const open = gpd.positions.filter(({ status }) => status === "VALID");
    expect([send.accepted, open.length, gpd.positions.length]).toEqual([count, count, count]);
  });
});

test.skipIf(process.platform !== "linux")(
  "a server that was suspended stops once it finds its journal taken, and says by whom",
  async () => {
    world = await makeInstallationWorld();
    const server = world.start(["serve", "--port", "0"]);
    await server.until("Pannello: ");
    server.kill("SIGSTOP");
    await untilSuspended(server);
    loseLock();
    const input = world.file("flusso.jsonl", verbaliLines(1, world.freshDay));
    const run = ["run", "send", "--ente", "prova", "--input", input, "--json", "--wait", "10m"];
    const { code } = await world.json(run);
    server.kill("SIGCONT");
    const ended = await server.ended;

    expect([code, ended.code]).toEqual([0, 5]);
    expect(ended.stderr).toMatch(taken);
    expect(world.report().send.accepted).toBe(1);
  },
);

/** The lock and the card are lost, as on a shared folder whose locks another host does not see. */
function loseLock(): void {
  for (const ending of ["lock", "owner.json"])
    rmSync(join(world.dataFolder, `postino.sqlite.${ending}`), { force: true });
}

async function readStatus(run: string): Promise<unknown> {
  return (await world.json(["status", run, "--json"])).document;
}

async function untilSuspended({ pid }: Started): Promise<void> {
  for (;;) {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    if (stat.slice(stat.lastIndexOf(")") + 2)[0] === "T") return;
    await Bun.sleep(5);
  }
}
