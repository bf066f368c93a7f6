/** The pages as an operator's browser receives them. */
import { describe, expect, test } from "bun:test";
import type { Run } from "../../../../engine/journal/runs.ts";
import type { DueRow } from "../../../../engine/journal/schedules.ts";
import type { RunFilter } from "../../../../engine/journal/runs.ts";
import { type Dashboard, dashboardsOfATest } from "../../../support/dashboard.ts";
import { createFakeJournal, type FakeFlusso } from "../../../support/fake-journal.ts";
import {
  countsOf,
  morningFlusso,
  otpAsk,
  pastFlusso,
  sampleCatalog,
  sampleFile,
  sampleItem,
  sampleRun,
} from "../../../support/sample-flussi.ts";

const dashboardWith = dashboardsOfATest();

async function pageOf(dashboard: Dashboard, path: string): Promise<string> {
  const response = await dashboard.get(path);
  expect(response.status).toBe(200);
  return response.text();
}

/** The text of a page without its tags, single-spaced. */
function textOf(html: string): string {
  return html
    .replaceAll(/<[^>]+>/g, " ")
    .replaceAll("&#39;", "'")
    .replaceAll("&quot;", '"')
    .replaceAll(/\s+/g, " ");
}

/** What was asked for the rows; the frame of every page asks for those that wait for a person. */
function historyCalls({ journal }: Dashboard): readonly RunFilter[] {
  return journal.runsCalls.filter(({ limit }) => limit !== 100);
}

describe("history", () => {
  test("shows the flussi newest first with state, ente, times, counts and first cause", async () => {
    const dashboard = await dashboardWith();

    const html = await pageOf(dashboard, "/flussi");

    const order = [...html.matchAll(/data-run-row="([^"]+)"/g)].map(([, id]) => id);
    expect(order.slice(0, 4)).toEqual([
      "20261123-0003",
      "20261123-0002",
      "20261123-0001",
      "20261120-0002",
    ]);
    const text = textOf(html);
    expect(text).toContain(
      "20261120-0002 verbali_20261120-0002.csv Completato con scarti Il CAP non appartiene al comune indicato nell'indirizzo. 96 conclusi 2 scartati Comune di Roccaserena Notifica dei verbali con SEND 20/11/2026 06:30 20/11/2026 06:40 4 h 42 min",
    );
    expect(text).toContain("SEND ha rifiutato la chiave dell'ente.");
  });

  test("each number of the bar leads to the verbali in that state", async () => {
    const dashboard = await dashboardWith();

    const html = await pageOf(dashboard, "/flussi");

    expect(html).toContain('href="/flussi/20261123-0002?stato=in-doubt#verbali"');
    expect(html).toContain('href="/flussi/20261123-0001?stato=pending&amp;stato=running#verbali"');
    expect(html).toContain('aria-label="90 conclusi, 23 in attesa, 1 in dubbio, 4 scartati"');
  });

  test("the filters of the address reach the journal", async () => {
    const dashboard = await dashboardWith();

    await pageOf(
      dashboard,
      "/flussi?ente=montefosco&pipeline=send&stato=blocked&stato=failed&dal=2026-11-19&prima=1042",
    );

    expect(historyCalls(dashboard)).toEqual([
      {
        limit: 26,
        ente: "montefosco",
        pipeline: "send",
        states: ["blocked", "failed"],
        since: "2026-11-18T23:00:00.000Z",
        beforeSeq: 1042,
      },
    ]);
  });

  test("one short read serves the page however long the history is, and older ones follow by key", async () => {
    const flussi = Array.from({ length: 60 }, (_, at) =>
      pastFlusso(at + 1, { id: `20261101-${String(at + 1).padStart(4, "0")}` }),
    );
    const dashboard = await dashboardWith({ journal: createFakeJournal({ flussi }) });

    const first = await pageOf(dashboard, "/flussi");
    const second = await pageOf(dashboard, "/flussi?prima=36");
    const last = await pageOf(dashboard, "/flussi?prima=11");

    expect(historyCalls(dashboard)).toEqual([
      { limit: 26 },
      { limit: 26, beforeSeq: 36 },
      { limit: 26, beforeSeq: 11 },
    ]);
    expect([...first.matchAll(/data-run-row/g)]).toHaveLength(25);
    expect(first).toContain('href="/flussi?prima=36"');
    expect(second).toContain('data-run-row="20261101-0035"');
    expect(second).toContain('href="/flussi?prima=11"');
    expect(last).not.toContain("Più vecchi");
    expect(last).toContain("Torna ai più recenti");
  });

  test("an empty history says how a first flusso starts, an empty filter how to widen it", async () => {
    const dashboard = await dashboardWith({ journal: createFakeJournal() });

    expect(textOf(await pageOf(dashboard, "/flussi"))).toContain(
      "I flussi compaiono qui appena partono: all'ora programmata, oppure avviati a mano",
    );
    expect(textOf(await pageOf(dashboard, "/flussi?ente=altro"))).toContain(
      "Nessun flusso con questi filtri",
    );
  });

  test("a catalog that cannot be read leaves out names, not the page", async () => {
    const dashboard = await dashboardWith({
      deps: {
        loadCatalog: async () => {
          throw new Error("enti folder unreadable");
        },
      },
    });

    const text = textOf(await pageOf(dashboard, "/flussi"));

    expect(text).toContain("montefosco");
    expect(dashboard.logged).toEqual([
      {
        level: "warn",
        message: "catalog not readable",
        fields: { message: "enti folder unreadable" },
      },
    ]);
  });

  test("text from a flusso cannot become markup", async () => {
    const flusso = pastFlusso(1, {
      id: "20261123-0009",
      input: sampleFile("<script>alert(1)</script>.csv", 1),
      firstNote: "<img src=x>",
    });
    const dashboard = await dashboardWith({ journal: createFakeJournal({ flussi: [flusso] }) });

    const html = await pageOf(dashboard, "/flussi");

    expect(html).not.toContain("<script>alert");
    expect(html).not.toContain("<img");
    expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;.csv");
  });
});

