/** Whether a signer's certificate may sign a verbale today, and what raw signatures it gives. */
import { verify, X509Certificate } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { BitString } from "asn1js";
import { Certificate, createCMSECDSASignature } from "pkijs";
import { RunBlocked } from "../../engine/host/errors.ts";

export interface SignerCertificate {
  readonly publicKey: KeyObject;
  readonly algorithm: "RSA-SHA256" | "ECDSA-SHA256";
  /** Common name of the subject. */
  readonly commonName: string;
  /** The person, as the certificate names them; `null`: it does not. */
  readonly holder: string | null;
  /** Italian sentences; empty when there is nothing to say. */
  readonly warnings: readonly string[];
}

const soonMs = 30 * 86_400_000;

/**
 * Reads the signer's certificate. Throws RunBlocked when it has expired, is not valid yet, is not meant for
 * signatures that bind (buildKeyUsage nonRepudiation), or has a key of another kind than RSA or EC.
 */
export function readSignerCertificate(der: Uint8Array, nowMs: number): SignerCertificate {
  const { publicKey, holder, isForSigning, notBefore, notAfter } = readFacts(der);
  const commonName = holder ?? "firmatario";
  if (nowMs > notAfter)
    throw new RunBlocked(
      "CERTIFICATE_EXPIRED",
      `Il certificato di firma di ${commonName} è scaduto il ${formatInstantDay(notAfter)}.`,
      {
        hint: {
          action: "resume",
          first: "Rinnovare il certificato e indicarlo nel file dell'ente.",
        },
      },
    );
  if (nowMs < notBefore)
    throw new RunBlocked(
      "CERTIFICATE_NOT_YET_VALID",
      `Il certificato di firma di ${commonName} vale solo dal ${formatInstantDay(notBefore)}.`,
      { hint: "Controllare la data del computer, oppure usare il certificato in corso." },
    );
  if (!isForSigning)
    throw new RunBlocked(
      "CERTIFICATE_NOT_FOR_SIGNING",
      `Il certificato di ${commonName} non è un certificato di sottoscrizione (manca «non ripudio»).`,
      {
        hint: "Usare il certificato di firma, non quello di autenticazione o di posta.",
      },
    );
  return {
    publicKey,
    algorithm: requireAlgorithm(publicKey, commonName),
    commonName,
    holder,
    warnings:
      notAfter - nowMs < soonMs
        ? [`Il certificato di firma di ${commonName} scade il ${formatInstantDay(notAfter)}.`]
        : [],
  };
}

/** What a certificate says on any day. */
interface Facts {
  readonly publicKey: KeyObject;
  readonly holder: string | null;
  readonly isForSigning: boolean;
  readonly notBefore: number;
  readonly notAfter: number;
}

/** A signer's certificate is asked for at every signature; its bytes are the same as long as its key is open. */
const factsOf = new WeakMap<Uint8Array, Facts>();

function readFacts(der: Uint8Array): Facts {
  const known = factsOf.get(der);
  if (known !== undefined) return known;
  const certificate = new X509Certificate(der);
  const facts: Facts = {
    publicKey: certificate.publicKey,
    holder: readHolder(der),
    isForSigning: hasNonRepudiation(der),
    notBefore: Date.parse(certificate.validFrom),
    notAfter: Date.parse(certificate.validTo),
  };
  factsOf.set(der, facts);
  return facts;
}

/** The common name, else given name and surname (X.520: 2.5.4.3, 2.5.4.42, 2.5.4.4). */
function readHolder(der: Uint8Array): string | null {
  const { subject } = Certificate.fromBER(new Uint8Array(der).buffer);
  const read = (wanted: string): string =>
    subject.typesAndValues.find(({ type }) => type === wanted)?.value.valueBlock.value.trim() ?? "";
  const names = [read("2.5.4.3"), `${read("2.5.4.42")} ${read("2.5.4.4")}`.trim()];
  return names.find((name) => name !== "") ?? null;
}

/** Whether the certificate's buildKeyUsage has nonRepudiation (contentCommitment). */
export function hasNonRepudiation(der: Uint8Array): boolean {
  const certificate = Certificate.fromBER(new Uint8Array(der).buffer);
  const usage = certificate.extensions?.find(({ extnID }) => extnID === "2.5.29.15")?.parsedValue;
  if (!(usage instanceof BitString)) return false;
  return ((usage.valueBlock.valueHexView[0] ?? 0) & 0x40) !== 0;
}

/**
 * The signature as CMS wants it, when it is the signer's over `toSign`; `null` when it is not.
 * Some services give ECDSA values as two plain integers: they come back as DER.
 */
export function acceptSignature(
  certificate: SignerCertificate,
  toSign: Uint8Array,
  signature: Uint8Array,
): Uint8Array | null {
  const key = certificate.publicKey;
  if (certificate.algorithm === "RSA-SHA256")
    return verify("sha256", toSign, key, signature) ? signature : null;
  if (isValidDer(toSign, key, signature)) return signature;
  if (signature.byteLength % 2 !== 0) return null;
  if (!verify("sha256", toSign, { key, dsaEncoding: "ieee-p1363" }, signature)) return null;
  return new Uint8Array(createCMSECDSASignature(new Uint8Array(signature).buffer));
}

function isValidDer(toSign: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  return signature[0] === 0x30 && verify("sha256", toSign, key, signature);
}

function requireAlgorithm(key: KeyObject, commonName: string): "RSA-SHA256" | "ECDSA-SHA256" {
  if (key.asymmetricKeyType === "rsa") return "RSA-SHA256";
  if (key.asymmetricKeyType === "ec") return "ECDSA-SHA256";
  throw new RunBlocked(
    "CERTIFICATE_KEY_UNSUPPORTED",
    `Il certificato di ${commonName} ha una chiave di tipo ${key.asymmetricKeyType ?? "sconosciuto"}, che non è gestita.`,
    { hint: "Usare un certificato con chiave RSA o su curva ellittica." },
  );
}

const dayFormat = new Intl.DateTimeFormat("it-IT", {
  timeZone: "Europe/Rome",
  day: "2-digit",
  month: "2-digit",
  year: "numeric",
});

/** `23/11/2026`, in Rome. */
export function formatInstantDay(ms: number): string {
  return dayFormat.format(ms);
}
