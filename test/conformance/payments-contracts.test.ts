/** Every request of our payment clients and every answer of the simulators against the official OpenAPI files, where they are at hand. */
import { describe, expect, test } from "bun:test";
import { createHttp } from "../../engine/host/http.ts";
import { createGovPayPayments } from "../../integrations/payments/govpay/client.ts";
import { createGovPaySimulator } from "../../simulators/payments/govpay-simulator.ts";
import { createGpdPayments } from "../../integrations/payments/gpd/client.ts";
import { createGpdSimulator } from "../../simulators/payments/gpd-simulator.ts";
import type { PaymentsPort, ResetOrder } from "../../integrations/payments/port.ts";
import {
  creditor,
  fakeClock,
  govpaySettings,
  gpdSettings,
  memoryCounters,
  orderFor,
  unlimited,
} from "../unit/integrations/payments/payments-world.ts";
import {
  type Exchange,
  govpayContract,
  gpdContract,
  hasPaymentContracts,
} from "./payments-openapi.ts";
import { tally } from "./tally.ts";

if (!hasPaymentContracts)
  console.warn("payments-contracts: skipped, the OpenAPI files of GPD and GovPay are not at hand");

/** A fetch that remembers what went over it, with paths below the base URL. */
function recorder(base: string, target: (request: Request) => Response | Promise<Response>) {
  const exchanges: Exchange[] = [];
  const http = createHttp(async (input, init) => {
    const request = new Request(input, init);
    const sent = await request.clone().text();
    const url = new URL(request.url);
    url.pathname = url.pathname.replace(new URL(base).pathname, "");
    const response = await target(new Request(url, request));
    const text = await response.clone().text();
    const isJson = /json/.test(response.headers.get("content-type") ?? "");
    exchanges.push({
      method: request.method,
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: sent === "" ? undefined : JSON.parse(sent),
      status: response.status,
      answerHeaders: response.headers,
      answer: isJson ? JSON.parse(text) : text,
    });
    return response;
  });
  return { exchanges, http };
}

const variants = [
  orderFor("V-1"),
  orderFor("V-2", { options: [{ kind: "reduced", amountCents: 1999 }] }),
  orderFor("V-3", {
    debtor: { type: "PG", taxId: "00743110157", denomination: "Ditta Fittizia S.r.l." },
  }),
];

const refusable = { reason: "", options: [{ kind: "reduced" as const, amountCents: 1 }] };

async function ignoringRefusal(promise: Promise<unknown>): Promise<void> {
  await promise.catch(() => undefined);
}

describe("GPD v2", () => {
  async function record(): Promise<readonly Exchange[]> {
    const simulator = createGpdSimulator({
      file: ":memory:",
      clock: fakeClock(),
      subscriptionKeys: ["k"],
      segregationCodes: ["07"],
    });
    const old = [1, 2, 3].map((n) => `OLD-${n}`);
    for (const [n, iupd] of old.entries())
      simulator.seed([
        {
          organization: creditor.taxId,
          iupd,
          options: [{ iuv: `0700000000009900${n}`, amountCents: 5 }],
        },
      ]);
    const base = gpdSettings.baseUrl.replace("/v1", "/v2");
    const { exchanges, http } = recorder(base, (request) => simulator.v2.fetch(request));
    const both = recorder(gpdSettings.baseUrl, (request) => simulator.app.fetch(request));
    const make = (key: string, segregationCode: string): PaymentsPort =>
      createGpdPayments({
        settings: { ...gpdSettings, segregationCode },
        creditor,
        subscriptionKey: async () => key,
        http: async (request) => await (request.url.startsWith(base) ? http : both.http)(request),
        clock: fakeClock(),
        limiter: unlimited,
        counters: memoryCounters(),
      });
    const reset = async (payments: PaymentsPort, orders: readonly ResetOrder[]): Promise<void> => {
      for await (const end of payments.resetMany?.(orders) ?? [])
        expect(["done", "failed"]).toContain(end.status);
    };
    const payments = make("k", "07");
    const withOld = variants.map((order, n) => ({ ...order, old: [{ iupd: `OLD-${n + 1}` }] }));
    await reset(payments, [...withOld, orderFor("V-4"), orderFor("V-5")]);
    await reset(payments, [...withOld, orderFor("V-6", refusable)]);
    await reset(make("wrong", "07"), [orderFor("V-7"), orderFor("V-8")]);
    await reset(make("k", "08"), [orderFor("V-7"), orderFor("V-8")]);
    const erase = (paymentPositionIUPDs: readonly string[]) =>
      http({
        method: "DELETE",
        url: `${base}/organizations/${creditor.taxId}/debtpositions`,
        headers: { "ocp-apim-subscription-key": "k" },
        json: { paymentPositionIUPDs },
      });
    await erase(["GONE"]);
    await erase(["OLD-1", "OLD-2"]);
    simulator.close();
    return exchanges;
  }

  test.skipIf(!hasPaymentContracts)(
    "every bulk and every answer to one is as the OpenAPI file says",
    async () => {
      const contract = gpdContract("v2");
      const exchanges = await record();

      const faults = exchanges.flatMap((exchange) =>
        contract
          .faults(exchange)
          .filter((fault) => exchange.status !== 400 || !fault.includes(" request")),
      );

      const count = exchanges.length;
      tally({ suite: "GPD v2 OpenAPI", requests: count, answers: count, faults });
      expect(faults).toEqual([]);
      expect([...new Set(exchanges.map((e) => `${e.method} ${e.status}`))].toSorted()).toEqual([
        "DELETE 200",
        "DELETE 404",
        "POST 201",
        "POST 400",
        "POST 401",
        "POST 403",
        "POST 409",
        "PUT 200",
      ]);
    },
  );
});

