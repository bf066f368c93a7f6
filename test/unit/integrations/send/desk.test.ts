/** Desk, streams and vouchers against the simulated SEND. */
import { describe, expect, test } from "bun:test";
import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { RetryLater, RunBlocked } from "../../../../engine/host/errors.ts";
import { createHttp, type HttpRequest } from "../../../../engine/host/http.ts";
import { createLimiter } from "../../../../engine/host/limiter.ts";
import { createSendDesk } from "../../../../integrations/send/desk.ts";
import type { StreamEvent, StreamStore } from "../../../../integrations/send/desk-port.ts";
import type { SendRequest } from "../../../../integrations/send/port.ts";
import { consumeStream, createSendStreams } from "../../../../integrations/send/streams.ts";
import { createVoucherSource } from "../../../../integrations/send/voucher.ts";
import {
  accessOf,
  fakeClock,
  makeSend,
  paTaxId,
  pdf,
  rejection,
  sampleRequest,
  settings,
  type World,
  type WorldChanges,
} from "./setup.ts";

const ignore = (): void => undefined;

async function accepted(changes: WorldChanges = {}, street = "Via Roma 1") {
  const world = await makeSend(changes);
  const request = withStreet(await sampleRequest(world.send), street);
  const { notificationRequestId } = await world.send.send(request);
  world.clock.advance(200);
  const found = await world.send.findStatus(notificationRequestId);
  if (found?.status !== "accepted") throw new Error("the sample was not accepted");
  return { world, desk: createSendDesk(accessOf(world)), iun: found.iun };
}

function withStreet(request: SendRequest, street: string): SendRequest {
  return {
    ...request,
    recipients: request.recipients.map((recipient) => ({
      ...recipient,
      address: { ...recipient.address, via: street, civico: "" },
    })),
  };
}

const day = 86_400_000;

