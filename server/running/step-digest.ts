/** Digests of the steps that a run uses, with all that they import: by them a host knows whether it has what another host meant. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, extname, join, relative } from "node:path";
import { codeOf } from "../../engine/host/errors.ts";
import type { StepRegistry } from "../../loader/pipeline/registry.ts";
import { parseSpecSteps } from "../history/run-spec.ts";
import { readVersion } from "../version.ts";

/** By the JSON of a resolved pipeline; `null` where this host lacks one of its steps. Computed once for each. */
export function createStepDigests(registry: StepRegistry): (spec: string) => string | null {
  const known = new Map<string, string>();
  const modules = new Map<string, Module>();
  return (spec) => {
    const names = [...new Set(parseSpecSteps(spec).map(({ uses }) => uses))].toSorted();
    const hash = createHash("sha256").update(readVersion());
    for (const name of names) {
      const step = registry.get(name);
      if (step === undefined) return null;
      const digest = known.get(name) ?? hashModules(step.file, modules);
      known.set(name, digest);
      hash.update(`\n${name} ${digest}`);
    }
    return hash.digest("hex");
  };
}

interface Module {
  readonly sha256: string;
  /** Files of the step's author or of the program, by their path. */
  readonly files: readonly string[];
  /** `name@version`. */
  readonly packages: readonly string[];
}

/** Wherever the folder of the steps lies. A step that the program of one file carries is as old as the program. */
function hashModules(path: string, modules: Map<string, Module>): string {
  if (!existsSync(path)) return "";
  const found = new Map<string, string>();
  const waiting = [path];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    const name = relative(dirname(path), file);
    if (found.has(name)) continue;
    const module = modules.get(file) ?? readModule(file);
    modules.set(file, module);
    found.set(name, module.sha256);
    waiting.push(...module.files);
    for (const one of module.packages) found.set(one, "");
  }
  const lines = [...found].map(([name, sha256]) => `${name} ${sha256}`).toSorted();
  return createHash("sha256").update(lines.join("\n")).digest("hex");
}

const loaders = { ".ts": "ts", ".tsx": "tsx", ".js": "js", ".jsx": "jsx", ".mjs": "js" } as const;

function readModule(file: string): Module {
  const bytes = readFileSync(file);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const loader = Object.entries(loaders).find(([ending]) => ending === extname(file))?.[1];
  const files: string[] = [];
  const packages: string[] = [];
  const imports =
    loader === undefined ? [] : new Bun.Transpiler({ loader }).scanImports(bytes.toString());
  for (const { path } of imports) {
    const isFile = path.startsWith(".") || path.startsWith("/");
    if (!isFile && (isBuiltin(path) || /^bun(?::|$)/.test(path))) continue;
    const resolved = resolveImport(path, dirname(file));
    if (isFile && resolved !== null) files.push(resolved);
    else packages.push(`${path}@${resolved === null ? "" : readPackageVersion(resolved)}`);
  }
  return { sha256, files, packages };
}

/** `null`: the program provides it, or it is not there. */
function resolveImport(name: string, folder: string): string | null {
  try {
    return Bun.resolveSync(name, folder);
  } catch (error) {
    if (["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND"].includes(codeOf(error) ?? "")) return null;
    throw error;
  }
}

function readPackageVersion(file: string): string {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, "package.json");
    if (!existsSync(path)) continue;
    const { version } = JSON.parse(readFileSync(path, "utf8")) as { readonly version?: string };
    if (version !== undefined) return version;
  }
  return "";
}
