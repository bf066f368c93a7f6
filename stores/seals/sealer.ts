/** Seals bytes under the newest key of a ring, and opens them under any: AES-256-GCM, no nonce twice. */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { deriveKey, type KeyRing } from "./ring.ts";

/** What stands before sealed bytes: key (4), salt (16), number (6). */
export const sealHeadBytes = 26;
export const sealTagBytes = 16;

/** One sealing: pieces of it are numbered, and the last is told from the others. */
export interface SealUnderWay {
  /** 26 bytes. */
  readonly head: Buffer;
  sealPiece(piece: Uint8Array, index: number, isLast: boolean, place: Buffer): Buffer;
}

/** What opens what was sealed with this head. */
export interface OpenSeal {
  /** Throws what node:crypto throws where it was altered, is another piece, or of another place. */
  openPiece(sealed: Uint8Array, index: number, isLast: boolean, place: Buffer): Buffer;
}

export interface Sealer {
  begin(): SealUnderWay;
  /** `null`: no key of the ring sealed it. */
  findOpener(head: Uint8Array): OpenSeal | null;
  /** Whether the newest key sealed it. */
  isCurrent(head: Uint8Array): boolean;
}

const mostKnown = 2_000;

/**
 * Each process derives a key of its own from the data key and a salt, and counts what it seals: a nonce comes once for each key.
 * `use`: texts and blobs have different keys.
 */
export function createSealer(ring: KeyRing, use: string): Sealer {
  const newest = ring.keys.at(-1);
  if (newest === undefined) throw new RangeError("a ring without keys");
  const salt = randomBytes(16);
  const own = deriveKey(newest.secret, salt, use);
  const begin = Buffer.concat([Buffer.from(newest.id, "hex"), salt]);
  const known = new Map<string, Buffer>([[begin.toString("latin1"), own]]);
  let count = 0;

  function findKey(head: Buffer): Buffer | null {
    const name = head.toString("latin1", 0, 20);
    const found = known.get(name);
    if (found !== undefined) return found;
    const id = head.toString("hex", 0, 4);
    const key = ring.keys.find((one) => one.id === id);
    if (key === undefined) return null;
    const derived = deriveKey(key.secret, head.subarray(4, 20), use);
    if (known.size >= mostKnown) known.clear();
    known.set(name, derived);
    return derived;
  }

  return {
    begin() {
      count += 1;
      const number = Buffer.alloc(6);
      number.writeUIntBE(count, 0, 6);
      return {
        head: Buffer.concat([begin, number]),
        sealPiece(piece, index, isLast, place) {
          const cipher = createCipheriv("aes-256-gcm", own, buildNonce(number, index, isLast));
          cipher.setAAD(place);
          return Buffer.concat([cipher.update(piece), cipher.final(), cipher.getAuthTag()]);
        },
      };
    },
    findOpener(bytes) {
      const head = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const key = head.byteLength < sealHeadBytes ? null : findKey(head);
      if (key === null) return null;
      const number = head.subarray(20, sealHeadBytes);
      return {
        openPiece(sealed, index, isLast, place) {
          const end = sealed.byteLength - sealTagBytes;
          if (end < 0) throw new RangeError("a sealed piece without its end");
          const opener = createDecipheriv("aes-256-gcm", key, buildNonce(number, index, isLast));
          opener.setAAD(place).setAuthTag(sealed.subarray(end));
          return Buffer.concat([opener.update(sealed.subarray(0, end)), opener.final()]);
        },
      };
    },
    isCurrent: (head) => Buffer.from(head.subarray(0, 4)).toString("hex") === newest.id,
  };
}

function buildNonce(number: Uint8Array, index: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.set(number, 0);
  nonce.writeUInt32BE(index, 6);
  nonce.writeUInt8(isLast ? 1 : 0, 10);
  return nonce;
}
