/** Reads pipeline files and ente files once each, with their keys mended. */
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { coerceBySchema } from "../yaml/coerce.ts";
import { buildFileProblem, buildSource, type Problem, type Source } from "../yaml/diagnostics.ts";
import { codeOf, allowMissing } from "../../engine/host/errors.ts";
import { buildEnteFileSchema, PipelineFile } from "./schema.ts";
import { type KeptFile, loadFresh, readFileStamp, type UnsavedTexts } from "./fresh.ts";
import { type BaseFile, basePrefix, checkOwn, joinFamily } from "./family.ts";
import { mostYamlBytes } from "../yaml/limits.ts";
import { findNearest } from "../yaml/suggest.ts";
import { mendKeys } from "../yaml/keys.ts";
import { parseYaml, findValue, type YamlMap, type YamlNode } from "../yaml/yaml.ts";

/** A pipeline file; `root` is `null` when it cannot be looked at. */
export interface LoadedPipeline {
  readonly name: string;
  readonly file: string;
  readonly source: Source | null;
  readonly root: YamlMap | null;
  readonly problems: readonly Problem[];
}

/** An ente file: its settings as typed data, and its overrides as nodes. */
export interface LoadedEnte extends LoadedPipeline {
  /** `null` when the file cannot be looked at. */
  readonly settings: Readonly<Record<string, unknown>> | null;
  readonly origins: Readonly<Record<string, string>>;
  /** `pipelines:` of the file. */
  readonly overrides: YamlNode | undefined;
  /** The files that it takes over from (`extends`), as a person would type them. */
  readonly bases: readonly string[];
}

export interface PipelineFiles {
  readPipeline(name: string): Promise<LoadedPipeline>;
  readEnte(codice: string): Promise<LoadedEnte>;
  /** The file of an ente by itself, its values not typed and its bases not laid below it. */
  readOwn(codice: string): Promise<LoadedPipeline>;
  /** A base, or any file that an ente's may take over from. */
  readBase(file: string): Promise<BaseFile>;
  /** Names of all pipelines, sorted. */
  listPipelines(): Promise<readonly string[]>;
  /** Codici of all enti, sorted; the bases of families are none. */
  listEnti(): Promise<readonly string[]>;
  /** File names of the bases, sorted. */
  listBases(): Promise<readonly string[]>;
  /** Files that end in `.yml` and are therefore not read. */
  listMisnamed(): Promise<readonly string[]>;
}

/** Names become paths: nothing else than letters, digits, `-` and `_` may be in them. */
const safeName = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;

/** The files of one folder. What was read is given again, the same object, until the file has another time or size. */
export function openPipelineFiles(
  folder: string,
  settingsSchema: object,
  unsaved: UnsavedTexts = new Map(),
): PipelineFiles {
  const pipelines = new Map<string, KeptFile<LoadedPipeline>>();
  const enti = new Map<string, KeptFile<LoadedEnte>>();
  const enteFolder = join(folder, "enti");
  const bases = new Map<string, KeptFile<BaseFile>>();
  const own = new Map<string, KeptFile<LoadedPipeline>>();
  const readBase = (file: string): Promise<BaseFile> => {
    const place = { folder: dirname(file), name: basename(file, ".yaml"), unsaved };
    return loadFresh(bases, { ...place, key: file }, () => loadBase(file, settingsSchema, unsaved));
  };
  const stampBases = async (ente: LoadedEnte): Promise<string> =>
    (await Promise.all(ente.bases.map((file) => readFileStamp(file, unsaved)))).join(" ");
  const files: PipelineFiles = {
    readPipeline: (name) =>
      loadFresh(pipelines, { folder, name, unsaved }, () =>
        loadPipeline(folder, name, { files, unsaved }),
      ),
    readOwn: (codice) =>
      loadFresh(own, { folder: enteFolder, name: codice, unsaved }, () =>
        loadOwn(enteFolder, codice, settingsSchema, { files, unsaved }),
      ),
    readBase,
    readEnte: (codice) =>
      loadFresh(enti, { folder: enteFolder, name: codice, unsaved, stampMore: stampBases }, () =>
        loadEnte(codice, settingsSchema, { files, folder }),
      ),
    listPipelines: () => listNames(folder, ".yaml", unsaved),
    listEnti: async () =>
      (await listNames(enteFolder, ".yaml", unsaved)).filter(
        (name) => !name.startsWith(basePrefix),
      ),
    listBases: async () =>
      (await listNames(enteFolder, ".yaml", unsaved))
        .filter((name) => name.startsWith(basePrefix))
        .map((name) => `${name}.yaml`),
    listMisnamed: async () => [
      ...(await listNames(folder, ".yml", unsaved)).map((name) => join(folder, `${name}.yml`)),
      ...(await listNames(enteFolder, ".yml", unsaved)).map((name) =>
        join(enteFolder, `${name}.yml`),
      ),
    ],
  };
  return files;
}

