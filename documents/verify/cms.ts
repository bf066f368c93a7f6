/** The CMS side of the upload check: one signer, strong digests, attributes that bind certificate and content, a value that verifies. */
import { constants, createHash, verify } from "node:crypto";
import type { KeyObject } from "node:crypto";
import {
  Constructed,
  fromBER,
  ObjectIdentifier,
  OctetString,
  Sequence,
  Set as SetOf,
} from "asn1js";
import type { AsnType } from "asn1js";
import { AlgorithmIdentifier, RSASSAPSSParams, SignerInfo } from "pkijs";
import type { Attribute, Certificate } from "pkijs";
import { OID, toArrayBuffer } from "../signature/pades-cms.ts";
import { digestNames, isStrongKey, RSA_PSS, signatureDigests } from "./algorithms.ts";
import type { CertificateBook, CertificateFacts } from "./certificates.ts";
import { damagedFile, SignatureRefused } from "./verdict.ts";

/** A CMS whose signature verifies; whether its signer may be trusted is another question. */
export interface CheckedCms {
  readonly signer: CertificateFacts;
  /** DER, all certificates that came along. */
  readonly certificates: readonly Uint8Array[];
  /** The raw signature value: what a time stamp is over. */
  readonly signature: Uint8Array;
  /** DER TimeStampToken among the unsigned attributes, or `null`. */
  readonly timestampToken: Uint8Array | null;
}

/** A SignedData taken apart. Only what the check needs is read: a full model of it costs twenty times as much. */
export interface SignedContent {
  /** OID of what is signed. */
  readonly contentType: string;
  /** The enclosed content, `null` when it is detached. */
  readonly content: Uint8Array | null;
  /** DER. */
  readonly certificates: readonly Uint8Array[];
  readonly signers: readonly AsnType[];
}

const notPades =
  "la firma non è PAdES: mancano gli attributi che la legano al certificato; nel programma di firma scegliere «PAdES»";

/**
 * Checks a detached CMS over `content` (its parts in order). `bytes` may be BER and may be followed by zeros.
 * Throws SignatureRefused.
 */
export function checkDetachedCms(
  book: CertificateBook,
  bytes: Uint8Array,
  content: readonly Uint8Array[],
): CheckedCms {
  const signed = readSignedData(bytes);
  if (signed.content !== null) throw new SignatureRefused("SIGNATURE_FORMAT", damagedFile);
  return checkSigned(book, signed, content, OID.data);
}

/** Reads the SignedData of BER bytes that may be followed by zeros. Throws SignatureRefused. */
export function readSignedData(bytes: Uint8Array): SignedContent {
  const parsed = fromBER(toArrayBuffer(bytes));
  if (parsed.offset === -1) throw new SignatureRefused("SIGNATURE_DAMAGED", damagedFile);
  if (bytes.subarray(parsed.offset).some((byte) => byte !== 0))
    throw new SignatureRefused("SIGNATURE_DAMAGED", damagedFile);
  // ContentInfo { contentType, [0] { SignedData } }; RFC 5652, 3 and 5.1.
  const [type, outer] = listChildren(parsed.result);
  const [signedData] = listChildren(outer);
  if (!(type instanceof ObjectIdentifier) || type.valueBlock.toString() !== OID.signedData)
    throw new SignatureRefused("SIGNATURE_DAMAGED", damagedFile);
  const [version, digests, encapsulated, ...rest] = listChildren(signedData);
  const signers = rest.at(-1);
  if (
    version === undefined ||
    !(digests instanceof SetOf) ||
    !(encapsulated instanceof Sequence) ||
    !(signers instanceof SetOf)
  )
    throw new SignatureRefused("SIGNATURE_DAMAGED", damagedFile);
  const certificates = rest.find(({ idBlock }) => isContext(idBlock, 0));
  return {
    contentType: readOid(listChildren(encapsulated)[0]),
    content: readContent(encapsulated),
    certificates: listChildren(certificates)
      .filter((entry) => entry instanceof Sequence)
      .map((entry) => new Uint8Array(entry.valueBeforeDecodeView)),
    signers: listChildren(signers),
  };
}

function readOid(element: AsnType | undefined): string {
  return element instanceof ObjectIdentifier ? element.valueBlock.toString() : "";
}