describe("GPD v1", () => {
  async function record(): Promise<readonly Exchange[]> {
    const simulator = createGpdSimulator({
      file: ":memory:",
      clock: fakeClock(),
      subscriptionKeys: ["k"],
      segregationCodes: ["07"],
    });
    simulator.seed([
      {
        organization: creditor.taxId,
        iupd: "OLD-1",
        options: [{ iuv: "07000000000099001", amountCents: 5 }],
      },
      {
        organization: creditor.taxId,
        iupd: "OLD-2",
        status: "DRAFT",
        options: [{ iuv: "07000000000099002", amountCents: 5 }],
      },
      {
        organization: creditor.taxId,
        iupd: "OLD-3",
        status: "REPORTED",
        options: [{ iuv: "07000000000099003", amountCents: 5 }],
      },
      {
        organization: creditor.taxId,
        iupd: "OTHER",
        options: [{ iuv: "07000000000000105", amountCents: 5 }],
      },
    ]);
    const { exchanges, http } = recorder(gpdSettings.baseUrl, (request) =>
      simulator.app.fetch(request),
    );
    const make = (key: string, segregationCode: string): PaymentsPort =>
      createGpdPayments({
        settings: { ...gpdSettings, segregationCode, postalIban: "IT60X0760111101000000123456" },
        creditor,
        subscriptionKey: async () => key,
        http,
        clock: fakeClock(),
        limiter: unlimited,
        counters: memoryCounters(),
      });
    const payments = make("k", "07");
    const old = [{ iupd: "OLD-1" }, { iupd: "OLD-2" }, { iupd: "GONE" }];
    for (const order of variants) {
      await payments.reset({ ...order, old });
      await payments.find(order);
      await payments.reset({ ...order, old });
    }
    await ignoringRefusal(payments.reset(orderFor("V-4", { old: [{ iupd: "OLD-3" }] })));
    await ignoringRefusal(payments.reset(orderFor("V-5", refusable)));
    await ignoringRefusal(make("wrong", "07").reset(orderFor("V-6")));
    await ignoringRefusal(make("k", "08").reset(orderFor("V-7")));
    const call = (method: "GET" | "PUT" | "POST", path: string, json?: unknown) =>
      http({
        method,
        url: `${gpdSettings.baseUrl}/organizations/${creditor.taxId}${path}`,
        headers: { "ocp-apim-subscription-key": "k" },
        ...(json === undefined ? {} : { json }),
      });
    await call("GET", "/debtpositions?limit=50&page=0");
    await call("GET", "/debtpositions?due_date_from=2026-01-01&due_date_to=2026-12-31");
    await call("POST", "/debtpositions/OLD-1/publish");
    await call("POST", "/debtpositions/OLD-1/invalidate");
    await call("POST", "/paymentoptions/paids/307000000000000105", {
      paymentDate: "2026-11-23T09:00:00.000Z",
    });
    await call("POST", "/paymentoptions/paids/307000000000000105", {
      paymentDate: "2026-11-23T09:00:00.000Z",
    });
    await call("POST", "/paymentoptions/paids/307000000000077777", {});
    simulator.close();
    return exchanges;
  }

  test.skipIf(!hasPaymentContracts)(
    "every request and every answer is as the OpenAPI file says",
    async () => {
      const contract = gpdContract();
      const exchanges = await record();

      // A refused body is sent on purpose once, to see the answer.
      const faults = exchanges.flatMap((exchange) =>
        contract
          .faults(exchange)
          .filter((fault) => exchange.status !== 400 || !fault.includes(" request")),
      );

      const count = exchanges.length;
      tally({ suite: "GPD v1 OpenAPI", requests: count, answers: count, faults });
      expect(faults).toEqual([]);
      const seen = new Set(
        exchanges.map(
          (e) =>
            `${e.method} ${e.path
              .split("/")
              .at(-1)
              ?.replace(/^(0|OLD|GONE|3).*/, "*")} ${e.status}`,
        ),
      );
      for (const expected of [
        "POST debtpositions 201",
        "POST debtpositions 400",
        "POST debtpositions 401",
        "POST debtpositions 403",
        "POST debtpositions 409",
        "POST publish 200",
        "POST publish 409",
        "POST invalidate 200",
        "POST invalidate 409",
        "DELETE * 200",
        "GET * 200",
        "GET * 404",
        "GET debtpositions 200",
        "GET debtpositions 400",
        "POST * 200",
        "POST * 404",
        "POST * 409",
      ])
        expect([...seen]).toContain(expected);
    },
  );

  test.skipIf(!hasPaymentContracts)(
    "the check itself finds a wrong request and a wrong answer",
    async () => {
      const contract = gpdContract();
      const [first] = (await record()).filter((exchange) => exchange.status === 201);
      if (first === undefined) throw new Error("no create was recorded");

      expect(contract.faults({ ...first, body: { iupd: "x" } }).length).toBeGreaterThan(0);
      expect(contract.faults({ ...first, answer: { status: "OPEN" } }).length).toBeGreaterThan(0);
      expect(contract.faults({ ...first, path: "/nowhere" })).toEqual([
        "POST /nowhere 201: no such operation",
      ]);
    },
  );
});

