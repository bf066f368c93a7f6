/** The journal of an installation for those who only read it: nothing of steps and services is loaded for them. */
import { join } from "node:path";
import type { JournalReader } from "../../engine/journal/journal.ts";
import type { LedgerReader } from "../../engine/journal/ledger.ts";
import type { Config } from "../config.ts";
import { openStoreReader } from "./store.ts";

/** Where the index for `find` lies: it may be thrown away at any time. */
export function locateSearch(config: Config): string {
  return join(config.dataFolder, "ricerca.sqlite");
}

/** The journal for reading, beside whoever writes it; `null` before the first run. */
export async function openHistory(config: Config): Promise<(JournalReader & LedgerReader) | null> {
  const reader = await openStoreReader(config);
  try {
    await reader?.listRuns({ limit: 1 });
    return reader;
  } catch (error) {
    await reader?.close();
    // Whoever made the file could not finish: the disk was full, or it is at it right now.
    if (error instanceof Error && error.message.includes("no such table")) return null;
    throw error;
  }
}