describe("flusso", () => {
  test("shows every verbale with step, codes, token, IUN, note and hint", async () => {
    const dashboard = await dashboardWith();

    const text = textOf(await pageOf(dashboard, "/flussi/20261123-0002"));

    expect(text).toContain(
      "V/2026/04101 Concluso Prova Fantasia 56,50 € 02000002600001002 02000002600001003",
    );
    expect(text).toContain("HNTY-DJPU-EKQV-202611-Y-1");
    expect(text).toContain(
      "V/2026/04104 Scartato Controlli Prova Fantasia 56,50 € — — — — Il CAP 00199 non appartiene al comune indicato nell'indirizzo. Correggere l'indirizzo nel gestionale",
    );
    expect(text).toContain("V/2026/04103 In attesa Esito e IUN riprova: 10:45");
  });

  test("shows what the checks found worth a look, also after later steps had their say", async () => {
    const flusso = morningFlusso();
    const [first] = flusso.items;
    if (first === undefined) throw new Error("no item");
    flusso.items = [
      {
        ...first,
        note: "Accettato da SEND.",
        data: { validation: { warnings: ["CAP: generico."] } },
      },
    ];
    const dashboard = await dashboardWith({ journal: createFakeJournal({ flussi: [flusso] }) });

    const text = textOf(await pageOf(dashboard, `/flussi/${flusso.run.id}`));

    expect(text).toContain("Accettato da SEND. Attenzione: CAP: generico.");
  });

  test("shows how far each step is, less those that left before", async () => {
    const dashboard = await dashboardWith();

    const text = textOf(await pageOf(dashboard, "/flussi/20261123-0002"));

    expect(text).toContain("Controlli 116 di 118 · 2 scartati");
    expect(text).toContain("Nuovi IUV 115 di 116 · 1 scartato");
    expect(text).toContain("Invio a SEND 114 di 115");
  });

  test("the source counts as passed by every item that it made", async () => {
    const flusso = morningFlusso();
    flusso.stepCounts = flusso.stepCounts.filter(({ step }) => step !== "load-verbali");
    const dashboard = await dashboardWith({ journal: createFakeJournal({ flussi: [flusso] }) });

    const text = textOf(await pageOf(dashboard, "/flussi/20261123-0002"));

    expect(text).toContain("Lettura del flusso 118 di 118 Controlli 116 di 118");
  });

  test("the grid is filtered, searched and paged by the journal", async () => {
    const dashboard = await dashboardWith();

    const waiting = await pageOf(dashboard, "/flussi/20261123-0002?stato=waiting");
    const found = await pageOf(dashboard, "/flussi/20261123-0002?numero=V%2F2026%2F04109");
    const next = await pageOf(dashboard, "/flussi/20261123-0002?dopo=50");

    // Those of the causes come in fives.
    const ofGrid = dashboard.journal.itemsCalls.filter(({ limit }) => limit !== 5);
    expect(ofGrid).toEqual([
      { limit: 51, states: ["waiting"] },
      { limit: 51, key: "V/2026/04109" },
      { limit: 51, afterId: 50 },
    ]);
    expect([...waiting.matchAll(/data-item=/g)]).toHaveLength(23);
    expect([...found.matchAll(/data-item="([^"]+)"/g)].map(([, key]) => key)).toEqual([
      "V/2026/04109",
    ]);
    expect(next).toContain('href="/flussi/20261123-0002?dopo=100#verbali"');
    expect(next).toContain('data-item="V/2026/04151"');
  });

  test("a search without result says how to search", async () => {
    const dashboard = await dashboardWith();

    const text = textOf(await pageOf(dashboard, "/flussi/20261123-0002?numero=99"));

    expect(text).toContain("Il numero va scritto per intero, come nel flusso.");
  });

  test("a blocked flusso says why, what to do, and offers to go on", async () => {
    const dashboard = await dashboardWith();

    const html = await pageOf(dashboard, "/flussi/20261123-0001");

    expect(textOf(html)).toContain(
      "SEND ha rifiutato la chiave dell'ente. Codice: SEND_UNAUTHORIZED Rinnovare la chiave nel portale di SEND",
    );
    expect(html).toContain('action="/flussi/20261123-0001/riprendi"');
    expect(html).toContain('action="/flussi/20261123-0001/annulla"');
  });

  test("an ended flusso cannot be cancelled, its rejected verbali can be tried again", async () => {
    const dashboard = await dashboardWith();

    const html = await pageOf(dashboard, "/flussi/20261120-0002");

    expect(html).not.toContain("/annulla");
    expect(textOf(html)).toContain("Riprova gli scartati (2)");
  });

  test("a run that ended in doubt says so without a question and names the button", async () => {
    const flusso = pastFlusso(1, {
      id: "20261123-0005",
      state: "waiting-for-person",
      counts: countsOf({ done: 3, inDoubt: 1 }),
      code: "IN_DOUBT",
      reason: "Per 1 verbale non si sa se l'operazione sia avvenuta.",
      hint: { action: "resume", only: "in-doubt", first: "Verificare presso il servizio." },
    });
    const dashboard = await dashboardWith({ journal: createFakeJournal({ flussi: [flusso] }) });

    const text = textOf(await pageOf(dashboard, "/flussi/20261123-0005"));

    expect(text).toContain("Per 1 verbale non si sa se l'operazione sia avvenuta.");
    expect(text).toContain(
      "Verificare presso il servizio. Poi premere «Decidi per gli in dubbio».",
    );
    expect(text).toContain("Decidi per gli in dubbio (1)");
  });

  test("a refused file tells each fault on a line, a long list folded, and no longer that it started", async () => {
    const faults = Array.from(
      { length: 11 },
      (_, index) => `f.csv:${index + 2}:1: data sbagliata.`,
    );
    const flusso = pastFlusso(1, {
      id: "20261123-0007",
      state: "failed",
      isLoaded: false,
      endedAt: "2026-11-23T05:30:01.000Z",
      code: "FLUSSO_REFUSED",
      reason: ["Il flusso f.csv non è stato accettato (11 difetti).", ...faults].join("\n"),
    });
    const dashboard = await dashboardWith({ journal: createFakeJournal({ flussi: [flusso] }) });

    const html = await pageOf(dashboard, "/flussi/20261123-0007?fatto=nuovo");

    expect(html).toContain("<strong>Il flusso f.csv non è stato accettato (11 difetti).</strong>");
    expect(html).toContain("<li>f.csv:9:1: data sbagliata.</li></ul><details");
    expect(html).toContain("<summary>Altri 3</summary>");
    expect(textOf(html)).not.toContain("Il flusso è partito.");
    expect(textOf(html)).toContain("Il flusso si è fermato prima di leggere i verbali.");
  });

  test("a code that was refused takes back the word that it was handed over", async () => {
    const asked = {
      ...otpAsk(),
      problem: "Il codice OTP non è giusto.\nNe è stato inviato un altro.",
    };
    const flussi = [pastFlusso(1, { id: asked.run, state: "waiting-for-person" })];
    const dashboard = await dashboardWith({
      journal: createFakeJournal({ flussi, asks: [asked] }),
    });

    const html = await pageOf(dashboard, `/flussi/${asked.run}?fatto=otp`);

    expect(html).toContain("<p>Il codice OTP non è giusto.</p><p>Ne è stato inviato un altro.</p>");
    expect(textOf(html)).not.toContain("Codice consegnato");
  });

  test("who gave the go-ahead stands in the summary, with the day and the step", async () => {
    const flussi = [pastFlusso(1, { id: "20261123-0008" })];
    const approvals = new Map([
      ["20261123-0008", [{ step: "transmit", by: "Anna Bianchi", at: "2026-11-23T09:31:08.000Z" }]],
    ]);
    const dashboard = await dashboardWith({ journal: createFakeJournal({ flussi, approvals }) });

    expect(textOf(await pageOf(dashboard, "/flussi/20261123-0008"))).toContain(
      "Benestare Anna Bianchi, 23/11/2026 10:31 · Invio a SEND",
    );
  });

  test("nobody is asked again while the answer is worked on", async () => {
    const flussi = [pastFlusso(1, { id: otpAsk().run, state: "running" })];
    const dashboard = await dashboardWith({
      journal: createFakeJournal({ flussi, asks: [otpAsk()] }),
    });

    const html = await pageOf(dashboard, `/flussi/${otpAsk().run}?fatto=otp`);

    expect(html).not.toContain('name="otp"');
    expect(html).not.toContain("Rispondi");
    expect(textOf(html)).toContain("Codice consegnato");
  });

  test("a hint of SEND's refusals names the button", async () => {
    const item = sampleItem(1, "rejected", 7, {
      hint: { action: "resume", only: "rejected" },
    });
    const flusso = pastFlusso(1, { id: "20261123-0008", counts: countsOf({ rejected: 1 }) });
    const journal = createFakeJournal({ flussi: [{ ...flusso, items: [item] }] });
    const dashboard = await dashboardWith({ journal });

    expect(textOf(await pageOf(dashboard, "/flussi/20261123-0008"))).toContain(
      "Premere «Riprova gli scartati».",
    );
  });

  test("a failed flusso offers what can go on: the file again, or the failed verbali", async () => {
    const unread = pastFlusso(1, { id: "20261123-0006", state: "failed", isLoaded: false });
    const spent = pastFlusso(2, {
      id: "20261123-0007",
      state: "failed",
      counts: countsOf({ done: 3, failed: 2 }),
    });
    const cancelled = pastFlusso(3, {
      id: "20261123-0008",
      state: "cancelled",
      counts: countsOf({ cancelled: 3, rejected: 2, inDoubt: 1 }),
    });
    const journal = createFakeJournal({ flussi: [unread, spent, cancelled] });
    const dashboard = await dashboardWith({ journal });

    const first = textOf(await pageOf(dashboard, "/flussi/20261123-0006"));
    const second = textOf(await pageOf(dashboard, "/flussi/20261123-0007"));
    const third = await pageOf(dashboard, "/flussi/20261123-0008");

    expect(first).toContain("Riprendi");
    expect(second).toContain("Riprova i non riusciti (2)");
    expect(second).not.toContain("Riprendi");
    // The frame and the grid have forms of their own.
    for (const command of ["riprendi", "annulla", "riprova-scelti"])
      expect(third).not.toContain(`/20261123-0008/${command}"`);
  });

  test("before the file is read no total is claimed", async () => {
    const flusso = morningFlusso();
    flusso.run = { ...flusso.run, isLoaded: false, state: "running", counts: countsOf({}) };
    flusso.items = [];
    flusso.stepCounts = [];
    const dashboard = await dashboardWith({ journal: createFakeJournal({ flussi: [flusso] }) });

    const text = textOf(await pageOf(dashboard, "/flussi/20261123-0002"));

    expect(text).toContain("Lettura del flusso 0 di …");
    expect(text).toContain("I verbali compaiono qui appena il file è stato letto.");
  });

  test("items may have any subset of fields", async () => {
    const flusso = morningFlusso();
    flusso.items = [
      sampleItem(1, "done", 99, { key: "A", data: { payment: "x", iun: 7, documents: [null] } }),
      sampleItem(2, "done", 3, { key: "B", data: { payment: { options: [{}, { iuv: "1" }] } } }),
    ];
    const dashboard = await dashboardWith({ journal: createFakeJournal({ flussi: [flusso] }) });

    const text = textOf(await pageOf(dashboard, "/flussi/20261123-0002"));

    expect(text).toContain("A Concluso — — — — —");
    expect(text).toContain("B Concluso Documenti PDF — — 1 — — — —");
  });

  test("an unknown flusso, verbale or page is told in Italian", async () => {
    const dashboard = await dashboardWith();

    for (const [path, said] of [
      ["/flussi/20200101-0001", "Questo flusso non esiste."],
      ["/flussi/20261123-0002/verbali/XX", "Questo verbale non è nel flusso."],
      ["/altrove", "Questa pagina non esiste."],
    ] as const) {
      const response = await dashboard.get(path);
      expect(response.status).toBe(404);
      expect(textOf(await response.text())).toContain(said);
    }
  });
});

