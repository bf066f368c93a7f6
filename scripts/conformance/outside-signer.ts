/** A signer that is none of ours, @libpdf/core with a key of data/demo; plays the person who signs elsewhere and uploads; used by signed.ts. */
import { CryptoKeySigner, PDF } from "@libpdf/core";
import { OctetString } from "asn1js";
import type { Hono } from "hono";
import { AlgorithmIdentifier, MessageImprint, TimeStampReq, TimeStampResp } from "pkijs";
import { openPkcs12 } from "../../integrations/signing/pkcs12.ts";

export type OutsideSigner = (bytes: Uint8Array, level: "B-B" | "B-T") => Promise<Uint8Array>;

/** `tsa`: the simulated time stamping authority. */
export async function outsideSigner(
  key: { readonly pkcs12: Uint8Array; readonly password: string },
  tsa: Hono,
): Promise<OutsideSigner> {
  const { privateKey, chain } = await openPkcs12(key.pkcs12, key.password, "comandante.p12");
  const [own, ...issuers] = chain;
  if (own === undefined) throw new Error("no certificate");
  const cryptoKey = await crypto.subtle.importKey(
    "pkcs8",
    new Uint8Array(privateKey.export({ format: "der", type: "pkcs8" })),
    { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const signer = new CryptoKeySigner(cryptoKey, own, "RSA", "RSASSA-PKCS1-v1_5", issuers);
  const timestampAuthority = { timestamp: (digest: Uint8Array) => stampOf(tsa, digest) };
  return async (bytes, level) => {
    const document = await PDF.load(bytes);
    const options = level === "B-T" ? { signer, level, timestampAuthority } : { signer };
    return (await document.sign(options)).bytes;
  };
}

/** The token over a digest: this signer hashes by itself. */
async function stampOf(tsa: Hono, digest: Uint8Array): Promise<Uint8Array> {
  const request = new TimeStampReq({
    version: 1,
    messageImprint: new MessageImprint({
      hashAlgorithm: new AlgorithmIdentifier({ algorithmId: "2.16.840.1.101.3.4.2.1" }),
      hashedMessage: new OctetString({ valueHex: new Uint8Array(digest).buffer }),
    }),
    certReq: true,
  });
  const answer = await tsa.request("/", { method: "POST", body: request.toSchema().toBER() });
  const { timeStampToken } = TimeStampResp.fromBER(await answer.arrayBuffer());
  if (timeStampToken === undefined) throw new Error("the authority gave no token");
  return new Uint8Array(timeStampToken.toSchema().toBER());
}
