/** The one door to the network: what goes out, what comes back, and what each failure means. */
import { describe, expect, test } from "bun:test";
import { ItemRejected, RetryLater, RunBlocked } from "../../../../engine/host/errors.ts";
import {
  createHttp,
  type Fetch,
  type Http,
  type HttpAnswer,
  NoAnswer,
} from "../../../../engine/host/http.ts";
import {
  httpStatusError,
  noAnswerError,
  parseRetryAfter,
} from "../../../../integrations/service-faults.ts";

const url = "http://service.example/send?secret=1";
const nowMs = Date.parse("2026-11-23T06:30:00Z");

/** A door whose other side answers by `answer`; keeps what was sent. */
function door(answer: (request: Request) => Response | Promise<Response>): {
  readonly http: Http;
  readonly sent: Request[];
} {
  const sent: Request[] = [];
  const fetchWith: Fetch = async (input, init) => {
    const request = new Request(input, init);
    sent.push(request.clone());
    return await answer(request);
  };
  return { http: createHttp(fetchWith), sent };
}

async function noAnswerOf(work: Promise<unknown>): Promise<NoAnswer> {
  try {
    await work;
  } catch (error) {
    if (error instanceof NoAnswer) return error;
    throw error;
  }
  throw new Error("there was an answer");
}

function answerWith(status: number, headers: Record<string, string> = {}): HttpAnswer {
  return { status, headers: new Headers(headers), body: null, bytes: new Uint8Array() };
}

describe("what goes out", () => {
  test("JSON goes with its content type, headers and query as given", async () => {
    const { http, sent } = door(() => new Response(null, { status: 204 }));

    await http({
      method: "POST",
      url: "http://service.example/a",
      headers: { "x-api-key": "k" },
      query: { page: 2, isOpen: true },
      json: { importoCents: 100 },
    });

    expect(sent[0]?.method).toBe("POST");
    expect(sent[0]?.url).toBe("http://service.example/a?page=2&isOpen=true");
    expect(sent[0]?.headers.get("x-api-key")).toBe("k");
    expect(sent[0]?.headers.get("content-type")).toBe("application/json");
    expect(await sent[0]?.text()).toBe('{"importoCents":100}');
  });

  test("bytes go as they are, with the content type of the caller", async () => {
    const { http, sent } = door(() => new Response(null, { status: 200 }));

    await http({
      method: "PUT",
      url,
      headers: { "content-type": "application/pdf" },
      body: new Uint8Array([1, 2, 255]),
    });

    expect(sent[0]?.headers.get("content-type")).toBe("application/pdf");
    expect(await sent[0]?.bytes()).toEqual(new Uint8Array([1, 2, 255]));
  });

  test("nothing is sent twice by itself, whatever the answer", async () => {
    const { http, sent } = door(() => new Response("down", { status: 503 }));

    await http({ method: "GET", url });

    expect(sent).toHaveLength(1);
  });
});

describe("what comes back", () => {
  test.each([200, 204, 302, 400, 401, 404, 429, 500, 503])(
    "status %d is an answer",
    async (status) => {
      const { http } = door(() => new Response(null, { status }));

      expect((await http({ method: "GET", url })).status).toBe(status);
    },
  );

  test.each([
    ["application/json", '{"a":1}', { a: 1 }],
    ["application/problem+json; charset=utf-8", '{"a":1}', { a: 1 }],
    ["application/json", "<html>proxy</html>", "<html>proxy</html>"],
    ["text/html", '{"a":1}', '{"a":1}'],
    ["application/json", "", null],
  ])("a body of type %s reading %j", async (type, text, body) => {
    const { http } = door(() => new Response(text, { headers: { "content-type": type } }));

    const answer = await http({ method: "GET", url });

    expect(answer.body).toEqual(body);
    expect(new TextDecoder().decode(answer.bytes)).toBe(text);
  });

  test("a redirect is not followed: a key would go along", async () => {
    const { http, sent } = door(
      () => new Response(null, { status: 302, headers: { location: "http://other.example/" } }),
    );

    const answer = await http({ method: "GET", url });

    expect(answer.headers.get("location")).toBe("http://other.example/");
    expect(sent).toHaveLength(1);
    expect(sent[0]?.redirect).toBe("manual");
  });
});

