/** pyHanko as a second opinion on signatures and as a signer of its own: put into a virtual environment once, run from a small Python source. */
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Sample } from "./samples.ts";
import { keysFolder } from "./keys.ts";
import type { JudgeVerdict } from "./verdict.ts";

const version = "0.38.0";
const here = import.meta.dir;
const environment = join(here, "..", "..", "node_modules", ".cache", `pyhanko-${version}`);
const complete = join(environment, "complete");
const python = join(environment, "bin", "python");

/** What is missing to run pyHanko; empty when it can run. */
export function listMissingForPyhanko(): readonly string[] {
  if (existsSync(complete)) return [];
  if (Bun.which("python3") === null) return ["python3"];
  const { exitCode } = Bun.spawnSync(["python3", "-c", "import venv, ensurepip"]);
  return exitCode === 0 ? [] : ["python3-venv"];
}

/** Judges all files in one process; throws when it cannot be installed or dies. */
export async function judgeWithPyhanko(
  samples: readonly Sample[],
): Promise<readonly JudgeVerdict[]> {
  await installOnce();
  const command = [python, join(here, "pades_check.py"), join(keysFolder, "ca.crt")];
  const child = Bun.spawn([...command, ...samples.map(({ path }) => path)], {
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, error] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if ((await child.exited) !== 0) throw new Error(`pyHanko: ${error}`);
  const faults = new Map<string, readonly string[]>();
  for (const line of out.split("\n")) {
    const [path = "", ...told] = line.split("\t");
    faults.set(path, told);
  }
  return samples.map((sample) => ({ sample, faults: faults.get(sample.path) ?? ["not judged"] }));
}

/** Signs the files as a person's own program would, with the demo's keys; each in its place. Throws when it cannot. */
export async function signWithPyhanko(
  paths: readonly string[],
  { password, level }: { readonly password: string; readonly level: "B-B" | "B-T" },
): Promise<void> {
  await installOnce();
  const command = [python, join(here, "pades_sign.py"), keysFolder, password, level, ...paths];
  const child = Bun.spawn(command, { stdout: "ignore", stderr: "pipe" });
  const error = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) throw new Error(`pyHanko: ${error}`);
}

/** An environment without its mark is half made and made again. */
async function installOnce(): Promise<void> {
  if (existsSync(complete)) return;
  await rm(environment, { recursive: true, force: true });
  const steps = [
    ["python3", "-m", "venv", environment],
    [python, "-m", "pip", "install", "--quiet", "--no-input", `pyHanko==${version}`],
  ];
  for (const command of steps) {
    const { exitCode, stderr } = Bun.spawnSync(command);
    if (exitCode !== 0) throw new Error(`pyHanko could not be installed: ${stderr.toString()}`);
  }
  await writeFile(complete, "");
}
