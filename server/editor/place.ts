/** What a place of a file is by the schemas: which keys and values may stand there. */
import { actsFolder, findActSchema } from "../../loader/pipeline/acts.ts";
import { basename, dirname } from "node:path";
import { buildEnteFileSchema, PipelineFile } from "../../loader/pipeline/schema.ts";
import { collectProperties, findFreeSchema } from "../../loader/yaml/keys.ts";
import type { JsonSchema } from "../../loader/yaml/schema-check.ts";
import { enteSchema, type EditorFacts } from "./facts.ts";
import {
  isSamePath,
  type Outline,
  type OutlinePath,
  readOutline,
  readNodeValue,
} from "./outline.ts";

/** A file as it stands in the editor. */
export interface OpenFile {
  readonly kind: "pipeline" | "ente" | "act";
  /** Of the pipeline or the kind of act, or codice of the ente. */
  readonly name: string;
  readonly path: string;
  readonly text: string;
  readonly outline: Outline;
}

const kinds: Readonly<Record<string, OpenFile["kind"]>> = { enti: "ente", [actsFolder]: "act" };

const fileSchemas: Readonly<Record<OpenFile["kind"], JsonSchema>> = {
  pipeline: PipelineFile as unknown as JsonSchema,
  ente: buildEnteFileSchema(enteSchema) as JsonSchema,
  act: (findActSchema(enteSchema) ?? {}) as JsonSchema,
};

/** Reads a file for the place where a person types or points. */
export function openFileAt(path: string, text: string, offset = -1): OpenFile {
  const kind = kinds[basename(dirname(path))] ?? "pipeline";
  return { kind, name: basename(path, ".yaml"), path, text, outline: readOutline(text, offset) };
}

/** The value of a key by its path, without quotes; `null`: none on a line. */
export function findWritten({ outline, text }: OpenFile, path: OutlinePath): string | null {
  const entry = outline.entries.find(
    ({ path: other, key }) => key !== null && isSamePath(other, path),
  );
  return entry === undefined || entry.value === null ? null : readNodeValue(text, entry);
}

/** Keys that stand beside each other in the map at a path. */
export function listKeysAt({ outline }: OpenFile, path: OutlinePath): readonly string[] {
  return outline.entries
    .filter(({ path: other, key }) => key !== null && isSamePath(other.slice(0, -1), path))
    .map(({ path: other }) => String(other.at(-1)));
}

/** The step that an entry uses, by its `uses` or, in a change, by the pipeline's. */
export function findStepAt(file: OpenFile, owner: OutlinePath, facts: EditorFacts): string | null {
  const written = findWritten(file, [...owner, "uses"]);
  if (written !== null) return written;
  const [pipelines, pipeline, change, id] = owner;
  if (pipelines !== "pipelines" || change !== "change" || owner.length !== 4) return null;
  return facts.steps[String(pipeline)]?.[String(id)] ?? null;
}

/** The schema of the value at a path; `null`: nothing is known of it. */
export function findSchemaAt(
  file: OpenFile,
  path: OutlinePath,
  facts: EditorFacts,
): JsonSchema | null {
  let here: JsonSchema | null = fileSchemas[file.kind];
  for (const [at, part] of path.entries()) {
    if (here === null) return null;
    here = part === "with" ? findSettings(file, path.slice(0, at), facts) : enterSchema(here, part);
  }
  return here;
}

function findSettings(file: OpenFile, owner: OutlinePath, facts: EditorFacts): JsonSchema | null {
  const uses = findStepAt(file, owner, facts);
  const step = uses === null ? undefined : facts.registry.get(uses)?.step;
  return step === undefined ? null : (step.config as unknown as JsonSchema);
}

function enterSchema(schema: JsonSchema, part: string | number): JsonSchema | null {
  const branches = [schema, ...((schema["anyOf"] ?? []) as readonly JsonSchema[])];
  if (typeof part === "number") {
    const items = branches.map((branch) => branch["items"]).find((found) => found !== undefined);
    return (items as JsonSchema | undefined) ?? null;
  }
  const known = collectProperties(schema);
  if (Object.hasOwn(known, part)) return known[part] ?? null;
  const free = branches.map((branch) => findFreeSchema(branch, part));
  return free.find((found) => found !== null) ?? null;
}
