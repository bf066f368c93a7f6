/** Where the thing that a word names is defined: a step's file, a step of a pipeline, a parameter, a secret's file, a signer. */
import { existsSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import type { Span } from "../../loader/yaml/diagnostics.ts";
import { findStepId, listStepNodes } from "../../loader/pipeline/overrides.ts";
import { findEntry, findValue } from "../../loader/yaml/yaml.ts";
import type { EditorFacts } from "./facts.ts";
import type { OpenFile } from "./place.ts";

export interface Definition {
  /** Absolute path. */
  readonly file: string;
  /** `null`: the beginning of the file. */
  readonly at: Span | null;
}

/** Empty where the word names nothing. */
export async function findDefinitions(
  file: OpenFile,
  facts: EditorFacts,
): Promise<readonly Definition[]> {
  const { cursor } = file.outline;
  if (cursor === null) return [];
  const word = file.text.slice(cursor.word.start, cursor.word.end).replace(/^(["'])(.*)\1$/s, "$2");
  const param = /\$\(\s*params\.([\w-]+)/.exec(word)?.[1];
  const path = cursor.path.map(String);
  const pipeline = file.kind === "pipeline" ? file.name : (path[1] ?? "");
  if (param !== undefined) return await findParam(pipeline, param, facts);
  if (cursor.key === "uses") return findStepFile(word, facts);
  if (cursor.key === "secret") return await findSecretFile(word, facts);
  if (cursor.key === "signer") return await findSigners(word, facts);
  if (path[0] !== "pipelines") return [];
  if (path.length === 1) return findPipeline(word, facts);
  const isId =
    cursor.key === "after" ||
    cursor.key === "before" ||
    (cursor.key === null && (path[2] === "remove" || (path[2] === "change" && path.length === 3)));
  return isId ? await findStepEntry(pipeline, word, facts) : [];
}

function findStepFile(name: string, { registry }: EditorFacts): readonly Definition[] {
  const file = registry.get(name)?.file;
  if (file === undefined) return [];
  const path = isAbsolute(file) ? file : resolve(file);
  return existsSync(path) ? [{ file: path, at: null }] : [];
}

async function findStepEntry(
  pipeline: string,
  id: string,
  { files }: EditorFacts,
): Promise<readonly Definition[]> {
  const { root, file } = await files.readPipeline(pipeline);
  const node = listStepNodes(findValue(root, "steps")).find((entry) => findStepId(entry) === id);
  if (node === undefined) return [];
  const value = findValue(node, "id") ?? findValue(node, "uses") ?? node;
  return [{ file: resolve(file), at: value.at }];
}

async function findPipeline(name: string, { files, steps }: EditorFacts) {
  if (steps[name] === undefined) return [];
  const { file } = await files.readPipeline(name);
  return [{ file: resolve(file), at: null }];
}

async function findParam(
  pipeline: string,
  name: string,
  { files }: EditorFacts,
): Promise<readonly Definition[]> {
  const { root, file } = await files.readPipeline(pipeline);
  const entry = findEntry(findValue(root, "params"), name);
  return entry === undefined ? [] : [{ file: resolve(file), at: entry.key.at }];
}

async function findSecretFile(name: string, facts: EditorFacts): Promise<readonly Definition[]> {
  const found = (await facts.listSecrets()).find((secret) => secret.name === name)?.file ?? null;
  return found === null ? [] : [{ file: found, at: null }];
}

/** In the files of all enti that have such a signer; more than a person looks through are left out. */
async function findSigners(name: string, { files, listSigners }: EditorFacts) {
  const found: Definition[] = [];
  for (const codice of ((await listSigners()).get(name) ?? []).slice(0, 20)) {
    const { root, file } = await files.readEnte(codice);
    const entry = findEntry(findValue(findValue(root, "signing"), "signers"), name);
    if (entry !== undefined) found.push({ file: resolve(file), at: entry.key.at });
  }
  return found;
}
