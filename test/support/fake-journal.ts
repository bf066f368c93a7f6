/** A journal in memory for the dashboard's tests: answers like the real one and remembers what it was asked. */
import type { StoredArtifact } from "../../engine/host/files.ts";
import type { AttemptRow, Decision, ItemFilter, ItemRow } from "../../engine/journal/items.ts";
import type { Approval, AskRow, Run, RunFilter, StepCount } from "../../engine/journal/runs.ts";
import type { DueRow } from "../../engine/journal/schedules.ts";
import type { ObservedJournal } from "../../server/web/deps.ts";

/** A run with all that belongs to it. */
export interface FakeFlusso {
  run: Run;
  spec: string;
  items: ItemRow[];
  attempts: AttemptRow[];
  decisions?: Decision[];
  stepCounts: StepCount[];
  files: StoredArtifact[];
}

export interface FakeJournal extends ObservedJournal {
  readonly flussi: FakeFlusso[];
  readonly openAsks: AskRow[];
  readonly dueRows: DueRow[];
  /** The filters of every call of `runs`. */
  readonly runsCalls: RunFilter[];
  /** The filters of every call of `items`. */
  readonly itemsCalls: ItemFilter[];
  /** How many listen for changes. */
  readonly listeners: number;
  /** Resolves once somebody listens. */
  untilHeard(): Promise<void>;
  flusso(id: string): FakeFlusso;
  /** Changes a run and tells the listeners. */
  change(id: string, how: (flusso: FakeFlusso) => void): void;
}

/** A journal that holds these. */
export function createFakeJournal(
  content: {
    readonly flussi?: readonly FakeFlusso[];
    readonly asks?: readonly AskRow[];
    readonly due?: readonly DueRow[];
    /** By run. */
    readonly approvals?: ReadonlyMap<string, readonly Approval[]>;
  } = {},
): FakeJournal {
  const flussi = [...(content.flussi ?? [])];
  const openAsks = [...(content.asks ?? [])];
  const approvals = content.approvals ?? new Map<string, readonly Approval[]>();
  const dueRows = [...(content.due ?? [])];
  const runsCalls: RunFilter[] = [];
  const itemsCalls: ItemFilter[] = [];
  const listeners = new Set<(runId: string) => void>();
  let heard = Promise.withResolvers<void>();

  function flusso(id: string): FakeFlusso {
    const found = flussi.find(({ run }) => run.id === id);
    if (found === undefined) throw new Error(`no flusso ${id} in the fake journal`);
    return found;
  }

  return {
    flussi,
    openAsks,
    dueRows,
    runsCalls,
    itemsCalls,
    get listeners() {
      return listeners.size;
    },
    flusso,
    change(id, how) {
      how(flusso(id));
      for (const listener of listeners) listener(id);
    },
    isHeld: async () => true,
    untilHeard: () => heard.promise,
    onChange(listener) {
      listeners.add(listener);
      heard.resolve();
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) heard = Promise.withResolvers<void>();
      };
    },
    readRun: async (id) => flussi.find(({ run }) => run.id === id)?.run ?? null,
    async listRuns(filter) {
      runsCalls.push(filter);
      return flussi
        .map(({ run }) => run)
        .filter((run) => matchesRun(run, filter))
        .toSorted((left, right) => right.seq - left.seq)
        .slice(0, filter.limit);
    },
    async listItems(runId, filter) {
      itemsCalls.push(filter);
      return flusso(runId)
        .items.filter((item) => matchesItem(item, filter))
        .slice(0, filter.limit);
    },
    async listCauses(runId, states) {
      const off = flusso(runId).items.filter(({ state }) => states.includes(state));
      return [...Map.groupBy(off, ({ state, code }) => `${state} ${code}`).values()]
        .map(([first, ...others]) => ({
          state: first?.state ?? "rejected",
          code: first?.code ?? null,
          count: others.length + 1,
          firstId: first?.id ?? 0,
        }))
        .toSorted((left, right) => right.count - left.count || left.firstId - right.firstId);
    },
    async listAttempts(runId, itemKey) {
      const { items, attempts } = flusso(runId);
      const ids = items.filter(({ key }) => key === itemKey).map(({ id }) => id);
      return attempts.filter(({ itemId }) => ids.includes(itemId));
    },
    async listRunAttempts(runId, { step, outcome, beforeId = Infinity, limit }) {
      const { items, attempts } = flusso(runId);
      return attempts
        .map((one, place) => ({
          ...one,
          id: place + 1,
          itemKey: items.find(({ id }) => id === one.itemId)?.key ?? "",
        }))
        .filter(
          (one) =>
            one.id < beforeId &&
            (step === undefined || one.step === step) &&
            (outcome === undefined || one.outcome === outcome),
        )
        .toReversed()
        .slice(0, limit);
    },
    listDecisions: async (runId) => flusso(runId).decisions ?? [],
    listStepCounts: async (runId) => flusso(runId).stepCounts,
    readSpec: async (runId) => flusso(runId).spec,
    listFiles: async (runId) => flusso(runId).files,
    listAsks: async (runId) =>
      openAsks.filter(({ run }) =>
        runId === undefined ? flusso(run).run.state === "waiting-for-person" : run === runId,
      ),
    listApprovals: async (runId) => approvals.get(runId) ?? [],
    listDue: async ({ pipeline, ente, limit }) =>
      dueRows
        .filter((row) => pipeline === undefined || row.pipeline === pipeline)
        .filter((row) => ente === undefined || row.ente === ente)
        .slice(0, limit),
    listItemChanges: async () => ({
      items: [],
      mark: { item: 0, attempt: 0, open: [] },
      isEnd: true,
    }),
    readRecords: async () => new Map(),
    listRecords: async () => [],
    countRecords: async () => new Map(),
    listRecordVersions: async () => [],
    listRecordChanges: async () => [],
    close: async () => {},
  };
}

function matchesRun(run: Run, filter: RunFilter): boolean {
  if (filter.ente !== undefined && run.ente !== filter.ente) return false;
  if (filter.pipeline !== undefined && run.pipeline !== filter.pipeline) return false;
  if (filter.states !== undefined && !filter.states.includes(run.state)) return false;
  if (filter.since !== undefined && run.createdAt < filter.since) return false;
  return filter.beforeSeq === undefined || run.seq < filter.beforeSeq;
}

function matchesItem(item: ItemRow, filter: ItemFilter): boolean {
  if (filter.states !== undefined && !filter.states.includes(item.state)) return false;
  if (filter.key !== undefined && item.key !== filter.key) return false;
  if (filter.ids !== undefined && !filter.ids.includes(item.id)) return false;
  if (filter.code !== undefined && item.code !== filter.code) return false;
  return filter.afterId === undefined || item.id > filter.afterId;
}
