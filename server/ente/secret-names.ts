/** Which secrets the enti name, where each is, and who may read it; values are never read. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { allowMissing } from "../../engine/host/errors.ts";
import type { Config } from "../config.ts";
import { openInstalledFiles } from "../installed-files.ts";
import { locateProgramFolder } from "../program.ts";
import { listSecretNames } from "./doctor-demands.ts";

/** A name that may be that of a secret: it becomes a file and a variable. */
export const secretName = /^[A-Z][A-Z0-9_]{0,99}$/;

export interface SecretState {
  readonly name: string;
  /** The enti that name it, sorted; empty: it lies there and nobody names it. */
  readonly enti: readonly string[];
  /** `demo`: one of the demonstration, which only simulators take. */
  readonly where: "environment" | "file" | "demo" | "missing";
  /** The file may be read by others than its owner. */
  readonly isOpen: boolean;
}

type Places = Pick<Config, "pipelinesFolder" | "secretsFolder" | "environment">;

/** All that are named or lie in the folder, by name. */
export async function listSecretStates(config: Places): Promise<readonly SecretState[]> {
  const named = new Map<string, { enti: string[]; mayBeDemo: boolean }>();
  const files = openInstalledFiles(config);
  for (const codice of await files.listEnti()) {
    const { settings } = await files.readEnte(codice);
    for (const name of listSecretNames(settings)) {
      const known = named.get(name) ?? { enti: [], mayBeDemo: true };
      known.enti.push(codice);
      known.mayBeDemo &&= settings?.["live"] !== true;
      named.set(name, known);
    }
  }
  const there = (await allowMissing(readdir(config.secretsFolder))) ?? [];
  for (const name of there)
    if (secretName.test(name) && !named.has(name)) named.set(name, { enti: [], mayBeDemo: false });
  const states: SecretState[] = [];
  for (const [name, { enti, mayBeDemo }] of [...named].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    states.push({ name, enti, ...(await locateSecret(name, config, mayBeDemo)) });
  return states;
}

/** In the order in which a run looks for it. */
async function locateSecret(
  name: string,
  { environment, secretsFolder }: Places,
  mayBeDemo: boolean,
): Promise<Pick<SecretState, "where" | "isOpen">> {
  if ((environment[name] ?? "") !== "") return { where: "environment", isOpen: false };
  const file = await allowMissing(stat(join(secretsFolder, name)));
  // Windows keeps its permissions elsewhere.
  const isOpen = file !== null && process.platform !== "win32" && (file.mode & 0o077) !== 0;
  if (file !== null) return { where: "file", isOpen };
  const demo = join(locateProgramFolder(), "data", "demo", "secrets", name);
  const isDemo = mayBeDemo && (await allowMissing(stat(demo))) !== null;
  return { where: isDemo ? "demo" : "missing", isOpen: false };
}
