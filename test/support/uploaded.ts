/** Files in memory as an answer hands them over. */
import type { UploadedFile } from "../../engine/host/files.ts";

/** A file of these bytes. */
export function uploaded(name: string, bytes: Uint8Array): UploadedFile {
  return {
    name,
    size: bytes.byteLength,
    slice: async (start, end) => bytes.subarray(start, end),
  };
}

/** All bytes of a file. */
export async function bytesOf(file: UploadedFile): Promise<Uint8Array> {
  return await file.slice(0, file.size);
}
