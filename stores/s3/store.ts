/** Blobs as objects of an S3 bucket, one each, named by their sha256; what is half way lies in a folder of this host. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ArtifactStore } from "../../engine/host/artifacts.ts";
import { passCrashpoint } from "../../engine/host/crashpoint.ts";
import { guardDisk } from "../../engine/host/disk-faults.ts";
import { AlteredArtifact } from "../../engine/host/files.ts";
import { measureStream } from "../blobs/measured.ts";
import { createLooseBlobs, type LooseBlobs } from "../blobs/loose.ts";
import { alteredError, missingError } from "../blobs/read.ts";
import { toLaidOutFolder, toTemporaryFolder } from "../blobs/shelves.ts";
import { type ObjectBucket, type BucketOptions, hashForServer, openBucket } from "./bucket.ts";
import type { BucketPlace } from "./place.ts";

export interface S3StoreOptions extends BucketOptions {
  /** Where files lie that are on their way, and copies that were asked for. */
  readonly folder: string;
}

/** What this process knows of a bucket. */
interface Shelf {
  readonly bucket: ObjectBucket;
  readonly folder: string;
  readonly drafts: LooseBlobs;
  /** Objects that were read whole and found right, and how they were then. */
  readonly checked: Map<string, string>;
  /** Bytes that are on their way, by sha256. */
  readonly underWay: Map<string, Promise<void>>;
  /** The server knows no «only if it is not there»; `null`: not asked yet. */
  isUnconditional: boolean;
}

/** Says whose prefix it is; writing it at each start shows that keys, bucket, clock and rights are as they must be. */
const markName = "postino.txt";
const mark = Buffer.from(
  "Documenti di Postino: un oggetto per documento, il nome è il suo sha256.\n",
);

/** Makes the folder and asks the bucket. Throws RunBlocked `ARTIFACTS_REFUSED`, `CLOCK_WRONG`, `DATA_NOT_WRITABLE`, RetryLater `ARTIFACTS_AWAY`. */
export async function openS3Artifacts(
  place: BucketPlace,
  options: S3StoreOptions,
): Promise<ArtifactStore> {
  await guardDisk(options.folder, async () => {
    await mkdir(toTemporaryFolder(options.folder), { recursive: true, mode: 0o700 });
  });
  const shelf = openShelf(place, options);
  await putObject(shelf, markName, mark);
  return buildStore(shelf);
}

/** The store for who only reads: nothing is asked before the first question. */
export function readS3Artifacts(place: BucketPlace, options: S3StoreOptions): ArtifactStore {
  return buildStore(openShelf(place, options));
}

function openShelf(place: BucketPlace, options: S3StoreOptions): Shelf {
  const { folder } = options;
  return {
    bucket: openBucket(place, options),
    folder,
    drafts: createLooseBlobs(folder, toTemporaryFolder(folder)),
    checked: new Map(),
    underWay: new Map(),
    isUnconditional: false,
  };
}

function buildStore(shelf: Shelf): ArtifactStore {
  return {
    temporaryFolder: toTemporaryFolder(shelf.folder),
    has: async (sha256) => (await findObject(shelf, sha256)) !== null,
    measure: async (sha256) => (await findObject(shelf, sha256))?.bytes ?? null,
    async put(name, bytes) {
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      const known = shelf.underWay.get(sha256);
      const storing = known ?? storeBytes(shelf, sha256, bytes);
      if (known === undefined) shelf.underWay.set(sha256, storing);
      try {
        await storing;
      } finally {
        shelf.underWay.delete(sha256);
      }
      return { name, sha256, bytes: bytes.byteLength };
    },
    putStream: async (name, chunks) => ({ name, ...(await storeStream(shelf, chunks)) }),
    read: (sha256) => readWhole(shelf, sha256),
    stream: (sha256) => streamWhole(shelf, sha256),
    slice: (sha256, from, to) => readSlice(shelf, sha256, { from, to }),
    isWhole: (sha256) => isKnownWhole(shelf, sha256),
    layOut: (sha256) => layOutObject(shelf, sha256),
    erase: (unwanted, needed) => eraseObjects(shelf, unwanted, needed),
    async *list() {
      for await (const { name, writtenMs } of shelf.bucket.list()) {
        const sha256 = name.slice(name.indexOf("/") + 1);
        if (isHash(sha256) && toName(sha256) === name) yield { sha256, writtenMs };
      }
    },
    close: async () => {},
  };
}

