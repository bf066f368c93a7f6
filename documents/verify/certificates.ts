/** What the upload check asks of certificates, read once each: a batch of uploads brings the same few thousands of times. */
import { createHash, X509Certificate } from "node:crypto";
import { BitString, ObjectIdentifier, Sequence } from "asn1js";
import { BasicConstraints, Certificate, ExtKeyUsage, QCStatements } from "pkijs";
import { toArrayBuffer } from "../signature/pades-cms.ts";
import { isStrongKey, isStrongSignature } from "./algorithms.ts";

export interface CertificateFacts {
  readonly der: Uint8Array;
  readonly x509: X509Certificate;
  readonly certificate: Certificate;
  /** KeyUsage nonRepudiation (contentCommitment). */
  readonly isBinding: boolean;
  /** Signed by its authority with a digest or with a key of its own that is too weak. */
  readonly isWeak: boolean;
  /** ExtendedKeyUsage timeStamping, critical and alone (RFC 3161, 2.3). */
  readonly isStamping: boolean;
  /** Its extended uses are sites, programs, time stamps or revocation answers only: it signs no document. */
  readonly isForOtherUse: boolean;
  /** It says that it is qualified, and for signatures or seals (EN 319 412-5). */
  readonly isQualified: boolean;
  /** Most authorities that may stand between this one and the signer (pathLenConstraint); `null`: no limit. */
  readonly maxBelow: number | null;
  /** It carries name constraints, or a critical extension that nobody here understands (RFC 5280, 4.2: such a certificate is to be refused). */
  readonly hasUnknownLimits: boolean;
  /** SerialNumber of the subject in capitals: `TINIT-RSSMRA80A01H501U`; empty when absent. */
  readonly subjectSerial: string;
  readonly validFromMs: number;
  readonly validToMs: number;
}

/** Remembers what was read of each certificate. */
export interface CertificateBook {
  /** Throws a plain Error when the bytes are no certificate. */
  read(der: Uint8Array): CertificateFacts;
}

const timeStamping = "1.3.6.1.5.5.7.3.8";
// serverAuth, codeSigning, timeStamping, OCSPSigning.
const otherUses = new Set([
  "1.3.6.1.5.5.7.3.1",
  "1.3.6.1.5.5.7.3.3",
  timeStamping,
  "1.3.6.1.5.5.7.3.9",
]);

const qcStatements = "1.3.6.1.5.5.7.1.3";
const qcCompliance = "0.4.0.1862.1.1";
const qcType = "0.4.0.1862.1.6";
const forSignatures = "0.4.0.1862.1.6.1";
const forSeals = "0.4.0.1862.1.6.2";

/** Not looked at: a certificate whose names they might forbid is refused, critical or not. */
const nameConstraints = "2.5.29.30";

/** Critical extensions that are looked at here or say nothing against a signature. */
const understood = new Set([
  // buildKeyUsage, subjectAltName, basicConstraints, cRLDistributionPoints, certificatePolicies, extKeyUsage, qcStatements.
  "2.5.29.15",
  "2.5.29.17",
  "2.5.29.19",
  "2.5.29.31",
  "2.5.29.32",
  "2.5.29.37",
  "1.3.6.1.5.5.7.1.3",
]);

// More distinct certificates than this in one upload are made to fill memory.
const maxRemembered = 2000;

export function createCertificateBook(): CertificateBook {
  const known = new Map<string, CertificateFacts>();
  return {
    read(der) {
      const key = createHash("sha256").update(der).digest("base64");
      const found = known.get(key);
      if (found !== undefined) return found;
      const facts = readFacts(der);
      if (known.size >= maxRemembered) known.clear();
      known.set(key, facts);
      return facts;
    },
  };
}

function readFacts(der: Uint8Array): CertificateFacts {
  const x509 = new X509Certificate(der);
  const certificate = Certificate.fromBER(toArrayBuffer(der));
  const extensions = certificate.extensions ?? [];
  const findExtension = (id: string): unknown =>
    extensions.find(({ extnID }) => extnID === id)?.parsedValue;
  const usage = findExtension("2.5.29.15");
  const constraints = findExtension("2.5.29.19");
  const extended = findExtension("2.5.29.37");
  const purposes = extended instanceof ExtKeyUsage ? extended.keyPurposes : [];
  const bits = usage instanceof BitString ? (usage.valueBlock.valueHexView[0] ?? 0) : 0;
  const serial = certificate.subject.typesAndValues.find(({ type }) => type === "2.5.4.5");
  return {
    der,
    x509,
    certificate,
    isBinding: (bits & 0x40) !== 0,
    isWeak: !isStrongSignature(certificate.signatureAlgorithm) || !hasStrongKey(x509),
    isStamping:
      purposes.length === 1 &&
      purposes[0] === timeStamping &&
      extensions.some(({ extnID, critical }) => extnID === "2.5.29.37" && critical),
    isForOtherUse: purposes.length > 0 && purposes.every((purpose) => otherUses.has(purpose)),
    isQualified: isQualified(findExtension(qcStatements)),
    maxBelow:
      constraints instanceof BasicConstraints && typeof constraints.pathLenConstraint === "number"
        ? constraints.pathLenConstraint
        : null,
    hasUnknownLimits: extensions.some(
      ({ critical, extnID }) => extnID === nameConstraints || (critical && !understood.has(extnID)),
    ),
    subjectSerial: serial === undefined ? "" : serial.value.valueBlock.value.toUpperCase(),
    validFromMs: Date.parse(x509.validFrom),
    validToMs: Date.parse(x509.validTo),
  };
}

/** A key of a kind that cannot be read here is none that could be relied upon. */
function hasStrongKey(x509: X509Certificate): boolean {
  try {
    return isStrongKey(x509.publicKey);
  } catch {
    return false;
  }
}

function isQualified(statements: unknown): boolean {
  if (!(statements instanceof QCStatements)) return false;
  const types = statements.values.find(({ id }) => id === qcType)?.type as unknown;
  // Older certificates do not say for what; then they are for signatures.
  const listed = types instanceof Sequence ? types.valueBlock.value : [];
  const names = listed.map((type) =>
    type instanceof ObjectIdentifier ? type.valueBlock.toString() : "",
  );
  return (
    statements.values.some(({ id }) => id === qcCompliance) &&
    (names.length === 0 || names.includes(forSignatures) || names.includes(forSeals))
  );
}
