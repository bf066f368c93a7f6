/** Group commit: what several callers write within a few milliseconds becomes durable together. */

export interface GroupCommitOptions<Entry> {
  /** A group is committed when it has this many rows … */
  readonly maxRows: number;
  /** … or this many milliseconds after its first entry; sooner where writing costs little. */
  readonly maxMs: number;
  /** Writes one group in one transaction. Throws when nothing of it was written. */
  readonly write: (group: readonly Entry[]) => void;
  /** Told of every group that is durable. */
  readonly announce: (group: readonly Entry[]) => void;
}

export interface GroupCommit<Entry> {
  /** Resolves when the entry is durable; rejects when it could not be written, for a reason of its own or of the disk. */
  add(entry: Entry, rows: number): Promise<void>;
  /** Commits at once what is queued. Never throws: who added it is told. */
  flush(): void;
}

interface Waiting<Entry> {
  readonly entry: Entry;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** Writing takes at most about a tenth of the time: who has a fast disk, or none, waits for nobody. */
const waitPerWrite = 10;

/** An empty queue. */
export function createGroupCommit<Entry>(options: GroupCommitOptions<Entry>): GroupCommit<Entry> {
  let queue: Waiting<Entry>[] = [];
  let queuedRows = 0;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let lastWriteMs = 0;

  function flush(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const group = queue;
    queue = [];
    queuedRows = 0;
    if (group.length > 0) writeGroup(group);
  }

  /** All of the group or, where one of them cannot be written, each by itself: a fault of one run is no fault of another. */
  function writeGroup(group: readonly Waiting<Entry>[]): void {
    const entries = group.map(({ entry }) => entry);
    const beganAt = performance.now();
    try {
      options.write(entries);
    } catch (error) {
      if (group.length > 1) for (const one of group) writeGroup([one]);
      else group[0]?.reject(error);
      return;
    }
    lastWriteMs = performance.now() - beganAt;
    for (const waiting of group) waiting.resolve();
    options.announce(entries);
  }

  return {
    add: (entry, rows) =>
      new Promise((resolve, reject) => {
        queue.push({ entry, resolve, reject });
        queuedRows += rows;
        if (queuedRows >= options.maxRows) flush();
        else timer ??= setTimeout(flush, Math.min(options.maxMs, waitPerWrite * lastWriteMs));
      }),
    flush,
  };
}
