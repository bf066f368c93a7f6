/** `bun run reference`: writes what is generated from the steps, the tables of error codes, of checks and of imports; `--check` only tells whether it is fresh. */
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { formatYamlDuration, parseDuration } from "../loader/yaml/duration.ts";
import {
  loadRegistry,
  type RegisteredStep,
  type StepRegistry,
} from "../loader/pipeline/registry.ts";
import type { JsonSchema } from "../loader/yaml/schema-check.ts";
import { repositoryFiles } from "../test/support/repository.ts";
import { bundleEditor } from "./editor-bundle.ts";
import { fillChecksTable } from "./checks-page.ts";
import { formatSchemas } from "../server/editor/write-schemas.ts";
import { formatCodesPage } from "./codes-page.ts";
import { formatErrorCodes } from "./house/error-codes.ts";
import { formatHousePage } from "./house/house-page.ts";
import { buildLintRules } from "./house/lint-rules.ts";
import { fillTermsTables } from "./terms-page.ts";

const root = join(import.meta.dir, "..");

/** The generated files by their path in the repository. */
export async function generateFiles(): Promise<Readonly<Record<string, string>>> {
  const registry = await loadRegistry({ folders: [join(root, "steps")] });
  const schemas = Object.fromEntries(
    Object.entries(await formatSchemas(registry, join(root, "pipelines"))).map(([name, text]) => [
      `pipelines/${name}`,
      text,
    ]),
  );
  return {
    "docs/house.md": formatHousePage(),
    "docs/it/controlli.md": fillChecksTable(
      await readFile(join(root, "docs/it/controlli.md"), "utf8"),
    ),
    "docs/it/codici.md": formatCodesPage(),
    "docs/it/passi.md": formatStepReference(registry, forTechnicians),
    "docs/it/termini.md": fillTermsTables(await readFile(join(root, "docs/it/termini.md"), "utf8")),
    "engine/error-codes.md": formatErrorCodes(),
    "server/web/assets/editor.js": await bundleEditor(),
    ...schemas,
    "scripts/house/imports.oxlintrc.json": formatJson(
      buildLintRules(repositoryFiles(".ts", ".tsx")),
    ),
    "steps/README.md": formatStepReference(registry),
  };
}

/** For whoever changes a step. */
const forDevelopers = [
  "Generato da `bun run reference`: non si modifica a mano.",
  "Ogni file di questa cartella è un passo: la sua specifica e il suo codice. Il nome del file è il nome da scrivere in `uses`.",
  "Un passo importa le porte (`integrations/services.ts`), `documents/`, `engine/step/` e `engine/host/`; mai un altro passo. La tabella di tutte le stanze è in [docs/house.md](../docs/house.md).",
  "Per aggiungerne uno basta un file nuovo (e il suo test); un passo fuori dal repository si indica con `POSTINO_STEPS=cartella`.",
];

/** For whoever writes a pipeline; generated too. */
const forTechnicians = [
  "Ogni passo che una pipeline può nominare: che cosa fa, che cosa legge e aggiunge, le impostazioni di `with:` e un esempio.",
  "Il titolo è il nome da scrivere in `uses`. Un passo scritto per un ente: [passi propri](passi-propri.md).",
];

/** One section for each step. */
export function formatStepReference(
  registry: StepRegistry,
  lead: readonly string[] = forDevelopers,
): string {
  const list = registry
    .listSteps()
    .map(({ name, step }) => `- [\`${name}\`](#${name}): ${step.summary}`);
  return [
    "# I passi",
    "",
    ...lead,
    "",
    ...list,
    "",
    ...registry.listSteps().flatMap(formatSection),
  ].join("\n");
}

const kinds = {
  source: "sorgente: crea i verbali del flusso",
  item: "un verbale alla volta",
  group: "tutti i verbali insieme",
} as const;

const effects = {
  pure: "nessun effetto esterno, si può ripetere",
  keyed: "effetto esterno riconoscibile dalla sua chiave, mai doppio",
  once: "effetto esterno una volta sola, mai ripetuto senza chiedere",
} as const;

