/** The steps by name: scanned from folders or handed over by the composition root. */
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, extname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { isStep, type Step } from "../../engine/step/step.ts";
import { messageOf, PipelineError } from "../../engine/host/errors.ts";
import { checkBySchema, type SchemaFault } from "../yaml/schema-check.ts";

/** A step with its name and the checks that its spec describes; schemas are compiled at first use. */
export interface RegisteredStep {
  readonly name: string;
  /** What operators call it, in Italian. */
  readonly title: string;
  readonly step: Step;
  /** Where it came from, as a person would name it: `steps/render.ts`. */
  readonly file: string;
  /** Faults of a typed `with:` value. */
  checkConfig(config: unknown): readonly SchemaFault[];
  /** Faults of an item's data, as the step wants to read it. */
  checkReads(data: unknown): readonly SchemaFault[];
  /** Faults of the fields that the step returned. */
  checkAdds(fields: unknown): readonly SchemaFault[];
  /** Names of the fields that must be there before the step. */
  readonly readsFields: readonly string[];
  /** Names of the fields that the step adds. */
  readonly addsFields: readonly string[];
}

export interface StepRegistry {
  /** Where steps were looked for, as a person would name the folders. */
  readonly folders: readonly string[];
  get(name: string): RegisteredStep | undefined;
  /** In alphabetical order. */
  listNames(): readonly string[];
  listSteps(): readonly RegisteredStep[];
}

export interface RegistryOptions {
  /** Folders whose `*.ts`, and files of JavaScript, are steps; the file's name is the step's name. A folder that is missing is an error. */
  readonly folders?: readonly string[];
  /** Steps that are part of the program, by name: what the single-file binary carries. */
  readonly builtin?: Readonly<Record<string, unknown>>;
  /** What a step outside the repository gets from `import { … } from "postino"`. */
  readonly provided?: Readonly<Record<string, unknown>>;
}

/**
 * All steps. Throws PipelineError: STEP_FOLDER_MISSING, STEP_UNREADABLE (the file cannot be loaded),
 * STEP_WRONG_EXPORT, STEP_INCOMPLETE, STEP_NAME, STEP_DUPLICATE.
 */
export async function loadRegistry(options: RegistryOptions): Promise<StepRegistry> {
  if (options.provided !== undefined) provideModule(options.provided);
  const found = new Map<string, RegisteredStep>();
  for (const [name, exported] of Object.entries(options.builtin ?? {}))
    addStep(found, name, exported, `steps/${name}.ts`);
  for (const folder of options.folders ?? [])
    for (const file of await listStepFiles(folder))
      addStep(found, basename(file, extname(file)), await importDefault(file), file);
  return toRegistry([...found.values()], options.folders ?? []);
}

/** A registry of steps that are at hand, by name; for tests and for the single-file binary. */
export function buildRegistry(steps: Readonly<Record<string, Step>>): StepRegistry {
  const found = new Map<string, RegisteredStep>();
  for (const [name, step] of Object.entries(steps)) addStep(found, name, step, `steps/${name}.ts`);
  return toRegistry([...found.values()], []);
}

/** The folders named in `POSTINO_STEPS`: separated by `:` (`;` on Windows). */
export function splitStepFolders(pathList: string | undefined, separator = ":"): readonly string[] {
  return (pathList ?? "")
    .split(separator)
    .map((folder) => folder.trim())
    .filter((folder) => folder !== "");
}

function toRegistry(steps: readonly RegisteredStep[], folders: readonly string[]): StepRegistry {
  const sorted = steps.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const byName = new Map(sorted.map((step) => [step.name, step]));
  const names = sorted.map((step) => step.name);
  return {
    folders,
    get: (name) => byName.get(name),
    listNames: () => names,
    listSteps: () => sorted,
  };
}

