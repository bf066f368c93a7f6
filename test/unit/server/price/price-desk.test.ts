/** The price service as a payment system calls it: keys, limits, what is stored, SEND asked in time, late or not at all. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Hono } from "hono";
import type { Journal } from "../../../../engine/journal/journal.ts";
import { openJournal } from "../../../../stores/sqlite/store.ts";
import type { EnteSettings } from "../../../../integrations/ente.ts";
import type { NotificationPrice, PriceVerdict } from "../../../../integrations/send/desk-port.ts";
import { createPriceDesk, type PriceDesk } from "../../../../server/price/price-desk.ts";
import { createPriceRoutes } from "../../../../server/web/routes/price.ts";
import { createFakeClock, type FakeClock } from "../../../support/fake-clock.ts";

const taxId = "89999990164";
const code = "301000000000000144";
const otherCode = "301000000000000245";
const key = "una-chiave-abbastanza-lunga";
const minute = 60_000;
const start = "2026-11-23T09:00:00.000Z";

let clock: FakeClock;
let journal: Journal;
let desk: PriceDesk;
let app: Hono;
let logged: unknown[];
/** The value of the ente's secret. */
let secret: string;
/** Notice codes that SEND was asked about. */
let asked: string[];
/** What SEND says from now on. */
let send: (noticeCode: string) => Promise<PriceVerdict>;

beforeEach(() => {
  clock = createFakeClock(start);
  journal = openJournal(":memory:", clock);
  asked = [];
  logged = [];
  secret = key;
  send = () => Promise.resolve(priced(1382));
  open();
});
afterEach(() => journal.close());

/** A server that starts, over the same journal. */
function open(): void {
  const note = (_message: string, fields: unknown): void => void logged.push(fields);
  const log = { debug: note, info: note, warn: note, error: note, with: () => log };
  desk = createPriceDesk({
    journal,
    clock,
    log,
    listEnti: () => Promise.resolve([buildEnte("prova", "CHIAVE"), buildEnte("altro", null)]),
    readSecret: (_ente, name) =>
      name === "CHIAVE" ? Promise.resolve(secret) : Promise.reject(new Error("missing")),
    openDesk: () => ({
      askPrice: (_taxId, noticeCode) => {
        asked.push(noticeCode);
        return send(noticeCode);
      },
    }),
  });
  app = createPriceRoutes({ askPrice: desk.answer });
}

function buildEnte(codice: string, secret: string | null): EnteSettings {
  return {
    ente: { codice, codiceFiscale: taxId, nome: "Comune" },
    payments: secret === null ? {} : { priceService: { apiKey: { secret } } },
  } as unknown as EnteSettings;
}

function priced(totalCents: number, changes: Partial<NotificationPrice> = {}): PriceVerdict {
  const price = {
    iun: "DYGL-AXWV-TATP-202611-X-1",
    totalCents,
    paFeeCents: 100,
    sendFeeCents: 100,
    analogCents: 969,
    vat: 22,
    refinedAt: null,
    viewedAt: null,
    ...changes,
  };
  return { status: "priced", price };
}

interface Told {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: Record<string, unknown>;
}

async function ask(
  headers: Readonly<Record<string, string>> = { authorization: `Bearer ${key}` },
  path = `/prezzo/${taxId}/${code}`,
): Promise<Told> {
  const answer = await app.request(path, { headers });
  return {
    status: answer.status,
    retryAfter: answer.headers.get("retry-after"),
    body: (await answer.json()) as Record<string, unknown>,
  };
}

const silence = (): Promise<PriceVerdict> => new Promise(() => undefined);
const noAnswer = (): Promise<PriceVerdict> => Promise.reject(new Error("SEND: 503"));

/** The answer to a call that waits for SEND until its time is over. */
async function askLate(): Promise<Told> {
  const waiting = ask();
  await clock.untilAsleep();
  await clock.advance(1500);
  return await waiting;
}

test("a notice that is not known is asked of SEND, and told with its parts and its instant", async () => {
  expect(await ask()).toEqual({
    status: 200,
    retryAfter: null,
    body: {
      paTaxId: taxId,
      noticeCode: code,
      iun: "DYGL-AXWV-TATP-202611-X-1",
      totalCents: 1382,
      parts: { sendFeeCents: 100, paFeeCents: 100, analogCents: 969, vat: 22 },
      asOf: start,
      isFresh: true,
      isFinal: false,
    },
  });
});

