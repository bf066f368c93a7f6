/** What the commands that move runs begin with: the journal held for writing, the run that is meant, how long to wait. */
import type { Run } from "../../engine/journal/runs.ts";
import { parseDuration } from "../../loader/yaml/duration.ts";
import { type openInstallation, openWriting, type WritingInstallation } from "../installation.ts";
import { formatCommand } from "../words/hints.ts";
import { UsageError } from "../words/usage-error.ts";
import type { CommandInput } from "./command.ts";
import { openForCommand } from "./open.ts";
import { terminal } from "./terminal.ts";

const defaultWait = "10m";

/** Opens for writing, says which runs a dead process left, and closes whatever happens. */
export async function holdJournal(
  installation: Awaited<ReturnType<typeof openInstallation>>,
  work: (writing: WritingInstallation) => Promise<number>,
  except?: string,
): Promise<number> {
  const writing = await openWriting(installation);
  try {
    for (const run of await writing.journal.listRuns({ states: ["running", "queued"], limit: 20 }))
      if (run.id !== except)
        terminal.stderr.write(
          `Il flusso ${run.id} era rimasto a metà: si continua con «${formatCommand({ action: "resume", run: run.id })}».\n`,
        );
    return await work(writing);
  } finally {
    await writing.close();
  }
}

/** The same with the run that the first word names. Throws UsageError when there is none. */
export async function workOnRun(
  input: CommandInput,
  work: (writing: WritingInstallation, run: Run) => Promise<number>,
): Promise<number> {
  const id = input.words[0] ?? "";
  return await holdJournal(
    await openForCommand(),
    async (writing) => {
      const run = await writing.journal.readRun(id);
      if (run === null)
        throw new UsageError(
          `Il flusso ${id} non esiste. L'elenco: ${formatCommand({ action: "list-runs" })}`,
          {
            isWellTyped: true,
          },
        );
      return await work(writing, run);
    },
    id,
  );
}

/** `--wait`, in milliseconds. Throws UsageError. */
export function parseWait(input: CommandInput): number {
  const text = input.findValue("wait") ?? defaultWait;
  const ms = parseDuration(text);
  if (ms === null)
    throw new UsageError(`--wait vuole una durata come 30s, 10m o 2h, non «${text}».`);
  return ms;
}
