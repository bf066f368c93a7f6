/** The upload check: is this file exactly our PDF, signed by the right person, and nothing else? */
import { createCertificateBook } from "./certificates.ts";
import { checkDetachedCms } from "./cms.ts";
import { createRevocationBook } from "./revocation.ts";
import { readSignedPdf } from "./structure.ts";
import type { SignedParts } from "./structure.ts";
import { findProvenInstant, readStamp } from "./timestamp.ts";
import { refuseUntrusted } from "./trust.ts";
import type { Books, TrustPolicy } from "./trust.ts";
import { damagedFile, SignatureRefused } from "./verdict.ts";
import type { RefusalCode } from "./verdict.ts";

export interface CheckPolicy extends TrustPolicy {
  /** When the file was handed over, in milliseconds: the signature is not later. */
  readonly nowMs: number;
}

export type SignatureVerdict =
  | { readonly isOurs: true; readonly hasTimestamp: boolean }
  | {
      readonly isOurs: false;
      readonly code: RefusalCode;
      /** Italian, without capital and full stop, names no person: `il PDF non è firmato`. */
      readonly reason: string;
      /** What a parser said, for the log; often absent. */
      readonly cause?: unknown;
    };

/** Checks one uploaded file against the original that it should be. Never throws for what the upload holds. */
export type SignatureCheck = (original: Uint8Array, upload: Uint8Array) => SignatureVerdict;

/**
 * A check for a batch of uploads: certificates are read once. It looks, in this order, at the original bytes as prefix, one signing
 * revision, signed ranges, what it and later revisions change, CMS, chain, signer.
 */
export function createSignatureCheck(policy: CheckPolicy): SignatureCheck {
  const books: Books = {
    book: createCertificateBook(),
    revocations: createRevocationBook(policy.revocationLists ?? []),
  };
  return (original, upload) => {
    try {
      return checkSigner(books, readSignedPdf(original, upload), policy);
    } catch (error) {
      if (error instanceof SignatureRefused)
        return { isOurs: false, code: error.code, reason: error.reason, cause: error.cause };
      throw error;
    }
  };
}

function checkSigner(
  books: Books,
  { signature, timestamps }: SignedParts,
  policy: CheckPolicy,
): SignatureVerdict {
  const { book } = books;
  try {
    const cms = checkDetachedCms(book, signature.contents, signature.signed);
    const { trustAnchors, nowMs } = policy;
    const stamp =
      cms.timestampToken === null
        ? null
        : readStamp(book, cms.timestampToken, [cms.signature], nowMs);
    const proven = stamp === null ? null : findProvenInstant(books, stamp, trustAnchors, nowMs);
    // Who stamped the document later does not matter; a stamp that is over something else does.
    for (const { contents, signed } of timestamps) readStamp(book, contents, signed, nowMs);
    refuseUntrusted(books, cms.signer, cms.certificates, policy, proven ?? nowMs);
    return { isOurs: true, hasTimestamp: cms.timestampToken !== null };
  } catch (error) {
    if (error instanceof SignatureRefused) throw error;
    throw new SignatureRefused("SIGNATURE_DAMAGED", damagedFile, error);
  }
}
