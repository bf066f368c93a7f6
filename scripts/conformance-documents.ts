/** `bun run conformance:documents [--quick] [FILE…]`: every model, unsigned and signed in every mode, before the outside judges; or veraPDF and qpdf over the PDFs given. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { judges, type Judge } from "./conformance/judges.ts";
import { pickSamplesToSign, writeSamples, type Sample } from "./conformance/samples.ts";
import { writeSigned } from "./conformance/signed.ts";
import { formatSum } from "./test-report.ts";
import type { JudgeVerdict } from "./conformance/verdict.ts";

/** What one judge said of all that it judges; `missing`: why it said nothing. */
interface Column {
  readonly judge: Judge;
  readonly missing: readonly string[];
  readonly samples: readonly Sample[];
  readonly verdicts: readonly JudgeVerdict[];
}

async function collectSamples(folder: string, args: readonly string[]): Promise<readonly Sample[]> {
  const given = args.filter((arg) => !arg.startsWith("--"));
  if (given.length > 0)
    return await Promise.all(
      given.map(async (path) => ({
        group: "unsigned",
        name: basename(path),
        path,
        bytes: new Uint8Array(await readFile(path)),
        qr: [],
        matrix: [],
      })),
    );
  const options = { isQuick: args.includes("--quick") };
  const unsigned = await writeSamples(folder, options);
  return [...unsigned, ...(await writeSigned(folder, pickSamplesToSign(unsigned, options)))];
}

async function judgeColumn(judge: Judge, all: readonly Sample[]): Promise<Column> {
  const samples = all.filter((sample) => judge.canJudge(sample));
  const missing = judge.listMissing();
  const isIdle = missing.length > 0 || samples.length === 0;
  return { judge, missing, samples, verdicts: isIdle ? [] : await judge.judge(samples) };
}

/** One row a group, one column a judge: files that passed of files judged. */
function printTable(samples: readonly Sample[], columns: readonly Column[]): void {
  const groups = [...new Set(samples.map(({ group }) => group))];
  const rows = [["", ...columns.map(({ judge }) => judge.name)]];
  for (const group of groups) {
    const cells = columns.map(({ missing, samples: own, verdicts }) => {
      const judged = own.filter((sample) => sample.group === group).length;
      if (judged === 0) return "";
      if (missing.length > 0) return "missing";
      const good = verdicts.filter((one) => one.sample.group === group && one.faults.length === 0);
      return `${good.length}/${judged}`;
    });
    rows.push([group, ...cells]);
  }
  const width = Math.max(...rows.map(([first = ""]) => first.length));
  for (const [first = "", ...cells] of rows)
    console.log(`${first.padEnd(width)}${cells.map((cell) => cell.padStart(10)).join("")}`);
}

async function main(args: readonly string[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "postino-conformance-"));
  try {
    const samples = await collectSamples(folder, args);
    const columns: Column[] = [];
    // One judge after the other: each uses all cores by itself.
    for (const judge of judges) columns.push(await judgeColumn(judge, samples));
    printTable(samples, columns);
    const counts = { passed: 0, failed: 0, skipped: 0 };
    for (const { judge, missing, samples: own, verdicts } of columns) {
      if (missing.length > 0) {
        counts.skipped += own.length;
        console.log(`${judge.name}: skipped, not installed: ${missing.join(", ")}`);
      }
      for (const { sample, faults } of verdicts) {
        if (faults.length === 0) counts.passed += 1;
        else counts.failed += 1;
        for (const fault of faults) console.log(`${judge.name}: ${sample.name}: ${fault}`);
      }
    }
    console.log(formatSum(counts));
    return counts.failed === 0 && counts.passed > 0 ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true });
  }
}

process.exitCode = await main(process.argv.slice(2));
