/** From files to what a run executes: a pipeline, an ente's changes and the run's parameters become one resolved pipeline, or a list of problems. */
import { hasErrors, buildFileProblem, sortProblems, type Problem } from "../yaml/diagnostics.ts";
import { type EnteInspection, inspectSteps } from "./inspect.ts";
import { assemblePipeline, type AssembleInput, type Assembled } from "./assemble.ts";
import {
  openPipelineFiles,
  type LoadedEnte,
  type LoadedPipeline,
  type PipelineFiles,
} from "./files.ts";
import { layActUnder } from "./act-under.ts";
import type { Schedule } from "./schema.ts";
import type { StepRegistry } from "./registry.ts";
import type { ResolvedPipeline } from "./resolved.ts";

export interface ResolveOptions {
  /** Folder of `<pipeline>.yaml` and `enti/<codice>.yaml`, as the user would type it. */
  readonly pipelinesFolder: string;
  readonly pipeline: string;
  readonly ente: string;
  /** As given at the start of the run: source text by name. */
  readonly params: Readonly<Record<string, string>>;
  readonly registry: StepRegistry;
  /** Schema of the ente file without `pipelines`. */
  readonly settingsSchema: object;
  readonly inspectEnte?: EnteInspection;
}

export interface Resolution {
  /** `null` when any problem is an error. */
  readonly resolved: ResolvedPipeline | null;
  /** Also of a pipeline that has errors elsewhere; `undefined` when it cannot be read. */
  readonly schedule: Schedule | null | undefined;
  readonly problems: readonly Problem[];
}

/** The pipeline that a run executes. Faults are returned, never thrown. */
export async function resolvePipeline(options: ResolveOptions): Promise<Resolution> {
  const files = openPipelineFiles(options.pipelinesFolder, options.settingsSchema);
  return resolveFrom(files, options);
}

/** The same, on files that are read already. */
export async function resolveFrom(
  files: PipelineFiles,
  options: Omit<ResolveOptions, "pipelinesFolder">,
): Promise<Resolution> {
  const base = await files.readPipeline(options.pipeline);
  const ente = await layActUnder(base, await files.readEnte(options.ente), files);
  const found: Problem[] = [...base.problems, ...ente.problems, ...checkEnteCodice(ente)];
  if (base.root === null || ente.root === null)
    return { resolved: null, schedule: undefined, problems: sortProblems(found) };
  const assembled = assembleOnce(
    {
      base: { ...base, root: base.root },
      ente: { ...ente, root: ente.root },
      given: options.params,
      registry: options.registry,
      settingsSchema: options.settingsSchema,
    },
    [base, ente],
  );
  const inspected = await inspectSteps(assembled.steps, ente, options.inspectEnte);
  const problems = sortProblems([...found, ...assembled.problems, ...inspected]);
  return {
    resolved: hasErrors(problems) ? null : toResolved(assembled, ente),
    schedule: assembled.schedule,
    problems,
  };
}

/** A server asks for the same pair at each start: put together once while both files are as they were, unless somebody gives parameters. */
function assembleOnce(
  input: AssembleInput & { readonly given: ResolveOptions["params"] },
  [base, ente]: readonly [LoadedPipeline, LoadedEnte],
): Assembled {
  if (Object.keys(input.given).length > 0) return assemblePipeline(input);
  const known = assembledOf.get(base)?.get(ente);
  if (known?.registry === input.registry) return known.assembled;
  const assembled = assemblePipeline(input);
  const kept = assembledOf.get(base) ?? new WeakMap<LoadedEnte, Kept>();
  assembledOf.set(base, kept.set(ente, { registry: input.registry, assembled }));
  return assembled;
}

interface Kept {
  readonly registry: StepRegistry;
  readonly assembled: Assembled;
}

const assembledOf = new WeakMap<LoadedPipeline, WeakMap<LoadedEnte, Kept>>();

/** The ente's codice is the name of its file: everything on disk and in the journal is filed under it. */
export function checkEnteCodice(ente: LoadedEnte): readonly Problem[] {
  const identity = ente.settings?.["ente"] as { readonly codice?: unknown } | undefined;
  const codice = identity?.codice;
  // What no file can be called is told where it stands.
  if (typeof codice !== "string" || codice === ente.name || !/^[\w-]+$/.test(codice)) return [];
  const origin = ente.origins["settings.ente.codice"] ?? "";
  const { excerpt: _, ...problem } = buildFileProblem(ente.file, {
    code: "P043",
    message: `il codice dell'ente è "${codice}", ma il file si chiama ${ente.name}.yaml`,
    remedy: `rinomina il file in ${codice}.yaml, oppure correggi il codice`,
  });
  return [{ ...problem, line: Number(origin.slice(origin.lastIndexOf(":") + 1)) || 1 }];
}

function toResolved(assembled: Assembled, ente: LoadedEnte): ResolvedPipeline {
  return {
    name: assembled.name,
    title: assembled.title,
    ente: ente.name,
    schedule: assembled.schedule ?? null,
    params: assembled.params,
    steps: assembled.steps.map(({ resolved }) => resolved),
    onFailure: assembled.onFailure,
    expectSuccessEveryMs: assembled.expectSuccessEveryMs,
    settings: ente.settings ?? {},
    origins: { ...assembled.origins, ...ente.origins },
  };
}