describe("what is stored", () => {
  test("serves a quarter of an hour, over a restart too, then SEND is asked again", async () => {
    await ask();
    send = () => Promise.resolve(priced(2557));
    await clock.advance(15 * minute - 1);
    open();
    expect((await ask()).body).toMatchObject({ totalCents: 1382, asOf: start });
    expect(asked).toHaveLength(1);

    await clock.advance(1);

    expect((await ask()).body).toMatchObject({
      totalCents: 2557,
      asOf: "2026-11-23T09:15:00.000Z",
    });
  });

  test.each([
    ["opened", { viewedAt: "2026-11-22T22:59:59.999999999Z" }, true],
    ["its term over", { refinedAt: "2026-11-22T22:59:59.999999999Z" }, true],
    // SEND tells the term before it is over: a second letter may still leave.
    ["its term to come", { refinedAt: "2026-11-23T22:59:59.999999999Z" }, false],
  ])("with the notification %s is final: %#", async (_name, changes, isFinal) => {
    send = () => Promise.resolve(priced(1382, changes));
    expect((await ask()).body).toMatchObject({ isFinal });
    await clock.advance(8 * 60 * minute);

    await ask();

    expect(asked).toHaveLength(isFinal ? 1 : 2);
  });

  test.each([
    ["is silent", silence],
    ["breaks down", noAnswer],
  ])("is told with its age where SEND %s", async (_name, how) => {
    await ask();
    await clock.advance(3 * 60 * minute);
    send = how;

    const told = how === silence ? await askLate() : await ask();

    expect(told).toMatchObject({
      status: 200,
      body: { totalCents: 1382, asOf: start, isFresh: false },
    });
  });

  test("is one version for the same answer, and another for a new price", async () => {
    for (const total of [1382, 1382, 2557]) {
      send = () => Promise.resolve(priced(total));
      await ask();
      await clock.advance(15 * minute);
    }

    const versions = await journal.listRecordVersions("prova", "price", code);

    expect(versions.map(({ data }) => (data["price"] as NotificationPrice).totalCents)).toEqual([
      1382, 2557,
    ]);
    expect(versions.at(-1)?.subject).toBe("DYGL-AXWV-TATP-202611-X-1");
  });
});

describe("where nothing can be told", () => {
  test.each([
    ["no notification bears the notice", "absent", 404, "PRICE_NO_NOTIFICATION"],
    ["SEND has not accepted it yet", "not-accepted", 404, "PRICE_NOT_ACCEPTED"],
    ["the notification was cancelled", "cancelled", 409, "PRICE_CANCELLED"],
  ] as const)("%s: %s", async (_name, status, http, expected) => {
    send = () => Promise.resolve({ status });

    expect(await ask()).toMatchObject({
      status: http,
      body: { error: { code: expected, message: expect.stringContaining("avviso") }, asOf: start },
    });
  });

  test.each([
    ["silent", silence],
    ["broken", noAnswer],
  ])(
    "SEND that is %s and nothing known is a 503 within the time of the Node",
    async (_name, how) => {
      send = how;

      const told = how === silence ? await askLate() : await ask();

      expect(told).toMatchObject({
        status: 503,
        retryAfter: "5",
        body: { error: { code: "PRICE_UNKNOWN" } },
      });
      expect(clock.now() - Date.parse(start)).toBeLessThan(2000);
    },
  );

  test("a late answer of SEND serves the next call", async () => {
    const late = Promise.withResolvers<PriceVerdict>();
    send = () => late.promise;
    expect((await askLate()).status).toBe(503);

    late.resolve(priced(1382));
    await clock.advance(0);

    expect(await ask()).toMatchObject({ status: 200, body: { totalCents: 1382 } });
    expect(asked).toEqual([code]);
  });

  test("«no notification» of a minute ago is no answer when SEND is away", async () => {
    send = () => Promise.resolve({ status: "absent" });
    await ask();
    send = noAnswer;
    expect((await ask()).status).toBe(404);

    await clock.advance(minute);

    expect((await ask()).status).toBe(503);
  });

  test("a code of another form is a 400, and SEND is not asked", async () => {
    for (const wrong of ["30100000000000014", "30100000000000014A", "3010000000000001445"])
      expect(await ask(undefined, `/prezzo/${taxId}/${wrong}`)).toMatchObject({
        status: 400,
        body: { error: { code: "PRICE_NOTICE_FORM" } },
      });
    expect(asked).toEqual([]);
  });
});

