/** Writes the JSON schemas of an installation, its own steps and pipelines among them, where the first line of every file looks for them. */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { allowMissing } from "../../engine/host/errors.ts";
import { EnteSettings } from "../../integrations/ente.ts";
import { openPipelineFiles, type PipelineFiles } from "../../loader/pipeline/files.ts";
import { findStepId, listStepNodes } from "../../loader/pipeline/overrides.ts";
import type { StepRegistry } from "../../loader/pipeline/registry.ts";
import { findText, findValue } from "../../loader/yaml/yaml.ts";
import {
  buildActEditorSchema,
  buildBaseEditorSchema,
  buildEnteEditorSchema,
  buildPipelineEditorSchema,
  buildTestEditorSchema,
  type StepsByPipeline,
} from "./schemas.ts";

/** The step ids of every pipeline that can be read. */
export async function readStepsByPipeline(files: PipelineFiles): Promise<StepsByPipeline> {
  const found: Record<string, Record<string, string>> = {};
  for (const name of await files.listPipelines()) {
    const { root } = await files.readPipeline(name);
    const ids: Record<string, string> = {};
    for (const node of listStepNodes(findValue(root, "steps"))) {
      const id = findStepId(node);
      const uses = findText(node, "uses");
      if (id !== null && uses !== undefined) ids[id] = uses;
    }
    found[name] = ids;
  }
  return found;
}

/** The schema files by name, as text. */
export async function formatSchemas(
  registry: StepRegistry,
  pipelinesFolder: string,
): Promise<Readonly<Record<string, string>>> {
  const files = openPipelineFiles(pipelinesFolder, EnteSettings);
  const steps = await readStepsByPipeline(files);
  return {
    "pipeline.schema.json": formatJson(buildPipelineEditorSchema(registry)),
    "ente.schema.json": formatJson(buildEnteEditorSchema(registry, EnteSettings, steps)),
    "base.schema.json": formatJson(buildBaseEditorSchema(registry, EnteSettings, steps)),
    "act.schema.json": formatJson(buildActEditorSchema(EnteSettings)),
    "test.schema.json": formatJson(buildTestEditorSchema()),
  };
}

/** Writes those that are not as they should be; their paths. */
export async function writeSchemas(
  registry: StepRegistry,
  pipelinesFolder: string,
): Promise<readonly string[]> {
  const written: string[] = [];
  await mkdir(pipelinesFolder, { recursive: true });
  for (const [name, text] of Object.entries(await formatSchemas(registry, pipelinesFolder))) {
    const path = join(pipelinesFolder, name);
    if ((await allowMissing(readFile(path, "utf8"))) === text) continue;
    await writeFile(`${path}.tmp`, text);
    await rename(`${path}.tmp`, path);
    written.push(path);
  }
  return written;
}

function formatJson(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
