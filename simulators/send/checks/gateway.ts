/** Layer G of the simulated SEND: the API gateway's check of a body, with the gateway's texts. */
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { gatewaySchemas, type GatewayBody } from "./schema.ts";

// Without the unicode flag: the OpenAPI's patterns escape characters that it would refuse.
const ajv = new Ajv({
  allErrors: true,
  verbose: true,
  strict: true,
  strictTypes: false,
  unicodeRegExp: false,
});
const checks = new Map<GatewayBody, ValidateFunction>();

function compileCheck(what: GatewayBody): ValidateFunction {
  const known = checks.get(what);
  if (known !== undefined) return known;
  const made = ajv.compile(gatewaySchemas[what]);
  checks.set(what, made);
  return made;
}

/** Longest detail of an error. Source: OpenAPI, ProblemError.detail. */
const detailLength = 1024;

/** The gateway's complaints about a body; empty when it passes. Long values are cut where the whole would not fit an answer. */
export function checkGatewayBody(what: GatewayBody, body: unknown): readonly string[] {
  const check = compileCheck(what);
  if (check(body)) return [];
  const errors = check.errors ?? [];
  const messages = listMessages(errors, Number.POSITIVE_INFINITY);
  // The text says what is wrong after the value: a detail cut at its end would lose it.
  return messages.join(", ").length < detailLength - 50 ? messages : listMessages(errors, 100);
}

function listMessages(errors: readonly ErrorObject[], longest: number): readonly string[] {
  // One complaint for each object that lacks something, as the gateway words it.
  const missing = Map.groupBy(
    errors.filter(({ keyword }) => keyword === "required"),
    ({ instancePath }) => instancePath,
  );
  const lacking = Array.from(missing.values(), (group) => {
    const names = group.map(({ params }) => String(params["missingProperty"]));
    return `object has missing required properties (${JSON.stringify(names)})`;
  });
  const others = errors.filter(({ keyword }) => keyword !== "required");
  return [...lacking, ...others.map((error) => formatError(error, longest))];
}

// Source: texts asserted by pn-b2b-client SyncValidation.feature.
function formatError(error: ErrorObject, longest: number): string {
  const { keyword, params, data } = error as ErrorObject & { data: unknown };
  const whole = JSON.stringify(data);
  const quoted = whole.length > longest ? `${whole.slice(0, longest)}…"` : whole;
  const limit = String(params["limit"]);
  switch (keyword) {
    case "maxLength":
      return `string ${quoted} is too long (length: ${Array.from(String(data)).length}, maximum allowed: ${limit})`;
    case "minLength":
      return `string ${quoted} is too short (length: ${Array.from(String(data)).length}, required minimum: ${limit})`;
    case "pattern":
      return `ECMA 262 regex "${String(params["pattern"])}" does not match input string ${quoted}`;
    case "type":
      return `instance type (${nameJsonType(data)}) does not match any allowed primitive type (allowed: ["${String(params["type"])}"])`;
    case "enum":
      return `instance value (${quoted}) not found in enum (possible values: ${JSON.stringify(params["allowedValues"])})`;
    case "additionalProperties":
      return `object instance has properties which are not allowed by the schema: ["${String(params["additionalProperty"])}"]`;
    case "minItems":
      return `array is too short: must have at least ${limit} elements but instance has ${(data as unknown[]).length} elements`;
    case "maxItems":
      return `array is too long: must have at most ${limit} elements but instance has ${(data as unknown[]).length} elements`;
    case "maximum":
      return `numeric instance is greater than the required maximum (maximum: ${limit}, found: ${String(data)})`;
    case "minimum":
      return `numeric instance is lower than the required minimum (minimum: ${limit}, found: ${String(data)})`;
    case "minProperties":
      return `object has too few properties (found 0 but schema requires at least ${limit})`;
    default:
      return error.message ?? keyword;
  }
}

function nameJsonType(data: unknown): string {
  if (data === null) return "null";
  if (Array.isArray(data)) return "array";
  if (Number.isInteger(data)) return "integer";
  return typeof data;
}
