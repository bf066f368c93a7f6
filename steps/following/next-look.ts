/** When SEND is asked again about a notification: often while something may still happen, rarely once it is done. */
import { findRomeMidnight, toEpochMs, toInstant, toRomeDay } from "../../engine/host/clock.ts";
import type { Followed } from "../../integrations/register/followed.ts";

const dayMs = 86_400_000;

/** SEND writes that a term is over some moments after it is. */
const settleMs = 5 * 60_000;

/** After so long, or when the first scheduled term is over. */
export function planNextLook(followed: Followed, now: number, waitMs: number): string {
  const scheduled = listScheduled(followed, now).map((ms) => ms + settleMs);
  return toInstant(Math.min(beginDay(now + waitMs, waitMs), ...scheduled));
}

/** A wait of whole days ends when the day begins, so that one run a day finds it due whatever its minute. */
function beginDay(ms: number, waitMs: number): number {
  return waitMs >= dayMs ? findRomeMidnight(toRomeDay(ms)) : ms;
}

function listScheduled({ recipients }: Followed, now: number): readonly number[] {
  return recipients
    .map(({ perfezionamento }) => perfezionamento)
    .filter((one) => one?.isFinal === false)
    .map((one) => toEpochMs(one?.at ?? ""))
    .filter((ms) => ms > now);
}
