/** Where each blob lies, for millions of them: 20 bytes a place, found by the first bytes of its sha256. */

/** A record of a pack; `pack` is a number of this process. */
export interface PackPlace {
  readonly pack: number;
  readonly offset: number;
  /** Bytes of its body. */
  readonly stored: number;
}

export interface PlaceTable {
  add(digest: Uint8Array, place: PackPlace): void;
  /** Where blobs of this sha256 may lie, the newest first; who reads there compares the rest of it. */
  find(sha256: string): readonly PackPlace[];
}

// An offset in a pack is below 1 GiB, so that both fit into a whole number of 53 bits.
const packUnit = 2 ** 30;

/** An empty table. */
export function createPlaceTable(): PlaceTable {
  let room = 1_024;
  let count = 0;
  let keys = new Float64Array(room);
  let places = new Float64Array(room);
  let sizes = new Uint32Array(room);

  function insert(key: number, place: number, stored: number): void {
    let slot = key % room;
    while (keys[slot] !== 0) slot = (slot + 1) % room;
    keys[slot] = key;
    places[slot] = place;
    sizes[slot] = stored;
    count += 1;
  }

  function grow(): void {
    const [oldKeys, oldPlaces, oldSizes] = [keys, places, sizes];
    const old = room;
    room *= 2;
    count = 0;
    keys = new Float64Array(room);
    places = new Float64Array(room);
    sizes = new Uint32Array(room);
    // From a free slot on: those of one key stay in the order in which they came, over the end too.
    const free = oldKeys.indexOf(0);
    for (let step = 0; step < old; step += 1) {
      const slot = (free + step) % old;
      const key = oldKeys[slot] ?? 0;
      if (key !== 0) insert(key, oldPlaces[slot] ?? 0, oldSizes[slot] ?? 0);
    }
  }

  return {
    add(digest, { pack, offset, stored }) {
      if (count * 5 >= room * 3) grow();
      insert(
        toKey(Buffer.from(digest.buffer, digest.byteOffset, 32)),
        pack * packUnit + offset,
        stored,
      );
    },
    find(sha256) {
      const key = toKey(Buffer.from(sha256.slice(0, 12), "hex"));
      const found: PackPlace[] = [];
      for (let slot = key % room; keys[slot] !== 0; slot = (slot + 1) % room) {
        if (keys[slot] !== key) continue;
        const place = places[slot] ?? 0;
        const pack = Math.floor(place / packUnit);
        found.push({ pack, offset: place - pack * packUnit, stored: sizes[slot] ?? 0 });
      }
      return found.toReversed();
    },
  };
}

/** 48 bits of a sha256; never 0, which means that a slot is free. */
function toKey(digest: Buffer): number {
  return digest.readUIntBE(0, 6) + 1;
}
