/** Who carries letters and attests by a signed XML what became of them («full digital»). The schema is ours, for that of the real carrier is not published: nothing here may be taken for it. */
import { createHash, type KeyObject, X509Certificate } from "node:crypto";
import { strToU8, zipSync } from "fflate";
import { SignedXml } from "xml-crypto";

/** What SEND's timeline says of the letter. */
export interface LetterFacts {
  /** 23L, ARCAD, AR, Plico, …. */
  readonly kind: string;
  /** The registered letter. */
  readonly letter: string;
  /** RECAG001B, …. */
  readonly code: string;
  readonly cause?: string;
  /** ISO 8601 UTC. */
  readonly at: string;
}

/** A key with its certificates, its own first. */
export interface CarrierKey {
  readonly privateKey: KeyObject;
  readonly chain: readonly Uint8Array[];
}

/** Name of the invented schema, as its file and its namespace say it. */
export const inventedSchema = "Schema_simulato_Postino_v.1.0.xsd";
const namespace = "urn:postino:vettore-simulato:v1";
const ds = "http://www.w3.org/2000/09/xmldsig#";
const xades = "http://uri.etsi.org/01903/v1.3.2#";
const sha256 = "http://www.w3.org/2001/04/xmlenc#sha256";
const c14n = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
const algorithms = {
  signatureAlgorithm: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
  canonicalizationAlgorithm: c14n,
};

const schema = `<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:ds="${ds}" xmlns="${namespace}" targetNamespace="${namespace}" elementFormDefault="qualified">
  <xs:annotation><xs:documentation>Schema inventato per i simulatori di Postino: non e' quello di alcun vettore.</xs:documentation></xs:annotation>
  <xs:import namespace="${ds}" schemaLocation="http://www.w3.org/TR/2002/REC-xmldsig-core-20020212/xmldsig-core-schema.xsd"/>
  <xs:element name="AttestazioneSimulata">
    <xs:complexType>
      <xs:sequence>
        <xs:element name="Avvertenza" type="xs:string"/>
        <xs:element name="Modello" type="xs:string"/>
        <xs:element name="CodiceOggetto"><xs:simpleType><xs:restriction base="xs:string"><xs:pattern value="[0-9A-Z]{6,20}"/></xs:restriction></xs:simpleType></xs:element>
        <xs:element name="Esito" type="xs:string"/>
        <xs:element name="Causa" type="xs:string" minOccurs="0"/>
        <xs:element name="DataOra" type="xs:dateTime"/>
        <xs:element ref="ds:Signature"/>
      </xs:sequence>
      <xs:attribute name="Id" type="xs:ID" use="required"/>
    </xs:complexType>
  </xs:element>
</xs:schema>
`;

/** The XML of one letter, signed by XAdES from within. */
export function writeAttestation(key: CarrierKey, facts: LetterFacts): string {
  const { kind, letter, code, cause, at } = facts;
  const fields = [
    ["Avvertenza", "Documento simulato, senza valore"],
    ["Modello", kind],
    ["CodiceOggetto", letter],
    ["Esito", code],
    ...(cause === undefined ? [] : [["Causa", cause] as const]),
    ["DataOra", at],
  ] as const;
  const body = fields.map(([name, text]) => `<${name}>${escapeText(text)}</${name}>`).join("");
  return signXml(
    key,
    `<AttestazioneSimulata xmlns="${namespace}" Id="documento">${body}</AttestazioneSimulata>`,
    at,
  );
}

/** Any XML, signed over its document element from within; `at`: what the signer says. */
export function signXml({ privateKey, chain }: CarrierKey, xml: string, at: string): string {
  const [own] = chain;
  if (own === undefined) throw new Error("no certificate");
  const signer = new SignedXml({
    ...algorithms,
    privateKey: privateKey.export({ format: "pem", type: "pkcs8" }),
    publicCert: new X509Certificate(Buffer.from(own)).toString(),
    objects: [{ content: buildProperties(own, at) }],
  });
  signer.addReference({
    xpath: "/*",
    isEmptyUri: true,
    digestAlgorithm: sha256,
    transforms: [`${ds}enveloped-signature`, c14n],
  });
  signer.addReference({
    xpath: "//*[local-name(.)='SignedProperties']",
    digestAlgorithm: sha256,
    transforms: [c14n],
    type: "http://uri.etsi.org/01903#SignedProperties",
  });
  const location = { reference: "/*", action: "append" } as const;
  signer.computeSignature(xml, { prefix: "ds", attrs: { Id: "firma" }, location });
  return signer.getSignedXml();
}

function buildProperties(certificate: Uint8Array, at: string): string {
  const digest = createHash("sha256").update(certificate).digest("base64");
  const cert = `<xades:Cert><xades:CertDigest><ds:DigestMethod Algorithm="${sha256}"/><ds:DigestValue>${digest}</ds:DigestValue></xades:CertDigest></xades:Cert>`;
  const signed = `<xades:SigningTime>${at}</xades:SigningTime><xades:SigningCertificateV2>${cert}</xades:SigningCertificateV2>`;
  return `<xades:QualifyingProperties xmlns:xades="${xades}" xmlns:ds="${ds}" Target="#firma"><xades:SignedProperties Id="proprieta"><xades:SignedSignatureProperties>${signed}</xades:SignedSignatureProperties></xades:SignedProperties></xades:QualifyingProperties>`;
}

/** The archive as it is handed out: the XML that proves, its schema, a PDF to read. */
export function packAttestation(key: CarrierKey, facts: LetterFacts): Uint8Array {
  const stem = `${facts.letter}_${facts.kind.replaceAll(/[^A-Za-z0-9]/g, "-")}`;
  const files = {
    [`${stem}.xml`]: strToU8(writeAttestation(key, facts)),
    [inventedSchema]: strToU8(schema),
    [`${stem}.pdf`]: strToU8("%PDF-1.4\n% da leggere, senza firma\n%%EOF\n"),
  };
  // The same letter gives the same bytes.
  return zipSync(files, { mtime: new Date(Date.parse(facts.at)) });
}

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
