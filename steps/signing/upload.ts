/** Signing by hand: the operator downloads the PDFs, signs them elsewhere and uploads them; each is matched and checked by content. */
import { setImmediate } from "node:timers/promises";
import { createSignatureCheck } from "../../documents/verify/check.ts";
import type { CheckPolicy, SignatureCheck } from "../../documents/verify/check.ts";
import { createMatcher } from "../../documents/verify/match.ts";
import type { Matcher } from "../../documents/verify/match.ts";
import type { UploadedFile } from "../../engine/host/files.ts";
import type { DocumentFile } from "../schemas/fields.ts";
import { handOut } from "./hand-out.ts";
import { isSigned } from "./job.ts";
import type { Expected, SignContext, SignItem, SignOutcome } from "./job.ts";
import { createExplainer } from "./unmatched.ts";
import type { Explain } from "./unmatched.ts";
import { readUploads } from "./uploads.ts";
import type { Candidate } from "./uploads.ts";
import { findLoss, readDocument } from "../schemas/lost-document.ts";

/** Signed files by the sha256 of their original. */
type SignedFiles = Map<string, DocumentFile>;

interface Taken {
  readonly signed: SignedFiles;
  /** Italian sentences, one per refused file. */
  readonly refusals: string[];
}

interface Tools {
  readonly matcher: Matcher<Expected>;
  readonly check: SignatureCheck;
  readonly explain: Explain;
}

// Signers add a signature, certificates, perhaps a stamp of time.
const roomForSignature = 2 * 1024 * 1024;

/** Asks for the files, takes the good ones, and asks again for what is missing. */
export async function* takeUploads(
  items: readonly SignItem[],
  ctx: SignContext,
): AsyncIterable<SignOutcome> {
  const { displayName, ...trust } = await ctx.services.signing.readUploadPolicy(ctx.config.signer);
  const signed = await recallSigned(ctx);
  let left = items;
  let problem: string | null = null;
  while (left.length > 0) {
    const files = await askFiles(ctx, left, { displayName, problem, signed });
    const policy = { ...trust, nowMs: ctx.clock.now() };
    const refusals = await takeFiles(ctx, left, files, { policy, signed });
    const complete = left.filter((item) => listMissing(ctx, item, signed).length === 0);
    await ctx.intend(complete);
    for (const item of complete) yield buildOutcome(ctx, item, signed, displayName);
    left = left.filter((item) => !complete.includes(item));
    problem = describeProblem(ctx, left, signed, refusals);
  }
  kept.delete(ctx.runId);
}

/**
 * Good files of verbali of which another is missing, by run: the step is entered anew with each answer.
 * Only in memory: after a restart they are asked for once more.
 */
const kept = new Map<string, SignedFiles>();
const maxKept = 100;

/** Without those that the store has no more: they are asked for anew. */
async function recallSigned({ runId, artifacts }: SignContext): Promise<SignedFiles> {
  const files = kept.get(runId) ?? new Map<string, DocumentFile>();
  for (const [original, file] of files)
    if ((await findLoss(artifacts, file)) !== null) files.delete(original);
  // The newest last; a run that was cancelled is forgotten some day.
  kept.delete(runId);
  kept.set(runId, files);
  const [oldest] = kept.keys();
  if (kept.size > maxKept && oldest !== undefined) kept.delete(oldest);
  return files;
}

/** The documents of a verbale that a person still has to sign. */
function listMissing(
  ctx: SignContext,
  item: SignItem,
  signed: ReadonlyMap<string, DocumentFile>,
): readonly DocumentFile[] {
  return item.data.documents.filter(
    (document) => isSigned(ctx.config, document) && !signed.has(document.sha256),
  );
}

interface Asked {
  readonly displayName: string;
  readonly problem: string | null;
  readonly signed: SignedFiles;
}

async function askFiles(
  ctx: SignContext,
  left: readonly SignItem[],
  { displayName, problem, signed }: Asked,
): Promise<readonly UploadedFile[]> {
  const documents = left.flatMap((item) => listMissing(ctx, item, signed)).length;
  const ask = {
    kind: "files",
    who: displayName,
    prompt: `${displayName}: scaricare i documenti da firmare (${documents} PDF, ${left.length === 1 ? "1 verbale" : `${left.length} verbali`}), firmarli con firma PAdES invisibile e caricarli qui, anche in un archivio ZIP. I nomi dei file non contano.`,
    ...(problem === null ? {} : { problem }),
  } as const;
  try {
    return (await ctx.ask(ask)).files;
  } catch (pending) {
    // Only when the person is really asked; not when the step is entered again with the answer.
    await handOut(
      ctx,
      left.map((item) => listMissing(ctx, item, signed)),
    );
    throw pending;
  }
}

