/** What a carrier's file proves: who signed which of its XML and when, over what, and by which schema. */
import { readArchive } from "../archive/read.ts";
import { createCertificateBook, type CertificateFacts } from "../verify/certificates.ts";
import { createRevocationBook } from "../verify/revocation.ts";
import { findProvenInstant, readStamp } from "../verify/timestamp.ts";
import { type Books, refuseUntrusted, type TrustPolicy } from "../verify/trust.ts";
import { type RefusalCode, SignatureRefused } from "../verify/verdict.ts";
import { AttestationFault, type FaultState } from "./fault.ts";
import { checkSchema, type NamedBytes, type SchemaVerdict } from "./schema.ts";
import { checkSignedXml, type XmlSignature } from "./xml-signature.ts";
import { loadXml, parseXml, type Xml } from "./xml.ts";

export interface AttestationPolicy extends Omit<TrustPolicy, "codiceFiscale"> {
  readonly nowMs: number;
  /** SHA-256 of the schemas that the office has looked at. */
  readonly confirmedSchemas: readonly string[];
}

/** One signature of an XML. */
export interface AttestationSigner {
  /** Organisation, else common name, as the certificate has it. */
  readonly name: string;
  /** ISO 8601 UTC: proved by a time stamp of a trusted authority, else as the signer says; `null`: nobody says. */
  readonly at: string | null;
  readonly isTimeProven: boolean;
}

/** One XML of the file. `valid`: signed over all of it by somebody who is trusted. */
export interface Attestation {
  readonly file: string;
  readonly state: "valid" | FaultState;
  /** Italian, without capital and full stop; empty where it is valid. */
  readonly reason: string;
  readonly signers: readonly AttestationSigner[];
  readonly schema: SchemaVerdict;
  /** Texts and attributes of what was signed, each once; empty where nothing is. */
  readonly values: ReadonlySet<string>;
  /** Those named CodiceOggetto: the registered letter. Source: XSD of the 23I. */
  readonly letters: readonly string[];
}

export interface ReadAttestations {
  readonly attestations: readonly Attestation[];
  /** Files beside them that prove nothing by themselves: the PDF is for reading. */
  readonly others: readonly string[];
}

/** Of an archive of documents, each far smaller. */
const limits = { entries: 100, entryBytes: 20_000_000, totalBytes: 50_000_000 };

/** `null`: the file is no archive and no XML. Throws SignatureRefused (`ARCHIVE`) where the archive cannot be used. */
export async function readAttestations(
  file: NamedBytes,
  policy: AttestationPolicy,
): Promise<ReadAttestations | null> {
  const files = await listFiles(file);
  if (files === null) return null;
  const isXml = ({ name }: NamedBytes): boolean => /\.xml$/i.test(name);
  const isSchema = ({ name }: NamedBytes): boolean => /\.xsd$/i.test(name);
  const schemas = files.filter(isSchema);
  const found = files.filter(isXml);
  if (found.length === 0) return { attestations: [], others: files.map(({ name }) => name) };
  const xml = await loadXml();
  const books: Books = {
    book: createCertificateBook(),
    revocations: createRevocationBook(policy.revocationLists ?? []),
  };
  return {
    attestations: found.map((one) => judgeXml({ xml, books, policy, schemas }, one)),
    others: files.filter((one) => !isXml(one) && !isSchema(one)).map(({ name }) => name),
  };
}

async function listFiles({ name, bytes }: NamedBytes): Promise<readonly NamedBytes[] | null> {
  if (/\.xml$/i.test(name)) return [{ name, bytes }];
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b) return null;
  const files: NamedBytes[] = [];
  const source = {
    size: bytes.length,
    slice: (start: number, end: number) => Promise.resolve(bytes.subarray(start, end)),
  };
  for await (const entry of readArchive(source, limits)) {
    if (entry.bytes === null)
      throw new SignatureRefused("ARCHIVE", entry.reason ?? "l'archivio ZIP è danneggiato");
    files.push({ name: entry.name, bytes: entry.bytes });
  }
  return files;
}

interface Judging {
  readonly xml: Xml;
  readonly books: Books;
  readonly policy: AttestationPolicy;
  readonly schemas: readonly NamedBytes[];
}

