/** SEND, GPD, GovPay, CSC and TSA as one Hono app with their own data. */
import { Hono } from "hono";
import { existsSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../engine/host/clock.ts";
import { type FaultPlan, createFaultMiddleware } from "../simulators/faults.ts";
import { createGovPaySimulator } from "../simulators/payments/govpay-simulator.ts";
import { createGpdSimulator, type GpdSimulator } from "../simulators/payments/gpd-simulator.ts";
import { createSendSimulator } from "../simulators/send/simulator.ts";
import { createCscSimulator } from "../simulators/signing/csc-simulator.ts";
import { createTsaSimulator } from "../simulators/signing/tsa-simulator.ts";
import { programFolder } from "./config.ts";
import { toSimulatedSend, type SimulatedSend } from "./simulator-settings.ts";

export interface SimulatorsOptions {
  /** Where the simulators keep their own databases; `null` = in memory. */
  readonly folder: string | null;
  readonly clock: Clock;
  readonly apiKey: string;
  /** Tax id of the ente that the API key belongs to. */
  readonly paTaxId: string;
  readonly faults?: FaultPlan;
  /** Numbers in [0, 1). */
  readonly random?: () => number;
  /** How long SEND examines a request; default that of `send`, else 200. */
  readonly validationMs?: number;
  /** More keys and limits of SEND, and the limit of GPD; default: SEND's test environment, and that of GPD. */
  readonly send?: SimulatedSend;
  /** A table of CAPs that an operator imported; while it is not there, the one that ships. */
  readonly postal?: string;
  /** Payment positions that exist beforehand. */
  readonly positions?: readonly unknown[];
  /** SEND gives the files back that it took; default: it says that they are in the archive. */
  readonly keepsFiles?: boolean;
}

export interface Simulators {
  readonly app: Hono;
  /** What was accepted, refused, repeated. */
  report(): Record<string, unknown>;
  close(): void;
}

/** Opens all simulators under `/send`, `/gpd`, `/govpay`, `/csc/v1`, `/csc/v2`, `/tsa`; `GET /report` tells what they hold. */
export async function createSimulators(options: SimulatorsOptions): Promise<Simulators> {
  const { clock, folder } = options;
  if (folder !== null) await mkdir(folder, { recursive: true, mode: 0o700 });
  const locateFile = (name: string): string =>
    folder === null ? ":memory:" : join(folder, `${name}.sqlite`);
  const simulated = options.send ?? toSimulatedSend({});
  const imported = options.postal;
  const hasImported = imported !== undefined && existsSync(imported);
  const gpd = openGpd(options, simulated, locateFile("gpd"));
  const send = await createSendSimulator({
    file: locateFile("send"),
    clock,
    // The settings may say more of the key of the options.
    apiKeys: [
      ...simulated.keys,
      ...(simulated.keys.some(({ key }) => key === options.apiKey)
        ? []
        : [{ key: options.apiKey, paTaxId: options.paTaxId }]),
    ],
    environment: simulated.environment,
    validationMs: options.validationMs ?? simulated.validationMs,
    // SEND asks GPD whether it holds a notice before it accepts pagoPaIntMode ASYNC.
    isPayable: (creditorTaxId, noticeCode) => gpd.takesFee(creditorTaxId, noticeCode),
    keepsFiles: options.keepsFiles ?? false,
    capTable: hasImported ? imported : join(programFolder, "data", "reference", "cap.csv"),
  });
  const govpay = createGovPaySimulator({ file: locateFile("govpay"), clock });
  const csc = createCscSimulator({
    clock,
    file: locateFile("csc"),
    key: readDemoKey("comandante"),
  });
  const tsa = createTsaSimulator({ clock, key: readDemoKey("marcatura") });
  const report = (): Record<string, unknown> => ({
    send: send.report(),
    gpd: gpd.report(),
    govpay: govpay.report(),
    csc: csc.report(),
  });

  const app = new Hono();
  app.get("/report", (context) => context.json(report()));
  if (options.faults !== undefined)
    app.use(createFaultMiddleware(options.faults, options.random ?? Math.random));
  app.route("/send", send.app);
  app.route("/gpd/debt-positions-service/v1", gpd.app);
  app.route("/gpd/debt-positions-service/v2", gpd.v2);
  app.route("/govpay", govpay.app);
  app.route("/csc/v1", csc.v1);
  app.route("/csc/v2", csc.v2);
  app.route("/tsa", tsa.app);
  return {
    app,
    report,
    close: () => {
      send.close();
      gpd.close();
      govpay.close();
      csc.close();
    },
  };
}

function openGpd(
  { clock, positions = [] }: SimulatorsOptions,
  { gpdLimit }: SimulatedSend,
  file: string,
): GpdSimulator {
  const gpd = createGpdSimulator({
    file,
    clock,
    ...(gpdLimit === null ? {} : { limit: gpdLimit }),
  });
  gpd.seed(positions as Parameters<typeof gpd.seed>[0]);
  return gpd;
}

/** The committed fictional keys, so that simulated signatures chain to `data/demo/keys/ca.crt` and survive a restart. */
function readDemoKey(name: string) {
  const path = join(programFolder, "data", "demo", "keys", `${name}.p12`);
  return { pkcs12: readFileSync(path), password: "dimostrazione" };
}
