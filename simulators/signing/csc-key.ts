/** The key of the simulated signature services: from a PKCS#12 file, or made on the spot. */
import { constants, createPrivateKey, privateEncrypt } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { Null, OctetString } from "asn1js";
import { AlgorithmIdentifier, DigestInfo } from "pkijs";
import { issueIdentity } from "./fictional-authority.ts";
import type { IssueOptions } from "./fictional-authority.ts";
import { openPkcs12 } from "../../integrations/signing/pkcs12.ts";
import type { OpenedKey } from "../../integrations/signing/pkcs12.ts";

export interface SimulatorKey {
  readonly pkcs12: Uint8Array;
  readonly password: string;
}

/** Opens the given key, or makes one that a fictional authority certifies. */
export async function openSimulatorKey(
  given: SimulatorKey | undefined,
  fallback: Pick<IssueOptions, "subject" | "uses" | "extendedUses">,
): Promise<OpenedKey> {
  if (given !== undefined) return openPkcs12(given.pkcs12, given.password, "demo");
  const validity = { notBefore: "2020-01-01T00:00:00Z", notAfter: "2049-12-31T00:00:00Z" };
  const authority = await issueIdentity({
    subject: { commonName: "Autorità di prova del simulatore" },
    uses: ["keyCertSign", "cRLSign"],
    isAuthority: true,
    ...validity,
    serial: 1,
  });
  const identity = await issueIdentity({ ...fallback, issuer: authority, ...validity, serial: 2 });
  return {
    privateKey: createPrivateKey({
      key: Buffer.from(identity.pkcs8),
      format: "der",
      type: "pkcs8",
    }),
    chain: identity.chain,
  };
}

const sha256 = "2.16.840.1.101.3.4.2.1";

/** An RSA PKCS#1 v1.5 signature over a SHA-256 digest, as an HSM makes it that never sees the data. */
export function signDigest(key: KeyObject, digest: Uint8Array): Buffer {
  if (key.asymmetricKeyType !== "rsa")
    throw new Error("the simulated server signs with RSA keys only");
  const info = new DigestInfo({
    digestAlgorithm: new AlgorithmIdentifier({ algorithmId: sha256, algorithmParams: new Null() }),
    digest: new OctetString({ valueHex: new Uint8Array(digest).buffer }),
  });
  return privateEncrypt(
    { key, padding: constants.RSA_PKCS1_PADDING },
    Buffer.from(info.toSchema().toBER()),
  );
}
