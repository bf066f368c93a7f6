/** Records of a journal in tables: a row for each version, and one for each record that points at its newest. */
import { type Clock, toInstant } from "../../engine/host/clock.ts";
import { requireRow } from "../../engine/host/errors.ts";
import type {
  RecordDraft,
  RecordFilter,
  RecordReader,
  Records,
  StoredRecord,
} from "../../engine/journal/records.ts";
import {
  change,
  insert,
  type Database,
  listPlaceholders,
  nameSealed,
  type Opens,
  type Plan,
  readAll,
  readInParts,
  readOne,
  readOpened,
  seal,
} from "./plan.ts";
import { parseFields, type Stored } from "./rows.ts";
import { createWhere } from "./where.ts";
import { type WriteQueue, writeQueued } from "./write-queue.ts";

type Row = Stored<StoredRecord, "data">;

const columns =
  'r.kind, r.key, r.subject, r.due_at AS "dueAt", v.data, v.version, v.number, v.at FROM records r';
const current = `SELECT ${columns} JOIN record_versions v ON v.number = r.newest`;
const every = `SELECT ${columns} JOIN record_versions v ON v.ente = r.ente AND v.kind = r.kind AND v.key = r.key`;

function openRecordTexts(ente: string): Opens {
  return {
    columns: {
      data: (row) =>
        nameSealed("record_versions.data", ente, row["kind"], row["key"], row["version"]),
      words: (row) => nameSealed("records.words", ente, row["kind"], row["key"]),
    },
  };
}

/** Over an open database; closing it is the caller's business. */
export function createRecordReader(db: Database): RecordReader {
  return {
    async readRecords(ente, kind, keys) {
      const rows = await db.read(() =>
        readInParts(keys, (some) =>
          readOpened<Row>(
            openRecordTexts(ente),
            `${current} WHERE r.ente = ? AND r.kind = ? AND r.key IN (${listPlaceholders(some)})`,
            ente,
            kind,
            ...some,
          ),
        ),
      );
      const found = new Map(rows.map((row) => [row.key, toRecord(row)]));
      return new Map(keys.flatMap((key) => found.get(key) ?? []).map((row) => [row.key, row]));
    },
    listRecords: async (ente, kind, filter) => await db.read(() => listRecords(ente, kind, filter)),
    countRecords: async (ente, kind, words) => await db.read(() => countRecords(ente, kind, words)),
    async listRecordVersions(ente, kind, key) {
      const asked = `${every} WHERE r.ente = ? AND r.kind = ? AND r.key = ? ORDER BY v.number`;
      return (
        await db.read(() => readOpened<Row>(openRecordTexts(ente), asked, ente, kind, key))
      ).map(toRecord);
    },
    async listRecordChanges(ente, kinds, after, limit) {
      if (kinds.length === 0) return [];
      const asked = `${every} WHERE v.ente = ? AND v.kind IN (${listPlaceholders(kinds)}) AND v.number > ? ORDER BY v.number LIMIT ?`;
      const rows = await db.read(() =>
        readOpened<Row>(openRecordTexts(ente), asked, ente, ...kinds, after, limit),
      );
      return rows.map(toRecord);
    },
  };
}

/** The writer's half. */
export function createRecords(
  db: Database,
  clock: Clock,
  queue: WriteQueue,
): RecordReader & Records {
  return {
    ...createRecordReader(db),
    writeRecords: async (ente, drafts) => {
      const at = toInstant(clock.now());
      return await writeQueued(queue, function* writeRecords() {
        const written: StoredRecord[] = [];
        for (const draft of drafts) {
          const record = yield* writeRecord(ente, draft, at);
          if (record !== null) written.push(record);
        }
        return written;
      });
    },
  };
}

