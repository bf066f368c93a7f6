/** veraPDF as a tool: fetched from Maven Central once, run from a small Java source. */
import { existsSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";

const here = import.meta.dir;
const cache = join(here, "..", "..", "node_modules", ".cache", "verapdf-1.30.2");

/** What veraPDF says of one file. */
export interface PdfaVerdict {
  readonly path: string;
  readonly isCompliant: boolean;
  /** `6.2.11.4.1-1 The font …`; empty when compliant. */
  readonly faults: readonly string[];
}

/** The names of what is missing to run veraPDF; empty when it can run. */
export function listMissingTools(): string[] {
  const wanted = existsSync(cache) ? ["java"] : ["java", "mvn"];
  return wanted.filter((name) => Bun.which(name) === null);
}

/** Validates files against a profile (`2a`, `ua1`); throws when Java or Maven fail. */
export async function validatePdfA(
  profile: string,
  paths: readonly string[],
): Promise<PdfaVerdict[]> {
  await fetchOnce();
  const command = ["java", "-cp", join(cache, "*"), join(here, "PdfaCheck.java"), profile];
  const { exitCode, stdout, stderr } = Bun.spawnSync([...command, ...paths]);
  if (exitCode !== 0) throw new Error(`veraPDF: ${stderr.toString()}`);
  const lines = stdout.toString().split("\n");
  const verdicts = lines.filter((line) => /^(ok|ko)\t/.test(line)).map(parseVerdict);
  if (verdicts.length !== paths.length)
    throw new Error(`veraPDF judged ${verdicts.length} of ${paths.length} files`);
  return verdicts;
}

function parseVerdict(line: string): PdfaVerdict {
  const [verdict, path = "", ...faults] = line.split("\t");
  return { path, isCompliant: verdict === "ok", faults };
}

/** Fills a folder of another name first, so that a broken download is never taken for a whole one. */
async function fetchOnce(): Promise<void> {
  if (existsSync(cache)) return;
  const partial = `${cache}.part-${process.pid}`;
  await mkdir(partial, { recursive: true });
  const goal = "org.apache.maven.plugins:maven-dependency-plugin:copy-dependencies";
  const { exitCode, stdout } = Bun.spawnSync(
    ["mvn", "-q", "-B", "-ntp", "-f", join(here, "pom.xml"), goal, `-DoutputDirectory=${partial}`],
    { stderr: "inherit" },
  );
  if (exitCode !== 0) throw new Error(`veraPDF could not be fetched: ${stdout.toString()}`);
  await rename(partial, cache);
}
