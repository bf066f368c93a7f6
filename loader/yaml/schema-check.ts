/** Checks values against JSON schemas with ajv, strict. */
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";

/** A JSON schema as data; TypeBox objects are such. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What ajv says about one place of a value. */
export type SchemaFault = ErrorObject;

const formats = {
  date: /^\d{4}-\d{2}-\d{2}$/,
  "date-time": /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/,
  email: /^[^\s@]+@[^\s@]+\.[^\s@]+$/,
  uri: /^[a-z][a-z0-9+.-]*:\S+$/i,
};

const ajv = new Ajv({
  allErrors: true,
  strict: true,
  allowUnionTypes: true,
  // A fault knows its value.
  verbose: true,
  formats,
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

const compiled = new WeakMap<object, ValidateFunction>();

/** All faults of a value; empty when it fits. The schema is compiled once; throws when it is no valid JSON schema. */
export function checkBySchema(schema: object, value: unknown): readonly SchemaFault[] {
  let validate = compiled.get(schema);
  if (validate === undefined) {
    validate = ajv.compile(schema);
    compiled.set(schema, validate);
  }
  return validate(value) ? [] : (validate.errors ?? []);
}

/** The same in words for a developer, one line each: `/payment/iuv must be string`; values are not shown. */
export function listFaults(schema: object, value: unknown): readonly string[] {
  return checkBySchema(schema, value).map(
    ({ instancePath, message }) => `${instancePath === "" ? "/" : instancePath} ${message}`,
  );
}
