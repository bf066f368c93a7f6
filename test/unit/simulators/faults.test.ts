/** Faults on purpose: what the plan says, and what a client over a real port sees. */
import { afterEach, expect, test } from "bun:test";
import { Hono } from "hono";
import { PipelineError } from "../../../engine/host/errors.ts";
import { createHttp, NoAnswer } from "../../../engine/host/http.ts";
import { createFaultMiddleware, parseFaults, type FaultPlan } from "../../../simulators/faults.ts";
import { rejection } from "../integrations/send/setup.ts";

const servers: ReturnType<typeof Bun.serve>[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop(true);
});

/** A server that counts its effects behind the faults. */
function serve(plan: FaultPlan, random: () => number) {
  let effects = 0;
  const app = new Hono();
  app.use(createFaultMiddleware(plan, random));
  app.post("/effect", (c) => {
    effects += 1;
    return c.json({ done: true });
  });
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: app.fetch });
  servers.push(server);
  return { url: `http://127.0.0.1:${server.port}/effect`, effects: () => effects };
}

test("a dropped reply does its effect once and gives the client no answer", async () => {
  const { url, effects } = serve({ dropRate: 1 }, () => 0.5);

  const error = await rejection(createHttp()({ method: "POST", url, json: {} }));

  expect(error).toBeInstanceOf(NoAnswer);
  expect((error as NoAnswer).isUnsent).toBe(false);
  expect(effects()).toBe(1);
});

test("a dropped reply is no answer in the same process either", async () => {
  const app = new Hono();
  app.use(createFaultMiddleware({ dropRate: 1 }, () => 0.5));
  app.get("/", (c) => c.json({ done: true }));
  const http = createHttp(async (input, init) => await app.fetch(new Request(input, init)));

  const error = await rejection(http({ method: "GET", url: "http://service.test/" }));

  expect(error).toBeInstanceOf(NoAnswer);
});

test("a 429 is answered before the effect and says when to come back", async () => {
  const { url, effects } = serve({ tooManyRate: 1 }, () => 0.5);

  const answer = await createHttp()({ method: "POST", url, json: {} });

  expect(answer.status).toBe(429);
  expect(answer.headers.get("retry-after")).toBe("1");
  expect(effects()).toBe(0);
});

test.each([
  [0, 500],
  [0.3, 502],
  [0.6, 503],
  [0.9, 504],
])("a server error is answered before the effect: %p gives %p", async (value, status) => {
  const { url, effects } = serve({ errorRate: 1 }, () => value);

  const answer = await createHttp()({ method: "POST", url, json: {} });

  expect(answer.status).toBe(status);
  expect(effects()).toBe(0);
});

test("rates of nothing let every call through", async () => {
  const { url, effects } = serve({}, () => 0);

  const answer = await createHttp()({ method: "POST", url, json: {} });

  expect(answer.body).toEqual({ done: true });
  expect(effects()).toBe(1);
});

test("the plan is read from the text of --faults", () => {
  const plan = parseFaults("drop=0.05, 5xx=0.02,429=0.01,latency=20");

  expect(plan).toEqual({ dropRate: 0.05, errorRate: 0.02, tooManyRate: 0.01, latencyMs: 20 });
});

test("an empty text is a plan without faults", () => {
  expect(parseFaults("")).toEqual({});
});

test.each([
  ["crash=1", "--faults: guasto sconosciuto «crash»: si conoscono drop, 5xx, 429 e latency."],
  ["drop=5", "--faults: «drop» vuole una frequenza fra 0 e 1 con il punto, non «5»."],
  ["drop=0,5", "--faults: guasto sconosciuto «5»: si conoscono drop, 5xx, 429 e latency."],
  ["drop", "--faults: «drop» vuole una frequenza fra 0 e 1 con il punto, non «»."],
  ["drop=0.1,drop=0.2", "--faults: «drop» compare due volte."],
  ["latency=1e9", "--faults: «latency» vuole millisecondi fra 0 e 600000, non «1e9»."],
])("a wrong plan is refused with its reason: %s", (text, message) => {
  const read = (): unknown => parseFaults(text);

  expect(read).toThrow(PipelineError);
  expect(read).toThrow(message);
});
