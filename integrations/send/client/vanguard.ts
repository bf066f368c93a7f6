/** The first of many goes alone: what is refused of all of them is refused once. */
import { RunBlocked } from "../../../engine/host/errors.ts";

/** Carries out work; the first piece before any other begins. */
type Vanguard = <Result>(work: () => Promise<Result>, signal?: AbortSignal) => Promise<Result>;

/**
 * Nothing was let through yet. Where the first one stops the run (RunBlocked), those that wait for it stop with it, and the
 * next to come is the first again; however else it ends, all go at once from then on.
 */
export function createVanguard(): Vanguard {
  let isOpen = false;
  let first: Promise<unknown> | null = null;

  async function goFirst<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      const result = await work();
      isOpen = true;
      return result;
    } catch (error) {
      isOpen = !(error instanceof RunBlocked);
      throw error;
    } finally {
      first = null;
    }
  }

  return async (work, signal) => {
    if (isOpen) return await work();
    if (first === null) {
      const going = goFirst(work);
      first = going;
      return await going;
    }
    await first.catch((error: unknown) => {
      if (error instanceof RunBlocked) throw error;
    });
    signal?.throwIfAborted();
    return await work();
  };
}
