/** A stream that is hashed and counted on its way. */
import { createHash } from "node:crypto";

export interface MeasuredStream {
  /** To be read once; only then the rest is of use. */
  readonly chunks: AsyncGenerator<Uint8Array>;
  /** Of all that has passed; once. */
  finish(): { readonly sha256: string; readonly bytes: number };
}

export function measureStream(chunks: AsyncIterable<Uint8Array>): MeasuredStream {
  const hash = createHash("sha256");
  let bytes = 0;
  async function* pass(): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.byteLength;
      yield chunk;
    }
  }
  return { chunks: pass(), finish: () => ({ sha256: hash.digest("hex"), bytes }) };
}
