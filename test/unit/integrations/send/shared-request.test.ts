/** Requests that several callers share: the abort of one leaves the others their answer. */
import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "bun:test";
import { createHttp } from "../../../../engine/host/http.ts";
import { openJournal } from "../../../../stores/sqlite/store.ts";
import { createSharedRequest } from "../../../../integrations/shared-request.ts";
import { createSendStreams } from "../../../../integrations/send/streams.ts";
import { createVerdicts, ensureVerdictStream } from "../../../../integrations/send/verdicts.ts";
import { createVoucherSource } from "../../../../integrations/send/voucher.ts";
import { accessOf, fakeClock, makeSend, rejection } from "./setup.ts";

const interrupted = { name: "RetryLater", code: "INTERRUPTED", effect: "none" };

/** What is started ends when it is told to, and says whether it was given up. */
function makeWork() {
  const ends: PromiseWithResolvers<string>[] = [];
  const signals: AbortSignal[] = [];
  return {
    ends,
    signals,
    start(signal: AbortSignal): Promise<string> {
      const end = Promise.withResolvers<string>();
      signal.addEventListener("abort", () => end.reject(new Error("given up")));
      ends.push(end);
      signals.push(signal);
      return end.promise;
    },
  };
}

describe("a shared request", () => {
  for (const who of [0, 1, 2])
    test(`of three goes on for two when caller ${who + 1} gives up`, async () => {
      const work = makeWork();
      const request = createSharedRequest<string>();
      const stops = [new AbortController(), new AbortController(), new AbortController()];

      const answers = stops.map(({ signal }) => request.join(work.start, signal));
      stops[who]?.abort();
      const left = await rejection(answers[who]!);
      work.ends[0]?.resolve("done");
      const others = await Promise.all(answers.filter((_, index) => index !== who));

      expect(left).toMatchObject(interrupted);
      expect(others).toEqual(["done", "done"]);
      expect(work.ends).toHaveLength(1);
    });

  test("that nobody waits for any more is given up, and the next caller starts anew", async () => {
    const work = makeWork();
    const request = createSharedRequest<string>();
    const stops = [new AbortController(), new AbortController()];

    const answers = stops.map(({ signal }) => rejection(request.join(work.start, signal)));
    for (const stop of stops) stop.abort();
    const errors = await Promise.all(answers);
    const wasUnderWay = request.isUnderWay();
    const next = request.join(work.start, undefined);
    work.ends[1]?.resolve("done");

    expect(errors).toMatchObject([interrupted, interrupted]);
    expect(work.signals[0]?.aborted).toBe(true);
    expect(wasUnderWay).toBe(false);
    expect(await next).toBe("done");
  });

  test("of a caller without a signal is never given up", async () => {
    const work = makeWork();
    const request = createSharedRequest<string>();
    const stop = new AbortController();

    const patient = request.join(work.start, undefined);
    const left = rejection(request.join(work.start, stop.signal));
    stop.abort();
    await left;
    work.ends[0]?.resolve("done");

    expect(await patient).toBe("done");
    expect(work.signals[0]?.aborted).toBe(false);
  });

  test("that fails tells everyone, and is asked again", async () => {
    const work = makeWork();
    const request = createSharedRequest<string>();

    const answers = [1, 2].map(() => rejection(request.join(work.start, undefined)));
    work.ends[0]?.reject(new Error("no"));
    const errors = await Promise.all(answers);
    const next = request.join(work.start, undefined);
    work.ends[1]?.resolve("done");

    expect(errors).toMatchObject([{ message: "no" }, { message: "no" }]);
    expect(await next).toBe("done");
  });

  test("is not begun for a caller who has given up already", async () => {
    const work = makeWork();

    const left = await rejection(
      createSharedRequest<string>().join(work.start, AbortSignal.abort()),
    );

    expect(left).toMatchObject(interrupted);
    expect(work.ends).toHaveLength(0);
  });
});

test("a voucher reaches the second caller when the first one gives up", async () => {
  const asked = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  let calls = 0;
  const voucher = createVoucherSource({
    settings: {
      tokenUrl: "http://pdnd.test/token",
      audience: "a",
      clientId: "c",
      keyId: "k",
      purposeId: "p",
      privateKey: { secret: "PDND" },
    },
    privateKey: generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
      type: "pkcs8",
      format: "pem",
    }),
    http: createHttp(async (input, init) => {
      calls += 1;
      asked.resolve();
      await Promise.race([gate.promise, abortOf(new Request(input, init).signal)]);
      return Response.json({ access_token: "token-1", expires_in: 600 });
    }),
    clock: fakeClock(),
  });
  const stop = new AbortController();

  const first = rejection(voucher(false, stop.signal));
  const second = voucher(false, new AbortController().signal);
  await asked.promise;
  stop.abort();
  const left = await first;
  gate.resolve();

  expect(left).toMatchObject(interrupted);
  expect(await second).toBe("token-1");
  expect(calls).toBe(1);
});

test("verdicts reach the second run when the first one is stopped", async () => {
  const asked = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const world = await makeSend({
    between: async (request, next) => {
      if (!new URL(request.url).pathname.endsWith("/events")) return await next();
      asked.resolve();
      await Promise.race([gate.promise, abortOf(request.signal)]);
      return await next();
    },
  });
  const journal = openJournal(":memory:", world.clock);
  const streams = createSendStreams(accessOf(world));
  await ensureVerdictStream(streams, { ente: "prova", group: undefined, streamVersion: undefined });
  const [one, other] = [1, 2].map(() =>
    createVerdicts({
      ente: "prova",
      streamVersion: undefined,
      streams,
      events: journal,
      clock: world.clock,
      noticeNews: async () => {},
    }),
  );
  const stop = new AbortController();

  const first = rejection(one!.refresh(stop.signal));
  const second = other!.refresh(new AbortController().signal);
  await asked.promise;
  stop.abort();
  const left = await first;
  gate.resolve();

  expect(left).toMatchObject(interrupted);
  expect(await second).toBe(900_000);
  await journal.close();
});

function abortOf(signal: AbortSignal): Promise<never> {
  const aborted = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => aborted.reject(signal.reason));
  return aborted.promise;
}
