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
  const verdicts = await register.readMany(
    "verdict",
    kept.map(({ iun }) => iun),
  );
  const drafts = kept.flatMap(({ iun, numero, followed, dueAt }): readonly AnyDraft[] => {
    const verdict = verdicts.get(iun);
    const isDue = verdict !== undefined && verdict.dueAt !== null;
    return [
      { kind: "followed", key: iun, subject: numero, dueAt, data: followed },
      ...(isDue
        ? [{ kind: "verdict" as const, key: iun, subject: numero, data: verdict.data }]
        : []),
    ];
  });
  await register.write(drafts);
}
