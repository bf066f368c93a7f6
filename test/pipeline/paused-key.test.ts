/** A key that SEND pauses for a minute: `--wait` holds, and what waits goes on later. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { verbaliLines } from "../support/verbali.ts";

let world: InstallationWorld;
let gate: ReturnType<typeof Bun.serve>;
let asked = 0;

beforeAll(async () => {
  gate = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => {
      asked += 1;
      return new Response(null, { status: 429, headers: { "retry-after": "60" } });
    },
  });
  world = await makeInstallationWorld({
    enteYaml: (text) =>
      text
        .replace(/baseUrl: \S+\/send$/m, `baseUrl: ${gate.url.origin}`)
        // More calls than GPD lets through of a key: here only SEND shall hold up.
        .replace("requestsPerSecond: 10\n", "requestsPerSecond: 1000\n"),
  });
});

afterAll(async () => {
  await world.close();
  await gate.stop(true);
});

test("--wait 1s ends in seconds, with every verbale waiting, although the key pauses for a minute", async () => {
  const input = world.file("flusso.jsonl", verbaliLines(40, world.freshDay, 1));
  const since = performance.now();

  const { code, document } = await world.json([
    "run",
    "send",
    "--ente",
    "prova",
    "--input",
    input,
    "--wait",
    "1s",
    "--json",
  ]);

  expect(code).toBe(4);
  expect(document.run.state).toBe("waiting");
  expect(document.run.counts.waiting).toBe(40);
  expect(performance.now() - since).toBeLessThan(40_000);
  // Who was in flight already hears it from SEND, nobody else asks.
  expect(asked).toBeGreaterThan(0);
  expect(asked).toBeLessThan(40);
});
