/** Tests over the search in the head of every page: what is looked for stands in no address, one thing alone is led to. */
import { describe, expect, test } from "bun:test";
import type { FindRequest, FindResult, FoundVerbale } from "../../../../server/search/search.ts";
import { type Dashboard, dashboardsOfATest } from "../../../support/dashboard.ts";
import { createFakeClock } from "../../../support/fake-clock.ts";
import { sampleNow } from "../../../support/sample-flussi.ts";

const makeDashboard = dashboardsOfATest();

function foundOf(numero: string, change: Partial<FoundVerbale> = {}): FoundVerbale {
  return {
    ente: "roccaserena",
    numero,
    kinds: ["targa"],
    run: {
      id: "20261123-0002",
      pipeline: "send",
      createdAt: "2026-11-23T05:30:00.000Z",
      state: "waiting",
    },
    item: { key: numero, state: "done", code: null, note: null },
    iun: null,
    noticeCodes: [],
    otherRuns: [],
    ...change,
  };
}

async function dashboardFinding(
  verbali: readonly FoundVerbale[],
  change: Partial<FindResult> = {},
): Promise<
  Dashboard & { readonly asked: FindRequest[]; readonly pass: (ms: number) => Promise<void> }
> {
  const asked: FindRequest[] = [];
  const clock = createFakeClock(sampleNow);
  const dashboard = await makeDashboard({
    clock,
    deps: {
      async find(request) {
        asked.push(request);
        return { verbali, isPart: false, isCut: false, isTooWide: false, ...change };
      },
    },
  });
  return Object.assign(dashboard, { asked, pass: (ms: number) => clock.advance(ms) });
}

describe("search", () => {
  test("what is looked for travels in the body, and the results stand under a name that says nothing", async () => {
    const dashboard = await dashboardFinding([foundOf("V/1"), foundOf("V/2")]);

    const answer = await dashboard.post("/cerca", { testo: "  Rossi Mario " });
    const address = answer.headers.get("location") ?? "";
    const html = await (await dashboard.get(address)).text();

    expect(answer.status).toBe(303);
    expect(address).toMatch(/^\/cerca\/[0-9a-f]{32}$/);
    expect(html).toContain("«Rossi Mario»: 2 verbali");
    expect(html).toContain('href="/flussi/20261123-0002/verbali/V%2F1"');
    expect(dashboard.asked.map(({ text }) => text)).toEqual(["Rossi Mario", "Rossi Mario"]);
    expect(JSON.stringify(dashboard.logged)).not.toContain("Rossi");
  });

  test.each([
    ["one code that fits as a whole", [foundOf("V/1")], {}, "/flussi/20261123-0002/verbali/V%2F1"],
    ["two", [foundOf("V/1"), foundOf("V/2")], {}, null],
    ["one whose head fits", [foundOf("V/1")], { isPart: true }, null],
    [
      "one of that name: tomorrow there may be two",
      [foundOf("V/1", { kinds: ["nome"] })],
      {},
      null,
    ],
    ["none", [], {}, null],
    ["too many", [], { isTooWide: true }, null],
  ] as const)("%s", async (_what, verbali, change, expected) => {
    const dashboard = await dashboardFinding(verbali, change);

    const address = (await dashboard.post("/cerca", { testo: "AB123CD" })).headers.get("location");

    if (expected === null) expect(address).toMatch(/^\/cerca\//);
    else expect(address).toBe(expected);
  });

  test("the number of a flusso leads to it", async () => {
    const dashboard = await dashboardFinding([]);

    const answer = await dashboard.post("/cerca", { testo: "20261123-0002" });

    expect(answer.headers.get("location")).toBe("/flussi/20261123-0002");
  });

  test("results come by kind, and say what is only a part, cut or too wide", async () => {
    const verbali = [
      foundOf("V/1", { kinds: ["targa"], otherRuns: ["20261122-0001"] }),
      foundOf("V/2", { kinds: ["nome"], iun: "ABCD-EFGH-ILMN-202611-A-1" }),
      foundOf("V/3", { kinds: [] }),
    ];
    const dashboard = await dashboardFinding(verbali, {
      isPart: true,
      isCut: true,
      isTooWide: true,
    });
    const address = (await dashboard.post("/cerca", { testo: "AB" })).headers.get("location") ?? "";

    const html = await (await dashboard.get(address)).text();

    expect([...html.matchAll(/<h2>(Per [^<]+)</g)].map(([, title]) => title?.trim())).toEqual([
      "Per targa",
      "Per nome",
      "Per fine di un codice",
    ]);
    expect(html).toContain("i primi 3 verbali");
    expect(html).toContain("Troppi codici cominciano o finiscono così.");
    expect(html).toContain("ABCD-EFGH-ILMN-202611-A-1");
    expect(html).toContain('href="/flussi/20261122-0001/verbali/V%2F1"');
  });

  test("nothing to look for, a name that was never kept, and one that is too old end on a page that says what to do", async () => {
    const dashboard = await dashboardFinding([]);
    const kept = (await dashboard.post("/cerca", { testo: "x" })).headers.get("location") ?? "";
    const fresh = (await dashboard.get(kept)).status;
    await dashboard.pass(3_600_001);

    expect((await dashboard.post("/cerca", { testo: "  " })).status).toBe(400);
    expect((await dashboard.get(`/cerca/${"0".repeat(32)}`)).status).toBe(404);
    expect([fresh, (await dashboard.get(kept)).status]).toEqual([200, 404]);
  });

  test("what is looked for is text, not markup", async () => {
    const dashboard = await dashboardFinding([]);
    const testo = '"><script>alert(1)</script>';
    const address = (await dashboard.post("/cerca", { testo })).headers.get("location") ?? "";

    expect(await (await dashboard.get(address)).text()).not.toContain("<script>alert");
  });
});

describe("a verbale by its number", () => {
  test.each([
    ["V/1", 303, "/flussi/20261123-0002/verbali/V%2F1"],
    ["V/9", 404, null],
  ] as const)("%s", async (numero, status, address) => {
    const dashboard = await dashboardFinding([foundOf("V/1"), foundOf("V/11")]);

    const answer = await dashboard.get(`/verbali/roccaserena/${encodeURIComponent(numero)}`);

    expect([answer.status, answer.headers.get("location")]).toEqual([status, address]);
    expect(dashboard.asked[0]?.ente).toBe("roccaserena");
  });
});
