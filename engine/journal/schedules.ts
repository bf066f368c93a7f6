/** Schedules in the journal: every due time has exactly one row. */

/** One tick of a schedule and what became of it. */
export interface DueRow {
  readonly pipeline: string;
  readonly ente: string;
  /** ISO 8601 UTC. */
  readonly dueAt: string;
  readonly state: "run" | "skipped" | "missed";
  readonly run: string | null;
  /** Italian. */
  readonly reason: string | null;
  readonly recordedAt: string;
}

/** Ticks as they are read; safe beside a writer in another process. */
export interface ScheduleReader {
  /** Newest first. */
  listDue(filter: {
    readonly pipeline?: string;
    readonly ente?: string;
    readonly limit: number;
  }): Promise<readonly DueRow[]>;
}

/** A schedule as it was last read. */
export interface KeptSchedule {
  readonly pipeline: string;
  readonly ente: string;
  /** JSON. */
  readonly schedule: string;
}

/** Ticks as the scheduler keeps them. */
export interface Schedules {
  /** Keeps these for the time when their files cannot be read, and forgets all others. */
  keepSchedules(kept: readonly KeptSchedule[], now: string): Promise<void>;
  listKeptSchedules(): Promise<readonly KeptSchedule[]>;
  /** Inserts the tick; false when it was there already. */
  recordDue(row: DueRow): Promise<boolean>;
  /** Since when a schedule is known, and its newest tick; the first call makes it known at `now`. */
  knowSchedule(
    pipeline: string,
    ente: string,
    now: string,
  ): Promise<{ readonly since: string; readonly lastDueAt: string | null }>;
}