describe("no answer", () => {
  test("a request that takes too long is given up, and may have happened", async () => {
    const { http } = door(hangsUntilAborted);

    const error = await noAnswerOf(http({ method: "GET", url, timeoutMs: 1 }));

    expect(error.isUnsent).toBe(false);
    expect(error.origin).toBe("http://service.example");
  });

  test("the caller may give up, too", async () => {
    const { http } = door(hangsUntilAborted);
    const controller = new AbortController();

    const asked = noAnswerOf(http({ method: "GET", url, signal: controller.signal }));
    controller.abort();

    expect((await asked).isUnsent).toBe(false);
  });

  test("the message names neither path nor query", async () => {
    const { http } = door(() => {
      throw new Error("socket closed");
    });

    const error = await noAnswerOf(http({ method: "GET", url }));

    expect(error.message).toBe("no answer from http://service.example: socket closed");
    expect(Bun.inspect(error)).not.toContain("secret=1");
  });

  test("a refused connection certainly sent nothing", async () => {
    // Nobody listens on port 1, and the system gives it out to nobody.
    const closed = "http://127.0.0.1:1/";

    const error = await noAnswerOf(createHttp()({ method: "GET", url: closed }));

    expect(error.isUnsent).toBe(true);
  });

  test("a connection that breaks off after the request may have done something", async () => {
    const { http } = door(() => {
      throw Object.assign(new Error("reset"), { code: "ECONNRESET" });
    });

    expect((await noAnswerOf(http({ method: "POST", url, json: {} }))).isUnsent).toBe(false);
  });

  test.each([
    [
      "ENOTFOUND",
      true,
      "SEND non risponde (http://service.example: il nome non si trova in rete).",
    ],
    [
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      false,
      "SEND non risponde (http://service.example: questa macchina non riconosce il suo certificato).",
    ],
    [
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      false,
      "SEND non risponde (http://service.example: questa macchina non riconosce il suo certificato).",
    ],
    ["EPROTO", false, "SEND non risponde (http://service.example: non parla https)."],
    ["ECONNRESET", false, "SEND non risponde (http://service.example)."],
  ])("%s is told as what it is", async (code, isUnsent, message) => {
    const { http } = door(() => {
      throw Object.assign(new TypeError("failed"), { code });
    });

    const error = await noAnswerOf(http({ method: "POST", url, json: {} }));

    expect(error.isUnsent).toBe(isUnsent);
    expect(noAnswerError(error, "SEND").message).toBe(message);
  });

  test("it becomes a wait that asks first, save when nothing left", () => {
    const lost = noAnswerError(new NoAnswer("http://send.example", false, "reset"), "SEND");
    const unsent = noAnswerError(new NoAnswer("http://send.example", true, "refused"), "SEND");

    expect(lost).toMatchObject({
      code: "NO_ANSWER",
      message: "SEND non risponde (http://send.example).",
      effect: "unknown",
    });
    expect(unsent.effect).toBe("none");
  });
});

describe("what an answer means", () => {
  test.each([
    [401, RunBlocked, "ACCESS_DENIED"],
    [403, RunBlocked, "ACCESS_DENIED"],
    [408, RetryLater, "SERVICE_UNAVAILABLE"],
    [425, RetryLater, "SERVICE_UNAVAILABLE"],
    [429, RetryLater, "TOO_MANY_REQUESTS"],
    [500, RetryLater, "SERVICE_UNAVAILABLE"],
    [503, RetryLater, "SERVICE_UNAVAILABLE"],
    [400, ItemRejected, "HTTP_400"],
    [404, ItemRejected, "HTTP_404"],
    [422, ItemRejected, "HTTP_422"],
  ] as const)("%d", (status, kind, code) => {
    const fault = httpStatusError(answerWith(status), { service: "SEND", nowMs });

    expect(fault).toBeInstanceOf(kind);
    expect(fault.code).toBe(code);
    expect(fault.message).toStartWith("SEND ");
    expect(fault.message).toContain(`(HTTP ${status})`);
  });

  test("a 429 did nothing, a 503 may have", () => {
    const [tooMany, down] = [429, 503].map((status) =>
      httpStatusError(answerWith(status, { "retry-after": "7" }), { service: "SEND", nowMs }),
    );

    expect(tooMany).toMatchObject({ effect: "none", afterMs: 7_000 });
    expect(down).toMatchObject({ effect: "unknown", afterMs: 7_000 });
  });

  test.each([
    ["120", 120_000],
    [" 1.5 ", 1_500],
    ["Mon, 23 Nov 2026 06:30:30 GMT", 30_000],
    // No wait at all, and a date that is past by our clock, would use up every try at once.
    ["0", undefined],
    ["-5", undefined],
    ["Mon, 23 Nov 2026 06:00:00 GMT", undefined],
    ["soon", undefined],
    ["", undefined],
    // Nobody waits for years.
    ["99999999999999", 21_600_000],
    ["Fri, 31 Dec 9999 23:59:59 GMT", 21_600_000],
  ])("retry-after: %s", (value, expected) => {
    expect(parseRetryAfter(new Headers({ "retry-after": value }), nowMs)).toBe(expected);
  });

  test("without retry-after nothing is said of the wait", () => {
    expect(parseRetryAfter(new Headers(), nowMs)).toBeUndefined();
  });
});

function hangsUntilAborted(request: Request): Promise<Response> {
  return new Promise((_resolve, reject) => {
    const abort = (): void => reject(new DOMException("aborted", "AbortError"));
    if (request.signal.aborted) abort();
    else request.signal.addEventListener("abort", abort, { once: true });
  });
}
