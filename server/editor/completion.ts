/** What an editor offers where a person types: keys by the schema of the place, values by it or by what the installation knows. */
import { listKnownWords } from "../../integrations/flusso/choices.ts";
import { fieldSpecs, findFieldSpec } from "../../integrations/flusso/fields.ts";
import { findChoices } from "../../loader/yaml/coerce-walk.ts";
import { collectProperties } from "../../loader/yaml/keys.ts";
import type { JsonSchema } from "../../loader/yaml/schema-check.ts";
import { describeField, findFieldTitle, formatChoice, formatFallback } from "./describe.ts";
import { enteSchema, type EditorFacts } from "./facts.ts";
import { type Cursor, type OutlinePath, readNodeValue } from "./outline.ts";
import { findSchemaAt, findStepAt, listKeysAt, type OpenFile } from "./place.ts";

export type OfferKind = "key" | "value" | "step" | "field" | "secret" | "reference" | "name";

/** Something that may be typed. */
export interface Offer {
  readonly label: string;
  readonly kind: OfferKind;
  /** Beside the label, in a few words. */
  readonly detail?: string | undefined;
  /** Below it, Markdown in Italian. */
  readonly about?: string | undefined;
  /** What replaces the word. */
  readonly insert: string;
}

/** Everything that may stand at the file's cursor, the likelier first. */
export async function listOffers(file: OpenFile, facts: EditorFacts): Promise<readonly Offer[]> {
  const { cursor } = file.outline;
  if (cursor === null) return [];
  const word = file.text.slice(cursor.word.start, cursor.word.end);
  if (/^["']?\$/.test(word)) return listExpressions(file, facts);
  if (cursor.key !== null) return listValues(file, [...cursor.path, cursor.key], facts);
  const schema = findSchemaAt(file, cursor.path, facts);
  const isSingle = schema !== null && schema["type"] !== "object" && schema["anyOf"] === undefined;
  if (typeof cursor.path.at(-1) === "number" && isSingle)
    return listValues(file, cursor.path, facts);
  return listKeys(file, cursor, facts);
}

async function listKeys(
  file: OpenFile,
  cursor: Cursor,
  facts: EditorFacts,
): Promise<readonly Offer[]> {
  const { path } = cursor;
  const current = file.text.slice(cursor.word.start, cursor.word.end);
  const written = new Set(listKeysAt(file, path).filter((name) => name !== current));
  const offers = (await listNames(file, path, facts)) ?? listProperties(file, path, facts);
  return offers
    .filter(({ label }) => !written.has(label))
    .map((offer) => ({ ...offer, insert: finishKey(file, cursor, offer.insert) }));
}

/** Keys that are names of something: of pipelines, steps, parameters. `null`: those of the schema. */
async function listNames(
  file: OpenFile,
  path: OutlinePath,
  facts: EditorFacts,
): Promise<readonly Offer[] | null> {
  const [section, pipeline = "", part] = path.map(String);
  if (section === "flusso" && pipeline === "constants" && path.length === 2)
    return listFields(file).map((offer) => ({ ...offer, insert: `${offer.label}: ` }));
  if (file.kind !== "ente" || section !== "pipelines") return null;
  if (path.length === 1)
    return Object.keys(facts.steps).map((name) => ({
      label: name,
      kind: "name",
      insert: `${name}:`,
    }));
  if (path.length !== 3) return null;
  if (part === "change")
    return listStepIds(pipeline, facts).map((offer) => ({ ...offer, insert: `${offer.label}:` }));
  if (part !== "params") return null;
  return Object.entries(await facts.readParams(pipeline)).map(([name, { help, type }]) => ({
    label: name,
    kind: "name",
    detail: type,
    about: help,
    insert: `${name}: `,
  }));
}

function listProperties(file: OpenFile, path: OutlinePath, facts: EditorFacts): readonly Offer[] {
  const schema = findSchemaAt(file, path, facts);
  if (schema === null) return [];
  const required = (schema["required"] ?? []) as readonly string[];
  const offers = Object.entries(collectProperties(schema)).map(([name, field]): Offer => {
    const isNeeded = required.includes(name) && field["default"] === undefined;
    const isGroup = field["type"] === "object" || field["patternProperties"] !== undefined;
    return {
      label: name,
      kind: "key",
      detail: isNeeded ? "obbligatorio" : undefined,
      about: describeField(field, { isNeeded, settings: null }),
      insert: isGroup ? `${name}:` : `${name}: `,
    };
  });
  return offers.toSorted((a, b) => Number(b.detail !== undefined) - Number(a.detail !== undefined));
}

/** A group goes on in the next line, two blanks further in; between brackets it is opened there. A key that has its colon gets no other. */
function finishKey({ text }: OpenFile, { word }: Cursor, insert: string): string {
  if (/^\s*:/.test(text.slice(word.end))) return insert.replace(/:\s*$/, "");
  if (!insert.endsWith(":")) return insert;
  const line = text.slice(text.lastIndexOf("\n", word.start - 1) + 1, word.start);
  if (/^ *(?:- +)*$/.test(line)) return `${insert}\n${" ".repeat(line.length + 2)}`;
  return `${insert} `;
}

async function listValues(
  file: OpenFile,
  path: OutlinePath,
  facts: EditorFacts,
): Promise<readonly Offer[]> {
  const named = await listNamedValues(file, path, facts);
  if (named !== null) return named;
  const schema = findSchemaAt(file, path, facts);
  if (schema === null) return [];
  const offers = listSchemaValues(schema);
  const isText = schema["type"] === "string" && path.includes("with");
  return isText ? [...offers, ...(await listExpressions(file, facts))] : offers;
}

/** Values that are names of something; `null`: the schema knows better. */
async function listNamedValues(
  file: OpenFile,
  path: OutlinePath,
  facts: EditorFacts,
): Promise<readonly Offer[] | null> {
  const key = path.at(-1);
  const owner = path.slice(0, -1);
  const isColumn = path[0] === "flusso" && path[1] === "columns";
  const words = path[0] === "flusso" ? listWords(file, path) : null;
  if (words !== null) return words;
  if (isColumn && (path.length === 3 || key === "to" || owner.at(-1) === "to"))
    return listFields(file);
  if (key === "uses") return listSteps(path, facts);
  if (key === "secret") return await listSecretNames(facts);
  if (key === "signer" && owner.at(-1) === "with") return await listSignerNames(facts);
  if (owner.at(-1) === "remove" || key === "after" || key === "before")
    return listStepIds(String(path[1]), facts);
  if (file.kind === "ente" && owner.length === 1 && owner[0] === "ente" && key === "codice")
    return [{ label: file.name, kind: "name", detail: "il nome del file", insert: file.name }];
  if (path[0] === "extends")
    return (await facts.files.listBases()).map((name) => ({
      label: name,
      kind: "name",
      insert: name,
    }));
  if (key === "timezone") return [{ label: "Europe/Rome", kind: "value", insert: "Europe/Rome" }];
  if (key === "cron") return listCrons();
  if (key === "inbox" && findStepAt(file, owner.slice(0, -1), facts) === "load-verbali")
    return [await pickCodice(file, facts), ...(await listExpressions(file, facts))];
  return null;
}

async function pickCodice(file: OpenFile, facts: EditorFacts): Promise<Offer> {
  const [first] = (await listExpressions(file, facts)).filter(
    ({ label }) => label === "$(ente.codice)",
  );
  return first ?? { label: "$(ente.codice)", kind: "reference", insert: "$(ente.codice)" };
}

function listSchemaValues(schema: JsonSchema): readonly Offer[] {
  const fallback = formatFallback(schema);
  const offer = (label: string, about?: string): Offer => ({
    label,
    kind: "value",
    detail: label === fallback ? "se manca" : undefined,
    about,
    insert: quoteWhereNeeded(schema, label),
  });
  if (schema["type"] === "boolean") return ["true", "false"].map((word) => offer(word));
  if (schema["duration"] === true) {
    const usual = ["30s", "10m", "1h", "24h"].filter((word) => word !== fallback);
    return [...(fallback === null ? [] : [fallback]), ...usual].map((word) => offer(word));
  }
  const choices = findChoices(schema);
  if (choices !== null)
    return choices.map((value) => offer(String(value), formatChoice(schema, value)));
  return fallback === null ? [] : [offer(fallback)];
}

/** What a constant, a default or a value of a column may say, where the field that it feeds knows a few words only; `null`: elsewhere. */
function listWords(file: OpenFile, path: OutlinePath): readonly Offer[] | null {
  const [, part, name, key] = path;
  const isConstant = part === "constants" && path.length === 3;
  const isOfColumn =
    part === "columns" &&
    ((key === "values" && path.length === 5) || (key === "default" && path.length === 4));
  if (!isConstant && !isOfColumn) return null;
  const owner = isConstant ? name : readTarget(file, path.slice(0, 3));
  const known = listKnownWords(findFieldSpec(String(owner))?.kind ?? "");
  return known?.map((word) => ({ label: word, kind: "value", insert: word })) ?? null;
}

/** The field that the rule of a column feeds; `undefined`: it does not say yet. */
function readTarget({ outline, text }: OpenFile, rule: OutlinePath): string | undefined {
  const found = outline.entries.find(
    ({ path }) =>
      path.length === rule.length + 1 && [...rule, "to"].every((part, at) => path[at] === part),
  );
  return found === undefined ? undefined : readNodeValue(text, found);
}

/** Fields of the verbale that no other column feeds yet. */
function listFields({ outline, text }: OpenFile): readonly Offer[] {
  const typed = outline.cursor?.word;
  const fed = new Set(
    outline.entries
      .filter(({ path, value }) => path[0] === "flusso" && path[1] === "columns" && value !== null)
      .filter(({ value }) => value?.start !== typed?.start)
      .map(({ value }) => (value === null ? "" : text.slice(value.start, value.end))),
  );
  return [...fieldSpecs]
    .filter(([name]) => !fed.has(name))
    .map(([name, { isNeeded }]) => ({
      label: name,
      kind: "field",
      detail: isNeeded ? "serve" : undefined,
      about: findFieldTitle(name) ?? undefined,
      insert: name,
    }));
}

/** The first step makes the verbali, and no other does. */
function listSteps(path: OutlinePath, { registry }: EditorFacts): readonly Offer[] {
  const isFirst = path[0] === "steps" && path[1] === 0;
  return registry
    .listSteps()
    .toSorted((a, b) => Number(b.step.kind === "source") - Number(a.step.kind === "source"))
    .map(({ name, title, step }) => ({ name, title, step, isSource: step.kind === "source" }))
    .toSorted((a, b) => (isFirst ? 1 : -1) * (Number(b.isSource) - Number(a.isSource)))
    .map(({ name, title, step }) => ({
      label: name,
      kind: "step",
      detail: title,
      about: step.summary,
      insert: name,
    }));
}

function listStepIds(pipeline: string, facts: EditorFacts): readonly Offer[] {
  return Object.entries(facts.steps[pipeline] ?? {}).map(([id, uses]) => ({
    label: id,
    kind: "step",
    detail: id === uses ? undefined : uses,
    about: facts.registry.get(uses)?.step.summary,
    insert: id,
  }));
}

async function listSecretNames(facts: EditorFacts): Promise<readonly Offer[]> {
  return (await facts.listSecrets()).map(({ name, file, isSet }) => ({
    label: name,
    kind: "secret",
    detail: file !== null || isSet ? "c'è" : "manca",
    insert: name,
  }));
}

async function listSignerNames(facts: EditorFacts): Promise<readonly Offer[]> {
  return [...(await facts.listSigners())].map(([name, enti]) => ({
    label: name,
    kind: "name",
    detail: enti.length > 3 ? `${enti.length} enti` : enti.join(", "),
    insert: name,
  }));
}

function listCrons(): readonly Offer[] {
  const usual: Readonly<Record<string, string>> = {
    '"30 6 * * 1-5"': "alle 6.30, dal lunedì al venerdì",
    '"0 5 * * *"': "ogni giorno alle 5",
    '"0 * * * *"': "ogni ora",
    '"0 8 1 * *"': "il primo del mese alle 8",
  };
  return Object.entries(usual).map(([label, detail]) => ({
    label,
    kind: "value",
    detail,
    insert: label,
  }));
}

/** `$(ente.x)` and `$(params.x)`. */
async function listExpressions(file: OpenFile, facts: EditorFacts): Promise<readonly Offer[]> {
  const pipeline =
    file.kind === "pipeline" ? file.name : String(file.outline.cursor?.path[1] ?? "");
  const params = Object.entries(await facts.readParams(pipeline)).map(([name, { help }]) => [
    `params.${name}`,
    help,
  ]);
  const identity = collectProperties(collectProperties(enteSchema as JsonSchema)["ente"] ?? {});
  const data = Object.entries(identity).map(([name, { description }]) => [
    `ente.${name}`,
    description,
  ]);
  return [...params, ...data].map(([name, about]) => ({
    label: `$(${String(name)})`,
    kind: "reference",
    about: typeof about === "string" ? about : undefined,
    insert: `$(${String(name)})`,
  }));
}

/** A text that YAML would take for something else stands between quotes. */
function quoteWhereNeeded({ type }: JsonSchema, text: string): string {
  const isText = type === "string" || type === undefined;
  return !isText || /^[\w./-]*[A-Za-z/][\w./-]*$/.test(text) ? text : `"${text}"`;
}
