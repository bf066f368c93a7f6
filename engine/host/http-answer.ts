/** Reads the body of an answer no further than its limits: bytes after unpacking, nesting of JSON, and the time of the call. */
import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import { codeOf } from "./errors.ts";

/** What an answer may be; a call that expects more says so. */
export interface AnswerLimits {
  /** Of the body, after unpacking. Default 8 MiB: a thousand times what services answer. */
  readonly maxBytes?: number;
  /** Of objects and lists in JSON. Default 64: the deepest answer of a service has about ten. */
  readonly maxDepth?: number;
}

/** The answer is larger or deeper than its limits: made to fill memory, or not the service that was meant. */
export class OversizedAnswer extends Error {
  constructor(what: string) {
    super(`the answer ${what}`);
    this.name = "OversizedAnswer";
  }
}

/** The sink could not take a piece: no fault of the other side. */
export class SinkFailure extends Error {}

const defaults = { maxBytes: 8 * 1024 * 1024, maxDepth: 64 } as const;

/** Takes the pieces of a file as they come, so that it is never held whole. */
export type Sink = (piece: Uint8Array) => Promise<void> | void;

/**
 * What came, unpacked and, when it says so, read as JSON; an empty body is `null`. With a sink the pieces go there as they came
 * and nothing is left to be read. Throws OversizedAnswer, the reason of the signal, and what the sink throws.
 */
export async function readAnswer(
  { body, headers }: Pick<Response, "body" | "headers">,
  limits: AnswerLimits,
  signal: AbortSignal,
  sink?: Sink,
): Promise<{ readonly bytes: Uint8Array; readonly body: unknown }> {
  const { maxBytes, maxDepth } = { ...defaults, ...limits };
  const told = Number(headers.get("content-length") ?? 0);
  const chunks: Uint8Array[] = [];
  if (body !== null) {
    const reader = body.getReader();
    try {
      if (told > maxBytes) throw tooManyBytesError(maxBytes);
      await drain(reader, sink ?? ((piece) => void chunks.push(piece)), maxBytes, signal);
    } finally {
      // Nobody reads on: the connection is not kept busy.
      reader.cancel().catch(() => undefined);
    }
  }
  const bytes = unpack(Buffer.concat(chunks), headers.get("content-encoding") ?? "", maxBytes);
  return { bytes, body: parseBody(bytes, headers, maxDepth) };
}

async function drain(
  reader: Pick<ReadableStreamDefaultReader<Uint8Array>, "read">,
  sink: Sink,
  maxBytes: number,
  signal: AbortSignal,
): Promise<void> {
  const given = Promise.withResolvers<never>();
  given.promise.catch(() => undefined);
  const giveUp = (): void => given.reject(signal.reason);
  if (signal.aborted) giveUp();
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    let size = 0;
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), given.promise]);
      if (done) return;
      size += value.byteLength;
      if (size > maxBytes) throw tooManyBytesError(maxBytes);
      try {
        await sink(value);
      } catch (cause) {
        throw new SinkFailure("the sink failed", { cause });
      }
    }
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

const unpackers: Readonly<
  Record<string, (bytes: Uint8Array, limit: { readonly maxOutputLength: number }) => Uint8Array>
> = { gzip: gunzipSync, "x-gzip": gunzipSync, deflate: inflateSync, br: brotliDecompressSync };

/** Undoes what the header names; what is plain already (the header stays where a fetch unpacks by itself) is left as it is. */
function unpack(bytes: Uint8Array, encodings: string, maxBytes: number): Uint8Array {
  const names = encodings.toLowerCase().split(",").slice(0, 2);
  let plain = bytes;
  for (const name of names.toReversed().map((one) => one.trim())) {
    const undo = unpackers[name];
    if (undo === undefined || !isPacked(plain, name)) continue;
    try {
      plain = undo(plain, { maxOutputLength: maxBytes });
    } catch (error) {
      throw codeOf(error) === "ERR_BUFFER_TOO_LARGE" ? tooManyBytesError(maxBytes) : error;
    }
  }
  return plain;
}

/** Source: RFC 1952 and RFC 1950, the first bytes; Brotli has none. */
function isPacked(bytes: Uint8Array, name: string): boolean {
  if (bytes.byteLength === 0) return false;
  if (name.endsWith("gzip")) return bytes[0] === 0x1f && bytes[1] === 0x8b;
  return name !== "deflate" || ((bytes[0] ?? 0) & 0x0f) === 8;
}

function parseBody(bytes: Uint8Array, headers: Headers, maxDepth: number): unknown {
  if (bytes.byteLength === 0) return null;
  const text = new TextDecoder().decode(bytes);
  if (!/\bjson\b/.test(headers.get("content-type") ?? "")) return text;
  if (isDeeper(text, maxDepth))
    throw new OversizedAnswer(`nests objects and lists more than ${maxDepth} deep`);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Counts brackets outside strings, so that no parser has to climb down first. */
function isDeeper(text: string, maxDepth: number): boolean {
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (isInString) {
      if (unit === backslash) at += 1;
      else if (unit === quote) isInString = false;
    } else if (unit === quote) isInString = true;
    else if (unit === openList || unit === openObject) {
      depth += 1;
      if (depth > maxDepth) return true;
    } else if (unit === closeList || unit === closeObject) depth -= 1;
  }
  return false;
}

const quote = 0x22;
const backslash = 0x5c;
const openList = 0x5b;
const closeList = 0x5d;
const openObject = 0x7b;
const closeObject = 0x7d;

function tooManyBytesError(maxBytes: number): OversizedAnswer {
  return new OversizedAnswer(`is larger than ${maxBytes} bytes`);
}
