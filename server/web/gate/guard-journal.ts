/** The journal as whoever asks may see it: flussi of other enti are not there, personal data are covered where the role hides them. */
import type { AttemptRow, ItemRow } from "../../../engine/journal/items.ts";
import type { Run, RunFilter } from "../../../engine/journal/runs.ts";
import type { DueRow } from "../../../engine/journal/schedules.ts";
import type { StoredRecord } from "../../../engine/journal/records.ts";
import type { Principal } from "../../people/roles.ts";
import type { ObservedJournal } from "../deps.ts";
import { listHidden, maskData, maskItem, maskSentence } from "./masking.ts";
import { keepPrincipal, requirePrincipal } from "./who.ts";

/** Whether somebody has anything to do with the ente. */
export function seesEnte({ enti }: Principal, ente: string): boolean {
  return enti === null || enti.includes(ente);
}

export function guardJournal(journal: ObservedJournal): ObservedJournal {
  const readVisible = async (id: string): Promise<Run | null> => {
    const run = await journal.readRun(id);
    return run !== null && seesEnte(requirePrincipal(), run.ente) ? run : null;
  };
  const ofRun =
    <Result>(read: (runId: string) => Promise<Result>, otherwise: Result) =>
    async (runId: string): Promise<Result> =>
      (await readVisible(runId)) === null ? otherwise : await read(runId);
  return {
    isHeld: () => journal.isHeld(),
    close: () => journal.close(),
    readRun: async (id) => maskRun(await readVisible(id)),
    listRuns: async (filter) => (await listVisible(journal, filter)).map((run) => maskRun(run)),
    listStepCounts: ofRun((id) => journal.listStepCounts(id), []),
    readSpec: ofRun((id) => journal.readSpec(id), "{}"),
    listFiles: ofRun((id) => journal.listFiles(id), []),
    listApprovals: ofRun((id) => journal.listApprovals(id), []),
    async listCauses(runId, states) {
      return (await readVisible(runId)) === null ? [] : await journal.listCauses(runId, states);
    },
    listDecisions: ofRun((id) => journal.listDecisions(id), []),
    async listAsks(runId) {
      const asks = await journal.listAsks(runId);
      if (requirePrincipal().enti === null) return asks;
      const runs = await Promise.all(asks.map(({ run }) => readVisible(run)));
      return asks.filter((_, index) => runs[index] !== null);
    },
    async listItems(runId, filter) {
      const run = await readVisible(runId);
      if (run === null) return [];
      const items = await journal.listItems(runId, filter);
      return maskItems(run.ente, items);
    },
    async listAttempts(runId, itemKey) {
      const run = await readVisible(runId);
      if (run === null) return [];
      return await maskNotes(journal, run, await journal.listAttempts(runId, itemKey));
    },
    async listRunAttempts(runId, filter) {
      const run = await readVisible(runId);
      if (run === null) return [];
      return await maskNotes(journal, run, await journal.listRunAttempts(runId, filter));
    },
    listDue: (filter) => listVisibleDue(journal, filter),
    onChange(listener) {
      const tellVisible = keepPrincipal(async (runId: string): Promise<void> => {
        if ((await readVisible(runId)) !== null) listener(runId);
      });
      return journal.onChange((runId) => void tellVisible(runId));
    },
    ...guardRecords(journal),
  };
}

/** What each note may not say is known from the data of its own verbale. */
async function maskNotes<Row extends AttemptRow>(
  journal: ObservedJournal,
  { id, ente }: Run,
  attempts: readonly Row[],
): Promise<readonly Row[]> {
  if (requirePrincipal().can("personal", ente)) return attempts;
  const ids = new Set(attempts.filter(({ note }) => note !== null).map(({ itemId }) => itemId));
  const items =
    ids.size === 0 ? [] : await journal.listItems(id, { ids: [...ids], limit: ids.size });
  const words = new Map(items.map((item) => [item.id, listHidden(item.data)]));
  return attempts.map((one) => ({
    ...one,
    note: one.note === null ? null : maskSentence(one.note, words.get(one.itemId)),
  }));
}

async function listVisibleDue(
  journal: ObservedJournal,
  filter: Parameters<ObservedJournal["listDue"]>[0],
): Promise<readonly DueRow[]> {
  const { enti } = requirePrincipal();
  if (enti === null) return await journal.listDue(filter);
  const { ente, ...rest } = filter;
  const asked = ente === undefined ? enti : enti.filter((one) => one === ente);
  const lists = await Promise.all(asked.map((one) => journal.listDue({ ...rest, ente: one })));
  return lists
    .flat()
    .toSorted((left, right) => right.dueAt.localeCompare(left.dueAt))
    .slice(0, filter.limit);
}

type RecordParts = Pick<
  ObservedJournal,
  | "readRecords"
  | "listRecords"
  | "countRecords"
  | "listRecordVersions"
  | "listRecordChanges"
  | "listItemChanges"
>;

function guardRecords(journal: ObservedJournal): RecordParts {
  const show = (ente: string, records: readonly StoredRecord[]): readonly StoredRecord[] => {
    if (requirePrincipal().can("personal", ente)) return records;
    return records.map((record) => ({ ...record, data: maskData(record.data) }));
  };
  const sees = (ente: string): boolean => seesEnte(requirePrincipal(), ente);
  return {
    async readRecords(ente, kind, keys) {
      if (!sees(ente)) return new Map();
      const found = await journal.readRecords(ente, kind, keys);
      return new Map(show(ente, [...found.values()]).map((record) => [record.key, record]));
    },
    listRecords: async (ente, kind, filter) =>
      sees(ente) ? show(ente, await journal.listRecords(ente, kind, filter)) : [],
    countRecords: async (ente, kind, words) =>
      sees(ente) ? await journal.countRecords(ente, kind, words) : new Map(),
    listRecordVersions: async (ente, kind, key) =>
      sees(ente) ? show(ente, await journal.listRecordVersions(ente, kind, key)) : [],
    listRecordChanges: async (ente, kinds, after, limit) =>
      sees(ente) ? show(ente, await journal.listRecordChanges(ente, kinds, after, limit)) : [],
    async listItemChanges() {
      // Whoever keeps something beside the journal reads the journal itself.
      throw new Error("changes of all items are not for requests");
    },
  };
}

function maskItems(ente: string, items: readonly ItemRow[]): readonly ItemRow[] {
  return requirePrincipal().can("personal", ente) ? items : items.map(maskItem);
}

function maskRun<Shown extends Run | null>(run: Shown): Shown {
  if (run === null || requirePrincipal().can("personal", run.ente)) return run;
  const { reason, note, firstNote } = run;
  return {
    ...run,
    reason: maskText(reason),
    note: maskText(note),
    // Of which verbale it is, and which of its words name somebody, is not known here.
    firstNote: firstNote === null ? null : "La nota sta accanto al verbale.",
  };
}

function maskText(text: string | null): string | null {
  return text === null ? null : maskSentence(text);
}

/** The runs of several enti are put together from one list for each. */
async function listVisible(journal: ObservedJournal, filter: RunFilter): Promise<readonly Run[]> {
  const { enti } = requirePrincipal();
  if (enti === null) return await journal.listRuns(filter);
  const { ente, ...rest } = filter;
  const asked = ente === undefined ? enti : enti.filter((one) => one === ente);
  const lists = await Promise.all(asked.map((one) => journal.listRuns({ ...rest, ente: one })));
  return lists
    .flat()
    .toSorted((left, right) => right.seq - left.seq)
    .slice(0, filter.limit);
}
