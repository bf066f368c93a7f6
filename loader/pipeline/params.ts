/** The parameters of a pipeline: declared in the file, given by the ente or at the start of a run. */
import { coerceBySchema } from "../yaml/coerce.ts";
import {
  reportFault,
  buildFileProblem,
  buildSource,
  type Problem,
  type Span,
} from "../yaml/diagnostics.ts";
import type { ParamState } from "../yaml/expressions.ts";
import type { Param } from "./schema.ts";
import { findNearest } from "../yaml/nearest.ts";
import {
  findEntry,
  findValue,
  type YamlMap,
  type YamlNode,
  type YamlScalar,
} from "../yaml/yaml.ts";

export interface ParamInput {
  /** The `params:` of the pipeline, typed, and as nodes. */
  readonly declared: Readonly<Record<string, Param>>;
  readonly node: YamlNode | undefined;
  /** `params:` of the ente for this pipeline. */
  readonly ente: YamlNode | undefined;
  /** As given at the start, source text; `null` while files are only checked. */
  readonly given: Readonly<Record<string, string>> | null;
  readonly at: Span;
  readonly problems: Problem[];
  readonly origins: Record<string, string>;
}

/** Every declared parameter with its type and value: given, then the ente's, then the default. */
export function resolveParamStates(input: ParamInput): ReadonlyMap<string, ParamState> {
  const names = Object.keys(input.declared);
  reportUnknown(input, names);
  const states = new Map<string, ParamState>();
  for (const [name, param] of Object.entries(input.declared)) {
    const value = pickParamValue(input, name, param);
    states.set(name, { type: isText(param) ? "string" : param.type, value });
    if (value === undefined && param.required && input.given !== null)
      reportMissing(input, name, param);
  }
  return states;
}

function pickParamValue(input: ParamInput, name: string, param: Param): unknown {
  const given = input.given?.[name];
  const ofEnte = findValue(input.ente, name);
  const fallback = findValue(findValue(input.node, name), "default");
  const candidates: readonly (YamlNode | undefined)[] = [
    given === undefined ? undefined : toGivenNode(name, given),
    ofEnte,
    fallback,
  ];
  // each one is checked, so that a wrong default is told even where the ente gives another value
  const values = candidates.map((node) =>
    node === undefined
      ? undefined
      : coerceBySchema(node, buildParamSchema(param), {
          problems: input.problems,
          origins: node === candidates.find((other) => other !== undefined) ? input.origins : {},
          originPrefix: `params.${name}`,
          owner: "il parametro",
          path: [name],
          at: node.at,
        }),
  );
  if (given !== undefined) input.origins[`params.${name}`] = `--param ${name}`;
  return values.find((value) => value !== undefined);
}

/** The JSON schema of a parameter's values. */
export function buildParamSchema(param: Param): object {
  const description = param.help === undefined ? {} : { description: param.help };
  if (param.choices !== undefined)
    return { anyOf: param.choices.map((choice) => ({ const: choice })), ...description };
  // a duration stays text: the setting that takes it makes it a number
  if (param.type === "duration")
    return {
      type: "string",
      pattern: "^(?:[0-9]+(?:ms|s|m|h|d))+$",
      remedy: "scrivi una durata: 30s, 10m, 24h",
      ...description,
    };
  if (param.type === "date")
    return {
      type: "string",
      pattern: dayPattern,
      remedy: "scrivi un giorno che c'è, anno per primo: 2026-11-29",
      ...description,
    };
  const pattern = param.pattern === undefined ? {} : { pattern: param.pattern };
  return {
    type: param.type,
    ...(param.type === "string" && pattern),
    ...(isNumber(param) && param.min !== undefined && { minimum: param.min }),
    ...(isNumber(param) && param.max !== undefined && { maximum: param.max }),
    ...description,
  };
}

/** A day of the calendar, `YYYY-MM-DD`. */
const dayPattern =
  "^(?:[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))|(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29)$";

/** What stays as it was written. */
function isText({ type }: Param): boolean {
  return type === "duration" || type === "date";
}

function isNumber({ type }: Param): boolean {
  return type === "integer" || type === "number";
}

function toGivenNode(name: string, text: string): YamlScalar {
  const source = { ...buildSource(`--param ${name}`, text), param: name };
  const at = { source, start: 0, end: text.length };
  return { kind: "scalar", at, text, isPlain: false, isBroken: false };
}

function reportUnknown(input: ParamInput, names: readonly string[]): void {
  const options =
    names.length === 0
      ? "la pipeline non ha parametri"
      : `parametri della pipeline: ${names.join(", ")}`;
  for (const name of Object.keys(input.given ?? {}))
    if (!names.includes(name))
      input.problems.push({
        ...buildFileProblem(`--param ${name}`, {
          code: "P012",
          message: `il parametro "${name}" non è dichiarato dalla pipeline`,
          maybe: findNearest(name, names) ?? undefined,
          options,
        }),
        param: name,
      });
  const ente: YamlMap | null = input.ente?.kind === "map" ? input.ente : null;
  for (const { key } of ente?.entries ?? [])
    if (!names.includes(key.text))
      reportFault(input.problems, key.at, {
        code: "P012",
        message: `il parametro "${key.text}" non è dichiarato dalla pipeline`,
        maybe: findNearest(key.text, names) ?? undefined,
        options,
      });
}

function reportMissing(input: ParamInput, name: string, param: Param): void {
  const at = findEntry(input.node, name)?.key.at ?? input.at;
  reportFault(input.problems, at, {
    code: "P012",
    message: `manca il parametro "${name}"`,
    why: param.help,
    remedy: `avvia con --param ${name}=…`,
  });
}
