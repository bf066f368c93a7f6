/** What the doctor of an outside system tells of one thing that it tried. */
import type { Hint } from "../engine/host/hint.ts";

/** `doubtful`: a run can go on, somebody should look. `bad`: a run would stop there. */
export interface DoctorFinding {
  readonly state: "good" | "doubtful" | "bad";
  /** Italian; no secrets, no personal data of citizens. */
  readonly note: string;
  /** Italian: how to mend it. */
  readonly hint?: Hint;
}

/** What was thrown, as a finding: its sentence and its remedy. A bug is thrown on. */
export function toDoctorFinding(error: unknown, state: "doubtful" | "bad"): DoctorFinding {
  if (!(error instanceof Error) || !("code" in error)) throw error;
  const { hint, finding = error.message } = error as {
    readonly hint?: Hint;
    readonly finding?: string;
  };
  return { state, note: finding, ...(hint === undefined ? {} : { hint }) };
}
