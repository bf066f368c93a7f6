/** Whether a value fits a JSON schema, without compiling it: for who asks a few times. What this cannot be sure of, ajv says. */

/** `null` or `false`: ajv decides, and finds the faults. `true` only where ajv would say so too. */
export type SchemaFit = boolean | null;

/** Words that say nothing about values. */
const silent: ReadonlySet<string> = new Set([
  "$id",
  "$schema",
  "default",
  "description",
  "duration",
  "examples",
  "inspected",
  "ofFile",
  "own",
  "remedy",
  "shorthand",
  "title",
]);

type Schema = Readonly<Record<string, unknown>>;
type Rule = (given: unknown, value: unknown, schema: Schema) => SchemaFit;

/** What of a schema is asked of a value; a keyword that is not here, or is not said as it should be, is ajv's. */
const rules: Readonly<Record<string, Rule>> = {
  type: (given, value) =>
    Array.isArray(given) ? anyOf(given, (one) => isOfType(one, value)) : isOfType(given, value),
  const: (given, value) => (isPlain(given) ? given === value : null),
  enum: (given, value) =>
    Array.isArray(given) && given.every(isPlain) ? given.includes(value) : null,
  anyOf: (given, value) =>
    Array.isArray(given) && given.length > 0 ? anyOf(given, (one) => fitsSchema(one, value)) : null,
  minimum: (given, value) => compare(given, value, (limit, number) => number >= limit),
  maximum: (given, value) => compare(given, value, (limit, number) => number <= limit),
  minLength: (given, value) => measureText(given, value, (limit, length) => length >= limit),
  maxLength: (given, value) => measureText(given, value, (limit, length) => length <= limit),
  pattern: (given, value) => {
    if (typeof given !== "string") return null;
    if (typeof value !== "string") return true;
    return readPattern(given)?.test(value) ?? null;
  },
  format: (given, value) => {
    const format = formats.get(given);
    if (format === undefined) return null;
    return typeof value === "string" ? format.test(value) : true;
  },
  minItems: (given, value) => measureList(given, value, (limit, length) => length >= limit),
  maxItems: (given, value) => measureList(given, value, (limit, length) => length <= limit),
  items: (given, value) =>
    Array.isArray(value) ? allOf(value, (one) => fitsSchema(given, one)) : true,
  required: (given, value) => {
    if (!Array.isArray(given)) return null;
    if (!isRecord(value)) return true;
    return given.every((name) => typeof name === "string" && value[name] !== undefined);
  },
  properties: (given, value) => {
    if (!isRecord(given)) return null;
    if (!isRecord(value)) return true;
    return allOf(Object.entries(given), ([name, schema]) =>
      value[name] === undefined ? true : fitsSchema(schema, value[name]),
    );
  },
  patternProperties: (given, value) => {
    if (!isRecord(given)) return null;
    if (!isRecord(value)) return true;
    return allOf(Object.entries(given), ([text, schema]) => {
      const pattern = readPattern(text);
      if (pattern === null) return null;
      const names = Object.keys(value).filter((name) => pattern.test(name));
      return allOf(names, (name) => fitsSchema(schema, value[name]));
    });
  },
  additionalProperties: (given, value, schema) => {
    if (!isRecord(value) || given === true) return true;
    const { properties = {}, patternProperties = {} } = schema;
    if (!isRecord(properties) || !isRecord(patternProperties)) return null;
    const patterns = Object.keys(patternProperties).map(readPattern);
    if (patterns.includes(null)) return null;
    const others = Object.keys(value).filter(
      (name) =>
        !Object.hasOwn(properties, name) && !patterns.some((pattern) => pattern?.test(name)),
    );
    if (given === false) return others.length === 0;
    return allOf(others, (name) => fitsSchema(given, value[name]));
  },
};

/** Formats that both know; ajv takes them from here. */
export const formatPatterns = {
  date: /^\d{4}-\d{2}-\d{2}$/,
  "date-time": /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/,
  email: /^[^\s@]+@[^\s@]+\.[^\s@]+$/,
  uri: /^[a-z][a-z0-9+.-]*:\S+$/i,
};
const formats: ReadonlyMap<unknown, RegExp> = new Map(Object.entries(formatPatterns));

/** Frozen values that were found to fit, by the schema. */
const fitting = new WeakMap<object, unknown>();

/** Keeps the answer for a value that nobody can change any more. */
export function keepFit(schema: object, value: unknown): void {
  if (typeof value !== "object" || value === null || fitsSchema(schema, value) !== true) return;
  freezeDeep(value);
  fitting.set(value, schema);
}

function freezeDeep(value: object): void {
  for (const inner of Object.values(value))
    if (typeof inner === "object" && inner !== null) freezeDeep(inner);
  Object.freeze(value);
}

/** Asks each keyword in turn. */
export function fitsSchema(schema: unknown, value: unknown): SchemaFit {
  if (!isRecord(schema)) return null;
  if (typeof value === "object" && value !== null && fitting.get(value) === schema) return true;
  // A type that is not said may let through what ajv, strict, does not even compile.
  if (schema["type"] === undefined && !["const", "enum", "anyOf"].some((one) => one in schema))
    return null;
  for (const [keyword, given] of Object.entries(schema)) {
    if (silent.has(keyword)) continue;
    const fit = Object.hasOwn(rules, keyword) ? rules[keyword]?.(given, value, schema) : null;
    if (fit !== true) return fit ?? null;
  }
  return true;
}

function anyOf<Part>(parts: readonly Part[], fits: (part: Part) => SchemaFit): SchemaFit {
  let isUnsure = false;
  for (const part of parts) {
    const fit = fits(part);
    if (fit === true) return true;
    isUnsure ||= fit === null;
  }
  return isUnsure ? null : false;
}

function allOf<Part>(parts: readonly Part[], fits: (part: Part) => SchemaFit): SchemaFit {
  for (const part of parts) {
    const fit = fits(part);
    if (fit !== true) return fit;
  }
  return true;
}

function isOfType(type: unknown, value: unknown): SchemaFit {
  switch (type) {
    case "string":
    case "boolean":
      return typeof value === type;
    case "null":
      return value === null;
    case "number":
      return Number.isFinite(value);
    case "integer":
      return Number.isInteger(value);
    case "array":
      return Array.isArray(value);
    case "object":
      return isRecord(value);
    default:
      return null;
  }
}

function isPlain(value: unknown): boolean {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

type Holds = (limit: number, measured: number) => boolean;

function compare(given: unknown, value: unknown, holds: Holds): SchemaFit {
  if (typeof given !== "number") return null;
  return typeof value === "number" ? holds(given, value) : true;
}

/** Characters as ajv counts them: a pair of surrogates is one. */
function measureText(given: unknown, value: unknown, holds: Holds): SchemaFit {
  if (typeof given !== "number") return null;
  if (typeof value !== "string") return true;
  const pairs = value.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0;
  return holds(given, value.length - pairs);
}

function measureList(given: unknown, value: unknown, holds: Holds): SchemaFit {
  if (typeof given !== "number") return null;
  return Array.isArray(value) ? holds(given, value.length) : true;
}

const readPatterns = new Map<string, RegExp | null>();

/** As ajv makes it; `null`: no pattern. */
function readPattern(text: string): RegExp | null {
  const known = readPatterns.get(text);
  if (known !== undefined) return known;
  let made: RegExp | null = null;
  try {
    made = new RegExp(text, "u");
  } catch {
    // Told by ajv, where it is compiled.
  }
  readPatterns.set(text, made);
  return made;
}
