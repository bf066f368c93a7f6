/** The enti and pipelines of an installation as the dashboard offers them: names, titles, what may be given at the start. */
import { declaredParams } from "../../loader/pipeline/assemble.ts";
import { pipelineFiles } from "../../loader/pipeline/files.ts";
import type { StepRegistry } from "../../loader/pipeline/registry.ts";
import { textOf, valueOf, type YamlMap } from "../../loader/yaml/yaml.ts";
import { EnteSettings } from "../../integrations/ente.ts";
import type { ResolvedPipeline } from "../../loader/pipeline/resolved.ts";

/** The names that an operator chooses from. */
export interface Catalog {
  readonly enti: readonly { readonly codice: string; readonly nome: string }[];
  readonly pipelines: readonly CatalogPipeline[];
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
  /** `null`: typed, not chosen. */
  readonly choices: readonly string[] | null;
  readonly isRequired: boolean;
}

/** Reads all files of the folder; one with faults is there under its name, `check` says what is wrong with it. */
export async function readCatalog(
  pipelinesFolder: string,
  registry: StepRegistry,
): Promise<Catalog> {
  const files = pipelineFiles(pipelinesFolder, EnteSettings);
  const enti: { codice: string; nome: string }[] = [];
  for (const codice of await files.enteNames()) {
    const { settings } = await files.ente(codice);
    const identity = settings?.["ente"] as { nome?: unknown } | undefined;
    enti.push({ codice, nome: typeof identity?.nome === "string" ? identity.nome : codice });
  }
  const pipelines: CatalogPipeline[] = [];
  for (const name of await files.pipelineNames()) {
    const { root } = await files.pipeline(name);
    pipelines.push({
      name,
      title: textOf(root, "name") ?? name,
      params: paramsOf(root),
      takesFile: takesFile(registry, sourceOf(root)),
    });
  }
  return { enti, pipelines };
}

function paramsOf(root: YamlMap | null): readonly CatalogParam[] {
  return Object.entries(root === null ? {} : declaredParams(root)).map(([name, param]) => ({
    name,
    label: param.help ?? name,
    choices: param.type === "boolean" ? ["true", "false"] : (param.choices ?? null),
    isRequired: param.required,
  }));
}

/** The step that makes the items; `null` where the file does not say. */
function sourceOf(root: YamlMap | null): string | null {
  const steps = valueOf(root, "steps");
  const [first] = steps?.kind === "list" ? steps.items : [];
  return first?.kind === "map" ? (textOf(first, "uses") ?? null) : null;
}

/** Why this pipeline may not be given a file, in Italian; `null`: it may. */
export function fileFault(
  registry: StepRegistry,
  { name, steps }: ResolvedPipeline,
): string | null {
  if (takesFile(registry, steps[0]?.uses ?? null)) return null;
  return `La pipeline «${name}» non legge un file di verbali.`;
}

/** A step that is not known may. */
function takesFile(registry: StepRegistry, source: string | null): boolean {
  return source === null || registry.get(source)?.step.takesFile !== false;
}
