/** What is wrong with a model of the verbale: its blocks, their order, their texts, the second language. */
import {
  checkNeverEmpty,
  toLoose,
  toLooseList,
  checkValueName,
  checkTemplate,
  walkTexts,
  verbaleValues,
  type KnownValues,
  type Loose,
  type ModelFault,
} from "./model-faults.ts";

/** Which keys each kind of block reads, besides its conditions. */
export const blockKeys: Readonly<Record<string, readonly string[]>> = {
  letterhead: ["title", "lines"],
  opening: ["title", "subtitles", "heading", "lines"],
  text: ["title", "paragraphs"],
  fields: ["title", "rows"],
  amounts: ["title", "columns", "discounted", "reduced", "only", "paragraphs"],
  photographs: ["title", "paragraphs", "caption", "alt"],
  signature: ["lines"],
  "new-page": [],
};
/** What a second language gives of each kind of block; the rest is data or the same in every language. */
const translatedKeys: Readonly<Record<string, readonly string[]>> = {
  ...blockKeys,
  letterhead: ["lines"],
  opening: ["title", "heading"],
  photographs: ["title", "paragraphs", "caption"],
};
const conditionKeys = ["type", "when", "unless"];
export interface VerbaleParts {
  /** The model with the ente's changes. */
  readonly model: Loose;
  /** The changes alone. */
  readonly changes: Loose;
  /** The model as it comes with Postino. */
  readonly base: Loose;
  /** Languages in which the blocks come with Postino. */
  readonly languages: readonly string[];
  /** Default: those of a verbale of the Codice della Strada. */
  readonly known?: KnownValues;
}

/** All faults, tolerant of parts that the schema refuses. */
export function checkVerbaleModel(parts: VerbaleParts): ModelFault[] {
  const { model, known = verbaleValues } = parts;
  const blocks = toLoose(model["blocks"]);
  const faults = [...checkOrder(parts)];
  for (const name of Object.keys(blocks)) faults.push(...checkBlock(["blocks", name], name, parts));
  for (const placed of walkTexts(model)) faults.push(...checkTemplate(placed, known));
  for (const key of ["title", "footer"])
    for (const placed of walkTexts(model[key], [key]))
      faults.push(...checkNeverEmpty(placed, known));
  faults.push(
    ...checkQualities(["qualita"], parts),
    ...checkQualities(["second", "qualita"], parts),
  );
  return [...faults, ...checkSecondLanguage(parts)];
}

/** Names that no verbale can have: a text that nobody sees printed. */
function checkQualities(path: readonly string[], { changes, base }: VerbaleParts): ModelFault[] {
  const names = ["altro", ...Object.keys(toLoose(base["qualita"]))];
  let written = changes;
  for (const key of path) written = toLoose(written[key]);
  return Object.keys(written)
    .filter((name) => !names.includes(name))
    .map((name) => ({
      path: [...path, name],
      isAboutKey: true,
      message: `«${name}» non è una qualità del destinatario`,
      choice: { wrong: name, title: "qualità", names },
    }));
}

function checkOrder({ model, changes, base }: VerbaleParts): ModelFault[] {
  const blocks = toLoose(model["blocks"]);
  const names = Object.keys(blocks);
  const order = toLooseList(model["order"]);
  const faults: ModelFault[] = [];
  for (const [index, name] of order.entries()) {
    if (typeof name !== "string") continue;
    const path = ["order", String(index)];
    if (!names.includes(name))
      faults.push({
        path,
        message: `il blocco «${name}» non c'è`,
        remedy: "correggi il nome, oppure scrivi il blocco in blocks",
        choice: { wrong: name, title: "blocchi", names },
      });
    else if (order.indexOf(name) !== index && toLoose(blocks[name])["type"] !== "new-page")
      faults.push({
        path,
        severity: "warning",
        message: `il blocco «${name}» è già nell'ordine: si stampa due volte`,
        remedy: "togli la riga",
      });
  }
  if (order.length === 0 && Array.isArray(model["order"]))
    faults.push({
      path: ["order"],
      message: "l'ordine non nomina nessun blocco: il verbale sarebbe vuoto",
      choice: { wrong: "", title: "blocchi", names },
    });
  const gone = toLooseList(base["order"]).filter((name) => !order.includes(name));
  if (order.length > 0 && gone.length > 0)
    faults.push({
      path: ["order"],
      isAboutKey: true,
      severity: "warning",
      message: `non si stampa più: ${gone.map((name) => `«${String(name)}»`).join(", ")}`,
      why: "non è nell'ordine",
      remedy: "verifica che il verbale resti completo anche senza",
    });
  for (const name of Object.keys(toLoose(changes["blocks"])))
    if (
      toLoose(blocks[name])["type"] !== undefined &&
      !order.includes(name) &&
      !toLooseList(base["order"]).includes(name)
    )
      faults.push({
        path: ["blocks", name],
        isAboutKey: true,
        severity: "warning",
        message: `il blocco «${name}» non si stampa`,
        why: "non è nell'ordine",
        remedy: `aggiungi ${name} a order`,
      });
  return faults;
}

