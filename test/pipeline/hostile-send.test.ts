/** Answers that SEND's contract or something in between allows and the simulator never gives: whatever comes, each verbale is notified once, and rejected by SEND's own word alone. */
import { afterEach, describe, expect, test } from "bun:test";
import { makeSendEngine, type SendEngine } from "../support/send-engine.ts";
import { callOf } from "../support/send-faults.ts";

type Answer = (next: () => Promise<Response>) => Promise<Response>;
type Fields = Record<string, unknown>;

const sending = ["ready", "transmit", { uses: "import-iun", withinMs: 86_400_000 }];
const byStream = [
  "ready",
  "transmit",
  { uses: "import-iun", with: { by: "stream" }, withinMs: 86_400_000 },
];
const otherIun = "ABCD-EFGH-ILMN-202201-N-1";

let engine: SendEngine | undefined;
afterEach(async () => await engine?.close());

/** A run of two verbali in which the first call of a kind gets this answer; `find` is asked because a POST got no answer. */
async function hear(call: string, answer: Answer) {
  let left = 1;
  let lostPosts = call === "find" ? 1 : 0;
  const isArmed = { now: false };
  const made = await makeSendEngine(2, {
    isPdnd: call === "voucher",
    between: async (request, next) => {
      const kind = callOf(request);
      if (kind === "post" && lostPosts > 0) {
        lostPosts -= 1;
        await next();
        throw new DOMException("timed out", "TimeoutError");
      }
      if (kind !== call || left === 0 || !isArmed.now) return await next();
      left -= 1;
      return await answer(next);
    },
  });
  engine = made;
  const isStream = call.startsWith("stream");
  if (isStream) await made.makeStream();
  isArmed.now = true;
  const run = await made.run(isStream ? byStream : sending);
  const items = await made.items(run);
  const { requests } = made.world.simulator.report();
  return {
    run,
    items,
    played: 1 - left,
    trouble: (await made.trouble(run, "V-1")).join(" "),
    /** What the journal holds, and what SEND holds. */
    told: items.map(({ key, state, data }) => `${key} ${state} ${String(data["iun"])}`),
    notified: requests.map(({ protocol, iun }) => `${protocol} done ${iun}`).toSorted(),
  };
}

function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return async () => jsonOf(status, JSON.stringify(body), headers);
}

