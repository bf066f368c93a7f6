/** Secrets by name: from the environment, or from a file of that name in the secrets folder; values go to the redactor at once. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, RunBlocked } from "./errors.ts";
import type { Redactor } from "./redaction.ts";

export interface Secrets {
  /** The value; throws RunBlocked (`MISSING_SECRET`) that names the secret, never a value. */
  get(name: string): Promise<string>;
  /** Whether the secret is there, without reading it out. */
  has(name: string): Promise<boolean>;
}

export interface SecretsOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Folders with one file per secret, in order of precedence; a file's last line break is dropped. */
  readonly folders: readonly string[];
  readonly redactor: Redactor;
}

/** Reads secrets when they are asked for, never ahead of time. */
export function createSecrets(options: SecretsOptions): Secrets {
  async function findSecret(name: string): Promise<string | null> {
    const fromEnvironment = options.environment[name];
    if (fromEnvironment !== undefined && fromEnvironment !== "") return fromEnvironment;
    for (const folder of options.folders) {
      const value = await readSecret(join(folder, name), name);
      if (value !== null) return value;
    }
    return null;
  }

  return {
    async get(name) {
      const value = await findSecret(name);
      if (value === null)
        throw new RunBlocked("MISSING_SECRET", `Manca il segreto ${name}.`, {
          hint: `Impostare la variabile d'ambiente ${name}, oppure creare il file ${name} nella cartella dei segreti.`,
        });
      options.redactor.add(value);
      return value;
    },
    async has(name) {
      return (await findSecret(name)) !== null;
    },
  };
}

async function readSecret(path: string, name: string): Promise<string | null> {
  try {
    return (await readFile(path, "utf8")).replace(/\r?\n$/, "");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw new RunBlocked("MISSING_SECRET", `Il segreto ${name} non si può leggere.`, {
      hint: "Controllare i permessi del file nella cartella dei segreti.",
      cause: error,
    });
  }
}
