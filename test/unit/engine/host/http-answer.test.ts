/** Answers of a hostile server: endless, packed to burst, too deep, with a false length, or drop by drop: each ends the call within its limits. */
import { gzipSync, brotliCompressSync, constants, deflateSync } from "node:zlib";
import type { TCPSocketListener } from "bun";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHttp, type HttpAnswer, NoAnswer } from "../../../../engine/host/http.ts";
import { noAnswerError } from "../../../../integrations/service-faults.ts";
import type { AnswerLimits } from "../../../../engine/host/http-answer.ts";

const megabyte = 1024 * 1024;
const json = { "content-type": "application/json" };
const http = createHttp();

/** Bytes that the endless answer has given so far, and whether it was told to stop. */
const endless = { given: 0, isCancelled: false };
const stopped = Promise.withResolvers<void>();

const answers: Readonly<Record<string, () => Response>> = {
  endless: () =>
    new Response(
      new ReadableStream({
        pull: (controller) => {
          endless.given += megabyte;
          controller.enqueue(new Uint8Array(megabyte));
        },
        cancel: () => {
          endless.isCancelled = true;
          stopped.resolve();
        },
      }),
    ),
  gzip: () => packed("gzip"),
  brotli: () => packed("br"),
  deflate: () => packed("deflate"),
  "gzip in gzip": () => packed("gzip, gzip"),
  lists: () => new Response("[".repeat(2_000_000), { headers: json }),
  objects: () => new Response(`${'{"a":'.repeat(65)}1${"}".repeat(65)}`, { headers: json }),
  drip: () =>
    new Response(
      new ReadableStream({
        pull: async (controller) => {
          controller.enqueue(new Uint8Array([0x20]));
          await Bun.sleep(5);
        },
      }),
    ),
};

/** Some hundred kilobytes each, that become 300 megabytes. */
const bombs = new Map<string, Uint8Array>();

function packed(encoding: string): Response {
  const bytes = bombs.get(encoding) as BodyInit;
  return new Response(bytes, { headers: { "content-encoding": encoding } });
}

let server: ReturnType<typeof Bun.serve>;
let liar: TCPSocketListener;
beforeAll(() => {
  const zeros = Buffer.alloc(300 * megabyte);
  const fast = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
  bombs.set("gzip", gzipSync(zeros));
  bombs.set("br", brotliCompressSync(zeros, fast));
  bombs.set("deflate", deflateSync(zeros));
  bombs.set("gzip, gzip", gzipSync(bombs.get("gzip") ?? ""));
  server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    fetch: (request) =>
      answers[decodeURIComponent(new URL(request.url).pathname.slice(1))]?.() ??
      new Response(null, { status: 404 }),
  });
  // Says what it likes of its length.
  liar = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket, request) {
        const [, told = "0", sent = "0"] = /GET \/(\d+)\/(\d+)/.exec(request.toString()) ?? [];
        socket.write(
          `HTTP/1.1 200 OK\r\ncontent-length: ${told}\r\n\r\n${"x".repeat(Number(sent))}`,
        );
        socket.end();
      },
    },
  });
});
afterAll(async () => {
  liar.stop(true);
  await server.stop(true);
});

function ask(path: string, limits: AnswerLimits = {}, timeoutMs = 20_000): Promise<HttpAnswer> {
  return http({ method: "GET", url: `${server.url.origin}/${path}`, limits, timeoutMs });
}

async function refusal(work: Promise<unknown>): Promise<NoAnswer> {
  try {
    await work;
  } catch (error) {
    if (error instanceof NoAnswer) return error;
    throw error;
  }
  throw new Error("there was an answer");
}

describe("a hostile answer is given up", () => {
  test("an endless body, which is told to stop", async () => {
    const error = await refusal(ask("endless"));
    await stopped.promise;

    expect(error).toMatchObject({ reason: "oversized", isUnsent: false });
    expect(error.message).toEndWith("the answer is larger than 8388608 bytes");
    expect(endless.isCancelled).toBe(true);
    expect(endless.given).toBeLessThan(64 * megabyte);
  });

  test.each(["gzip", "brotli", "deflate", "gzip in gzip"])("a bomb of %s", async (path) => {
    const before = process.memoryUsage().rss;
    const error = await refusal(ask(encodeURIComponent(path), { maxBytes: megabyte }));

    expect(error).toMatchObject({ reason: "oversized" });
    expect(error.message).toEndWith("the answer is larger than 1048576 bytes");
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * megabyte);
  });

  test.each(["lists", "objects"])("JSON of %s in each other", async (path) => {
    const error = await refusal(ask(path));

    expect(error.message).toEndWith("the answer nests objects and lists more than 64 deep");
  });

  test("a length beyond the limit, before a byte is read", async () => {
    const url = `http://127.0.0.1:${liar.port}/999999999999/10`;

    expect(await refusal(http({ method: "GET", url }))).toMatchObject({ reason: "oversized" });
  });

  test("a length that the body does not keep", async () => {
    const url = `http://127.0.0.1:${liar.port}/100/10`;

    expect(await refusal(http({ method: "GET", url }))).toMatchObject({ reason: "other" });
  });

  test("a body drop by drop, when the time of the call is over", async () => {
    expect(await refusal(ask("drip", {}, 200))).toMatchObject({ reason: "other" });
  });

  test("and told as an effect that nobody knows", async () => {
    const error = noAnswerError(await refusal(ask("objects")), "SEND");

    expect(error).toMatchObject({ code: "NO_ANSWER", effect: "unknown" });
    expect(error.message).toContain("risponde più di quanto il servizio risponda mai");
  });
});