function jsonOf(status: number, text: string, headers: Record<string, string> = {}): Response {
  return new Response(text, {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}

function page(status: number): Answer {
  return async () =>
    new Response("<html>Accesso alla rete</html>", {
      status,
      headers: { "content-type": "text/html" },
    });
}

/** SEND's own answer, after SEND did what was asked, with other fields. */
function changed(change: (body: Fields) => unknown): Answer {
  return async (next) => {
    const answer = await next();
    const headers = new Headers(answer.headers);
    headers.delete("content-length");
    const body = change((await answer.json()) as Fields);
    return new Response(JSON.stringify(body), { status: answer.status, headers });
  };
}

/** The same for each entry of a list. */
function each(change: (entry: Fields) => unknown): Answer {
  return changed((list) => (list as unknown as Fields[]).map(change));
}

function after(answer: Answer): Answer {
  return async (next) => {
    await next();
    return await answer(next);
  };
}

const refusedWith = (errors: unknown): Answer =>
  changed((body) => ({ ...body, iun: undefined, notificationRequestStatus: "REFUSED", errors }));

const statuses = [400, 404, 407, 409, 413, 422] as const;

describe("a question that is not answered rejects no verbale", () => {
  test.each(
    ["find", "status", "stream list", "stream state", "stream read"].flatMap((call) =>
      statuses.flatMap((status) => [
        [call, `a page with ${status}`, page(status)] as const,
        [call, `a message with ${status}`, json(status, { message: "x" })] as const,
        [call, `a code with ${status}`, json(status, { errors: [{ code: "PN_NEW" }] })] as const,
      ]),
    ),
  )("%s: %s", async (call, _, answer) => {
    const { run, told, notified, played } = await hear(call, answer);

    expect(played).toBe(1);
    expect(run.state).toBe("completed");
    expect(told).toEqual(notified);
    expect(told).toHaveLength(2);
  });
});

describe("whatever form an answer has, both are notified once and no bug is logged", () => {
  const rows: readonly (readonly [call: string, what: string, Answer, trouble: string])[] = [
    ["preload", "null in the list", changed((list) => [null, list]), "PRELOAD_INCOMPLETE"],
    ["preload", "no address", each((slot) => ({ ...slot, url: null })), "PRELOAD_INCOMPLETE"],
    ["preload", "half an address", each((slot) => ({ ...slot, url: "/x" })), "PRELOAD_INCOMPLETE"],
    ["preload", "no key", each((slot) => ({ ...slot, key: "" })), "PRELOAD_INCOMPLETE"],
    ["preload", "one key for all", each((s) => ({ ...s, key: "a.pdf" })), "PRELOAD_INCOMPLETE"],
    ["preload", "a broken secret", each((s) => ({ ...s, secret: "a\nb" })), "PRELOAD_INCOMPLETE"],
    ["preload", "another method", each((s) => ({ ...s, httpMethod: "X" })), "PRELOAD_INCOMPLETE"],
    ["preload", "a small method", each((s) => ({ ...s, httpMethod: "put" })), ""],
    ["preload", "a page with 407", page(407), "UNEXPECTED_ANSWER"],
    [
      "preload",
      "an error of nulls",
      json(500, { errors: [null, { code: null }] }),
      "SERVICE_UNAVAILABLE",
    ],
    ["upload", "503 SlowDown", slowDown, "SERVICE_UNAVAILABLE"],
    ["upload", "an endless version", version("v".repeat(300)), "UPLOAD_WITHOUT_VERSION"],
    ["upload", "an empty version", version(""), "UPLOAD_WITHOUT_VERSION"],
    [
      "post",
      "202 for another protocol",
      changed((body) => ({ ...body, paProtocolNumber: "V-9" })),
      "",
    ],
    ["post", "202 for another token", changed((body) => ({ ...body, idempotenceToken: "x" })), ""],
    ["post", "202 without id", changed(({ paProtocolNumber }) => ({ paProtocolNumber })), ""],
    ["post", "stored, then a page with 400", after(page(400)), ""],
    ["post", "stored, then a page with 404", after(page(404)), ""],
    ["post", "stored, then a page with 302", after(page(302)), ""],
    ["post", "stored, then a message with 415", after(json(415, { message: "x" })), ""],
    ["post", "a page with 400", page(400), "UNEXPECTED_ANSWER"],
    ["post", "a page with 407", page(407), "UNEXPECTED_ANSWER"],
    [
      "post",
      "a wait of years",
      json(503, {}, { "retry-after": "99999999999999" }),
      "SERVICE_UNAVAILABLE",
    ],
    ["status", "no recipients", changed((body) => ({ ...body, recipients: [null, {}] })), ""],
    [
      "status",
      "null payments",
      changed((body) => ({ ...body, recipients: [{ payments: null }] })),
      "",
    ],
    ["status", "no number to wait", changed((body) => ({ ...body, retryAfter: "x" })), ""],
    [
      "status",
      "a new state",
      changed((body) => ({ ...body, notificationRequestStatus: "NEW" })),
      "VERDICT_UNCLEAR",
    ],
    [
      "status",
      "accepted without iun",
      changed((body) => ({ ...body, notificationRequestStatus: "ACCEPTED", iun: null })),
      "VERDICT_UNCLEAR",
    ],
    [
      "status",
      "the answer to another question",
      changed((body) => ({ ...body, notificationRequestId: "x" })),
      "UNREADABLE_ANSWER",
    ],
    ["find", "a new state", changed((body) => ({ ...body, notificationRequestStatus: "NEW" })), ""],
    [
      "find",
      "the answer to another question",
      changed((body) => ({ ...body, paProtocolNumber: "V-9" })),
      "NO_ANSWER",
    ],
    [
      "stream list",
      "null in the list",
      changed((list) => [null, { title: null }, ...(list as unknown as Fields[])]),
      "",
    ],
    ["stream state", "null", json(200, null), "UNREADABLE_ANSWER"],
    [
      "stream read",
      "null in the list",
      changed((list) => [null, ...(list as unknown as Fields[])]),
      "",
    ],
    [
      "stream read",
      "an event without element",
      each((event) => ({ ...event, element: undefined })),
      "",
    ],
    ["stream read", "an event without id", each((event) => ({ ...event, eventId: undefined })), ""],
    [
      "stream read",
      "an event of a new kind",
      each((e) => ({ ...e, element: { category: "NEW" } })),
      "",
    ],
    ["stream read", "events twice", changed((list) => [list, list].flat()), ""],
    [
      "stream read",
      "events backwards",
      changed((list) => (list as unknown as Fields[]).toReversed()),
      "",
    ],
    ["stream read", "the iun of another", each((e) => ({ ...e, iun: otherIun })), ""],
    ["voucher", "a voucher of no length", json(200, { access_token: "" }), "PDND_REFUSED"],
    ["voucher", "a voucher of two lines", json(200, { access_token: "a\nb" }), "PDND_REFUSED"],
    ["voucher", "invalid_client", json(400, { error: "invalid_client" }), "PDND_REFUSED"],
    ["voucher", "429", json(429, {}, { "retry-after": "0" }), "TOO_MANY_REQUESTS"],
  ];

  test.each(rows)("%s: %s", async (call, _, answer, trouble) => {
    const heard = await hear(call, answer);

    expect(heard.played).toBe(1);
    expect(heard.run.state).toBe("completed");
    expect(heard.told).toEqual(heard.notified);
    expect(heard.told).toHaveLength(2);
    // By stream it is the verdict of whoever reads first: the other one waits with it.
    if (!call.startsWith("stream")) expect(heard.trouble).toBe(trouble);
    else expect(heard.trouble).not.toContain("UNEXPECTED");
  });
});

function slowDown(): Promise<Response> {
  const body = "<Error><Code>SlowDown</Code></Error>";
  return Promise.resolve(new Response(body, { status: 503 }));
}

function version(value: string): Answer {
  return async (next) => {
    await next();
    return new Response("", { headers: { "x-amz-version-id": value } });
  };
}

describe("a refusal is SEND's, whatever its reasons look like", () => {
  test.each([
    ["null", null, "REFUSED", "senza indicarne il motivo"],
    ["null in the list", [null], "REFUSED", "senza indicarne il motivo"],
    ["an object", {}, "REFUSED", "senza indicarne il motivo"],
    ["no code", [{ detail: "x" }], "UNKNOWN_CODE", "(codice sconosciuto)"],
    [
      "free text for a code",
      [{ code: "Mario Rossi RSSMRA80A01H501U" }],
      "UNKNOWN_CODE",
      "(codice sconosciuto)",
    ],
    ["a new code", [{ code: "NEW_REASON", detail: null }], "NEW_REASON", "(codice NEW_REASON)"],
  ])("reasons: %s", async (_, errors, code, why) => {
    const { items } = await hear("status", refusedWith(errors));

    const [first] = items;
    expect([first?.state, first?.code]).toEqual(["rejected", code]);
    expect(first?.note).toBe(
      `SEND ha rifiutato la notifica ${why}. SEND non ha notificato nulla; il rifiuto costa 1 euro per destinatario. I codici avviso tornano liberi.`,
    );
  });

  test("a request that SEND does not take without saying why is rejected with what was not done", async () => {
    const { items, notified } = await hear("post", json(415, { message: "x" }));

    expect([items[0]?.state, items[0]?.code, items[0]?.note]).toEqual([
      "rejected",
      "HTTP_415",
      "SEND non accetta la richiesta e non dice perché (HTTP 415). La richiesta non è stata presa in carico: nulla è stato notificato né addebitato; i codici avviso restano liberi.",
    ]);
    expect(notified).toHaveLength(1);
  });
});
