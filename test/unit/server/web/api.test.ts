/** The API, the metrics and the event stream as programs use them. */
import { describe, expect, test } from "bun:test";
import { localAccess } from "../../../../server/web/access.ts";
import { createApp } from "../../../../server/web/app.tsx";
import { type Dashboard, dashboardsOfATest, origin } from "../../../support/dashboard.ts";
import { buildRegistry } from "../../../../loader/pipeline/registry.ts";
import { createFakeClock } from "../../../support/fake-clock.ts";
import { createFakeJournal } from "../../../support/fake-journal.ts";
import { countsOf, pastFlusso, sampleNow } from "../../../support/sample-flussi.ts";

const dashboardWith = dashboardsOfATest();

describe("runs", () => {
  test("are listed newest first, filtered, with the key of the next page", async () => {
    const dashboard = await dashboardWith();

    const first = await (await dashboard.get("/api/runs?ente=roccaserena&limit=2")).json();
    const next = await (
      await dashboard.get(`/api/runs?ente=roccaserena&limit=2&before=${first.next}`)
    ).json();
    const blocked = await (await dashboard.get("/api/runs?state=blocked")).json();

    expect(first.runs.map(({ id }: { id: string }) => id)).toEqual([
      "20261123-0002",
      "20261120-0002",
    ]);
    expect(first.next).toBe(1040);
    expect(next.runs.map(({ id }: { id: string }) => id)).toEqual([
      "20261119-0002",
      "20261118-0002",
    ]);
    expect(next.next).toBeNull();
    expect(blocked).toEqual({
      runs: [
        {
          id: "20261123-0001",
          pipeline: "send",
          ente: "montefosco",
          state: "blocked",
          createdAt: "2026-11-23T05:30:00.000Z",
          endedAt: null,
          counts: { total: 36, done: 0, rejected: 0, waiting: 0, inDoubt: 0, failed: 0 },
        },
      ],
      next: null,
    });
  });

  test("one is the documented document, as JSON and as CSV", async () => {
    const dashboard = await dashboardWith();

    const json = await dashboard.get("/api/runs/20261123-0002");
    const csv = await dashboard.get("/api/runs/20261123-0002.csv");

    const document = await json.json();
    expect(Object.keys(document)).toEqual(["run", "items"]);
    expect(document.items).toHaveLength(118);
    expect(document.items[3]).toEqual({
      key: "V/2026/04104",
      state: "rejected",
      step: "validate",
      code: "ADDRESS_CAP",
      note: "Il CAP 00199 non appartiene al comune indicato nell'indirizzo.",
      iuv: [],
      noticeCodes: [],
      token: null,
      iun: null,
      artifacts: [],
    });
    expect(csv.headers.get("content-disposition")).toContain('filename="flusso-20261123-0002.csv"');
    expect((await csv.text()).trim().split("\r\n")).toHaveLength(119);
  });

  test("an unknown one is a JSON error", async () => {
    const dashboard = await dashboardWith();

    const response = await dashboard.get("/api/runs/nope");

    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toEqual({
      type: "urn:postino:NO_RUN",
      title: "Non trovato",
      status: 404,
      detail: "Questo flusso non esiste.",
      code: "NO_RUN",
      error: { code: "NO_RUN", message: "Questo flusso non esiste." },
    });
  });
});

