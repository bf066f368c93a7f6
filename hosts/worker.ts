/** A worker: takes runs and chunks that it can do, and says that it is there, until it is told to leave. */
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { BugKeeping } from "../engine/host/bug-report.ts";
import { keepBug } from "../engine/host/bug-report.ts";
import type { Clock } from "../engine/host/clock.ts";
import { requireRow } from "../engine/host/errors.ts";
import type { Logger } from "../engine/host/logger.ts";
import { freshMs, isTaken } from "../engine/journal/fences.ts";
import type { Journal } from "../engine/journal/journal.ts";
import type { Claims } from "../engine/run/claims.ts";
import type { Runner } from "../engine/run/runner.ts";
import {
  type Chunk,
  type ChunkOutcome,
  type Dispatcher,
  nothingFound,
} from "../engine/run/stage.ts";
import { buildJournal } from "../stores/sql/journal.ts";
import { type Database, readOne } from "../stores/sql/plan.ts";
import { beginDrive } from "../stores/sql/runs.ts";
import type { Counting } from "../stores/sql/write.ts";
import { readLineage } from "../stores/postgres/lineage.ts";
import { fenceDatabase, type SharedDatabase } from "../stores/postgres/shared.ts";
import { assertChunk, assertDrive, beginChunk, endChunk, readStopped } from "./chunks.ts";
import { createSharedClaims } from "./claims.ts";
import { awaitEarlierChunks, createHandingDispatcher, type Handing } from "./dispatcher.ts";
import {
  beat,
  noteMore,
  readHanded,
  readStoppedRuns,
  restHanded,
  sayGoodbye,
} from "./handed-runs.ts";
import {
  type ChunkJob,
  openQueue,
  PutBack,
  type Queue,
  type RunJob,
  type Skill,
  type TakenJob,
} from "./queue.ts";

/** What a task needs to do its part of a run. */
export interface TaskParts {
  /** Fenced for the task: what it writes after another has its place is refused. */
  readonly journal: Journal;
  readonly claims: Claims;
}

export interface WorkerOptions extends BugKeeping {
  readonly url: string;
  readonly db: SharedDatabase;
  readonly clock: Clock;
  readonly log: Logger;
  readonly skills: readonly Skill[];
  /** Chunks side by side; default 4. */
  readonly width?: number;
  /** Items per chunk; default 200. */
  readonly chunkSize?: number;
  /** Digest of the steps that the run uses, as this host has them; `null`: it has not all of them. */
  readonly digestSteps: (spec: string) => string | null;
  /** A runner over these parts. */
  readonly openRunner: (parts: TaskParts & { readonly dispatcher: Dispatcher }) => Promise<Runner>;
  /** Walks a chunk over these parts. */
  readonly walkChunk: (parts: TaskParts, chunk: Chunk, stop: AbortSignal) => Promise<ChunkOutcome>;
}

const beatMs = 2_000;
const lookMs = 500;
/** Items that are due so soon are waited for with the run in hand. */
const waitMs = 5_000;
/** Whoever has the steps of the run may be there by then. */
const elsewhereSeconds = 5;
const runsAtOnce = 8;

/** Works until `stop` is aborted, and then until what is under way has ended. */
export async function runWorker(options: WorkerOptions, stop: AbortSignal): Promise<void> {
  const { db, clock, log, skills, width = 4 } = options;
  const name = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
  const queue = await openQueue(options.url, log);
  const stops = createStops(stop);
  const card = { name, skills };
  await db.write(() => beat(card));
  const looking = keepLooking({ db, clock, stops, stop, beat: () => beat(card) });
  await queue.workOnRuns({ width: runsAtOnce, skills }, (job) =>
    guard(options, { run: job.data.run }, () => workOnRun(options, queue, stops, job)),
  );
  await queue.workOnChunks({ width }, (job) =>
    guard(options, { run: job.data.run, chunk: job.data.chunk }, () =>
      workOnChunk(options, stops, job),
    ),
  );
  log.info("worker is there", { worker: name, skills: skills.join(" ") });
  await untilAborted(stop);
  await queue.stopTaking();
  await db.write(() => sayGoodbye(name));
  await queue.close();
  await looking;
}

