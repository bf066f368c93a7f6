/** `npm run ci`: the check, all tests, and the outside judges over a sample of all documents; its last line is the sum of all suites. */
import { join } from "node:path";
import { addSuite, formatSum, type Counts } from "./test-report.ts";

const root = join(import.meta.dir, "..");

/** Runs a script of this repository with its output passed on, and gives its exit code and what it printed. */
async function runScript(
  words: readonly string[],
  timeoutMs?: number,
): Promise<{ readonly code: number; readonly output: string }> {
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
    process.stdout.write(piece);
    output += decoder.decode(piece, { stream: true });
  }
  return { code: await child.exited, output };
}

const check = await runScript(["scripts/check.ts"]);
let total: Counts = { passed: 0, failed: 0, skipped: 0 };
const suites = [
  await runScript(["scripts/test.ts"]),
  // Bounded, so that a judge that hangs cannot hold the whole.
  await runScript(["scripts/conformance-documents.ts", "--quick"], 420_000),
];
for (const { code, output } of suites) total = addSuite(total, output, code);
if (check.code !== 0) {
  console.log("ci: check failed");
  total = { ...total, failed: total.failed + 1 };
}
console.log(formatSum(total));
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
