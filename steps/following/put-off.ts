/** A notification whose step found the other side away is looked at again by the next run. */
import { type Clock, toInstant } from "../../engine/host/clock.ts";
import { ItemRejected, RetryLater, RunBlocked } from "../../engine/host/errors.ts";
import type { Register } from "../../integrations/register/port.ts";

interface Desk {
  readonly register: Register;
  readonly clock: Clock;
}

/** Silence or a refusal of everybody: nothing that the notification itself has done. */
export function isAway(error: unknown): boolean {
  return error instanceof RetryLater || error instanceof RunBlocked;
}

/** The payment system refuses this verbale, whoever asks and how often. */
export function isRefusal(error: unknown): error is ItemRejected | RetryLater {
  return (
    error instanceof ItemRejected ||
    (error instanceof RetryLater && error.code === "SCHEDULE_REFUSED")
  );
}

/** Due at once: its verdict is what makes a notification one to follow. */
export async function putOff({ register, clock }: Desk, iuns: readonly string[]): Promise<void> {
  const verdicts = await register.readMany("verdict", iuns);
  await register.write(
    [...verdicts.values()].map(({ key, subject, data }) => ({
      kind: "verdict" as const,
      key,
      subject,
      dueAt: toInstant(clock.now()),
      data,
    })),
  );
}

/** Does the work; where the other side is away, the notification is put off before that is thrown on. */
export async function doOrPutOff<Result>(
  desk: Desk,
  iun: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (isAway(error)) await putOff(desk, [iun]);
    throw error;
  }
}
