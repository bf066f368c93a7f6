/** Whether a signer's certificate leads to a trusted authority, was valid then, binds its holder, and is the expected person's. */
import type { CertificateBook, CertificateFacts } from "./certificates.ts";
import type { RevocationBook } from "./revocation.ts";
import { SignatureRefused } from "./verdict.ts";

export interface TrustPolicy {
  /** DER certificates of the accepted authorities. */
  readonly trustAnchors: readonly Uint8Array[];
  /** Those of them that are trusted only for qualified certificates: the services of a trusted list. Default none. */
  readonly qualifiedAnchors?: readonly Uint8Array[];
  /** DER revocation lists; default none: nothing is known to be revoked. */
  readonly revocationLists?: readonly Uint8Array[];
  /** As it stands in the subject's serialNumber; `null`: anyone whom a trusted authority certifies. */
  readonly codiceFiscale: string | null;
}

/** What was read of certificates and revocation lists. */
export interface Books {
  readonly book: CertificateBook;
  readonly revocations: RevocationBook;
}

const maxDepth = 6;

/** `atMs`: the proven instant of the signature. Throws SignatureRefused. */
export function refuseUntrusted(
  { book, revocations }: Books,
  signer: CertificateFacts,
  others: readonly Uint8Array[],
  policy: TrustPolicy,
  atMs: number,
): void {
  // A certificate for logging in or for a site binds nobody.
  if (!signer.isBinding || signer.isForOtherUse)
    throw new SignatureRefused(
      "SIGNER_NOT_QUALIFIED_FOR_SIGNING",
      "il certificato usato non è di sottoscrizione: nel programma di firma scegliere il certificato di firma, non quello di autenticazione",
    );
  if (!isWithinValidity(signer, atMs))
    throw new SignatureRefused(
      "SIGNER_EXPIRED",
      "il certificato di firma era scaduto o non ancora valido al momento della firma: firmare di nuovo con un certificato in corso",
    );
  const path = findPathToAnchor(book, signer, others, policy.trustAnchors, atMs);
  // An authority for sites or for time stamps certifies nobody who signs.
  if (path === null || path.slice(1, -1).some(({ isForOtherUse }) => isForOtherUse))
    throw new SignatureRefused(
      "SIGNER_UNTRUSTED",
      "il certificato di firma non viene da un'autorità ammessa dall'ente: usare un certificato di firma qualificata, o chiedere al tecnico di ammettere quell'autorità («signing: trust:»)",
    );
  if (!signer.isQualified && isOnlyForQualified(path, policy))
    throw new SignatureRefused(
      "SIGNER_NOT_QUALIFIED_FOR_SIGNING",
      "il certificato usato non è qualificato, e la lista di fiducia vale solo per firme e sigilli qualificati: firmare con il certificato di firma qualificata, o chiedere al tecnico di ammettere quell'autorità con il suo certificato («signing: trust:»)",
    );
  if (isRevoked(revocations, path, atMs))
    throw new SignatureRefused(
      "SIGNER_REVOKED",
      "il certificato di firma (o la sua autorità) era revocato o sospeso al momento della firma: firmare di nuovo con un certificato valido",
    );
  if (policy.codiceFiscale !== null && !isHeldBy(signer, policy.codiceFiscale))
    throw new SignatureRefused(
      "SIGNER_UNEXPECTED",
      "il PDF è firmato da una persona diversa dal firmatario previsto: deve firmarlo chi è indicato nella richiesta",
    );
}

/** `TINIT-RSSMRA80A01H501U` (EN 319 412-1), `IT:RSSMRA80A01H501U` (before it), or the code alone. */
function isHeldBy({ subjectSerial }: CertificateFacts, codiceFiscale: string): boolean {
  return subjectSerial.split(/[-:]/).at(-1) === codiceFiscale;
}

function isOnlyForQualified(
  path: readonly CertificateFacts[],
  { qualifiedAnchors = [] }: TrustPolicy,
): boolean {
  const anchor = path.at(-1);
  return qualifiedAnchors.some(
    (der) => anchor !== undefined && Buffer.compare(der, anchor.der) === 0,
  );
}

/** Each certificate of the path is held against its issuer's list; the anchor is trusted by the ente's word. */
export function isRevoked(
  revocations: RevocationBook,
  path: readonly CertificateFacts[],
  atMs: number,
): boolean {
  return path.some((certificate, index) => {
    const issuer = path[index + 1];
    const at = issuer === undefined ? null : revocations.findRevocationMs(certificate, issuer);
    return at !== null && at <= atMs;
  });
}

/**
 * The chain of valid, strong certificates that leads from this one to an anchor, both included; of several that name the same issuer
 * each is tried. `null`: there is none.
 */
export function findPathToAnchor(
  book: CertificateBook,
  certificate: CertificateFacts,
  others: readonly Uint8Array[],
  trustAnchors: readonly Uint8Array[],
  atMs: number,
): readonly CertificateFacts[] | null {
  const anchors = trustAnchors.map((der) => book.read(der));
  const brought = others.map((der) => book.read(der));
  const tried = new Set<CertificateFacts>();
  // `below`: authorities between this certificate and the signer.
  function findPathFrom(
    child: CertificateFacts,
    below: number,
  ): readonly CertificateFacts[] | null {
    if (anchors.some((anchor) => isSame(anchor, child))) return [child];
    if (child.isWeak || child.hasUnknownLimits || below >= maxDepth || tried.has(child))
      return null;
    tried.add(child);
    const anchor = anchors.find((candidate) => hasIssued(candidate, child, { atMs, below }));
    if (anchor !== undefined) return [child, anchor];
    for (const issuer of brought) {
      if (!hasIssued(issuer, child, { atMs, below })) continue;
      const rest = findPathFrom(issuer, below + 1);
      if (rest !== null) return [child, ...rest];
    }
    return null;
  }
  return findPathFrom(certificate, 0);
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
