/** Certificates that their authority has taken back, from the revocation lists (CRL) that the ente keeps. */
import { verify } from "node:crypto";
import { CertificateRevocationList } from "pkijs";
import { toArrayBuffer } from "../signature/pades-cms.ts";
import type { CertificateFacts } from "./certificates.ts";
import { signatureDigests } from "./algorithms.ts";

/** Looks certificates up in the lists; an authority's signature on its list is checked at its first use. */
export interface RevocationBook {
  /** When the certificate was revoked or suspended, in milliseconds; `null`: no list of its issuer says so. */
  findRevocationMs(certificate: CertificateFacts, issuer: CertificateFacts): number | null;
}

interface RevocationList {
  readonly list: CertificateRevocationList;
  readonly revoked: ReadonlyMap<string, number>;
}

/** `lists`: DER. Throws a plain Error when one is no revocation list. */
export function createRevocationBook(lists: readonly Uint8Array[]): RevocationBook {
  const read = lists.map(readList);
  const trusted = new Map<string, boolean>();
  return {
    findRevocationMs(certificate, issuer) {
      for (const [index, { list, revoked }] of read.entries()) {
        if (!list.issuer.isEqual(issuer.certificate.subject)) continue;
        const key = `${index} ${issuer.x509.fingerprint256}`;
        const isTrusted = trusted.get(key) ?? isSignedBy(list, issuer);
        trusted.set(key, isTrusted);
        const at = isTrusted ? revoked.get(toSerialHex(certificate.certificate)) : undefined;
        if (at !== undefined) return at;
      }
      return null;
    },
  };
}

function readList(der: Uint8Array): RevocationList {
  const list = CertificateRevocationList.fromBER(toArrayBuffer(der));
  const revoked = new Map<string, number>();
  for (const { userCertificate, revocationDate } of list.revokedCertificates ?? [])
    revoked.set(
      Buffer.from(userCertificate.valueBlock.valueHexView).toString("hex"),
      revocationDate.value.getTime(),
    );
  return { list, revoked };
}

function toSerialHex({ serialNumber }: CertificateFacts["certificate"]): string {
  return Buffer.from(serialNumber.valueBlock.valueHexView).toString("hex");
}

/** Whoever can write into the folder could also take authorities away; what counts is that no list of another authority is mistaken for this one's. */
function isSignedBy(list: CertificateRevocationList, issuer: CertificateFacts): boolean {
  const digest = signatureDigests.get(list.signatureAlgorithm.algorithmId);
  if (digest === undefined || digest === null) return false;
  const value = list.signatureValue.valueBlock.valueHexView;
  return verify(digest, list.tbsView, issuer.x509.publicKey, value);
}
