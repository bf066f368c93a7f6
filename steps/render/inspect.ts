/** What `check` says about the models of an ente, its crest and its own texts on the documents; asked of the render step. */
import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { EnteContent } from "../../documents/model/content.ts";
import type { Inspected } from "../../documents/model/models.ts";
import {
  checkLetters,
  type Loose,
  type ModelFault,
  toLoose,
  toLooseList,
  walkTexts,
} from "../../documents/model/model-faults.ts";
import type { InspectContext, SettingFault } from "../../engine/step/inspect.ts";
import { codeOf } from "../../engine/host/errors.ts";
import { toEnteSettings, type Services } from "../../integrations/services.ts";
import { buildEnteContent } from "./ente-content.ts";

/** All faults of the step's settings for this ente. The PDF packages are loaded here, not with the step. */
export async function inspectRender(
  config: Loose,
  { settings, enteFolder }: InspectContext,
): Promise<readonly SettingFault[]> {
  const { inspectNotice, inspectOwnModel, inspectVerbale, verbaleModelNames } =
    await import("../../documents/model/models.ts");
  const act = settings === null ? undefined : toEnteSettings(settings).act;
  const { readOwnModel } = await import("./own-act.ts");
  const own = act === undefined ? undefined : readOwnModel(act);
  const name = verbaleModelNames.find((one) => one === config["model"]) ?? verbaleModelNames[0];
  const keep = own === undefined ? inspectOnce : inspectAnew;
  const verbale = keep(`${name} ${JSON.stringify(config["verbale"])}`, () =>
    inspectVerbale(name, config["verbale"], own),
  );
  const hasNotice = config["bollettino"] !== "none";
  const changes =
    own === undefined ? config["avviso"] : { ...own.notice, ...toLoose(config["avviso"]) };
  const notice = hasNotice
    ? keep(`avviso ${JSON.stringify(changes)}`, () => inspectNotice(changes, own?.known))
    : null;
  const ofModel = own === undefined ? [] : [...own.faults, ...inspectOwnModel(own)];
  const known = new Set(ofModel.map(({ message }) => message));
  const faults = [
    ...ofModel.map(toActFault),
    ...verbale.faults
      .filter(({ message }) => !known.has(message))
      .map((fault) => toSettingFault("verbale", fault)),
    ...(notice?.faults ?? [])
      .filter(({ message }) => !known.has(message))
      .map((fault) => toSettingFault("avviso", fault)),
  ];
  faults.push(...checkConversion(config));
  if (settings === null) return faults;
  const ente = toEnteSettings(settings);
  const content = buildEnteContent(ente, hasNotice);
  return [
    ...faults,
    ...checkEnteTexts(content),
    ...(await checkAbsentValues(config, content)),
    ...checkAppeal(verbale.model, content, act === undefined ? "il verbale" : "l'atto"),
    ...(notice === null ? [] : await checkInfoLine(notice.model, config, content)),
    ...(notice === null ? [] : checkPermission(content)),
    ...(config["from"] === "pdf" ? checkFolder(ente) : []),
    ...(await checkDrawing(ente, enteFolder, "stemma")),
    ...(hasNotice ? await checkDrawing(ente, enteFolder, "logoPagopa") : []),
    ...(await checkPhotographFolder(ente, enteFolder)),
  ];
}

/** By what was written; a bureau of a thousand enti has a handful. */
const inspectedModels = new Map<string, Inspected>();
const mostInspected = 100;

function inspectOnce(written: string, inspect: () => Inspected): Inspected {
  if (inspectedModels.size >= mostInspected) inspectedModels.clear();
  return inspectedModels.getOrInsertComputed(written, inspect);
}

/** A model that a kind of act brings has more to it than its changes. */
function inspectAnew(_: string, inspect: () => Inspected): Inspected {
  return inspect();
}

function toSettingFault(model: "verbale" | "avviso", fault: ModelFault): SettingFault {
  const message = `${model}, ${fault.path.join(".")}: ${fault.message}`;
  return { ...fault, within: "with", path: [model, ...fault.path], message };
}

