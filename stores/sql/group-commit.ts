/** Group commit: what several callers write within a few milliseconds becomes durable together. */

export interface GroupCommitOptions<Entry> {
  /** A group is committed when it has this many rows … */
  readonly maxRows: number;
  /** … or this many milliseconds after its first entry; sooner where writing costs little. */
  readonly maxMs: number;
  /** Writes one group in one transaction, at once or later. Throws or rejects when nothing of it was written. */
  readonly write: (group: readonly Entry[]) => void | Promise<void>;
  /** Told of every group that is durable. */
  readonly announce: (group: readonly Entry[]) => void;
}

export interface GroupCommit<Entry> {
  /** Resolves when the entry is durable; rejects when it could not be written, for a reason of its own or of the disk. */
  add(entry: Entry, rows: number): Promise<void>;
  /** Commits what is queued, at once where writing does. Never throws: who added it is told. */
  flush(): void | Promise<void>;
}

interface Waiting<Entry> {
  readonly entry: Entry;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** Writing takes at most about a tenth of the time: who has a fast disk, or none, waits for nobody. */
const waitPerWrite = 10;

/** After so many groups of one entry each nobody else is about to come: the next one does not wait for others. */
const aloneAfter = 3;

/** An empty queue. */
export function createGroupCommit<Entry>(options: GroupCommitOptions<Entry>): GroupCommit<Entry> {
  const writer = createGroupWriter(options);
  let queue: Waiting<Entry>[] = [];
  let queuedRows = 0;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let underWay: Promise<void> | null = null;
  let alone = 0;

  /** One group after the other: what comes meanwhile gathers. */
  function flush(): void | Promise<void> {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (underWay !== null) return underWay.then(flush);
    const group = queue;
    queue = [];
    queuedRows = 0;
    if (group.length > 0) alone = group.length === 1 ? alone + 1 : 0;
    const written = group.length > 0 ? writer.write(group) : undefined;
    if (!(written instanceof Promise)) return;
    underWay = written.finally(() => {
      underWay = null;
    });
    return underWay;
  }

  return {
    add: (entry, rows) =>
      new Promise((resolve, reject) => {
        queue.push({ entry, resolve, reject });
        queuedRows += rows;
        const isAlone = alone >= aloneAfter;
        const waitMs = isAlone ? 0 : Math.min(options.maxMs, waitPerWrite * writer.lastMs);
        if (queuedRows >= options.maxRows && underWay === null) void flush();
        else timer ??= setTimeout(() => void flush(), waitMs);
      }),
    flush,
  };
}

interface GroupWriter<Entry> {
  /** All of the group or, where one of them cannot be written, each by itself: a fault of one run is no fault of another. */
  write(group: readonly Waiting<Entry>[]): void | Promise<void>;
  /** What the last one took. */
  readonly lastMs: number;
}

function createGroupWriter<Entry>(options: GroupCommitOptions<Entry>): GroupWriter<Entry> {
  let lastMs = 0;
  function write(group: readonly Waiting<Entry>[]): void | Promise<void> {
    const entries = group.map(({ entry }) => entry);
    const beganAt = performance.now();
    const succeed = (): void => {
      lastMs = performance.now() - beganAt;
      for (const waiting of group) waiting.resolve();
      options.announce(entries);
    };
    const fail = (error: unknown): void | Promise<void> => {
      if (group.length > 1) return writeEach(group);
      group[0]?.reject(error);
    };
    try {
      const written = options.write(entries);
      if (written instanceof Promise) return written.then(succeed, fail);
    } catch (error) {
      return fail(error);
    }
    succeed();
  }
  function writeEach(group: readonly Waiting<Entry>[]): void | Promise<void> {
    for (const [index, one] of group.entries()) {
      const written = write([one]);
      if (written instanceof Promise) return written.then(() => writeEach(group.slice(index + 1)));
    }
  }
  return {
    write,
    get lastMs() {
      return lastMs;
    },
  };
}
