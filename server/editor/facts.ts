/** What the installation knows that an editor may offer: steps, pipelines, enti, secrets by name. */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { allowMissing } from "../../engine/host/errors.ts";
import { EnteSettings } from "../../integrations/ente.ts";
import type { PipelineFiles } from "../../loader/pipeline/files.ts";
import { readDeclaredParams } from "../../loader/pipeline/head.ts";
import type { StepRegistry } from "../../loader/pipeline/registry.ts";
import type { Param } from "../../loader/pipeline/schema.ts";
import { readOutline } from "./outline.ts";
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
  /** Of the pipelines; the enti lie below it. */
  readonly folder: string;
  readonly registry: StepRegistry;
  readonly files: PipelineFiles;
  readonly secretsFolder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** What is costly to know is asked for when it is needed. */
export async function readEditorFacts(sources: FactSources): Promise<EditorFacts> {
  const { folder, registry, files, secretsFolder, environment } = sources;
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
      for (const text of (await readEntiTexts(folder)).values())
        for (const [, name = ""] of text.matchAll(/\bsecret:\s*["']?([A-Z][A-Z0-9_]*)/g))
          names.add(name);
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
      for (const [codice, text] of await readEntiTexts(folder)) {
        const section = /^signing:.*\n(?:(?:[ #].*)?\n)*/m.exec(`${text}\n`)?.[0] ?? "";
        for (const { path, key } of readOutline(section).entries)
          if (key !== null && path.length === 3 && path[1] === "signers")
            found.set(String(path[2]), [...(found.get(String(path[2])) ?? []), codice]);
      }
      return found;
    },
  };
}

/** As they were saved: of a thousand files names alone are wanted, and parsing each would keep a person waiting. */
async function readEntiTexts(folder: string): Promise<ReadonlyMap<string, string>> {
  const enti = join(folder, "enti");
  const names = ((await allowMissing(readdir(enti))) ?? []).filter((name) =>
    name.endsWith(".yaml"),
  );
  const texts = new Map<string, string>();
  for (const name of names.toSorted()) {
    const text = await allowMissing(readFile(join(enti, name), "utf8"));
    if (text !== null) texts.set(basename(name, ".yaml"), text);
  }
  return texts;
}

/** Schema of the ente file without `pipelines`. */
export const enteSchema: object = EnteSettings;
