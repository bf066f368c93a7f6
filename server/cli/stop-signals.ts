/** What ends a command that goes on by itself: a signal, or the death of the npm that started it. */
import { readFileSync } from "node:fs";
import { systemClock } from "../../engine/host/clock.ts";
import { terminal } from "./terminal.ts";

type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** A terminal sends Ctrl-C to all of its programs, and npm passes it on: the same press twice. */
const samePressMs = 1_000;

/** How often it is looked whether npm is still there. */
const parentCheckMs = 100;

/**
 * Calls `stop` once, at the first SIGINT, SIGTERM or SIGHUP (unless the starter has it ignored, as `nohup` does), or when the npm
 * that started the process is gone, however it went. Another signal a second later ends the process at once. Returns what takes it back.
 */
export function onStop(stop: () => void): () => void {
  const isHangupIgnored = readIsHangupIgnored();
  const signals: StopSignal[] = [
    "SIGINT",
    "SIGTERM",
    ...(isHangupIgnored ? [] : ["SIGHUP" as const]),
  ];
  const watching = new AbortController();
  let stoppedAt: number | null = null;
  const handle = (signal?: StopSignal): void => {
    if (stoppedAt === null) {
      stoppedAt = systemClock.now();
      watching.abort();
      stop();
    } else if (signal !== undefined && systemClock.now() - stoppedAt > samePressMs) {
      release();
      process.kill(process.pid, signal);
    }
  };
  function release(): void {
    watching.abort();
    for (const signal of signals) process.removeListener(signal, handle);
  }
  for (const signal of signals) process.on(signal, handle);
  void watchParent(watching.signal, handle);
  return release;
}

/**
 * npm that is killed with -9 passes nothing on: its children learn it by getting another parent. Only under npm: whoever starts the
 * program in the background and leaves wants it to stay.
 */
async function watchParent(signal: AbortSignal, handle: () => void): Promise<void> {
  const parent = process.ppid;
  if (terminal.environment["npm_lifecycle_event"] === undefined || parent <= 1) return;
  while (!signal.aborted && process.ppid === parent) await systemClock.sleep(parentCheckMs, signal);
  if (!signal.aborted) handle();
}

/** Whether SIGHUP was ignored when the process began; only Linux says so. */
function readIsHangupIgnored(): boolean {
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    const [, mask = "0"] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(status) ?? [];
    // The lowest bit is that of signal 1.
    return (BigInt(`0x${mask}`) & 1n) === 1n;
  } catch {
    return false;
  }
}
