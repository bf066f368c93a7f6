/** The register of one ente over the records of a journal. */
import type {
  RecordFilter,
  RecordReader,
  Records,
  StoredRecord,
} from "../../engine/journal/records.ts";
import type {
  AnyEntry,
  Entry,
  Register,
  RegisterKind,
  RegisterKinds,
  RegisterReader,
} from "./port.ts";

const recordsPerPage = 500;

/** For those who only look: `records` may be a journal that another process writes. */
export function createRegisterReader(records: RecordReader, ente: string): RegisterReader {
  return {
    async read(kind, key) {
      return (await readMany(records, ente, kind, [key])).get(key) ?? null;
    },
    readMany: (kind, keys) => readMany(records, ente, kind, keys),
    listBySubject: async (kind, subject) =>
      (await records.listRecords(ente, kind, { subject, limit: recordsPerPage })).map((record) =>
        toEntry(kind, record),
      ),
    async *listAll(kind) {
      let afterKey = "";
      for (;;) {
        const page = await records.listRecords(ente, kind, { afterKey, limit: recordsPerPage });
        for (const record of page) yield toEntry(kind, record);
        const last = page.at(-1);
        if (last === undefined) return;
        afterKey = last.key;
      }
    },
    async *listDue(kind, dueBy) {
      let after: RecordFilter = { dueBy, limit: recordsPerPage };
      for (;;) {
        const page = await records.listRecords(ente, kind, after);
        for (const record of page) yield toEntry(kind, record);
        const last = page.at(-1);
        if (last === undefined || last.dueAt === null) return;
        after = { ...after, afterDue: { key: last.key, dueAt: last.dueAt } };
      }
    },
    listPage: async (kind, filter) =>
      (await records.listRecords(ente, kind, filter)).map((record) => toEntry(kind, record)),
    count: (kind, words) => records.countRecords(ente, kind, words),
    listVersions: async (kind, key) =>
      (await records.listRecordVersions(ente, kind, key)).map((record) => toEntry(kind, record)),
    listChanges: async (kinds, after, limit) =>
      (await records.listRecordChanges(ente, kinds, after, limit)).map(
        (record) => toEntry(record.kind as RegisterKind, record) as AnyEntry,
      ),
  };
}

/** For steps. */
export function createRegister(records: RecordReader & Records, ente: string): Register {
  return {
    ...createRegisterReader(records, ente),
    async write(drafts) {
      const written = await records.writeRecords(
        ente,
        drafts.map((draft) => ({ ...draft, data: { ...draft.data } })),
      );
      return written.map((record) => toEntry(record.kind as RegisterKind, record) as AnyEntry);
    },
  };
}

async function readMany<K extends RegisterKind>(
  records: RecordReader,
  ente: string,
  kind: K,
  keys: readonly string[],
): Promise<ReadonlyMap<string, Entry<K>>> {
  const found = await records.readRecords(ente, kind, keys);
  return new Map([...found].map(([key, record]) => [key, toEntry(kind, record)]));
}

/** What was written by its kind is read by it. */
function toEntry<K extends RegisterKind>(kind: K, record: StoredRecord): Entry<K> {
  return { ...record, kind, data: record.data as unknown as RegisterKinds[K] };
}
