/** Records in an embedded journal: a row for each version, and one for each record that points at its newest. */
import type { Database, SQLQueryBindings } from "bun:sqlite";
import { toInstant } from "../../host/clock.ts";
import { requireRow } from "../../host/errors.ts";
import type { RecordDraft, RecordFilter, RecordReader, Records, StoredRecord } from "../records.ts";
import { parseFields, type Stored } from "./rows.ts";
import { createWhere } from "./where.ts";
import type { Writer } from "./writer.ts";

type Row = Stored<StoredRecord, "data">;

const columns =
  "r.kind, r.key, r.subject, r.due_at AS dueAt, v.data, v.version, v.number, v.at FROM records r";
const newest = `SELECT ${columns} JOIN record_versions v ON v.number = r.newest`;
const every = `SELECT ${columns} JOIN record_versions v ON v.ente = r.ente AND v.kind = r.kind AND v.key = r.key`;

/** Over an open database; closing it is the caller's business. */
export function createRecordReader(db: Database): RecordReader {
  return {
    async readRecords(ente, kind, keys) {
      const find = db.query<Row, [string, string, string]>(
        `${newest} WHERE r.ente = ? AND r.kind = ? AND r.key = ?`,
      );
      const found = keys.map((key) => find.get(ente, kind, key)).filter((row) => row !== null);
      return new Map(found.map((row) => [row.key, toRecord(row)]));
    },
    listRecords: async (ente, kind, filter) => listRecords(db, ente, kind, filter),
    listRecordVersions: async (ente, kind, key) =>
      db
        .query<Row, [string, string, string]>(
          `${every} WHERE r.ente = ? AND r.kind = ? AND r.key = ? ORDER BY v.number`,
        )
        .all(ente, kind, key)
        .map(toRecord),
    listRecordChanges: async (ente, kinds, after, limit) =>
      db
        .query<Row, [string, string, number, number]>(
          `${every} WHERE v.ente = ?1 AND v.kind IN (SELECT value FROM json_each(?2)) AND v.number > ?3 ORDER BY v.number LIMIT ?4`,
        )
        .all(ente, JSON.stringify(kinds), after, limit)
        .map(toRecord),
  };
}

/** The writer's half. */
export function createRecords({ db, clock, transact }: Writer): RecordReader & Records {
  return {
    ...createRecordReader(db),
    writeRecords: async (ente, drafts) =>
      transact(() => {
        const at = toInstant(clock.now());
        return drafts.map((draft) => writeRecord(db, ente, draft, at));
      }),
  };
}

function listRecords(
  db: Database,
  ente: string,
  kind: string,
  { afterKey, subject, dueBy, afterDue, limit }: RecordFilter,
): readonly StoredRecord[] {
  const where = createWhere();
  where.addCondition("r.ente = ?", ente);
  where.addCondition("r.kind = ?", kind);
  if (afterKey !== undefined) where.addCondition("r.key > ?", afterKey);
  if (subject !== undefined) where.addCondition("r.subject = ?", subject);
  if (dueBy !== undefined) where.addCondition("r.due_at <= ?", dueBy);
  if (afterDue !== undefined) {
    // Of the two the first alone finds its place in the index.
    where.addCondition("r.due_at >= ?", afterDue.dueAt);
    where.addCondition("(r.due_at, r.key) > (?, ?)", afterDue.dueAt, afterDue.key);
  }
  const order = dueBy === undefined ? "r.key" : "r.due_at, r.key";
  return db
    .query<Row, SQLQueryBindings[]>(
      `${newest} WHERE ${where.joinConditions()} ORDER BY ${order} LIMIT ?`,
    )
    .all(...where.values, limit)
    .map(toRecord);
}

function writeRecord(db: Database, ente: string, draft: RecordDraft, at: string): StoredRecord {
  const { kind, key, subject = "", dueAt = null } = draft;
  const data = JSON.stringify(draft.data);
  const before = db
    .query<Row, [string, string, string]>(`${newest} WHERE r.ente = ? AND r.kind = ? AND r.key = ?`)
    .get(ente, kind, key);
  if (before?.data === data) {
    if (before.subject !== subject || before.dueAt !== dueAt)
      db.query(
        "UPDATE records SET subject = ?, due_at = ? WHERE ente = ? AND kind = ? AND key = ?",
      ).run(subject, dueAt, ente, kind, key);
    return toRecord({ ...before, subject, dueAt });
  }
  const version = (before?.version ?? 0) + 1;
  const { number } = requireRow(
    db
      .query<{ number: number }, [string, string, string, number, string, string]>(
        "INSERT INTO record_versions (ente, kind, key, version, data, at) VALUES (?, ?, ?, ?, ?, ?) RETURNING number",
      )
      .get(ente, kind, key, version, data, at),
    "record",
  );
  db.query(
    `INSERT INTO records (ente, kind, key, subject, due_at, newest) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (ente, kind, key) DO UPDATE SET subject = excluded.subject, due_at = excluded.due_at, newest = excluded.newest`,
  ).run(ente, kind, key, subject, dueAt, number);
  return { kind, key, subject, dueAt, data: draft.data, version, number, at };
}

function toRecord(row: Row): StoredRecord {
  return { ...row, data: parseFields(row.data) };
}
