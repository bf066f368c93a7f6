/** `npm run ci`: the check, all tests, and the outside judges over a sample of all documents; its last line is the sum of all suites. */
import { join } from "node:path";
import { installSeaweedfs } from "./conformance/seaweedfs.ts";
import { addSuite, formatSum, type Counts } from "./test-report.ts";

const root = join(import.meta.dir, "..");

interface Ended {
  readonly code: number;
  readonly output: string;
}

interface ScriptOptions {
  readonly timeoutMs?: number;
  /** Prints nothing: what runs beside another does not talk into its lines. */
  readonly isQuiet?: boolean;
}

/** Runs a script of this repository with its output passed on, and gives its exit code and what it printed. */
async function runScript(words: readonly string[], options: ScriptOptions = {}): Promise<Ended> {
  const { timeoutMs, isQuiet = false } = options;
  const child = Bun.spawn([process.execPath, ...words], {
    cwd: root,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
    ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
  });
  const decoder = new TextDecoder();
  let output = "";
  for await (const piece of child.stdout) {
    if (!isQuiet) process.stdout.write(piece);
    output += decoder.decode(piece, { stream: true });
  }
  return { code: await child.exited, output };
}

const bucketFault = await installSeaweedfs();
if (bucketFault !== null) console.log(`ci: tests of a bucket are skipped: ${bucketFault}`);

// The judges wait for their own programs to begin, the tests for simulated services: side by side they fill the cores.
const judged = runScript(["scripts/conformance-documents.ts", "--quick"], {
  // Bounded, so that a judge that hangs cannot hold the whole.
  timeoutMs: 600_000,
  isQuiet: true,
});
const asked = runScript(["scripts/conformance-api.ts"], { timeoutMs: 300_000, isQuiet: true });
const check = await runScript(["scripts/check.ts"]);
const tests = await runScript(["scripts/test.ts"]);
const documents = await judged;
const api = await asked;
console.log(`\n== documents\n${documents.output}`);
console.log(`\n== API\n${api.output}`);

let total: Counts = { passed: 0, failed: 0, skipped: 0 };
for (const { code, output } of [tests, documents, api]) total = addSuite(total, output, code);
if (check.code !== 0) {
  console.log("ci: check failed");
  total = { ...total, failed: total.failed + 1 };
}
console.log(formatSum(total));
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
