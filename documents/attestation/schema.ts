/** Whether an XML keeps to the schema that came with it: believed only where the office has confirmed that very file. */
import { createHash } from "node:crypto";
import { AttestationFault } from "./fault.ts";
import { namespaces, parseXml, type Xml } from "./xml.ts";

/** A file that came along. */
export interface NamedBytes {
  /** Last part of its name. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export type SchemaVerdict =
  | { readonly state: "absent" }
  /** `unconfirmed`: nobody of the office has looked at this file, and it is not used; `fault`: where the XML leaves it, in libxml2's words. */
  | {
      readonly state: "kept" | "left" | "unusable" | "unconfirmed";
      readonly name: string;
      readonly sha256: string;
      readonly isKnownName: boolean;
      readonly fault?: string;
    };

/** Source: PagoPA, knowledge base, «full digital»: names of the schemas of Poste, in the archive since 2025-05-13. */
const knownNames = [
  "Schema23L-v.1.0",
  "Schema23L_v.1.0daUP",
  "SchemaDIDAGE",
  "Schema_ARCAD",
  "Schema_23I_v.1.0",
  "Schema_23I_v.2.0",
  "Schema23I-v.1.0",
  "Schema_DIDRK",
];

/**
 * The first schema that the XML keeps to; else what is wrong with the one that comes nearest. One that is not confirmed comes from
 * whoever made the archive, and may be made to never end.
 */
export function checkSchema(
  xml: Xml,
  document: Uint8Array,
  {
    schemas,
    confirmed,
  }: { readonly schemas: readonly NamedBytes[]; readonly confirmed: readonly string[] },
): SchemaVerdict {
  const verdicts = schemas.map((schema): Exclude<SchemaVerdict, { state: "absent" }> => {
    const sha256 = createHash("sha256").update(schema.bytes).digest("hex");
    const isKnownName = knownNames.includes(schema.name.replace(/\.xsd$/i, ""));
    return {
      name: schema.name,
      sha256,
      isKnownName,
      ...(confirmed.includes(sha256)
        ? validate(xml, document, schema.bytes)
        : { state: "unconfirmed" }),
    };
  });
  const order = ["kept", "left", "unusable", "unconfirmed"];
  const [best] = verdicts.toSorted(
    (one, other) => order.indexOf(one.state) - order.indexOf(other.state),
  );
  return best ?? { state: "absent" };
}

function validate(
  xml: Xml,
  document: Uint8Array,
  schema: Uint8Array,
): { readonly state: "kept" | "left" | "unusable"; readonly fault?: string } {
  const { XsdValidator, XmlValidateError, xmlRegisterInputProvider, xmlCleanupInputProvider } = xml;
  const toFault = (error: unknown): string =>
    (error instanceof Error ? error.message : String(error)).split("\n")[0]?.slice(0, 200) ?? "";
  const opened = [];
  xmlRegisterInputProvider(createSchemaShelf(xml));
  try {
    const rules = parseXml(xml, schema);
    opened.push(rules);
    const validator = XsdValidator.fromDoc(rules);
    opened.push(validator);
    const judged = parseXml(xml, document);
    opened.push(judged);
    validator.validate(judged);
    return { state: "kept" };
  } catch (error) {
    if (error instanceof AttestationFault) return { state: "unusable", fault: error.reason };
    const isLeft = error instanceof XmlValidateError && opened.length === 3;
    return { state: isLeft ? "left" : "unusable", fault: toFault(error) };
  } finally {
    xmlCleanupInputProvider();
    for (const one of opened.toReversed()) one.dispose();
  }
}

/** Signatures are judged by themselves: here they are any element of their namespace. Whatever else a schema asks for from elsewhere is not there. */
function createSchemaShelf({ openBuffer, readBuffer, closeBuffer }: Xml) {
  const shelf = new Map(
    Object.values(namespaces).map((namespace) => [namespace, buildStandIn(namespace)] as const),
  );
  const find = (name: string): Uint8Array | undefined => {
    if (/xades/i.test(name)) return shelf.get(namespaces.xades);
    return /xmldsig/i.test(name) ? shelf.get(namespaces.ds) : undefined;
  };
  return {
    match: (name: string) => find(name) !== undefined,
    open: (name: string) => openBuffer(find(name) ?? new Uint8Array()),
    read: readBuffer,
    close(file: number) {
      closeBuffer(file);
      return true;
    },
  };
}

function buildStandIn(namespace: string): Uint8Array {
  const names = ["Signature", "QualifyingProperties"].map((name) => `<xs:element name="${name}"/>`);
  const open = `<xs:complexType name="SignatureType"><xs:complexContent><xs:extension base="xs:anyType"/></xs:complexContent></xs:complexType>`;
  return new TextEncoder().encode(
    `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="${namespace}">${open}${names.join("")}</xs:schema>`,
  );
}
