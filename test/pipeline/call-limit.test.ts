/** GPD's limit of calls through a whole run: the usual rate meets none of it, a faster one is waited out without parking a verbale. */
import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { gpdLimit } from "../../simulators/payments/rate-limit.ts";
import { createFastClock } from "../support/fast-clock.ts";
import {
  type InstallationWorld,
  makeInstallationWorld,
  sendYaml,
} from "../support/installation-world.ts";
import { makeVerbale } from "../support/verbali.ts";

setDefaultTimeout(120_000);

let world: InstallationWorld | undefined;
afterEach(() => world?.close());

/** Each has an old position, which costs a call: more than GPD lets through in one go. */
const verbali = 105;
const positions = Array.from({ length: verbali }, (_, n) => ({
  organization: "89999990164",
  iupd: `OLD-${n + 1}`,
  options: [{ iuv: `010000000990${String(n + 1).padStart(5, "0")}`, amountCents: 5_050 }],
}));

/** A run up to the payment positions; `rate`: what the ente file says. How it ended, and the calls of GPD. */
async function run(rate: string) {
  const statuses: number[] = [];
  const opened = await makeInstallationWorld({
    gpdLimit,
    positions,
    // No faster: what GPD allows in ten seconds must be asked for in less.
    clock: createFastClock(4),
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
  const lines = positions.map(({ iupd }, n) =>
    JSON.stringify(makeVerbale(n + 1, opened.freshDay, { posizioni: [{ iupd }] })),
  );
  const input = opened.file("flusso.jsonl", lines.join("\n"));
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
  const states = opened.report().gpd.positions.map(({ status }) => status);
  return { code, counts: document.run.counts, statuses, states };
}

test("at the usual rate GPD refuses no call", async () => {
  const { code, counts, statuses } = await run("");

  expect([code, counts.done]).toEqual([0, verbali]);
  expect(statuses.length).toBeGreaterThan(gpdLimit.calls);
  expect(statuses.filter((status) => status === 429)).toEqual([]);
});

test("at a rate that GPD does not allow its 429 is waited out, and no verbale is left for later", async () => {
  const { code, counts, statuses, states } = await run("  requestsPerSecond: 100\n");

  expect([code, counts.done]).toEqual([0, verbali]);
  expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(0);
  expect(states.filter((status) => status === "VALID")).toHaveLength(verbali);
  expect(states.filter((status) => status === "INVALID")).toHaveLength(verbali);
});
