/** Saved views on the pages and in the API: kept, opened, renamed, removed; of a person, of the office, of others not. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { testInOrder } from "../../../support/chapters.ts";
import { dashboardsOfATest } from "../../../support/dashboard.ts";
import { makePeopleWorld, type PeopleWorld, type Visitor } from "../../../support/people-world.ts";

const makeDashboard = dashboardsOfATest();
const blocked = { pagina: "runs", filtri: "stato=blocked&prima=3", nome: "Fermi" };

async function textOf(answer: Response | Promise<Response>): Promise<string> {
  return await (await answer).text();
}

describe("without people", () => {
  test("filters are kept under a name and are one click on their page", async () => {
    const dashboard = await makeDashboard();

    const before = await textOf(dashboard.get("/flussi"));
    const offered = await textOf(dashboard.get("/flussi?stato=blocked"));
    const kept = await dashboard.post("/viste", blocked);
    const after = await textOf(dashboard.get("/flussi?stato=blocked"));

    expect(before).not.toContain("viewbar");
    expect(offered).toContain('name="filtri" value="stato=blocked"');
    expect(kept.headers.get("location")).toBe("/flussi?stato=blocked");
    expect(after).toContain('href="/flussi?stato=blocked" aria-current="true">Fermi');
    expect(after).not.toContain("Salva questi filtri");
  });

  test.each([
    ["grid", "run", "", "stato=done", "?stato=done#verbali"],
    ["log", "log", "/registro", "tipo=tentativi", "/registro?tipo=tentativi"],
  ])("those of the %s of a flusso hold for every flusso", async (_, pagina, path, filtri, url) => {
    const dashboard = await makeDashboard();
    const flusso = "20261123-0002";

    const kept = await dashboard.post("/viste", { pagina, filtri, nome: "Mia", flusso });
    const other = await textOf(dashboard.get(`/flussi/20261123-0003${path}`));
    const all = await textOf(dashboard.get("/viste"));

    expect(kept.headers.get("location")).toBe(`/flussi/${flusso}${url}`);
    expect(other).toContain(`href="/flussi/20261123-0003${url}">Mia`);
    expect(all).toContain("Si apre dalla pagina di un flusso.");
  });

  test("another name, for the office, and away", async () => {
    const dashboard = await makeDashboard();
    await dashboard.post("/viste", blocked);
    const id = /action="\/viste\/([^"/]+)"/.exec(await textOf(dashboard.get("/viste")))?.[1];

    const changed = await dashboard.post(`/viste/${id}`, { nome: "Bloccati", ufficio: "si" });
    const shown = await textOf(dashboard.get("/viste?fatto=cambiata"));
    const removed = await dashboard.post(`/viste/${id}/togli`, {});
    const again = await dashboard.post(`/viste/${id}/togli`, {});

    expect(changed.headers.get("location")).toBe("/viste?fatto=cambiata");
    expect(shown).toContain("Bloccati");
    expect(shown).toContain("Dell&#39;ufficio");
    expect(removed.headers.get("location")).toBe("/viste?fatto=tolta");
    expect(await textOf(dashboard.get("/viste"))).toContain("Nessuna vista");
    expect(again.status).toBe(404);
  });

  test.each([
    [{ ...blocked, csrf: "x" }, 403],
    [{ ...blocked, filtri: "altro=1" }, 400],
    [{ ...blocked, pagina: "cerca" }, 400],
    [{ ...blocked, nome: " " }, 409],
    [{ ...blocked, nome: "x".repeat(61) }, 409],
  ])("%j is answered with %d", async (form, status) => {
    const dashboard = await makeDashboard();

    expect((await dashboard.post("/viste", form)).status).toBe(status);
  });

  test("the API does the same", async () => {
    const { app } = await makeDashboard();
    const ask = async (method: string, path: string, body?: object) => {
      const answer = await app.request(`http://127.0.0.1:8099/api/views${path}`, {
        method,
        headers: { host: "127.0.0.1:8099", "x-postino-command": "1" },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    };
    const draft = { page: "runs", name: "Fermi", query: "stato=blocked&prima=3" };

    const made = await ask("POST", "", draft);
    const twice = await ask("POST", "", draft);
    const empty = await ask("POST", "", { ...draft, query: "x=1" });
    const id = String(made.body["id"]);
    const changed = await ask("PUT", `/${id}`, { name: "Bloccati", isShared: true });
    const listed = await ask("GET", "");
    const removed = await ask("DELETE", `/${id}`);
    const missing = await ask("DELETE", `/${id}`);

    const view = {
      id,
      page: "runs",
      query: "stato=blocked",
      owner: "",
      at: "2026-11-23T09:40:00.000Z",
      url: "/flussi?stato=blocked",
    };
    expect(made).toEqual({ status: 201, body: { ...view, name: "Fermi", isShared: false } });
    expect([twice.status, empty.status]).toEqual([409, 422]);
    expect(changed).toEqual({ status: 200, body: { ...view, name: "Bloccati", isShared: true } });
    expect(listed.body).toEqual({ views: [changed.body] });
    expect([removed.status, missing.status]).toEqual([200, 404]);
  });
});

describe("with people", () => {
  let world: PeopleWorld;
  const visitors = new Map<string, Visitor>();
  beforeAll(async () => {
    world = await makePeopleWorld();
    await world.addUser("anna", [{ ente: "roccaserena", role: "operatore" }]);
    await world.addUser("bruno", [{ ente: "roccaserena", role: "sola-lettura" }]);
    await world.addUser("carla", [{ ente: "montefosco", role: "operatore" }]);
    await world.addUser("capo", [{ ente: "*", role: "amministratore" }]);
    for (const name of ["anna", "bruno", "carla", "capo"])
      visitors.set(name, await world.signIn(name));
  });
  afterAll(() => world.close());

  const visit = (name: string): Visitor => {
    const visitor = visitors.get(name);
    if (visitor === undefined) throw new Error(`nobody is called ${name}`);
    return visitor;
  };
  const listSeen = async (name: string): Promise<readonly string[]> => {
    const answer = await visit(name).get("/api/views");
    const { views } = (await answer.json()) as { readonly views: readonly { name: string }[] };
    return views.map((view) => view.name);
  };
  const keep = (name: string, nome: string, more: Record<string, string> = {}) =>
    visit(name).post("/viste", { ...blocked, nome, ...more }, "/flussi?stato=cancelled");

  testInOrder("views of several people", [
    [
      "each sees their own and those of an office of theirs, and changes their own",
      async () => {
        await keep("anna", "Anna sola");
        await keep("anna", "Anna ufficio", { ufficio: "si" });
        await keep("anna", "Un ente", { ufficio: "si", filtri: "ente=roccaserena" });
        await keep("carla", "Carla ufficio", { ufficio: "si" });
        await keep("capo", "Di tutti", { ufficio: "si" });
        const refused = await keep("bruno", "Bruno ufficio", { ufficio: "si" });
        await keep("bruno", "Bruno solo");

        expect(await listSeen("anna")).toEqual([
          "Anna sola",
          "Anna ufficio",
          "Di tutti",
          "Un ente",
        ]);
        expect(await listSeen("bruno")).toEqual([
          "Anna ufficio",
          "Bruno solo",
          "Di tutti",
          "Un ente",
        ]);
        expect(await listSeen("carla")).toEqual(["Carla ufficio", "Di tutti"]);
        expect(await listSeen("capo")).toEqual([
          "Anna ufficio",
          "Carla ufficio",
          "Di tutti",
          "Un ente",
        ]);
        expect(refused.status).toBe(409);
      },
    ],

    [
      "those of others are changed by who manages the people, where they are the office's",
      async () => {
        const answer = await visit("capo").get("/api/views");
        const { views } = (await answer.json()) as {
          readonly views: readonly { readonly id: string; readonly name: string }[];
        };
        const find = (name: string): string => views.find((view) => view.name === name)?.id ?? "";
        const form = { nome: "Presa", ufficio: "si" };

        const byCarla = await visit("carla").post(`/viste/${find("Anna ufficio")}`, form, "/viste");
        const byBruno = await visit("bruno").post(`/viste/${find("Un ente")}/togli`, {}, "/viste");
        const byCapo = await visit("capo").post(`/viste/${find("Anna ufficio")}`, form, "/viste");

        expect([byCarla.status, byBruno.status, byCapo.status]).toEqual([404, 404, 303]);
        expect(await listSeen("anna")).toContain("Presa");
      },
    ],

    [
      "who kept, changed or removed one stands in the log, without its filters",
      async () => {
        const rows = world.people.audit.listRows({ action: "vista", limit: 50 });

        expect(rows.map(({ actor, subject, detail }) => `${actor} ${subject} ${detail}`)).toEqual([
          'capo Presa {"parola":"cambiata","pagina":"runs","ufficio":"sì"}',
          'bruno Bruno solo {"parola":"tenuta","pagina":"runs","ufficio":"no"}',
          'capo Di tutti {"parola":"tenuta","pagina":"runs","ufficio":"sì"}',
          'carla Carla ufficio {"parola":"tenuta","pagina":"runs","ufficio":"sì"}',
          'anna Un ente {"parola":"tenuta","pagina":"runs","ufficio":"sì"}',
          'anna Anna ufficio {"parola":"tenuta","pagina":"runs","ufficio":"sì"}',
          'anna Anna sola {"parola":"tenuta","pagina":"runs","ufficio":"no"}',
        ]);
      },
    ],
  ]);
});
