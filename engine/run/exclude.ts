/** A person takes items out of a run before what cannot be undone: they end as cancelled, with the reason. */
import type { Move } from "../journal/items.ts";
import type { Journal } from "../journal/journal.ts";
import type { Run } from "../journal/runs.ts";
import { buildStayMove } from "./moves/moves.ts";

export interface Excluded {
  readonly taken: number;
  /** Keys that stay, with the Italian reason. */
  readonly left: readonly { readonly key: string; readonly reason: string }[];
}

/**
 * Nobody drives the run meanwhile. What waits or has not begun its next step is taken out unless it was sealed, by this run or an
 * earlier one; what was refused or has ended stays as it is. `note`: the Italian sentence beside each.
 */
export async function excludeItems(
  journal: Journal,
  run: Run,
  { keys, note }: { readonly keys: readonly string[]; readonly note: string },
): Promise<Excluded> {
  const driven = await journal.beginDrive(run.id);
  const left: { key: string; reason: string }[] = [];
  const moves: Move[] = [];
  for (const key of new Set(keys)) {
    const [row] = await driven.listItems(run.id, { key, limit: 1 });
    if (row === undefined) continue;
    if (row.state !== "pending" && row.state !== "waiting") {
      left.push({ key, reason: "non è più in attesa di un passo." });
      continue;
    }
    const seal = await driven.findSeal(run.ente, key, row.round);
    if (seal !== null) {
      left.push({ key, reason: `è già stato inviato con il flusso ${seal.run}.` });
      continue;
    }
    moves.push({ ...buildStayMove(row, "cancelled"), tries: 0, since: null, note });
  }
  for (let from = 0; from < moves.length; from += 500)
    await driven.record(run.id, { moves: moves.slice(from, from + 500) });
  return { taken: moves.length, left };
}
