/** What is wrong with a model of the verbale: its blocks, their order, their texts, the second language. */
import {
  absentFaults,
  loose,
  looseList,
  nameFaults,
  templateFaults,
  textsIn,
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
  signature: ["lines"],
  "new-page": [],
};
/** What a second language gives of each kind of block; the rest is data or the same in every language. */
const translatedKeys: Readonly<Record<string, readonly string[]>> = {
  ...blockKeys,
  letterhead: ["lines"],
  opening: ["title", "heading"],
};
const conditionKeys = ["type", "when", "unless"];
const always: ReadonlySet<string> = new Set([
  "numero",
  "data",
  "dataViolazione",
  "luogo",
  "luogoData",
  "targa",
  "articolo",
  "norma",
  "ente.nome",
  "ente.codiceFiscale",
  "destinatario.nome",
  "destinatario.codiceFiscale",
]);

/** Whether a value is there for every ente and verbale. */
export function isAlwaysThere(name: string): boolean {
  return always.has(name);
}

export interface VerbaleParts {
  /** The model with the ente's changes. */
  readonly model: Loose;
  /** The changes alone. */
  readonly changes: Loose;
  /** The model as it comes with Postino. */
  readonly base: Loose;
  /** Languages in which the blocks come with Postino. */
  readonly languages: readonly string[];
}

/** All faults, tolerant of parts that the schema refuses. */
export function verbaleFaults(parts: VerbaleParts): ModelFault[] {
  const { model } = parts;
  const blocks = loose(model["blocks"]);
  const faults = [...orderFaults(parts)];
  for (const name of Object.keys(blocks))
    faults.push(...blockFaults(["blocks", name], name, parts));
  for (const placed of textsIn(model)) faults.push(...templateFaults(placed));
  for (const key of ["title", "footer"])
    for (const placed of textsIn(model[key], [key]))
      faults.push(...absentFaults(placed, isAlwaysThere));
  return [...faults, ...secondFaults(parts)];
}

function orderFaults({ model, changes, base }: VerbaleParts): ModelFault[] {
  const blocks = loose(model["blocks"]);
  const names = Object.keys(blocks);
  const order = looseList(model["order"]);
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
    else if (order.indexOf(name) !== index && loose(blocks[name])["type"] !== "new-page")
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
  const gone = looseList(base["order"]).filter((name) => !order.includes(name));
  if (order.length > 0 && gone.length > 0)
    faults.push({
      path: ["order"],
      isAboutKey: true,
      severity: "warning",
      message: `non si stampa più: ${gone.map((name) => `«${String(name)}»`).join(", ")}`,
      why: "non è nell'ordine",
      remedy: "verifica che il verbale resti completo anche senza",
    });
  for (const name of Object.keys(loose(changes["blocks"])))
    if (
      loose(blocks[name])["type"] !== undefined &&
      !order.includes(name) &&
      !looseList(base["order"]).includes(name)
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

function blockFaults(
  path: readonly string[],
  name: string,
  { model, changes, base }: VerbaleParts,
): ModelFault[] {
  const block = loose(loose(model["blocks"])[name]);
  const type = block["type"];
  const faults: ModelFault[] = [...conditionFaults(path, block)];
  for (const [index, row] of looseList(block["rows"]).entries())
    faults.push(...conditionFaults([...path, "rows", String(index)], loose(row)));
  if (type === undefined && "type" in loose(loose(changes["blocks"])[name])) return faults;
  if (typeof type !== "string") {
    faults.push({
      path,
      isAboutKey: true,
      message: `al blocco «${name}» manca type`,
      why: "il modello non ha un blocco con questo nome",
      remedy: "correggi il nome, oppure aggiungi type: text",
      choice: { wrong: name, title: "blocchi", names: Object.keys(loose(base["blocks"])) },
    });
    return faults;
  }
  faults.push(...keyFaults(path, loose(loose(changes["blocks"])[name]), blockKeys, type));
  const columns = looseList(block["columns"]).length;
  if (type === "amounts" && columns !== 5)
    faults.push({
      path: [...path, "columns"],
      isAboutKey: true,
      message: `la tabella degli importi ha cinque colonne, qui le intestazioni sono ${columns}`,
      remedy: "columns: [Quando, Codice avviso pagoPA, Sanzione, Spese, Totale]",
    });
  return faults;
}

function conditionFaults(path: readonly string[], part: Loose): ModelFault[] {
  return ["when", "unless"].flatMap((key) => {
    const name = part[key];
    return typeof name === "string" ? nameFaults([...path, key], name, name) : [];
  });
}

/** Keys that this kind of block would leave unread: a text that nobody sees printed. */
function keyFaults(
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

function secondFaults({ model, changes, languages }: VerbaleParts): ModelFault[] {
  const second = loose(model["second"]);
  const { language } = second;
  if (typeof language !== "string") return [];
  const faults: ModelFault[] = [];
  const blocks = loose(model["blocks"]);
  const given = loose(second["blocks"]);
  if (Object.keys(given).length === 0)
    return [
      {
        path: ["second", "language"],
        message: `il modello del verbale non ha testi in «${language}»`,
        remedy: "scegli un'altra lingua, oppure scrivi i testi in second.blocks",
        choice: { wrong: language, title: "lingue", names: languages },
      },
    ];
  const written = loose(loose(changes["second"])["blocks"]);
  for (const [name, texts] of Object.entries(given)) {
    const path = ["second", "blocks", name];
    const block = loose(blocks[name]);
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
      faults.push(...keyFaults(path, loose(written[name]), translatedKeys, type));
    faults.push(...lengthFaults(path, block, loose(texts), language));
    faults.push(...staleFaults(name, { changes, texts: loose(texts), language }));
  }
  const silent = looseList(model["order"]).filter(
    (name) =>
      typeof name === "string" &&
      blocks[name] !== undefined &&
      isTold(loose(blocks[name])) &&
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
function staleFaults(
  name: string,
  at: { readonly changes: Loose; readonly texts: Loose; readonly language: string },
): ModelFault[] {
  const italian = loose(loose(at.changes["blocks"])[name]);
  const own = loose(loose(loose(at.changes["second"])["blocks"])[name]);
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
function lengthFaults(
  path: readonly string[],
  block: Loose,
  texts: Loose,
  language: string,
): ModelFault[] {
  return ["rows", "columns"].flatMap((key) => {
    const own = looseList(texts[key]).length;
    const italian = looseList(block[key]).length;
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
