/** The guided form of an ente's file as a page: with faults beside the fields, to the preview, and never past the checks of the editor. */
import { describe, expect, test } from "bun:test";
import { dashboardsOfATest, type Dashboard } from "../../../support/dashboard.ts";
import { createSampleFiles } from "../../../support/sample-files.ts";

const makeDashboard = dashboardsOfATest();
const nome = "enti/roccaserena.yaml";
const before = "ente: { codice: roccaserena }\n";
const page = `/file/guidata?nome=${encodeURIComponent(nome)}`;

async function textOf(answer: Response | Promise<Response>): Promise<string> {
  return await (await answer).text();
}

async function send(
  dashboard: Dashboard,
  typed: Readonly<Record<string, string>>,
  more: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const fields = Object.entries(typed).map(([name, value]) => [`campo.${name}`, value]);
  const [campi = ""] = Object.keys(typed);
  const form = { nome, versione: `v${before.length}`, testo: before, azione: "vedi", campi };
  return await dashboard.post("/file/guidata", { ...form, ...Object.fromEntries(fields), ...more });
}

test("shows the file by sections, without script, beside the editor", async () => {
  const dashboard = await makeDashboard();

  const html = await textOf(dashboard.get(page));
  const editor = await textOf(dashboard.get(`/file/modifica?nome=${encodeURIComponent(nome)}`));

  expect(html).toContain("<h2>Ente</h2>");
  expect(html).toContain('name="campo.ente.codice"');
  expect(html).toContain('value="roccaserena"');
  expect(html).toContain("non ancora nel file");
  expect(editor).toContain(`href="/file/guidata?nome=${encodeURIComponent(nome)}"`);
});

describe("what was typed", () => {
  test("leads to the preview of the editor, which saves it or comes back to the form", async () => {
    const dashboard = await makeDashboard();

    const preview = await textOf(send(dashboard, { "ente.nome": "Comune di Roccaserena" }));
    const back = await dashboard.post("/file/guidata", {
      nome,
      versione: `v${before.length}`,
      testo: "ente: { codice: roccaserena, nome: Comune di Roccaserena }\n",
    });

    expect(preview).toContain("Che cosa cambia in enti/roccaserena.yaml");
    expect(preview).toContain("ente: { codice: roccaserena, nome: Comune di Roccaserena }");
    expect(preview).toContain('formaction="/file/guidata"');
    expect(await textOf(back)).toContain('value="Comune di Roccaserena"');
  });

  test("stands with its fault beside the field, until the person goes on all the same", async () => {
    const dashboard = await makeDashboard();
    const typed = { "ente.nome": "sbagliato" };

    const held = await textOf(send(dashboard, typed));
    const live = await textOf(send(dashboard, typed, { azione: "controlla" }));
    const again = await textOf(
      send(dashboard, typed, { testo: "ente: { codice: roccaserena, nome: sbagliato }\n" }),
    );

    for (const html of [held, live]) {
      const place = html.indexOf('data-fault="ente.nome"');
      expect(html.slice(place, place + 200)).toContain("il passo &quot;sbagliato&quot; non esiste");
      expect(html).toMatch(/name="campo\.ente\.nome"[^>]*aria-invalid="true"/);
    }
    expect(held).toContain("Ci sono errori accanto ai campi.");
    expect(again).toContain("Che cosa cambia in");
  });

  test("that is missing is told beside its field, also where the check points at the section", async () => {
    const files = createSampleFiles();
    const check = async () => [
      {
        code: "P005",
        severity: "error" as const,
        line: 1,
        column: 1,
        start: 6,
        end: 7,
        message: 'nel file dell\'ente manca "ente.nome"',
      },
    ];
    const dashboard = await makeDashboard({ deps: { files: { ...files, check } } });

    const html = await textOf(dashboard.get(page));

    const place = html.indexOf('data-fault="ente.nome"');
    expect(html.slice(place, place + 120)).toContain("manca");
  });

  test("over a file that was changed meanwhile is told so", async () => {
    const dashboard = await makeDashboard();

    const html = await textOf(send(dashboard, { "ente.nome": "Comune" }, { versione: "di ieri" }));

    expect(html).toContain("Intanto il file è stato cambiato da un&#39;altra parte.");
  });
});

test.each([
  ["another page's token", { csrf: "x" }, 403],
  ["a pipeline", { nome: "send.yaml" }, 404],
  ["a file that is not ours", { nome: "../../etc/passwd" }, 404],
])("%s is refused", async (_, more, status) => {
  const dashboard = await makeDashboard();

  expect((await send(dashboard, { "ente.nome": "x" }, more)).status).toBe(status);
  expect((await dashboard.get("/file/guidata?nome=send.yaml")).status).toBe(404);
});

test("a file that is no map is for the editor", async () => {
  const files = createSampleFiles();
  const read = async () => ({ name: nome, ente: "roccaserena", text: "- a\n", version: "v1" });
  const dashboard = await makeDashboard({ deps: { files: { ...files, read } } });

  const answer = await dashboard.get(page);

  expect(answer.headers.get("location")).toBe(`/file/modifica?nome=${encodeURIComponent(nome)}`);
});
