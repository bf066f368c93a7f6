/** Whether every file of a case is what was kept and sent, and what its signature says. */
import { readAttestations } from "../../documents/attestation/attestation.ts";
import type { ArtifactStore } from "../../engine/host/artifacts.ts";
import { createSignatureCheck } from "../../documents/verify/check.ts";
import { SignatureRefused } from "../../documents/verify/verdict.ts";
import type { StoredArtifact } from "../../engine/host/files.ts";
import type { KeptProof } from "../../integrations/register/evidence.ts";
import { tellAttestations, type ToldAttestations } from "./attestation-words.ts";
import type { CaseTrust } from "./case-trust.ts";
import type { CaseFile } from "./collect.ts";

/** A file of the case with the verdict on it. */
export interface JudgedFile {
  /** Its place in the archive. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  /** What it is, for a person. */
  readonly what: string;
  /** Italian. */
  readonly verdict: string;
  /** False: it is missing, or is not what was kept. */
  readonly isWhole: boolean;
  /** It was kept as it came, and what it attests was changed before, or is about another letter. */
  readonly isWrong?: boolean;
}

type Blobs = Pick<ArtifactStore, "read">;

export interface JudgeOptions {
  readonly nowMs: number;
  readonly trust: CaseTrust;
  nameProof(category: string): string;
}

/** Reads each file once. */
export async function judgeFiles(
  store: Blobs,
  one: CaseFile,
  { nowMs, trust, nameProof }: JudgeOptions,
): Promise<readonly JudgedFile[]> {
  const judged: JudgedFile[] = [];
  for (const { name, role, sha256, bytes } of one.act.files) {
    const what = role === "verbale" ? "Atto inviato, firmato" : "Avviso di pagamento inviato";
    const blob = await readBlob(store, sha256);
    judged.push({
      path: `atti/${name}`,
      sha256,
      bytes,
      what,
      isWhole: blob !== null,
      verdict:
        blob === null
          ? missing
          : `${same} ${await judgeSignature(store, one.originals.get(sha256), blob, nowMs)}`,
    });
  }
  for (const proof of one.evidence?.kept ?? []) {
    const { name, sha256, bytes, category, isInvalid } = proof;
    const blob = await readBlob(store, sha256);
    const gone = isInvalid === true ? ", di un passaggio che SEND ha corretto" : "";
    const told = blob === null ? null : await tellProof(one, proof, { bytes: blob, nowMs, trust });
    judged.push({
      path: `prove/${name}`,
      sha256,
      bytes,
      what: `${nameProof(category)}${gone}`,
      isWhole: blob !== null,
      verdict: told === null ? missing : [same, told.text].join(" ").trimEnd(),
      ...(told?.isWrong === true && { isWrong: true }),
    });
  }
  return judged;
}

/** Of what carries a signature of its own. */
async function tellProof(
  { iun, act }: CaseFile,
  { name, letter }: KeptProof,
  {
    bytes,
    nowMs,
    trust,
  }: { readonly bytes: Uint8Array; readonly nowMs: number; readonly trust: CaseTrust },
): Promise<ToldAttestations> {
  try {
    const read = await readAttestations({ name, bytes }, { ...trust, nowMs });
    if (read === null) return { text: "", isWrong: false };
    const { protocol } = act;
    return tellAttestations(read, { iun, protocol, ...(letter !== undefined && { letter }) });
  } catch (error) {
    if (!(error instanceof SignatureRefused)) throw error;
    return { text: `Non si può aprire: ${error.reason}.`, isWrong: false };
  }
}

const missing = "Il file non c'è più, o è stato alterato dopo che era stato conservato.";
const same = "L'impronta è quella con cui il file è stato conservato.";

async function readBlob(store: Blobs, sha256: string): Promise<Uint8Array | null> {
  try {
    // Throws where it is no longer what was kept.
    return await store.read(sha256);
  } catch {
    // Missing, altered or unreadable: the verdict says so, and the other files are judged all the same.
    return null;
  }
}

/** The signature over the document as it was drawn; who may sign is not judged here, for that changes with the years. */
async function judgeSignature(
  store: Blobs,
  original: StoredArtifact | undefined,
  signed: Uint8Array,
  nowMs: number,
): Promise<string> {
  const drawn = original === undefined ? null : await readBlob(store, original.sha256);
  if (drawn === null)
    return "La firma si verifica con un programma di firma: il documento come fu composto non c'è più.";
  const verdict = createSignatureCheck({ trustAnchors: [], codiceFiscale: null, nowMs })(
    drawn,
    signed,
  );
  if (verdict.isOurs || trustOnly.has(verdict.code))
    return "La firma è integra e copre il documento come fu composto; il certificato si verifica con un programma di firma.";
  return `La firma non è a posto: ${verdict.reason}.`;
}

/** All before was checked and holds: what is left is whether the authority is believed. */
const trustOnly: ReadonlySet<string> = new Set([
  "SIGNER_UNTRUSTED",
  "SIGNER_EXPIRED",
  "SIGNER_NOT_QUALIFIED_FOR_SIGNING",
]);
