/** Tests over the grid of a flusso and what stands around it: causes, sorting, columns, the chosen, the go-ahead, a document in the page. */
import { describe, expect, test } from "bun:test";
import { type Dashboard, dashboardsOfATest, origin, token } from "../../../support/dashboard.ts";
import { createFakeJournal, type FakeFlusso } from "../../../support/fake-journal.ts";
import { countsOf, otpAsk, pastFlusso, sampleItem } from "../../../support/sample-flussi.ts";

const makeDashboard = dashboardsOfATest();
const id = "20261120-0002";
const address = `/flussi/${id}`;

function verbaleOf(cognome: string, cents: number): Record<string, unknown> {
  return {
    verbale: {
      destinatario: { cognome, nome: "Ada" },
      importoRidottoCents: cents,
      speseCents: 100,
    },
  };
}

/** Three rejected for two causes, one failed, one done. */
function flussoWithFaults(): FakeFlusso {
  const flusso = pastFlusso(1, { id, state: "completed-with-rejections" });
  const cap = { code: "ADDRESS_CAP", note: "Il CAP non è del comune.", hint: "Correggere il CAP." };
  flusso.items = [
    sampleItem(1, "rejected", 1, { key: "A/10", ...cap, data: verbaleOf("Bianchi", 3000) }),
    sampleItem(2, "done", 8, { key: "A/9", data: verbaleOf("Zeta", 1000) }),
    sampleItem(3, "rejected", 1, { key: "A/2", ...cap, data: verbaleOf("Èrcole", 2000) }),
    sampleItem(4, "rejected", 1, { key: "A/1", code: "PEC", note: "La PEC non va.", data: {} }),
    sampleItem(5, "failed", 6, { key: "A/3", code: "HTTP", note: "Non risponde.", data: {} }),
  ];
  flusso.run = { ...flusso.run, counts: countsOf({ done: 1, rejected: 3, failed: 1 }) };
  return flusso;
}

async function opened(flusso = flussoWithFaults()): Promise<Dashboard> {
  return await makeDashboard({ journal: createFakeJournal({ flussi: [flusso] }) });
}

async function pageOf(dashboard: Dashboard, path: string, headers = {}): Promise<string> {
  return await (await dashboard.get(path, headers)).text();
}

function keysOf(html: string): readonly (string | undefined)[] {
  return [...html.matchAll(/data-item="([^"]+)"/g)].map(([, key]) => key);
}

async function postTo(
  dashboard: Dashboard,
  path: string,
  pairs: readonly (readonly [string, string])[],
) {
  return await dashboard.app.request(`${origin}${path}`, {
    method: "POST",
    headers: {
      host: "127.0.0.1:8099",
      origin,
      cookie: `postino_csrf=${token}`,
      "content-type": "application/x-www-form-urlencoded",
    },
    body: new URLSearchParams(
      [["csrf", token], ...pairs].map(([name, value]) => [name ?? "", value ?? ""]),
    ).toString(),
  });
}

describe("causes", () => {
  test("equal faults are one line with their number, what to do, and the verbali", async () => {
    const html = await pageOf(await opened(), address);

    const lines = [...html.matchAll(/<li id="causa-([^"]+)"/g)].map(([, cause]) => cause);
    expect(lines).toEqual(["rejected-ADDRESS_CAP", "rejected-PEC", "failed-HTTP"]);
    expect(html).toContain("2 scartati · Controlli · Codice: ADDRESS_CAP");
    expect(html).toContain("Correggere il CAP.");
  });

  test("the button of a cause takes up its verbali and no others", async () => {
    const dashboard = await opened();

    await dashboard.post(`${address}/riprendi`, { only: "rejected", causa: "ADDRESS_CAP" });
    await dashboard.post(`${address}/riprendi`, { only: "failed", causa: "HTTP" });
    const none = await dashboard.post(`${address}/riprendi`, { only: "rejected", causa: "ALTRA" });

    expect(dashboard.resumed.map(({ request }) => request)).toEqual([
      { only: "rejected", items: ["A/10", "A/2"] },
      { only: "failed", items: ["A/3"] },
    ]);
    expect(none.status).toBe(409);
  });

  test("the grid shows the verbali of a cause", async () => {
    const html = await pageOf(await opened(), `${address}?stato=rejected&causa=ADDRESS_CAP`);

    expect(keysOf(html)).toEqual(["A/10", "A/2"]);
  });
});