async function takeFiles(
  ctx: SignContext,
  left: readonly SignItem[],
  files: readonly UploadedFile[],
  { policy, signed }: { readonly policy: CheckPolicy; readonly signed: SignedFiles },
): Promise<readonly string[]> {
  const expected = left.flatMap((item) =>
    item.data.documents
      .filter((document) => isSigned(ctx.config, document))
      .map((document) => ({ item, document, sha256: document.sha256, bytes: document.bytes })),
  );
  const matcher = createMatcher<Expected>(expected);
  const largest = Math.max(0, ...expected.map(({ bytes }) => bytes));
  const taken: Taken = { signed, refusals: [] };
  const limits = {
    // A folder and two documents of each verbale, and as much again.
    entries: Math.max(60_000, 4 * expected.length),
    entryBytes: largest + roomForSignature,
    totalBytes: 4 * (largest + roomForSignature) * Math.max(16, expected.length),
  };
  const tools: Tools = {
    matcher,
    check: createSignatureCheck(policy),
    explain: createExplainer(ctx, expected),
  };
  for await (const candidate of readUploads(files, limits)) {
    // Checking is plain work: others who use this process get their turn.
    await setImmediate();
    ctx.signal.throwIfAborted();
    const reason = await takeCandidate(ctx, candidate, tools, taken);
    if (reason !== null) taken.refusals.push(`${candidate.name}: ${reason}`);
  }
  return taken.refusals;
}

/** Takes one file, or says why not. */
async function takeCandidate(
  ctx: SignContext,
  candidate: Candidate,
  { matcher, check, explain }: Tools,
  taken: Taken,
): Promise<string | null> {
  if (candidate.pdf === null) return candidate.reason;
  const found = matcher.find(candidate.pdf);
  if (found === null) return explain(candidate.pdf);
  const original = await readDocument(ctx.artifacts, found.document);
  const verdict = check(original, candidate.pdf);
  if (!verdict.isOurs) {
    ctx.log.warn("uploaded file refused", { itemKey: found.item.key, code: verdict.code });
    return candidate.isUnwrapped && verdict.code === "NOT_SIGNED"
      ? "è un .p7m con dentro il PDF non firmato, e SEND accetta solo PDF: firmare di nuovo scegliendo «PAdES» (firma PDF)"
      : verdict.reason;
  }
  if (taken.signed.has(found.sha256)) return null;
  const stored = await ctx.artifacts.put(found.document.name, candidate.pdf, {
    extend: found.sha256,
  });
  taken.signed.set(found.sha256, { ...found.document, ...stored });
  return null;
}

function buildOutcome(
  ctx: SignContext,
  item: SignItem,
  signed: ReadonlyMap<string, DocumentFile>,
  displayName: string,
): SignOutcome {
  const signedDocuments = item.data.documents.map((document) =>
    isSigned(ctx.config, document) ? (signed.get(document.sha256) ?? document) : document,
  );
  return {
    item,
    status: "done",
    fields: { signedDocuments },
    note: `Firmato altrove da ${displayName} e verificato`,
  };
}

const listed = 20;

/** What the person must know: what was refused and why, a line for each file, and what is missing. */
function describeProblem(
  ctx: SignContext,
  left: readonly SignItem[],
  signed: ReadonlyMap<string, DocumentFile>,
  refusals: readonly string[],
): string {
  const missing = left.flatMap((item) => listMissing(ctx, item, signed)).map(({ name }) => name);
  return [
    ...(refusals.length === 0 ? [] : ["File rifiutati:", ...shortenList(refusals)]),
    `${missing.length === 1 ? "Manca ancora 1 PDF firmato" : `Mancano ancora ${missing.length} PDF firmati`}: ${shortenList(missing).join("; ")}.`,
  ].join("\n");
}

function shortenList(entries: readonly string[]): readonly string[] {
  const rest = entries.length - listed;
  return rest > 0 ? [...entries.slice(0, listed), `e altri ${rest}`] : entries;
}
