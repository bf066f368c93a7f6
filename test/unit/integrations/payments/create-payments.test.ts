/** The adapter that an ente file names is the one that answers, and what it lacks is said. */
import { describe, expect, test } from "bun:test";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Value } from "typebox/value";
import { RunBlocked } from "../../../../engine/host/errors.ts";
import type { HttpRequest } from "../../../../engine/host/http.ts";
import {
  createPayments,
  listPaymentAddresses,
  listPaymentSecrets,
} from "../../../../integrations/payments/create-payments.ts";
import { PaymentsSettings } from "../../../../integrations/payments/settings.ts";
import {
  creditor,
  fakeClock,
  govpaySettings,
  gpdSettings,
  memoryCounters,
  orderFor,
  refusalOf,
  unlimited,
} from "./payments-world.ts";

const heard: HttpRequest[] = [];

function create(settings: PaymentsSettings, outboxFolder = "/nonexistent") {
  heard.length = 0;
  return createPayments({
    settings,
    creditor,
    ente: "borgo",
    secrets: { get: async (name) => `value-of-${name}` },
    outboxFolder,
    http: async (request) => {
      heard.push(request);
      const body = { title: "Not found the debt position", status: 404, detail: "Not found" };
      return { status: 404, headers: new Headers(), body, bytes: new Uint8Array() };
    },
    clock: fakeClock(),
    limiter: unlimited,
    counters: memoryCounters(),
  });
}

describe("the adapter", () => {
  test("gpd calls GPD with the key that the secret names", async () => {
    const payments = create({ ...gpdSettings, subscriptionKey: { secret: "GPD_KEY" } });

    expect(await payments.find(orderFor("V-1"))).toBeNull();

    expect(heard[0]?.url).toBe(
      "http://gpd.test/v1/organizations/00000000191/debtpositions/00000000191-cdcfc857f50e27dca08c7877-g1",
    );
    expect(heard[0]?.headers).toEqual({ "ocp-apim-subscription-key": "value-of-GPD_KEY" });
  });

  test("govpay calls GovPay with user and password", async () => {
    const payments = create(govpaySettings);

    expect(await payments.find(orderFor("V-1"))).toBeNull();

    expect(heard[0]?.url).toBe(
      "http://govpay.test/govpay/backend/api/pendenze/rs/basic/v2/pendenze/POSTINO/cdcfc857f50e27dca08c7877-g1-S",
    );
    expect(heard[0]?.headers).toEqual({
      authorization: `Basic ${btoa("postino:value-of-GOVPAY_PASSWORD")}`,
    });
  });

  test("file writes into the ente's folder of the outbox", async () => {
    const outbox = await mkdtemp(join(tmpdir(), "outbox-"));
    const payments = create({ ...gpdSettings, adapter: "file" }, outbox);

    const error = await refusalOf(payments.reset(orderFor("V-1")));
    const names = await readdir(join(outbox, "borgo", "pagamenti"));
    await rm(outbox, { recursive: true });

    expect(error.code).toBe("WAITING_FOR_CODES");
    expect(names.toSorted()).toEqual(["registro.csv", "richieste-2026-11-23.csv"]);
    expect(heard).toEqual([]);
  });

  test("what the ente file lacks blocks with the name of the setting", () => {
    expect(() => create(gpdSettings)).toThrow(RunBlocked);
    expect(() => create(gpdSettings)).toThrow("payments.subscriptionKey");
    expect(() => create({ ...gpdSettings, adapter: "govpay" })).toThrow("payments.govpay");
  });
});

describe("what an ente's payment system needs, by its descriptor", () => {
  const all: PaymentsSettings = {
    ...govpaySettings,
    subscriptionKey: { secret: "GPD_KEY" },
    baseUrl: "https://pagamenti.example",
  };

  test.each([
    ["gpd", ["GPD_KEY"], ["https://pagamenti.example"]],
    ["govpay", ["GOVPAY_PASSWORD"], ["https://pagamenti.example"]],
    ["file", [], []],
  ] as const)("%s asks for its own secrets and addresses alone", (adapter, secrets, addresses) => {
    const settings = { ...all, adapter };

    expect(listPaymentSecrets(settings).map(({ secret }) => secret)).toEqual([...secrets]);
    expect(listPaymentAddresses(settings)).toEqual([...addresses]);
  });
});

/** The settings without some of their fields. */
function without(
  settings: PaymentsSettings,
  ...names: readonly (keyof PaymentsSettings)[]
): PaymentsSettings {
  const kept = Object.entries(settings).filter(([name]) => !names.some((gone) => gone === name));
  return Object.fromEntries(kept) as PaymentsSettings;
}

describe("address and account", () => {
  const gpd: PaymentsSettings = { ...gpdSettings, subscriptionKey: { secret: "K" } };

  test.each([
    ["gpd", gpd],
    ["govpay", govpaySettings],
  ])("%s: an adapter that answers over the network needs both", (_name, settings) => {
    for (const name of ["baseUrl", "iban"] as const) {
      expect(() => create(without(settings, name))).toThrow(RunBlocked);
      expect(() => create(without(settings, name))).toThrow(
        `Nel file dell'ente manca payments.${name}: le posizioni debitorie non si possono gestire.`,
      );
    }
  });

  test("the exchange by files needs neither", async () => {
    const settings = Value.Default(PaymentsSettings, { adapter: "file", segregationCode: "07" });

    expect(Value.Check(PaymentsSettings, settings)).toBe(true);
    expect(await create(settings as PaymentsSettings).inspect({ iupd: "X" })).toBe("unclear");
  });
});

describe("the settings", () => {
  test("the least that an ente must say gets the defaults", () => {
    const settings = Value.Default(PaymentsSettings, {
      baseUrl: "https://api.uat.platform.pagopa.it/gpd/debt-positions-service/v1",
      segregationCode: "07",
      iban: "IT60X0542811101000000123456",
    });

    expect(Value.Check(PaymentsSettings, settings)).toBe(true);
    expect(settings).toMatchObject({
      adapter: "gpd",
      category: "9/0101108TS/",
      firstNumber: 1,
      dueDays: 730,
    });
    // Each payment system has its own.
    expect(settings).not.toHaveProperty("requestsPerSecond");
  });

  test.each([
    { segregationCode: 7 },
    { segregationCode: "7" },
    { iban: "IT60" },
    { baseUrl: "api.platform.pagopa.it" },
    { dueDays: 30 },
    {
      govpay: { idA2A: "con spazio", idTipoPendenza: "CDS", user: "u", password: { secret: "P" } },
    },
  ])("%j is refused", (change) => {
    expect(Value.Check(PaymentsSettings, { ...gpdSettings, ...change })).toBe(false);
  });
});
