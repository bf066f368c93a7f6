/** Hands the product the world's machine where it would reach for the real one: at its imports and at the globals that it names. */
import { plugin } from "bun";
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { hasMachine } from "./machine.ts";
import { holdWebCrypto } from "./outside.ts";

const repository = resolve(import.meta.dir, "../../..");
const rooms = [
  "engine",
  "stores",
  "hosts",
  "loader",
  "steps",
  "integrations",
  "documents",
  "server",
  "simulators",
];

const modules: Readonly<Record<string, string>> = {
  "node:fs": "fs.ts",
  "node:fs/promises": "fs-promises.ts",
  "node:crypto": "crypto.ts",
  "node:os": "os.ts",
  "node:timers/promises": "timers.ts",
  "node:dns/promises": "dns.ts",
  "bun:sqlite": "sqlite.ts",
};

const names = [
  "setTimeout",
  "clearTimeout",
  "setImmediate",
  "performance",
  "AbortSignal",
  "fetch",
  "process",
  "crypto",
  "Date",
  "Math",
] as const;

/** A name as a value, not as a property, a type or a word. */
const shapes = new Map(
  names.map((name) => [name, new RegExp(`(?<![\\w.$"'\`/-])${name}\\b(?=[.(),;]| =)`)]),
);

/** What the world has no hold on: a file that names one of these is not loaded. */
const beyond = /\b(?:setInterval|Bun\.sleepSync|process\.hrtime)\b/;

/** A change of a source file before it is loaded: a bug that is planted. */
export interface Planted {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** The named points of the program: met by the world instead of by a signal. */
const crashpoints = {
  file: "engine/host/crashpoint.ts",
  head: "export function passCrashpoint(name: Crashpoint): void {",
} as const;

/** Modules that are imported when they are first needed. */
const deferred = new Set<string>();

/** Imports them now: loading takes real time, and the world's stands still meanwhile. */
export async function loadDeferred(): Promise<void> {
  for (const module of deferred) if (!module.includes("/server/cli/")) await import(module);
}

/** To be called before anything of the product is imported. */
export function installSeams(planted: readonly Planted[] = []): void {
  holdWebCrypto(hasMachine);
  const filter = new RegExp(`^${RegExp.escape(repository)}/(?:${rooms.join("|")})/.*\\.tsx?$`);
  plugin({
    name: "the world's machine",
    setup(build) {
      build.onLoad({ filter }, ({ path }) => ({
        loader: path.endsWith("x") ? "tsx" : "ts",
        contents: rewrite(path.slice(repository.length + 1), readFileSync(path, "utf8"), planted),
      }));
    },
  });
}

function rewrite(path: string, source: string, planted: readonly Planted[]): string {
  let text = source;
  for (const { file, from, to } of planted) {
    if (file !== path) continue;
    if (text.split(from).length !== 2)
      throw new Error(`the planted bug does not fit ${path} once: ${from}`);
    text = text.replace(from, () => to);
  }
  if (path === crashpoints.file) {
    if (!text.includes(crashpoints.head)) throw new Error(`${path} is not as it was`);
    text = `import { passPoint } from ${JSON.stringify(locate("globals.ts"))};${text.replace(crashpoints.head, `${crashpoints.head} passPoint(name); return;`)}`;
  }
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
  if (beyond.test(code))
    throw new Error(`${path} reaches for time or chance that the world does not hold`);
  for (const [name, file] of Object.entries(modules))
    text = text.replaceAll(`from "${name}"`, `from ${JSON.stringify(locate(file))}`);
  for (const [, to = ""] of code.matchAll(/import\("([^"]+)"\)/g))
    deferred.add(to.startsWith(".") ? join(repository, dirname(path), to) : to);
  const used = names.filter((name) => code.includes(name) && shapes.get(name)?.test(code) === true);
  const isSleeping = code.includes("Bun.sleep(");
  const taken = isSleeping ? [...used, "Bun"] : used;
  const head = path.endsWith("x") ? "/** @jsxImportSource hono/jsx */ " : "";
  return taken.length === 0
    ? head + text
    : `${head}import { ${taken.join(", ")} } from ${JSON.stringify(locate("globals.ts"))};${text}`;
}

function locate(file: string): string {
  return join(import.meta.dir, file);
}
