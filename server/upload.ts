/** Takes the files of an upload form into the artifact store as they arrive; used by the upload routes. */
import type { Context } from "hono";
import type { ArtifactStore, StoredArtifact } from "../engine/artifacts.ts";
import type { UploadedFile } from "../engine/contract.ts";
import { safeName } from "./downloads.ts";
import { multipartParts, text } from "./multipart.ts";

export interface Upload {
  readonly files: readonly (UploadedFile & { readonly stored: StoredArtifact })[];
  /** The plain fields, the token apart. */
  readonly fields: Readonly<Record<string, string>>;
}

const MAX_FIELD = 16_384;

/**
 * Reads the form; the field `csrf` must come first, before any file is stored. `null` when `isToken` refuses it.
 * Throws MalformedForm when the body breaks off or is no form.
 */
export async function readUpload(
  c: Context,
  artifacts: ArtifactStore,
  isToken: (csrf: string) => boolean,
): Promise<Upload | null> {
  const files: Upload["files"][number][] = [];
  const fields: Record<string, string> = {};
  const body = c.req.raw.body;
  if (body === null) return null;
  let isTrusted = false;
  for await (const part of multipartParts(c.req.header("content-type") ?? "", body)) {
    if (!isTrusted) {
      if (part.field !== "csrf" || !isToken(await text(part.body, MAX_FIELD))) return null;
      isTrusted = true;
    } else if (part.fileName === null) fields[part.field] = await text(part.body, MAX_FIELD);
    else if (part.fileName !== "") files.push(await store(artifacts, part.fileName, part.body));
  }
  return isTrusted ? { files, fields } : null;
}

/** Stored under its sha256, so a signed file that the step keeps is not written twice. */
async function store(
  artifacts: ArtifactStore,
  fileName: string,
  body: AsyncIterable<Uint8Array>,
): Promise<Upload["files"][number]> {
  const name = safeName(fileName.split(/[/\\]/).at(-1) ?? fileName);
  const stored = await artifacts.putStream(name, body);
  return { name, stored, bytes: () => artifacts.read(stored.sha256) };
}
