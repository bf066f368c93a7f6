/** How near a run comes to what SEND lets through of a key: 5,000 verbali (argument: how many) handed over and asked for until their IUN, with SEND limited as in production; what comes before on the limit of GPD is `gpd-limit.ts`. Time is simulated: the rate counts, not this machine. */
import { makeSendEngine } from "../test/support/send-engine.ts";
import { createFakeClock, type FakeClock } from "../test/support/fake-clock.ts";
import { tellFigure, tellWords } from "./figure.ts";

const count = Number(process.argv[2] ?? 5_000);
/** Of a key, and as many saved up. Source: SEND's API management, 100 calls a second, which the API Gateway counts in a bucket. */
const sendPerSecond = 100;
/** There and back; each call takes between half and one and a half of it, in steps of a hundredth of a second. */
const latencyMs = 150;
/** What SEND takes to judge a request: minutes, seldom an hour. */
const validationMs = 300_000;

interface Watch {
  calls: number;
  refused: number;
  uploads: number;
  /** Changes with each thing that happens. */
  moves: number;
  /** What SEND lets through at once, as it was at `filledAt`. */
  tokens: number;
  filledAt: number;
  lastRequestAt: number;
}

/** Timers of this process that have not fired: the journal gathers its writes so. */
const timers = watchTimers();

/** Both ways in which import-iun learns of a verdict. */
for (const by of ["polling", "stream"] as const) {
  const measured = await measure(by);
  const { sent, ended, calls } = measured;
  const ofSending = (count * (1 / 7 + 1)) / sendPerSecond;
  tellWords(
    `limits: ${count} verbali on SEND's ${sendPerSecond} calls a second, verdicts by ${by}: handed over in ${sent.toFixed(0)} simulated s (bound ${ofSending.toFixed(0)}), all IUN after ${ended.toFixed(0)} s (bound ${(ofSending + validationMs / 1_000).toFixed(0)}, of which SEND takes ${validationMs / 1_000} to judge); ` +
      `${calls} calls = ${(calls / count).toFixed(2)} each, ${measured.refused} refused by the limit, ${measured.uploads} uploads beside them`,
  );
  tellFigure(`limits.${by}.sent`, sent / ofSending, "of the bound");
  tellFigure(`limits.${by}.ended`, ended / (ofSending + validationMs / 1_000), "of the bound");
  tellFigure(`limits.${by}.calls`, calls / count, "calls/verbale");
}

interface Measured {
  readonly sent: number;
  readonly ended: number;
  readonly calls: number;
  readonly refused: number;
  readonly uploads: number;
}

/** Seconds are simulated, from the beginning of the run. */
async function measure(by: "polling" | "stream"): Promise<Measured> {
  const clock = createFakeClock("2026-11-23T09:00:00.000Z");
  const watch: Watch = {
    calls: 0,
    refused: 0,
    uploads: 0,
    moves: 0,
    tokens: sendPerSecond,
    filledAt: clock.now(),
    lastRequestAt: 0,
  };
  let drawn = 7;
  const engine = await makeSendEngine(count, {
    clock: watchSleep(clock, watch),
    chunks: { width: 4, chunkSize: 200 },
    settings: { requestsPerSecond: sendPerSecond },
    simulator: { validationMs, keepsFiles: false },
    async between(request, next) {
      drawn = (drawn * 16_807) % 2_147_483_647;
      const ms = Math.round((latencyMs * (0.5 + drawn / 2_147_483_647)) / 20) * 10;
      await clock.sleep(ms);
      watch.moves += 1;
      const answer = countCall(request, clock, watch) ? await next() : refuse();
      await clock.sleep(ms);
      watch.moves += 1;
      return answer;
    },
  });
  const product = { concurrency: 8, retry: { times: 40, waitMs: 30_000, maxWaitMs: 600_000 } };
  const run = await driveSimulated(clock, watch, async () => {
    if (by === "stream") await engine.makeStream();
    Object.assign(watch, { calls: 0 });
    return await engine.run([
      "ready",
      { uses: "transmit", ...product },
      { uses: "import-iun", ...product, with: { by }, withinMs: 86_400_000 },
    ]);
  });
  if (run.counts.done !== count) throw new Error(JSON.stringify(run.counts));
  const began = Date.parse(run.createdAt);
  await engine.close();
  const { calls, refused, uploads } = watch;
  return {
    sent: (watch.lastRequestAt - began) / 1_000,
    ended: (clock.now() - began) / 1_000,
    calls,
    refused,
    uploads,
  };
}

/** Files go to the storage, which has no limit of this kind. False: one call more than the bucket lets through. */
function countCall(request: Request, clock: FakeClock, watch: Watch): boolean {
  const { pathname } = new URL(request.url);
  if (request.method === "PUT") {
    watch.uploads += 1;
    return true;
  }
  watch.calls += 1;
  const gained = ((clock.now() - watch.filledAt) / 1_000) * sendPerSecond;
  watch.tokens = Math.min(sendPerSecond, watch.tokens + gained) - 1;
  watch.filledAt = clock.now();
  if (watch.tokens < 0) {
    watch.tokens += 1;
    watch.refused += 1;
    return false;
  }
  if (request.method === "POST" && pathname.endsWith("/requests"))
    watch.lastRequestAt = clock.now();
  return true;
}

function refuse(): Response {
  return new Response("{}", { status: 429, headers: { "retry-after": "1" } });
}

function watchSleep(inner: FakeClock, watch: Watch): FakeClock {
  return {
    ...inner,
    get sleepers() {
      return inner.sleepers;
    },
    get nextWake() {
      return inner.nextWake;
    },
    async sleep(ms, signal) {
      watch.moves += 1;
      await inner.sleep(ms, signal);
      watch.moves += 1;
    },
  };
}

/** Real time passes at once. */
function watchTimers(): ReadonlySet<unknown> {
  const [start, stop] = [globalThis.setTimeout, globalThis.clearTimeout];
  const open = new Set<unknown>();
  globalThis.setTimeout = ((
    work: (...args: unknown[]) => void,
    _ms?: number,
    ...args: unknown[]
  ) => {
    const timer = start(() => {
      open.delete(timer);
      work(...args);
    }, 0);
    open.add(timer);
    return timer;
  }) as typeof setTimeout;
  globalThis.clearTimeout = ((timer: Parameters<typeof clearTimeout>[0]) => {
    open.delete(timer);
    stop(timer);
  }) as typeof clearTimeout;
  return open;
}

/** Moves the clock to whoever sleeps least, whenever nothing moves any more. */
async function driveSimulated<Value>(
  clock: FakeClock,
  watch: Watch,
  work: () => Promise<Value>,
): Promise<Value> {
  const end = { isOver: false };
  const over = work().finally(() => {
    end.isOver = true;
  });
  while (!end.isOver) {
    let before: number;
    do {
      before = watch.moves;
      for (let turns = 0; turns < 8; turns += 1)
        await new Promise((resolve) => setImmediate(resolve));
    } while (watch.moves !== before || timers.size > 0);
    const { nextWake } = clock;
    if (nextWake !== null) await clock.advance(Math.max(0, nextWake - clock.now()));
  }
  return await over;
}
