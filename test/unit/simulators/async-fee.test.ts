/** pagoPaIntMode ASYNC between the simulated SEND and GPD: what stands on the position at each moment of a notification's life. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { Hono } from "hono";
import { createGpdSimulator } from "../../../simulators/payments/gpd-simulator.ts";
import { paTaxId } from "../integrations/send/setup.ts";
import { address, notice, person, raw, type Raw } from "./send/simulator-world.ts";

const day = 86_400_000;
const iuvs = ["02010000000000001", "02010000000000002"] as const;
const [reduced, full] = ["302010000000000001", "302010000000000002"] as const;
const second = "FRMTTR76M06B715E";

let send: Raw;
let gpd: ReturnType<typeof createGpdSimulator>;
let feeAnswers: number[];
beforeEach(async () => {
  feeAnswers = [];
  send = await raw({
    isPayable: (creditor, code) => gpd.takesFee(creditor, code),
    pushFee: (creditor, code, cents) => void feeAnswers.push(gpd.putFee(creditor, code, cents)),
  });
  gpd = createGpdSimulator({ file: ":memory:", clock: send.clock });
  gpd.seed(
    iuvs.map((iuv, index) => ({
      organization: paTaxId,
      iupd: `V${index}`,
      options: [{ iuv, amountCents: index === 0 ? 4200 : 6000 }],
    })),
  );
});
afterEach(() => {
  send.simulator.close();
  gpd.close();
});

const letter = address({ address: "Via @FAIL-Discovery_890 @COST-969-963" });

/** A notification of both notices to one recipient, by two letters on days 1 and 4. */
async function notify(changes: Record<string, unknown> = {}): Promise<string> {
  const verdict = await send.verdict({
    notificationFeePolicy: "DELIVERY_MODE",
    pagoPaIntMode: "ASYNC",
    paFee: 100,
    vat: 22,
    recipients: [
      person({
        physicalAddress: letter,
        payments: [
          notice({ noticeCode: reduced, applyCost: true }),
          notice({ noticeCode: full, applyCost: true }),
        ],
      }),
    ],
    ...changes,
  });
  return String(verdict["iun"]);
}

async function readFees(after = 0): Promise<readonly unknown[]> {
  send.clock.advance(after * day);
  send.simulator.settle();
  const told: unknown[] = [];
  for (const code of [reduced, full]) {
    const offer = await gpd.counter.verify(paTaxId, code);
    told.push("fault" in offer ? offer.fault : offer.notificationFeeCents);
  }
  return told;
}

test("the fee is there at acceptance and grows with each letter, on both notices", async () => {
  await notify();

  expect([await readFees(), await readFees(1), await readFees(3), await readFees(30)]).toEqual([
    [200, 200],
    [1382, 1382],
    [2557, 2557],
    [2557, 2557],
  ]);
});

test("E14: what is paid before the letter is paid with two euro, and the later change is refused", async () => {
  await notify();
  const receipt = await gpd.counter.pay(paTaxId, reduced);

  expect(receipt).toMatchObject({ amountCents: 4400, notificationFeeCents: 200 });
  feeAnswers = [];
  expect(await readFees(1)).toEqual(["PAA_PAGAMENTO_DUPLICATO", 1382]);
  // The paid option refuses; the other one is a position of its own here.
  expect(feeAnswers).toEqual([422, 200]);
});

test("E17: a cancelled notification costs the payer nothing", async () => {
  const iun = await notify();
  await readFees(1);

  await send.call("PUT", `/delivery-push/v2.0/notifications/cancel/${iun}`);

  expect([await readFees(), await readFees(10)]).toEqual([
    [0, 0],
    [0, 0],
  ]);
});

test.each([
  // Both letters are taken back, and the new first one reaches the recipient.
  ["the first letter", 0, 1382],
  // The first stays; the second is sent again.
  ["the second letter", 1, 2557],
])(
  "after a correction of %s only the letters that count are charged",
  async (_name, attempt, fee) => {
    const iun = await notify();
    expect(await readFees(30)).toEqual([2557, 2557]);

    const corrected = await send.call("POST", "/control/rework", {
      iun,
      recIndex: 0,
      attempt,
      sequence: "P RECAG001A RECAG001B[23L] RECAG001C",
    });

    expect(corrected.status).toBe(204);
    expect([await readFees(), await readFees(30)]).toEqual([
      [fee, fee],
      [fee, fee],
    ]);
  },
);

test("each recipient's notice bears the letters of that recipient alone", async () => {
  await notify({
    recipients: [
      person({
        digitalDomicile: { type: "PEC", address: "prova@pec.it" },
        payments: [notice({ noticeCode: reduced, applyCost: true })],
      }),
      person({
        taxId: second,
        physicalAddress: letter,
        payments: [notice({ noticeCode: full, applyCost: true })],
      }),
    ],
  });

  expect(await readFees(30)).toEqual([200, 2557]);
});

test.each<[string, Record<string, unknown>]>([
  ["SYNC", { pagoPaIntMode: "SYNC" }],
  ["NONE", { pagoPaIntMode: "NONE" }],
  ["no mode, which SEND takes for SYNC", { pagoPaIntMode: undefined }],
  [
    "FLAT_RATE",
    {
      notificationFeePolicy: "FLAT_RATE",
      recipients: [
        person({
          physicalAddress: letter,
          payments: [notice({ noticeCode: reduced }), notice({ noticeCode: full })],
        }),
      ],
    },
  ],
])("with %s nobody writes the fee", async (_name, changes) => {
  await notify(changes);

  expect(await readFees(30)).toEqual([0, 0]);
  expect(feeAnswers).toEqual([]);
});

test("a notice without applyCost bears nothing beside one that does", async () => {
  await notify({
    recipients: [
      person({
        physicalAddress: letter,
        payments: [
          notice({ noticeCode: reduced, applyCost: false }),
          notice({ noticeCode: full, applyCost: true }),
        ],
      }),
    ],
  });

  expect(await readFees(30)).toEqual([0, 2557]);
});

test("the calls of SEND are served where GPD serves them", async () => {
  const app = new Hono().route("/pn-integration-gpd/api/v1", gpd.feeApp);

  const answer = await app.request(
    `/pn-integration-gpd/api/v1/organizations/${paTaxId}/paymentoptions/${reduced}/notificationfee`,
    { method: "PUT", body: JSON.stringify({ notificationFee: 1382 }) },
  );

  expect(answer.status).toBe(200);
  expect(await readFees()).toEqual([1382, 0]);
});
