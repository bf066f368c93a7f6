/** An event in the log of a flusso. */
import type { AttemptCalls } from "../../engine/host/calls.ts";
import type { AttemptOutcome } from "../../engine/journal/items.ts";
import type { RunStep } from "./run-spec.ts";

/** What an event is about; a warning has no moment of its own and is listed by itself. */
export const logKinds = ["run", "attempt", "person", "warning"] as const;
export type LogKind = (typeof logKinds)[number];

export interface LogEvent {
  readonly kind: LogKind;
  /** Instant; `null`: found by a check, at no moment that is kept. */
  readonly at: string | null;
  readonly step: RunStep | null;
  /** What happened, Italian. */
  readonly title: string;
  readonly itemKey: string | null;
  readonly outcome: AttemptOutcome | null;
  /** Which try of the step it was; `null`: none. */
  readonly number: number | null;
  readonly note: string | null;
  readonly code: string | null;
  /** How long it took; `null`: it is under way, or took no time. */
  readonly ms: number | null;
  readonly calls: AttemptCalls | null;
}
