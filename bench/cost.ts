/** What a verbale costs: processor, syncs, bytes and files kept; `bun bench/cost.ts 1000 [PROGRAM…]` with the folders of checkouts runs them in turn; `--sealed` measures sealed data too. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { RunDocument } from "../test/support/run-document.ts";
import {
  makeInstallationWorld,
  type InstallationWorld,
} from "../test/support/installation-world.ts";
import { verbaliLines } from "../test/support/verbali.ts";
import { tellFigure, tellWords } from "./figure.ts";

const isSealed = process.argv.includes("--sealed");
const [countText = "1000", ...folders] = process.argv
  .slice(2)
  .filter((word) => word !== "--sealed");
const count = Number(countText);
const programs =
  folders.length === 0 ? [resolve(import.meta.dir, "..")] : folders.map((one) => resolve(one));

for (const program of programs) {
  await measureProcessor(program, false);
  if (isSealed) await measureProcessor(program, true);
  await measureSyncs(program);
}

/** The processor time of the process itself; simulators are in this one. */
async function measureProcessor(program: string, sealed: boolean): Promise<void> {
  const world = await makeInstallationWorld({ keepsFiles: false });
  const of = sealed ? { program, data: "sealed" } : { program };
  try {
    if (sealed) await sealData(world);
    const cpu = await runPipeline(world, program, []);
    tellFigure("cost.cpu", cpu.ms / count, "ms/verbale", of);
    tellFigure("cost.memory", cpu.memory / 2 ** 20, "MB", of);
    const kept = measureKept(join(world.dataFolder, "artifacts"));
    const journal = statSync(join(world.dataFolder, "postino.sqlite")).size;
    tellFigure("cost.kept", kept.bytes / count / 1_000, "kB/verbale", of);
    tellFigure("cost.inodes", kept.files / count, "files/verbale", of);
    tellFigure("cost.journal", journal / count / 1_000, "kB/verbale", of);
  } finally {
    await world.close();
  }
}

/** The key as a secret: the runs that are measured need no other setting. */
async function sealData(world: InstallationWorld): Promise<void> {
  const key = join(world.folder, "chiave");
  await world.postino(["key", "create", key]);
  mkdirSync(join(world.dataFolder, "secrets"), { recursive: true, mode: 0o700 });
  copyFileSync(key, join(world.dataFolder, "secrets", "DATA_KEY"));
}

/** Counted by strace, which makes the run slow: a run of its own. */
async function measureSyncs(program: string): Promise<void> {
  if (Bun.which("strace") === null) {
    tellWords("no strace: the syncs are not counted");
    return;
  }
  const world = await makeInstallationWorld({ keepsFiles: false });
  try {
    const file = join(world.folder, "strace.txt");
    const strace = [
      "strace",
      "-f",
      "-c",
      "-U",
      "calls,name",
      "-e",
      "trace=fsync,fdatasync",
      "-o",
      file,
    ];
    await runPipeline(world, program, strace);
    let syncs = 0;
    for (const [, calls] of readFileSync(file, "utf8").matchAll(/^\s*(\d+) f(?:data)?sync$/gm))
      syncs += Number(calls);
    tellFigure("cost.syncs", syncs / count, "fsync/verbale", { program });
  } finally {
    await world.close();
  }
}

async function runPipeline(
  world: InstallationWorld,
  program: string,
  prefix: readonly string[],
): Promise<{ readonly ms: number; readonly memory: number }> {
  const input = world.file("flusso.jsonl", verbaliLines(count, world.freshDay));
  const args = ["run", "send", "--ente", "prova", "--input", input, "--json", "--wait", "10m"];
  const child = Bun.spawn(
    [...prefix, process.execPath, join(program, "server", "main.ts"), ...args],
    {
      cwd: world.folder,
      env: {
        PATH: process.env["PATH"],
        HOME: process.env["HOME"],
        POSTINO_DATA: world.dataFolder,
        POSTINO_PIPELINES: "pipelines",
        PROVA_SEND_KEY: "chiave-di-prova",
        PROVA_GPD_KEY: "chiave-gpd",
        PROVA_CSC_SECRET: "segreto-csc",
        DEMO_KEY_PASSWORD: "dimostrazione",
      },
      stdout: "pipe",
      stderr: "pipe",
    },
  );
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  await child.exited;
  if (stdout === "") throw new Error(`no document: ${stderr}`);
  const { run } = JSON.parse(stdout) as RunDocument;
  if (child.exitCode !== 0 || run.counts.done !== count)
    throw new Error(`exit ${child.exitCode}: ${JSON.stringify(run)}`);
  const usage = child.resourceUsage();
  return { ms: Number(usage?.cpuTime.total ?? 0) / 1_000, memory: usage?.maxRSS ?? 0 };
}

function measureKept(folder: string): { readonly bytes: number; readonly files: number } {
  let bytes = 0;
  let files = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    files += 1;
    bytes += statSync(join(entry.parentPath, entry.name)).size;
  }
  return { bytes, files };
}
