/** An XML whose document element is signed from within (XAdES, enveloped): whether each signature is over all of it, and by which certificate. Source: W3C XML Signature 1.1; ETSI EN 319 132-1. */
import { constants, createHash, type KeyObject, verify } from "node:crypto";
import type { XmlDocument, XmlElement, XmlNode } from "libxml2-wasm";
import { type DigestName, isStrongKey } from "../verify/algorithms.ts";
import type { CertificateBook, CertificateFacts } from "../verify/certificates.ts";
import { AttestationFault } from "./fault.ts";
import {
  canonicalModes,
  digestUris,
  readPrefixes,
  readReferences,
  type Reference,
} from "./references.ts";
import { findOnlyNode, namespaces, parseXml, readXmlText, type Xml } from "./xml.ts";

/** A signature that verifies; whether its signer may be trusted is another question. */
export interface XmlSignature {
  readonly signer: CertificateFacts;
  /** DER, all certificates that came along. */
  readonly certificates: readonly Uint8Array[];
  /** When the signer says that he signed, as it stands there; `null`: he does not. */
  readonly claimedAt: string | null;
  /** DER tokens of time stamps, and the octets that each is over. */
  readonly stamps: readonly { readonly token: Uint8Array; readonly stamped: Uint8Array }[];
}

export interface SignedXml {
  readonly signatures: readonly XmlSignature[];
  /** The document element as it was signed, in canonical form, without its signatures. */
  readonly content: string;
}

/** Throws AttestationFault. */
export function checkSignedXml(xml: Xml, book: CertificateBook, bytes: Uint8Array): SignedXml {
  const document = parseXml(xml, bytes);
  try {
    const found = document.find("//ds:Signature", namespaces);
    if (found.length === 0) throw new AttestationFault("unverifiable", "non è firmato");
    for (const signature of found) requireEnveloped(document, signature);
    const content = canonicalizeWithout(xml, bytes, { mode: 0, gone: "all" });
    const signatures = found.map((signature, index) =>
      checkSignature({ xml, book, bytes, document }, signature as XmlElement, index),
    );
    return { signatures, content };
  } finally {
    document.dispose();
  }
}

interface Read {
  readonly xml: Xml;
  readonly book: CertificateBook;
  readonly bytes: Uint8Array;
  readonly document: XmlDocument;
}

/** Elsewhere it may be over something that nobody reads: a wrapping attack. */
function requireEnveloped(document: XmlDocument, signature: XmlNode): void {
  if (signature.parent?.isSameNode(document.root) !== true)
    throw new AttestationFault(
      "altered",
      "la firma non sta nel documento che dovrebbe firmare: può essere di un altro",
    );
}

function checkSignature(read: Read, signature: XmlElement, index: number): XmlSignature {
  const { document } = read;
  const references = readReferences(document, signature);
  for (const reference of references) checkReference(read, reference, index);
  const properties = requireProperties(signature, references);
  const certificates = signature
    .find("ds:KeyInfo/ds:X509Data/ds:X509Certificate", namespaces)
    .map(({ content }) => readBase64(content));
  const signer = findSigner(read.book, properties, certificates);
  if (!isVerified(signature, signer.x509.publicKey))
    throw new AttestationFault("altered", "la firma non corrisponde al suo certificato");
  return {
    signer,
    certificates,
    claimedAt: readXmlText(properties, "xades:SignedSignatureProperties/xades:SigningTime"),
    stamps: listStamps(signature),
  };
}

/** Over the document or a part of the signature itself, in the canonical form that it names. */
function checkReference({ xml, bytes }: Read, reference: Reference, index: number): void {
  const { digest, value, mode, prefixes, target } = reference;
  const options = { mode, ...(prefixes.length > 0 && { inclusiveNamespacePrefixes: prefixes }) };
  const octets =
    target === "document"
      ? canonicalizeWithout(xml, bytes, {
          ...options,
          gone: reference.removesAll ? "all" : index,
          isRootAlone: reference.isRootAlone,
        })
      : target.canonicalizeToString(options);
  if (createHash(digest).update(octets).digest("base64") !== value)
    throw new AttestationFault(
      "altered",
      target === "document"
        ? "il contenuto non è quello che è stato firmato"
        : "le proprietà della firma non sono quelle che sono state firmate",
    );
}

interface Canonical {
  readonly mode: Reference["mode"];
  readonly inclusiveNamespacePrefixes?: string[];
  /** Which of its signatures are left out. */
  readonly gone: number | "all";
  readonly isRootAlone?: boolean;
}

/** A copy of its own is read: the signature that is looked at stays where it is. */
function canonicalizeWithout(
  xml: Xml,
  bytes: Uint8Array,
  { gone, isRootAlone = true, ...options }: Canonical,
): string {
  const copy = parseXml(xml, bytes);
  try {
    for (const [index, signature] of copy.find("//ds:Signature", namespaces).entries())
      if (gone === "all" || gone === index) (signature as XmlElement).remove();
    return (isRootAlone ? copy.root : copy).canonicalizeToString(options);
  } finally {
    copy.dispose();
  }
}

