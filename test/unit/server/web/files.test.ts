/** The pages of pipelines and enti without script: text area, what would change, save with a reason, versions, and somebody else's change meanwhile. */
import { describe, expect, test } from "bun:test";
import { dashboardsOfATest } from "../../../support/dashboard.ts";

const makeDashboard = dashboardsOfATest();
const before = "name: Notifica\nsteps:\n  - uses: load-verbali\n";
const form = { nome: "send.yaml", versione: `v${before.length}`, testo: `${before}# nota\n` };

test("the list leads to each file and to its versions", async () => {
  const html = await (await (await makeDashboard()).get("/file")).text();

  expect(html).toContain('href="/file/modifica?nome=send.yaml"');
  expect(html).toContain('href="/file/versioni?nome=enti%2Froccaserena.yaml"');
  expect(html).toContain('<a href="/file" aria-current="page">Pipeline ed enti</a>');
});

test("the text stands in an area that a form sends", async () => {
  const html = await (await (await makeDashboard()).get("/file/modifica?nome=send.yaml")).text();

  expect(html).toContain('action="/file/anteprima"');
  expect(html).toContain("uses: load-verbali\n</textarea>");
});

test("what would change is shown before it is saved, and saving wants a reason", async () => {
  const dashboard = await makeDashboard();

  const shown = await (await dashboard.post("/file/anteprima", form)).text();
  const unsigned = await dashboard.post("/file/salva", { ...form, chi: "Ada Bruni", motivo: " " });
  const saved = await dashboard.post("/file/salva", {
    ...form,
    chi: "Ada Bruni",
    motivo: "orario",
  });
  const after = await (await dashboard.get(saved.headers.get("location") ?? "")).text();

  expect(shown).toContain('<li class="added">');
  expect(shown).toContain("Cambia 1 ente su 2.");
  expect([unsigned.status, saved.status]).toEqual([409, 303]);
  expect(after).toContain("Il file è salvato.");
  expect(after).toContain("# nota");
});

test("an error is told beside the text, and may be saved only by saying so", async () => {
  const dashboard = await makeDashboard();
  const testo = `${before}  - uses: sbagliato\n`;

  const html = await (await dashboard.post("/file/anteprima", { ...form, testo })).text();

  expect(html).toContain("il passo &quot;sbagliato&quot; non esiste");
  expect(html).toContain('name="comunque"');
});

test("what was changed elsewhere meanwhile is told, with the difference to what is there now", async () => {
  const dashboard = await makeDashboard();
  await dashboard.post("/file/salva", { ...form, chi: "Ada", motivo: "prima" });

  const late = await dashboard.post("/file/salva", {
    ...form,
    testo: `${before}# altra\n`,
    chi: "Ida",
    motivo: "dopo",
  });
  const html = await late.text();

  expect(late.status).toBe(409);
  expect(html).toContain("Intanto il file è stato cambiato da un&#39;altra parte.");
  expect(html).toMatch(/class="removed">.*# nota/s);
});

test("an old version is taken up as a text that is not saved yet", async () => {
  const dashboard = await makeDashboard();

  const list = await (await dashboard.get("/file/versioni?nome=send.yaml")).text();
  const html = await (await dashboard.get("/file/modifica?nome=send.yaml&versione=1")).text();

  expect(list).toContain("nuovo orario");
  expect(list).toContain("fuori da questa pagina");
  expect(html).toContain("name: Altra\n</textarea>");
  expect(html).toContain("la versione 1: non è ancora quella in uso");
});

describe("refused", () => {
  test.each([
    ["a file that is not there", "/file/modifica?nome=..%2Fx", 404],
    ["versions of none", "/file/versioni?nome=manca.yaml", 404],
  ])("%s", async (_what, path, status) => {
    expect((await (await makeDashboard()).get(path)).status).toBe(status);
  });

  test.each([
    ["a stale page", "/file/salva", { ...form, csrf: "x" }, 403],
    ["a file that is not there", "/file/anteprima", { ...form, nome: "../x" }, 404],
  ])("%s, sent", async (_what, path, sent, status) => {
    expect((await (await makeDashboard()).post(path, sent)).status).toBe(status);
  });

  test.each([
    ["no JSON", "ciao"],
    ["no text", '{"name":"send.yaml"}'],
    ["a file that is not there", '{"name":"../x","text":""}'],
    ["half a place", '{"name":"send.yaml","text":"","offset":0.5}'],
  ])("a question with %s", async (_what, body) => {
    const { app } = await makeDashboard();
    for (const what of ["controlla", "completa", "spiega"]) {
      const answer = await app.request(`http://127.0.0.1:8099/file/${what}`, {
        method: "POST",
        headers: { host: "127.0.0.1:8099", origin: "http://127.0.0.1:8099" },
        body,
      });

      expect(answer.status).toBe(400);
    }
  });
});
