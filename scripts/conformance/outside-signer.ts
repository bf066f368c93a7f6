/** Signers that are none of ours, @libpdf/core and pyHanko with a key of data/demo; they play the person who signs elsewhere and uploads. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CryptoKeySigner, PDF } from "@libpdf/core";
import { OctetString } from "asn1js";
import type { Hono } from "hono";
import { AlgorithmIdentifier, MessageImprint, TimeStampReq, TimeStampResp } from "pkijs";
import { openPkcs12 } from "../../integrations/signing/pkcs12.ts";
import { keyPassword } from "./keys.ts";
import { signWithPyhanko } from "./pyhanko.ts";

/** Signs files; gives them back in their order. */
export type OutsideSigner = (
  files: readonly Uint8Array[],
  level: "B-B" | "B-T",
) => Promise<readonly Uint8Array[]>;

/** pyHanko notes itself in properties and metadata and writes every string its own way. */
export async function signOutsideWithPyhanko(
  files: readonly Uint8Array[],
  level: "B-B" | "B-T",
): Promise<readonly Uint8Array[]> {
  const folder = await mkdtemp(join(tmpdir(), "postino-outside-"));
  try {
    const paths = files.map((_, index) => join(folder, `${index}.pdf`));
    for (const [index, path] of paths.entries())
      await writeFile(path, files[index] ?? new Uint8Array());
    await signWithPyhanko(paths, { password: keyPassword, level });
    return await Promise.all(paths.map((path) => readFile(path)));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** `tsa`: the simulated time stamping authority. */
export async function createOutsideSigner(
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
  const timestampAuthority = { timestamp: (digest: Uint8Array) => requestStamp(tsa, digest) };
  return async (files, level) => {
    const options = level === "B-T" ? { signer, level, timestampAuthority } : { signer };
    const signed: Uint8Array[] = [];
    for (const bytes of files) {
      const document = await PDF.load(bytes);
      signed.push((await document.sign(options)).bytes);
    }
    return signed;
  };
}

/** The token over a digest: this signer hashes by itself. */
async function requestStamp(tsa: Hono, digest: Uint8Array): Promise<Uint8Array> {
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
