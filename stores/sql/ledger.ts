/** Effects, rounds and counters of a journal in tables: what makes the same verbale in two flussi one notification. */
import type { Holder } from "../../engine/step/item.ts";
import type { EffectRow, Ledger, LedgerReader } from "../../engine/journal/ledger.ts";
import {
  change,
  insert,
  type Database,
  listPlaceholders,
  nameSealed,
  type Opens,
  type PlaceRow,
  type Plan,
  readAll,
  readInParts,
  readOne,
  readOpened,
} from "./plan.ts";
import { toHeldName } from "./holdings.ts";
import { parseFields, type Stored } from "./rows.ts";
import { type WriteQueue, writeQueued } from "./write-queue.ts";

type StoredEffect = Stored<EffectRow, "fields">;

const select = `SELECT e.key, e.step, e.item_key AS "itemKey", e.round, r.id AS run, e.state, e.source_digest AS "sourceDigest",
  e.fingerprint, e.seals, e.fields, e.at FROM effects e JOIN runs r ON r.seq = e.run`;

const atEffect = (column: string) => (row: PlaceRow) => nameSealed(column, row["key"]);

const effectTexts: Opens = {
  columns: {
    fields: atEffect("effects.fields"),
    sourceDigest: atEffect("effects.source_digest"),
    fingerprint: atEffect("effects.fingerprint"),
  },
};
const heldTexts: Opens = { columns: { ...effectTexts.columns, name: () => "holdings.name" } };

/** What may be read of the ledger over an open database. */
export function createLedgerReader(db: Database): LedgerReader {
  return {
    async findEffects(keys) {
      const rows = await db.read(() => readEffects(keys));
      return new Map(rows.map((row) => [row.key, toEffect(row)]));
    },
    async listEffects(ente, step, itemKey) {
      const asked = `${select} WHERE e.ente = ? AND e.step = ? AND e.item_key = ? ORDER BY e.round`;
      const rows = await db.read(() =>
        readOpened<StoredEffect>(effectTexts, asked, ente, step, itemKey),
      );
      return rows.map(toEffect);
    },
    async findSeal(ente, itemKey, round) {
      const asked = `${select} WHERE e.ente = ? AND e.item_key = ? AND e.round = ? AND e.seals = 1 AND e.state IN ('intent', 'done')`;
      const [row] = await db.read(() =>
        readOpened<StoredEffect>(effectTexts, asked, ente, itemKey, round),
      );
      return row === undefined ? null : toEffect(row);
    },
    isRefusedAfter: async (ente, seal) => await db.read(() => readIsRefused(ente, seal)),
    findHolders: async (ente, names) => await db.read(() => readHolders(ente, [...new Set(names)])),
    async listOpenEffects(ente, doneStep, openStep, afterKey, limit) {
      const asked = `${select} WHERE e.ente = ? AND e.step = ? AND e.state = 'done' AND e.item_key > ? AND NOT EXISTS (
          SELECT 1 FROM effects o WHERE o.ente = e.ente AND o.step = ? AND o.item_key = e.item_key AND o.round >= e.round AND o.state <> 'intent')
        ORDER BY e.item_key, e.round LIMIT ?`;
      const values = [ente, doneStep, afterKey ?? "", openStep, limit];
      return (await db.read(() => readOpened<StoredEffect>(effectTexts, asked, ...values))).map(
        toEffect,
      );
    },
    async listRejectedBefore(ente, pipeline, code) {
      const asked = `SELECT i.key, max(i.round) AS round FROM runs r JOIN items i ON i.run = r.seq
        WHERE r.ente = ? AND r.pipeline = ? AND i.state = 'rejected' AND i.code = ? GROUP BY i.key`;
      const rows = await db.read(() => readAll<ItemRound>(asked, ente, pipeline, code));
      return new Map(rows.map((row) => [row.key, row.round]));
    },
    async readMark() {
      const asked = "SELECT max(id) AS id FROM attempts";
      return (await db.read(() => readOne<{ id: number | null }>(asked)))?.id ?? 0;
    },
    async readRounds(ente, itemKeys) {
      const rows = await db.read(() =>
        readInParts(itemKeys, (some) =>
          readAll<ItemRound>(
            `SELECT item_key AS key, round FROM rounds WHERE ente = ? AND item_key IN (${listPlaceholders(some)})`,
            ente,
            ...some,
          ),
        ),
      );
      const rounds = new Map(rows.map(({ key, round }) => [key, round]));
      return new Map(itemKeys.map((key) => [key, rounds.get(key) ?? 1]));
    },
  };
}

interface ItemRound {
  readonly key: string;
  readonly round: number;
}

/** The ledger's half of the journal over an open database. */
export function createLedger(db: Database, queue: WriteQueue): Ledger {
  return {
    ...createLedgerReader(db),
    async setRound(ente, itemKey, round, item) {
      await db.write(() => raiseRound(ente, itemKey, round, item));
    },
    // What is asked for in one go gets its numbers in the order in which it was asked for.
    allocate: (counter, owner, count, first) =>
      writeQueued(queue, () => allocateNumbers(counter, owner, count, first)),
  };
}

function* raiseRound(ente: string, itemKey: string, round: number, item?: number): Plan<void> {
  const raise =
    "(ente, item_key) DO UPDATE SET round = excluded.round WHERE excluded.round > rounds.round";
  yield* insert("rounds", { ente, item_key: itemKey, round }, raise);
  if (item !== undefined)
    yield* change("UPDATE items SET round = ? WHERE id = ? AND round < ?", round, item, round);
}

