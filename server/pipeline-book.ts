/** The pipelines of all enti as a server keeps them: read again only where a file changed, with what is broken and when they are due. */
import { join } from "node:path";
import { keepBug } from "../engine/host/bug-report.ts";
import type {
  ScheduledPipeline,
  ScheduleListing,
  SchedulePair,
} from "../engine/schedule/scheduled.ts";
import { EnteSettings } from "../integrations/ente.ts";
import { toEnteSettings } from "../integrations/services.ts";
import type { Problem } from "../loader/yaml/diagnostics.ts";
import {
  type LoadedEnte,
  type LoadedPipeline,
  type PipelineFiles,
} from "../loader/pipeline/files.ts";
import { assemblePipeline } from "../loader/pipeline/assemble.ts";
import type { EnteInspection } from "../loader/pipeline/inspect.ts";
import { type Resolution, resolveFrom } from "../loader/pipeline/resolve.ts";
import { parseDuration } from "../loader/yaml/duration.ts";
import { findText, findValue, type YamlNode } from "../loader/yaml/yaml.ts";
import { createEnteInspection } from "./ente/inspect-ente.ts";
import { type BrokenFile, type Catalog, readCatalog } from "./history/catalog.ts";
import type { Installation } from "./installation.ts";
import { openInstalledFiles } from "./installed-files.ts";
import type { RegisterUse } from "./register/use.ts";

export interface PipelineBook {
  /** What the dashboard offers, with the files that are broken. */
  readCatalog(): Promise<Catalog>;
  /** Every pipeline of every ente whose merged file has a schedule, or had one when it could be read. */
  listSchedules(): Promise<ScheduleListing>;
  /** The pipelines that should go well now and then (`expectSuccessEvery`), with how often. */
  listExpectations(): Promise<readonly { readonly pipeline: string; readonly everyMs: number }[]>;
  /** What the files of the enti say that can be read. */
  readEnti(): Promise<readonly EnteSettings[]>;
  /** The inbox of each ente, by its folder, with the ending of its companions. */
  readInboxes(): Promise<ReadonlyMap<string, string | undefined>>;
  /** How this ente notifies from the register. */
  readRegisterUse(ente: string): Promise<RegisterUse>;
  /** The enti of which a pipeline takes its verbali from the register. */
  listRegisterEnti(): Promise<readonly string[]>;
}

interface Book {
  readonly installation: Pick<Installation, "config" | "registry" | "log" | "reportBug">;
  readonly files: PipelineFiles;
  readonly inspectEnte: EnteInspection;
  readonly alone: WeakMap<LoadedPipeline, readonly Problem[]>;
  /** Pairs without a fault; a pair with one is looked at again each time, as what mends it may lie outside of its files. */
  readonly sound: WeakMap<LoadedEnte, WeakMap<LoadedPipeline, Resolution>>;
  /** What was told in the log and is not mended yet, by file. */
  told: ReadonlyMap<string, BrokenFile>;
}

/** The book of one folder; files are read when first asked for. */
export function openPipelineBook(installation: Book["installation"]): PipelineBook {
  const { config, registry } = installation;
  const files = openInstalledFiles(config);
  const book = createBook(installation, files);
  let looking: ReturnType<typeof lookThrough> | null = null;
  const look = () => {
    looking ??= lookThrough(book).finally(() => {
      looking = null;
    });
    return looking;
  };
  return {
    async readCatalog() {
      const { broken } = await look();
      return { ...(await readCatalog(files, registry)), broken };
    },
    listSchedules: async () => (await look()).listing,
    async listExpectations() {
      const found: { readonly pipeline: string; readonly everyMs: number }[] = [];
      for (const pipeline of await files.listPipelines()) {
        const { root } = await files.readPipeline(pipeline);
        const everyMs = parseDuration(findText(root, "expectSuccessEvery") ?? "");
        if (everyMs !== null && everyMs > 0) found.push({ pipeline, everyMs });
      }
      return found;
    },
    async readEnti() {
      const enti: EnteSettings[] = [];
      for (const codice of await files.listEnti()) {
        const { settings } = await files.readEnte(codice);
        if (settings !== null) enti.push(toEnteSettings(settings));
      }
      return enti;
    },
    async readInboxes() {
      const inboxes = new Map<string, string | undefined>();
      for (const codice of await files.listEnti()) {
        const { settings, overrides } = await files.readEnte(codice);
        const flusso = settings?.["flusso"] as { readonly ready?: unknown } | undefined;
        const ready = typeof flusso?.ready === "string" ? flusso.ready : undefined;
        inboxes.set(codice, ready);
        for (const inbox of listNamedInboxes(overrides, codice)) inboxes.set(inbox, ready);
        for (const name of await files.listPipelines()) {
          const { root } = await files.readPipeline(name);
          for (const inbox of listNamedInboxes(root, codice))
            if (!inboxes.has(inbox)) inboxes.set(inbox, ready);
        }
      }
      return inboxes;
    },
    readRegisterUse: (ente) => readRegisterUse(book, ente),
    listRegisterEnti: () => listRegisterEnti(book),
  };
}

