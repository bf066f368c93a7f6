/** How an effect is known in the ledger: its key, what must be equal to repeat it, and what the same step did in earlier rounds. */
import type { EarlierEffect } from "../../step/item.ts";
import { computeEffectKey } from "../../journal/digest.ts";
import type { EffectId } from "../../journal/ledger.ts";
import { type BoundStep, type LiveItem, toItem } from "../run-scope.ts";

/** An effect as a move ends it. */
export interface MoveEffect {
  readonly id: EffectId;
  readonly seals: boolean;
}

/** The effect of this step on this item, in the item's round. */
export function buildEffect(bound: BoundStep, live: LiveItem): MoveEffect {
  return { id: buildEffectId(bound, live), seals: bound.step.seals };
}

/** Its name in the ledger. */
export function buildEffectId(bound: BoundStep, live: LiveItem): EffectId {
  const step = bound.entry.uses;
  return {
    key: computeEffectKey(bound.scope.run.ente, step, live.key, live.round),
    step,
    itemKey: live.key,
    round: live.round,
  };
}

/** What must be equal for a later run to repeat the result: what the step says, else all that the source gave. */
export function computeFingerprint(bound: BoundStep, live: LiveItem): string {
  const { fingerprint } = bound.step;
  return fingerprint === undefined ? live.sourceDigest : fingerprint(toItem(live));
}

/** What this step did for these items in earlier rounds, by item key. */
export async function readEarlierEffects(
  bound: BoundStep,
  items: readonly LiveItem[],
): Promise<ReadonlyMap<string, readonly EarlierEffect[]>> {
  const { scope } = bound;
  const found = new Map<string, readonly EarlierEffect[]>();
  for (const live of items) {
    if (live.round === 1) continue;
    const rows = await scope.journal.listEffects(scope.run.ente, bound.entry.uses, live.key);
    const past = rows.filter((row) => row.round < live.round && row.state === "done");
    found.set(
      live.key,
      past.map((row) => ({ round: row.round, runId: row.run, fields: row.fields })),
    );
  }
  return found;
}