describe("desk", () => {
  test("the detail tells the status and how it came to it", async () => {
    const { desk, iun } = await accepted();

    expect(await desk.findNotification(iun)).toEqual({
      iun,
      protocol: "V-1",
      sentAt: "2026-11-23T09:00:00.000Z",
      status: "ACCEPTED",
      history: [
        { status: "IN_VALIDATION", since: "2026-11-23T09:00:00.000Z" },
        { status: "ACCEPTED", since: "2026-11-23T09:00:00.200Z" },
      ],
      timeline: [
        {
          category: "SENDER_ACK_CREATION_REQUEST",
          at: "2026-11-23T09:00:00.000Z",
          elementId: `SENDER_ACK_CREATION_REQUEST.IUN_${iun}`,
          storedAt: "2026-11-23T09:00:00.000Z",
        },
        {
          category: "REQUEST_ACCEPTED",
          at: "2026-11-23T09:00:00.200Z",
          elementId: `REQUEST_ACCEPTED.IUN_${iun}`,
          storedAt: "2026-11-23T09:00:00.200Z",
          legalFacts: [{ id: `PN_LEGAL_FACTS-${iun}.pdf`, category: "SENDER_ACK" }],
        },
      ],
      documents: [{ index: 0, title: "Verbale" }],
      payments: [
        {
          recipient: 0,
          index: 0,
          creditorTaxId: paTaxId,
          noticeCode: "302010000000000001",
          hasAttachment: false,
        },
      ],
    });
  });

  test.each([
    ["Via @OK_890", 5, "DELIVERED"],
    ["Via @OK_890", 15, "EFFECTIVE_DATE"],
    ["Via @OK-CompiutaGiacenza_890", 14, "DELIVERING"],
    ["Via @OK-CompiutaGiacenza_890", 15, "DELIVERED"],
    ["Via @OK-CompiutaGiacenza_890", 25, "EFFECTIVE_DATE"],
    ["Via @FAIL-Irreperibile_890", 1, "DELIVERING"],
    ["Via @FAIL-Irreperibile_890", 10, "UNREACHABLE"],
    ["Via Roma 1", 30, "ACCEPTED"],
  ])("%s is, after %p days, %s", async (street, days, status) => {
    const { world, desk, iun } = await accepted({}, street);
    world.clock.advance(days * day);

    expect(await desk.findNotification(iun)).toMatchObject({ status });
  });

  test("the days of the simulator can be made short", async () => {
    const { world, desk, iun } = await accepted(
      { simulator: { environment: { dayMs: 60_000 } } },
      "Via @OK_890",
    );
    world.clock.advance(5 * 60_000);

    expect(await desk.findNotification(iun)).toMatchObject({ status: "DELIVERED" });
  });

  test("an iun that SEND does not know is null", async () => {
    const { desk } = await accepted();

    expect(await desk.findNotification("AAAA-AAAA-AAAA-202611-H-1")).toBeNull();
    expect(await desk.cancel("AAAA-AAAA-AAAA-202611-H-1")).toBeNull();
  });

  test("a document comes back as it was sent", async () => {
    const { desk, iun } = await accepted({ simulator: { keepsFiles: true } });

    const pieces: Uint8Array[] = [];
    const found = await desk.downloadDocument(iun, 0, (piece) => void pieces.push(piece));

    expect(found).toMatchObject({ status: "ready" });
    expect(Buffer.concat(pieces).equals(Buffer.from(pdf("V-1/verbale")))).toBe(true);
    expect(await desk.downloadDocument(iun, 1, ignore)).toBeNull();
  });

  test("a document that arrives cut off is not taken for whole", async () => {
    const { desk, iun } = await accepted({
      simulator: { keepsFiles: true },
      between: async (request, next) => {
        const answer = await next();
        if (!request.url.includes("/download/")) return answer;
        return new Response((await answer.bytes()).slice(0, -1));
      },
    });

    const error = await rejection(desk.downloadDocument(iun, 0, ignore));

    expect(error).toBeInstanceOf(RetryLater);
    expect(error).toMatchObject({ code: "DOWNLOAD_FAILED", effect: "none" });
  });

  test("a file in the archive says when to ask again", async () => {
    const { desk, iun } = await accepted();

    expect(await desk.downloadDocument(iun, 0, ignore)).toEqual({
      status: "archived",
      retryAfterMs: 3_600_000,
    });
  });

  test("legal facts are listed and downloaded", async () => {
    const { desk, iun } = await accepted();

    const facts = await desk.listLegalFacts(iun);
    const fact = await desk.downloadLegalFact(iun, `PN_LEGAL_FACTS-${iun}.pdf`, ignore);

    expect(facts).toEqual([{ id: `PN_LEGAL_FACTS-${iun}.pdf`, category: "SENDER_ACK" }]);
    expect(fact).toMatchObject({ status: "ready", name: `PN_LEGAL_FACTS-${iun}.pdf` });
  });

  test("the price is fee and SEND's fee until a letter is sent", async () => {
    const { desk, iun } = await accepted();

    expect(await desk.findPrice(paTaxId, "302010000000000001")).toEqual({
      iun,
      totalCents: 200,
      paFeeCents: 100,
      sendFeeCents: 100,
      analogCents: 0,
      vat: 22,
      refinedAt: null,
      viewedAt: null,
    });
    expect(await desk.findPrice(paTaxId, "302010000000000009")).toBeNull();
  });

  test("a cancelled notification frees its codes and goes no further", async () => {
    const { world, desk, iun } = await accepted({}, "Via @OK_890");

    const first = await desk.cancel(iun);
    const second = await desk.cancel(iun);
    world.clock.advance(30 * day);

    expect([first, second]).toEqual(["requested", "already-cancelled"]);
    expect(await desk.findNotification(iun)).toMatchObject({ status: "CANCELLED" });
    expect(await desk.findPrice(paTaxId, "302010000000000001")).toBeNull();
  });

  test("the platform tells that it works", async () => {
    const { desk } = await accepted();

    expect(await desk.isWorking()).toBe(true);
  });
});

describe("platform", () => {
  const malfunctions = [
    {
      functionality: "NOTIFICATION_CREATE",
      from: "2026-11-23T09:30:00.000Z",
      to: "2026-11-23T10:00:00.000Z",
    },
  ] as const;

  test("a malfunction is declared while it lasts, and told afterwards with its legal fact", async () => {
    const world = await makeSend({ simulator: { environment: { malfunctions } } });
    const desk = createSendDesk(accessOf(world));

    const states = [await desk.isWorking()];
    world.clock.advance(40 * 60_000);
    states.push(await desk.isWorking());
    const during = await desk.listDowntimes(2026, 11);
    world.clock.advance(40 * 60_000);
    states.push(await desk.isWorking());

    expect(states).toEqual([true, false, true]);
    expect(during).toEqual([]);
    expect(await desk.listDowntimes(2026, 11)).toEqual([
      {
        functionality: "NOTIFICATION_CREATE",
        from: "2026-11-23T09:30:00.000Z",
        to: "2026-11-23T10:00:00.000Z",
        legalFactId: "PN_DOWNTIME_LEGAL_FACTS-20261123093000000.pdf",
        attestedAt: "2026-11-23T10:00:00.000Z",
      },
    ]);
    expect(await desk.listDowntimes(2026, 10)).toEqual([]);
  });
});

