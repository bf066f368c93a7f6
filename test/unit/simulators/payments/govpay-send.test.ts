/** When the simulated GovPay asks SEND for the costs of a notification, and what it does with them. */
import { afterEach, describe, expect, test } from "bun:test";
import type { CounterSettings } from "../../../../simulators/payments/govpay-counter.ts";
import {
  createGovPaySimulator,
  type GovPaySimulator,
} from "../../../../simulators/payments/govpay-simulator.ts";
import { type FakeClock, fakeClock } from "../../integrations/payments/payments-world.ts";

const dominio = "89999990164";
const avviso = "301000000000000144";
const minute = 60_000;

let govpay: GovPaySimulator;
afterEach(() => {
  govpay.close();
});

interface World {
  readonly clock: FakeClock;
  /** Addresses and keys that GovPay has asked SEND with. */
  readonly asked: string[];
  /** What SEND answers from now on. */
  send: () => Response;
}

const price = (totalPrice: number) => (): Response => Response.json({ totalPrice });

function open(settings: CounterSettings = {}): World {
  const clock = fakeClock();
  const asked: string[] = [];
  const world: World = { clock, asked, send: price(1382) };
  govpay = createGovPaySimulator({
    file: ":memory:",
    clock,
    domains: {
      [dominio]: {
        servizioSend: {
          url: "https://send.test",
          auth: { headerName: "x-api-key", headerValue: "chiave" },
          abilitaGDE: true,
        },
      },
    },
    fetch: (url, { headers }) => {
      asked.push(`${url} ${new Headers(headers).get("x-api-key")}`);
      return Promise.resolve(world.send());
    },
    ...settings,
  });
  return world;
}

const authorization = `Basic ${btoa("postino:segreto")}`;