function checkBlock(
  path: readonly string[],
  name: string,
  { model, changes, base, known = verbaleValues }: VerbaleParts,
): ModelFault[] {
  const block = toLoose(toLoose(model["blocks"])[name]);
  const type = block["type"];
  const faults: ModelFault[] = [...checkConditions(path, block, known)];
  for (const [index, row] of toLooseList(block["rows"]).entries())
    faults.push(...checkConditions([...path, "rows", String(index)], toLoose(row), known));
  if (type === undefined && "type" in toLoose(toLoose(changes["blocks"])[name])) return faults;
  if (typeof type !== "string") {
    faults.push({
      path,
      isAboutKey: true,
      message: `al blocco «${name}» manca type`,
      why: "il modello non ha un blocco con questo nome",
      remedy: "correggi il nome, oppure aggiungi type: text",
      choice: { wrong: name, title: "blocchi", names: Object.keys(toLoose(base["blocks"])) },
    });
    return faults;
  }
  faults.push(...checkKeys(path, toLoose(toLoose(changes["blocks"])[name]), blockKeys, type));
  const columns = toLooseList(block["columns"]).length;
  if (type === "amounts" && columns !== 5)
    faults.push({
      path: [...path, "columns"],
      isAboutKey: true,
      message: `la tabella degli importi ha cinque colonne, qui le intestazioni sono ${columns}`,
      remedy: "columns: [Quando, Codice avviso pagoPA, Sanzione, Spese, Totale]",
    });
  return faults;
}

function checkConditions(path: readonly string[], part: Loose, known: KnownValues): ModelFault[] {
  return ["when", "unless"].flatMap((key) => {
    const name = part[key];
    return typeof name === "string"
      ? checkValueName({ path: [...path, key], name, word: name }, known)
      : [];
  });
}

/** Keys that this kind of block would leave unread: a text that nobody sees printed. */
function checkKeys(
  path: readonly string[],
  written: Loose,
  known: Readonly<Record<string, readonly string[]>>,
  type: string,
): ModelFault[] {
  const keys = known[type];
  if (keys === undefined) return [];
  return Object.keys(written)
    .filter((key) => !keys.includes(key) && !conditionKeys.includes(key))
    .map((key) => ({
      path: [...path, key],
      isAboutKey: true,
      message: `un blocco ${type} non stampa «${key}»`,
      choice: { wrong: key, title: `un blocco ${type} legge`, names: keys },
    }));
}

function checkSecondLanguage({ model, changes, languages }: VerbaleParts): ModelFault[] {
  const second = toLoose(model["second"]);
  const { language } = second;
  if (typeof language !== "string") return [];
  const faults: ModelFault[] = [];
  const blocks = toLoose(model["blocks"]);
  const given = toLoose(second["blocks"]);
  if (Object.keys(given).length === 0)
    return [
      {
        path: ["second", "language"],
        message: `il modello del verbale non ha testi in «${language}»`,
        remedy: "scegli un'altra lingua, oppure scrivi i testi in second.blocks",
        choice: { wrong: language, title: "lingue", names: languages },
      },
    ];
  const written = toLoose(toLoose(changes["second"])["blocks"]);
  for (const [name, texts] of Object.entries(given)) {
    const path = ["second", "blocks", name];
    const block = toLoose(blocks[name]);
    const { type } = block;
    if (blocks[name] === undefined) {
      if (name in written)
        faults.push({
          path,
          isAboutKey: true,
          message: `il blocco «${name}» non c'è`,
          choice: { wrong: name, title: "blocchi", names: Object.keys(blocks) },
        });
      continue;
    }
    if (typeof type === "string")
      faults.push(...checkKeys(path, toLoose(written[name]), translatedKeys, type));
    faults.push(...checkLengths(path, block, toLoose(texts), language));
    faults.push(...checkStaleTexts(name, { changes, texts: toLoose(texts), language }));
  }
  const silent = toLooseList(model["order"]).filter(
    (name) =>
      typeof name === "string" &&
      blocks[name] !== undefined &&
      isTold(toLoose(blocks[name])) &&
      given[name] === undefined,
  );
  if (silent.length > 0)
    faults.push({
      path: ["second", "language"],
      severity: "warning",
      message: `in «${language}» mancano i testi di ${silent.map((name) => `«${String(name)}»`).join(", ")}`,
      why: "restano solo in italiano",
    });
  return faults;
}

function isTold(block: Loose): boolean {
  return block["type"] !== "letterhead" && block["type"] !== "new-page";
}

/** The ente changed the Italian text, and the translation is still that of the text before. */
function checkStaleTexts(
  name: string,
  at: { readonly changes: Loose; readonly texts: Loose; readonly language: string },
): ModelFault[] {
  const italian = toLoose(toLoose(at.changes["blocks"])[name]);
  const own = toLoose(toLoose(toLoose(at.changes["second"])["blocks"])[name]);
  return Object.keys(italian)
    .filter((key) => at.texts[key] !== undefined && own[key] === undefined)
    .map((key) => ({
      path: ["blocks", name, key],
      isAboutKey: true,
      severity: "warning",
      message: `«${key}» di «${name}» è cambiato solo in italiano`,
      why: `in «${at.language}» resta la traduzione del testo di Postino`,
      remedy: `scrivi anche second.blocks.${name}.${key}`,
    }));
}

/** Rows and columns stand beside the Italian ones, one for one. */
function checkLengths(
  path: readonly string[],
  block: Loose,
  texts: Loose,
  language: string,
): ModelFault[] {
  return ["rows", "columns"].flatMap((key) => {
    const own = toLooseList(texts[key]).length;
    const italian = toLooseList(block[key]).length;
    if (texts[key] === undefined || own === italian) return [];
    return [
      {
        path: [...path, key],
        isAboutKey: true,
        message: `${key}: in italiano sono ${italian}, in «${language}» ${own}`,
        why: "si stampano una accanto all'altra, nello stesso ordine",
        remedy: "tante righe quante in italiano",
      },
    ];
  });
}
