/** Types each step entry by the engine's schema and its `with:` by the step's own. */
import { coerceBySchema } from "../yaml/coerce.ts";
import { formatOrigin, reportFault, type Problem, type Span } from "../yaml/diagnostics.ts";
import { hasExpression, type Evaluated } from "../yaml/expressions.ts";
import { findStepId } from "./overrides.ts";
import { StepEntry } from "./schema.ts";
import type { RegisteredStep, StepRegistry } from "./registry.ts";
import { findNearest } from "../yaml/nearest.ts";
import { checkWiring } from "./wiring.ts";
import {
  findEntry,
  findText,
  findValue,
  type YamlEntry,
  type YamlMap,
  type YamlNode,
  type YamlScalar,
} from "../yaml/yaml.ts";
import type { ResolvedStep } from "../../engine/step/resolved-step.ts";
import type { ResolvedPipeline, AssembledStep } from "./resolved.ts";

export interface StepScope {
  readonly problems: Problem[];
  readonly origins: Record<string, string>;
  readonly registry: StepRegistry;
  readonly evaluate: (scalar: YamlScalar) => Evaluated;
}

/** The id of an entry that names no step: told at its place, and like no other. */
const nameless = "?";

/** Every entry typed, with the checks that concern several of them: equal ids, fields, sources. */
export function assembleSteps(
  nodes: readonly YamlMap[],
  scope: StepScope,
): readonly AssembledStep[] {
  const steps = nodes.map((node) => assembleStep(node, scope));
  const seen = new Map<string, AssembledStep>();
  for (const step of steps) {
    const { id, uses } = step.resolved;
    if (id === nameless) continue;
    const earlier = seen.get(id);
    // What a step adds is there once: the same step again is one too many.
    const isAgain =
      earlier?.resolved.uses === uses && (step.registered?.addsFields.length ?? 0) > 0;
    if (earlier === undefined) seen.set(id, step);
    else
      reportFault(scope.problems, step.at, {
        code: "P013",
        message: `due passi si chiamano "${id}"`,
        why: `il primo è in ${formatOrigin(earlier.at)}`,
        remedy: isAgain ? "togli questo passo" : `dai a questo un nome suo: id: ${id}-2`,
      });
  }
  const sources = scope.registry.listSteps().filter(({ step }) => step.kind === "source");
  const names = sources.map(({ name }) => name);
  scope.problems.push(...checkWiring(steps, (field) => listAdders(scope.registry, field), names));
  return steps;
}

/** The `onFailure:` of a pipeline, typed like a step. */
export function assembleFailure(
  entry: YamlEntry | undefined,
  scope: StepScope,
): ResolvedPipeline["onFailure"] {
  if (entry === undefined) return null;
  if (entry.value.kind !== "map") {
    const remedy = "onFailure: { uses: nome-del-passo, with: { … } }";
    const message = '"onFailure" deve essere un gruppo di chiavi';
    reportFault(scope.problems, entry.key.at, { code: "P005", message, remedy });
    return null;
  }
  const uses = findText(entry.value, "uses");
  if (uses === undefined) {
    const message = 'nella pipeline manca "onFailure.uses"';
    reportFault(scope.problems, entry.key.at, { code: "P005", message });
    return null;
  }
  const registered = lookUp(entry.value, uses, scope);
  checkAlone(entry.value, registered, scope);
  const owner = "in onFailure";
  const values = coerceWith(entry.value, registered, { ...scope, owner, prefix: "onFailure.with" });
  return { uses, with: values };
}

/** A run that has stopped hands over no verbali: only a step that does without can be run then. */
function checkAlone(node: YamlMap, registered: RegisteredStep | null, scope: StepScope): void {
  if (registered === null || runsAlone(registered)) return;
  const fitting = scope.registry.listSteps().filter(runsAlone);
  reportFault(scope.problems, findValue(node, "uses")?.at ?? node.at, {
    code: "P052",
    message: `il passo "${registered.name}" lavora sui verbali: in onFailure non ce ne sono`,
    ...(fitting.length === 0
      ? {}
      : { options: `passi adatti: ${fitting.map(({ name }) => name).join(", ")}` }),
    remedy: "onFailure: { uses: notify, with: { to: ced@comune.example } }",
  });
}

function runsAlone({ step }: RegisteredStep): boolean {
  return (
    step.kind === "group" &&
    step.runsEmpty === true &&
    Object.keys(step.reads.properties).length === 0
  );
}

/** The steps that could add a field; a source cannot be put into the middle. */
function listAdders(registry: StepRegistry, field: string): readonly string[] {
  return registry
    .listSteps()
    .filter(({ step, addsFields }) => step.kind !== "source" && addsFields.includes(field))
    .map(({ name }) => name);
}

/** What a step entry comes to, by its node. */
interface SettledStep extends Pick<StepScope, "registry" | "problems" | "origins"> {
  readonly step: AssembledStep;
}

const settledSteps = new WeakMap<YamlMap, SettledStep>();