function formatSection({ name, step, readsFields, addsFields }: RegisteredStep): readonly string[] {
  const optional = Object.keys(step.reads.properties).filter(
    (field) => !readsFields.includes(field),
  );
  const reads = [
    ...readsFields.map(formatCode),
    ...optional.map((field) => `${formatCode(field)} (se c'è)`),
  ];
  const services = step.needs.filter((need) => need !== "ente");
  return [
    `## ${name}`,
    "",
    step.summary,
    "",
    ...(step.title === undefined ? [] : [`- Titolo per gli operatori: ${step.title}`]),
    `- Tipo: ${kinds[step.kind]}`,
    `- Effetto: ${effects[step.effect]}`,
    ...(services.length > 0 ? [`- Usa: ${services.map(formatCode).join(", ")}`] : []),
    `- Legge: ${reads.length > 0 ? reads.join(", ") : "niente"}`,
    `- Aggiunge: ${addsFields.length > 0 ? addsFields.map(formatCode).join(", ") : "niente"}`,
    "",
    ...formatSettingsTable(step.config as unknown as JsonSchema),
    ...step.examples.flatMap((example) => formatExample(name, example)),
  ];
}

function formatSettingsTable(config: JsonSchema): readonly string[] {
  const rows = formatSettingRows(config, "");
  if (rows.length === 0) return ["Nessuna impostazione.", ""];
  return [
    "| impostazione | valori | predefinito | significato |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
  ];
}

/** One row for each setting; settings inside a group have dotted names. */
function formatSettingRows(schema: JsonSchema, prefix: string): readonly string[] {
  const properties = (schema["properties"] ?? {}) as Readonly<Record<string, JsonSchema>>;
  const required = (schema["required"] ?? []) as readonly string[];
  return Object.entries(properties).flatMap(([name, property]) => {
    const inner = Object.entries(property["properties"] ?? {}) as [string, JsonSchema][];
    // texts whose name says what they are: their names in one row
    const isPlain =
      inner.length > 0 && inner.every(([, field]) => field["description"] === undefined);
    const isNeeded = required.includes(name) && property["default"] === undefined;
    const row = [
      formatCode(prefix + name),
      escapeCell(
        isPlain ? inner.map(([field]) => formatCode(field)).join(", ") : formatValues(property),
      ),
      isNeeded ? "obbligatorio" : formatDefault(property),
      escapeCell(toText(property["description"])),
    ];
    const rows = isPlain ? [] : formatSettingRows(property, `${prefix}${name}.`);
    return [`| ${row.join(" | ")} |`, ...rows];
  });
}

function formatValues(schema: JsonSchema): string {
  if (schema["duration"] === true) return "durata";
  if (schema["const"] !== undefined) return formatCode(toText(schema["const"]));
  const branches = schema["anyOf"] as readonly JsonSchema[] | undefined;
  if (branches !== undefined) return [...new Set(branches.map(formatValues))].join(", ");
  if (schema["type"] === "array") return `elenco di ${formatValues(schema["items"] as JsonSchema)}`;
  const names: Readonly<Record<string, string>> = {
    string: "testo",
    integer: "numero intero",
    number: "numero",
    boolean: "`true`, `false`",
    object: "gruppo",
  };
  return names[toText(schema["type"])] ?? "";
}

function formatDefault(schema: JsonSchema): string {
  const value = schema["default"];
  if (value === undefined || (typeof value === "object" && value !== null)) return "";
  if (schema["duration"] !== true) return formatCode(escapeCell(toText(value)));
  const milliseconds = typeof value === "number" ? value : parseDuration(toText(value));
  return formatCode(formatYamlDuration(milliseconds ?? 0));
}

function formatExample(name: string, example: string): readonly string[] {
  const isEmpty = example.trim() === "{}" || example.trim() === "";
  const body = isEmpty
    ? []
    : [
        "  with:",
        ...example
          .trimEnd()
          .split("\n")
          .map((line) => `    ${line}`),
      ];
  return ["```yaml", `- uses: ${name}`, ...body, "```", ""];
}

function formatCode(text: string): string {
  return `\`${text}\``;
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

function toText(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined ? "" : JSON.stringify(value);
}

function formatJson(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

async function main(): Promise<number> {
  const isCheck = process.argv.includes("--check");
  const stale: string[] = [];
  for (const [path, text] of Object.entries(await generateFiles())) {
    const file = join(root, path);
    const current = existsSync(file) ? await readFile(file, "utf8") : null;
    if (current === text) continue;
    stale.push(path);
    if (!isCheck) await writeFile(file, text);
  }
  for (const path of stale) console.log(`${isCheck ? "stale" : "written"}: ${path}`);
  return isCheck && stale.length > 0 ? 1 : 0;
}

if (import.meta.main) process.exit(await main());
