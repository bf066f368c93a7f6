/** What was looked for, kept for a while under a name that says nothing: names and tax codes stand in no address. */
import type { Clock } from "../../engine/host/clock.ts";

export interface FindHandles {
  /** The name under which `text` is found again. */
  keep(text: string): string;
  /** `null`: it was never kept, or too long ago. */
  read(handle: string): string | null;
}

/** As long as somebody may walk between the results and their verbali. */
const keepMs = 3_600_000;
const most = 5_000;

/** Kept in memory alone. */
export function createFindHandles({ now }: Pick<Clock, "now">): FindHandles {
  const kept = new Map<string, { readonly text: string; readonly at: number }>();
  return {
    keep(text) {
      const [oldest] = kept.keys();
      if (kept.size >= most && oldest !== undefined) kept.delete(oldest);
      const handle = crypto.randomUUID().replaceAll("-", "");
      kept.set(handle, { text, at: now() });
      return handle;
    },
    read(handle) {
      const found = kept.get(handle);
      if (found === undefined || now() - found.at > keepMs) return null;
      return found.text;
    },
  };
}
