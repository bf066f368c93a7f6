/** What a check is said to be in the catalogue. */

export type CheckSeverity = "error" | "warning" | "off";

/** When SEND itself refuses it: in its first answer, after a day and for a euro, or not at all. */
export type SendVerdict = "at once" | "later" | "never";

export interface CheckSpec {
  /** What the check does unless YAML says otherwise. */
  readonly severity: CheckSeverity;
  readonly bySend: SendVerdict;
  /** Italian: what is checked and why. */
  readonly about: string;
}

export const rejectOn = (bySend: SendVerdict, about: string): CheckSpec => ({
  severity: "error",
  bySend,
  about,
});
export const warnOn = (bySend: SendVerdict, about: string): CheckSpec => ({
  severity: "warning",
  bySend,
  about,
});
