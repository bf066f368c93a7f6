/** How the upload check says no: a code for programs and an Italian sentence for the operator. */

/** Why a file is not our PDF, signed. Codes are never renamed. */
export type RefusalCode =
  | "NOT_A_PDF"
  | "NOT_OURS"
  | "REWRITTEN"
  | "NOT_SIGNED"
  | "CHANGED_AFTER_SIGNING"
  | "CHANGED_BEFORE_SIGNING"
  | "SIGNATURE_DAMAGED"
  | "SIGNATURE_VISIBLE"
  | "SIGNATURE_FORMAT"
  | "SIGNATURE_WEAK"
  | "SIGNATURE_INVALID"
  | "SIGNER_UNTRUSTED"
  | "SIGNER_EXPIRED"
  | "SIGNER_REVOKED"
  | "SIGNER_NOT_QUALIFIED_FOR_SIGNING"
  | "SIGNER_UNEXPECTED"
  | "TIMESTAMP_INVALID"
  | "P7M"
  | "ENCRYPTED"
  | "ARCHIVE";

/** What is said of a signature that cannot be read or was tampered with. */
export const damagedFile =
  "la firma dentro il PDF è danneggiata o manomessa: firmare di nuovo il documento scaricato da qui";

/** Thrown inside the check and caught at its door; `reason` is Italian and names no person. */
export class SignatureRefused extends Error {
  readonly code: RefusalCode;
  readonly reason: string;

  constructor(code: RefusalCode, reason: string, cause?: unknown) {
    super(reason, cause === undefined ? undefined : { cause });
    this.name = "SignatureRefused";
    this.code = code;
    this.reason = reason;
  }
}
