/** `/events`: tells browsers and scripts which runs moved, as server-sent events; carries run ids only. */
import { Hono } from "hono";
import { streamSSE, type SSEStreamingApi } from "hono/streaming";
import type { AppDeps } from "../../deps.ts";
import { readPrincipal } from "../../gate/who.ts";

/** Well below the 10 s after which Bun closes a silent connection. */
const HEARTBEAT_MS = 8000;
/** Moves within this time are told together. */
const GATHER_MS = 250;

export function createEventRoutes(deps: AppDeps): Hono {
  const app = new Hono();
  app.get("/events", (c) => {
    c.header("x-accel-buffering", "no");
    return streamSSE(c, (stream) => followRuns(deps, stream));
  });
  return app;
}

async function followRuns(deps: AppDeps, stream: SSEStreamingApi): Promise<void> {
  const ended = new AbortController();
  const moved = new Set<string>();
  let wake = Promise.withResolvers<void>();
  const end = (): void => {
    ended.abort();
    wake.resolve();
  };
  stream.onAbort(end);
  deps.signal?.addEventListener("abort", end, { once: true });
  if (deps.signal?.aborted === true) end();
  const stop = deps.journal.onChange((runId) => {
    moved.add(runId);
    wake.resolve();
  });
  try {
    await stream.write("retry: 2000\n: pronto\n\n");
    while (!ended.signal.aborted) {
      if (moved.size === 0) await waitForEither(deps, wake.promise);
      wake = Promise.withResolvers<void>();
      if (ended.signal.aborted || !isStillIn(deps)) return;
      const runIds = [...moved];
      moved.clear();
      if (runIds.length === 0) await stream.write(": battito\n\n");
      for (const runId of runIds) await stream.writeSSE({ event: "run", data: runId });
      if (runIds.length > 0) await deps.clock.sleep(GATHER_MS, ended.signal);
    }
  } finally {
    stop();
    deps.signal?.removeEventListener("abort", end);
  }
}

/** Whoever went out, or was shut out, hears nothing more. */
function isStillIn({ people }: AppDeps): boolean {
  const session = readPrincipal()?.session ?? null;
  return session === null || people === undefined || people.people.sessions.isOpen(session);
}

/** Waits for a move, at most for a heartbeat; leaves no timer behind. */
async function waitForEither(deps: AppDeps, move: Promise<void>): Promise<void> {
  const pause = new AbortController();
  await Promise.race([move, deps.clock.sleep(HEARTBEAT_MS, pause.signal)]);
  pause.abort();
}
