/** Events of outside streams in the journal: once each, in order, found by their subject, there after a restart and on an older file. */
import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Journal } from "../../../../engine/journal/journal.ts";
import { openJournal } from "../../../../engine/journal/sqlite/store.ts";
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

test("an unknown stream has no last event", async () => {
  expect(await journal.readLastStreamEvent("a", "s")).toBeNull();
});

test("the last event of a batch is what may be acknowledged, after a restart too", async () => {
  await journal.addStreamEvents("a", "s", [event("1", "x"), event("2", "y")]);
  await journal.close();
  journal = openJournal(join(folder, "journal.sqlite"), clock);

  expect(await journal.readLastStreamEvent("a", "s")).toBe("2");
  expect(await journal.readLastStreamEvent("a", "other")).toBeNull();
  expect(await journal.readLastStreamEvent("b", "s")).toBeNull();
});

test("an event that comes twice is kept once, as it came first", async () => {
  await journal.addStreamEvents("a", "s", [event("1", "x", { n: 1 }), event("2", "x", { n: 2 })]);
  await journal.addStreamEvents("a", "s", [event("1", "x", { n: 9 }), event("3", "x", { n: 3 })]);

  expect(await journal.readStreamEvents("a", "x")).toEqual([
    { event: "1", subject: "x", data: { n: 1 } },
    { event: "2", subject: "x", data: { n: 2 } },
    { event: "3", subject: "x", data: { n: 3 } },
  ]);
});

test("what one ente received is nobody else's", async () => {
  await journal.addStreamEvents("a", "s", [event("1", "x")]);

  expect(await journal.readStreamEvents("b", "x")).toEqual([]);
});

test("a batch with an event that cannot be kept keeps none", async () => {
  const unkeepable = { event: "2", subject: null as unknown as string, data: {} };

  const stored = journal.addStreamEvents("a", "s", [event("1", "x"), unkeepable]);

  expect(await stored.then(String, String)).toContain("NOT NULL");
  expect(await journal.readStreamEvents("a", "x")).toEqual([]);
  expect(await journal.readLastStreamEvent("a", "s")).toBeNull();
});

test("after 30 days an event is dropped, save the last one of its stream", async () => {
  await journal.addStreamEvents("a", "s", [event("1", "x"), event("2", "x")]);
  await journal.addStreamEvents("a", "quiet", [event("7", "x")]);
  await journal.addStreamEvents("b", "s", [event("1", "x")]);
  await clock.advance(30 * 86_400_000 + 1);

  await journal.addStreamEvents("a", "s", [event("3", "y")]);

  expect((await journal.readStreamEvents("a", "x")).map((row) => row.event)).toEqual(["7"]);
  expect(await journal.readLastStreamEvent("a", "s")).toBe("3");
  expect(await journal.readLastStreamEvent("a", "quiet")).toBe("7");
  // Another ente's are its own reader's to drop.
  expect(await journal.readStreamEvents("b", "x")).toHaveLength(1);
});

test("an event that comes again within its 30 days is no new one", async () => {
  await journal.addStreamEvents("a", "s", [event("1", "x", { n: 1 })]);
  await clock.advance(29 * 86_400_000);

  await journal.addStreamEvents("a", "s", [event("1", "x", { n: 9 })]);

  expect(await journal.readStreamEvents("a", "x")).toEqual([
    { event: "1", subject: "x", data: { n: 1 } },
  ]);
});

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
  db.run("PRAGMA user_version = 1");
  db.close();

  journal = openJournal(join(folder, "journal.sqlite"), clock);
  await journal.addStreamEvents("a", "s", [event("1", "x")]);

  expect(await journal.readLastStreamEvent("a", "s")).toBe("1");
});