/** A bug is kept and the job put back: pg-boss would have it taken again at once, for ever. */
async function guard(
  options: WorkerOptions,
  about: { readonly run: string; readonly chunk?: number },
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof PutBack) throw error;
    // Another attempt goes on with it.
    if (isTaken(error)) return options.log.warn("task given up", { runId: about.run });
    keepBug(options, "task of a worker failed", error, { run: about.run });
    throw new PutBack(elsewhereSeconds);
  }
}

async function workOnRun(
  options: WorkerOptions,
  queue: Queue,
  stops: Stops,
  { data, signal, isTakenOver }: TakenJob<RunJob>,
): Promise<void> {
  const { db, clock } = options;
  const handed = await db.read(() => readHanded(data.run));
  // Taken back, or brought to its rest by another attempt.
  if (handed === null || handed.isRested) return;
  const reading = openUnfenced(options);
  const spec = await reading.readSpec(data.run);
  if (options.digestSteps(spec) !== data.steps) throw new PutBack(elsewhereSeconds);
  const run = requireRow(await reading.readRun(data.run), `run ${data.run}`);
  const own = stops.open({ run: data.run }, signal);
  try {
    let driven = await openDriven(options, run.id);
    await outwait(clock, isTakenOver);
    const handing: Handing = {
      runId: run.id,
      ente: run.ente,
      steps: data.steps,
      queue,
      clock,
      ...(options.chunkSize === undefined ? {} : { chunkSize: options.chunkSize }),
      openDatabase: () => driven.db,
      isLeaving: () => stops.isLeaving() && !own.isStopped(),
    };
    if (!(await awaitEarlierChunks(handing, () => !own.signal.aborted))) throw new PutBack(0);
    const journal: Journal = {
      ...driven.journal,
      async beginDrive(runId) {
        driven = await openDriven(options, runId);
        return driven.journal;
      },
    };
    const dispatcher = createHandingDispatcher(handing);
    // Fenced for the drive that the runner begins.
    const claims = createSharedClaims({
      read: (plan) => driven.db.read(plan),
      write: (plan) => driven.db.write(plan),
    });
    const runner = await options.openRunner({ journal, claims, dispatcher });
    let told: Promise<unknown> = Promise.resolve();
    await runner.drive(run.id, {
      stop: own.signal,
      waitUntil: clock.now() + waitMs,
      isResumedAtStart: true,
      onMore(names) {
        told = Promise.resolve(driven.db.write(() => noteMore(run.id, names)));
        told.catch(() => {});
      },
    });
    await told;
    if (stops.isLeaving() && !own.isStopped()) throw new PutBack(0);
    await driven.db.write(() => restHanded(run.id));
  } finally {
    own.close();
  }
}

async function workOnChunk(
  options: WorkerOptions,
  stops: Stops,
  { data, signal, isTakenOver }: TakenJob<ChunkJob>,
): Promise<void> {
  const { db } = options;
  const spec = await openUnfenced(options).readSpec(data.run);
  if (options.digestSteps(spec) !== data.steps) throw new PutBack(elsewhereSeconds);
  const begun = await db.write(() => beginChunk(data.chunk));
  if (begun === null) return;
  const own = stops.open({ chunk: begun.id }, signal);
  try {
    await outwait(options.clock, isTakenOver);
    const fenced = fenceDatabase(db, () => assertChunk(begun));
    const parts = {
      journal: openFenced(options, fenced, "beside"),
      claims: createSharedClaims(fenced),
    };
    const outcome = begun.isStopped
      ? nothingFound
      : await options.walkChunk(parts, begun.chunk, own.signal);
    if (stops.isLeaving() && !own.isStopped()) throw new PutBack(0);
    await fenced.write(() => endChunk(begun, outcome));
  } finally {
    own.close();
  }
}

