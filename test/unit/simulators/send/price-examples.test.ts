/** The worked examples of SEND's price, asked by the real client over HTTP; E13, the cost of a letter that SEND prints again after a loss, is open. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHttp } from "../../../../engine/host/http.ts";
import { createLimiter } from "../../../../engine/host/limiter.ts";
import { createSendDesk } from "../../../../integrations/send/desk.ts";
import type { NotificationPrice } from "../../../../integrations/send/desk-port.ts";
import { type Listening, startListening } from "../../../../server/listen.ts";
import { openSimulatorStore } from "../../../../simulators/send/store.ts";
import { readTimeline, recordEvent } from "../../../../simulators/send/timeline.ts";
import { paTaxId, settings } from "../../integrations/send/setup.ts";
import { address, notice, person, raw, type Raw } from "./simulator-world.ts";

const day = 86_400_000;
const folder = mkdtempSync(join(tmpdir(), "postino-price-"));
const file = join(folder, "send.sqlite");

let world: Raw;
let listening: Listening;
let findPrice: (noticeCode: string) => Promise<NotificationPrice | null>;
beforeAll(async () => {
  world = await raw({ file });
  listening = startListening(world.simulator.app, { host: "127.0.0.1", port: 0 });
  const desk = createSendDesk({
    settings: { ...settings, baseUrl: listening.url },
    sender: { denomination: "Comune di Esempio", taxId: paTaxId },
    apiKey: "k-1",
    http: createHttp(),
    clock: world.clock,
    limiter: createLimiter(world.clock),
  });
  findPrice = (noticeCode) => desk.findPrice(paTaxId, noticeCode);
});
afterAll(async () => {
  await listening.stop();
  world.simulator.close();
  rmSync(folder, { recursive: true });
});

let last = 0;
function takeCode(): string {
  last += 1;
  return `3020100000000${String(last).padStart(5, "0")}`;
}

interface Recipient {
  readonly taxId?: string;
  readonly address?: string;
  readonly pec?: string;
  /** Whether each of the recipient's notices bears the costs. */
  readonly applyCost?: readonly boolean[];
}

interface Example {
  readonly policy?: "DELIVERY_MODE" | "FLAT_RATE";
  readonly paFee?: number;
  readonly vat?: number;
  readonly recipients: readonly Recipient[];
}

/** A notification; the notice codes of each recipient. */
async function send(example: Example) {
  const { policy = "DELIVERY_MODE", paFee = 100, vat = 22 } = example;
  const codes: string[][] = [];
  const recipients = example.recipients.map((recipient) => {
    const own = (recipient.applyCost ?? [policy === "DELIVERY_MODE"]).map((applyCost) => ({
      noticeCode: takeCode(),
      applyCost,
    }));
    codes.push(own.map(({ noticeCode }) => noticeCode));
    return person({
      ...(recipient.taxId === undefined ? {} : { taxId: recipient.taxId }),
      physicalAddress: address({ address: recipient.address ?? "Via Roma 1" }),
      ...(recipient.pec === undefined
        ? {}
        : { digitalDomicile: { type: "PEC", address: recipient.pec } }),
      payments: own.map(notice),
    });
  });
  const changes = { notificationFeePolicy: policy, paFee, vat, recipients };
  const verdict = await world.verdict(changes);
  return { codes, iun: String(verdict["iun"]), verdict };
}

/** Analog, without VAT and fee, total: as the wire has them. */
async function ask(noticeCode: string) {
  const price = await findPrice(noticeCode);
  const url = `/delivery/v2.3/price/${paTaxId}/${noticeCode}`;
  const wire = (await (await world.call("GET", url)).json()) as Record<string, number>;
  expect(wire["totalPrice"]).toBe(price?.totalCents);
  return [price?.analogCents, wire["partialPrice"], price?.totalCents];
}

const one = (recipient: Recipient, more: Partial<Example> = {}): Example => ({
  recipients: [recipient],
  ...more,
});
const letter = "Via @OK_890 @COST-969";
const second = "FRMTTR76M06B715E";

