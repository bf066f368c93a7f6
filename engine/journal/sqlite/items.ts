/** Items of the embedded journal: as they are loaded and read, and the queue of their moves. */
import { parseHint, serializeHint } from "../stored-hint.ts";
import type { ItemState } from "../states.ts";
import type { Database, SQLQueryBindings } from "bun:sqlite";
import { toInstant } from "../../host/clock.ts";
import type {
  AttemptRow,
  Decision,
  ItemCause,
  ItemFilter,
  ItemReader,
  ItemRow,
  JournalItems,
  NewItem,
} from "../items.ts";
import { createGroupCommit, type GroupCommit } from "./group-commit.ts";
import { parseFields, type RunKey, type Stored } from "./rows.ts";
import { noteFirst } from "./runs.ts";
import { createWhere } from "./where.ts";
import { type Batch, createBatchWriter } from "./write.ts";
import type { Writer } from "./writer.ts";

/** A group is committed when it has this many rows, or this many milliseconds after its first row. */
const groupRows = 100;
const groupMs = 20;

/** Over an open database; closing it is the caller's business. */
export function createItemReader(db: Database, keyOf: (runId: string) => RunKey): ItemReader {
  return {
    listItems: async (runId, filter) => readItems(db, keyOf(runId).seq, filter),
    listCauses: async (runId, states) =>
      db
        .query<ItemCause, [number, string]>(
          `SELECT state, code, count(*) AS count, min(id) AS firstId FROM items
           WHERE run = ? AND state IN (SELECT value FROM json_each(?)) GROUP BY state, code ORDER BY 3 DESC, 4`,
        )
        .all(keyOf(runId).seq, JSON.stringify(states)),
    listAttempts: async (runId, itemKey) =>
      db
        .query<AttemptRow, [number, string]>(
          `SELECT a.item AS itemId, a.step, a.number, a.started_at AS startedAt, a.ended_at AS endedAt, a.outcome, a.code, a.note
           FROM attempts a JOIN items i ON i.id = a.item WHERE i.run = ? AND i.key = ? ORDER BY a.id`,
        )
        .all(keyOf(runId).seq, itemKey),
    listDecisions: async (runId) =>
      db
        .query<Decision, [number]>(
          `SELECT i.key AS itemKey, d.step, d.round, d.word, d.by_whom AS "by", d.reason, d.evidence, d.at
           FROM decisions d JOIN items i ON i.id = d.item WHERE d.run = ? ORDER BY d.id`,
        )
        .all(keyOf(runId).seq),
  };
}

/** What callers record, on its way to the disk. */
export type MoveQueue = GroupCommit<Batch & { readonly drive: number | null }>;

/** An empty queue over the prepared statements that write it. */
export function createMoveQueue({
  db,
  clock,
  transact,
  assertDriven,
  announce,
}: Writer): MoveQueue {
  const writeBatches = createBatchWriter(db);
  return createGroupCommit({
    maxRows: groupRows,
    maxMs: groupMs,
    write: (group) =>
      transact(() => {
        for (const { run, drive } of group) assertDriven(run, drive);
        writeBatches(group, toInstant(clock.now()));
      }),
    announce: (group) => {
      for (const runId of new Set(group.map(({ run }) => run.id))) announce(runId);
    },
  });
}

/** The writer's half. */
export function createItems(
  { db, clock, keyOf, drive, write }: Writer,
  queue: MoveQueue,
): JournalItems {
  return {
    ...createItemReader(db, keyOf),
    async findEarliestDue(runId, steps) {
      const row = db
        .query<{ due: number | null }, [number, string]>(
          "SELECT min(due_at) AS due FROM items WHERE run = ? AND state = 'waiting' AND step IN (SELECT value FROM json_each(?))",
        )
        .get(keyOf(runId).seq, JSON.stringify(steps));
      return row?.due ?? null;
    },
    addItems: async (runId, items) =>
      write(runId, (run) => insertItems(db, run, items, toInstant(clock.now()))),
    dropItems: async (runId) => write(runId, ({ seq }) => deleteItems(db, seq)),
    record: async (runId, { intents = [], moves = [] }) => {
      const run = keyOf(runId);
      await queue.add({ run, drive, intents, moves }, intents.length + moves.length);
    },
  };
}

