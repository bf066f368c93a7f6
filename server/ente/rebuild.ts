/** Rebuilds in the ledger what an ente's steps did for a verbale, from what SEND and the payment system say of it; acts on neither. */
import { messageOf } from "../../engine/host/errors.ts";
import { type Clock, toEpochMs } from "../../engine/host/clock.ts";
import { computeEffectKey } from "../../engine/journal/digest.ts";
import type { Intent, ItemRow, Move } from "../../engine/journal/items.ts";
import type { ReconcileContext } from "../../engine/step/context.ts";
import type { Item } from "../../engine/step/item.ts";
import type { ResolvedStep } from "../../engine/step/resolved-step.ts";
import { runOnItem, type Step } from "../../engine/step/step.ts";
import type { SendStatus } from "../../integrations/send/port.ts";
import type { Services } from "../../integrations/services.ts";
import type { WritingInstallation } from "../installation.ts";
import { buildReplayContext } from "./replay-context.ts";

export type RebuildParts = Pick<
  WritingInstallation,
  "journal" | "artifacts" | "clock" | "log" | "registry"
>;

/** An item of a run, and the steps that the run was made with. */
export interface KnownItem {
  readonly runId: string;
  readonly steps: readonly ResolvedStep[];
  readonly row: ItemRow;
}

/** What SEND has of it, and in which round. */
export interface LiveRequest {
  readonly found: SendStatus;
  readonly round: number;
}

/** `null`: the ledger knows it now; otherwise the Italian reason why a person has to look. */
export type Rebuilding = string | null;

interface Rebuilt {
  readonly entry: ResolvedStep;
  readonly step: Step;
  readonly item: Item<Fields>;
  readonly context: Context;
  readonly fields: Fields;
}

type Fields = Readonly<Record<string, unknown>>;
type Context = ReconcileContext<unknown, unknown>;

/**
 * Plays the steps of the verbale as they were played on the day that SEND has: those without effect run again, those with one are
 * asked what became of it, documents are drawn anew and held against SEND's. Written is only what all of them agree on. Throws nothing
 * for a verbale that disagrees: it is told.
 */
