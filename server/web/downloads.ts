/** Answers that carry a stored file or a stream of text. */
import type { ArtifactStore } from "../../engine/host/artifacts.ts";
import type { StoredArtifact } from "../../engine/host/files.ts";
import { findArtifactSize } from "../../engine/host/artifacts.ts";

const types: Readonly<Record<string, string>> = {
  pdf: "application/pdf",
  zip: "application/zip",
  csv: "text/csv; charset=utf-8",
};

/** The stored file as an attachment, streamed; `null` when its blob is not on the disk. */
export async function answerFile(
  artifacts: ArtifactStore,
  file: StoredArtifact,
): Promise<Response | null> {
  const bytes = await findArtifactSize(artifacts, file.sha256);
  if (bytes === null) return null;
  const extension = file.name.split(".").at(-1)?.toLowerCase() ?? "";
  return new Response(
    toStream(() => artifacts.stream(file.sha256)),
    {
      headers: {
        "content-type": types[extension] ?? "application/octet-stream",
        "content-length": String(bytes),
        "content-disposition": buildDisposition(file.name),
      },
    },
  );
}

/** Text that is written as it is read; with a name it is saved as a file. */
export function answerText(
  pieces: AsyncIterable<string>,
  contentType: string,
  name?: string,
): Response {
  const headers = new Headers({ "content-type": contentType });
  if (name !== undefined) headers.set("content-disposition", buildDisposition(name));
  return new Response(
    toStream(() => encodePieces(pieces)),
    { headers },
  );
}

/** Content-Disposition of a name that may hold anything: no path, no quotes, no control characters (RFC 6266). */
export function buildDisposition(name: string): string {
  const safe = cleanFileName(name);
  const plain = safe.replaceAll(/[^\x20-\x7e]/g, "_");
  const encodedName = encodeURIComponent(safe).replaceAll(/['()*]/g, encodePercent);
  return `attachment; filename="${plain}"; filename*=UTF-8''${encodedName}`;
}

/** A file name without folders and without what file systems refuse; never empty. */
export function cleanFileName(name: string): string {
  const safe = name
    // oxlint-disable-next-line no-control-regex -- control characters are what must go
    .replaceAll(/[\u0000-\u001f\u007f"*/:<>?\\|]+/g, "_")
    .replaceAll(/^[.\s]+|[.\s]+$/g, "")
    .slice(0, 150);
  return safe === "" ? "file" : safe;
}

function encodePercent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

async function* encodePieces(pieces: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const piece of pieces) yield encoder.encode(piece);
}

/** Opens the source at the first read: a HEAD request reads nothing and must leave no file open. */
function toStream(open: () => AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  let iterator: AsyncIterator<Uint8Array> | null = null;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        iterator ??= open()[Symbol.asyncIterator]();
        const next = await iterator.next();
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      },
      async cancel() {
        await iterator?.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