describe("thirty days later", () => {
  test.each<[string, Example, readonly (readonly number[])[]]>([
    ["E1", one({ pec: "prova@pec.it" }), [[0, 100, 200]]],
    ["E2", one({ address: "Via Roma 1 @VIEWED" }), [[0, 100, 200]]],
    ["E3", one({ address: letter }), [[969, 1069, 1382]]],
    ["E4", one({ address: "Via @FAIL-Discovery_890 @COST-969-963" }), [[1932, 2032, 2557]]],
    ["E5", one({ address: "Via @OK_890 @COST-1025" }), [[1025, 1125, 1451]]],
    ["E6", one({ address: "Via @FAIL-Discovery_890 @COST-1025" }), [[2050, 2150, 2701]]],
    ["E7", one({ pec: "prova@fail.it", address: "Via Roma @COST-465" }), [[465, 565, 767]]],
    ["E8", one({ address: letter }, { paFee: 0, vat: 0 }), [[969, 1069, 1069]]],
    ["E9", one({ address: letter }, { policy: "FLAT_RATE" }), [[969, 0, 0]]],
    // SEND wants one notice that bears the costs: the one beside it does.
    [
      "E10",
      one({ address: letter, applyCost: [false, true] }),
      [
        [969, 0, 0],
        [969, 1069, 1382],
      ],
    ],
    [
      "E11",
      { recipients: [{ pec: "prova@pec.it" }, { taxId: second, address: letter }] },
      [
        [0, 100, 200],
        [969, 1069, 1382],
      ],
    ],
    [
      "E12",
      one({ address: letter, applyCost: [true, true] }),
      [
        [969, 1069, 1382],
        [969, 1069, 1382],
      ],
    ],
    // The neighbours: the first letter is the recipient's who has none in E11; half a cent falls on neither side.
    [
      "E11 the other way round",
      { recipients: [{ address: letter }, { taxId: second, pec: "prova@pec.it" }] },
      [
        [969, 1069, 1382],
        [0, 100, 200],
      ],
    ],
    ["E5 a cent less", one({ address: "Via @OK_890 @COST-1024" }), [[1024, 1124, 1449]]],
  ])("%s", async (_name, example, expected) => {
    const { codes } = await send(example);
    world.clock.advance(30 * day);

    const told: unknown[] = [];
    for (const code of codes.flat()) told.push(await ask(code));

    expect(told).toEqual([...expected]);
  });
});

test("FLAT_RATE tells the parts all the same, so that nobody may sum them", async () => {
  const { codes } = await send(one({ address: letter }, { policy: "FLAT_RATE" }));
  world.clock.advance(30 * day);

  expect(await findPrice(codes[0]?.[0] ?? "")).toMatchObject({
    totalCents: 0,
    sendFeeCents: 100,
    paFeeCents: 100,
    vat: 22,
    analogCents: 969,
  });
});

test("E14: who pays before the first letter leaves is asked for two euro", async () => {
  const { codes } = await send(one({ address: letter }));
  const [code = ""] = codes[0] ?? [];

  const atOnce = await ask(code);
  world.clock.advance(30 * day);

  expect([atOnce, await ask(code)]).toEqual([
    [0, 100, 200],
    [969, 1069, 1382],
  ]);
});

test("E15: after a correction only the letters that count are told", async () => {
  const { codes, iun } = await send(
    one({ address: "Via @FAIL_AR @COST-364" }, { paFee: 0, vat: 0 }),
  );
  const [code = ""] = codes[0] ?? [];
  world.clock.advance(30 * day);
  expect(await ask(code)).toEqual([364, 464, 464]);

  correct(iun);

  expect(await ask(code)).toEqual([364, 464, 464]);
  // The term of the invalidated outcome is not told either, before there is another.
  expect(await findPrice(code)).toMatchObject({ refinedAt: null });
});

/** SEND's support has the letter printed and sent again. */
function correct(iun: string): void {
  const store = openSimulatorStore(file);
  const request = store.findByIun(iun);
  if (request === null) throw new Error("no such notification");
  const invalid = readTimeline(request, store).filter(({ category }) =>
    /ANALOG|REFINEMENT|UNREACHABLE/.test(category),
  );
  const at = world.clock.now();
  recordEvent(store, request, {
    category: "NOTIFICATION_TIMELINE_REWORKED",
    at,
    recIndex: 0,
    attempt: 0,
    rework: 0,
    details: {
      recIndex: 0,
      sentAttemptMade: 0,
      invalidatedTimelineAndStatusHistory: [
        {
          status: "UNREACHABLE",
          activeFrom: "2026-12-03T09:00:00Z",
          relatedTimelineElements: invalid,
        },
      ],
    },
  });
  recordEvent(store, request, {
    category: "SEND_ANALOG_DOMICILE",
    at,
    recIndex: 0,
    attempt: 0,
    rework: 0,
    details: { recIndex: 0, analogCost: 364 },
  });
  store.db.close();
}

