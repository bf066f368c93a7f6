/** Fault matrix: whatever goes wrong with whichever call to SEND, each verbale is notified exactly once and none is lost. */
import { afterAll, describe, expect, test } from "bun:test";
import type { Item, Step } from "../../../engine/contract.ts";
import { ItemRejected, messageOf, RetryLater, RunBlocked } from "../../../engine/errors.ts";
import { droppedReply } from "../../../integrations/faults.ts";
import importIun from "../../../steps/import-iun.ts";
import transmit from "../../../steps/transmit.ts";
import { makeSend, settings, type World } from "../send/setup.ts";
import { contextOf, makeShelf, sendable } from "./sending.ts";

type Call = "preload" | "upload" | "post" | "find" | "status";
type Fault =
  | "timeout before"
  | "timeout after"
  | "dropped"
  | "slow"
  | "429"
  | "500"
  | "502"
  | "503"
  | "504"
  | "500 after"
  | "503 after"
  | "504 after"
  | "409 token"
  | "403 deny"
  | "403 plain"
  | "403 signature"
  | "expired"
  | "checksum";

function callOf(request: Request): Call | null {
  const { pathname, searchParams } = new URL(request.url);
  if (pathname.endsWith("/preload")) return "preload";
  if (pathname.includes("/upload/")) return "upload";
  if (!pathname.endsWith("/requests")) return null;
  if (request.method === "POST") return "post";
  return searchParams.has("idempotenceToken") ? "find" : "status";
}

function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}

/** Plays one fault; the next call of the same kind goes through. */
async function faulty(
  fault: Fault,
  next: () => Promise<Response>,
  advance: (ms: number) => void,
): Promise<Response> {
  if (fault === "timeout before") throw new DOMException("timed out", "TimeoutError");
  if (fault === "429") return json(429, { message: "Too Many Requests" }, { "retry-after": "2" });
  if (/^5\d\d$/.test(fault)) return json(Number(fault), { message: "x" });
  if (fault === "403 deny") return json(403, { message: "with an explicit deny" });
  if (fault === "403 plain") return json(403, { message: "Forbidden" });
  if (fault === "403 signature")
    return new Response("<Error><Code>SignatureDoesNotMatch</Code></Error>", { status: 403 });
  if (fault === "checksum")
    return new Response("<Error><Code>BadDigest</Code></Error>", { status: 400 });
  if (fault === "expired") advance(3_600_001);
  if (fault === "slow") advance(29_000);
  const answer = await next();
  if (fault === "timeout after") throw new DOMException("timed out", "TimeoutError");
  if (fault === "dropped") return droppedReply();
  if (fault === "409 token")
    return json(409, {
      status: 409,
      errors: [
        {
          code: "PN_GENERIC_INVALIDPARAMETER_DUPLICATED",
          detail: "Duplicated notification for senderPaId##paProtocolNumber##idempotenceToken",
        },
      ],
    });
  if (fault.endsWith("after")) return json(Number(fault.slice(0, 3)), { message: "x" });
  return answer;
}

interface End {
  readonly state: "done" | "rejected" | "waiting";
  /** Codes of everything that was thrown on the way, in order. */
  readonly codes: readonly string[];
}

/** The engine's rules for one item at one step, in small: reconcile after a doubt, again after a wait, again once a block was mended. */
async function drive(
  step: Step,
  item: Item<Record<string, unknown>>,
  world: Pick<World, "send" | "clock">,
  shelf: ReturnType<typeof makeShelf>,
): Promise<End & { readonly fields: Record<string, unknown> }> {
  const ctx = contextOf(step, { send: world.send, clock: world.clock, shelf });
  const codes: string[] = [];
  let isInDoubt = false;
  for (let turn = 0; turn < 40; turn += 1)
    try {
      if (isInDoubt) {
        const found = await step.reconcile?.(item, ctx);
        if (found?.status === "done") return { state: "done", codes, fields: found.fields };
        isInDoubt = false;
      }
      const fields = (await step.runOne?.(item, ctx)) ?? {};
      return { state: "done", codes, fields };
    } catch (error) {
      if (error instanceof ItemRejected)
        return { state: "rejected", codes: [...codes, error.code], fields: {} };
      if (!(error instanceof RetryLater) && !(error instanceof RunBlocked))
        throw new Error(`a bug in turn ${turn}: ${messageOf(error)}`, { cause: error });
      codes.push(error.code);
      if (error instanceof RetryLater) {
        isInDoubt ||= error.effect === "unknown";
        world.clock.advance(error.afterMs ?? 1000);
      }
    }
  return { state: "waiting", codes, fields: {} };
}

interface Row {
  readonly call: Call;
  readonly fault: Fault;
  /** What is thrown on the way, by hand. */
  readonly codes: readonly string[];
}

