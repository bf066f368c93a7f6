/** What drives runs in tests of dispatchers, whatever dispatches: processes that may be killed, stopped and told to leave, and one that asks for runs. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Answer } from "../../../engine/step/context.ts";
import type { Journal, JournalReader } from "../../../engine/journal/journal.ts";
import type { Run } from "../../../engine/journal/runs.ts";
import { toInstant, systemClock } from "../../../engine/host/clock.ts";
import { requireRow } from "../../../engine/host/errors.ts";
import { cancelRun, hurryWaiting, reopenItems } from "../../../engine/run/reopen.ts";
import { openJournalReader } from "../../../stores/sqlite/store.ts";
import type { Skill } from "../../../hosts/queue.ts";
import { type HostsWorld, makeHostsWorld } from "../hosts/world.ts";
import type { PostgresServer } from "../postgres.ts";

/** A process that walks items. */
export interface WalkingHost {
  readonly pid: number;
  kill(): void;
  /** SIGTERM. */
  leave(): void;
  /** SIGSTOP; whoever stands by takes over. */
  standStill(): Promise<void>;
  /** SIGCONT. */
  goOn(): void;
  /** Its exit code; `null` where a signal ended it. */
  readonly ended: Promise<number | null>;
}

export interface DispatchWorld {
  readonly folder: string;
  readonly reader: JournalReader;
  /** Has as many processes as belong to it. */
  fill(): Promise<void>;
  listHosts(): readonly WalkingHost[];
  /** Resolves with the id. */
  create(spec: string, ente: string): Promise<string>;
  /** Until the run rests, whatever becomes of the hosts; due items are waited for. */
  drive(
    runId: string,
    options?: {
      readonly stop?: AbortSignal;
      readonly answers?: ReadonlyMap<string, Answer>;
      readonly skill?: Skill;
    },
  ): Promise<Run>;
  /** Takes items of a run at rest up again; without `only` those that wait. Resolves with how many. */
  reopen(runId: string, only?: "failed" | "rejected"): Promise<number>;
  cancel(runId: string): Promise<void>;
  close(): Promise<void>;
}

/** How many items a chunk has, in all of them. */
export const chunkSize = 10;

/** Takes items up again, as whoever owns the journal. */
export async function reopenRun(
  journal: Journal,
  runId: string,
  only: "failed" | "rejected" | null,
): Promise<number> {
  const run = requireRow(await journal.readRun(runId), `run ${runId}`);
  if (only !== null) return (await reopenItems(journal, run, { only, sourceFields: [] })).taken;
  await hurryWaiting(journal, runId, systemClock.now());
  return run.counts.pending + run.counts.waiting;
}

/** `hosts` workers, which pg-boss hands chunks to; this process owns the journal. */
export async function makeQueueWorld(
  server: PostgresServer,
  hosts: number,
): Promise<DispatchWorld & { readonly hostsWorld: HostsWorld }> {
  const world = await makeHostsWorld(server);
  let walking: WalkingHost[] = [];
  async function forget(host: WalkingHost): Promise<void> {
    await host.ended;
    walking = walking.filter((other) => other !== host);
  }
  return {
    hostsWorld: world,
    folder: world.folder,
    reader: world.journal,
    async fill() {
      while (walking.length < hosts) {
        const host = await world.start({ chunkSize });
        const one: WalkingHost = {
          pid: host.pid,
          kill: () => host.kill("SIGKILL"),
          leave: () => host.kill("SIGTERM"),
          async standStill() {
            host.kill("SIGSTOP");
            walking = walking.filter((other) => other !== one);
          },
          goOn: () => host.kill("SIGCONT"),
          ended: host.ended,
        };
        walking.push(one);
        void forget(one);
      }
    },
    listHosts: () => walking,
    create: async (spec, ente) => (await world.create(spec, ente)).id,
    drive: async (runId, options = {}) =>
      await world.drive(requireRow(await world.journal.readRun(runId), runId), options),
    reopen: (runId, only) => reopenRun(world.journal, runId, only ?? null),
    cancel: async (runId) => {
      await cancelRun(world.journal, runId, toInstant(systemClock.now()));
    },
    close: world.close,
  };
}

