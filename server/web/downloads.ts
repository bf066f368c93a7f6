/** Answers that carry a stored file or a stream of text. */
import type { Context } from "hono";
import type { ArtifactStore } from "../../engine/host/artifacts.ts";
import type { StoredArtifact } from "../../engine/host/files.ts";
import { cleanFileName } from "../words/format.ts";
import { keepPrincipal } from "./gate/who.ts";

const types: Readonly<Record<string, string>> = {
  pdf: "application/pdf",
  zip: "application/zip",
  csv: "text/csv; charset=utf-8",
};

/** The stored file as an attachment, whole or in the range that is asked for; or why there is none: its blob is not on the disk, or no longer what it was. */
export async function answerFile(
  c: Context,
  artifacts: ArtifactStore,
  file: StoredArtifact,
): Promise<Response | "missing" | "altered"> {
  const bytes = await artifacts.measure(file.sha256);
  if (bytes === null) return "missing";
  // To its end before the first byte goes out: once it has, a browser can only be left with half a file.
  if (!(await artifacts.isWhole(file.sha256))) return "altered";
  const extension = file.name.split(".").at(-1)?.toLowerCase() ?? "";
  const headers = {
    "content-type": types[extension] ?? "application/octet-stream",
    "content-disposition": buildDisposition(file.name),
    "accept-ranges": "bytes",
    // What a file is called by never changes what is in it.
    etag: `"${file.sha256}"`,
  };
  const asked = c.req.header("range");
  const range = asked === undefined || !isRangeOf(c, file) ? null : parseRange(asked, bytes);
  if (range === "beyond")
    return new Response(null, { status: 416, headers: { "content-range": `bytes */${bytes}` } });
  const { from, to } = range ?? { from: 0, to: bytes };
  const isHead = c.req.method === "HEAD";
  const body = isHead ? null : toStream(() => artifacts.slice(file.sha256, from, to));
  return new Response(body, {
    status: range === null ? 200 : 206,
    headers: {
      ...headers,
      "content-length": String(to - from),
      ...(range !== null && { "content-range": `bytes ${from}-${to - 1}/${bytes}` }),
    },
  });
}

/** A part is given only of the very file of which the other part is there already. */
function isRangeOf(c: Context, { sha256 }: StoredArtifact): boolean {
  const of = c.req.header("if-range");
  return of === undefined || of === `"${sha256}"`;
}

/** One range of bytes, `to` exclusive; `null`: several or none that is understood, so that the whole is given (RFC 9110, 14.2). */
function parseRange(
  header: string,
  bytes: number,
): { readonly from: number; readonly to: number } | "beyond" | null {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(header) ?? [];
  if (first === "" && last === "") return null;
  if (first === "") {
    const tail = Math.min(Number(last), bytes);
    return tail === 0 ? "beyond" : { from: bytes - tail, to: bytes };
  }
  const from = Number(first);
  if (last !== "" && Number(last) < from) return null;
  const to = last === "" ? bytes : Math.min(Number(last) + 1, bytes);
  return from >= bytes ? "beyond" : { from, to };
}

/** Text that is written as it is read; with a name it is saved as a file. */
export function answerText(
  pieces: AsyncIterable<string>,
  contentType: string,
  name?: string,
): Response {
  const headers = new Headers({ "content-type": contentType });
  if (name !== undefined) headers.set("content-disposition", buildDisposition(name));
  return new Response(
    toStream(() => encodePieces(pieces)),
    { headers },
  );
}

/** Bytes that are made as they are read, saved as a file. */
export function answerPieces(
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  contentType: string,
  name: string,
): Response {
  return new Response(
    toStream(async function* () {
      yield* pieces;
    }),
    { headers: { "content-type": contentType, "content-disposition": buildDisposition(name) } },
  );
}

/** Content-Disposition of a name that may hold anything: no path, no quotes, no control characters (RFC 6266). */
export function buildDisposition(name: string): string {
  const safe = cleanFileName(name);
  const plain = safe.replaceAll(/[^\x20-\x7e]/g, "_");
  const encodedName = encodeURIComponent(safe).replaceAll(/['()*]/g, encodePercent);
  return `attachment; filename="${plain}"; filename*=UTF-8''${encodedName}`;
}

function encodePercent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

async function* encodePieces(pieces: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const piece of pieces) yield encoder.encode(piece);
}

/** Opens the source at the first read: a HEAD request reads nothing and must leave no file open. */
function toStream(open: () => AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  let iterator: AsyncIterator<Uint8Array> | null = null;
  // The server reads long after the request was answered, and still for whoever asked.
  const readNext = keepPrincipal(() => {
    iterator ??= open()[Symbol.asyncIterator]();
    return iterator.next();
  });
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await readNext();
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      },
      async cancel() {
        await iterator?.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
