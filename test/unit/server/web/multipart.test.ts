/** Multipart forms read piece by piece. */
import { describe, expect, test } from "bun:test";
import { MalformedForm, readMultipart, readFieldText } from "../../../../server/web/multipart.ts";

const type = "multipart/form-data; boundary=----xyz";

interface Read {
  readonly field: string;
  readonly fileName: string | null;
  readonly content: string;
}

async function read(body: string, size: number, contentType = type): Promise<readonly Read[]> {
  const parts: Read[] = [];
  for await (const { field, fileName, body: content } of readMultipart(
    contentType,
    cut(body, size),
  ))
    parts.push({ field, fileName, content: await readFieldText(content, 10_000) });
  return parts;
}

/** The body in pieces of `size` bytes, as a network may cut it. */
async function* cut(body: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(body);
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

const form = [
  "------xyz",
  'Content-Disposition: form-data; name="csrf"',
  "",
  "abc",
  "------xyz",
  'Content-Disposition: form-data; name="files"; filename="città %22uno%22.pdf"',
  "Content-Type: application/pdf",
  "",
  "%PDF\r\n------xy\r\nend",
  "------xyz",
  'Content-Disposition: form-data; name="files"; filename=""',
  "",
  "",
  "------xyz--",
  "",
].join("\r\n");

describe("multipart form", () => {
  test("its parts are the same however the body is cut", async () => {
    const expected = [
      { field: "csrf", fileName: null, content: "abc" },
      { field: "files", fileName: 'città "uno".pdf', content: "%PDF\r\n------xy\r\nend" },
      { field: "files", fileName: "", content: "" },
    ];

    for (const size of [1, 2, 3, 7, 64, 10_000]) expect(await read(form, size)).toEqual(expected);
  });

  test("a file that its reader leaves unread is passed over", async () => {
    const fields: string[] = [];

    for await (const part of readMultipart(type, cut(form, 5))) fields.push(part.field);

    expect(fields).toEqual(["csrf", "files", "files"]);
  });

  test("a body that breaks off is refused", async () => {
    await expect(read(form.slice(0, 120), 16)).rejects.toBeInstanceOf(MalformedForm);
  });

  test("a body of another type is refused", async () => {
    await expect(read("a=1", 16, "text/plain")).rejects.toBeInstanceOf(MalformedForm);
  });

  test("a field beyond its limit is refused", async () => {
    const parts = readMultipart(type, cut(form, 64));
    const first = await parts.next();

    await expect(first.done === true ? null : readFieldText(first.value.body, 2)).rejects.toThrow(
      "a field is too long",
    );
  });
});
