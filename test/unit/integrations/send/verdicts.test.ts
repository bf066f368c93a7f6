/** Verdicts by SEND's stream, against the simulated SEND and a real journal: stored before they are acknowledged, one reader per ente. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { RunBlocked } from "../../../../engine/host/errors.ts";
import type { Journal } from "../../../../engine/journal/journal.ts";
import { openJournal } from "../../../../stores/sqlite/store.ts";
import type { SendStreams } from "../../../../integrations/send/desk-port.ts";
import { createSendStreams } from "../../../../integrations/send/streams.ts";
import {
  createVerdicts,
  ensureVerdictStream,
  type EventMemory,
} from "../../../../integrations/send/verdicts.ts";
import {
  accessOf,
  makeSend,
  rejection,
  sampleRequest,
  settings,
  type World,
  type WorldChanges,
} from "./setup.ts";

let journal: Journal;
beforeEach(async () => {
  journal = openJournal(":memory:", (await makeSend()).clock);
});
afterEach(() => journal.close());

const ours = { ente: "prova", group: undefined, streamVersion: undefined } as const;

async function open(
  changes: WorldChanges = {},
  see: (request: Request) => Promise<void> = () => Promise.resolve(),
) {
  const reads: string[] = [];
  const world = await makeSend({
    ...changes,
    between: async (request, next) => {
      const { pathname, searchParams } = new URL(request.url);
      await see(request);
      if (pathname.endsWith("/events")) reads.push(searchParams.get("lastEventId") ?? "none");
      return changes.between === undefined ? await next() : await changes.between(request, next);
    },
  });
  const streams = createSendStreams(accessOf(world));
  const make = (events: EventMemory = journal) =>
    createVerdicts({
      ente: "prova",
      streamVersion: undefined,
      streams,
      events,
      clock: world.clock,
      noticeNews: async () => {},
    });
  return { world, streams, reads, make };
}

async function sent(world: World, count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const noticeCode = `3020100000000000${10 + index}`;
    const request = await sampleRequest(world.send, { protocol: `V-${index}`, noticeCode });
    ids.push((await world.send.send(request)).notificationRequestId);
  }
  world.clock.advance(200);
  return ids;
}

describe("the stream that postino init makes", () => {
  test("tells the two verdicts, and is made once", async () => {
    const { streams } = await open();

    const first = await ensureVerdictStream(streams, ours);
    const second = await ensureVerdictStream(streams, ours);

    expect(first.title).toBe("postino-prova-2.9");
    expect(second).toEqual(first);
    expect(await streams.list()).toEqual([first]);
  });

  test("asks for the ente's group alone", async () => {
    const bodies: unknown[] = [];
    const { streams } = await open({}, async (request) => {
      if (request.method === "POST" && request.url.endsWith("/streams"))
        bodies.push(await request.clone().json());
    });

    await ensureVerdictStream(streams, { ...ours, group: "verbali" });

    expect(bodies).toEqual([
      {
        title: "postino-prova-2.9",
        eventType: "TIMELINE",
        filterValues: ["DEFAULT", "SCHEDULE_REFINEMENT", "NOTIFICATION_TIMELINE_REWORKED"],
        groups: ["verbali"],
        waitForAccepted: false,
      },
    ]);
  });

  test("of a new version takes the place of the one before, and leaves other enti's alone", async () => {
    const { world, streams: newer } = await open();
    const streams = createSendStreams(
      accessOf(world, { settings: { ...settings, streamVersion: "2.8" } }),
    );
    const old = await ensureVerdictStream(streams, { ...ours, streamVersion: "2.8" });
    const neighbour = await ensureVerdictStream(streams, {
      ...ours,
      ente: "prova-2",
      streamVersion: "2.8",
    });

    const made = await ensureVerdictStream(newer, ours);
    const again = await ensureVerdictStream(newer, ours);

    expect(made.title).toBe("postino-prova-2.9");
    expect(again).toEqual(made);
    expect(await streams.find(old.title)).toBeNull();
    expect(await streams.find(neighbour.title)).toEqual(neighbour);
  });

  test("that an earlier version made for verdicts alone is asked for the rest too, once", async () => {
    const changed: unknown[] = [];
    const { streams } = await open({}, async (request) => {
      if (request.method === "PUT") changed.push(await request.clone().json());
    });
    const old = await streams.create({
      title: "postino-prova-2.9",
      eventType: "TIMELINE",
      filterValues: ["REQUEST_ACCEPTED", "REQUEST_REFUSED"],
      groups: ["verbali"],
    });

    const kept = await ensureVerdictStream(streams, { ...ours, group: "verbali" });
    await ensureVerdictStream(streams, { ...ours, group: "verbali" });

    expect(kept).toEqual(old);
    expect(changed).toEqual([
      {
        title: "postino-prova-2.9",
        eventType: "TIMELINE",
        filterValues: ["DEFAULT", "SCHEDULE_REFINEMENT", "NOTIFICATION_TIMELINE_REWORKED"],
        groups: ["verbali"],
      },
    ]);
  });

  test.each([
    [403, { message: "Missing Authentication Token" }, "postino-prova-2.8"],
    [404, {}, "postino-prova-2.8"],
    [403, { message: "Forbidden" }, "ACCESS_FORBIDDEN"],
    [503, {}, "SERVICE_UNAVAILABLE"],
  ])(
    "is of 2.8 where SEND does not know 2.9, and only there (%i %j)",
    async (status, body, told) => {
      const { streams } = await open({
        between: async (request, next) =>
          request.url.includes("/v2.9/") ? Response.json(body, { status }) : await next(),
      });

      const made = await ensureVerdictStream(streams, ours).then(
        ({ title }) => title,
        (error: unknown) => (error as { readonly code: string }).code,
      );

      expect(made).toBe(told);
    },
  );

  test("of 2.8 that is there is read until init makes the newer one", async () => {
    const { world, streams, make } = await open();
    await ensureVerdictStream(
      createSendStreams(accessOf(world, { settings: { ...settings, streamVersion: "2.8" } })),
      { ...ours, streamVersion: "2.8" },
    );
    const [id = ""] = await sent(world, 1);
    const verdicts = make();
    await verdicts.refresh();

    expect((await streams.list()).map(({ title }) => title)).toEqual(["postino-prova-2.8"]);
    expect(await verdicts.find(id)).toMatchObject({ status: "accepted" });
  });

  test("that was disabled on SEND is made anew, and read from then on", async () => {
    const { world, streams, make } = await open();
    const first = await ensureVerdictStream(streams, ours);
    await streams.disable(first.streamId);

    const told = await rejection(make().refresh());
    const second = await ensureVerdictStream(streams, ours);
    const [id = ""] = await sent(world, 1);
    const verdicts = make();
    await verdicts.refresh();

    expect(told).toMatchObject({ code: "STREAM_MISSING" });
    expect(second.streamId).not.toBe(first.streamId);
    expect(await verdicts.find(id)).toMatchObject({ status: "accepted" });
  });

  test("its absence blocks the run and says what makes it", async () => {
    const { make } = await open();

    const error = await rejection(make().refresh());

    expect(error).toBeInstanceOf(RunBlocked);
    expect(error).toMatchObject({
      code: "STREAM_MISSING",
      hint: {
        action: "prepare",
        ente: "prova",
        setting: {
          ask: "creare lo stream degli esiti, o di far chiedere gli esiti uno per uno",
          technical: "Creare lo stream, oppure usare «by: polling» nel passo import-iun.",
        },
        after: "Poi riprendere il flusso.",
      },
    });
  });
});

test("an acceptance is known with its iun after one reading", async () => {
  const { world, streams, make } = await open();
  await ensureVerdictStream(streams, ours);
  const [id = ""] = await sent(world, 1);
  const verdicts = make();

  const before = await verdicts.find(id);
  const waitMs = await verdicts.refresh();

  expect(before).toBeNull();
  expect(waitMs).toBe(900_000);
  expect(await verdicts.find(id)).toEqual({
    status: "accepted",
    notificationRequestId: id,
    noticeCodes: [],
    iun: Buffer.from(id, "base64").toString("utf8"),
  });
});

test("a refusal is known with SEND's reasons as notes", async () => {
  const { world, streams, make } = await open({ simulator: { capTable: [] } });
  await ensureVerdictStream(streams, ours);
  const [id = ""] = await sent(world, 1);
  const verdicts = make();

  await verdicts.refresh();

  expect(await verdicts.find(id)).toMatchObject({
    status: "refused",
    refusals: [
      {
        code: "NOT_VALID_ADDRESS",
        hint: { action: "send-again", first: "Correggere CAP, comune o provincia." },
      },
    ],
  });
});

test("all that waits is read at once, and acknowledged only when it is stored", async () => {
  const { world, streams, reads, make } = await open({
    simulator: { environment: { eventsPerCall: 2 } },
  });
  await ensureVerdictStream(streams, ours);
  const ids = await sent(world, 5);
  const verdicts = make();

  await verdicts.refresh();

  const known = await Promise.all(ids.map((id) => verdicts.find(id)));
  expect(known.map((verdict) => verdict?.status)).toEqual(Array(5).fill("accepted"));
  expect(reads).toHaveLength(3);
  expect(reads[0]).toBe("none");
  const stored = await Promise.all(ids.map((id) => journal.readStreamEvents("prova", id)));
  const events = stored.flat().map(({ event }) => event);
  expect(events).toContain(reads[1] ?? "");
  expect(events).toContain(reads[2] ?? "");
});

test("what could not be stored is not acknowledged, and comes again", async () => {
  const { world, streams, reads, make } = await open();
  await ensureVerdictStream(streams, ours);
  const [id = ""] = await sent(world, 1);
  const full: EventMemory = {
    readLastStreamEvent: (ente, stream) => journal.readLastStreamEvent(ente, stream),
    addStreamEvents: () => Promise.reject(new Error("disk full")),
    readStreamEvents: (ente, subject) => journal.readStreamEvents(ente, subject),
  };

  const error = await rejection(make(full).refresh());
  world.clock.advance(900_000);
  const verdicts = make();
  await verdicts.refresh();

  expect(error).toMatchObject({ message: "disk full" });
  expect(reads).toEqual(["none", "none"]);
  expect((await verdicts.find(id))?.status).toBe("accepted");
});

test("many callers of several runs share one reading, and none reads before SEND allows it", async () => {
  const { world, streams, reads, make } = await open();
  await ensureVerdictStream(streams, ours);
  await sent(world, 1);
  const runs = [make(), make()];

  await Promise.all(Array.from({ length: 20 }, (_, index) => runs[index % 2]?.refresh()));
  world.clock.advance(899_999);
  const waitMs = await runs[1]?.refresh();

  expect(waitMs).toBe(1);
  expect(reads).toHaveLength(1);
});

test("a program that was restarted too soon takes SEND's wait and what it had stored", async () => {
  const { world, streams, make } = await open();
  await ensureVerdictStream(streams, ours);
  const [id = ""] = await sent(world, 1);
  await make().refresh();
  world.clock.advance(100_000);
  // Another object: this process has read nothing yet.
  const { readLastStreamEvent, addStreamEvents, readStreamEvents } = journal;
  const restarted = make({
    readLastStreamEvent,
    addStreamEvents,
    readStreamEvents,
  });

  const waitMs = await restarted.refresh();

  expect(waitMs).toBe(800_000);
  expect((await restarted.find(id))?.status).toBe("accepted");
});

test("a stream that repeats what was acknowledged is left, and each verdict is known once", async () => {
  const { world, streams, make } = await open();
  await ensureVerdictStream(streams, ours);
  const [id = ""] = await sent(world, 1);
  const { streamId } = (await streams.find("postino-prova-2.9")) ?? { streamId: "" };
  const [event] = (await streams.read(streamId, null)).events;
  if (event === undefined) throw new Error("no event");
  let reads = 0;
  const echo: SendStreams = {
    ...streams,
    inVersion: () => echo,
    read: () => {
      reads += 1;
      // The same element, now and then under another event id: SEND tells at least once.
      const eventId = reads === 2 ? event.eventId.replace(/^00/, "01") : event.eventId;
      return Promise.resolve({ events: [{ ...event, eventId }], retryAfterMs: 0 });
    },
  };
  const repeating = createVerdicts({
    ente: "prova",
    streamVersion: undefined,
    streams: echo,
    events: journal,
    clock: world.clock,
    noticeNews: async () => {},
  });

  await repeating.refresh();

  expect(reads).toBe(3);
  expect(await repeating.find(id)).toMatchObject({ status: "accepted", iun: event.iun });
  expect(await make().find(id)).toEqual(await repeating.find(id));
});

test("what the journal had not is told once, refusals and other events left out", async () => {
  const { world, streams, make } = await open();
  await ensureVerdictStream(streams, ours);
  const ids = await sent(world, 2);

  const first = await make().takeAccepted();
  world.clock.advance(3_600_000);
  const second = await make().takeAccepted();

  expect(first.map(({ notificationRequestId }) => notificationRequestId)).toEqual([...ids]);
  expect(first.map(({ iun }) => iun)).toEqual(
    ids.map((id) => Buffer.from(id, "base64").toString("utf8")),
  );
  expect(second).toEqual([]);
});

test("an ente without a stream has nothing to tell, and is not blocked by it", async () => {
  const { make, reads } = await open();

  expect(await make().takeAccepted()).toEqual([]);
  expect(reads).toEqual([]);
});

test("news of notifications are noticed before SEND may forget them, each once, and only verdicts are kept", async () => {
  const { world, streams, make } = await open();
  await ensureVerdictStream(streams, ours);
  const noticed: (readonly string[])[] = [];
  const request = await sampleRequest(world.send, {
    recipients: [
      {
        ...(await sampleRequest(world.send)).recipients[0]!,
        address: { via: "Via @OK_890", cap: "00118", comune: "Roma", provincia: "RM" },
      },
    ],
  });
  const { notificationRequestId } = await world.send.send(request);
  world.clock.advance(6 * 86_400_000);
  const failing = createVerdicts({
    ente: "prova",
    streamVersion: undefined,
    streams,
    events: journal,
    clock: world.clock,
    noticeNews: () => Promise.reject(new Error("the disk is full")),
  });
  const verdicts = createVerdicts({
    ente: "prova",
    streamVersion: undefined,
    streams,
    events: journal,
    clock: world.clock,
    noticeNews: async (iuns) => {
      noticed.push(iuns);
    },
  });

  const first = await rejection(failing.refresh());
  const unknown = await verdicts.find(notificationRequestId);
  world.clock.advance(900_000);
  await verdicts.refresh();

  const found = await make().find(notificationRequestId);
  expect(first).toMatchObject({ message: "the disk is full" });
  expect(unknown).toBeNull();
  expect(noticed.flat()).toEqual(found?.status === "accepted" ? [found.iun] : []);
  expect(found?.status).toBe("accepted");
});
