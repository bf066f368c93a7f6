/** What a payment system says of the codes of a position: what is asked for, which fee is in it, what was paid and by which receipt. */
import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RetryLater, RunBlocked } from "../../../../engine/host/errors.ts";
import type { CodeStanding, OpenPosition } from "../../../../integrations/payments/port.ts";
import { createFilePayments } from "../../../../integrations/payments/file/file-adapter.ts";
import type { PaymentReceipt } from "../../../../simulators/payments/payer.ts";
import { createFakeClock } from "../../../support/fake-clock.ts";
import { creditor, makeGovPayWorld, makeGpdWorld, orderFor, refusalOf } from "./payments-world.ts";

const { taxId } = creditor;
const unpaid = { state: "payable", payments: [] };

function findCode({ options }: OpenPosition, kind: string): string {
  return options.find((one) => one.kind === kind)?.noticeCode ?? "";
}

async function pay(
  counter: { pay(taxId: string, code: string): Promise<unknown> },
  code: string,
): Promise<PaymentReceipt> {
  return (await counter.pay(taxId, code)) as PaymentReceipt;
}

describe("GPD", () => {
  test("asks for the amount with SEND's fee, and keeps what was paid with its receipt", async () => {
    const { payments, simulator, clock } = makeGpdWorld();
    const position = await payments.reset(orderFor("V-1"));
    const discounted = findCode(position, "discounted");

    expect(await payments.readStanding(position)).toMatchObject([
      { ...unpaid, noticeCode: discounted, amountCents: 4400, feeCents: 0 },
      { ...unpaid, amountCents: 5660, feeCents: 0 },
    ]);

    for (const { noticeCode } of position.options) simulator.putFee(taxId, noticeCode, 200);
    expect(await payments.readStanding(position)).toMatchObject([
      { amountCents: 4600, feeCents: 200 },
      { amountCents: 5860, feeCents: 200 },
    ]);

    // Half past eleven in the evening of the 24th is already the 25th in Rome.
    clock.advance(Date.parse("2026-11-24T23:30:00Z") - clock.now());
    const { receiptId } = await pay(simulator.counter, discounted);
    // SEND's later fee finds a code that was paid.
    simulator.putFee(taxId, discounted, 1382);

    expect(await payments.readStanding(position)).toEqual([
      {
        noticeCode: discounted,
        state: "paid",
        amountCents: 4600,
        feeCents: 200,
        payments: [
          {
            paidOn: "2026-11-25",
            paidAt: "2026-11-24T23:30:00.000Z",
            amountCents: 4600,
            feeCents: 200,
            receiptId,
          },
        ],
      },
      {
        noticeCode: findCode(position, "reduced"),
        state: "closed",
        amountCents: 5860,
        feeCents: 200,
        payments: [],
      },
    ]);
  });

  test("a position that GPD does not have is absent, one of another system unknown and not asked for", async () => {
    const { payments, line } = makeGpdWorld();
    const position = await payments.reset(orderFor("V-1"));
    const asked = line.calls.length;

    const [gone] = await payments.readStanding({
      ...position,
      ref: position.ref.replace(/g1$/, "g9"),
    });
    const [other] = await payments.readStanding({
      ...position,
      ref: "0123456789abcdef01234567-g1",
    });

    expect(gone).toMatchObject({ state: "absent", payments: [] });
    expect(other).toMatchObject({ state: "unknown", amountCents: null, payments: null });
    expect(line.calls.length).toBe(asked + 1);
  });

  test("a code over its day is closed while the other may still be paid", async () => {
    const { payments, clock } = makeGpdWorld();
    const order = orderFor("V-1");
    const position = await payments.reset(order);
    const lastDays = ["2026-11-30", "2027-01-24"];
    await payments.schedule({
      ...order,
      ref: position.ref,
      options: position.options.map((one, at) => ({ ...one, lastDay: lastDays[at] ?? null })),
    });
    clock.advance(Date.parse("2026-11-30T23:00:01Z") - clock.now());

    const states = (await payments.readStanding(position)).map(({ state }) => state);

    expect(states).toEqual(["closed", "payable"]);
  });
});

