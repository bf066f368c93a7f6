/** Every exchange of a whole pipeline run, second run and refusal included, against the official OpenAPI of SEND and GPD. */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { makeVerbale } from "../support/verbali.ts";
import {
  type Exchange as PaymentExchange,
  gpdContract,
  hasPaymentContracts,
} from "./payments-openapi.ts";
import { hasContracts, judged, contracts, type Exchange } from "./send-openapi.ts";
import { tally } from "./tally.ts";

const isThere = hasContracts && hasPaymentContracts;
if (!isThere) console.warn("pipeline-contracts: skipped, the OpenAPI files are not at hand");
setDefaultTimeout(120_000);

const gpdPath = "/gpd/debt-positions-service/v1";
let world: InstallationWorld | null = null;
afterAll(async () => {
  await world?.close();
});

describe.skipIf(!isThere)("a pipeline run", () => {
  test("says and hears nothing that the contracts of SEND and GPD do not allow", async () => {
    const send: Exchange[] = [];
    const gpd: PaymentExchange[] = [];
    world = await makeInstallationWorld({
      validationMs: 100,
      observe: async (request, answer) => {
        const url = new URL(request.url);
        const [sent, got] = [await request.text(), await answer.text()];
        const common = { method: request.method, query: url.searchParams, status: answer.status };
        if (url.pathname.startsWith(gpdPath))
          gpd.push({
            ...common,
            path: url.pathname.slice(gpdPath.length),
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
    const refused = makeVerbale(3, world.freshDay);
    const { indirizzo } = refused.destinatario;
    const verbali = [
      makeVerbale(1, world.freshDay),
      makeVerbale(2, world.freshDay),
      {
        ...refused,
        destinatario: { ...refused.destinatario, indirizzo: { ...indirizzo, comune: "Roma" } },
      },
    ];
    const input = world.file(
      "flusso.jsonl",
      verbali.map((verbale) => JSON.stringify(verbale)).join("\n"),
    );
    const run = ["run", "send", "--ente", "prova", "--input", input, "--json", "--wait", "2m"];

    const first = await world.json(run);
    const again = await world.json([
      "resume",
      first.document.run.id,
      "--only",
      "rejected",
      "--json",
      "--wait",
      "2m",
    ]);

    const { checked, faults } = judged(send, contracts());
    const contract = gpdContract();
    const paymentFaults = gpd.flatMap((exchange) => contract.faults(exchange));
    tally({
      suite: "GPD v1 OpenAPI",
      requests: gpd.length,
      answers: gpd.length,
      faults: paymentFaults,
    });
    expect([first.code, again.code]).toEqual([3, 3]);
    expect({ faults, paymentFaults }).toEqual({ faults: [], paymentFaults: [] });
    expect(new Set(send.map(({ method, path }) => `${method} ${path}`))).toEqual(
      new Set([
        "POST /delivery/attachments/preload",
        "POST /delivery/v2.5/requests",
        "GET /delivery/v2.5/requests",
      ]),
    );
    expect(checked).toBeGreaterThan(8);
    expect(gpd.length).toBeGreaterThan(8);
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
