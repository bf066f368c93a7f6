/** Puts one pipeline together with one ente's changes, checks every part and types it. */
import { coerceBySchema } from "../yaml/coerce.ts";
import {
  reportFault,
  type Fault,
  hasErrors,
  type Problem,
  type Span,
} from "../yaml/diagnostics.ts";
import { evaluateScalar, type ExpressionScope, type ParamState } from "../yaml/expressions.ts";
import { checkScheduleValues } from "./schedule-faults.ts";
import { mergeNodes, overrideSteps, listStepNodes } from "./overrides.ts";
import type { LoadedEnte, LoadedPipeline } from "./files.ts";
import { resolveParamStates } from "./params.ts";
import { PipelineHead, type Param, type Schedule } from "./schema.ts";
import { assembleFailure, assembleSteps, type StepScope } from "./steps.ts";
import type { StepRegistry } from "./registry.ts";
import {
  findEntry,
  isNullScalar,
  findValue,
  type YamlMap,
  type YamlNode,
  type YamlScalar,
} from "../yaml/yaml.ts";
import type { ResolvedStep } from "../../engine/step/resolved-step.ts";
import type { ResolvedPipeline, AssembledStep } from "./resolved.ts";

export interface AssembleInput {
  readonly base: LoadedPipeline & { readonly root: YamlMap };
  /** `null`: the pipeline is checked by itself. */
  readonly ente: (LoadedEnte & { readonly root: YamlMap }) | null;
  /** `null`: files are only checked, no run is meant. */
  readonly given: Readonly<Record<string, string>> | null;
  readonly registry: StepRegistry;
  readonly settingsSchema: object;
}

export interface Assembled {
  readonly name: string;
  readonly title: string;
  /** `undefined`: it has faults. */
  readonly schedule: Schedule | null | undefined;
  /** Where the cron expression is written. */
  readonly cron: YamlScalar | null;
  readonly params: Readonly<Record<string, unknown>>;
  readonly declaredParams: Readonly<Record<string, Param>>;
  /** Names of the parameters that an expression speaks of. */
  readonly usedParams: ReadonlySet<string>;
  readonly steps: readonly ResolvedStep[];
  readonly assembledSteps: readonly AssembledStep[];
  readonly onFailure: ResolvedPipeline["onFailure"];
  readonly expectSuccessEveryMs: number | null;
  readonly origins: Readonly<Record<string, string>>;
  readonly problems: readonly Problem[];
}

/** What a head coerces to; parts with faults are missing. */
interface Head {
  readonly name?: string;
  readonly schedule?: Partial<Schedule>;
  readonly params?: Readonly<Record<string, Param>>;
  readonly expectSuccessEvery?: number;
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
  const head = readHead(headNode, start, problems, origins);
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
    stepIds: nodes.map((step) => step.id ?? ""),
    used: new Set(),
    problems,
  };
  const evaluateHere = (scalar: YamlScalar) => evaluateScalar(scalar, scope);
  const stepScope: StepScope = {
    problems,
    origins,
    registry: input.registry,
    evaluate: evaluateHere,
  };
  checkSteps(base.root, problems);
  const assembledSteps = assembleSteps(nodes, stepScope);
  return {
    name: base.name,
    title: head.name ?? base.name,
    ...checkSchedule(head.schedule, headNode, problems),
    params: pickGivenValues(params),
    declaredParams: head.params ?? {},
    usedParams: scope.used,
    steps: assembledSteps.map((step) => step.resolved),
    assembledSteps,
    onFailure: assembleFailure(findEntry(base.root, "onFailure"), stepScope),
    expectSuccessEveryMs: head.expectSuccessEvery ?? null,
    origins,
    problems,
  };
}

function pickGivenValues(params: ReadonlyMap<string, ParamState>): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, { value }] of params) if (value !== undefined) values[name] = value;
  return values;
}

/** The base's schedule with the ente's on top; `schedule: null` in the ente file takes it away. */
function mergeSchedule(root: YamlMap, over: YamlNode | undefined): YamlMap {
  if (over === undefined) return root;
  const key = findEntry(root, "schedule")?.key;
  const rest = root.entries.filter((entry) => entry.key.text !== "schedule");
  if (isNullScalar(over)) return { ...root, entries: rest };
  const merged = mergeNodes(findValue(root, "schedule"), over) ?? over;
  const scheduleKey: YamlScalar = key ?? {
    kind: "scalar",
    at: over.at,
    text: "schedule",
    isPlain: true,
    isBroken: false,
  };
  return { ...root, entries: [...rest, { key: scheduleKey, value: merged }] };
}

