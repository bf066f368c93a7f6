/** Verbale and notice say that the recipient pays the notification only where somebody adds its costs. */
import { expect, test } from "bun:test";
import type { Services } from "../../../integrations/services.ts";
import { buildEnteContent } from "../../../steps/render/ente-content.ts";

type Settings = Services["ente"];

function build(
  send: Partial<Settings["send"]>,
  payments: Readonly<Record<string, unknown>>,
): Settings {
  return {
    ente: { codice: "prova", nome: "Comune", codiceFiscale: "89999990164" },
    send: { feePolicy: "DELIVERY_MODE", ...send },
    payments,
  } as unknown as Settings;
}

const govpay = { idA2A: "A", user: "u", password: { secret: "S" } };
const priceService = { apiKey: { secret: "P" } };

const table: readonly [
  string,
  Partial<Settings["send"]>,
  Readonly<Record<string, unknown>>,
  boolean,
][] = [
  ["GPD", {}, { adapter: "gpd" }, true],
  ["GPD with ASYNC said", { pagoPaIntMode: "ASYNC" }, { adapter: "gpd" }, true],
  ["GPD with SYNC", { pagoPaIntMode: "SYNC" }, { adapter: "gpd" }, false],
  ["GPD with NONE", { pagoPaIntMode: "NONE" }, { adapter: "gpd" }, false],
  ["GPD with FLAT_RATE", { feePolicy: "FLAT_RATE" }, { adapter: "gpd" }, false],
  ["GovPay", {}, { adapter: "govpay", govpay: { ...govpay, sendAbilitato: true } }, true],
  ["GovPay that is not enabled", {}, { adapter: "govpay", govpay }, false],
  ["GovPay that asks the ente", {}, { adapter: "govpay", govpay, priceService }, true],
  [
    "GovPay with ASYNC",
    { pagoPaIntMode: "ASYNC" },
    { adapter: "govpay", govpay: { ...govpay, sendAbilitato: true } },
    false,
  ],
  ["files", {}, { adapter: "file" }, false],
  ["files of a declared partner", {}, { adapter: "file", addsNotificationFee: true }, true],
  ["files of a partner who asks", {}, { adapter: "file", priceService }, true],
  ["files with FLAT_RATE", { feePolicy: "FLAT_RATE" }, { adapter: "file", priceService }, false],
];

test.each(table)(
  "with %s the documents promise the costs only if somebody adds them",
  (_name, send, payments, isPromised) => {
    expect(buildEnteContent(build(send, payments), true).costiAlDestinatario).toBe(isPromised);
  },
);
