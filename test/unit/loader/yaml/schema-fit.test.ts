/** The quick look at a schema says that a value fits only where ajv says so too: held against ajv over schemas of the steps. */
import { describe, expect, test } from "bun:test";
import { Ajv } from "ajv";
import { loadRegistry } from "../../../../loader/pipeline/registry.ts";
import { checkBySchema } from "../../../../loader/yaml/schema-check.ts";
import { fitsSchema, formatPatterns } from "../../../../loader/yaml/schema-fit.ts";
import { makeRandom } from "../../../support/random.ts";

const ajv = new Ajv({
  allowUnionTypes: true,
  formats: formatPatterns,
  strict: false,
  code: { optimize: false },
});
const closed = { type: "object", properties: { a: { type: "string" } } } as const;

describe("a value", () => {
  test.each<[string, object, unknown, boolean | null]>([
    ["a text", { type: "string", minLength: 2, maxLength: 2 }, "ab", true],
    ["a text of two characters, one a pair", { type: "string", maxLength: 2 }, "a😀", true],
    ["a text of three characters, one a pair", { type: "string", maxLength: 2 }, "ab😀", false],
    ["a pattern of letters", { type: "string", pattern: "^\\p{L}+$" }, "è", true],
    ["a pattern that is none", { type: "string", pattern: "(" }, "x", null],
    ["a format", { type: "string", format: "date" }, "2026-11-29", true],
    ["a format that nobody knows", { type: "string", format: "cap" }, "00100", null],
    ["a whole number", { type: "integer", minimum: 1 }, 1, true],
    ["a whole number below", { type: "integer", minimum: 1 }, 0, false],
    ["half a number", { type: "integer" }, 1.5, false],
    ["no number", { type: "number" }, Number.NaN, false],
    ["one of two types", { type: ["string", "null"] }, null, true],
    ["a list", { type: "array", items: { type: "integer" }, maxItems: 2 }, [1, 2], true],
    ["a list that is too long", { type: "array", maxItems: 2 }, [1, 2, 3], false],
    ["a field that nobody knows", { ...closed, additionalProperties: false }, { b: 1 }, false],
    ["others of a type", { ...closed, additionalProperties: { type: "integer" } }, { b: 1 }, true],
    [
      "names by a pattern",
      {
        type: "object",
        patternProperties: { "^x": { type: "integer" } },
        additionalProperties: false,
      },
      { x1: 1 },
      true,
    ],
    ["a field that is not given", { ...closed, required: ["a"] }, { a: undefined }, false],
    ["a choice", { anyOf: [{ const: "a" }, { type: "integer" }] }, 3, true],
    ["a keyword that is not known", { type: "string", maybe: true }, "a", null],
    ["a type that is not known", { type: "text" }, "a", null],
    ["no type", { minimum: 3 }, 4, null],
    ["a list where a record belongs", { type: "object" }, [], false],
  ])("%s", (_name, schema, value, expected) => {
    expect(fitsSchema(schema, value)).toBe(expected);
  });

  test("what is no schema is told when it is asked", () => {
    expect(() => checkBySchema({ type: "string", maybe: true }, "a")).toThrow(/maybe/);
    expect(() => checkBySchema({ type: "text" }, "a")).toThrow(/type/);
    expect(checkBySchema({ type: "string", minLength: 3 }, "ab")).toHaveLength(1);
  });
});

/** Something that may fit, and often does not. */
function draw(schema: unknown, random: () => number): unknown {
  const of = schema as Readonly<Record<string, unknown>>;
  const pick = <One>(all: readonly One[]): One | undefined =>
    all[Math.floor(random() * all.length)];
  const odd = [null, 0, 1, -1, 1.5, "", "a", "00100", "2026-11-29", true, [], {}, "x".repeat(200)];
  if (random() < 0.07) return pick(odd);
  if (Array.isArray(of["anyOf"])) return draw(pick(of["anyOf"]), random);
  if (Array.isArray(of["enum"])) return pick(of["enum"]);
  if ("const" in of) return of["const"];
  const type = Array.isArray(of["type"]) ? pick(of["type"]) : of["type"];
  if (type === "array")
    return Array.from({ length: random() * 3 }, () => draw(of["items"] ?? {}, random));
  if (type === "integer") return Math.floor(random() * 200);
  if (type === "boolean") return random() < 0.5;
  if (type === "string")
    return pick(["a", "ABCD", "00100", "2026-11-29", "RSSMRA80A01H501U", "è 😀"]);
  if (type !== "object") return pick(odd);
  const made: Record<string, unknown> = random() < 0.05 ? { altro: 1 } : {};
  const required: unknown = of["required"] ?? [];
  for (const [name, property] of Object.entries(of["properties"] ?? {}))
    if (random() < (Array.isArray(required) && required.includes(name) ? 0.97 : 0.3))
      made[name] = draw(property, random);
  return made;
}

test("what it calls fitting, ajv calls fitting: values of the schemas of six steps", async () => {
  const registry = await loadRegistry({ folders: ["steps"] });
  const random = makeRandom(14);
  let fitting = 0;
  for (const name of ["validate", "reset-iuv", "render", "sign", "transmit", "load-verbali"]) {
    const step = registry.get(name)?.step;
    for (const schema of [step?.config, step?.reads, step?.adds]) {
      if (schema === undefined) continue;
      const validate = ajv.compile(schema);
      for (let turn = 0; turn < 200; turn += 1) {
        const value = draw(schema, random);
        const fit = fitsSchema(schema, value);
        if (fit === null) continue;
        fitting += Number(fit);
        expect([name, JSON.stringify(value), fit]).toEqual([
          name,
          JSON.stringify(value),
          validate(value),
        ]);
      }
    }
  }
  expect(fitting).toBeGreaterThan(500);
});
