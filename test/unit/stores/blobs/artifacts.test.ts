/** The store of blobs: what is stored is durable, whole and named by its bytes; a disk that refuses is told in plain words. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hostMark } from "../../../../stores/blobs/host-mark.ts";
import { openArtifacts, sweepTemporary } from "../../../../stores/blobs/store.ts";
import { toDiskError } from "../../../../engine/host/disk-faults.ts";
import { RunBlocked } from "../../../../engine/host/errors.ts";
import { damageStored } from "../../../support/stored-blobs.ts";
import { createSpool } from "../../../../server/web/spool.ts";
import { catchThrown } from "../../../support/thrown.ts";

/** sha256 of `ciao`, by sha256sum. */
const ciao = "b133a0c0e9bee3be20163d2ad31d6248db292aa6dcb1ee087a2aa50e0fc75ae2";
const bytes = new TextEncoder().encode("ciao");

let base: string;
let folder: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "postino-artifacts-"));
  folder = join(base, "artifacts");
});
afterEach(() => {
  chmodSync(base, 0o700);
  rmSync(base, { recursive: true, force: true });
});

async function* inPieces(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield new TextEncoder().encode(text);
}

/** Blobs in the packs, by their headers. */
function countRecords(): number {
  const packs = join(folder, "packs");
  const all = readdirSync(packs).map((name) => readFileSync(join(packs, name), "latin1"));
  return all.join("").split("PBL1").length - 1;
}

describe("storing", () => {
  test("bytes are laid out under their sha256, in a folder of its first two characters", async () => {
    const store = await openArtifacts(folder);

    const stored = await store.put("saluto.txt", bytes);

    expect(stored).toEqual({ name: "saluto.txt", sha256: ciao, bytes: 4 });
    expect(await store.layOut(ciao)).toBe(join(folder, "b1", ciao));
    expect(readFileSync(join(folder, "b1", ciao), "utf8")).toBe("ciao");
    expect(await store.measure(ciao)).toBe(4);
  });

  test("only the owner may read file and folders", async () => {
    const store = await openArtifacts(folder);
    await store.put("saluto.txt", bytes);
    await store.layOut(ciao);
    const packs = join(folder, "packs");
    const [pack = ""] = readdirSync(packs);

    const modes = [
      folder,
      packs,
      join(packs, pack),
      join(folder, "b1"),
      join(folder, "b1", ciao),
    ].map((path) => statSync(path).mode & 0o777);

    expect(modes).toEqual([0o700, 0o700, 0o600, 0o700, 0o600]);
  });

  test("a stream in pieces is the same blob as the bytes at once", async () => {
    const store = await openArtifacts(folder);

    const streamed = await store.putStream("a", inPieces("ci", "", "ao"));
    const put = await store.put("b", bytes);

    expect(streamed).toEqual({ name: "a", sha256: ciao, bytes: 4 });
    expect(put).toEqual({ name: "b", sha256: ciao, bytes: 4 });
    expect(countRecords()).toBe(1);
    expect(readdirSync(join(folder, "tmp"))).toEqual([]);
  });

  test("many at once of the same bytes leave one blob and nothing temporary", async () => {
    const store = await openArtifacts(folder);

    const stored = await Promise.all(
      Array.from({ length: 20 }, (_, index) => store.put(`n${index}`, bytes)),
    );

    expect(new Set(stored.map(({ sha256 }) => sha256))).toEqual(new Set([ciao]));
    expect(countRecords()).toBe(1);
    expect(readdirSync(join(folder, "tmp"))).toEqual([]);
  });

  test("a store that is opened again finds what was stored", async () => {
    await (await openArtifacts(folder)).put("saluto.txt", bytes);
    const again = await openArtifacts(folder);

    expect(await again.has(ciao)).toBe(true);
    expect(new TextDecoder().decode(await again.read(ciao))).toBe("ciao");
    let streamed = "";
    for await (const chunk of again.stream(ciao)) streamed += new TextDecoder().decode(chunk);
    expect(streamed).toBe("ciao");
  });
});

