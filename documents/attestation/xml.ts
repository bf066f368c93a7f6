/** libxml2, loaded when the first attestation is read, and XML that may be judged. */
import type * as Libxml2 from "libxml2-wasm";
import type { XmlDocument, XmlNode } from "libxml2-wasm";
import { AttestationFault } from "./fault.ts";

export type Xml = typeof Libxml2;

/** Namespaces by the prefixes that paths here use. */
export const namespaces = {
  ds: "http://www.w3.org/2000/09/xmldsig#",
  xades: "http://uri.etsi.org/01903/v1.3.2#",
} as const;

/** A megabyte of WebAssembly: only who has an attestation to read pays for it. */
export async function loadXml(): Promise<Xml> {
  return await import("libxml2-wasm");
}

/** Throws AttestationFault where it is not well-formed, or says what it means elsewhere (a DTD). The caller disposes. */
export function parseXml({ XmlDocument, ParseOption }: Xml, bytes: Uint8Array): XmlDocument {
  const { XML_PARSE_NONET, XML_PARSE_NO_XXE } = ParseOption;
  let document: XmlDocument;
  try {
    document = XmlDocument.fromBuffer(bytes, { option: XML_PARSE_NONET | XML_PARSE_NO_XXE });
  } catch (error) {
    throw new AttestationFault("unverifiable", "non è un XML che si possa leggere", error);
  }
  if (document.dtd === null) return document;
  document.dispose();
  // Entities could show one thing here and another elsewhere.
  throw new AttestationFault("unverifiable", "contiene una DTD, che un'attestazione non ha");
}

/** The only node at this path; `null`: there is none, or there are several. */
export function findOnlyNode(node: XmlNode | XmlDocument, path: string): XmlNode | null {
  const found = node.find(path, namespaces);
  return found.length === 1 ? (found[0] ?? null) : null;
}

/** The text of the only node at this path, without blanks around it; `null`: see `findOnlyNode`. */
export function readXmlText(node: XmlNode | XmlDocument, path: string): string | null {
  return findOnlyNode(node, path)?.content.trim() ?? null;
}
