/** The enti and pipelines of an installation as the dashboard offers them: names, titles, what may be given at the start. */
import { dirname, resolve } from "node:path";
import { readDeclaredParams } from "../../loader/pipeline/head.ts";
import type { PipelineFiles } from "../../loader/pipeline/files.ts";
import type { StepRegistry } from "../../loader/pipeline/registry.ts";
import { findText, findValue, type YamlMap } from "../../loader/yaml/yaml.ts";
import type { ResolvedPipeline } from "../../loader/pipeline/resolved.ts";
import { toFields } from "./fields.ts";

/** The names that an operator chooses from. */
export interface Catalog {
  readonly enti: readonly CatalogEnte[];
  readonly pipelines: readonly CatalogPipeline[];
  /** Files because of which no flusso starts; absent: nobody looked. */
  readonly broken?: readonly BrokenFile[];
}

export interface CatalogEnte {
  readonly codice: string;
  readonly nome: string;
  /** Path of its crest, PNG or SVG; absent: it gives none. */
  readonly crest?: string;
}

/** A file with an error, until it is mended. */
export interface BrokenFile {
  /** As a technician would type it. */
  readonly file: string;
  readonly line: number;
  /** The ente whose file it is; `null`: a pipeline. */
  readonly ente: string | null;
  /** The first error; Italian. */
  readonly message: string;
  /** How to mend it; Italian, without a full stop. Absent: the message says it. */
  readonly remedy?: string;
}

export interface CatalogPipeline {
  readonly name: string;
  readonly title: string;
  /** What may be given at the start, in the order of the file. */
  readonly params: readonly CatalogParam[];
  /** Whether its source reads a file of verbali. */
  readonly takesFile: boolean;
}

/** A parameter as a form asks for it; the value travels as text and is checked at the start. */
export interface CatalogParam {
  readonly name: string;
  /** Italian: what it is for; else its name. */
  readonly label: string;
  readonly kind: "text" | "integer" | "number" | "day" | "duration" | "flag";
  /** `null`: typed, not chosen. */
  readonly choices: readonly string[] | null;
  readonly isRequired: boolean;
  /** What it is without a word, as text; absent: nothing. An ente may have a value of its own. */
  readonly preset?: string;
  /** Of numbers. */
  readonly min?: number;
  readonly max?: number;
}

/** Reads all files of the folder; one with faults is there under its name, `check` says what is wrong with it. */
export async function readCatalog(files: PipelineFiles, registry: StepRegistry): Promise<Catalog> {
  const enti: CatalogEnte[] = [];
  for (const codice of await files.listEnti()) {
    const { settings, file } = await files.readEnte(codice);
    const nome = toFields(settings?.["ente"])["nome"];
    const crest = toFields(settings?.["render"])["stemma"];
    enti.push({
      codice,
      nome: typeof nome === "string" ? nome : codice,
      ...(typeof crest === "string" && { crest: resolve(dirname(file), crest) }),
    });
  }
  const pipelines: CatalogPipeline[] = [];
  for (const name of await files.listPipelines()) {
    const { root } = await files.readPipeline(name);
    pipelines.push({
      name,
      title: findText(root, "name") ?? name,
      params: listParams(root),
      takesFile: canTakeFile(registry, findSource(root)),
    });
  }
  return { enti, pipelines };
}

function listParams(root: YamlMap | null): readonly CatalogParam[] {
  return Object.entries(root === null ? {} : readDeclaredParams(root)).map(([name, param]) => ({
    name,
    label: param.help ?? name,
    kind: paramKinds[param.type],
    choices: param.type === "boolean" ? ["true", "false"] : (param.choices ?? null),
    isRequired: param.required,
    ...(isPlain(param.default) && { preset: String(param.default) }),
    ...(param.min !== undefined && { min: param.min }),
    ...(param.max !== undefined && { max: param.max }),
  }));
}

const paramKinds = {
  string: "text",
  integer: "integer",
  number: "number",
  boolean: "flag",
  duration: "duration",
  date: "day",
} as const;

function isPlain(value: unknown): value is string | number | boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}

/** The step that makes the items; `null` where the file does not say. */
function findSource(root: YamlMap | null): string | null {
  const steps = findValue(root, "steps");
  const [first] = steps?.kind === "list" ? steps.items : [];
  return first?.kind === "map" ? (findText(first, "uses") ?? null) : null;
}

/** Why this pipeline may not be given a file, in Italian; `null`: it may. */
export function unwantedFileFault(
  registry: StepRegistry,
  { name, steps }: ResolvedPipeline,
): string | null {
  if (canTakeFile(registry, steps[0]?.uses ?? null)) return null;
  return `La pipeline «${name}» non legge un file di verbali.`;
}

/** A step that is not known may. */
function canTakeFile(registry: StepRegistry, source: string | null): boolean {
  return source === null || registry.get(source)?.step.takesFile !== false;
}
