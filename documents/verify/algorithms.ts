/** Which digests, signature algorithms and keys are strong enough to be believed. */
import type { KeyObject } from "node:crypto";
import { RSASSAPSSParams } from "pkijs";
import type { AlgorithmIdentifier } from "pkijs";

export type DigestName = "sha256" | "sha384" | "sha512";

/** Digests that are strong enough. */
export const digestNames: ReadonlyMap<string, DigestName> = new Map([
  ["2.16.840.1.101.3.4.2.1", "sha256"],
  ["2.16.840.1.101.3.4.2.2", "sha384"],
  ["2.16.840.1.101.3.4.2.3", "sha512"],
]);

export const RSA_PSS = "1.2.840.113549.1.1.10";

/** What a signature algorithm says of its digest; `null`: its parameters or the digest algorithm decide. */
export const signatureDigests: ReadonlyMap<string, DigestName | null> = new Map([
  ["1.2.840.113549.1.1.1", null],
  ["1.2.840.113549.1.1.11", "sha256"],
  ["1.2.840.113549.1.1.12", "sha384"],
  ["1.2.840.113549.1.1.13", "sha512"],
  [RSA_PSS, null],
  ["1.2.840.10045.4.3.2", "sha256"],
  ["1.2.840.10045.4.3.3", "sha384"],
  ["1.2.840.10045.4.3.4", "sha512"],
]);

/** Whether a certificate that bears this signature can be believed: its digest is known and strong. */
export function isStrongSignature({ algorithmId, algorithmParams }: AlgorithmIdentifier): boolean {
  if (algorithmId !== RSA_PSS) return typeof signatureDigests.get(algorithmId) === "string";
  try {
    // Without parameters it is SHA-1 (RFC 4055, 3.1).
    const { hashAlgorithm } = new RSASSAPSSParams({ schema: algorithmParams });
    return digestNames.has(hashAlgorithm.algorithmId);
  } catch {
    return false;
  }
}

const curves = new Set(["prime256v1", "secp384r1", "secp521r1"]);

/** RSA from 2048 bits, NIST's curves from 256 bits. */
export function isStrongKey({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  if (asymmetricKeyType === "rsa") return (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048;
  return asymmetricKeyType === "ec" && curves.has(asymmetricKeyDetails?.namedCurve ?? "");
}
