/** SEND's fee on the simulated GPD: put, kept over a change, paid and told in the receipt; options that expire one by one. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  createGpdSimulator,
  type GpdSimulator,
} from "../../../../simulators/payments/gpd-simulator.ts";
import { type FakeClock, fakeClock } from "../../integrations/payments/payments-world.ts";

const org = "00000000191";
const other = "00000000192";
const root = `/organizations/${org}/debtpositions`;
const day = 86_400_000;
const [reduced, full] = ["07000000000000001", "07000000000000002"] as const;

let clock: FakeClock;
let gpd: GpdSimulator;
beforeEach(() => {
  clock = fakeClock();
  gpd = createGpdSimulator({ file: ":memory:", clock });
});
afterEach(() => {
  gpd.close();
});

const headers = { "ocp-apim-subscription-key": "k", "content-type": "application/json" };

async function call(method: string, path: string, body?: unknown) {
  const response = await gpd.app.request(path, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function putFee(nav: string, notificationFee: unknown, organization = org) {
  const response = await gpd.feeApp.request(
    `/organizations/${organization}/paymentoptions/${nav}/notificationfee`,
    { method: "PUT", headers, body: JSON.stringify({ notificationFee }) },
  );
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

interface Transfer {
  readonly idTransfer: string;
  readonly amount: number;
  readonly organizationFiscalCode?: string;
}

function buildTransfer(transfer: Transfer): Record<string, unknown> {
  return {
    remittanceInformation: "Violazione",
    category: "9/0101108TS/",
    iban: "IT60X0542811101000000123456",
    ...transfer,
  };
}

function buildOption(iuv: string, amount: number, changes: Record<string, unknown> = {}) {
  return {
    iuv,
    amount,
    description: "Violazione",
    isPartialPayment: false,
    dueDate: "2027-01-01T00:00:00.000Z",
    transfer: [buildTransfer({ idTransfer: "1", amount })],
    ...changes,
  };
}

function buildPosition(
  changes: Record<string, unknown> = {},
  amounts: readonly [number, number] = [4200, 6000],
) {
  return {
    iupd: "V1",
    type: "F",
    fiscalCode: "RSSMRA80A01H501U",
    fullName: "Rossi Mario",
    companyName: "Comune",
    switchToExpired: false,
    paymentOption: [buildOption(reduced, amounts[0]), buildOption(full, amounts[1])],
    ...changes,
  };
}

const publish = (body: unknown) => call("POST", `${root}?toPublish=true`, body);
const change = (body: unknown) => call("PUT", `${root}/V1?toPublish=true`, body);

interface Shown {
  readonly amount: number;
  readonly notificationFee: number;
  readonly transfer: readonly { readonly amount: number }[];
}

async function read(): Promise<readonly (readonly number[])[]> {
  const { body } = await call("GET", `${root}/V1`);
  return (body["paymentOption"] as readonly Shown[]).map(
    ({ amount, notificationFee, transfer }) => [
      amount,
      notificationFee,
      ...transfer.map((part) => part.amount),
    ],
  );
}

describe("the fee of an example", () => {
  beforeEach(async () => {
    await publish(buildPosition());
    for (const iuv of [reduced, full]) await putFee(`3${iuv}`, 1382);
  });

  test("stands on amount and first transfer, and apart", async () => {
    expect(await read()).toEqual([
      [5582, 1382, 5582],
      [7382, 1382, 7382],
    ]);
  });

  test("is put in place of the one before", async () => {
    expect(await putFee(`3${reduced}`, 2557)).toMatchObject({
      status: 200,
      body: {
        notificationFee: 2557,
        amount: 6757,
        lastUpdatedDateNotificationFee: "2026-11-23T09:00:00.000Z",
      },
    });
    expect(await putFee(`3${full}`, 0)).toMatchObject({ status: 200 });
    expect(await read()).toEqual([
      [6757, 2557, 6757],
      [6000, 0, 6000],
    ]);
  });

  test("stays over a PUT with the amounts without it", async () => {
    expect((await change(buildPosition())).status).toBe(200);

    expect(await read()).toEqual([
      [5582, 1382, 5582],
      [7382, 1382, 7382],
    ]);
  });

  test("is added again to a PUT with the amounts of a GET", async () => {
    await change(buildPosition({}, [5582, 7382]));

    expect(await read()).toEqual([
      [6964, 1382, 6964],
      [8764, 1382, 8764],
    ]);
  });

  test("is in the receipt of who pays, and can be changed there no more", async () => {
    const receipt = await gpd.counter.pay(org, `3${reduced}`);
    const late = await putFee(`3${reduced}`, 2557);

    expect(receipt).toEqual({
      amountCents: 5582,
      notificationFeeCents: 1382,
      creditorTaxId: org,
      noticeCode: `3${reduced}`,
      paidAt: "2026-11-23T09:00:00.000Z",
      receiptId: expect.stringMatching(/^[0-9a-f]{32}$/),
      metadata: [{ key: "NOTIFICATION_FEE", value: "1382" }],
    });
    expect(late.status).toBe(422);
    expect(await gpd.counter.verify(org, `3${full}`)).toEqual({ fault: "PAA_PAGAMENTO_DUPLICATO" });
  });

  test("is put with a 209 while somebody pays", async () => {
    await gpd.counter.begin(org, `3${reduced}`);

    expect(await putFee(`3${reduced}`, 200)).toMatchObject({ status: 209, body: { amount: 4400 } });
  });

  test("is in the metadata of the option that is handed out, and not in those of a GET", async () => {
    const handed = await gpd.feeApp.request(`/organizations/${org}/paymentoptions/3${reduced}`, {
      headers,
    });

    expect(await handed.json()).toMatchObject({
      amount: 5582,
      debtPositionStatus: "VALID",
      paymentOptionMetadata: [{ key: "NOTIFICATION_FEE", value: "1382" }],
    });
    const { body } = await call("GET", `${root}/V1`);
    expect(JSON.stringify(body)).not.toContain("NOTIFICATION_FEE");
  });
});

test.each([
  // The creditor's transfer of the lowest number bears it, wherever it stands in the list.
  [
    "the creditor's second in the list",
    [
      { idTransfer: "2", amount: 1000, organizationFiscalCode: org },
      { idTransfer: "1", amount: 3200, organizationFiscalCode: org },
    ],
    200,
    [5582, 1382, 1000, 4582],
  ],
  [
    "another's first",
    [
      { idTransfer: "1", amount: 3000, organizationFiscalCode: other },
      { idTransfer: "2", amount: 1200 },
    ],
    200,
    [5582, 1382, 3000, 2582],
  ],
  [
    "another's alone",
    [{ idTransfer: "1", amount: 4200, organizationFiscalCode: other }],
    422,
    [4200, 0, 4200],
  ],
])("the fee with a transfer of %s", async (_name, transfers, status, shown) => {
  const option = buildOption(reduced, 4200, { transfer: transfers.map(buildTransfer) });
  await publish(buildPosition({ paymentOption: [option] }));

  expect((await putFee(`3${reduced}`, 1382)).status).toBe(status);
  expect(gpd.takesFee(org, `3${reduced}`)).toBe(status === 200);
  expect(await read()).toEqual([shown]);
});

test("a fee of another kind, a code of nobody and a draft take none", async () => {
  await call("POST", root, buildPosition());

  expect((await putFee(`3${reduced}`, "1382")).status).toBe(400);
  expect((await putFee(`3${reduced}`, -1)).status).toBe(400);
  expect((await putFee("309999999999999999", 1382)).status).toBe(404);
  expect((await putFee(`3${reduced}`, 1382, other)).status).toBe(404);
  expect((await putFee(`3${reduced}`, 1382)).status).toBe(422);
});

test.each(["POST", "PUT"] as const)(
  "the reserved key of metadata is a 409 in a %s",
  async (method) => {
    await publish(buildPosition());
    const metadata = [{ key: "NOTIFICATION_FEE", value: "1" }];
    const option = buildOption("07000000000000009", 4200, { paymentOptionMetadata: metadata });
    const body = buildPosition({ iupd: method === "PUT" ? "V1" : "V2", paymentOption: [option] });

    expect((await call(method, method === "PUT" ? `${root}/V1` : root, body)).status).toBe(409);
  },
);

test("a key of metadata that is there keeps its old value over a PUT", async () => {
  const build = (value: string) =>
    buildPosition({
      paymentOption: [
        buildOption(reduced, 4200, { paymentOptionMetadata: [{ key: "verbale", value }] }),
      ],
    });
  await publish(build("prima"));

  const { body } = await change(build("dopo"));

  expect(body).toMatchObject({
    paymentOption: [{ paymentOptionMetadata: [{ key: "verbale", value: "prima" }] }],
  });
});

describe("options that expire one by one", () => {
  const fifth = "2026-11-28T22:59:59Z";
  const sixtieth = "2027-01-22T22:59:59Z";
  const dated = (switchToExpired: boolean, dueDates: readonly [string, string]) =>
    buildPosition({
      switchToExpired,
      paymentOption: [
        buildOption(reduced, 4200, { dueDate: dueDates[0] }),
        buildOption(full, 6000, { dueDate: dueDates[1] }),
      ],
    });
  const verify = async () => [
    await gpd.counter.verify(org, `3${reduced}`),
    await gpd.counter.verify(org, `3${full}`),
  ];
  const payable = (amountCents: number) => ({ amountCents, notificationFeeCents: 0 });
  const expired = { fault: "PAA_PAGAMENTO_SCADUTO" } as const;

  test("one PUT does the work of day 5 and of day 60", async () => {
    await publish(buildPosition());
    expect((await change(dated(true, [fifth, sixtieth]))).status).toBe(200);

    expect(await verify()).toEqual([payable(4200), payable(6000)]);
    clock.advance(Date.parse(fifth) - clock.now());
    expect(await verify()).toEqual([payable(4200), payable(6000)]);
    clock.advance(1);
    expect(await verify()).toEqual([expired, payable(6000)]);
    expect((await call("GET", `${root}/V1`)).body["status"]).toBe("VALID");
    clock.advance(Date.parse(sixtieth) + 1 - clock.now());
    expect(await verify()).toEqual([expired, expired]);
    expect((await call("GET", `${root}/V1`)).body["status"]).toBe("EXPIRED");
    // A day that moved opens it again.
    expect(
      (await change(dated(true, ["2027-02-01T22:59:59Z", "2027-03-29T21:59:59Z"]))).status,
    ).toBe(200);
    expect(await verify()).toEqual([payable(4200), payable(6000)]);
  });

  test.each([
    ["with the flag a day gone by is refused, whichever option has it", true, 400],
    ["without it a day gone by passes, and the code stays payable", false, 200],
  ] as const)("%s", async (_name, flag, status) => {
    await publish(buildPosition());
    clock.advance(10 * day);

    expect((await change(dated(flag, [fifth, sixtieth]))).status).toBe(status);
    expect(await verify()).toEqual([payable(4200), payable(6000)]);
  });

  test("a receipt in flight on an expired option still counts", async () => {
    await publish(dated(true, [fifth, sixtieth]));
    clock.advance(10 * day);

    gpd.pay(org, `3${reduced}`);

    expect((await call("GET", `${root}/V1`)).body["status"]).toBe("PAID");
  });
});

test.each([
  ["unknown", null, "PAA_PAGAMENTO_SCONOSCIUTO"],
  ["a draft", "DRAFT", "PAA_PAGAMENTO_SCONOSCIUTO"],
  ["cancelled", "INVALID", "PAA_PAGAMENTO_ANNULLATO"],
  ["paid", "PAID", "PAA_PAGAMENTO_DUPLICATO"],
  ["expired", "EXPIRED", "PAA_PAGAMENTO_SCADUTO"],
] as const)("a payer of a notice that is %s is turned away", async (_name, status, fault) => {
  if (status !== null)
    gpd.seed([
      { organization: org, iupd: "V1", status, options: [{ iuv: reduced, amountCents: 4200 }] },
    ]);

  expect(await gpd.counter.verify(org, `3${reduced}`)).toEqual({ fault });
  expect(await gpd.counter.pay(org, `3${reduced}`)).toEqual({ fault });
});
