/** Which parts of a stored file may be files of the store themselves: what a PDF was before it was signed, what lies in an archive as it is. */
import {
  BrokenArchive,
  type ByteSource,
  findDirectory,
  readExactly,
  walkDirectory,
} from "../../documents/archive/directory.ts";
import type { BlobHolder, Stretch } from "../../stores/blobs/move.ts";

/** Longest first where two begin alike. */
export async function listStretches(file: BlobHolder): Promise<readonly Stretch[]> {
  const head = Buffer.from(await file.slice(0, 5)).toString("latin1");
  if (head.startsWith("%PDF-")) return await listRevisions(file);
  return head.startsWith("PK") ? await listEntries(file) : [];
}

/** Bytes: a larger PDF is none of ours. */
const largestPdf = 4_000_000;

/** Each save of a PDF ends with %%EOF, and a line break or none. */
async function listRevisions(file: BlobHolder): Promise<readonly Stretch[]> {
  if (file.size > largestPdf) return [];
  const bytes = Buffer.from(await file.slice(0, file.size));
  const ends: number[] = [];
  for (let at = bytes.indexOf("%%EOF"); at !== -1; at = bytes.indexOf("%%EOF", at + 1))
    ends.push(
      ...["", "\n", "\r\n", "\r"]
        .filter((line) => bytes.toString("latin1", at + 5, at + 5 + line.length) === line)
        .map((line) => at + 5 + line.length),
    );
  return ends
    .filter((end) => end < bytes.byteLength)
    .toSorted((a, b) => b - a)
    .map((length) => ({ from: 0, length }));
}

const localHeader = 30;

async function listEntries(file: ByteSource): Promise<readonly Stretch[]> {
  const stretches: Stretch[] = [];
  try {
    const directory = await findDirectory(file);
    for await (const { method, packed, at } of walkDirectory(file, directory)) {
      const header = await readExactly(file, at, at + localHeader);
      const from = at + localHeader + header.readUInt16LE(26) + header.readUInt16LE(28);
      if (method === 0) stretches.push({ from, length: packed });
    }
  } catch (error) {
    // Somebody else's archive, kept as it is.
    if (!(error instanceof BrokenArchive)) throw error;
    return [];
  }
  return stretches.toSorted((a, b) => a.from - b.from);
}