const down = "SERVICE_UNAVAILABLE";
const rows: readonly Row[] = [
  { call: "preload", fault: "timeout before", codes: ["NO_ANSWER"] },
  { call: "preload", fault: "timeout after", codes: ["NO_ANSWER"] },
  { call: "preload", fault: "dropped", codes: ["NO_ANSWER"] },
  { call: "preload", fault: "slow", codes: [] },
  { call: "preload", fault: "429", codes: ["TOO_MANY_REQUESTS"] },
  { call: "preload", fault: "500", codes: [down] },
  { call: "preload", fault: "502", codes: [down] },
  { call: "preload", fault: "503", codes: [down] },
  { call: "preload", fault: "504", codes: [down] },
  { call: "preload", fault: "403 deny", codes: ["ACCESS_DENIED"] },
  { call: "preload", fault: "403 plain", codes: ["ACCESS_FORBIDDEN"] },
  { call: "upload", fault: "timeout before", codes: ["NO_ANSWER"] },
  { call: "upload", fault: "timeout after", codes: ["NO_ANSWER"] },
  { call: "upload", fault: "dropped", codes: ["NO_ANSWER"] },
  { call: "upload", fault: "slow", codes: [] },
  { call: "upload", fault: "429", codes: ["TOO_MANY_REQUESTS"] },
  { call: "upload", fault: "500", codes: [down] },
  { call: "upload", fault: "502", codes: [down] },
  { call: "upload", fault: "503", codes: [down] },
  { call: "upload", fault: "504", codes: [down] },
  { call: "upload", fault: "expired", codes: [] },
  { call: "upload", fault: "checksum", codes: ["UPLOAD_FAILED"] },
  { call: "upload", fault: "403 signature", codes: ["UPLOAD_REFUSED"] },
  { call: "post", fault: "timeout before", codes: ["NO_ANSWER"] },
  { call: "post", fault: "timeout after", codes: [] },
  { call: "post", fault: "dropped", codes: [] },
  { call: "post", fault: "slow", codes: [] },
  { call: "post", fault: "429", codes: ["TOO_MANY_REQUESTS"] },
  { call: "post", fault: "500", codes: [down] },
  { call: "post", fault: "502", codes: [down] },
  { call: "post", fault: "503", codes: [down] },
  { call: "post", fault: "504", codes: [down] },
  { call: "post", fault: "500 after", codes: [] },
  { call: "post", fault: "503 after", codes: [] },
  { call: "post", fault: "504 after", codes: [] },
  { call: "post", fault: "409 token", codes: [] },
  { call: "post", fault: "403 deny", codes: ["ACCESS_DENIED"] },
  { call: "post", fault: "403 plain", codes: ["ACCESS_FORBIDDEN"] },
  // The reply to the POST is lost, and then the question fails too: the doubt stays until the next question.
  { call: "find", fault: "timeout before", codes: ["NO_ANSWER"] },
  { call: "find", fault: "timeout after", codes: ["NO_ANSWER"] },
  { call: "find", fault: "dropped", codes: ["NO_ANSWER"] },
  { call: "find", fault: "slow", codes: [] },
  { call: "find", fault: "429", codes: ["NO_ANSWER"] },
  { call: "find", fault: "500", codes: ["NO_ANSWER"] },
  { call: "find", fault: "503", codes: ["NO_ANSWER"] },
  { call: "find", fault: "504", codes: ["NO_ANSWER"] },
  { call: "find", fault: "403 deny", codes: ["NO_ANSWER"] },
  { call: "status", fault: "timeout before", codes: ["NO_ANSWER"] },
  { call: "status", fault: "timeout after", codes: ["NO_ANSWER"] },
  { call: "status", fault: "dropped", codes: ["NO_ANSWER"] },
  { call: "status", fault: "slow", codes: [] },
  { call: "status", fault: "429", codes: ["TOO_MANY_REQUESTS"] },
  { call: "status", fault: "500", codes: [down] },
  { call: "status", fault: "502", codes: [down] },
  { call: "status", fault: "503", codes: [down] },
  { call: "status", fault: "504", codes: [down] },
  { call: "status", fault: "403 deny", codes: ["ACCESS_DENIED"] },
  { call: "status", fault: "403 plain", codes: ["ACCESS_FORBIDDEN"] },
];

/** A world in which the first `times` calls of a kind go wrong. */
async function faultyWorld({ call, fault }: Row, times: number) {
  let left = times;
  let lostPosts = call === "find" ? 1 : 0;
  const world: World = await makeSend({
    between: async (request, next) => {
      const kind = callOf(request);
      if (kind === "post" && lostPosts > 0) {
        lostPosts -= 1;
        await next();
        return droppedReply();
      }
      if (kind !== call || left === 0) return await next();
      left -= 1;
      return await faulty(fault, next, (ms) => world.clock.advance(ms));
    },
  });
  return { world, unused: () => left };
}

