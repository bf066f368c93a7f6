/** Figures of this checkout beside those of another commit, in turn and in one run: `bun bench/ratios.ts [COMMIT] [BENCH…]`; appends them to bench/history.jsonl. */
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { tellWords } from "./figure.ts";

interface Figure {
  readonly figure: string;
  readonly value: number;
  readonly unit: string;
}

const here = resolve(import.meta.dir, "..");
const [commit = "HEAD~1", ...named] = process.argv.slice(2);
const benches = named.length > 0 ? named : ["engine", "cost"];

const place = join(mkdtempSync(join(tmpdir(), "postino-ratios-")), "before");
runGit(["worktree", "add", "--detach", place, commit]);
try {
  symlinkSync(realpathSync(join(here, "node_modules")), join(place, "node_modules"));
  for (const bench of benches) {
    // A program is measured from outside by the newer of the two benchmarks; what is measured from inside by its own.
    const isOutside = bench === "cost";
    const before = isOutside ? runBench(here, bench, place) : runBench(place, bench);
    const now = runBench(here, bench, ...(isOutside ? [here] : []));
    keepFigures(place, before);
    keepFigures(here, now);
    for (const { figure, value, unit } of now) {
      const old = before.find((one) => one.figure === figure);
      const ratio = old === undefined ? "new" : `${(value / old.value).toFixed(2)} x`;
      process.stdout.write(
        `${figure.padEnd(26)} ${old?.value ?? "-"} -> ${value} ${unit}  ${ratio}\n`,
      );
    }
  }
} finally {
  runGit(["worktree", "remove", "--force", place]);
  rmSync(join(place, ".."), { recursive: true, force: true });
}

function runBench(
  program: string,
  bench: string,
  ...folders: readonly string[]
): readonly Figure[] {
  const path = join(program, "bench", `${bench}.ts`);
  if (!existsSync(path)) return [];
  const size = process.env["POSTINO_BENCH_SIZE"] ?? (bench === "cost" ? "1000" : "100000");
  const ran = Bun.spawnSync([process.execPath, path, size, ...folders], { stderr: "inherit" });
  if (ran.exitCode !== 0) throw new Error(`${path} ended with ${ran.exitCode}`);
  const lines = ran.stdout.toString().split("\n");
  const figures = lines
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Figure);
  if (figures.length === 0) tellWords(`${path} tells no figure that a script reads`);
  return figures;
}

/** A line for each: which commit, when, on which machine, and how busy it was. */
function keepFigures(program: string, figures: readonly Figure[]): void {
  const about = {
    commit: runGit(["rev-parse", "--short=10", "HEAD"], program),
    at: new Date().toISOString(),
    machine: `${availableParallelism()} x ${cpus()[0]?.model ?? "?"}`,
    bun: Bun.version,
    load: Number((loadavg()[0] ?? 0).toFixed(1)),
  };
  for (const { figure, value, unit } of figures)
    appendFileSync(
      join(here, "bench", "history.jsonl"),
      `${JSON.stringify({ figure, value, unit, ...about })}\n`,
    );
}

function runGit(args: readonly string[], cwd = here): string {
  const ran = Bun.spawnSync(["git", ...args], { cwd, stderr: "pipe" });
  if (ran.exitCode !== 0) throw new Error(`git ${args.join(" ")}: ${ran.stderr.toString()}`);
  return ran.stdout.toString().trim();
}
