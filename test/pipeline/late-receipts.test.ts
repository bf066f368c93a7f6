/** Late receipts through whole pipelines: what somebody paid with the old notice is told once. */
import { afterEach, expect, test } from "bun:test";
import { copyFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { makeVerbale } from "../support/verbali.ts";

const creditor = "89999990164";
let world: InstallationWorld | undefined;
afterEach(() => world?.close());

/** The old position of verbale N as the ente's program made it. */
function old(n: number) {
  return {
    organization: creditor,
    iupd: `OLD-${n}`,
    options: [{ iuv: `0100000000099000${n}`, amountCents: 5_050 }],
  };
}

/** The ente's program drops the position and loads it once more, as it stood. */
async function reload(url: string, n: number): Promise<number> {
  const positions = `${url}/gpd/debt-positions-service/v1/organizations/${creditor}/debtpositions`;
  const headers = { "ocp-apim-subscription-key": "k" };
  await fetch(`${positions}/OLD-${n}`, { method: "DELETE", headers });
  const response = await fetch(`${positions}?toPublish=true`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify({
      iupd: `OLD-${n}`,
      type: "F",
      fiscalCode: "NVNTMS66B24X001Q",
      fullName: "Inventati Tommaso",
      companyName: "Comune di Prova",
      switchToExpired: false,
      paymentOption: [
        {
          iuv: `0100000000099000${n}`,
          amount: 5_050,
          description: "Verbale",
          isPartialPayment: false,
          dueDate: "2099-12-31T00:00:00.000Z",
          transfer: [
            {
              idTransfer: "1",
              amount: 5_050,
              remittanceInformation: "Verbale",
              category: "9/0101108TS/",
              iban: "IT60X0542811101000000123456",
            },
          ],
        },
      ],
    }),
  });
  return response.status;
}

async function pay(url: string, n: number): Promise<number> {
  const response = await fetch(
    `${url}/gpd/debt-positions-service/v1/organizations/${creditor}/paymentoptions/paids/30100000000099000${n}`,
    {
      method: "POST",
      headers: { "ocp-apim-subscription-key": "k", "content-type": "application/json" },
      body: JSON.stringify({ paymentDate: "2026-11-23T09:00:00.000Z" }),
    },
  );
  return response.status;
}

test("a payment on a cancelled position is raised in the history, once", async () => {
  world = await makeInstallationWorld({ positions: [old(1), old(2), old(3)] });
  const { freshDay, url, pipelinesFolder, json, file } = world;
  copyFileSync(
    join(resolve(import.meta.dir, "../.."), "pipelines", "ricevute.yaml"),
    join(pipelinesFolder, "ricevute.yaml"),
  );
  const lines = [1, 2, 3].map((n) =>
    JSON.stringify(makeVerbale(n, freshDay, { posizioni: [{ iupd: `OLD-${n}` }] })),
  );
  const input = file("flusso.jsonl", `${lines.join("\n")}\n`);
  const receipts = () => json(["run", "ricevute", "--ente", "prova", "--json"]);
  const told = ({ document }: Awaited<ReturnType<typeof receipts>>) =>
    document.items.map(({ key, state, code }) => [key, state, code]);

  const sent = await json(["run", "send", "--ente", "prova", "--input", input, "--json"]);
  const quiet = await receipts();
  const loaded = [await reload(url, 1), await reload(url, 2), await pay(url, 1)];
  const raised = await receipts();
  const again = await receipts();

  expect(sent.code).toBe(0);
  expect([quiet.code, told(quiet)]).toEqual([
    0,
    [
      ["T00001", "done", null],
      ["T00002", "done", null],
      ["T00003", "done", null],
    ],
  ]);
  expect(loaded).toEqual([201, 201, 200]);
  expect([raised.code, told(raised)]).toEqual([
    3,
    [
      ["T00001", "rejected", "PAID_AFTER_CANCEL"],
      ["T00002", "rejected", "CANCELLED_STILL_OPEN"],
      ["T00003", "done", null],
    ],
  ]);
  expect(told(again)).toEqual([
    ["T00002", "rejected", "CANCELLED_STILL_OPEN"],
    ["T00003", "done", null],
  ]);
});
