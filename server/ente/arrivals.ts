/** What lies in the inboxes of enti, for the dashboard and the doctor: files that wait, and why; files that a run at rest holds. */
import { join } from "node:path";
import { toInstant } from "../../engine/host/clock.ts";
import { RunBlocked } from "../../engine/host/errors.ts";
import type { DoctorFinding } from "../../integrations/diagnosis.ts";
import { type Arrival, listArrivals } from "../../integrations/flusso/inbox/arrivals.ts";
import { listHeldFiles } from "../../integrations/flusso/inbox/taken.ts";
import type { Installation } from "../installation.ts";
import { formatMoment } from "../words/format.ts";
import { type InboxFile, whyWaiting } from "../words/inbox-words.ts";

type Looking = Pick<Installation, "config" | "clock">;

/** The files of these inboxes; `companionEnding`: `flusso.ready` of the ente. A folder that cannot be read holds none: its run says so. */
export async function readInboxFiles(
  { config, clock }: Looking,
  inboxes: ReadonlyMap<string, string | undefined>,
): Promise<readonly InboxFile[]> {
  const root = join(config.dataFolder, "inbox");
  const files: InboxFile[] = [];
  for (const [inbox, companionEnding] of inboxes)
    for (const { name, state, writtenAt } of await lookAt(root, inbox, {
      companionEnding,
      now: clock.now(),
    }))
      files.push({
        inbox,
        name,
        why: whyWaiting[state],
        since: toInstant(writtenAt),
        run: null,
        isReady: state === "ready",
      });
  for (const { inbox, runId, names } of await listHeldFiles(root))
    if (inboxes.has(inbox))
      for (const name of names)
        files.push({
          inbox,
          name,
          why: "Preso da un flusso che non lo ha ancora letto",
          since: null,
          run: runId,
          isReady: false,
        });
  return files;
}

async function lookAt(...looking: Parameters<typeof listArrivals>): Promise<readonly Arrival[]> {
  try {
    return await listArrivals(...looking);
  } catch (error) {
    if (error instanceof RunBlocked) return [];
    throw error;
  }
}

/** What the doctor says of them; nothing of those that the next run takes. */
export function judgeInboxFiles(
  files: readonly InboxFile[],
  now: number,
): readonly DoctorFinding[] {
  return files
    .filter(({ isReady }) => !isReady)
    .map(({ inbox, name, why, since, run }) => {
      const when = since === null ? "" : `, dal ${formatMoment(since, now)}`;
      const note = `${inbox}/${name}${when}: ${why.charAt(0).toLowerCase()}${why.slice(1)}.`;
      if (run !== null)
        return { state: "doubtful", note, hint: { action: "resume", run } } satisfies DoctorFinding;
      return {
        state: "doubtful",
        note,
        hint: "Se la copia è finita da un pezzo, dare al file il suo nome definitivo, o scrivere il file che lo dice completo.",
      } satisfies DoctorFinding;
    });
}
