/** Reads pipeline files and ente files once each, with their keys mended. */
import { readdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { coerceBySchema } from "../yaml/coerce.ts";
import type { Problem, Source } from "../yaml/diagnostics.ts";
import { allowMissing } from "../../engine/host/errors.ts";
import { loadMap, readMap, readText } from "./read-map.ts";
import { buildEnteFileSchema, PipelineFile } from "./schema.ts";
import { type KeptFile, loadFresh, readFileStamp, type UnsavedTexts } from "./fresh.ts";
import { type BaseFile, basePrefix, checkOwn, joinFamily } from "./family.ts";
import { mendKeys } from "../yaml/keys.ts";
import { actsFolder, findActSchema, type LoadedAct, stampTexts, typeAct } from "./acts.ts";
import { findValue, type YamlMap, type YamlNode } from "../yaml/yaml.ts";

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
  /** The kind of act that the pipeline names for which it was read; absent: none. */
  readonly act?: LoadedAct;
}

export interface PipelineFiles {
  readPipeline(name: string): Promise<LoadedPipeline>;
  /** A kind of act, with its folder of texts. */
  readAct(name: string): Promise<LoadedAct>;
  /** Names of all kinds of acts, sorted. */
  listActs(): Promise<readonly string[]>;
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
  const acts = new Map<string, KeptFile<LoadedAct>>();
  const actFolder = join(folder, actsFolder);
  const readBase = (file: string): Promise<BaseFile> => {
    const place = { folder: dirname(file), name: basename(file, ".yaml"), unsaved };
    return loadFresh(bases, { ...place, key: file }, () => loadBase(file, settingsSchema, unsaved));
  };
  const stampBases = (ente: LoadedEnte): string =>
    ente.bases.map((file) => readFileStamp(file, unsaved)).join(" ");
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
    readAct: (name) =>
      loadFresh(
        acts,
        { folder: actFolder, name, unsaved, stampMore: () => stampTexts(join(actFolder, name)) },
        () => loadAct(actFolder, name, settingsSchema, { files, unsaved }),
      ),
    listActs: () => listNames(actFolder, ".yaml", unsaved),
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
      ...(await listNames(actFolder, ".yml", unsaved)).map((name) =>
        join(actFolder, `${name}.yml`),
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

async function loadAct(
  folder: string,
  name: string,
  settingsSchema: object,
  { files, unsaved }: Room,
): Promise<LoadedAct> {
  const file = join(folder, `${name}.yaml`);
  const others = () => files.listActs();
  const loaded = await loadMap(file, unsaved, { name, what: "l'atto", others });
  return await typeAct({ name, file, ...loaded }, folder, findActSchema(settingsSchema) ?? {});
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
  const text = unsaved.get(resolve(file)) ?? readText(file);
  if (text === null) return { root: null, isThere: false, problems: [] };
  const loaded = readMap(file, text, "send: …");
  if (loaded.root === null) return { ...loaded, isThere: true };
  const problems = [...loaded.problems];
  const schema = buildEnteFileSchema(settingsSchema);
  const root = mendKeys(loaded.root, schema, { problems, owner: "nella base", path: [] });
  return { root: root as YamlMap, isThere: true, problems };
}
