/** What files are to the engine and to steps: stored blobs, and what a person handed over. */
import { codeOf } from "./errors.ts";

/** A stored blob: `name` is what a person sees, `path` where it lies. */
export interface StoredArtifact {
  readonly name: string;
  /** 64 hex characters. */
  readonly sha256: string;
  readonly bytes: number;
}

/** A blob is no longer on the disk as it was written. */
export class AlteredArtifact extends Error {}

/** Whether the blob was missing or altered: whoever can make it again may do so. */
export function isLostArtifact(error: unknown): boolean {
  return error instanceof AlteredArtifact || codeOf(error) === "ENOENT";
}

export interface PutOptions {
  /** The sha256 of a blob that these bytes begin with: only what follows is kept. Where they do not, all is. */
  readonly extend?: string;
}

export interface PutStreamOptions {
  /** Every byte is kept, also those of other blobs; default false. */
  readonly isCopied?: boolean;
}

/** Reading and writing blobs by sha256; a write is durable when the promise resolves. */
export interface ArtifactAccess {
  /** Stores bytes under their sha256 and holds on to none of them once it resolves. `name` is what a person sees: `verbale-AB123.pdf`. */
  put(name: string, bytes: Uint8Array, options?: PutOptions): Promise<StoredArtifact>;
  /** Stores a stream without holding it in memory. Pieces that `stream` gave out are not kept once more: they are those of the other blob. */
  putStream(
    name: string,
    chunks: AsyncIterable<Uint8Array>,
    options?: PutStreamOptions,
  ): Promise<StoredArtifact>;
  /** The bytes of a stored blob, a copy that is the caller's own; throws when it is missing or was altered. */
  read(sha256: string): Promise<Uint8Array>;
  /** The bytes in pieces, for archives and downloads, not to be written on; one that is all of it is the caller's own; throws before the first when the blob is missing or was altered. */
  stream(sha256: string): AsyncIterable<Uint8Array>;
}

/**
 * A file that a person handed over. It may be an archive of gigabytes: it stays on disk, and whoever reads it takes one part
 * at a time. Readable until the step that asked for it ends.
 */
export interface UploadedFile {
  /** As the person knows it: for messages only. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** The bytes from `start` up to, not including, `end`; fewer when the file ends before. */
  slice(start: number, end: number): Promise<Uint8Array>;
}

/** The answer to a step that asks for files. */
export interface FilesAnswer {
  readonly kind: "files";
  readonly files: readonly UploadedFile[];
  /**
   * Removes what was kept on disk for this answer only; the engine calls it when the step has ended with it, or when the drive
   * ends without that. Called twice it does no harm. Absent: nothing to remove.
   */
  readonly release?: () => Promise<void>;
}
