/** One request for several callers: it ends when the last of them gives up, not when one does. */
import { RetryLater } from "../engine/host/errors.ts";

/** A place where callers meet. */
export interface SharedRequest<Result> {
  /**
   * Joins the request that is under way, or starts one. `start` gets a signal that is aborted when nobody waits any more.
   * Throws RetryLater `INTERRUPTED` when the caller's own signal is aborted, and what the request throws.
   */
  join(
    start: (signal: AbortSignal) => Promise<Result>,
    signal: AbortSignal | undefined,
  ): Promise<Result>;
  isUnderWay(): boolean;
}

interface Shared<Result> {
  readonly result: Promise<Result>;
  readonly stop: AbortController;
  waiting: number;
}

/** Nothing is under way at first. */
export function createSharedRequest<Result>(): SharedRequest<Result> {
  let running: Shared<Result> | null = null;
  const join: SharedRequest<Result>["join"] = async (start, signal) => {
    if (signal?.aborted) throw interruptedError(signal);
    if (running === null) {
      const stop = new AbortController();
      const begun: Shared<Result> = { result: start(stop.signal), stop, waiting: 0 };
      running = begun;
      const forget = (): void => {
        if (running === begun) running = null;
      };
      begun.result.then(forget, forget);
    }
    const shared = running;
    shared.waiting += 1;
    try {
      return await waitFor(shared.result, signal);
    } finally {
      shared.waiting -= 1;
      if (shared.waiting === 0 && running === shared) {
        running = null;
        shared.stop.abort();
      }
    }
  };
  return { join, isUnderWay: () => running !== null };
}

async function waitFor<Result>(result: Promise<Result>, signal?: AbortSignal): Promise<Result> {
  if (signal === undefined) return await result;
  const given = Promise.withResolvers<never>();
  const giveUp = (): void => given.reject(interruptedError(signal));
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    return await Promise.race([result, given.promise]);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

function interruptedError(signal: AbortSignal): RetryLater {
  return new RetryLater("Interrotto in attesa di una risposta.", {
    code: "INTERRUPTED",
    effect: "none",
    cause: signal.reason,
  });
}