function readItems(db: Database, run: number, filter: ItemFilter): readonly ItemRow[] {
  const { states = [undefined], limit } = filter;
  // State by state each query reads the index in file order, and stops at the limit.
  const rows = states.flatMap((state) => readInState(db, run, filter, state));
  if (states.length === 1) return rows;
  return rows.toSorted((left, right) => left.id - right.id).slice(0, limit);
}

const columns =
  "id, key, round, state, step, data, source_digest AS sourceDigest, code, note, hint, due_at AS dueAt, tries, since, updated_at AS updatedAt";

function readInState(
  db: Database,
  run: number,
  filter: ItemFilter,
  state: ItemState | undefined,
): readonly ItemRow[] {
  const where = createWhere();
  where.addCondition("run = ?", run);
  if (state !== undefined) where.addCondition("state = ?", state);
  if (filter.steps !== undefined) where.addChoice("step", filter.steps);
  if (filter.key !== undefined) where.addCondition("key = ?", filter.key);
  if (filter.afterId !== undefined) where.addCondition("id > ?", filter.afterId);
  if (filter.code !== undefined) where.addCondition("code = ?", filter.code);
  if (filter.dueBy !== undefined) where.addCondition("due_at <= ?", filter.dueBy);
  return db
    .query<Stored<ItemRow, "data" | "hint">, SQLQueryBindings[]>(
      `SELECT ${columns} FROM items WHERE ${where.joinConditions()} ORDER BY id LIMIT ?`,
    )
    .all(...where.values, filter.limit)
    .map((row) => ({ ...row, data: parseFields(row.data), hint: parseHint(row.hint) }));
}

/** Inserts items at the step after the source, each in the round that its ente last reached; counts them. */
function insertItems(db: Database, run: RunKey, items: readonly NewItem[], at: string): void {
  const insert = db.query(
    `INSERT INTO items (run, key, round, state, step, data, source_digest, code, note, hint, updated_at)
     VALUES (?1, ?2, COALESCE((SELECT round FROM rounds WHERE ente = ?3 AND item_key = ?2), 1), ?4, 1, ?5, ?6, ?7, ?8, ?9, ?10)`,
  );
  for (const { key, data, sourceDigest, rejected, state = "pending" } of items)
    insert.run(
      run.seq,
      key,
      run.ente,
      rejected === undefined ? state : "rejected",
      JSON.stringify(data),
      sourceDigest,
      rejected?.code ?? null,
      rejected?.note ?? null,
      serializeHint(rejected?.hint ?? null),
      at,
    );
  const rejections = items.flatMap(({ rejected }) => (rejected === undefined ? [] : [rejected]));
  const done = items.filter(({ state, rejected }) => state === "done" && rejected === undefined);
  const pending = items.length - rejections.length - done.length;
  db.query(
    "UPDATE runs SET total = total + ?, pending = pending + ?, rejected = rejected + ?, done = done + ? WHERE seq = ?",
  ).run(items.length, pending, rejections.length, done.length, run.seq);
  const [first] = rejections;
  if (first !== undefined) noteFirst(db, run.seq, first.code, first.note);
}

/** Drops the items of a load that died half way, and their counts. */
function deleteItems(db: Database, run: number): void {
  db.query("DELETE FROM items WHERE run = ?").run(run);
  db.query(
    "UPDATE runs SET total = 0, pending = 0, rejected = 0, done = 0, first_code = NULL, first_note = NULL WHERE seq = ?",
  ).run(run);
  db.query("DELETE FROM step_counts WHERE run = ?").run(run);
}