function isHash(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/** In the same shelves as a folder, for whoever looks at it, or copies it with other tools. */
function toName(sha256: string): string {
  return `${sha256.slice(0, 2)}/${sha256}`;
}

/** Bytes: what is larger goes in parts. */
const largestPut = 32_000_000;

async function storeBytes(shelf: Shelf, sha256: string, bytes: Uint8Array): Promise<void> {
  passCrashpoint("artifact-before-sync");
  if (bytes.byteLength <= largestPut) await putNamed(shelf, sha256, bytes);
  else {
    const draft = await shelf.drafts.draft([bytes]);
    await uploadDraft(shelf, draft, sha256);
  }
  passCrashpoint("artifact-after-sync");
}

async function storeStream(
  shelf: Shelf,
  chunks: AsyncIterable<Uint8Array>,
): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const measured = measureStream(chunks);
  const draft = await shelf.drafts.draft(measured.chunks);
  const { sha256, bytes } = measured.finish();
  passCrashpoint("artifact-before-sync");
  await uploadDraft(shelf, draft, sha256);
  passCrashpoint("artifact-after-sync");
  return { sha256, bytes };
}

/** The draft is gone when this ends, however it ends. */
async function uploadDraft(shelf: Shelf, draft: string, sha256: string): Promise<void> {
  try {
    const { size } = await stat(draft);
    if (size <= largestPut) return await putNamed(shelf, sha256, await readFile(draft));
    if ((await findObject(shelf, sha256)) !== null && (await isKnownWhole(shelf, sha256))) return;
    await shelf.bucket.putFile(toName(sha256), draft);
  } finally {
    await rm(draft, { force: true });
  }
}

async function putNamed(shelf: Shelf, sha256: string, bytes: Uint8Array): Promise<void> {
  if (await putObject(shelf, toName(sha256), bytes)) return;
  // It is there. Whoever has the right bytes replaces an altered one.
  const found = await findObject(shelf, sha256);
  if (found?.etag === toEtag(bytes) || (await isKnownWhole(shelf, sha256))) return;
  await putObject(shelf, toName(sha256), bytes, true);
}

/** The server's fingerprint of an object that came in one part and that it does not encrypt by a key of the customer's. */
function toEtag(bytes: Uint8Array): string {
  return `"${createHash("md5").update(bytes).digest("hex")}"`;
}

/** False: the name is taken. Durable when it resolves. */
async function putObject(
  shelf: Shelf,
  name: string,
  body: Uint8Array,
  isReplacing = false,
): Promise<boolean> {
  const isConditional = !isReplacing && !shelf.isUnconditional;
  const { status } = await shelf.bucket.ask({
    method: "PUT",
    name,
    body,
    headers: {
      "content-md5": hashForServer(body),
      "content-type": "application/octet-stream",
      ...(isConditional ? { "if-none-match": "*" } : {}),
    },
    allowed: isConditional ? [412, 501] : [],
  });
  if (status !== 501) return status !== 412;
  // Same name, same bytes: written twice it is what it was.
  shelf.isUnconditional = true;
  return await putObject(shelf, name, body, isReplacing);
}

interface FoundObject {
  readonly bytes: number;
  readonly etag: string;
  readonly version: string;
}

/** `null`: it is not there. By one byte of it: an answer without a body does not say why it refuses. */
async function findObject(shelf: Shelf, sha256: string): Promise<FoundObject | null> {
  const { status, headers } = await askObject(shelf, sha256, "bytes=0-0", 1);
  if (status === 404) return null;
  const total = /\/(\d+)$/.exec(headers.get("content-range") ?? "")?.[1];
  const bytes = total === undefined ? Number(headers.get("content-length") ?? 0) : Number(total);
  const etag = headers.get("etag") ?? "";
  return {
    bytes: status === 416 ? 0 : bytes,
    etag,
    version: `${etag} ${headers.get("last-modified") ?? ""} ${bytes}`,
  };
}

async function askObject(shelf: Shelf, sha256: string, range: string | null, expected: number) {
  const answer = await shelf.bucket.ask({
    method: "GET",
    name: toName(sha256),
    expected,
    ...(range === null ? {} : { headers: { range } }),
    allowed: [404, 416],
  });
  return answer;
}

