/** Runs of a journal in tables: their rows, files, questions and approvals. */
import { parseHint, serializeHint } from "../../engine/journal/stored-hint.ts";
import { createHash } from "node:crypto";
import { toInstant, toRomeDay } from "../../engine/host/clock.ts";
import { requireRow } from "../../engine/host/errors.ts";
import type { StoredArtifact } from "../../engine/host/files.ts";
import type {
  AskRow,
  JournalRuns,
  NewRun,
  Run,
  RunCounts,
  RunFilter,
  RunPatch,
  RunReader,
} from "../../engine/journal/runs.ts";
import {
  change,
  type Database,
  insert,
  nameSealed,
  type Opens,
  type PlaceRow,
  type Plan,
  type PlanValue,
  readAll,
  readOne,
  readOpened,
  requireHit,
  seal,
} from "./plan.ts";
import type { FindRunKey, RunKey, Stored } from "./rows.ts";
import { createWhere } from "./where.ts";
import type { Writer } from "./writer.ts";

/** Specs that are kept: some kilobytes each. */
const mostSpecs = 100;

/** Over an open database; closing it is the caller's business. */
export function createRunReader(db: Database, keyOf: FindRunKey): RunReader {
  const readOfRun = async <Row>(runId: string, sql: string): Promise<readonly Row[]> =>
    await db.read(function* readRows() {
      return yield* readAll<Row>(sql, (yield* keyOf(runId)).seq);
    });
  // A run is bound to its pipeline, and every page of it asks.
  const specs = new Map<string, string>();
  return {
    readRun: async (id) => await db.read(() => readRun(id)),
    listRuns: async (filter) => await db.read(() => readRuns(filter)),
    listStepCounts: (runId) =>
      readOfRun(
        runId,
        'SELECT step, done, rejected, failed, first_at AS "firstAt", last_at AS "lastAt" FROM step_counts WHERE run = ?',
      ),
    async readSpec(runId) {
      const known = specs.get(runId);
      if (known !== undefined) return known;
      const select = "SELECT s.json FROM runs r JOIN specs s ON s.digest = r.spec WHERE r.seq = ?";
      const [row] = await readOfRun<{ json: string }>(runId, select);
      const { json } = requireRow(row, `spec of run ${runId}`);
      if (specs.size >= mostSpecs) specs.clear();
      specs.set(runId, json);
      return json;
    },
    listFiles: async (runId) =>
      await db.read(function* listFiles() {
        const { seq } = yield* keyOf(runId);
        const asked = "SELECT name, sha256, bytes FROM files WHERE run = ? ORDER BY name";
        return yield* readOpened<StoredArtifact>(
          openFileHash(() => seq),
          asked,
          seq,
        );
      }),
    listAsks: async (runId) =>
      await db.read(function* listAsks() {
        if (runId === undefined)
          return yield* readOpened<AskRow>(
            askTexts,
            `${asks} r.state = 'waiting-for-person' ${oldest}`,
          );
        const { seq } = yield* keyOf(runId);
        return yield* readOpened<AskRow>(askTexts, `${asks} a.run = ? ${oldest}`, seq);
      }),
    listApprovals: (runId) =>
      readOfRun(runId, 'SELECT step, by_whom AS "by", at FROM approvals WHERE run = ? ORDER BY id'),
  };
}

/** The hash of a file, by the number of its run and its name. */
export function openFileHash(run: (row: PlaceRow) => unknown): Opens {
  return { columns: { sha256: (row) => nameSealed("files.sha256", run(row), row["name"]) } };
}

const askTexts: Opens = {
  columns: {
    prompt: ({ run, step }) => nameSealed("asks.prompt", run, step),
    problem: ({ run, step }) => nameSealed("asks.problem", run, step),
  },
};

const asks = `SELECT r.id AS run, a.step, a.kind, a.who, a.prompt, a.problem, a.created_at AS "createdAt", a.deadline
  FROM asks a JOIN runs r ON r.seq = a.run WHERE`;
const oldest = "ORDER BY a.created_at, a.run, a.step";

