/** The journal from one store into another, whole or not at all. */
import { existsSync } from "node:fs";
import type { Clock } from "../../engine/host/clock.ts";
import { RunBlocked } from "../../engine/host/errors.ts";
import {
  copyTables,
  digestTables,
  endCopy,
  mayCopyInto,
  type OpenTables,
  readInstallation,
  type TableDigest,
} from "../../stores/sql/copy.ts";
import { readWorkers } from "../../hosts/handed-runs.ts";
import { addLimits, readLimits } from "../../hosts/limits.ts";
import { addTallies, readOpenTallies } from "../../hosts/tallies.ts";
import { openPostgresSnapshot } from "../../stores/postgres/store.ts";
import { type Plan, readOne } from "../../stores/sql/plan.ts";
import { copyJournalFile } from "../../stores/sqlite/store.ts";
import type { StorePlace } from "../config.ts";
import { moveWitness } from "./journal-witness.ts";
import { locateWitness, openStoreTables } from "./store.ts";

/** Who is told how far it is, and which clock the cards are dated by. */
export interface CopyMeans {
  readonly dataFolder: string;
  readonly clock: Clock;
  readonly tell: (table: string, rows: number) => void;
}

/**
 * Copies the journal and holds both against each other; what broke off goes on where it was. From then on the copy is trusted, and
 * the source acts only after a `realign`. Throws RunBlocked `STORE_EMPTY`, `STORE_NOT_EMPTY`, `WORKERS_THERE`, `COPY_DIFFERS`, `JOURNAL_IN_USE`.
 */
export async function copyStore(
  places: { readonly from: StorePlace; readonly to: StorePlace },
  { dataFolder, clock, tell }: CopyMeans,
): Promise<readonly TableDigest[]> {
  if (places.from.kind === "sqlite" && !existsSync(places.from.path)) throw storeEmptyError();
  const source = await openStoreTables(places.from, clock);
  try {
    const installation = await readInstallation(source.db);
    if (installation === null) throw storeEmptyError();
    if (places.from.kind === "postgres") await assertNoWorkers(source);
    const target = await openStoreTables(places.to, clock);
    let copied: readonly TableDigest[];
    try {
      const rest = await readRest(source, places.from, places.to);
      copied = await copyInto(source, target, { installation, tell, rest });
    } finally {
      await target.close();
    }
    const asked = "SELECT max(id) AS id FROM attempts";
    const newest = await source.db.read(() => readOne<{ id: number | null }>(asked));
    moveWitness(
      {
        from: locateWitness({ store: places.from, dataFolder }),
        to: locateWitness({ store: places.to, dataFolder }),
      },
      { installation, mark: newest?.id ?? 0, clock },
    );
    return copied;
  } finally {
    await source.close();
  }
}

/**
 * Writes the journal as it is now into a file that is not there yet, while others go on writing it. Throws RunBlocked
 * `STORE_EMPTY`, `COPY_DIFFERS`, `DATABASE_AWAY`, `DATABASE_REFUSED`, `JOURNAL_TOO_NEW`.
 */
export async function copyStoreNow(store: StorePlace, path: string, clock: Clock): Promise<void> {
  if (store.kind === "sqlite") {
    if (!copyJournalFile(store.path, path)) throw storeEmptyError();
    return;
  }
  const source = await openPostgresSnapshot(store.url);
  if (source === null) throw storeEmptyError();
  try {
    const installation = await readInstallation(source.db);
    if (installation === null) throw storeEmptyError();
    const place = { kind: "sqlite", path } as const;
    const rest = await readRest(source, store, place);
    const target = await openStoreTables(place, clock);
    try {
      await copyInto(source, target, { installation, tell: () => {}, rest });
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/** Throws RunBlocked `STORE_NOT_EMPTY` before anything is written, `COPY_DIFFERS` where the two are not alike at the end. */
async function copyInto(
  source: OpenTables,
  target: OpenTables,
  {
    installation,
    tell,
    rest,
  }: Pick<CopyMeans, "tell"> & {
    readonly installation: number;
    readonly rest: () => Plan<void>;
  },
): Promise<readonly TableDigest[]> {
  if (!(await mayCopyInto(target.db, installation)))
    throw new RunBlocked(
      "STORE_NOT_EMPTY",
      "La destinazione contiene già un altro registro. Nulla è stato scritto.",
      { hint: "Indicare un file che non c'è, o un database vuoto." },
    );
  await copyTables(source.db, target.db, installation, tell);
  const [before, after] = [await digestTables(source.db), await digestTables(target.db)];
  const different = before.filter((digest, index) => !isEqual(digest, after[index]));
  if (different.length > 0) throw copyDiffersError(different);
  await target.settle();
  await endCopy(target.db, rest);
  return after;
}

/** Who still writes is not copied whole. */
/** Throws RunBlocked `WORKERS_THERE`. */
export async function assertNoWorkers({ db }: OpenTables): Promise<void> {
  const workers = await db.read(readWorkers);
  if (workers.length === 0) return;
  const names = workers.map(({ name }) => name).join(", ");
  throw new RunBlocked("WORKERS_THERE", `Ci sono worker al lavoro su questo registro: ${names}.`, {
    hint: "Fermarli (si fermano appena concluso ciò che hanno in mano), poi ripetere il comando.",
  });
}

/** What hosts keep beside the tables of every store: counts that are not settled go into the runs; limits go where hosts share them too. */
async function readRest(
  { db }: OpenTables,
  from: StorePlace,
  to: StorePlace,
): Promise<() => Plan<void>> {
  if (from.kind !== "postgres") return function* nothing() {};
  const tallies = await db.read(readOpenTallies);
  const limits = to.kind === "postgres" ? await db.read(readLimits) : [];
  return function* add() {
    yield* addTallies(tallies);
    yield* addLimits(limits);
  };
}

function isEqual(one: TableDigest, other: TableDigest | undefined): boolean {
  return one.rows === other?.rows && one.sha256 === other.sha256;
}

function copyDiffersError(different: readonly TableDigest[]): RunBlocked {
  const names = different.map(({ table }) => table).join(", ");
  return new RunBlocked("COPY_DIFFERS", `La copia non è uguale all'originale: ${names}.`, {
    hint: "Non usarla: svuotare la destinazione e ripetere la copia.",
  });
}

function storeEmptyError(): RunBlocked {
  return new RunBlocked("STORE_EMPTY", "Dove si copia da non c'è nessun registro.", {
    hint: "Controllare l'indirizzo (POSTINO_DATA, POSTINO_STORE, o il primo di store copy): il registro in un file sta di solito in data/postino.sqlite.",
  });
}
