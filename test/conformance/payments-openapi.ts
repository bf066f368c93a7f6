/** The official OpenAPI files of GPD and GovPay, and what an exchange does against them. */
import Ajv from "ajv";
import type { ValidateFunction } from "ajv";
import Ajv2020 from "ajv/dist/2020.js";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { referenceFolder } from "./tally.ts";

const folder = join(referenceFolder, "contracts", "pagopa");
export const hasPaymentContracts = existsSync(folder);

/** One request of ours; `path` is below the base URL. */
export interface AskedFor {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly body: unknown;
}

/** The same with the simulator's answer. */
export interface Exchange extends AskedFor {
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

/** What the file says of a request, with the values in its path. */
interface Found {
  readonly operation: Operation;
  readonly names: Readonly<Record<string, string>>;
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>;
    readonly responses?: Readonly<Record<string, Content>>;
  };
}

/** Holds exchanges against one OpenAPI file. */
export class Contract {
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
    return found === null
      ? [`${where}: no such operation`]
      : [
          ...this.#requestFaults(exchange, found, where),
          ...this.#answerFaults(exchange, found.operation, where),
        ];
  }

  /** The same of a request whose answer is not known. */
  requestFaults(request: AskedFor): readonly string[] {
    const where = `${request.method} ${request.path}`;
    const found = this.#operation(request);
    return found === null
      ? [`${where}: no such operation`]
      : this.#requestFaults(request, found, where);
  }

  #requestFaults(
    exchange: AskedFor,
    { operation, names }: Found,
    where: string,
  ): readonly string[] {
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
    return faults;
  }

  #answerFaults(exchange: Exchange, operation: Operation, where: string): readonly string[] {
    const response = this.#response(operation, exchange.status);
    if (response === null) return [`${where}: no such answer`];
    const faults: string[] = [];
    const type = (exchange.answerHeaders.get("content-type") ?? "").split(";")[0] ?? "";
    const schema = response.content?.[type]?.schema;
    if (schema !== undefined)
      faults.push(...this.#check(schema, exchange.answer, `${where} answer`));
    const types = Object.keys(response.content ?? {});
    if (types.length > 0 && !types.includes(type))
      faults.push(`${where}: answer of type «${type}», not ${types.join(" or ")}`);
    for (const header of Object.keys(response.headers ?? {}))
      if (!exchange.answerHeaders.has(header)) faults.push(`${where}: header ${header} missing`);
    return faults;
  }

  #operation({ method, path }: AskedFor): Found | null {
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

/** GPD, by the version of its API. */
export function gpdContract(version: "v1" | "v2" = "v1"): Contract {
  // `\h` is Java's class of horizontal blanks, which no JavaScript regular expression knows.
  const text = readFileSync(
    join(folder, `gpd_openapi_external_${version}.json`),
    "utf8",
  ).replaceAll(String.raw`[\\w*\\h-]+`, String.raw`[\\w* \\t-]+`);
  const ajv = new Ajv2020({ strict: false, formats, allErrors: true });
  return new Contract(JSON.parse(text) as OpenApi, ajv);
}

/**
 * One disagreement, in the file itself: PatchOp.value is declared an object, but its own state change takes a text
 * (`"value": "ANNULLATA"`, as in GovPay's tests), so the declaration is widened here.
 */
export function govpayContract(): Contract {
  const text = readFileSync(join(folder, "govpay-api-pendenze-v2.yaml"), "utf8");
  const api = parse(text) as OpenApi;
  const schemas: Record<string, { properties?: Record<string, object> }> = api.components.schemas;
  const patch = schemas["PatchOp"]?.properties;
  if (patch !== undefined) patch["value"] = { type: ["object", "string"] };
  // GovPay writes these answers although the file lists no 201 for a PUT and no 422 (PendenzaController, VER_* codes).
  const fault = {
    content: { "application/json": { schema: { $ref: "#/components/schemas/FaultBean" } } },
  };
  const put = api.paths["/pendenze/{idA2A}/{idPendenza}"]?.["put"];
  if (put !== undefined) {
    const responses = put.responses as Record<string, unknown>;
    responses["201"] = responses["200"];
    responses["422"] = fault;
  }
  // The file leaves the body of these open; BaseController writes a FaultBean.
  const named: Record<string, Content> = { ...api.components.responses };
  for (const name of ["400BadRequest", "401NotAuthenticated", "403NotAuthorized", "404NotFound"])
    named[name] = { ...named[name], ...fault };
  return new Contract(
    { ...api, components: { ...api.components, responses: named } },
    new Ajv({ strict: false, formats, allErrors: true, unicodeRegExp: false }),
  );
}

/** What `doctor` and a run ask of GovPay's own settings. */
export function govpayBackofficeContract(): Contract {
  const text = readFileSync(join(folder, "govpay-api-backoffice-v1.yaml"), "utf8");
  return new Contract(
    parse(text) as OpenApi,
    new Ajv({ strict: false, formats, allErrors: true, unicodeRegExp: false }),
  );
}
