/** Takes the certification authorities out of a national trusted list (ETSI TS 119 612, XML); used by trust-anchors.ts. */
import { X509Certificate } from "node:crypto";

const services = "http://uri.etsi.org/TrstSvc/";
/** Authorities for qualified certificates and for qualified time stamps. */
const kinds = new Set([`${services}Svctype/CA/QC`, `${services}Svctype/TSA/QTST`]);
const granted = `${services}TrustedList/Svcstatus/granted`;

/**
 * DER certificates of the services that are granted now; what they were earlier does not count.
 * The list's own signature is not checked: it comes from a person, as every file of the folder does.
 * Throws a plain Error when the text is no trusted list.
 */
export function readTrustedList(xml: string): readonly Uint8Array[] {
  const text = xml.replaceAll(/<!--[\s\S]*?-->/g, "");
  if (!/<(?:\w+:)?TrustServiceStatusList[\s>]/.test(text)) throw new Error("no trusted list");
  const found = new Map<string, Uint8Array>();
  for (const service of elements(text, "TSPService")) {
    const [current] = elements(service, "ServiceInformation");
    if (current === undefined) continue;
    const kind = elements(current, "ServiceTypeIdentifier")[0]?.trim() ?? "";
    const status = elements(current, "ServiceStatus")[0]?.trim() ?? "";
    if (!kinds.has(kind) || status !== granted) continue;
    for (const base64 of elements(current, "X509Certificate")) {
      const der = new Uint8Array(new X509Certificate(Buffer.from(base64, "base64")).raw);
      found.set(Buffer.from(der).toString("base64"), der);
    }
  }
  return [...found.values()];
}

/** The contents of all elements of a name, whatever their prefix; these never contain themselves. */
function elements(xml: string, name: string): readonly string[] {
  const pattern = new RegExp(
    `<((?:[\\w-]+:)?)${name}(?:\\s[^>]*)?>([\\s\\S]*?)</\\1${name}\\s*>`,
    "g",
  );
  return [...xml.matchAll(pattern)].map((match) => match[2] ?? "");
}
