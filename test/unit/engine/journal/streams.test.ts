/** Events of outside streams in the journal: once each, in order, found by their subject, there after a restart and on an older file. */
import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Journal } from "../../../../engine/journal/journal.ts";
import { openJournal } from "../../../../stores/sqlite/store.ts";
import { createFakeClock, type FakeClock } from "../../../support/fake-clock.ts";

let clock: FakeClock;
let folder = "";
let journal: Journal;

beforeEach(() => {
  clock = createFakeClock("2026-11-23T06:30:00Z");
  folder = mkdtempSync(join(tmpdir(), "postino-stream-"));
  journal = openJournal(join(folder, "journal.sqlite"), clock);
});
afterEach(async () => {
  await journal.close();
  rmSync(folder, { recursive: true, force: true });
});

function event(name: string, subject: string, data: Record<string, unknown> = {}) {
  return { event: name, subject, data };
}

test("events of a journal of before stay for a whole term", async () => {
  await journal.close();
  const db = new Database(join(folder, "journal.sqlite"));
  db.run("DROP TABLE stream_events");
  db.run(
    "CREATE TABLE stream_events (id INTEGER PRIMARY KEY, ente TEXT NOT NULL, stream TEXT NOT NULL, event TEXT NOT NULL, subject TEXT NOT NULL, data TEXT NOT NULL)",
  );
  db.run("CREATE UNIQUE INDEX stream_events_once ON stream_events (ente, stream, event)");
  db.run(
    "INSERT INTO stream_events (ente, stream, event, subject, data) VALUES ('a', 's', '1', 'x', '{}'), ('a', 's', '2', 'y', '{}')",
  );
  db.run("DROP TABLE approvals");
  db.run("DROP TABLE records");
  db.run("DROP TABLE record_versions");
  db.run("ALTER TABLE runs DROP COLUMN note");
  db.run("ALTER TABLE schedules DROP COLUMN last_read");
  db.run("DROP TABLE decisions");
  db.run("DROP INDEX items_by_state");
  db.run("CREATE INDEX items_off ON items (run)");
  db.run("DROP TABLE owner");
  db.run("ALTER TABLE runs DROP COLUMN drive");
  db.run("DROP INDEX items_by_code");
  db.run("DROP INDEX attempts_by_run");
  db.run("ALTER TABLE attempts DROP COLUMN calls");
  db.run("DROP INDEX holdings_in_line");
  db.run("ALTER TABLE holdings DROP COLUMN place");
  db.run("PRAGMA user_version = 3");
  db.close();

  journal = openJournal(join(folder, "journal.sqlite"), clock);
  await journal.addStreamEvents("a", "s", [event("3", "z")]);

  expect(await journal.readStreamEvents("a", "x")).toHaveLength(1);
});

test("a journal of the first version gets its place for events when it is opened", async () => {
  await journal.close();
  const db = new Database(join(folder, "journal.sqlite"));
  // What later versions added.
  db.run("DROP TABLE stream_events");
  db.run("DROP TABLE holdings");
  db.run("DROP TABLE approvals");
  db.run("DROP TABLE records");
  db.run("DROP TABLE record_versions");
  db.run("ALTER TABLE runs DROP COLUMN note");
  db.run("ALTER TABLE schedules DROP COLUMN last_read");
  db.run("DROP TABLE decisions");
  db.run("DROP INDEX items_by_state");
  db.run("CREATE INDEX items_off ON items (run)");
  db.run("DROP TABLE owner");
  db.run("ALTER TABLE runs DROP COLUMN drive");
  db.run("DROP INDEX items_by_code");
  db.run("DROP INDEX attempts_by_run");
  db.run("ALTER TABLE attempts DROP COLUMN calls");
  db.run("PRAGMA user_version = 1");
  db.close();

  journal = openJournal(join(folder, "journal.sqlite"), clock);
  await journal.addStreamEvents("a", "s", [event("1", "x")]);

  expect(await journal.readLastStreamEvent("a", "s")).toBe("1");
});