describe("GovPay", () => {
  test("the fee is known from the receipt; before, only where GovPay says what SEND told it", async () => {
    const { payments, simulator, line } = makeGovPayWorld();
    const position = await payments.reset(orderFor("V-1"));
    const reduced = findCode(position, "reduced");

    expect(await payments.readStanding(position)).toMatchObject([
      { ...unpaid, amountCents: null, feeCents: null },
      { ...unpaid, amountCents: null, feeCents: null },
    ]);

    const { receiptId, paidAt } = await pay(simulator.counter, reduced);
    const [, paid] = await payments.readStanding(position);
    expect(paid).toMatchObject({
      state: "paid",
      payments: [{ paidAt, amountCents: 5660, feeCents: 0, receiptId }],
    });

    line.answerOnce(({ path }) => path.endsWith("-S"), 200, {
      idA2A: "POSTINO",
      idPendenza: `${position.ref}-S`,
      stato: "NON_ESEGUITA",
      importo: 44,
      sendImportoTotale: 13.82,
    });
    expect(await payments.readStanding(position)).toMatchObject([
      { state: "payable", amountCents: 5782, feeCents: 1382 },
      { state: "paid" },
    ]);
  });

  const older = {
    datiPagamento: {
      importoTotalePagato: "57.82",
      datiSingoloPagamento: [
        { identificativoUnivocoRiscossione: "IUR-1", dataEsitoSingoloPagamento: "2026-11-25" },
      ],
    },
  };
  const newer = {
    receiptId: "R-1",
    paymentAmount: "57.82",
    paymentDateTime: "2026-11-25T10:00:00Z",
    metadata: { mapEntry: [{ key: "NOTIFICATION_FEE", value: "1382" }] },
  };
  const refused = { ...newer, receiptId: "R-0", paymentAmount: "0.00" };

  test.each<[string, unknown, object]>([
    ["one without a receipt", [], { amountCents: null, feeCents: null, receiptId: null }],
    [
      "an older receipt",
      [{ rt: older }],
      { amountCents: 5782, feeCents: null, receiptId: "IUR-1" },
    ],
    [
      "a receipt after an attempt that failed",
      [{ rt: refused }, { rpt: {} }, { rt: newer }],
      { amountCents: 5782, feeCents: 1382, receiptId: "R-1" },
    ],
  ])("%s", async (_name, rpp, expected) => {
    const { payments, line } = makeGovPayWorld();
    const position = await payments.reset(orderFor("V-1"));
    line.answerOnce(({ path }) => path.endsWith("-S"), 200, {
      idA2A: "POSTINO",
      idPendenza: `${position.ref}-S`,
      stato: "ESEGUITA",
      importo: 44,
      dataPagamento: "2026-11-25",
      rpp,
    });

    const [paid] = await payments.readStanding(position);

    expect(paid?.payments).toHaveLength(1);
    expect(paid?.payments?.[0]).toMatchObject({ paidOn: "2026-11-25", ...expected });
  });
});

describe("files", () => {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });
  const position: OpenPosition = {
    ref: "0123456789abcdef01234567-g1",
    creditorTaxId: taxId,
    options: [
      { kind: "discounted", iuv: "07", noticeCode: "307000000000000101", amountCents: 4400 },
      { kind: "reduced", iuv: "08", noticeCode: "307000000000000202", amountCents: 5660 },
    ],
  };

  async function read(files: Readonly<Record<string, string>>): Promise<readonly CodeStanding[]> {
    const folder = mkdtempSync(join(tmpdir(), "incassi-"));
    folders.push(folder);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const clock = createFakeClock("2026-11-28T09:00:00Z");
    const payments = createFilePayments({ folder, creditor, settings: {}, clock });
    return await payments.readStanding(position);
  }

  test("nobody can tell of a code that no file names", async () => {
    const [discounted, reduced] = await read({
      "incassi-novembre.csv":
        "codice_avviso;data_pagamento;importo\n3070 0000 0000 0001 01;25/11/2026;57,82\n",
    });

    expect(discounted).toMatchObject({
      state: "paid",
      payments: [{ paidOn: "2026-11-25", amountCents: 5782, feeCents: null, receiptId: null }],
    });
    expect(reduced).toMatchObject({ state: "unknown", amountCents: null, payments: null });
    expect(await read({})).toMatchObject([{ payments: null }, { payments: null }]);
  });

  test("a payment in two files counts once, two receipts are two payments", async () => {
    const head = "codice_avviso;data_pagamento;importo;spese_notifica;ricevuta\n";
    const first = "307000000000000101;2026-11-25;57,82;13,82;R-1\n";

    const [discounted] = await read({
      "incassi-1.csv": head + first,
      "incassi-2.csv": `${head}${first}307000000000000101;26/11/2026;1.057,82;13,82;R-2\n`,
    });

    expect(
      discounted?.payments?.map(({ receiptId, amountCents }) => [receiptId, amountCents]),
    ).toEqual([
      ["R-1", 5782],
      ["R-2", 105782],
    ]);
  });

  test.each([
    ["307000000000000101;30/02/2026;57,82", "data_pagamento"],
    ["307000000000000101;25/11/2026;57,8", "importo"],
    ["307000000000000101;25/11/2026;circa 50", "importo"],
  ])("a row that cannot be read waits for a person: %s", async (row, column) => {
    const error = await refusalOf(
      read({ "incassi.csv": `codice_avviso;data_pagamento;importo\n${row}\n` }),
    );

    expect(error).toBeInstanceOf(RetryLater);
    expect(error.message).toContain(`incassi.csv non si può usare alla riga 2: ${column}`);
  });

  test("a file without a column stops the run and says which", async () => {
    const error = await refusalOf(read({ "incassi.csv": "codice_avviso;data_pagamento\nx;y\n" }));

    expect(error).toBeInstanceOf(RunBlocked);
    expect(error.message).toContain("«importo»");
  });
});
