/** Keeps what SEND says of a notification in the register, and when it is asked again. */
import type { Followed } from "../../integrations/register/followed.ts";
import type { AnyDraft, Register } from "../../integrations/register/port.ts";

export interface Kept {
  readonly iun: string;
  readonly numero: string;
  readonly followed: Followed;
  /** ISO 8601 UTC; `null`: never again. */
  readonly dueAt: string | null;
}

/** What is as it was makes no new version. The verdict that made the notification one to follow is no longer due. */
export async function keepFollowed(register: Register, kept: readonly Kept[]): Promise<void> {
  const ended = await endVerdicts(
    register,
    kept.map(({ iun }) => iun),
  );
  const drafts = kept.map(({ iun, numero, followed, dueAt }) => ({
    kind: "followed" as const,
    key: iun,
    subject: numero,
    dueAt,
    data: followed,
  }));
  await register.write([...drafts, ...ended]);
}

/**
 * What was kept, where it is not time to ask SEND: the notification is looked at for a payment or a proof. `now`: ISO 8601 UTC;
 * `null`: SEND is to be asked.
 */
export async function recallFollowed(
  register: Register,
  iun: string,
  now: string,
): Promise<Followed | null> {
  const known = await register.read("followed", iun);
  if (known === null || (known.dueAt !== null && known.dueAt <= now)) return null;
  await register.write(await endVerdicts(register, [iun]));
  return known.data;
}

async function endVerdicts(
  register: Register,
  iuns: readonly string[],
): Promise<readonly AnyDraft[]> {
  const verdicts = await register.readMany("verdict", iuns);
  return [...verdicts.values()]
    .filter(({ dueAt }) => dueAt !== null)
    .map(({ key, subject, data }) => ({
      kind: "verdict" as const,
      key,
      subject,
      dueAt: null,
      data,
    }));
}
