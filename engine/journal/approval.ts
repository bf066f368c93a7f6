/** A go-ahead that a person gave, as the journal keeps it; read by the dashboard. */
export interface Approval {
  /** Id of the step that it let begin. */
  readonly step: string;
  /** As the person wrote it. */
  readonly by: string;
  /** Instant. */
  readonly at: string;
}
