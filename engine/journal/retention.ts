/** What a journal gives up once nobody needs it: the texts of verbali that are over, the files of their runs, and the small change of long ago. */

/** Data and sentences without what names anybody. */
export interface Mask {
  maskData(data: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
  /** `data`: what the sentence is about, as it was. */
  maskNote(note: string, data: Readonly<Record<string, unknown>>): string;
}

/** What became of some verbali. */
export interface Redacted {
  readonly items: number;
  readonly effects: number;
  readonly records: number;
}

/** Hashes that rows name. */
export interface SortedBlobs {
  /** By rows that are masked, as proof alone. */
  readonly masked: ReadonlySet<string>;
  /** By others. */
  readonly needed: ReadonlySet<string>;
}

/** Input and archives of a run. */
export interface RunFiles {
  readonly seq: number;
  readonly run: string;
  readonly hashes: readonly string[];
}

/** How much of the past was deleted. */
export interface DroppedDetail {
  readonly runs: number;
  readonly attempts: number;
  readonly dues: number;
}

export interface Retention {
  /** Items of ended runs that never became a notification and are older than `before` (ISO 8601 UTC), by key, behind `after`. */
  listUnsent(
    ente: string,
    before: string,
    after: string,
    limit: number,
  ): Promise<readonly string[]>;
  /** Those of these keys that a run has which has not ended, or that wait, or are in doubt anywhere. */
  listOpenKeys(ente: string, keys: readonly string[]): Promise<ReadonlySet<string>>;
  /**
   * Masks all that the journal says of these keys: items, effects, versions of records of these kinds (by key or by subject), and
   * what was noted of tries. What is masked bears `purgedOn`, and is never due again. Numbers, states and hashes stay.
   */
  redact(
    ente: string,
    keys: readonly string[],
    how: { readonly kinds: readonly string[]; readonly mask: Mask; readonly day: string },
  ): Promise<Redacted>;
  /** Of ended runs of before of which every item is masked. */
  listRunFiles(ente: string, before: string): Promise<readonly RunFiles[]>;
  /** The run has them no longer. */
  dropRunFiles(run: string): Promise<void>;
  /** Deletes tries, due times and runs without items that are older. */
  dropDetail(ente: string, before: string): Promise<DroppedDetail>;
  /** Reads every row; input and archives of the runs `without`, by their seq, count as masked. */
  sortBlobs(without: ReadonlySet<number>): Promise<SortedBlobs>;
}
