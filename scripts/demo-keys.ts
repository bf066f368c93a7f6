/** `bun scripts/demo-keys.ts [carrier]`: makes the fictional authority, signer and time stamping keys of the demo in data/demo/keys/, and those of the carrier, or these alone. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type FictionalIdentity,
  issueIdentity,
  TIME_STAMPING,
  toPkcs12,
} from "../simulators/signing/fictional-authority.ts";

const folder = join(import.meta.dir, "../data/demo/keys");
const password = "dimostrazione";
const organization = "Comune di Esempio (dimostrazione)";
const validity = { notBefore: "2025-01-01T00:00:00Z", notAfter: "2045-01-01T00:00:00Z" };

await mkdir(folder, { recursive: true });
if (process.argv[2] !== "carrier") await makeOfficeKeys();
await makeCarrierKeys();

async function makeOfficeKeys(): Promise<void> {
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

  await writeRoot("ca.crt", authority);
  await writeFile(join(folder, "comandante.p12"), await toPkcs12(signer, password));
  await writeFile(join(folder, "marcatura.p12"), await toPkcs12(timestamps, password));
}

/** Who carries letters and attests what became of them; an authority of its own, as the real ones have. */
async function makeCarrierKeys(): Promise<void> {
  const authority = await issueIdentity({
    subject: {
      commonName: "Autorità del vettore di dimostrazione, senza valore",
      organization: "Postino (dimostrazione)",
    },
    uses: ["keyCertSign", "cRLSign"],
    isAuthority: true,
    ...validity,
    serial: 11,
  });
  const carrier = await issueIdentity({
    subject: {
      commonName: "Sigillo del vettore (dimostrazione)",
      organization: "Vettore di dimostrazione, senza valore",
    },
    issuer: authority,
    uses: ["nonRepudiation"],
    ...validity,
    serial: 12,
  });
  await writeRoot("vettore-ca.crt", authority);
  await writeFile(join(folder, "vettore.p12"), await toPkcs12(carrier, password));
}

async function writeRoot(name: string, { chain }: FictionalIdentity): Promise<void> {
  const [root] = chain;
  if (root === undefined) throw new Error("no root certificate");
  await writeFile(join(folder, name), toPem(root));
}

function toPem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
