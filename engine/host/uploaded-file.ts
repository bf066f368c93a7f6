/** Files that a person handed over, as steps see them; part of the step contract. */

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
