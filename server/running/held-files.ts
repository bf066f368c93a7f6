/** Sees to it that no file of an inbox stays with a run that will not read it: it goes back, or is set aside with its report. */
import { join } from "node:path";
import { type Clock, toInstant } from "../../engine/host/clock.ts";
import { requireRow } from "../../engine/host/errors.ts";
import type { Logger } from "../../engine/host/logger.ts";
import type { Journal } from "../../engine/journal/journal.ts";
import type { Run } from "../../engine/journal/runs.ts";
import { endedRunStates } from "../../engine/journal/states.ts";
import { cancelRun } from "../../engine/run/reopen.ts";
import type { Runner } from "../../engine/run/runner.ts";
import {
  type HeldFate,
  listHeldFiles,
  settleHeldFiles,
} from "../../integrations/flusso/inbox/taken.ts";
import type { Config } from "../config.ts";

export interface Settling {
  readonly config: Pick<Config, "dataFolder">;
  readonly log: Pick<Logger, "warn">;
  readonly journal: Pick<Journal, "readRun" | "patchRun">;
}

/** Looks at what runs hold (or the one run does) and moves what its run will not read; the run's note says where to. No run may be under way whose files are looked at. */
export async function settleHeld({ config, log, journal }: Settling, only?: string): Promise<void> {
  const root = join(config.dataFolder, "inbox");
  for (const held of await listHeldFiles(root)) {
    if (only !== undefined && held.runId !== only) continue;
    const run = await journal.readRun(held.runId);
    const told = await settleHeldFiles(root, held, judgeHeld(run));
    if (told === null) continue;
    log.warn("file of an inbox left its run", { inbox: held.inbox, runId: held.runId });
    if (run === null) continue;
    const note = [run.note, told].filter((text) => text !== null).join(" ");
    await journal.patchRun(run.id, { note });
  }
}

/** The runner, whose runs let go of their files where they end without having read them in. */
export function settleAfterDrives(runner: Runner, settling: Settling): Runner {
  return {
    ...runner,
    async drive(runId, options) {
      await runner.drive(runId, options);
      await settleHeld(settling, runId);
      return requireRow(await settling.journal.readRun(runId), `run ${runId}`);
    },
  };
}

/** Cancels for good: what is left of the run, and its claim on a file whose verbali it has not read in. */
export async function cancelForGood(
  installation: Settling & { readonly journal: Journal; readonly clock: Clock },
  runId: string,
): Promise<Run> {
  const { journal, clock } = installation;
  await cancelRun(journal, runId, toInstant(clock.now()));
  await settleHeld(installation, runId);
  return requireRow(await journal.readRun(runId), `run ${runId}`);
}

/** Until its verbali are in the journal nothing of a file was sent: it may be read again by any run. */
function judgeHeld(run: Run | null): HeldFate {
  if (run === null) return "give-back";
  if (run.isLoaded) return "archive";
  if (!endedRunStates.includes(run.state)) return "keep";
  const why =
    run.state === "cancelled" ? "è stato annullato" : `non è riuscito (${run.reason ?? run.state})`;
  return {
    report: `Il flusso ${run.id} ${why} prima di registrare i verbali di questo file: nessuno di essi è partito.\n\nChe cosa fare: per farlo leggere di nuovo, rimetterlo nella cartella di arrivo.\n`,
  };
}
