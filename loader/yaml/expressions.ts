/** `$(params.x)` and `$(ente.x)`: found, typed and resolved while the file is read. */
import type { Fault, Problem, Span } from "./diagnostics.ts";
import { reportFault } from "./diagnostics.ts";
import type { JsonSchema } from "./schema-check.ts";
import { findNearest } from "./nearest.ts";
import type { YamlScalar } from "./yaml.ts";

/** What a scalar says once its expressions are resolved. */
export type Evaluated =
  /** No expression, or an expression inside text. */
  | { readonly status: "text"; readonly text: string }
  /** The whole scalar is one expression: the value keeps its type. */
  | { readonly status: "value"; readonly value: unknown }
  /** A parameter that will be given when the run starts. */
  | { readonly status: "unknown"; readonly type: string }
  /** The whole scalar is a parameter that was not given: as if the key were not written. */
  | { readonly status: "absent" }
  /** A problem was told. */
  | { readonly status: "error" };

export interface ParamState {
  readonly type: string;
  /** `undefined`: not given and without default. */
  readonly value: unknown;
}

/** What expressions may speak of. */
export interface ExpressionScope {
  readonly params: ReadonlyMap<string, ParamState>;
  /** `false` while a file is only checked: parameters have no values yet. */
  readonly hasValues: boolean;
  /** The ente file, typed; `null` while a pipeline is checked without an ente. */
  readonly ente: unknown;
  readonly enteSchema: object;
  /** Ids of the steps in order, to explain a reference to one. */
  readonly stepIds: readonly string[];
  /** Names of the parameters that were spoken of; filled here. */
  readonly used: Set<string>;
  readonly problems: Problem[];
}

const expression = /\$\(([^()]*)\)/g;
const reference = /^\s*(params|ente)((?:\.[A-Za-z0-9_-]+)+)\s*$/;

/** Whether the text contains an expression. */
export function hasExpression(text: string): boolean {
  return text.includes("$(");
}

/** Resolves the expressions of a scalar; problems go to the scope. */
export function evaluateScalar(scalar: YamlScalar, scope: ExpressionScope): Evaluated {
  const { text } = scalar;
  if (!hasExpression(text)) return { status: "text", text };
  const found = [...text.matchAll(expression)];
  const whole = found[0];
  if (whole !== undefined && found.length === 1 && whole[0] === text.trim())
    return resolveReference(whole[1] ?? "", scalar.at, scope);
  let resolved = "";
  let from = 0;
  let unknown = false;
  for (const match of found) {
    const part = resolveReference(match[1] ?? "", scalar.at, scope);
    if (part.status === "error") return part;
    if (part.status === "absent") return failMissing(match[1] ?? "", scalar.at, scope);
    if (part.status === "unknown") unknown = true;
    resolved += text.slice(from, match.index) + (part.status === "value" ? String(part.value) : "");
    from = match.index + match[0].length;
  }
  resolved += text.slice(from);
  if (hasExpression(resolved) && !unknown)
    return fail(scalar.at, scope, {
      code: "P001",
      message: "espressione $( aperta e mai chiusa",
      remedy: "chiudi con una parentesi tonda: $(params.nome)",
    });
  return unknown ? { status: "unknown", type: "string" } : { status: "text", text: resolved };
}

function resolveReference(inner: string, at: Span, scope: ExpressionScope): Evaluated {
  const parts = reference.exec(inner);
  if (parts === null) return failReference(inner.trim(), at, scope);
  const path = (parts[2] ?? "").slice(1).split(".");
  return parts[1] === "params" ? resolveParam(path, at, scope) : resolveEnte(path, at, scope);
}

function resolveParam(path: readonly string[], at: Span, scope: ExpressionScope): Evaluated {
  const name = path.join(".");
  const param = scope.params.get(name);
  if (param === undefined) {
    const known = [...scope.params.keys()];
    const near = findNearest(name, known);
    return fail(at, scope, {
      code: "P012",
      message: `"$(params.${name})" cita un parametro che la pipeline non dichiara`,
      maybe: near === null ? undefined : `$(params.${near})`,
      ...(known.length > 0 && { options: `parametri dichiarati: ${known.join(", ")}` }),
      remedy: near === null ? `dichiaralo: params: { ${name}: { type: string } }` : undefined,
    });
  }
  scope.used.add(name);
  if (param.value !== undefined) return { status: "value", value: param.value };
  return scope.hasValues ? { status: "absent" } : { status: "unknown", type: param.type };
}

