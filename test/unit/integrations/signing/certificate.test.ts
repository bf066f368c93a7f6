/** Signature values as services return them, held against the certificate. */
import { sign, verify, X509Certificate } from "node:crypto";
import { describe, expect, test } from "bun:test";
import {
  acceptSignature,
  readSignerCertificate,
} from "../../../../integrations/signing/certificate.ts";
import { ecSigner, privateKeyOf, signedAtMs, signer } from "../../documents/verify/fixtures.ts";

const text = Buffer.from("attributi firmati");

describe("a returned signature", () => {
  test("of ECDSA as two plain integers comes back as DER", async () => {
    const identity = await ecSigner();
    const certificate = readSignerCertificate(identity.chain[0]!, signedAtMs);
    const plain = sign("sha256", text, { key: privateKeyOf(identity), dsaEncoding: "ieee-p1363" });

    const checked = acceptSignature(certificate, text, plain);

    expect(plain.byteLength).toBe(64);
    expect(checked?.[0]).toBe(0x30);
    expect(
      verify("sha256", text, new X509Certificate(identity.chain[0]!).publicKey, checked!),
    ).toBe(true);
  });

  test("of ECDSA in DER and of RSA stays as it is", async () => {
    for (const identity of [await ecSigner(), await signer()]) {
      const certificate = readSignerCertificate(identity.chain[0]!, signedAtMs);
      const value = sign("sha256", text, privateKeyOf(identity));

      expect(Buffer.from(acceptSignature(certificate, text, value)!).equals(value)).toBe(true);
    }
  });

  test("of another key, over another text, or of no sense is none", async () => {
    const rsa = await signer();
    const other = await signer("other key", { serial: 50 });
    const ec = await ecSigner();
    const certificate = readSignerCertificate(rsa.chain[0]!, signedAtMs);
    const ecCertificate = readSignerCertificate(ec.chain[0]!, signedAtMs);

    expect(
      acceptSignature(certificate, text, sign("sha256", text, privateKeyOf(other))),
    ).toBeNull();
    expect(
      acceptSignature(certificate, Buffer.from("altro"), sign("sha256", text, privateKeyOf(rsa))),
    ).toBeNull();
    for (const length of [0, 1, 63, 64, 256]) {
      expect(acceptSignature(certificate, text, Buffer.alloc(length, 7))).toBeNull();
      expect(acceptSignature(ecCertificate, text, Buffer.alloc(length, 7))).toBeNull();
    }
  });
});