/** What is wrong with the model that came with the kind of act, in its own file. */
function toActFault(fault: ModelFault): SettingFault {
  const [first = ""] = fault.path;
  const part = ["title", "subject", "info", "texts"].includes(first) ? "notice" : "model";
  const message = `${part}, ${fault.path.join(".")}: ${fault.message}`;
  return { ...fault, within: "act", path: [part, ...fault.path], message };
}

/** Where the texts that documents take from the ente file are written there. */
const places: Readonly<Partial<Record<keyof EnteContent, readonly string[]>>> = {
  nome: ["ente", "nome"],
  settore: ["ente", "settore"],
  indirizzo: ["ente", "indirizzo"],
  telefono: ["ente", "telefono"],
  email: ["ente", "email"],
  pec: ["ente", "pec"],
  sito: ["ente", "sito"],
  luogo: ["render", "luogo"],
  comandante: ["render", "comandante"],
  giudiceDiPace: ["render", "giudiceDiPace"],
  prefetto: ["render", "prefetto"],
  postalAccountHolder: ["payments", "postalAccountHolder"],
  postalAuthorization: ["payments", "postalAuthorization"],
};

function checkEnteTexts(content: EnteContent): SettingFault[] {
  const faults: SettingFault[] = [];
  for (const [key, path] of Object.entries(places)) {
    const text = content[key as keyof EnteContent];
    if (typeof text !== "string") continue;
    for (const fault of checkLetters({ path, text }))
      faults.push({ ...fault, within: "ente", message: `${path.join(".")}: ${fault.message}` });
  }
  return faults;
}

/** Texts of the ente's own that would never be printed, since the ente gives no such value. */
async function checkAbsentValues(config: Loose, content: EnteContent): Promise<SettingFault[]> {
  const { buildEnteValues } = await import("../../documents/model/content.ts");
  const values = buildEnteValues(content);
  const faults: SettingFault[] = [];
  for (const model of ["verbale", "avviso"])
    for (const { path, text } of walkTexts(config[model], [model]))
      for (const [word, name = ""] of text.matchAll(/\{(ente\.[a-zA-Z]+)\}/g))
        if (values[name] === "")
          faults.push({
            within: "with",
            path,
            word,
            severity: "warning",
            message: `questo testo non si stampa: l'ente non dà «${name}»`,
            why: "un testo che nomina un valore assente si tralascia",
            remedy: "aggiungi il dato al file dell'ente, oppure toglilo dal testo",
          });
  return faults;
}

/** A verbale that does not say where to appeal. */
function checkAppeal(model: Loose, content: EnteContent, act: string): SettingFault[] {
  const texts = printedTexts.getOrInsertComputed(model, joinPrinted);
  const authorities = [
    { key: "prefetto", name: "la Prefettura competente" },
    { key: "giudiceDiPace", name: "il Giudice di Pace competente" },
  ] as const;
  return authorities
    .filter(({ key }) => content[key] === undefined && texts.includes(`{ente.${key}}`))
    .map(({ key, name }) => ({
      within: "ente",
      path: ["render", key],
      severity: "warning",
      message: `${act} non dice ${name} per il ricorso: manca "render.${key}"`,
      remedy: `render: { ${key}: … }`,
    }));
}

const printedTexts = new WeakMap<Loose, string>();

function joinPrinted(model: Loose): string {
  const blocks = toLoose(model["blocks"]);
  const printed = toLooseList(model["order"]).map((name) => blocks[String(name)]);
  return [...walkTexts(printed)].map(({ text }) => text).join("\n");
}

