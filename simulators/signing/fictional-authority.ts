/** A certification authority that exists only here: certificates and PKCS#12 files for simulators, demo keys and tests. */
import {
  BitString,
  Integer,
  Null,
  OctetString,
  PrintableString,
  Sequence,
  Set as SetOf,
  Utf8String,
} from "asn1js";
import {
  AttributeTypeAndValue,
  AuthenticatedSafe,
  BasicConstraints,
  CertBag,
  Certificate,
  CertificateRevocationList,
  ExtKeyUsage,
  Extension,
  PFX,
  PKCS8ShroudedKeyBag,
  PrivateKeyInfo,
  RelativeDistinguishedNames,
  RevokedCertificate,
  SafeBag,
  SafeContents,
  Time,
  TimeType,
} from "pkijs";

/** RSA-1024 is there to be refused. */
export type FictionalKeyType = "RSA-1024" | "RSA-2048" | "RSA-3072" | "P-256" | "P-384";
export type KeyUse = "digitalSignature" | "nonRepudiation" | "keyCertSign" | "cRLSign";

/** A key with its certificate and its issuers. */
export interface FictionalIdentity {
  readonly keys: CryptoKeyPair;
  readonly keyType: FictionalKeyType;
  /** DER PKCS#8. */
  readonly pkcs8: Uint8Array;
  readonly certificate: Certificate;
  /** DER, own certificate first. */
  readonly chain: readonly Uint8Array[];
}

export interface FictionalSubject {
  readonly commonName: string;
  readonly organization?: string;
  /** Italian signers carry `TINIT-` and their codice fiscale here. */
  readonly serialNumber?: string;
}

export interface IssueOptions {
  readonly subject: FictionalSubject;
  /** Default: signs itself. */
  readonly issuer?: FictionalIdentity;
  /** Default RSA-2048. */
  readonly keyType?: FictionalKeyType;
  readonly uses: readonly KeyUse[];
  /** Object identifiers; marked critical, as a TSA's certificate wants it. */
  readonly extendedUses?: readonly string[];
  readonly isAuthority?: boolean;
  /** Most authorities below this one; default: no limit. */
  readonly pathLength?: number;
  /** Object identifiers of critical extensions without sense. */
  readonly oddities?: readonly string[];
  /** Further extensions, not critical. */
  readonly extensions?: readonly { readonly id: string; readonly der: Uint8Array }[];
  /** Default: new ones. The same keys again make a cross certificate. */
  readonly keys?: CryptoKeyPair;
  /** ISO 8601 UTC. */
  readonly notBefore: string;
  readonly notAfter: string;
  readonly serial: number;
  /** Digest of the certificate's own signature; default SHA-256. */
  readonly digest?: "SHA-256" | "SHA-1";
}

/** OID of `timeStamping` among the extended key uses. */
export const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";

// The engine makes its own vector; the type asks for one.
const aes256 = { name: "AES-CBC", length: 256, iv: new ArrayBuffer(16) } as const;

const keyAlgorithms = {
  "RSA-1024": buildRsaParams(1024),
  "RSA-2048": buildRsaParams(2048),
  "RSA-3072": buildRsaParams(3072),
  "P-256": { name: "ECDSA", namedCurve: "P-256" },
  "P-384": { name: "ECDSA", namedCurve: "P-384" },
} as const;

function buildRsaParams(modulusLength: number): RsaHashedKeyGenParams {
  return {
    name: "RSASSA-PKCS1-v1_5",
    modulusLength,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: "SHA-256",
  };
}

