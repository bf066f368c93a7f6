/** Resets of 2,000 verbali on a simulated GPD with its real limit, with one old position each and without: verbali a second, calls, and how long an old code is dead before the new one can be paid, beside what the limit allows at most. Time is simulated: the rate counts, not this machine. */
import { createHttp } from "../engine/host/http.ts";
import { createLimiter } from "../engine/host/limiter.ts";
import { createGpdPayments } from "../integrations/payments/gpd/client.ts";
import {
  mostOrders,
  type PaymentsPort,
  resetEach,
  type ResetOrder,
} from "../integrations/payments/port.ts";
import { createGpdSimulator, type GpdSimulator } from "../simulators/payments/gpd-simulator.ts";
import { gpdLimit } from "../simulators/payments/rate-limit.ts";
import { createFakeClock, type FakeClock } from "../test/support/fake-clock.ts";

const count = Number(process.argv[2] ?? 2_000);
/** Positions of the ente that nobody wants cancelled, among the old ones. */
const others = 3_000;
/** Chunks of a run that are reset side by side. */
const lanes = 4;
/** There and back; each call takes between half and one and a half of it. */
const latencyMs = 150;
const creditor = { taxId: "00000000191", name: "Comune di Borgofittizio" };

interface Measured {
  readonly seconds: number;
  readonly calls: number;
  readonly refused: number;
  /** Milliseconds for each verbale with an old position, sorted. */
  readonly gaps: readonly number[];
}

/** What happened at the simulator, by its clock. */
interface Watch {
  calls: number;
  refused: number;
  /** Calls that are computed at this moment. */
  busy: number;
  readonly deadAt: Map<string, number>;
  readonly payableAt: Map<string, number>;
}

async function measure(
  verbali: number,
  hasOld: boolean,
  reset: (payments: PaymentsPort, orders: readonly ResetOrder[]) => AsyncIterable<unknown>,
): Promise<Measured> {
  const clock = createFakeClock("2026-11-23T09:00:00.000Z");
  const simulator = createGpdSimulator({ file: ":memory:", clock, limit: gpdLimit });
  if (hasOld) seedPositions(simulator, verbali);
  const watch: Watch = {
    calls: 0,
    refused: 0,
    busy: 0,
    deadAt: new Map(),
    payableAt: new Map(),
  };
  const payments = openPayments(clock, simulator, watch);
  const orders = Array.from({ length: verbali }, (_, n) => buildOrder(n, hasOld, clock));
  const began = clock.now();
  const batches: (readonly ResetOrder[])[] = [];
  for (let start = 0; start < verbali; start += mostOrders)
    batches.push(orders.slice(start, start + mostOrders));
  const refs = new Map<string, string>();
  async function workThrough(): Promise<void> {
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift())
      for await (const end of reset(payments, batch)) {
        const { order, status, position } = end as {
          order: ResetOrder;
          status: string;
          position?: { ref: string };
        };
        if (status !== "done" || position === undefined)
          throw new Error(`${order.verbale} is not reset`);
        refs.set(order.old[0]?.iupd ?? order.verbale, position.ref);
      }
  }
  await runSimulated(clock, watch, Promise.all(Array.from({ length: lanes }, workThrough)));
  const seconds = (clock.now() - began) / 1_000;
  const { open, cancelled } = simulator.report();
  const expected = hasOld ? verbali + others : verbali;
  if (open !== expected || cancelled !== (hasOld ? verbali : 0))
    throw new Error(`${open} positions open and ${cancelled} cancelled`);
  const gaps = [...watch.deadAt].map(([old, at]) => {
    const payable = watch.payableAt.get(refs.get(old) ?? "");
    if (payable === undefined) throw new Error(`nobody saw what replaces ${old} become payable`);
    return Math.max(0, payable - at);
  });
  simulator.close();
  return {
    seconds,
    calls: watch.calls,
    refused: watch.refused,
    gaps: gaps.toSorted((a, b) => a - b),
  };
}

/** Old ones of the flusso and others, in the order of their names as a gestionale gives them. */
function seedPositions(simulator: GpdSimulator, verbali: number): void {
  const name = (kind: string, n: number) => ({
    organization: creditor.taxId,
    iupd: nameOld(kind, n),
    options: [
      { iuv: `07${kind === "M" ? 1 : 2}${String(n).padStart(14, "0")}`, amountCents: 5_000 },
    ],
  });
  simulator.seed(Array.from({ length: others }, (_, n) => name("L", n)));
  simulator.seed(Array.from({ length: verbali }, (_, n) => name("M", n)));
}

function nameOld(kind: string, n: number): string {
  return `2026-${kind}-${String(n).padStart(7, "0")}`;
}

function buildOrder(n: number, hasOld: boolean, clock: FakeClock): ResetOrder {
  return {
    verbale: `V-${n}`,
    idempotencyKey: `key-of-${n}`,
    generation: 1,
    old: hasOld ? [{ iupd: nameOld("M", n) }] : [],
    debtor: { type: "PF", taxId: "RSSMRA80A01H501U", denomination: "Rossi Mario" },
    reason: `Violazione Codice della Strada - verbale ${n}`,
    options: [
      { kind: "discounted", amountCents: 4_400 },
      { kind: "reduced", amountCents: 5_660 },
    ],
    // SEND is asked twice before a position is cancelled.
    assertFree: async () => {
      await clock.sleep(2 * latencyMs);
    },
  };
}

