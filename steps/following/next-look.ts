/** When SEND is asked again about a notification: often while something may still happen, rarely once it is done. */
import { findRomeMidnight, toEpochMs, toInstant, toRomeDay } from "../../engine/host/clock.ts";
import type { Followed, FollowedRecipient } from "../../integrations/register/followed.ts";

/** Durations in milliseconds. */
export interface LookPlan {
  readonly openWait: number;
  /** Of what SEND may still correct while its codes close. */
  readonly unpaidWait: number;
  readonly unpaidFor: number;
  readonly endedWait: number;
  readonly endedFor: number;
}

const dayMs = 86_400_000;

/** SEND writes that a term is over some moments after it is. */
const settleMs = 5 * 60_000;

/** After an answer that brought nothing new; `isPaid`: a payment is known. ISO 8601 UTC; `null`: never again. */
export function planLook(
  followed: Followed,
  isPaid: boolean,
  now: number,
  plan: LookPlan,
): string | null {
  const end = findEnd(followed);
  if (end === null) return planNextLook(followed, now, plan.openWait);
  if (!isPaid && isCorrectable(followed) && now < end + plan.unpaidFor)
    return toInstant(beginDay(now + plan.unpaidWait, plan.unpaidWait));
  const next = beginDay(now + plan.endedWait, plan.endedWait);
  return next <= end + plan.endedFor ? toInstant(next) : null;
}

/**
 * SEND corrects what the post told, unless the notification was viewed, paid or cancelled; a code that closed by the old day
 * would stay closed until it is heard. Source: knowledge base on corrections.
 */
function isCorrectable({ recipients, cancelledAt }: Followed): boolean {
  return (
    cancelledAt === undefined &&
    recipients.some(
      ({ channel, viewedAt, collectedAt }) =>
        channel === "analog" && viewedAt === undefined && collectedAt === undefined,
    )
  );
}

/** After so long, or when the first scheduled term is over. */
export function planNextLook(followed: Followed, now: number, waitMs: number): string {
  const scheduled = listScheduled(followed, now).map((ms) => ms + settleMs);
  return toInstant(Math.min(beginDay(now + waitMs, waitMs), ...scheduled));
}

/** A wait of whole days ends when the day begins, so that one run a day finds it due whatever its minute. */
function beginDay(ms: number, waitMs: number): number {
  return waitMs >= dayMs ? findRomeMidnight(toRomeDay(ms)) : ms;
}

/** When the last recipient's end was known for good, milliseconds since the epoch; `null`: somebody's is not. */
export function findEnd(followed: Followed): number | null {
  let last = 0;
  for (const recipient of followed.recipients) {
    const at = findRecipientEnd(recipient, followed);
    if (at === null) return null;
    last = Math.max(last, toEpochMs(at));
  }
  return last;
}

function findRecipientEnd(
  { perfezionamento, deceasedAt, isCancelled }: FollowedRecipient,
  { cancelledAt }: Followed,
): string | null {
  if (perfezionamento?.isFinal === true) return perfezionamento.at;
  if (isCancelled === true) return cancelledAt ?? null;
  return perfezionamento === undefined ? (deceasedAt ?? null) : null;
}

function listScheduled({ recipients }: Followed, now: number): readonly number[] {
  return recipients
    .map(({ perfezionamento }) => perfezionamento)
    .filter((one) => one?.isFinal === false)
    .map((one) => toEpochMs(one?.at ?? ""))
    .filter((ms) => ms > now);
}
