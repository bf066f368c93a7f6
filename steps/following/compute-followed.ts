/** What SEND's detail of a notification says of each recipient: the record `followed`. */
import { toEpochMs } from "../../engine/host/clock.ts";
import type {
  Followed,
  FollowedRecipient,
  Perfezionamento,
} from "../../integrations/register/followed.ts";
import type { SentElement, SentNotification } from "../../integrations/send/desk-port.ts";
import { findOtherDay } from "./cross-check.ts";
import { listAttempts } from "./delivery-attempts.ts";
import type { Patience } from "./patience.ts";
import { findAccess, findPerfezionamento } from "./perfection.ts";
import { listRedo } from "./redo.ts";
import { listProofs } from "./proofs.ts";
import { listFollowedWarnings } from "./words.ts";
import { pickValid, type TakenBack } from "./valid-elements.ts";

export interface ComputeOptions {
  /** How many were notified, as far as it is known. */
  readonly recipients: number;
  /** Holds SEND's days against the terms of its production; test environments have shorter ones. */
  readonly isChecked: boolean;
  readonly patience: Patience;
}

/** The same answer of SEND gives the same record, until its letters are waited for no longer. */
export function computeFollowed(
  found: SentNotification,
  { recipients, isChecked, patience }: ComputeOptions,
): Followed {
  const { elements, corrections } = pickValid(found.timeline);
  const accepted = elements.find(({ category }) => category === "REQUEST_ACCEPTED");
  const cancelled = elements.findLast(({ category }) => category === "NOTIFICATION_CANCELLED");
  const followed: Followed = {
    status: found.status,
    ...(accepted === undefined ? {} : { acceptedAt: accepted.at }),
    ...(cancelled === undefined ? {} : { cancelledAt: cancelled.at }),
    recipients: listIndexes(elements, recipients).map((index) =>
      computeRecipient(elements, index, { cancelled, isChecked, patience }),
    ),
    corrections: corrections.map((one, index) =>
      describeCorrection(one, corrections[index + 1]?.before ?? elements, patience),
    ),
    proofs: [...listProofs(found.timeline, listTaken(corrections))],
  };
  const warnings = listFollowedWarnings(followed);
  return warnings.length === 0 ? followed : { ...followed, warnings };
}

function listTaken(corrections: readonly TakenBack[]): ReadonlySet<string> {
  return new Set(
    corrections.flatMap(({ correction }) =>
      (correction.invalidated ?? []).map(({ elementId }) => elementId),
    ),
  );
}

function listIndexes(elements: readonly SentElement[], recipients: number): readonly number[] {
  const highest = Math.max(recipients - 1, ...elements.map(({ recipient = 0 }) => recipient), 0);
  return Array.from({ length: highest + 1 }, (_, index) => index);
}

interface Seen extends Pick<ComputeOptions, "isChecked" | "patience"> {
  readonly cancelled: SentElement | undefined;
}

function computeRecipient(
  elements: readonly SentElement[],
  index: number,
  seen: Seen,
): FollowedRecipient {
  const own = pickOwn(elements, index);
  const { cancelled, isChecked, patience } = seen;
  const perfezionamento = findDone(own, index, seen);
  const isCancelled = cancelled !== undefined && perfezionamento === null;
  const viewed = findAccess(own.filter(({ category }) => category === "NOTIFICATION_VIEWED"));
  const collected = findAccess(
    own.filter(({ category }) => category === "NOTIFICATION_RADD_RETRIEVED"),
  );
  const channel = findChannel(own);
  const otherDay = isChecked ? findOtherDay(own, perfezionamento) : null;
  return {
    index,
    ...(perfezionamento === null ? {} : { perfezionamento }),
    ...(otherDay === null ? {} : { otherDay }),
    ...(viewed === null ? {} : { viewedAt: viewed.at }),
    ...(collected === null ? {} : { collectedAt: collected.at }),
    ...tellTime("untraceableAt", findDeposit(own)),
    ...tellTime("deceasedAt", findLastTime(own, "ANALOG_WORKFLOW_RECIPIENT_DECEASED")),
    ...(isCancelled ? { isCancelled } : {}),
    ...(channel === null ? {} : { channel }),
    attempts: listAttempts(own, patience),
  };
}

/** What says no recipient is about the notification as a whole: of none of them. */
function pickOwn(elements: readonly SentElement[], index: number): readonly SentElement[] {
  return elements.filter(({ recipient }) => recipient === index);
}

/**
 * `null`: not yet, or not any more. SEND says for whom a cancellation came first; where it does not, what had happened by then
 * does. After it nothing comes that could change it.
 */
function findDone(
  own: readonly SentElement[],
  index: number,
  { cancelled, patience }: Pick<Seen, "cancelled" | "patience">,
): Perfezionamento | null {
  const found = findPerfezionamento(own, patience);
  if (cancelled === undefined || found === null) return found;
  const isFirst = toEpochMs(found.at) <= toEpochMs(cancelled.at);
  const isNamed = cancelled.notRefined?.includes(index) === true;
  return isFirst && !isNamed ? { ...found, isFinal: true } : null;
}

function findDeposit(own: readonly SentElement[]): string | undefined {
  const told = own.findLast(({ category }) => category === "COMPLETELY_UNREACHABLE");
  if (told === undefined) return undefined;
  return findLastTime(own, "ANALOG_FAILURE_WORKFLOW") ?? told.depositedAt ?? told.at;
}

function findLastTime(own: readonly SentElement[], wanted: string): string | undefined {
  return own.findLast(({ category }) => category === wanted)?.at;
}

function tellTime<Name extends string>(name: Name, at: string | undefined) {
  return (at === undefined ? {} : { [name]: at }) as { readonly [N in Name]?: string };
}

function findChannel(own: readonly SentElement[]): "digital" | "analog" | null {
  const last = own.findLast(({ category }) => category in channels);
  return channels[last?.category ?? ""] ?? null;
}

const channels: Readonly<Record<string, "digital" | "analog">> = {
  SEND_DIGITAL_DOMICILE: "digital",
  SEND_DIGITAL_FEEDBACK: "digital",
  DIGITAL_SUCCESS_WORKFLOW: "digital",
  DIGITAL_FAILURE_WORKFLOW: "digital",
  PREPARE_ANALOG_DOMICILE: "analog",
  SEND_ANALOG_DOMICILE: "analog",
  SEND_ANALOG_FEEDBACK: "analog",
};

/** `then`: what held after it, until the next one or now. */
function describeCorrection(
  taken: TakenBack,
  then: readonly SentElement[],
  patience: Patience,
): Followed["corrections"][number] {
  const { correction, before } = taken;
  const recipient = correction.recipient ?? 0;
  const held = findPerfezionamento(pickOwn(before, recipient), patience);
  const holds = findPerfezionamento(pickOwn(then, recipient), patience);
  return {
    at: correction.storedAt ?? correction.at,
    recipient,
    invalidated: (correction.invalidated ?? []).map(({ elementId }) => elementId),
    elementId: correction.elementId,
    ...(held === null ? {} : { before: held }),
    redo: listRedo(taken, { before: held?.at, now: holds?.at }),
  };
}
