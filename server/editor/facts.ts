/** What the installation knows that an editor may offer: steps, pipelines, enti, secrets by name. */
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { allowMissing } from "../../engine/host/errors.ts";
import { EnteSettings } from "../../integrations/ente.ts";
import type { PipelineFiles } from "../../loader/pipeline/files.ts";
import { readDeclaredParams } from "../../loader/pipeline/head.ts";
import type { StepRegistry } from "../../loader/pipeline/registry.ts";
import type { Param } from "../../loader/pipeline/schema.ts";
import { findValue, type YamlNode } from "../../loader/yaml/yaml.ts";
import type { StepsByPipeline } from "./schemas.ts";
import { readStepsByPipeline } from "./write-schemas.ts";

/** A name of a secret; its value is never read. */
export interface NamedSecret {
  readonly name: string;
  /** The file that holds it; `null`: none in the folder of secrets. */
  readonly file: string | null;
  /** Set in the environment. */
  readonly isSet: boolean;
}

export interface EditorFacts {
  readonly registry: StepRegistry;
  readonly files: PipelineFiles;
  /** Ids of the steps of every pipeline, with the step that each uses. */
  readonly steps: StepsByPipeline;
  /** Declared parameters of a pipeline. */
  readParams(pipeline: string): Promise<Readonly<Record<string, Param>>>;
  /** Named in an ente file, in the folder of secrets or both. */
  listSecrets(): Promise<readonly NamedSecret[]>;
  /** Signers of all enti: name and the enti that have one. */
  listSigners(): Promise<ReadonlyMap<string, readonly string[]>>;
}

export interface FactSources {
  readonly registry: StepRegistry;
  readonly files: PipelineFiles;
  readonly secretsFolder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** What is costly to know is asked for when it is needed. */
export async function readFacts(sources: FactSources): Promise<EditorFacts> {
  const { registry, files, secretsFolder, environment } = sources;
  return {
    registry,
    files,
    steps: await readStepsByPipeline(files),
    async readParams(pipeline) {
      const { root } = await files.readPipeline(pipeline);
      return root === null ? {} : readDeclaredParams(root);
    },
    async listSecrets() {
      const names = new Set((await allowMissing(readdir(secretsFolder))) ?? []);
      for (const codice of await files.listEnti())
        collectSecretNames((await files.readEnte(codice)).root, names);
      return [...names]
        .filter((name) => /^[A-Z][A-Z0-9_]*$/.test(name))
        .toSorted()
        .map((name) => {
          const file = join(secretsFolder, name);
          const isSet = (environment[name] ?? "") !== "";
          return { name, file: existsSync(file) ? file : null, isSet };
        });
    },
    async listSigners() {
      const found = new Map<string, string[]>();
      for (const codice of await files.listEnti()) {
        const { root } = await files.readEnte(codice);
        const signers = findValue(findValue(root, "signing"), "signers");
        for (const { key } of signers?.kind === "map" ? signers.entries : [])
          found.set(key.text, [...(found.get(key.text) ?? []), codice]);
      }
      return found;
    },
  };
}

function collectSecretNames(node: YamlNode | null, names: Set<string>): void {
  if (node?.kind === "list") for (const item of node.items) collectSecretNames(item, names);
  if (node?.kind !== "map") return;
  for (const { key, value } of node.entries) {
    if (key.text === "secret" && value.kind === "scalar") names.add(value.text);
    collectSecretNames(value, names);
  }
}

/** Schema of the ente file without `pipelines`. */
export const enteSchema: object = EnteSettings;
