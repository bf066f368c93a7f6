/** Verbali in doubt: what a person is told of each, and what their word needs before anything happens. */
import { expect, test } from "bun:test";
import { type Dashboard, dashboardsOfATest } from "../../../support/dashboard.ts";
import { createFakeJournal } from "../../../support/fake-journal.ts";
import { countsOf, morningFlusso, sampleItem } from "../../../support/sample-flussi.ts";

const dashboardWith = dashboardsOfATest();
const transmit = 6;
const key = "V/2026/04101";
const one = "/flussi/20261123-0002/verbali/V%2F2026%2F04101/dubbio";
const all = "/flussi/20261123-0002/dubbi";

function textOf(html: string): string {
  return html
    .replaceAll(/<[^>]+>/g, " ")
    .replaceAll("&#39;", "'")
    .replaceAll("&quot;", '"')
    .replaceAll(/\s+/g, " ");
}

async function inDoubt(step = transmit): Promise<Dashboard> {
  const flusso = morningFlusso();
  const item = sampleItem(1, "in-doubt", step, {
    key,
    note: "SEND non ha risposto. Non si sa se l'operazione è avvenuta.",
    data: {
      verbale: { numero: key, protocollo: "2026/7781" },
      payment: { options: [{ kind: "ridotto", noticeCode: "301000000000000017", amountCents: 1 }] },
    },
  });
  flusso.run = {
    ...flusso.run,
    state: "waiting-for-person",
    counts: countsOf({ done: 3, inDoubt: 2 }),
    code: "IN_DOUBT",
    reason: "Per 2 verbali non si sa se l'operazione sia avvenuta.",
  };
  flusso.items = [item, { ...item, id: 2, key: "V/2026/04102" }];
  flusso.attempts = [
    {
      itemId: item.id,
      step: "transmit",
      number: 3,
      startedAt: "2026-11-23T06:31:00.000Z",
      endedAt: "2026-11-23T06:31:30.000Z",
      outcome: "unknown",
      code: "NO_ANSWER",
      note: "SEND non ha risposto.",
      calls: null,
    },
  ];
  return await dashboardWith({ journal: createFakeJournal({ flussi: [flusso] }) });
}

test("every page says that somebody must decide, and leads to where", async () => {
  const dashboard = await inDoubt();

  const html = await (await dashboard.get("/programmazioni")).text();

  expect(textOf(html)).toContain("2 verbali in dubbio nel flusso 20261123-0002");
  expect(html).toContain('href="/flussi/20261123-0002/dubbi"');
});

test("of each verbale stands what was asked, when, and what SEND knows it by", async () => {
  const dashboard = await inDoubt();

  const html = await (await dashboard.get(all)).text();

  const text = textOf(html);
  for (const said of [
    key,
    "Invio a SEND",
    "23/11/2026 07:31:00",
    "Protocollo 2026/7781",
    "Token di idempotenza postino-",
    "Codici avviso 301000000000000017",
    "SEND non ha risposto.",
    "È stato inviato",
    "Non è stato inviato",
    "Chiedi di nuovo",
  ])
    expect(text).toContain(said);
  expect(html).toContain('href="https://selfcare.notifichedigitali.it/"');
  expect(html).toContain(`action="${one}"`);
});

test("where nothing is sent the words are others", async () => {
  const dashboard = await inDoubt(2);

  const html = await (await dashboard.get(all)).text();

  expect(textOf(html)).toContain("È avvenuto");
  expect(html).not.toContain("selfcare.notifichedigitali.it");
  expect(textOf(html)).not.toContain("Token di idempotenza");
});

test.each([
  ["done", { evidence: " TOKEN " }, "TOKEN"],
  ["not-done", {}, null],
  ["ask", {}, null],
] as const)("«%s» goes on with its name and reason", async (word, more, evidence) => {
  const dashboard = await inDoubt();

  const answer = await dashboard.post(one, {
    word,
    by: " Ada Bruni ",
    reason: " Visto sul portale. ",
    ...more,
  });

  expect(answer.status).toBe(303);
  expect(answer.headers.get("location")).toBe("/flussi/20261123-0002/dubbi?fatto=dubbio");
  expect(dashboard.resumed).toEqual([
    {
      runId: "20261123-0002",
      request: {
        only: "in-doubt",
        items: [key],
        decision: { word, by: "Ada Bruni", reason: "Visto sul portale.", evidence },
      },
    },
  ]);
});

test.each([
  ["without a name", { word: "ask", by: " ", reason: "x" }, "nome e cognome"],
  ["without a reason", { word: "not-done", by: "Ada Bruni", reason: "" }, "motivo"],
  ["sent without a proof", { word: "done", by: "Ada Bruni", reason: "x" }, "IUN o il token"],
  ["without a word", { by: "Ada Bruni", reason: "x" }, "Scegliere"],
  ["with a word of its own", { word: "forse", by: "Ada Bruni", reason: "x" }, "Scegliere"],
  ["with a name that is a story", { word: "ask", by: "A".repeat(81), reason: "x" }, "nome"],
])("%s nothing happens", async (_, form, said) => {
  const dashboard = await inDoubt();

  const answer = await dashboard.post(one, form);

  expect(answer.status).toBe(409);
  expect(textOf(await answer.text())).toContain(said);
  expect(dashboard.resumed).toEqual([]);
});

test("for all of them a second page asks again, and again when there are others meanwhile", async () => {
  const dashboard = await inDoubt();
  const form = { word: "not-done" as const, by: "Ada Bruni", reason: "SEND era spento." };

  const asked = await dashboard.post(all, form);
  const stale = await dashboard.post(all, { ...form, confirmed: "1" });
  const before = dashboard.resumed.length;
  const done = await dashboard.post(all, { ...form, confirmed: "2" });

  const text = textOf(await asked.text());
  expect([asked.status, stale.status, done.status, before]).toEqual([200, 200, 303, 0]);
  expect(text).toContain("2 verbali");
  expect(text).toContain("Ada Bruni");
  expect(dashboard.resumed).toEqual([
    {
      runId: "20261123-0002",
      request: { only: "in-doubt", decision: { ...form, evidence: null } },
    },
  ]);
});

test("nobody says of all at once that they were sent", async () => {
  const dashboard = await inDoubt();

  const answer = await dashboard.post(all, {
    word: "done",
    by: "Ada Bruni",
    reason: "x",
    evidence: "T",
    confirmed: "2",
  });

  expect(answer.status).toBe(409);
  expect(dashboard.resumed).toEqual([]);
});

test("the old way, all at once with a tick, is closed", async () => {
  const dashboard = await inDoubt();

  const answer = await dashboard.post("/flussi/20261123-0002/riprendi", {
    only: "in-doubt",
    verified: "yes",
  });

  expect(answer.status).toBe(409);
  expect(dashboard.resumed).toEqual([]);
});

test("the word stands in the story of the verbale", async () => {
  const dashboard = await inDoubt();
  dashboard.journal.flusso("20261123-0002").decisions = [
    {
      itemKey: key,
      step: transmit,
      round: 1,
      word: "done",
      by: "Ada Bruni",
      reason: "Visto sul portale.",
      evidence: "TOKEN",
      at: "2026-11-23T09:00:00.000Z",
    },
  ];

  const html = await (await dashboard.get("/flussi/20261123-0002/verbali/V%2F2026%2F04101")).text();

  expect(textOf(html)).toContain(
    "Invio a SEND · Ada Bruni: è avvenuto Visto sul portale. Prova: TOKEN",
  );
  expect(html).toContain(`action="${one}"`);
});