describe("an honest answer is read", () => {
  const honest: readonly [name: string, make: () => Response, body: unknown][] = [
    [
      "packed",
      () =>
        new Response(gzipSync('{"a":1}') as BodyInit, {
          headers: { ...json, "content-encoding": "gzip" },
        }),
      { a: 1 },
    ],
    [
      "packed by two",
      () =>
        new Response(gzipSync(deflateSync("[2]")) as BodyInit, {
          headers: { ...json, "content-encoding": "deflate, gzip" },
        }),
      [2],
    ],
    [
      "plain, whatever the header says",
      () => new Response('{"a":1}', { headers: { ...json, "content-encoding": "gzip" } }),
      { a: 1 },
    ],
    [
      "64 deep",
      () => new Response(`${"[".repeat(64)}${"]".repeat(64)}`, { headers: json }),
      undefined,
    ],
    [
      "with brackets in its texts",
      () => new Response(JSON.stringify({ a: `\\"${"[{".repeat(99)}` }), { headers: json }),
      { a: `\\"${"[{".repeat(99)}` },
    ],
    ["of nothing", () => new Response(null, { status: 204 }), null],
    ["of exactly its limit", () => new Response("x".repeat(100)), "x".repeat(100)],
  ];
  for (const [name, make, body] of honest)
    test(name, async () => {
      const door = createHttp(async () => make());

      const answer = await door({
        method: "GET",
        url: "http://a.test/",
        limits: { maxBytes: 300 },
      });

      if (body === undefined) expect(JSON.stringify(answer.body)).toHaveLength(128);
      else expect(answer.body).toEqual(body);
    });
});

describe("a large file goes to its sink", () => {
  const file = (status: number, pieces: number) =>
    createHttp(async () => {
      let left = pieces;
      const body = new ReadableStream({
        pull: (controller) => {
          if (left-- > 0) controller.enqueue(new Uint8Array(megabyte));
          else controller.close();
        },
      });
      return new Response(body, { status });
    });

  test("piece by piece, and is never held whole", async () => {
    const before = process.memoryUsage().rss;
    let bytes = 0;
    const answer = await file(
      200,
      200,
    )({
      method: "GET",
      url: "http://a.test/",
      limits: { maxBytes: 200 * megabyte },
      sink: (piece) => void (bytes += piece.byteLength),
    });

    expect(bytes).toBe(200 * megabyte);
    expect([answer.status, answer.bytes.byteLength, answer.body]).toEqual([200, 0, null]);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * megabyte);
  });

  test("no further than its limit", async () => {
    let bytes = 0;
    const work = file(
      200,
      50,
    )({
      method: "GET",
      url: "http://a.test/",
      limits: { maxBytes: 10 * megabyte },
      sink: (piece) => void (bytes += piece.byteLength),
    });

    expect(await refusal(work)).toMatchObject({ reason: "oversized" });
    expect(bytes).toBe(10 * megabyte);
  });

  test("save where the answer is a refusal: that is read as ever", async () => {
    let pieces = 0;
    const door = createHttp(async () => new Response("no such file", { status: 404 }));

    const answer = await door({
      method: "GET",
      url: "http://a.test/",
      sink: () => void (pieces += 1),
    });

    expect([answer.status, answer.body, pieces]).toEqual([404, "no such file", 0]);
  });

  test("a disk that is full ends the call with its own error", async () => {
    const work = file(
      200,
      5,
    )({
      method: "GET",
      url: "http://a.test/",
      sink: () => {
        throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
      },
    });

    const error = await work.catch((thrown: unknown) => thrown);

    expect(error).not.toBeInstanceOf(NoAnswer);
    expect(error).toMatchObject({ code: "ENOSPC" });
  });
});
