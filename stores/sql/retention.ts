/** What a journal in tables gives up, a page at a time, each in a transaction. */
import type {
  DroppedDetail,
  Mask,
  Redacted,
  Retention,
  RunFiles,
} from "../../engine/journal/retention.ts";
import { endedRunStates } from "../../engine/journal/states.ts";
import { listNamedBlobs } from "./blobs.ts";
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
  type PlanValue,
  readAll,
  readOpened,
  seal,
  type Statement,
} from "./plan.ts";
import { parseFields } from "./rows.ts";
import { openFileHash } from "./runs.ts";

/** What is left of the data of a row that was masked. */
export const purgedMark = "purgedOn";

const ended = endedRunStates.map((state) => `'${state}'`).join(", ");
/** A mark in JSON text, whatever stands around it. */
const unmarked = `NOT LIKE '%"${purgedMark}":%'`;

/** Over an open database. */
export function createRetention(db: Database): Retention {
  return {
    listUnsent: async (ente, before, after, limit) =>
      await db.read(function* listUnsent() {
        const rows = yield* readAll<{ key: string }>(
          `SELECT DISTINCT i.key FROM items i JOIN runs r ON r.seq = i.run
           WHERE r.ente = ? AND r.state IN (${ended}) AND r.ended_at < ? AND i.key > ? AND i.data ${unmarked}
             AND i.state IN ('rejected', 'failed', 'cancelled', 'done')
             AND NOT EXISTS (SELECT 1 FROM effects e WHERE e.ente = r.ente AND e.item_key = i.key AND e.seals = 1 AND e.state <> 'rejected')
             AND NOT EXISTS (SELECT 1 FROM items j JOIN runs o ON o.seq = j.run
               WHERE j.key = i.key AND o.ente = r.ente AND (o.ended_at IS NULL OR o.ended_at >= ?))
           ORDER BY i.key LIMIT ?`,
          ente,
          before,
          after,
          before,
          limit,
        );
        return rows.map(({ key }) => key);
      }),
    listOpenKeys: async (ente, keys) =>
      await db.read(function* listOpen() {
        const rows = yield* readAll<{ key: string }>(
          `SELECT DISTINCT i.key FROM items i JOIN runs r ON r.seq = i.run WHERE r.ente = ? AND i.key IN (${listPlaceholders(keys)})
             AND (r.state NOT IN (${ended}) OR i.state IN ('pending', 'running', 'waiting', 'in-doubt'))`,
          ente,
          ...keys,
        );
        return new Set(rows.map(({ key }) => key));
      }),
    redact: async (ente, keys, how) => await db.write(() => redact(ente, keys, how)),
    listRunFiles: async (ente, before) => await db.read(() => listRunFiles(ente, before)),
    dropRunFiles: async (run) =>
      await db.write(function* drop() {
        yield* changeAll([
          buildChange("DELETE FROM files WHERE run = (SELECT seq FROM runs WHERE id = ?)", run),
          buildChange(
            "UPDATE runs SET input_name = NULL, input_sha256 = NULL, input_bytes = NULL, first_note = NULL WHERE id = ?",
            run,
          ),
        ]);
      }),
    dropDetail: async (ente, before) => await db.write(() => dropDetail(ente, before)),
    async sortBlobs(without) {
      const masked = new Set<string>();
      const needed = new Set<string>();
      for await (const { any, isMasked, run } of listNamedBlobs(db)) {
        const isGiven = isMasked || (run !== null && without.has(run));
        for (const sha256 of any) (isGiven ? masked : needed).add(sha256);
      }
      return { masked, needed };
    },
  };
}

interface TextRow extends PlaceRow {
  readonly id: number | string;
  readonly data: string;
  readonly note: string | null;
}

/** Where the texts of a row are sealed. */
function openTexts(nameRow: (column: "data" | "note", row: PlaceRow) => string): Opens {
  return {
    columns: { data: (row) => nameRow("data", row), note: (row) => nameRow("note", row) },
  };
}

const itemPlace = (column: string, { run, key }: PlaceRow) =>
  nameSealed(`items.${column}`, run, key);
const effectPlace = (_: string, { id }: PlaceRow) => nameSealed("effects.fields", id);
const versionPlace = (_: string, { ente, kind, key, version }: PlaceRow) =>
  nameSealed("record_versions.data", ente, kind, key, version);

const markText = `"${purgedMark}":`;

type HowRedacted = Parameters<Retention["redact"]>[2];

function* redact(ente: string, keys: readonly string[], how: HowRedacted): Plan<Redacted> {
  const { items, effects, records } = yield* readNamed(ente, keys, how.kinds);
  const some = listPlaceholders(keys);
  yield* changeAll([
    ...listMasked({ items, effects, records }, how),
    buildChange(
      `UPDATE records SET due_at = NULL, words = '' WHERE ente = ? AND (key IN (${some}) OR subject IN (${some}))`,
      ente,
      ...keys,
      ...keys,
    ),
    buildChange(
      `UPDATE attempts SET note = NULL WHERE item IN (SELECT i.id FROM items i JOIN runs r ON r.seq = i.run WHERE r.ente = ? AND i.key IN (${some}))`,
      ente,
      ...keys,
    ),
  ]);
  return { items: items.length, effects: effects.length, records: records.length };
}

