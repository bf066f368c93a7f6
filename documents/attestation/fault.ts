/** How the check of an attestation says no. */

/** `altered`: it is not what was signed; `unverifiable`: nobody can tell here. */
export type FaultState = "altered" | "unverifiable";

/** Thrown inside the check and caught at its door; `reason` is Italian, without capital and full stop. */
export class AttestationFault extends Error {
  readonly state: FaultState;
  readonly reason: string;

  constructor(state: FaultState, reason: string, cause?: unknown) {
    super(reason, cause === undefined ? undefined : { cause });
    this.name = "AttestationFault";
    this.state = state;
    this.reason = reason;
  }
}
