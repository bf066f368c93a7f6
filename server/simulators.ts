/** SEND, GPD, GovPay, CSC and TSA as one Hono app with their own data. */
import { Hono } from "hono";
import { existsSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../engine/host/clock.ts";
import { type FaultPlan, createFaultMiddleware } from "../simulators/faults.ts";
import type { CounterSettings } from "../simulators/payments/govpay-counter.ts";
import {
  createGovPaySimulator,
  type GovPaySimulator,
} from "../simulators/payments/govpay-simulator.ts";
import { createGpdSimulator, type GpdSimulator } from "../simulators/payments/gpd-simulator.ts";
import { openPkcs12 } from "../integrations/signing/pkcs12.ts";
import { type CarrierKey, packAttestation } from "../simulators/carrier/carrier.ts";
import { createNodeRoutes } from "../simulators/payments/node.ts";
import { createSendSimulator, type SendSimulator } from "../simulators/send/simulator.ts";
import {
  createLookupSimulators,
  type LookupSimulators,
} from "../simulators/lookups/lookup-simulators.ts";
import type { SimulatedPerson } from "../simulators/lookups/people.ts";
import { createDocareaSimulator } from "../simulators/protocollo/docarea-simulator.ts";
import { createCscSimulator } from "../simulators/signing/csc-simulator.ts";
import { createTsaSimulator } from "../simulators/signing/tsa-simulator.ts";
import { locateProgramFolder } from "./program.ts";
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
  /** The simulated GovPay: its version, and the domini with their service of SEND; default: one that asks SEND for the ente of the API key. */
  readonly govpay?: CounterSettings;
  /** Payment positions that exist beforehand. */
  readonly positions?: readonly unknown[];
  /** Whom ANPR and the other registers know; default: `data/demo/anagrafe.json`. */
  readonly people?: readonly SimulatedPerson[];
  /** SEND gives the files back that it took; default: it says that they are in the archive. */
  readonly keepsFiles?: boolean;
}

export interface Simulators {
  readonly app: Hono;
  /** What was accepted, refused, repeated. */
  report(): Record<string, unknown>;
  /** A receipt comes in for the first notice of this position of GPD, even if it was cancelled; false: there is none. */
  receive(iupd: string): boolean;
  close(): void;
}

/** Opens all simulators under `/send`, `/gpd`, `/aca`, `/govpay`, `/csc/v1`, `/csc/v2`, `/tsa`, `/docarea`, `/pdnd`, `/anpr`, `/inad`, and a payer under `/payer`; `GET /report` tells what they hold. */
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
    apiKeys: listSendKeys(options, simulated),
    environment: simulated.environment,
    validationMs: options.validationMs ?? simulated.validationMs,
    // SEND asks GPD whether it holds a notice before it accepts pagoPaIntMode ASYNC.
    isPayable: (creditorTaxId, noticeCode) => gpd.takesFee(creditorTaxId, noticeCode),
    pushFee: (creditorTaxId, noticeCode, cents) => gpd.putFee(creditorTaxId, noticeCode, cents),
    keepsFiles: options.keepsFiles ?? false,
    attest: async (letter) => packAttestation(await openCarrierKey(), letter),
    ...(options.random === undefined ? {} : { random: options.random }),
    capTable: hasImported ? imported : join(locateProgramFolder(), "data", "reference", "cap.csv"),
  });
  const govpay = createGovPaySimulator({
    file: locateFile("govpay"),
    clock,
    ...buildGovPaySettings(options, send),
  });
  const signerKey = readDemoKey("comandante");
  const csc = createCscSimulator({ clock, file: locateFile("csc"), key: signerKey });
  const tsa = createTsaSimulator({ clock, key: readDemoKey("marcatura") });
  const docarea = createDocareaSimulator({ clock, file: locateFile("docarea") });
  const lookups = openLookupSimulators(options, locateFile("lookups"));
  const report = (): Record<string, unknown> => ({
    send: send.report(),
    gpd: gpd.report(),
    govpay: govpay.report(),
    csc: csc.report(),
    docarea: docarea.report(),
    lookups: lookups.report(),
  });

  const app = new Hono();
  app.get("/report", (context) => context.json(report()));
  if (options.faults !== undefined)
    app.use(createFaultMiddleware(options.faults, options.random ?? Math.random));
  app.route("/send", send.app);
  mountPayments(app, { send, gpd, govpay });
  app.route("/csc/v1", csc.v1);
  app.route("/csc/v2", csc.v2);
  app.route("/docarea", docarea.app);
  app.route("/tsa", tsa.app);
  app.route("/", lookups.app);
  return {
    app,
    report,
    receive: (iupd) => receiveFor(gpd, iupd),
    close: () => {
      for (const one of [send, gpd, govpay, csc, docarea, lookups]) one.close();
    },
  };
}

