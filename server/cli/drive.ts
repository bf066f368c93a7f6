/** Drives one run in the foreground: signals, progress (a bar per step on a terminal, plain lines otherwise), the document at the end. */
import type { Answer } from "../../engine/step/context.ts";
import type { Journal } from "../../engine/journal/journal.ts";
import type { Run } from "../../engine/journal/runs.ts";
import { tellOfRun } from "../alerts/tell-run.ts";
import { countLeft } from "../running/ahead.ts";
import type { WritingInstallation } from "../installation.ts";
import { readRunItems, streamRunJson } from "../history/run-document.ts";
import type { Clock } from "../../engine/host/clock.ts";
import { parseSpecSteps, type RunStep } from "../history/run-spec.ts";
import type { StepRegistry } from "../../loader/pipeline/registry.ts";
import { computeProgress, type StepProgress } from "../history/step-counts.ts";
import { toExitCode } from "./command.ts";
import { readHints } from "./hints.ts";
import { describeRun, formatCount, formatItemTable, pickAll, pickNotable } from "./output.ts";
import { onStop } from "./stop-signals.ts";
import { terminal, writeThrough } from "./terminal.ts";

export interface ForegroundOptions {
  readonly isJson: boolean;
  /** How long to wait for items that are not due yet, milliseconds. */
  readonly waitMs: number;
  readonly answers?: ReadonlyMap<string, Answer>;
  /** Called when another run would find something to load. */
  readonly onMore?: (names: readonly string[]) => void;
  /** Print the whole table at the end, not only what needs a look. */
  readonly showsAll?: boolean;
}

/** Drives the run until it rests, prints the outcome, and tells the exit code. What `onStop` tells stops it at its next commit. */
export async function driveInForeground(
  installation: WritingInstallation,
  runId: string,
  options: ForegroundOptions,
): Promise<number> {
  const { journal, runner, clock } = installation;
  const controller = new AbortController();
  const release = onStop(() => {
    terminal.stderr.write("\nMi fermo appena concluso ciò che è in corso…\n");
    controller.abort();
  });
  const isTerminal = terminal.stderr.isTTY;
  const progress = await followRun(journal, runId, {
    registry: installation.registry,
    isTerminal,
    clock,
    write: (text) => terminal.stderr.write(text),
  });
  const waitUntil = clock.now() + options.waitMs;
  installation.limitWaits(waitUntil);
  try {
    const run = await runner.drive(runId, {
      stop: controller.signal,
      waitUntil,
      ...(options.answers === undefined ? {} : { answers: options.answers }),
      ...(options.onMore === undefined ? {} : { onMore: options.onMore }),
    });
    await progress.end();
    await printRun(installation, run, options);
    await tellOfRun(installation, run, (sentence) => terminal.stderr.write(`${sentence}\n`));
    return toExitCode(run);
  } finally {
    release();
  }
}

async function printRun(
  installation: WritingInstallation,
  run: Run,
  options: ForegroundOptions,
): Promise<void> {
  const { journal, artifacts } = installation;
  const left = await countLeft(installation, { journal, artifacts }, run);
  const told = describeRun(run, { asks: await journal.listAsks(run.id), left });
  if (options.isJson) {
    for await (const piece of streamRunJson({ journal, layOut: artifacts.layOut }, run))
      await writeThrough(piece);
    terminal.stderr.write(`${told}\n`);
    return;
  }
  const isTerminal = terminal.stdout.isTTY;
  const columns = terminal.stdout.columns || 120;
  const items = await readRunItems(journal, run.id);
  const { shown, more, repeated, warned } =
    options.showsAll === true ? pickAll(items) : pickNotable(items);
  if (shown.length > 0) {
    const hints = await readHints(journal, run.id);
    terminal.stdout.write(`\n${formatItemTable(shown, { isTerminal, columns, hints })}\n`);
  }
  if (warned > 0)
    terminal.stdout.write(
      `${formatCount(warned, "verbale ha", "verbali hanno")} avvertenze: postino export ${run.id} --format csv\n`,
    );
  if (more > 0) terminal.stdout.write(`… e altri ${more}: postino export ${run.id} --format csv\n`);
  if (options.showsAll !== true)
    for (const file of await journal.listFiles(run.id))
      terminal.stdout.write(`${file.name}: postino files ${run.id} --to CARTELLA\n`);
  if (repeated > 0)
    terminal.stdout.write(
      repeated === 1
        ? "\n1 verbale era già stato inviato con un altro flusso: non è stato inviato di nuovo.\n"
        : `\n${repeated} verbali erano già stati inviati con un altro flusso: non sono stati inviati di nuovo.\n`,
    );
  // What stopped a run is an error message, also where standard output is thrown away.
  const isFault = run.state === "failed" || run.state === "blocked";
  (isFault ? terminal.stderr : terminal.stdout).write(`\n${told}\n`);
}

