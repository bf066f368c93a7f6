/** The way from the program to the simulators, without a port: it counts the calls and makes the faults that a test wants. */
import type { Hono } from "hono";
import { buildDroppedReply } from "../../../simulators/faults.ts";
import type { IdleClock } from "./idle-clock.ts";
import type { AnswerRule, SystemMocks, SystemName } from "../language/test-mocks.ts";

/** Where everything of a test stands; nobody listens there. */
export const testOrigin = "http://127.0.0.1:1";

export interface Wire {
  readonly fetch: (url: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /** From now on; what was left of the faults before is forgotten. */
  setMocks(mocks: Partial<Record<SystemName, SystemMocks>>): void;
  /** A call of somebody else: a payer, a recipient; it meets no fault and is not counted. */
  ask(path: string, init?: RequestInit): Promise<Response>;
  /** Calls since `setMocks`. */
  readonly calls: ReadonlyMap<SystemName, number>;
}

/** What of a rule is left. */
interface LeftRule {
  readonly rule: AnswerRule;
  skip: number;
  left: number;
}

interface LeftMocks {
  readonly downUntil: number;
  readonly slowMs: number;
  lost: number;
  tooMany: number;
  readonly rules: readonly LeftRule[];
  readonly outcomes: Readonly<Record<string, string>>;
}

/** SEND's gateway gives up after 29 seconds, and the program after 35: what comes later is as good as lost. */
const patienceMs = 35_000;

export function createWire(app: Hono, clock: IdleClock): Wire {
  let mocks = new Map<SystemName, LeftMocks>();
  const calls = new Map<SystemName, number>();

  async function answer(request: Request): Promise<Response> {
    const system = findSystem(request);
    calls.set(system, (calls.get(system) ?? 0) + 1);
    if (system === "other") return Response.json({});
    const mock = mocks.get(system);
    if (mock === undefined) return await app.fetch(request);
    if (clock.now() < mock.downUntil) return refuse(503, undefined);
    const rule = takeRule(mock, request);
    const waitMs = rule?.slow ?? mock.slowMs;
    if (waitMs > 0) await clock.sleep(Math.min(waitMs, patienceMs));
    if (rule?.status !== undefined) return refuse(rule.status, rule);
    const isChange = request.method !== "GET";
    if (isChange && takeOne(mock, "tooMany")) return refuse(429, { retryAfter: 1_000 });
    const reply = await app.fetch(await applyOutcome(request, mock));
    const isLost =
      rule?.lost === true || waitMs > patienceMs || (isChange && takeOne(mock, "lost"));
    return isLost ? buildDroppedReply() : reply;
  }

  return {
    calls,
    async fetch(url, init) {
      const end = clock.beginWork();
      try {
        const request = new Request(url, init);
        // Whoever waits for a slow answer does not work: time goes on.
        const isSlow = [...mocks.values()].some(
          ({ slowMs, rules }) => slowMs > 0 || rules.some(({ rule }) => (rule.slow ?? 0) > 0),
        );
        if (isSlow) end();
        return await answer(request);
      } finally {
        end();
      }
    },
    async ask(path, init) {
      return await app.fetch(new Request(`${testOrigin}${path}`, init));
    },
    setMocks(wanted) {
      calls.clear();
      mocks = new Map(
        Object.entries(wanted).map(([name, mock]) => [
          name as SystemName,
          prepare(mock, clock.now()),
        ]),
      );
    },
  };
}

function prepare(mock: SystemMocks, now: number): LeftMocks {
  return {
    downUntil: mock.down === undefined ? 0 : now + mock.down,
    slowMs: mock.slow ?? 0,
    lost: mock.lost ?? 0,
    tooMany: mock.tooMany ?? 0,
    rules: (mock.answers ?? []).map((rule) => ({ rule, skip: rule.after, left: rule.times })),
    outcomes: mock.outcomes ?? {},
  };
}

function findSystem({ url }: Request): SystemName {
  const { origin, pathname } = new URL(url);
  if (origin !== testOrigin) return "other";
  const [first = ""] = pathname.slice(1).split("/");
  const systems: Readonly<Record<string, SystemName>> = {
    send: "send",
    gpd: "payments",
    govpay: "payments",
    csc: "signing",
    tsa: "signing",
  };
  return systems[first] ?? "other";
}

/** The first rule that fits and has answers left. */
function takeRule({ rules }: LeftMocks, request: Request): AnswerRule | null {
  const { pathname, search } = new URL(request.url);
  for (const left of rules) {
    const { method, path } = splitCall(left.rule.call);
    if (method !== null && method !== request.method) continue;
    if (!`${pathname}${search}`.includes(path) || left.left === 0) continue;
    if (left.skip > 0) {
      left.skip -= 1;
      continue;
    }
    left.left -= 1;
    return left.rule;
  }
  return null;
}

/** `POST /requests` or `/requests`. */
function splitCall(call: string): { readonly method: string | null; readonly path: string } {
  const found = /^(GET|POST|PUT|PATCH|DELETE)(?:\s+(.*))?$/.exec(call.trim());
  return found === null
    ? { method: null, path: call.trim() }
    : { method: found[1] ?? null, path: found[2] ?? "" };
}

function takeOne(mock: LeftMocks, what: "lost" | "tooMany"): boolean {
  if (mock[what] === 0) return false;
  mock[what] -= 1;
  return true;
}

function refuse(
  status: number,
  rule: Pick<AnswerRule, "body" | "retryAfter"> | undefined,
): Response {
  const headers: Record<string, string> = { "content-type": "application/json" };
  const after = rule?.retryAfter;
  if (after !== undefined) headers["retry-after"] = String(Math.ceil(after / 1_000));
  const text = rule?.body ?? JSON.stringify({ message: "Simulated" });
  return new Response(status === 204 || status === 304 ? null : text, { status, headers });
}

/** Where there is no such place SEND refuses; what else becomes of a notification stands in the address of its recipient, as in SEND's own test environment. */
async function applyOutcome(request: Request, { outcomes }: LeftMocks): Promise<Request> {
  const isRequest = request.method === "POST" && /\/delivery\/[^/]+\/requests$/.test(request.url);
  if (!isRequest || Object.keys(outcomes).length === 0) return request;
  const body = (await request.clone().json()) as WireDelivery;
  const outcome = outcomes[body.paProtocolNumber];
  if (outcome === undefined) return request;
  const recipients = body.recipients.map((recipient) => ({
    ...recipient,
    physicalAddress: {
      ...recipient.physicalAddress,
      ...(outcome === "refused"
        ? { zip: "20121", municipality: "ROMA", province: "RM" }
        : { address: `${recipient.physicalAddress.address} @${outcome}` }),
    },
  }));
  return new Request(request.url, {
    method: "POST",
    headers: request.headers,
    body: JSON.stringify({ ...body, recipients }),
  });
}

interface WireDelivery {
  readonly paProtocolNumber: string;
  readonly recipients: readonly {
    readonly physicalAddress: { readonly address: string; readonly zip: string };
  }[];
}