describe("streams", () => {
  const wanted = {
    title: "postino",
    eventType: "TIMELINE",
    filterValues: ["REQUEST_ACCEPTED", "REQUEST_REFUSED"],
    groups: [],
  } as const;

  function memoryStore(): StreamStore & { readonly events: StreamEvent[] } {
    const events: StreamEvent[] = [];
    return {
      events,
      readLastEventId: () => Promise.resolve(events.at(-1)?.eventId ?? null),
      store: (_streamId, batch) => {
        events.push(...batch);
        return Promise.resolve();
      },
    };
  }

  async function withStream(changes: WorldChanges = {}) {
    const world = await makeSend(changes);
    const streams = createSendStreams(accessOf(world));
    const { streamId } = await streams.ensure(wanted);
    return { world, streams, streamId, store: memoryStore() };
  }

  async function sendSome(world: World, count: number): Promise<void> {
    for (let index = 0; index < count; index += 1) {
      const noticeCode = `3020100000000000${10 + index}`;
      await world.send.send(
        await sampleRequest(world.send, { protocol: `V-${index}`, noticeCode }),
      );
    }
    world.clock.advance(200);
  }

  test("a stream of the same title is made once", async () => {
    const { streams, streamId } = await withStream();

    const again = await streams.ensure(wanted);

    expect(again.streamId).toBe(streamId);
    expect(await streams.list()).toEqual([{ streamId, title: "postino" }]);
  });

  test("an acceptance is told with request id and iun", async () => {
    const { world, streams, streamId, store } = await withStream();
    await sendSome(world, 1);

    const batch = await consumeStream(streams, streamId, store);

    expect(batch.retryAfterMs).toBe(900_000);
    expect(store.events).toHaveLength(1);
    expect(store.events[0]).toMatchObject({ category: "REQUEST_ACCEPTED", newStatus: "ACCEPTED" });
    const requestId = store.events[0]?.notificationRequestId ?? "";
    expect(store.events[0]?.iun).toBe(Buffer.from(requestId, "base64").toString("utf8"));
    expect(store.events[0]?.eventId).toMatch(/^0\d{37}$/);
  });

  test("a refusal is told without iun and with its note", async () => {
    const { world, streams, streamId, store } = await withStream({ simulator: { capTable: [] } });
    await sendSome(world, 1);

    await consumeStream(streams, streamId, store);

    expect(store.events[0]).toMatchObject({
      category: "REQUEST_REFUSED",
      iun: null,
      refusals: [{ code: "NOT_VALID_ADDRESS" }],
    });
  });

  test("more than a batch comes in several, without a wait between", async () => {
    const { world, streams, streamId, store } = await withStream({
      simulator: { environment: { eventsPerCall: 2 } },
    });
    await sendSome(world, 5);

    const waits: number[] = [];
    for (let turn = 0; turn < 3; turn += 1)
      waits.push((await consumeStream(streams, streamId, store)).retryAfterMs);

    expect(waits).toEqual([0, 0, 900_000]);
    expect(new Set(store.events.map(({ elementId }) => elementId)).size).toBe(5);
  });

  test("what was not stored is told again", async () => {
    const { world, streams, streamId, store } = await withStream();
    await sendSome(world, 1);
    const broken: StreamStore = { ...store, store: () => Promise.reject(new Error("disk full")) };

    const error = await rejection(consumeStream(streams, streamId, broken));
    world.clock.advance(900_000);
    await consumeStream(streams, streamId, store);

    expect((error as Error).message).toBe("disk full");
    expect(store.events).toHaveLength(1);
  });

  test("reading too early says how many milliseconds are left", async () => {
    const { world, streams, streamId, store } = await withStream();
    await consumeStream(streams, streamId, store);
    world.clock.advance(100_000);

    const error = await rejection(consumeStream(streams, streamId, store));

    expect(error).toBeInstanceOf(RetryLater);
    expect(error).toMatchObject({ code: "STREAM_TOO_EARLY", afterMs: 800_000, effect: "none" });
  });

  test("a stream that was read too early holds no other call of the key up", async () => {
    const { world, streams, streamId } = await withStream();
    const limiter = createLimiter(world.clock);
    const sharing = createSendStreams(accessOf(world, { limiter }));
    const send = world.client({ limiter });
    await streams.read(streamId, null);

    const error = await rejection(sharing.read(streamId, null));
    const before = world.clock.now();
    await send.find("V-1", "t");

    expect(error).toMatchObject({ code: "STREAM_TOO_EARLY", afterMs: 900_000 });
    // The wait is the stream's, in milliseconds: taken for seconds it would stop the ente for ten days.
    expect(world.clock.now() - before).toBeLessThan(1000);
  });

  test("the gateway's own 429 on a stream is the key's, and waits as everywhere", async () => {
    let isBusy = false;
    const { streams, streamId } = await withStream({
      between: async (request, next) =>
        isBusy && request.url.includes("/events")
          ? new Response('{"message":"Too Many Requests"}', {
              status: 429,
              headers: { "content-type": "application/json" },
            })
          : await next(),
    });
    isBusy = true;

    const error = await rejection(streams.read(streamId, null));

    expect(error).toMatchObject({ code: "TOO_MANY_REQUESTS", effect: "none" });
  });

  test("a stream that was removed is told as missing", async () => {
    const { streams, streamId } = await withStream();
    await streams.remove(streamId);

    const error = await rejection(streams.read(streamId, null));

    expect(error).toMatchObject({ name: "RunBlocked", code: "STREAM_MISSING" });
  });

  test("a disabled stream is no stream: another of its title is made, and found", async () => {
    const { streams, streamId } = await withStream();
    await streams.disable(streamId);

    const none = await streams.find("postino");
    const made = await streams.ensure(wanted);
    const found = await streams.find("postino");

    expect(none).toBeNull();
    expect(made.streamId).not.toBe(streamId);
    expect(found).toEqual(made);
  });

  test("only what happens after its creation is told", async () => {
    const world = await makeSend();
    await sendSome(world, 1);
    const streams = createSendStreams(accessOf(world));
    const { streamId } = await streams.create(wanted);

    const batch = await streams.read(streamId, null);

    expect(batch.events).toEqual([]);
  });

  test("a stream of another version is blocked, and replaced on the new one", async () => {
    const { streams, world } = await withStream();
    const older = createSendStreams(
      accessOf(world, { settings: { ...settings, streamVersion: "2.8" } }),
    );
    const { streamId } = await older.create({ ...wanted, title: "di prima" });
    const newer = streams;

    const error = await rejection(newer.read(streamId, null));
    const next = await newer.create({ ...wanted, replaces: streamId });
    const batch = await newer.read(next.streamId, null);

    expect(error).toBeInstanceOf(RunBlocked);
    expect(error).toMatchObject({ code: "STREAM_VERSION" });
    expect(batch.events).toEqual([]);
  });

  test("too many streams are blocked until one is removed", async () => {
    const { streams, streamId } = await withStream({
      simulator: { environment: { maxStreams: 1 } },
    });

    const error = await rejection(streams.create({ ...wanted, title: "altro" }));
    await streams.remove(streamId);
    const made = await streams.create({ ...wanted, title: "altro" });

    expect(error).toMatchObject({ code: "STREAM_COUNT" });
    expect(made.title).toBe("altro");
  });

  test("a disabled stream tells nothing more", async () => {
    const { world, streams, streamId } = await withStream();
    await streams.disable(streamId);
    world.clock.advance(1);
    await world.send.send(await sampleRequest(world.send));

    const batch = await streams.read(streamId, null);

    expect(batch.events).toEqual([]);
  });
});

