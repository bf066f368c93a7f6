/** Takes the files of an upload form onto disk as they arrive, within limits. */
import type { Context } from "hono";
import type { UploadedFile } from "../../engine/host/files.ts";
import { cleanFileName, formatBytes, formatNumber } from "../words/format.ts";
import type { Spool } from "./spool.ts";
import { MalformedForm, readMultipart, type Part, readFieldText } from "./multipart.ts";

/** What one form may bring. */
export interface UploadLimits {
  /** Bytes of the whole form. */
  readonly bytes: number;
  readonly files: number;
}

export interface Upload {
  readonly files: readonly UploadedFile[];
  /** The plain fields, the token apart. */
  readonly fields: Readonly<Record<string, string>>;
  /** Removes the files from disk; whoever reads them calls it afterwards. A second time it does nothing. */
  release(): Promise<void>;
}

/** More was sent than is taken; the message is Italian and says the limit. */
export class UploadTooLarge extends Error {}

export interface UploadMeans {
  readonly createSpool: () => Spool;
  readonly limits: UploadLimits;
  readonly isToken: (csrf: string) => boolean;
}

/** A form that says it is larger is not waited for: at an office's line it would take minutes to be refused. */
const heardOut = 64_000_000;
const MAX_FIELD = 16_384;
const MAX_FIELDS = 200;

/**
 * Reads the form; the field `csrf` must come first, before any file is written. `null` when `isToken` refuses it.
 * Throws MalformedForm when the body breaks off or is no form, UploadTooLarge beyond the limits, RunBlocked when the disk
 * refuses; nothing is left on disk then.
 */
export async function readUpload(c: Context, means: UploadMeans): Promise<Upload | null> {
  const stream = c.req.raw.body;
  if (stream === null) return null;
  const { limits } = means;
  const body = meterStream(stream, limits.bytes);
  const declared = Number(c.req.header("content-length") ?? 0);
  try {
    if (declared > limits.bytes) throw tooManyBytesError(limits.bytes);
    const parts = readMultipart(c.req.header("content-type") ?? "", body.readChunks());
    const first = await parts.next();
    if (first.done === true || first.value.field !== "csrf") return null;
    if (!means.isToken(await readFieldText(first.value.body, MAX_FIELD))) return null;
    return await takeParts(parts, means.createSpool(), limits);
  } catch (error) {
    // A browser that is still sending shows no answer: it is heard out, within reason.
    if (error instanceof UploadTooLarge && declared <= heardOut) await body.drain();
    throw error;
  }
}

async function takeParts(
  parts: AsyncIterable<Part>,
  spool: Spool,
  limits: UploadLimits,
): Promise<Upload> {
  const files: UploadedFile[] = [];
  const fields: Record<string, string> = {};
  let left = MAX_FIELDS;
  try {
    for await (const part of parts) {
      if (part.fileName === null) {
        if (left === 0) throw new MalformedForm("too many fields");
        left -= 1;
        fields[part.field] = await readFieldText(part.body, MAX_FIELD);
      } else if (part.fileName !== "") {
        if (files.length === limits.files)
          throw new UploadTooLarge(
            `Sono stati scelti troppi file: se ne caricano al massimo ${formatNumber(limits.files)} alla volta.`,
          );
        files.push(await spool.add(takeLastName(part.fileName), part.body));
      }
    }
  } catch (error) {
    await spool.release();
    throw error;
  }
  return { files, fields, release: () => spool.release() };
}

function takeLastName(fileName: string): string {
  return cleanFileName(fileName.split(/[/\\]/).at(-1) ?? fileName);
}

function tooManyBytesError(limit: number): UploadTooLarge {
  return new UploadTooLarge(
    `I file scelti sono troppo grandi: se ne caricano al massimo ${formatBytes(limit)} alla volta.`,
  );
}

interface Metered {
  /** The body's pieces. Throws UploadTooLarge beyond the limit, MalformedForm when the sender breaks off. */
  readChunks(): AsyncGenerator<Uint8Array, void, undefined>;
  /** Reads the rest and forgets it, at most as much again as the limit. */
  drain(): Promise<void>;
}

function meterStream(stream: AsyncIterable<Uint8Array>, limit: number): Metered {
  const source = stream[Symbol.asyncIterator]();
  let bytes = 0;

  async function readNext(): Promise<Uint8Array | null> {
    try {
      const { done, value } = await source.next();
      if (done === true) return null;
      bytes += value.byteLength;
      return value;
    } catch (error) {
      throw new MalformedForm("the sender broke off", { cause: error });
    }
  }

  return {
    async *readChunks() {
      for (;;) {
        const piece = await readNext();
        if (piece === null) return;
        if (bytes > limit) throw tooManyBytesError(limit);
        yield piece;
      }
    },
    async drain() {
      while (bytes <= 2 * limit) if ((await readNext()) === null) return;
    },
  };
}
