/** Every request of our payment clients and every answer of the simulators against the official OpenAPI files, where they are at hand. */
import { describe, expect, test } from "bun:test";
import Ajv from "ajv";
import type { ValidateFunction } from "ajv";
import Ajv2020 from "ajv/dist/2020.js";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { createHttp } from "../../engine/http.ts";
import { createGovPayPayments } from "../../integrations/payments/govpay-client.ts";
import { createGovPaySimulator } from "../../integrations/payments/govpay-simulator.ts";
import { createGpdPayments } from "../../integrations/payments/gpd-client.ts";
import { createGpdSimulator } from "../../integrations/payments/gpd-simulator.ts";
import type { PaymentsPort } from "../../integrations/payments/port.ts";
import {
  creditor,
  fakeClock,
  govpaySettings,
  gpdSettings,
  memoryCounters,
  orderFor,
  unlimited,
} from "../unit/payments/payments-world.ts";
import { referenceFolder, tally } from "./tally.ts";

const folder = join(referenceFolder, "contracts", "pagopa");
const isThere = existsSync(folder);
if (!isThere)
  console.warn("payments-contracts: skipped, the OpenAPI files of GPD and GovPay are not at hand");

interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly body: unknown;
  readonly status: number;
  readonly answerHeaders: Headers;
  readonly answer: unknown;
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content & { readonly $ref?: string }>>;
}

interface Parameter {
  readonly $ref?: string;
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: object;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: object }>>;
  readonly headers?: Readonly<Record<string, unknown>>;
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>;
    readonly responses?: Readonly<Record<string, Content>>;
  };
}

/** Holds exchanges against one OpenAPI file. */
class Contract {
  readonly #ajv: Ajv;
  readonly #api: OpenApi;

  constructor(api: OpenApi, ajv: Ajv) {
    this.#api = api;
    this.#ajv = ajv;
    for (const [name, schema] of Object.entries(api.components.schemas))
      ajv.addSchema(schema, `#/components/schemas/${name}`);
  }

  /** Everything in the exchange that the file does not allow. */
  faults(exchange: Exchange): readonly string[] {
    const where = `${exchange.method} ${exchange.path} ${exchange.status}`;
    const found = this.#operation(exchange);
    if (found === null) return [`${where}: no such operation`];
    const { operation, names } = found;
    const faults: string[] = [];
    for (const parameter of operation.parameters ?? []) {
      if (parameter.in === "path")
        faults.push(
          ...this.#check(
            parameter.schema,
            names[parameter.name],
            `${where} path ${parameter.name}`,
          ),
        );
      if (parameter.in !== "query") continue;
      const value = exchange.query.get(parameter.name);
      if (value === null) continue;
      const typed = /^(true|false|\d+)$/.test(value) ? (JSON.parse(value) as unknown) : value;
      faults.push(...this.#check(parameter.schema, typed, `${where} query ${parameter.name}`));
    }
    if (operation.requestBody !== undefined) {
      const type = (exchange.headers.get("content-type") ?? "").split(";")[0] ?? "";
      const schema = operation.requestBody.content?.[type]?.schema;
      if (schema === undefined) faults.push(`${where}: content type ${type} not allowed`);
      else faults.push(...this.#check(schema, exchange.body, `${where} request`));
    }
    const response = this.#response(operation, exchange.status);
    if (response === null) return [...faults, `${where}: no such answer`];
    const type = (exchange.answerHeaders.get("content-type") ?? "").split(";")[0] ?? "";
    const schema = response.content?.[type]?.schema;
    if (schema !== undefined)
      faults.push(...this.#check(schema, exchange.answer, `${where} answer`));
    for (const header of Object.keys(response.headers ?? {}))
      if (!exchange.answerHeaders.has(header)) faults.push(`${where}: header ${header} missing`);
    return faults;
  }

  #operation({ method, path }: Exchange) {
    for (const [template, operations] of Object.entries(this.#api.paths)) {
      const names = [...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
      const pattern = new RegExp(`^${template.replaceAll(/\{\w+\}/g, "([^/]+)")}$`);
      const match = pattern.exec(path);
      const operation = operations[method.toLowerCase()];
      if (match === null || operation === undefined) continue;
      const values: Record<string, string> = {};
      for (const [index, name] of names.entries())
        values[name] = decodeURIComponent(match[index + 1] ?? "");
      return { operation, names: values };
    }
    return null;
  }

  #response(operation: Operation, status: number): Content | null {
    const response = operation.responses[String(status)];
    if (response === undefined) return null;
    const name = /^#\/components\/responses\/(.+)$/.exec(response.$ref ?? "")?.[1];
    return name === undefined ? response : (this.#api.components.responses?.[name] ?? null);
  }

  #check(schema: object, value: unknown, where: string): readonly string[] {
    const validate: ValidateFunction = this.#ajv.compile(schema);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${where}: ${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  }
}

const formats = {
  int32: true,
  int64: true,
  double: true,
  base64: true,
  byte: true,
  binary: true,
  date: /^\d{4}-\d{2}-\d{2}$/,
  "date-time": /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/,
} as const;

function gpdContract(): Contract {
  // `\h` is Java's class of horizontal blanks, which no JavaScript regular expression knows.
  const text = readFileSync(join(folder, "gpd_openapi_external_v1.json"), "utf8").replaceAll(
    String.raw`[\\w*\\h-]+`,
    String.raw`[\\w* \\t-]+`,
  );
  const ajv = new Ajv2020({ strict: false, formats, allErrors: true });
  return new Contract(JSON.parse(text) as OpenApi, ajv);
}

/**
 * One disagreement, in the file itself: PatchOp.value is declared an object, but its own state change takes a text
 * (`"value": "ANNULLATA"`, as in GovPay's tests), so the declaration is widened here.
 */
function govpayContract(): Contract {
  const text = readFileSync(join(folder, "govpay-api-pendenze-v2.yaml"), "utf8");
  const api = parse(text) as OpenApi;
  const schemas: Record<string, { properties?: Record<string, object> }> = api.components.schemas;
  const patch = schemas["PatchOp"]?.properties;
  if (patch !== undefined) patch["value"] = { type: ["object", "string"] };
  // GovPay writes these answers although the file lists no 201 for a PUT and no 422 (PendenzaController, VER_* codes).
  const put = api.paths["/pendenze/{idA2A}/{idPendenza}"]?.["put"];
  if (put !== undefined) {
    const responses = put.responses as Record<string, unknown>;
    responses["201"] = responses["200"];
    responses["422"] = {
      content: { "application/json": { schema: { $ref: "#/components/schemas/FaultBean" } } },
    };
  }
  return new Contract(
    api,
    new Ajv({ strict: false, formats, allErrors: true, unicodeRegExp: false }),
  );
}

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

  test.skipIf(!isThere)("every request and every answer is as the OpenAPI file says", async () => {
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
  });

  test.skipIf(!isThere)("the check itself finds a wrong request and a wrong answer", async () => {
    const contract = gpdContract();
    const [first] = (await record()).filter((exchange) => exchange.status === 201);
    if (first === undefined) throw new Error("no create was recorded");

    expect(contract.faults({ ...first, body: { iupd: "x" } }).length).toBeGreaterThan(0);
    expect(contract.faults({ ...first, answer: { status: "OPEN" } }).length).toBeGreaterThan(0);
    expect(contract.faults({ ...first, path: "/nowhere" })).toEqual([
      "POST /nowhere 201: no such operation",
    ]);
  });
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

  test.skipIf(!isThere)("every request and every answer is as the OpenAPI file says", async () => {
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
  });
});
