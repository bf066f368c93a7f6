/** What the environment says about this installation: folders, secrets, live or not; read once, by the composition root. */
import { join, resolve } from "node:path";
import { RunBlocked } from "../engine/host/errors.ts";
import { type LogLevel, logLevels } from "../engine/host/logger.ts";
import { localAccess, type PublicAccess } from "./web/access.ts";
import type { Site } from "./web/site.ts";
import type { UploadLimits } from "./web/upload.ts";

/** Where the journal lies. */
export type StorePlace =
  | { readonly kind: "sqlite"; readonly path: string }
  | { readonly kind: "postgres"; readonly url: string };

/** Where documents lie; the keys of a bucket are secrets. */
export type ArtifactsPlace =
  | { readonly kind: "folder"; readonly path: string }
  | {
      readonly kind: "s3";
      readonly bucket: string;
      /** Empty, or with a `/` at its end. */
      readonly prefix: string;
      readonly endpoint?: string;
      readonly region: string;
      readonly isHosted: boolean;
    };

export interface Config {
  /** Journal, artifacts, inbox, outbox, simulator. `POSTINO_DATA`, default `./data`. */
  readonly dataFolder: string;
  /** `POSTINO_STORE`: `sqlite:FILE` or `postgres://…`; default the file `postino.sqlite` in the data folder. */
  readonly store: StorePlace;
  /** `POSTINO_ARTIFACTS`: a folder, or `s3://bucket/prefix?endpoint=…&region=…&style=path|host`; default `artifacts` in the data folder. */
  readonly artifacts: ArtifactsPlace;
  /** The master key of sealed data. `POSTINO_KEY_FILE`; `null`: the secret `DATA_KEY`. */
  readonly keyFile: string | null;
  /** Pipelines and `enti/`, as a person would type it in a message. `POSTINO_PIPELINES`, default `pipelines`. */
  readonly pipelinesFolder: string;
  /** Folders with steps of this installation's own. `POSTINO_STEPS`, separated by `:`. */
  readonly stepFolders: readonly string[];
  /** One file per secret. `POSTINO_SECRETS`, default `<data>/secrets`. */
  readonly secretsFolder: string;
  /** Who may come into the dashboard, and how. `POSTINO_ACCESS`, default `<data>/accessi.yaml`; it need not be there. */
  readonly accessFile: string;
  /** The mail server, and who is told of every ente. `POSTINO_ALERTS`, default `<data>/avvisi.yaml`; it need not be there. */
  readonly alertsFile: string;
  /** `POSTINO_LIVE=1`: real services are allowed for enti that say `live: true`. */
  readonly isLive: boolean;
  /** What one upload form may bring. `POSTINO_UPLOAD_MB` (millions of bytes), default 6000; `POSTINO_UPLOAD_FILES`, default 50000. */
  readonly uploadLimits: UploadLimits;
  /** Where browsers see the dashboard: `POSTINO_PUBLIC_URL`, several apart by spaces, and `POSTINO_PROXY_HOPS`, default 1 with an address. */
  readonly access: PublicAccess;
  /** What header and footer say: `POSTINO_OWNER`, `POSTINO_ACCESSIBILITY_URL`, `POSTINO_PRIVACY_URL`. */
  readonly site: Site;
  /** `POSTINO_LOG`: debug, info, warn, error; default by command. */
  readonly logLevel: LogLevel | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** `POSTINO_DATA`. */
export function locateDataFolder(environment: Config["environment"] = process.env): string {
  return resolve(environment["POSTINO_DATA"] ?? "data");
}

/** Reads the environment; relative paths are relative to the working folder. Throws RunBlocked `BAD_SETTING`. */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Config {
  const dataFolder = locateDataFolder(environment);
  return {
    dataFolder,
    store: parseStore(environment["POSTINO_STORE"], dataFolder),
    artifacts: parseArtifactsPlace(environment["POSTINO_ARTIFACTS"], dataFolder),
    keyFile: parsePath(environment["POSTINO_KEY_FILE"]),
    pipelinesFolder: environment["POSTINO_PIPELINES"] ?? "pipelines",
    stepFolders: (environment["POSTINO_STEPS"] ?? "")
      .split(process.platform === "win32" ? ";" : ":")
      .filter((folder) => folder !== ""),
    secretsFolder: resolve(environment["POSTINO_SECRETS"] ?? join(dataFolder, "secrets")),
    accessFile: resolve(environment["POSTINO_ACCESS"] ?? join(dataFolder, "accessi.yaml")),
    alertsFile: resolve(environment["POSTINO_ALERTS"] ?? join(dataFolder, "avvisi.yaml")),
    isLive: environment["POSTINO_LIVE"] === "1",
    uploadLimits: {
      bytes:
        parseWholeNumber("POSTINO_UPLOAD_MB", environment["POSTINO_UPLOAD_MB"], 6_000) * 1_000_000,
      files: parseWholeNumber("POSTINO_UPLOAD_FILES", environment["POSTINO_UPLOAD_FILES"], 50_000),
    },
    access: parseAccess(environment),
    site: {
      owner: (environment["POSTINO_OWNER"] ?? "").trim() || null,
      accessibilityUrl: parseLink(
        "POSTINO_ACCESSIBILITY_URL",
        environment["POSTINO_ACCESSIBILITY_URL"],
      ),
      privacyUrl: parseLink("POSTINO_PRIVACY_URL", environment["POSTINO_PRIVACY_URL"]),
    },
    logLevel: parseLogLevel(environment["POSTINO_LOG"]),
    environment,
  };
}

function parsePath(text: string | undefined): string | null {
  const given = (text ?? "").trim();
  return given === "" ? null : resolve(given);
}

const badSetting =
  "Correggerlo nel file .env o nell'ambiente, oppure toglierlo: vale allora il valore predefinito.";

/** Throws RunBlocked `BAD_SETTING`, which shows no password. */
export function parseStore(text: string | undefined, dataFolder: string): StorePlace {
  const given = (text ?? "").trim();
  if (given === "") return { kind: "sqlite", path: join(dataFolder, "postino.sqlite") };
  const file = /^sqlite:(?:\/\/)?(.+)$/.exec(given)?.[1];
  if (file !== undefined) return { kind: "sqlite", path: resolve(file) };
  const isUrl = /^postgres(ql)?:\/\//.test(given) && URL.canParse(given);
  if (isUrl && new URL(given).pathname.length > 1) return { kind: "postgres", url: given };
  throw new RunBlocked(
    "BAD_SETTING",
    "POSTINO_STORE vuole sqlite:FILE oppure postgres://utente:password@server:5432/database.",
    { hint: badSetting },
  );
}

/** Throws RunBlocked `BAD_SETTING`. */
export function parseArtifactsPlace(text: string | undefined, dataFolder: string): ArtifactsPlace {
  const given = (text ?? "").trim();
  if (given === "") return { kind: "folder", path: join(dataFolder, "artifacts") };
  if (!given.startsWith("s3:")) {
    const path = given.replace(/^file:(?:\/\/(?=\/))?/, "");
    if (path !== "" && !/^[a-z][a-z0-9+.-]+:/i.test(path))
      return { kind: "folder", path: resolve(path) };
  }
  const place = parseBucket(given);
  if (place !== null) return place;
  throw new RunBlocked(
    "BAD_SETTING",
    "POSTINO_ARTIFACTS vuole una cartella, oppure s3://bucket/prefisso?endpoint=https://s3.esempio.it&region=eu-south-1. Le chiavi stanno nei segreti, non qui.",
    { hint: badSetting },
  );
}

function parseBucket(given: string): ArtifactsPlace | null {
  if (!given.startsWith("s3://") || !URL.canParse(given)) return null;
  const url = new URL(given);
  const isPlain = url.username === "" && url.password === "" && url.port === "" && url.hash === "";
  const bucket = url.hostname;
  const known = ["endpoint", "region", "style"];
  const style = url.searchParams.get("style") ?? "path";
  const endpoint = url.searchParams.get("endpoint");
  const isUsable =
    isPlain &&
    // AWS's rules for names; a longer one, or one in capitals, is none anywhere.
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket) &&
    [...url.searchParams.keys()].every((key) => known.includes(key)) &&
    ["path", "host"].includes(style) &&
    (endpoint === null || (URL.canParse(endpoint) && /^https?:$/.test(new URL(endpoint).protocol)));
  if (!isUsable) return null;
  const prefix = decodeURIComponent(url.pathname).replace(/^\/+|\/+$/g, "");
  return {
    kind: "s3",
    bucket,
    prefix: prefix === "" ? "" : `${prefix}/`,
    ...(endpoint === null ? {} : { endpoint: endpoint.replace(/\/+$/, "") }),
    region: url.searchParams.get("region") ?? "us-east-1",
    isHosted: style === "host",
  };
}

