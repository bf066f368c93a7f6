/** `npm test`: runs every test, or the given paths, in random order, files side by side, and ends with the sum: `N passed, N failed, N skipped`. */
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseReport, parseSummary, formatSum } from "./test-report.ts";
import type { Counts, Report } from "./test-report.ts";

interface Result {
  readonly counts: Counts;
  readonly report: Report;
  readonly code: number;
}

const root = join(import.meta.dir, "..");
const given = process.argv.slice(2);
/** Options are for `bun test`; `--update-timings` measures anew. */
const options = given.filter((word) => word.startsWith("--"));
const paths = given.filter((word) => !word.startsWith("--"));

const reports = await mkdtemp(join(tmpdir(), "postino-test-"));
try {
  process.exitCode = printSum(await runTests(join(reports, "report.xml")));
} finally {
  await rm(reports, { recursive: true, force: true });
}

function printSum({ counts, report, code }: Result): number {
  const broken = [...report.failed];
  let { failed } = counts;
  // A run that ends badly without a failed test to show for it (a crash, a file that does not load) has failed.
  if (code !== 0 && failed === 0) {
    failed = 1;
    broken.push(`bun test ended with exit code ${code}`);
  }
  if (report.skipped.length > 0)
    console.log(`\nskipped:\n${report.skipped.map((skip) => `  ${skip}`).join("\n")}`);
  if (broken.length > 0) console.log(`\nfailed:\n${broken.map((name) => `  ${name}`).join("\n")}`);
  if (counts.passed + failed === 0) console.log("\nno test ran");
  console.log(formatSum({ ...counts, failed }));
  return failed > 0 || counts.passed === 0 ? 1 : 0;
}

/** The caller's environment without the settings of an installation, which would reach into its data. */
function buildEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^POSTINO_(?!TEST_)/.test(name)),
  );
}

/** Runs `bun test`, passing on what it prints as it comes. */
async function runTests(reportFile: string): Promise<Result> {
  const child = Bun.spawn(
    [
      process.execPath,
      "--no-env-file",
      "test",
      "--randomize",
      // A process for each core takes one file after another, the longest first: no core waits long for the other at the end.
      `--parallel=${availableParallelism()}`,
      "--no-isolate",
      `--timings=${join(root, "test", "timings.json")}`,
      "--reporter=junit",
      `--reporter-outfile=${reportFile}`,
      ...options,
      ...paths.map((path) => (path.startsWith("/") ? path : `./${path.replace(/^\.\//, "")}`)),
    ],
    { cwd: root, env: buildEnvironment(), stdin: "ignore", stdout: "pipe", stderr: "pipe" },
  );
  const [, text] = await Promise.all([passOn(child.stdout), passOn(child.stderr)]);
  const code = await child.exited;
  return {
    counts: parseSummary(text) ?? { passed: 0, failed: 0, skipped: 0 },
    report: existsSync(reportFile)
      ? parseReport(await readFile(reportFile, "utf8"))
      : { skipped: [], failed: [] },
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
