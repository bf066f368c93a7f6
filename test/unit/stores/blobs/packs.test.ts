/** Packs of blobs: what was acknowledged is there after any death; a byte that is lost loses its own blob and no other. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createHash } from "node:crypto";
import { open, rename } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ArtifactStore } from "../../../../engine/host/artifacts.ts";
import { openArtifacts, readArtifacts, sweepTemporary } from "../../../../stores/blobs/store.ts";
import { RunBlocked } from "../../../../engine/host/errors.ts";
import { createPackWriter } from "../../../../stores/blobs/packs/pack-writer.ts";
import { createPlaceTable } from "../../../../stores/blobs/packs/place-table.ts";
import { damageStored } from "../../../support/stored-blobs.ts";

let folder: string;
let packs: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postino-packs-"));
  packs = join(folder, "packs");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Bytes that no other number has, and that no compression shortens. */
function blobOf(number: number, size = 2_000): Uint8Array {
  const bytes = new Uint8Array(size);
  let seed = number + 1;
  for (let at = 0; at < size; at += 1) {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    bytes[at] = seed >> 16;
  }
  return bytes;
}

async function putAll(store: ArtifactStore, numbers: readonly number[]): Promise<string[]> {
  const hashes: string[] = [];
  for (const number of numbers) hashes.push((await store.put(`${number}`, blobOf(number))).sha256);
  return hashes;
}

/** What became of each blob, in the eyes of a process that starts now. */
async function readEach(hashes: readonly string[]): Promise<readonly string[]> {
  const store = readArtifacts(folder);
  const found: string[] = [];
  for (const sha256 of hashes)
    found.push(
      await store.read(sha256).then(
        () => "whole",
        (error: unknown) => (String(error).includes("altered") ? "altered" : "missing"),
      ),
    );
  await store.close();
  return found;
}

function listPacks(): readonly string[] {
  return readdirSync(packs).map((name) => name.replace(/^\d+-[0-9a-f]{6}-[0-9a-f]{8}/, "pack"));
}

function findPack(): string {
  return join(packs, readdirSync(packs)[0] ?? "");
}

describe("a start after a death", () => {
  test.each([
    ["closed", true, ["pack.pack"]],
    ["left open by a dead process", false, ["pack.open"]],
  ])("finds every blob of a pack that was %s", async (_name, isClosed, names) => {
    const store = await openArtifacts(folder);
    const hashes = await putAll(store, [1, 2, 3]);
    if (isClosed) await store.close();

    expect(listPacks()).toEqual(names);
    expect(await readEach(hashes)).toEqual(["whole", "whole", "whole"]);
  });

  test("a pack that is torn anywhere keeps what came before, and loses only what was not acknowledged", async () => {
    const store = await openArtifacts(folder);
    const hashes = await putAll(store, [1, 2]);
    const acknowledged = statSync(findPack()).size;
    const [third = ""] = await putAll(store, [3]);
    const whole = readFileSync(findPack());
    const seen = new Set<string>();

    for (let size = acknowledged; size < whole.length; size += 37) {
      for (const end of ["cut", "zeros"]) {
        const rest = Buffer.alloc(end === "cut" ? 0 : whole.length - size);
        writeFileSync(findPack(), Buffer.concat([whole.subarray(0, size), rest]));
        const [first, second, last] = await readEach([...hashes, third]);
        expect([size, first, second]).toEqual([size, "whole", "whole"]);
        seen.add(`${end}: ${last}`);
      }
    }

    // With its header there and its length, the blob is found and seen to be altered.
    expect([...seen].toSorted()).toEqual(["cut: missing", "zeros: altered", "zeros: missing"]);
  });

  test.each([
    ["left open", false],
    ["closed", true],
  ])(
    "a flipped byte anywhere in a pack that was %s loses one blob at most",
    async (_n, isClosed) => {
      const store = await openArtifacts(folder);
      const hashes = await putAll(store, [1, 2, 3]);
      if (isClosed) await store.close();
      const whole = readFileSync(findPack());

      for (let at = 0; at < whole.length; at += 13) {
        const flipped = Buffer.from(whole);
        flipped[at] = (flipped[at] ?? 0) ^ 0x10;
        writeFileSync(findPack(), flipped);
        const lost = (await readEach(hashes)).filter((found) => found !== "whole");
        expect([at, lost.length <= 1]).toEqual([at, true]);
      }
    },
  );

  test("what a dead process left at the end is not written over, nor in the way", async () => {
    const [first = ""] = await putAll(await openArtifacts(folder), [1]);
    appendFileSync(findPack(), Buffer.from("PBL1 half a record"));

    const next = await openArtifacts(folder);
    const [second = ""] = await putAll(next, [2]);
    await next.close();

    expect(listPacks().toSorted()).toEqual(["pack.open", "pack.pack"]);
    expect(await readEach([first, second])).toEqual(["whole", "whole"]);
  });

  test("goes on with a pack that was closed, however often, and with none that is full", async () => {
    const hashes: string[] = [];
    for (let day = 1; day <= 6; day += 1) {
      const store = await openArtifacts(folder, { fullAt: 20_000, resumedBelow: 9_000 });
      hashes.push(...(await putAll(store, [day * 2, day * 2 + 1])));
      await store.close();
    }

    // Two blobs and a list a day: beyond 9,000 bytes after the third day.
    expect(listPacks()).toEqual(["pack.pack", "pack.pack"]);
    expect(new Set(await readEach(hashes))).toEqual(new Set(["whole"]));
  });

  test("a pack that is full is closed, and another begun", async () => {
    const store = await openArtifacts(folder, { fullAt: 5_000, resumedBelow: 0 });

    const hashes = await putAll(store, [1, 2, 3, 4, 5, 6, 7]);

    expect(listPacks().toSorted()).toEqual(["pack.open", "pack.pack", "pack.pack"]);
    expect(new Set(await readEach(hashes))).toEqual(new Set(["whole"]));
  });
});

