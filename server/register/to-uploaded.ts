/** A text that the program itself wrote, as a file that was handed over. */
import type { UploadedFile } from "../../engine/host/files.ts";

export function toUploaded(name: string, text: string): UploadedFile {
  const bytes = new TextEncoder().encode(text);
  return { name, size: bytes.length, slice: (from, to) => Promise.resolve(bytes.slice(from, to)) };
}