describe("who may ask", () => {
  test.each<[string, Record<string, string>, string, number]>([
    ["the key as a bearer", { authorization: `Bearer ${key}` }, taxId, 200],
    ["the key in x-api-key", { "x-api-key": key }, taxId, 200],
    ["no key", {}, taxId, 401],
    ["another key", { authorization: "Bearer un'altra" }, taxId, 401],
    ["the beginning of the key", { "x-api-key": key.slice(0, -1) }, taxId, 401],
    ["an empty key", { authorization: "Bearer " }, taxId, 401],
    ["another scheme", { authorization: `Basic ${key}` }, taxId, 401],
    ["another ente", { "x-api-key": key }, "00000000191", 401],
  ])("%s", async (_name, headers, ente, status) => {
    expect((await ask(headers, `/prezzo/${ente}/${code}`)).status).toBe(status);
    expect(asked).toHaveLength(status === 200 ? 1 : 0);
  });

  test.each([
    ["sixteen characters", "a".repeat(16), 200],
    ["fifteen characters, which can be tried out", "a".repeat(15), 401],
    ["nothing at all", "", 401],
  ])("a key of %s", async (_name, value, status) => {
    secret = value;

    expect((await ask({ "x-api-key": value })).status).toBe(status);
  });

  test("the key stands in no log", async () => {
    send = noAnswer;
    await ask();
    await ask({ "x-api-key": "sbagliata" });

    expect(JSON.stringify(logged)).not.toContain(key);
    expect(JSON.stringify(logged)).not.toContain("sbagliata");
  });

  test("more than fifty calls in a second wait for the next", async () => {
    for (let n = 0; n < 50; n += 1) expect((await ask()).status).toBe(200);

    expect(await ask()).toMatchObject({ status: 429, retryAfter: "1" });
    await clock.advance(1000);
    expect((await ask()).status).toBe(200);
  });

  test("many wrong keys lock nobody out who has the right one", async () => {
    for (let n = 0; n < 20; n += 1) expect((await ask({ "x-api-key": `${n}` })).status).toBe(401);

    expect(await ask({ "x-api-key": "ancora" })).toMatchObject({ status: 429, retryAfter: "60" });
    expect((await ask()).status).toBe(200);
  });
});

describe("in the background", () => {
  /** Lets one round go by. */
  async function round(): Promise<void> {
    const stop = new AbortController();
    const keeping = desk.keepFresh(stop.signal);
    await clock.untilAsleep();
    stop.abort();
    await keeping;
  }

  const sent = (codes: readonly string[], key: string) => ({
    kind: "act",
    key,
    data: { payment: { options: codes.map((noticeCode) => ({ noticeCode })) } },
  });

  test("what SEND has taken is asked about before anybody else asks", async () => {
    await journal.writeRecords("prova", [sent([code, otherCode], "IUN-1")]);
    await round();
    expect(asked.toSorted()).toEqual([code, otherCode]);
    send = silence;

    expect(await ask()).toMatchObject({ status: 200, body: { totalCents: 1382, isFresh: true } });
    // A later round does not begin from the first request again.
    await round();
    expect(asked).toHaveLength(2);
  });

  test("a price is asked for again after six hours, once it is opened after a month", async () => {
    await ask();
    await clock.advance(6 * 60 * minute - 1);
    await round();
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    send = () => Promise.resolve(priced(1382, { viewedAt: start }));
    await round();
    expect(asked).toHaveLength(2);
    await clock.advance(29 * 24 * 60 * minute);
    await round();

    expect(asked).toHaveLength(2);
  });

  test("notices that SEND does not answer for hold no other up", async () => {
    const codes = Array.from({ length: 6 }, (_, n) => `30100000000000${n}000`);
    for (const one of codes) {
      await ask(undefined, `/prezzo/${taxId}/${one}`);
      await clock.advance(1000);
    }
    await clock.advance(7 * 60 * minute);
    asked = [];
    const broken = codes.slice(0, 4);
    send = (one) => (broken.includes(one) ? noAnswer() : Promise.resolve(priced(2557)));

    await round();

    expect(asked.slice(0, 2)).toEqual(codes.slice(4).toReversed());
    expect(asked).toHaveLength(5);
  });

  test("the day on which a payment system has asked is kept", async () => {
    await ask();
    await clock.advance(24 * 60 * minute);
    await ask();
    await ask();

    const versions = await journal.listRecordVersions("prova", "price-caller", "last");
    expect(versions.map(({ data }) => data["lastAskedOn"])).toEqual(["2026-11-23", "2026-11-24"]);
  });
});
