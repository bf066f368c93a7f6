/** The page of the alerts: what was told to whom and what did not go out, to whoever may see it. */
import { expect, test } from "bun:test";
import { dashboardsOfATest } from "../../../support/dashboard.ts";

const makeDashboard = dashboardsOfATest();

test("says what was told, to whom, and why a message did not go out", async () => {
  const html = await (await (await makeDashboard()).get("/avvisi")).text();

  expect(html).toContain("Un avviso non è partito.");
  expect(html).toContain("Il server di posta rifiuta utente o password.");
  expect(html).toContain('<a href="/flussi/20261123-0001">Apri</a>');
  expect(html).toContain("ced@comune.example");
  expect(html).toContain("webhook");
});

test("a test message is queued from the page, once with its token", async () => {
  const dashboard = await makeDashboard();

  const done = await dashboard.post("/avvisi/prova", {});
  const stale = await dashboard.post("/avvisi/prova", { csrf: "x" });

  expect(done.headers.get("location")).toBe("/avvisi?prova=2");
  expect(stale.status).toBe(403);
  expect(await (await dashboard.get("/avvisi?prova=2")).text()).toContain(
    "2 messaggi di prova partono entro un minuto.",
  );
});

test.each([
  ["0", "Nessuno da avvisare."],
  ["<b>", "Nessuno da avvisare."],
  ["1", "Un messaggio di prova parte entro un minuto."],
])("an address with prova=%s is told as it is", async (count, text) => {
  const html = await (
    await (await makeDashboard()).get(`/avvisi?prova=${encodeURIComponent(count)}`)
  ).text();

  expect(html).toContain(text);
  expect(html).not.toContain("<b>");
});

test("without messages the page says how one is written", async () => {
  const deps = { alerts: { list: async () => [], test: async () => 0 } };
  const html = await (await (await makeDashboard({ deps })).get("/avvisi")).text();

  expect(html).toContain("Nessun avviso negli ultimi trenta giorni");
  expect(html).toContain('href="/manuale/avvisi"');
});