function* listRecords(
  ente: string,
  kind: string,
  { afterKey, subject, words = [], dueBy, afterDue, limit }: RecordFilter,
): Plan<readonly StoredRecord[]> {
  const where = createWhere();
  where.addCondition("r.ente = ?", ente);
  where.addCondition("r.kind = ?", kind);
  if (afterKey !== undefined) where.addCondition("r.key > ?", afterKey);
  const name = words.length === 0 ? (column: string) => `r.${column}` : hideColumn;
  if (subject !== undefined) where.addCondition(`${name("subject")} = ?`, subject);
  for (const word of words) where.addCondition(holdsWord, { word });
  if (dueBy !== undefined) where.addCondition(`${name("due_at")} <= ?`, dueBy);
  if (afterDue !== undefined) {
    // Of the two the first alone finds its place in the index.
    where.addCondition(`${name("due_at")} >= ?`, afterDue.dueAt);
    where.addCondition("(r.due_at, r.key) > (?, ?)", afterDue.dueAt, afterDue.key);
  }
  const order = dueBy === undefined ? "r.key" : `${name("due_at")}, r.key`;
  const asked = `${current} WHERE ${where.joinConditions()} ORDER BY ${order} LIMIT ?`;
  return (yield* readOpened<Row>(openRecordTexts(ente), asked, ...where.values, limit)).map(
    toRecord,
  );
}

/** That the line of words holds this text, in words that both databases know: four times as fast as LIKE, and no sign in it means anything. */
const holdsWord = "replace(r.words, ?, '') <> r.words";

/** As the column, where its index is of no use: the lines of a kind stand together, and are read through in their order. */
function hideColumn(name: string): string {
  return `(r.${name} || '')`;
}

function* countRecords(
  ente: string,
  kind: string,
  words: readonly string[] = [],
): Plan<ReadonlyMap<string, number>> {
  const where = createWhere();
  where.addCondition("r.ente = ?", ente);
  where.addCondition("r.kind = ?", kind);
  for (const word of words) where.addCondition(holdsWord, { word });
  const subject = words.length === 0 ? "r.subject" : hideColumn("subject");
  const rows = yield* readAll<{ subject: string; count: number }>(
    `SELECT ${subject} AS subject, CAST(count(*) AS INTEGER) AS count FROM records r WHERE ${where.joinConditions()} GROUP BY ${subject}`,
    ...where.values,
  );
  return new Map(rows.map(({ subject, count }) => [subject, count]));
}

/** `null`: it does not follow what it says it follows. */
function* writeRecord(ente: string, draft: RecordDraft, at: string): Plan<StoredRecord | null> {
  const { kind, key, subject = "", dueAt = null, words = "", follows } = draft;
  const data = JSON.stringify(draft.data);
  const line =
    words === ""
      ? ""
      : ({ ...seal(words, "records.words", ente, kind, key), as: "words" } as const);
  const [before] = yield* readOpened<Row & { readonly words: string }>(
    openRecordTexts(ente),
    `${current.replace("SELECT ", "SELECT r.words, ")} WHERE r.ente = ? AND r.kind = ? AND r.key = ?`,
    ente,
    kind,
    key,
  );
  if (follows !== undefined && follows !== (before?.number ?? null)) return null;
  if (before !== undefined && before.data === data) {
    const { words: known, ...same } = before;
    if (same.subject !== subject || same.dueAt !== dueAt || known !== words)
      yield* change(
        "UPDATE records SET subject = ?, due_at = ?, words = ? WHERE ente = ? AND kind = ? AND key = ?",
        subject,
        dueAt,
        line,
        ente,
        kind,
        key,
      );
    return toRecord({ ...same, subject, dueAt });
  }
  const version = (before?.version ?? 0) + 1;
  const { number } = requireRow(
    yield* readOne<{ number: number }>(
      "INSERT INTO record_versions (ente, kind, key, version, data, at) VALUES (?, ?, ?, ?, ?, ?) RETURNING number",
      ente,
      kind,
      key,
      version,
      seal(data, "record_versions.data", ente, kind, key, version),
      at,
    ),
    "record",
  );
  yield* insert(
    "records",
    { ente, kind, key, subject, due_at: dueAt, words: line, newest: number },
    "(ente, kind, key) DO UPDATE SET subject = excluded.subject, due_at = excluded.due_at, words = excluded.words, newest = excluded.newest",
  );
  return { kind, key, subject, dueAt, data: draft.data, version, number, at };
}

function toRecord(row: Row): StoredRecord {
  return { ...row, data: parseFields(row.data) };
}
