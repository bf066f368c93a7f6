/** GPD's limit of calls through a whole run: the usual rate meets none of it, a faster one is waited out without parking a verbale. */
import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { gpdLimit } from "../../simulators/payments/rate-limit.ts";
import {
  type InstallationWorld,
  makeInstallationWorld,
  sendYaml,
} from "../support/installation-world.ts";
import { verbaliLines } from "../support/verbali.ts";

setDefaultTimeout(120_000);

let world: InstallationWorld | undefined;
afterEach(() => world?.close());

/** Two calls for each verbale: 130 in all. */
const verbali = 65;

/** A run up to the payment positions; `rate`: what the ente file says. How it ended, and the calls of GPD. */
async function run(rate: string) {
  const statuses: number[] = [];
  const opened = await makeInstallationWorld({
    gpdLimit,
    // A verbale that is left for later would be asked again in an hour: the run would end waiting.
    sendYaml: sendYaml
      .slice(0, sendYaml.indexOf("  - uses: render"))
      .replace("times: 40, wait: 20ms, maxWait: 200ms", "times: 40, wait: 1h, maxWait: 1h"),
    enteYaml: (text) => text.replace(/( {2}iban: .*\n) {2}requestsPerSecond: .*\n/, `$1${rate}`),
    observe: (request, answer) => {
      if (request.url.includes("/gpd/")) statuses.push(answer.status);
    },
  });
  world = opened;
  const input = opened.file("flusso.jsonl", verbaliLines(verbali, opened.freshDay));
  const { code, document } = await opened.json([
    "run",
    "send",
    "--ente",
    "prova",
    "--input",
    input,
    "--json",
    "--wait",
    "5m",
  ]);
  return { code, counts: document.run.counts, statuses };
}

test("at the usual rate GPD refuses no call", async () => {
  const { code, counts, statuses } = await run("");

  expect([code, counts.done]).toEqual([0, verbali]);
  expect(statuses.length).toBeGreaterThan(gpdLimit.calls);
  expect(statuses.filter((status) => status === 429)).toEqual([]);
});

test("at a rate that GPD does not allow its 429 is waited out, and no verbale is left for later", async () => {
  const { code, counts, statuses } = await run("  requestsPerSecond: 100\n");

  expect([code, counts.done]).toEqual([0, verbali]);
  expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(0);
  expect(statuses.filter((status) => status === 201)).toHaveLength(verbali);
});