describe("GovPay pendenze v2", () => {
  async function record(): Promise<readonly Exchange[]> {
    const simulator = createGovPaySimulator({
      file: ":memory:",
      clock: fakeClock(),
      users: { postino: "p" },
    });
    const seed = { idDominio: creditor.taxId, idA2A: "POSTINO", importoCents: 1999 };
    simulator.seed([
      { ...seed, idPendenza: "OLD-1", numeroAvviso: "307000000000099001" },
      { ...seed, idPendenza: "OLD-2", numeroAvviso: "307000000000099002", stato: "INCASSATA" },
      { ...seed, idPendenza: "OTHER", numeroAvviso: "307000000000000105" },
    ]);
    const { exchanges, http } = recorder(govpaySettings.baseUrl, (request) =>
      simulator.app.fetch(request),
    );
    const make = (password: string): PaymentsPort =>
      createGovPayPayments({
        settings: { ...govpaySettings, emission: { year: 2026, number: "012" } },
        govpay: govpaySettings.govpay,
        creditor,
        password: async () => password,
        http,
        clock: fakeClock(),
        limiter: unlimited,
        counters: memoryCounters(),
      });
    const payments = make("p");
    for (const order of variants) {
      await payments.reset({
        ...order,
        old: [{ idPendenza: "OLD-1" }, { noticeCode: "307000000000099001" }],
      });
      await payments.find(order);
    }
    await ignoringRefusal(payments.reset(orderFor("V-4", { old: [{ idPendenza: "OLD-2" }] })));
    await ignoringRefusal(payments.reset(orderFor("V-5", refusable)));
    await ignoringRefusal(make("wrong").reset(orderFor("V-6")));
    simulator.close();
    return exchanges;
  }

  test.skipIf(!hasPaymentContracts)(
    "every request and every answer is as the OpenAPI file says",
    async () => {
      const contract = govpayContract();
      const exchanges = await record();

      const faults = exchanges.flatMap((exchange) =>
        contract
          .faults(exchange)
          .filter((fault) => exchange.status !== 400 || !fault.includes(" request")),
      );

      const count = exchanges.length;
      tally({ suite: "GovPay v2 OpenAPI", requests: count, answers: count, faults });
      expect(faults).toEqual([]);
      const seen = new Set(exchanges.map((e) => `${e.method} ${e.status}`));
      expect([...seen].toSorted()).toEqual([
        "GET 200",
        "GET 401",
        "GET 404",
        "PATCH 200",
        "PUT 201",
        "PUT 400",
        "PUT 422",
      ]);
    },
  );
});
