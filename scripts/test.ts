/** `npm test`: runs every test, or the given paths, in random order, files side by side, and ends with the sum: `N passed, N failed, N skipped`. */
import { existsSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, statfs } from "node:fs/promises";
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
/** Several times what all tests together hold at one moment. */
const roomBytes = 2 * 1024 ** 3;

const folder = await mkdtemp(join(await findRoom(), "postino-test-"));
try {
  // A proxy that a test starts does its work as another user, who must come through.
  await chmod(folder, 0o711);
  process.exitCode = printSum(await runTests(folder));
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Where the files of the tests go: into memory where there is much of it, since what a test keeps need outlive no power cut and a disk takes milliseconds to promise that. */
async function findRoom(): Promise<string> {
  const memory = "/dev/shm";
  if (process.env["TMPDIR"] !== undefined || !existsSync(memory)) return tmpdir();
  const { bavail, bsize } = await statfs(memory);
  return bavail * bsize >= roomBytes ? memory : tmpdir();
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

/** Runs `bun test` with its files in `folder`, passing on what it prints as it comes. */
async function runTests(folder: string): Promise<Result> {
  const reportFile = join(folder, "report.xml");
  const child = Bun.spawn(
    [
      process.execPath,
      "--no-env-file",
      "test",
      "--randomize",
      // Each process takes one file after another, the longest first: none waits long for another at the end. One more than there
      // are cores, since a test that waits for a page or for a process of its own leaves its core to others.
      `--parallel=${availableParallelism() + 1}`,
      "--no-isolate",
      `--timings=${join(root, "test", "timings.json")}`,
      "--reporter=junit",
      `--reporter-outfile=${reportFile}`,
      ...options,
      ...paths.map((path) => (path.startsWith("/") ? path : `./${path.replace(/^\.\//, "")}`)),
    ],
    {
      cwd: root,
      env: { ...buildEnvironment(), TMPDIR: folder },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    },
  );
  // What was begun is cleared away also when somebody has seen enough.
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => child.kill(signal));
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