describe("commands of programs", () => {
  const headers = { host: "127.0.0.1:8099", "x-postino-command": "cli" };

  test("an answer, a resume and a cancel reach the program", async () => {
    const dashboard = await dashboardWith();
    const send = (path: string, body: unknown) =>
      dashboard.app.request(`${origin}/api/runs/20261123-0003/${path}`, {
        method: "POST",
        headers,
        body: JSON.stringify(body),
      });

    const answered = await send("answer", { kind: "otp", otp: "424242" });
    await send("resume", { only: "rejected", items: ["V/2026/04307"] });
    const shapeless = await send("resume", { only: "rejected", items: ["V/2026/04307", 5] });
    await send("cancel", {});

    expect(answered.status).toBe(202);
    expect(shapeless.status).toBe(400);
    expect(await answered.json()).toEqual({ status: "accepted" });
    expect(dashboard.answers).toEqual([
      { runId: "20261123-0003", answer: { kind: "otp", otp: "424242" } },
    ]);
    expect(dashboard.resumed).toEqual([
      { runId: "20261123-0003", request: { only: "rejected", items: ["V/2026/04307"] } },
    ]);
    expect(dashboard.cancelled).toEqual(["20261123-0003"]);
  });

  test("a refusal is a 409 with reason and hint, a shapeless answer a 400", async () => {
    const dashboard = await dashboardWith();
    dashboard.result = { status: "refused", reason: "Il flusso è già concluso.", hint: "Nulla." };
    const url = `${origin}/api/runs/20261120-0002`;

    const refused = await dashboard.app.request(`${url}/cancel`, { method: "POST", headers });
    const shapeless = await dashboard.app.request(`${url}/answer`, {
      method: "POST",
      headers,
      body: "otp=1",
    });

    expect(refused.status).toBe(409);
    expect(await refused.json()).toEqual({
      type: "urn:postino:REFUSED",
      title: "Non adesso",
      status: 409,
      detail: "Il flusso è già concluso.",
      code: "REFUSED",
      hint: "Nulla.",
      error: { code: "REFUSED", message: "Il flusso è già concluso.", hint: "Nulla." },
    });
    expect(shapeless.status).toBe(400);
    expect(dashboard.answers).toEqual([]);
  });

  test("without the header of a program nothing is done, even from our own origin", async () => {
    const dashboard = await dashboardWith();

    const response = await dashboard.app.request(`${origin}/api/runs/20261123-0003/cancel`, {
      method: "POST",
      headers: { host: "127.0.0.1:8099", origin },
    });

    expect(response.status).toBe(403);
    expect(dashboard.cancelled).toEqual([]);
  });

  test("a command that is too large is refused with the limit", async () => {
    const dashboard = await dashboardWith();

    const response = await dashboard.app.request(`${origin}/api/runs/20261123-0003/answer`, {
      method: "POST",
      headers: {
        host: "127.0.0.1:8099",
        origin,
        "x-postino-command": "1",
        "content-length": "70000",
      },
      body: "x".repeat(70_000),
    });

    expect(response.status).toBe(413);
    expect(await response.json()).toEqual({
      type: "urn:postino:TOO_LARGE",
      title: "Troppo grande",
      status: 413,
      detail: "La richiesta è troppo grande: al massimo 64.000 byte.",
      code: "TOO_LARGE",
      error: {
        code: "TOO_LARGE",
        message: "La richiesta è troppo grande: al massimo 64.000 byte.",
      },
    });
    expect(dashboard.answers).toEqual([]);
  });
});

describe("search", () => {
  const ask = async (body: string) => {
    const asked: unknown[] = [];
    const dashboard = await dashboardWith({
      deps: {
        async find(request) {
          asked.push(request);
          return { verbali: [], isPart: false, isCut: false, isTooWide: false };
        },
      },
    });
    const response = await dashboard.app.request(`${origin}/api/find`, {
      method: "POST",
      headers: { host: "127.0.0.1:8099", "x-postino-command": "1" },
      body,
    });
    return { status: response.status, answer: await response.json(), asked };
  };

  test("asks for what the body says, and answers with what was found", async () => {
    const { status, answer, asked } = await ask('{"text":" AB 123 CD ","ente":"borgonuovo"}');

    expect([status, asked]).toEqual([200, [{ text: "AB 123 CD", ente: "borgonuovo", limit: 20 }]]);
    expect(answer).toEqual({ verbali: [], isPart: false, isCut: false, isTooWide: false });
  });

  test.each([
    "",
    "no json",
    "[]",
    '{"text":" "}',
    '{"text":7}',
    `{"text":"${"x".repeat(201)}"}`,
    '{"text":"x","ente":["a"]}',
    '{"text":"x","limit":0}',
    '{"text":"x","limit":"9"}',
    '{"text":"x","limit":201}',
  ])("%s is refused", async (body) => {
    const { status, answer, asked } = await ask(body);

    expect([status, answer.error.code, asked]).toEqual([400, "BAD_QUERY", []]);
  });
});

