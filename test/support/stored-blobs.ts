/** Damage to a blob wherever a store of artifacts keeps it: in its packs, and in a file of its own. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BlobSeals } from "../../stores/seals/blobs.ts";

/** Beside the bytes of the record: magic, kind, none, stored, bytes, none; see stores/blobs/packs/record.ts. */
const digestAt = 20;
const storedAt = 8;
const headerBytes = 56;

/** What a broken disk makes of a blob. */
export const damages = {
  /** Its record cannot be found any more, its file is gone. */
  missing: (record: Buffer) => record.fill(0, 0, 4),
  altered: (record: Buffer) => flipEnd(record),
  /** The second half was never written. */
  "half empty": (record: Buffer) =>
    record.fill(0, headerBytes + Math.floor((record.length - headerBytes) / 2)),
} as const satisfies Readonly<Record<string, (record: Buffer) => Buffer>>;

function flipEnd(bytes: Buffer): Buffer {
  for (let at = bytes.length - 20; at < bytes.length; at += 1) bytes[at] = (bytes[at] ?? 0) ^ 0x5a;
  return bytes;
}

export type Damage = keyof typeof damages;

/** Damages every copy of the blob below `folder`; what it gives back mends them. Throws when there is none. */
export function damageStored(
  folder: string,
  sha256: string,
  how: Damage,
  seals: Pick<BlobSeals, "hide"> | null = null,
): () => void {
  const name = seals?.hide(sha256) ?? sha256;
  const mends: (() => void)[] = [];
  const digest = Buffer.from(name, "hex");
  const packs = join(folder, "packs");
  for (const pack of existsSync(packs) ? readdirSync(packs) : []) {
    const path = join(packs, pack);
    const before = readFileSync(path);
    const after = Buffer.from(before);
    for (let at = after.indexOf(digest); at !== -1; at = after.indexOf(digest, at + 1)) {
      const start = at - digestAt;
      if (after.toString("latin1", start, start + 4) !== "PBL1") continue;
      const length = headerBytes + after.readUInt32LE(start + storedAt);
      damages[how](after.subarray(start, start + length));
    }
    if (after.equals(before)) continue;
    writeFileSync(path, after);
    mends.push(() => writeFileSync(path, before));
  }
  const loose = join(folder, name.slice(0, 2), seals === null ? name : `${name}.s`);
  if (existsSync(loose)) {
    const before = readFileSync(loose);
    if (how === "missing") rmSync(loose);
    else writeFileSync(loose, flipEnd(Buffer.from(before)));
    mends.push(() => writeFileSync(loose, before, { mode: 0o600 }));
  }
  if (mends.length === 0) throw new Error(`no blob ${sha256} below ${folder}`);
  return () => {
    for (const mend of mends) mend();
  };
}
