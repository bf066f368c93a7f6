/** Items of a journal in tables: as they are loaded and read, and the queue of their moves. */
import { parseCalls } from "../../engine/journal/stored-calls.ts";
import { parseHint, serializeHint } from "../../engine/journal/stored-hint.ts";
import type { ItemState } from "../../engine/journal/states.ts";
import { toInstant } from "../../engine/host/clock.ts";
import type {
  AttemptRow,
  Decision,
  ItemCause,
  ItemFilter,
  ItemReader,
  ItemRow,
  JournalItems,
  NewItem,
  RunAttempt,
} from "../../engine/journal/items.ts";
import {
  buildChange,
  change,
  changeAll,
  type Database,
  listPlaceholders,
  nameSealed,
  type Opens,
  type PlaceRow,
  type Plan,
  readAll,
  readOne,
  readOpened,
  seal,
} from "./plan.ts";
import { type FindRunKey, parseFields, type RunKey, type Stored } from "./rows.ts";
import { noteFirst } from "./runs.ts";
import { createWhere } from "./where.ts";
import type { WriteQueue } from "./write-queue.ts";
import type { Writer } from "./writer.ts";

interface StoredAttempt extends Omit<AttemptRow, "calls"> {
  readonly calls: string | null;
}

const attemptColumns = `a.item AS "itemId", a.step, a.number, a.started_at AS "startedAt", a.ended_at AS "endedAt", a.outcome, a.code, a.note, a.calls`;

function parseAttempt<Row extends StoredAttempt>(
  row: Row,
): Omit<Row, "calls"> & Pick<AttemptRow, "calls"> {
  return { ...row, calls: parseCalls(row.calls) };
}

/** Over an open database; closing it is the caller's business. */
export function createItemReader(db: Database, keyOf: FindRunKey): ItemReader {
  return {
    listItems: async (runId, filter) =>
      await db.read(function* listItems() {
        return yield* readItems((yield* keyOf(runId)).seq, filter);
      }),
    listCauses: async (runId, states) =>
      await db.read(function* listCauses() {
        if (states.length === 0) return [];
        return yield* readAll<ItemCause>(
          `SELECT state, code, CAST(count(*) AS INTEGER) AS count, min(id) AS "firstId" FROM items
           WHERE run = ? AND state IN (${listPlaceholders(states)}) GROUP BY state, code ORDER BY 3 DESC, 4`,
          (yield* keyOf(runId)).seq,
          ...states,
        );
      }),
    listAttempts: async (runId, itemKey) =>
      await db.read(function* listAttempts() {
        const rows = yield* readOpened<StoredAttempt>(
          attemptNotes,
          `SELECT ${attemptColumns} FROM attempts a JOIN items i ON i.id = a.item WHERE i.run = ? AND i.key = ? ORDER BY a.id`,
          (yield* keyOf(runId)).seq,
          itemKey,
        );
        return rows.map(parseAttempt);
      }),
    listRunAttempts: async (runId, { step, outcome, beforeId, limit }) =>
      await db.read(function* listRunAttempts() {
        const where = createWhere();
        where.addCondition("a.run = ?", (yield* keyOf(runId)).seq);
        if (step !== undefined) where.addCondition("a.step = ?", step);
        if (outcome !== undefined) where.addCondition("a.outcome = ?", outcome);
        if (beforeId !== undefined) where.addCondition("a.id < ?", beforeId);
        const rows = yield* readOpened<StoredAttempt & Pick<RunAttempt, "id" | "itemKey">>(
          attemptNotes,
          `SELECT a.id, i.key AS "itemKey", ${attemptColumns} FROM attempts a JOIN items i ON i.id = a.item
           WHERE ${where.joinConditions()} ORDER BY a.id DESC LIMIT ?`,
          ...where.values,
          limit,
        );
        return rows.map(parseAttempt);
      }),
    listDecisions: async (runId) =>
      await db.read(function* listDecisions() {
        return yield* readOpened<Decision>(
          decisionTexts,
          `SELECT d.item, i.key AS "itemKey", d.step, d.round, d.word, d.by_whom AS "by", d.reason, d.evidence, d.at
           FROM decisions d JOIN items i ON i.id = d.item WHERE d.run = ? ORDER BY d.id`,
          (yield* keyOf(runId)).seq,
        );
      }),
  };
}

/** The writer's half. */
export function createItems(
  { db, clock, keyOf, drive, write }: Writer,
  queue: WriteQueue,
): JournalItems {
  return {
    ...createItemReader(db, keyOf),
    findEarliestDue: async (runId, steps) =>
      await db.read(function* findEarliestDue() {
        const row = yield* readOne<{ dueAt: number | null }>(
          `SELECT min(due_at) AS "dueAt" FROM items WHERE run = ? AND state = 'waiting' AND step IN (${listPlaceholders(steps)})`,
          (yield* keyOf(runId)).seq,
          ...steps,
        );
        return row?.dueAt ?? null;
      }),
    addItems: (runId, items) =>
      write(runId, (run) => insertItems(run, items, toInstant(clock.now()))),
    dropItems: (runId) => write(runId, ({ seq }) => deleteItems(seq)),
    record: async (runId, { intents = [], moves = [] }) => {
      // What is recorded stands in line at once, before whatever its caller does next.
      const run = keyOf.known.get(runId) ?? (await db.read(() => keyOf(runId)));
      await queue.add({ run, drive, intents, moves }, intents.length + moves.length);
    },
  };
}

