/** The embedded journal on bun:sqlite: WAL, FULL, group commit, one writer guarded by a lease; opened by the composition root. */
import { Database } from "bun:sqlite";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { StoredArtifact } from "./artifacts.ts";
import { type Clock, romeDay, toInstant } from "./clock.ts";
import { messageOf, requireRow, RunBlocked } from "./errors.ts";
import type {
  DueRow,
  EffectRow,
  Intent,
  Journal,
  JournalReader,
  Move,
  NewItem,
  NewRun,
  Run,
  RunPatch,
} from "./journal.ts";
import { createReader } from "./journal-read.ts";
import { migrate } from "./journal-schema.ts";
import { createWriter, noDeltas } from "./journal-write.ts";
import { createLedger } from "./ledger.ts";
import { takeLease } from "./lease.ts";

/** A group is committed when it has this many rows, or this many milliseconds after its first row. */
const groupRows = 100;
const groupMs = 20;

interface Waiting {
  readonly run: number;
  readonly runId: string;
  readonly intents: readonly Intent[];
  readonly moves: readonly Move[];
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** Opens the file for reading beside a writer; `null` when there is none yet. */
export function openJournalReader(path: string): JournalReader | null {
  if (path !== ":memory:" && !existsSync(path)) return null;
  const db = new Database(path, { readonly: true, strict: true });
  db.run("PRAGMA busy_timeout = 5000");
  const { seqOf: _seqOf, openAttempts: _openAttempts, ...reader } = createReader(db);
  return { ...reader, close: async () => db.close() };
}

/**
 * Opens (and makes) the journal for writing. Throws RunBlocked `JOURNAL_IN_USE` when another process holds the lease,
 * `DATA_NOT_WRITABLE` when the folder cannot be written.
 */
export function openJournal(path: string, clock: Clock): Journal {
  const release = path === ":memory:" ? () => {} : takeLease(path, clock);
  const db = open(path);
  const reader = createReader(db);
  const writer = createWriter(db);
  const ledger = createLedger(db);
  const listeners = new Set<(runId: string) => void>();
  const entes = new Map<number, string>();
  let queue: Waiting[] = [];
  let queuedRows = 0;
  let timer: ReturnType<typeof setTimeout> | null = null;

  const now = (): string => toInstant(clock.now());
  function tell(runId: string): void {
    for (const listener of listeners) listener(runId);
  }

  function enteOf(run: number): string {
    const known = entes.get(run);
    if (known !== undefined) return known;
    const { ente } = requireRow(
      db.query<{ ente: string }, [number]>("SELECT ente FROM runs WHERE seq = ?").get(run),
      `run ${run}`,
    );
    entes.set(run, ente);
    return ente;
  }

  function flush(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const group = queue;
    queue = [];
    queuedRows = 0;
    if (group.length === 0) return;
    try {
      transact(db, () => writeGroup(group));
    } catch (error) {
      for (const waiting of group) waiting.reject(error);
      return;
    }
    for (const waiting of group) waiting.resolve();
    for (const runId of new Set(group.map((waiting) => waiting.runId))) tell(runId);
  }

  function writeGroup(group: readonly Waiting[]): void {
    const at = now();
    const byRun = new Map<number, ReturnType<typeof noDeltas>>();
    for (const { run, intents, moves } of group) {
      const deltas = byRun.get(run) ?? noDeltas();
      byRun.set(run, deltas);
      for (const intent of intents) writer.intent(run, enteOf(run), intent, at, deltas);
      for (const move of moves) writer.move(run, move, at, deltas);
    }
    for (const [run, deltas] of byRun) writer.settle(run, deltas, at);
  }

  const { seqOf, openAttempts, ...reads } = reader;
  return {
    ...reads,
    ...ledger,
    openAttempts: async (runId) => openAttempts(runId),
    earliestDue: async (runId) =>
      db
        .query<{ due: number | null }, [number]>(
          "SELECT min(due_at) AS due FROM items WHERE run = ? AND state = 'waiting'",
        )
        .get(seqOf(runId))?.due ?? null,
    createRun: async (run) => {
      const created = transact(db, () => insertRun(db, run, now(), clock));
      tell(created);
      return requireRow(await reads.run(created), `run ${created}`);
    },
    patchRun: async (runId, patch) => {
      flush();
      transact(db, () => patchRow(db, seqOf(runId), patch));
      tell(runId);
    },
    addItems: async (runId, items) => {
      transact(db, () => insertItems(db, seqOf(runId), enteOf(seqOf(runId)), items, now()));
      tell(runId);
    },
    dropItems: async (runId) => {
      transact(db, () => {
        db.query("DELETE FROM items WHERE run = ?").run(seqOf(runId));
        db.query(
          "UPDATE runs SET total = 0, pending = 0, rejected = 0, first_code = NULL, first_note = NULL WHERE seq = ?",
        ).run(seqOf(runId));
        db.query("DELETE FROM step_counts WHERE run = ?").run(seqOf(runId));
      });
    },
    record: (runId, batch) =>
      new Promise((resolve, reject) => {
        const intents = batch.intents ?? [];
        const moves = batch.moves ?? [];
        queue.push({ run: seqOf(runId), runId, intents, moves, resolve, reject });
        queuedRows += intents.length + moves.length;
        if (queuedRows >= groupRows) flush();
        else timer ??= setTimeout(flush, groupMs);
      }),
    addFile: async (runId, file: StoredArtifact) => {
      transact(db, () =>
        db
          .query("INSERT OR REPLACE INTO files (run, name, sha256, bytes) VALUES (?, ?, ?, ?)")
          .run(seqOf(runId), file.name, file.sha256, file.bytes),
      );
      tell(runId);
    },
    openAsk: async (ask) => {
      transact(db, () =>
        db
          .query(
            "INSERT OR REPLACE INTO asks (run, step, kind, who, prompt, problem, created_at, deadline) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
          )
          .run(
            seqOf(ask.run),
            ask.step,
            ask.kind,
            ask.who,
            ask.prompt,
            ask.problem,
            now(),
            ask.deadline,
          ),
      );
      tell(ask.run);
    },
    closeAsk: async (runId, step) => {
      transact(db, () =>
        db.query("DELETE FROM asks WHERE run = ? AND step = ?").run(seqOf(runId), step),
      );
      tell(runId);
    },
    recordDue: async (row: DueRow) =>
      transact(
        db,
        () =>
          db
            .query(
              "INSERT OR IGNORE INTO due (pipeline, ente, due_at, state, run, reason, recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            )
            .run(row.pipeline, row.ente, row.dueAt, row.state, row.run, row.reason, row.recordedAt)
            .changes === 1,
      ),
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    integrity: async () =>
      requireRow(
        db.query<{ integrity_check: string }, []>("PRAGMA integrity_check").get(),
        "integrity",
      ).integrity_check,
    close: async () => {
      flush();
      db.run("PRAGMA wal_checkpoint(TRUNCATE)");
      db.close();
      release();
    },
  };
}

function open(path: string): Database {
  try {
    if (path !== ":memory:") mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const db = new Database(path, { create: true, strict: true });
    db.run("PRAGMA auto_vacuum = INCREMENTAL");
    db.run("PRAGMA journal_mode = WAL");
    db.run("PRAGMA synchronous = FULL");
    db.run("PRAGMA busy_timeout = 5000");
    db.run("PRAGMA journal_size_limit = 67108864");
    if (path !== ":memory:") chmodSync(path, 0o600);
    migrate(db);
    return db;
  } catch (error) {
    if (error instanceof RunBlocked) throw error;
    throw new RunBlocked(
      "DATA_NOT_WRITABLE",
      `Il registro dei flussi non si può aprire in scrittura: ${path}.`,
      {
        hint: "Controllare i permessi della cartella dei dati (o indicarne un'altra con POSTINO_DATA) e lo spazio su disco.",
        cause: error,
      },
    );
  }
}

/** Runs in one transaction; a full disk becomes a sentence that a person understands. */
function transact<Result>(db: Database, work: () => Result): Result {
  try {
    return db.transaction(work).immediate();
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (code === "SQLITE_FULL" || code === "SQLITE_IOERR_WRITE" || code === "SQLITE_IOERR")
      throw new RunBlocked(
        "DISK_FULL",
        `Il registro dei flussi non si può scrivere: ${messageOf(error)}.`,
        {
          hint: "Liberare spazio sul disco dei dati, poi riprendere il flusso: nulla di ciò che è registrato è andato perso.",
          cause: error,
        },
      );
    throw error;
  }
}

function insertRun(db: Database, run: NewRun, at: string, clock: Clock): string {
  const digest = createHash("sha256").update(run.spec).digest("hex");
  db.query("INSERT OR IGNORE INTO specs (digest, json) VALUES (?, ?)").run(digest, run.spec);
  const day = romeDay(clock.now()).replaceAll("-", "");
  const last = db
    .query<{ id: string }, [string, string]>(
      "SELECT id FROM runs WHERE id > ? AND id < ? ORDER BY length(id) DESC, id DESC LIMIT 1",
    )
    .get(`${day}-`, `${day}-~`);
  const number = last === null ? 1 : Number(last.id.slice(day.length + 1)) + 1;
  const id = `${day}-${String(number).padStart(4, "0")}`;
  db.query(
    `INSERT INTO runs (id, pipeline, ente, state, run_trigger, created_at, input_name, input_sha256, input_bytes, params, spec)
     VALUES (?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    id,
    run.pipeline,
    run.ente,
    run.trigger,
    at,
    run.input?.name ?? null,
    run.input?.sha256 ?? null,
    run.input?.bytes ?? null,
    JSON.stringify(run.params),
    digest,
  );
  return id;
}

function patchRow(db: Database, seq: number, patch: RunPatch): void {
  const columns: Record<string, string | number | null> = {};
  if (patch.state !== undefined) columns["state"] = patch.state;
  if (patch.startedAt !== undefined) columns["started_at"] = patch.startedAt;
  if (patch.endedAt !== undefined) columns["ended_at"] = patch.endedAt;
  if (patch.isLoaded !== undefined) columns["is_loaded"] = patch.isLoaded ? 1 : 0;
  if (patch.code !== undefined) columns["code"] = patch.code;
  if (patch.reason !== undefined) columns["reason"] = patch.reason;
  if (patch.hint !== undefined) columns["hint"] = patch.hint;
  if (patch.input !== undefined) {
    columns["input_name"] = patch.input.name;
    columns["input_sha256"] = patch.input.sha256;
    columns["input_bytes"] = patch.input.bytes;
  }
  const names = Object.keys(columns);
  if (names.length === 0) return;
  const { changes } = db
    .query(`UPDATE runs SET ${names.map((name) => `${name} = ?`).join(", ")} WHERE seq = ?`)
    .run(...Object.values(columns), seq);
  if (changes === 0) throw new Error(`no row: patch run ${seq}`);
}

function insertItems(
  db: Database,
  run: number,
  ente: string,
  items: readonly NewItem[],
  at: string,
): void {
  const insert = db.query(
    `INSERT INTO items (run, key, round, state, step, data, source_digest, code, note, hint, updated_at)
     VALUES (?1, ?2, COALESCE((SELECT round FROM rounds WHERE ente = ?3 AND item_key = ?2), 1), ?4, 1, ?5, ?6, ?7, ?8, ?9, ?10)`,
  );
  let rejected = 0;
  let first: NewItem["rejected"];
  for (const item of items) {
    const off = item.rejected;
    if (off !== undefined) {
      rejected += 1;
      first ??= off;
    }
    insert.run(
      run,
      item.key,
      ente,
      off === undefined ? "pending" : "rejected",
      JSON.stringify(item.data),
      item.sourceDigest,
      off?.code ?? null,
      off?.note ?? null,
      off?.hint ?? null,
      at,
    );
  }
  db.query(
    "UPDATE runs SET total = total + ?, pending = pending + ?, rejected = rejected + ? WHERE seq = ?",
  ).run(items.length, items.length - rejected, rejected, run);
  if (first !== undefined)
    db.query(
      "UPDATE runs SET first_note = CASE WHEN first_code IS NULL THEN ? ELSE first_note END, first_code = COALESCE(first_code, ?) WHERE seq = ?",
    ).run(first.note, first.code, run);
}

export type { EffectRow, Run };