describe("one fault, then the call works again", () => {
  const table: string[] = [];

  afterAll(() => {
    console.log(table.sort().join("\n"));
  });

  test.each(rows.map((row) => [row.call, row.fault, row] as const))(
    "%s: %s",
    async (call, fault, row) => {
      const { world, unused } = await faultyWorld(row, 1);
      const shelf = makeShelf();

      const sent = await drive(transmit, sendable(shelf, 1), world, shelf);
      world.clock.advance(200);
      const item = { key: "V-1", round: 1, data: sent.fields };
      const told = await drive(importIun, item, world, shelf);

      const report = world.simulator.report();
      table.push(
        `${call.padEnd(8)} ${fault.padEnd(15)} notifications ${report.accepted}, repeated ${report.repeated}, on the way ${[...sent.codes, ...told.codes].join(" ") || "-"}`,
      );
      expect([...sent.codes, ...told.codes]).toEqual([...row.codes]);
      expect([sent.state, told.state]).toEqual(["done", "done"]);
      expect(report.accepted).toBe(1);
      expect(report.requests[0]).toMatchObject({ protocol: "V-1", iun: told.fields["iun"] });
      expect(unused()).toBe(0);
    },
  );
});

test.each(rows.map((row) => [row.call, row.fault, row] as const))(
  "three in a row of %s: %s, and three verbali together",
  async (_call, _fault, row) => {
    const { world } = await faultyWorld(row, 3);
    const shelf = makeShelf();
    const items = [1, 2, 3].map((index) => sendable(shelf, index));

    const ends = await Promise.all(items.map((item) => drive(transmit, item, world, shelf)));

    const report = world.simulator.report();
    expect(ends.map(({ state }) => state)).toEqual(["done", "done", "done"]);
    expect(report.accepted).toBe(3);
    expect(report.requests.map(({ protocol }) => protocol).sort()).toEqual(["V-1", "V-2", "V-3"]);
  },
);

test("a notice code that another notification holds rejects the verbale, and nothing is sent twice", async () => {
  const world = await makeSend();
  const shelf = makeShelf();
  await drive(transmit, sendable(shelf, 1), world, shelf);
  const { payment } = sendable(shelf, 1).data;

  const end = await drive(transmit, sendable(shelf, 2, { payment }), world, shelf);

  expect(end).toMatchObject({ state: "rejected", codes: ["NOTICE_CODE_IN_USE"] });
  expect(world.simulator.report().requests.map(({ protocol }) => protocol)).toEqual(["V-1"]);
});

test("a verdict that never comes keeps the verbale waiting, notified once", async () => {
  const world = await makeSend();
  const shelf = makeShelf();
  const item = sendable(shelf, 1);
  const validation = item.data["validation"] as { address: object };
  const address = { ...validation.address, via: "Via @WAITING" };
  const sent = await drive(
    transmit,
    { ...item, data: { ...item.data, validation: { ...validation, address } } },
    world,
    shelf,
  );

  const told = await drive(importIun, { key: "V-1", round: 1, data: sent.fields }, world, shelf);

  expect(told.state).toBe("waiting");
  expect(told.codes[0]).toBe("NOT_YET_ACCEPTED");
  expect(world.simulator.report()).toMatchObject({
    accepted: 1,
    requests: [{ protocol: "V-1", status: "WAITING" }],
  });
});

test("two senders of the same verbale at once make one notification", async () => {
  const world = await makeSend();
  const shelf = makeShelf();
  const item = sendable(shelf, 1);
  const other = { send: world.client({}), clock: world.clock };

  const [first, second] = await Promise.all([
    drive(transmit, item, world, shelf),
    drive(transmit, item, other, shelf),
  ]);

  expect(first.fields["notification"]).toEqual(second.fields["notification"]);
  expect(world.simulator.report().accepted).toBe(1);
});

test("the rate is kept: never more than rate and burst in any second", async () => {
  const arrivals: number[] = [];
  const world: World = await makeSend({
    settings: { requestsPerSecond: 100 },
    between: async (_request, next) => {
      arrivals.push(world.clock.now());
      return await next();
    },
  });

  for (let index = 0; index < 1000; index += 1) await world.send.find(`V-${index}`, "t");

  const most = arrivals.map(
    (start) => arrivals.filter((at) => at >= start && at < start + 1000).length,
  );
  expect(Math.max(...most)).toBeLessThanOrEqual(110);
  expect((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThanOrEqual(9_800);
  expect(settings.requestsPerSecond).toBe(10_000);
});