/** An entry without expressions comes to the same for every ente: it is typed once. */
function assembleStep(node: YamlMap, scope: StepScope): AssembledStep {
  const known = settledSteps.get(node);
  if (known === undefined && speaksOfOthers(node)) return typeStep(node, scope);
  const { registry } = scope;
  let settled = known?.registry === registry ? known : undefined;
  if (settled === undefined) {
    const apart = { registry, problems: [], origins: {} };
    settled = { ...apart, step: typeStep(node, { ...scope, ...apart }) };
    settledSteps.set(node, settled);
  }
  scope.problems.push(...settled.problems);
  Object.assign(scope.origins, settled.origins);
  return settled.step;
}

function speaksOfOthers(node: YamlNode): boolean {
  if (node.kind === "scalar") return hasExpression(node.text);
  if (node.kind === "list") return node.items.some(speaksOfOthers);
  return node.entries.some(({ value }) => speaksOfOthers(value));
}

function typeStep(node: YamlMap, scope: StepScope): AssembledStep {
  const id = findStepId(node);
  const uses = findText(node, "uses");
  const name = id ?? nameless;
  const at = findValue(node, "uses")?.at ?? node.entries[0]?.key.at ?? node.at;
  const owner = id === null ? "in un passo" : `nel passo "${id}"`;
  const registered = uses === undefined ? null : lookUp(node, uses, scope);
  const settings = coerceSettings(node, at, { ...scope, owner, prefix: `steps.${name}` });
  const values = coerceWith(node, registered, { ...scope, owner, prefix: `steps.${name}.with` });
  if (settings.timeout === 0)
    reportFault(scope.problems, findEntry(node, "timeout")?.value.at ?? at, {
      code: "P034",
      message: `${owner} "timeout: 0s" interrompe ogni tentativo appena comincia`,
      remedy: "per non avere un limite togli timeout",
    });
  const resolved: ResolvedStep = {
    id: name,
    uses: uses ?? "",
    with: values,
    retry: {
      times: settings.retry?.times ?? 0,
      waitMs: settings.retry?.wait ?? 0,
      maxWaitMs: settings.retry?.maxWait ?? 0,
    },
    concurrency: settings.concurrency ?? 1,
    timeoutMs: settings.timeout ?? null,
    withinMs: settings.within ?? null,
    approval: settings.approval ?? false,
  };
  return { at, node, registered, resolved };
}

interface OwnedScope extends StepScope {
  readonly owner: string;
  /** First part of the paths of origins. */
  readonly prefix: string;
}

/** What the entry says besides `with:`; parts with faults are missing. */
function coerceSettings(node: YamlMap, at: Span, scope: OwnedScope): PartialEntry {
  const { problems, origins, owner, prefix, evaluate } = scope;
  const entries = node.entries.filter((entry) => entry.key.text !== "with");
  const options = { problems, origins, owner, at, evaluate, originPrefix: prefix, path: [] };
  return coerceBySchema({ ...node, entries }, StepEntry, options) as PartialEntry;
}

type PartialEntry = Partial<Omit<StepEntry, "retry"> & { retry: Partial<StepEntry["retry"]> }>;

/** `with:` by the schema of the step it is for; an unknown step's is not looked at. */
function coerceWith(
  node: YamlMap,
  registered: RegisteredStep | null,
  scope: OwnedScope,
): Readonly<Record<string, unknown>> {
  if (registered === null) return {};
  const entry = findEntry(node, "with");
  const at = entry?.key.at ?? findValue(node, "uses")?.at ?? node.at;
  const value = entry?.value;
  if (isTextual(value)) {
    const message = `${scope.owner} "with" deve essere un gruppo di chiavi`;
    const [only = "chiave", other] = Object.keys(registered.step.config.properties);
    const remedy =
      other === undefined ? `with: { ${only}: ${value.text} }` : "with: { chiave: valore }";
    reportFault(scope.problems, value.at, { code: "P005", message, remedy });
    return {};
  }
  const { problems, origins, owner, prefix, evaluate } = scope;
  const options = { problems, origins, owner, at, evaluate, originPrefix: prefix, path: ["with"] };
  return (coerceBySchema(value, registered.step.config, options) ?? {}) as Record<string, unknown>;
}

function isTextual(value: YamlNode | undefined): value is YamlScalar {
  return value?.kind === "scalar" && value.text !== "" && !value.isBroken;
}

function lookUp(node: YamlMap, uses: string, scope: StepScope): RegisteredStep | null {
  const registered = scope.registry.get(uses);
  if (registered !== undefined) return registered;
  const written = findValue(node, "uses");
  if (written?.kind === "scalar" && written.isBroken) return null;
  const names = scope.registry.listNames();
  const near = findNearest(uses, names);
  reportFault(scope.problems, written?.at ?? node.at, {
    code: "P004",
    message: `il passo "${uses}" non esiste`,
    maybe: near ?? undefined,
    options: `passi disponibili: ${names.join(", ")}`,
    remedy: near === null ? explainOwnStep(uses, scope.registry.folders) : undefined,
  });
  return null;
}

/** A step of the office's own is a file in a folder that the environment names. */
function explainOwnStep(uses: string, folders: readonly string[]): string {
  const read = folders.length === 0 ? "" : ` (cartelle lette ora: ${folders.join(", ")})`;
  return `correggi il nome; un passo vostro è il file ${uses}.ts in una cartella indicata da POSTINO_STEPS${read}`;
}