describe("a spool", () => {
  test("gives any part of its files back, and leaves nothing when it is released", async () => {
    const store = await openArtifacts(folder);
    const spool = createSpool(store.temporaryFolder);

    const first = await spool.add("a.txt", inPieces("ci", "", "ao"));
    const second = await spool.add("b.txt", inPieces("salve"));
    const parts = await Promise.all([
      first.slice(0, 4),
      first.slice(2, 100),
      second.slice(1, 3),
      second.slice(5, 9),
    ]);
    const mode = statSync(join(folder, "tmp", readdirSync(join(folder, "tmp"))[0] ?? "")).mode;
    await spool.release();
    await spool.release();

    expect([first.size, second.size]).toEqual([4, 5]);
    expect(parts.map((part) => new TextDecoder().decode(part))).toEqual(["ciao", "ao", "al", ""]);
    expect(mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).toSorted()).toEqual(["packs", "tmp"]);
    expect(readdirSync(join(folder, "tmp"))).toEqual([]);
  });

  test("that a dead process left is swept with the other temporary files", async () => {
    const spool = createSpool((await openArtifacts(folder)).temporaryFolder);
    await spool.add("a.txt", inPieces("ciao"));

    expect(await sweepTemporary(folder, 0)).toBe(1);
    expect(readdirSync(join(folder, "tmp"))).toEqual([]);
    await spool.release();
  });
});

/** Other bytes in the place of the only blob, which is the last of its pack; fewer: the pack ends there. */
function damageBody(now: string): void {
  const packs = join(folder, "packs");
  const path = join(packs, readdirSync(packs)[0] ?? "");
  const before = readFileSync(path);
  writeFileSync(path, Buffer.concat([before.subarray(0, -4), Buffer.from(now)]));
}

describe("reading", () => {
  test("a blob that was altered on disk is not given out", async () => {
    const store = await openArtifacts(folder);
    await store.put("saluto.txt", bytes);
    damageBody("ciap");

    expect(await catchThrown(store.read(ciao))).toEqual(
      new Error(`artifact altered on disk: ${ciao}`),
    );
  });

  test.each([
    ["a flipped byte", "cia\u006e"],
    ["a byte less", "cia"],
    ["nothing left", ""],
  ])("a stream of a blob with %s gives out nothing of it", async (_name, now) => {
    const store = await openArtifacts(folder);
    await store.put("saluto.txt", bytes);
    damageBody(now);
    const given: Uint8Array[] = [];

    const error = await catchThrown(
      (async () => {
        for await (const chunk of store.stream(ciao)) given.push(chunk);
      })(),
    );

    expect(error).toEqual(new Error(`artifact altered on disk: ${ciao}`));
    expect(given).toEqual([]);
  });

  test.each([
    ["bytes", "cian"],
    ["bytes", ""],
    ["a stream", "cian"],
    ["a stream", "cia"],
  ])(
    "an altered blob that is stored again as %s is whole again (it was «%s»)",
    async (how, now) => {
      const store = await openArtifacts(folder);
      await store.put("saluto.txt", bytes);
      damageBody(now);

      if (how === "bytes") await store.put("saluto.txt", bytes);
      else await store.putStream("saluto.txt", piecesOf(bytes));

      expect(await store.read(ciao)).toEqual(Buffer.from(bytes));
    },
  );

  test.each([300_000, 1_000_000, 1_000_001, 2_500_000])(
    "a stream of a whole blob of %i bytes gives it out, of an altered one nothing",
    async (size) => {
      const store = await openArtifacts(folder);
      const large = new Uint8Array(size).fill(7);
      const { sha256 } = await store.put("grande", large);
      const whole: Uint8Array[] = [];
      for await (const chunk of store.stream(sha256)) whole.push(chunk);
      damageStored(folder, sha256, "altered");
      const altered: Uint8Array[] = [];

      const error = await catchThrown(
        (async () => {
          for await (const chunk of store.stream(sha256)) altered.push(chunk);
        })(),
      );

      expect(Buffer.concat(whole).equals(large)).toBe(true);
      expect(error).toEqual(new Error(`artifact altered on disk: ${sha256}`));
      expect(altered).toEqual([]);
    },
  );

  test("a blob that is not there has no size and cannot be read", async () => {
    const store = await openArtifacts(folder);

    expect(await store.has(ciao)).toBe(false);
    expect(await store.measure(ciao)).toBeNull();
    expect(await catchThrown(store.read(ciao))).toMatchObject({ code: "ENOENT" });
  });
});