/** Where a file's text and the names beside it are looked up. */
interface Room {
  readonly files: PipelineFiles;
  readonly unsaved: UnsavedTexts;
}

async function listNames(
  folder: string,
  ending: string,
  unsaved: UnsavedTexts,
): Promise<readonly string[]> {
  const saved = (await allowMissing(readdir(folder))) ?? [];
  const open = [...unsaved.keys()].filter((path) => dirname(path) === resolve(folder));
  const names = new Set([...saved, ...open.map((path) => basename(path))]);
  return [...names]
    .filter((name) => name.endsWith(ending))
    .map((name) => basename(name, ending))
    .sort();
}

async function loadPipeline(
  folder: string,
  name: string,
  { files, unsaved }: Room,
): Promise<LoadedPipeline> {
  const file = join(folder, `${name}.yaml`);
  const others = () => files.listPipelines();
  const loaded = await loadMap(file, unsaved, { name, what: "la pipeline", others });
  if (loaded.root === null) return { name, file, ...loaded };
  const problems = [...loaded.problems];
  const root = mendKeys(loaded.root, PipelineFile, {
    problems,
    owner: "nella pipeline",
    path: [],
  });
  return { name, file, source: loaded.source, root: root as YamlMap, problems };
}

async function loadOwn(
  folder: string,
  codice: string,
  settingsSchema: object,
  { files, unsaved }: Room,
): Promise<LoadedPipeline> {
  const file = join(folder, `${codice}.yaml`);
  const others = () => files.listEnti();
  const loaded = await loadMap(file, unsaved, { name: codice, what: "l'ente", others });
  if (loaded.root === null) return { name: codice, file, ...loaded };
  const problems = [...loaded.problems];
  const schema = buildEnteFileSchema(settingsSchema);
  const root = mendKeys(loaded.root, schema, { problems, owner: ofEnte, path: [] }) as YamlMap;
  return { name: codice, file, source: loaded.source, root, problems };
}

const ofEnte = "nel file dell'ente";

async function loadEnte(
  codice: string,
  settingsSchema: object,
  { files, folder }: { readonly files: PipelineFiles; readonly folder: string },
): Promise<LoadedEnte> {
  const loaded = await files.readOwn(codice);
  const { file } = loaded;
  if (loaded.root === null)
    return { ...loaded, settings: null, origins: {}, overrides: undefined, bases: [] };
  const {
    root,
    bases,
    problems: found,
  } = await joinFamily(loaded.root, file, { ...files, folder });
  const isJoined = bases.length > 0;
  const problems = [...loaded.problems, ...found];
  if (isJoined) problems.push(...checkOwn(root, file, settingsSchema));
  const apart = new Set(["pipelines", "extends"]);
  const own = root.entries.filter((entry) => !apart.has(entry.key.text));
  const origins: Record<string, string> = {};
  const at = {
    source: loaded.root.at.source,
    start: loaded.root.at.start,
    end: loaded.root.at.start,
  };
  const settings = coerceBySchema({ ...root, entries: own }, settingsSchema, {
    problems,
    origins,
    originPrefix: "settings",
    owner: ofEnte,
    path: [],
    at,
  }) as Readonly<Record<string, unknown>>;
  const overrides = findValue(root, "pipelines");
  return {
    name: codice,
    file,
    source: loaded.source,
    root,
    problems,
    settings,
    origins,
    overrides,
    bases,
  };
}

/** A base by itself: its keys are mended once for all who take over from it. */
async function loadBase(
  file: string,
  settingsSchema: object,
  unsaved: UnsavedTexts,
): Promise<BaseFile> {
  const text = unsaved.get(resolve(file)) ?? (await readText(file));
  if (text === null) return { root: null, isThere: false, problems: [] };
  const loaded = readMap(file, text, "send: …");
  if (loaded.root === null) return { ...loaded, isThere: true };
  const problems = [...loaded.problems];
  const schema = buildEnteFileSchema(settingsSchema);
  const root = mendKeys(loaded.root, schema, { problems, owner: "nella base", path: [] });
  return { root: root as YamlMap, isThere: true, problems };
}

