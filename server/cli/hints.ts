/** What to do about each verbale that left a run or waits in it; beside the table of run, resume, answer and status. */
import type { Hint } from "../../engine/host/hint.ts";
import { readItemPages } from "../../engine/journal/item-pages.ts";
import type { JournalReader } from "../../engine/journal/journal.ts";
import { formatTerminalHint } from "../words/hints.ts";

/** As many as a person reads. */
const most = 1_000;

/** Remedies by item key; an item whose remedy is that of the whole run is left out. */
export async function readHints(
  journal: JournalReader,
  runId: string,
): Promise<ReadonlyMap<string, string>> {
  const run = await journal.readRun(runId);
  const tell = (hint: Hint | null): string | null =>
    hint === null ? null : formatTerminalHint(hint, { run: runId });
  const ofRun = tell(run?.hint ?? null);
  const hints = new Map<string, string>();
  const states = ["rejected", "failed", "in-doubt", "waiting"] as const;
  for await (const rows of readItemPages(journal, runId, { states })) {
    for (const { key, hint } of rows) {
      const text = tell(hint);
      if (text !== null && text !== ofRun) hints.set(key, text);
    }
    if (hints.size >= most) break;
  }
  return hints;
}
