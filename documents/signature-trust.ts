/** Whether a signer's certificate leads to a trusted authority, was valid then, binds its holder, and is the expected person's; used by signature-check.ts. */
import type { CertificateBook, CertificateFacts } from "./signature-certificates.ts";
import { SignatureRefused } from "./signature-verdict.ts";

export interface TrustPolicy {
  /** DER certificates of the accepted authorities. */
  readonly trustAnchors: readonly Uint8Array[];
  /** As it stands in the subject's serialNumber; `null`: anyone whom a trusted authority certifies. */
  readonly codiceFiscale: string | null;
}

const maxDepth = 6;

/** `atMs`: the proven instant of the signature. Throws SignatureRefused. */
export function refuseUntrusted(
  book: CertificateBook,
  signer: CertificateFacts,
  others: readonly Uint8Array[],
  policy: TrustPolicy,
  atMs: number,
): void {
  // A certificate for logging in or for mail binds nobody.
  if (!signer.isBinding)
    throw new SignatureRefused(
      "SIGNER_NOT_QUALIFIED_FOR_SIGNING",
      "il certificato usato non è di sottoscrizione: nel programma di firma scegliere il certificato di firma, non quello di autenticazione",
    );
  if (!isWithinValidity(signer, atMs))
    throw new SignatureRefused(
      "SIGNER_EXPIRED",
      "il certificato di firma era scaduto o non ancora valido al momento della firma",
    );
  if (!leadsToAnchor(book, signer, others, policy.trustAnchors, atMs))
    throw new SignatureRefused(
      "SIGNER_UNTRUSTED",
      "il certificato di firma non viene da un'autorità ammessa dall'ente",
    );
  if (policy.codiceFiscale !== null && !isOf(signer, policy.codiceFiscale))
    throw new SignatureRefused(
      "SIGNER_UNEXPECTED",
      "il PDF è firmato da una persona diversa dal firmatario previsto",
    );
}

/** `TINIT-RSSMRA80A01H501U` (EN 319 412-1), `IT:RSSMRA80A01H501U` (before it), or the code alone. */
function isOf({ subjectSerial }: CertificateFacts, codiceFiscale: string): boolean {
  return subjectSerial.split(/[-:]/).at(-1) === codiceFiscale;
}

/** Whether a chain of valid, strong certificates leads from this one to an anchor; of several that name the same issuer each is tried. */
export function leadsToAnchor(
  book: CertificateBook,
  certificate: CertificateFacts,
  others: readonly Uint8Array[],
  trustAnchors: readonly Uint8Array[],
  atMs: number,
): boolean {
  const anchors = trustAnchors.map((der) => book.read(der));
  const brought = others.map((der) => book.read(der));
  const tried = new Set<CertificateFacts>();
  // `below`: authorities between this certificate and the signer.
  function leads(child: CertificateFacts, below: number): boolean {
    if (anchors.some((anchor) => isSame(anchor, child))) return true;
    if (child.isWeak || child.hasUnknownLimits || below >= maxDepth || tried.has(child))
      return false;
    tried.add(child);
    if (anchors.some((anchor) => hasIssued(anchor, child, { atMs, below }))) return true;
    return brought.some(
      (issuer) => hasIssued(issuer, child, { atMs, below }) && leads(issuer, below + 1),
    );
  }
  return leads(certificate, 0);
}

function hasIssued(
  issuer: CertificateFacts,
  issued: CertificateFacts,
  { atMs, below }: { readonly atMs: number; readonly below: number },
): boolean {
  return (
    issuer.x509.ca &&
    below <= (issuer.maxBelow ?? below) &&
    isWithinValidity(issuer, atMs) &&
    issued.x509.checkIssued(issuer.x509) &&
    issued.x509.verify(issuer.x509.publicKey)
  );
}

function isWithinValidity({ validFromMs, validToMs }: CertificateFacts, atMs: number): boolean {
  return atMs >= validFromMs && atMs <= validToMs;
}

function isSame(a: CertificateFacts, b: CertificateFacts): boolean {
  return Buffer.compare(a.der, b.der) === 0;
}
