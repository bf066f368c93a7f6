/** The CMS of a PAdES signature (EN 319 142-1, baseline B and T): built once per signer, then patched. */
import { createHash, X509Certificate } from "node:crypto";
import { Constructed, Null, ObjectIdentifier, OctetString, Sequence, fromBER } from "asn1js";
import {
  AlgorithmIdentifier,
  Attribute,
  Certificate,
  ContentInfo,
  EncapsulatedContentInfo,
  IssuerAndSerialNumber,
  SignedAndUnsignedAttributes,
  SignedData,
  SignerInfo,
} from "pkijs";

export const OID = {
  data: "1.2.840.113549.1.7.1",
  signedData: "1.2.840.113549.1.7.2",
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
  signingCertificateV2: "1.2.840.113549.1.9.16.2.47",
  timestampToken: "1.2.840.113549.1.9.16.2.14",
  sha256: "2.16.840.1.101.3.4.2.1",
  sha256WithRsa: "1.2.840.113549.1.1.11",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
} as const;

export type SignatureAlgorithm = "RSA-SHA256" | "ECDSA-SHA256";

/** Makes the CMS of one signer; every document differs in digest, signature and timestamp only. */
export interface CmsMaker {
  /** Length in bytes of the longest CMS without timestamp. */
  readonly maxBytes: number;
  /** DER of the signed attributes with the tag of a SET (0x31): what is hashed and signed. */
  encodeSignedAttributes(messageDigest: Uint8Array): Uint8Array;
  /** The whole CMS. `signature`: raw value, ECDSA as DER. `timestampToken`: DER TimeStampToken over it. */
  assemble(
    messageDigest: Uint8Array,
    signature: Uint8Array,
    timestampToken?: Uint8Array,
  ): Uint8Array;
}

// Stands where the digest will be: no certificate holds these 32 bytes by accident.
const digestMark = createHash("sha256").update("postino: digest goes here").digest();

/** `chain`: DER certificates, the signer's first. Throws a plain Error when a certificate cannot be read. */
export function createCmsMaker(
  chain: readonly Uint8Array[],
  algorithm: SignatureAlgorithm,
): CmsMaker {
  const [signer] = chain;
  if (signer === undefined) throw new Error("no signer certificate");
  const certificates = chain.map((der) => Certificate.fromBER(toArrayBuffer(der)));
  const attributes = buildAttributes(signer);
  const attributesTemplate = encodeSet(attributes);
  const templates = new Map<number, Template>();

  function prepareTemplate(signatureBytes: number): Template {
    const known = templates.get(signatureBytes);
    if (known !== undefined) return known;
    const mark = Buffer.alloc(signatureBytes, digestMark);
    const bytes = encodeCms(certificates, attributes, algorithm, mark, undefined);
    const made = {
      bytes,
      digestAt: bytes.indexOf(digestMark),
      signatureAt: bytes.lastIndexOf(mark),
    };
    templates.set(signatureBytes, made);
    return made;
  }

  const digestAt = attributesTemplate.indexOf(digestMark);
  return {
    maxBytes: prepareTemplate(computeMaxSignatureBytes(signer)).bytes.byteLength,
    encodeSignedAttributes(messageDigest) {
      const bytes = Buffer.from(attributesTemplate);
      bytes.set(messageDigest, digestAt);
      return bytes;
    },
    assemble(messageDigest, signature, timestampToken) {
      if (timestampToken !== undefined) {
        const bytes = encodeCms(certificates, attributes, algorithm, signature, timestampToken);
        bytes.set(messageDigest, bytes.indexOf(digestMark));
        return bytes;
      }
      const template = prepareTemplate(signature.byteLength);
      const bytes = Buffer.from(template.bytes);
      bytes.set(messageDigest, template.digestAt);
      bytes.set(signature, template.signatureAt);
      return bytes;
    },
  };
}

interface Template {
  readonly bytes: Buffer;
  readonly digestAt: number;
  readonly signatureAt: number;
}

