/** Schedules and their ticks in an embedded journal: every due time has exactly one row. */
import type { Database } from "bun:sqlite";
import { requireRow } from "../../host/errors.ts";
import type { DueRow, KeptSchedule, ScheduleReader, Schedules } from "../schedules.ts";
import type { Writer } from "./writer.ts";

/** Over an open database; closing it is the caller's business. */
export function createScheduleReader(db: Database): ScheduleReader {
  return {
    listDue: async ({ pipeline = null, ente = null, limit }) =>
      db
        .query<DueRow, [string | null, string | null, number]>(
          `SELECT pipeline, ente, due_at AS dueAt, state, run, reason, recorded_at AS recordedAt FROM due
           WHERE (?1 IS NULL OR pipeline = ?1) AND (?2 IS NULL OR ente = ?2) ORDER BY due_at DESC LIMIT ?3`,
        )
        .all(pipeline, ente, limit),
  };
}

/** The writer's half. */
export function createSchedules({ db, transact }: Writer): ScheduleReader & Schedules {
  return {
    ...createScheduleReader(db),
    keepSchedules: async (kept, now) => transact(() => keepSchedules(db, kept, now)),
    listKeptSchedules: async () =>
      db
        .query<KeptSchedule, []>(
          `SELECT pipeline, ente, last_read AS schedule FROM schedules WHERE last_read IS NOT NULL`,
        )
        .all(),
    recordDue: async ({ pipeline, ente, dueAt, state, run, reason, recordedAt }) =>
      transact(() => {
        const insert = db.query(
          "INSERT OR IGNORE INTO due (pipeline, ente, due_at, state, run, reason, recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        );
        return insert.run(pipeline, ente, dueAt, state, run, reason, recordedAt).changes === 1;
      }),
    knowSchedule: async (pipeline, ente, now) =>
      transact(() => {
        const known = "INSERT OR IGNORE INTO schedules (pipeline, ente, since) VALUES (?, ?, ?)";
        db.query(known).run(pipeline, ente, now);
        const row = db
          .query<{ since: string; lastDueAt: string | null }, [string, string]>(
            `SELECT s.since, (SELECT max(d.due_at) FROM due d WHERE d.pipeline = s.pipeline AND d.ente = s.ente) AS lastDueAt
             FROM schedules s WHERE s.pipeline = ? AND s.ente = ?`,
          )
          .get(pipeline, ente);
        return requireRow(row, `schedule ${pipeline} of ${ente}`);
      }),
  };
}

/** These and no others; one that is new is known from now on. */
function keepSchedules(db: Database, kept: readonly KeptSchedule[], now: string): void {
  db.run("UPDATE schedules SET last_read = NULL WHERE last_read IS NOT NULL");
  const keep = db.query(
    `INSERT INTO schedules (pipeline, ente, since, last_read) VALUES (?, ?, ?, ?)
     ON CONFLICT (pipeline, ente) DO UPDATE SET last_read = excluded.last_read`,
  );
  for (const { pipeline, ente, schedule } of kept) keep.run(pipeline, ente, now, schedule);
}