function* allocateNumbers(
  counter: string,
  owner: string,
  count: number,
  first: number,
): Plan<readonly number[]> {
  const kept = yield* readOne<{ first: number; count: number }>(
    "SELECT first, count FROM allocations WHERE counter = ? AND owner = ?",
    counter,
    owner,
  );
  if (kept !== null) {
    if (kept.count !== count)
      throw new Error(`counter ${counter}: this owner holds ${kept.count} numbers, not ${count}`);
    return listNumbers(kept.first, count);
  }
  const next = "SELECT next FROM counters WHERE name = ?";
  const start = Math.max((yield* readOne<{ next: number }>(next, counter))?.next ?? first, first);
  const raise = "(name) DO UPDATE SET next = excluded.next";
  yield* insert("counters", { name: counter, next: start + count }, raise);
  yield* insert("allocations", { counter, owner, first: start, count });
  return listNumbers(start, count);
}

function listNumbers(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

function* readEffects(keys: readonly string[]): Plan<readonly StoredEffect[]> {
  return yield* readInParts(keys, (some) =>
    readOpened<StoredEffect>(
      effectTexts,
      `${select} WHERE e.key IN (${listPlaceholders(some)})`,
      ...some,
    ),
  );
}

// Names that many share are told by the oldest: thousands of verbali may go by one protocol.
const mostHolders = 50;

type Holding = StoredEffect & { readonly holding: number; readonly name: string };

const selectHolding = `${select.replace(" FROM", ', h.id AS "holding", h.name FROM')} JOIN holdings h ON h.effect = e.key`;

/** Each verbale asks after half a dozen names, which are free or its own: all in one statement, unless many share one of them. */
function* readHolders(
  ente: string,
  names: readonly string[],
): Plan<ReadonlyMap<string, readonly Holder[]>> {
  const found = new Map<string, readonly Holder[]>();
  const few = yield* readInParts(names, (some) =>
    readOpened<Holding>(
      heldTexts,
      `${selectHolding} WHERE h.ente = ? AND h.name IN (${listPlaceholders(some)}) AND e.state IN ('intent', 'done') LIMIT ?`,
      ente,
      ...some.map(toHeldName),
      mostHolders + 1,
    ),
  );
  if (few.length > mostHolders) {
    for (const name of names) {
      const holders = yield* readHoldersOf(ente, name);
      if (holders.length > 0) found.set(name, holders);
    }
    return found;
  }
  const byName = Map.groupBy(
    few.toSorted((one, other) => one.holding - other.holding),
    ({ name }) => name,
  );
  const rounds = new Map<string, readonly StoredEffect[]>();
  for (const name of names) {
    const rows = byName.get(name) ?? [];
    const holders: Holder[] = [];
    for (const row of rows) holders.push(yield* toHolder(ente, row, rounds));
    if (holders.length > 0) found.set(name, holders);
  }
  return found;
}

/** `rounds`: what was read of each item and round already; several names are of the same. */
function* toHolder(
  ente: string,
  { itemKey, round, run, state, at }: Holding,
  rounds: Map<string, readonly StoredEffect[]>,
): Plan<Holder> {
  const key = `${round} ${itemKey}`;
  const ofRound = rounds.get(key) ?? (yield* readRound(ente, itemKey, round));
  rounds.set(key, ofRound);
  const isDone = state === "done";
  const refused = ofRound.filter((one) => one.seals === 0 && one.state === "rejected");
  const added = ofRound.filter((one) => one.state === "done");
  return {
    itemKey,
    round,
    runId: run,
    isDone,
    isRefused: isDone && refused.some((one) => one.at >= at),
    fields: Object.assign(
      {},
      ...added.map(({ fields }) => parseFields(fields)),
    ) as Holder["fields"],
  };
}

/** All effects of that item and round, as they came. */
function* readRound(ente: string, itemKey: string, round: number): Plan<readonly StoredEffect[]> {
  return yield* readOpened<StoredEffect>(
    effectTexts,
    `${select} WHERE e.ente = ? AND e.item_key = ? AND e.round = ? ORDER BY e.at`,
    ente,
    itemKey,
    round,
  );
}

function* readHoldersOf(ente: string, name: string): Plan<readonly Holder[]> {
  const holders: Holder[] = [];
  let live = 0;
  let after = 0;
  for (;;) {
    const page = yield* readOpened<Holding>(
      heldTexts,
      `${selectHolding} WHERE h.ente = ? AND h.name = ? AND h.id > ? AND e.state IN ('intent', 'done') ORDER BY h.id LIMIT ?`,
      ente,
      toHeldName(name),
      after,
      mostHolders,
    );
    for (const row of page) {
      if (live === mostHolders) return holders;
      after = row.holding;
      const holder = yield* toHolder(ente, row, new Map());
      if (!holder.isRefused) live += 1;
      holders.push(holder);
    }
    if (page.length < mostHolders) return holders;
  }
}

function* readIsRefused(ente: string, seal: EffectRow): Plan<boolean> {
  if (seal.state !== "done") return false;
  const refusal =
    "SELECT 1 AS one FROM effects WHERE ente = ? AND item_key = ? AND round = ? AND seals = 0 AND state = 'rejected' AND at >= ?";
  return (yield* readOne(refusal, ente, seal.itemKey, seal.round, seal.at)) !== null;
}

function toEffect(row: StoredEffect): EffectRow {
  return { ...row, seals: row.seals === 1, fields: parseFields(row.fields) };
}
