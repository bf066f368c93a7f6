/** The log of a flusso: on its page, on a page of its own with filters in the address, and in the API. */
import { describe, expect, test } from "bun:test";
import type { AttemptOutcome, AttemptRow } from "../../../../engine/journal/items.ts";
import { buildLogUrl, parseLogQuery } from "../../../../server/web/log-urls.ts";
import { type Dashboard, dashboardsOfATest } from "../../../support/dashboard.ts";
import { createFakeJournal, type FakeFlusso } from "../../../support/fake-journal.ts";
import { countsOf, pastFlusso, sampleItem } from "../../../support/sample-flussi.ts";

const makeDashboard = dashboardsOfATest();
const id = "20261120-0002";
const address = `/flussi/${id}/registro`;

function attemptAt(second: number, change: Partial<AttemptRow>): AttemptRow {
  const at = new Date(Date.parse("2026-11-20T06:00:00Z") + second * 1000).toISOString();
  const rest = { itemId: 1, step: "transmit", number: 1, outcome: "done" as AttemptOutcome };
  return { ...rest, startedAt: at, endedAt: at, code: null, note: null, calls: null, ...change };
}

/** Two verbali, a person's word, a warning, and `more` attempts of a third. */
function flussoWithLog(more = 0): FakeFlusso {
  const flusso = pastFlusso(1, { id, state: "completed" });
  const validation = { warnings: ["La targa è estera."] };
  flusso.items = [
    sampleItem(1, "done", 8, { key: "A/1", data: { validation } }),
    sampleItem(2, "done", 8, { key: "A/2", data: {} }),
    sampleItem(3, "done", 8, { key: "A/3", data: {} }),
  ];
  flusso.attempts = [
    attemptAt(1, { step: "reset-iuv", itemId: 1 }),
    attemptAt(2, {
      outcome: "later",
      code: "HTTP_503",
      note: "SEND non è raggiungibile, più tardi.",
    }),
    attemptAt(3, {
      number: 2,
      endedAt: "2026-11-20T06:00:05.000Z",
      calls: {
        left: 4,
        calls: [
          {
            service: "SEND",
            operation: "consegna",
            at: Date.parse("2026-11-20T06:00:03Z"),
            ms: 820,
            status: null,
            items: 15,
          },
          {
            service: "SEND",
            operation: "consegna",
            at: Date.parse("2026-11-20T06:00:04Z"),
            ms: 35,
            status: 202,
            items: 1,
          },
        ],
      },
    }),
    attemptAt(4, { itemId: 2, outcome: "rejected", code: "SEND_REFUSED", note: "Città ignota." }),
    ...Array.from({ length: more }, (_, place) => attemptAt(10 + place, { itemId: 3 })),
  ];
  flusso.decisions = [
    {
      itemKey: "A/2",
      step: 6,
      round: 1,
      word: "not-done",
      by: "Ada Fittizia",
      reason: "Nel portale non c'è.",
      evidence: null,
      at: "2026-11-20T06:00:30.000Z",
    },
  ];
  flusso.stepCounts = [];
  flusso.run = {
    ...flusso.run,
    endedAt: "2026-11-20T06:10:00.000Z",
    counts: countsOf({ done: 3 }),
    note: "Separatore: punto e virgola.",
  };
  return flusso;
}

async function opened(more = 0): Promise<Dashboard> {
  return await makeDashboard({ journal: createFakeJournal({ flussi: [flussoWithLog(more)] }) });
}

interface ApiEvent {
  readonly kind: string;
  readonly title: string;
  readonly itemKey: string | null;
  readonly code: string | null;
}

interface ApiLog {
  readonly events: readonly ApiEvent[];
  readonly next: string | null;
  readonly isPart: boolean;
}