function receiveFor(gpd: GpdSimulator, iupd: string): boolean {
  const position = gpd.report().positions.find((one) => one.iupd === iupd);
  const nav = position?.options[0]?.nav;
  if (position === undefined || nav === undefined) return false;
  gpd.pay(position.organization, nav);
  return true;
}

/** The settings may say more of the key of the options. */
function listSendKeys(
  { apiKey, paTaxId }: SimulatorsOptions,
  { keys }: SimulatedSend,
): SimulatedSend["keys"] {
  return keys.some(({ key }) => key === apiKey) ? keys : [...keys, { key: apiKey, paTaxId }];
}

interface PaymentSimulators {
  readonly send: SendSimulator;
  readonly gpd: GpdSimulator;
  readonly govpay: GovPaySimulator;
}

/** The payment systems and who pays there. SEND goes on while nobody asks it: a letter that is due has left, and its cost is on the position. */
function mountPayments(app: Hono, { send, gpd, govpay }: PaymentSimulators): void {
  for (const path of ["/gpd/*", "/aca/*", "/govpay/*", "/payer/*"])
    app.use(path, async (_context, next) => {
      send.settle();
      await next();
    });
  app.route("/gpd/debt-positions-service/v1", gpd.app);
  app.route("/gpd/debt-positions-service/v2", gpd.v2);
  // ACA: the first version alone, over the same positions.
  app.route("/aca/debt-positions-service/v1", gpd.app);
  app.route("/gpd/pn-integration-gpd/api/v1", gpd.feeApp);
  app.route("/govpay/backend/api/backoffice/rs/basic/v1", govpay.backoffice);
  app.route("/govpay", govpay.app);
  app.route("/payer", createNodeRoutes([gpd.counter, govpay.counter]));
}

/** GovPay asks the SEND beside it, whatever port both stand on. */
function buildGovPaySettings(
  { govpay, paTaxId, apiKey }: SimulatorsOptions,
  send: SendSimulator,
): CounterSettings {
  const auth = { headerName: "x-api-key", headerValue: apiKey };
  const servizioSend = { url: "http://send.simulato", auth, abilitaGDE: true };
  return {
    domains: { [paTaxId]: { servizioSend } },
    fetch: async (url, init) => await send.app.request(new URL(url).pathname, init),
    ...govpay,
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
  return { pkcs12: readFileSync(locateDemo("keys", `${name}.p12`)), password: "dimostrazione" };
}

/** Of the demonstration are the client's key and, where nobody says others, the people. */
function openLookupSimulators(
  { clock, people }: SimulatorsOptions,
  file: string,
): LookupSimulators {
  const readDemo = (...names: readonly string[]): string =>
    readFileSync(locateDemo(...names), "utf8");
  return createLookupSimulators({
    clock,
    file,
    privateKey: () => readDemo("secrets", "DEMO_PDND_KEY"),
    people: people ?? (JSON.parse(readDemo("anagrafe.json")) as SimulatedPerson[]),
  });
}

function locateDemo(...names: readonly string[]): string {
  return join(locateProgramFolder(), "data", "demo", ...names);
}

/** Opened when the first archive is asked for. */
async function openCarrierKey(): Promise<CarrierKey> {
  const { pkcs12, password } = readDemoKey("vettore");
  return await openPkcs12(pkcs12, password, "vettore.p12");
}