function createBook(installation: Book["installation"], files: PipelineFiles): Book {
  const inspectEnte = createEnteInspection({ registry: installation.registry });
  return {
    installation,
    files,
    inspectEnte,
    alone: new WeakMap(),
    sound: new WeakMap(),
    told: new Map(),
  };
}

async function listRegisterEnti(book: Book): Promise<readonly string[]> {
  const found: string[] = [];
  const pipelines = await book.files.listPipelines();
  for (const ente of await book.files.listEnti())
    for (const pipeline of pipelines) {
      if (!(await namesStep(book, { pipeline, ente }, "load-register"))) continue;
      found.push(ente);
      break;
    }
  return found;
}

/** Whether the files of the pair speak of this step at all. */
async function namesStep({ files }: Book, pair: SchedulePair, uses: string): Promise<boolean> {
  const { root } = await files.readPipeline(pair.pipeline);
  const { overrides } = await files.readEnte(pair.ente);
  return [root, findValue(overrides, pair.pipeline)].some((node) =>
    listTexts(node, "uses").includes(uses),
  );
}

async function readRegisterUse(book: Book, ente: string): Promise<RegisterUse> {
  let registers: string | null = null;
  let generates: RegisterUse["generates"] = null;
  for (const pipeline of await book.files.listPipelines()) {
    const pair = { pipeline, ente };
    const isNamed =
      (await namesStep(book, pair, "register")) || (await namesStep(book, pair, "load-register"));
    const resolved = isNamed ? (await resolveKept(book, pair)).resolved : null;
    const [source] = resolved?.steps ?? [];
    if (source?.uses === "load-register")
      generates ??= { pipeline, isByHand: source.with["generate"] !== "all" };
    if (resolved?.steps.at(-1)?.uses === "register") registers ??= pipeline;
  }
  return { registers, generates };
}

/** One look at every file and every pair that may have a schedule. A pair that fails stops only itself. */
async function lookThrough(
  book: Book,
): Promise<{ readonly listing: ScheduleListing; readonly broken: readonly BrokenFile[] }> {
  const { files, installation } = book;
  const scheduled: ScheduledPipeline[] = [];
  const unreadable: SchedulePair[] = [];
  const problems: Problem[] = [];
  const pipelines = await files.listPipelines();
  for (const name of pipelines)
    problems.push(...judgePipeline(book, await files.readPipeline(name)));
  for (const ente of await files.listEnti()) {
    problems.push(...(await files.readEnte(ente)).problems);
    for (const pipeline of pipelines)
      try {
        const found = await resolvePair(book, { pipeline, ente });
        if (found === null) continue;
        problems.push(...found.problems);
        if (found.schedule === undefined) unreadable.push({ pipeline, ente });
        else if (found.schedule !== null)
          scheduled.push({ pipeline, ente, schedule: found.schedule });
      } catch (error) {
        unreadable.push({ pipeline, ente });
        const doing = `${pipeline} di ${ente}: lettura della pianificazione`;
        keepBug(installation, "schedule not readable", error, { doing });
      }
  }
  const broken = listBroken(problems, join(installation.config.pipelinesFolder, "enti"));
  tellChanges(book, broken);
  return { listing: { scheduled, unreadable }, broken };
}

