/** Moves the data of an installation to how its ring wants them: sealed, sealed by the newest key, or in clear. What is killed goes on when it is asked again. */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import type { Clock } from "../../engine/host/clock.ts";
import { passCrashpoint } from "../../engine/host/crashpoint.ts";
import { resealBlobs } from "../../stores/blobs/reseal.ts";
import type { KeyRing, MasterKey } from "../../stores/seals/ring.ts";
import { createSeals } from "../../stores/seals/seals.ts";
import { resealJournal } from "../../stores/sql/reseal.ts";
import { readAll } from "../../stores/sql/plan.ts";
import type { Config } from "../config.ts";
import { locateSearch } from "../store/journal-reader.ts";
import { removeRing, writeRing } from "../store/keys.ts";
import { assertNoWorkers } from "../store/store-copy.ts";
import { openStoreTables } from "../store/store.ts";
import { locateHandFolder } from "../store/documents-place.ts";

export interface Resealed {
  readonly rows: number;
  readonly blobs: number;
  /** Documents that are not what their name says: as long as they lie there, the work is not done. */
  readonly altered: readonly string[];
}

export interface ResealMeans {
  readonly clock: Clock;
  /** Told from time to time. */
  readonly tell: (what: "rows" | "blobs", count: number) => void;
}

/**
 * While nobody writes. The ring says «sealed», or goes, only when nothing is left that is not as it should be. Throws RunBlocked
 * `JOURNAL_IN_USE`, `WORKERS_THERE`, `SEAL_BROKEN`, `DISK_FULL`.
 */
export async function resealInstallation(
  config: Config,
  {
    ring,
    master,
    isSame,
  }: {
    readonly ring: KeyRing;
    readonly master: MasterKey;
    /** The ring on the disk says the same. */
    readonly isSame: boolean;
  },
  { clock, tell }: ResealMeans,
): Promise<Resealed> {
  const seals = createSeals(ring);
  const { store, artifacts } = config;
  const tables = await openStoreTables(store, clock);
  try {
    if (store.kind === "postgres") await assertNoWorkers(tables);
    // First the ring: whatever is sealed from here on opens with it.
    if (!isSame) await writeRing(config, ring, master);
    const rows = await resealJournal(tables.db, seals, (count) => {
      tell("rows", count);
      passCrashpoint("reseal-after-page");
    });
    passCrashpoint("reseal-after-journal");
    // What was updated, now or before a death, leaves its text in pages that nobody uses.
    const isDone = isSame && rows === 0 && ring.mode === "sealed" && ring.keys.length === 1;
    if (!isDone && store.kind === "sqlite") {
      await tables.db.read(() => readAll("VACUUM"));
      await tables.db.read(() => readAll("PRAGMA wal_checkpoint(TRUNCATE)"));
    }
    if (!isDone && store.kind === "postgres")
      for (const table of ["runs", "items", "attempts", "effects", "record_versions", "records"])
        await tables.db.read(() => readAll(`VACUUM FULL ${table}`));
    const moved =
      artifacts.kind === "folder"
        ? await resealBlobs(locateHandFolder(config), seals.blobs, (count) => tell("blobs", count))
        : { blobs: 0, altered: [] };
    for (const ending of ["", "-wal", "-shm"])
      if (existsSync(locateSearch(config) + ending)) await rm(locateSearch(config) + ending);
    if (moved.altered.length === 0) {
      // Once more: nothing is believed that was not looked at.
      const left = await resealJournal(tables.db, seals);
      if (left > 0) throw new Error(`${left} rows were not moved`);
      if (ring.mode === "opening") await removeRing(config);
      else await writeRing(config, { ...ring, mode: "sealed", keys: ring.keys.slice(-1) }, master);
    }
    return { rows, blobs: moved.blobs, altered: moved.altered };
  } finally {
    await tables.close();
  }
}
