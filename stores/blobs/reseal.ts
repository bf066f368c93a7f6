/** Brings every blob of a folder to how it would be written now: record by record and file by file, each in its new place before it leaves the old one. */
import { createHash } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BlobSeals } from "../seals/blobs.ts";
import { passCrashpoint } from "../../engine/host/crashpoint.ts";
import { AlteredArtifact } from "../../engine/host/files.ts";
import { syncFolder } from "../../engine/host/whole-file.ts";
import type { Moved, TellMoved } from "./move.ts";
import { readPackContent, type OpenPack } from "./packs/pack-file.ts";
import { createPackWriter, packEnds } from "./packs/pack-writer.ts";
import {
  listPackFiles,
  openIfThere,
  openWhole,
  nameRecord,
  packLimits,
  sealRecord,
} from "./packs/packs.ts";
import { headerBytes, parseHeader, type RecordHeader } from "./packs/record.ts";
import { readPieces } from "./read.ts";
import {
  openShelves,
  type Shelves,
  toLaidOutFolder,
  toPackFolder,
  toTemporaryFolder,
} from "./shelves.ts";

/** While nobody else writes there. What is damaged stays where it is, and is told. */
export async function resealBlobs(
  folder: string,
  seals: BlobSeals,
  tell: TellMoved,
): Promise<Moved> {
  for (const needed of [toPackFolder(folder), toTemporaryFolder(folder)])
    await mkdir(needed, { recursive: true, mode: 0o700 });
  const shelves = openShelves(folder, packLimits, seals);
  const done = { blobs: 0, bytes: 0, altered: [] as string[] };
  const count = (bytes: number): void => {
    done.blobs += 1;
    done.bytes += bytes;
    if (done.blobs % 1_000 === 0) tell(done.blobs);
  };
  await resealPacks(shelves, seals, { count, altered: done.altered });
  await resealFiles(shelves, seals, { count, altered: done.altered });
  await shelves.packs.close();
  await rm(toLaidOutFolder(folder), { recursive: true, force: true });
  tell(done.blobs);
  return { ...done, large: 0 };
}

interface Telling {
  count(bytes: number): void;
  readonly altered: string[];
}

/** A pack goes once all of its records are durable in another one. */
async function resealPacks(shelves: Shelves, seals: BlobSeals, telling: Telling): Promise<void> {
  const folder = toPackFolder(shelves.folder);
  // Never into a pack that is there: it may hold what is not sealed yet.
  const writer = createPackWriter(folder, { ...packLimits, resumedBelow: 0 });
  for (const file of listPackFiles(folder)) {
    const pack = openIfThere(join(folder, file));
    if (pack === null || file === `${writer.findCurrent() ?? ""}${packEnds.open}`) continue;
    const before = telling.altered.length;
    try {
      const places = readPackContent(pack, 0).records;
      const records = places.map(({ offset }) => ({
        offset,
        header: parseHeader(pack.readAt(offset, headerBytes)),
      }));
      if (
        records.every(
          ({ offset, header }) => header === null || isSettled(pack, { offset, header }, seals),
        )
      )
        continue;
      const writing: Promise<unknown>[] = [];
      let waiting = 0;
      for (const { offset, header } of records) {
        if (header === null) continue;
        const record = openRecord(pack, { offset, header }, seals);
        if (record === null) {
          telling.altered.push(nameOf(header, seals));
          continue;
        }
        const { kind, sha256, body, bytes } = record;
        writing.push(writer.append(sealRecord(seals, { kind, body }, sha256, bytes)));
        telling.count(bytes);
        waiting += body.byteLength;
        if (waiting < 8_000_000) continue;
        await Promise.all(writing.splice(0));
        waiting = 0;
      }
      await Promise.all(writing);
    } finally {
      pack.close();
    }
    if (telling.altered.length > before) continue;
    passCrashpoint("reseal-after-pack");
    await eraseFile(join(folder, file));
    await syncFolder(folder);
  }
  await writer.close();
}

interface Found {
  readonly offset: number;
  readonly header: RecordHeader;
}

function nameOf({ digest, isSealed }: RecordHeader, seals: BlobSeals): string {
  const name = Buffer.from(digest).toString("hex");
  return isSealed ? seals.reveal(name) : name;
}

function isSettled(pack: OpenPack, { offset, header }: Found, seals: BlobSeals): boolean {
  if (!seals.isSealing) return !header.isSealed;
  return header.isSealed && seals.isCurrent(pack.readAt(offset + headerBytes, 4));
}

/** `null`: it is not what it was. */
function openRecord(pack: OpenPack, { offset, header }: Found, seals: BlobSeals) {
  const { kind, stored, bytes } = header;
  if (kind === "list") return null;
  const sha256 = nameOf(header, seals);
  const readAt = (from: number, length: number): Buffer =>
    pack.readAt(offset + headerBytes + from, Math.min(length, stored - from));
  const body = header.isSealed
    ? openWhole(seals, readAt, stored, nameRecord(kind, sha256, bytes))
    : readAt(0, stored);
  if (body === null || (!header.isSealed && body.byteLength !== stored)) return null;
  if (kind === "bytes" && createHash("sha256").update(body).digest("hex") !== sha256) return null;
  return { kind, sha256, body, bytes };
}

async function resealFiles(shelves: Shelves, seals: BlobSeals, telling: Telling): Promise<void> {
  for await (const { sha256, path } of shelves.loose.list()) {
    const file = (await shelves.loose.find(sha256)).find((one) => one.path === path);
    if (file === undefined) continue;
    if (await isFileSettled(path, file.isSealed, seals)) continue;
    const hash = createHash("sha256");
    async function* openPieces(found: NonNullable<typeof file>): AsyncGenerator<Uint8Array> {
      for await (const piece of readPieces(shelves, { kind: "file", ...found }, 0, found.bytes)) {
        hash.update(piece);
        yield piece;
      }
      if (hash.digest("hex") !== sha256) throw new AlteredArtifact(sha256);
    }
    try {
      const draft = await shelves.loose.draft(openPieces(file));
      await shelves.loose.shelve(draft, sha256);
    } catch (error) {
      if (!(error instanceof AlteredArtifact)) throw error;
      telling.altered.push(sha256);
      continue;
    }
    telling.count(file.bytes);
    if (path !== shelves.loose.locate(sha256)) await eraseFile(path);
  }
}

async function isFileSettled(path: string, isSealed: boolean, seals: BlobSeals): Promise<boolean> {
  if (!seals.isSealing) return !isSealed;
  return isSealed && seals.isCurrent(await Bun.file(path).slice(0, 4).bytes());
}

const zeros = Buffer.alloc(1_000_000);

/** Zeros over what lay there, before it goes: a name that is gone leaves its bytes on the disk. */
async function eraseFile(path: string): Promise<void> {
  const { size } = Bun.file(path);
  async function* fill(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < size; at += zeros.byteLength)
      yield zeros.subarray(0, Math.min(zeros.byteLength, size - at));
  }
  await writeFile(path, fill(), { flag: "r+", flush: true });
  await rm(path, { force: true });
}
