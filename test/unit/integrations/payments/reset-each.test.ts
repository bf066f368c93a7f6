/** Several orders on a payment system that takes one at a time: each has its own end, in the order in which they were given. */
import { afterEach, expect, test } from "bun:test";
import type { ItemRejected } from "../../../../engine/host/errors.ts";
import {
  type PaymentsPort,
  resetEach,
  type ResetOrder,
} from "../../../../integrations/payments/port.ts";
import { creditor, makeGovPayWorld, makeGpdWorld, orderFor } from "./payments-world.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function tellAll(payments: PaymentsPort, orders: readonly ResetOrder[]) {
  const told: string[] = [];
  for await (const end of resetEach(payments, orders)) {
    const how = end.status === "done" ? "done" : (end.error as ItemRejected).code;
    told.push(`${end.order.verbale} ${how}`);
  }
  return told;
}

test("GovPay goes on behind one that is paid", async () => {
  const { payments, simulator } = makeGovPayWorld();
  closing.push(() => simulator.close());
  simulator.seed([
    {
      idDominio: creditor.taxId,
      idA2A: "POSTINO",
      idPendenza: "OLD-2",
      numeroAvviso: "307000000000099045",
      importoCents: 5_000,
      stato: "ESEGUITA",
    },
  ]);

  expect(payments.resetMany).toBeUndefined();
  expect(
    await tellAll(payments, [
      orderFor("V-1"),
      orderFor("V-2", { old: [{ idPendenza: "OLD-2" }] }),
      orderFor("V-3"),
    ]),
  ).toEqual(["V-1 done", "V-2 ALREADY_PAID", "V-3 done"]);
});

test.each([
  [1, ["POST /v1", "POST /v1 publish"]],
  [2, ["POST /v2"]],
])("%i orders on GPD: %p", async (count, expected) => {
  const { line, payments, simulator } = makeGpdWorld();
  closing.push(() => simulator.close());
  const orders = Array.from({ length: count }, (_, n) => orderFor(`V-${n}`));

  expect(await tellAll(payments, orders)).toEqual(orders.map(({ verbale }) => `${verbale} done`));
  expect(
    line.calls.map(({ method, path }) => {
      const tail = path.endsWith("/publish") ? " publish" : "";
      return `${method} ${path.slice(0, 3)}${tail}`;
    }),
  ).toEqual(expected);
});
