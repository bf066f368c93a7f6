/** The pipeline of open notifications by stream, as real processes: one reading for all, nothing asked one by one. */
import { afterEach, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../engine/host/clock.ts";
import { createHttp } from "../../engine/host/http.ts";
import { createLimiter } from "../../engine/host/limiter.ts";
import { createSendStreams } from "../../integrations/send/streams.ts";
import { ensureVerdictStream } from "../../integrations/send/verdicts.ts";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { verbaliLines } from "../support/verbali.ts";
import { settings } from "../unit/integrations/send/setup.ts";

const sendYaml = `name: Solo invio
steps:
  - uses: load-verbali
    with: { pattern: "*.jsonl" }
  - uses: validate
  - uses: reset-iuv
  - uses: render
  - uses: sign
    with: { mode: automatic, signer: comandante }
  - uses: transmit
`;
const importYaml = `name: IUN per stream
steps:
  - uses: load-open-notifications
  - uses: import-iun
    with: { by: stream }
    within: 24h
`;

let world: InstallationWorld | undefined;
afterEach(() => world?.close());

test("open notifications get their iun by stream, and a missing stream is told first", async () => {
  world = await makeInstallationWorld({ sendYaml });
  writeFileSync(join(world.pipelinesFolder, "import-iun.yaml"), importYaml);
  const streams = createSendStreams({
    settings: { ...settings, baseUrl: `${world.url}/send` },
    sender: { denomination: "Comune di Prova", taxId: "89999990164" },
    apiKey: "chiave-di-prova",
    http: createHttp(),
    clock: systemClock,
    limiter: createLimiter(systemClock),
  });
  const input = world.file("flusso.jsonl", verbaliLines(12, world.freshDay));

  const sent = await world.json(["run", "send", "--ente", "prova", "--input", input, "--json"]);
  const without = await world.json(["run", "import-iun", "--ente", "prova", "--json"]);
  // A stream tells only what happens after it was made: its gap is realigned by question.
  await ensureVerdictStream(streams, {
    ente: "prova",
    group: undefined,
    streamVersion: undefined,
  });
  const second = world.file("secondo.jsonl", verbaliLines(8, world.freshDay, 101));
  await world.json(["run", "send", "--ente", "prova", "--input", second, "--json"]);
  const withStream = await world.json(["run", "import-iun", "--ente", "prova", "--json"]);

  expect(sent.code).toBe(0);
  expect(without.code).toBe(5);
  expect(without.document.run.state).toBe("blocked");
  const told = withStream.document.items.map(({ key, state, code }) => `${key} ${state} ${code}`);
  expect(told.filter((line) => /^T001.. done null$/.test(line))).toHaveLength(8);
  expect(told.filter((line) => /^T000.. waiting NOT_YET_ACCEPTED$/.test(line))).toHaveLength(12);
  const iuns = withStream.document.items.filter(({ state }) => state === "done");
  for (const { iun, token } of iuns)
    expect(iun).toBe(Buffer.from(token ?? "", "base64").toString("utf8"));
});

test.each([
  [
    "in the pipeline that sends, before anything is cancelled or sent",
    "import-iun\n    with: { by: stream }",
  ],
  [
    "under another name of the step",
    "import-iun\n    id: esito\n    with: { by: stream, realignAfter: 5m }",
  ],
])("a missing stream is told %s", async (_where, last) => {
  world = await makeInstallationWorld({
    sendYaml: `${sendYaml}  - uses: ${last}\n    within: 24h\n`,
  });
  const input = world.file("flusso.jsonl", verbaliLines(3, world.freshDay));

  const blocked = await world.postino(["run", "send", "--ente", "prova", "--input", input]);
  const report = world.report();

  expect(blocked.code).toBe(5);
  expect(blocked.stdout + blocked.stderr).toContain(
    "Su SEND non c'è lo stream degli esiti di questo ente.",
  );
  expect([report.send.accepted, report.gpd.positions.length]).toEqual([0, 0]);
});
