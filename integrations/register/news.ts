/** What a stream says goes into the register as a due time: whom it tells of is looked at again. */
import type { Register } from "./port.ts";

/** `now`: ISO 8601 UTC. Whom nobody has looked at yet is due already, and who is in no register is another program's. */
export async function noticeNews(
  register: Register,
  iuns: readonly string[],
  now: string,
): Promise<void> {
  const known = await register.readMany("followed", iuns);
  const drafts = [...known.values()]
    .filter(({ dueAt }) => dueAt === null || dueAt > now)
    .map(({ key, subject, data }) => ({
      kind: "followed" as const,
      key,
      subject,
      dueAt: now,
      data,
    }));
  if (drafts.length > 0) await register.write(drafts);
}
