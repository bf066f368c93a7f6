/** Who pays the notification: each way to set it up, put to `check`, to validate and to the request that would leave. */
import { silentLogger } from "../../../engine/host/logger.ts";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunBlocked } from "../../../engine/host/errors.ts";
import { createHttp } from "../../../engine/host/http.ts";
import type { EffectContext } from "../../../engine/step/context.ts";
import { runOnItem } from "../../../engine/step/step.ts";
import { buildSend } from "../../../integrations/build.ts";
import { EnteSettings } from "../../../integrations/ente.ts";
import { toWireRequest } from "../../../integrations/send/client/request.ts";
import { toEnteSettings } from "../../../integrations/services.ts";
import { checkFiles } from "../../../loader/check/check.ts";
import { openPipelineFiles } from "../../../loader/pipeline/files.ts";
import { loadRegistry, type StepRegistry } from "../../../loader/pipeline/registry.ts";
import validate from "../../../steps/validate.ts";
import { makeVerbale } from "../../support/verbali.ts";
import { fakeClock, unlimited } from "../integrations/payments/payments-world.ts";

let registry: StepRegistry;
let folder: string;

beforeAll(async () => {
  registry = await loadRegistry({ folders: ["steps"] });
  folder = mkdtempSync(join(tmpdir(), "postino-costs-"));
  mkdirSync(join(folder, "enti"));
  writeFileSync(join(folder, "send.yaml"), pipeline);
});

afterAll(() => rmSync(folder, { recursive: true }));

const pipeline = readFileSync("pipelines/send.yaml", "utf8");
const sound = readFileSync("pipelines/enti/borgolieto.yaml", "utf8");
const key = "  subscriptionKey: { secret: DEMO_GPD_KEY }\n";

interface Setting {
  readonly policy: "DELIVERY_MODE" | "FLAT_RATE";
  readonly mode?: "NONE" | "SYNC" | "ASYNC";
  readonly adapter: "gpd" | "govpay" | "file";
  /** Of `payments:`, or of its `govpay:`. */
  readonly more?: string;
  /** Who collects may ask Postino's price service. */
  readonly asksPostino?: boolean;
  readonly severity?: "error" | "warning" | "off";
}

function writeEnte(setting: Setting): void {
  const { policy, mode, adapter, more = "", severity, asksPostino = false } = setting;
  const govpay = `  govpay: { idA2A: A, user: u, password: { secret: P }${more} }\n`;
  const prices = asksPostino ? "  priceService: { apiKey: { secret: P } }\n" : "";
  const own = prices + { gpd: key, govpay, file: more === "" ? "" : `  ${more}\n` }[adapter];
  const text = sound
    .replace("feePolicy: DELIVERY_MODE\n", `feePolicy: ${policy}\n`)
    .replace("  vat: 22\n", `  vat: 22\n${mode === undefined ? "" : `  pagoPaIntMode: ${mode}\n`}`)
    .replace("adapter: gpd", `adapter: ${adapter}`)
    .replace(key, own);
  const code = severity === undefined ? "" : `{ FEE_LOST: ${severity} }`;
  const change = `pipelines: { send: { change: { validate: { with: { severity: ${code} } } } } }\n`;
  writeFileSync(join(folder, "enti", "borgolieto.yaml"), code === "" ? text : `${text}${change}`);
}

/** Severity of each problem with the words under its caret. */
async function check(): Promise<readonly string[]> {
  const options = { pipelinesFolder: folder, registry, settingsSchema: EnteSettings };
  const { problems } = await checkFiles(options);
  return problems
    .filter(({ code }) => code !== "P022")
    .map(({ severity, code, message, excerpt = "", column, endColumn }) => {
      const words = excerpt.slice(column - 1, (endColumn ?? column) - 1);
      return `${severity} ${code} «${words}» ${message}`;
    });
}

async function readSettings(): Promise<EnteSettings> {
  const { settings } = await openPipelineFiles(folder, EnteSettings).readEnte("borgolieto");
  if (settings === null) throw new Error("no settings");
  return toEnteSettings(settings);
}

/** What validate does with a verbale of the ente: its warnings about costs, or what stops the run. */
async function runValidate(severity: Setting["severity"]): Promise<readonly string[]> {
  const verbale = makeVerbale(1, "2026-11-10", {});
  const ctx = {
    ente: "borgolieto",
    runId: "R1",
    config: {
      limitDays: 90,
      marginDays: 10,
      severity: { CAP_TOWN: "off", CAP_TOWN_DOUBT: "off", FEE_LOST: severity },
    },
    services: { ente: await readSettings() },
    clock: { now: () => Date.parse("2026-11-23T05:30:00Z") },
    holders: async () => new Map(),
    log: silentLogger,
  } as unknown as EffectContext<unknown, unknown>;
  try {
    const added = await runOnItem(validate, { key: "V", round: 1, data: { verbale } }, ctx);
    const { warnings } = (added as { validation: { warnings: readonly string[] } }).validation;
    return warnings.filter((one) => one.startsWith("Spese di notifica"));
  } catch (error) {
    if (!(error instanceof RunBlocked)) throw error;
    return [`blocked ${error.code}`];
  }
}