/** What the process of an embedded journal is asked. */
export interface Request {
  readonly id: number;
  readonly method: "create" | "drive" | "halt" | "reopen" | "cancel";
  readonly args: readonly unknown[];
}

interface Asked extends Request {
  readonly resolve: (result: unknown) => void;
}

/** One process that has the journal and walks; where it ended, or was passed over, another one takes up what it drove. */
export async function makeEmbeddedWorld(): Promise<DispatchWorld> {
  const folder = mkdtempSync(join(tmpdir(), "postino-embedded-"));
  const journal = join(folder, "postino.sqlite");
  const open = new Map<number, Asked>();
  const all: WalkingHost[] = [];
  let current: { readonly host: WalkingHost; send(request: Request): void } | null = null;
  let next = 0;
  let isClosed = false;
  let starting: Promise<void> = Promise.resolve();
  let reader: JournalReader | null = null;

  async function start(): Promise<void> {
    const child = Bun.spawn(
      [process.execPath, join(import.meta.dir, "process.ts"), journal, folder, String(chunkSize)],
      { stdin: "pipe", stdout: "pipe", stderr: "inherit" },
    );
    const there = Promise.withResolvers<void>();
    void hear(child.stdout, there.resolve).then(() => there.resolve());
    const host: WalkingHost = {
      pid: child.pid,
      kill: () => child.kill("SIGKILL"),
      leave: () => child.kill("SIGTERM"),
      async standStill() {
        child.kill("SIGSTOP");
        await untilSuspended(child.pid);
        // As on a shared folder whose locks another host does not see.
        for (const ending of ["lock", "owner.json"])
          rmSync(`${journal}.${ending}`, { force: true });
        await replace(host);
      },
      goOn: () => child.kill("SIGCONT"),
      ended: child.exited,
    };
    all.push(host);
    void child.exited.then(() => replace(host));
    await there.promise;
    const send = (request: Request): void => {
      void child.stdin.write(`${JSON.stringify(request)}\n`);
      void child.stdin.flush();
    };
    current = { host, send };
    for (const request of open.values()) send(request);
  }

  async function replace(host: WalkingHost): Promise<void> {
    if (current?.host !== host || isClosed) return;
    current = null;
    starting = start();
    await starting;
  }

  async function hear(stdout: ReadableStream<Uint8Array>, there: () => void): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const bytes of stdout) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line === "there") there();
        else {
          const { id, result } = JSON.parse(line) as { id: number; result: unknown };
          open.get(id)?.resolve(result);
          open.delete(id);
        }
      }
    }
  }

  function ask(method: Request["method"], ...args: readonly unknown[]): Promise<unknown> {
    next += 1;
    const id = next;
    return new Promise((resolve) => {
      const request = { id, method, args };
      open.set(id, { ...request, resolve });
      current?.send(request);
    });
  }

  await start();
  reader = openJournalReader(journal);
  return {
    folder,
    get reader() {
      return requireRow(reader, "journal");
    },
    async fill() {
      await starting;
    },
    listHosts: () => (current === null ? [] : [current.host]),
    create: async (spec, ente) => String(await ask("create", spec, ente)),
    async drive(runId, { stop, answers = new Map() } = {}) {
      stop?.addEventListener("abort", () => void ask("halt", runId), { once: true });
      return (await ask("drive", runId, [...answers])) as Run;
    },
    reopen: async (runId, only) => Number(await ask("reopen", runId, only ?? null)),
    cancel: async (runId) => {
      await ask("cancel", runId);
    },
    async close() {
      isClosed = true;
      for (const host of all) host.kill();
      for (const host of all) await host.ended;
      await reader?.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilSuspended(pid: number): Promise<void> {
  const path = `/proc/${pid}/stat`;
  while (existsSync(path) && !/\) [Tt]/.test(readFileSync(path, "latin1")))
    await systemClock.sleep(5);
}