describe("grid", () => {
  test.each([
    ["numero", "", ["A/1", "A/2", "A/3", "A/9", "A/10"]],
    ["numero", "giu", ["A/10", "A/9", "A/3", "A/2", "A/1"]],
    ["destinatario", "", ["A/10", "A/2", "A/9", "A/1", "A/3"]],
    ["importo", "giu", ["A/10", "A/2", "A/9", "A/1", "A/3"]],
    ["stato", "", ["A/9", "A/10", "A/2", "A/1", "A/3"]],
    ["altro", "", ["A/10", "A/9", "A/2", "A/1", "A/3"]],
  ])("sorted by %s %s", async (ordine, verso, expected) => {
    const html = await pageOf(await opened(), `${address}?ordine=${ordine}&verso=${verso}`);

    expect(keysOf(html)).toEqual(expected);
  });

  test("one may jump to a row, and beyond the last one stays at it", async () => {
    const dashboard = await opened();

    expect(keysOf(await pageOf(dashboard, `${address}?riga=4`))).toEqual(["A/1", "A/3"]);
    expect(keysOf(await pageOf(dashboard, `${address}?riga=999`))).toEqual(["A/3"]);
    expect(await pageOf(dashboard, `${address}?riga=4`)).toContain("Righe 4–5 di 5");
  });

  test("the columns that somebody chose stay chosen for every flusso", async () => {
    const dashboard = await opened();
    const before = await pageOf(dashboard, address);

    const answer = await postTo(dashboard, `${address}/colonne`, [
      ["colonna", "state"],
      ["colonna", "noticeCodes"],
    ]);
    const cookie = (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
    const after = await pageOf(dashboard, address, { cookie });

    expect(before).toContain('data-label="Destinatario"');
    expect(before).not.toContain('data-label="Codici avviso"');
    expect(after).not.toContain('data-label="Destinatario"');
    expect(after).toContain('data-label="Codici avviso"');
    expect(after).toContain('data-label="Verbale"');
    expect(await pageOf(dashboard, address, { cookie: "postino_colonne=<b>" })).toContain("A/10");
  });

  test("the chosen are exported, or all that fit the filters", async () => {
    const dashboard = await opened();
    const export_ = async (pairs: readonly (readonly [string, string])[]) => {
      const answer = await postTo(dashboard, `${address}/esporta`, pairs);
      const lines = (await answer.text()).trim().split("\r\n").slice(1);
      return lines.map((line) => line.split(";")[0]);
    };

    expect(
      await export_([
        ["verbale", "A/9"],
        ["verbale", "A/1"],
        ["verbale", "A/9"],
      ]),
    ).toEqual(["A/9", "A/1"]);
    expect(
      await export_([
        ["tutti", "si"],
        ["stato", "rejected"],
      ]),
    ).toEqual(["A/10", "A/2", "A/1"]);
    expect(await export_([["tutti", "si"]])).toHaveLength(5);
  });

  test("of the chosen those are tried again that may be, the failed first", async () => {
    const dashboard = await opened();

    const answer = await postTo(dashboard, `${address}/riprova-scelti`, [
      ["verbale", "A/1"],
      ["verbale", "A/3"],
      ["verbale", "A/9"],
    ]);
    const done = await postTo(dashboard, `${address}/riprova-scelti`, [["verbale", "A/9"]]);
    const none = await postTo(dashboard, `${address}/riprova-scelti`, []);

    expect(answer.headers.get("location")).toBe(`${address}?fatto=riprendi`);
    expect(dashboard.resumed.map(({ request }) => request)).toEqual([
      { only: "failed", items: ["A/3"] },
      { only: "rejected", items: ["A/1"] },
    ]);
    expect([done.status, none.status]).toEqual([409, 400]);
  });
});

describe("go-ahead", () => {
  function flussoToApprove(): FakeFlusso {
    const flusso = pastFlusso(1, { id, state: "waiting-for-person" });
    const spec = JSON.parse(flusso.spec) as { steps: { id: string; approval: boolean }[] };
    for (const step of spec.steps) step.approval = ["render", "transmit"].includes(step.id);
    flusso.spec = JSON.stringify(spec);
    const files = [{ name: "verbale-1.pdf", sha256: "a".repeat(64), bytes: 9 }];
    flusso.items = [
      sampleItem(1, "pending", 6, {
        key: "A/1",
        data: { ...verbaleOf("B", 3000), signedDocuments: files },
      }),
      sampleItem(2, "pending", 6, { key: "A/2", data: verbaleOf("C", 123_456) }),
      sampleItem(3, "rejected", 1, {
        key: "A/3",
        code: "PEC",
        note: "No.",
        data: verbaleOf("D", 9),
      }),
    ];
    flusso.run = { ...flusso.run, counts: countsOf({ pending: 2, rejected: 1 }) };
    return flusso;
  }

  async function asking(): Promise<Dashboard> {
    const ask = otpAsk({ kind: "approval", run: id, step: "transmit" });
    return await makeDashboard({
      journal: createFakeJournal({ flussi: [flussoToApprove()], asks: [ask] }),
    });
  }

  test("it shows how many, how much, what was rejected, and one of the documents", async () => {
    const html = await pageOf(await asking(), address);

    expect(html).toContain("<dt>Verbali che passano</dt><dd><strong>2</strong> di 3");
    expect(html).toMatch(/<dt>Importo in tutto<\/dt><dd><strong>1266,56\s€<\/strong>/);
    expect(html).toContain("1, per 1 causa");
    expect(html).toContain(
      `<iframe class="pdf" src="${address}/verbali/A%2F1/vedi/${"a".repeat(64)}"`,
    );
  });

  test("the buttons stand in their order under the names of the office", async () => {
    const html = await pageOf(await asking(), address);

    const stages = /<ol class="stages"[^]*?<\/ol>/.exec(html)?.[0] ?? "";
    expect(stages.indexOf("Stampe SEND")).toBeLessThan(stages.indexOf("Trasmetti SEND"));
    expect(stages).toContain("serve il benestare");
    expect(stages).not.toContain("Firma Doc SEND");
  });

  test("no is a reason that stays", async () => {
    const dashboard = await asking();

    await dashboard.post(`${address}/annulla`, { motivo: "Importi sbagliati" });
    await dashboard.post(`${address}/annulla`, {});

    expect(dashboard.cancelReasons).toEqual(["Importi sbagliati", undefined]);
  });
});

describe("a document in the page", () => {
  test("is shown by our own pages alone, and never as anything but a PDF", async () => {
    const flusso = flussoWithFaults();
    const dashboard = await opened(flusso);
    const pdf = await dashboard.artifacts.put("verbale.pdf", Buffer.from("%PDF-1.7"));
    const page = await dashboard.artifacts.put("pagina.html", Buffer.from("<script>"));
    const [first] = flusso.items;
    if (first === undefined) throw new Error("no item");
    flusso.items[0] = { ...first, data: { signedDocuments: [pdf, page] } };

    const shown = await dashboard.get(`${address}/verbali/A%2F10/vedi/${pdf.sha256}`);
    const saved = await dashboard.get(`${address}/verbali/A%2F10/file/${pdf.sha256}`);
    const other = await dashboard.get(`${address}/verbali/A%2F10/vedi/${page.sha256}`);

    expect(shown.headers.get("content-disposition")).toBe("inline");
    expect(shown.headers.get("content-type")).toBe("application/pdf");
    expect(shown.headers.get("x-frame-options")).toBe("SAMEORIGIN");
    expect(shown.headers.get("content-security-policy")).toBe(
      "default-src 'none'; frame-ancestors 'self'",
    );
    expect(saved.headers.get("content-disposition")).toStartWith("attachment");
    expect(saved.headers.get("x-frame-options")).toBe("DENY");
    expect(other.status).toBe(404);
    expect(other.headers.get("x-frame-options")).toBe("SAMEORIGIN");
    expect(await other.text()).toStartWith("Il documento non si può mostrare");
  });
});
