/** A document of a verbale that is no longer on the disk as it was made: told beside its verbale, and made again when a person says so. */
import { ItemRejected } from "../../engine/host/errors.ts";
import { releaseBytes } from "../../engine/host/release.ts";
import { isLostArtifact, type ArtifactAccess } from "../../engine/host/files.ts";
import type { DocumentFile } from "./fields.ts";

/** Its bytes. Throws ItemRejected `DOCUMENT_ALTERED` when it is missing or altered. */
export async function readDocument(
  artifacts: Pick<ArtifactAccess, "read">,
  document: DocumentFile,
): Promise<Uint8Array> {
  try {
    return await artifacts.read(document.sha256);
  } catch (error) {
    throw isLostArtifact(error) ? lostDocumentError(document, error) : error;
  }
}

/** Throws ItemRejected `DOCUMENT_ALTERED` when one of them is missing or altered; none is held in memory. */
export async function assertWhole(
  artifacts: Pick<ArtifactAccess, "stream">,
  documents: readonly DocumentFile[],
): Promise<void> {
  for (const document of documents) {
    const loss = await findLoss(artifacts, document);
    if (loss !== null) throw lostDocumentError(document, loss);
  }
}

/** What the store says of a document that is missing or altered; `null`: it is whole. Nothing of it is held in memory. */
export async function findLoss(
  artifacts: Pick<ArtifactAccess, "stream">,
  { sha256, bytes }: DocumentFile,
): Promise<Error | null> {
  try {
    // Checked before its first piece.
    for await (const piece of artifacts.stream(sha256)) {
      if (piece.byteLength === bytes) releaseBytes(piece);
      break;
    }
    return null;
  } catch (error) {
    if (error instanceof Error && isLostArtifact(error)) return error;
    throw error;
  }
}

function lostDocumentError({ name }: DocumentFile, cause: unknown): ItemRejected {
  return new ItemRejected(
    "DOCUMENT_ALTERED",
    `Il documento ${name} manca dal disco o è cambiato da quando è stato fatto: non è stato usato, e del verbale nulla è stato inviato.`,
    {
      cause,
      hint: {
        action: "resume",
        only: "rejected",
        first:
          "I documenti del verbale si rifanno, con nuovi codici avviso e una nuova firma, quando una persona lo chiede.",
      },
    },
  );
}
