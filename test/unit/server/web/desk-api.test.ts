/** What the API does as the desk's pages do: the grid with its columns, a new notification, faults of parameters by field. */
import { describe, expect, test } from "bun:test";
import type { Renotifications } from "../../../../server/register/renotify.ts";
import { type Dashboard, dashboardsOfATest } from "../../../support/dashboard.ts";

const makeDashboard = dashboardsOfATest();
const run = "20261123-0002";

async function ask(
  { app }: Dashboard,
  method: string,
  path: string,
  body?: object,
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const answer = await app.request(`http://127.0.0.1:8099${path}`, {
    method,
    headers: { host: "127.0.0.1:8099", "x-postino-command": "1" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

describe("the grid", () => {
  test("has every column of the page", async () => {
    const { body } = await ask(await makeDashboard(), "GET", `/api/runs/${run}/items?limit=1`);

    expect(body).toMatchObject({
      total: 118,
      next: 2,
      items: [
        {
          key: "V/2026/04101",
          state: "done",
          step: null,
          recipient: "Prova Fantasia",
          amount: 5650,
          noticeCodes: ["302000002600001002", "302000002600001003"],
          notifiedOn: null,
          updatedAt: "2026-11-23T09:31:08.000Z",
          warnings: [],
        },
      ],
    });
  });

  test.each([
    ["state=rejected", ["V/2026/04104", "V/2026/04109", "V/2026/04113", "V/2026/04121"], null],
    ["state=rejected&limit=2&from=3", ["V/2026/04113", "V/2026/04121"], null],
    ["state=rejected&limit=2", ["V/2026/04104", "V/2026/04109"], 3],
    ["code=POSITION_PAID", ["V/2026/04113"], null],
    ["key=V/2026/04109", ["V/2026/04109"], null],
    ["state=rejected&sort=numero&order=down&limit=1", ["V/2026/04121"], 2],
    ["state=rejected&state=in-doubt&sort=stato&limit=9", null, null],
    ["state=rejected&from=99", [], null],
    ["key=manca", [], null],
  ])("%s", async (query, expected, next) => {
    const { status, body } = await ask(
      await makeDashboard(),
      "GET",
      `/api/runs/${run}/items?${query}`,
    );
    const keys = (body["items"] as readonly { readonly key: string }[]).map(({ key }) => key);

    expect(status).toBe(200);
    if (expected === null) expect(keys).toHaveLength(5);
    else expect(keys).toEqual([...expected]);
    expect(body["next"]).toBe(next);
  });

  test.each(["state=mai", "sort=caso", "from=0", "limit=501", "code=x"])(
    "a filter that is none is told: %s",
    async (query) => {
      const { status, body } = await ask(
        await makeDashboard(),
        "GET",
        `/api/runs/${run}/items?${query}`,
      );

      expect(status).toBe(400);
      expect(body["code"]).toBe("BAD_QUERY");
    },
  );
});

test("parameters that are missing or wrong are told by field", async () => {
  const dashboard = await makeDashboard();
  const params = { dal: "manca", lotto: "non va: «x»" };
  dashboard.result = { status: "refused", reason: "I parametri non vanno.", params };

  const { status, body } = await ask(dashboard, "POST", "/api/runs", {
    pipeline: "send",
    ente: "roccaserena",
    params: { lotto: "x" },
  });

  expect(status).toBe(409);
  expect(body["errors"]).toEqual([
    { field: "params.dal", detail: "manca" },
    { field: "params.lotto", detail: "non va: «x»" },
  ]);
});

describe("a new notification", () => {
  const prepared: unknown[] = [];
  const path = "/api/verbali/roccaserena/V%2F1/renotification";
  const renotifications: Renotifications = {
    async read(ente, numero) {
      if (numero === "manca") return null;
      const destinatario = { cognome: "Prova", indirizzo: { cap: "00100", comune: "Roma" } };
      const rest = { chain: [], pipeline: "send", isRegistered: false };
      const refusal = numero === "pagato" ? "Il verbale risulta pagato." : null;
      return { ente, numero, verbale: { numero: `${numero}/R`, destinatario }, ...rest, refusal };
    },
    check: async (_, verbale) =>
      JSON.stringify(verbale).includes("rinotifica")
        ? [{ fields: ["destinatario.indirizzo.via"], message: "abbreviata", isError: false }]
        : [{ fields: ["rinotifica.causa"], message: "serve la causa", isError: true }],
    suggest: async () => [],
    async prepare(_, verbale) {
      prepared.push(verbale);
      return { status: "draft", handle: "abc" };
    },
  };

  test("is read, and prepared with what changes", async () => {
    const dashboard = await makeDashboard({ deps: { renotifications } });
    const verbale = {
      destinatario: { indirizzo: { cap: "00118" } },
      rinotifica: { causa: "indirizzo" },
    };

    const open = await ask(dashboard, "GET", path);
    const made = await ask(dashboard, "POST", path, { verbale });

    expect(open.body).toMatchObject({ numero: "V/1/R", refusal: null, pipeline: "send" });
    expect(made).toEqual({
      status: 202,
      body: { status: "accepted", run: null, draft: "/nuovo/abc" },
    });
    expect(prepared).toEqual([
      {
        numero: "V/1/R",
        destinatario: { cognome: "Prova", indirizzo: { cap: "00118", comune: "Roma" } },
        rinotifica: { causa: "indirizzo" },
      },
    ]);
  });

  test("that has a fault is told by field and not prepared; one that may not be, why", async () => {
    const dashboard = await makeDashboard({ deps: { renotifications } });
    const before = prepared.length;

    const wrong = await ask(dashboard, "POST", path, { verbale: {} });
    const paid = await ask(dashboard, "POST", path.replace("V%2F1", "pagato"), { verbale: {} });
    const missing = await ask(dashboard, "GET", path.replace("V%2F1", "manca"));

    expect(wrong.status).toBe(422);
    expect(wrong.body["errors"]).toEqual([{ field: "rinotifica.causa", detail: "serve la causa" }]);
    expect([paid.status, paid.body["detail"]]).toEqual([409, "Il verbale risulta pagato."]);
    expect(missing.status).toBe(404);
    expect(prepared).toHaveLength(before);
  });
});
