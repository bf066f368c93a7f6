/** Signs with the key of a PKCS#12 file (.p12, .pfx) of the ente, without a person. */
import { askTechnician } from "../../engine/host/hint.ts";
import { createHash, createPrivateKey, createPublicKey, sign, X509Certificate } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import {
  CertBag,
  Certificate,
  EncryptedContentInfo,
  EncryptedData,
  PFX,
  PKCS8ShroudedKeyBag,
  PrivateKeyInfo,
} from "pkijs";
import type { SafeBag } from "pkijs";
import type { Clock } from "../../engine/host/clock.ts";
import { codeOf, messageOf, RunBlocked } from "../../engine/host/errors.ts";
import { acceptSignature, readSignerCertificate } from "./certificate.ts";
import type { SignerCertificate } from "./certificate.ts";
import type { SignerPort } from "./port.ts";

export interface Pkcs12Options {
  /** Where the file lies. */
  readonly path: string;
  /** The file as the ente file names it: what messages say. */
  readonly fileName: string;
  /** Asked for when the key is first needed. */
  readonly password: () => Promise<string>;
  /** Name as operators know it; default: from the certificate. */
  readonly displayName?: string;
  /** What a signer without a name is called; default `firmatario`. */
  readonly key?: string;
  readonly clock: Clock;
}

/** A private key with the certificates that belong to it. */
export interface OpenedKey {
  readonly privateKey: KeyObject;
  /** DER, the signer's certificate first, then its issuers as far as the file has them. */
  readonly chain: readonly Uint8Array[];
}

interface Opened extends OpenedKey {
  readonly certificate: SignerCertificate;
}

// The pool has one thread per core; more in flight than this waits without gain.
const inFlight = 64;
const signAsync = promisify(sign) as (
  algorithm: string,
  data: Uint8Array,
  key: KeyObject,
) => Promise<Buffer>;

/** A signer whose key lies in a file. The file is read when it is first needed and its validity checked every time. */
export function createPkcs12Signer(options: Pkcs12Options): SignerPort {
  let opening: Promise<OpenedKey> | null = null;

  async function openKey(): Promise<Opened> {
    opening ??= openFile(options);
    try {
      const opened = await opening;
      const [own] = opened.chain;
      if (own === undefined) throw new Error("opened key without certificate");
      return { ...opened, certificate: readSignerCertificate(own, options.clock.now()) };
    } catch (error) {
      opening = null;
      throw error;
    }
  }

  return {
    async describe() {
      const { chain, certificate } = await openKey();
      return {
        displayName:
          options.displayName ?? certificate.holder ?? options.key ?? certificate.commonName,
        chain,
        algorithm: certificate.algorithm,
        needsOtp: false,
        isOtpSent: false,
        signaturesPerOtp: null,
        warnings: certificate.warnings,
      };
    },
    async sendOtp() {},
    authorise: (toSign) => Promise.resolve({ signatures: toSign.length }),
    async sign(_grant, toSign, signal) {
      const { privateKey, certificate } = await openKey();
      const signatures: Uint8Array[] = [];
      for (let from = 0; from < toSign.length; from += inFlight) {
        signal?.throwIfAborted();
        const batch = toSign.slice(from, from + inFlight);
        const made = await Promise.all(
          batch.map((bytes) => signAsync("sha256", bytes, privateKey)),
        );
        for (const [index, bytes] of batch.entries()) {
          const checked = acceptSignature(certificate, bytes, made[index] ?? new Uint8Array());
          if (checked === null) throw new Error("the key does not belong to its certificate");
          signatures.push(checked);
        }
      }
      return signatures;
    },
  };
}

async function openFile(options: Pkcs12Options): Promise<OpenedKey> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(options.path);
  } catch (error) {
    const isMissing = codeOf(error) === "ENOENT";
    throw new RunBlocked(
      "SIGNING_KEY_UNREADABLE",
      `Il file della chiave di firma ${options.fileName} ${isMissing ? "non si trova" : "non si può leggere"}.`,
      {
        hint: isMissing
          ? askTechnician(
              "controllare dov'è il file della chiave",
              "Controllare il nome in «pkcs12: file:» nel file dell'ente: è relativo alla cartella di quel file.",
            )
          : "Controllare i permessi del file.",
        cause: error,
      },
    );
  }
  return openPkcs12(bytes, await options.password(), options.fileName);
}

/** By what they were opened with, the latest last: each run asks for its signers' keys anew, and opening one costs 30 ms. */
const openedKeys = new Map<string, OpenedKey>();
const mostOpened = 32;

/** Opens a PKCS#12 file. Throws RunBlocked when it is none, the password is wrong, or it holds no usable key. */
export async function openPkcs12(
  bytes: Uint8Array,
  password: string,
  fileName: string,
): Promise<OpenedKey> {
  const opener = createHash("sha256")
    .update(JSON.stringify(password))
    .update(bytes)
    .digest("base64");
  const known = openedKeys.get(opener);
  const opened = known ?? (await openBags(bytes, password, fileName));
  openedKeys.delete(opener);
  openedKeys.set(opener, opened);
  const [oldest] = openedKeys.keys();
  if (openedKeys.size > mostOpened && oldest !== undefined) openedKeys.delete(oldest);
  return opened;
}

