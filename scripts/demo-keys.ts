/** Makes the fictional authority, signer and time stamping keys of the demo in data/demo/keys/. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  issueIdentity,
  TIME_STAMPING,
  toPkcs12,
} from "../simulators/signing/fictional-authority.ts";

const folder = join(import.meta.dir, "../data/demo/keys");
const password = "dimostrazione";
const organization = "Comune di Esempio (dimostrazione)";
const validity = { notBefore: "2025-01-01T00:00:00Z", notAfter: "2045-01-01T00:00:00Z" };

const authority = await issueIdentity({
  subject: {
    commonName: "Autorità di dimostrazione Postino, senza valore",
    organization: "Postino (dimostrazione)",
  },
  uses: ["keyCertSign", "cRLSign"],
  isAuthority: true,
  ...validity,
  serial: 1,
});
const signer = await issueIdentity({
  // The codice fiscale of nobody: Mario Rossi, as in every example.
  subject: {
    commonName: "Comandante P.L. (dimostrazione)",
    organization,
    serialNumber: "TINIT-RSSMRA80A01H501U",
  },
  issuer: authority,
  uses: ["nonRepudiation"],
  ...validity,
  serial: 2,
});
const timestamps = await issueIdentity({
  subject: { commonName: "Marcatura temporale (dimostrazione)", organization },
  issuer: authority,
  uses: ["digitalSignature"],
  extendedUses: [TIME_STAMPING],
  ...validity,
  serial: 3,
});

await mkdir(folder, { recursive: true });
const [root] = authority.chain;
if (root === undefined) throw new Error("no root certificate");
await writeFile(join(folder, "ca.crt"), toPem(root));
await writeFile(join(folder, "comandante.p12"), await toPkcs12(signer, password));
await writeFile(join(folder, "marcatura.p12"), await toPkcs12(timestamps, password));

function toPem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
