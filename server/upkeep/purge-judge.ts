/** Whether a notified verbale is over, and why it is kept where it is not. */
import { addDays, toInstant, toRomeDay } from "../../engine/host/clock.ts";
import type { RegisterKinds } from "../../integrations/register/port.ts";
import { findEnd } from "../../steps/following/next-look.ts";

/** What the register knows of one notification. */
export interface NotificationFacts {
  readonly verdict: RegisterKinds["verdict"] | null;
  readonly followed: RegisterKinds["followed"] | null;
  readonly terms: RegisterKinds["terms"] | null;
  readonly receipts: RegisterKinds["receipts"] | null;
  readonly preservation: RegisterKinds["preservation"] | null;
}

/** Why something is kept, in the words of the certificate. */
export const keepReasons = {
  "without-verdict": "attendono il verdetto di SEND",
  "without-end": "senza conclusione di legge",
  unpaid: "ancora pagabili e non pagati",
  "not-preserved": "non ancora conservati a norma",
  "in-a-run": "in un flusso non concluso, in attesa o in dubbio",
  "in-the-register": "nel registro, da notificare",
  young: "non ancora oltre il termine di conservazione",
} as const;
export type KeepReason = keyof typeof keepReasons;

export interface PurgeJudgeOptions {
  readonly today: string;
  readonly before: string;
  /** The ente has its notifications preserved: what is not yet stays. */
  readonly isPreserved: boolean;
}

/** `null`: its personal data may go. Days are `YYYY-MM-DD` of Rome; `before`: what was over before this day. */
export function findKeepReason(
  { verdict, followed, terms, receipts, preservation }: NotificationFacts,
  { today, before, isPreserved }: PurgeJudgeOptions,
): KeepReason | null {
  if (verdict === null && followed === null) return "without-verdict";
  if (verdict?.outcome === "refused") return isBefore(verdict.at, before) ? null : "young";
  const end = followed === null ? null : findEnd(followed);
  if (end === null) return "without-end";
  const { discounted = null, reduced = null } = terms?.payable ?? {};
  const lastDay = [discounted ?? "", reduced ?? ""].toSorted().at(-1) ?? "";
  const isPaid = (receipts?.payments.length ?? 0) > 0;
  if (!isPaid && lastDay >= today) return "unpaid";
  const state = preservation?.state ?? "off";
  if (state !== "preserved" && (isPreserved || state !== "off")) return "not-preserved";
  return isBefore(toInstant(end), before) && lastDay < before ? null : "young";
}

function isBefore(instant: string, day: string): boolean {
  return toRomeDay(Date.parse(instant)) < day;
}

/** The earlier of the day that was asked for and the one that the ente's term allows. */
export function findCut(asked: string, today: string, keptDays: number): string {
  const allowed = addDays(today, -keptDays);
  return asked < allowed ? asked : allowed;
}

/** A verbale of the register that waits to be notified: `true` until a person put it aside, or its term is over. */
export function isWaiting({ state, notifyBy }: RegisterKinds["standing"], before: string): boolean {
  if (state === "sent" || state === "excluded") return false;
  const isHeld = state === "chosen" || state === "taken";
  return isHeld || notifyBy === null || notifyBy >= before;
}
