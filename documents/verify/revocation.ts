/** Certificates that their authority has taken back, from the revocation lists (CRL) that the ente keeps. */
import { constants, verify } from "node:crypto";
import { CertificateRevocationList, RSASSAPSSParams } from "pkijs";
import { toArrayBuffer } from "../signature/pades-cms.ts";
import type { CertificateFacts } from "./certificates.ts";
import { digestNames, RSA_PSS, signatureDigests } from "./algorithms.ts";

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

// Too weak to believe that a certificate is good; strong enough to heed that it is not.
const sha1 = "1.3.14.3.2.26";
const weakDigests: ReadonlyMap<string, string> = new Map([
  ["1.2.840.113549.1.1.5", "sha1"],
  ["1.2.840.10045.4.1", "sha1"],
]);

/**
 * Whoever can write into the folder could also take authorities away; what counts is that no list of another authority is mistaken for
 * this one's, and that no revocation is passed over: a list whose signature nobody here can read counts.
 */
function isSignedBy(list: CertificateRevocationList, issuer: CertificateFacts): boolean {
  const { algorithmId } = list.signatureAlgorithm;
  const value = list.signatureValue.valueBlock.valueHexView;
  const { publicKey } = issuer.x509;
  if (algorithmId === RSA_PSS) return isPssBy(list, issuer);
  const digest = signatureDigests.get(algorithmId) ?? weakDigests.get(algorithmId);
  return digest === undefined || verify(digest, list.tbsView, publicKey, value);
}

/** Source: RFC 4055, 3.1: SHA-1 and 20 bytes of salt where the parameters say nothing else. */
function isPssBy(
  { signatureAlgorithm, signatureValue, tbsView }: CertificateRevocationList,
  issuer: CertificateFacts,
): boolean {
  const parameters: unknown = signatureAlgorithm.algorithmParams;
  const { hashAlgorithm, saltLength } = new RSASSAPSSParams(
    parameters === undefined ? {} : { schema: parameters },
  );
  const { algorithmId } = hashAlgorithm;
  const digest = algorithmId === sha1 ? "sha1" : digestNames.get(algorithmId);
  if (digest === undefined) return true;
  const key = {
    key: issuer.x509.publicKey,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength,
  };
  return verify(digest, tbsView, key, signatureValue.valueBlock.valueHexView);
}
