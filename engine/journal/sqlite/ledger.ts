/** Effects, rounds and counters of an embedded journal: what makes the same verbale in two flussi one notification. */
import type { Database } from "bun:sqlite";
import type { Holder } from "../../step/item.ts";
import type { EffectRow, Ledger, LedgerReader } from "../ledger.ts";
import { parseFields, type Stored } from "./rows.ts";
import type { Writer } from "./writer.ts";

type StoredEffect = Stored<EffectRow, "fields">;

const select = `SELECT e.key, e.step, e.item_key AS itemKey, e.round, r.id AS run, e.state, e.source_digest AS sourceDigest,
  e.fingerprint, e.seals, e.fields, e.at FROM effects e JOIN runs r ON r.seq = e.run`;

/** What may be read of the ledger over an open database. */
export function createLedgerReader(db: Database): LedgerReader {
  const byKey = db.query<StoredEffect, [string]>(`${select} WHERE e.key = ?`);
  return {
    findEffects: async (keys) => {
      const found = keys.map((key) => byKey.get(key)).filter((row) => row !== null);
      return new Map(found.map((row) => [row.key, toEffect(row)]));
    },
    listEffects: async (ente, step, itemKey) =>
      db
        .query<StoredEffect, [string, string, string]>(
          `${select} WHERE e.ente = ? AND e.step = ? AND e.item_key = ? ORDER BY e.round`,
        )
        .all(ente, step, itemKey)
        .map(toEffect),
    findSeal: async (ente, itemKey, round) => {
      const row = db
        .query<StoredEffect, [string, string, number]>(
          `${select} WHERE e.ente = ? AND e.item_key = ? AND e.round = ? AND e.seals = 1 AND e.state IN ('intent', 'done')`,
        )
        .get(ente, itemKey, round);
      return row === null ? null : toEffect(row);
    },
    isRefusedAfter: async (ente, seal) => isRefused(db, ente, seal),
    findHolders: createHolderFinder(db),
    listOpenEffects: async (ente, doneStep, openStep, afterKey, limit) =>
      db
        .query<StoredEffect, [string, string, string, string, number]>(
          `${select} WHERE e.ente = ? AND e.step = ? AND e.state = 'done' AND e.item_key > ? AND NOT EXISTS (
             SELECT 1 FROM effects o WHERE o.ente = e.ente AND o.step = ? AND o.item_key = e.item_key AND o.round >= e.round AND o.state <> 'intent')
           ORDER BY e.item_key LIMIT ?`,
        )
        .all(ente, doneStep, afterKey ?? "", openStep, limit)
        .map(toEffect),
    listRejectedBefore: async (ente, pipeline, code) =>
      new Map(
        db
          .query<{ key: string; round: number }, [string, string, string]>(
            `SELECT i.key, max(i.round) AS round FROM runs r JOIN items i ON i.run = r.seq
             WHERE r.ente = ? AND r.pipeline = ? AND i.state = 'rejected' AND i.code = ? GROUP BY i.key`,
          )
          .all(ente, pipeline, code)
          .map((row) => [row.key, row.round]),
      ),
    readMark: async () =>
      db.query<{ id: number | null }, []>("SELECT max(id) AS id FROM attempts").get()?.id ?? 0,
    readRounds: async (ente, itemKeys) => {
      const round = db.query<{ round: number }, [string, string]>(
        "SELECT round FROM rounds WHERE ente = ? AND item_key = ?",
      );
      return new Map(itemKeys.map((key) => [key, round.get(ente, key)?.round ?? 1]));
    },
  };
}

/** The ledger's half of the journal over an open database. */
export function createLedger({ db, transact }: Pick<Writer, "db" | "transact">): Ledger {
  return {
    ...createLedgerReader(db),
    setRound: async (ente, itemKey, round) => {
      const raise =
        "INSERT INTO rounds (ente, item_key, round) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET round = excluded.round WHERE excluded.round > rounds.round";
      transact(() => db.query(raise).run(ente, itemKey, round));
    },
    allocate: async (counter, owner, count, first) =>
      transact(() => allocateNumbers(db, counter, owner, count, first)),
  };
}

function allocateNumbers(
  db: Database,
  counter: string,
  owner: string,
  count: number,
  first: number,
): readonly number[] {
  const kept = db
    .query<{ first: number; count: number }, [string, string]>(
      "SELECT first, count FROM allocations WHERE counter = ? AND owner = ?",
    )
    .get(counter, owner);
  if (kept !== null) {
    if (kept.count !== count)
      throw new Error(`counter ${counter}: this owner holds ${kept.count} numbers, not ${count}`);
    return listNumbers(kept.first, count);
  }
  const next = db.query<{ next: number }, [string]>("SELECT next FROM counters WHERE name = ?");
  const start = Math.max(next.get(counter)?.next ?? first, first);
  db.query(
    "INSERT INTO counters (name, next) VALUES (?, ?) ON CONFLICT DO UPDATE SET next = excluded.next",
  ).run(counter, start + count);
  const allocate = "INSERT INTO allocations (counter, owner, first, count) VALUES (?, ?, ?, ?)";
  db.query(allocate).run(counter, owner, start, count);
  return listNumbers(start, count);
}

function listNumbers(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

// Names that many share are told by the oldest: thousands of verbali may go by one protocol.
const mostHolders = 50;

/** Its statements are made once: each verbale asks after half a dozen names, of which nearly all are free. */
function createHolderFinder(db: Database): Ledger["findHolders"] {
  const isHeld = db.query<unknown, [string, string]>(
    "SELECT 1 FROM holdings WHERE ente = ? AND name = ?",
  );
  const byName = db.query<{ effect: string }, [string, string]>(
    "SELECT effect FROM holdings WHERE ente = ? AND name = ? ORDER BY id",
  );
  const begun = db.query<StoredEffect, [string]>(
    `${select} WHERE e.key = ? AND e.state IN ('intent', 'done')`,
  );
  const fieldsOf = db.query<{ fields: string }, [string, string, number]>(
    "SELECT fields FROM effects WHERE ente = ? AND item_key = ? AND round = ? AND state = 'done' ORDER BY at",
  );
  return async (ente, names) => {
    const found = new Map<string, readonly Holder[]>();
    for (const name of new Set(names)) {
      if (isHeld.get(ente, name) === null) continue;
      const holders: Holder[] = [];
      let live = 0;
      for (const { effect: key } of byName.iterate(ente, name)) {
        if (live === mostHolders) break;
        const row = begun.get(key);
        const effect = row === null ? null : toEffect(row);
        if (effect === null) continue;
        const refused = isRefused(db, ente, effect);
        if (!refused) live += 1;
        const added = fieldsOf.all(ente, effect.itemKey, effect.round);
        holders.push({
          itemKey: effect.itemKey,
          round: effect.round,
          runId: effect.run,
          isDone: effect.state === "done",
          isRefused: refused,
          fields: Object.assign({}, ...added.map(({ fields }) => parseFields(fields))),
        });
      }
      if (holders.length > 0) found.set(name, holders);
    }
    return found;
  };
}

function isRefused(db: Database, ente: string, seal: EffectRow): boolean {
  if (seal.state !== "done") return false;
  const refusal = db.query<unknown, [string, string, number, string]>(
    "SELECT 1 FROM effects WHERE ente = ? AND item_key = ? AND round = ? AND seals = 0 AND state = 'rejected' AND at >= ?",
  );
  return refusal.get(ente, seal.itemKey, seal.round, seal.at) !== null;
}

function toEffect(row: StoredEffect): EffectRow {
  return { ...row, seals: row.seals === 1, fields: parseFields(row.fields) };
}
