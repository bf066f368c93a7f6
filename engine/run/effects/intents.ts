/** Intents: durable before the outside is touched, taken back when it was not. */
import { buildEffectId, buildEffect, computeFingerprint } from "./effect-id.ts";
import type { Intent } from "../../journal/items.ts";
import { buildNotDoneMove } from "../moves/moves.ts";
import { type BoundStep, type LiveItem, toItem, recordMoves } from "../run-scope.ts";

/** Writes the intents; they are durable, and the items `running`, when it resolves. */
export async function recordIntents(bound: BoundStep, items: readonly LiveItem[]): Promise<void> {
  const { scope } = bound;
  if (items.length === 0) return;
  const now = scope.clock.now();
  const intents: Intent[] = [];
  for (const live of items) {
    live.since ??= now;
    intents.push({
      itemId: live.id,
      from: live.state,
      since: live.since,
      stepId: bound.entry.id,
      number: live.tries + 1,
      effect: buildEffectId(bound, live),
      sourceDigest: live.sourceDigest,
      fingerprint: computeFingerprint(bound, live),
      seals: bound.step.seals,
      holds: bound.step.holds?.(toItem(live), bound.context) ?? [],
    });
    live.state = "running";
  }
  await scope.journal.record(scope.run.id, { intents });
}

/** Nothing was asked of the other side for these: their intents are taken back. */
export async function takeBack(bound: BoundStep, items: readonly LiveItem[]): Promise<void> {
  await recordMoves(
    bound.scope,
    items.map((live) => {
      const effect = buildEffect(bound, live);
      return [live, buildNotDoneMove(bound, live, { code: null, effect })];
    }),
  );
}
