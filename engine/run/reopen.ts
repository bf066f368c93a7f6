/** A person's word on a run at rest: take items up again, or cancel what is left. */
import type { DecisionWord, ItemRow, Move } from "../journal/items.ts";
import { readItemPages } from "../journal/item-pages.ts";
import type { Journal } from "../journal/journal.ts";
import type { Ledger, LedgerReader } from "../journal/ledger.ts";
import type { Run } from "../journal/runs.ts";
import { requireRow } from "../host/errors.ts";
import { buildStayMove } from "./moves/moves.ts";
import type { ItemState } from "../journal/states.ts";

export interface ReopenOptions {
  readonly only: "rejected" | "failed" | "in-doubt";
  /** Item keys; absent: all in that state. */
  readonly items?: readonly string[];
  /** Of items in doubt: what a person says of them; absent: that it did not happen. */
  readonly decision?: DecisionWord;
  /** Why an item is better left where it is, in Italian; `null`: it is not. Absent: none is. */
  readonly leave?: (row: ItemRow) => Promise<string | null>;
  /** Names of the fields that the source adds: what an item keeps when it starts over. */
  readonly sourceFields: readonly string[];
  /** Of rejected items: what a person put in the place of what the source gave. */
  readonly fields?: Readonly<Record<string, unknown>>;
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
  journal: Journal,
  run: Run,
  options: ReopenOptions,
): Promise<Reopened> {
  const { only, items, leave } = options;
  const left: { key: string; reason: string }[] = [];
  const taken = await moveItems(journal, run.id, [only], async (row) => {
    if (items !== undefined && !items.includes(row.key)) return null;
    const reason =
      (only === "rejected" ? await explainWhyNot(journal, run, row) : null) ??
      (leave === undefined ? null : await leave(row));
    if (reason === null) return await takeUpAgain(journal, run, row, options);
    left.push({ key: row.key, reason });
    return null;
  });
  return { taken, left };
}

/** Waiting items need wait no longer. */
export async function hurryWaiting(journal: Journal, runId: string, nowMs: number): Promise<void> {
  await moveItems(journal, runId, ["waiting"], (row) => ({
    ...buildAnewMove(row, "waiting"),
    dueAt: nowMs,
  }));
}

/** Ends the run: nothing that has not begun will begin; what was begun and not ended is in doubt. */
export async function cancelRun(journal: Journal, runId: string, at: string): Promise<Run> {
  await moveItems(journal, runId, ["pending", "waiting", "running"], (row) =>
    row.state === "running"
      ? {
          ...buildAnewMove(row, "in-doubt"),
          code: "CANCELLED_UNDER_WAY",
          note: "Flusso annullato mentre l'operazione era in corso: non si sa se sia avvenuta.",
        }
      : {
          ...buildAnewMove(row, "cancelled"),
          note: row.note ?? "Flusso annullato prima di questo passo.",
        },
  );
  for (const ask of await journal.listAsks(runId)) await journal.closeAsk(runId, ask.step);
  const patch = { code: "CANCELLED", reason: "Annullato da una persona.", hint: null };
  await journal.patchRun(runId, { state: "cancelled", endedAt: at, ...patch });
  return requireRow(await journal.readRun(runId), `run ${runId}`);
}

/** Moves the items in these states, page by page; `null`: it stays. Whatever still drives the run writes nothing from then on. Returns how many moved. */
async function moveItems(
  journal: Journal,
  runId: string,
  states: readonly ItemState[],
  buildMove: (row: ItemRow) => Move | null | Promise<Move | null>,
): Promise<number> {
  const driven = await journal.beginDrive(runId);
  let moved = 0;
  for await (const rows of readItemPages(driven, runId, { states })) {
    const moves: Move[] = [];
    for (const row of rows) {
      const move = await buildMove(row);
      if (move !== null) moves.push(move);
    }
    if (moves.length > 0) await driven.record(runId, { moves });
    moved += moves.length;
  }
  return moved;
}

/** Why a rejected item cannot start over, in Italian; `null`: it can. */
export async function explainWhyNot(
  journal: LedgerReader,
  run: Run,
  row: ItemRow,
): Promise<string | null> {
  if (Object.keys(row.data).length === 0)
    return "la riga del flusso non è leggibile: va corretta nel gestionale e mandata con un nuovo flusso.";
  const seal = await journal.findSeal(run.ente, row.key, row.round);
  if (seal === null) return null;
  // What was sent came to nothing, in this flusso or in an earlier one. That a step behind it rejected the item does not say so.
  if (await journal.isRefusedAfter(run.ente, seal)) return null;
  return `risulta già inviato con il flusso ${seal.run}: non si invia una seconda volta.`;
}

async function takeUpAgain(
  journal: Ledger,
  run: Run,
  row: ItemRow,
  { only, decision, sourceFields, fields = {} }: ReopenOptions,
): Promise<Move> {
  const said = decision === undefined ? {} : { decision };
  const again: Move = { ...buildAnewMove(row, "pending"), note: null };
  const isNewRound =
    only === "rejected" ||
    (only === "in-doubt" && (decision === undefined || decision.word === "not-done"));
  if (!isNewRound) return { ...again, ...said };
  const round = row.round + 1;
  await journal.setRound(run.ente, row.key, round);
  if (only === "in-doubt") return { ...again, ...said, round };
  // From the first step on, with what the source gave.
  const given = Object.entries(row.data).filter(([name]) => sourceFields.includes(name));
  return { ...again, step: 1, round, data: { ...Object.fromEntries(given), ...fields } };
}

/** Its tries and its time begin anew. */
function buildAnewMove(row: ItemRow, to: ItemState): Move {
  return { ...buildStayMove(row, to), tries: 0, since: null };
}