/** The signed properties of XAdES, which the signature covers and which name its certificate. */
function requireProperties(signature: XmlElement, references: readonly Reference[]): XmlNode {
  const own = findOnlyNode(
    signature,
    "ds:Object/xades:QualifyingProperties[xades:SignedProperties]",
  );
  const found = findOnlyNode(signature, ".//xades:SignedProperties");
  const covered = references.filter(({ isProperties }) => isProperties);
  const [first] = covered;
  const name = readXmlText(signature, "@Id");
  if (
    own === null ||
    found === null ||
    first === undefined ||
    first.target === "document" ||
    covered.length !== 1 ||
    !first.target.isSameNode(found) ||
    found.parent?.isSameNode(own) !== true ||
    readXmlText(own, "@Target") !== `#${name ?? ""}`
  )
    throw new AttestationFault(
      "unverifiable",
      "la firma non è XAdES: non dice quale certificato è del firmatario",
    );
  return found;
}

/** The first that the properties name, by its digest. */
function findSigner(
  book: CertificateBook,
  properties: XmlNode,
  certificates: readonly Uint8Array[],
): CertificateFacts {
  const base = "xades:SignedSignatureProperties";
  const [first] = properties.find(
    `${base}/xades:SigningCertificateV2/xades:Cert | ${base}/xades:SigningCertificate/xades:Cert`,
    namespaces,
  );
  const uri = first && readXmlText(first, "xades:CertDigest/ds:DigestMethod/@Algorithm");
  const digest = digestUris.get(uri ?? "");
  if (first === undefined || digest === undefined)
    throw new AttestationFault(
      "unverifiable",
      "la firma non nomina il suo certificato con un'impronta robusta",
    );
  const value = readXmlText(first, "xades:CertDigest/ds:DigestValue");
  const der = certificates.find((one) => createHash(digest).update(one).digest("base64") === value);
  if (der === undefined)
    throw new AttestationFault("altered", "il certificato non è quello che la firma nomina");
  try {
    return book.read(der);
  } catch (error) {
    throw new AttestationFault("unverifiable", "il certificato non si può leggere", error);
  }
}

interface Method {
  readonly digest: DigestName;
  readonly key: "rsa" | "rsa-pss" | "ec";
}

/** RFC 9231; those with SHA-1 are left out. */
const methods = new Map<string, Method>(
  (["sha256", "sha384", "sha512"] as const).flatMap(
    (digest): readonly (readonly [string, Method])[] => [
      [`http://www.w3.org/2001/04/xmldsig-more#rsa-${digest}`, { digest, key: "rsa" }],
      [`http://www.w3.org/2001/04/xmldsig-more#ecdsa-${digest}`, { digest, key: "ec" }],
      [`http://www.w3.org/2007/05/xmldsig-more#${digest}-rsa-MGF1`, { digest, key: "rsa-pss" }],
    ],
  ),
);

function isVerified(signature: XmlElement, key: KeyObject): boolean {
  const info = findOnlyNode(signature, "ds:SignedInfo");
  const value = readXmlText(signature, "ds:SignatureValue");
  const canonical = info && findOnlyNode(info, "ds:CanonicalizationMethod");
  const form = canonicalModes.get((canonical && readXmlText(canonical, "@Algorithm")) ?? "");
  const method = methods.get((info && readXmlText(info, "ds:SignatureMethod/@Algorithm")) ?? "");
  if (
    info === null ||
    value === null ||
    canonical === null ||
    form === undefined ||
    method === undefined
  )
    throw new AttestationFault(
      "unverifiable",
      "la firma usa un modo di firmare che qui non si conosce, o debole",
    );
  if (!isStrongKey(key))
    throw new AttestationFault("unverifiable", "la chiave di firma è troppo corta");
  if ((key.asymmetricKeyType === "ec") !== (method.key === "ec")) return false;
  const prefixes = readPrefixes(canonical);
  const octets = info.canonicalizeToString({
    ...form,
    ...(prefixes.length > 0 && { inclusiveNamespacePrefixes: prefixes }),
  });
  const options = {
    rsa: { key, padding: constants.RSA_PKCS1_PADDING },
    "rsa-pss": {
      key,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    },
    ec: { key, dsaEncoding: "ieee-p1363" },
  } as const;
  return verify(method.digest, Buffer.from(octets), options[method.key], readBase64(value));
}

function listStamps(signature: XmlElement): XmlSignature["stamps"] {
  const value = findOnlyNode(signature, "ds:SignatureValue");
  if (value === null) return [];
  const found = signature.find(
    "ds:Object/xades:QualifyingProperties/xades:UnsignedProperties/xades:UnsignedSignatureProperties/xades:SignatureTimeStamp",
    namespaces,
  );
  return found.flatMap((stamp) => {
    const named = readXmlText(stamp, "ds:CanonicalizationMethod/@Algorithm");
    const form = named === null ? { mode: 0 as const } : canonicalModes.get(named);
    const token = readXmlText(stamp, "xades:EncapsulatedTimeStamp");
    if (form === undefined || token === null) return [];
    const stamped = Buffer.from(value.canonicalizeToString(form));
    return [{ token: readBase64(token), stamped }];
  });
}

function readBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replaceAll(/\s+/g, ""), "base64"));
}