/** Whoever does not answer may have been told a moment ago that the task is its own: it acts on that no longer than this. */
async function outwait(clock: Clock, isTakenOver: boolean): Promise<void> {
  if (isTakenOver) await clock.sleep(freshMs);
}

type FencedDatabase = ReturnType<typeof fenceDatabase>;

/** Another drive of the run begins: whoever drove it before writes nothing any more. */
async function openDriven(
  options: WorkerOptions,
  runId: string,
): Promise<{ readonly db: FencedDatabase; readonly journal: Journal }> {
  const { db } = options;
  const drive = await db.write(function* begin() {
    const row = yield* readOne<{ seq: number }>("SELECT seq FROM runs WHERE id = ?", runId);
    return yield* beginDrive(requireRow(row, `run ${runId}`).seq);
  });
  const fenced = fenceDatabase(db, () => assertDrive(runId, drive));
  return { db: fenced, journal: openFenced(options, fenced, "in-run") };
}

function openFenced({ clock }: WorkerOptions, db: FencedDatabase, counting: Counting): Journal {
  return buildJournal(
    db,
    clock,
    {
      isHeld: async () => true,
      taken: db.taken,
      assertOwned: db.assertOwned,
      announceDashboard: async () => {},
      readLineage: async () => await db.read(readLineage),
      checkIntegrity: async () => "ok",
      close: async () => {},
    },
    counting,
  );
}

/** For reading alone. */
function openUnfenced(options: WorkerOptions): Journal {
  const { db } = options;
  const fence = { taken: new AbortController().signal, assertOwned: async () => {} };
  return openFenced(options, { ...db, ...fence }, "beside");
}

/** What is under way, and what tells it to end. */
interface Stops {
  open(task: Task, lost: AbortSignal): OwnStop;
  isLeaving(): boolean;
  listRuns(): readonly string[];
  listChunks(): readonly number[];
  stopRun(run: string): void;
  stopChunk(chunk: number): void;
}

interface Task {
  readonly run?: string;
  readonly chunk?: number;
}

interface OwnStop {
  readonly signal: AbortSignal;
  /** A person, or the run, wants it: not only this worker leaves. */
  isStopped(): boolean;
  close(): void;
}

function createStops(leaving: AbortSignal): Stops {
  const open = new Map<Task, AbortController>();
  const stopWhere = (fits: (task: Task) => boolean): void => {
    for (const [task, controller] of open) if (fits(task)) controller.abort();
  };
  return {
    open(task, lost) {
      const asked = new AbortController();
      open.set(task, asked);
      return {
        signal: AbortSignal.any([asked.signal, leaving, lost]),
        isStopped: () => asked.signal.aborted,
        close: () => open.delete(task),
      };
    },
    isLeaving: () => leaving.aborted,
    listRuns: () => [...open.keys()].flatMap(({ run }) => (run === undefined ? [] : [run])),
    listChunks: () => [...open.keys()].flatMap(({ chunk }) => (chunk === undefined ? [] : [chunk])),
    stopRun: (run) => stopWhere((task) => task.run === run),
    stopChunk: (chunk) => stopWhere((task) => task.chunk === chunk),
  };
}

interface Looking {
  readonly db: Database;
  readonly clock: Clock;
  readonly stops: Stops;
  readonly stop: AbortSignal;
  readonly beat: () => ReturnType<typeof beat>;
}

/** Says that the worker is there, and looks for what should stop. */
async function keepLooking({ db, clock, stops, stop, beat: say }: Looking): Promise<void> {
  for (let beatenAt = clock.now(); !stop.aborted; await clock.sleep(lookMs, stop)) {
    const [runs, chunks] = [stops.listRuns(), stops.listChunks()];
    if (runs.length > 0)
      for (const run of await db.read(() => readStoppedRuns(runs))) stops.stopRun(run);
    if (chunks.length > 0)
      for (const chunk of await db.read(() => readStopped(chunks))) stops.stopChunk(chunk);
    if (clock.now() - beatenAt < beatMs) continue;
    beatenAt = clock.now();
    await db.write(say);
  }
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
