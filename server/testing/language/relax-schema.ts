/** A schema of which every part may be left out and every text may be wrong: what a test says of a verbale. */
import type { TSchema } from "typebox";
import type { JsonSchema } from "../../../loader/yaml/schema-check.ts";

/** Keys and types stay, so that a slip is told; what a value must look like does not. */
export function relaxSchema(schema: object, description: string): TSchema {
  return { ...relax(schema as JsonSchema), description };
}

function relax(schema: JsonSchema): JsonSchema {
  const { title, description } = schema;
  const about = {
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
  };
  if (schema["type"] === "object") {
    const properties = (schema["properties"] ?? {}) as Readonly<Record<string, JsonSchema>>;
    const relaxed = Object.entries(properties).map(
      ([name, inner]) => [name, relax(inner)] as const,
    );
    const isOpen = schema["patternProperties"] !== undefined || relaxed.length === 0;
    return {
      ...about,
      type: "object",
      properties: Object.fromEntries(relaxed),
      additionalProperties: isOpen ? { type: "string" } : false,
    };
  }
  if (schema["type"] === "array")
    return {
      ...about,
      type: "array",
      items: relax((schema["items"] ?? { type: "string" }) as JsonSchema),
    };
  const type = schema["type"];
  const isPlain = type === "integer" || type === "number" || type === "boolean";
  return { ...about, type: isPlain ? type : "string" };
}
