/** Reads an RFC 3161 token: over which bytes, and when; used by signature-check.ts. */
import { createHash } from "node:crypto";
import { TSTInfo } from "pkijs";
import { exact } from "./pades-cms.ts";
import type { CertificateBook } from "./signature-certificates.ts";
import { checkSigned, readSignedData } from "./signature-cms.ts";
import { leadsToAnchor } from "./signature-trust.ts";
import { SignatureRefused } from "./signature-verdict.ts";

const tstInfo = "1.2.840.113549.1.9.16.1.4";
const digests: ReadonlyMap<string, string> = new Map([
  ["2.16.840.1.101.3.4.2.1", "sha256"],
  ["2.16.840.1.101.3.4.2.2", "sha384"],
  ["2.16.840.1.101.3.4.2.3", "sha512"],
]);

/**
 * The instant that the token proves for `stamped`, in milliseconds; `null` when its authority is not among the anchors.
 * Throws SignatureRefused when the token is over something else or does not verify.
 */
export function provenInstant(
  book: CertificateBook,
  token: Uint8Array,
  stamped: Uint8Array,
  anchors: readonly Uint8Array[],
): number | null {
  try {
    const signed = readSignedData(token);
    if (signed.content === null) throw new Error("token without content");
    const info = TSTInfo.fromBER(exact(signed.content));
    const { hashAlgorithm, hashedMessage } = info.messageImprint;
    const name = digests.get(hashAlgorithm.algorithmId);
    if (name === undefined) throw new Error("token with a weak digest");
    const expected = createHash(name).update(stamped).digest();
    if (!expected.equals(hashedMessage.valueBlock.valueHexView))
      throw new Error("token over something else");
    const { signer, certificates } = checkSigned(book, signed, [signed.content], tstInfo);
    const instant = info.genTime.getTime();
    return leadsToAnchor(book, signer, certificates, anchors, instant) ? instant : null;
  } catch (error) {
    throw new SignatureRefused(
      "TIMESTAMP_INVALID",
      "la marca temporale non è di questa firma o è danneggiata",
      error,
    );
  }
}
