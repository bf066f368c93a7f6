/** Whether another run is already at the same step with the same verbale: a failed one that is taken up again would only wait for it. */
import type { ItemRow } from "../../engine/journal/items.ts";
import type { Journal } from "../../engine/journal/journal.ts";
import type { Run } from "../../engine/journal/runs.ts";
import { parseSpecSteps } from "../history/run-spec.ts";

type Reader = Pick<Journal, "listRuns" | "listItems" | "readSpec">;

/** Runs that are asked at most: those that are under way at once are few. */
const mostRuns = 100;

/** Says in Italian which run has the item at work; `null`: none has. */
export async function openTwinSearch(
  journal: Reader,
  run: Run,
): Promise<(row: ItemRow) => Promise<string | null>> {
  const states = ["running", "waiting"] as const;
  const open = (await journal.listRuns({ ente: run.ente, states, limit: mostRuns })).filter(
    ({ id }) => id !== run.id,
  );
  const listUses = async (id: string): Promise<readonly string[]> =>
    parseSpecSteps(await journal.readSpec(id)).map(({ uses }) => uses);
  const uses = await listUses(run.id);
  const others = new Map<string, readonly string[]>();
  for (const { id } of open) others.set(id, await listUses(id));
  return async ({ key, step }) => {
    for (const [id, theirs] of others) {
      const [twin] = await journal.listItems(id, {
        key,
        states: ["pending", "running", "waiting"],
        limit: 1,
      });
      const isSame = twin !== undefined && theirs[twin.step] === uses[step];
      // One that waits for another run may wait for this one.
      if (isSame && twin.code !== "BUSY_ELSEWHERE")
        return `se ne sta già occupando il flusso ${id}, allo stesso punto: se non ci riesce, riprendere allora.`;
    }
    return null;
  };
}
