/** A bucket by its name and keys, and a try on it that did not help. */

/** Where the objects lie, and by which keys. */
export interface BucketPlace {
  readonly bucket: string;
  /** Before each name; empty, or with a `/` at its end. */
  readonly prefix: string;
  /** Absent: AWS's own of the region. */
  readonly endpoint?: string;
  readonly region: string;
  /** The bucket is part of the host name; default: the first part of the path. */
  readonly isHosted?: boolean;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A try that may be made again. */
export interface Again {
  readonly kind: "again";
  readonly code: string;
  readonly afterMs?: number;
  readonly cause?: unknown;
}