export async function rebuildVerbale(
  parts: RebuildParts,
  services: Services,
  known: KnownItem,
  live: LiveRequest,
): Promise<Rebuilding> {
  const sealing = known.steps.findIndex(({ uses }) => isSealing(parts, uses));
  if (sealing === -1) return "il flusso che lo ha letto non invia nulla.";
  try {
    const effects = await replaySteps(parts, services, known, live, sealing);
    if (typeof effects === "string") return effects;
    await recordEffects(parts, known, effects);
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

function isSealing({ registry }: RebuildParts, uses: string): boolean {
  return registry.get(uses)?.step.seals === true;
}

async function replaySteps(
  parts: RebuildParts,
  services: Services,
  known: KnownItem,
  live: LiveRequest,
  sealing: number,
): Promise<readonly Rebuilt[] | string> {
  const { key, data: kept, step: reached } = known.row;
  const clock = await readClockThen(parts, services, live.found);
  const effects: Rebuilt[] = [];
  let data: Fields = kept;
  for (const [index, entry] of known.steps.entries()) {
    if (index === 0) continue;
    if (index > sealing) break;
    const step = parts.registry.get(entry.uses)?.step;
    if (step === undefined) return `il passo «${entry.uses}» non è più installato.`;
    const item: Item<Fields> = { key, round: live.round, data };
    const context = await buildContext(parts, services, known, { entry, step, clock });
    const isPast = index < reached && hasAll(step, kept);
    if (step.kind === "group") data = standInForSignature(data);
    else if (step.effect === "pure") {
      if (!isPast) data = { ...data, ...(await runOnItem(step, item, context)) };
    } else {
      const fields = isPast ? pickAdded(step, kept) : await reconcileStep(step, item, context);
      if (typeof fields === "string") return fields;
      effects.push({ entry, step, item, context, fields });
      data = { ...data, ...fields };
    }
  }
  const conflict = findConflict(data, live.found);
  return conflict ?? [...effects, ...rebuildVerdict(parts, known, live, data)];
}

/** What SEND knows of the request must be what the fields say. */
function findConflict(data: Fields, found: SendStatus): string | null {
  const { notification, payment } = data as {
    readonly notification?: { readonly notificationRequestId?: string };
    readonly payment?: { readonly options: readonly { readonly noticeCode: string }[] };
  };
  if (notification?.notificationRequestId !== found.notificationRequestId)
    return "il registro ne conosce un'altra richiesta.";
  const codes = new Set(payment?.options.map(({ noticeCode }) => noticeCode));
  const isSame =
    codes.size === found.noticeCodes.length && found.noticeCodes.every((code) => codes.has(code));
  return isSame ? null : "i codici avviso notificati non sono quelli della posizione aperta.";
}

/** The verdict that SEND has given; none while it examines the request: `import-iun` asks for it. */
function rebuildVerdict(
  { registry }: RebuildParts,
  { row, steps }: KnownItem,
  { found, round }: LiveRequest,
  data: Fields,
): readonly Rebuilt[] {
  const entry = steps.find(({ uses }) => uses === "import-iun");
  const step = entry === undefined ? undefined : registry.get(entry.uses)?.step;
  if (entry === undefined || step === undefined || found.status !== "accepted") return [];
  const item = { key: row.key, round, data };
  return [{ entry, step, item, context: {} as Context, fields: { iun: found.iun } }];
}

async function reconcileStep(
  step: Step,
  item: Item<Fields>,
  context: Context,
): Promise<Fields | string> {
  const found = await step.reconcile?.(item, context);
  if (found?.status === "done") return found.fields;
  if (found?.status === "unknown") return found.reason;
  return `${step.title ?? step.summary}: il servizio non conosce più questa operazione, o non è più come fu lasciata.`;
}

/** Nothing is signed for a comparison: a signature is appended to the PDF that was drawn, which is what is compared. */
function standInForSignature(data: Fields): Fields {
  const { documents, signedDocuments } = data;
  return documents === undefined || signedDocuments !== undefined
    ? data
    : { ...data, signedDocuments: documents };
}

function hasAll(step: Step, data: Fields): boolean {
  return (step.adds.required ?? []).every((name) => name in data);
}

function pickAdded(step: Step, data: Fields): Fields {
  const names = Object.keys(step.adds.properties).filter((name) => name in data);
  return Object.fromEntries(names.map((name) => [name, data[name]]));
}

/** The day on which SEND took the request: the act bears the day on which it was checked. */
async function readClockThen(
  { clock }: RebuildParts,
  { desk }: Services,
  found: SendStatus,
): Promise<Clock> {
  if (found.status !== "accepted") return clock;
  const notification = await desk.findNotification(found.iun);
  if (notification === null) return clock;
  const then = toEpochMs(notification.sentAt);
  return { ...clock, now: () => then };
}

async function buildContext(
  parts: RebuildParts,
  services: Services,
  { runId, row }: KnownItem,
  {
    entry,
    step,
    clock,
  }: { readonly entry: ResolvedStep; readonly step: Step; readonly clock: Clock },
): Promise<Context> {
  const ente = services.ente.ente.codice;
  const rows = await parts.journal.listEffects(ente, entry.uses, row.key);
  return {
    ...buildReplayContext(parts, { runId, ente, entry, step, services, clock }),
    idempotencyKey: (item, uses = entry.uses) => computeEffectKey(ente, uses, item.key, item.round),
    earlier: (item) =>
      rows
        .filter(({ round, state }) => round < item.round && state === "done")
        .map(({ round, run, fields }) => ({ round, runId: run, fields })),
  };
}

/** Each as if its step had done it now; the item stays where it was in its run, which repeats them when it comes there. */
async function recordEffects(
  { journal, clock }: RebuildParts,
  { runId, row }: KnownItem,
  effects: readonly Rebuilt[],
): Promise<void> {
  const ente = (await journal.readRun(runId))?.ente ?? "";
  for (const { entry, step, item, context, fields } of effects) {
    const id = {
      key: computeEffectKey(ente, entry.uses, item.key, item.round),
      step: entry.uses,
      itemKey: item.key,
      round: item.round,
    };
    const before = (await journal.findEffects([id.key])).get(id.key);
    if (before?.state === "done") continue;
    const whole: Item<Fields> = { ...item, data: { ...item.data, ...fields } };
    const number = row.tries + 1;
    const intent: Intent = {
      itemId: row.id,
      from: row.state,
      since: row.since ?? clock.now(),
      stepId: entry.id,
      number,
      effect: id,
      sourceDigest: row.sourceDigest,
      fingerprint: step.fingerprint?.(whole) ?? row.sourceDigest,
      seals: step.seals,
      holds: step.holds?.(whole, context) ?? [],
    };
    const move: Move = {
      itemId: row.id,
      itemKey: item.key,
      from: "running",
      to: row.state,
      step: row.step,
      code: row.code,
      note: row.note,
      hint: row.hint,
      dueAt: row.dueAt,
      tries: row.tries,
      since: row.since,
      attempt: {
        stepId: entry.id,
        number,
        outcome: "done",
        code: "REALIGNED",
        note: "Ricostruito da ciò che SEND e il sistema dei pagamenti hanno.",
      },
      effect: { id, state: "done", seals: step.seals, fields },
    };
    await journal.record(runId, { intents: [intent], moves: [move] });
  }
}