async function listStepFiles(folder: string): Promise<readonly string[]> {
  if (!existsSync(folder))
    throw new PipelineError("STEP_FOLDER_MISSING", `la cartella dei passi "${folder}" non esiste`, {
      hint: "controlla il percorso indicato in POSTINO_STEPS",
    });
  const names = await readdir(folder);
  return names
    .filter((name) => /\.[jt]s$/.test(name) && !/\.(?:d|test)\.[jt]s$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}

async function importDefault(file: string): Promise<unknown> {
  try {
    const module = (await import(pathToFileURL(resolve(file)).href)) as { default?: unknown };
    return module.default;
  } catch (cause) {
    const position = locateCause(cause, file);
    throw new PipelineError(
      "STEP_UNREADABLE",
      `il passo "${file}" non si può caricare, alla riga ${position.line}: ${messageOf(cause)}`,
      { hint: "correggi il file del passo, poi riprova", position, cause },
    );
  }
}

function addStep(
  found: Map<string, RegisteredStep>,
  name: string,
  exported: unknown,
  file: string,
): void {
  const position = toFileStart(file);
  if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(name))
    throw new PipelineError("STEP_NAME", `"${name}" non è un nome di passo`, {
      hint: "il file si chiama come il passo: minuscole, cifre e trattini (mio-passo.ts)",
      position,
    });
  if (!isStep(exported))
    throw new PipelineError(
      "STEP_WRONG_EXPORT",
      `${file}: l'export default deve essere un passo (sourceStep, pureStep, effectStep o groupStep), trovato: ${describeValue(exported)}`,
      { hint: "scrivi: export default pureStep({ … })", position },
    );
  const missing = findGap(exported);
  if (missing !== null)
    throw new PipelineError("STEP_INCOMPLETE", `${file}: ${missing}`, { position });
  const other = found.get(name);
  if (other !== undefined)
    throw new PipelineError(
      "STEP_DUPLICATE",
      `due passi si chiamano "${name}": ${other.file} e ${file}`,
      { hint: "cambia il nome di uno dei due file", position },
    );
  found.set(name, toRegistered(name, exported, file));
}

/** Characters of a title; what is longer fills the list of the steps on the page of a run. */
const mostTitle = 60;

function toRegistered(name: string, step: Step, file: string): RegisteredStep {
  return {
    name,
    title: step.title ?? (step.summary.length <= mostTitle ? step.summary : name),
    step,
    file,
    checkConfig: (config) => checkBySchema(step.config, config),
    checkReads: (data) => checkBySchema(step.reads, data),
    checkAdds: (fields) => checkBySchema(step.adds, fields),
    readsFields: [...(step.reads.required ?? [])],
    addsFields: Object.keys(step.adds.properties),
  };
}

/** What a spec that passed `isStep` still lacks, in Italian; `null` when it is whole. */
function findGap(step: Step): string | null {
  if (typeof step.summary !== "string" || step.summary.trim() === "") return "manca summary";
  if (step.title !== undefined && !isTitle(step.title))
    return `title deve essere un testo, al massimo di ${mostTitle} caratteri`;
  for (const part of ["config", "reads", "adds"] as const)
    if (step[part]?.type !== "object" || typeof step[part].properties !== "object")
      return `${part} deve essere un Type.Object`;
  if (!Array.isArray(step.examples)) return "manca examples (almeno un elenco vuoto)";
  const code = step.kind === "source" ? step.source : step.runMany;
  if (typeof code !== "function")
    return "manca run, oppure il passo non è fatto con sourceStep, pureStep, effectStep o groupStep";
  if (step.effect !== "pure" && step.reconcile === undefined)
    return `un passo con effect "${step.effect}" deve avere reconcile`;
  return null;
}

function isTitle(title: unknown): boolean {
  return typeof title === "string" && title.trim() !== "" && title.length <= mostTitle;
}

function describeValue(value: unknown): string {
  if (value === undefined) return "nessun export default";
  if (value === null) return "null";
  if (Array.isArray(value)) return "un elenco";
  if (typeof value === "object")
    return `un oggetto con ${Object.keys(value).join(", ") || "niente"}`;
  return `un valore di tipo ${typeof value}`;
}

/** Where the file stopped the loader: a fault of syntax has a position, an error while it runs has a stack. */
function locateCause(cause: unknown, file: string): { file: string; line: number; column: number } {
  const { position, stack = "" } = cause as {
    readonly position?: { readonly line: number; readonly column: number } | null;
    readonly stack?: string;
  };
  if (position !== undefined && position !== null)
    return { file, line: position.line, column: position.column };
  const name = basename(file).replaceAll(".", "\\.");
  const found = new RegExp(`${name}:(\\d+):(\\d+)`).exec(stack);
  if (found === null) return toFileStart(file);
  return { file, line: Number(found[1]), column: Number(found[2]) };
}

function toFileStart(file: string): { file: string; line: number; column: number } {
  return { file, line: 1, column: 1 };
}

/** Makes `import … from "postino"` work in steps outside the repository, also in the single-file binary. */
function provideModule(exports: Readonly<Record<string, unknown>>): void {
  Bun.plugin({
    name: "postino",
    setup(build) {
      build.module("postino", () => ({ exports: { ...exports }, loader: "object" }));
    },
  });
}
