/** What the tests of the payment adapters start from: clock, counters, an order and faults laid over a simulator's fetch. */
import type { Clock } from "../../../../engine/host/clock.ts";
import { ItemRejected, RetryLater, RunBlocked } from "../../../../engine/host/errors.ts";
import { createHttp } from "../../../../engine/host/http.ts";
import type { Fetch, Http } from "../../../../engine/host/http.ts";
import type { Limiter } from "../../../../engine/host/limiter.ts";
import { createGovPayPayments } from "../../../../integrations/payments/govpay/client.ts";
import { createGovPaySimulator } from "../../../../simulators/payments/govpay-simulator.ts";
import type { GovPaySimulator } from "../../../../simulators/payments/govpay-simulator.ts";
import { createGpdPayments } from "../../../../integrations/payments/gpd/client.ts";
import { createGpdSimulator } from "../../../../simulators/payments/gpd-simulator.ts";
import type { GpdSimulator } from "../../../../simulators/payments/gpd-simulator.ts";
import type {
  Counters,
  OpenPosition,
  PaymentsPort,
  ResetOrder,
} from "../../../../integrations/payments/port.ts";
import type { PaymentsSettings } from "../../../../integrations/payments/settings.ts";

type OnlinePayments = PaymentsSettings & { readonly baseUrl: string; readonly iban: string };

export const creditor = { taxId: "00000000191", name: "Comune di Borgofittizio" };

export interface FakeClock extends Clock {
  advance(ms: number): void;
}

/** A clock that stands at 2026-11-23T09:00:00Z until it is moved; sleeping moves it. */
export function fakeClock(): FakeClock {
  let ms = Date.parse("2026-11-23T09:00:00.000Z");
  return {
    now: () => ms,
    sleep: async (by) => {
      ms += by;
    },
    advance: (by) => {
      ms += by;
    },
  };
}

/** Counters kept in memory: the same owner gets the same numbers. */
export function memoryCounters(): Counters & { readonly given: Map<string, readonly number[]> } {
  const next = new Map<string, number>();
  const given = new Map<string, readonly number[]>();
  return {
    given,
    allocate: async (counter, owner, count, first) => {
      const key = `${counter}|${owner}`;
      const before = given.get(key);
      if (before !== undefined) return before;
      const from = Math.max(next.get(counter) ?? first, first);
      const numbers = Array.from({ length: count }, (_, index) => from + index);
      next.set(counter, from + count);
      given.set(key, numbers);
      return numbers;
    },
  };
}

export const unlimited: Limiter = {
  take: async () => {},
  pause: () => {},
  settle: () => {},
};

export const gpdSettings: OnlinePayments = {
  adapter: "gpd",
  baseUrl: "http://gpd.test/v1",
  segregationCode: "07",
  iban: "IT60X0542811101000000123456",
  category: "9/0101108TS/",
  firstNumber: 1,
  dueDays: 730,
  requestsPerSecond: 100,
};

/** An order with both amounts; the old positions are those given. */
export function orderFor(verbale: string, changes: Partial<ResetOrder> = {}): ResetOrder {
  return {
    verbale,
    idempotencyKey: `key-of-${verbale}`,
    generation: 1,
    old: [],
    debtor: {
      type: "PF",
      taxId: "RSSMRA80A01H501U",
      denomination: "Rossi Mario",
      address: {
        via: "Via Roma",
        civico: "12/A",
        cap: "00100",
        comune: "Roma",
        provincia: "RM",
      },
    },
    reason: `Violazione Codice della Strada - verbale ${verbale}`,
    options: [
      { kind: "discounted", amountCents: 4_400 },
      { kind: "reduced", amountCents: 5_660 },
    ],
    ...changes,
  };
}

/** What happens to one call instead of its plain answer. */
export type Fault = "lost-before" | "lost-after" | number;

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: unknown;
}

export interface Line {
  readonly http: Http;
  /** Every call in order, those that never arrived too. */
  readonly calls: Call[];
  /** `GET a`, `POST a/publish`, with the last path segment(s) after `debtpositions`. */
  heard(): readonly string[];
  /** The n-th call from now on (0 = the next) meets the fault. */
  breakCall(n: number, fault: Fault): void;
  /** The call that fits is answered with this (a text as HTML) and does not arrive, once. */
  answerOnce(fits: (call: Call) => boolean, status: number, body: unknown): void;
  /** Runs before the call that fits, once. */
  before(fits: (call: Call) => boolean, run: () => void): void;
}

