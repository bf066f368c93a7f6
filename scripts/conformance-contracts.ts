/** `bun run conformance:contracts`: clients, simulators and checks against the published contracts and cases; prints one table and every disagreement with its reason. `--quick` leaves the requests of the pipeline tests out. */
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CaseLine, type ExchangeLine, referenceFolder } from "../test/conformance/tally.ts";

/** What a row of the table sums up. */
interface Row {
  readonly suite: string;
  agreed: number;
  disagreed: number;
  notApplicable: number;
  unexplained: number;
}

const root = join(import.meta.dir, "..");
const needed = [
  "contracts/send",
  "contracts/pagopa",
  "cases/send.jsonl",
  "cases/pagopa.jsonl",
  "postal/PagoPA-ListaCLP.csv",
];

process.exitCode = await main();

async function main(): Promise<number> {
  const missing = needed.filter((name) => !existsSync(join(referenceFolder, name)));
  if (missing.length === needed.length) {
    console.error(
      `conformance: nothing to compare with: ${referenceFolder} has neither contracts nor cases. POSTINO_REFERENCE names the folder.`,
    );
    return 1;
  }
  for (const name of missing)
    console.log(`conformance: ${name} is not in ${referenceFolder}: its suites are skipped`);
  const folder = await mkdtemp(join(tmpdir(), "postino-conformance-"));
  try {
    const isWell = await compareSuites(["./test/conformance"], { folder, name: "suites" });
    if (process.argv.includes("--quick")) return isWell ? 0 : 1;
    return (await recordPipelines(folder)) && isWell ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs suites, prints what they compared; true when all is well. */
async function compareSuites(
  paths: readonly string[],
  { folder, name, env = {} }: Comparison,
): Promise<boolean> {
  const tallyFile = join(folder, `${name}.jsonl`);
  const { code, output } = await runTests(paths, {
    POSTINO_REFERENCE: referenceFolder,
    POSTINO_CONFORMANCE_TALLY: tallyFile,
    ...env,
  });
  const text = existsSync(tallyFile) ? await readFile(tallyFile, "utf8") : "";
  const isAllWell = printReport(parseLines(text));
  if (code !== 0) console.log(output);
  return code === 0 && isAllWell;
}

interface Comparison {
  /** Where the suites write what they found. */
  readonly folder: string;
  readonly name: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The pipeline tests once more, with every request that reaches a simulator written down and then held against the contracts. */
async function recordPipelines(folder: string): Promise<boolean> {
  console.log("\nrecording the requests of the pipeline tests (--quick leaves them out) …");
  const env = { POSTINO_CONFORMANCE_REQUESTS: join(folder, "requests.jsonl") };
  const { code, output } = await runTests(["./test/pipeline"], env);
  if (code !== 0)
    console.log(
      `some pipeline tests failed; their requests count all the same:\n${output
        .split("\n")
        .filter((line) => line.startsWith("(fail)"))
        .join("\n")}`,
    );
  return await compareSuites(["./test/conformance/recorded-requests.test.ts"], {
    folder,
    name: "recorded",
    env,
  });
}

async function runTests(
  paths: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ code: number; output: string }> {
  const child = Bun.spawn([process.execPath, "--no-env-file", "test", ...paths], {
    cwd: root,
    env: { ...process.env, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code: await child.exited, output: `${stdout}${stderr}` };
}

function parseLines(text: string): readonly (CaseLine | ExchangeLine)[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as CaseLine | ExchangeLine);
}

/** Prints what was found; false when something is neither agreed nor explained, or when nothing was compared. */
function printReport(lines: readonly (CaseLine | ExchangeLine)[]): boolean {
  const cases = lines.filter((line) => "verdict" in line);
  const exchanges = lines.filter((line) => "requests" in line);
  console.log(formatExchanges(exchanges));
  if (cases.length > 0) console.log(formatCases(cases));
  for (const verdict of ["unexplained", "disagreed", "not applicable"] as const)
    console.log(
      formatReasons(
        verdict,
        cases.filter((line) => line.verdict === verdict),
      ),
    );
  console.log(
    formatReasons(
      "agreed in part",
      cases.filter(({ verdict, why }) => verdict === "agreed" && why !== ""),
    ),
  );
  const faults = exchanges.flatMap((line) => line.faults);
  for (const fault of faults) console.log(`  ${fault}`);
  return (
    lines.length > 0 && faults.length === 0 && !cases.some((line) => line.verdict === "unexplained")
  );
}

function formatExchanges(lines: readonly ExchangeLine[]): string {
  const suites = Map.groupBy(lines, ({ suite }) => suite);
  const rows = [...suites].map(([suite, parts]) => {
    let requests = 0;
    let answers = 0;
    let faults = 0;
    for (const part of parts) {
      requests += part.requests;
      answers += part.answers;
      faults += part.faults.length;
    }
    return [suite, requests, answers, faults];
  });
  return formatTable(["contract", "requests", "answers", "not valid"], rows);
}

function formatCases(lines: readonly CaseLine[]): string {
  const rows = new Map<string, Row>();
  for (const { suite, verdict } of lines) {
    const row = rows.get(suite) ?? {
      suite,
      agreed: 0,
      disagreed: 0,
      notApplicable: 0,
      unexplained: 0,
    };
    rows.set(suite, row);
    row[verdict === "not applicable" ? "notApplicable" : verdict] += 1;
  }
  return formatTable(
    ["cases", "agreed", "disagreed", "not applicable", "unexplained"],
    [...rows.values()]
      .toSorted((a, b) => (a.suite < b.suite ? -1 : 1))
      .map((row) => [row.suite, row.agreed, row.disagreed, row.notApplicable, row.unexplained]),
  );
}

/** Cases under the reason that they share. */
function formatReasons(title: string, chosen: readonly CaseLine[]): string {
  if (chosen.length === 0) return "";
  const groups = Map.groupBy(chosen, ({ suite, why }) => `${suite}: ${why}`);
  const parts = [...groups].map(
    ([why, group]) => `  ${why}\n    ${group.map(({ id }) => id).join(" ")}`,
  );
  return `\n${title}\n${parts.join("\n")}`;
}

function formatTable(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const cells = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  "),
  );
  return `\n${lines.join("\n")}`;
}