/** Makes a key and its certificate. */
export async function issueIdentity(options: IssueOptions): Promise<FictionalIdentity> {
  const keyType = options.keyType ?? "RSA-2048";
  const keys =
    options.keys ??
    (await crypto.subtle.generateKey(keyAlgorithms[keyType], true, ["sign", "verify"]));
  const certificate = new Certificate();
  certificate.version = 2;
  certificate.serialNumber = new Integer({ value: options.serial });
  certificate.subject = buildDistinguishedName(options.subject);
  certificate.issuer = options.issuer?.certificate.subject ?? certificate.subject;
  certificate.notBefore.value = new Date(options.notBefore);
  certificate.notAfter.value = new Date(options.notAfter);
  certificate.extensions = buildExtensions(options);
  await certificate.subjectPublicKeyInfo.importKey(keys.publicKey);
  const signingKey = options.issuer?.keys.privateKey ?? keys.privateKey;
  const digest = options.digest ?? "SHA-256";
  await certificate.sign(await bindKeyToDigest(signingKey, digest), digest);
  const der = new Uint8Array(certificate.toSchema(true).toBER());
  return {
    keys,
    keyType,
    pkcs8: new Uint8Array(await crypto.subtle.exportKey("pkcs8", keys.privateKey)),
    certificate: Certificate.fromBER(der.buffer),
    chain: [der, ...(options.issuer?.chain ?? [])],
  };
}

export interface RevokedCertificates {
  /** Serial numbers. */
  readonly serials: readonly number[];
  /** ISO 8601 UTC: when all of them were revoked. */
  readonly revokedAt: string;
  readonly issuedAt: string;
  readonly nextUpdate?: string;
  /** Another way to sign than the authority's own: `{ name: "RSA-PSS", hash: "SHA-256" }`. */
  readonly signedWith?: { readonly name: string; readonly hash: string };
}

/** A revocation list (DER) of the authority. */
export async function issueRevocationList(
  authority: FictionalIdentity,
  { serials, revokedAt, issuedAt, nextUpdate, signedWith }: RevokedCertificates,
): Promise<Uint8Array> {
  const toTime = (instant: string): Time =>
    new Time({ type: TimeType.UTCTime, value: new Date(instant) });
  const list = new CertificateRevocationList({
    version: 1,
    issuer: authority.certificate.subject,
    thisUpdate: toTime(issuedAt),
    ...(nextUpdate === undefined ? {} : { nextUpdate: toTime(nextUpdate) }),
    revokedCertificates: serials.map(
      (serial) =>
        new RevokedCertificate({
          userCertificate: new Integer({ value: serial }),
          revocationDate: toTime(revokedAt),
        }),
    ),
  });
  const key = await pickListKey(authority, signedWith);
  await list.sign(key, signedWith?.hash ?? "SHA-256");
  return new Uint8Array(list.toSchema(true).toBER());
}

function pickListKey(
  { keys, pkcs8 }: FictionalIdentity,
  signedWith: RevokedCertificates["signedWith"],
): Promise<CryptoKey> {
  if (signedWith === undefined) return Promise.resolve(keys.privateKey);
  return crypto.subtle.importKey("pkcs8", new Uint8Array(pkcs8), signedWith, true, ["sign"]);
}

/** RSA keys are bound to a digest: the same key again, for this one. */
async function bindKeyToDigest(key: CryptoKey, digest: string): Promise<CryptoKey> {
  if (key.algorithm.name !== "RSASSA-PKCS1-v1_5" || digest === "SHA-256") return key;
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", key);
  return crypto.subtle.importKey("pkcs8", pkcs8, { name: key.algorithm.name, hash: digest }, true, [
    "sign",
  ]);
}

