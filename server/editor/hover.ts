/** What an editor shows of the word under the pointer. */
import { fieldSpecs } from "../../integrations/flusso/fields.ts";
import { collectProperties } from "../../loader/yaml/keys.ts";
import { describeField, describeStep, findFieldTitle, formatChoice } from "./describe.ts";
import type { EditorFacts } from "./facts.ts";
import type { OutlinePath, Piece } from "./outline.ts";
import { findSchemaAt, findStepAt, type OpenFile } from "./place.ts";

export interface Hovered {
  readonly word: Piece;
  /** Markdown in Italian. */
  readonly text: string;
}

/** `null`: nothing to say of what the pointer is at. */
export async function describeAt(file: OpenFile, facts: EditorFacts): Promise<Hovered | null> {
  const { cursor } = file.outline;
  if (cursor === null || cursor.word.start === cursor.word.end) return null;
  const word = file.text.slice(cursor.word.start, cursor.word.end).replace(/^(["'])(.*)\1$/s, "$2");
  const text =
    cursor.key === null
      ? describeKey(file, cursor.path, word, facts)
      : await describeValue(file, [...cursor.path, cursor.key], word, facts);
  return text === null ? null : { word: cursor.word, text };
}

function describeKey(
  file: OpenFile,
  path: OutlinePath,
  word: string,
  facts: EditorFacts,
): string | null {
  const [section, pipeline = "", part] = path.map(String);
  if (section === "pipelines" && (part === "change" || part === "remove"))
    if (path.length <= 4 && facts.steps[pipeline]?.[word] !== undefined)
      return describeStepNamed(facts.steps[pipeline]?.[word] ?? "", facts);
  const field = findSchemaAt(file, [...path, word], facts);
  const around = findSchemaAt(file, path, facts);
  if (field === null || around === null || !Object.hasOwn(collectProperties(around), word))
    return null;
  const isNeeded = ((around["required"] ?? []) as readonly string[]).includes(word);
  const at = path.lastIndexOf("with");
  const uses = at === -1 ? null : findStepAt(file, path.slice(0, at), facts);
  const settings = uses === null ? null : (facts.registry.get(uses) ?? null);
  const asked = { isNeeded: isNeeded && field["default"] === undefined, settings };
  return `**${word}**\n\n${describeField(field, asked, word)}`;
}

async function describeValue(
  file: OpenFile,
  path: OutlinePath,
  word: string,
  facts: EditorFacts,
): Promise<string | null> {
  const key = path.at(-1);
  if (key === "uses") return describeStepNamed(word, facts);
  if (key === "after" || key === "before")
    return describeStepNamed(facts.steps[String(path[1])]?.[word] ?? "", facts);
  if (key === "secret") return await describeSecret(word, facts);
  if (path[0] === "flusso" && path[1] === "columns") return describeColumn(word);
  const schema = findSchemaAt(file, path, facts);
  if (schema === null) return null;
  const choice = formatChoice(schema, word);
  const told = describeField(schema, { isNeeded: false, settings: null });
  return choice === undefined ? told : `**${word}**: ${choice}\n\n${told}`;
}

function describeStepNamed(name: string, { registry }: EditorFacts): string | null {
  const step = registry.get(name);
  return step === undefined ? null : describeStep(step);
}

async function describeSecret(name: string, facts: EditorFacts): Promise<string> {
  const found = (await facts.listSecrets()).find((secret) => secret.name === name);
  const isThere = found !== undefined && (found.isSet || found.file !== null);
  const where = found?.isSet === true ? "nell'ambiente" : "nella cartella dei segreti";
  return isThere
    ? `Segreto **${name}**: c'è, ${where}.`
    : `Segreto **${name}**: manca. Si scrive con \`postino secret set ${name}\`.`;
}

function describeColumn(field: string): string | null {
  const spec = fieldSpecs.get(field);
  if (spec === undefined) return null;
  const title = findFieldTitle(field);
  const need = spec.isFilled ? "La colonna serve, sempre piena." : "La colonna è facoltativa.";
  return `**${field}**${title === null ? "" : `: ${title}`}\n\n${spec.isNeeded && !spec.isFilled ? "La colonna serve; può essere vuota." : need}`;
}
