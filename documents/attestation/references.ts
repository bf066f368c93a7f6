/** What a signature says that it is over: the whole document without its signatures, and parts of itself. Anything else is refused, for nobody would look at it. */
import type { XmlDocument, XmlElement, XmlNode } from "libxml2-wasm";
import type { DigestName } from "../verify/algorithms.ts";
import { AttestationFault } from "./fault.ts";
import { namespaces, readXmlText } from "./xml.ts";

export interface Reference {
  readonly digest: DigestName;
  /** Base64. */
  readonly value: string;
  readonly target: "document" | XmlElement;
  /** Of the canonical form, as libxml2 numbers it. */
  readonly mode: 0 | 1 | 2;
  readonly prefixes: string[];
  /** All signatures are left out, not this one alone. */
  readonly removesAll: boolean;
  /** The document element, and nothing that stands beside it. */
  readonly isRootAlone: boolean;
  /** Of XAdES: what the signer says of the signature. */
  readonly isProperties: boolean;
}

const c14n = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
const exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#";
const c14n11 = "http://www.w3.org/2006/12/xml-c14n11";

/** Canonical forms by their names. */
export const canonicalModes: ReadonlyMap<
  string,
  { readonly mode: Reference["mode"]; readonly withComments: boolean }
> = new Map([
  [c14n, { mode: 0, withComments: false }],
  [`${c14n}#WithComments`, { mode: 0, withComments: true }],
  [exclusive, { mode: 1, withComments: false }],
  [`${exclusive}WithComments`, { mode: 1, withComments: true }],
  [c14n11, { mode: 2, withComments: false }],
  [`${c14n11}#WithComments`, { mode: 2, withComments: true }],
] as const);

const enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const filter = "http://www.w3.org/2002/06/xmldsig-filter2";
const propertiesType = "http://uri.etsi.org/01903#SignedProperties";

/** Digests by their names, those that are strong enough. */
export const digestUris: ReadonlyMap<string, DigestName> = new Map([
  ["http://www.w3.org/2001/04/xmlenc#sha256", "sha256"],
  ["http://www.w3.org/2001/04/xmldsig-more#sha384", "sha384"],
  ["http://www.w3.org/2001/04/xmlenc#sha512", "sha512"],
]);

/** Throws AttestationFault where one is not known, or the document is not among them exactly once. */
export function readReferences(document: XmlDocument, signature: XmlElement): readonly Reference[] {
  const found = signature
    .find("ds:SignedInfo/ds:Reference", namespaces)
    .map((node) => readReference(document, signature, node));
  if (found.filter(({ target }) => target === "document").length !== 1)
    throw new AttestationFault("altered", "la firma non copre il documento intero");
  return found;
}

function readReference(document: XmlDocument, signature: XmlElement, node: XmlNode): Reference {
  const digest = digestUris.get(readXmlText(node, "ds:DigestMethod/@Algorithm") ?? "");
  const value = readXmlText(node, "ds:DigestValue");
  const uri = readXmlText(node, "@URI");
  if (digest === undefined || value === null || uri === null)
    throw new AttestationFault(
      "unverifiable",
      "la firma usa un'impronta debole, o non dice che cosa firma",
    );
  const target = findTarget(document, signature, uri);
  return {
    digest,
    value: value.replaceAll(/\s+/g, ""),
    target,
    isRootAlone: uri !== "",
    isProperties: readXmlText(node, "@Type") === propertiesType,
    ...readTransforms(node, target === "document"),
  };
}

/** By an id that stands there once: two would let one be checked and the other be read. */
function findTarget(
  document: XmlDocument,
  signature: XmlElement,
  uri: string,
): Reference["target"] {
  if (uri === "") return "document";
  const id = uri.slice(1);
  if (!/^#[\p{L}_][\p{L}\p{N}_.-]*$/u.test(uri))
    throw new AttestationFault("unverifiable", "la firma copre qualcosa che sta fuori dal file");
  const found = document.find(`//*[@*[translate(local-name(), 'ID', 'id') = 'id'] = '${id}']`);
  const [target] = found;
  if (target === undefined || found.length > 1)
    throw new AttestationFault(
      "altered",
      "la firma nomina una parte che non c'è, o che c'è due volte",
    );
  if (target.isSameNode(document.root)) return "document";
  let above: XmlNode | null = target;
  while (above !== null && !above.isSameNode(signature)) above = above.parent;
  if (above === null)
    throw new AttestationFault(
      "altered",
      "la firma copre una parte del documento e non il documento intero",
    );
  return target as XmlElement;
}

type Transforms = Pick<Reference, "mode" | "prefixes" | "removesAll">;

/** At most: the signature is left out, then a canonical form. */
function readTransforms(reference: XmlNode, isDocument: boolean): Transforms {
  const steps = reference.find("ds:Transforms/ds:Transform", namespaces);
  const names = steps.map((step) => readXmlText(step, "@Algorithm") ?? "");
  const [first = ""] = names;
  const leavesOut = first === enveloped || (first === filter && isSubtractingAll(steps[0]));
  if (isDocument && !leavesOut) throw new AttestationFault("unverifiable", unknownTransform);
  const [form = c14n, ...others] = leavesOut ? names.slice(1) : names;
  const known = canonicalModes.get(form);
  if (known === undefined || others.length > 0 || (leavesOut && !isDocument))
    throw new AttestationFault("unverifiable", unknownTransform);
  const last = steps.at(-1);
  return {
    mode: known.mode,
    prefixes: last === undefined ? [] : readPrefixes(last),
    removesAll: first === filter,
  };
}

/** What exclusive canonical form keeps of the namespaces around, as a method or a transform says it. */
export function readPrefixes(method: XmlNode): string[] {
  const lists = method.find(
    `*[local-name() = 'InclusiveNamespaces' and namespace-uri() = '${exclusive}']/@PrefixList`,
  );
  return lists.flatMap(({ content }) => content.split(/\s+/)).filter((prefix) => prefix !== "");
}

const unknownTransform = "la firma prepara il documento in un modo che qui non si conosce";

/** Programs of Italian authorities write so what others write as an enveloped signature. Source: XML-Signature XPath Filter 2.0. */
function isSubtractingAll(step: XmlNode | undefined): boolean {
  if (step === undefined) return false;
  const filters = step.find(`*[local-name() = 'XPath' and namespace-uri() = '${filter}']`);
  const [only] = filters;
  if (only === undefined || filters.length !== 1) return false;
  const path = only.content.trim();
  const [, prefix = ""] = /^\/descendant::([A-Za-z_][\w.-]*):Signature$/.exec(path) ?? [];
  return (
    readXmlText(only, "@Filter") === "subtract" &&
    prefix !== "" &&
    only.eval(`string(namespace::*[name() = '${prefix}'])`) === namespaces.ds
  );
}
