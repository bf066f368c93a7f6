/** Every request of our SEND client and every answer of the simulated SEND against the official OpenAPI files, where they are at hand. */
import { describe, expect, test } from "bun:test";
import { createSendDesk } from "../../integrations/send/desk.ts";
import type { SendRequest } from "../../integrations/send/port.ts";
import { createSendStreams } from "../../integrations/send/streams.ts";
import { checkGatewayBody } from "../../simulators/send/checks/gateway.ts";
import type { WireRequest } from "../../integrations/send/wire.ts";
import {
  accessOf,
  makeSend,
  paTaxId,
  rejection,
  sampleRequest,
  type WorldChanges,
} from "../unit/integrations/send/setup.ts";
import { contracts, hasContracts, judged, type Exchange } from "./send-openapi.ts";

const ignore = (): void => undefined;

if (!hasContracts) console.warn("send-contracts: skipped, SEND's OpenAPI files are not at hand");

// Reading the four files takes seconds on a slow machine; it is done once.
/** A world whose exchanges are all written down. */
async function recorded(changes: WorldChanges = {}) {
  const exchanges: Exchange[] = [];
  const world = await makeSend({
    ...changes,
    between: async (request, next) => {
      const url = new URL(request.url);
      const sent = await request.clone().text();
      const answer = await next();
      const got = await answer.clone().text();
      const isUpload = /^\/send\/(upload|download|legal-fact)\//.test(url.pathname);
      if (!isUpload)
        exchanges.push({
          method: request.method,
          path: url.pathname.replace(/^\/send/, ""),
          query: url.searchParams,
          body: sent === "" ? undefined : (JSON.parse(sent) as unknown),
          status: answer.status,
          contentType: answer.headers.get("content-type") ?? "",
          headers: answer.headers,
          answer: got === "" ? undefined : (JSON.parse(got) as unknown),
        });
      return answer;
    },
  });
  return { world, exchanges };
}

/** Everything that a request can carry. */
function full(request: SendRequest): SendRequest {
  return {
    ...request,
    abstract: "Verbale di accertamento",
    amountCents: 4200,
    recipients: request.recipients.map((recipient) => ({
      ...recipient,
      pec: "mario.rossi@pec.example.it",
      address: {
        ...recipient.address,
        via: "Via @OK_890",
        civico: "1",
        presso: "presso Bianchi",
        dettagli: "Scala B",
        frazione: "Ostia",
        foreignState: "ITALIA",
      },
    })),
  };
}

describe.skipIf(!hasContracts)("SEND's OpenAPI", () => {
  test.each(["2.4", "2.5", "2.6"] as const)(
    "requests of version %s and their answers",
    async (apiVersion) => {
      const { world, exchanges } = await recorded({
        settings: { apiVersion, priority: 50, group: "verbali" },
        simulator: { apiKeys: [{ key: "k-1", paTaxId, groups: ["verbali"] }] },
      });
      const plain = await sampleRequest(world.send);
      const { notificationRequestId } = await world.send.send(full(plain));
      await world.send.findStatus(notificationRequestId);
      await world.send.send(plain);
      await rejection(world.send.send({ ...plain, protocol: "V-2" }));
      world.clock.advance(200);
      await world.send.findStatus(notificationRequestId);
      await world.send.find("nobody", "nothing");

      const { checked, faults } = judged(exchanges, contracts());

      expect(faults).toEqual([]);
      expect(checked).toBe(9);
    },
  );

  test("refusals of every layer", async () => {
    const { world, exchanges } = await recorded({ simulator: { capTable: [] } });
    const plain = await sampleRequest(world.send);
    const [recipient] = plain.recipients;
    if (recipient === undefined) throw new Error("no recipient");
    await rejection(
      world.send.send({ ...plain, recipients: [{ ...recipient, taxId: "RSSMRA80A01H501V" }] }),
    );
    const { notificationRequestId } = await world.send.send(plain);
    world.clock.advance(200);
    await world.send.findStatus(notificationRequestId);
    await rejection(world.client({ apiKey: "" }).find("V", "t"));
    await rejection(world.client({ apiKey: "wrong" }).find("V", "t"));

    const { faults } = judged(exchanges, contracts());

    expect(faults).toEqual([]);
    expect(exchanges.map(({ status }) => status)).toEqual([200, 400, 202, 200, 401, 403]);
  });

  test("detail with every stage, documents, price, legal facts and cancellation", async () => {
    const { world, exchanges } = await recorded({ simulator: { keepsFiles: true } });
    const request = full(await sampleRequest(world.send));
    const { notificationRequestId } = await world.send.send(request);
    world.clock.advance(20 * 86_400_000);
    const iun = Buffer.from(notificationRequestId, "base64").toString("utf8");
    const desk = createSendDesk(accessOf(world));

    await desk.findNotification(iun);
    await desk.downloadDocument(iun, 0, ignore);
    await desk.downloadDocument(iun, 7, ignore);
    await desk.downloadPaymentAttachment(iun, 0, 0, ignore);
    await desk.findPrice(paTaxId, "302010000000000001");
    await desk.listLegalFacts(iun);
    await desk.downloadLegalFact(iun, `PN_LEGAL_FACTS-${iun}.pdf`, ignore);
    await desk.cancel(iun);
    await desk.cancel(iun);
    await desk.findNotification(iun);

    const { checked, faults } = judged(exchanges, contracts());
    expect(faults).toEqual([]);
    expect(checked).toBe(12);
  });

  test("streams", async () => {
    const { world, exchanges } = await recorded({
      simulator: { capTable: [{ cap: "00118", locality: "ROMA", province: "RM" }] },
    });
    const streams = createSendStreams(accessOf(world));
    const { streamId } = await streams.ensure({
      title: "postino",
      eventType: "TIMELINE",
      filterValues: ["REQUEST_ACCEPTED", "REQUEST_REFUSED"],
      groups: [],
    });
    await world.send.send(await sampleRequest(world.send));
    const other = await sampleRequest(world.send, {
      protocol: "V-2",
      noticeCode: "302010000000000002",
    });
    const [recipient] = other.recipients;
    if (recipient === undefined) throw new Error("no recipient");
    await world.send.send({
      ...other,
      recipients: [{ ...recipient, address: { ...recipient.address, cap: "20121" } }],
    });
    world.clock.advance(200);
    const batch = await streams.read(streamId, null);
    await rejection(streams.read(streamId, null));
    world.clock.advance(900_000);
    await streams.read(streamId, batch.events.at(-1)?.eventId ?? null);
    await streams.list();
    await streams.disable(streamId);
    await streams.remove(streamId);
    await rejection(streams.remove(streamId));

    const own = exchanges.filter(({ path }) => path.startsWith("/delivery-progresses"));
    const { checked, faults } = judged(own, contracts());

    expect(batch.events.map(({ category }) => category).sort()).toEqual([
      "REQUEST_ACCEPTED",
      "REQUEST_REFUSED",
    ]);
    expect(faults).toEqual([]);
    expect(checked).toBe(10);
  });
});