function* readItems(run: number, filter: ItemFilter): Plan<readonly ItemRow[]> {
  const { states = [undefined], limit } = filter;
  // State by state each query reads the index in file order, and stops at the limit.
  const rows: ItemRow[] = [];
  for (const state of states) rows.push(...(yield* readInState(run, filter, state)));
  if (states.length === 1) return rows;
  return rows.toSorted((left, right) => left.id - right.id).slice(0, limit);
}

const attemptNotes: Opens = {
  columns: { note: ({ itemId, step }) => nameSealed("attempts.note", itemId, step) },
};

const decisionTexts: Opens = {
  columns: {
    reason: ({ item, at }) => nameSealed("decisions.reason", item, at),
    evidence: ({ item, at }) => nameSealed("decisions.evidence", item, at),
  },
  drops: ["item"],
};

/** What of an item is sealed, by the number of its run and its key. */
export function openItemTexts(
  run: (row: PlaceRow) => unknown,
  drops: readonly string[] = [],
): Opens {
  const at = (column: string) => (row: PlaceRow) => nameSealed(column, run(row), row["key"]);
  return {
    columns: {
      data: at("items.data"),
      note: at("items.note"),
      hint: at("items.hint"),
      sourceDigest: at("items.source_digest"),
    },
    drops,
  };
}

const columns = `id, key, round, state, step, data, source_digest AS "sourceDigest", code, note, hint, due_at AS "dueAt", tries, since, updated_at AS "updatedAt"`;

function* readInState(
  run: number,
  filter: ItemFilter,
  state: ItemState | undefined,
): Plan<readonly ItemRow[]> {
  const where = createWhere();
  where.addCondition("run = ?", run);
  if (state !== undefined) where.addCondition("state = ?", state);
  if (filter.steps !== undefined) where.addChoice("step", filter.steps);
  if (filter.ids !== undefined) where.addChoice("id", filter.ids);
  if (filter.key !== undefined) where.addCondition("key = ?", filter.key);
  if (filter.afterId !== undefined) where.addCondition("id > ?", filter.afterId);
  if (filter.code !== undefined) where.addCondition("code = ?", filter.code);
  if (filter.dueBy !== undefined) where.addCondition("due_at <= ?", filter.dueBy);
  const rows = yield* readOpened<Stored<ItemRow, "data" | "hint">>(
    openItemTexts(() => run),
    `SELECT ${columns} FROM items WHERE ${where.joinConditions()} ORDER BY id LIMIT ?`,
    ...where.values,
    filter.limit,
  );
  return rows.map((row) => ({ ...row, data: parseFields(row.data), hint: parseHint(row.hint) }));
}

/** Inserts items at the step after the source, each in the round that its ente last reached; counts them. */
function* insertItems(run: RunKey, items: readonly NewItem[], at: string): Plan<void> {
  yield* changeAll(
    items.map(({ key, data, sourceDigest, rejected, state = "pending" }) =>
      buildChange(
        `INSERT INTO items (run, key, round, state, step, data, source_digest, code, note, hint, updated_at)
         VALUES (?, ?, COALESCE((SELECT round FROM rounds WHERE ente = ? AND item_key = ?), 1), ?, 1, ?, ?, ?, ?, ?, ?)`,
        run.seq,
        key,
        run.ente,
        key,
        rejected === undefined ? state : "rejected",
        seal(JSON.stringify(data), "items.data", run.seq, key),
        seal(sourceDigest, "items.source_digest", run.seq, key),
        rejected?.code ?? null,
        seal(rejected?.note ?? null, "items.note", run.seq, key),
        seal(serializeHint(rejected?.hint ?? null), "items.hint", run.seq, key),
        at,
      ),
    ),
  );
  const rejections = items.flatMap(({ rejected }) => (rejected === undefined ? [] : [rejected]));
  const done = items.filter(({ state, rejected }) => state === "done" && rejected === undefined);
  const pending = items.length - rejections.length - done.length;
  yield* change(
    "UPDATE runs SET total = total + ?, pending = pending + ?, rejected = rejected + ?, done = done + ? WHERE seq = ?",
    items.length,
    pending,
    rejections.length,
    done.length,
    run.seq,
  );
  const [first] = rejections;
  if (first !== undefined) yield* noteFirst(run, first.code, first.note);
}

/** Drops the items of a load that died half way, and their counts. */
function* deleteItems(run: number): Plan<void> {
  yield* change("DELETE FROM items WHERE run = ?", run);
  yield* change(
    "UPDATE runs SET total = 0, pending = 0, rejected = 0, done = 0, first_code = NULL, first_note = NULL WHERE seq = ?",
    run,
  );
  yield* change("DELETE FROM step_counts WHERE run = ?", run);
}
