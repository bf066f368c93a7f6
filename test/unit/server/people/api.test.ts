/** Keys for scripts, requests that are sent twice, and the description of the API. */
import { afterEach, describe, expect, test } from "bun:test";
import { makeToken, revokeToken } from "../../../../server/people/keys.ts";
import type { Permission } from "../../../../server/people/roles.ts";
import { origin } from "../../../support/dashboard.ts";
import { makePeopleWorld, type PeopleWorld } from "../../../support/people-world.ts";

const open: PeopleWorld[] = [];
afterEach(async () => {
  for (const world of open.splice(0)) await world.close();
});
const actor = { name: "capo", address: null };
const run = "20261123-0002";

async function makeWorld(): Promise<PeopleWorld> {
  const world = await makePeopleWorld();
  open.push(world);
  await world.addUser("capo", [{ ente: "*", role: "amministratore" }]);
  return world;
}

function makeKey(
  world: PeopleWorld,
  scopes: readonly Permission[],
  more: { ente?: string; endsOn?: string } = {},
): string {
  const made = makeToken(world.people, actor, {
    name: `prova-${crypto.randomUUID().slice(0, 8)}`,
    scopes,
    ...more,
  });
  if (made.status === "refused") throw new Error(made.reason);
  return made.value;
}

const ask = (
  world: PeopleWorld,
  key: string,
  path: string,
  init: Omit<RequestInit, "headers"> & { headers?: Record<string, string> } = {},
) =>
  world.dashboard.app.request(
    origin + path,
    {
      ...init,
      headers: {
        host: "127.0.0.1:8099",
        authorization: `Bearer ${key}`,
        ...init.headers,
      },
    },
    { address: "192.0.2.44" },
  );
const send = (
  world: PeopleWorld,
  key: string,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
) => ask(world, key, path, { method: "POST", body: JSON.stringify(body), headers });

