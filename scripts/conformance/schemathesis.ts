/** schemathesis: asks the API everything that its description allows, and what it does not; put into a virtual environment once. */
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

const version = "4.32.5";
const here = import.meta.dir;
const environment = join(here, "..", "..", "node_modules", ".cache", `schemathesis-${version}`);
const complete = join(environment, "complete");

/** What is missing to run it; empty when it can run. */
export function listMissingForSchemathesis(): readonly string[] {
  if (existsSync(complete)) return [];
  if (Bun.which("python3") === null) return ["python3"];
  const { exitCode } = Bun.spawnSync(["python3", "-c", "import venv, ensurepip"]);
  return exitCode === 0 ? [] : ["python3-venv"];
}

/** Its program, installed where it is not. Throws when it cannot be installed. */
export async function installSchemathesis(): Promise<string> {
  const program = join(environment, "bin", "schemathesis");
  if (existsSync(complete)) return program;
  await rm(environment, { recursive: true, force: true });
  const python = join(environment, "bin", "python");
  for (const command of [
    ["python3", "-m", "venv", environment],
    [python, "-m", "pip", "install", "--quiet", "--no-input", `schemathesis==${version}`],
  ]) {
    const { exitCode, stderr } = Bun.spawnSync(command);
    if (exitCode !== 0)
      throw new Error(`schemathesis could not be installed: ${stderr.toString()}`);
  }
  await writeFile(complete, "");
  return program;
}

/** How it is called against a server at `url`. */
export function buildSchemathesisCommand(program: string, url: string): readonly string[] {
  // A stream without an end, and a service that asks for a key of an ente.
  const others = ["/events", "/prezzo/{paTaxId}/{noticeCode}"];
  const settings = join(here, "schemathesis.toml");
  return [
    program,
    "--config-file",
    settings,
    "run",
    `${url}/api/openapi.json`,
    "--url",
    url,
    "-H",
    "X-Postino-Command: prova",
    "--max-examples",
    "5",
    "--warnings",
    "off",
    ...others.flatMap((path) => ["--exclude-path", path]),
  ];
}