describe("banner and questions", () => {
  test("every page says that a person is needed, until nobody is", async () => {
    const dashboard = await dashboardWith();
    const pages = ["/flussi", "/programmazioni", "/flussi/20261123-0002", "/nuovo", "/flussi/x"];

    for (const page of pages)
      expect(textOf(await (await dashboard.get(page)).text())).toContain(
        "Serve il codice OTP di Ada Fittizia per il flusso 20261123-0003, entro le 12:10.",
      );
    expect(textOf(await pageOf(dashboard, "/"))).toContain(
      "Serve il codice OTP di Ada Fittizia Flusso 20261123-0003, entro le 12:10",
    );
    dashboard.journal.openAsks.splice(0);
    for (const page of ["/", "/flussi"])
      expect(textOf(await pageOf(dashboard, page))).not.toContain("Serve il codice OTP");
  });

  test("an OTP is asked in a field that hides it and is filled from the phone", async () => {
    const dashboard = await dashboardWith();

    const html = await pageOf(dashboard, "/flussi/20261123-0003");

    const field = /<input[^>]*name="otp"[^>]*>/.exec(html)?.[0] ?? "";
    expect(field).toContain('type="password"');
    expect(field).toContain('autocomplete="one-time-code"');
    expect(field).not.toContain("value=");
  });

  test("a refused answer is told beside the question", async () => {
    const dashboard = await dashboardWith();
    dashboard.journal.openAsks.splice(0, 1, otpAsk({ problem: "Il codice era sbagliato." }));

    const html = await pageOf(dashboard, "/flussi/20261123-0003");

    expect(textOf(html)).toContain("Il codice era sbagliato.");
  });

  test("a go-ahead asks for a name, signed files for an upload with the archive beside it", async () => {
    const dashboard = await dashboardWith();
    dashboard.journal.openAsks.splice(0, 1, otpAsk({ kind: "approval" }));
    const approval = await pageOf(dashboard, "/flussi/20261123-0003");
    dashboard.journal.openAsks.splice(0, 1, otpAsk({ kind: "files" }));
    dashboard.journal.flusso("20261123-0003").files = [sampleFile("da-firmare.zip", 4_100_000)];

    const files = await pageOf(dashboard, "/flussi/20261123-0003");

    expect(approval).toContain('action="/flussi/20261123-0003/benestare"');
    expect(files).toContain('enctype="multipart/form-data"');
    expect(textOf(files)).toContain("al massimo 10 MB e 100 file per volta");
    expect(files).toContain('type="file" name="files" multiple=""');
    expect(textOf(files)).toContain("da-firmare.zip (4,1 MB)");
  });
});