describe("two processes", () => {
  test("write packs of their own, and each reads what the other wrote since", async () => {
    const one = await openArtifacts(folder);
    const other = await openArtifacts(folder);

    const [first = ""] = await putAll(one, [1]);
    const [second = ""] = await putAll(other, [2]);
    const [third = ""] = await putAll(one, [3]);

    expect(await other.has(third)).toBe(true);
    expect(Buffer.from(await other.read(first))).toEqual(Buffer.from(blobOf(1)));
    expect(Buffer.from(await one.read(second))).toEqual(Buffer.from(blobOf(2)));
    expect(listPacks()).toEqual(["pack.open", "pack.open"]);
  });

  test("one that closes and one that goes on with the same pack disturb no reader", async () => {
    const reader = readArtifacts(folder);
    const one = await openArtifacts(folder);
    const [first = ""] = await putAll(one, [1]);
    await reader.read(first);
    await one.close();
    const other = await openArtifacts(folder);
    const [second = ""] = await putAll(other, [2]);

    expect(listPacks()).toEqual(["pack.open"]);
    expect((await reader.read(second)).byteLength).toBe(2_000);
    expect((await reader.read(first)).byteLength).toBe(2_000);
  });

  test("a pack that another went on with between the look and the claim is taken as it is by then", async () => {
    const one = await openArtifacts(folder);
    const first = await putAll(one, [1]);
    await one.close();
    const [name = ""] = readdirSync(packs);
    const before = readFileSync(join(packs, name));
    const other = await openArtifacts(folder);
    const second = await putAll(other, [2]);
    await other.close();
    const after = readFileSync(join(packs, name));
    writeFileSync(join(packs, name), before);
    const bytes = Buffer.from("tre");
    const digest = createHash("sha256").update(bytes).digest();
    const limits = { fullAt: 1_000_000, resumedBelow: 1_000_000 };
    const late = createPackWriter(packs, limits, open, async (from, to) => {
      writeFileSync(from, after);
      await rename(from, to);
    });
    await late.append({ kind: "bytes", digest, bytes: bytes.byteLength, body: bytes });
    await late.close();
    const third = [digest.toString("hex")];

    expect(new Set(await readEach([...first, ...second, ...third]))).toEqual(new Set(["whole"]));
  });

  test("a pack of another host is left as it is", async () => {
    const one = await openArtifacts(folder);
    const first = await putAll(one, [1]);
    await one.close();
    const [name = ""] = readdirSync(packs);
    renameSync(join(packs, name), join(packs, name.replace(/-[0-9a-f]{6}-/, "-altro1-")));
    const other = await openArtifacts(folder);
    const second = await putAll(other, [2]);
    await other.close();

    expect(readdirSync(packs).length).toBe(2);
    expect(new Set(await readEach([...first, ...second]))).toEqual(new Set(["whole"]));
  });

  test("of which one was frozen while the other took over: neither loses a blob", async () => {
    const frozen = await openArtifacts(folder);
    const before = await putAll(frozen, [1]);
    const next = await openArtifacts(folder);
    const after = await putAll(next, [2, 3]);
    await next.close();

    const late = await putAll(frozen, [4]);
    await frozen.close();

    expect(new Set(await readEach([...before, ...after, ...late]))).toEqual(new Set(["whole"]));
  });
});

