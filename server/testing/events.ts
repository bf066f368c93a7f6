/** What others do while no run moves: a payer at a counter, a recipient who reads. */
import { ActFault } from "./act-fault.ts";
import { type FactItem, type Facts, findFact } from "./facts.ts";
import type { TestStage } from "./stage/stage.ts";
import type { Happening } from "./language/test-file.ts";

/** Throws ActFault where it cannot happen. */
export async function befall(
  stage: TestStage,
  event: Happening,
  before: Facts | null,
): Promise<void> {
  if (event.pays !== undefined) await pay(stage, requireItem(before, event.pays));
  if (event.paysOld !== undefined) payOld(stage, event.paysOld);
  if (event.views !== undefined) await view(stage, requireItem(before, event.views));
}

function requireItem(before: Facts | null, key: string): FactItem {
  const item = findFact(before?.items ?? [], key);
  if (item === undefined) throw new ActFault(`il verbale ${key} non è nel flusso di prima`);
  return item;
}

/** The cheapest code that somebody takes. */
async function pay({ wire }: TestStage, { key, noticeCodes, data }: FactItem): Promise<void> {
  const act = (data["act"] ?? data) as { readonly payment?: { readonly creditorTaxId?: string } };
  const creditor = act.payment?.creditorTaxId ?? "";
  for (const code of noticeCodes) {
    const answer = await wire.ask(`/payer/${creditor}/${code}`, { method: "POST" });
    if (answer.ok) return;
  }
  throw new ActFault(`nessun codice avviso del verbale ${key} si può pagare in quel momento`);
}

/** With the notice that somebody had in hand. */
function payOld({ simulators }: TestStage, iupd: string): void {
  if (!simulators.receive(iupd))
    throw new ActFault(`la posizione ${iupd} non è sul sistema dei pagamenti`);
}

async function view({ wire }: TestStage, { key, iun }: FactItem): Promise<void> {
  const answer = await wire.ask("/send/control/view", {
    method: "POST",
    body: JSON.stringify({ iun }),
  });
  if (!answer.ok)
    throw new ActFault(`la notifica del verbale ${key} non si può leggere in quel momento`);
}
