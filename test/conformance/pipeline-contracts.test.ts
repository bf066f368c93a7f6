/** Every exchange of a whole pipeline run, second run and refusal included, against the official OpenAPI of SEND and of GPD or GovPay. */
import { afterEach, describe, expect, test } from "bun:test";
import { createFastClock } from "../support/fast-clock.ts";
import { govPayEnte, govPaySecrets, loadPendenza } from "../support/govpay-ente.ts";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import type { Indirizzo } from "../../steps/schemas/verbale.ts";
import { makeVerbale, leaveTownToSend } from "../support/verbali.ts";
import {
  type Exchange as PaymentExchange,
  govpayBackofficeContract,
  govpayContract,
  gpdContract,
  hasPaymentContracts,
} from "./payments-openapi.ts";
import { hasContracts, judged, contracts, type Exchange } from "./send-openapi.ts";
import { tally } from "./tally.ts";

const isThere = hasContracts && hasPaymentContracts;
if (!isThere) console.warn("pipeline-contracts: skipped, the OpenAPI files are not at hand");
const paTaxId = "89999990164";
let world: InstallationWorld | null = null;
afterEach(async () => {
  await world?.close();
});

interface Side {
  readonly name: string;
  readonly suite: string;
  /** Where the simulator of the payment system is mounted. */
  readonly base: string;
  readonly contract: () => { faults(exchange: PaymentExchange): readonly string[] };
  readonly enteYaml: (text: string) => string;
  /** Makes the old positions of verbale 1 and 2 where the world does not, and names them. */
  prepare(world: InstallationWorld): Promise<readonly Record<string, string>[]>;
  /** How long SEND examines a request: one of the two runs waits for it. */
  readonly validationMs: number;
  /** Method and status of what must have been said. */
  readonly said: readonly string[];
}

const gpd: Side = {
  name: "GPD",
  suite: "GPD v1 OpenAPI",
  base: "/gpd/debt-positions-service/v1",
  contract: gpdContract,
  enteYaml: (text) => text,
  validationMs: 100,
  prepare: async () => [{ iupd: "OLD-1" }, { iupd: "OLD-2" }],
  said: ["DELETE 200", "GET 200", "GET 404", "POST 200", "POST 201"],
};

const govpay: Side = {
  name: "GovPay",
  suite: "GovPay v2 OpenAPI",
  base: "/govpay",
  contract: openGovPayContracts,
  enteYaml: govPayEnte,
  validationMs: 0,
  async prepare(opened) {
    await loadPendenza(opened.url, { idA2A: "POSTINO", idPendenza: "OLD-1", number: 990_001 });
    await loadPendenza(opened.url, { idA2A: "POSTINO", idPendenza: "OLD-2", number: 990_002 });
    return [{ idPendenza: "OLD-1" }, { idPendenza: "OLD-2" }];
  },
  said: ["GET 200", "GET 404", "PATCH 200", "PUT 201"],
};

const backoffice = "/backend/api/backoffice/rs/basic/v1";

/** GovPay's two APIs, each by its own file. */
function openGovPayContracts(): ReturnType<Side["contract"]> {
  const [own, settings] = [govpayContract(), govpayBackofficeContract()];
  return {
    faults: (exchange) =>
      exchange.path.startsWith(`${backoffice}/`)
        ? settings.faults({ ...exchange, path: exchange.path.slice(backoffice.length) })
        : own.faults(exchange),
  };
}

/** Verbale 1 has an open position, 2 a draft on GPD; 3 is refused for its address, 4 for a service that is down. */
const positions = [
  {
    organization: paTaxId,
    iupd: "OLD-1",
    options: [{ iuv: "01000000099000110", amountCents: 5050 }],
  },
  {
    organization: paTaxId,
    iupd: "OLD-2",
    status: "DRAFT",
    options: [{ iuv: "01000000099000211", amountCents: 5050 }],
  },
];

