/** A person's word on a run at rest: take items up again, or cancel what is left. */
import type { DecisionWord, ItemRow, Move, JournalItems } from "../journal/items.ts";
import { readItemPages } from "../journal/item-pages.ts";
import type { Ledger } from "../journal/ledger.ts";
import type { Run, JournalRuns } from "../journal/runs.ts";
import { requireRow } from "../host/errors.ts";
import { buildStayMove } from "./moves/moves.ts";
import type { ItemState } from "../journal/states.ts";

export interface ReopenOptions {
  readonly only: "rejected" | "failed" | "in-doubt";
  /** Item keys; absent: all in that state. */
  readonly items?: readonly string[];
  /** Of items in doubt: what a person says of them; absent: that it did not happen. */
  readonly decision?: DecisionWord;
  /** Names of the fields that the source adds: what an item keeps when it starts over. */
  readonly sourceFields: readonly string[];
}

export interface Reopened {
  /** How many items go on. */
  readonly taken: number;
  /** Keys that stay as they are, with the Italian reason. */
  readonly left: readonly { readonly key: string; readonly reason: string }[];
}

/**
 * `failed`: the items try the same step again, in the same round, after the other side was asked what became of it.
 * `in-doubt`: the other side is asked once more; if it still cannot tell, the person's word that nothing happened begins another
 * round at that step. With any other word the round stays: nothing is done again unless the other side says that nothing was done,
 * and not even then where a person said that it was.
 * `rejected`: they start over in a new round, save those that were sent and that the other side has not refused since: a second
 * notification would be a second legal act.
 */
export async function reopenItems(
  journal: JournalItems & Ledger,
  run: Run,
  options: ReopenOptions,
): Promise<Reopened> {
  const left: { key: string; reason: string }[] = [];
  let taken = 0;
  for await (const rows of readItemPages(journal, run.id, { states: [options.only] })) {
    const moves: Move[] = [];
    for (const row of rows) {
      if (options.items !== undefined && !options.items.includes(row.key)) continue;
      const reason = options.only === "rejected" ? await explainWhyNot(journal, run, row) : null;
      if (reason !== null) {
        left.push({ key: row.key, reason });
        continue;
      }
      moves.push(await takeUpAgain(journal, run, row, options));
    }
    if (moves.length > 0) await journal.record(run.id, { moves });
    taken += moves.length;
  }
  return { taken, left };
}

/** Waiting items need wait no longer. */
export async function hurryWaiting(
  journal: JournalItems,
  runId: string,
  nowMs: number,
): Promise<void> {
  for await (const rows of readItemPages(journal, runId, { states: ["waiting"] })) {
    const moves = rows.map((row): Move => ({
      ...buildAnewMove(row, "waiting"),
      dueAt: nowMs,
    }));
    await journal.record(runId, { moves });
  }
}

/** Ends the run: nothing that has not begun will begin; what was begun and not ended is in doubt. */
export async function cancelRun(
  journal: JournalRuns & JournalItems,
  runId: string,
  at: string,
): Promise<Run> {
  for await (const rows of readItemPages(journal, runId, {
    states: ["pending", "waiting", "running"],
  })) {
    const moves = rows.map((row): Move => {
      if (row.state !== "running")
        return {
          ...buildAnewMove(row, "cancelled"),
          note: row.note ?? "Flusso annullato prima di questo passo.",
        };
      return {
        ...buildAnewMove(row, "in-doubt"),
        code: "CANCELLED_UNDER_WAY",
        note: "Flusso annullato mentre l'operazione era in corso: non si sa se sia avvenuta.",
      };
    });
    await journal.record(runId, { moves });
  }
  for (const ask of await journal.listAsks(runId)) await journal.closeAsk(runId, ask.step);
  await journal.patchRun(runId, {
    state: "cancelled",
    endedAt: at,
    code: "CANCELLED",
    reason: "Annullato da una persona.",
    hint: null,
  });
  return requireRow(await journal.readRun(runId), `run ${runId}`);
}

async function explainWhyNot(journal: Ledger, run: Run, row: ItemRow): Promise<string | null> {
  if (Object.keys(row.data).length === 0)
    return "la riga del flusso non è leggibile: va corretta nel gestionale e mandata con un nuovo flusso.";
  const seal = await journal.findSeal(run.ente, row.key, row.round);
  if (seal === null) return null;
  // What was sent came to nothing, in this flusso or in an earlier one. That a step behind it rejected the item does not say so.
  if (await journal.isRefusedAfter(run.ente, seal)) return null;
  return `risulta già inviato con il flusso ${seal.run}: non si invia una seconda volta.`;
}

async function startOver(
  journal: Ledger,
  run: Run,
  row: ItemRow,
  options: ReopenOptions,
): Promise<Move> {
  const round = row.round + 1;
  await journal.setRound(run.ente, row.key, round);
  const data: Record<string, unknown> = {};
  for (const name of options.sourceFields) if (name in row.data) data[name] = row.data[name];
  return { ...buildAnewMove(row, "pending"), step: 1, round, data, note: null };
}

async function takeUpAgain(
  journal: Ledger,
  run: Run,
  row: ItemRow,
  options: ReopenOptions,
): Promise<Move> {
  if (options.only === "rejected") return await startOver(journal, run, row, options);
  const { decision } = options;
  const again: Move = {
    ...buildAnewMove(row, "pending"),
    note: null,
    ...(decision === undefined ? {} : { decision }),
  };
  if (options.only === "failed" || (decision !== undefined && decision.word !== "not-done"))
    return again;
  const round = row.round + 1;
  await journal.setRound(run.ente, row.key, round);
  return { ...again, round };
}

/** Its tries and its time begin anew. */
function buildAnewMove(row: ItemRow, to: ItemState): Move {
  return { ...buildStayMove(row, to), tries: 0, since: null };
}
