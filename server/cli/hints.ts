/** What to do about each verbale that left a run or waits in it; beside the table of run, resume, answer and status. */
import type { JournalReader } from "../../engine/journal/journal.ts";

const page = 500;
/** As many as a person reads. */
const most = 1_000;

/** Remedies by item key; an item whose remedy is that of the whole run is left out. */
export async function readHints(
  journal: JournalReader,
  runId: string,
): Promise<ReadonlyMap<string, string>> {
  const run = await journal.readRun(runId);
  const hints = new Map<string, string>();
  let afterId = 0;
  for (;;) {
    const rows = await journal.listItems(runId, {
      states: ["rejected", "failed", "in-doubt", "waiting"],
      afterId,
      limit: page,
    });
    for (const { key, hint } of rows) if (hint !== null && hint !== run?.hint) hints.set(key, hint);
    const last = rows.at(-1);
    if (last === undefined || rows.length < page || hints.size >= most) return hints;
    afterId = last.id;
  }
}