test("E16: a refused request has no price, and costs the sender a euro for each recipient", async () => {
  const { codes, verdict } = await send({
    recipients: [{ address: "Via @SERVICE_UNAVAILABLE" }, { taxId: second }],
  });

  const { status, body } = await askRaw(codes[0]?.[0] ?? "");

  expect(verdict).toMatchObject({ notificationRequestStatus: "REFUSED" });
  expect(status).toBe(404);
  expect(body).toMatchObject({ errors: [{ code: "PN_DELIVERY_NOTIFICATIONNOTFOUND" }] });
  const store = openSimulatorStore(file);
  const refused = store.db
    .query<{ element: string }, []>(
      "SELECT element FROM events WHERE category = 'REQUEST_REFUSED' ORDER BY seq DESC",
    )
    .get();
  store.db.close();
  expect(JSON.parse(refused?.element ?? "{}")).toMatchObject({
    details: { notificationCost: 200 },
  });
});

test("E17: a cancelled notification has no price any more, until another holds the notice", async () => {
  const { codes, iun } = await send(one({ address: letter }));
  const [code = ""] = codes[0] ?? [];
  world.clock.advance(30 * day);
  await world.call("PUT", `/delivery-push/v2.0/notifications/cancel/${iun}`);

  expect(await askRaw(code)).toMatchObject({
    status: 404,
    body: { errors: [{ code: "PN_DELIVERYPUSH_NOTIFICATION_CANCELLED" }] },
  });
  expect(await findPrice(code)).toBeNull();

  last -= 1;
  const again = await send(one({ pec: "prova@pec.it" }));
  expect(again.codes).toEqual([[code]]);
  expect(await ask(code)).toEqual([0, 100, 200]);
});

test.each([
  ["a code that nobody has sent", "302010000000099999", "PN_DELIVERY_NOTIFICATIONNOTFOUND"],
  ["one that is examined", null, "PN_DELIVERY_PUSH_NOTIFICATION_NOT_ACCEPTED"],
])("%s has no price", async (_name, known, expected) => {
  const code = known ?? takeCode();
  if (known === null)
    await world.post({
      notificationFeePolicy: "DELIVERY_MODE",
      paFee: 100,
      vat: 22,
      recipients: [
        person({
          physicalAddress: address({ address: "Via Roma @WAITING" }),
          payments: [notice({ noticeCode: code, applyCost: true })],
        }),
      ],
    });

  expect(await askRaw(code)).toMatchObject({ status: 404, body: { errors: [{ code: expected }] } });
});

async function askRaw(code: string) {
  const answer = await fetch(`${listening.url}/delivery/v2.3/price/${paTaxId}/${code}`, {
    headers: { "x-api-key": "k-1" },
  });
  return { status: answer.status, body: await answer.json() };
}

test.each([
  // Accepted on 23 November, delivered on the 28th, its term over on 8 December.
  ["by letter", { address: "Via @OK_890" }, 6, "2026-12-08T22:59:59.999999999Z", null],
  // The same in summer time: Rome's day ends an hour earlier.
  [
    "by letter in April",
    { address: "Via @OK_890" },
    6 + 150,
    "2027-05-07T21:59:59.999999999Z",
    null,
  ],
  ["opened after two days", { address: "Via @VIEWED" }, 3, null, "2026-11-25T22:59:59.999999999Z"],
])(
  "the days are told as their end in Rome: %s",
  async (_name, recipient, days, refined, viewed) => {
    const alone = await raw();
    const shift = Math.max(0, days - 6);
    alone.clock.advance(shift * day);
    await alone.verdict({
      notificationFeePolicy: "DELIVERY_MODE",
      paFee: 100,
      vat: 22,
      recipients: [
        person({
          physicalAddress: address(recipient),
          payments: [notice({ applyCost: true })],
        }),
      ],
    });
    const read = async (): Promise<unknown> =>
      (await alone.call("GET", `/delivery/v2.3/price/${paTaxId}/302010000000000001`)).json();
    const before = await read();
    alone.clock.advance((days - shift) * day);
    const scheduled = await read();
    alone.clock.advance(20 * day);
    const over = await read();

    const dates = {
      ...(refined === null ? {} : { refinementDate: refined }),
      ...(viewed === null ? {} : { notificationViewDate: viewed }),
    };
    expect(before).not.toHaveProperty("refinementDate");
    // Told while the day lies ahead, and not moved when it comes.
    expect(scheduled).toMatchObject(dates);
    expect(over).toMatchObject(dates);
    alone.simulator.close();
  },
);
