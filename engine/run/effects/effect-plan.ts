/** What has to happen with each item at an effect step, by what the ledger knows of it. */
import { buildEffectId, computeFingerprint } from "./effect-id.ts";
import { ItemRejected, RetryLater } from "../../host/errors.ts";
import type { Move } from "../../journal/items.ts";
import type { EffectRow } from "../../journal/ledger.ts";
import { buildDoneMove, buildErrorMove } from "../moves/moves.ts";
import {
  alreadySent,
  type BoundStep,
  isBeforeSeal,
  type LiveItem,
  type RunScope,
  recordMoves,
} from "../run-scope.ts";

/** An item whose earlier rounds have no end. */
export interface Doubtful {
  readonly live: LiveItem;
  readonly rounds: readonly number[];
}

export interface EffectPlan {
  readonly fresh: LiveItem[];
  readonly begun: LiveItem[];
  readonly doubtful: Doubtful[];
}

type Plan =
  /** Nothing was begun in this round. */
  | { readonly status: "run" }
  /** It was begun and has no end: the other side is asked first. */
  | { readonly status: "reconcile" }
  /** It is done: its result counts for this item too. */
  | { readonly status: "repeat"; readonly effect: EffectRow }
  /** A round before this one was begun and has no end: the other side is asked about it, then this round runs. */
  | { readonly status: "ask-earlier"; readonly rounds: readonly number[] }
  | { readonly status: "refuse"; readonly error: ItemRejected | RetryLater };

/** Sorts the items into those to run and those to reconcile first; what the ledger settles by itself is recorded here. */
export async function planEffects(
  bound: BoundStep,
  items: readonly LiveItem[],
): Promise<EffectPlan> {
  const { scope } = bound;
  const fresh: LiveItem[] = [];
  const begun: LiveItem[] = [];
  const doubtful: Doubtful[] = [];
  const moved: [LiveItem, Move][] = [];
  const { ente } = scope.run;
  const toKey = (live: LiveItem): string => buildEffectId(bound, live).key;
  const ledger = await scope.journal.findEffects(items.map(toKey));
  const rounds = await scope.journal.readRounds(
    ente,
    items.map((live) => live.key),
  );
  for (const live of items) {
    const newest = rounds.get(live.key) ?? 1;
    const plan =
      newest > live.round
        ? await planOvertaken(bound, live, newest)
        : await planItem(bound, live, ledger.get(toKey(live)));
    switch (plan.status) {
      case "run":
        fresh.push(live);
        break;
      case "reconcile":
        begun.push(live);
        break;
      case "ask-earlier":
        doubtful.push({ live, rounds: plan.rounds });
        break;
      case "repeat":
        moved.push([live, { ...buildRepeatMove(bound, live, plan.effect), round: live.round }]);
        break;
      case "refuse":
        moved.push([live, { ...buildErrorMove(bound, live, plan.error), round: live.round }]);
        break;
    }
  }
  await recordMoves(scope, moved);
  return { fresh, begun, doubtful };
}

async function findEffect(bound: BoundStep, live: LiveItem): Promise<EffectRow | undefined> {
  const { key } = buildEffectId(bound, live);
  return (await bound.scope.journal.findEffects([key])).get(key);
}

async function planItem(
  bound: BoundStep,
  live: LiveItem,
  effect: EffectRow | undefined,
): Promise<Plan> {
  const { scope } = bound;
  if (effect === undefined || effect.state === "rejected")
    return live.round > 1 ? await planNewRound(bound, live) : { status: "run" };
  if (effect.state === "intent") {
    const isElsewhere = effect.run !== scope.run.id && (await scope.claims.isActive(effect.run));
    return isElsewhere
      ? { status: "refuse", error: busyElsewhereError(effect.run, live.tries) }
      : { status: "reconcile" };
  }
  if (effect.fingerprint === computeFingerprint(bound, live)) return { status: "repeat", effect };
  const seal = await scope.journal.findSeal(scope.run.ente, live.key, live.round);
  if (seal === null) {
    // Nothing of this round went out to the recipient: the corrected data get a round of their own.
    live.round += 1;
    await scope.journal.setRound(scope.run.ente, live.key, live.round, live.id);
    // Another run may have begun that round for the same correction, or for another one.
    return await planItem(bound, live, await findEffect(bound, live));
  }
  if (seal.sourceDigest === live.sourceDigest) return { status: "repeat", effect };
  return { status: "refuse", error: await sentOtherwiseError(scope, seal) };
}

