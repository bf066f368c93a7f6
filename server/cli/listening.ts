/** What commands that listen on a port share: the port as it is typed, and the signal that ends them. */
import { systemClock } from "../../engine/host/clock.ts";
import type { Journal } from "../../engine/journal/journal.ts";
import { UsageError } from "../words/usage-error.ts";
import { onStop } from "./stop-signals.ts";

const ownerCheckMs = 2_000;

/** A port number as a person types it. Throws UsageError. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new UsageError(`--port vuole un numero da 0 a 65535, non «${text}».`);
  return port;
}

/** Resolves when the command shall end: see `onStop`, or another process has taken the `journal`, which is noticed within seconds. */
export function waitForSignal(
  controller: AbortController,
  journal?: Pick<Journal, "taken" | "assertOwned">,
): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      controller.abort();
      resolve();
    };
    onStop(end);
    journal?.taken.addEventListener("abort", end, { once: true });
    if (journal !== undefined) void watchOwner(journal, controller.signal);
  });
}

/** A server that rests writes nothing by which it would learn that its journal is another's. */
async function watchOwner(
  journal: Pick<Journal, "assertOwned">,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await systemClock.sleep(ownerCheckMs, signal);
    // What it throws `taken` tells.
    if (!signal.aborted) await journal.assertOwned().catch(() => {});
  }
}
