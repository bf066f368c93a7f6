/** The ring: data keys wrapped by the master key, in a file of the data folder that opens nothing by itself. */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";
import { toInstant } from "../../engine/host/clock.ts";
import { keyWrongError, ringAlteredError } from "./faults.ts";

/**
 * `sealing`: what is written is sealed, what is not sealed yet is read all the same. `sealed`: all of it is. `opening`: what is
 * written is in clear, what is still sealed is read all the same.
 */
export type RingMode = "sealing" | "sealed" | "opening";

/** A key of the data; `id`: eight hexadecimal digits, which stand in front of all that it seals. */
export interface DataKey {
  readonly id: string;
  /** ISO 8601 UTC. */
  readonly madeAt: string;
  readonly secret: Buffer;
}

/** The ring as it is in memory, open. */
export interface KeyRing {
  readonly mode: RingMode;
  /** The newest last: it seals, all of them open. */
  readonly keys: readonly DataKey[];
  /** For names and words of the search: it outlives the data keys. */
  readonly names: Buffer;
}

/** 32 bytes that wrap the keys of a ring, and where they came from, for messages. */
export interface MasterKey {
  readonly secret: Buffer;
  readonly where: string;
}

interface StoredRing {
  readonly format: "postino-portachiavi";
  readonly version: 1;
  readonly mode: RingMode;
  readonly salt: string;
  readonly keys: readonly {
    readonly id: string;
    readonly madeAt: string;
    readonly wrapped: string;
  }[];
  readonly names: string;
  /** Of all the rest. */
  readonly mac: string;
}

const keyBytes = 32;
const textBegin = "postino-chiave-1:";

/** A new master key, as its file holds it. */
export function makeMasterText(): string {
  return `${textBegin}${randomBytes(keyBytes).toString("base64url")}\n`;
}

/** `null`: the text is no master key. */
export function parseMasterText(text: string): Buffer | null {
  const line = text.trim();
  if (!line.startsWith(textBegin)) return null;
  const secret = Buffer.from(line.slice(textBegin.length), "base64url");
  return secret.byteLength === keyBytes ? secret : null;
}

/** A ring with one key. */
export function createRing(mode: RingMode, nowMs: number): KeyRing {
  return { mode, keys: [makeDataKey(nowMs)], names: randomBytes(keyBytes) };
}

export function makeDataKey(nowMs: number): DataKey {
  return {
    id: randomBytes(4).toString("hex"),
    madeAt: toInstant(nowMs),
    secret: randomBytes(keyBytes),
  };
}

/** 32 bytes of their own for each use. */
export function deriveKey(secret: Buffer, salt: Uint8Array, use: string): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, salt, `postino ${use} 1`, keyBytes));
}

/** The text of the file, wrapped anew. */
export function wrapRing({ mode, keys, names }: KeyRing, master: MasterKey): string {
  const salt = randomBytes(16);
  const wrapping = deriveKey(master.secret, salt, "wrap");
  const ring = {
    format: "postino-portachiavi",
    version: 1,
    mode,
    salt: salt.toString("base64url"),
    keys: keys.map(({ id, madeAt, secret }) => ({
      id,
      madeAt,
      wrapped: wrap(wrapping, secret, id),
    })),
    names: wrap(wrapping, names, "names"),
  } satisfies Omit<StoredRing, "mac">;
  return `${JSON.stringify({ ...ring, mac: computeMac(master, salt, ring) }, null, 2)}\n`;
}

/** Throws RunBlocked `KEY_WRONG`, `KEY_RING_ALTERED`. `path`: for messages. */
export function unwrapRing(text: string, master: MasterKey, path: string): KeyRing {
  const { mac, ...ring } = parseRing(text, path);
  const salt = Buffer.from(ring.salt, "base64url");
  const wrapping = deriveKey(master.secret, salt, "wrap");
  const keys = ring.keys.map((key) => ({ ...key, secret: unwrap(wrapping, key.wrapped, key.id) }));
  const names = unwrap(wrapping, ring.names, "names");
  // One that opens shows that the key is right, and what does not that the file is not.
  if (names === null && keys.every(({ secret }) => secret === null))
    throw keyWrongError(master.where);
  if (names === null || mac !== computeMac(master, salt, ring)) throw ringAlteredError(path);
  const opened = keys.map(({ id, madeAt, secret }) => {
    if (secret === null) throw ringAlteredError(path);
    return { id, madeAt, secret };
  });
  return { mode: ring.mode, keys: opened, names };
}

function parseRing(text: string, path: string): StoredRing {
  try {
    const ring = JSON.parse(text) as Partial<StoredRing>;
    const isRing =
      ring.format === "postino-portachiavi" &&
      ring.version === 1 &&
      typeof ring.salt === "string" &&
      typeof ring.names === "string" &&
      Array.isArray(ring.keys) &&
      ring.keys.length > 0 &&
      ring.keys.every(({ id, wrapped }) => typeof id === "string" && typeof wrapped === "string");
    if (isRing) return ring as StoredRing;
  } catch (error) {
    throw ringAlteredError(path, error);
  }
  throw ringAlteredError(path);
}

function computeMac(master: MasterKey, salt: Uint8Array, ring: Omit<StoredRing, "mac">): string {
  const key = deriveKey(master.secret, salt, "ring");
  return createHmac("sha256", key).update(JSON.stringify(ring)).digest("base64url");
}

function wrap(key: Buffer, secret: Buffer, place: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(place));
  return Buffer.concat([
    nonce,
    cipher.update(secret),
    cipher.final(),
    cipher.getAuthTag(),
  ]).toString("base64url");
}

/** `null`: it does not open. */
function unwrap(key: Buffer, wrapped: string, place: string): Buffer | null {
  const bytes = Buffer.from(wrapped, "base64url");
  if (bytes.byteLength !== 12 + keyBytes + 16) return null;
  const opener = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12))
    .setAAD(Buffer.from(place))
    .setAuthTag(bytes.subarray(-16));
  try {
    return Buffer.concat([opener.update(bytes.subarray(12, -16)), opener.final()]);
  } catch {
    return null;
  }
}
