/** What many blobs begin with (the typefaces and the profile of every PDF of a model): stored once in each pack, and hashed once. */
import { createHash, type Hash } from "node:crypto";

/** A beginning that several blobs share, as it was found right. */
export interface Head {
  readonly sha256: string;
  readonly bytes: Buffer;
  /** The pack that it was last stored in by this process; `null`: none. */
  storedIn: string | null;
}

/** Those that a process met. */
export interface Heads {
  /** The longest that the bytes begin with. */
  match(bytes: Uint8Array): Head | null;
  /** Makes one of what the bytes begin with as bytes did that were met before; `null`: nothing long enough. */
  learn(bytes: Uint8Array): Head | null;
  /** By its sha256. */
  find(sha256: string): Head | null;
  /** `bytes` are those of the sha256. */
  add(sha256: string, bytes: Uint8Array): Head;
  /** The sha256 of the bytes, in hexadecimal digits; what they share with others is not hashed again. */
  hash(bytes: Uint8Array): string;
}

/** Bytes: a shorter beginning is not worth a record of its own. */
const shortest = 8_192;
/** A multiple of so many bytes, so that two of a kind that go on alike for a few more find the same. */
const unit = 1_024;
/** Bytes: more are never compared. */
const longest = 262_144;
/** A verbale and a notice of some models: each ente has its own crest. */
const mostHeads = 16;
const mostRecent = 4;

interface Kept extends Head {
  /** Has hashed the head and nothing else. */
  readonly state: Hash;
}

/** Knows none yet. */
export function createHeads(): Heads {
  // The latest used last.
  const heads = new Map<string, Kept>();
  const recent: Buffer[] = [];

  function match(bytes: Uint8Array): Kept | null {
    let best: Kept | null = null;
    for (const head of heads.values())
      if (head.bytes.byteLength > (best?.bytes.byteLength ?? 0) && beginsWith(bytes, head.bytes))
        best = head;
    if (best === null) return null;
    heads.delete(best.sha256);
    heads.set(best.sha256, best);
    return best;
  }

  function add(sha256: string, bytes: Uint8Array): Kept {
    const known = heads.get(sha256);
    if (known !== undefined) return known;
    const own = Buffer.from(bytes);
    const made = { sha256, bytes: own, storedIn: null, state: createHash("sha256").update(own) };
    heads.set(sha256, made);
    const [oldest] = heads.keys();
    if (heads.size > mostHeads && oldest !== undefined) heads.delete(oldest);
    return made;
  }

  return {
    match,
    add,
    find: (sha256) => heads.get(sha256) ?? null,
    learn(bytes) {
      let shared = 0;
      for (const other of recent) shared = Math.max(shared, countShared(bytes, other));
      recent.push(Buffer.from(bytes.subarray(0, longest)));
      if (recent.length > mostRecent) recent.shift();
      if (shared < shortest) return null;
      const head = bytes.subarray(0, shared);
      return add(createHash("sha256").update(head).digest("hex"), head);
    },
    hash(bytes) {
      const head = match(bytes);
      if (head === null) return createHash("sha256").update(bytes).digest("hex");
      return head.state.copy().update(bytes.subarray(head.bytes.byteLength)).digest("hex");
    },
  };
}

function beginsWith(bytes: Uint8Array, head: Buffer): boolean {
  return bytes.byteLength >= head.byteLength && head.equals(bytes.subarray(0, head.byteLength));
}

/** How many whole units two begin with alike. */
function countShared(one: Uint8Array, other: Buffer): number {
  let same = 0;
  let differs = Math.floor(Math.min(one.byteLength, other.byteLength, longest) / unit) + 1;
  while (differs - same > 1) {
    const middle = Math.floor((same + differs) / 2);
    const isSame = beginsWith(one, other.subarray(0, middle * unit));
    if (isSame) same = middle;
    else differs = middle;
  }
  return same * unit;
}