describe("a key", () => {
  test("does what its scopes say, for its ente, and is named in the log", async () => {
    const world = await makeWorld();
    const key = makeKey(world, ["see", "cancel"], { ente: "roccaserena" });

    expect(key).toMatch(/^pst_[\w-]{43}_[0-9a-f]{6}$/);
    expect(await (await ask(world, key, "/api/me")).json()).toMatchObject({
      kind: "token",
      enti: ["roccaserena"],
      may: ["see", "cancel"],
    });
    expect((await ask(world, key, `/api/runs/${run}`)).status).toBe(200);
    expect((await ask(world, key, "/api/runs/20261123-0001")).status).toBe(404);
    expect((await send(world, key, `/api/runs/${run}/resume`, {})).status).toBe(403);
    expect((await send(world, key, `/api/runs/${run}/cancel`, {})).status).toBe(202);
    expect((await send(world, key, "/api/runs/20261123-0001/cancel", {})).status).toBe(404);
    expect((await ask(world, key, "/api/people")).status).toBe(403);
    expect((await ask(world, key, "/profilo")).status).toBe(403);
    expect(world.dashboard.cancelled).toEqual([run]);
    expect(world.people.audit.listRows({ action: "annullo", limit: 1 })[0]?.actor).toMatch(
      /^chiave:prova-/,
    );
  });

  test("sees no personal data unless it may", async () => {
    const world = await makeWorld();
    const path = `/api/runs/${run}/items/${encodeURIComponent(world.dashboard.journal.flusso(run).items[0]!.key)}`;

    expect(await (await ask(world, makeKey(world, ["see"]), path)).text()).not.toContain(
      "PRVFTS80A01H501X",
    );
    expect(await (await ask(world, makeKey(world, ["see", "personal"]), path)).text()).toContain(
      "PRVFTS80A01H501X",
    );
  });

  test("stops when it is revoked, and after its last day in Rome", async () => {
    const world = await makeWorld();
    const key = makeKey(world, ["see"], { endsOn: "2026-11-24" });
    const other = makeKey(world, ["see"]);

    await world.clock.advance(Date.parse("2026-11-24T22:59:00Z") - world.clock.now());
    expect((await ask(world, key, "/api/me")).status).toBe(200);
    await world.clock.advance(60_000);
    expect((await ask(world, key, "/api/me")).status).toBe(401);
    expect((await ask(world, other, "/api/me")).status).toBe(200);
    expect(revokeToken(world.people, actor, world.people.tokens.list()[0]!.id)).toBe(true);
    const gone = await ask(world, other, "/api/me");
    expect([gone.status, gone.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
  });

  test.each(["pst_", "pst_" + "A".repeat(43) + "_000000", "qualcosa", "' OR 1=1 --"])(
    "«%s» is none",
    async (key) => {
      expect((await ask(await makeWorld(), key, "/api/me")).status).toBe(401);
    },
  );

  test("is kept by its hash, and its use is noted", async () => {
    const world = await makeWorld();
    const key = makeKey(world, ["see"]);
    await ask(world, key, "/api/me");
    const [token] = world.people.tokens.list();

    expect(token?.usedAt).toBe("2026-11-23T09:40:00.000Z");
    expect(JSON.stringify(world.people.tokens.list())).not.toContain(key.slice(4, 20));
    expect(JSON.stringify(world.people.audit.listRows({ limit: 100 }))).not.toContain(
      key.slice(4, 20),
    );
  });

  test.each([
    [{ name: "X Y", scopes: ["see"] }, "Il nome della chiave"],
    [{ name: "prova", scopes: [] }, "Una chiave può"],
    [{ name: "prova", scopes: ["people"] }, "Una chiave può"],
    [{ name: "prova", scopes: ["see"], endsOn: "2026-11-22" }, "un giorno che viene"],
    [{ name: "prova", scopes: ["see"], endsOn: "domani" }, "un giorno che viene"],
  ] as const)("%j is refused: %s", async (wanted, why) => {
    const made = makeToken((await makeWorld()).people, actor, wanted);

    expect(made).toMatchObject({ status: "refused", reason: expect.stringContaining(why) });
  });

  test("is made and revoked on the page, shown once", async () => {
    const world = await makeWorld();
    const boss = await world.signIn("capo");
    const made = await boss.post("/chiavi", {
      nome: "gestionale",
      puo: ["see", "start"],
      ente: "roccaserena",
    });
    const key = /pst_[\w-]{43}_[0-9a-f]{6}/.exec(await made.text())![0];

    expect((await ask(world, key, "/api/me")).status).toBe(200);
    const page = await (await boss.get("/chiavi")).text();
    expect(page).toContain("gestionale");
    expect(page).not.toContain(key);
    await boss.post("/chiavi/revoca", { id: String(world.people.tokens.list()[0]!.id) }, "/chiavi");
    expect((await ask(world, key, "/api/me")).status).toBe(401);
  });
});

describe("Idempotency-Key", () => {
  const start = { pipeline: "send", ente: "roccaserena" };
  const once = { "idempotency-key": "lotto-47" };

  test("the same request happens once and gets the same answer, for a day", async () => {
    const world = await makeWorld();
    const key = makeKey(world, ["start"]);
    const first = await send(world, key, "/api/runs", start, once);
    const again = await send(world, key, "/api/runs", start, once);

    expect([first.status, await first.json()]).toEqual([
      202,
      { status: "accepted", run: "20261123-0002" },
    ]);
    expect([again.status, await again.json()]).toEqual([
      202,
      { status: "accepted", run: "20261123-0002" },
    ]);
    expect([first, again].map(({ headers }) => headers.get("idempotency-replayed"))).toEqual([
      null,
      "true",
    ]);
    expect(world.dashboard.started).toHaveLength(1);
    await world.clock.advance(86_400_000);
    await send(world, key, "/api/runs", start, once);
    expect(world.dashboard.started).toHaveLength(2);
  });

  test("another request with the same key is a 422, another address too", async () => {
    const world = await makeWorld();
    const key = makeKey(world, ["start", "cancel"]);
    await send(world, key, "/api/runs", start, once);

    for (const [path, body] of [
      ["/api/runs", { ...start, params: { a: "b" } }],
      [`/api/runs/${run}/cancel`, start],
    ] as const) {
      const answer = await send(world, key, path, body, once);
      expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
        422,
        "IDEMPOTENCY_KEY",
      ]);
    }
    expect(world.dashboard.started).toHaveLength(1);
    expect(world.dashboard.cancelled).toEqual([]);
  });

  test("of somebody else is another key; without one every request counts; a refusal is kept too", async () => {
    const world = await makeWorld();
    const [one, two] = [makeKey(world, ["start"]), makeKey(world, ["start"])];
    await send(world, one, "/api/runs", start, once);
    await send(world, two, "/api/runs", start, once);
    await send(world, one, "/api/runs", start);
    expect(world.dashboard.started).toHaveLength(3);
    world.dashboard.result = { status: "refused", reason: "No." };
    const first = await send(world, one, "/api/runs", start, { "idempotency-key": "altra" });
    const again = await send(world, one, "/api/runs", start, { "idempotency-key": "altra" });
    expect([first.status, again.status, again.headers.get("content-type")]).toEqual([
      409,
      409,
      "application/problem+json",
    ]);
    expect(world.dashboard.started).toHaveLength(4);
  });

  test("while the first is under way the second waits for nobody, and happens never", async () => {
    const started = Promise.withResolvers<void>();
    const world = await makePeopleWorld({ onStart: () => started.promise });
    open.push(world);
    await world.addUser("capo", [{ ente: "*", role: "amministratore" }]);
    const key = makeKey(world, ["start"]);
    const first = send(world, key, "/api/runs", start, once);
    while (world.dashboard.started.length === 0) await Promise.resolve();
    const second = await send(world, key, "/api/runs", start, once);
    started.resolve();

    expect([second.status, (await first).status]).toEqual([409, 202]);
    expect(world.dashboard.started).toHaveLength(1);
  });

  test("keeps no secret: where one is shown the key is refused", async () => {
    const world = await makeWorld();
    const boss = await world.signIn("capo");
    const cookie = [...boss.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await world.dashboard.app.request(`${origin}/api/tokens`, {
      method: "POST",
      headers: { host: "127.0.0.1:8099", cookie, "x-postino-command": "1", ...once },
      body: JSON.stringify({ name: "nuova", scopes: ["see"] }),
    });

    expect([answer.status, world.people.tokens.list()]).toEqual([400, []]);
  });

  test.each(["", "con spazi", "x".repeat(256), "è"])("«%s» is none", async (key) => {
    const world = await makeWorld();
    const answer = await send(world, makeKey(world, ["start"]), "/api/runs", start, {
      "idempotency-key": key,
    });

    expect([answer.status, world.dashboard.started]).toEqual([400, []]);
  });
});

describe("the description", () => {
  test("holds every operation of the API with what it needs, and no other", async () => {
    const world = await makeWorld();
    const document = (await (
      await ask(world, makeKey(world, ["see"]), "/api/openapi.json")
    ).json()) as {
      openapi: string;
      paths: Record<string, Record<string, { operationId: string; "x-postino-needs"?: string }>>;
    };
    const described = Object.entries(document.paths)
      .flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
      )
      .filter((one) => one.includes(" /api/") && !one.endsWith(".csv"));
    const answered = world.dashboard.app.routes
      .filter(
        ({ method, path }) =>
          method !== "ALL" && path.startsWith("/api/") && path !== "/api/openapi.json",
      )
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);

    expect(document.openapi).toBe("3.1.0");
    expect(described.toSorted()).toEqual([...new Set(answered)].toSorted());
    expect(document.paths["/api/runs/{id}/cancel"]?.["post"]?.["x-postino-needs"]).toBe("cancel");
    const ids = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    expect(new Set(ids.filter((id) => id !== undefined)).size).toBe(
      ids.filter((id) => id !== undefined).length,
    );
  });

  test("is a page that people read", async () => {
    const world = await makeWorld();
    const page = await (await (await world.signIn("capo")).get("/api")).text();

    for (const text of [
      "POST /api/runs",
      "Idempotency-Key",
      "annullare un flusso",
      "/api/people/{name}/roles",
    ])
      expect(page).toContain(text);
  });
});

