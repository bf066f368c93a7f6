/** Records: what steps keep about a subject across runs, one of each kind and key, with every version that it ever had. */

/** What a step would have kept. */
export interface RecordDraft {
  readonly kind: string;
  readonly key: string;
  /** What else the record is found by: a verbale's number, an IUN. */
  readonly subject?: string;
  /** When somebody should look at it again, ISO 8601 UTC; `null` and by default: never. */
  readonly dueAt?: string | null;
  /** A line by parts of which people look for it, folded by whoever keeps it; default empty. */
  readonly words?: string;
  /** Kept only where the newest version has this number, or where there is none (`null`); absent: in any case. */
  readonly follows?: number | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A version of a record; the newest, unless it was asked for by its number. */
export interface StoredRecord extends Required<Omit<RecordDraft, "words" | "follows">> {
  /** 1 and upwards, of this record. */
  readonly version: number;
  /** Grows over all records of the journal, in the order in which they became durable; never given twice. */
  readonly number: number;
  /** Since when this version is the record, ISO 8601 UTC. */
  readonly at: string;
}

export interface RecordFilter {
  /** Only keys behind this one. */
  readonly afterKey?: string;
  readonly subject?: string;
  /** Texts that its line of words holds, each of them somewhere. */
  readonly words?: readonly string[];
  /** Due at this instant or before it. */
  readonly dueBy?: string;
  /** With `dueBy`: only what stands behind this one in that order. */
  readonly afterDue?: Pick<StoredRecord, "key"> & { readonly dueAt: string };
  readonly limit: number;
}

/** Reads; safe beside a writer in another process. */
export interface RecordReader {
  /** The newest versions, by key; keys that have none are left out. */
  readRecords(
    ente: string,
    kind: string,
    keys: readonly string[],
  ): Promise<ReadonlyMap<string, StoredRecord>>;
  /** The newest version of each that fits, by key; those that are asked for by `dueBy`, the longest due first. */
  listRecords(ente: string, kind: string, filter: RecordFilter): Promise<readonly StoredRecord[]>;
  /** How many records of the kind there are of each subject; `words` as in a filter. */
  countRecords(
    ente: string,
    kind: string,
    words?: readonly string[],
  ): Promise<ReadonlyMap<string, number>>;
  /** Every version of one record, oldest first. */
  listRecordVersions(ente: string, kind: string, key: string): Promise<readonly StoredRecord[]>;
  /** Versions of these kinds with a number above `after`, in order; `subject` and `dueAt` are those of now. */
  listRecordChanges(
    ente: string,
    kinds: readonly string[],
    after: number,
    limit: number,
  ): Promise<readonly StoredRecord[]>;
}

/** The writer's half. */
export interface Records {
  /**
   * Keeps these in one transaction, in the order given. What equals the newest version makes no new one; its subject and
   * due time are taken over all the same. So a step that is repeated after a kill leaves what it left before. What does not
   * follow the version that it names is not in the answer: somebody else was first.
   */
  writeRecords(ente: string, drafts: readonly RecordDraft[]): Promise<readonly StoredRecord[]>;
}