describe("a blob that is put together", () => {
  test("keeps of a longer version only what was added, and is lost with what it begins with", async () => {
    const store = await openArtifacts(folder);
    const plain = blobOf(1, 60_000);
    const signed = Buffer.concat([plain, blobOf(2, 5_000)]);
    const { sha256: base } = await store.put("atto.pdf", plain);

    const { sha256 } = await store.put("atto-firmato.pdf", signed, { extend: base });
    await store.close();

    expect(statSync(findPack()).size).toBeLessThan(66_000);
    expect(Buffer.from(await readArtifacts(folder).read(sha256)).equals(signed)).toBe(true);
    damageStored(folder, base, "altered");
    expect(await readEach([base, sha256])).toEqual(["altered", "altered"]);
  });

  test.each([
    ["begins otherwise", () => blobOf(9, 60_000)],
    ["is shorter", () => blobOf(1, 900)],
    ["is the same", () => blobOf(1, 50_000)],
  ])("one that %s is whole all the same", async (_name, make) => {
    const store = await openArtifacts(folder);
    const { sha256: base } = await store.put("a", blobOf(1, 50_000));

    const { sha256 } = await store.put("b", make(), { extend: base });

    expect(Buffer.from(await store.read(sha256)).equals(make())).toBe(true);
  });

  test("is kept whole when what it extends is altered, or not there", async () => {
    const store = await openArtifacts(folder);
    const plain = blobOf(1, 50_000);
    const signed = Buffer.concat([plain, blobOf(2, 3_000)]);
    const { sha256: base } = await store.put("a", plain);
    damageStored(folder, base, "altered");

    const { sha256 } = await store.put("b", signed, { extend: base });
    const other = await store.put("c", blobOf(3), { extend: "0".repeat(64) });

    expect(await readEach([sha256, other.sha256])).toEqual(["whole", "whole"]);
  });

  test("an archive keeps its directory alone, and gives any part of itself", async () => {
    const store = await openArtifacts(folder);
    const hashes = await Promise.all(
      [1, 2, 3].map(async (n) => (await store.put(`${n}`, blobOf(n, 40_000))).sha256),
    );
    async function* archive(): AsyncGenerator<Uint8Array> {
      for (const sha256 of hashes) {
        yield Buffer.from(`head ${sha256}`);
        yield* store.stream(sha256);
      }
      yield Buffer.from("end");
    }
    const all = Buffer.concat(await Array.fromAsync(archive()));

    const { sha256, bytes } = await store.putStream("a.zip", archive());
    const copied = await store.putStream("b.zip", archive(), { isCopied: true });
    const part = Buffer.concat(await Array.fromAsync(store.slice(sha256, 39_990, 80_200)));

    expect([bytes, copied.sha256]).toEqual([all.byteLength, sha256]);
    expect(part.equals(all.subarray(39_990, 80_200))).toBe(true);
    expect(statSync(findPack()).size).toBeLessThan(122_000);
    expect(await store.isWhole(sha256)).toBe(true);
    damageStored(folder, hashes[1] ?? "", "altered");
    expect(await store.isWhole(sha256)).toBe(false);
  });

  test("an archive that is to be kept has every byte of its own", async () => {
    const store = await openArtifacts(folder);
    const { sha256: inner } = await store.put("a", blobOf(1, 40_000));
    async function* archive(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("head");
      yield* store.stream(inner);
    }

    const { sha256 } = await store.putStream("a.zip", archive(), { isCopied: true });
    damageStored(folder, inner, "missing");

    expect(await readEach([inner, sha256])).toEqual(["missing", "whole"]);
  });
});

