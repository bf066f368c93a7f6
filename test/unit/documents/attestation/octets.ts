/** The octets that the parts of a signed XML are digested and signed by, as libxml2 makes them of what the XML itself says. */
import { XmlDocument, type XmlElement, type XmlNode } from "libxml2-wasm";

const forms: Readonly<Record<string, 0 | 1 | 2>> = {
  "http://www.w3.org/TR/2001/REC-xml-c14n-20010315": 0,
  "http://www.w3.org/2001/10/xml-exc-c14n#": 1,
  "http://www.w3.org/2006/12/xml-c14n11": 2,
};

export async function readOctets(
  text: string,
): Promise<{ readonly document: string; readonly properties: string; readonly info: string }> {
  const read = (path: string, whole: XmlDocument): XmlNode => {
    const found = whole.get(path);
    if (found === null) throw new Error(path);
    return found;
  };
  const find = (name: string): string => `//*[local-name() = '${name}']`;
  using whole = XmlDocument.fromString(text);
  const mode = forms[read(`${find("CanonicalizationMethod")}/@Algorithm`, whole).content] ?? 0;
  const properties = read(find("SignedProperties"), whole).canonicalizeToString({ mode });
  const info = read(find("SignedInfo"), whole).canonicalizeToString({ mode });
  (read(find("Signature"), whole) as XmlElement).remove();
  return { document: whole.canonicalizeToString({ mode }), properties, info };
}