/** Rows that name somebody. */
type NamedRows = Readonly<Record<keyof Redacted, readonly TextRow[]>>;

function* readNamed(
  ente: string,
  keys: readonly string[],
  kinds: HowRedacted["kinds"],
): Plan<NamedRows> {
  const some = listPlaceholders(keys);
  const of = listPlaceholders(kinds);
  const items = yield* readOpened<TextRow>(
    openTexts(itemPlace),
    `SELECT i.id, i.run, i.key, i.data, i.note FROM items i JOIN runs r ON r.seq = i.run WHERE r.ente = ? AND i.key IN (${some}) AND i.data ${unmarked}`,
    ente,
    ...keys,
  );
  const effects = yield* readOpened<TextRow>(
    openTexts(effectPlace),
    `SELECT key AS id, fields AS data, NULL AS note FROM effects WHERE ente = ? AND item_key IN (${some}) AND fields ${unmarked}`,
    ente,
    ...keys,
  );
  const records = yield* readOpened<TextRow>(
    openTexts(versionPlace),
    `SELECT v.number AS id, v.ente, v.kind, v.key, v.version, v.data, NULL AS note FROM records r
     JOIN record_versions v ON v.ente = r.ente AND v.kind = r.kind AND v.key = r.key
     WHERE r.ente = ? AND r.kind IN (${of}) AND (r.key IN (${some}) OR r.subject IN (${some})) AND v.data ${unmarked}`,
    ente,
    ...kinds,
    ...keys,
    ...keys,
  );
  return { items, effects, records };
}

function listMasked(
  { items, effects, records }: NamedRows,
  { mask, day }: HowRedacted,
): readonly Statement[] {
  // The mark stands beside what is sealed: the next purge passes the row over without opening it.
  const write = (sql: string, row: TextRow, place: string, ...more: readonly PlanValue[]) =>
    buildChange(
      sql,
      { text: maskText(row.data, mask, day), place, mark: markText },
      ...more,
      row.id,
    );
  return [
    ...items.map((row) =>
      write(
        "UPDATE items SET data = ?, note = ?, hint = NULL WHERE id = ?",
        row,
        itemPlace("data", row),
        seal(maskNote(row, mask), "items.note", row["run"], row["key"]),
      ),
    ),
    ...effects.map((row) =>
      write("UPDATE effects SET fields = ? WHERE key = ?", row, effectPlace("", row)),
    ),
    ...records.map((row) =>
      write("UPDATE record_versions SET data = ? WHERE number = ?", row, versionPlace("", row)),
    ),
  ];
}

function maskText(data: string, mask: Mask, day: string): string {
  return JSON.stringify({ ...mask.maskData(parseFields(data)), [purgedMark]: day });
}

function maskNote({ note, data }: TextRow, mask: Mask): string | null {
  return note === null ? null : mask.maskNote(note, parseFields(data));
}

function* listRunFiles(ente: string, before: string): Plan<readonly RunFiles[]> {
  const runs = yield* readOpened<{ seq: number; id: string; sha256: string | null }>(
    { columns: { sha256: ({ id }) => nameSealed("runs.input_sha256", id) } },
    `SELECT r.seq, r.id, r.input_sha256 AS sha256 FROM runs r WHERE r.ente = ? AND r.state IN (${ended}) AND r.ended_at < ?
       AND (r.input_sha256 IS NOT NULL OR EXISTS (SELECT 1 FROM files f WHERE f.run = r.seq))
       AND NOT EXISTS (SELECT 1 FROM items i WHERE i.run = r.seq AND i.data ${unmarked})`,
    ente,
    before,
  );
  const found: RunFiles[] = [];
  for (const { seq, id, sha256 } of runs) {
    const files = yield* readOpened<{ sha256: string }>(
      openFileHash(() => seq),
      "SELECT name, sha256 FROM files WHERE run = ?",
      seq,
    );
    found.push({
      seq,
      run: id,
      hashes: [...(sha256 === null ? [] : [sha256]), ...files.map((file) => file.sha256)],
    });
  }
  return found;
}

function* dropDetail(ente: string, before: string): Plan<DroppedDetail> {
  const old = `SELECT seq FROM runs WHERE ente = ? AND state IN (${ended}) AND ended_at < ?`;
  // The newest one says how far the journal has come: without it the journal would be taken for a restored one.
  const attempts = yield* change(
    `DELETE FROM attempts WHERE outcome IS NOT NULL AND run IN (${old}) AND id < (SELECT max(id) FROM attempts)`,
    ente,
    before,
  );
  const dues = yield* change(
    "DELETE FROM due WHERE ente = ? AND due_at < ? AND recorded_at < ?",
    ente,
    before,
    before,
  );
  const empty = `${old} AND total = 0 AND input_sha256 IS NULL AND seq < (SELECT max(seq) FROM runs) AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.run = runs.seq)`;
  yield* change(`DELETE FROM step_counts WHERE run IN (${empty})`, ente, before);
  yield* change(`DELETE FROM approvals WHERE run IN (${empty})`, ente, before);
  const runs = yield* change(`DELETE FROM runs WHERE seq IN (${empty})`, ente, before);
  return { runs, attempts, dues };
}
