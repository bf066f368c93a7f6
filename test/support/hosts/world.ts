/** One database, one process that owns the journal (this one), and workers of their own over scripted steps. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../../engine/host/clock.ts";
import { createLimiter } from "../../../engine/host/limiter.ts";
import { silentLogger } from "../../../engine/host/logger.ts";
import type { Journal } from "../../../engine/journal/journal.ts";
import type { Run } from "../../../engine/journal/runs.ts";
import { createRunner } from "../../../engine/run/runner.ts";
import { createDispatcher } from "../../../engine/run/stage.ts";
import type { Answer } from "../../../engine/step/context.ts";
import { openArtifacts } from "../../../stores/blobs/store.ts";
import { createSharedClaims } from "../../../hosts/claims.ts";
import { handToWorkers } from "../../../hosts/handing.ts";
import { createSharedBuckets } from "../../../hosts/limits.ts";
import { openQueue, type Queue, type Skill } from "../../../hosts/queue.ts";
import { openPostgresJournal } from "../../../stores/postgres/store.ts";
import { openSharedDatabase, type SharedDatabase } from "../../../stores/postgres/shared.ts";
import type { PostgresServer } from "../postgres.ts";
import { buildScriptedSteps, type Line, readLines } from "./scripted.ts";

export interface HostOptions {
  readonly width?: number;
  readonly skills?: readonly Skill[];
  /** Of its steps; default `one`. */
  readonly digest?: string | null;
  readonly chunkSize?: number;
  /** By which it reaches the database; default: the straight way. */
  readonly url?: string;
}

export interface Host {
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<number | null>;
}

export interface HostsWorld {
  readonly url: string;
  readonly folder: string;
  readonly journal: Journal;
  readonly db: SharedDatabase;
  start(options?: HostOptions): Promise<Host>;
  create(spec: string, ente?: string): Promise<Run>;
  /** Has workers drive it; where an answer is given it is driven here, as the answer is in memory alone. */
  drive(
    run: Run,
    options?: {
      readonly stop?: AbortSignal;
      readonly skill?: Skill;
      readonly answers?: ReadonlyMap<string, Answer>;
    },
  ): Promise<Run>;
  lines(): readonly Line[];
  query(sql: string): Promise<readonly Record<string, unknown>[]>;
  close(): Promise<void>;
}

export async function makeHostsWorld(server: PostgresServer): Promise<HostsWorld> {
  const url = await server.createDatabase();
  const folder = mkdtempSync(join(tmpdir(), "postino-hosts-"));
  const file = join(folder, "calls.jsonl");
  const journal = await openPostgresJournal(url, systemClock);
  const db = await openSharedDatabase(url);
  let queue: Queue | null = null;
  const hosts: Host[] = [];
  const steps = buildScriptedSteps(file);
  const limiter = createLimiter(systemClock, { keeper: createSharedBuckets(db) });
  const here = createRunner({
    journal,
    artifacts: await openArtifacts(join(folder, "artifacts")),
    clock: systemClock,
    log: silentLogger,
    dispatcher: createDispatcher(),
    claims: createSharedClaims(db),
    findStep: (name) => steps[name],
    findFaults: () => [],
    openServices: async () => ({ limiter }),
  });

  return {
    url,
    folder,
    journal,
    db,
    async start({ width = 2, skills = ["sign"], digest = "one", chunkSize = 10, ...way } = {}) {
      const settings = JSON.stringify({ width, skills, digest, chunkSize });
      const script = join(import.meta.dir, "process.ts");
      const child = Bun.spawn(
        [process.execPath, script, way.url ?? url, file, join(folder, "artifacts"), settings],
        { stdin: "ignore", stdout: "inherit", stderr: "pipe" },
      );
      let told = "";
      const there = Promise.withResolvers<void>();
      void (async () => {
        const decoder = new TextDecoder();
        for await (const bytes of child.stderr) {
          told += decoder.decode(bytes);
          if (told.includes("worker is there")) there.resolve();
          if (told.includes("task of a worker failed")) console.error(told);
        }
        there.resolve();
        if ((await child.exited) === 1) console.error(told);
      })();
      await there.promise;
      const host: Host = {
        pid: child.pid,
        kill: (signal) => child.kill(signal),
        ended: child.exited,
      };
      hosts.push(host);
      return host;
    },
    create: (spec, ente = "prova") =>
      journal.createRun({
        pipeline: "prova",
        ente,
        trigger: "manual",
        input: null,
        params: {},
        spec,
      }),
    async drive(run, { stop = new AbortController().signal, skill, answers } = {}) {
      queue ??= await openQueue(url, silentLogger);
      const isAnswered = (answers?.size ?? 0) > 0;
      const driver = isAnswered
        ? here
        : { ...here, drive: () => Promise.reject(new Error("no worker is there")) };
      const runner = handToWorkers(driver, {
        db,
        journal,
        queue,
        clock: systemClock,
        log: silentLogger,
        readNeeds: () => ({ steps: "one", skill: skill ?? null }),
      });
      return await runner.drive(run.id, {
        stop,
        waitUntil: Number.POSITIVE_INFINITY,
        ...(answers === undefined ? {} : { answers }),
      });
    },
    lines: () => readLines(file),
    query: (sql) => server.query(url, sql),
    async close() {
      for (const host of hosts) host.kill("SIGKILL");
      for (const host of hosts) await host.ended;
      await queue?.close();
      await db.close();
      await journal.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