test.each([
  ["PUT", "/api/runs", "GET, POST"],
  ["TRACE", "/api/tokens/1", "DELETE"],
  ["DELETE", "/persone", "GET, POST"],
])("%s %s is told which methods there are", async (method, path, allow) => {
  const world = await makeWorld();
  const answer = await ask(world, makeKey(world, ["see"]), path, { method });

  expect([answer.status, answer.headers.get("allow")]).toEqual([405, allow]);
});

describe("what the pages do", () => {
  test("is done by requests: a file starts a flusso, signed files and decisions reach it", async () => {
    const texts: string[] = [];
    const world = await makePeopleWorld({
      onStart: async ({ input }) => {
        texts.push(new TextDecoder().decode(await input!.slice(0, input!.size)));
      },
    });
    open.push(world);
    await world.addUser("capo", [{ ente: "*", role: "amministratore" }]);
    const key = makeKey(world, ["see", "start", "answer", "decide"]);
    const base64 = Buffer.from("numero;importo\r\nè1;2\r\n").toString("base64");
    await send(world, key, "/api/runs", {
      pipeline: "send",
      ente: "roccaserena",
      params: { lotto: "1" },
      input: { name: "a.csv", base64 },
    });
    await send(world, key, `/api/runs/${run}/signed`, {
      files: [{ name: "a.pdf", base64: "JVBERi0=" }],
    });
    await send(world, key, `/api/runs/${run}/decide`, { word: "ask", reason: "visto" });
    const wrong = await Promise.all([
      send(world, key, `/api/runs/${run}/decide`, { word: "done", reason: "visto" }),
      send(world, key, `/api/runs/${run}/decide`, { word: "forse", reason: "visto" }),
      send(world, key, "/api/runs", {
        pipeline: "send",
        ente: "roccaserena",
        input: { name: "a", base64: "è" },
      }),
      send(world, key, "/api/runs", { pipeline: "send", ente: "roccaserena", altro: 1 }),
      send(world, key, "/api/runs", []),
    ]);

    expect(texts).toEqual(["numero;importo\r\nè1;2\r\n"]);
    expect(world.dashboard.answers.map(({ answer }) => answer.kind)).toEqual(["files"]);
    expect(world.dashboard.resumed[0]?.request.decision).toMatchObject({
      word: "ask",
      evidence: null,
    });
    expect(wrong.map(({ status }) => status)).toEqual([422, 400, 400, 400, 400]);
  });

  test("people are managed by requests of somebody who is in", async () => {
    const world = await makeWorld();
    const boss = await world.signIn("capo");
    const cookie = [...boss.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const request = async (method: string, path: string, body?: unknown) => {
      const answer = await world.dashboard.app.request(origin + path, {
        method,
        headers: { host: "127.0.0.1:8099", cookie, "x-postino-command": "1" },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return [answer.status, await answer.json()] as const;
    };
    const grants = [{ ente: "roccaserena", role: "operatore" }];

    expect(
      await request("POST", "/api/people", { name: "ugo", fullName: "Ugo Verdi", grants }),
    ).toMatchObject([201, { name: "ugo", grants }]);
    expect(
      await request("POST", "/api/people", { name: "ugo", fullName: "Ugo Verdi", grants }),
    ).toMatchObject([409, { code: "REFUSED" }]);
    expect(
      await request("PUT", "/api/people/ugo/roles", { grants: [{ ente: "*", role: "tecnico" }] }),
    ).toEqual([200, { status: "done" }]);
    expect(await request("POST", "/api/people/ugo/invitation", {})).toMatchObject([
      200,
      { url: expect.stringMatching(/\/accesso\/invito\/[\w-]{43}$/) },
    ]);
    expect(await request("POST", "/api/people/ugo/disable", {})).toEqual([200, { status: "done" }]);
    expect(await request("GET", "/api/people/ugo")).toMatchObject([
      200,
      { grants: [{ ente: "*", role: "tecnico" }], disabledAt: "2026-11-23T09:40:00.000Z" },
    ]);
    expect(await request("POST", "/api/people/capo/disable", {})).toMatchObject([
      409,
      { code: "REFUSED" },
    ]);
    expect(await request("POST", "/api/people/nessuno/disable", {})).toMatchObject([
      404,
      { code: "NO_PERSON" },
    ]);
    expect(await request("GET", "/api/audit?action=persona-aggiunta&limit=1")).toMatchObject([
      200,
      { rows: [{ actor: "capo", subject: "ugo" }] },
    ]);
    expect(await request("GET", "/api/audit/verify")).toMatchObject([200, { status: "whole" }]);
    expect(await request("GET", "/api/audit?limit=0")).toMatchObject([400, { code: "BAD_QUERY" }]);
  });
});
