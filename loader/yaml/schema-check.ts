/** Checks values against JSON schemas with ajv, strict. */
import type { Ajv as AjvInstance, ErrorObject, ValidateFunction } from "ajv";
import { fitsSchema, formatPatterns } from "./schema-fit.ts";

/** A JSON schema as data; TypeBox objects are such. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What ajv says about one place of a value. */
export type SchemaFault = ErrorObject;

/** Compiling takes 10 to 30 ms: a schema that is asked this often is worth it, and one that finds a fault. */
const asksBeforeCompiling = 2_000;

/** Made when it is first needed: its own parts take a tenth of a second. */
let maker: AjvInstance | null = null;

function makeAjv(): AjvInstance {
  const { Ajv } = require("ajv") as { readonly Ajv: typeof AjvInstance };
  const ajv = new Ajv({
    allErrors: true,
    strict: true,
    allowUnionTypes: true,
    // A fault knows its value.
    verbose: true,
    formats: formatPatterns,
    // Tidying the code costs every command a tenth of a second and saves a verbale less than a thousandth of a millisecond a step.
    code: { optimize: false },
  });
  ajv.addKeyword({ keyword: "duration", schemaType: "boolean" });
  ajv.addKeyword({ keyword: "shorthand", schemaType: "string" });
  // How to mend a value that does not fit its pattern, for people: an Italian sentence.
  ajv.addKeyword({ keyword: "remedy", schemaType: "string" });
  // The step's `inspect` tells better than the pattern what is wrong with a text.
  ajv.addKeyword({ keyword: "inspected", schemaType: "boolean" });
  // Only the ente's own file may say it: no base of a family does.
  ajv.addKeyword({ keyword: "own", schemaType: "boolean" });
  // The names of a group are those of files, each of which has this schema.
  ajv.addKeyword({ keyword: "ofFile", schemaType: "object" });
  return ajv;
}

interface Asked {
  times: number;
  validate: ValidateFunction | null;
}

const known = new WeakMap<object, Asked>();

/**
 * All faults of a value; empty when it fits. The schema is compiled once, when a value does not fit or it is asked often; throws
 * then when it is no valid JSON schema.
 */
export function checkBySchema(schema: object, value: unknown): readonly SchemaFault[] {
  const asked = known.get(schema) ?? { times: 0, validate: null };
  if (asked.times === 0) known.set(schema, asked);
  asked.times += 1;
  const { validate } = asked;
  if (validate === null && asked.times < asksBeforeCompiling && fitsSchema(schema, value) === true)
    return [];
  maker ??= makeAjv();
  asked.validate ??= maker.compile(schema);
  return asked.validate(value) ? [] : (asked.validate.errors ?? []);
}

/** The same in words for a developer, one line each: `/payment/iuv must be string`; values are not shown. */
export function listFaults(schema: object, value: unknown): readonly string[] {
  return checkBySchema(schema, value).map(
    ({ instancePath, message }) => `${instancePath === "" ? "/" : instancePath} ${message}`,
  );
}