describe("description", () => {
  test("names every route of the API and no other", async () => {
    const dashboard = await dashboardWith();
    const app = createApp({ ...(await depsOf(dashboard)) });

    const { paths } = await (await dashboard.get("/api/openapi.json")).json();

    const described = Object.entries(paths as Record<string, Record<string, unknown>>)
      .flatMap(([path, operations]) =>
        Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
      )
      .toSorted();
    const served = app.routes
      .filter(({ method, path }) => method !== "ALL" && isApi(path))
      .map(
        ({ method, path }) =>
          `${method} ${path.replaceAll(/:(id|name)/g, "{id}").replaceAll(/:(\w+)/g, "{$1}")}`,
      );
    expect(described).toEqual([...new Set([...served, "GET /api/runs/{id}.csv"])].toSorted());
  });

  test("its schema of an item has the keys of an item", async () => {
    const dashboard = await dashboardWith();

    const description = await (await dashboard.get("/api/openapi.json")).json();
    const { items } = await (await dashboard.get("/api/runs/20261123-0002")).json();

    expect(description.components.schemas.Item.required).toEqual(Object.keys(items[0]));
  });

  function isApi(path: string): boolean {
    if (path === "/api/openapi.json") return false;
    return /^\/(api|prezzo)\//.test(path) || ["/healthz", "/metrics", "/events"].includes(path);
  }

  async function depsOf(dashboard: Dashboard) {
    return {
      journal: dashboard.journal,
      artifacts: dashboard.artifacts,
      uploadLimits: { bytes: 1_000, files: 1 },
      clock: createFakeClock(sampleNow),
      access: localAccess,
      log: { debug() {}, info() {}, warn() {}, error() {}, with: () => never() },
      version: "0.2.0",
      registry: buildRegistry({}),
      answer: async () => ({ status: "accepted" }) as const,
      resume: async () => ({ status: "accepted" }) as const,
      cancel: async () => ({ status: "accepted" }) as const,
      writeCase: async () => null,
      find: async () => ({ verbali: [], isPart: false, isCut: false, isTooWide: false }),
      askPrice: async () => ({ status: "unknown" }) as const,
    };
  }

  function never(): never {
    throw new Error("no logger with fields is asked for here");
  }
});