function readContent(encapsulated: Sequence): Uint8Array | null {
  const [, wrapper] = listChildren(encapsulated);
  if (wrapper === undefined) return null;
  const [octets] = listChildren(wrapper);
  if (!(octets instanceof OctetString))
    throw new SignatureRefused("SIGNATURE_DAMAGED", damagedFile);
  return new Uint8Array(octets.getValue());
}

function isContext(
  id: { readonly tagClass: number; readonly tagNumber: number },
  number: number,
): boolean {
  return id.tagClass === 3 && id.tagNumber === number;
}

function listChildren(element: AsnType | undefined): readonly AsnType[] {
  return element instanceof Constructed ? element.valueBlock.value : [];
}

/** Checks signer, digest, attributes and value of a SignedData over `content`. Throws SignatureRefused. */
export function checkSigned(
  book: CertificateBook,
  signed: SignedContent,
  content: readonly Uint8Array[],
  contentType: string,
): CheckedCms {
  const [first] = signed.signers;
  if (first === undefined || signed.signers.length !== 1)
    throw new SignatureRefused(
      "SIGNATURE_FORMAT",
      "la firma ha più di un firmatario: ne serve uno solo",
    );
  const info = new SignerInfo({ schema: first });
  const digestName = digestNames.get(info.digestAlgorithm.algorithmId);
  if (digestName === undefined)
    throw new SignatureRefused(
      "SIGNATURE_WEAK",
      "la firma usa un'impronta debole (per esempio SHA-1): nel programma di firma scegliere SHA-256",
    );
  const { sid } = info as { readonly sid: unknown };
  const signer = signed.certificates
    .map((der) => book.read(der))
    .find(({ certificate }) => isNamedBy(certificate, sid));
  if (signer === undefined)
    throw new SignatureRefused(
      "SIGNATURE_DAMAGED",
      "la firma non contiene il suo certificato: nel programma di firma scegliere «PAdES»",
    );
  const attributes = info.signedAttrs?.attributes ?? [];
  if (signed.contentType !== contentType) throw new SignatureRefused("SIGNATURE_FORMAT", notPades);
  refuseWrongContent(attributes, computeDigest(digestName, content), contentType);
  refuseOtherCertificate(attributes, signer.der, contentType !== OID.data);
  if (!isVerified(info, digestName, signer.x509.publicKey))
    throw new SignatureRefused(
      "SIGNATURE_INVALID",
      "la firma non corrisponde al suo certificato: firmare di nuovo",
    );
  return {
    signer,
    certificates: signed.certificates,
    signature: new Uint8Array(info.signature.valueBlock.valueHexView),
    timestampToken: findTimestampToken(info),
  };
}

/** By issuer and serial number, or by the subject key identifier ([0]). */
function isNamedBy(certificate: Certificate, sid: unknown): boolean {
  const { issuer, serialNumber, valueBlock } = sid as {
    readonly issuer?: Certificate["issuer"];
    readonly serialNumber?: Certificate["serialNumber"];
    readonly valueBlock?: { readonly valueHexView?: Uint8Array };
  };
  if (issuer !== undefined && serialNumber !== undefined)
    return certificate.issuer.isEqual(issuer) && certificate.serialNumber.isEqual(serialNumber);
  const wanted = valueBlock?.valueHexView;
  const extension = certificate.extensions?.find(({ extnID }) => extnID === "2.5.29.14");
  if (wanted === undefined || extension === undefined) return false;
  const own = fromBER(toArrayBuffer(extension.extnValue.valueBlock.valueHexView)).result;
  return own instanceof OctetString && toHex(own.valueBlock.valueHexView) === toHex(wanted);
}

function refuseWrongContent(
  attributes: readonly Attribute[],
  digest: Uint8Array,
  contentType: string,
): void {
  const type = findOnly(attributes, OID.contentType);
  if (!(type instanceof ObjectIdentifier) || type.valueBlock.toString() !== contentType)
    throw new SignatureRefused("SIGNATURE_FORMAT", notPades);
  const messageDigest = findOnly(attributes, OID.messageDigest);
  if (!(messageDigest instanceof OctetString))
    throw new SignatureRefused("SIGNATURE_FORMAT", notPades);
  if (toHex(new Uint8Array(messageDigest.getValue())) !== toHex(digest))
    throw new SignatureRefused(
      "SIGNATURE_INVALID",
      "il contenuto del PDF non è quello che è stato firmato: caricare il file com'è uscito dal programma di firma",
    );
}

