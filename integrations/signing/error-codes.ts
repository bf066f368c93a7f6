/** What the codes of keys, remote signatures, time stamps and trust mean. */
import type { CodeTable } from "../../engine/host/error-codes.ts";

export const signingCodes = {
  UNKNOWN_SIGNER: "the ente file names no such signer.",
  SIGNER_WITHOUT_KEY: "the signer has neither key nor service.",
  SIGNER_MODE_UNSUPPORTED: "a credential that wants a browser.",
  SIGNER_ACCESS_DENIED: "the service refuses our client.",
  SIGNER_REFUSED: "the service refuses the request.",
  SIGNER_LOCKED: "the credential is locked.",
  SIGNER_DISABLED: "the credential is not active.",
  SIGNER_PIN: "the PIN is missing or wrong.",
  SIGNER_SILENT: "taken in charge and not ended in time.",
  SIGNER_ANSWER_UNREADABLE: "an answer outside the CSC standard.",
  SIGNATURE_INVALID: "a signature that does not fit its certificate.",
  SIGNING_KEY_UNREADABLE: "the PKCS#12 file is missing or not readable.",
  SIGNING_KEY_PASSWORD: "wrong password, or a damaged file.",
  SIGNING_KEY_MISSING: "no private key in the file.",
  SIGNING_KEY_OLD_CIPHER: "a cipher that is not supported.",
  CERTIFICATE_EXPIRED: "the certificate has expired.",
  CERTIFICATE_NOT_YET_VALID: "it is not valid yet.",
  CERTIFICATE_NOT_FOR_SIGNING: "it is not for signatures.",
  CERTIFICATE_KEY_UNSUPPORTED: "neither RSA nor elliptic curve.",
  TRUST_MISSING: "no admitted authorities for uploaded signatures.",
  TRUST_UNCONFIRMED: "a trusted list that nobody has confirmed.",
  TRUST_UNREADABLE:
    "a file among them is no certificate, or a revocation list that cannot be verified.",
  TIMESTAMP_REFUSED: "the timestamp service refuses.",
  TIMESTAMP_UNUSABLE: "the timestamp does not fit.",
} satisfies CodeTable;

declare module "../../engine/host/error-codes.ts" {
  interface ErrorCodes extends Record<keyof typeof signingCodes, string> {}
}
