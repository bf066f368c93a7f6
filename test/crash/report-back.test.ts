/** The process dies while the office's program is told: every fact reaches it once, with the number that it had. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { verbaliLines } from "../support/verbali.ts";

let world: InstallationWorld;
beforeAll(async () => {
  world = await makeInstallationWorld();
  const steps = ["load-notified", "follow", "report-back"].map((step) => `  - uses: ${step}\n`);
  writeFileSync(
    join(world.pipelinesFolder, "seguito.yaml"),
    `name: Seguito\nsteps:\n${steps.join("")}`,
  );
});
afterAll(async () => {
  await world.close();
});

function readEsiti(): readonly string[] {
  const folder = join(world.folder, "data", "outbox", "prova");
  return readdirSync(folder)
    .filter((name) => name.startsWith("esiti-"))
    .toSorted()
    .flatMap((name) => readFileSync(join(folder, name), "utf8").trimEnd().split("\r\n").slice(1));
}

test("killed when a delivery is planned, and when it was handed over: each fact stands in one file, numbered without a gap", async () => {
  const input = world.file("flusso.jsonl", verbaliLines(3, world.freshDay, 1));
  await world.postino(["run", "send", "--ente", "prova", "--input", input]);
  const run = ["run", "seguito", "--ente", "prova", "--json"];

  const planned = await world.postino(run, { env: { POSTINO_CRASH_AT: "report-after-plan" } });
  expect(planned.signal).toBe("SIGKILL");
  const { stdout } = await world.postino(["runs", "--pipeline", "seguito", "--json"]);
  const [{ id } = { id: "" }] = (JSON.parse(stdout) as { runs: { id: string }[] }).runs;
  const handed = await world.postino(["resume", id, "--json"], {
    env: { POSTINO_CRASH_AT: "report-after-delivery" },
  });
  expect(handed.signal).toBe("SIGKILL");
  const ended = await world.json(["resume", id, "--json"]);

  expect(ended.document.run.state).toBe("completed");
  const rows = readEsiti();
  const facts = rows.map((row) => row.split(";"));
  expect(facts.map(([progressivo]) => Number(progressivo))).toEqual(
    Array.from(facts, (_, index) => index + 1),
  );
  const accepted = facts.filter((cells) => cells[3] === "accettato").map((cells) => cells[4]);
  expect(new Set(accepted)).toEqual(new Set(["T00001", "T00002", "T00003"]));
  expect(new Set(facts.map((cells) => `${cells[3]} ${cells[6]} ${cells[7]}`)).size).toBe(
    facts.length,
  );
});
