/** What an office writes in incassi*.csv beside what the payment system knows: the same payment by its receipt, and those that nobody else knows. */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunBlocked } from "../../../../engine/host/errors.ts";
import { addToldReceipts } from "../../../../integrations/payments/file/told-receipts.ts";
import type {
  CodePayment,
  CodeStanding,
  PaymentsPort,
} from "../../../../integrations/payments/port.ts";
import { refusalOf } from "./payments-world.ts";

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

const code = "301000000000000144";
const known: CodePayment = {
  paidOn: "2026-12-01",
  paidAt: "2026-12-01T09:00:00.000Z",
  amountCents: 4600,
  feeCents: 200,
  receiptId: "r1",
};

function makePort(
  state: CodeStanding["state"],
  payments: readonly CodePayment[] | null,
  rows: readonly string[],
) {
  const folder = mkdtempSync(join(tmpdir(), "incassi-"));
  folders.push(folder);
  if (rows.length > 0) writeFileSync(join(folder, "incassi.csv"), `${rows.join("\n")}\n`);
  const standing = [{ noticeCode: code, state, amountCents: 4600, feeCents: 200, payments }];
  const port = { readStanding: () => Promise.resolve(standing) } as unknown as PaymentsPort;
  return addToldReceipts(port, folder);
}

const order = { ref: "x", options: [] };
const head = "codice_avviso;data_pagamento;importo;spese_notifica;ricevuta";

test.each([
  ["no file", "payable", [], [], "payable", []],
  [
    "a file of others",
    "paid",
    [known],
    [head, "301000000000000245;02/12/2026;1,00;;"],
    "paid",
    [["r1", 4600, 200]],
  ],
  [
    "its own receipt, less",
    "paid",
    [known],
    [head, `${code};02/12/2026;44,00;;r1`],
    "paid",
    [["r1", 4400, 200]],
  ],
  [
    "no receipt, less",
    "paid",
    [known],
    [head, `${code};02/12/2026;44,00;2,00;`],
    "paid",
    [["r1", 4400, 200]],
  ],
  [
    "marked by hand, then its receipt",
    "paid",
    [{ ...known, amountCents: null, feeCents: null, receiptId: null }],
    [head, `${code};02/12/2026;46,00;2,00;r9`],
    "paid",
    [["r9", 4600, 200]],
  ],
  [
    "another receipt",
    "paid",
    [known],
    [head, `${code};02/12/2026;46,00;2,00;r2`],
    "paid",
    [
      ["r2", 4600, 200],
      ["r1", 4600, 200],
    ],
  ],
  [
    "both, in two files' worth of rows",
    "paid",
    [known],
    [head, `${code};02/12/2026;46,00;2,00;r2`, `${code};01/12/2026;45,00;2,00;r1`],
    "paid",
    [
      ["r2", 4600, 200],
      ["r1", 4500, 200],
    ],
  ],
  [
    "nobody else knows",
    "closed",
    [],
    [head, `${code};02/12/2026;46,00;;`],
    "paid",
    [[null, 4600, null]],
  ],
  [
    "on a cancelled one",
    "cancelled",
    [],
    [head, `${code};02/12/2026;46,00;;`],
    "cancelled",
    [[null, 4600, null]],
  ],
  [
    "nobody can tell",
    "unknown",
    null,
    [head, `${code};02/12/2026;46,00;;`],
    "paid",
    [[null, 4600, null]],
  ],
] as const)("%s", async (_what, state, payments, rows, then, paid) => {
  const [told] = await makePort(state, payments, rows).readStanding(order);

  expect(told?.state).toBe(then);
  expect(
    told?.payments?.map(({ receiptId, amountCents, feeCents }) => [
      receiptId,
      amountCents,
      feeCents,
    ]),
  ).toEqual(paid as unknown as [string | null, number | null, number | null][]);
});

test("the payment system's own time stays with a payment that both know", async () => {
  const rows = [head, `${code};05/12/2026;44,00;;r1`];
  const [told] = await makePort("paid", [known], rows).readStanding(order);

  expect(told?.payments).toEqual([{ ...known, amountCents: 4400 }]);
});

test("a file without its columns stops the run and is named", async () => {
  const asked = makePort("paid", [known], ["codice_avviso;importo", `${code};44,00`]).readStanding(
    order,
  );
  const refusal = (await refusalOf(asked)) as RunBlocked;

  expect(refusal).toBeInstanceOf(RunBlocked);
  expect(refusal.message).toContain("incassi.csv");
});
