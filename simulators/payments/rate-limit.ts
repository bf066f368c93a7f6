/** The gateway before the simulated GPD: so many calls of a key in any stretch of time, looked back from each call. */
import type { MiddlewareHandler } from "hono";
import type { Clock } from "../../engine/host/clock.ts";

export interface CallLimit {
  /** Per key, over all that it is used for. */
  readonly calls: number;
  readonly windowMs: number;
}

/** Source: pagopa-debt-position, infra/gps/api/external_api/v1, v2, v3, _base_policy.xml: rate-limit-by-key, calls 100, renewal-period 10. */
export const gpdLimit: CallLimit = { calls: 100, windowMs: 10_000 };

/** Every answer but a 429 counts, from when the call came; the header tells what is left of the window, whatever its name says. */
export function createRateLimit(
  { calls, windowMs }: CallLimit,
  clock: Clock,
  readKey: (header: (name: string) => string | undefined) => string,
): MiddlewareHandler {
  const counted = new Map<string, number[]>();
  return async (c, next) => {
    const key = readKey((name) => c.req.header(name));
    const now = clock.now();
    const recent = (counted.get(key) ?? []).filter((at) => at > now - windowMs);
    counted.set(key, recent);
    const [oldest] = recent;
    c.header("x-remaining-calls-per-min", String(Math.max(0, calls - recent.length - 1)));
    if (recent.length >= calls && oldest !== undefined) {
      const seconds = Math.ceil((oldest + windowMs - now) / 1_000);
      const message = `Rate limit is exceeded. Try again in ${seconds} seconds.`;
      return c.json({ statusCode: 429, message }, 429, { "retry-after": String(seconds) });
    }
    recent.push(now);
    return await next();
  };
}
