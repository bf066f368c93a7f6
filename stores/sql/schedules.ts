/** Schedules and their ticks of a journal in tables: every due time has exactly one row. */
import { requireRow } from "../../engine/host/errors.ts";
import type {
  DueRow,
  KeptSchedule,
  ScheduleReader,
  Schedules,
} from "../../engine/journal/schedules.ts";
import { change, type Database, insert, type Plan, readAll, readOne } from "./plan.ts";
import { createWhere } from "./where.ts";

/** Over an open database; closing it is the caller's business. */
export function createScheduleReader(db: Database): ScheduleReader {
  return {
    listDue: async ({ pipeline, ente, limit }) => {
      const where = createWhere();
      if (pipeline !== undefined) where.addCondition("pipeline = ?", pipeline);
      if (ente !== undefined) where.addCondition("ente = ?", ente);
      const asked = `SELECT pipeline, ente, due_at AS "dueAt", state, run, reason, recorded_at AS "recordedAt" FROM due
        WHERE ${where.joinConditions()} ORDER BY due_at DESC LIMIT ?`;
      return await db.read(() => readAll<DueRow>(asked, ...where.values, limit));
    },
  };
}

/** The writer's half. */
export function createSchedules(db: Database): ScheduleReader & Schedules {
  return {
    ...createScheduleReader(db),
    keepSchedules: async (kept, now) => await db.write(() => keepSchedules(kept, now)),
    listKeptSchedules: async () =>
      await db.read(() =>
        readAll<KeptSchedule>(
          "SELECT pipeline, ente, last_read AS schedule FROM schedules WHERE last_read IS NOT NULL",
        ),
      ),
    recordDue: async ({ pipeline, ente, dueAt, state, run, reason, recordedAt }) => {
      const row = { pipeline, ente, due_at: dueAt, state, run, reason, recorded_at: recordedAt };
      return (await db.write(() => insert("due", row, "DO NOTHING"))) === 1;
    },
    knowSchedule: async (pipeline, ente, now) =>
      await db.write(() => knowSchedule(pipeline, ente, now)),
  };
}

function* knowSchedule(pipeline: string, ente: string, now: string) {
  yield* insert("schedules", { pipeline, ente, since: now }, "DO NOTHING");
  const row = yield* readOne<{ since: string; lastDueAt: string | null }>(
    `SELECT s.since, (SELECT max(d.due_at) FROM due d WHERE d.pipeline = s.pipeline AND d.ente = s.ente) AS "lastDueAt"
     FROM schedules s WHERE s.pipeline = ? AND s.ente = ?`,
    pipeline,
    ente,
  );
  return requireRow(row, `schedule ${pipeline} of ${ente}`);
}

/** These and no others; one that is new is known from now on. */
function* keepSchedules(kept: readonly KeptSchedule[], now: string): Plan<void> {
  yield* change("UPDATE schedules SET last_read = NULL WHERE last_read IS NOT NULL");
  for (const { pipeline, ente, schedule } of kept)
    yield* insert(
      "schedules",
      { pipeline, ente, since: now, last_read: schedule },
      "(pipeline, ente) DO UPDATE SET last_read = excluded.last_read",
    );
}