/** The faults of a pipeline whatever the ente. */
function judgePipeline(book: Book, base: LoadedPipeline): readonly Problem[] {
  const { root } = base;
  if (root === null) return base.problems;
  const known = book.alone.get(base);
  if (known !== undefined) return known;
  const { registry } = book.installation;
  const found = assemblePipeline({
    base: { ...base, root },
    ente: null,
    given: null,
    registry,
    settingsSchema: EnteSettings,
  });
  const problems = [...base.problems, ...found.problems];
  book.alone.set(base, problems);
  return problems;
}

/** As it would start by itself; `null`: only people start it. They may want a parameter, and nothing is broken by that. */
async function resolvePair(book: Book, names: SchedulePair): Promise<Resolution | null> {
  const { files } = book;
  const base = await files.readPipeline(names.pipeline);
  const ente = await files.readEnte(names.ente);
  const isReadable = base.root !== null && ente.root !== null;
  const nodes = [base.root, findValue(ente.overrides, names.pipeline)];
  if (isReadable && nodes.every((node) => findValue(node, "schedule") === undefined)) return null;
  return await resolveKept(book, names);
}

async function resolveKept(book: Book, names: SchedulePair): Promise<Resolution> {
  const { files, sound, installation } = book;
  const base = await files.readPipeline(names.pipeline);
  const ente = await files.readEnte(names.ente);
  const kept = sound.get(ente) ?? new WeakMap<LoadedPipeline, Resolution>();
  sound.set(ente, kept);
  const known = kept.get(base);
  if (known !== undefined) return known;
  const resolution = await resolveFrom(files, {
    ...names,
    params: {},
    registry: installation.registry,
    settingsSchema: EnteSettings,
    inspectEnte: book.inspectEnte,
  });
  if (resolution.resolved !== null) kept.set(base, resolution);
  return resolution;
}

/** What stands at this key, wherever it is. */
function listTexts(node: YamlNode | null | undefined, name: string): readonly string[] {
  if (node?.kind === "list") return node.items.flatMap((item) => listTexts(item, name));
  if (node?.kind !== "map") return [];
  return node.entries.flatMap(({ key, value }) =>
    key.text === name && value.kind === "scalar" ? [value.text] : listTexts(value, name),
  );
}

/** The folders that a file names with `inbox:`, for this ente; a name that wants a parameter is left out. */
function listNamedInboxes(node: YamlNode | null | undefined, codice: string): readonly string[] {
  return listTexts(node, "inbox")
    .map((text) => text.replaceAll("$(ente.codice)", codice))
    .filter((name) => !name.includes("$("));
}

/** The first error of each file, in the order of the files. */
function listBroken(problems: readonly Problem[], enteFolder: string): readonly BrokenFile[] {
  const first = new Map<string, BrokenFile>();
  for (const problem of problems) {
    const { severity, file, line, message } = problem;
    if (severity !== "error") continue;
    const known = first.get(file);
    if (known !== undefined && known.line <= line) continue;
    const isOfEnte = file.startsWith(`${enteFolder}/`);
    const ente = isOfEnte ? file.slice(enteFolder.length + 1).replace(/\.yaml$/, "") : null;
    const remedy = describeRemedy(problem);
    first.set(file, { file, line, ente, message, ...(remedy !== null && { remedy }) });
  }
  return [...first.values()].sort((a, b) => (a.file < b.file ? -1 : 1));
}

function describeRemedy({ remedy, maybe, options }: Problem): string | null {
  if (remedy !== undefined) return remedy;
  return maybe === undefined ? (options ?? null) : `forse «${maybe}»`;
}

/** Once when a file breaks or breaks otherwise, once when it is mended. */
function tellChanges(book: Book, broken: readonly BrokenFile[]): void {
  const { log } = book.installation;
  const now = new Map(broken.map((found) => [found.file, found]));
  for (const [file, { line, message }] of now) {
    const before = book.told.get(file);
    if (before?.line !== line || before.message !== message)
      log.error("file broken", { file, line, fault: message });
  }
  for (const file of book.told.keys()) if (!now.has(file)) log.info("file mended", { file });
  book.told = now;
}
