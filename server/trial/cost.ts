/** What SEND would ask for a notification, at least and at most: known before it goes out only as a range. */
import type { EnteSettings } from "../../integrations/ente.ts";
import { sendFeeCents } from "../../steps/money/compute-costs.ts";
import type { Verbale } from "../../steps/schemas/verbale.ts";

/** Cents, VAT in them. */
export interface CostRange {
  readonly atLeastCents: number;
  readonly atMostCents: number;
}

/** One letter without VAT where the ente says none. Not PagoPA's list, which no page read says: a setting, `send.letterCents`. */
export const usualLetterCents = 1_050;

/** SEND delivers to a digital address for its own fee; otherwise by one letter, or by a second to an address that it finds. */
const mostLetters = { digital: 1, paper: 2 } as const;

/** What SEND charges the ente for this verbale. */
export function estimateCost({ destinatario }: Verbale, { send }: EnteSettings): CostRange {
  const letter = send.letterCents ?? usualLetterCents;
  const isDigital = (destinatario.pec ?? "").trim() !== "";
  const letters = mostLetters[isDigital ? "digital" : "paper"] * letter;
  return {
    atLeastCents: sendFeeCents,
    // As SEND rounds: once, the sum.
    atMostCents: sendFeeCents + Math.round(letters + (letters * send.vat) / 100),
  };
}

/** The range of several. */
export function sumCosts(costs: readonly (CostRange | null)[]): CostRange {
  let [atLeastCents, atMostCents] = [0, 0];
  for (const cost of costs) {
    atLeastCents += cost?.atLeastCents ?? 0;
    atMostCents += cost?.atMostCents ?? 0;
  }
  return { atLeastCents, atMostCents };
}
