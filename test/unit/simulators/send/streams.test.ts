/** Event streams of the simulated SEND: whose they are, what they tell, when they may be asked, and how they end. */
import { describe, expect, test } from "bun:test";
import type { SendSimulatorOptions } from "../../../../simulators/send/simulator.ts";
import { paTaxId } from "../../integrations/send/setup.ts";
import { address, errorsOf, person, raw } from "./simulator-world.ts";

const base = "/delivery-progresses/v2.8/streams";
const day = 86_400_000;

interface Event {
  readonly eventId: string;
  readonly newStatus?: string;
  readonly iun?: string;
  readonly element: { readonly category: string };
}

async function withStream(
  wanted: Record<string, unknown> = {},
  options: Partial<SendSimulatorOptions> = {},
) {
  const world = await raw(options);
  const made = await world.call("POST", base, {
    title: "verbali",
    eventType: "TIMELINE",
    groups: [],
    ...wanted,
  });
  const stream = (await made.json()) as { streamId: string };
  const path = `${base}/${stream.streamId}`;
  const read = async (lastEventId?: string): Promise<Response> =>
    world.call(
      "GET",
      `${path}/events${lastEventId === undefined ? "" : `?lastEventId=${lastEventId}`}`,
    );
  const events = async (lastEventId?: string): Promise<readonly Event[]> =>
    (await (await read(lastEventId)).json()) as readonly Event[];
  return { ...world, stream, path, read, events };
}

describe("reading", () => {
  test("ids have 38 digits, and an acknowledged batch is gone", async () => {
    const { verdict, events, clock } = await withStream();
    await verdict();

    const first = await events();
    clock.advance(900_000);
    const again = await events();
    clock.advance(900_000);
    const after = await events(again.at(-1)?.eventId);

    expect(first.map(({ element }) => element.category)).toEqual([
      "SENDER_ACK_CREATION_REQUEST",
      "REQUEST_ACCEPTED",
    ]);
    expect(first[0]?.eventId).toMatch(/^0\d{37}$/);
    expect(again).toEqual(first);
    expect(after).toEqual([]);
  });

  test("a drained stream asks for a quarter of an hour, in milliseconds; sooner is 429", async () => {
    const { read, clock } = await withStream();

    const drained = await read();
    clock.advance(899_999);
    const early = await read();
    clock.advance(1);
    const due = await read();

    expect([drained.status, drained.headers.get("retry-after")]).toEqual([200, "900000"]);
    expect([early.status, early.headers.get("retry-after")]).toEqual([429, "1"]);
    expect((await errorsOf(early))[0]?.code).toBe("PN_STREAM_RETRY_AFTER_ERROR");
    expect(due.status).toBe(200);
  });

  test("more than a call holds: ask again at once", async () => {
    const { verdict, read } = await withStream({}, { environment: { eventsPerCall: 1 } });
    await verdict();

    const one = await read();
    const two = await read();

    expect([one.status, one.headers.get("retry-after"), two.status]).toEqual([200, "0", 200]);
  });

  test.each([
    ["TIMELINE", ["REQUEST_ACCEPTED"], undefined, ["REQUEST_ACCEPTED"]],
    ["TIMELINE", ["DEFAULT"], undefined, ["REQUEST_ACCEPTED"]],
    ["TIMELINE", undefined, true, ["SENDER_ACK_CREATION_REQUEST", "REQUEST_ACCEPTED"]],
    ["STATUS", undefined, undefined, ["SENDER_ACK_CREATION_REQUEST", "REQUEST_ACCEPTED"]],
    ["STATUS", undefined, true, ["REQUEST_ACCEPTED"]],
    ["STATUS", ["REFUSED"], undefined, []],
  ])("%s with filter %j, waiting %p: %j", async (eventType, filterValues, wait, told) => {
    const { verdict, events } = await withStream({
      eventType,
      ...(filterValues === undefined ? {} : { filterValues }),
      ...(wait === undefined ? {} : { waitForAccepted: wait }),
    });
    await verdict();

    const categories = (await events()).map(({ element }) => element.category);

    expect(categories).toEqual(told);
  });

  test("a refused request has no iun, and events are lost after seven days", async () => {
    const { verdict, events, clock } = await withStream(
      { filterValues: ["REQUEST_REFUSED"] },
      { capTable: [] },
    );
    await verdict();

    const found = await events();
    clock.advance(7 * day + 1);
    const late = await events();

    expect(found).toMatchObject([{ newStatus: "REFUSED" }]);
    expect(found[0]).not.toHaveProperty("iun");
    expect(late).toEqual([]);
  });

  test("what happened before a stream was made is not in it", async () => {
    const { call, verdict } = await raw();
    await verdict();
    const made = await call("POST", base, { title: "dopo", eventType: "TIMELINE", groups: [] });
    const { streamId } = (await made.json()) as { streamId: string };

    const answer = await call("GET", `${base}/${streamId}/events`);

    expect(await answer.json()).toEqual([]);
  });
});