/** What would leave for SEND: the mode, fee and VAT, and whether each of two notices carries the costs. */
async function request() {
  const settings = await readSettings();
  const clock = fakeClock();
  const { access } = buildSend(settings, {
    http: createHttp(),
    clock,
    limiter: unlimited,
    secrets: { get: async () => "" },
  });
  const file = {
    label: "v",
    key: "k",
    versionToken: "t",
    sha256: "0".repeat(64),
    sha256Base64: "",
    contentType: "application/pdf",
  } as const;
  const notices = ["301000000000000144", "301000000000000245"];
  const payments = notices.map((noticeCode) => ({ noticeCode, creditorTaxId: "89999990164" }));
  const address = { via: "Via Prova", civico: "1", cap: "26013", comune: "Crema", provincia: "CR" };
  const body = toWireRequest(
    {
      protocol: "P",
      idempotenceToken: "T",
      subject: "S",
      recipients: [
        { type: "PF", taxId: "RSSMRA80A01H501U", denomination: "Rossi Mario", address, payments },
      ],
      documents: [{ title: "Verbale", file }],
    },
    access.settings,
    access.sender,
  );
  return {
    mode: body.pagoPaIntMode,
    fee: body.paFee === undefined ? null : [body.paFee, body.vat],
    applyCost: body.recipients.flatMap(({ payments: own = [] }) =>
      own.map(({ pagoPa }) => pagoPa?.applyCost),
    ),
  };
}

const onGpd = "con SYNC dovrebbe chiederle a SEND chi incassa, ma GPD non lo fa";
const notThere = "con ASYNC SEND le scrive su GPD, e rifiuta il verbale se la posizione lì non c'è";
const disabled = "GovPay non le chiede a SEND e il destinatario non le paga";
const nobody = "con DELIVERY_MODE le paga il destinatario, ma con NONE nessuno";
const nothing = (mode: string) => `con FLAT_RATE il destinatario non le paga: ${mode}`;
const delivery = "DELIVERY_MODE";
const flat = "FLAT_RATE";

type Row = readonly [
  name: string,
  setting: Setting,
  /** Severity and place that `check` tells, and how it begins. */
  told: readonly [at: string, why: string] | null,
  validate: "passes" | "stops" | "warns",
  /** What would leave as pagoPaIntMode. */
  mode: "NONE" | "SYNC" | "ASYNC",
];

