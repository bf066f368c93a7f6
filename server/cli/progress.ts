/** Progress of a run on standard error: a bar per step on a terminal, plain lines otherwise. */
import type { Clock } from "../../engine/host/clock.ts";
import type { Journal } from "../../engine/journal/journal.ts";
import { parseSpecSteps } from "../history/run-spec.ts";
import { computeLatestCounts } from "../history/step-counts.ts";

export interface Progress {
  /** Draws the last state and lets go of the terminal. */
  end(): Promise<void>;
}

export interface ProgressOptions {
  readonly isTerminal: boolean;
  readonly write: (text: string) => void;
  readonly clock: Clock;
  /** At least this long between two drawings; default 100 on a terminal, 2 000 otherwise. */
  readonly everyMs?: number;
}

interface Line {
  readonly step: string;
  readonly done: number;
  readonly off: number;
}

const barWidth = 24;

/** Follows the run until `end`. */
export async function followRun(
  journal: Journal,
  runId: string,
  options: ProgressOptions,
): Promise<Progress> {
  const everyMs = options.everyMs ?? (options.isTerminal ? 100 : 2_000);
  const steps = parseSpecSteps(await journal.readSpec(runId)).slice(1);
  let drawn = 0;
  let lastAt = 0;
  let lastText = "";
  let pending: Promise<void> | null = null;

  async function draw(): Promise<void> {
    const run = await journal.readRun(runId);
    if (run === null) return;
    const names = steps.map(({ id }) => id);
    const latest = computeLatestCounts(names, await journal.listStepCounts(runId), run.counts);
    const lines = latest.map(({ done, rejected, failed }, index): Line => ({
      step: names[index] ?? "",
      done,
      off: rejected + failed,
    }));
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

function formatBars(lines: readonly Line[], total: number): string {
  const width = Math.max(...lines.map((line) => line.step.length));
  return lines
    .map(({ step, done, off }) => {
      const share = total === 0 ? 0 : Math.min(1, (done + off) / total);
      const full = Math.round(share * barWidth);
      const bar = `${"█".repeat(full)}${"░".repeat(barWidth - full)}`;
      return `\u001b[2K  ${step.padEnd(width)}  ${bar}  ${String(done).padStart(String(total).length)}/${total}${off > 0 ? `  (${off} fuori)` : ""}\n`;
    })
    .join("");
}

function formatPlain(lines: readonly Line[], total: number): string {
  const parts = lines
    .filter(({ done, off }) => done + off > 0)
    .map(({ step, done, off }) => `${step} ${done}${off > 0 ? ` (${off} fuori)` : ""}`);
  return parts.length === 0 ? "" : `avanzamento su ${total}: ${parts.join(", ")}\n`;
}