/** The identity first (`$(ente.codice)`), then the sections of the file (`$(ente.send.taxonomyCode)`). */
function resolveEnte(path: readonly string[], at: Span, scope: ExpressionScope): Evaluated {
  const name = path.join(".");
  const schema =
    findSchema(scope.enteSchema, ["ente", ...path]) ?? findSchema(scope.enteSchema, path);
  if (schema === null) {
    const known = listProperties(findSchema(scope.enteSchema, ["ente"]));
    const near = findNearest(name, known);
    return fail(at, scope, {
      code: "P012",
      message: `"$(ente.${name})" cita un dato che il file dell'ente non prevede`,
      maybe: near === null ? undefined : `$(ente.${near})`,
      options: `dati dell'ente: ${known.join(", ")}`,
    });
  }
  const type = typeof schema["type"] === "string" ? schema["type"] : "string";
  if (type === "object" || type === "array")
    return fail(at, scope, {
      code: "P012",
      message: `"$(ente.${name})" è un gruppo di valori: in un'espressione serve un valore solo`,
      remedy: `scrivi anche il nome del valore: $(ente.${name}.…)`,
    });
  if (scope.ente === null) return { status: "unknown", type };
  const value = findData(scope.ente, ["ente", ...path]) ?? findData(scope.ente, path);
  return value === undefined ? { status: "absent" } : { status: "value", value };
}

function failReference(inner: string, at: Span, scope: ExpressionScope): Evaluated {
  const step = /^steps\.([A-Za-z0-9_-]+)/.exec(inner)?.[1];
  if (step === undefined)
    return fail(at, scope, {
      code: "P012",
      message: `"$(${inner})" non è un'espressione di questa lingua`,
      remedy: "le espressioni sono solo $(params.nome) e $(ente.nome)",
    });
  const isKnown = scope.stepIds.includes(step);
  const near = findNearest(step, scope.stepIds);
  return fail(at, scope, {
    code: isKnown ? "P011" : "P010",
    message: isKnown
      ? `"$(${inner})" cita il passo "${step}": i dati non passano per espressioni`
      : `"$(${inner})" cita un passo che non esiste`,
    maybe: isKnown || near === null ? undefined : `il passo "${near}"`,
    remedy:
      "togli l'espressione: ogni passo legge da sé i campi che i passi precedenti hanno aggiunto",
  });
}

function failMissing(inner: string, at: Span, scope: ExpressionScope): Evaluated {
  return fail(at, scope, {
    code: "P012",
    message: `"$(${inner})" non ha un valore`,
    why: "qui serve per comporre il testo",
    remedy: inner.trim().startsWith("params.")
      ? `avvia con --param ${inner.trim().slice("params.".length)}=…, oppure aggiungi default al parametro`
      : "aggiungi il dato nel file dell'ente",
  });
}

function fail(at: Span, scope: ExpressionScope, fault: Fault): Evaluated {
  reportFault(scope.problems, at, fault);
  return { status: "error" };
}

function findSchema(schema: object, path: readonly string[]): JsonSchema | null {
  let here = schema as JsonSchema;
  for (const name of path) {
    const properties = here["properties"] as Readonly<Record<string, JsonSchema>> | undefined;
    const next = properties?.[name];
    if (next === undefined) return null;
    here = next;
  }
  return here;
}

function listProperties(schema: JsonSchema | null): readonly string[] {
  return Object.keys((schema?.["properties"] as object | undefined) ?? {});
}

function findData(data: unknown, path: readonly string[]): unknown {
  let here = data;
  for (const name of path) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, name)) return undefined;
    here = (here as Record<string, unknown>)[name];
  }
  return typeof here === "object" ? undefined : here;
}
