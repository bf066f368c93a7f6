/** What the three ways of signing share: which PDFs of a verbale are signed, preparing them, and putting the signatures in. */
import type { StoredArtifact } from "../../engine/host/files.ts";
import type { GroupContext } from "../../engine/step/context.ts";
import type { Item } from "../../engine/step/item.ts";
import type { Outcome } from "../../engine/step/outcome.ts";
import type { Pades, PreparedPades } from "../../documents/signature/pades.ts";
import { releaseBytes } from "../../engine/host/release.ts";
import { createPades } from "../../documents/signature/pades.ts";
import type { CertificateBook } from "../../documents/verify/certificates.ts";
import { createCertificateBook } from "../../documents/verify/certificates.ts";
import type { SignerInfo, SigningPort, TimestampPort } from "../../integrations/signing/port.ts";
import type { DocumentFile } from "../schemas/fields.ts";
import { fetchStamp } from "./stamp.ts";
import { readDocument } from "../schemas/lost-document.ts";

export interface SignConfig {
  readonly mode: "automatic" | "otp" | "upload";
  readonly signer: string;
  readonly notice: "sign" | "leave";
  readonly reason?: string;
}

export interface Documents {
  readonly documents: DocumentFile[];
}

export interface SignedDocuments {
  readonly signedDocuments: DocumentFile[];
}

export type SignItem = Item<Documents>;
export type SignContext = GroupContext<SignConfig, { readonly signing: SigningPort }>;
export type SignOutcome = Outcome<SignedDocuments>;

/** A document that is to come back signed. */
export interface Expected {
  readonly item: SignItem;
  readonly document: DocumentFile;
  readonly sha256: string;
  readonly bytes: number;
}

/** How every document of one entry into the step is signed; `signedAt` is the same throughout, so that preparing twice gives the same bytes. */
export interface Job {
  readonly ctx: SignContext;
  readonly info: SignerInfo;
  readonly pades: Pades;
  readonly signedAt: string;
  readonly timestamps: TimestampPort | null;
  /** Most bytes that a time stamp may take. */
  readonly timestampBytes: number;
  readonly book: CertificateBook;
}

// A token with the authority's certificates is 2.5 to 8 KB.
const timestampBytes = 12_288;

/** `signedAtMs`: the instant that every signature of this entry carries. */
export function createJob(ctx: SignContext, info: SignerInfo, signedAtMs: number): Job {
  const { timestamps } = ctx.services.signing;
  return {
    ctx,
    info,
    pades: createPades({
      chain: info.chain,
      algorithm: info.algorithm,
      ...(timestamps === null ? {} : { timestampBytes }),
    }),
    signedAt: new Date(signedAtMs).toISOString(),
    timestamps,
    timestampBytes,
    book: createCertificateBook(),
  };
}

/** The verbale is the legal act and always signed; the payment notice unless the pipeline leaves it. */
export function isSigned(config: SignConfig, document: DocumentFile): boolean {
  return document.role === "verbale" || config.notice === "sign";
}

/** How many signatures these items need. */
export function countSignatures(config: SignConfig, items: readonly SignItem[]): number {
  let count = 0;
  for (const { data } of items)
    count += data.documents.filter((document) => isSigned(config, document)).length;
  return count;
}

/** Prepares the PDFs of one verbale that are to be signed, in the order of its documents. */
export async function prepareItem(job: Job, item: SignItem): Promise<readonly PreparedPades[]> {
  const { config, artifacts } = job.ctx;
  const wanted = item.data.documents.filter((document) => isSigned(config, document));
  return Promise.all(
    wanted.map(async (document) =>
      job.pades.prepare(await readDocument(artifacts, document), {
        signedAt: job.signedAt,
        ...(config.reason === undefined ? {} : { reason: config.reason }),
      }),
    ),
  );
}

/** Stores the signed PDFs of one verbale. `signatures`: in the order of `prepared`. */
export async function finishItem(
  job: Job,
  item: SignItem,
  prepared: readonly PreparedPades[],
  signatures: readonly Uint8Array[],
): Promise<SignOutcome> {
  const { ctx, pades } = job;
  const signed = await Promise.all(
    prepared.map(async (document, index) => {
      const signature = signatures[index];
      if (signature === undefined) throw new Error(`no signature for ${item.key}`);
      const token = await fetchStamp(job, signature);
      return pades.embed(document, signature, token);
    }),
  );
  const outcome = await storeSigned(ctx, item, signed, job.info);
  for (const bytes of [...prepared.map(({ pdf }) => pdf), ...signed]) releaseBytes(bytes);
  return outcome;
}

/** The outcome of a verbale whose PDFs are signed; those that are left unsigned stay as they are. */
export async function storeSigned(
  ctx: SignContext,
  item: SignItem,
  signed: readonly Uint8Array[],
  { displayName, warnings }: SignerInfo,
): Promise<SignOutcome> {
  const wanted = item.data.documents.filter((document) => isSigned(ctx.config, document));
  const stored = new Map<DocumentFile, StoredArtifact>();
  await Promise.all(
    wanted.map(async (document, index) => {
      const bytes = signed[index];
      if (bytes === undefined) throw new Error(`a signed file is missing for ${item.key}`);
      stored.set(
        document,
        await ctx.artifacts.put(document.name, bytes, { extend: document.sha256 }),
      );
    }),
  );
  const signedDocuments = item.data.documents.map((document) => ({
    ...document,
    ...stored.get(document),
  }));
  const files = signed.length === 1 ? "1 documento firmato" : `${signed.length} documenti firmati`;
  return {
    item,
    status: "done",
    fields: { signedDocuments },
    // What the operator must know of the certificate stands where the verbale is looked at, not in a log.
    note: [`${files} da ${displayName}`, ...warnings].join(". "),
  };
}