const rows: readonly Row[] = [
  [
    "C-1: GPD and ASYNC",
    { policy: delivery, mode: "ASYNC", adapter: "gpd" },
    null,
    "passes",
    "ASYNC",
  ],
  [
    "C-2: GPD and SYNC",
    { policy: delivery, mode: "SYNC", adapter: "gpd" },
    ["error P060 «SYNC»", onGpd],
    "stops",
    "SYNC",
  ],
  [
    "C-3: GPD and no mode, which leaves as ASYNC",
    { policy: delivery, adapter: "gpd" },
    null,
    "passes",
    "ASYNC",
  ],
  [
    "GPD and NONE",
    { policy: delivery, mode: "NONE", adapter: "gpd" },
    ["error P060 «NONE»", nobody],
    "stops",
    "NONE",
  ],
  [
    "C-5: GovPay and ASYNC",
    { policy: delivery, mode: "ASYNC", adapter: "govpay", more: ", sendAbilitato: true" },
    ["error P060 «ASYNC»", notThere],
    "stops",
    "ASYNC",
  ],
  [
    "C-5: files and ASYNC",
    { policy: delivery, mode: "ASYNC", adapter: "file" },
    ["error P060 «ASYNC»", notThere],
    "stops",
    "ASYNC",
  ],
  [
    "C-6: GovPay without sendAbilitato",
    { policy: delivery, mode: "SYNC", adapter: "govpay" },
    ["error P060 «govpay»", disabled],
    "stops",
    "SYNC",
  ],
  [
    "GovPay with sendAbilitato false and no mode",
    { policy: delivery, adapter: "govpay", more: ", sendAbilitato: false" },
    ["error P060 «false»", disabled],
    "stops",
    "SYNC",
  ],
  [
    "C-7: GovPay with sendAbilitato",
    { policy: delivery, mode: "SYNC", adapter: "govpay", more: ", sendAbilitato: true" },
    null,
    "passes",
    "SYNC",
  ],
  [
    "GovPay with sendAbilitato and no mode",
    { policy: delivery, adapter: "govpay", more: ", sendAbilitato: true" },
    null,
    "passes",
    "SYNC",
  ],
  [
    "GovPay and NONE",
    { policy: delivery, mode: "NONE", adapter: "govpay", more: ", sendAbilitato: true" },
    ["error P060 «NONE»", nobody],
    "stops",
    "NONE",
  ],
  [
    "files whose office has declared nothing",
    { policy: delivery, adapter: "file" },
    ["warning P061 «payments»", "le aggiunge soltanto chi gestisce i pagamenti"],
    "passes",
    "SYNC",
  ],
  [
    "files whose office adds them",
    { policy: delivery, adapter: "file", more: "addsNotificationFee: true" },
    null,
    "passes",
    "SYNC",
  ],
  [
    "files whose office asks Postino at payment time",
    { policy: delivery, adapter: "file", asksPostino: true },
    null,
    "passes",
    "SYNC",
  ],
  [
    "an old GovPay, with a program of the ente's that asks Postino",
    { policy: delivery, adapter: "govpay", asksPostino: true },
    null,
    "passes",
    "SYNC",
  ],
  [
    "GPD and SYNC, where nobody asks Postino either",
    { policy: delivery, mode: "SYNC", adapter: "gpd", asksPostino: true },
    ["error P060 «SYNC»", onGpd],
    "stops",
    "SYNC",
  ],
  [
    "C-11: FLAT_RATE and ASYNC",
    { policy: flat, mode: "ASYNC", adapter: "gpd" },
    ["warning P061 «ASYNC»", nothing("ASYNC")],
    "warns",
    "ASYNC",
  ],
  [
    "FLAT_RATE and SYNC",
    { policy: flat, mode: "SYNC", adapter: "govpay" },
    ["warning P061 «SYNC»", nothing("SYNC")],
    "warns",
    "SYNC",
  ],
  ["FLAT_RATE and no mode", { policy: flat, adapter: "gpd" }, null, "passes", "NONE"],
  [
    "FLAT_RATE on GovPay without sendAbilitato",
    { policy: flat, adapter: "govpay" },
    null,
    "passes",
    "NONE",
  ],
  [
    "an ente that only wants a warning",
    { policy: delivery, mode: "SYNC", adapter: "gpd", severity: "warning" },
    ["warning P061 «SYNC»", onGpd],
    "warns",
    "SYNC",
  ],
  [
    "an ente that wants silence",
    { policy: delivery, mode: "SYNC", adapter: "gpd", severity: "off" },
    null,
    "passes",
    "SYNC",
  ],
];

describe("costs of the notification", () => {
  test.each(rows)("%s", async (_name, setting, told, verdict, mode) => {
    writeEnte(setting);

    const problems = await check();
    const validated = await runValidate(setting.severity);
    const sent = await request();

    expect(problems).toHaveLength(told === null ? 0 : 1);
    if (told !== null) {
      expect(problems[0]).toStartWith(`${told[0]} spese di notifica: ${told[1]}`);
    }
    if (verdict === "stops") expect(validated).toEqual(["blocked FEE_LOST"]);
    if (verdict === "passes") expect(validated).toEqual([]);
    if (verdict === "warns")
      expect(validated).toEqual([expect.stringContaining(told?.[1] ?? "nothing")]);
    // C-4, C-8, C-10: both notices carry the costs, or none does. C-9: fee and VAT go with DELIVERY_MODE.
    const isDelivery = setting.policy === "DELIVERY_MODE";
    expect(sent).toEqual({
      mode,
      fee: isDelivery ? [100, 22] : null,
      applyCost: [isDelivery, isDelivery],
    });
  });

  test("C-9: fee and VAT that the file does not say are 100 and 22, and what SEND refuses is an error", async () => {
    writeEnte({ policy: "DELIVERY_MODE", adapter: "gpd" });
    const path = join(folder, "enti", "borgolieto.yaml");
    const whole = readFileSync(path, "utf8");
    writeFileSync(path, whole.replace("  paFee: 100\n  vat: 22\n", ""));
    const silent = await request();
    writeFileSync(path, whole.replace("paFee: 100", "paFee: 101"));
    const over = await check();
    writeFileSync(path, whole.replace("  vat: 22\n", "  vat:\n"));
    const empty = await check();

    expect(silent.fee).toEqual([100, 22]);
    expect(over).toEqual([expect.stringMatching(/^error .*paFee/)]);
    expect(empty).toEqual([expect.stringMatching(/^error .*vat/)]);
  });

  test("C-12: what is handed over before its position is published is no pipeline", async () => {
    writeEnte({ policy: "DELIVERY_MODE", adapter: "gpd" });
    writeFileSync(
      join(folder, "send.yaml"),
      pipeline.replace(/  - uses: reset-iuv\n(?:    .*\n)*/, "") + "  - uses: reset-iuv\n",
    );
    const problems = await check();
    writeFileSync(join(folder, "send.yaml"), pipeline);

    expect(problems).toEqual([
      'error P011 «render» "render" legge il campo "payment", che "reset-iuv" aggiunge solo dopo',
    ]);
  });
});
