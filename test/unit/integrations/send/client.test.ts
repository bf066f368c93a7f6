/** The SEND client against the simulated server: what leaves, what comes of every answer. */
import { afterEach, describe, expect, test } from "bun:test";
import { Hono } from "hono";
import { ItemRejected, RetryLater, RunBlocked } from "../../../../engine/host/errors.ts";
import { createHttp } from "../../../../engine/host/http.ts";
import { createLimiter } from "../../../../engine/host/limiter.ts";
import { systemClock } from "../../../../engine/host/clock.ts";
import { buildDroppedReply } from "../../../../simulators/faults.ts";
import { createSendClient } from "../../../../integrations/send/client/client.ts";
import { createSendSimulator } from "../../../../simulators/send/simulator.ts";
import type { WireRequest } from "../../../../integrations/send/wire.ts";
import { file, makeSend, paTaxId, pdf, rejection, sampleRequest, settings } from "./setup.ts";

const servers: ReturnType<typeof Bun.serve>[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop(true);
});

function isPost(request: Request): boolean {
  return request.method === "POST" && request.url.endsWith("/requests");
}

function isUpload(request: Request): boolean {
  return request.method === "PUT";
}

function jsonAnswer(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}

describe("upload", () => {
  test("sixteen files take two preloads and come back in their order", async () => {
    const { send, calls, simulator } = await makeSend();
    const files = Array.from({ length: 16 }, (_, index) => file(`f${index}`));

    const refs = await send.upload(files);

    expect(refs.map(({ label }) => label)).toEqual(files.map(({ label }) => label));
    expect(calls.filter(({ url }) => url.endsWith("/preload"))).toHaveLength(2);
    expect(simulator.report().uploaded).toBe(16);
  });

  test("the three signed headers go to the storage, the API key does not", async () => {
    const { send, calls } = await makeSend();

    await send.upload([file("v")]);

    const put = calls.find(({ method }) => method === "PUT");
    expect(Object.keys(put?.headers ?? {}).sort()).toEqual([
      "content-type",
      "x-amz-checksum-sha256",
      "x-amz-meta-secret",
    ]);
  });

  test("the digest is Base64 of the raw sha256", async () => {
    const { send } = await makeSend();

    const [ref] = await send.upload([
      { label: "abc", contentType: "application/pdf", bytes: new TextEncoder().encode("abc") },
    ]);

    expect(ref?.sha256Base64).toBe("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    expect(ref?.versionToken).toMatch(/^[0-9a-f]{32}$/);
    expect(ref?.key).toMatch(/^PN_NOTIFICATION_ATTACHMENTS-[0-9a-f]{32}\.pdf$/);
  });

  test("a URL that expired is asked for again, once", async () => {
    const world = await makeSend({
      between: async (request, next) => {
        if (isUpload(request) && world.calls.filter(({ method }) => method === "PUT").length === 1)
          world.clock.advance(3_600_001);
        return await next();
      },
    });

    const refs = await world.send.upload([file("v")]);

    expect(refs).toHaveLength(1);
    expect(world.calls.filter(({ url }) => url.endsWith("/preload"))).toHaveLength(2);
    expect(world.simulator.report().uploaded).toBe(1);
  });

  test("a URL that is always expired leaves nothing done and is tried later", async () => {
    const world = await makeSend({
      between: async (request, next) => {
        if (isUpload(request)) world.clock.advance(3_600_001);
        return await next();
      },
    });

    const error = await rejection(world.send.upload([file("v")]));

    expect(error).toBeInstanceOf(RetryLater);
    expect(error).toMatchObject({ code: "UPLOAD_FAILED", effect: "none" });
  });

  test("bytes that changed on the way are tried later with a new preload", async () => {
    const { send } = await makeSend({
      between: async (request, next) => {
        if (!isUpload(request)) return await next();
        return new Response("<Error><Code>BadDigest</Code></Error>", { status: 400 });
      },
    });

    const error = await rejection(send.upload([file("v")]));

    expect(error).toMatchObject({ code: "UPLOAD_FAILED", effect: "none" });
    expect((error as Error).message).toBe(
      "Il caricamento di un documento su SEND non è riuscito (BadDigest); verrà ripetuto.",
    );
  });

  test("a storage that refuses the signature stops the run", async () => {
    const { send } = await makeSend({
      between: async (request, next) => {
        if (isUpload(request)) request.headers.set("content-type", "application/pdf; charset=x");
        return await next();
      },
    });

    const error = await rejection(send.upload([file("v")]));

    expect(error).toBeInstanceOf(RunBlocked);
    expect(error).toMatchObject({ code: "UPLOAD_REFUSED" });
  });

  test("a connection that breaks in an upload leaves nothing done", async () => {
    const { send } = await makeSend({
      between: async (request, next) => (isUpload(request) ? buildDroppedReply() : await next()),
    });

    const error = await rejection(send.upload([file("v")]));

    expect(error).toMatchObject({ code: "NO_ANSWER", effect: "none" });
  });

  test.each([500, 503])("a storage that answers %p leaves nothing done", async (status) => {
    const { send } = await makeSend({
      between: async (request, next) =>
        isUpload(request) ? new Response("<Error/>", { status }) : await next(),
    });

    const error = await rejection(send.upload([file("v")]));

    expect(error).toMatchObject({ code: "SERVICE_UNAVAILABLE", effect: "none" });
  });
});

describe("request", () => {
  async function sentBody(changes: Parameters<typeof makeSend>[0] = {}): Promise<WireRequest> {
    const world = await makeSend(changes);
    await world.send.send(await sampleRequest(world.send));
    return world.calls.find(({ url }) => url.endsWith("/requests"))?.json as WireRequest;
  }

  test("DELIVERY_MODE sends fee, VAT and the costs on the notice, and lets SEND be asked for the price", async () => {
    const body = await sentBody();

    expect(body).toMatchObject({
      notificationFeePolicy: "DELIVERY_MODE",
      paFee: 100,
      vat: 22,
      pagoPaIntMode: "SYNC",
      senderTaxId: "00000000018",
      senderDenomination: "Comune di Esempio",
      taxonomyCode: "010101P",
      physicalCommunicationType: "REGISTERED_LETTER_890",
    });
    expect(body.recipients[0]?.payments?.[0]?.pagoPa?.applyCost).toBe(true);
  });

  test("FLAT_RATE sends neither fee nor VAT, and no costs on the notice", async () => {
    const body = await sentBody({ settings: { feePolicy: "FLAT_RATE" } });

    expect(body.pagoPaIntMode).toBe("NONE");
    expect(Object.keys(body)).not.toContain("paFee");
    expect(Object.keys(body)).not.toContain("vat");
    expect(body.recipients[0]?.payments?.[0]?.pagoPa?.applyCost).toBe(false);
  });

  test("empty optional fields never leave", async () => {
    const world = await makeSend();
    const request = await sampleRequest(world.send, { abstract: " " });
    const [recipient] = request.recipients;
    if (recipient === undefined) throw new Error("no recipient");

    await world.send.send({
      ...request,
      recipients: [
        {
          ...recipient,
          pec: "",
          payments: [],
          address: { ...recipient.address, presso: "", dettagli: " ", foreignState: "" },
        },
      ],
    });

    const body = world.calls.find(({ url }) => url.endsWith("/requests"))?.json as WireRequest;
    expect(Object.keys(body)).not.toContain("abstract");
    expect(Object.keys(body)).not.toContain("group");
    expect(Object.keys(body.recipients[0] ?? {}).sort()).toEqual([
      "denomination",
      "physicalAddress",
      "recipientType",
      "taxId",
    ]);
    expect(Object.keys(body.recipients[0]?.physicalAddress ?? {}).sort()).toEqual([
      "address",
      "municipality",
      "province",
      "zip",
    ]);
    expect(body.pagoPaIntMode).toBe("NONE");
  });

  test.each(["2.4", "2.5", "2.6"] as const)("version %s goes to its own path", async (version) => {
    const world = await makeSend({ settings: { apiVersion: version, priority: 7 } });

    await world.send.send(await sampleRequest(world.send));

    const posts = world.calls.filter(({ url }) => url.endsWith("/requests"));
    expect(posts.map(({ url }) => url)).toEqual([
      `http://send.test/send/delivery/v${version}/requests`,
    ]);
    expect(posts.map(({ json }) => (json as WireRequest).physicalCommunicationPriority)).toEqual([
      version === "2.6" ? 7 : undefined,
    ]);
  });

  test.each([
    [{ protocol: "V".repeat(257) }, "il numero di protocollo: ha 257 caratteri, il massimo è 256"],
    [{ subject: "S".repeat(135) }, "l'oggetto: ha 135 caratteri, il massimo è 134"],
    [
      { abstract: "A".repeat(1025) },
      "la descrizione (abstract): ha 1025 caratteri, il massimo è 1024",
    ],
    [
      { idempotenceToken: "t".repeat(257) },
      "il codice di idempotenza: ha 257 caratteri, il massimo è 256",
    ],
  ])("a field over its limit is refused before anything leaves", async (change, what) => {
    const world = await makeSend();
    const request = { ...(await sampleRequest(world.send)), ...change };

    const error = await rejection(world.send.send(request));

    expect(error).toBeInstanceOf(ItemRejected);
    expect((error as Error).message).toBe(`SEND non accetta ${what}. Nulla è stato inviato.`);
    expect(world.simulator.report().accepted).toBe(0);
  });

  test.each([
    ["presso", 45, "il campo «presso»: ha 45 caratteri, il massimo è 44"],
    [
      "dettagli",
      1025,
      "i dettagli dell'indirizzo (scala, interno): ha 1025 caratteri, il massimo è 1024",
    ],
    ["cap", 16, "il CAP: ha 16 caratteri, il massimo è 15"],
    ["comune", 257, "il comune: ha 257 caratteri, il massimo è 256"],
    ["frazione", 257, "la frazione: ha 257 caratteri, il massimo è 256"],
    ["provincia", 257, "la provincia: ha 257 caratteri, il massimo è 256"],
    ["foreignState", 257, "lo stato: ha 257 caratteri, il massimo è 256"],
  ])("a part of the address over its limit is named: %s", async (part, length, what) => {
    const world = await makeSend();
    const request = await sampleRequest(world.send);
    const recipients = request.recipients.map((recipient) => ({
      ...recipient,
      address: { ...recipient.address, [part]: "X".repeat(length) },
    }));

    const error = await rejection(world.send.send({ ...request, recipients }));

    expect(error).toMatchObject({
      code: "FIELD_TOO_LONG",
      message: `SEND non accetta ${what}. Nulla è stato inviato.`,
    });
    expect(world.simulator.report().accepted).toBe(0);
  });

  test("sixteen documents are refused before anything leaves", async () => {
    const world = await makeSend();
    const request = await sampleRequest(world.send);
    const [document] = request.documents;
    if (document === undefined) throw new Error("no document");

    const error = await rejection(
      world.send.send({ ...request, documents: Array.from({ length: 16 }, () => document) }),
    );

    expect(error).toMatchObject({ code: "TOO_MANY_DOCUMENTS" });
  });
});

describe("once and only once", () => {
  test("the same request twice is one notification with one id", async () => {
    const { send, simulator } = await makeSend();
    const request = await sampleRequest(send);

    const first = await send.send(request);
    const second = await send.send(request);

    expect(second).toMatchObject(first);
    expect(second.found).toMatchObject({ status: "waiting" });
    expect(simulator.report()).toMatchObject({ accepted: 1, repeated: 1 });
  });

  test("a reply that is lost after the effect is found again at once", async () => {
    let isLost = false;
    const { send, simulator } = await makeSend({
      between: async (request, next) => {
        const answer = await next();
        if (!isPost(request) || isLost) return answer;
        isLost = true;
        return buildDroppedReply();
      },
    });

    const receipt = await send.send(await sampleRequest(send));

    expect(receipt.notificationRequestId).toMatch(/^[A-Za-z0-9+/=]{36}$/);
    expect(isLost).toBe(true);
    expect(simulator.report()).toMatchObject({ accepted: 1, repeated: 0 });
  });

  test("a request that never arrived is in doubt until it is asked for, and unknown then", async () => {
    const { send, simulator } = await makeSend({
      between: async (request, next) => (isPost(request) ? buildDroppedReply() : await next()),
    });
    const request = await sampleRequest(send);

    const error = await rejection(send.send(request));

    expect(error).toBeInstanceOf(RetryLater);
    expect(error).toMatchObject({ code: "NO_ANSWER", effect: "unknown" });
    expect(await send.find(request.protocol, request.idempotenceToken)).toBeNull();
    expect(simulator.report().accepted).toBe(0);
  });

  test.each([500, 502, 503, 504])(
    "a %p after the effect is resolved by the question",
    async (status) => {
      const { send, simulator } = await makeSend({
        between: async (request, next) => {
          const answer = await next();
          return isPost(request) ? jsonAnswer(status, { message: "x" }) : answer;
        },
      });

      const receipt = await send.send(await sampleRequest(send));

      expect(receipt.notificationRequestId).toHaveLength(36);
      expect(simulator.report().accepted).toBe(1);
    },
  );

  test("when the question fails too, the doubt stays", async () => {
    const { send } = await makeSend({
      between: async (request, next) =>
        request.url.includes("/requests") ? jsonAnswer(503, {}) : await next(),
    });

    const error = await rejection(send.send(await sampleRequest(send)));

    expect(error).toMatchObject({ code: "SERVICE_UNAVAILABLE", effect: "unknown" });
  });

  test("a connection that was refused leaves no doubt", async () => {
    const world = await makeSend();
    const request = await sampleRequest(world.send);
    // Nobody listens on port 1, and the system gives it out to nobody.
    const send = world.client({
      settings: { ...settings, baseUrl: "http://127.0.0.1:1" },
      http: createHttp(),
    });

    const error = await rejection(send.send(request));

    expect(error).toMatchObject({ code: "NO_ANSWER", effect: "none" });
  });

  test("a notice code of a live notification rejects the verbale", async () => {
    const { send, simulator } = await makeSend();
    await send.send(await sampleRequest(send, { protocol: "V-1" }));

    const error = await rejection(send.send(await sampleRequest(send, { protocol: "V-2" })));

    expect(error).toBeInstanceOf(ItemRejected);
    expect(error).toMatchObject({ code: "NOTICE_CODE_IN_USE" });
    expect((error as Error).message).toBe(
      "Il codice avviso è già in una notifica attiva su SEND. La richiesta non è stata presa in carico: nulla è stato notificato né addebitato.",
    );
    expect(simulator.report()).toMatchObject({ accepted: 1, repeated: 1 });
  });

  test("a notice code of a refused notification is free again", async () => {
    const { send, clock, simulator } = await makeSend({
      simulator: { capTable: [{ cap: "00118", locality: "ROMA", province: "RM" }] },
    });
    const request = await sampleRequest(send, { protocol: "V-1" });
    const [recipient] = request.recipients;
    if (recipient === undefined) throw new Error("no recipient");
    await send.send({
      ...request,
      recipients: [{ ...recipient, address: { ...recipient.address, cap: "20121" } }],
    });
    clock.advance(200);

    await send.send({ ...request, idempotenceToken: "postino-V-1-2" });

    clock.advance(200);
    expect(simulator.report().requests.map(({ status }) => status)).toEqual([
      "REFUSED",
      "ACCEPTED",
    ]);
  });

  test("a duplicate that this key does not see stays in doubt", async () => {
    const { send } = await makeSend({
      between: async (request, next) =>
        isPost(request)
          ? jsonAnswer(409, {
              status: 409,
              errors: [
                {
                  code: "PN_GENERIC_INVALIDPARAMETER_DUPLICATED",
                  detail:
                    "Duplicated notification for senderPaId##paProtocolNumber##idempotenceToken",
                },
              ],
            })
          : await next(),
    });

    const error = await rejection(send.send(await sampleRequest(send)));

    expect(error).toMatchObject({ code: "DUPLICATE_NOT_VISIBLE", effect: "unknown" });
  });
});

describe("access", () => {
  test("an ente without SEND makes no call", async () => {
    const { send, calls } = await makeSend({ settings: { active: false } });

    const error = await rejection(send.upload([file("v")]));

    expect(error).toBeInstanceOf(RunBlocked);
    expect(error).toMatchObject({ code: "SEND_NOT_ACTIVE" });
    expect(calls).toHaveLength(0);
  });

  test("a real SEND is not called unless it is allowed", async () => {
    const world = await makeSend();
    const real = { ...settings, baseUrl: "https://api.notifichedigitali.it" };

    const error = await rejection(world.client({ settings: real }).upload([file("v")]));

    expect(error).toMatchObject({ code: "LIVE_NOT_ALLOWED" });
    expect(world.calls).toHaveLength(0);
  });

  test("a wrong key stops the run and says what may be wrong", async () => {
    const world = await makeSend();

    const error = await rejection(world.client({ apiKey: "other" }).upload([file("v")]));

    expect(error).toBeInstanceOf(RunBlocked);
    expect((error as Error).message).toBe(
      "SEND ha rifiutato le credenziali (HTTP 403): chiave API errata o bloccata, oppure voucher PDND mancante, scaduto o non previsto per questa chiave. Da questo momento nulla è stato inviato; ciò che era stato inviato prima resta valido.",
    );
  });

  test("a 403 without explicit deny points at the network", async () => {
    const { send } = await makeSend({
      between: () => Promise.resolve(jsonAnswer(403, { message: "Forbidden" })),
    });

    const error = await rejection(send.upload([file("v")]));

    expect(error).toBeInstanceOf(RunBlocked);
    expect(error).toMatchObject({ code: "ACCESS_FORBIDDEN" });
  });

  test("a missing key stops the run", async () => {
    const world = await makeSend();

    const error = await rejection(world.client({ apiKey: "" }).upload([file("v")]));

    expect(error).toMatchObject({ code: "ACCESS_DENIED" });
    expect((error as Error).message).toContain("HTTP 401");
  });

  test("a PA for which SEND is disabled stops the run", async () => {
    const { send } = await makeSend({
      simulator: { apiKeys: [{ key: "k-1", paTaxId, isSendEnabled: false }] },
    });

    const error = await rejection(send.send(await sampleRequest(send)));

    expect(error).toBeInstanceOf(RunBlocked);
    expect(error).toMatchObject({ code: "PN_DELIVERY_SEND_IS_DISABLED" });
  });

  test("a sender that is not the key's PA stops the run", async () => {
    const world = await makeSend();
    const request = await sampleRequest(world.send);
    const send = world.client({ sender: { denomination: "Altro", taxId: "00000000026" } });

    const error = await rejection(send.send(request));

    expect(error).toMatchObject({ code: "PN_DELIVERY_INVALID_SENDER_TAX_ID" });
  });

  test("a key with groups wants one of them", async () => {
    const world = await makeSend({
      simulator: { apiKeys: [{ key: "k-1", paTaxId, groups: ["verbali"] }] },
    });
    const request = await sampleRequest(world.send);

    const error = await rejection(world.send.send(request));
    const receipt = await world
      .client({ settings: { ...settings, group: "verbali" } })
      .send(request);

    expect(error).toBeInstanceOf(RunBlocked);
    expect(error).toMatchObject({ code: "PN_DELIVERY_INVALIDPARAMETER_GROUP" });
    expect(receipt.notificationRequestId).toHaveLength(36);
  });

  test("a 429 pauses the key's bucket and leaves nothing done", async () => {
    const paused: [string, number][] = [];
    const world = await makeSend({
      between: async (request, next) =>
        isPost(request)
          ? jsonAnswer(429, { message: "Too Many Requests" }, { "retry-after": "3" })
          : await next(),
    });
    const request = await sampleRequest(world.send);
    const send = world.client({
      limiter: {
        take: () => Promise.resolve(),
        pause: (bucket, ms) => {
          paused.push([bucket, ms]);
        },
        settle: () => undefined,
      },
    });

    const error = await rejection(send.send(request));

    expect(error).toMatchObject({ code: "TOO_MANY_REQUESTS", effect: "none", afterMs: 3000 });
    expect(paused).toEqual([["send:send.test:00000000018:SEND_API_KEY", 3000]]);
  });

  test("a wrong path stops the run", async () => {
    const world = await makeSend();
    const send = world.client({ settings: { ...settings, baseUrl: "http://send.test/wrong" } });

    const error = await rejection(send.upload([file("v")]));

    expect(error).toMatchObject({ code: "ENDPOINT_NOT_FOUND" });
  });
});

describe("verdict", () => {
  test("waiting, then accepted with the iun of the request id", async () => {
    const { send, clock } = await makeSend();
    const { notificationRequestId } = await send.send(await sampleRequest(send));

    const before = await send.findStatus(notificationRequestId);
    clock.advance(200);
    const after = await send.findStatus(notificationRequestId);

    expect(before).toEqual({
      status: "waiting",
      notificationRequestId,
      noticeCodes: ["302010000000000001"],
      digests: ["S8TjWFQ8kwDlZMvpsq29HhF2JpEiiKC4ewgi3RzoAAc="],
      retryAfterMs: 10_000,
    });
    expect(after).toEqual({
      status: "accepted",
      notificationRequestId,
      noticeCodes: ["302010000000000001"],
      digests: ["S8TjWFQ8kwDlZMvpsq29HhF2JpEiiKC4ewgi3RzoAAc="],
      iun: Buffer.from(notificationRequestId, "base64").toString("utf8"),
    });
  });

  test("an address that cannot be mailed is refused with its reason", async () => {
    const { send, clock } = await makeSend({
      simulator: { capTable: [{ cap: "20121", locality: "MILANO", province: "MI" }] },
    });
    const { notificationRequestId } = await send.send(await sampleRequest(send));
    clock.advance(200);

    const found = await send.findStatus(notificationRequestId);

    expect(found).toMatchObject({
      status: "refused",
      refusals: [
        {
          code: "NOT_VALID_ADDRESS",
          note: "CAP, comune e provincia dell'indirizzo non vanno insieme. SEND non ha notificato nulla; il rifiuto costa 1 euro per destinatario. I codici avviso tornano liberi.",
        },
      ],
    });
  });

  test("an unknown request is null, not an error", async () => {
    const { send } = await makeSend();

    expect(await send.findStatus("QUFBQS1BQUFBLUFBQUEtMjAyNjExLUEtMQ==")).toBeNull();
    expect(await send.find("nobody", "nothing")).toBeNull();
  });

  test("a question that fails leaves no doubt", async () => {
    const { send } = await makeSend({ between: () => Promise.resolve(jsonAnswer(500, {})) });

    const error = await rejection(send.find("V-1", "t"));

    expect(error).toMatchObject({ code: "SERVICE_UNAVAILABLE", effect: "none" });
  });
});

test("the whole way works over a real port, with a lost reply", async () => {
  const simulator = await createSendSimulator({
    file: ":memory:",
    clock: systemClock,
    apiKeys: [{ key: "k-1", paTaxId }],
    validationMs: 0,
  });
  let losses = 0;
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    if (c.req.path.endsWith("/v2.5/requests") && c.req.method === "POST" && losses === 0) {
      losses += 1;
      c.res = buildDroppedReply();
    }
  });
  app.route("/send", simulator.app);
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: app.fetch });
  servers.push(server);
  const send = createSendClient({
    settings: { ...settings, baseUrl: `http://127.0.0.1:${server.port}/send` },
    sender: { denomination: "Comune di Esempio", taxId: paTaxId },
    apiKey: () => Promise.resolve("k-1"),
    http: createHttp(),
    clock: systemClock,
    limiter: createLimiter(systemClock),
  });
  const files = await send.upload([
    { label: "v", contentType: "application/pdf", bytes: pdf("verbale") },
  ]);
  const request = await sampleRequest(send);

  const { notificationRequestId } = await send.send(request);

  const found = await send.findStatus(notificationRequestId);
  expect(files).toHaveLength(1);
  expect(losses).toBe(1);
  expect(found).toMatchObject({ status: "accepted" });
  expect(simulator.report()).toMatchObject({ accepted: 1, repeated: 0, uploaded: 2 });
});
