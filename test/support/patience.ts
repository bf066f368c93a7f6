/** How long tests wait for a letter: terms that are not known unless they are said, a silence of sixty days. */
import type { Patience } from "../../steps/following/patience.ts";

/** `now`: ISO 8601 UTC. */
export function makePatience(now: string, termDays: number | null = null): Patience {
  return {
    now: Date.parse(now),
    termMs: termDays === null ? null : termDays * 86_400_000,
    silentMs: 60 * 86_400_000,
  };
}
