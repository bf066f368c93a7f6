/** Faults on purpose for the simulated services: latency, 429, 5xx, and replies that get lost after the effect; mounted before a simulator. */
import type { MiddlewareHandler } from "hono";
import { systemClock, type Clock } from "../engine/host/clock.ts";
import { PipelineError } from "../engine/host/errors.ts";

/** How often what goes wrong; rates are 0 to 1, absent = never. */
export interface FaultPlan {
  /** The handler does its work, then the connection breaks: the client sees no usable answer. */
  readonly dropRate?: number;
  /** 500, 502, 503 or 504 before the handler: nothing was done. */
  readonly errorRate?: number;
  /** 429 with `retry-after: 1` before the handler: nothing was done. */
  readonly tooManyRate?: number;
  /** Each call waits this long first. */
  readonly latencyMs?: number;
}

const names: Readonly<Record<string, keyof FaultPlan>> = {
  drop: "dropRate",
  "5xx": "errorRate",
  "429": "tooManyRate",
  latency: "latencyMs",
};

/** Reads `drop=0.05,5xx=0.02,429=0.01,latency=20`. Throws PipelineError `FAULTS_INVALID`. */
export function parseFaults(text: string): FaultPlan {
  const plan: Partial<Record<keyof FaultPlan, number>> = {};
  for (const part of text.split(",").map((piece) => piece.trim())) {
    if (part === "") continue;
    const [name = "", value = ""] = part.split("=").map((piece) => piece.trim());
    const field = names[name];
    if (field === undefined)
      throw invalidFaultsError(
        `guasto sconosciuto «${name}»: si conoscono drop, 5xx, 429 e latency`,
      );
    if (plan[field] !== undefined) throw invalidFaultsError(`«${name}» compare due volte`);
    const amount = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
    const most = field === "latencyMs" ? 600_000 : 1;
    if (Number.isNaN(amount) || amount > most)
      throw invalidFaultsError(
        field === "latencyMs"
          ? `«${name}» vuole millisecondi fra 0 e 600000, non «${value}»`
          : `«${name}» vuole una frequenza fra 0 e 1 con il punto, non «${value}»`,
      );
    plan[field] = amount;
  }
  return plan;
}

function invalidFaultsError(why: string): PipelineError {
  return new PipelineError("FAULTS_INVALID", `--faults: ${why}.`, {
    hint: "Esempio: --faults drop=0.05,5xx=0.02,429=0.01,latency=20",
  });
}

/** Mount it before the routes of a simulator; `random` gives numbers in [0, 1). */
export function createFaultMiddleware(
  plan: FaultPlan,
  random: () => number,
  clock: Clock = systemClock,
): MiddlewareHandler {
  return async (c, next) => {
    if (plan.latencyMs !== undefined && plan.latencyMs > 0) await clock.sleep(plan.latencyMs);
    if (random() < (plan.tooManyRate ?? 0))
      return c.json({ message: "Too Many Requests" }, 429, { "retry-after": "1" });
    if (random() < (plan.errorRate ?? 0)) return answerServerError(random);
    await next();
    if (random() < (plan.dropRate ?? 0)) c.res = buildDroppedReply();
    return undefined;
  };
}

function answerServerError(random: () => number): Response {
  const status = [500, 502, 503, 504][Math.floor(random() * 4)] ?? 500;
  return new Response(JSON.stringify({ message: "Service unavailable" }), {
    status,
    headers: { "content-type": "application/json" },
  });
}

/**
 * A reply that never arrives: its body breaks before the first byte, and Bun.serve closes the connection without an answer.
 * (A wrong content-length does not do it: Bun 1.4.5 corrects the header.)
 */
export function buildDroppedReply(): Response {
  const body = new ReadableStream({
    pull(controller) {
      // Without a reason: Bun.serve prints a reason as if it were a bug of ours.
      controller.error();
    },
  });
  return new Response(body, { status: 200 });
}
