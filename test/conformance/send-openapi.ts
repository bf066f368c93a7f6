/** Holds recorded exchanges with SEND against its official OpenAPI files. */
import Ajv, { type ValidateFunction } from "ajv";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { referenceFolder, tally } from "./tally.ts";

/** Where the reference material lies, or is missing. */
export const contractsFolder = join(referenceFolder, "contracts", "send");
export const casesFile = join(referenceFolder, "cases", "send.jsonl");
export const postalFolder = join(referenceFolder, "postal");
export const hasContracts = existsSync(contractsFolder);
export const hasCases = existsSync(casesFile);

/** One request of ours. */
export interface AskedFor {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

/** The same with the simulator's answer. */
export interface Exchange extends AskedFor {
  readonly status: number;
  readonly contentType: string;
  readonly headers: Headers;
  readonly answer: unknown;
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
  readonly headers?: Readonly<Record<string, { readonly schema?: object }>>;
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

/** What a file says of a request, with the values in its path. */
interface Found {
  readonly operation: Operation;
  readonly shared: readonly Parameter[];
  readonly values: Readonly<Record<string, string>>;
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>;
    readonly parameters?: Readonly<Record<string, Parameter>>;
  };
}

/** One OpenAPI file; `prefix` is what stands before its paths in the world. */
export class SendContract {
  readonly name: string;
  readonly #prefix: string;
  readonly #api: OpenApi;
  readonly #ajv: Ajv;
  readonly #compiled = new Map<object, ValidateFunction>();

