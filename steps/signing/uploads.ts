/** Opens what a person handed over, one PDF at a time: PDFs, .p7m and ZIP archives of them. */
import { toPlainName, readArchive } from "../../documents/archive/read.ts";
import type { ArchiveLimits } from "../../documents/archive/read.ts";
import { openEnvelope } from "../../documents/verify/envelope.ts";
import { isOtherArchive, isPdf, isZipArchive } from "../../documents/verify/kind.ts";
import { SignatureRefused } from "../../documents/verify/verdict.ts";
import type { UploadedFile } from "../../engine/host/files.ts";

export interface Candidate {
  /** As the operator knows the file. */
  readonly name: string;
  /** `null`: there is no PDF in it, for `reason`. */
  readonly pdf: Uint8Array | null;
  readonly reason: string;
  /** It came out of a .p7m. */
  readonly isUnwrapped: boolean;
}

/** Every file in turn; only one document is in memory at a time, however large the archives are. */
export async function* readUploads(
  files: readonly UploadedFile[],
  limits: ArchiveLimits,
): AsyncIterable<Candidate> {
  for (const file of files) {
    const name = toPlainName(file.name);
    if (isZipArchive(await file.slice(0, 8))) yield* readZip(name, file, limits);
    // Text of base64 is a third longer than what it says.
    else if (file.size > 2 * limits.entryBytes)
      yield refuseFile(name, "è troppo grande per essere uno dei documenti");
    else yield toCandidate(name, await file.slice(0, file.size));
  }
}

async function* readZip(
  archive: string,
  zip: UploadedFile,
  limits: ArchiveLimits,
): AsyncIterable<Candidate> {
  try {
    for await (const entry of readArchive(zip, limits)) {
      const name = `${archive}, ${entry.name}`;
      if (entry.bytes === null) yield refuseFile(name, entry.reason ?? "non si può leggere");
      else if (isZipArchive(entry.bytes))
        yield refuseFile(name, "è un archivio dentro l'archivio: caricarlo da solo");
      else yield toCandidate(name, entry.bytes);
    }
  } catch (error) {
    if (!(error instanceof SignatureRefused)) throw error;
    yield refuseFile(archive, error.reason);
  }
}

function toCandidate(name: string, bytes: Uint8Array): Candidate {
  if (isPdf(bytes)) return { name, pdf: bytes, reason: "", isUnwrapped: false };
  if (isOtherArchive(bytes))
    return refuseFile(name, "è un archivio RAR o 7z: caricare i PDF o un archivio ZIP");
  const inner = openEnvelope(bytes);
  if (inner !== null && isPdf(inner)) return { name, pdf: inner, reason: "", isUnwrapped: true };
  if (inner !== null)
    return refuseFile(name, "è un .p7m che non contiene un PDF: caricare i PDF firmati");
  if (/\.p7[ms]$/i.test(name))
    return refuseFile(
      name,
      "è una firma .p7m senza il documento, o danneggiata: firmare di nuovo scegliendo «PAdES» (firma PDF)",
    );
  return refuseFile(name, "non è un PDF");
}

function refuseFile(name: string, reason: string): Candidate {
  return { name, pdf: null, reason, isUnwrapped: false };
}