describe("PDND", () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" });
  const pdnd = {
    tokenUrl: "https://pdnd.test/token.oauth2",
    audience: "pdnd.test/client-assertion",
    clientId: "client-1",
    keyId: "kid-1",
    purposeId: "purpose-1",
    privateKey: { secret: "PDND_KEY" },
  };

  function part(token: string, index: number): Record<string, unknown> {
    const text = Buffer.from(token.split(".")[index] ?? "", "base64url").toString("utf8");
    return JSON.parse(text) as Record<string, unknown>;
  }

  function makePdnd(answer?: () => Response) {
    const clock = fakeClock();
    const requests: HttpRequest[] = [];
    const issue = (): Response => {
      const encode = (value: object): string =>
        Buffer.from(JSON.stringify(value)).toString("base64url");
      const exp = Math.floor(clock.now() / 1000) + 600;
      const token = `${encode({ typ: "at+jwt" })}.${encode({ exp, n: requests.length })}.x`;
      return Response.json({ access_token: token, expires_in: 600, token_type: "Bearer" });
    };
    const door = createHttp(() => Promise.resolve((answer ?? issue)()));
    const voucher = createVoucherSource({
      settings: pdnd,
      privateKey: pem,
      clock,
      http: (request) => {
        requests.push(request);
        return door(request);
      },
    });
    return { clock, requests, voucher };
  }

  test("the client assertion is signed and names client, key and purpose", async () => {
    const { requests, voucher } = makePdnd();

    await voucher(false);

    const form = new URLSearchParams(String(requests[0]?.body));
    const assertion = form.get("client_assertion") ?? "";
    const [header = "", payload = "", signature = ""] = assertion.split(".");
    expect(form.get("grant_type")).toBe("client_credentials");
    expect(form.get("client_id")).toBe("client-1");
    expect(part(assertion, 0)).toEqual({ kid: "kid-1", alg: "RS256", typ: "JWT" });
    expect(part(assertion, 1)).toMatchObject({
      iss: "client-1",
      sub: "client-1",
      aud: "pdnd.test/client-assertion",
      purposeId: "purpose-1",
      iat: 1_795_424_400,
      exp: 1_795_424_520,
    });
    expect(
      verify(
        "RSA-SHA256",
        Buffer.from(`${header}.${payload}`),
        createPublicKey(publicKey.export({ type: "spki", format: "pem" })),
        Buffer.from(signature, "base64url"),
      ),
    ).toBe(true);
  });

  test("a voucher is kept, shared, and renewed before it expires", async () => {
    const { clock, requests, voucher } = makePdnd();

    const [first, second] = await Promise.all([voucher(false), voucher(false)]);
    clock.advance(569_000);
    const third = await voucher(false);
    clock.advance(2_000);
    const fourth = await voucher(false);

    expect(second).toBe(first);
    expect(third).toBe(first);
    expect(fourth).not.toBe(first);
    expect(requests).toHaveLength(2);
  });

  test("a refusal of PDND stops the run", async () => {
    const { voucher } = makePdnd(() => Response.json({ error: "invalid_client" }, { status: 400 }));

    const error = await rejection(voucher(false));

    expect(error).toBeInstanceOf(RunBlocked);
    expect(error).toMatchObject({ code: "PDND_REFUSED" });
  });

  test("a PDND that is down is tried later", async () => {
    const { voucher } = makePdnd(() => new Response("", { status: 503 }));

    const error = await rejection(voucher(false));

    expect(error).toMatchObject({ code: "SERVICE_UNAVAILABLE", effect: "none" });
  });

  test("an unreadable key stops the run and does not show itself", async () => {
    const { clock } = makePdnd();
    const voucher = createVoucherSource({
      settings: pdnd,
      privateKey: "not a key",
      clock,
      http: createHttp(),
    });

    const error = await rejection(voucher(false));

    expect(error).toMatchObject({ code: "PDND_KEY_UNREADABLE" });
    expect((error as Error).message).not.toContain("not a key");
  });

  test("a PDND key wants a voucher, a plain key none; a refused one is renewed once", async () => {
    const world = await makeSend({
      simulator: {
        apiKeys: [
          { key: "k-1", paTaxId },
          { key: "k-pdnd", paTaxId, isPdnd: true },
        ],
        // SEND's gateway would remember the refusal of the first key for a minute.
        environment: { authorizerCacheMs: 0 },
      },
    });
    const { voucher, requests } = makePdnd();
    const asked: boolean[] = [];
    const stale = (renew: boolean): Promise<string> => {
      asked.push(renew);
      return renew ? voucher(true) : Promise.resolve("a.b.c");
    };

    const plain = await rejection(world.client({ voucher }).find("V", "t"));
    const bare = await rejection(world.client({ apiKey: "k-pdnd" }).find("V", "t"));
    const good = await world.client({ apiKey: "k-pdnd", voucher: stale }).find("V", "t");

    expect(plain).toMatchObject({ code: "ACCESS_DENIED" });
    expect(bare).toMatchObject({ code: "ACCESS_DENIED" });
    expect(good).toBeNull();
    expect(asked).toEqual([false, true]);
    expect(requests.length).toBeGreaterThan(0);
  });
});
