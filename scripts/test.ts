/** `npm test`: runs every suite, or the given paths, in random order and ends with the sum of all: `N passed, N failed, N skipped`. */
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseReport, parseSummary, formatSum } from "./test-report.ts";
import type { Counts } from "./test-report.ts";

interface Suite {
  readonly name: string;
  readonly paths: readonly string[];
  /** Per test, milliseconds: what only a test that hangs takes, on a machine under load too. */
  readonly timeoutMs: number;
}

const root = join(import.meta.dir, "..");
const suites: readonly Suite[] = [
  {
    name: "unit, pipeline, conformance, repo",
    paths: ["test/unit", "test/pipeline", "test/conformance", "test/repo"],
    timeoutMs: 120_000,
  },
  { name: "browser", paths: ["test/browser"], timeoutMs: 120_000 },
  { name: "crash", paths: ["test/crash"], timeoutMs: 300_000 },
];

const wanted = process.argv.slice(2);
const chosen: readonly Suite[] =
  wanted.length > 0
    ? [{ name: wanted.join(", "), paths: wanted, timeoutMs: 300_000 }]
    : suites.map((suite) => ({ ...suite, paths: suite.paths.filter(hasTests) }));

const total = { passed: 0, failed: 0, skipped: 0 };
const skips: string[] = [];
const broken: string[] = [];
const reports = await mkdtemp(join(tmpdir(), "postino-test-"));
try {
  for (const [index, suite] of chosen.entries()) {
    if (suite.paths.length === 0) continue;
    console.log(`== ${suite.name}`);
    addResult(suite, await runSuite(suite, join(reports, `${index}.xml`)));
  }
} finally {
  await rm(reports, { recursive: true, force: true });
}

if (skips.length > 0) console.log(`\nskipped:\n${skips.map((skip) => `  ${skip}`).join("\n")}`);
if (broken.length > 0) console.log(`\nfailed:\n${broken.map((name) => `  ${name}`).join("\n")}`);
if (total.passed + total.failed === 0) console.log("\nno test ran");
console.log(formatSum(total));
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;

interface SuiteResult {
  readonly counts: Counts;
  readonly skips: readonly string[];
  readonly failures: readonly string[];
  readonly code: number;
}

function addResult(suite: Suite, result: SuiteResult): void {
  total.passed += result.counts.passed;
  total.failed += result.counts.failed;
  total.skipped += result.counts.skipped;
  skips.push(...result.skips);
  broken.push(...result.failures);
  // A suite that ends badly without a failed test to show for it (a crash, a file that does not load) has failed.
  if (result.code === 0 || result.counts.failed > 0) return;
  total.failed += 1;
  broken.push(`suite ${suite.name} ended with exit code ${result.code}`);
}

function hasTests(folder: string): boolean {
  if (!existsSync(join(root, folder))) return false;
  const files = new Bun.Glob("**/*.test.{ts,tsx}").scanSync({ cwd: join(root, folder) });
  return files.next().done !== true;
}

/** The caller's environment without the settings of an installation, which would reach into its data. */
function buildEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^POSTINO_(?!TEST_)/.test(name)),
  );
}

/** Runs `bun test`, passing on what it prints as it comes. */
async function runSuite(suite: Suite, reportFile: string): Promise<SuiteResult> {
  const child = Bun.spawn(
    [
      process.execPath,
      "--no-env-file",
      "test",
      "--randomize",
      `--timeout=${suite.timeoutMs}`,
      "--reporter=junit",
      `--reporter-outfile=${reportFile}`,
      ...suite.paths.map((path) =>
        path.startsWith("/") ? path : `./${path.replace(/^\.\//, "")}`,
      ),
    ],
    { cwd: root, env: buildEnvironment(), stdin: "ignore", stdout: "pipe", stderr: "pipe" },
  );
  const [, text] = await Promise.all([passOn(child.stdout), passOn(child.stderr)]);
  const code = await child.exited;
  const report = existsSync(reportFile) ? parseReport(await readFile(reportFile, "utf8")) : null;
  return {
    counts: parseSummary(text) ?? { passed: 0, failed: 0, skipped: 0 },
    skips: report?.skipped ?? [],
    failures: report?.failed ?? [],
    code,
  };
}

/** Everything goes to standard output, so that the sum stays the last line where both streams meet. */
async function passOn(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    const piece = decoder.decode(chunk, { stream: true });
    text += piece;
    process.stdout.write(piece);
  }
  return text;
}