interface LoadedMap {
  readonly source: Source | null;
  readonly root: YamlMap | null;
  readonly problems: readonly Problem[];
}

async function loadMap(
  file: string,
  unsaved: UnsavedTexts,
  asked: {
    readonly name: string;
    readonly what: string;
    readonly others: () => Promise<readonly string[]>;
  },
): Promise<LoadedMap> {
  const { name, what, others } = asked;
  const isSafe = safeName.test(name);
  // A name with a slash leads out of the folder: nothing is looked for there.
  const text =
    isSafe || !/[\\/]/.test(name) ? (unsaved.get(resolve(file)) ?? (await readText(file))) : null;
  if (text !== null && !isSafe)
    return { source: null, root: null, problems: [unsafeNameFault(file, what)] };
  if (text === null || !isSafe) {
    const known = await others();
    const near = findNearest(basename(file, ".yaml"), known);
    const problem = buildFileProblem(file, {
      code: "P017",
      message: `${what} "${basename(file, ".yaml")}" non esiste: manca il file ${file}`,
      maybe: near ?? undefined,
      ...(known.length > 0 && { options: `esistono: ${known.join(", ")}` }),
      remedy: "controlla il nome, oppure crea il file",
    });
    return { source: null, root: null, problems: [problem] };
  }
  return readMap(file, text, what === "l'ente" ? formatEnteStart(file) : "name: …");
}

function formatEnteStart(file: string): string {
  return `ente: { codice: ${basename(file, ".yaml")}, nome: …, codiceFiscale: "…" }`;
}

/** A copy made by a file manager, or a name with accents: names become paths and are typed in commands. */
function unsafeNameFault(file: string, what: string): Problem {
  const name = basename(file, ".yaml");
  const mended = name
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replace(/[^A-Za-z0-9_]+/g, "-")
    .replace(/^[-_]+|-+$/g, "");
  return buildFileProblem(file, {
    code: "P017",
    message: `${what} non si può chiamare "${name}": nel nome del file vanno solo lettere senza accento, cifre, - e _`,
    why: "il file non viene letto",
    remedy: `se serve rinominalo in ${mended === "" ? "un nome semplice" : `${mended}.yaml`}; se è una copia, spostala in un'altra cartella`,
  });
}

/** The map of a file's text, or why there is none. `start`: how such a file begins. */
export function readMap(file: string, text: string | Error, start = "name: …"): LoadedMap {
  if (text instanceof Error) {
    const remedy = text instanceof UnreadableText ? text.remedy : undefined;
    const problem = buildFileProblem(file, { code: "P001", message: text.message, remedy });
    return { source: null, root: null, problems: [problem] };
  }
  const source = buildSource(file, text);
  const { root, problems } = parseYaml(source);
  if (root?.kind === "map") return { source, root, problems };
  if (problems.length > 0) return { source, root: null, problems };
  const problem = buildFileProblem(file, {
    code: "P001",
    message: root === null ? "il file è vuoto" : "il file deve contenere chiavi, una per riga",
    remedy: `comincia con: ${start}`,
  });
  return { source, root: null, problems: [problem] };
}

/** Why a file has no text that could be parsed, and what to do. */
class UnreadableText extends Error {
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

/** The text of a file; `null` when there is none, an error when it is no file of text in UTF-8 of a sensible size. */
async function readText(file: string): Promise<string | Error | null> {
  let bytes: Uint8Array;
  try {
    const about = await stat(file);
    if (!about.isFile())
      return new UnreadableText(
        "non è un file: è una cartella o un dispositivo",
        "spostalo, o dagli un nome che non finisca con .yaml",
      );
    if (about.size > mostYamlBytes)
      return new UnreadableText(
        `il file è di ${Math.round(about.size / 1024)} KB: troppo grande per essere una pipeline o un ente`,
        "controlla di aver salvato il file giusto: le impostazioni stanno in poche centinaia di righe",
      );
    bytes = await readFile(file);
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    return new UnreadableText(
      `il file non si può leggere (${code ?? "errore sconosciuto"})`,
      "controlla i permessi del file e della sua cartella",
    );
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return new UnreadableText("il file non è in UTF-8", "salva il file con codifica UTF-8");
  }
}
