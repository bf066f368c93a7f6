/** Sealed bytes in pieces of 64 KiB, so that streams and stretches of them open without the rest; and the names that they have on the disk. */
import { AlteredArtifact } from "../../engine/host/files.ts";
import { type Sealer, sealHeadBytes, sealTagBytes } from "./sealer.ts";

/** Bytes of a piece in clear. */
export const pieceBytes = 65_536;
const sealedPieceBytes = pieceBytes + sealTagBytes;

/** Bytes that lie somewhere: fewer at their end. */
export type ReadAt = (from: number, length: number) => Buffer;
export type ReadLater = (from: number, length: number) => Promise<Uint8Array>;

export interface BlobSeals {
  /** What is written now is sealed. */
  readonly isSealing: boolean;
  /** What is not sealed is none of ours. */
  readonly isAllSealed: boolean;
  /** The name on the disk of what has this sha256, also 64 hexadecimal digits. */
  hide(sha256: string): string;
  /** The sha256 of what has this name on the disk. */
  reveal(name: string): string;
  /** `place`: what it is; it opens as that alone. */
  sealBytes(bytes: Uint8Array, place: string): Buffer;
  sealStream(
    pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    place: string,
  ): AsyncGenerator<Uint8Array>;
  /** The bytes from `from` to `to` of `bytes` in all. Throws AlteredArtifact. */
  openRange(read: ReadAt, bytes: number, range: Range, place: string): Buffer;
  /** The same of what is read piece by piece. */
  openStream(
    read: ReadLater,
    bytes: number,
    range: Range,
    place: string,
  ): AsyncGenerator<Uint8Array>;
  /** Whether the newest key sealed what begins so. */
  isCurrent(head: Uint8Array): boolean;
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/** Bytes in clear of so many sealed ones; negative: no such. */
export function measureClear(sealed: number): number {
  const body = sealed - sealHeadBytes;
  return body - sealTagBytes * Math.max(1, Math.ceil(body / sealedPieceBytes));
}

/** Bytes sealed of so many in clear. */
export function measureSealed(clear: number): number {
  return sealHeadBytes + clear + sealTagBytes * countPieces(clear);
}

function countPieces(clear: number): number {
  return Math.max(1, Math.ceil(clear / pieceBytes));
}

type Naming = Pick<BlobSeals, "isSealing" | "isAllSealed" | "hide" | "reveal">;

export function createBlobSeals(sealer: Sealer, naming: Naming): BlobSeals {
  return {
    ...naming,
    sealBytes(bytes, place) {
      const { head, sealPiece } = sealer.begin();
      const count = countPieces(bytes.byteLength);
      const at = Buffer.from(place);
      const pieces = [head];
      for (let index = 0; index < count; index += 1) {
        const piece = bytes.subarray(index * pieceBytes, (index + 1) * pieceBytes);
        pieces.push(sealPiece(piece, index, index === count - 1, at));
      }
      return Buffer.concat(pieces);
    },
    async *sealStream(pieces, place) {
      const { head, sealPiece } = sealer.begin();
      const at = Buffer.from(place);
      yield head;
      let index = 0;
      let held: Buffer = Buffer.alloc(0);
      for await (const piece of pieces) {
        held = Buffer.concat([held, piece]);
        // The last piece is known to be the last only when the stream has ended.
        let used = 0;
        for (; held.byteLength - used > pieceBytes; used += pieceBytes) {
          yield sealPiece(held.subarray(used, used + pieceBytes), index, false, at);
          index += 1;
        }
        held = held.subarray(used);
      }
      yield sealPiece(held, index, true, at);
    },
    openRange(read, bytes, range, place) {
      if (range.to <= range.from && bytes > 0) return Buffer.alloc(0);
      const opener = findOpener(read(0, sealHeadBytes), place);
      const opened: Buffer[] = [];
      for (const piece of listPieces(bytes, range)) {
        const sealed = read(piece.at, piece.length);
        opened.push(openOne(opener, sealed, piece, place));
      }
      return opened.length === 1 ? (opened[0] as Buffer) : Buffer.concat(opened);
    },
    async *openStream(read, bytes, range, place) {
      const opener = findOpener(await read(0, sealHeadBytes), place);
      for (const piece of listPieces(bytes, range))
        yield openOne(opener, await read(piece.at, piece.length), piece, place);
    },
    isCurrent: (head) => sealer.isCurrent(head),
  };

  function findOpener(
    head: Uint8Array,
    place: string,
  ): NonNullable<ReturnType<Sealer["findOpener"]>> {
    const opener = sealer.findOpener(head);
    if (opener === null) throw alteredSealError(place);
    return opener;
  }
}

/** A piece that a range needs: where it lies, sealed, and what of it is wanted. */
interface Piece extends Range {
  readonly index: number;
  readonly at: number;
  readonly length: number;
  readonly isLast: boolean;
}

function* listPieces(bytes: number, { from, to }: Range): Generator<Piece> {
  const count = countPieces(bytes);
  const end = Math.min(to, bytes);
  const first = Math.floor(from / pieceBytes);
  const last = Math.max(first, Math.ceil(end / pieceBytes) - 1);
  for (let index = first; index <= last && index < count; index += 1) {
    const start = index * pieceBytes;
    const clear = Math.min(pieceBytes, bytes - start);
    yield {
      index,
      at: sealHeadBytes + index * sealedPieceBytes,
      length: clear + sealTagBytes,
      isLast: index === count - 1,
      from: Math.max(0, from - start),
      to: Math.min(clear, end - start),
    };
  }
}

function openOne(
  opener: NonNullable<ReturnType<Sealer["findOpener"]>>,
  sealed: Uint8Array,
  { index, isLast, from, to }: Piece,
  place: string,
): Buffer {
  try {
    return opener.openPiece(sealed, index, isLast, Buffer.from(place)).subarray(from, to);
  } catch (error) {
    throw alteredSealError(place, error);
  }
}

function alteredSealError(place: string, cause?: unknown): AlteredArtifact {
  return new AlteredArtifact(`sealed artifact altered on disk: ${place}`, { cause });
}
