/** `simulate`: SEND, GPD, GovPay, CSC and TSA as servers on one port of this machine. */
import { join } from "node:path";
import { romeDay, systemClock } from "../../engine/host/clock.ts";
import { parseFaults } from "../../simulators/faults.ts";
import { importedTable } from "../../integrations/flusso/postal.ts";
import { demoFlusso } from "../../integrations/flusso/demo-data.ts";
import { readConfig } from "../config.ts";
import { listen } from "../listen.ts";
import { createSimulators } from "../simulators.ts";
import { type Command, exitCodes } from "./command.ts";
import { UsageError } from "../words/usage-error.ts";
import { portOf, untilSignal } from "./serve.ts";
import { readSimulatorSettings, simulatorSettingsHelp } from "./simulate-settings.ts";

/** What the demonstration ente holds; any other is given by option. */
export const demoApiKey = "chiave-dimostrativa-send";
export const demoTaxId = "89999990164";

/** The simulators. */
export const simulateCommand: Command = {
  usage:
    "simulate [--port 8098] [--api-key K --pa-tax-id CF] [--faults drop=0.05,5xx=0.02,429=0.01,latency=20] [--seed N] [--settings FILE] [--json]",
  summary: "simula SEND, pagamenti, firma remota e marche temporali su una porta locale",
  details: simulatorSettingsHelp,
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
    const port = portOf(input.text("port") ?? "8098");
    const apiKey = input.text("api-key") ?? demoApiKey;
    const paTaxId = input.text("pa-tax-id") ?? demoTaxId;
    if (!/^\d{11}$/.test(paTaxId))
      throw new UsageError("--pa-tax-id vuole le undici cifre del codice fiscale dell'ente.");
    const faults = input.text("faults");
    const seed = input.text("seed");
    if (seed !== undefined && !/^\d+$/.test(seed))
      throw new UsageError(`--seed vuole un numero intero, non «${seed}».`);
    const send = await readSimulatorSettings(input.text("settings"));
    const config = readConfig();
    const simulators = await createSimulators({
      folder: join(config.dataFolder, "simulator"),
      clock: systemClock,
      apiKey,
      paTaxId,
      send,
      postal: importedTable(config.dataFolder),
      positions: demoFlusso(romeDay(systemClock.now())).positions,
      ...(faults === undefined ? {} : { faults: parseFaults(faults) }),
      ...(seed === undefined ? {} : { random: seededRandom(Number(seed)) }),
    });
    const listening = listen(simulators.app, { host: "127.0.0.1", port });
    if (input.flag("json"))
      process.stdout.write(`${JSON.stringify({ port: listening.port, apiKey, paTaxId })}\n`);
    else
      process.stdout.write(
        `Simulatori su ${listening.url} (rapporto: ${listening.url}/report). Per fermarli: Ctrl-C.\n` +
          `SEND simulato accetta la chiave «${apiKey}» dell'ente ${paTaxId}; per altri: --api-key e --pa-tax-id.\n`,
      );
    await untilSignal(new AbortController());
    await listening.stop();
    simulators.close();
    return exitCodes.completed;
  },
};

/** The same numbers for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