  /** `beside`: files of the same folder that the first one refers to. */
  constructor(name: string, file: string, prefix: string, beside: readonly string[] = []) {
    this.name = name;
    this.#prefix = prefix;
    this.#api = readApi(file);
    for (const other of beside)
      this.#api = {
        ...this.#api,
        components: {
          ...this.#api.components,
          schemas: { ...this.#api.components.schemas, ...readApi(other).components.schemas },
        },
      };
    // Patterns are read without the unicode flag, as the gateway reads them.
    this.#ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false, logger: false });
    for (const [schema, content] of Object.entries(this.#api.components.schemas))
      this.#ajv.addSchema(content, `#/components/schemas/${schema}`);
  }

  /** What the exchange does against the file; `null` when the file does not know the path. `isAnswerOnly`: the request was meant to be bad. */
  faults(exchange: Exchange, isAnswerOnly = false): readonly string[] | null {
    const found = this.#operation(exchange);
    if (found === null) return null;
    const where = `${exchange.method} ${exchange.path} ${exchange.status}`;
    const ofAnswer = this.#answerFaults(exchange, found.operation, where);
    return isAnswerOnly ? ofAnswer : [...this.#requestFaults(exchange, found, where), ...ofAnswer];
  }

  /** The same of a request whose answer is not known. */
  requestFaults(request: AskedFor): readonly string[] | null {
    const found = this.#operation(request);
    return found === null
      ? null
      : this.#requestFaults(request, found, `${request.method} ${request.path}`);
  }

  #requestFaults(
    exchange: AskedFor,
    { operation, shared, values }: Found,
    where: string,
  ): readonly string[] {
    const faults: string[] = [];
    for (const raw of [...shared, ...(operation.parameters ?? [])]) {
      const parameter = this.#resolve(raw);
      const value =
        parameter.in === "path"
          ? values[parameter.name]
          : (exchange.query.get(parameter.name) ?? undefined);
      if (value === undefined) {
        if (parameter.required === true) faults.push(`${where}: ${parameter.name} missing`);
        continue;
      }
      faults.push(
        ...this.#check(parameter.schema, typed(value, parameter), `${where} ${parameter.name}`),
      );
    }
    const known = new Set(
      [...shared, ...(operation.parameters ?? [])].map((raw) => this.#resolve(raw).name),
    );
    for (const name of exchange.query.keys())
      if (!known.has(name)) faults.push(`${where}: query ${name} unknown`);
    const wanted = operation.requestBody?.content?.["application/json"]?.schema;
    if (wanted !== undefined)
      faults.push(...this.#check(wanted, exchange.body, `${where} request`));
    return faults;
  }

  #answerFaults(exchange: Exchange, operation: Operation, where: string): readonly string[] {
    // The gateway's own refusals are in no operation: x-amazon-apigateway-gateway-responses and the authoriser.
    if ([401, 403].includes(exchange.status) && !(String(exchange.status) in operation.responses))
      return [];
    const response =
      operation.responses[String(exchange.status)] ??
      (isUndocumented(exchange) ? operation.responses["400"] : undefined);
    if (response === undefined) return [`${where}: status not in the contract`];
    const faults: string[] = [];
    for (const [header, { schema = {} }] of Object.entries(response.headers ?? {})) {
      const value = exchange.headers.get(header);
      if (value === null) faults.push(`${where}: header ${header} missing`);
      else faults.push(...this.#check(schema, Number(value), `${where} header ${header}`));
    }
    const content = response.content ?? {};
    const schema = (content[exchange.contentType] ?? Object.values(content)[0])?.schema;
    if (schema === undefined) return faults;
    // The gateway answers a refused body as application/json, whatever the operation says.
    if (exchange.status < 400 && !(exchange.contentType in content))
      faults.push(`${where}: content type ${exchange.contentType}`);
    return [...faults, ...this.#check(schema, exchange.answer, `${where} answer`)];
  }

  /** What is wrong with a value by a named schema. */
  schemaFaults(schema: string, value: unknown): readonly string[] {
    return this.#check({ $ref: `#/components/schemas/${schema}` }, value, schema);
  }

  #operation({ method, path }: AskedFor): Found | null {
    if (!path.startsWith(this.#prefix)) return null;
    const rest = path.slice(this.#prefix.length);
    for (const [template, item] of Object.entries(this.#api.paths)) {
      const names = [...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
      const match = new RegExp(`^${template.replaceAll(/\{\w+\}/g, "([^/]+)")}$`).exec(rest);
      const operation = item[method.toLowerCase()] as Operation | undefined;
      if (match === null || operation === undefined) continue;
      const values: Record<string, string> = {};
      for (const [index, name] of names.entries())
        values[name] = decodeURIComponent(match[index + 1] ?? "");
      const shared = (item["parameters"] ?? []) as readonly Parameter[];
      return { operation, shared, values };
    }
    return null;
  }

  #resolve(parameter: Parameter): Parameter {
    const name = /^#\/components\/parameters\/(.+)$/.exec(parameter.$ref ?? "")?.[1];
    const found = name === undefined ? parameter : this.#api.components.parameters?.[name];
    if (found === undefined) throw new Error(`no parameter ${String(name)}`);
    return found;
  }

  #check(schema: object, value: unknown, where: string): readonly string[] {
    let validate = this.#compiled.get(schema);
    if (validate === undefined) {
      validate = this.#ajv.compile(schema);
      this.#compiled.set(schema, validate);
    }
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message }) => `${where}${instancePath}: ${message ?? ""}`,
    );
  }
}

/** What SEND answers although its OpenAPI does not list the status; the body is held against that of a 400. */
function isUndocumented({ method, path, status }: Exchange): boolean {
  // Source: pn-delivery PnNotificationNotFoundException.
  if (/\/notifications\/sent\/[^/]+$/.test(path)) return status === 404;
  // Source: pn-delivery PnInvalidInputException of the external check.
  if (method === "POST" && path.endsWith("/requests")) return status === 503;
  // Source: pn-stream, too many streams.
  return method === "POST" && path.endsWith("/streams") && status === 409;
}

function readApi(file: string): OpenApi {
  const text = readFileSync(join(contractsFolder, file), "utf8");
  // References into files beside it: their schemas are put together.
  return plainSchema(parse(text.replaceAll(/\.\/[\w-]+\.yaml#/g, "#"))) as OpenApi;
}

/**
 * OpenAPI 3.0 as JSON Schema: `nullable`, and boolean `exclusiveMaximum`. `oneOf` becomes `anyOf`: SEND's alternatives of timeline
 * details are open objects that fit several at once, so that `oneOf` would refuse what SEND itself sends.
 */
function plainSchema(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(plainSchema);
  if (typeof node !== "object" || node === null) return node;
  const plain: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(node)) {
    if (name === "nullable" || name === "discriminator" || name === "format") continue;
    if (typeof value === "boolean" && name.startsWith("exclusive")) continue;
    plain[name === "oneOf" ? "anyOf" : name] = plainSchema(value);
  }
  return plain;
}

function typed(value: string, { schema }: Parameter): unknown {
  return ["number", "integer"].includes((schema as { type?: string }).type ?? "")
    ? Number(value)
    : value;
}

let loaded: readonly SendContract[] | null = null;

/** The files of SEND that the client and the simulator are held against. */
export function contracts(): readonly SendContract[] {
  loaded ??= [
    new SendContract("delivery 2.24", "delivery-2.24/api-delivery-B2B-aws.yaml", "/delivery"),
    new SendContract("delivery 2.25", "delivery-2.25-rc/api-delivery-B2B-aws.yaml", "/delivery"),
    new SendContract("streams 2.8", "streams-2.8/pn-stream-api-external-bundle.yaml", ""),
    new SendContract(
      "delivery-push",
      "delivery-push/api-external-pn-delivery-push-bundle.yaml",
      "",
    ),
    new SendContract("all of 2.25", "delivery-2.25-rc/api-external-b2b-pa-bundle.yaml", ""),
    new SendContract("downtime", "downtime/api-external-v1.yaml", "", [
      "downtime/schemas-pn-components-v1.yaml",
      "downtime/schemas-pn-errors-v1.yaml",
    ]),
  ];
  return loaded;
}

/**
 * Holds exchanges against every file that knows their path, and adds them to the table.
 * `hasBadRequests`: what was refused was meant to be, so that only the answer counts.
 */
export function judged(
  exchanges: readonly Exchange[],
  files: readonly SendContract[],
  { hasBadRequests = false } = {},
) {
  const faults: string[] = [];
  for (const exchange of exchanges) {
    const verdicts = files
      .map((file) => file.faults(exchange, hasBadRequests && exchange.status >= 400))
      .filter((found) => found !== null);
    if (verdicts.length === 0) faults.push(`${exchange.method} ${exchange.path}: in no contract`);
    // A path that stands in two files must satisfy both: released and next.
    for (const verdict of verdicts) faults.push(...verdict);
  }
  const count = exchanges.length;
  tally({ suite: "SEND OpenAPI", requests: count, answers: count, faults });
  return { checked: count, faults };
}