/** A line to a simulator whose calls can be watched and broken. */
export function lineTo(fetchApp: Fetch): Line {
  const calls: Call[] = [];
  const faults = new Map<number, Fault>();
  const answers: { fits: (call: Call) => boolean; make: () => Response }[] = [];
  const hooks: { fits: (call: Call) => boolean; run: () => void }[] = [];
  const http = createHttp(async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    const text = await request.clone().text();
    const call: Call = {
      method: request.method,
      path: url.pathname,
      query: url.search,
      body: text === "" ? null : JSON.parse(text),
    };
    const fault = faults.get(calls.length);
    calls.push(call);
    const hook = hooks.findIndex(({ fits }) => fits(call));
    if (hook >= 0) hooks.splice(hook, 1)[0]?.run();
    const answer = answers.findIndex(({ fits }) => fits(call));
    const [prepared] = answer < 0 ? [] : answers.splice(answer, 1);
    if (prepared !== undefined) return prepared.make();
    if (fault === "lost-before") throw new Error("connection reset");
    if (typeof fault === "number") return new Response("{}", { status: fault });
    const real = await fetchApp(request);
    if (fault === "lost-after") throw new Error("connection reset");
    return real;
  });
  return {
    http,
    calls,
    heard: () =>
      calls.map(({ method, path }) => {
        const tail = path.split(/\/debtpositions|\/pendenze(?=\/[^/]+\/[^/]+$)/).at(-1) ?? path;
        return `${method} ${tail === "" ? "/" : tail}`;
      }),
    breakCall: (n, fault) => faults.set(calls.length + n, fault),
    answerOnce: (fits, status, body) =>
      answers.push({
        fits,
        make: () =>
          typeof body === "string"
            ? new Response(body, { status, headers: { "content-type": "text/html" } })
            : Response.json(body, { status }),
      }),
    before: (fits, run) => hooks.push({ fits, run }),
  };
}

export interface GpdWorld {
  readonly clock: FakeClock;
  readonly counters: ReturnType<typeof memoryCounters>;
  readonly simulator: GpdSimulator;
  readonly line: Line;
  readonly payments: PaymentsPort;
}

/** A GPD client on a simulator in memory. */
export function makeGpdWorld(changes: Partial<OnlinePayments> = {}): GpdWorld {
  const clock = fakeClock();
  const counters = memoryCounters();
  const simulator = createGpdSimulator({
    file: ":memory:",
    clock,
    subscriptionKeys: ["chiave-di-prova"],
    segregationCodes: ["07"],
  });
  const line = lineTo(async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    const version = url.pathname.startsWith("/v2/") ? simulator.v2 : simulator.app;
    url.pathname = url.pathname.replace(/^\/v[12]/, "");
    return version.fetch(new Request(url, request));
  });
  const payments = createGpdPayments({
    settings: { ...gpdSettings, ...changes },
    creditor,
    subscriptionKey: async () => "chiave-di-prova",
    http: line.http,
    clock,
    limiter: unlimited,
    counters,
  });
  return { clock, counters, simulator, line, payments };
}

/** What a promise was refused with; fails when it was kept. */
export async function refusalOf(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error("the promise was kept");
}

export const govpaySettings = {
  ...gpdSettings,
  adapter: "govpay" as const,
  baseUrl: "http://govpay.test/govpay/backend/api/pendenze/rs/basic/v2",
  govpay: {
    idA2A: "POSTINO",
    idTipoPendenza: "CDS",
    user: "postino",
    password: { secret: "GOVPAY_PASSWORD" },
  },
};

export interface GovPayWorld extends Omit<GpdWorld, "simulator"> {
  readonly simulator: GovPaySimulator;
}

/** A GovPay client on a simulator in memory. */
export function makeGovPayWorld(changes: Partial<OnlinePayments> = {}): GovPayWorld {
  const clock = fakeClock();
  const counters = memoryCounters();
  const simulator = createGovPaySimulator({
    file: ":memory:",
    clock,
    users: { postino: "parola-di-prova" },
  });
  const line = lineTo(async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    url.pathname = url.pathname.replace("/govpay/backend/api/pendenze/rs/basic/v2", "");
    return simulator.app.fetch(new Request(url, request));
  });
  const payments = createGovPayPayments({
    settings: { ...govpaySettings, ...changes },
    govpay: { ...govpaySettings.govpay, ...changes.govpay },
    creditor,
    password: async () => "parola-di-prova",
    http: line.http,
    clock,
    limiter: unlimited,
    counters,
  });
  return { clock, counters, simulator, line, payments };
}

/** What the engine does: ask what became of it, then try again; at most two hundred times. */
export async function untilDone(
  payments: PaymentsPort,
  order: ResetOrder,
): Promise<{ position: OpenPosition; errors: readonly unknown[] }> {
  const errors: unknown[] = [];
  for (let attempt = 0; attempt < 200; attempt += 1) {
    try {
      if (attempt > 0) {
        const found = await payments.find(order);
        if (found !== null) return { position: found, errors };
      }
      return { position: await payments.reset(order), errors };
    } catch (error) {
      if (error instanceof ItemRejected) throw error;
      if (!(error instanceof RetryLater) && !(error instanceof RunBlocked)) throw error;
      errors.push(error);
    }
  }
  throw new Error("two hundred tries were not enough");
}