describe("a file that is laid out", () => {
  test("goes after a day, unless it is all that there is", async () => {
    const store = await openArtifacts(folder);
    const [first = "", second = ""] = await putAll(store, [1, 2]);
    const paths = [await store.layOut(first), await store.layOut(second)];
    damageStored(folder, second, "missing");
    writeFileSync(paths[1] ?? "", blobOf(2));
    const laidOut = Date.parse("2026-11-29T06:00:00Z");
    for (const sha256 of [first, second])
      utimesSync(join(folder, "laid-out", sha256), laidOut / 1_000, laidOut / 1_000);

    await sweepTemporary(folder, laidOut + 86_399_000);
    const before = paths.map((path) => statSync(path ?? "").size);
    await sweepTemporary(folder, laidOut + 86_400_000);

    expect(before).toEqual([2_000, 2_000]);
    expect(readdirSync(join(folder, "laid-out"))).toEqual([]);
    expect(await readEach([first, second])).toEqual(["whole", "whole"]);
    expect(readdirSync(join(folder, second.slice(0, 2)))).toContain(second);
    expect(await readArtifacts(folder).layOut("0".repeat(64))).toBeNull();
  });
});

describe("a disk that refuses", () => {
  test("leaves nothing of the record, tells all who waited, and takes the next one", async () => {
    await openArtifacts(folder);
    let isFull = true;
    const writer = createPackWriter(
      packs,
      { fullAt: 1_000_000, resumedBelow: 1_000 },
      async (...given) => {
        const handle = await open(...given);
        const sync = handle.datasync.bind(handle);
        handle.datasync = async () => {
          if (isFull) throw Object.assign(new Error("no room"), { code: "ENOSPC" });
          await sync();
        };
        return handle;
      },
    );
    const record = (number: number) => ({
      kind: "bytes" as const,
      digest: new Uint8Array(32).fill(number),
      bytes: 100,
      body: new Uint8Array(100).fill(number),
    });

    const refused = await Promise.allSettled([writer.append(record(1)), writer.append(record(2))]);
    const size = statSync(findPack()).size;
    isFull = false;
    const written = await writer.append(record(3));

    for (const { status, ...rest } of refused) {
      expect(status).toBe("rejected");
      expect(rest).toMatchObject({ reason: expect.any(RunBlocked) });
    }
    expect([size, written.offset, statSync(findPack()).size]).toEqual([16, 16, 172]);
  });

  test("those that come while the disk is at work go to it together", async () => {
    await openArtifacts(folder);
    let syncs = 0;
    const limits = { fullAt: 1_000_000, resumedBelow: 1_000 };
    const writer = createPackWriter(packs, limits, async (...given) => {
      const handle = await open(...given);
      const sync = handle.datasync.bind(handle);
      handle.datasync = async () => {
        syncs += 1;
        await sync();
      };
      return handle;
    });

    await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        writer.append({
          kind: "bytes",
          digest: new Uint8Array(32).fill(n),
          bytes: 10,
          body: new Uint8Array(10),
        }),
      ),
    );

    expect(syncs).toBeLessThanOrEqual(2);
  });
});

test("one that comes at the very moment at which the writer ends is written too", async () => {
  await openArtifacts(folder);
  const writer = createPackWriter(packs, { fullAt: 1_000_000, resumedBelow: 1_000 });
  const append = (number: number) =>
    writer.append({
      kind: "bytes",
      digest: new Uint8Array(32).fill(number),
      bytes: 10,
      body: new Uint8Array(10),
    });

  const offsets: number[] = [];
  for (let turns = 0; turns < 8; turns += 1) {
    let turn: Promise<unknown> = append(turns);
    for (let each = 0; each < turns; each += 1) turn = turn.then(() => undefined);
    offsets.push((await turn.then(() => append(100 + turns))).offset);
  }

  expect(new Set(offsets).size).toBe(8);
});

test("the table of places finds the newest of each first, however full it was", () => {
  const table = createPlaceTable();
  const digests = Array.from({ length: 20_000 }, (_, n) =>
    new Bun.CryptoHasher("sha256").update(String(n % 10_000)).digest(),
  );
  for (const [n, digest] of digests.entries())
    table.add(digest, { pack: n % 7, offset: n * 50, stored: n });

  for (const n of [0, 1, 77, 9_999])
    expect(table.find(Buffer.from(digests[n] ?? []).toString("hex"))).toEqual([
      { pack: (n + 10_000) % 7, offset: (n + 10_000) * 50, stored: n + 10_000 },
      { pack: n % 7, offset: n * 50, stored: n },
    ]);
  expect(table.find("ab".repeat(32))).toEqual([]);
});
