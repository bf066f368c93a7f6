/** Where the journal of an installation lies: a file of its own, or a database that several hosts share. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../engine/host/clock.ts";
import { guardDisk } from "../../engine/host/disk-faults.ts";
import type { Journal, JournalReader } from "../../engine/journal/journal.ts";
import type { LedgerReader } from "../../engine/journal/ledger.ts";
import {
  openPostgresJournal,
  openPostgresReader,
  openPostgresTables,
} from "../../stores/postgres/store.ts";
import type { OpenTables } from "../../stores/sql/copy.ts";
import { openJournal, openJournalReader, openTables } from "../../stores/sqlite/store.ts";
import type { Config, StorePlace } from "../config.ts";
import { openSeals } from "./keys.ts";

/** Opens the journal for writing. Throws RunBlocked, `JOURNAL_IN_USE` among others. */
export async function openStore(config: Config, clock: Clock): Promise<Journal> {
  const { store, dataFolder } = config;
  const seals = await openSeals(config);
  if (store.kind === "sqlite") return openJournal(store.path, clock, seals);
  await guardDisk(dataFolder, async () => {
    await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  });
  return await openPostgresJournal(store.url, clock, { seals });
}

/** The journal for reading, beside whoever writes it; `null` before the first run. */
export async function openStoreReader(
  config: Config,
): Promise<(JournalReader & LedgerReader) | null> {
  const { store } = config;
  const seals = await openSeals(config);
  return store.kind === "postgres"
    ? await openPostgresReader(store.url, seals)
    : openJournalReader(store.path, seals);
}

/** The tables of a store as they are, for a copy: what is sealed in them stays so. Throws RunBlocked as `openStore`. */
export async function openStoreTables(store: StorePlace, clock: Clock): Promise<OpenTables> {
  return store.kind === "postgres"
    ? await openPostgresTables(store.url)
    : openTables(store.path, clock);
}

/** The card of the witness: beside a file, and in the folder that all hosts share with a database. */
export function locateWitness({ store, dataFolder }: Pick<Config, "store" | "dataFolder">): string {
  return store.kind === "postgres" ? join(dataFolder, "postgres") : store.path;
}

/** What cannot be opened leaves nothing open behind it. */
export async function openOrClose<Opened>(
  opening: Promise<Opened>,
  journal: Pick<Journal, "close">,
): Promise<Opened> {
  return await opening.catch(async (error: unknown) => {
    await journal.close();
    throw error;
  });
}
