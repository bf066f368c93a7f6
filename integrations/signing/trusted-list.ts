/** Takes the certification authorities out of a national trusted list (ETSI TS 119 612, XML). */
import { X509Certificate } from "node:crypto";

export interface TrustedList {
  /** Scheme operator, in English where the list has it: `Agency for Digital Italy`. */
  readonly operator: string;
  readonly sequence: string;
  /** ISO 8601 as the list says it; empty when it does not. */
  readonly issuedAt: string;
  /** When the next list is due, in milliseconds; `null`: the list says that it is closed. */
  readonly nextUpdateMs: number | null;
  /** DER certificates of the services that are granted now; what they were earlier does not count. */
  readonly authorities: readonly Uint8Array[];
  /** Certificates of such services that cannot be read here. */
  readonly unreadable: number;
}

const services = "http://uri.etsi.org/TrstSvc/";
/** Authorities for qualified certificates and for qualified time stamps. */
const certificates = `${services}Svctype/CA/QC`;
const kinds = new Set([certificates, `${services}Svctype/TSA/QTST`]);
const granted = `${services}TrustedList/Svcstatus/granted`;
/** What certificates of an authority may be for, where the list says it: a site's certificate signs no verbale. */
const purposes = `${services}TrustedList/SvcInfoExt/`;
const forDocuments = new Set([`${purposes}ForeSignatures`, `${purposes}ForeSeals`]);

/**
 * Reads a list. Its own signature is not checked: that would need the certificate of its operator, which comes the same way as the list.
 * A person confirms the file instead (trust-anchors.ts). Throws a plain Error when the text is no trusted list.
 */
export function readTrustedList(xml: string, nowMs: number): TrustedList {
  const text = xml.replaceAll(/<!--[\s\S]*?-->/g, "");
  if (!/<(?:\w+:)?TrustServiceStatusList[\s>]/.test(text)) throw new Error("no trusted list");
  const [scheme = ""] = listElements(text, "SchemeInformation");
  const [operators = ""] = listElements(scheme, "SchemeOperatorName");
  const [next = ""] = listElements(scheme, "NextUpdate");
  const found = new Map<string, Uint8Array>();
  let unreadable = 0;
  for (const service of listElements(text, "TSPService")) {
    const [current] = listElements(service, "ServiceInformation");
    if (current === undefined || !isForUs(current, nowMs)) continue;
    for (const base64 of listElements(current, "X509Certificate")) {
      const der = parseCertificate(base64);
      if (der === null) unreadable += 1;
      else found.set(Buffer.from(der).toString("base64"), der);
    }
  }
  const nextUpdateMs = Date.parse(findElementText(next, "dateTime"));
  return {
    operator: findElementText(operators, "Name"),
    sequence: findElementText(scheme, "TSLSequenceNumber"),
    issuedAt: findElementText(scheme, "ListIssueDateTime"),
    nextUpdateMs: Number.isNaN(nextUpdateMs) ? null : nextUpdateMs,
    authorities: [...found.values()],
    unreadable,
  };
}

/** Granted by now, of a kind that we need, for signatures or seals where it says for what. */
function isForUs(service: string, nowMs: number): boolean {
  const kind = findElementText(service, "ServiceTypeIdentifier");
  if (!kinds.has(kind) || findElementText(service, "ServiceStatus") !== granted) return false;
  // A service without a date would be against the standard; its status is taken at its word.
  if (Date.parse(findElementText(service, "StatusStartingTime")) > nowMs) return false;
  const told = listElements(service, "URI")
    .map((uri) => uri.trim())
    .filter((uri) => uri.startsWith(`${purposes}For`));
  return kind !== certificates || told.length === 0 || told.some((uri) => forDocuments.has(uri));
}

function parseCertificate(base64: string): Uint8Array | null {
  try {
    return new Uint8Array(new X509Certificate(Buffer.from(base64, "base64")).raw);
  } catch {
    return null;
  }
}

function findElementText(xml: string, name: string): string {
  return listElements(xml, name)[0]?.trim() ?? "";
}

/** The contents of all elements of a name, whatever their prefix; these never contain themselves. */
function listElements(xml: string, name: string): readonly string[] {
  const pattern = new RegExp(
    `<((?:[\\w-]+:)?)${name}(?:\\s[^>]*)?>([\\s\\S]*?)</\\1${name}\\s*>`,
    "g",
  );
  return [...xml.matchAll(pattern)].map((match) => match[2] ?? "");
}