/** The writer's half. `flush`: what was recorded before must not become durable after a change of its run. */
export function createRuns(
  writer: Writer,
  flush: () => void | Promise<void>,
): Omit<JournalRuns, "beginDrive"> {
  const { db, clock, keyOf, write, onChange, announce } = writer;
  const now = (): string => toInstant(clock.now());
  return {
    ...createRunReader(db, keyOf),
    createRun: async (run) => {
      const moment = { at: now(), day: toRomeDay(clock.now()) };
      const id = await db.write(() => insertRun(run, moment));
      announce(id);
      return requireRow(await db.read(() => readRun(id)), `run ${id}`);
    },
    patchRun: async (runId, patch) => {
      await flush();
      await write(runId, (run) => patchRun(run, patch));
    },
    addFile: (runId, { name, sha256, bytes }) =>
      write(runId, ({ seq }) =>
        insert(
          "files",
          { run: seq, name, sha256: seal(sha256, "files.sha256", seq, name), bytes },
          "(run, name) DO UPDATE SET sha256 = excluded.sha256, bytes = excluded.bytes",
        ),
      ),
    openAsk: (ask) => write(ask.run, ({ seq }) => insertAsk(seq, ask, now())),
    closeAsk: (runId, step) => write(runId, ({ seq }) => deleteAsk(seq, step)),
    agree: (runId, step, by) =>
      write(runId, function* agree({ seq }) {
        yield* insert("approvals", { run: seq, step, by_whom: by, at: now() });
        yield* deleteAsk(seq, step);
      }),
    onChange,
  };
}

const atRun = (column: string) => (row: PlaceRow) => nameSealed(column, row["id"]);

const runTexts: Opens = {
  columns: {
    params: atRun("runs.params"),
    reason: atRun("runs.reason"),
    hint: atRun("runs.hint"),
    note: atRun("runs.note"),
    firstNote: atRun("runs.first_note"),
    inputName: atRun("runs.input_name"),
    inputSha256: atRun("runs.input_sha256"),
  },
};

const columns = `seq, id, pipeline, ente, state, run_trigger AS "trigger", created_at AS "createdAt", started_at AS "startedAt",
  ended_at AS "endedAt", sealed_at AS "sealedAt", sealed, params, is_loaded AS "isLoaded", code, reason, hint, note,
  first_code AS "firstCode", first_note AS "firstNote", input_name AS "inputName", input_sha256 AS "inputSha256", input_bytes AS "inputBytes",
  total, pending, done, rejected, waiting, in_doubt AS "inDoubt", failed, cancelled`;

interface StoredRun extends Omit<Stored<Run, "params" | "hint">, "input" | "counts">, RunCounts {
  readonly inputName: string | null;
  readonly inputSha256: string;
  readonly inputBytes: number;
}

function toRun(row: StoredRun): Run {
  const { total, pending, done, rejected, waiting, inDoubt, failed, cancelled, ...rest } = row;
  const { inputName: name, inputSha256: sha256, inputBytes: bytes, ...run } = rest;
  return {
    ...run,
    isLoaded: run.isLoaded === 1,
    params: JSON.parse(run.params) as Run["params"],
    input: name === null ? null : { name, sha256, bytes },
    hint: parseHint(run.hint),
    counts: { total, pending, done, rejected, waiting, inDoubt, failed, cancelled },
  };
}

function* readRun(id: string): Plan<Run | null> {
  const [row] = yield* readOpened<StoredRun>(
    runTexts,
    `SELECT ${columns} FROM runs WHERE id = ?`,
    id,
  );
  return row === undefined ? null : toRun(row);
}

function* readRuns(filter: RunFilter): Plan<readonly Run[]> {
  const where = createWhere();
  if (filter.ente !== undefined) where.addCondition("ente = ?", filter.ente);
  if (filter.pipeline !== undefined) where.addCondition("pipeline = ?", filter.pipeline);
  if (filter.states !== undefined) where.addChoice("state", filter.states);
  if (filter.since !== undefined) where.addCondition("created_at >= ?", filter.since);
  if (filter.beforeSeq !== undefined) where.addCondition("seq < ?", filter.beforeSeq);
  const rows = yield* readOpened<StoredRun>(
    runTexts,
    `SELECT ${columns} FROM runs WHERE ${where.joinConditions()} ORDER BY seq DESC LIMIT ?`,
    ...where.values,
    filter.limit,
  );
  return rows.map(toRun);
}

