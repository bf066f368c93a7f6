/** PAdES-B-B signatures per second over a rendered verbale, beside raw signatures and a peer; and the upload check. */
import { createPrivateKey, sign } from "node:crypto";
import { availableParallelism, loadavg } from "node:os";
import { promisify } from "node:util";
import { CryptoKeySigner, PDF } from "@libpdf/core";
import { createPades } from "../documents/signature/pades.ts";
import { createSignatureCheck } from "../documents/verify/check.ts";
import { createVerbaleRenderer } from "../documents/sheets/verbale.ts";
import { buildVerbaleModel } from "../documents/model/models.ts";
import { readNeutralCrest } from "../documents/layout/crest.ts";
import { issueIdentity } from "../simulators/signing/fictional-authority.ts";
import type { FictionalKeyType } from "../simulators/signing/fictional-authority.ts";
import { sampleEnte, sampleVerbale } from "../test/unit/documents/sheets/samples.ts";

const seconds = Number(process.argv[2] ?? 2);
const signedAt = "2026-11-23T10:15:30.000Z";
const validity = { notBefore: "2025-01-01T00:00:00Z", notAfter: "2035-01-01T00:00:00Z" };
const signAsync = promisify(sign) as (
  algorithm: string,
  data: Uint8Array,
  key: ReturnType<typeof createPrivateKey>,
) => Promise<Buffer>;

/** Rounds per second; `use` does `each` of them at a time. */
async function measureRate(use: () => Promise<void> | void, each = 1): Promise<number> {
  for (let warm = 0; warm < 3; warm += 1) await use();
  const start = performance.now();
  let rounds = 0;
  while (performance.now() - start < seconds * 1000) {
    await use();
    rounds += each;
  }
  return (rounds * 1000) / (performance.now() - start);
}

function printRate(name: string, value: number, bound: number | null = null): void {
  const share = bound === null ? "" : `  ${Math.round((value / bound) * 100)} % of the bound`;
  console.log(`${name.padEnd(58)}${Math.round(value).toString().padStart(8)} /s${share}`);
}

const renderer = createVerbaleRenderer(buildVerbaleModel("verbale-cds"), {
  ente: sampleEnte,
  crest: readNeutralCrest(),
});
const { bytes: pdf } = await renderer.render(sampleVerbale);
console.log(
  `${availableParallelism()} cores, load average ${loadavg()[0]?.toFixed(1)}, verbale of ${Math.round(pdf.byteLength / 1024)} KiB\n`,
);

async function measureKeyType(keyType: FictionalKeyType): Promise<void> {
  const authority = await issueIdentity({
    subject: { commonName: "Bench" },
    uses: ["keyCertSign"],
    isAuthority: true,
    ...validity,
    serial: 1,
  });
  const identity = await issueIdentity({
    subject: { commonName: "Bench" },
    issuer: authority,
    keyType,
    uses: ["nonRepudiation"],
    ...validity,
    serial: 2,
  });
  const key = createPrivateKey({ key: Buffer.from(identity.pkcs8), format: "der", type: "pkcs8" });
  const algorithm = keyType.startsWith("RSA") ? "RSA-SHA256" : "ECDSA-SHA256";
  const pades = createPades({ chain: identity.chain, algorithm });
  const data = Buffer.alloc(150, 1);
  const bound = await measureRate(() => void sign("sha256", data, key));
  printRate(`${keyType}: raw signatures, one core (the bound)`, bound);
  const signOne = (): Uint8Array => {
    const prepared = pades.prepare(pdf, { signedAt });
    return pades.embed(prepared, sign("sha256", prepared.toSign, key));
  };
  printRate(`${keyType}: PAdES B-B, one core`, await measureRate(() => void signOne()), bound);
  const both = await measureRate(async () => {
    await Promise.all(Array.from({ length: 64 }, () => signAsync("sha256", data, key)));
  }, 64);
  printRate(`${keyType}: raw signatures, 64 in flight (the bound)`, both);
  const batch = await measureRate(async () => {
    const prepared = Array.from({ length: 64 }, () => pades.prepare(pdf, { signedAt }));
    const made = await Promise.all(prepared.map(({ toSign }) => signAsync("sha256", toSign, key)));
    for (const [index, one] of prepared.entries()) pades.embed(one, made[index] ?? data);
  }, 64);
  printRate(`${keyType}: PAdES B-B, 64 in flight`, batch, both);
  const signer = new CryptoKeySigner(
    identity.keys.privateKey,
    identity.chain[0] ?? data,
    keyType.startsWith("RSA") ? "RSA" : "EC",
    keyType.startsWith("RSA") ? "RSASSA-PKCS1-v1_5" : "ECDSA",
    identity.chain.slice(1),
  );
  const peer = await measureRate(async () => {
    await (await PDF.load(pdf)).sign({ signer });
  });
  printRate(`${keyType}: @libpdf/core 0.4.2, load and sign`, peer, bound);
  const signed = signOne();
  const check = createSignatureCheck({
    trustAnchors: authority.chain,
    codiceFiscale: null,
    nowMs: Date.parse(signedAt),
  });
  if (!check(pdf, signed).isOurs) throw new Error("the bench signs nothing good");
  printRate(`${keyType}: upload check`, await measureRate(() => void check(pdf, signed)));
}

const prepareOnly = createPades({
  chain: (
    await issueIdentity({
      subject: { commonName: "Bench" },
      keyType: "P-256",
      uses: ["nonRepudiation"],
      ...validity,
      serial: 3,
    })
  ).chain,
  algorithm: "ECDSA-SHA256",
});
printRate(
  "prepare and embed without a key",
  await measureRate(() => {
    prepareOnly.embed(prepareOnly.prepare(pdf, { signedAt }), Buffer.alloc(70, 1));
  }),
);
await measureKeyType("RSA-2048");
await measureKeyType("P-256");
