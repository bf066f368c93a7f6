/** Reads an RFC 3161 token: over which bytes, when, and by whom. */
import { createHash } from "node:crypto";
import { TSTInfo } from "pkijs";
import { toArrayBuffer } from "../signature/pades-cms.ts";
import type { CertificateBook, CertificateFacts } from "./certificates.ts";
import { digestNames } from "./algorithms.ts";
import { checkSigned, readSignedData } from "./cms.ts";
import { isRevoked, findPathToAnchor } from "./trust.ts";
import type { Books } from "./trust.ts";
import { SignatureRefused } from "./verdict.ts";

const tstInfo = "1.2.840.113549.1.9.16.1.4";

/** A token whose signature verifies; whether its authority may be trusted is another question. */
export interface Stamp {
  /** Milliseconds. */
  readonly instantMs: number;
  /** An authority's certificate for time stamps that was valid at that instant. */
  readonly authority: CertificateFacts;
  /** DER, all certificates that came along. */
  readonly certificates: readonly Uint8Array[];
}

// Clocks of two machines differ; RFC 3161 gives no bound.
const clockSkewMs = 5 * 60_000;

/**
 * Reads a token over `stamped` (its parts in order). Throws SignatureRefused when it is over something else, does not verify,
 * was given with a certificate for another use, or says an instant after `readNow`.
 */
export function readStamp(
  book: CertificateBook,
  token: Uint8Array,
  stamped: readonly Uint8Array[],
  nowMs: number,
): Stamp {
  try {
    const signed = readSignedData(token);
    if (signed.content === null) throw new Error("token without content");
    const info = TSTInfo.fromBER(toArrayBuffer(signed.content));
    const { hashAlgorithm, hashedMessage } = info.messageImprint;
    const name = digestNames.get(hashAlgorithm.algorithmId);
    if (name === undefined) throw new Error("token with a weak digest");
    const hash = createHash(name);
    for (const part of stamped) hash.update(part);
    if (!hash.digest().equals(hashedMessage.valueBlock.valueHexView))
      throw new Error("token over something else");
    const { signer, certificates } = checkSigned(book, signed, [signed.content], tstInfo);
    const instantMs = info.genTime.getTime();
    if (!signer.isStamping) throw new Error("certificate is not for time stamps");
    if (instantMs < signer.validFromMs || instantMs > signer.validToMs)
      throw new Error("certificate was not valid at that instant");
    if (instantMs > nowMs + clockSkewMs) throw new Error("token of an instant to come");
    return { instantMs, authority: signer, certificates };
  } catch (error) {
    throw new SignatureRefused(
      "TIMESTAMP_INVALID",
      "la marca temporale non è di questa firma o è danneggiata: firmare di nuovo il documento, anche senza marca",
      error,
    );
  }
}

/**
 * The instant that the stamp proves, in milliseconds; `null` when its authority is not among the anchors, or was taken back since:
 * whoever has its key writes any instant.
 */
export function findProvenInstant(
  { book, revocations }: Books,
  { instantMs, authority, certificates }: Stamp,
  anchors: readonly Uint8Array[],
  nowMs: number,
): number | null {
  const path = findPathToAnchor(book, authority, certificates, anchors, instantMs);
  return path === null || isRevoked(revocations, path, nowMs) ? null : instantMs;
}
