/** Drives one run in the foreground: signals, progress, the document at the end. */
import type { Answer } from "../../engine/step/context.ts";
import type { Run } from "../../engine/journal/journal.ts";
import type { WritingInstallation } from "../installation.ts";
import { streamRunJson, readRunItems } from "../history/run-document.ts";
import { toExitCode } from "./command.ts";
import { readHints } from "./hints.ts";
import { formatCount, formatItemTable, describeRun, pickAll, pickNotable } from "./output.ts";
import { followRun } from "./progress.ts";

export interface ForegroundOptions {
  readonly isJson: boolean;
  /** How long to wait for items that are not due yet, milliseconds. */
  readonly waitMs: number;
  readonly answers?: ReadonlyMap<string, Answer>;
  /** Print the whole table at the end, not only what needs a look. */
  readonly showsAll?: boolean;
}

/** Drives the run until it rests, prints the outcome, and tells the exit code. SIGINT and SIGTERM stop it at its next commit. */
export async function driveInForeground(
  installation: WritingInstallation,
  runId: string,
  options: ForegroundOptions,
): Promise<number> {
  const { journal, runner, clock } = installation;
  const controller = new AbortController();
  const stop = (): void => {
    process.stderr.write("\nMi fermo appena concluso ciò che è in corso…\n");
    controller.abort();
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  const isTerminal = process.stderr.isTTY;
  const progress = await followRun(journal, runId, {
    isTerminal,
    clock,
    write: (text) => process.stderr.write(text),
  });
  try {
    const run = await runner.drive(runId, {
      stop: controller.signal,
      waitUntil: clock.now() + options.waitMs,
      ...(options.answers === undefined ? {} : { answers: options.answers }),
    });
    await progress.end();
    await printRun(installation, run, options);
    return toExitCode(run);
  } finally {
    process.removeListener("SIGINT", stop);
    process.removeListener("SIGTERM", stop);
  }
}

async function printRun(
  { journal, artifacts }: WritingInstallation,
  run: Run,
  options: ForegroundOptions,
): Promise<void> {
  const source = { journal, locateBlob: artifacts.locate };
  if (options.isJson) {
    for await (const piece of streamRunJson(source, run)) await Bun.write(Bun.stdout, piece);
    process.stderr.write(`${describeRun(run)}\n`);
    return;
  }
  const isTerminal = process.stdout.isTTY;
  const columns = process.stdout.columns || 120;
  const items = await readRunItems(source, run.id);
  const { shown, more, repeated, warned } =
    options.showsAll === true ? pickAll(items) : pickNotable(items);
  if (shown.length > 0) {
    const hints = await readHints(journal, run.id);
    process.stdout.write(`\n${formatItemTable(shown, { isTerminal, columns, hints })}\n`);
  }
  if (warned > 0)
    process.stdout.write(
      `${formatCount(warned, "verbale ha", "verbali hanno")} avvertenze: postino export ${run.id} --format csv\n`,
    );
  if (more > 0) process.stdout.write(`… e altri ${more}: postino export ${run.id} --format csv\n`);
  if (options.showsAll !== true)
    for (const file of await journal.listFiles(run.id))
      process.stdout.write(`${file.name}: ${artifacts.locate(file.sha256)}\n`);
  if (repeated > 0)
    process.stdout.write(
      repeated === 1
        ? "\n1 verbale era già stato inviato con un altro flusso: non è stato inviato di nuovo.\n"
        : `\n${repeated} verbali erano già stati inviati con un altro flusso: non sono stati inviati di nuovo.\n`,
    );
  // What stopped a run is an error message, also where standard output is thrown away.
  const isFault = run.state === "failed" || run.state === "blocked";
  (isFault ? process.stderr : process.stdout).write(`\n${describeRun(run)}\n`);
}
