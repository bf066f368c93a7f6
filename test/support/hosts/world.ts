/** One database, one process that owns the journal (this one), and workers of their own over scripted steps. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../../engine/host/clock.ts";
import { silentLogger } from "../../../engine/host/logger.ts";
import type { Journal } from "../../../engine/journal/journal.ts";
import type { Run } from "../../../engine/journal/runs.ts";
import type { Runner } from "../../../engine/run/runner.ts";
import { handToWorkers } from "../../../hosts/handing.ts";
import { openQueue, type Queue, type Skill } from "../../../hosts/queue.ts";
import { openPostgresJournal } from "../../../stores/postgres/store.ts";
import { openSharedDatabase, type SharedDatabase } from "../../../stores/postgres/shared.ts";
import type { PostgresServer } from "../postgres.ts";
import { type Line, readLines } from "./scripted.ts";

export interface HostOptions {
  readonly width?: number;
  readonly skills?: readonly Skill[];
  /** Of its steps; default `one`. */
  readonly digest?: string | null;
  readonly chunkSize?: number;
}

export interface Host {
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<number | null>;
}

export interface HostsWorld {
  readonly url: string;
  readonly journal: Journal;
  readonly db: SharedDatabase;
  start(options?: HostOptions): Promise<Host>;
  create(spec: string, ente?: string): Promise<Run>;
  /** Has workers drive it; `here`: what drives it where there are none. */
  drive(run: Run, options?: { readonly stop?: AbortSignal; readonly skill?: Skill }): Promise<Run>;
  lines(): readonly Line[];
  query(sql: string): Promise<readonly Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** What drives a run where there are no workers: nothing should. */
const nobody: Runner = {
  create: () => Promise.reject(new Error("not asked for")),
  drive: () => Promise.reject(new Error("no worker is there")),
  isActive: () => false,
};

export async function makeHostsWorld(server: PostgresServer): Promise<HostsWorld> {
  const url = await server.createDatabase();
  const folder = mkdtempSync(join(tmpdir(), "postino-hosts-"));
  const file = join(folder, "calls.jsonl");
  const journal = await openPostgresJournal(url, systemClock);
  const db = await openSharedDatabase(url);
  let queue: Queue | null = null;
  const hosts: Host[] = [];

  return {
    url,
    journal,
    db,
    async start({ width = 2, skills = ["sign"], digest = "one", chunkSize = 10 } = {}) {
      const settings = JSON.stringify({ width, skills, digest, chunkSize });
      const script = join(import.meta.dir, "process.ts");
      const child = Bun.spawn(
        [process.execPath, script, url, file, join(folder, "artifacts"), settings],
        { stdin: "ignore", stdout: "inherit", stderr: "pipe" },
      );
      let told = "";
      const there = Promise.withResolvers<void>();
      void (async () => {
        const decoder = new TextDecoder();
        for await (const bytes of child.stderr) {
          told += decoder.decode(bytes);
          if (told.includes("worker is there")) there.resolve();
          if (told.includes("bug") || told.includes("Error")) console.error(told);
        }
        there.resolve();
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
    async drive(run, { stop = new AbortController().signal, skill = null as Skill | null } = {}) {
      queue ??= await openQueue(url, silentLogger);
      const runner = handToWorkers(nobody, {
        db,
        journal,
        queue,
        clock: systemClock,
        log: silentLogger,
        readNeeds: () => ({ steps: "one", skill }),
      });
      return await runner.drive(run.id, { stop, waitUntil: Number.POSITIVE_INFINITY });
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
