/** Puts one pipeline together with one ente's changes, checks every part and types it. */
import type { Problem } from "../yaml/diagnostics.ts";
import { evaluateScalar, type ExpressionScope, type ParamState } from "../yaml/expressions.ts";
import { findEntry, findValue, type YamlMap } from "../yaml/yaml.ts";
import type { LoadedEnte, LoadedPipeline } from "./files.ts";
import { type CheckedSchedule, locateStart, mergeSchedule, settleHead } from "./head.ts";
import { findStepId, listStepNodes, overrideSteps } from "./overrides.ts";
import { resolveParamStates } from "./params.ts";
import type { StepRegistry } from "./registry.ts";
import type { AssembledStep, ResolvedPipeline } from "./resolved.ts";
import type { Param } from "./schema.ts";
import { checkShapes, checkSteps } from "./shapes.ts";
import { assembleFailure, assembleSteps, type StepScope } from "./steps.ts";

export interface AssembleInput {
  readonly base: LoadedPipeline & { readonly root: YamlMap };
  /** `null`: the pipeline is checked by itself. */
  readonly ente: (LoadedEnte & { readonly root: YamlMap }) | null;
  /** `null`: files are only checked, no run is meant. */
  readonly given: Readonly<Record<string, string>> | null;
  readonly registry: StepRegistry;
  readonly settingsSchema: object;
}

type Settled = "name" | "title" | "params" | "onFailure" | "expectSuccessEveryMs" | "origins";

export interface Assembled extends CheckedSchedule, Pick<ResolvedPipeline, Settled> {
  readonly declaredParams: Readonly<Record<string, Param>>;
  /** Names of the parameters that an expression speaks of. */
  readonly usedParams: ReadonlySet<string>;
  readonly steps: readonly AssembledStep[];
  readonly problems: readonly Problem[];
}

/** Everything about the pair, whole only when `problems` has no error. It does not look at the loaded files' own problems. */
export function assemblePipeline(input: AssembleInput): Assembled {
  const { base, ente, given } = input;
  const problems: Problem[] = [];
  const origins: Record<string, string> = {};
  const overrides = findValue(ente?.overrides, base.name);
  checkShapes(overrides, problems);
  const headNode = mergeSchedule(base.root, findValue(overrides, "schedule"));
  const start = locateStart(base.root);
  const { head, schedule } = settleHead(headNode, start, { problems, origins });
  const params = resolveParamStates({
    declared: head.params ?? {},
    node: findValue(base.root, "params"),
    ente: findValue(overrides, "params"),
    given,
    at: start,
    problems,
    origins,
  });
  const nodes = overrideSteps(listStepNodes(findValue(base.root, "steps")), overrides, {
    problems,
    baseFile: base.file,
  });
  const scope: ExpressionScope = {
    params,
    hasValues: given !== null,
    ente: ente?.settings ?? null,
    enteSchema: input.settingsSchema,
    stepIds: nodes.map((step) => findStepId(step) ?? ""),
    used: new Set(),
    problems,
  };
  const stepScope: StepScope = {
    problems,
    origins,
    registry: input.registry,
    evaluate: (scalar) => evaluateScalar(scalar, scope),
  };
  checkSteps(base.root, problems);
  return {
    name: base.name,
    title: head.name ?? base.name,
    ...schedule,
    params: pickGivenValues(params),
    declaredParams: head.params ?? {},
    usedParams: scope.used,
    steps: assembleSteps(nodes, stepScope),
    onFailure: assembleFailure(findEntry(base.root, "onFailure"), stepScope),
    expectSuccessEveryMs: head.expectSuccessEvery ?? null,
    origins,
    problems,
  };
}

/** Of pairs as files say them, without a run in mind. */
export type Assembler = (
  base: LoadedPipeline & { readonly root: YamlMap },
  ente: LoadedEnte | null,
) => Assembled;

/** A pipeline is put together once for all enti that change nothing of it, if it asks nothing of them. */
export function createAssembler(
  shared: Pick<AssembleInput, "registry" | "settingsSchema">,
): Assembler {
  const alike = new WeakMap<YamlMap, Assembled>();
  return (base, ente) => {
    const isOwn =
      ente !== null &&
      (findValue(ente.overrides, base.name) !== undefined ||
        base.source?.text.includes("$(ente") !== false);
    if (isOwn && ente.root !== null)
      return assemblePipeline({ ...shared, base, ente: { ...ente, root: ente.root }, given: null });
    const known = alike.get(base.root);
    if (known !== undefined) return known;
    const assembled = assemblePipeline({ ...shared, base, ente: null, given: null });
    alike.set(base.root, assembled);
    return assembled;
  };
}

function pickGivenValues(params: ReadonlyMap<string, ParamState>): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, { value }] of params) if (value !== undefined) values[name] = value;
  return values;
}
