/** A flusso of those that a person chose: how many, until when, what it costs at most. */
import type { JournalReader } from "../../engine/journal/journal.ts";
import { createRegisterReader } from "../../integrations/register/register.ts";
import type { EnteSettings } from "../../integrations/ente.ts";
import type { Verbale } from "../../steps/schemas/verbale.ts";
import { type CostRange, estimateCost, sumCosts } from "../trial/cost.ts";

/** What «Genera flusso SEND» asks before it starts. */
export interface GeneratePreview {
  readonly count: number;
  /** Of them, those that the checks warn of. */
  readonly warned: number;
  readonly amountCents: number;
  readonly cost: CostRange;
  /** The nearest term, `YYYY-MM-DD`; `null`: none is known. */
  readonly soonest: string | null;
}

const perPage = 500;

/** Of all that are chosen. */
export async function previewChosen(
  journal: JournalReader,
  ente: string,
  settings: EnteSettings,
): Promise<GeneratePreview> {
  const register = createRegisterReader(journal, ente);
  let [count, warned, amountCents] = [0, 0, 0];
  let soonest: string | null = null;
  let cost: CostRange = sumCosts([]);
  for (let afterKey = ""; ;) {
    const page = await register.listPage("standing", {
      subject: "chosen",
      afterKey,
      limit: perPage,
    });
    const last = page.at(-1);
    if (last === undefined) return { count, warned, amountCents, cost, soonest };
    afterKey = last.key;
    const arrivals = await register.readMany(
      "arrival",
      page.map(({ key }) => key),
    );
    for (const { key, data } of page) {
      count += 1;
      warned += data.warnings.length > 0 ? 1 : 0;
      amountCents += data.row.amountCents;
      if (data.notifyBy !== null && (soonest === null || data.notifyBy < soonest))
        soonest = data.notifyBy;
      const verbale = arrivals.get(key)?.data.verbale as Verbale | undefined;
      if (verbale !== undefined) cost = sumCosts([cost, estimateCost(verbale, settings)]);
    }
  }
}