function judgeXml(judging: Judging, { name, bytes }: NamedBytes): Attestation {
  const { xml, books, policy, schemas } = judging;
  const schema = checkSchema(xml, bytes, { schemas, confirmed: policy.confirmedSchemas });
  const none = { file: name, schema, values: new Set<string>(), letters: [] };
  try {
    const signed = checkSignedXml(xml, books.book, bytes);
    const content = readContent(xml, signed.content);
    const judged = signed.signatures.map((signature) => judgeSigner(judging, signature));
    const reasons = judged.flatMap(({ reason }) => reason ?? []);
    return {
      file: name,
      schema,
      ...content,
      state: reasons.length === 0 ? "valid" : "unverifiable",
      reason: [...new Set(reasons)].join("; "),
      signers: judged.map(({ signer }) => signer),
    };
  } catch (error) {
    if (!(error instanceof AttestationFault)) throw error;
    return { ...none, state: error.state, reason: error.reason, signers: [] };
  }
}

interface JudgedSigner {
  readonly signer: AttestationSigner;
  /** `null`: trusted. */
  readonly reason: string | null;
}

function judgeSigner({ books, policy }: Judging, signature: XmlSignature): JudgedSigner {
  const { signer, certificates, claimedAt } = signature;
  const proven = proveInstant(books, policy, signature);
  const claimedMs = Date.parse(claimedAt ?? "");
  const atMs = proven ?? (Number.isNaN(claimedMs) ? null : claimedMs);
  const told: AttestationSigner = {
    name: nameSigner(signer),
    at: atMs === null ? null : new Date(atMs).toISOString(),
    isTimeProven: proven !== null,
  };
  if (policy.trustAnchors.length === 0)
    return {
      signer: told,
      reason:
        "chi ha firmato non si può verificare: l'ente non ha indicato le autorità di certificazione («signing: trust:»)",
    };
  try {
    const everybody = { ...policy, codiceFiscale: null };
    refuseUntrusted(books, signer, certificates, everybody, proven ?? policy.nowMs);
    return { signer: told, reason: null };
  } catch (error) {
    if (!(error instanceof SignatureRefused)) throw error;
    return { signer: told, reason: trustReasons[error.code] ?? error.reason };
  }
}

const trustReasons: Readonly<Partial<Record<RefusalCode, string>>> = {
  SIGNER_UNTRUSTED: "il certificato non viene da un'autorità ammessa dall'ente",
  SIGNER_EXPIRED:
    "il certificato è scaduto, e nessuna marca temporale di un'autorità ammessa prova che la firma è di prima",
  SIGNER_REVOKED: "il certificato era revocato o sospeso",
  SIGNER_NOT_QUALIFIED_FOR_SIGNING:
    "il certificato non è qualificato, o non è di firma o di sigillo",
};

/** Of the time stamps of the signature, the first that a trusted authority gave; `null`: none, or over something else. */
function proveInstant(
  books: Books,
  { trustAnchors, nowMs }: AttestationPolicy,
  { stamps }: XmlSignature,
): number | null {
  for (const { token, stamped } of stamps)
    try {
      const stamp = readStamp(books.book, token, [stamped], nowMs);
      const proven = findProvenInstant(books, stamp, trustAnchors, nowMs);
      if (proven !== null) return proven;
    } catch (error) {
      // One that is over something else proves nothing; the signature is judged without it.
      if (!(error instanceof SignatureRefused)) throw error;
    }
  return null;
}

/** A carrier signs as an organisation; a person by the common name. */
function nameSigner({ certificate }: CertificateFacts): string {
  const names = certificate.subject.typesAndValues;
  const find = (type: string): string | undefined =>
    names.find((one) => one.type === type)?.value.valueBlock.value;
  return find("2.5.4.10") ?? find("2.5.4.3") ?? "sconosciuto";
}

function readContent(xml: Xml, content: string): Pick<Attestation, "values" | "letters"> {
  const document = parseXml(xml, new TextEncoder().encode(content));
  try {
    const read = (path: string): readonly string[] =>
      document.find(path).map((node) => node.content.trim());
    return {
      values: new Set(read("//*[not(*)] | //@*")),
      letters: read("//*[local-name() = 'CodiceOggetto']"),
    };
  } finally {
    document.dispose();
  }
}
