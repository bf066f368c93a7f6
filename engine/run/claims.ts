/** Which run is working on an item right now: two runs never touch the same verbale at the same moment. */

/** The items of an ente that a run takes in hand. */
export interface Claim {
  readonly ente: string;
  readonly itemKeys: readonly string[];
  readonly runId: string;
}

export interface Claims {
  /** Takes the items for the run; by key, the runs that have the others. */
  take(claim: Claim): Promise<ReadonlyMap<string, string>>;
  release(claim: Claim): Promise<void>;
  /** Whether another run has work under way. */
  isActive(runId: string): Promise<boolean>;
}

/** Claims of one process: enough while one process owns the journal. `isActive`: whether it drives a run. */
export function createClaims(isActive: (runId: string) => boolean): Claims {
  const holders = new Map<string, string>();
  const toName = (ente: string, itemKey: string): string => JSON.stringify([ente, itemKey]);
  return {
    async take({ ente, itemKeys, runId }) {
      const held = new Map<string, string>();
      for (const itemKey of itemKeys) {
        const name = toName(ente, itemKey);
        const holder = holders.get(name);
        if (holder === undefined || holder === runId) holders.set(name, runId);
        else held.set(itemKey, holder);
      }
      return held;
    },
    async release({ ente, itemKeys, runId }) {
      for (const itemKey of itemKeys) {
        const name = toName(ente, itemKey);
        if (holders.get(name) === runId) holders.delete(name);
      }
    },
    isActive: async (runId) => isActive(runId),
  };
}
