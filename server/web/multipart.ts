/** Reads a multipart/form-data body piece by piece, so that an upload of thousands of PDFs never lies in memory. */

/** One field or file of the form; `body` must be read to its end before the next part is asked for. */
export interface Part {
  /** Name of the form field. */
  readonly field: string;
  /** File name as the browser gave it; `null` = a plain field. */
  readonly fileName: string | null;
  readonly body: AsyncIterable<Uint8Array>;
}

/** The body is no multipart form, or ends in the middle. */
export class MalformedForm extends Error {}

const CRLF2 = Buffer.from("\r\n\r\n");
const MAX_HEAD = 16_384;

/** The parts in the order of the form. Throws MalformedForm. */
export async function* readMultipart(
  contentType: string,
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<Part, void, undefined> {
  const boundary = /^multipart\/form-data;.*boundary="?([^";,\s]+)"?/i.exec(contentType)?.[1];
  if (boundary === undefined) throw new MalformedForm("no multipart/form-data with a boundary");
  const window = createWindow(body);
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  window.prepend(Buffer.from("\r\n"));
  await drain(window.readUntil(delimiter));
  for (;;) {
    const mark = await window.take(2);
    if (mark.equals(Buffer.from("--"))) return;
    if (!mark.equals(Buffer.from("\r\n"))) throw new MalformedForm("no line end after a boundary");
    window.prepend(mark);
    const head = await readFieldText(window.readUntil(CRLF2), MAX_HEAD);
    const content = window.readUntil(delimiter);
    yield { ...parseHead(head), body: content };
    await drain(content);
  }
}

/** The text of a plain field; throws MalformedForm beyond `limit` bytes. */
export async function readFieldText(
  body: AsyncIterable<Uint8Array>,
  limit: number,
): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body) {
    size += piece.byteLength;
    if (size > limit) throw new MalformedForm("a field is too long");
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

interface Window {
  prepend(bytes: Buffer): void;
  take(count: number): Promise<Buffer>;
  /** The bytes before the next `mark`; the mark itself is passed over. */
  readUntil(mark: Buffer): AsyncGenerator<Uint8Array, void, undefined>;
}

function createWindow(body: AsyncIterable<Uint8Array>): Window {
  const source = body[Symbol.asyncIterator]();
  let held = Buffer.alloc(0);

  async function readMore(): Promise<void> {
    const next = await source.next();
    if (next.done === true) throw new MalformedForm("the form ends in the middle");
    held = held.byteLength === 0 ? Buffer.from(next.value) : Buffer.concat([held, next.value]);
  }

  return {
    prepend(bytes) {
      held = Buffer.concat([bytes, held]);
    },
    async take(count) {
      while (held.byteLength < count) await readMore();
      const taken = held.subarray(0, count);
      held = held.subarray(count);
      return taken;
    },
    async *readUntil(mark) {
      for (;;) {
        const at = held.indexOf(mark);
        if (at !== -1) {
          const last = held.subarray(0, at);
          held = held.subarray(at + mark.byteLength);
          if (last.byteLength > 0) yield last;
          return;
        }
        const safe = held.byteLength - mark.byteLength + 1;
        if (safe > 0) {
          const piece = held.subarray(0, safe);
          held = held.subarray(safe);
          yield piece;
        }
        await readMore();
      }
    },
  };
}

function parseHead(head: string): { field: string; fileName: string | null } {
  const disposition = /^content-disposition:\s*form-data;(.*)$/im.exec(head)?.[1] ?? "";
  const field = /(?:^|[;\s])name="([^"]*)"/i.exec(disposition)?.[1];
  if (field === undefined) throw new MalformedForm("a part without a name");
  const fileName = /filename="([^"]*)"/i.exec(disposition)?.[1];
  return { field, fileName: fileName === undefined ? null : unescapeName(fileName) };
}

/** Browsers write a quote or a line end in a file name as %22, %0D, %0A. */
function unescapeName(name: string): string {
  return name.replaceAll("%22", '"').replaceAll(/%0[DA]/gi, " ");
}

async function drain(body: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of body);
}
