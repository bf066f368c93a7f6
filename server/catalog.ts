/** The enti and pipelines of an installation as the dashboard offers them: names, titles, what may be given at the start. */
import { declaredParams } from "../engine/pipeline-assemble.ts";
import { pipelineFiles } from "../engine/pipeline-files.ts";
import { textOf, type YamlMap } from "../engine/yaml.ts";
import { EnteSettings } from "../integrations/ente.ts";
import type { Catalog, CatalogParam, CatalogPipeline } from "./deps.ts";

/** Reads all files of the folder; one with faults is there under its name, `check` says what is wrong with it. */
export async function readCatalog(pipelinesFolder: string): Promise<Catalog> {
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
    pipelines.push({ name, title: textOf(root, "name") ?? name, params: paramsOf(root) });
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
