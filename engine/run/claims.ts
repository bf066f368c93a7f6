/** Which run is working on an item right now: two runs of this process never touch the same verbale at the same moment. */

export interface Claims {
  /** Takes the item for the run; `null` = it is ours now, otherwise the run that has it. */
  take(ente: string, itemKey: string, runId: string): string | null;
  release(ente: string, itemKey: string, runId: string): void;
}

/** Claims of one process: enough while one process owns the journal. */
export function createClaims(): Claims {
  const holders = new Map<string, string>();
  const toName = (ente: string, itemKey: string): string => JSON.stringify([ente, itemKey]);
  return {
    take(ente, itemKey, runId) {
      const name = toName(ente, itemKey);
      const holder = holders.get(name);
      if (holder !== undefined && holder !== runId) return holder;
      holders.set(name, runId);
      return null;
    },
    release(ente, itemKey, runId) {
      const name = toName(ente, itemKey);
      if (holders.get(name) === runId) holders.delete(name);
    },
  };
}
