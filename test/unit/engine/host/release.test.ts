/** What giving bytes back takes, and what it must leave alone. */
import { describe, expect, test } from "bun:test";
import { releaseBytes } from "../../../../engine/host/release.ts";

/** What is left of the bytes, and of the memory that they lie in. */
function measureAfter(bytes: Uint8Array): readonly [number, number] {
  releaseBytes(bytes);
  return [bytes.byteLength, bytes.buffer.byteLength];
}

describe("giving bytes back", () => {
  const memory = (size: number): ArrayBuffer => new ArrayBuffer(size);

  test.each([
    ["a document", new Uint8Array(70_000), [0, 0]],
    ["what was put together", Buffer.concat([Buffer.alloc(60_000), Buffer.alloc(9_000)]), [0, 0]],
    ["a view of the beginning", new Uint8Array(memory(70_000), 0, 60_000), [60_000, 70_000]],
    ["a view of the end", new Uint8Array(memory(70_000), 10_000), [60_000, 70_000]],
    ["few bytes", new Uint8Array(8_191), [8_191, 8_191]],
    ["nothing", new Uint8Array(0), [0, 0]],
    ["what threads share", new Uint8Array(new SharedArrayBuffer(70_000)), [70_000, 70_000]],
  ])("%s", (_, bytes, left) => {
    expect(measureAfter(bytes)).toEqual(left as [number, number]);
  });

  test("small buffers of Node's pool keep their neighbours", () => {
    const [first, second] = [Buffer.from("uno"), Buffer.from("due")];

    releaseBytes(first);

    expect([first.toString(), second.toString()]).toEqual(["uno", "due"]);
  });

  test("twice does no harm", () => {
    const bytes = new Uint8Array(70_000);

    releaseBytes(bytes);
    releaseBytes(bytes);

    expect(bytes.byteLength).toBe(0);
  });
});
