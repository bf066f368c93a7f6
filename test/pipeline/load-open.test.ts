/** import-iun as its own pipeline: it finds the IUN of verbali whose run ended waiting, and that run resumes without asking SEND again. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { createFastClock } from "../support/fast-clock.ts";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { verbaliLines } from "../support/verbali.ts";

/** Two seconds of the test's clock: the first run has asked long before. */
const validationMs = 40_000;
let world: InstallationWorld;
beforeAll(async () => {
  world = await makeInstallationWorld({ validationMs, clock: createFastClock() });
});
afterAll(async () => {
  await world.close();
});

test("the later pipeline brings the IUN, and the first run takes it from there", async () => {
  writeFileSync(
    join(world.pipelinesFolder, "import-iun.yaml"),
    `name: IUN dei verbali già trasmessi
steps:
  - uses: load-open-notifications
  - uses: import-iun
    within: 24h
    retry: { times: 40, wait: 200ms, maxWait: 5s }
`,
  );
  const input = world.file("flusso.jsonl", verbaliLines(2, world.freshDay));
  const send = ["run", "send", "--ente", "prova", "--input", input, "--wait", "0s", "--json"];
  const first = await world.json(send);

  const later = await world.json(["run", "import-iun", "--ente", "prova", "--json"]);
  const resumed = await world.json(["resume", first.document.run.id, "--json"]);
  const nothingLeft = await world.json(["run", "import-iun", "--ente", "prova", "--json"]);

  expect([first.code, first.document.run.state]).toEqual([4, "waiting"]);
  expect(first.document.items.map(({ state, step, iun }) => [state, step, iun])).toEqual([
    ["waiting", "import-iun", null],
    ["waiting", "import-iun", null],
  ]);
  expect([later.code, later.document.items.map(({ key, state }) => [key, state])]).toEqual([
    0,
    [
      ["T00001", "done"],
      ["T00002", "done"],
    ],
  ]);
  expect([resumed.code, resumed.document.run.state]).toEqual([0, "completed"]);
  expect(resumed.document.items.map(({ key, iun }) => [key, iun])).toEqual(
    later.document.items.map(({ key, iun }) => [key, iun]),
  );
  expect(resumed.document.items.every(({ iun }) => iun !== null)).toBe(true);
  expect([nothingLeft.code, nothingLeft.document.items]).toEqual([0, []]);
  expect(world.report().send.accepted).toBe(2);
});