describe.skipIf(!isThere).each([gpd, govpay])("a pipeline run with $name", (side) => {
  test("says and hears nothing that the contracts do not allow", async () => {
    const send: Exchange[] = [];
    const payments: PaymentExchange[] = [];
    world = await makeInstallationWorld({
      validationMs: side.validationMs,
      clock: createFastClock(),
      positions,
      enteYaml: (text) => leaveTownToSend(side.enteYaml(text)),
      observe: async (request, answer) => {
        const url = new URL(request.url);
        const [sent, got] = [await request.text(), await answer.text()];
        const common = { method: request.method, query: url.searchParams, status: answer.status };
        if (url.pathname.startsWith(side.base))
          payments.push({
            ...common,
            path: url.pathname.slice(side.base.length),
            headers: request.headers,
            body: parsed(sent),
            answerHeaders: answer.headers,
            answer: parsed(got) ?? got,
          });
        else if (url.pathname.startsWith("/send/") && !url.pathname.startsWith("/send/upload/"))
          send.push({
            ...common,
            path: url.pathname.slice("/send".length),
            body: parsed(sent),
            contentType: answer.headers.get("content-type") ?? "",
            headers: answer.headers,
            answer: parsed(got),
          });
      },
    });
    const [old1, old2] = await side.prepare(world);
    const { freshDay } = world;
    const moved = (number: number, change: Partial<Indirizzo>) => {
      const verbale = makeVerbale(number, freshDay);
      const { indirizzo } = verbale.destinatario;
      const destinatario = { ...verbale.destinatario, indirizzo: { ...indirizzo, ...change } };
      return { ...verbale, destinatario };
    };
    const verbali = [
      makeVerbale(1, freshDay, { posizioni: [{ ...old1 }] }),
      makeVerbale(2, freshDay, { posizioni: [{ ...old2 }] }),
      moved(3, { comune: "Roma" }),
      moved(4, { via: "Via @SERVICE_UNAVAILABLE" }),
    ];
    const input = world.file(
      "flusso.jsonl",
      verbali.map((verbale) => JSON.stringify(verbale)).join("\n"),
    );
    const run = ["run", "send", "--ente", "prova", "--input", input, "--json", "--wait", "10m"];

    const first = await world.json(run, { env: govPaySecrets });
    const again = await world.json(
      ["resume", first.document.run.id, "--only", "rejected", "--json", "--wait", "10m"],
      { env: govPaySecrets },
    );

    const { checked, faults } = judged(send, contracts());
    const contract = side.contract();
    const paymentFaults = payments.flatMap((exchange) => contract.faults(exchange));
    tally({
      suite: side.suite,
      requests: payments.length,
      answers: payments.length,
      faults: paymentFaults,
    });
    expect([first.code, again.code]).toEqual([3, 3]);
    expect(again.document.items.map(({ code }) => code)).toEqual([
      null,
      null,
      "NOT_VALID_ADDRESS",
      "SERVICE_UNAVAILABLE",
    ]);
    expect(again.document.items[3]?.note).toBe(
      "Un servizio da cui SEND dipende non era disponibile per troppo tempo. SEND non ha notificato nulla; il rifiuto costa 1 euro per destinatario. I codici avviso tornano liberi.",
    );
    expect({ faults, paymentFaults }).toEqual({ faults: [], paymentFaults: [] });
    expect(
      new Set(send.map(({ method, path }) => `${method} ${path.replaceAll(/\d{11,18}/g, "N")}`)),
    ).toEqual(
      new Set([
        "POST /delivery/attachments/preload",
        "POST /delivery/v2.5/requests",
        "GET /delivery/v2.5/requests",
        // Before a position is cancelled SEND is asked whether a notification carries its code.
        "GET /delivery/v2.3/price/N/N",
      ]),
    );
    expect(checked).toBeGreaterThan(8);
    expect(
      [...new Set(payments.map(({ method, status }) => `${method} ${status}`))].toSorted(),
    ).toEqual([...side.said]);
  });
});

function parsed(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
