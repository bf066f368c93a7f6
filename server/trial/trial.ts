/** What a trial of a flusso tells: plain data. */
import type { PipelineError, RetryLater, RunBlocked } from "../../engine/host/errors.ts";
import type { Hint } from "../../engine/host/hint.ts";
import type { PositionState } from "../../integrations/payments/port.ts";
import type { CostRange } from "./cost.ts";

/** `ready`: it would go out; `repeated`: it has, with another flusso; `later`: nobody can tell now; `failed`: a bug of a step. */
export type TrialState = "ready" | "repeated" | "rejected" | "later" | "failed";

/** A payment position that would be cancelled. */
export interface TrialPosition {
  readonly name: string;
  /** As the payment system tells it; `null`: it was not asked. */
  readonly state: PositionState | null;
}

export interface TrialItem {
  readonly key: string;
  /** Of the file; `null` where the source tells none. */
  readonly line: number | null;
  readonly state: TrialState;
  readonly code: string | null;
  readonly note: string | null;
  readonly hint: Hint | null;
  readonly warnings: readonly string[];
  readonly cancels: readonly TrialPosition[];
  /** The amounts of the codes that would be opened, cents. */
  readonly creates: readonly number[];
  readonly cost: CostRange | null;
  /** Paths of the PDFs that were written. */
  readonly files: readonly string[];
}

/** Why a run would stop before its first verbale. */
export interface TrialBlocker {
  readonly code: string;
  readonly message: string;
  readonly hint: Hint | null;
}

export interface Trial {
  readonly pipeline: string;
  readonly ente: string;
  readonly file: string;
  /** How many verbali the file has. */
  readonly total: number;
  readonly items: readonly TrialItem[];
  readonly blockers: readonly TrialBlocker[];
  /** The whole file was refused: as `run` would. */
  readonly refusal: TrialBlocker | null;
  /** Italian sentences on how the file was read. */
  readonly notes: readonly string[];
  /** Titles of the steps that were left out, because they act outside or need what only those make. */
  readonly untried: readonly string[];
  /** Of the PDFs; `null`: none was drawn. */
  readonly folder: string | null;
  /** Whether SEND and the payment system were asked; otherwise why not, in Italian. */
  readonly outside: true | string;
}

/** What was thrown, as data. */
export function toBlocker({
  code,
  finding,
  hint,
}: RunBlocked | RetryLater | PipelineError): TrialBlocker {
  return { code, message: finding, hint: hint ?? null };
}