function openPayments(clock: FakeClock, simulator: GpdSimulator, watch: Watch): PaymentsPort {
  let number = 0;
  let drawn = 7;
  const http = createHttp(async (input, init) => {
    // Between half and one and a half of the usual time, the same in each run.
    drawn = (drawn * 16_807) % 2_147_483_647;
    const ms = latencyMs * (0.5 + drawn / 2_147_483_647);
    await clock.sleep(ms / 2);
    watch.busy += 1;
    const answer = await ask(simulator, watch, clock, new Request(input, init));
    watch.busy -= 1;
    await clock.sleep(ms / 2);
    return answer;
  });
  return createGpdPayments({
    settings: {
      adapter: "gpd",
      baseUrl: "http://gpd.test/v1",
      segregationCode: "07",
      iban: "IT60X0542811101000000123456",
      category: "9/0101108TS/",
      firstNumber: 1,
      dueDays: 730,
    } as Parameters<typeof createGpdPayments>[0]["settings"],
    creditor,
    subscriptionKey: async () => "chiave",
    http,
    clock,
    limiter: createLimiter(clock),
    counters: { allocate: async () => [(number += 1)] },
  });
}

async function ask(
  simulator: GpdSimulator,
  watch: Watch,
  clock: FakeClock,
  request: Request,
): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const app = pathname.startsWith("/v2/") ? simulator.v2 : simulator.app;
  const path = pathname.replace(/^\/v[12]/, "");
  const sent = request.method === "GET" ? "" : await request.text();
  const answer = await app.request(`${path}${search}`, {
    method: request.method,
    headers: request.headers,
    ...(sent === "" ? {} : { body: sent }),
  });
  watch.calls += 1;
  if (answer.status === 429) watch.refused += 1;
  if (!answer.ok) return answer;
  const [, name = "", action] = (path.split("/debtpositions")[1] ?? "").split("/");
  if (action === "invalidate") watch.deadAt.set(name, clock.now());
  if (action === "publish") watch.payableAt.set(name, clock.now());
  if (search.includes("toPublish=true"))
    for (const { iupd } of (JSON.parse(sent) as { paymentPositions: { iupd: string }[] })
      .paymentPositions)
      watch.payableAt.set(iupd, clock.now());
  return answer;
}

/** Moves the clock to whoever sleeps least, whenever nothing is left to compute. */
async function runSimulated(clock: FakeClock, watch: Watch, all: Promise<unknown>): Promise<void> {
  const end = { isOver: false };
  const over = all.finally(() => {
    end.isOver = true;
  });
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  while (!end.isOver) {
    await turn();
    const { nextWake } = clock;
    if (watch.busy === 0 && nextWake !== null) await clock.advance(nextWake - clock.now());
  }
  await over;
}

async function* resetAlone(payments: PaymentsPort, orders: readonly ResetOrder[]) {
  for (const order of orders)
    yield { order, status: "done", position: await payments.reset(order) };
}

function report(title: string, verbali: number, measured: Measured, bound: string): void {
  const { seconds, calls, refused, gaps } = measured;
  const pick = (part: number): string => {
    const gap = gaps[Math.min(gaps.length - 1, Math.floor(gaps.length * part))];
    return gap === undefined ? "-" : `${(gap / 1_000).toFixed(2)} s`;
  };
  console.log(
    `gpd-limit: ${title}: ${verbali} verbali in ${seconds.toFixed(0)} simulated s = ${(verbali / seconds).toFixed(1)} verbali/s (bound ${bound}), ` +
      `${(calls / seconds).toFixed(1)} calls a second, ${calls} calls = ${(calls / verbali).toFixed(2)} each, ${refused} refused by the limit, dead before payable p50 ${pick(0.5)}, p99 ${pick(0.99)}`,
  );
}

/** Of the limit, and what our client takes of it. Source: GPD's API management, rate-limit-by-key 100 calls in 10 s. */
const [limitPerSecond, perSecond] = [10, 9];
/** Calls of a verbale with an old position, by what they carry. Source: OpenAPI of GPD: `invalidate` is in v1 alone, for one position; v2 takes 20 in a body, a list gives 50. */
const shares = { invalidate: 1, draft: 1 / 20, publish: 1 / 20, list: 1 / 50 } as const;
const leastCalls = Object.values(shares).reduce((sum, one) => sum + one, 0);
const told = Object.entries(shares).map(([name, calls]) => `${name} ${calls}`);
const bound = (calls: number, each: number): string => (calls / each).toFixed(1);
console.log(
  `gpd-limit: bound: ${told.join(" + ")} = ${leastCalls.toFixed(2)} calls a verbale, so ${bound(limitPerSecond, leastCalls)} verbali/s of a key that nobody else uses, ` +
    `${bound(perSecond, leastCalls)} at our ${perSecond * 10} of its ${limitPerSecond * 10} calls in 10 s; were invalidate all, ${bound(limitPerSecond, 1)} and ${bound(perSecond, 1)}`,
);
const oldBound = `${bound(perSecond, leastCalls)}, GPD's own ${bound(limitPerSecond, leastCalls)}`;
const few = Math.min(count, 200);
report("one old position each", count, await measure(count, true, resetEach), oldBound);
report(
  "the same, one by one",
  few,
  await measure(few, true, resetAlone),
  `${(perSecond / 5).toFixed(1)}: five calls each`,
);
report(
  "nothing to cancel",
  count,
  await measure(count, false, resetEach),
  `${perSecond * 20}: 20 in a call`,
);
