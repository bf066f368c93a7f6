/** Until when the codes of a position may be paid, on GPD: one PUT with two due dates, by which GPD closes each code by itself. */
import type { Clock } from "../../../engine/host/clock.ts";
import { RetryLater } from "../../../engine/host/errors.ts";
import { clearDoubt, maskDebtor, scheduleRefusedError } from "../payment-notes.ts";
import {
  endSchedule,
  type PaymentsPort,
  type ScheduleEnd,
  type ScheduleOrder,
  type ScheduleOutcome,
} from "../port.ts";
import type { GpdCalls } from "./calls.ts";
import {
  buildScheduleBody,
  type GpdPosition,
  type GpdSettings,
  isIupd,
  isScheduled,
  readPositionState,
} from "./wire.ts";

interface ScheduleTools {
  readonly calls: Pick<GpdCalls, "v1" | "v2">;
  readonly settings: GpdSettings;
  readonly creditor: { readonly taxId: string; readonly name: string };
  readonly clock: Clock;
}

/** See PaymentsPort. Source: GPD ExpirationHandler, PaymentsService: with `switchToExpired` an option whose due date is over is expired while its sibling can be paid. */
export async function scheduleOnGpd(
  tools: ScheduleTools,
  order: ScheduleOrder,
  signal?: AbortSignal,
): Promise<ScheduleEnd> {
  const { v1 } = tools.calls;
  const found = await lookAt(tools, order, signal);
  if (found.end !== null) return found.end;
  const body = buildBody(tools, order, found.position);
  const answer = await v1.update(order.ref, body, signal);
  if (answer.status === 200) return "scheduled";
  // Paid or cancelled since we looked: what it says now decides.
  const now = findStop(await v1.get(order.ref, signal), order);
  if (now !== null) return now;
  const detail = maskDebtor(readDetail(answer.body), order.debtor);
  throw scheduleRefusedError("GPD", answer.status, detail);
}

/** `scheduleMany` of GPD: each position is looked at, and those that want a change get it in one call of v2, all of them or none; what that does not take goes alone. */
export async function* scheduleTogether(
  tools: ScheduleTools & { readonly scheduleOne: PaymentsPort["schedule"] },
  orders: readonly ScheduleOrder[],
  signal?: AbortSignal,
): AsyncGenerator<ScheduleOutcome> {
  const open = new Map<ScheduleOrder, GpdPosition | null>();
  for (const order of orders)
    try {
      const { end, position } = await lookAt(tools, order, signal);
      if (end === null) open.set(order, position);
      else yield { order, status: "done", end };
    } catch (error) {
      yield { order, status: "failed", error: clearDoubt(error) };
    }
  const isDone = open.size > 1 && (await changeTogether(tools, open, signal));
  for (const order of open.keys())
    yield isDone
      ? { order, status: "done", end: "scheduled" }
      : await endSchedule(order, async () => await tools.scheduleOne(order, signal));
}

/** False: nothing was done, or nobody can tell; the same again changes nothing. */
async function changeTogether(
  tools: ScheduleTools,
  open: ReadonlyMap<ScheduleOrder, GpdPosition | null>,
  signal?: AbortSignal,
): Promise<boolean> {
  const { v2 } = tools.calls;
  if (v2 === null) return false;
  const bodies = [...open].map(([order, position]) => buildBody(tools, order, position));
  try {
    return (await v2.publish(bodies, signal)) === "done";
  } catch (error) {
    if (error instanceof RetryLater) return false;
    throw error;
  }
}

function buildBody(
  { settings, creditor, clock }: ScheduleTools,
  order: ScheduleOrder,
  position: GpdPosition | null,
): Record<string, unknown> {
  return buildScheduleBody(order, { position, settings, creditor, nowMs: clock.now() });
}

/** How a position stands: `end`, why there is nothing to write; `null`: there is. */
async function lookAt(
  { calls, clock }: ScheduleTools,
  order: ScheduleOrder,
  signal?: AbortSignal,
): Promise<{ readonly end: ScheduleEnd | null; readonly position: GpdPosition | null }> {
  // Opened while the ente had another payment system.
  if (!isIupd(order.ref)) return { end: "unclear", position: null };
  const position = await calls.v1.get(order.ref, signal);
  const stop = findStop(position, order);
  if (stop !== null || position === null) return { end: stop, position };
  const isDone = isScheduled(position, order, clock.now());
  return { end: isDone ? "scheduled" : null, position };
}

/** Why the position is left as it is; `null`: its dates may be written. */
function findStop(position: GpdPosition | null, order: ScheduleOrder): ScheduleEnd | null {
  const state = readPositionState(position);
  switch (state) {
    case "paid":
    case "partially-paid":
    case "cancelled":
    case "absent":
    case "unclear":
      return state;
    case "draft":
    case "open":
    case "notified":
    case "expired":
      return hasOurCodes(position, order) ? null : "unclear";
  }
  throw new RetryLater("GPD: stato sconosciuto.", { code: "UNREADABLE_ANSWER" });
}

/** What GPD has besides SEND's fee is what we opened: a PUT would undo what an office has changed by hand. */
function hasOurCodes(position: GpdPosition | null, order: ScheduleOrder): boolean {
  const found = position?.paymentOption ?? [];
  if (found.length !== order.options.length) return false;
  return order.options.every(({ iuv, amountCents }) =>
    found.some(
      (one) => one.iuv === iuv && (one.amount ?? 0) - (one.notificationFee ?? 0) === amountCents,
    ),
  );
}

function readDetail(body: unknown): string {
  if (typeof body !== "object" || body === null) return "";
  const { detail, title } = body as { readonly detail?: unknown; readonly title?: unknown };
  if (typeof detail === "string") return detail;
  return typeof title === "string" ? title : "";
}