/** Bytes: a document is smaller. */
const readAtOnce = 4_000_000;
/** Bytes of each question for a larger one. */
const pieceBytes = 4_000_000;

async function readWhole(shelf: Shelf, sha256: string): Promise<Uint8Array> {
  const { status, bytes } = await askObject(shelf, sha256, null, readAtOnce);
  if (status === 404) throw missingError(sha256);
  if (createHash("sha256").update(bytes).digest("hex") !== sha256) throw alteredError(sha256);
  return bytes;
}

/** A byte of an altered blob must not be handed out: a large one is fetched to its end first. */
async function* streamWhole(shelf: Shelf, sha256: string): AsyncGenerator<Uint8Array> {
  const found = await findObject(shelf, sha256);
  if (found === null) throw missingError(sha256);
  if (found.bytes <= readAtOnce) {
    yield await readWhole(shelf, sha256);
    return;
  }
  const draft = await fetchDraft(shelf, sha256, found.bytes);
  try {
    for await (const chunk of createReadStream(draft)) yield chunk as Uint8Array;
  } finally {
    await rm(draft, { force: true });
  }
}

/** A file with the bytes, compared with the name. Throws AlteredArtifact. */
async function fetchDraft(shelf: Shelf, sha256: string, bytes: number): Promise<string> {
  const hash = createHash("sha256");
  async function* hashPieces(): AsyncGenerator<Uint8Array> {
    for await (const piece of readSlice(shelf, sha256, { from: 0, to: bytes })) {
      hash.update(piece);
      yield piece;
    }
    if (hash.digest("hex") !== sha256) throw alteredError(sha256);
  }
  await mkdir(toTemporaryFolder(shelf.folder), { recursive: true, mode: 0o700 });
  return await shelf.drafts.draft(hashPieces());
}

async function* readSlice(
  shelf: Shelf,
  sha256: string,
  { from, to }: { readonly from: number; readonly to: number },
): AsyncGenerator<Uint8Array> {
  for (let at = from; at < to; at += pieceBytes) {
    const end = Math.min(to, at + pieceBytes);
    const range = `bytes=${at}-${end - 1}`;
    const { status, bytes } = await askObject(shelf, sha256, range, end - at);
    if (status === 404) throw missingError(sha256);
    if (status === 416) return;
    // A server that knows no ranges gives all of it.
    yield status === 206 ? bytes : bytes.subarray(at, end);
  }
}

const mostChecked = 1_000;

async function isKnownWhole(shelf: Shelf, sha256: string): Promise<boolean> {
  const found = await findObject(shelf, sha256);
  if (found === null) return false;
  if (shelf.checked.get(sha256) === found.version) return true;
  const hash = createHash("sha256");
  for await (const piece of readSlice(shelf, sha256, { from: 0, to: found.bytes }))
    hash.update(piece);
  if (hash.digest("hex") !== sha256) return false;
  if (shelf.checked.size >= mostChecked) shelf.checked.clear();
  shelf.checked.set(sha256, found.version);
  return true;
}

/** `sweepTemporary` takes it after a day. */
async function layOutObject(shelf: Shelf, sha256: string): Promise<string | null> {
  const folder = toLaidOutFolder(shelf.folder);
  const path = join(folder, sha256);
  if (await Bun.file(path).exists()) return path;
  const found = await findObject(shelf, sha256);
  if (found === null) return null;
  try {
    const draft = await fetchDraft(shelf, sha256, found.bytes);
    await guardDisk(folder, async () => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await rename(draft, path);
    });
    return path;
  } catch (error) {
    if (error instanceof AlteredArtifact) return null;
    throw error;
  }
}

async function eraseObjects(
  shelf: Shelf,
  unwanted: ReadonlySet<string>,
  needed: ReadonlySet<string>,
): Promise<readonly { readonly sha256: string; readonly bytes: number }[]> {
  const gone: { sha256: string; bytes: number }[] = [];
  for (const sha256 of unwanted) {
    if (needed.has(sha256)) continue;
    const found = await findObject(shelf, sha256);
    if (found === null) continue;
    await shelf.bucket.ask({ method: "DELETE", name: toName(sha256), allowed: [404] });
    await rm(join(toLaidOutFolder(shelf.folder), sha256), { force: true });
    shelf.checked.delete(sha256);
    gone.push({ sha256, bytes: found.bytes });
  }
  return gone;
}