/** When a row is written: the instant, and the Roman calendar day that begins the ids of runs. */
interface Moment {
  readonly at: string;
  /** `YYYY-MM-DD`. */
  readonly day: string;
}

/** Inserts a queued run; returns its id. */
function* insertRun(run: NewRun, { at, day }: Moment): Plan<string> {
  const digest = createHash("sha256").update(run.spec).digest("hex");
  yield* insert("specs", { digest, json: run.spec }, "DO NOTHING");
  const id = yield* computeNextId(day.replaceAll("-", ""));
  yield* insert("runs", {
    id,
    pipeline: run.pipeline,
    ente: run.ente,
    state: "queued",
    run_trigger: run.trigger,
    created_at: at,
    input_name: seal(run.input?.name ?? null, "runs.input_name", id),
    input_sha256: seal(run.input?.sha256 ?? null, "runs.input_sha256", id),
    input_bytes: run.input?.bytes ?? null,
    params: seal(JSON.stringify(run.params), "runs.params", id),
    spec: digest,
  });
  return id;
}

/** `20261123-0001`: counted from 1 on each day. */
function* computeNextId(day: string): Plan<string> {
  const last = yield* readOne<{ id: string }>(
    "SELECT id FROM runs WHERE id > ? AND id < ? ORDER BY length(id) DESC, id DESC LIMIT 1",
    `${day}-`,
    `${day}-~`,
  );
  const number = last === null ? 1 : Number(last.id.slice(day.length + 1)) + 1;
  return `${day}-${String(number).padStart(4, "0")}`;
}

/** Another drive of the run begins: what the one before still would write is refused. Returns its number. */
export function* beginDrive(run: number): Plan<number> {
  const begin = "UPDATE runs SET drive = drive + 1 WHERE seq = ? RETURNING drive";
  return requireRow(yield* readOne<{ drive: number }>(begin, run), "drive").drive;
}

/** Changes what the patch names and nothing else. */
function* patchRun({ seq, id }: RunKey, patch: RunPatch): Plan<void> {
  const columns = Object.entries(toColumns(patch)).filter(([, value]) => value !== undefined);
  if (columns.length === 0) return;
  const changes = yield* change(
    `UPDATE runs SET ${columns.map(([name]) => `${name} = ?`).join(", ")} WHERE seq = ?`,
    ...columns.map(([name, value]) => sealColumn(id, name, value ?? null)),
    seq,
  );
  requireHit(changes, `patch run ${id}`);
}

const sealedColumns = new Set(["reason", "hint", "note", "input_name", "input_sha256"]);

function sealColumn(id: string, name: string, value: string | number | null): PlanValue {
  const isSealed = typeof value === "string" && sealedColumns.has(name);
  return isSealed ? seal(value, `runs.${name}`, id) : value;
}

/** By column; `undefined`: it stays as it is. */
function toColumns({ input, isLoaded, hint, startedAt, endedAt, ...same }: RunPatch) {
  return {
    ...same,
    started_at: startedAt,
    ended_at: endedAt,
    is_loaded: isLoaded === undefined ? undefined : Number(isLoaded),
    hint: hint === undefined ? undefined : serializeHint(hint),
    input_name: input?.name,
    input_sha256: input?.sha256,
    input_bytes: input?.bytes,
  };
}

/** Keeps code and note of the first item that was rejected or failed; later ones change nothing. */
export function* noteFirst(run: RunKey, code: string, note: string | null): Plan<void> {
  yield* change(
    "UPDATE runs SET first_code = ?, first_note = ? WHERE seq = ? AND first_code IS NULL",
    code,
    seal(note, "runs.first_note", run.id),
    run.seq,
  );
}

/** A question of a step; its earlier one is replaced. */
function* insertAsk(
  run: number,
  { run: id, step, kind, who, prompt, problem, deadline }: Omit<AskRow, "createdAt">,
  at: string,
): Plan<void> {
  yield* deleteAsk(run, step);
  yield* insert("asks", {
    run,
    step,
    kind,
    who,
    prompt: seal(prompt, "asks.prompt", id, step),
    problem: seal(problem, "asks.problem", id, step),
    created_at: at,
    deadline,
  });
}

/** The question was answered, or is no longer asked. */
function* deleteAsk(run: number, step: string): Plan<void> {
  yield* change("DELETE FROM asks WHERE run = ? AND step = ?", run, step);
}
