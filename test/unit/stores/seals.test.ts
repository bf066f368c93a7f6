/** What is sealed opens in its place, by its key, as it was written, and in no other way. */
import { describe, expect, test } from "bun:test";
import { isLostArtifact } from "../../../engine/host/files.ts";
import { measureClear, measureSealed, pieceBytes } from "../../../stores/seals/blobs.ts";
import {
  createRing,
  makeDataKey,
  makeMasterText,
  parseMasterText,
  unwrapRing,
  wrapRing,
} from "../../../stores/seals/ring.ts";
import { assertClear, createSeals } from "../../../stores/seals/seals.ts";

const ring = createRing("sealed", 0);
const seals = createSeals(ring);
const place = "items.data 7\u001fT00001";

function codeThrownBy(work: () => unknown): unknown {
  try {
    return { opened: work() };
  } catch (error) {
    return (error as { code?: string }).code;
  }
}

function isLostWhen(work: () => unknown): boolean {
  try {
    work();
    return false;
  } catch (error) {
    return isLostArtifact(error);
  }
}

describe("texts", () => {
  test.each(["", "a", "Rossi", "é\u0000\u{1F600}", "x".repeat(100_000)])(
    "%p comes back",
    (text) => {
      const sealed = seals.sealText(text, place);
      const equal = seals.sealEqual(text);

      expect(createSeals(ring).openText(sealed, place)).toBe(text);
      expect(createSeals(ring).openText(equal, "anywhere")).toBe(text);
      expect(text.length > 3 && (sealed + equal).includes(text)).toBe(false);
    },
  );

  test("a flipped character anywhere is told", () => {
    const mark = `"purgedOn":`;
    for (const sealed of [
      seals.sealText("Rossi Ada", place),
      seals.sealText("Rossi Ada", place, mark),
      seals.sealEqual("Rossi Ada"),
    ])
      for (let at = 0; at < sealed.length; at += 1)
        for (const other of ["A", "B", "_", '"']) {
          if (sealed[at] === other) continue;
          const changed = sealed.slice(0, at) + other + sealed.slice(at + 1);
          expect([at, other, codeThrownBy(() => seals.openText(changed, place))]).toEqual([
            at,
            other,
            "SEAL_BROKEN",
          ]);
        }
  });

  test.each([
    ["another row", "items.data 7\u001fT00002"],
    ["another column", "items.note 7\u001fT00001"],
    ["another run", "items.data 8\u001fT00001"],
  ])("it opens not in %s", (_, other) => {
    const sealed = seals.sealText("Rossi", place);

    expect(codeThrownBy(() => seals.openText(sealed, other))).toBe("SEAL_BROKEN");
  });

  test("what is in clear is read while data are being moved, and told once all are sealed", () => {
    const moving = createSeals({ ...ring, mode: "sealing" });

    expect(moving.openText("Rossi", place)).toBe("Rossi");
    expect(codeThrownBy(() => seals.openText("Rossi", place))).toBe("SEAL_BROKEN");
    expect(createSeals({ ...ring, mode: "opening" }).sealText("Rossi", place)).toBe("Rossi");
  });

  test("without a key no sealed text passes for one in clear", () => {
    for (const sealed of [seals.sealText("Rossi", place), seals.sealEqual("Rossi")])
      expect(codeThrownBy(() => assertClear(sealed))).toBe("KEY_RING_MISSING");
    expect(codeThrownBy(() => assertClear("Rossi $p1$"))).toEqual({ opened: undefined });
  });

  test("no two of many begin with the same key and number, in one process and in several", () => {
    const heads = new Set<string>();
    for (const one of [seals, createSeals(ring), createSeals(ring)])
      for (let index = 0; index < 2_000; index += 1)
        heads.add(
          Buffer.from(one.sealText("", place).slice(4), "base64url").toString("hex", 0, 26),
        );

    expect(heads.size).toBe(6_000);
  });

  test("after a rotation the old key opens, the new one seals, and what is settled is told", () => {
    const rotated = createSeals({ ...ring, keys: [...ring.keys, makeDataKey(1)] });
    const old = seals.sealText("Rossi", place);
    const fresh = rotated.sealText("Rossi", place);

    expect([rotated.openText(old, place), rotated.openText(fresh, place)]).toEqual([
      "Rossi",
      "Rossi",
    ]);
    expect([rotated.isSettled(old), rotated.isSettled(fresh), seals.isSettled(old)]).toEqual([
      false,
      true,
      true,
    ]);
    expect(codeThrownBy(() => seals.openText(fresh, place))).toBe("SEAL_BROKEN");
  });
});