describe("upkeep", () => {
  test("health says ok while the journal answers, and 500 when it does not", async () => {
    const healthy = await dashboardWith();
    const journal = createFakeJournal();
    journal.listRuns = async () => {
      throw new Error("disk I/O error");
    };
    const sick = await dashboardWith({ journal });

    expect(await (await healthy.get("/healthz")).json()).toEqual({
      status: "ok",
      version: "0.2.0",
    });
    expect((await sick.get("/healthz")).status).toBe(500);
  });

  test("metrics count runs and verbali by state and name the last success", async () => {
    const flussi = [
      pastFlusso(3, {
        id: "20261123-0003",
        state: "running",
        counts: countsOf({ pending: 5, waiting: 2 }),
      }),
      pastFlusso(2, {
        id: "20261123-0002",
        endedAt: "2026-11-23T06:00:00.000Z",
        counts: countsOf({ done: 40, rejected: 1, inDoubt: 1 }),
      }),
      pastFlusso(1, {
        id: "20260901-0001",
        createdAt: "2026-09-01T06:00:00.000Z",
        counts: countsOf({ done: 1000 }),
      }),
    ];
    const dashboard = await dashboardWith({ journal: createFakeJournal({ flussi }) });

    const lines = (await (await dashboard.get("/metrics")).text()).split("\n");

    expect(lines).toContain('postino_runs{state="running"} 1');
    expect(lines).toContain('postino_runs{state="completed"} 1');
    expect(lines).toContain('postino_runs{state="blocked"} 0');
    expect(lines).toContain('postino_items{state="pending"} 5');
    expect(lines).toContain('postino_items{state="waiting"} 2');
    expect(lines).toContain('postino_items{state="done"} 40');
    expect(lines).toContain('postino_items{state="in-doubt"} 1');
    expect(lines).toContain(
      'postino_last_success_timestamp_seconds{pipeline="send",ente="roccaserena"} 1795413600',
    );
  });

  test("metrics name the files that are broken", async () => {
    const broken = [
      { file: "pipelines/enti/roccaserena.yaml", line: 14, ente: "roccaserena", message: "x" },
      { file: "pipelines/iun.yaml", line: 2, ente: null, message: "x" },
    ];
    const dashboard = await dashboardWith({
      deps: { loadCatalog: async () => ({ enti: [], pipelines: [], broken }) },
    });

    const text = await (await dashboard.get("/metrics")).text();

    expect(text.split("\n").filter((line) => line.startsWith("postino_broken_file"))).toEqual([
      'postino_broken_file{file="pipelines/enti/roccaserena.yaml",ente="roccaserena"} 1',
      'postino_broken_file{file="pipelines/iun.yaml"} 1',
    ]);
  });

  test("metrics read the journal at most once in ten seconds", async () => {
    const clock = createFakeClock(sampleNow);
    const dashboard = await dashboardWith({ clock });

    await dashboard.get("/metrics");
    await dashboard.get("/metrics");
    await clock.advance(10_000);
    await dashboard.get("/metrics");

    expect(dashboard.journal.runsCalls).toHaveLength(2);
  });
});

describe("events", () => {
  test("a move is told by run id, several at once, and a silent stream beats", async () => {
    const clock = createFakeClock(sampleNow);
    const dashboard = await dashboardWith({ clock });
    const stream = await eventsOf(dashboard);
    expect(await stream.read()).toBe("retry: 2000\n: pronto\n\n");

    await clock.untilAsleep();
    dashboard.journal.change("20261123-0002", () => {});
    dashboard.journal.change("20261123-0003", () => {});
    dashboard.journal.change("20261123-0002", () => {});
    const told = [await stream.read(), await stream.read()];
    await clock.untilAsleep();
    await clock.advance(250);
    await clock.untilAsleep();
    await clock.advance(8000);
    const beat = await stream.read();

    expect(told).toEqual([
      "event: run\ndata: 20261123-0002\n\n",
      "event: run\ndata: 20261123-0003\n\n",
    ]);
    expect(beat).toBe(": battito\n\n");
    await stream.close();
  });

  test("a browser that goes away leaves no listener and no timer", async () => {
    const clock = createFakeClock(sampleNow);
    const dashboard = await dashboardWith({ clock });
    const stream = await eventsOf(dashboard);
    await stream.read();
    await clock.untilAsleep();
    expect(dashboard.journal.listeners).toBe(1);

    await stream.close();
    await until(() => dashboard.journal.listeners === 0);

    expect(clock.sleepers).toBe(0);
  });

  test("a server that stops ends the streams", async () => {
    const controller = new AbortController();
    const clock = createFakeClock(sampleNow);
    const dashboard = await dashboardWith({ clock, deps: { signal: controller.signal } });
    const stream = await eventsOf(dashboard);
    await stream.read();
    await clock.untilAsleep();

    controller.abort();

    expect(await stream.read()).toBeNull();
    expect(dashboard.journal.listeners).toBe(0);
  });
});

async function eventsOf(dashboard: Dashboard) {
  const response = await dashboard.get("/events");
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const reader = response.body?.getReader();
  if (reader === undefined) throw new Error("no event stream");
  return {
    async read(): Promise<string | null> {
      const { done, value } = await reader.read();
      return done ? null : Buffer.from(value as Uint8Array).toString();
    },
    close: () => reader.cancel(),
  };
}

/** Lets what is ready run until the condition holds. */
async function until(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1000 && !isSo(); turn += 1)
    await new Promise((resolve) => setImmediate(resolve));
  expect(isSo()).toBe(true);
}
