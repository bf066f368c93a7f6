/** What the house asks of who keeps its blobs: stores/blobs in a folder, stores/s3 in a bucket. */
import type { ArtifactAccess } from "./files.ts";

/** `put` and `putStream` throw RunBlocked `DISK_FULL` or `DATA_NOT_WRITABLE` when the disk refuses; nothing half written is left. What lies behind a network may throw RetryLater `ARTIFACTS_AWAY` and RunBlocked `ARTIFACTS_REFUSED` at each question. */
export interface ArtifactStore extends ArtifactAccess {
  has(sha256: string): Promise<boolean>;
  /** Size in bytes of a stored blob, or `null` when it is not there. */
  measure(sha256: string): Promise<number | null>;
  /** The bytes from `from` up to, not including, `to`, as they lie on the disk: for who has asked `isWhole` before. */
  slice(sha256: string, from: number, to: number): AsyncIterable<Uint8Array>;
  /** Whether the bytes are those of the name; known without reading them again as long as nothing on the disk has changed. */
  isWhole(sha256: string): Promise<boolean>;
  /** The path of a file with the bytes of the blob, made when there is none (`sweepTemporary` removes it); `null`: missing or altered. */
  layOut(sha256: string): Promise<string | null>;
  /** Takes the unwanted for good, save what a needed one is put together from; what went, with its size. */
  erase(
    unwanted: ReadonlySet<string>,
    needed: ReadonlySet<string>,
  ): Promise<readonly { readonly sha256: string; readonly bytes: number }[]>;
  /** Every blob that is there, perhaps twice, and when it was written, or later (milliseconds since the epoch). */
  list(): AsyncIterable<{ readonly sha256: string; readonly writtenMs: number }>;
  /** Where files lie that nobody keeps: what is left there is swept at the next start. */
  readonly temporaryFolder: string;
  /** What was put stays; the next start is quicker. */
  close(): Promise<void>;
}
