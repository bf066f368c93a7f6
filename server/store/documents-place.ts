/** Where the documents of an installation lie: a folder of its own, one that hosts share, or a bucket. */
import { join } from "node:path";
import type { ArtifactStore } from "../../engine/host/artifacts.ts";
import { createSecrets } from "../../engine/host/secrets.ts";
import type { Logger } from "../../engine/host/logger.ts";
import { createRedactor, type Redactor } from "../../engine/host/redaction.ts";
import { RunBlocked } from "../../engine/host/errors.ts";
import type { BlobSeals } from "../../stores/seals/blobs.ts";
import { openArtifacts, readArtifacts } from "../../stores/blobs/store.ts";
import { openS3Artifacts, readS3Artifacts, type S3StoreOptions } from "../../stores/s3/store.ts";
import type { BucketPlace } from "../../stores/s3/place.ts";
import type { ArtifactsPlace, Config } from "../config.ts";
import { openSeals } from "./keys.ts";

/** The names of the secrets with which a bucket is opened. */
export const bucketSecrets = { key: "ARTIFACTS_S3_KEY", secret: "ARTIFACTS_S3_SECRET" } as const;

export type DocumentsConfig = Pick<
  Config,
  "artifacts" | "dataFolder" | "secretsFolder" | "environment" | "keyFile"
>;

interface Telling {
  readonly redactor?: Redactor;
  /** Told of tries that did not help. */
  readonly log?: Pick<Logger, "warn">;
}

/** Makes the folder, or asks the bucket. Throws RunBlocked `DATA_NOT_WRITABLE`, `DISK_FULL`, `MISSING_SECRET`, `ARTIFACTS_REFUSED`, `CLOCK_WRONG`, RetryLater `ARTIFACTS_AWAY`. */
export async function openDocuments(
  config: DocumentsConfig,
  telling: Telling = {},
): Promise<ArtifactStore> {
  const place = config.artifacts;
  const seals = (await openSeals(config))?.blobs ?? null;
  if (place.kind === "folder") return await openArtifacts(place.path, undefined, seals);
  assertUnsealed(seals);
  return await openS3Artifacts(
    await findBucket(config, place, telling),
    toOptions(config, telling),
  );
}

/** For who only reads: nothing is made or asked yet. Throws RunBlocked `MISSING_SECRET`. */
export async function readDocuments(
  config: DocumentsConfig,
  telling: Telling = {},
): Promise<ArtifactStore> {
  const place = config.artifacts;
  const seals = (await openSeals(config))?.blobs ?? null;
  if (place.kind === "folder") return readArtifacts(place.path, undefined, seals);
  assertUnsealed(seals);
  return readS3Artifacts(await findBucket(config, place, telling), toOptions(config, telling));
}

/** Objects of a bucket are not sealed here: nothing goes there in clear that should not. */
function assertUnsealed(seals: BlobSeals | null): void {
  if (seals?.isSealing !== true) return;
  throw new RunBlocked(
    "BAD_SETTING",
    "I dati sono cifrati, e POSTINO_ARTIFACTS è un bucket, nel quale Postino non cifra. Nulla è stato scritto.",
    {
      hint: "Tenere i documenti in una cartella, oppure togliere la cifratura con «postino key unseal» e attivare quella del bucket (SSE).",
    },
  );
}

/** The folder of this host in which files lie for a while, beside documents or not. */
export function locateHandFolder({ artifacts, dataFolder }: DocumentsConfig): string {
  return artifacts.kind === "folder" ? artifacts.path : join(dataFolder, "artifacts");
}

/** With its keys. Throws RunBlocked `MISSING_SECRET`. */
export async function findBucket(
  { secretsFolder, environment }: DocumentsConfig,
  place: Extract<ArtifactsPlace, { kind: "s3" }>,
  { redactor = createRedactor() }: Telling = {},
): Promise<BucketPlace> {
  const secrets = createSecrets({ environment, folders: [secretsFolder], redactor });
  const { kind: _, ...rest } = place;
  return {
    ...rest,
    accessKeyId: await secrets.get(bucketSecrets.key),
    secretAccessKey: await secrets.get(bucketSecrets.secret),
  };
}

function toOptions(config: DocumentsConfig, { log }: Telling): S3StoreOptions {
  return {
    folder: locateHandFolder(config),
    tell: (fault) => log?.warn("documents storage: tried again", { ...fault }),
  };
}
