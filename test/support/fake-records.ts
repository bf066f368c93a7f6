/** Records in memory for the dashboard's tests: the newest version of each, as a journal gives them. */
import type { RecordReader, Records, StoredRecord } from "../../engine/journal/records.ts";

/** None kept yet. */
export function createFakeRecords(): RecordReader & Records {
  const kept = new Map<string, StoredRecord>();
  let number = 0;
  const nothing = async (): Promise<never> => {
    throw new Error("the fake records do not answer this");
  };
  const name = (...parts: readonly string[]): string => parts.join("\n");
  return {
    async readRecords(ente, kind, keys) {
      const found = keys.map((key) => kept.get(name(ente, kind, key)));
      return new Map(found.flatMap((one) => (one === undefined ? [] : [[one.key, one]])));
    },
    async listRecords(ente, kind, { afterKey = "", limit }) {
      return [...kept]
        .filter(([id, { key }]) => id === name(ente, kind, key) && key > afterKey)
        .map(([, record]) => record)
        .toSorted((left, right) => (left.key < right.key ? -1 : 1))
        .slice(0, limit);
    },
    async writeRecords(ente, drafts) {
      return drafts.map(({ kind, key, subject = "", dueAt = null, data }) => {
        number += 1;
        const version = (kept.get(name(ente, kind, key))?.version ?? 0) + 1;
        const record = { kind, key, subject, dueAt, data, version, number, at: "" };
        kept.set(name(ente, kind, key), record);
        return record;
      });
    },
    countRecords: nothing,
    listRecordVersions: nothing,
    listRecordChanges: nothing,
  };
}
