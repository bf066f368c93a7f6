/** The source of the pipeline of late receipts: verbali whose old positions reset-iuv cancelled not long ago. */
import { Type } from "typebox";
import { toEpochMs } from "../engine/host/clock.ts";
import type { OpenEffect } from "../engine/step/item.ts";
import { sourceStep } from "../integrations/services.ts";
import { CancelledField, type Payment, type PositionName } from "./schemas/fields.ts";

const dayMs = 86_400_000;

export default sourceStep({
  title: "Posizioni annullate",
  summary:
    "Riprende i verbali di cui sono state annullate posizioni debitorie negli ultimi giorni, finché non è segnalato un pagamento",
  config: Type.Object(
    {
      days: Type.Integer({
        minimum: 1,
        default: 90,
        description: "Per quanti giorni dall'annullamento cercare pagamenti",
      }),
    },
    { additionalProperties: false },
  ),
  adds: CancelledField,
  takesFile: false,
  examples: ["{}", "days: 30\n"],
  async *run(ctx) {
    const since = ctx.clock.now() - ctx.config.days * dayMs;
    const told = await ctx.rejectedBefore("PAID_AFTER_CANCEL");
    let current: Cancelled | null = null;
    // The rounds of a verbale come one after another.
    for await (const effect of ctx.openEffects("reset-iuv", "check-receipts")) {
      if (current !== null && current.key !== effect.itemKey) {
        yield* toRows(current, told);
        current = null;
      }
      if (toEpochMs(effect.at) >= since) current = joinCancelled(current, effect);
    }
    if (current !== null) yield* toRows(current, told);
  },
});

interface Cancelled {
  readonly key: string;
  /** The newest. */
  readonly round: number;
  readonly positions: readonly PositionName[];
}

function joinCancelled(known: Cancelled | null, { itemKey, round, fields }: OpenEffect): Cancelled {
  // Written by reset-iuv, checked by schema when it was added.
  const { cancelled = [] } = fields["payment"] as Payment;
  const all = [...(known?.positions ?? []), ...cancelled].map(
    (position): [string, PositionName] => [JSON.stringify(position), position],
  );
  return {
    key: itemKey,
    round: Math.max(known?.round ?? 0, round),
    positions: [...new Map(all).values()],
  };
}

/** Nothing for a verbale without old positions, nor for one whose payment a person was told of in this round. */
function* toRows({ key, round, positions }: Cancelled, told: ReadonlyMap<string, number>) {
  if (positions.length === 0 || (told.get(key) ?? 0) >= round) return;
  yield { key, fields: { cancelledPositions: [...positions] } };
}
