/** What the upload check asks of certificates, read once each: a batch of uploads brings the same few thousands of times. Used by the signature-*.ts files. */
import { createHash, X509Certificate } from "node:crypto";
import { BitString } from "asn1js";
import { BasicConstraints, Certificate, ExtKeyUsage } from "pkijs";
import { exact } from "./pades-cms.ts";

export interface CertificateFacts {
  readonly der: Uint8Array;
  readonly x509: X509Certificate;
  readonly certificate: Certificate;
  /** KeyUsage nonRepudiation (contentCommitment). */
  readonly isBinding: boolean;
  /** Signed by its authority with MD5 or SHA-1. */
  readonly isWeak: boolean;
  /** ExtendedKeyUsage timeStamping. */
  readonly isStamping: boolean;
  /** Most authorities that may stand between this one and the signer (pathLenConstraint); `null`: no limit. */
  readonly maxBelow: number | null;
  /** It carries a critical extension that nobody here understands (RFC 5280, 4.2: such a certificate is to be refused). */
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

const weakSignatures = new Set([
  // md2, md5, sha1 with RSA; ECDSA with SHA-1.
  "1.2.840.113549.1.1.2",
  "1.2.840.113549.1.1.4",
  "1.2.840.113549.1.1.5",
  "1.2.840.10045.4.1",
]);

const timeStamping = "1.3.6.1.5.5.7.3.8";

/** Critical extensions that are looked at here or say nothing against a signature. */
const understood = new Set([
  // keyUsage, subjectAltName, basicConstraints, cRLDistributionPoints, certificatePolicies, extKeyUsage, qcStatements.
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
      const facts = factsOf(der);
      if (known.size >= maxRemembered) known.clear();
      known.set(key, facts);
      return facts;
    },
  };
}

function factsOf(der: Uint8Array): CertificateFacts {
  const x509 = new X509Certificate(der);
  const certificate = Certificate.fromBER(exact(der));
  const extensions = certificate.extensions ?? [];
  const parsed = (id: string): unknown =>
    extensions.find(({ extnID }) => extnID === id)?.parsedValue;
  const usage = parsed("2.5.29.15");
  const constraints = parsed("2.5.29.19");
  const extended = parsed("2.5.29.37");
  const bits = usage instanceof BitString ? (usage.valueBlock.valueHexView[0] ?? 0) : 0;
  const serial = certificate.subject.typesAndValues.find(({ type }) => type === "2.5.4.5");
  return {
    der,
    x509,
    certificate,
    isBinding: (bits & 0x40) !== 0,
    isWeak: weakSignatures.has(certificate.signatureAlgorithm.algorithmId),
    isStamping: extended instanceof ExtKeyUsage && extended.keyPurposes.includes(timeStamping),
    maxBelow:
      constraints instanceof BasicConstraints && typeof constraints.pathLenConstraint === "number"
        ? constraints.pathLenConstraint
        : null,
    hasUnknownLimits: extensions.some(
      ({ critical, extnID }) => critical && !understood.has(extnID),
    ),
    subjectSerial: serial === undefined ? "" : serial.value.valueBlock.value.toUpperCase(),
    validFromMs: Date.parse(x509.validFrom),
    validToMs: Date.parse(x509.validTo),
  };
}
