/** Tests that no address of an ente's file escapes the guard of real services. */
import { expect, test } from "bun:test";
import { RunBlocked } from "../../../engine/host/errors.ts";
import { assertLive } from "../../../integrations/build.ts";
import type { EnteSettings } from "../../../integrations/ente.ts";

const harmless: EnteSettings = {
  ente: { codice: "prova", nome: "Comune di Prova", codiceFiscale: "89999990164" },
  live: false,
  send: {
    active: true,
    baseUrl: "http://127.0.0.1:8098/send",
    apiVersion: "2.5",
    apiKey: { secret: "SEND" },
    taxonomyCode: "010101P",
    feePolicy: "DELIVERY_MODE",
    paFee: 100,
    vat: 22,
    physicalCommunication: "REGISTERED_LETTER_890",
    subject: "Violazione",
    requestsPerSecond: 100,
  },
  payments: {
    adapter: "gpd",
    baseUrl: "http://localhost:8098/gpd",
    segregationCode: "01",
    iban: "IT60X0542811101000000123456",
    category: "9/0101108TS/",
    firstNumber: 1,
    dueDays: 730,
    requestsPerSecond: 100,
  },
  signing: { signers: {} },
};

const csc = {
  version: "2",
  baseUrl: "http://127.0.0.1:8098/csc/v2",
  clientId: "c",
  clientSecret: { secret: "CSC" },
  credentialId: "c",
  chunk: 500,
} as const;

const pdnd = {
  tokenUrl: "https://real.example/token",
  audience: "a",
  clientId: "c",
  keyId: "k",
  purposeId: "p",
  privateKey: { secret: "PDND" },
};

const real = "https://real.example/x";
const { send, payments } = harmless;

const places: readonly (readonly [string, Partial<EnteSettings>])[] = [
  ["SEND", { send: { ...send, baseUrl: real } }],
  ["PDND", { send: { ...send, pdnd } }],
  ["payments", { payments: { ...payments, baseUrl: real } }],
  ["remote signature", { signing: { signers: { a: { csc: { ...csc, baseUrl: real } } } } }],
  ["its tokens", { signing: { signers: { a: { csc: { ...csc, tokenUrl: real } } } } }],
  ["time stamps", { signing: { signers: {}, timestamp: { url: real } } }],
];

function codeOf(settings: EnteSettings, isLive: boolean): string | null {
  try {
    assertLive(settings, isLive);
    return null;
  } catch (error) {
    if (error instanceof RunBlocked) return error.code;
    throw error;
  }
}

test("addresses of this machine need no permission", () => {
  const settings = { ...harmless, signing: { signers: { a: { csc } } } };

  expect(codeOf(settings, false)).toBeNull();
});

test("a file adapter for payments has no address to guard", () => {
  const settings = {
    ...harmless,
    payments: { ...payments, adapter: "file", baseUrl: real } as const,
  };

  expect(codeOf(settings, false)).toBeNull();
});

test.each(places)("a real address of %s needs both permissions", (_name, change) => {
  const settings = { ...harmless, ...change };

  expect(codeOf(settings, false)).toBe("LIVE_NOT_ALLOWED");
  expect(codeOf(settings, true)).toBe("LIVE_NOT_ALLOWED");
  expect(codeOf({ ...settings, live: true }, false)).toBe("LIVE_NOT_ALLOWED");
  expect(codeOf({ ...settings, live: true }, true)).toBeNull();
});
