/** Looks at notifications that are due, some at once: those of which SEND says nothing new go back to sleep, the others are given. */
import { type Clock, toInstant } from "../../engine/host/clock.ts";
import { RetryLater } from "../../engine/host/errors.ts";
import type { Followed } from "../../integrations/register/followed.ts";
import type { AnyDraft, Entry, Register } from "../../integrations/register/port.ts";
import type { SendDesk } from "../../integrations/send/desk-port.ts";
import { computeFollowed } from "./compute-followed.ts";
import { type LookPlan, planLook } from "./next-look.ts";
import type { Patience } from "./patience.ts";

export interface LookOptions {
  readonly desk: Pick<SendDesk, "findQuietly">;
  readonly register: Register;
  readonly clock: Clock;
  readonly plan: LookPlan;
  readonly patience: Patience;
  readonly signal: AbortSignal;
}

/** Questions that are under way at once. */
const atOnce = 8;

/** So many questions in a row without an answer: SEND is away, and asking on would only fill the run. */
const mostSilent = 5;

/**
 * The IUNs with news, or of which SEND gave no answer: these are tried again one by one. Throws RunBlocked, and RetryLater
 * when nothing is answered any more; what was looked at before stays looked at.
 */
export async function lookAt(
  entries: readonly Entry<"followed">[],
  options: LookOptions,
): Promise<readonly string[]> {
  const waiting = [...entries];
  const paid = await readPaid(entries, options.register);
  const news: string[] = [];
  const asleep: AnyDraft[] = [];
  const now = toInstant(options.clock.now());
  let silent = 0;
  const work = async (): Promise<void> => {
    for (let entry = waiting.shift(); entry !== undefined; entry = waiting.shift()) {
      const end = await lookAtOne(entry, paid.has(entry.key), options);
      silent = end instanceof RetryLater ? silent + 1 : 0;
      if (end instanceof RetryLater && silent >= mostSilent) throw end;
      if (end !== null && !(end instanceof RetryLater)) {
        asleep.push(end);
        continue;
      }
      news.push(entry.key);
      // Looked at before its time: due from now on, until somebody has asked.
      if (entry.dueAt === null || entry.dueAt > now)
        asleep.push({ ...pickDraft(entry), dueAt: now });
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(atOnce, entries.length) }, work));
  } finally {
    await options.register.write(asleep);
  }
  return news;
}

async function readPaid(
  entries: readonly Entry<"followed">[],
  register: Register,
): Promise<ReadonlySet<string>> {
  const known = await register.readMany(
    "receipts",
    entries.map(({ key }) => key),
  );
  return new Set([...known].flatMap(([iun, { data }]) => (data.payments.length > 0 ? [iun] : [])));
}

function pickDraft({ kind, key, subject, data }: Entry<"followed">) {
  return { kind, key, subject, data };
}

/** `null`: SEND says something new, or does not know it. */
async function lookAtOne(
  { key, subject, data }: Entry<"followed">,
  isPaid: boolean,
  { desk, clock, plan, patience, signal }: LookOptions,
): Promise<AnyDraft | RetryLater | null> {
  try {
    const found = await desk.findQuietly(key, signal);
    if (found === null) return null;
    const now = computeFollowed(found, {
      recipients: data.recipients.length,
      isChecked: false,
      patience,
    });
    if (!isSame(now, data)) return null;
    const dueAt = planLook(data, isPaid, clock.now(), plan);
    return { kind: "followed", key, subject, dueAt, data };
  } catch (error) {
    if (error instanceof RetryLater && !signal.aborted) return error;
    throw error;
  }
}

const ours: ReadonlySet<string> = new Set(["otherDay", "warnings"]);

/** What we counted and said besides is no news of SEND's. */
function isSame(left: Followed, right: Followed): boolean {
  const strip = (followed: Followed): string =>
    JSON.stringify(followed, (name, value: unknown) => (ours.has(name) ? undefined : value));
  return strip(left) === strip(right);
}