/** The identity as a PKCS#12 file (PBES2 with AES-256, as openssl 3 writes it). */
export async function toPkcs12(identity: FictionalIdentity, password: string): Promise<Uint8Array> {
  const secret = new TextEncoder().encode(password).buffer;
  const keyBag = new PKCS8ShroudedKeyBag({
    parsedValue: PrivateKeyInfo.fromBER(new Uint8Array(identity.pkcs8).buffer),
  });
  await keyBag.makeInternalValues({
    password: secret,
    contentEncryptionAlgorithm: aes256,
    hmacHashAlgorithm: "SHA-256",
    iterationCount: 10_000,
  });
  const bags = identity.chain.map(
    (der) =>
      new SafeBag({
        bagId: "1.2.840.113549.1.12.10.1.3",
        bagValue: new CertBag({
          parsedValue: Certificate.fromBER(new Uint8Array(der).buffer),
        }),
      }),
  );
  const pfx = new PFX({
    parsedValue: {
      integrityMode: 0,
      authenticatedSafe: new AuthenticatedSafe({
        parsedValue: {
          safeContents: [
            {
              privacyMode: 0,
              value: new SafeContents({
                safeBags: [new SafeBag({ bagId: "1.2.840.113549.1.12.10.1.2", bagValue: keyBag })],
              }),
            },
            { privacyMode: 0, value: new SafeContents({ safeBags: bags }) },
          ],
        },
      }),
    },
  });
  await pfx.parsedValue?.authenticatedSafe?.makeInternalValues({ safeContents: [{}, {}] });
  await pfx.makeInternalValues({
    password: secret,
    iterations: 10_000,
    pbkdf2HashAlgorithm: "SHA-256",
    hmacHashAlgorithm: "SHA-256",
  });
  return new Uint8Array(pfx.toSchema().toBER());
}

/** One attribute per RDN, as real certificates have them; pkijs by itself writes all into one. */
function buildDistinguishedName(subject: FictionalSubject): RelativeDistinguishedNames {
  const rdns: SetOf[] = [];
  const add = (type: string, value: Utf8String | PrintableString): void => {
    rdns.push(new SetOf({ value: [new AttributeTypeAndValue({ type, value }).toSchema()] }));
  };
  add("2.5.4.6", new PrintableString({ value: "IT" }));
  if (subject.organization !== undefined)
    add("2.5.4.10", new Utf8String({ value: subject.organization }));
  if (subject.serialNumber !== undefined)
    add("2.5.4.5", new PrintableString({ value: subject.serialNumber }));
  add("2.5.4.3", new Utf8String({ value: subject.commonName }));
  return RelativeDistinguishedNames.fromBER(new Sequence({ value: rdns }).toBER());
}

const usageBits = { digitalSignature: 0, nonRepudiation: 1, keyCertSign: 5, cRLSign: 6 } as const;

function buildExtensions(options: IssueOptions): Extension[] {
  const constraints = new BasicConstraints({
    cA: options.isAuthority ?? false,
    ...(options.pathLength === undefined ? {} : { pathLenConstraint: options.pathLength }),
  });
  const made = [
    buildExtension("2.5.29.19", true, constraints.toSchema().toBER()),
    buildExtension("2.5.29.15", true, buildKeyUsage(options.uses).toBER()),
  ];
  if (options.extendedUses !== undefined)
    made.push(
      buildExtension(
        "2.5.29.37",
        true,
        new ExtKeyUsage({ keyPurposes: [...options.extendedUses] }).toSchema().toBER(),
      ),
    );
  for (const id of options.oddities ?? []) made.push(buildExtension(id, true, new Null().toBER()));
  for (const { id, der } of options.extensions ?? [])
    made.push(buildExtension(id, false, new Uint8Array(der).buffer));
  return made;
}

function buildExtension(extnID: string, critical: boolean, value: ArrayBuffer): Extension {
  return new Extension({
    extnID,
    critical,
    extnValue: new OctetString({ valueHex: value }).valueBlock.valueHex,
  });
}

/** DER: a named bit list ends with its last 1. */
function buildKeyUsage(uses: readonly KeyUse[]): BitString {
  let byte = 0;
  let last = 0;
  for (const use of uses) {
    byte |= 0x80 >> usageBits[use];
    last = Math.max(last, usageBits[use]);
  }
  return new BitString({ valueHex: new Uint8Array([byte]).buffer, unusedBits: 7 - last });
}
