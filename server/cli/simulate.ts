/** `simulate`: SEND, GPD, GovPay, CSC and TSA as servers on one port of this machine. */
import { join } from "node:path";
import { toRomeDay, systemClock } from "../../engine/host/clock.ts";
import { parseFaults } from "../../simulators/faults.ts";
import { resolvePostalPath } from "../../integrations/flusso/postal.ts";
import { buildDemoFlusso } from "../../integrations/flusso/demo-data.ts";
import { readConfig } from "../config.ts";
import { startListening } from "../listen.ts";
import { createSimulators } from "../simulators.ts";
import { type Command, exitCodes } from "./command.ts";
import { UsageError } from "../words/usage-error.ts";
import { parsePort, waitForSignal } from "./serve.ts";
import { readSimulatorSettings, describeSimulatorSettings } from "./simulate-settings.ts";

/** What the demonstration ente holds; any other is given by option. */
export const demoApiKey = "chiave-dimostrativa-send";
export const demoTaxId = "89999990164";

/** The simulators. */
export const simulateCommand: Command = {
  usage:
    "simulate [--port 8098] [--api-key K --pa-tax-id CF] [--faults drop=0.05,5xx=0.02,429=0.01,latency=20] [--seed N] [--settings FILE] [--json]",
  summary: "simula SEND, pagamenti, firma remota e marche temporali su una porta locale",
  details: describeSimulatorSettings,
  words: [],
  options: {
    port: { type: "string" },
    "api-key": { type: "string" },
    "pa-tax-id": { type: "string" },
    faults: { type: "string" },
    seed: { type: "string" },
    settings: { type: "string" },
    json: { type: "boolean" },
  },
  async run(input) {
    const port = parsePort(input.findValue("port") ?? "8098");
    const apiKey = input.findValue("api-key") ?? demoApiKey;
    const paTaxId = input.findValue("pa-tax-id") ?? demoTaxId;
    if (!/^\d{11}$/.test(paTaxId))
      throw new UsageError("--pa-tax-id vuole le undici cifre del codice fiscale dell'ente.");
    const faults = input.findValue("faults");
    const seed = input.findValue("seed");
    if (seed !== undefined && !/^\d+$/.test(seed))
      throw new UsageError(`--seed vuole un numero intero, non «${seed}».`);
    const send = await readSimulatorSettings(input.findValue("settings"));
    const config = readConfig();
    const simulators = await createSimulators({
      folder: join(config.dataFolder, "simulator"),
      clock: systemClock,
      apiKey,
      paTaxId,
      send,
      postal: resolvePostalPath(config.dataFolder),
      positions: buildDemoFlusso(toRomeDay(systemClock.now())).positions,
      ...(faults === undefined ? {} : { faults: parseFaults(faults) }),
      ...(seed === undefined ? {} : { random: createSeededRandom(Number(seed)) }),
    });
    const listening = startListening(simulators.app, { host: "127.0.0.1", port });
    if (input.hasFlag("json"))
      process.stdout.write(`${JSON.stringify({ port: listening.port, apiKey, paTaxId })}\n`);
    else
      process.stdout.write(
        `Simulatori su ${listening.url} (rapporto: ${listening.url}/report). Per fermarli: Ctrl-C.\n` +
          `SEND simulato accetta la chiave «${apiKey}» dell'ente ${paTaxId}; per altri: --api-key e --pa-tax-id.\n`,
      );
    await waitForSignal(new AbortController());
    await listening.stop();
    simulators.close();
    return exitCodes.completed;
  },
};

/** The same numbers for the same seed (mulberry32). */
export function createSeededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