describe("bytes", () => {
  const sizes = [0, 1, pieceBytes - 1, pieceBytes, pieceBytes + 1, 3 * pieceBytes, 200_001];

  test.each(sizes)(
    "%d bytes come back, whole and in ranges, however they were sealed",
    async (size) => {
      const clear = Buffer.from(Uint8Array.from({ length: size }, (_, index) => (index * 7) % 251));
      const atOnce = seals.blobs.sealBytes(clear, "a");
      const pieces = [clear.subarray(0, 10), clear.subarray(10, 70_000), clear.subarray(70_000)];
      const streamed = Buffer.concat(await Array.fromAsync(seals.blobs.sealStream(pieces, "a")));

      for (const sealed of [atOnce, streamed]) {
        expect(sealed.byteLength).toBe(measureSealed(size));
        expect(measureClear(sealed.byteLength)).toBe(size);
        const read = (from: number, length: number): Buffer => sealed.subarray(from, from + length);
        for (const [from, to] of [
          [0, size],
          [Math.floor(size / 2), size],
          [Math.min(size, pieceBytes - 3), Math.min(size, pieceBytes + 3)],
        ] as const)
          expect(
            seals.blobs.openRange(read, size, { from, to }, "a").equals(clear.subarray(from, to)),
          ).toBe(true);
      }
    },
  );

  test("a flipped byte, a lost end, pieces in another order and another place are told", () => {
    const clear = Buffer.alloc(2 * pieceBytes + 100, "Rossi");
    const sealed = seals.blobs.sealBytes(clear, "a");
    const isTold = (bytes: Buffer, at = "a", size = clear.byteLength): boolean =>
      isLostWhen(() =>
        seals.blobs.openRange(
          (from, length) => bytes.subarray(from, from + length),
          size,
          { from: 0, to: size },
          at,
        ),
      );
    const changed: Buffer[] = [];
    for (let at = 0; at < sealed.byteLength; at += at < 60 ? 1 : 997) {
      const copy = Buffer.from(sealed);
      copy[at] = (copy[at] ?? 0) ^ 1;
      changed.push(copy);
    }
    const piece = pieceBytes + 16;
    const swapped = Buffer.concat([
      sealed.subarray(0, 26),
      sealed.subarray(26 + piece, 26 + 2 * piece),
      sealed.subarray(26, 26 + piece),
      sealed.subarray(26 + 2 * piece),
    ]);

    for (const bytes of [...changed, swapped]) expect(isTold(bytes)).toBe(true);
    expect(isTold(sealed, "b")).toBe(true);
    // An end at a whole piece is no end.
    const cut = sealed.subarray(0, 26 + 2 * piece);
    expect(isTold(cut, "a", 2 * pieceBytes)).toBe(true);
  });

  test("a name is hidden and found again", () => {
    const sha256 = "b133a0c0e9bee3be20163d2ad31d6248db292aa6dcb1ee087a2aa50e0fc75ae2";
    const hidden = seals.blobs.hide(sha256);

    expect(hidden).toMatch(/^[0-9a-f]{64}$/);
    expect(hidden).not.toBe(sha256);
    expect([createSeals(ring).blobs.hide(sha256), seals.blobs.reveal(hidden)]).toEqual([
      hidden,
      sha256,
    ]);
    expect(createSeals(createRing("sealed", 0)).blobs.hide(sha256)).not.toBe(hidden);
  });
});

describe("the ring", () => {
  const master = { secret: Buffer.alloc(32, 1), where: "chiave" };
  const other = { secret: Buffer.alloc(32, 2), where: "altra" };
  const text = wrapRing(ring, master);

  test("opens with its master key alone", () => {
    expect(unwrapRing(text, master, "anello")).toEqual(ring);
    expect(codeThrownBy(() => unwrapRing(text, other, "anello"))).toBe("KEY_WRONG");
  });

  test("a flipped character anywhere opens nothing", () => {
    for (let at = 0; at < text.length; at += 1) {
      const changed = text.slice(0, at) + (text[at] === "b" ? "c" : "b") + text.slice(at + 1);
      const told = codeThrownBy(() => unwrapRing(changed, master, "anello"));
      // White space between the fields says nothing.
      if (typeof told === "string") expect(["KEY_RING_ALTERED", "KEY_WRONG"]).toContain(told);
      else expect(told).toEqual({ opened: ring });
    }
    expect(
      codeThrownBy(() => unwrapRing(text.replace("sealed", "opening"), master, "anello")),
    ).toBe("KEY_RING_ALTERED");
  });

  test("a master key is told from any other file", () => {
    expect(parseMasterText(makeMasterText())?.byteLength).toBe(32);
    for (const wrong of ["", "postino-chiave-1:", "postino-chiave-1:abc", "segreto", text])
      expect(parseMasterText(wrong)).toBeNull();
  });
});
