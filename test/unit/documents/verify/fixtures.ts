/** Keys, certificates and PDFs that the signing tests share; made once per process. */
import { createHash, createPrivateKey, sign } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PDFDocument, PDFHexString, StandardFonts } from "pdf-lib";
import type { Pades } from "../../../../documents/signature/pades.ts";
import { createPades } from "../../../../documents/signature/pades.ts";
import {
  issueIdentity,
  type FictionalIdentity,
  type IssueOptions,
} from "../../../../simulators/signing/fictional-authority.ts";

export const validity = { notBefore: "2025-01-01T00:00:00Z", notAfter: "2035-01-01T00:00:00Z" };
export const signedAt = "2026-11-23T10:15:30.000Z";
export const signedAtMs = Date.parse(signedAt);

const made = new Map<string, Promise<FictionalIdentity>>();

function once(name: string, make: () => Promise<FictionalIdentity>): Promise<FictionalIdentity> {
  const known = made.get(name);
  if (known !== undefined) return known;
  const promise = make();
  made.set(name, promise);
  return promise;
}

export function authority(): Promise<FictionalIdentity> {
  return once("authority", () =>
    issueIdentity({
      subject: { commonName: "Autorità di prova" },
      uses: ["keyCertSign", "cRLSign"],
      isAuthority: true,
      ...validity,
      serial: 1,
    }),
  );
}

/** A signer of that authority; `name` tells kinds apart. */
export function signer(
  name = "comandante",
  options: Partial<IssueOptions> = {},
): Promise<FictionalIdentity> {
  return once(`signer ${name}`, async () =>
    issueIdentity({
      subject: { commonName: "Anna Comandante", serialNumber: "TINIT-CMNNNA70A41H501X" },
      issuer: await authority(),
      uses: ["nonRepudiation"],
      ...validity,
      serial: 2,
      ...options,
    }),
  );
}

export function ecSigner(): Promise<FictionalIdentity> {
  return signer("ec", { keyType: "P-256", serial: 3 });
}

export function privateKeyOf(identity: FictionalIdentity): ReturnType<typeof createPrivateKey> {
  return createPrivateKey({ key: Buffer.from(identity.pkcs8), format: "der", type: "pkcs8" });
}

export function padesOf(identity: FictionalIdentity, timestampBytes = 0): Pades {
  return createPades({
    chain: identity.chain,
    algorithm: identity.keyType.startsWith("RSA") ? "RSA-SHA256" : "ECDSA-SHA256",
    timestampBytes,
  });
}

/** Signs a PDF at once with an identity's key. */
export function signPdf(pdf: Uint8Array, identity: FictionalIdentity): Uint8Array {
  const pades = padesOf(identity);
  const prepared = pades.prepare(pdf, { signedAt });
  return pades.embed(prepared, sign("sha256", prepared.toSign, privateKeyOf(identity)));
}

/** A two-page PDF that says `text`; cross-references as table or as stream. */
export async function makePdf(text = "Verbale 1", useObjectStreams = false): Promise<Uint8Array> {
  const document = await PDFDocument.create({ updateMetadata: false });
  const font = await document.embedFont(StandardFonts.Helvetica);
  for (const page of [document.addPage([595, 842]), document.addPage([595, 842])])
    page.drawText(text, { x: 50, y: 700, size: 12, font });
  const id = PDFHexString.of(createHash("md5").update(text).digest("hex"));
  document.context.trailerInfo.ID = document.context.obj([id, id]);
  return document.save({ useObjectStreams, addDefaultPage: false });
}

/** A folder that is gone after `use`. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "postino-signing-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export function toPem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

/** Runs a program; `null` when it is not installed. */
export async function runTool(
  command: readonly string[],
): Promise<{ readonly code: number; readonly output: string } | null> {
  const [program] = command;
  if (program === undefined || Bun.which(program) === null) return null;
  const child = Bun.spawn([...command], { stdout: "pipe", stderr: "pipe" });
  const [out, error] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code: await child.exited, output: out + error };
}

/** CAdES envelope (.p7m) over the content, by openssl. */
export async function envelope(
  content: Uint8Array,
  extra: readonly string[] = [],
): Promise<Buffer> {
  const identity = await signer();
  return withFolder(async (folder) => {
    const at = (name: string): string => join(folder, name);
    await writeFile(at("content"), content);
    await writeFile(at("signer.pem"), toPem(identity.chain[0]!));
    await writeFile(at("ca.pem"), toPem((await authority()).chain[0]!));
    await writeFile(at("key.pem"), privateKeyOf(identity).export({ type: "pkcs8", format: "pem" }));
    const told = await runTool([
      "openssl",
      "cms",
      "-sign",
      "-binary",
      "-nodetach",
      "-cades",
      "-outform",
      "DER",
      "-in",
      at("content"),
      "-signer",
      at("signer.pem"),
      "-inkey",
      at("key.pem"),
      "-certfile",
      at("ca.pem"),
      "-out",
      at("p7m"),
      ...extra,
    ]);
    if (told?.code !== 0) throw new Error(told?.output ?? "");
    return readFile(at("p7m"));
  });
}
