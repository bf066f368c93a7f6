/** Storing blobs: what is there already, or is part of another blob, is not stored again. */
import { rm } from "node:fs/promises";
import { releaseBytes } from "../../engine/host/release.ts";
import type { Head } from "./heads.ts";
import { measureStream } from "./measured.ts";
import type { BlobPart } from "./packs/record.ts";
import {
  alteredError,
  findFirst,
  findKnown,
  hasWhole,
  readCandidate,
  readStretch,
} from "./read.ts";
import type { Shelves } from "./shelves.ts";

/** Bytes: a larger blob is a file of its own. */
const largestPacked = 4_000_000;
/** Bytes: a stretch that is shorter is kept, not looked for elsewhere. */
const shortestShared = 1_000;

/** An altered blob is replaced by who has the right bytes. */
export async function storeBytes(
  shelves: Shelves,
  sha256: string,
  bytes: Uint8Array,
  extend: string | undefined,
): Promise<void> {
  if (await hasWhole(shelves, sha256, findKnown(shelves, sha256))) return;
  if (bytes.byteLength > largestPacked) {
    await shelves.loose.shelve(await shelves.loose.draft([bytes]), sha256);
    return;
  }
  const shared =
    extend === undefined || extend === sha256 ? 0 : await measureShared(shelves, bytes, extend);
  const content =
    extend === undefined || shared < shortestShared
      ? await takeHead(shelves, bytes)
      : ([
          { kind: "of", sha256: extend, from: 0, length: shared },
          { kind: "own", content: bytes.subarray(shared) },
        ] as const);
  await shelves.packs.put({ sha256, bytes: bytes.byteLength, content });
}

/** Without what many begin with, which is durable before anything that needs it. */
async function takeHead(
  shelves: Shelves,
  bytes: Uint8Array,
): Promise<Uint8Array | readonly BlobPart[]> {
  const { heads, packs } = shelves;
  const head = heads.match(bytes) ?? heads.learn(bytes);
  if (head === null || head.bytes.byteLength === bytes.byteLength) return bytes;
  const { sha256, bytes: content } = head;
  const length = content.byteLength;
  if (head.storedIn === null || head.storedIn !== packs.findCurrent()) {
    const storing = shelves.underWay.get(sha256) ?? storeHead(shelves, head);
    shelves.underWay.set(sha256, storing);
    await storing.finally(() => shelves.underWay.delete(sha256));
  }
  return [
    { kind: "of", sha256, from: 0, length, isHead: true },
    { kind: "own", content: bytes.subarray(length) },
  ];
}

/** Twice in each pack: a byte that is damaged is the end of one blob at most, not of all that begin alike. */
async function storeHead({ packs }: Shelves, head: Head): Promise<void> {
  const { sha256, bytes: content } = head;
  const record = { sha256, bytes: content.byteLength, content };
  await Promise.all([packs.put(record), packs.put(record)]);
  head.storedIn = packs.findCurrent();
}

/** How many bytes the blob has, when these begin with all of it as it lies on the disk; 0 otherwise. */
async function measureShared(shelves: Shelves, bytes: Uint8Array, sha256: string): Promise<number> {
  const found = await findFirst(shelves, sha256);
  if (found === null || found.bytes > bytes.byteLength) return 0;
  const there = await readCandidate(shelves, found);
  if (there === null) return 0;
  const isShared = there.equals(bytes.subarray(0, found.bytes));
  releaseBytes(there);
  return isShared ? found.bytes : 0;
}

interface Gathered {
  readonly sha256: string;
  readonly bytes: number;
}

/** What the store gave out itself is not stored again, unless it is to be `isCopied`. */
export async function storeStream(
  shelves: Shelves,
  chunks: AsyncIterable<Uint8Array>,
  isCopied: boolean,
): Promise<Gathered> {
  const measured = measureStream(chunks);
  const { parts, isWhole } = await gatherParts(shelves, measured.chunks, isCopied);
  const draft = isWhole ? null : await shelves.loose.draft(chain(shelves, parts, measured.chunks));
  const { sha256, bytes } = measured.finish();
  if (await hasWhole(shelves, sha256, findKnown(shelves, sha256))) {
    if (draft !== null) await rm(draft, { force: true });
  } else if (draft !== null) await shelves.loose.shelve(draft, sha256);
  else {
    const [only = { kind: "own", content: new Uint8Array(0) }] = parts;
    const content = parts.length <= 1 && only.kind === "own" ? only.content : parts;
    // It was there when it was given out, and is altered since.
    if (parts.some((part) => part.kind === "of" && part.sha256 === sha256))
      throw alteredError(sha256);
    await shelves.packs.put({ sha256, bytes, content });
  }
  return { sha256, bytes };
}

/** Up to the end of the stream, or as much as a pack takes. */
export async function gatherParts(
  shelves: Shelves,
  chunks: AsyncGenerator<Uint8Array>,
  isCopied: boolean,
): Promise<{ readonly parts: readonly BlobPart[]; readonly isWhole: boolean }> {
  const parts: BlobPart[] = [];
  let own: Uint8Array[] = [];
  let [ownBytes, sharedBytes] = [0, 0];
  const flush = (): void => {
    if (own.length > 0) parts.push({ kind: "own", content: Buffer.concat(own) });
    own = [];
  };
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
    const chunk = next.value;
    const origin = isCopied ? undefined : shelves.given.get(chunk);
    if (origin !== undefined && chunk.byteLength >= shortestShared) {
      flush();
      parts.push({ kind: "of", ...origin, length: chunk.byteLength });
      sharedBytes += chunk.byteLength;
      continue;
    }
    // Whoever made the piece may use its memory again.
    own.push(chunk.slice());
    ownBytes += chunk.byteLength;
    // The directory of an archive of thousands of documents is larger than one blob may be.
    if (ownBytes <= largestPacked || ownBytes <= sharedBytes / 10) continue;
    flush();
    return { parts, isWhole: false };
  }
  flush();
  return { parts, isWhole: true };
}

async function* chain(
  shelves: Shelves,
  parts: readonly BlobPart[],
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for (const part of parts)
    if (part.kind === "own") yield part.content;
    else yield* readStretch(shelves, part, 0, part.length);
  yield* rest;
}
