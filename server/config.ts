/** What the environment says about this installation: folders, secrets, live or not; read once, by the composition root. */
import { join, resolve } from "node:path";

export interface Config {
  /** Journal, artifacts, inbox, outbox, simulator. `POSTINO_DATA`, default `./data`. */
  readonly dataFolder: string;
  /** Pipelines and `enti/`, as a person would type it in a message. `POSTINO_PIPELINES`, default `pipelines`. */
  readonly pipelinesFolder: string;
  /** Folders with steps of this installation's own. `POSTINO_STEPS`, separated by `:`. */
  readonly stepFolders: readonly string[];
  /** One file per secret. `POSTINO_SECRETS`, default `<data>/secrets`. */
  readonly secretsFolder: string;
  /** `POSTINO_LIVE=1`: real services are allowed for enti that say `live: true`. */
  readonly isLive: boolean;
  /** `POSTINO_LOG`: debug, info, warn, error; default by command. */
  readonly logLevel: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The folder that the program's own files lie in: steps, data/demo, data/reference. */
export const programFolder = resolve(import.meta.dir, "..");

/** Reads the environment; relative paths are relative to the working folder. */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Config {
  const dataFolder = resolve(environment["POSTINO_DATA"] ?? "data");
  return {
    dataFolder,
    pipelinesFolder: environment["POSTINO_PIPELINES"] ?? "pipelines",
    stepFolders: (environment["POSTINO_STEPS"] ?? "")
      .split(process.platform === "win32" ? ";" : ":")
      .filter((folder) => folder !== ""),
    secretsFolder: resolve(environment["POSTINO_SECRETS"] ?? join(dataFolder, "secrets")),
    isLive: environment["POSTINO_LIVE"] === "1",
    logLevel: environment["POSTINO_LOG"],
    environment,
  };
}
