/** What a key, a step or a name is, in Markdown as an editor shows it beside the pointer. */
import type { RegisteredStep } from "../../loader/pipeline/registry.ts";
import { describeType, findChoices } from "../../loader/yaml/coerce-walk.ts";
import { formatYamlDuration } from "../../loader/yaml/duration.ts";
import { collectProperties } from "../../loader/yaml/keys.ts";
import type { JsonSchema } from "../../loader/yaml/schema-check.ts";
import { Verbale } from "../../steps/schemas/verbale.ts";

/** A key: what it is for, what it may be, what holds without it, and how it is written. */
export function describeField(
  schema: JsonSchema,
  { isNeeded, settings }: { readonly isNeeded: boolean; readonly settings: RegisteredStep | null },
  name = "",
): string {
  const description = schema["description"];
  const choices = findChoices(schema);
  const kind =
    choices === null
      ? describeType(schema)
      : `uno tra ${choices.map((value) => `\`${String(value)}\``).join(", ")}`;
  const fallback = formatFallback(schema);
  const isKnownKind = kind !== "un altro valore";
  const facts = [
    ...(isKnownKind ? [`Si scrive ${kind}.`] : []),
    ...(isNeeded ? ["Obbligatorio."] : []),
    ...(fallback === null ? [] : [`Se manca vale \`${fallback}\`.`]),
  ];
  const example = settings?.step.examples.find((text) =>
    new RegExp(`^\\s*${name}:`, "m").test(text),
  );
  return [
    ...(typeof description === "string" ? [`${description}.`.replace(/\.\.$/, ".")] : []),
    facts.join(" "),
    ...(example === undefined
      ? []
      : [`\`\`\`yaml\nwith:\n${example.trimEnd().replaceAll(/^/gm, "  ")}\n\`\`\``]),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

/** A step: what it does, what it reads and adds. */
export function describeStep({
  name,
  title,
  step,
  readsFields,
  addsFields,
}: RegisteredStep): string {
  const [example] = step.examples.filter((text) => text.trim() !== "{}");
  return [
    `**${name}** · ${title}`,
    `${step.summary}.`.replace(/\.\.$/, "."),
    `Legge: ${readsFields.join(", ") || "nulla"}. Aggiunge: ${addsFields.join(", ") || "nulla"}.`,
    ...(example === undefined
      ? []
      : [
          `\`\`\`yaml\n- uses: ${name}\n  with:\n${example.trimEnd().replaceAll(/^/gm, "    ")}\n\`\`\``,
        ]),
  ].join("\n\n");
}

/** What one of the fixed values means, where its schema says it. */
export function formatChoice(schema: JsonSchema, value: unknown): string | undefined {
  const branches = (schema["anyOf"] ?? []) as readonly JsonSchema[];
  const about = branches.find((branch) => branch["const"] === value);
  const told = about?.["description"] ?? about?.["title"];
  return typeof told === "string" ? told : undefined;
}

/** What operators call a field of the verbale, by its dotted name; `null`: it has no title. */
export function findFieldTitle(field: string): string | null {
  let here = Verbale as unknown as JsonSchema;
  for (const part of field.split(".")) {
    const items = (here["items"] ?? here) as JsonSchema;
    const next = collectProperties(items)[part];
    if (next === undefined) return null;
    here = next;
  }
  const title = here["title"] ?? here["description"];
  return typeof title === "string" ? title : null;
}

/** What holds where a key is missing, as YAML would say it; `null`: nothing, or a group. */
export function formatFallback(schema: JsonSchema): string | null {
  const fallback = schema["default"];
  if (typeof fallback === "number" && schema["duration"] === true)
    return formatYamlDuration(fallback);
  if (typeof fallback === "number" || typeof fallback === "boolean") return String(fallback);
  return typeof fallback === "string" ? fallback : null;
}