describe("verbale, pipeline, schedules", () => {
  test("a verbale shows its attempts, its files and its data in Italian", async () => {
    const dashboard = await dashboardWith();

    const html = await pageOf(dashboard, "/flussi/20261123-0002/verbali/V%2F2026%2F04101");

    const text = textOf(html);
    expect(text).toContain(
      "23/11/2026 06:40:01 Invio a SEND · Rinviato in 30 s SEND non è raggiungibile in questo momento. Codice: HTTP_503",
    );
    expect(text).toContain("Invio a SEND · tentativo 2 · Riuscito in 1 s");
    expect(text).toContain("verbale-V-2026-04101-firmato.pdf 48,2 kB");
    expect(text).toContain("Da notificare entro 12/01/2027");
    expect(text).toContain("Tipo persona fisica");
    expect(text).toMatch(/Da pagare \(scontato\) 43,90\s€/);
  });

  test("a verbale without documents says that they will appear, one with documents does not", async () => {
    const flusso = morningFlusso();
    flusso.items = [
      sampleItem(1, "pending", 2, { key: "A", data: {} }),
      sampleItem(2, "done", 99, { key: "B" }),
    ];
    const dashboard = await dashboardWith({ journal: createFakeJournal({ flussi: [flusso] }) });

    const [bare, drawn] = [
      textOf(await pageOf(dashboard, "/flussi/20261123-0002/verbali/A")),
      textOf(await pageOf(dashboard, "/flussi/20261123-0002/verbali/B")),
    ];

    const sentence = "I documenti compaiono qui appena sono stati prodotti.";
    expect(bare).toContain(sentence);
    expect(bare).not.toContain("Prima della firma");
    expect(drawn).not.toContain(sentence);
    expect(drawn).toContain("Firmati");
  });

  test("a notification that was cancelled is told in Italian, and waits for no documents", async () => {
    const item = sampleItem(1, "done", 3, {
      data: {
        iun: "ABCD-EFGH-ILMN-202611-N-1",
        sentNotification: { protocol: "P1", status: "ACCEPTED" },
        cancelledAt: "2026-11-23T09:31:08.000Z",
      },
    });
    const flusso = pastFlusso(1, { id: "20261123-0008", counts: countsOf({ done: 1 }) });
    const journal = createFakeJournal({ flussi: [{ ...flusso, items: [item] }] });
    const dashboard = await dashboardWith({ journal });

    const text = textOf(
      await pageOf(dashboard, `/flussi/20261123-0008/verbali/${encodeURIComponent(item.key)}`),
    );

    expect(text).toContain("Notifica su SEND Protocollo P1 Stato allora accettata");
    expect(text).toContain("Annullata il 23/11/2026");
    expect(text).toContain("Nessun documento è stato prodotto.");
    expect(text).not.toContain("sentNotification");
  });

  test("the pipeline is the YAML of the run, each value with its origin", async () => {
    const dashboard = await dashboardWith();

    const html = await pageOf(dashboard, "/flussi/20261123-0002/pipeline");

    expect(html).toContain("inbox: roccaserena # pipelines/enti/roccaserena.yaml:31");
    expect(html).toContain("waitMs: 60000 # pipelines/send.yaml:23");
    expect(html).toContain("times: 8 # pipelines/send.yaml:22");
    expect(html).toContain("taxonomyCode: 010202N # pipelines/enti/roccaserena.yaml:14");
    expect(html).not.toContain("origins");
  });

  test("the ledger shows what was run, skipped and missed, and why", async () => {
    const dashboard = await dashboardWith();

    const text = textOf(await pageOf(dashboard, "/programmazioni"));

    expect(text).toContain("23/11/2026 06:30 Avviata Comune di Roccaserena");
    expect(text).toContain("Saltata Unione dei Comuni Valdoria");
    expect(text).toContain("Mancata Comune di Roccaserena");
    expect(text).toContain("Il servizio era spento dalle 05:12 alle 08:03.");
  });

  test("the files of the inboxes are shown with why they wait, and the run that holds one", async () => {
    const dashboard = await dashboardWith({
      deps: {
        listInboxFiles: async () => [
          {
            inbox: "roccaserena",
            name: "a.csv.part",
            why: "Il nome dice che la copia non è finita",
            since: "2026-11-23T05:30:00Z",
            run: null,
            isReady: false,
          },
          {
            inbox: "roccaserena",
            name: "b.csv",
            why: "Preso da un flusso che non lo ha ancora letto",
            since: null,
            run: "20261123-0002",
            isReady: false,
          },
        ],
      },
    });

    const html = await pageOf(dashboard, "/programmazioni");

    expect(textOf(html)).toContain(
      "a.csv.part Comune di Roccaserena 23/11/2026 06:30 Il nome dice che la copia non è finita b.csv",
    );
    expect(html).toContain('<a href="/flussi/20261123-0002">20261123-0002</a>');
  });

  test("a tick says what its run found: nothing, a refused file, verbali", async () => {
    const tick = (run: string, dueAt: string): DueRow => ({
      pipeline: "send",
      ente: "roccaserena",
      dueAt,
      state: "run",
      run,
      reason: null,
      recordedAt: dueAt,
    });
    const flusso = (seq: number, change: Partial<Run> & { readonly id: string }): FakeFlusso => ({
      run: sampleRun(seq, change),
      items: [],
      attempts: [],
      stepCounts: [],
      files: [],
      spec: "{}",
    });
    const journal = createFakeJournal({
      flussi: [
        flusso(1, {
          id: "R1",
          note: "Nella cartella di arrivo non c'è alcun file «*.csv» pronto.",
        }),
        flusso(2, {
          id: "R2",
          state: "failed",
          reason: "Il flusso a.csv non è stato accettato.\na.csv:2",
        }),
        flusso(3, { id: "R3", counts: countsOf({ done: 3 }), note: "Letto in CP850." }),
      ],
      due: [
        tick("R1", "2026-11-23T05:30:00.000Z"),
        tick("R2", "2026-11-22T05:30:00.000Z"),
        tick("R3", "2026-11-21T05:30:00.000Z"),
      ],
    });

    const text = textOf(await pageOf(await dashboardWith({ journal }), "/programmazioni"));

    expect(text).toMatch(
      /Nessun verbale .* R1 Nella cartella di arrivo non c'è alcun file «\*\.csv» pronto\./,
    );
    expect(text).toMatch(/Non riuscita .* R2 Il flusso a\.csv non è stato accettato\. 21/);
    expect(text).toMatch(/Avviata .* R3 Letto in CP850\./);
  });

  test("broken files are named at home and in the ledger until they are mended, with what is wrong only in the ledger", async () => {
    const broken = [
      {
        file: "pipelines/enti/roccaserena.yaml",
        line: 14,
        ente: "roccaserena",
        message: "dopo i due punti serve uno spazio",
      },
      { file: "pipelines/iun.yaml", line: 2, ente: null, message: 'il passo "x" non esiste' },
    ];
    const dashboard = await dashboardWith({
      deps: { loadCatalog: async () => ({ ...sampleCatalog, broken }) },
    });

    const home = textOf(await pageOf(dashboard, "/"));
    const ledger = textOf(await pageOf(dashboard, "/programmazioni"));
    const mended = textOf(await pageOf(await dashboardWith(), "/"));

    const who =
      "Le impostazioni di Comune di Roccaserena hanno un errore: i suoi flussi non partono. Avvisare il tecnico: errore in pipelines/enti/roccaserena.yaml , riga 14";
    expect(home).toContain(`${who}.`);
    expect(home).toContain("errore in pipelines/iun.yaml , riga 2.");
    expect(home).not.toContain("serve uno spazio");
    expect(ledger).toContain(`${who}: dopo i due punti serve uno spazio.`);
    expect(mended).not.toContain("Avvisare il tecnico");
  });

  test("an empty ledger shows how a schedule is written", async () => {
    const dashboard = await dashboardWith({ journal: createFakeJournal() });

    expect(textOf(await pageOf(dashboard, "/programmazioni"))).toContain("schedule: { cron:");
  });
});
