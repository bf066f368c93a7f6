/** Tests over the page of schedules: next times, pause and going on, the ledger by its filters, files with errors and their remedy. */
import { describe, expect, test } from "bun:test";
import { dashboardsOfATest } from "../../../support/dashboard.ts";
import { sampleCatalog } from "../../../support/sample-flussi.ts";

const makeDashboard = dashboardsOfATest();

async function pageOf(path: string, deps = {}): Promise<string> {
  const { get } = await makeDashboard({ deps });
  return await (await get(path)).text();
}

describe("what starts by itself", () => {
  test("has its next five times, Rome's, and may be started now with its parameters", async () => {
    const html = await pageOf("/programmazioni");

    expect(html).toContain(
      '<strong>24 novembre alle 06:30</strong><span class="sub">25 novembre alle 06:30 · 26 novembre alle 06:30 · 27 novembre alle 06:30 · 30 novembre alle 06:30</span>',
    );
    expect(html).toContain('href="/nuovo?pipeline=send&amp;ente=roccaserena"');
  });

  test("is put aside and goes on by name, with what passed meanwhile", async () => {
    const dashboard = await makeDashboard();
    const address = "/programmazioni/roccaserena/send";

    const paused = await dashboard.post(`${address}/pausa`, { by: "Ada Bruni" });
    const html = await (await dashboard.get("/programmazioni?fatto=pausa")).text();
    const on = await dashboard.post(`${address}/riprendi`, { by: "Ada Bruni" });
    const after = await (await dashboard.get(on.headers.get("location") ?? "")).text();

    expect(paused.headers.get("location")).toBe("/programmazioni?fatto=pausa");
    expect(html).toContain("In pausa");
    expect(html).toContain("nessuno, finché è in pausa");
    expect(on.headers.get("location")).toBe("/programmazioni?fatto=ripresa&saltati=2");
    expect(after).toContain("Durante la pausa sono passati 2 orari: non si recuperano da soli.");
    expect(after).not.toContain("In pausa<");
  });

  test("offers what passed in a pause, once, as one start", async () => {
    const dashboard = await makeDashboard();
    const address = "/programmazioni/roccaserena/send";
    await dashboard.post(`${address}/pausa`, { by: "Ada Bruni" });
    await dashboard.post(`${address}/riprendi`, { by: "Ada Bruni" });

    const html = await (await dashboard.get("/programmazioni")).text();
    const api = await (await dashboard.get("/api/schedules")).json();
    const stale = await dashboard.post(`${address}/recupera`, { csrf: "x" });
    const started = await dashboard.post(`${address}/recupera`, {});

    expect(html).toContain("Recupera i 2 saltati con un avvio");
    expect(api).toMatchObject({
      schedules: [
        {
          missed: 2,
          next: [
            "2026-11-24T05:30:00.000Z",
            "2026-11-25T05:30:00.000Z",
            "2026-11-26T05:30:00.000Z",
            "2026-11-27T05:30:00.000Z",
            "2026-11-30T05:30:00.000Z",
          ],
        },
      ],
    });
    expect(stale.status).toBe(403);
    expect(started.status).toBe(303);
    expect(dashboard.started).toEqual([
      { ente: "roccaserena", pipeline: "send", params: {}, input: null },
    ]);
  });

  test("where a flusso has come since, nothing is made up for", async () => {
    const dashboard = await makeDashboard();

    const refused = await dashboard.post("/programmazioni/roccaserena/send/recupera", {});

    expect(refused.status).toBe(409);
    expect(dashboard.started).toEqual([]);
  });

  test("what the start wants to know is asked for by the form", async () => {
    const dashboard = await makeDashboard();
    const address = "/programmazioni/roccaserena/send";
    await dashboard.post(`${address}/pausa`, { by: "Ada Bruni" });
    await dashboard.post(`${address}/riprendi`, { by: "Ada Bruni" });
    dashboard.result = { status: "refused", reason: "Manca.", params: { dal: "manca" } };

    const answer = await dashboard.post(`${address}/recupera`, {});

    expect(answer.headers.get("location")).toBe("/nuovo?pipeline=send&ente=roccaserena");
  });

  test.each([
    ["without a name", "/programmazioni/roccaserena/send/pausa", { by: " " }, 400],
    [
      "of a pipeline that does not start by itself",
      "/programmazioni/roccaserena/x/pausa",
      { by: "Ada" },
      404,
    ],
    ["with a stale token", "/programmazioni/roccaserena/send/pausa", { by: "Ada", csrf: "x" }, 403],
  ])("nothing is put aside %s", async (_what, path, form, status) => {
    const dashboard = await makeDashboard();

    expect((await dashboard.post(path, form)).status).toBe(status);
    expect(await (await dashboard.get("/programmazioni")).text()).not.toContain("In pausa<");
  });

  test.each([
    ["?ente=montefosco", 0],
    ["?ente=roccaserena", 1],
    ["?pipeline=iun", 0],
  ])("is filtered by the address: %s", async (query, rows) => {
    const html = await pageOf(`/programmazioni${query}`);

    expect([...html.matchAll(/<tr id="p-/g)]).toHaveLength(rows);
  });
});

test.each(["run", "skipped", "missed"])("the ledger shows one outcome alone: %s", async (state) => {
  const html = await pageOf(`/programmazioni?esito=${state}`);

  const found = [...html.matchAll(/class="badge [a-z]+" data-state="([a-z]+)"/g)];
  expect(found.length).toBeGreaterThan(0);
  expect(new Set(found.map(([, one]) => one))).toEqual(new Set([state]));
});

test("a file with an error is named with its line and its remedy", async () => {
  const broken = [
    {
      file: "pipelines/send.yaml",
      line: 12,
      ente: null,
      message: "il passo «rendr» non esiste",
      remedy: "forse «render»",
    },
  ];
  const html = await pageOf("/programmazioni", {
    loadCatalog: async () => ({ ...sampleCatalog, broken }),
  });

  expect(html.replaceAll(/\s+/g, " ")).toContain(
    "<code>pipelines/send.yaml</code>, riga 12: il passo «rendr» non esiste. Rimedio: forse «render».",
  );
});
