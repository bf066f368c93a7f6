/** How each ente fared in the last thirty days, kept in memory: read once, then only what moved. */
import {
  addDays,
  type Clock,
  toEpochMs,
  toInstant,
  toRomeDay,
} from "../../../engine/host/clock.ts";
import type { Run, RunReader } from "../../../engine/journal/runs.ts";
import type { RunState } from "../../../engine/journal/states.ts";

/** From the best to the worst. */
export const dayStates = ["off", "good", "warn", "busy", "ask", "bad"] as const;
export type DayState = (typeof dayStates)[number];

export interface EnteSummary {
  readonly ente: string;
  /** The worst of each day that had a flusso, by day `YYYY-MM-DD`. */
  readonly days: ReadonlyMap<string, DayState>;
  /** Its newest flusso that ended well, of all pipelines; `null`: none in these days. */
  readonly lastSuccess: { readonly id: string; readonly at: string } | null;
  /** The same of each pipeline. */
  readonly successes: ReadonlyMap<string, string>;
  /** Flussi that stand still until somebody acts. */
  readonly stopped: number;
}

export interface EnteSummaries {
  /** By codice; enti without a flusso in these days are left out. */
  read(): Promise<ReadonlyMap<string, EnteSummary>>;
  /** Ids of the flussi of these days in one of these states, newest first. `enti` `null`: of all. */
  listRuns(states: readonly RunState[], enti: readonly string[] | null): Promise<readonly string[]>;
}

interface Source extends Pick<RunReader, "listRuns" | "readRun"> {
  onChange(listener: (runId: string) => void): () => void;
}

type Kept = Pick<Run, "seq" | "id" | "ente" | "pipeline" | "state" | "endedAt"> & {
  readonly day: string;
};

export const shownDays = 30;
const dayMs = 86_400_000;
const page = 500;

/** Nothing is read before the first question. */
export function createEnteSummaries(journal: Source, clock: Clock): EnteSummaries {
  const shelf = createShelf();
  const made = new Map<string, EnteSummary>();
  const moved = new Set<string>();
  let loading: Promise<void> | null = null;
  let madeOn = "";

  function keep(run: Run): void {
    shelf.keep(run);
    made.delete(run.ente);
  }

  async function load(): Promise<void> {
    journal.onChange((runId) => moved.add(runId));
    for await (const run of readRecent(journal, clock.now())) keep(run);
  }

  async function refresh(): Promise<void> {
    loading ??= load().catch((error: unknown) => {
      loading = null;
      throw error;
    });
    await loading;
    for (const id of moved) {
      moved.delete(id);
      const run = await journal.readRun(id);
      if (run !== null) keep(run);
    }
    const today = toRomeDay(clock.now());
    if (madeOn === today) return;
    // Another day has begun: what is too old goes.
    madeOn = today;
    made.clear();
    shelf.dropBefore(listDays(clock.now())[0] ?? "");
  }

  return {
    async listRuns(states, enti) {
      await refresh();
      return shelf.listIds(states, enti);
    },
    async read() {
      await refresh();
      for (const [ente, kept] of shelf.runs)
        if (!made.has(ente)) made.set(ente, summarise(ente, [...kept.values()]));
      return made;
    },
  };
}

interface Shelf {
  /** By ente, then by id. */
  readonly runs: ReadonlyMap<string, ReadonlyMap<string, Kept>>;
  keep(run: Run): void;
  dropBefore(day: string): void;
  listIds(states: readonly RunState[], enti: readonly string[] | null): readonly string[];
}

function createShelf(): Shelf {
  const runs = new Map<string, Map<string, Kept>>();
  const byState = new Map<RunState, Map<string, Kept>>();
  /** Of each state the newest first, until one comes or goes. */
  const sorted = new Map<RunState, readonly Kept[]>();

  function drop({ id, ente, state }: Kept): void {
    runs.get(ente)?.delete(id);
    byState.get(state)?.delete(id);
    sorted.delete(state);
  }

  function listNewest(state: RunState): readonly Kept[] {
    const known = sorted.get(state) ?? sortNewest(byState.get(state)?.values() ?? []);
    sorted.set(state, known);
    return known;
  }

  return {
    runs,
    keep({ seq, id, ente, pipeline, state, endedAt, createdAt }) {
      const known = runs.get(ente) ?? new Map<string, Kept>();
      const before = known.get(id);
      if (before !== undefined) drop(before);
      const day = toRomeDay(toEpochMs(createdAt));
      const kept = { seq, id, ente, pipeline, state, endedAt, day };
      runs.set(ente, known.set(id, kept));
      byState.set(state, (byState.get(state) ?? new Map<string, Kept>()).set(id, kept));
      sorted.delete(state);
    },
    dropBefore(first) {
      for (const kept of runs.values())
        for (const one of kept.values()) if (one.day < first) drop(one);
    },
    listIds(states, enti) {
      const found = states.flatMap((state) =>
        enti === null
          ? listNewest(state)
          : listNewest(state).filter(({ ente }) => enti.includes(ente)),
      );
      // Each state is in order already.
      return (states.length > 1 ? sortNewest(found) : found).map(({ id }) => id);
    },
  };
}

function sortNewest(kept: Iterable<Kept>): readonly Kept[] {
  return [...kept].toSorted((left, right) => right.seq - left.seq);
}

/** The days that are shown, the oldest first. */
export function listDays(now: number): readonly string[] {
  const today = toRomeDay(now);
  return Array.from({ length: shownDays }, (_, index) => addDays(today, index - shownDays + 1));
}

const looks: Readonly<Record<RunState, DayState>> = {
  queued: "busy",
  running: "busy",
  waiting: "busy",
  "waiting-for-person": "ask",
  blocked: "bad",
  completed: "good",
  "completed-with-rejections": "warn",
  failed: "bad",
  cancelled: "off",
};

export function isSuccess({ state }: Pick<Run, "state">): boolean {
  return state === "completed" || state === "completed-with-rejections";
}

function summarise(ente: string, kept: readonly Kept[]): EnteSummary {
  const days = new Map<string, DayState>();
  const successes = new Map<string, string>();
  let lastSuccess: EnteSummary["lastSuccess"] = null;
  let stopped = 0;
  for (const { id, day, pipeline, state, endedAt } of kept) {
    const look = looks[state];
    const known = days.get(day);
    if (known === undefined || dayStates.indexOf(look) > dayStates.indexOf(known))
      days.set(day, look);
    if (state === "blocked") stopped += 1;
    if (!isSuccess({ state }) || endedAt === null) continue;
    if ((successes.get(pipeline) ?? "") < endedAt) successes.set(pipeline, endedAt);
    if (lastSuccess === null || lastSuccess.at < endedAt) lastSuccess = { id, at: endedAt };
  }
  return { ente, days, lastSuccess, successes, stopped };
}

async function* readRecent(journal: Source, now: number): AsyncGenerator<Run, void, undefined> {
  const since = toInstant(now - shownDays * dayMs);
  let beforeSeq: number | undefined;
  for (;;) {
    const found = await journal.listRuns({
      since,
      limit: page,
      ...(beforeSeq !== undefined && { beforeSeq }),
    });
    yield* found;
    beforeSeq = found.at(-1)?.seq;
    if (found.length < page) return;
    // Others are served between two pages.
    await Bun.sleep(0);
  }
}