export interface Progress {
  /** Draws the last state and lets go of the terminal. */
  end(): Promise<void>;
}

export interface ProgressOptions {
  /** Says what the steps are called. */
  readonly registry: StepRegistry;
  readonly isTerminal: boolean;
  readonly write: (text: string) => void;
  readonly clock: Clock;
  /** At least this long between two drawings; default 100 on a terminal, 2 000 otherwise. */
  readonly everyMs?: number;
}

const barWidth = 24;

/** Follows the run until `end`. */
export async function followRun(
  journal: Journal,
  runId: string,
  options: ProgressOptions,
): Promise<Progress> {
  const everyMs = options.everyMs ?? (options.isTerminal ? 100 : 2_000);
  const steps = parseSpecSteps(await journal.readSpec(runId), options.registry);
  const ids = steps.map(({ id }) => id);
  const titles = nameSteps(steps);
  let drawn = 0;
  let lastAt = 0;
  let lastText = "";
  let pending: Promise<void> | null = null;

  async function draw(): Promise<void> {
    const run = await journal.readRun(runId);
    if (run === null) return;
    const counts = await journal.listStepCounts(runId);
    const lines = computeProgress(ids, counts, run.counts)
      .slice(1)
      .map((line) => ({ ...line, step: titles.get(line.step) ?? line.step }));
    const text = options.isTerminal
      ? formatBars(lines, run.counts.total)
      : formatPlain(lines, run.counts.total);
    if (text === lastText) return;
    lastText = text;
    options.write(options.isTerminal ? `${drawn > 0 ? `\u001b[${drawn}A` : ""}${text}` : text);
    drawn = lines.length;
  }

  const stop = journal.onChange((moved) => {
    const now = options.clock.now();
    if (moved !== runId || pending !== null || now - lastAt < everyMs) return;
    lastAt = now;
    pending = draw().finally(() => {
      pending = null;
    });
  });
  return {
    async end() {
      stop();
      await pending;
      await draw();
    },
  };
}

/** Titles by id; steps that share theirs are told apart by the id. */
function nameSteps(steps: readonly RunStep[]): ReadonlyMap<string, string> {
  const isShared = ({ id, title }: RunStep): boolean =>
    steps.some((other) => other.id !== id && other.title === title);
  return new Map(
    steps.map((step) => [step.id, isShared(step) ? `${step.title} (${step.id})` : step.title]),
  );
}

function formatBars(lines: readonly StepProgress[], total: number): string {
  const width = Math.max(...lines.map((line) => line.step.length));
  return lines
    .map(({ step, done, rejected, failed }) => {
      const off = rejected + failed;
      const share = total === 0 ? 0 : Math.min(1, (done + off) / total);
      const full = Math.round(share * barWidth);
      const bar = `${"█".repeat(full)}${"░".repeat(barWidth - full)}`;
      return `\u001b[2K  ${step.padEnd(width)}  ${bar}  ${String(done).padStart(String(total).length)}/${total}${off > 0 ? `  (${off} fuori)` : ""}\n`;
    })
    .join("");
}

function formatPlain(lines: readonly StepProgress[], total: number): string {
  const parts = lines
    .filter(({ done, rejected, failed }) => done + rejected + failed > 0)
    .map(({ step, done, rejected, failed }) => {
      const off = rejected + failed;
      return `${step} ${done}${off > 0 ? ` (${off} fuori)` : ""}`;
    });
  return parts.length === 0 ? "" : `avanzamento su ${total}: ${parts.join(", ")}\n`;
}