/** What an earlier round began and never ended is asked about before anything is done anew. */
async function planNewRound(bound: BoundStep, live: LiveItem): Promise<Plan> {
  const { scope } = bound;
  // The round may have been sent without this step: what it needed had been done in an earlier one.
  const seal = isBeforeSeal(bound)
    ? await scope.journal.findSeal(scope.run.ente, live.key, live.round)
    : null;
  if (seal !== null && seal.sourceDigest !== live.sourceDigest)
    return { status: "refuse", error: await sentOtherwiseError(scope, seal) };
  const rows = await scope.journal.listEffects(scope.run.ente, bound.entry.uses, live.key);
  const open = rows.filter((row) => row.round < live.round && row.state === "intent");
  return open.length === 0
    ? { status: "run" }
    : { status: "ask-earlier", rounds: open.map((row) => row.round) };
}

/**
 * Another run began a round of this verbale after ours had read it: ours joins it with the same data, and gives way otherwise.
 * Behind the seal the item is about what was sent in its own round, and stays there.
 */
async function planOvertaken(bound: BoundStep, live: LiveItem, newest: number): Promise<Plan> {
  const { scope } = bound;
  if (!bound.step.seals && !isBeforeSeal(bound)) {
    const own = await scope.journal.findSeal(scope.run.ente, live.key, live.round);
    if (own !== null) return await planItem(bound, live, await findEffect(bound, live));
  }
  live.round = newest;
  const effect = await findEffect(bound, live);
  if (effect?.sourceDigest === live.sourceDigest) return await planItem(bound, live, effect);
  const seal = await scope.journal.findSeal(scope.run.ente, live.key, newest);
  return {
    status: "refuse",
    error: seal === null ? supersededError() : await sentOtherwiseError(scope, seal),
  };
}

function supersededError(): ItemRejected {
  return new ItemRejected(
    "SUPERSEDED",
    "Il verbale è stato ripreso dopo l'inizio di questo flusso, con dati corretti o in un nuovo tentativo: vale quello. Da qui nulla è stato inviato.",
    { hint: "Cercare il verbale negli altri flussi dell'ente." },
  );
}

/** Another run of this process has the verbale in its hands: a moment as a rule, days where it waits for an answer. */
export function busyElsewhereError(runId: string, tries: number): RetryLater {
  return new RetryLater(`Lo stesso verbale è in lavorazione nel flusso ${runId}.`, {
    code: "BUSY_ELSEWHERE",
    afterMs: Math.min(5_000 * 2 ** Math.min(tries, 10), 600_000),
    effect: "unknown",
  });
}

/** Other data than those that were sent: refused, and where the sending had come to nothing, with the way to send these. */
async function sentOtherwiseError(scope: RunScope, seal: EffectRow): Promise<ItemRejected> {
  if (await scope.journal.isRefusedAfter(scope.run.ente, seal))
    return new ItemRejected(
      "REFUSED_BEFORE",
      `Il verbale era stato inviato con il flusso ${seal.run}, con altri dati, ed è stato rifiutato. Da qui nulla è stato ancora inviato.`,
      {
        hint: {
          action: "resume",
          only: "rejected",
          first: "Se questi dati sono quelli giusti, una persona dà il consenso a un nuovo invio:",
        },
      },
    );
  return new ItemRejected(
    "ALREADY_SENT_OTHERWISE",
    `Il verbale è già stato inviato con il flusso ${seal.run}, con dati diversi da questi. Nulla è stato inviato di nuovo.`,
    {
      hint: "Controllare quale dei due è giusto: una notifica accettata non si ripete.",
    },
  );
}

function buildRepeatMove(bound: BoundStep, live: Readonly<LiveItem>, effect: EffectRow): Move {
  const isOwn = effect.run === bound.scope.run.id;
  const sealed = `Già inviato con il flusso ${effect.run}: non è stato inviato di nuovo.`;
  const note = bound.step.seals ? sealed : live.note;
  const isRepeated = bound.step.seals ? !isOwn : live.code === alreadySent;
  const code = isRepeated ? alreadySent : null;
  return buildDoneMove(bound, { ...live, code }, effect.fields, {
    isAttempt: false,
    ...(isOwn ? {} : { note }),
  });
}
