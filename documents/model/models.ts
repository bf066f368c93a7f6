/** The models that come with Postino, and how an ente's changes are laid over them. */
import { Value } from "typebox/value";
import { toLoose, type KnownValues, type Loose, type ModelFault } from "./model-faults.ts";
import type { OwnModel } from "./own-model.ts";
import { NoticeModel, VerbaleModel, type NoticeChanges, type VerbaleChanges } from "./model.ts";
import noticeLanguages from "../models/notice-languages.yaml" with { type: "text" };
import noticeCds from "../models/notice-cds.yaml" with { type: "text" };
import verbaleLanguages from "../models/verbale-languages.yaml" with { type: "text" };
import verbaleCds from "../models/verbale-cds.yaml" with { type: "text" };
import { checkNoticeModel } from "./notice-faults.ts";
import { checkVerbaleModel } from "./verbale-faults.ts";

/** Names of the models of the verbale. */
export const verbaleModelNames = ["verbale-cds"] as const;
export type VerbaleModelName = (typeof verbaleModelNames)[number];

/** Languages in which both models come with Postino, beside Italian. */
export const languageNames = ["de", "fr", "sl"] as const;

const sources: Readonly<Record<VerbaleModelName, string>> = { "verbale-cds": verbaleCds };

/** A model is wrong; `faults` are Italian sentences, all of them at once. */
export class ModelFaults extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join("; "));
    this.name = "ModelFaults";
    this.faults = faults;
  }
}

/** A model of the verbale with the ente's changes; throws ModelFaults. */
export function buildVerbaleModel(
  name: VerbaleModelName,
  changes: VerbaleChanges = {},
  own?: OwnModel,
): VerbaleModel {
  const { model, faults } = inspectVerbale(name, changes, own);
  requireSound([...checkSchema(VerbaleModel, model)], faults);
  return model as unknown as VerbaleModel;
}

/** The model of the notice with the ente's changes; throws ModelFaults. */
export function buildNoticeModel(changes: NoticeChanges = {}, own?: OwnModel): NoticeModel {
  const { model, faults } = inspectNotice(
    own === undefined ? changes : mergeChanges(own.notice, changes),
    own?.known,
  );
  requireSound([...checkSchema(NoticeModel, model)], faults);
  return model as unknown as NoticeModel;
}

/** A model with changes over it, whole or not, and what is wrong with it beyond the schema. */
export interface Inspected {
  readonly model: Loose;
  readonly faults: readonly ModelFault[];
}

/** The model of the verbale with changes as they were written; `own`: that of another kind of act. */
export function inspectVerbale(
  name: VerbaleModelName,
  changes: unknown,
  own?: OwnModel,
): Inspected {
  if (own !== undefined) return inspectOwn(own, changes);
  const base = toLoose(parseOnce(sources[name]));
  const language = toLoose(toLoose(changes)["second"])["language"];
  const translation = findTranslation(verbaleLanguages, language);
  const { qualita, ...blocks } = translation ?? {};
  // Two languages in the sheets of one: smaller, so that the verbale stays within SEND's light letter.
  const second =
    translation === null ? {} : { page: { textSize: 8.3 }, second: { language, blocks, qualita } };
  const model = toLoose(mergeChanges(mergeChanges(base, second), changes));
  return {
    model,
    faults: checkVerbaleModel({ model, changes: toLoose(changes), base, languages: languageNames }),
  };
}

/** The model of another kind of act, with changes as they were written; what is wrong with the model itself is told by `inspectOwnModel`. */
function inspectOwn({ base, known }: OwnModel, changes: unknown): Inspected {
  const model = toLoose(mergeChanges(base, changes));
  const faults = checkVerbaleModel({
    model,
    changes: toLoose(changes),
    base,
    languages: [],
    known,
  });
  return { model, faults };
}

/** What is wrong with the model of a kind of act before any ente changes it. */
export function inspectOwnModel(own: OwnModel): readonly ModelFault[] {
  const { base, known } = own;
  const { faults } = inspectOwn(own, {});
  const missing = [...checkSchema(VerbaleModel, base)].map((message) => ({ path: [], message }));
  return [...missing, ...faults, ...inspectNotice(own.notice, known).faults];
}

/** The model of the notice with changes as they were written. */
export function inspectNotice(changes: unknown, known?: KnownValues): Inspected {
  const language = toLoose(toLoose(changes)["second"])["language"];
  const texts = findTranslation(noticeLanguages, language);
  const second = texts === null ? {} : { page: { textSize: 7.6 }, second: { language, texts } };
  const model = toLoose(mergeChanges(mergeChanges(parseOnce(noticeCds), second), changes));
  const faults = checkNoticeModel({
    model,
    languages: languageNames,
    ...(known !== undefined && { known }),
  });
  return { model, faults };
}

/** What comes with Postino in that language; `null` when nothing does. */
function findTranslation(source: string, language: unknown): Loose | null {
  const languages = toLoose(parseOnce(source));
  if (typeof language !== "string" || !Object.hasOwn(languages, language)) return null;
  return toLoose(languages[language]);
}

const known = new Map<string, unknown>();

/** A file of ours, read once: a check of hundreds of enti asks for it for each. Nobody changes what is handed out. What technicians write is read by loader/yaml, which tells where a fault is. */
function parseOnce(source: string): unknown {
  const earlier = known.get(source) ?? Bun.YAML.parse(source);
  known.set(source, earlier);
  return earlier;
}

/** Not compiled: a model is looked at once, and commands that look at none would wait for it too. */
function* checkSchema(
  schema: typeof VerbaleModel | typeof NoticeModel,
  model: unknown,
): Iterable<string> {
  for (const fault of Value.Errors(schema, model))
    // A wrong value between braces is told by name.
    if (fault.keyword !== "pattern")
      yield `modello${fault.instancePath.replaceAll("/", ".")}: ${fault.message}`;
}

function requireSound(ofSchema: readonly string[], faults: readonly ModelFault[]): void {
  const told = faults.filter(({ severity }) => severity !== "warning").map(describeFault);
  if (ofSchema.length + told.length > 0) throw new ModelFaults([...ofSchema, ...told]);
}

function describeFault({ path, message, choice }: ModelFault): string {
  const names = choice === undefined ? "" : ` (${choice.title}: ${choice.names.join(", ")})`;
  return `${path.join(".")}: ${message}${names}`;
}

/** Objects merge, lists and scalars replace: the rule of pipelines. */
function mergeChanges(base: unknown, changes: unknown): unknown {
  if (changes === undefined) return base;
  if (!isObject(base) || !isObject(changes)) return changes;
  const out: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(changes)) out[key] = mergeChanges(out[key], value);
  return out;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