async function load(changes: Record<string, unknown> = {}): Promise<number> {
  const body = {
    idTipoPendenza: "CDS",
    idDominio: dominio,
    causale: "Verbale",
    soggettoPagatore: { tipo: "F", identificativo: "RSSMRA80A01H501U" },
    importo: 42,
    numeroAvviso: avviso,
    sendAbilitato: true,
    dataValidita: "2000-11-30",
    voci: [{ idVocePendenza: "1", importo: 42, descrizione: "Verbale", codEntrata: "CDS" }],
    ...changes,
  };
  const answer = await govpay.app.request("/pendenze/A/V1-S", {
    method: "PUT",
    headers: { authorization, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return answer.status;
}

async function readBackoffice(path = "/pendenze/A/V1-S"): Promise<Record<string, unknown>> {
  const answer = await govpay.backoffice.request(path, { headers: { authorization } });
  return (await answer.json()) as Record<string, unknown>;
}

const verify = () => govpay.counter.verify(dominio, avviso);
const pay = () => govpay.counter.pay(dominio, avviso);

describe("a pendenza enabled for SEND whose validity is over", () => {
  test("is verified with the costs, which stand apart from the amount", async () => {
    const { asked } = open();
    expect(await load()).toBe(201);
    expect(await readBackoffice()).not.toHaveProperty("sendImportoTotale");

    expect(await verify()).toEqual({ amountCents: 5582, notificationFeeCents: 1382 });

    expect(asked).toEqual([`https://send.test/delivery/v2.3/price/${dominio}/${avviso} chiave`]);
    expect(await readBackoffice()).toMatchObject({
      importo: 42,
      sendAbilitato: true,
      sendImportoTotale: 13.82,
      sendDataAggiornamento: "2026-11-23T09:00:00.000Z",
    });
  });

  test("is asked about once for verification and activation, and again after a quarter of an hour", async () => {
    const world = open();
    await load();
    await verify();
    world.send = price(2557);
    world.clock.advance(15 * minute - 1);
    expect(await verify()).toMatchObject({ amountCents: 5582 });

    world.clock.advance(1);

    // From the base, never on top of the costs of an earlier try.
    expect(await pay()).toMatchObject({
      amountCents: 6757,
      metadata: [{ key: "NOTIFICATION_FEE", value: "2557" }],
    });
    expect(world.asked).toHaveLength(2);
    expect(await readBackoffice()).toMatchObject({ importo: 42, stato: "ESEGUITA" });
    expect(await verify()).toEqual({ fault: "PAA_PAGAMENTO_DUPLICATO" });
  });

  test("keeps what SEND said over a PUT", async () => {
    open();
    await load();
    await verify();

    expect(await load()).toBe(200);

    expect(await readBackoffice()).toMatchObject({ sendImportoTotale: 13.82 });
  });

  test.each([
    ["SEND that breaks down", () => new Response("", { status: 500 })],
    ["a key that SEND refuses", () => new Response("", { status: 403 })],
    ["an answer that says no price", () => Response.json({ iun: "X" })],
  ])("cannot be paid with %s", async (_name, send) => {
    const world = open();
    world.send = send;
    await load();

    expect(await pay()).toEqual({ fault: "PAA_SYSTEM_ERROR" });
    world.send = price(200);
    expect(await pay()).toMatchObject({ amountCents: 4400 });
  });

  test("whose notice no notification bears is paid without costs", async () => {
    const world = open();
    world.send = () => new Response("", { status: 404 });
    await load();

    expect(await pay()).toMatchObject({ amountCents: 4200, metadata: [] });
  });
});

describe("SEND is not asked, and nothing is added,", () => {
  test.each<[string, CounterSettings, Record<string, unknown>]>([
    ["before GovPay 3.9.4", { version: "3.9.3" }, {}],
    ["before GovPay 3.9", { version: "3.8.12" }, {}],
    ["for a pendenza that is not enabled", {}, { sendAbilitato: false }],
    ["while the pendenza is valid", {}, { dataValidita: "2999-12-30" }],
    ["on the last day of its validity", {}, { dataValidita: "2026-11-23" }],
    ["without a day of validity", {}, { dataValidita: undefined }],
  ])("%s", async (_name, settings, changes) => {
    const { asked } = open(settings);
    await load(changes);

    expect(await verify()).toEqual({ amountCents: 4200, notificationFeeCents: 0 });
    expect(asked).toEqual([]);
  });
});

test.each(["3.9.4", "3.9.10", "3.10.0", "4.0.0", "3.9.4-RC1"])(
  "GovPay %s asks SEND",
  async (version) => {
    open({ version });
    await load();

    expect(await verify()).toMatchObject({ notificationFeeCents: 1382 });
    expect(await readBackoffice("/info")).toMatchObject({ versione: version });
  },
);

test.each<[string, CounterSettings, Record<string, unknown>, string]>([
  ["whose dataScadenza is over", {}, { dataScadenza: "2026-11-22" }, "PAA_PAGAMENTO_SCADUTO"],
  [
    "that must be valid by the installation",
    { isValidityMandatory: true },
    { sendAbilitato: false },
    "PAA_PAGAMENTO_SCADUTO",
  ],
  [
    "of a dominio without a service of SEND",
    { domains: { [dominio]: {} } },
    {},
    "PAA_SYSTEM_ERROR",
  ],
])(
  "a pendenza %s is not payable, and SEND is not asked",
  async (_name, settings, changes, fault) => {
    const { asked } = open(settings);
    await load(changes);

    expect(await verify()).toMatchObject({ fault });
    expect(asked).toEqual([]);
  },
);

test("on the day of its dataScadenza a pendenza is payable, afterwards SCADUTA until a PUT moves the day", async () => {
  const { clock } = open();
  await load({ dataScadenza: "2026-11-23" });
  expect(await verify()).toMatchObject({ amountCents: 5582 });

  clock.advance(24 * 60 * minute);

  expect(await readBackoffice()).toMatchObject({ stato: "SCADUTA" });
  expect(await load({ dataScadenza: "2026-11-24" })).toBe(200);
  expect(await verify()).toMatchObject({ amountCents: 5582 });
});

test("the backoffice tells the dominio with its service, to who is let in", async () => {
  open();

  expect(await readBackoffice(`/domini/${dominio}`)).toMatchObject({
    idDominio: dominio,
    servizioSend: { url: "https://send.test", abilitaGDE: true },
  });
  const unknown = await govpay.backoffice.request("/domini/00000000191", {
    headers: { authorization },
  });
  const denied = await govpay.backoffice.request("/info");
  expect([unknown.status, denied.status]).toEqual([404, 401]);
});