describe("changing", () => {
  test("title, type and filter change; whether it waits for acceptance does not", async () => {
    const { call, path } = await withStream({ waitForAccepted: true });

    const changed = await call("PUT", path, {
      title: "altro",
      eventType: "STATUS",
      groups: [],
      filterValues: ["ACCEPTED"],
      waitForAccepted: false,
    });
    const wrong = await call("PUT", path, { title: "altro" });

    expect(await changed.json()).toMatchObject({
      title: "altro",
      eventType: "STATUS",
      filterValues: ["ACCEPTED"],
      waitForAccepted: true,
    });
    expect(wrong.status).toBe(400);
  });

  test("a disabled stream gives what it holds, cannot be changed, and goes after two weeks", async () => {
    const { call, path, verdict, events, clock } = await withStream({
      filterValues: ["REQUEST_ACCEPTED"],
    });
    await verdict();
    await call("POST", `${path}/action/disable`);
    clock.advance(1);
    await verdict();

    const held = await events();
    const changed = await call("PUT", path, { title: "x", eventType: "STATUS", groups: [] });
    clock.advance(14 * day);
    const gone = await call("GET", path);

    expect(held).toHaveLength(1);
    expect([changed.status, gone.status]).toEqual([403, 404]);
  });

  test("a stream of another version is forbidden, and another takes its place", async () => {
    const { call, stream } = await withStream();
    const next = "/delivery-progresses/v2.9/streams";

    const wrong = await call("GET", `${next}/${stream.streamId}/events`);
    const made = await call("POST", next, {
      title: "nuova versione",
      eventType: "TIMELINE",
      groups: [],
      replacedStreamId: stream.streamId,
    });
    const old = await call("GET", `${base}/${stream.streamId}`);

    expect(wrong.status).toBe(403);
    expect((await errorsOf(wrong))[0]?.code).toBe("PN_WEBHOOK_FORBIDDEN");
    expect(await made.json()).toMatchObject({ version: "v29" });
    expect(await old.json()).toHaveProperty("disabledDate");
  });

  test("the eleventh active stream is too many", async () => {
    const { call } = await withStream();
    const make = async (): Promise<Response> =>
      call("POST", base, { title: "altro", eventType: "STATUS", groups: [] });
    for (let count = 0; count < 9; count += 1) await make();

    const eleventh = await make();

    expect(eleventh.status).toBe(409);
    expect((await errorsOf(eleventh))[0]?.code).toBe("PN_WEBHOOK_MAXSTREAMSCOUNTREACHED");
  });
});

describe("groups", () => {
  const keys = [
    { key: "k-1", paTaxId, paGroups: ["a", "b"] },
    { key: "a", paTaxId, groups: ["a"], paGroups: ["a", "b"] },
    { key: "other", paTaxId: "00000000026" },
  ];

  test.each([
    ["k-1", [], 200],
    ["k-1", ["a", "b"], 200],
    ["a", ["a"], 200],
    ["a", ["a", "b"], 403],
    ["a", [], 403],
  ])("key %s makes a stream of groups %j: %d", async (key, groups, status) => {
    const { call } = await raw({ apiKeys: keys });

    const made = await call(
      "POST",
      base,
      { title: "x", eventType: "STATUS", groups },
      { "x-api-key": key },
    );

    expect(made.status).toBe(status);
  });

  test("a stream tells its groups' events to keys that have them all; another PA sees none of it", async () => {
    const { path, call, body, clock } = await withStream({ groups: ["a"] }, { apiKeys: keys });
    for (const group of ["a", "b"])
      await call("POST", "/delivery/v2.5/requests", await body({ group }));
    clock.advance(200);
    const as = async (key: string): Promise<Response> =>
      call("GET", `${path}/events`, undefined, { "x-api-key": key });

    const own = await as("a");
    const foreign = await as("other");
    const wider = await call("PUT", path, { title: "x", eventType: "STATUS", groups: ["a", "b"] });
    const lost = await as("a");
    const narrower = await call("PUT", path, { title: "x", eventType: "STATUS", groups: ["b"] });

    expect((await own.json()) as unknown[]).toHaveLength(2);
    expect([foreign.status, wider.status, lost.status, narrower.status]).toEqual([
      404, 200, 403, 403,
    ]);
  });
});

describe("what a stream tells of the way to the legal end", () => {
  test.each([
    ["2.9", ["DEFAULT", "SCHEDULE_REFINEMENT", "NOTIFICATION_TIMELINE_REWORKED"], true, true],
    ["2.8", ["DEFAULT", "SCHEDULE_REFINEMENT", "NOTIFICATION_TIMELINE_REWORKED"], true, false],
    ["2.9", ["DEFAULT"], false, false],
  ])("v%s with %j", async (version, filterValues, isScheduled, isCorrected) => {
    const world = await raw();
    const streams = `/delivery-progresses/v${version}/streams`;
    const wanted = { title: "verbali", eventType: "TIMELINE", groups: [], filterValues };
    const made = await world.call("POST", streams, wanted);
    const { streamId } = (await made.json()) as { streamId: string };
    const letter = address({ address: "Via @FAIL-Irreperibile_890" });
    const { iun } = (await world.verdict({
      recipients: [person({ physicalAddress: letter })],
    })) as { iun: string };
    world.clock.advance(12 * day);
    await world.call("POST", "/control/rework", { iun });
    world.clock.advance(6 * day);

    const answer = await world.call("GET", `${streams}/${streamId}/events`);

    const categories = ((await answer.json()) as readonly Event[]).map(
      ({ element }) => element.category,
    );
    expect(categories).toContain("ANALOG_SUCCESS_WORKFLOW");
    expect(categories.includes("SCHEDULE_REFINEMENT")).toBe(isScheduled);
    expect(categories.includes("NOTIFICATION_TIMELINE_REWORKED")).toBe(isCorrected);
  });
});
