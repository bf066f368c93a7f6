/** `bun run check`: format, lint, types, unused code and generated files. */
import { existsSync } from "node:fs";
import { join } from "node:path";

interface Check {
  readonly name: string;
  readonly command: readonly string[];
  /** What mends most faults of this check. */
  readonly remedy?: string;
}

interface Result {
  readonly check: Check;
  readonly code: number;
  readonly output: string;
  readonly ms: number;
}

const root = join(import.meta.dir, "..");
/** What the compiler knows of the files that have not changed since; one for each checkout that shares its packages. */
const kept = join(
  root,
  "node_modules",
  ".cache",
  `types-${Bun.hash(root).toString(36)}.tsbuildinfo`,
);
const reference = join(root, "scripts", "reference.ts");

const checks: readonly Check[] = [
  { name: "format", command: buildToolCommand("oxfmt", "--check", "."), remedy: "bun run format" },
  { name: "lint", command: buildToolCommand("oxlint", "--deny-warnings", ".") },
  {
    name: "types",
    command: buildToolCommand("tsc", "--noEmit", "--incremental", "--tsBuildInfoFile", kept),
  },
  { name: "unused", command: buildToolCommand("knip", "--no-progress") },
  ...(existsSync(reference)
    ? [
        {
          name: "generated",
          command: [process.execPath, reference, "--check"],
          remedy: "bun run reference",
        },
      ]
    : []),
];

const results = await Promise.all(checks.map(runCheck));
for (const result of results) printResult(result);
const failed = results.filter((result) => result.code !== 0).map((result) => result.check.name);
console.log(failed.length === 0 ? "check: ok" : `check: failed (${failed.join(", ")})`);
process.exit(failed.length === 0 ? 0 : 1);

/** A tool of node_modules, run by this Bun, so that no other runtime is needed. */
function buildToolCommand(name: string, ...args: readonly string[]): readonly string[] {
  return [process.execPath, join(root, "node_modules", ".bin", name), ...args];
}

async function runCheck(check: Check): Promise<Result> {
  const startedAt = performance.now();
  const child = Bun.spawn([...check.command], { cwd: root, stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { check, code, output: `${stdout}${stderr}`.trim(), ms: performance.now() - startedAt };
}

function printResult({ check, code, output, ms }: Result): void {
  const seconds = (ms / 1000).toFixed(1);
  if (code === 0) {
    console.log(`ok      ${check.name} (${seconds} s)`);
    return;
  }
  console.log(`FAILED  ${check.name} (${seconds} s)`);
  console.log(output.replaceAll(/^/gm, "        "));
  if (check.remedy !== undefined) console.log(`        mend with: ${check.remedy}`);
}
