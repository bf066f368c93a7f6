/** The limit of calls that GPD has: kept by the client whatever comes, and waited out inside an attempt. */
import { afterEach, describe, expect, test } from "bun:test";
import { createHttp } from "../../../../engine/host/http.ts";
import { createLimiter } from "../../../../engine/host/limiter.ts";
import { createGovPayPayments } from "../../../../integrations/payments/govpay/client.ts";
import { createGpdPayments } from "../../../../integrations/payments/gpd/client.ts";
import { createGovPaySimulator } from "../../../../simulators/payments/govpay-simulator.ts";
import { createGpdSimulator } from "../../../../simulators/payments/gpd-simulator.ts";
import { type CallLimit, gpdLimit } from "../../../../simulators/payments/rate-limit.ts";
import {
  creditor,
  fakeClock,
  govpaySettings,
  gpdSettings,
  memoryCounters,
  orderFor,
} from "./payments-world.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

interface Heard {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

/** A GPD client with a limiter of its own before a simulator with a limit; `perSecond` absent: the usual one. */
function makeGpd(limit: CallLimit, perSecond?: number, taxId = creditor.taxId) {
  const clock = fakeClock();
  const simulator = createGpdSimulator({ file: ":memory:", clock, limit });
  closing.push(() => simulator.close());
  const heard: Heard[] = [];
  const limiter = createLimiter(clock);
  const http = createHttp(async (input, init) => {
    const { pathname, search } = new URL(new Request(input, init).url);
    const path = pathname.replace(/^\/v[12]/, "");
    const version = pathname.startsWith("/v2/") ? simulator.v2 : simulator.app;
    const answer = await version.request(`${path}${search}`, init);
    heard.push({ at: clock.now(), method: init?.method ?? "GET", path, status: answer.status });
    return answer;
  });
  const { requestsPerSecond: _, ...settings } = gpdSettings;
  const open = (own: string) =>
    createGpdPayments({
      settings: perSecond === undefined ? settings : { ...settings, requestsPerSecond: perSecond },
      creditor: { ...creditor, taxId: own },
      subscriptionKey: async () => "chiave",
      http,
      clock,
      limiter,
      counters: memoryCounters(),
    });
  return { clock, simulator, heard, payments: open(taxId), open };
}

function seedOld({ simulator }: ReturnType<typeof makeGpd>, name: string, n: number): void {
  const iuv = `070000000000${String(90_000 + n)}`;
  simulator.seed([
    { organization: creditor.taxId, iupd: name, options: [{ iuv, amountCents: 5_000 }] },
  ]);
}

function mostInTenSeconds(heard: readonly Heard[]): number {
  return Math.max(
    ...heard.map(
      ({ at: start }) => heard.filter(({ at }) => at >= start && at < start + 10_000).length,
    ),
  );
}

describe("the usual rate", () => {
  test("is 90 calls in any ten seconds, so that GPD refuses none", async () => {
    const world = makeGpd(gpdLimit);
    for (let n = 0; n < 60; n += 1) seedOld(world, `OLD-${n}`, n);

    for (let n = 0; n < 60; n += 1)
      await world.payments.reset(orderFor(`V-${n}`, { old: [{ iupd: `OLD-${n}` }] }));

    // Five calls each: look, create, cancel, look again, publish.
    expect(world.heard).toHaveLength(300);
    expect(world.heard.filter(({ status }) => status === 429)).toEqual([]);
    expect(mostInTenSeconds(world.heard)).toBe(90);
  });

  test("is one for all creditors of a key", async () => {
    const world = makeGpd(gpdLimit);
    const other = world.open("00000000018");

    for (let n = 0; n < 40; n += 1) {
      await world.payments.reset(orderFor(`V-${n}`));
      await other.reset(orderFor(`V-${n}`));
    }

    expect(world.heard).toHaveLength(160);
    expect(world.heard.filter(({ status }) => status === 429)).toEqual([]);
    expect(mostInTenSeconds(world.heard)).toBe(90);
  });
});

describe("orders by twenty", () => {
  /** When a call of this kind went out. */
  const listTimes = ({ heard }: ReturnType<typeof makeGpd>, kind: RegExp): readonly number[] =>
    heard.filter(({ method, path }) => kind.test(`${method} ${path}`)).map(({ at }) => at);

  test.each([
    ["usual rate", undefined],
    ["a rate below a bulk", 1],
  ])("at %s cancel and publish without waiting in between", async (_what, perSecond) => {
    const world = makeGpd(gpdLimit, perSecond);
    const orders = Array.from({ length: 100 }, (_, n) => {
      const name = `OLD-${String(n).padStart(3, "0")}`;
      seedOld(world, name, n);
      return orderFor(`V-${n}`, { old: [{ iupd: name }] });
    });

    for await (const end of world.payments.resetMany?.(orders) ?? [])
      expect(end.status).toBe("done");

    expect(world.simulator.report()).toMatchObject({ open: 100, cancelled: 100 });
    expect(world.heard.filter(({ status }) => status === 429)).toEqual([]);
    expect(mostInTenSeconds(world.heard)).toBeLessThanOrEqual((perSecond ?? 9) * 10);
    const published = new Set(listTimes(world, /^PUT /));
    for (const at of listTimes(world, /invalidate$/)) expect(published).toContain(at);
    // 100 cancellations, 5 bulks of drafts, as many publications as goes, and the list.
    expect(world.heard.length).toBeLessThanOrEqual(perSecond === undefined ? 120 : 130);
  });

  test("wait out a 429 between cancellation and publication", async () => {
    const world = makeGpd({ calls: 5, windowMs: 10_000 }, 1_000);
    const orders = [1, 2, 3].map((n) => {
      seedOld(world, `OLD-${n}`, n);
      return orderFor(`V-${n}`, { old: [{ iupd: `OLD-${n}` }] });
    });

    // List, drafts, three cancellations: the sixth call is one too many.
    for await (const end of world.payments.resetMany?.(orders) ?? [])
      expect(end.status).toBe("done");

    expect(world.heard.map(({ method, status }) => `${method} ${status}`)).toEqual([
      "GET 200",
      "POST 201",
      "POST 200",
      "POST 200",
      "POST 200",
      "PUT 429",
      "PUT 200",
    ]);
    expect(world.simulator.report()).toMatchObject({ open: 3, cancelled: 3 });
  });
});

describe("a 429 inside an order", () => {
  // Calls: look at the old one, create, cancel, look again, publish.
  test.each([
    ["before anything is done", 0],
    ["between look and create", 1],
    ["between cancel and the second look", 3],
    ["between cancel and publish", 4],
  ])("%s is waited out in the attempt", async (_name, calls) => {
    const world = makeGpd({ calls: 5, windowMs: 10_000 }, 1_000);
    seedOld(world, "OLD-1", 1);
    // What somebody else does with the same key.
    for (let n = 0; n < 5 - calls; n += 1)
      await world.simulator.app.request("/info", {
        headers: { "ocp-apim-subscription-key": "chiave" },
      });
    const began = world.clock.now();

    const position = await world.payments.reset(orderFor("V-1", { old: [{ iupd: "OLD-1" }] }));

    const states = world.simulator.report().positions.map(({ iupd, status }) => [iupd, status]);
    expect(states).toEqual([
      ["OLD-1", "INVALID"],
      [position.ref, "VALID"],
    ]);
    expect(world.heard.filter(({ status }) => status === 429)).toHaveLength(1);
    expect(world.heard.findIndex(({ status }) => status === 429)).toBe(calls);
    expect(world.clock.now() - began).toBe(10_000);
  });

  test("of GovPay, between cancel and the new pendenza, is waited out as well", async () => {
    const clock = fakeClock();
    const simulator = createGovPaySimulator({ file: ":memory:", clock, users: { postino: "p" } });
    closing.push(() => simulator.close());
    simulator.seed([
      {
        idDominio: creditor.taxId,
        idA2A: "POSTINO",
        idPendenza: "OLD-1",
        numeroAvviso: "307000000000099045",
        importoCents: 5_000,
      },
    ]);
    let refusals = 3;
    const http = createHttp(async (input, init) => {
      const { pathname } = new URL(new Request(input, init).url);
      if (init?.method === "PUT" && refusals > 0) {
        refusals -= 1;
        return Response.json({}, { status: 429, headers: { "retry-after": "4" } });
      }
      return await simulator.app.request(pathname.replace(/^.*\/v2/, ""), init);
    });
    const payments = createGovPayPayments({
      settings: govpaySettings,
      govpay: govpaySettings.govpay,
      creditor,
      password: async () => "p",
      http,
      clock,
      limiter: createLimiter(clock),
      counters: memoryCounters(),
    });
    const began = clock.now();

    await payments.reset(orderFor("V-1", { old: [{ idPendenza: "OLD-1" }] }));

    expect(refusals).toBe(0);
    expect(clock.now() - began).toBe(12_000);
    expect(simulator.report()).toMatchObject({ open: 2, cancelled: 1 });
  });
});