async function readLog(dashboard: Dashboard, query = ""): Promise<ApiLog> {
  const answer = await dashboard.get(`/api/runs/${id}/log${query}`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as ApiLog;
}

const tell = ({ title, itemKey }: ApiEvent): string =>
  `${title}${itemKey === null ? "" : ` ${itemKey}`}`;

describe("what is in it", () => {
  test("steps, attempts, people's words and the flusso itself, newest first", async () => {
    const dashboard = await opened();

    const { events, next } = await readLog(dashboard);

    expect(next).toBeNull();
    expect(events.filter(({ kind }) => kind !== "run").map(tell)).toEqual([
      "Ada Fittizia: non è avvenuto A/2",
      "Invio a SEND A/2",
      "Invio a SEND A/1",
      "Invio a SEND A/1",
      "Nuovi IUV A/1",
    ]);
    expect(events.filter(({ kind }) => kind === "run").map(({ title }) => title)).toContain(
      "Completato: 3 verbali",
    );
  });

  test("the page of the flusso shows the newest eight and leads to all", async () => {
    const dashboard = await opened(20);

    const html = await (await dashboard.get(`/flussi/${id}`)).text();
    const section = html.slice(html.indexOf('id="registro"'));

    expect(section.match(/<tr>/g)?.length).toBe(1 + 8);
    expect(section).toContain(`href="${address}"`);
  });

  test("a call says to whom, what, how long, how it ended, and that it was made again", async () => {
    const dashboard = await opened();

    const page = await (await dashboard.get(`${address}?testo=A%2F1`)).text();
    const item = await (await dashboard.get(`/flussi/${id}/verbali/A%2F1`)).text();

    for (const html of [page, item]) {
      expect(html).toContain("6 chiamate, una non riuscita");
      expect(html).toContain("… altre 4 chiamate");
      expect(html).toContain("nessuna risposta");
      expect(html).toContain("820 ms");
      expect(html).toContain("per 15 verbali insieme");
      expect(html).toContain("consegna (2ª volta)");
      expect(html).toContain("riuscita (202)");
    }
  });

  test("the API tells the calls of an attempt, in the log and beside the verbale", async () => {
    const dashboard = await opened();

    const log = await readLog(dashboard, "?outcome=done&step=transmit");
    const answer = await dashboard.get(`/api/runs/${id}/items/A%2F1`);
    const { attempts } = (await answer.json()) as { readonly attempts: readonly object[] };

    const told = {
      callsLeft: 4,
      calls: [
        {
          service: "SEND",
          operation: "consegna",
          at: "2026-11-20T06:00:03.000Z",
          ms: 820,
          status: null,
          items: 15,
        },
        {
          service: "SEND",
          operation: "consegna",
          at: "2026-11-20T06:00:04.000Z",
          ms: 35,
          status: 202,
          items: 1,
        },
      ],
    };
    expect(log.events).toMatchObject([{ itemKey: "A/1", number: 2, ms: 2_000, ...told }]);
    expect(attempts).toMatchObject([
      { step: "reset-iuv", number: 1, calls: [], callsLeft: 0 },
      { step: "transmit", number: 1 },
      { step: "transmit", number: 2, ...told },
    ]);
  });
});

describe("filters", () => {
  test.each([
    ["?step=reset-iuv", ["Nuovi IUV A/1"]],
    ["?outcome=later", ["Invio a SEND A/1"]],
    ["?kind=person", ["Ada Fittizia: non è avvenuto A/2"]],
    ["?kind=warning", ["La targa è estera. A/1"]],
    ["?kind=warning&text=bianca", []],
    ["?kind=attempt&text=A/2", ["Invio a SEND A/2"]],
    ["?text=http_503", ["Invio a SEND A/1"]],
    ["?text=citta", ["Invio a SEND A/2"]],
    ["?text=Citt%C3%A0+ignota", ["Invio a SEND A/2"]],
    ["?text=cit", []],
    ["?text=raggiungibile+SEND_REFUSED", []],
    ["?text=portale", ["Ada Fittizia: non è avvenuto A/2"]],
    ["?text=separatore", ["Iniziato"]],
    ["?step=transmit&outcome=rejected&text=A/2", ["Invio a SEND A/2"]],
    ["?step=reset-iuv&text=A/2", []],
  ])("%s", async (query, expected) => {
    const { events } = await readLog(await opened(), query);

    expect(events.map(tell)).toEqual([...expected]);
  });

  test.each([
    ["kind=mai", 400],
    ["outcome=bene", 400],
    ["before=ieri", 400],
    ["limit=0", 400],
    ["before=999999999999999.999999999999999", 200],
  ])("the API answers %s with %d", async (query, status) => {
    const dashboard = await opened();

    expect((await dashboard.get(`/api/runs/${id}/log?${query}`)).status).toBe(status);
  });

  test("stand in the address, which leaves out what makes no sense", async () => {
    const query = {
      kind: "attempt",
      step: "transmit",
      outcome: "later",
      text: "A/1 SEND",
      before: { at: 1_795_156_803_000, id: 7 },
    } as const;

    const url = buildLogUrl(id, query);

    expect(url).toBe(
      `${address}?tipo=tentativi&passo=transmit&esito=later&testo=A%2F1+SEND&prima=1795156803000.7`,
    );
    expect(parseLogQuery(new URL(url, "http://a").searchParams)).toEqual(query);
    const strange = "tipo=x&passo=&esito=bene&testo=++&prima=-1.2";
    expect(parseLogQuery(new URLSearchParams(strange))).toEqual({});
  });

  test("the page says that nothing fits, and that a flusso is not there", async () => {
    const dashboard = await opened();

    const none = await dashboard.get(`${address}?testo=manca`);
    const missing = await dashboard.get("/flussi/20990101-0001/registro");

    expect(await none.text()).toContain("Nessun evento con questi filtri.");
    expect(missing.status).toBe(404);
  });
});

describe("pages", () => {
  test.each([[""], ["&kind=attempt"], ["&text=SEND"], ["&outcome=done"]])(
    "page after page shows every event once (%s)",
    async (filter) => {
      const dashboard = await opened(43);
      const whole = await readLog(dashboard, `?limit=200${filter}`);
      const seen: string[] = [];
      let before: string | null = null;
      let pages = 0;

      do {
        const place: string = before === null ? "" : `&before=${before}`;
        const page: ApiLog = await readLog(dashboard, `?limit=10${filter}${place}`);
        seen.push(...page.events.map((event) => JSON.stringify(event)));
        before = page.next;
        pages += 1;
      } while (before !== null && pages < 20);

      expect(pages).toBeGreaterThan(4);
      expect(seen).toEqual(whole.events.map((event) => JSON.stringify(event)));
    },
  );

  test("a search looks through ten thousand attempts at a time and says where it goes on", async () => {
    const dashboard = await opened(12_000);

    const first = await readLog(dashboard, "?text=HTTP_503");
    const second = await readLog(dashboard, `?text=HTTP_503&before=${first.next}`);
    const html = await (await dashboard.get(`${address}?testo=HTTP_503`)).text();

    expect(first).toMatchObject({ events: [], isPart: true });
    expect(second.events.map(tell)).toEqual(["Invio a SEND A/1"]);
    expect(second).toMatchObject({ next: null, isPart: false });
    expect(html).toContain("Cerca più indietro");
  });
});
