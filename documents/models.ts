/** The models that come with Postino, and how an ente's changes are laid over them; used by the render step and by `check`. */
import { Compile } from "typebox/compile";
import { parse } from "yaml";
import { valueNames } from "./content.ts";
import {
  NoticeModel,
  VerbaleModel,
  type Block,
  type NoticeChanges,
  type VerbaleChanges,
} from "./model.ts";
import noticeLanguages from "./models/notice-languages.yaml" with { type: "text" };
import noticeCds from "./models/notice-cds.yaml" with { type: "text" };
import verbaleCds from "./models/verbale-cds.yaml" with { type: "text" };
import { compileTemplate } from "./template.ts";

/** Names of the models of the verbale. */
export const verbaleModelNames = ["verbale-cds"] as const;
export type VerbaleModelName = (typeof verbaleModelNames)[number];

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
export function verbaleModel(name: VerbaleModelName, changes: VerbaleChanges = {}): VerbaleModel {
  const model = merged(parse(sources[name]), changes);
  const faults = [...schemaFaults(checkVerbale, model)];
  if (faults.length === 0) faults.push(...verbaleFaults(model as VerbaleModel));
  if (faults.length > 0) throw new ModelFaults(faults);
  return model as VerbaleModel;
}

/** The model of the notice with the ente's changes; throws ModelFaults. */
export function noticeModel(changes: NoticeChanges = {}): NoticeModel {
  const model = merged(merged(parse(noticeCds), translation(changes.second?.language)), changes);
  const faults = [...schemaFaults(checkNotice, model)];
  if (faults.length === 0) faults.push(...noticeFaults(model as NoticeModel));
  if (faults.length > 0) throw new ModelFaults(faults);
  return model as NoticeModel;
}

/** The texts that pagoPA gives in that language, smaller so that they fit; the ente's own go over them. */
function translation(language: string | undefined): unknown {
  if (language === undefined) return {};
  const languages = parse(noticeLanguages) as Record<string, unknown>;
  return { page: { textSize: 7.6 }, second: { language, texts: languages[language] ?? {} } };
}

const checkVerbale = Compile(VerbaleModel);
const checkNotice = Compile(NoticeModel);

function* schemaFaults(
  check: {
    Errors(value: unknown): Iterable<{ keyword: string; instancePath: string; message: string }>;
  },
  model: unknown,
): Iterable<string> {
  for (const fault of check.Errors(model))
    // A wrong value between braces is told by name below.
    if (fault.keyword !== "pattern")
      yield `modello${fault.instancePath.replaceAll("/", ".")}: ${fault.message}`;
}

/** Objects merge, lists and scalars replace: the rule of pipelines. */
function merged(base: unknown, changes: unknown): unknown {
  if (changes === undefined) return base;
  if (!isObject(base) || !isObject(changes)) return changes;
  const out: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(changes)) out[key] = merged(out[key], value);
  return out;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function verbaleFaults(model: VerbaleModel): string[] {
  const faults: string[] = [];
  for (const name of model.order)
    if (model.blocks[name] === undefined)
      faults.push(`order nomina il blocco «${name}», che non c'è tra i blocks`);
  for (const [name, block] of Object.entries(model.blocks)) {
    if (block.type === undefined) faults.push(`al blocco «${name}» manca type`);
    faults.push(...blockFaults(`blocks.${name}`, block));
  }
  for (const [name, block] of Object.entries(model.second?.blocks ?? {}))
    faults.push(...blockFaults(`second.blocks.${name}`, block));
  faults.push(...textFaults("title", model.title), ...textFaults("footer", model.footer));
  return faults;
}

function blockFaults(where: string, block: Block): string[] {
  const faults: string[] = [];
  const texts = [block.title, block.heading, block.discounted, block.reduced, block.only];
  const lists = [block.subtitles, block.lines, block.paragraphs, block.columns];
  for (const text of [...texts, ...lists.flat()])
    if (text !== undefined) faults.push(...textFaults(where, text));
  for (const row of block.rows ?? [])
    faults.push(...textFaults(where, row.label), ...textFaults(where, row.value));
  for (const part of [block, ...(block.rows ?? [])])
    for (const name of [part.when, part.unless])
      if (name !== undefined) faults.push(...nameFaults(where, name));
  if (block.type === "amounts" && block.columns?.length !== 5)
    faults.push(`${where}: columns deve avere cinque intestazioni`);
  return faults;
}

function noticeFaults(model: NoticeModel): string[] {
  const faults = [
    ...textFaults("title", model.title),
    ...textFaults("subject", model.subject),
    ...textFaults("info", model.info),
  ];
  for (const [name, text] of Object.entries({ ...model.texts, ...model.second?.texts }))
    faults.push(...fixedTextFaults(name, text));
  return faults;
}

/** The notice's texts are set once for all verbali: they name no values. */
function fixedTextFaults(name: string, text: string | undefined): string[] {
  if (text === undefined || !/[{}]/.test(text)) return [];
  return [`texts.${name}: i testi fissi dell'avviso non hanno valori tra graffe`];
}

function textFaults(where: string, text: string): string[] {
  const faults: string[] = [];
  if (text.split("**").length % 2 === 0) faults.push(`${where}: «**» si apre e non si chiude`);
  for (const name of compileTemplate(text).names) faults.push(...nameFaults(where, name));
  const leftover = text.replaceAll(/\{[a-zA-Z0-9.]+\}/g, "");
  if (/[{}]/.test(leftover)) faults.push(`${where}: graffa senza un nome di valore`);
  return faults;
}

function nameFaults(where: string, name: string): string[] {
  if (valueNames.includes(name)) return [];
  return [`${where}: «{${name}}» non è un valore; i valori sono ${valueNames.join(", ")}`];
}
