/** Every named crash point, early and late in a run: the process dies there, resume goes on, nothing is lost or doubled. */
import { afterEach, describe, expect, test } from "bun:test";
import { crashpoints } from "../../engine/host/crashpoint.ts";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { verbaliLines } from "../support/verbali.ts";

let world: InstallationWorld;
afterEach(async () => {
  await world.close();
});

const count = 12;

describe("killed at a named point", () => {
  // Those of the inbox, of positions by bulks, of the esiti, of the register and of alerts have tests of their own.
  for (const point of crashpoints.filter(
    (each) => !/^(inbox|gpd|report|register|alert)-/.test(each),
  ))
    for (const nth of point === "before-run-end" ||
    point.startsWith("after-run") ||
    point === "after-items-loaded" ||
    point.startsWith("recovery")
      ? [1]
      : [1, 3])
      test(`${point}, passing ${nth}`, async () => {
        world = await makeInstallationWorld();
        const input = world.file("flusso.jsonl", verbaliLines(count, world.freshDay));
        const run = ["run", "send", "--ente", "prova", "--input", input, "--json", "--wait", "10m"];
        const crash = { env: { POSTINO_CRASH_AT: `${point}:${nth}` } };

        // Recovery has something to do only after another death.
        if (point.startsWith("recovery"))
          await world.postino(run, { env: { POSTINO_CRASH_AT: "after-effect:2" } });
        const killed = await world.postino(
          point.startsWith("recovery") ? ["resume", (await newestRun()) ?? "", "--json"] : run,
          crash,
        );
        // Killed before the run was durable: nothing is known of it, and nothing was done.
        const left = await newestRun();
        const { code, document } = await world.json(
          left === null ? run : ["resume", left, "--json", "--wait", "10m"],
        );

        expect(killed.signal).toBe("SIGKILL");
        expect({ code, state: document.run.state, done: document.run.counts.done }).toEqual({
          code: 0,
          state: "completed",
          done: count,
        });
        const { send, gpd } = world.report();
        expect({
          accepted: send.accepted,
          open: gpd.positions.filter(({ status }) => status === "VALID").length,
          positions: gpd.positions.length,
        }).toEqual({ accepted: count, open: count, positions: count });
      });
});

async function newestRun(): Promise<string | null> {
  const { stdout } = await world.postino(["runs", "--json"]);
  const [run] = (JSON.parse(stdout) as { runs: { id: string }[] }).runs;
  return run?.id ?? null;
}