const signingCertificateV1 = "1.2.840.113549.1.9.16.2.12";

/** Signing-certificate-v2 names the signer's certificate by its digest (RFC 5035); many time stamps still bear v1, by SHA-1 (RFC 3161). */
function refuseOtherCertificate(
  attributes: readonly Attribute[],
  signer: Uint8Array,
  mayBeV1: boolean,
): void {
  const v2 = findOnly(attributes, OID.signingCertificateV2);
  const v1 = mayBeV1 && v2 === undefined ? findOnly(attributes, signingCertificateV1) : undefined;
  const value = v2 ?? v1;
  const certs = value instanceof Sequence ? value.valueBlock.value[0] : undefined;
  const first = certs instanceof Sequence ? certs.valueBlock.value[0] : undefined;
  if (!(first instanceof Sequence)) throw new SignatureRefused("SIGNATURE_FORMAT", notPades);
  const [head, next] = first.valueBlock.value;
  const algorithm = head instanceof Sequence ? new AlgorithmIdentifier({ schema: head }) : null;
  const unsaid = v1 === undefined ? "sha256" : "sha1";
  const name = algorithm === null ? unsaid : digestNames.get(algorithm.algorithmId);
  const hash = algorithm === null ? head : next;
  if (name === undefined || !(hash instanceof OctetString))
    throw new SignatureRefused("SIGNATURE_FORMAT", notPades);
  if (toHex(hash.valueBlock.valueHexView) !== toHex(computeDigest(name, [signer])))
    throw new SignatureRefused(
      "SIGNATURE_INVALID",
      "la firma è legata a un altro certificato: firmare di nuovo",
    );
}

function isVerified(info: SignerInfo, digestName: string, key: KeyObject): boolean {
  const encoded = info.signedAttrs?.encodedValue;
  const told = signatureDigests.get(info.signatureAlgorithm.algorithmId);
  if (encoded === undefined || told === undefined || (told !== null && told !== digestName))
    return false;
  if (!isStrongKey(key))
    throw new SignatureRefused(
      "SIGNATURE_WEAK",
      "la chiave di firma è troppo corta: usare un certificato con una chiave RSA di almeno 2048 bit o ECDSA di almeno 256",
    );
  const signature = info.signature.valueBlock.valueHexView;
  const bytes = encodeDerSet(encoded);
  try {
    if (info.signatureAlgorithm.algorithmId !== RSA_PSS)
      return verify(digestName, bytes, key, signature);
    const parameters = new RSASSAPSSParams({ schema: info.signatureAlgorithm.algorithmParams });
    if (digestNames.get(parameters.hashAlgorithm.algorithmId) !== digestName) return false;
    const padding = constants.RSA_PKCS1_PSS_PADDING;
    return verify(
      digestName,
      bytes,
      { key, padding, saltLength: parameters.saltLength },
      signature,
    );
  } catch {
    return false;
  }
}

/**
 * The attributes as they are signed: a SET OF in DER, whose elements stand in the order of their bytes, however the file has them.
 * Source: RFC 5652, 5.4; X.690, 11.6.
 */
function encodeDerSet(encoded: ArrayBuffer): Uint8Array {
  const elements = listChildren(fromBER(encoded).result)
    .map((element) => Buffer.from(element.valueBeforeDecodeView))
    .sort((a, b) => Buffer.compare(a, b));
  const content = Buffer.concat(elements);
  return new Uint8Array(new OctetString({ valueHex: new Uint8Array(content).buffer }).toBER()).with(
    0,
    0x31,
  );
}

function findTimestampToken(info: SignerInfo): Uint8Array | null {
  const found = info.unsignedAttrs?.attributes.find(({ type }) => type === OID.timestampToken);
  const [value] = (found?.values ?? []) as readonly AsnType[];
  return value === undefined ? null : new Uint8Array(value.toBER());
}

/** The single value of an attribute that stands there exactly once. */
function findOnly(attributes: readonly Attribute[], type: string): AsnType | undefined {
  const found = attributes.filter((attribute) => attribute.type === type);
  const values = (found[0]?.values ?? []) as readonly AsnType[];
  return found.length === 1 && values.length === 1 ? values[0] : undefined;
}

function computeDigest(name: string, parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash(name);
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
