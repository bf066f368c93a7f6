/** The model of a kind of act that is no verbale: what its file says, with the texts of its folder put into the blocks. */
import { commonValueNames } from "./content.ts";
import {
  toLoose,
  toLooseList,
  type KnownValues,
  type Loose,
  type ModelFault,
} from "./model-faults.ts";
import type { NoticeChanges } from "./model.ts";

export interface OwnModel {
  /** As a model of Postino: laid under what an ente changes. */
  readonly base: Loose;
  readonly notice: NoticeChanges;
  readonly known: KnownValues;
  /** Texts that no block takes, and blocks that have none. */
  readonly faults: readonly ModelFault[];
}

/** What of a kind of act its documents are made of. */
export interface OwnModelSource {
  readonly name: string;
  readonly title: string;
  readonly model: unknown;
  readonly notice?: NoticeChanges | undefined;
  /** By name of the block. */
  readonly texts: Readonly<Record<string, string>>;
  /** Names of its own values, and those of them that no act lacks. */
  readonly values: { readonly names: readonly string[]; readonly always: readonly string[] };
}

const always: ReadonlySet<string> = new Set([
  "numero",
  "data",
  "luogoData",
  "ente.nome",
  "ente.codiceFiscale",
  "destinatario.nome",
  "destinatario.codiceFiscale",
]);

export function buildOwnModel(source: OwnModelSource): OwnModel {
  const { name, title, texts, values, notice = {} } = source;
  const model = toLoose(source.model);
  const order = toLooseList(model["order"]).filter((one) => typeof one === "string");
  const written = toLoose(model["blocks"]);
  const blocks: Record<string, unknown> = {};
  for (const block of new Set([...Object.keys(written), ...order])) {
    const own = toLoose(written[block]);
    const text = texts[block];
    if (text === undefined && written[block] === undefined) continue;
    blocks[block] = text === undefined ? own : { ...readText(text), type: "text", ...own };
  }
  return {
    base: {
      name,
      version: 1,
      title: `${title} n. {numero}`,
      footer: `{ente.nome} · ${title} n. {numero}`,
      page: { margins: { top: 14, right: 18, bottom: 14, left: 18 }, textSize: 9.8 },
      ...model,
      order,
      blocks,
    },
    notice: {
      title: `Avviso di pagamento, ${lowerFirst(title)} n. {numero}`,
      subject: `${title} n. {numero}`,
      ...notice,
    },
    known: {
      names: [...commonValueNames, ...values.names],
      isAlwaysThere: (one) => always.has(one) || values.always.includes(one),
    },
    faults: [...listLostTexts(texts, blocks), ...listSilentBlocks(name, blocks)],
  };
}

/** A first line that begins with # is the title; a blank line ends a paragraph. */
function readText(text: string): {
  readonly title?: string;
  readonly paragraphs: readonly string[];
} {
  const parts = text
    .replaceAll("\r\n", "\n")
    .split(/\n\s*\n/)
    .map((part) => part.replaceAll(/\s*\n\s*/g, " ").trim())
    .filter((part) => part !== "");
  const [first = "", ...rest] = parts;
  if (!first.startsWith("#")) return { paragraphs: parts };
  const [head = "", ...body] = text.trim().split("\n");
  const below = body.join("\n").trim();
  const paragraphs = below === "" ? rest : readText(below).paragraphs;
  return { title: head.replace(/^#+\s*/, "").trim(), paragraphs };
}

function listLostTexts(texts: OwnModelSource["texts"], blocks: Loose): ModelFault[] {
  return Object.keys(texts)
    .filter((name) => blocks[name] === undefined)
    .map((name) => ({
      path: ["order"],
      isAboutKey: true,
      severity: "warning",
      message: `il testo ${name}.txt non si stampa: nessun blocco si chiama «${name}»`,
      remedy: `aggiungi ${name} a order, oppure togli il file`,
    }));
}

function listSilentBlocks(act: string, blocks: Loose): ModelFault[] {
  return Object.entries(blocks).flatMap(([name, own]) => {
    const { type, paragraphs, title } = toLoose(own);
    if (type !== "text" || paragraphs !== undefined || title !== undefined) return [];
    return [
      {
        path: ["blocks", name],
        isAboutKey: true,
        message: `al blocco «${name}» manca il testo`,
        remedy: `scrivi il file ${act}/${name}.txt accanto a ${act}.yaml, oppure paragraphs`,
      },
    ];
  });
}

function lowerFirst(text: string): string {
  return /^\p{Lu}\p{Ll}/u.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