describe("what goes wrong while writing", () => {
  test("a source that breaks off leaves nothing, and its own error goes on", async () => {
    const store = await openArtifacts(folder);
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield bytes;
      throw Object.assign(new Error("input not readable"), { code: "EACCES" });
    }

    const error = await catchThrown(store.putStream("a", broken()));

    expect(error).not.toBeInstanceOf(RunBlocked);
    expect(error).toMatchObject({ message: "input not readable", code: "EACCES" });
    expect(readdirSync(join(folder, "tmp"))).toEqual([]);
  });

  test("what a dead process left half-written is swept", async () => {
    await openArtifacts(folder);
    writeFileSync(join(folder, "tmp", "4711-1"), "half");

    expect(await sweepTemporary(folder, 0)).toBe(1);
    expect(readdirSync(join(folder, "tmp"))).toEqual([]);
    expect(await sweepTemporary(join(base, "not-there"), 0)).toBe(0);
  });

  // The kernel itself says ENOSPC to every write to /dev/full.
  test.skipIf(!existsSync("/dev/full"))(
    "a full disk blocks the run and leaves nothing half written of a large blob (needs /dev/full)",
    async () => {
      const store = await openArtifacts(folder);
      for (const number of [1, 2])
        symlinkSync("/dev/full", join(folder, "tmp", `${hostMark}-${process.pid}-${number}`));

      const large = new Uint8Array(4_000_001);

      const errors = [
        await catchThrown(store.put("grande", large)),
        await catchThrown(store.putStream("grande", inPieces("x".repeat(4_000_001)))),
      ];

      for (const error of errors) {
        expect(error).toBeInstanceOf(RunBlocked);
        expect(error).toMatchObject({
          code: "DISK_FULL",
          hint: {
            action: "resume",
            first: "Liberare spazio sul disco dei dati.",
            after: "Nulla di ciò che è registrato è andato perso.",
          },
        });
        expect(String(error)).toContain("Il disco dei dati è pieno o non si può scrivere: ENOSPC");
      }
      expect(await store.has(ciao)).toBe(false);
      expect(readdirSync(join(folder, "tmp"))).toEqual([]);
    },
  );

  test("a folder that cannot be made blocks and is named", async () => {
    writeFileSync(folder, "a file where the folder should be");

    const error = await catchThrown(openArtifacts(folder));

    expect(error).toBeInstanceOf(RunBlocked);
    expect(error).toMatchObject({
      code: "DATA_NOT_WRITABLE",
      message: `Nei dati di Postino non si può scrivere: ${folder}.`,
    });
  });

  test("a shelf that cannot be made blocks and leaves nothing temporary", async () => {
    const store = await openArtifacts(folder);
    writeFileSync(join(folder, "b1"), "a file where the shelf should be");

    await store.put("saluto.txt", bytes);

    const error = await catchThrown(store.layOut(ciao));

    expect(error).toMatchObject({ code: "DATA_NOT_WRITABLE" });
    expect(readdirSync(join(folder, "tmp"))).toEqual([]);
  });

  test.skipIf(process.getuid?.() === 0)(
    "a folder without the right to write blocks (root may write everywhere)",
    async () => {
      mkdirSync(folder);
      chmodSync(base, 0o500);
      chmodSync(folder, 0o500);

      expect(await catchThrown(openArtifacts(folder))).toMatchObject({ code: "DATA_NOT_WRITABLE" });
      chmodSync(folder, 0o700);
    },
  );

  test.each([
    ["ENOSPC", "DISK_FULL"],
    ["EDQUOT", "DISK_FULL"],
    ["SQLITE_FULL", "DISK_FULL"],
    ["SQLITE_IOERR_WRITE", "DISK_FULL"],
    ["SQLITE_IOERR_FSYNC", "DISK_FULL"],
    ["EROFS", "DATA_NOT_WRITABLE"],
    ["EACCES", "DATA_NOT_WRITABLE"],
    ["EPERM", "DATA_NOT_WRITABLE"],
    ["SQLITE_READONLY", "DATA_NOT_WRITABLE"],
    ["SQLITE_READONLY_DBMOVED", "DATA_NOT_WRITABLE"],
  ])("a write that fails with %s blocks with %s", (code, expected) => {
    const cause = Object.assign(new Error("failed"), { code });

    const fault = toDiskError(cause, "data");

    expect(fault).toBeInstanceOf(RunBlocked);
    expect(fault).toMatchObject({ code: expected, cause });
  });

  test("an error that says nothing of the disk stays what it is", () => {
    const bug = new TypeError("x is undefined");
    const busy = Object.assign(new Error("busy"), { code: "SQLITE_BUSY" });

    expect(toDiskError(bug, "data")).toBe(bug);
    expect(toDiskError(busy, "data")).toBe(busy);
    expect(toDiskError(null, "data")).toBeNull();
  });
});

async function* piecesOf(all: Uint8Array): AsyncGenerator<Uint8Array> {
  for (const byte of all) yield Uint8Array.of(byte);
}
