/** What the sources may ask of the file system: rows of a flusso, and the inbox of the ente. */

/** One fault of the file: shown with its place and remedy. */
export interface RowFault {
  /** 1-based line in the file; 0 when the fault is of the whole file. */
  readonly line: number;
  /** 1-based column number of the field; 0 when the fault is of the row. */
  readonly column: number;
  /** Header of the column, or `null`. */
  readonly header: string | null;
  readonly code: string;
  /** Italian, no personal data. */
  readonly message: string;
  readonly remedy: string;
}

export type FlussoRow =
  | { readonly line: number; readonly key: string; readonly verbale: unknown }
  /** `key` is the verbale's number where it could be read, else `riga 17`. */
  | { readonly line: number; readonly key: string; readonly faults: readonly RowFault[] };

export interface FlussoFile {
  /** Name for messages. */
  readonly name: string;
  /** A fresh stream of the bytes at each call. */
  open(): AsyncIterable<Uint8Array>;
}

/** Reading flussi for one ente, by the mapping of its file. Memory does not grow with the file. */
export interface FlussoPort {
  /** Every fault of the file, up to `limit`; reads it whole, keeps none of it. Faults of the file itself (encoding, columns, no rows) come alone. */
  inspect(file: FlussoFile, limit: number): Promise<readonly RowFault[]>;
  /** The rows in file order; throws PipelineError on a fault of the whole file. */
  rows(file: FlussoFile): AsyncIterable<FlussoRow>;
  /** The oldest file of the inbox that fits the pattern, or `null`. `inbox` is a folder name below data/inbox. */
  oldest(inbox: string, pattern: string): Promise<(FlussoFile & { readonly path: string }) | null>;
  /** Moves a file that was taken out of the inbox: `data/inbox/<ente>/archivio/<runId>-<name>`. */
  archive(path: string, runId: string): Promise<void>;
}