/** The line of the creditor on the notice, as long as pagoPA allows. */
async function checkInfoLine(
  model: Loose,
  config: Loose,
  content: EnteContent,
): Promise<SettingFault[]> {
  const { longestInfo } = await import("../../documents/model/notice-faults.ts");
  const { compileTemplate, toPlainText } = await import("../../documents/layout/template.ts");
  const { buildEnteValues } = await import("../../documents/model/content.ts");
  const { info } = model;
  if (typeof info !== "string") return [];
  const values = buildEnteValues(content);
  const template = compileTemplate(info);
  if (template.names.some((name) => values[name] === undefined)) return [];
  const { length } = toPlainText(template.fillIn(values));
  if (length <= longestInfo) return [];
  const isOwn = toLoose(config["avviso"])["info"] !== undefined;
  return [
    {
      within: isOwn ? "with" : "ente",
      path: isOwn ? ["avviso", "info"] : ["ente", "sito"],
      message: `la riga di informazioni dell'avviso ha ${length} caratteri, pagoPA ne ammette ${longestInfo}`,
      remedy: "accorciala con avviso: info nelle impostazioni del passo render",
    },
  ];
}

/** Source: AVV, Bollettino Postale PA: the slip bears the permission that Poste gave. */
function checkPermission(content: EnteContent): SettingFault[] {
  if (content.postalAccount === undefined || content.postalAuthorization !== undefined) return [];
  return [
    {
      within: "ente",
      path: ["payments", "postalAccount"],
      isAboutKey: true,
      severity: "warning",
      message: "il bollettino postale esce senza l'autorizzazione di Poste alla stampa in proprio",
      remedy: 'postalAuthorization: "AUT. DB/… DEL …"',
    },
  ];
}

function checkConversion(config: Loose): SettingFault[] {
  if (config["converti"] === undefined || config["from"] === "pdf") return [];
  return [
    {
      within: "with",
      path: ["converti"],
      isAboutKey: true,
      severity: "warning",
      message: "«converti» vale soltanto per i PDF del gestionale: qui il verbale si disegna",
      remedy: "aggiungi from: pdf, oppure togli converti",
    },
  ];
}

/** Whether the folder is there is asked before a run: a share may come and go. */
function checkFolder({ render }: Services["ente"]): SettingFault[] {
  if (render?.pdf !== undefined) return [];
  return [
    {
      within: "ente",
      path: ["render", "pdf"],
      message: "il verbale viene dal gestionale, ma manca la cartella dei suoi PDF",
      remedy: "render: { pdf: ../../data/inbox/… }",
    },
  ];
}

async function checkPhotographFolder(
  ente: Services["ente"],
  enteFolder: string,
): Promise<SettingFault[]> {
  const folder = ente.render?.fotografie?.cartella;
  if (folder === undefined) return [];
  const found = await stat(resolve(enteFolder, folder)).catch(() => null);
  if (found?.isDirectory() === true) return [];
  return [
    {
      within: "ente",
      path: ["render", "fotografie", "cartella"],
      message: `la cartella delle fotografie "${folder}" non si può usare`,
      why: found === null ? "non c'è, o non si può leggere" : "non è una cartella",
      remedy: "scrivi il percorso a partire dalla cartella del file dell'ente",
    },
  ];
}

const drawingNames = { stemma: "lo stemma", logoPagopa: "il logo di pagoPA" } as const;

async function checkDrawing(
  ente: Services["ente"],
  enteFolder: string,
  key: keyof typeof drawingNames,
): Promise<SettingFault[]> {
  const file = ente.render?.[key];
  if (file === undefined) return [];
  const { readCrest, readLogo } = await import("../../documents/layout/crest.ts");
  const drawingFault = (why: string, remedy: string): SettingFault[] => [
    {
      within: "ente",
      path: ["render", key],
      message: `${drawingNames[key]} "${file}" non si può usare`,
      why,
      remedy,
    },
  ];
  let bytes: Uint8Array;
  try {
    bytes = await readFile(resolve(enteFolder, file));
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    return drawingFault(
      code === "ENOENT" ? "il file non c'è" : `il file non si può leggere (${code})`,
      "scrivi il percorso a partire dalla cartella del file dell'ente",
    );
  }
  try {
    if (key === "stemma") readCrest(bytes);
    else readLogo(bytes);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return drawingFault(error.message, "serve un PNG, oppure un SVG di soli tracciati <path>");
  }
  return [];
}