describe.skipIf(!hasContracts)("layer G of the simulator agrees with the gateway's schema", () => {
  const valid: WireRequest = {
    paProtocolNumber: "P",
    subject: "Violazione",
    recipients: [
      {
        recipientType: "PF",
        taxId: "RSSMRA80A01H501U",
        denomination: "Mario Rossi",
        physicalAddress: {
          address: "Via Roma 1",
          municipality: "Roma",
          province: "RM",
          zip: "00118",
        },
        payments: [
          { pagoPa: { noticeCode: "302010000000000001", creditorTaxId: paTaxId, applyCost: true } },
        ],
      },
    ],
    documents: [
      {
        digests: { sha256: "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=" },
        contentType: "application/pdf",
        ref: { key: "PN_NOTIFICATION_ATTACHMENTS-1.pdf", versionToken: "v" },
      },
    ],
    physicalCommunicationType: "REGISTERED_LETTER_890",
    notificationFeePolicy: "DELIVERY_MODE",
    senderDenomination: "Comune",
    senderTaxId: paTaxId,
    taxonomyCode: "010101P",
  };

  /** Every place of the request, each spoilt in several ways. */
  function* spoilt(): Generator<readonly [string, unknown]> {
    yield ["valid", valid];
    const values = [null, "", "\n", "x", "€", "1", 0, -1, 101, true, [], {}, "a".repeat(1025)];
    for (const path of placesOf(valid)) {
      // The OpenAPI forgets `type: object` here: a scalar passes the gateway and is refused by pn-delivery's parser, with a 400 too.
      if (path.join(".") === "recipients.0.payments.0") continue;
      for (const value of values)
        yield [
          `${path.join(".")} = ${JSON.stringify(value).slice(0, 20)}`,
          withValue(valid, path, value),
        ];
      yield [`${path.join(".")} absent`, withValue(valid, path, undefined)];
    }
    const optional = {
      idempotenceToken: ["t", "é", "a".repeat(257)],
      abstract: ["a".repeat(1024), "a".repeat(1025)],
      cancelledIun: ["ABCD-EFGH-ILMN-202201-N-1", "x"],
      group: ["g", "é"],
      amount: [1, "1"],
      paymentExpirationDate: ["2026-12-31", "2026-13-01", "31/12/2026"],
      paFee: [0, 100, 101, "1"],
      vat: [0, 22, 101, null],
      pagoPaIntMode: ["NONE", "SYNC", "ASYNC", "PUSH"],
      additionalLanguages: [["DE"], [1], "DE"],
    };
    for (const [name, candidates] of Object.entries(optional))
      for (const candidate of candidates)
        yield [
          `${name} = ${JSON.stringify(candidate).slice(0, 20)}`,
          { ...valid, [name]: candidate },
        ];
  }

  function placesOf(node: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
    if (typeof node !== "object" || node === null) return [path];
    const below = Object.entries(node).flatMap(([name, value]) => placesOf(value, [...path, name]));
    return path.length === 0 ? below : [path, ...below];
  }

  function withValue(node: unknown, path: readonly string[], value: unknown): unknown {
    const copy = structuredClone(node) as Record<string, unknown>;
    let place: Record<string, unknown> = copy;
    for (const name of path.slice(0, -1)) place = place[name] as Record<string, unknown>;
    const last = path.at(-1) ?? "";
    if (value === undefined && !Array.isArray(place)) delete place[last];
    else place[last] = value ?? null;
    return copy;
  }

  test.each([
    ["2.4", "NewNotificationRequestV24", 0],
    ["2.5", "NewNotificationRequestV25", 0],
    ["2.6", "NewNotificationRequestV26", 1],
  ] as const)("version %s, over hundreds of spoilt requests", (version, schema, file) => {
    const contract = contracts()[file];
    const differences: string[] = [];
    let refused = 0;
    let count = 0;

    for (const [name, body] of spoilt()) {
      count += 1;
      const isOurs = checkGatewayBody(version, body).length === 0;
      const isTheirs = contract?.schemaFaults(schema, body).length === 0;
      if (isOurs !== isTheirs) differences.push(`${name}: ours ${isOurs}, theirs ${isTheirs}`);
      if (!isTheirs) refused += 1;
    }

    expect(differences).toEqual([]);
    expect(count).toBeGreaterThan(400);
    expect(refused).toBeGreaterThan(300);
  });
});
