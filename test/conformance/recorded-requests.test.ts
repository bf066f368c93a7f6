/** Every request of the pipeline tests against the official OpenAPI files; asked by `bun run conformance:contracts`, which records them first. */
import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import type { RecordedRequest } from "../support/recorded-requests.ts";
import { govpayContract, gpdContract, hasPaymentContracts } from "./payments-openapi.ts";
import { contracts, hasContracts } from "./send-openapi.ts";
import { tally } from "./tally.ts";

const file = process.env["POSTINO_CONFORMANCE_REQUESTS"] ?? "";
const isThere = hasContracts && hasPaymentContracts && existsSync(file);
const bases = {
  "SEND, pipeline tests": "/send",
  "GPD, pipeline tests": "/gpd/debt-positions-service/v1",
  "GPD v2, pipeline tests": "/gpd/debt-positions-service/v2",
  "GovPay, pipeline tests": "/govpay",
} as const;
type Suite = keyof typeof bases;

/** Requests below the base of one side. */
function below(requests: readonly RecordedRequest[], suite: Suite) {
  return requests
    .filter(({ path }) => path.startsWith(`${bases[suite]}/`))
    .map(({ path, query, contentType, ...request }) => ({
      ...request,
      path: path.slice(bases[suite].length),
      query: new URLSearchParams(query),
      headers: new Headers({ "content-type": contentType }),
      body: request.body,
    }));
}

test.skipIf(!isThere)(
  "no request of a pipeline test is other than the contracts want (skipped: no record was made)",
  () => {
    const requests = readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as RecordedRequest);
    const send = below(requests, "SEND, pipeline tests");
    const gpd = below(requests, "GPD, pipeline tests");
    const bulks = below(requests, "GPD v2, pipeline tests");
    const govpay = below(requests, "GovPay, pipeline tests");
    const [ofGpd, ofBulks, ofGovPay] = [gpdContract(), gpdContract("v2"), govpayContract()];

    const faults: Readonly<Record<Suite, readonly string[]>> = {
      "SEND, pipeline tests": send.flatMap((request) => {
        const verdicts = contracts().flatMap((of) => {
          const found = of.requestFaults(request);
          return found === null ? [] : [found];
        });
        return verdicts.length === 0
          ? [`${request.method} ${request.path}: in no contract`]
          : verdicts.flat();
      }),
      "GPD, pipeline tests": gpd.flatMap((request) => ofGpd.requestFaults(request)),
      "GPD v2, pipeline tests": bulks.flatMap((request) => ofBulks.requestFaults(request)),
      "GovPay, pipeline tests": govpay.flatMap((request) => ofGovPay.requestFaults(request)),
    };

    const counts: Readonly<Record<Suite, number>> = {
      "SEND, pipeline tests": send.length,
      "GPD, pipeline tests": gpd.length,
      "GPD v2, pipeline tests": bulks.length,
      "GovPay, pipeline tests": govpay.length,
    };
    for (const suite of Object.keys(bases) as Suite[])
      tally({ suite, requests: counts[suite], answers: 0, faults: faults[suite] });
    expect(Object.values(faults).flat()).toEqual([]);
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(0);
  },
);
