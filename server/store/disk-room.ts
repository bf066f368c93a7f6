/** Whether the data folder has room for a flusso, asked before its first effect. */
import { statfs } from "node:fs/promises";
import { RunBlocked } from "../../engine/host/errors.ts";
import { formatBytes, formatNumber } from "../words/format.ts";

/** A crest of many pixels, letters to more than one page and the journals of other runs beside what was measured. */
const margin = 1.25;

/** The check of one data folder. `measureFree` tells how many bytes are left there; default: what the system says. */
export function createRoomCheck(
  folder: string,
  measureFree: (folder: string) => Promise<number> = measureFreeBytes,
): (bytes: number, items: number) => Promise<void> {
  return async function assertRoom(bytes, items) {
    const needed = bytes * margin;
    if (needed === 0) return;
    const free = await measureFree(folder);
    if (free >= needed) return;
    const whom = items === 1 ? "1 verbale" : `${formatNumber(items)} verbali`;
    throw new RunBlocked(
      "INSUFFICIENT_DISK",
      `Per ${whom} servono circa ${formatBytes(needed)} nella cartella dei dati, e ne restano ${formatBytes(free)}.`,
      {
        ofRun: "Nulla è stato cominciato.",
        hint: {
          action: "resume",
          first:
            "Liberare spazio sul disco dei dati, oppure dividere il flusso in file più piccoli.",
        },
      },
    );
  };
}

/** What a process without special rights may still write there. */
async function measureFreeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