/** The `params:` of a pipeline file, without those that have faults; for forms that ask for them. */
export function readDeclaredParams(root: YamlMap): Readonly<Record<string, Param>> {
  return readHead(root, root.at, [], {}).params ?? {};
}

function readHead(
  root: YamlMap,
  at: Span,
  problems: Problem[],
  origins: Record<string, string>,
): Head {
  const names = Object.keys(PipelineHead.properties);
  const entries = root.entries.filter((entry) => names.includes(entry.key.text));
  return coerceBySchema({ ...root, entries }, PipelineHead, {
    problems,
    origins,
    originPrefix: "",
    owner: "nella pipeline",
    path: [],
    at,
  }) as Head;
}

function checkSchedule(
  schedule: Partial<Schedule> | undefined,
  root: YamlMap,
  problems: Problem[],
): Pick<Assembled, "schedule" | "cron"> {
  const node = findValue(root, "schedule");
  if (node === undefined) return { schedule: null, cron: null };
  const cron = findValue(node, "cron");
  const timezone = findValue(node, "timezone");
  if (typeof schedule?.cron !== "string" || cron?.kind !== "scalar")
    return { schedule: undefined, cron: null };
  const { timezone: zoneName, ifMissed, ifRunning } = schedule;
  if (zoneName === undefined || ifMissed === undefined || ifRunning === undefined)
    return { schedule: undefined, cron: null };
  const value: Schedule = { cron: schedule.cron, timezone: zoneName, ifMissed, ifRunning };
  const zone = timezone?.kind === "scalar" ? timezone : null;
  const found = checkScheduleValues(value, { cron, timezone: zone });
  problems.push(...found);
  return { schedule: hasErrors(found) ? undefined : value, cron };
}

/** `steps:` must be a list of entries; what is neither is told here, the entries themselves later. */
function checkSteps(root: YamlMap, problems: Problem[]): void {
  const entry = findEntry(root, "steps");
  const steps = entry?.value;
  if (entry === undefined || steps === undefined) {
    const remedy = "aggiungi steps: e sotto, uno per riga, - uses: nome-del-passo";
    reportFault(problems, locateStart(root), {
      code: "P005",
      message: 'nella pipeline manca "steps"',
      remedy,
    });
    return;
  }
  if (steps.kind === "scalar" && steps.isBroken) return;
  const fault: Fault = {
    code: "P005",
    message: '"steps" deve essere un elenco di passi, almeno uno',
    remedy: "un passo per riga: - uses: nome-del-passo",
  };
  if (steps.kind !== "list" || steps.items.length === 0) {
    reportFault(problems, entry.key.at, fault);
    return;
  }
  for (const item of steps.items)
    if (item.kind !== "map" && !(item.kind === "scalar" && item.isBroken))
      reportFault(problems, item.at, {
        code: "P005",
        message: "un passo si scrive con uses",
        ...(item.kind === "scalar" && {
          remedy: `- uses: ${item.text}`,
          ...(/^[a-z-]+$/.test(item.text) && {
            fix: { start: item.at.start, end: item.at.end, text: `uses: ${item.text}` },
          }),
        }),
      });
}

const shapes = [
  { key: "change", kind: "map", words: "un gruppo di chiavi, una per passo" },
  { key: "params", kind: "map", words: "un gruppo di chiavi, una per parametro" },
  { key: "schedule", kind: "map", words: "un gruppo di chiavi (cron, timezone…), oppure null" },
  { key: "add", kind: "list", words: "un elenco" },
  { key: "remove", kind: "list", words: "un elenco di nomi di passo" },
] as const;

/** The overrides' own shapes: their values are checked once they are merged. */
function checkShapes(overrides: YamlNode | undefined, problems: Problem[]): void {
  if (overrides === undefined) return;
  for (const { key, kind, words } of shapes) {
    const entry = findEntry(overrides, key);
    if (entry === undefined || entry.value.kind === kind) continue;
    if (key === "schedule" && isNullScalar(entry.value)) continue;
    if (entry.value.kind === "scalar" && entry.value.isBroken) continue;
    const message = `"${key}" nel file dell'ente deve essere ${words}`;
    reportFault(problems, entry.key.at, { code: "P005", message });
  }
  const change = findValue(overrides, "change");
  for (const entry of change?.kind === "map" ? change.entries : [])
    if (entry.value.kind !== "map")
      reportFault(problems, entry.key.at, {
        code: "P005",
        message: `"change.${entry.key.text}" deve essere un gruppo di chiavi`,
        remedy: `${entry.key.text}: { with: { … } }`,
      });
}

function locateStart(root: YamlMap): Span {
  const first = root.entries[0]?.key.at;
  return first ?? { ...root.at, end: root.at.start + 1 };
}
