/** Whether a signer's certificate leads to a trusted authority, was valid then, binds its holder, and is the expected person's; used by signature-check.ts. */
import { X509Certificate } from "node:crypto";
import { BitString } from "asn1js";
import { Certificate } from "pkijs";
import { exact } from "./pades-cms.ts";
import { SignatureRefused } from "./signature-verdict.ts";

export interface TrustPolicy {
  /** DER certificates of the accepted authorities. */
  readonly trustAnchors: readonly Uint8Array[];
  /** As it stands in the subject's serialNumber; `null`: anyone whom a trusted authority certifies. */
  readonly codiceFiscale: string | null;
}

const maxDepth = 6;
const weakSignatures = new Set([
  // md2, md5, sha1 with RSA; ECDSA with SHA-1.
  "1.2.840.113549.1.1.2",
  "1.2.840.113549.1.1.4",
  "1.2.840.113549.1.1.5",
  "1.2.840.10045.4.1",
]);

/** `atMs`: the proven instant of the signature. Throws SignatureRefused. */
export function refuseUntrusted(
  signer: Uint8Array,
  others: readonly Uint8Array[],
  policy: TrustPolicy,
  atMs: number,
): void {
  refuseNotBinding(signer);
  refuseOutsideValidity(new X509Certificate(signer), atMs);
  if (!leadsToAnchor(signer, others, policy.trustAnchors, atMs))
    throw new SignatureRefused(
      "SIGNER_UNTRUSTED",
      "il certificato di firma non viene da un'autorità ammessa dall'ente",
    );
  if (policy.codiceFiscale !== null && !subjectSerial(signer).includes(policy.codiceFiscale))
    throw new SignatureRefused(
      "SIGNER_UNEXPECTED",
      "il PDF è firmato da una persona diversa dal firmatario previsto",
    );
}

/** Whether a chain of valid, strong certificates leads from this one to an anchor. */
export function leadsToAnchor(
  der: Uint8Array,
  others: readonly Uint8Array[],
  anchors: readonly Uint8Array[],
  atMs: number,
): boolean {
  let current = der;
  for (let depth = 0; depth < maxDepth; depth += 1) {
    if (anchors.some((anchor) => equal(anchor, current))) return true;
    if (isWeak(current)) return false;
    const anchor = anchors.find((candidate) => hasIssued(candidate, current, atMs));
    if (anchor !== undefined) return true;
    const child = current;
    const issuer = others.find(
      (candidate) => !equal(candidate, child) && hasIssued(candidate, child, atMs),
    );
    if (issuer === undefined) return false;
    current = issuer;
  }
  return false;
}

function hasIssued(issuer: Uint8Array, certificate: Uint8Array, atMs: number): boolean {
  const authority = new X509Certificate(issuer);
  const issued = new X509Certificate(certificate);
  return (
    authority.ca &&
    isWithinValidity(authority, atMs) &&
    issued.checkIssued(authority) &&
    issued.verify(authority.publicKey)
  );
}

function isWeak(der: Uint8Array): boolean {
  const { signatureAlgorithm } = Certificate.fromBER(exact(der));
  return weakSignatures.has(signatureAlgorithm.algorithmId);
}

function isWithinValidity(certificate: X509Certificate, atMs: number): boolean {
  return atMs >= Date.parse(certificate.validFrom) && atMs <= Date.parse(certificate.validTo);
}

function refuseOutsideValidity(certificate: X509Certificate, atMs: number): void {
  if (!isWithinValidity(certificate, atMs))
    throw new SignatureRefused(
      "SIGNER_EXPIRED",
      "il certificato di firma era scaduto o non ancora valido al momento della firma",
    );
}

/** KeyUsage nonRepudiation: a certificate for logging in or for mail binds nobody. */
function refuseNotBinding(der: Uint8Array): void {
  const certificate = Certificate.fromBER(exact(der));
  const usage = certificate.extensions?.find(({ extnID }) => extnID === "2.5.29.15")?.parsedValue;
  const first = usage instanceof BitString ? (usage.valueBlock.valueHexView[0] ?? 0) : 0;
  if ((first & 0x40) === 0)
    throw new SignatureRefused(
      "SIGNER_NOT_QUALIFIED_FOR_SIGNING",
      "il certificato usato non è di sottoscrizione: nel programma di firma scegliere il certificato di firma, non quello di autenticazione",
    );
}

/** SerialNumber of the subject: `TINIT-RSSMRA80A01H501U`, `IT:RSSMRA80A01H501U`. */
function subjectSerial(der: Uint8Array): string {
  const { subject } = Certificate.fromBER(exact(der));
  const found = subject.typesAndValues.find(({ type }) => type === "2.5.4.5");
  return found === undefined ? "" : found.value.valueBlock.value.toUpperCase();
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
