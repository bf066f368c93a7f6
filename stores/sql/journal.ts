/** A journal over a database that carries plans out: all its parts as one, whatever the store. */
import type { Clock } from "../../engine/host/clock.ts";
import type { Journal, JournalReader } from "../../engine/journal/journal.ts";
import type { LedgerReader } from "../../engine/journal/ledger.ts";
import { createItemChangeReader } from "./item-changes.ts";
import { createItemReader, createItems } from "./items.ts";
import { createLedger, createLedgerReader } from "./ledger.ts";
import type { Database } from "./plan.ts";
import { createRecordReader, createRecords } from "./records.ts";
import { createRetention } from "./retention.ts";
import { createRunKeys } from "./rows.ts";
import { beginDrive, createRunReader, createRuns } from "./runs.ts";
import { createScheduleReader, createSchedules } from "./schedules.ts";
import type { Counting } from "./write.ts";
import { createStreamEvents } from "./streams.ts";
import { createWriteQueue, type WriteQueue } from "./write-queue.ts";
import { bindWriter, createWriter, type Writer } from "./writer.ts";

/** What a store says of itself. */
type OwnOfReader = Pick<JournalReader, "isHeld" | "close">;
type OwnOfWriter = Pick<
  Journal,
  | "isHeld"
  | "close"
  | "taken"
  | "assertOwned"
  | "announceDashboard"
  | "readLineage"
  | "checkIntegrity"
>;

/** What may be read beside a writer. */
export function buildReader(db: Database, own: OwnOfReader): JournalReader & LedgerReader {
  const keyOf = createRunKeys();
  return {
    ...createRunReader(db, keyOf),
    ...createItemReader(db, keyOf),
    ...createItemChangeReader(db),
    ...createScheduleReader(db),
    ...createRecordReader(db),
    ...createLedgerReader(db),
    ...own,
  };
}

/** The writer. What was recorded is durable before `own.close` begins. */
export function buildJournal(
  db: Database,
  clock: Clock,
  own: OwnOfWriter,
  counting?: Counting,
): Journal {
  const writer = createWriter(db, clock, createRunKeys());
  const queue = createWriteQueue(writer, counting);
  const journal: Journal = {
    ...createRunParts(writer, queue),
    ...createItemChangeReader(db),
    ...createLedger(db, queue),
    ...createSchedules(db),
    ...createStreamEvents(db, clock),
    ...createRecords(db, clock, queue),
    ...createRetention(db),
    ...own,
    async beginDrive(runId) {
      await queue.flush();
      const drive = await db.write(function* begin() {
        return yield* beginDrive((yield* writer.keyOf(runId)).seq);
      });
      return { ...journal, ...createRunParts(bindWriter(writer, drive), queue) };
    },
    async close() {
      await queue.flush();
      await own.close();
    },
  };
  return journal;
}

/** What is written of a run, by the writer that is given. */
function createRunParts(writer: Writer, queue: WriteQueue) {
  return { ...createRuns(writer, queue.flush), ...createItems(writer, queue) };
}
