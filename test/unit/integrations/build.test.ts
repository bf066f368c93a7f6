/** Who answers for an ente: real addresses are guarded wherever they stand, and a PDND section reaches the client. */
import { expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { RunBlocked } from "../../../engine/host/errors.ts";
import { createHttp } from "../../../engine/host/http.ts";
import { createLimiter } from "../../../engine/host/limiter.ts";
import { assertLive, buildSend } from "../../../integrations/build.ts";
import type { EnteSettings } from "../../../integrations/ente.ts";
import { fakeClock, settings as sendSettings } from "./send/setup.ts";

const pdnd = {
  tokenUrl: "http://127.0.0.1:1/token.oauth2",
  audience: "auth.example/client-assertion",
  clientId: "c",
  keyId: "k",
  purposeId: "p",
  privateKey: { secret: "PDND_KEY" },
};
const csc = {
  version: "2" as const,
  baseUrl: "http://127.0.0.1:1/csc/v2",
  clientId: "c",
  clientSecret: { secret: "S" },
  credentialId: "x",
  chunk: 500,
};
const local: EnteSettings = {
  ente: { codice: "prova", nome: "Comune di Prova", codiceFiscale: "00000000018" },
  live: false,
  send: { ...sendSettings, baseUrl: "http://127.0.0.1:1/send", pdnd },
  payments: {
    adapter: "gpd",
    baseUrl: "http://127.0.0.1:1/gpd",
    segregationCode: "01",
    iban: "IT60X0542811101000000123456",
    category: "9/0101108TS/",
    firstNumber: 1,
    dueDays: 730,
    requestsPerSecond: 100,
  },
  signing: { signers: { tutti: { csc } }, timestamp: { url: "http://127.0.0.1:1/tsa" } },
};

function refusedHost(settings: EnteSettings): string {
  try {
    assertLive(settings, false);
  } catch (error) {
    if (!(error instanceof RunBlocked)) throw error;
    return `${error.code} ${/L'indirizzo (\S+)/.exec(error.message)?.[1] ?? ""}`;
  }
  return "allowed";
}

test("an ente that names only this machine needs no permission", () => {
  expect(refusedHost(local)).toBe("allowed");
});

test.each([
  ["SEND", { send: { ...local.send, baseUrl: "https://send.example" } }, "send.example"],
  [
    "PDND",
    { send: { ...local.send, pdnd: { ...pdnd, tokenUrl: "https://pdnd.example/token" } } },
    "pdnd.example",
  ],
  ["payments", { payments: { ...local.payments, baseUrl: "https://gpd.example" } }, "gpd.example"],
  [
    "remote signature",
    { signing: { signers: { uno: { csc: { ...csc, baseUrl: "https://csc.example" } } } } },
    "csc.example",
  ],
  [
    "its token service",
    { signing: { signers: { uno: { csc: { ...csc, tokenUrl: "https://token.example/t" } } } } },
    "token.example",
  ],
  [
    "timestamps",
    { signing: { signers: {}, timestamp: { url: "https://tsa.example" } } },
    "tsa.example",
  ],
])("a real address of %s is refused without both permissions", (_name, change, host) => {
  const settings: EnteSettings = { ...local, ...change };

  expect(refusedHost(settings)).toBe(`LIVE_NOT_ALLOWED ${host}`);
  expect(refusedHost({ ...settings, live: true })).toBe(`LIVE_NOT_ALLOWED ${host}`);
  expect(() => assertLive({ ...settings, live: true }, true)).not.toThrow();
});

test("positions by file have no address to guard", () => {
  const settings: EnteSettings = {
    ...local,
    payments: { ...local.payments, adapter: "file", baseUrl: "https://gpd.example" },
  };

  expect(refusedHost(settings)).toBe("allowed");
});

test("a PDND section puts a voucher beside the API key", async () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const secrets: Readonly<Record<string, string>> = {
    SEND_API_KEY: "chiave",
    PDND_KEY: privateKey.export({ type: "pkcs8", format: "pem" }),
  };
  const seen: string[] = [];
  const http = createHttp(async (input, init) => {
    const request = new Request(input, init);
    seen.push(
      `${new URL(request.url).pathname} ${request.headers.get("x-api-key")} ${request.headers.get("authorization")}`,
    );
    return request.method === "POST"
      ? Response.json({ access_token: "voucher-1", expires_in: 600 })
      : Response.json({ errors: [{ code: "PN_DELIVERY_NOTIFICATIONNOTFOUND" }] }, { status: 404 });
  });
  const clock = fakeClock();
  const { port } = buildSend(local, {
    http,
    clock,
    limiter: createLimiter(clock),
    secrets: { get: async (name) => secrets[name] ?? "" },
  });

  const found = await port.find("V-1", "t");

  expect(found).toBeNull();
  expect(seen).toEqual([
    "/token.oauth2 null null",
    "/send/delivery/v2.5/requests chiave Bearer voucher-1",
  ]);
});