/** Content type, digest, signing certificate: what B-B wants; the time of signing stands in the PDF (/M), never here. */
function buildAttributes(signer: Uint8Array): readonly Attribute[] {
  const certHash = createHash("sha256").update(signer).digest();
  // ESSCertIDv2 without hashAlgorithm (SHA-256 is its default, DER leaves it out) and without issuerSerial (the CMS names it).
  const essCertId = new Sequence({
    value: [new OctetString({ valueHex: toArrayBuffer(certHash) })],
  });
  const attributes = [
    new Attribute({ type: OID.contentType, values: [new ObjectIdentifier({ value: OID.data })] }),
    new Attribute({
      type: OID.messageDigest,
      values: [new OctetString({ valueHex: toArrayBuffer(digestMark) })],
    }),
    new Attribute({
      type: OID.signingCertificateV2,
      values: [new Sequence({ value: [new Sequence({ value: [essCertId] })] })],
    }),
  ];
  // DER: the elements of a SET OF stand in the order of their encodings.
  return attributes.sort((a, b) => Buffer.compare(encodeAttribute(a), encodeAttribute(b)));
}

function encodeAttribute(attribute: Attribute): Buffer {
  return Buffer.from(attribute.toSchema().toBER());
}

function encodeSet(attributes: readonly Attribute[]): Buffer {
  const set = new Constructed({
    idBlock: { tagClass: 1, tagNumber: 17 },
    value: attributes.map((attribute) => attribute.toSchema()),
  });
  return Buffer.from(set.toBER());
}

function encodeCms(
  certificates: readonly Certificate[],
  attributes: readonly Attribute[],
  algorithm: SignatureAlgorithm,
  signature: Uint8Array,
  timestampToken: Uint8Array | undefined,
): Buffer {
  const [signer] = certificates;
  if (signer === undefined) throw new Error("no signer certificate");
  const signerInfo = new SignerInfo({
    version: 1,
    sid: new IssuerAndSerialNumber({ issuer: signer.issuer, serialNumber: signer.serialNumber }),
    digestAlgorithm: new AlgorithmIdentifier({ algorithmId: OID.sha256 }),
    signedAttrs: new SignedAndUnsignedAttributes({ type: 0, attributes: [...attributes] }),
    signatureAlgorithm:
      algorithm === "RSA-SHA256"
        ? new AlgorithmIdentifier({ algorithmId: OID.sha256WithRsa, algorithmParams: new Null() })
        : new AlgorithmIdentifier({ algorithmId: OID.ecdsaWithSha256 }),
    signature: new OctetString({ valueHex: toArrayBuffer(signature) }),
    ...(timestampToken === undefined
      ? {}
      : { unsignedAttrs: buildTimestampAttributes(timestampToken) }),
  });
  const signedData = new SignedData({
    version: 1,
    digestAlgorithms: [new AlgorithmIdentifier({ algorithmId: OID.sha256 })],
    encapContentInfo: new EncapsulatedContentInfo({ eContentType: OID.data }),
    certificates: [...certificates],
    signerInfos: [signerInfo],
  });
  const content = new ContentInfo({
    contentType: OID.signedData,
    content: signedData.toSchema(true),
  });
  return Buffer.from(content.toSchema().toBER());
}

function buildTimestampAttributes(token: Uint8Array): SignedAndUnsignedAttributes {
  const parsed = fromBER(toArrayBuffer(token));
  if (parsed.offset === -1) throw new Error("timestamp token cannot be read");
  return new SignedAndUnsignedAttributes({
    type: 1,
    attributes: [new Attribute({ type: OID.timestampToken, values: [parsed.result] })],
  });
}

/** RSA: as long as the modulus; ECDSA: two integers of the curve's size in DER. */
function computeMaxSignatureBytes(signer: Uint8Array): number {
  const key = new X509Certificate(signer).publicKey;
  const details = key.asymmetricKeyDetails;
  if (key.asymmetricKeyType === "rsa" && details?.modulusLength !== undefined)
    return Math.ceil(details.modulusLength / 8);
  const scalar = { prime256v1: 32, secp384r1: 48, secp521r1: 66 }[details?.namedCurve ?? ""];
  if (key.asymmetricKeyType === "ec" && scalar !== undefined) return 2 * (scalar + 3) + 3;
  throw new Error(`keys of type ${key.asymmetricKeyType ?? "unknown"} are not supported`);
}

/** An ArrayBuffer that holds exactly these bytes, as asn1js wants it. */
export function toArrayBuffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