async function openBags(bytes: Uint8Array, password: string, fileName: string): Promise<OpenedKey> {
  const values = await readBags(bytes, password, fileName);
  const certificates: Uint8Array[] = [];
  const keys: KeyObject[] = [];
  for (const value of values) {
    if (value instanceof CertBag && value.parsedValue instanceof Certificate)
      certificates.push(new Uint8Array(value.parsedValue.toSchema().toBER()));
    if (value instanceof PrivateKeyInfo) keys.push(importKey(value));
  }
  for (const privateKey of keys) {
    const own = certificates.find((der) => matchesKey(der, privateKey));
    if (own !== undefined) return { privateKey, chain: buildChain(own, certificates) };
  }
  throw new RunBlocked(
    "SIGNING_KEY_MISSING",
    `Il file ${fileName} non contiene una chiave privata con il suo certificato.`,
    { hint: "Esportare di nuovo il certificato «con la chiave privata» in formato PKCS#12." },
  );
}

function importKey(info: PrivateKeyInfo): KeyObject {
  return createPrivateKey({
    key: Buffer.from(info.toSchema().toBER()),
    format: "der",
    type: "pkcs8",
  });
}

async function readBags(
  bytes: Uint8Array,
  password: string,
  fileName: string,
): Promise<readonly unknown[]> {
  let pfx: PFX;
  try {
    pfx = PFX.fromBER(new Uint8Array(bytes).buffer);
  } catch (error) {
    throw new RunBlocked("SIGNING_KEY_UNREADABLE", `Il file ${fileName} non è un file PKCS#12.`, {
      hint: "Serve un file .p12 o .pfx con la chiave privata e il certificato.",
      cause: error,
    });
  }
  const secret = new TextEncoder().encode(password).buffer;
  try {
    await pfx.parseInternalValues({
      password: secret,
      checkIntegrity: pfx.macData !== undefined,
    });
    const safe = pfx.parsedValue?.authenticatedSafe;
    if (safe === undefined) throw new Error("no authenticated safe");
    await safe.parseInternalValues({
      safeContents: safe.safeContents.map(() => ({ password: secret })),
    });
    const contents = safe.parsedValue as { safeContents: { value: { safeBags: SafeBag[] } }[] };
    const bags = contents.safeContents.flatMap(({ value }) => value.safeBags);
    const values: unknown[] = [];
    for (const { bagValue } of bags)
      values.push(
        bagValue instanceof PKCS8ShroudedKeyBag ? await unwrapKey(bagValue, secret) : bagValue,
      );
    return values;
  } catch (error) {
    throw unopenedError(error, fileName);
  }
}

async function unwrapKey(bag: PKCS8ShroudedKeyBag, password: ArrayBuffer): Promise<PrivateKeyInfo> {
  const encrypted = new EncryptedData({
    encryptedContentInfo: new EncryptedContentInfo({
      contentEncryptionAlgorithm: bag.encryptionAlgorithm,
      encryptedContent: bag.encryptedData,
    }),
  });
  return PrivateKeyInfo.fromBER(await encrypted.decrypt({ password }));
}

function unopenedError(error: unknown, fileName: string): RunBlocked {
  const oldCipher = /Unknown "contentEncryptionAlgorithm"|algorithm.*OID/i.test(messageOf(error));
  if (oldCipher)
    return new RunBlocked(
      "SIGNING_KEY_OLD_CIPHER",
      `Il file ${fileName} è protetto con una cifratura superata, che non è gestita.`,
      {
        hint: "Esportarlo di nuovo con cifratura AES-256, oppure convertirlo con openssl (pkcs12 -legacy, poi pkcs12 -export).",
        cause: error,
      },
    );
  return new RunBlocked(
    "SIGNING_KEY_PASSWORD",
    `La password del file ${fileName} non è giusta, oppure il file è danneggiato.`,
    {
      hint: askTechnician(
        "controllare la password del file della chiave",
        "Controllare il segreto indicato in «pkcs12: password:» nel file dell'ente.",
      ),
      cause: error,
    },
  );
}

function matchesKey(der: Uint8Array, privateKey: KeyObject): boolean {
  const own = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return new X509Certificate(der).publicKey.export({ format: "der", type: "spki" }).equals(own);
}

function buildChain(own: Uint8Array, all: readonly Uint8Array[]): readonly Uint8Array[] {
  const chain = [own];
  for (;;) {
    const last = chain[chain.length - 1];
    if (last === undefined) return chain;
    const certificate = new X509Certificate(last);
    const issuer = all.find(
      (der) => !chain.includes(der) && certificate.checkIssued(new X509Certificate(der)),
    );
    if (issuer === undefined) return chain;
    chain.push(issuer);
  }
}