function parseLogLevel(text: string | undefined): LogLevel | undefined {
  const given = (text ?? "").trim();
  if (given === "") return undefined;
  const level = logLevels.find((one) => one === given);
  if (level !== undefined) return level;
  throw new RunBlocked(
    "BAD_SETTING",
    `POSTINO_LOG vuole ${logLevels.join(", ")}, non «${given}».`,
    { hint: badSetting },
  );
}

function parseAccess(environment: Config["environment"]): PublicAccess {
  const given = (environment["POSTINO_PUBLIC_URL"] ?? "")
    .split(/[\s,]+/)
    .filter((url) => url !== "");
  const hops = (environment["POSTINO_PROXY_HOPS"] ?? "").trim();
  if (given.length === 0 && hops === "") return localAccess;
  if (hops !== "" && !/^\d$/.test(hops))
    throw new RunBlocked(
      "BAD_SETTING",
      `POSTINO_PROXY_HOPS vuole quanti proxy stanno davanti al pannello, da 0 a 9, non «${hops}».`,
      { hint: badSetting },
    );
  return { origins: given.map(parseOrigin), proxyHops: hops === "" ? 1 : Number(hops) };
}

/** `https://postino.comune.example/` as browsers write an origin. */
function parseOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isOrigin = url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
  if (isOrigin) return url.origin;
  throw new RunBlocked(
    "BAD_SETTING",
    `POSTINO_PUBLIC_URL vuole indirizzi come https://postino.comune.example, senza percorso, non «${text}».`,
    { hint: badSetting },
  );
}

/** The address of a page elsewhere; `null`: not set. */
function parseLink(name: string, text: string | undefined): string | null {
  const given = (text ?? "").trim();
  if (given === "") return null;
  if (URL.canParse(given) && /^https?:$/.test(new URL(given).protocol)) return given;
  throw new RunBlocked(
    "BAD_SETTING",
    `${name} vuole l'indirizzo di una pagina, che comincia con https://, non «${given}».`,
    { hint: badSetting },
  );
}

function parseWholeNumber(name: string, text: string | undefined, otherwise: number): number {
  const given = (text ?? "").trim();
  if (given === "") return otherwise;
  if (/^[1-9]\d{0,8}$/.test(given)) return Number(given);
  throw new RunBlocked(
    "BAD_SETTING",
    `${name} vuole un numero intero da 1 in su, non «${given}».`,
    { hint: badSetting },
  );
}
