/** Every route of the simulated SEND, asked well and badly by a raw caller, against the official OpenAPI files, where they are at hand. */
import { describe, expect, test } from "bun:test";
import type { SendSimulatorOptions } from "../../simulators/send/simulator.ts";
import { paTaxId } from "../unit/integrations/send/setup.ts";
import { address, notice, person, raw } from "../unit/simulators/send/simulator-world.ts";
import { contracts, hasContracts, judged, type Exchange } from "./send-openapi.ts";

if (!hasContracts) console.warn("send-routes: skipped, SEND's OpenAPI files are not at hand");
const day = 86_400_000;
const sha256 = "A".repeat(43).concat("=");

/** A raw caller whose exchanges are written down. */
async function recorded(options: Partial<SendSimulatorOptions> = {}) {
  const world = await raw(options);
  const exchanges: Exchange[] = [];
  async function ask(
    method: string,
    target: string,
    body?: unknown,
    key = "k-1",
  ): Promise<{ status: number; answer: unknown }> {
    const answer = await world.call(method, target, body, { "x-api-key": key });
    const text = await answer.text();
    const { pathname, searchParams } = new URL(target, "http://send.test");
    const parsed: unknown = text === "" ? undefined : JSON.parse(text);
    exchanges.push({
      method,
      path: pathname,
      query: searchParams,
      body,
      status: answer.status,
      contentType: answer.headers.get("content-type") ?? "",
      headers: answer.headers,
      answer: parsed,
    });
    return { status: answer.status, answer: parsed };
  }
  return { ...world, ask, exchanges };
}

function answersOf(exchanges: readonly Exchange[]): readonly string[] {
  return judged(exchanges, contracts(), { hasBadRequests: true }).faults;
}

function iunOf(answer: unknown): string {
  const { notificationRequestId } = answer as { notificationRequestId: string };
  return Buffer.from(notificationRequestId, "base64").toString("utf8");
}

const charged = {
  notificationFeePolicy: "DELIVERY_MODE",
  paFee: 100,
  vat: 22,
};

describe.skipIf(!hasContracts)("every answer is SEND's", () => {
  test.each(["v2.4", "v2.5", "v2.6"])("%s of the requests", async (version) => {
    const world = await recorded({
      environment: { registry: "request", inactiveTaxIds: new Set(["FRMTTR76M06B715E"]) },
    });
    const { ask, body, clock } = world;
    const path = `/delivery/${version}/requests`;
    const request = await body({ recipients: [person({ payments: [notice()] })] });

    const first = await ask("POST", path, request);
    const { notificationRequestId } = first.answer as { notificationRequestId: string };
    const id = encodeURIComponent(notificationRequestId);
    const statuses = [
      first,
      await ask("POST", path, request),
      await ask("POST", path, { ...request, subject: "a".repeat(135) }),
      await ask("POST", path, { ...request, taxonomyCode: "999999X" }),
      await ask("POST", path, {
        ...request,
        recipients: [person({ taxId: "FRMTTR76M06B715E" })],
      }),
      await ask("POST", path, { ...request, senderTaxId: "00000000026" }),
      await ask("GET", `${path}?notificationRequestId=${id}`),
      await ask("GET", `${path}?paProtocolNumber=nobody&idempotenceToken=t`),
      await ask("GET", `${path}?paProtocolNumber=alone`),
      await ask("GET", `${path}?notificationRequestId=short`),
    ];
    clock.advance(200);
    statuses.push(await ask("GET", `${path}?notificationRequestId=${id}`));

    expect(statuses.map(({ status }) => status)).toEqual([
      202, 409, 400, 400, 400, 400, 200, 404, 400, 400, 200,
    ]);
    expect(answersOf(world.exchanges)).toEqual([]);
  });

  test("a refusal, a registry that is down, preloads", async () => {
    const refusing = await recorded({ capTable: [] });
    const down = await recorded({ environment: { registry: "request", isRegistryDown: true } });
    const path = "/delivery/v2.5/requests";
    const { answer } = await refusing.ask("POST", path, await refusing.body());
    refusing.clock.advance(200);
    const { notificationRequestId } = answer as { notificationRequestId: string };

    const statuses = [
      await refusing.ask(
        "GET",
        `${path}?notificationRequestId=${encodeURIComponent(notificationRequestId)}`,
      ),
      await refusing.ask("GET", `/delivery/v2.8/notifications/sent/${iunOf(answer)}`),
      await down.ask("POST", path, await down.body()),
      await down.ask("POST", "/delivery/attachments/preload", [
        { preloadIdx: "0", sha256, contentType: "application/json" },
      ]),
      await down.ask("POST", "/delivery/attachments/preload", []),
    ];

    expect(statuses.map(({ status }) => status)).toEqual([200, 200, 503, 200, 400]);
    expect(answersOf([...refusing.exchanges, ...down.exchanges])).toEqual([]);
  });

  test("a notification with all that hangs on it", async () => {
    const { ask, body, attachment, clock, exchanges } = await recorded();
    const { answer } = await ask(
      "POST",
      "/delivery/v2.5/requests",
      await body({
        ...charged,
        recipients: [
          person({
            physicalAddress: address({ address: "Via @OK_890" }),
            payments: [notice({ applyCost: true, attachment: await attachment() })],
          }),
        ],
      }),
    );
    const iun = iunOf(answer);
    const sent = `/delivery/notifications/sent/${iun}/attachments`;
    const price = `/delivery/v2.3/price/${paTaxId}/302010000000000001`;
    const event = {
      noticeCode: "302010000000000001",
      creditorTaxId: paTaxId,
      paymentDate: "2026-11-24T10:00:00Z",
      amount: 4200,
    };
    const payments = "/delivery/events/payment/pagopa";
    await ask("GET", `/delivery/v2.8/notifications/sent/${iun}`);
    await ask("GET", price);
    clock.advance(30 * day);
    const facts = await ask("GET", `/delivery-push/v2.0/${iun}/legal-facts`);
    const keys = (facts.answer as { legalFactsId: { key: string } }[]).map(({ legalFactsId }) =>
      legalFactsId.key.replace("safestorage://", ""),
    );
    for (const target of [
      `/delivery/v2.8/notifications/sent/${iun}`,
      `/delivery/v2.9/notifications/sent/${iun}`,
      "/delivery/v2.8/notifications/sent/AAAA-AAAA-AAAA-202611-H-1",
      `${sent}/documents/0`,
      `${sent}/documents/9`,
      `${sent}/payment/0/PAGOPA?attachmentIdx=0`,
      `${sent}/payment/0/F24?attachmentIdx=0`,
      price,
      `/delivery/v2.3/price/${paTaxId}/302010000000000009`,
      ...keys.map((key) => `/delivery-push/${iun}/download/legal-facts/${key}`),
      `/delivery-push/${iun}/download/legal-facts/none.pdf`,
    ])
      await ask("GET", target);
    clock.advance(200 * day);
    await ask("GET", `/delivery-push/${iun}/download/legal-facts/${keys[0]}`);
    await ask("POST", payments, { events: [event] });
    await ask("POST", payments, { events: [{ ...event, noticeCode: "302010000000000009" }] });
    await ask("POST", payments, {});
    for (const _ of [1, 2]) await ask("PUT", `/delivery-push/v2.0/notifications/cancel/${iun}`);
    await ask("PUT", "/delivery-push/v2.0/notifications/cancel/AAAA-AAAA-AAAA-202611-H-1");
    await ask("GET", `/delivery/v2.8/notifications/sent/${iun}`);

    expect(keys).toHaveLength(3);
    expect(answersOf(exchanges)).toEqual([]);
    expect(exchanges.map(({ status }) => status)).toEqual([
      202, 200, 404, 200, 200, 200, 404, 200, 404, 200, 404, 200, 404, 200, 200, 200, 404, 200, 204,
      404, 400, 202, 202, 404, 200,
    ]);
  });

  test.each(["v2.8", "v2.9"])("streams of %s", async (version) => {
    const { ask, verdict, clock, exchanges } = await recorded({
      apiKeys: [
        { key: "k-1", paTaxId },
        { key: "of-a", paTaxId, groups: ["a"] },
      ],
      environment: { maxStreams: 1 },
    });
    const base = `/delivery-progresses/${version}/streams`;
    const wanted = { title: "x", eventType: "TIMELINE", groups: [] };
    const { answer } = await ask("POST", base, wanted);
    const path = `${base}/${(answer as { streamId: string }).streamId}`;
    await verdict();
    const none = `${base}/00000000-0000-4000-8000-000000000000`;

    const statuses = [
      await ask("POST", base, wanted),
      await ask("POST", base, {}),
      await ask("POST", base, wanted, "of-a"),
      await ask("GET", base),
      await ask("GET", path),
      await ask("GET", path, undefined, "of-a"),
      await ask("PUT", path, { ...wanted, filterValues: ["REQUEST_ACCEPTED"] }),
      await ask("GET", `${path}/events`),
      await ask("GET", `${path}/events`),
      await ask("GET", `${none}/events`),
      await ask("POST", `${path}/action/disable`),
      await ask("DELETE", path),
      await ask("DELETE", path),
    ];
    clock.advance(day);

    expect(statuses.map(({ status }) => status)).toEqual([
      409, 400, 403, 200, 200, 403, 200, 200, 429, 404, 200, 204, 404,
    ]);
    expect(answersOf(exchanges)).toEqual([]);
  });

  test("what SEND says of itself", async () => {
    const malfunction = {
      functionality: "NOTIFICATION_CREATE",
      from: "2026-11-23T09:00:00.000Z",
      to: "2026-11-23T10:00:00.000Z",
    } as const;
    const { ask, clock, exchanges } = await recorded({
      environment: { malfunctions: [malfunction] },
    });
    const open = await ask("GET", "/status");
    clock.advance(2 * 3_600_000);

    const over = await ask("GET", "/status");
    const resolved = await ask("GET", "/downtime/v1/resolved?year=2026&month=11");
    const [{ legalFactId }] = (resolved.answer as { result: [{ legalFactId: string }] }).result;
    const fact = await ask("GET", `/downtime/v1/legal-facts/${legalFactId}`);
    const none = await ask("GET", "/downtime/v1/legal-facts/none.pdf");

    expect([open, over, resolved, fact, none].map(({ status }) => status)).toEqual([
      500, 200, 200, 200, 404,
    ]);
    expect(answersOf(exchanges)).toEqual([]);
  });

  test("details of every event by the schema of its category", async () => {
    const { body, call, clock } = await recorded();
    const schemas: Readonly<Record<string, string>> = {
      SENDER_ACK_CREATION_REQUEST: "SenderAckCreationRequestDetails",
      REQUEST_ACCEPTED: "NotificationRequestAcceptedDetailsV28",
      AAR_CREATION_REQUEST: "AarCreationRequestDetails",
      AAR_GENERATION: "AarGenerationDetails",
      GET_ADDRESS: "GetAddressInfoDetails",
      PUBLIC_REGISTRY_CALL: "PublicRegistryCallDetails",
      PUBLIC_REGISTRY_RESPONSE: "PublicRegistryResponseDetails",
      SCHEDULE_ANALOG_WORKFLOW: "ScheduleAnalogWorkflowDetailsV23",
      PREPARE_ANALOG_DOMICILE: "BaseAnalogDetails",
      PREPARE_ANALOG_DOMICILE_FAILURE: "PrepareAnalogDomicileFailureDetails",
      SEND_ANALOG_PROGRESS: "SendAnalogProgressDetailsV23",
      ANALOG_FAILURE_WORKFLOW: "AnalogFailureWorkflowDetails",
      COMPLETELY_UNREACHABLE_CREATION_REQUEST: "CompletelyUnreachableCreationRequestDetailsV28",
      ANALOG_WORKFLOW_RECIPIENT_DECEASED: "AnalogWorkflowRecipientDeceasedDetailsV26",
      NOTIFICATION_RADD_RETRIEVED: "NotificationRADDRetrievedDetails",
      NOTIFICATION_TIMELINE_REWORKED: "NotificationTimelineReworkedDetails",
      DIGITAL_DELIVERY_CREATION_REQUEST: "DigitalDeliveryCreationRequestDetailsV28",
      SEND_SIMPLE_REGISTERED_LETTER_PROGRESS: "SimpleRegisteredLetterProgressDetails",
      SEND_DIGITAL_DOMICILE: "SendDigitalDetails",
      SEND_DIGITAL_FEEDBACK: "SendDigitalFeedbackDetails",
      DIGITAL_SUCCESS_WORKFLOW: "DigitalSuccessWorkflowDetails",
      DIGITAL_FAILURE_WORKFLOW: "DigitalFailureWorkflowDetails",
      SEND_SIMPLE_REGISTERED_LETTER: "SimpleRegisteredLetterDetails",
      SCHEDULE_REFINEMENT: "ScheduleRefinementDetails",
      REFINEMENT: "RefinementDetailsV23",
      SEND_ANALOG_DOMICILE: "SendAnalogDetails",
      SEND_ANALOG_FEEDBACK: "SendAnalogFeedbackDetailsV25",
      ANALOG_SUCCESS_WORKFLOW: "AnalogSuccessWorkflowDetails",
      COMPLETELY_UNREACHABLE: "CompletelyUnreachableDetails",
      NOTIFICATION_VIEWED: "NotificationViewedDetailsV23",
      PAYMENT: "NotificationPaidDetailsV23",
      NOTIFICATION_CANCELLATION_REQUEST: "NotificationCancellationRequestDetails",
      NOTIFICATION_CANCELLED: "NotificationCancelledDetails",
    };
    const pec = (digital: string) => ({ digitalDomicile: { type: "PEC", address: digital } });
    const to = (line: string) => ({ physicalAddress: address({ address: line }) });
    const ways = [
      pec("prova@pec.it"),
      { ...pec("prova@fail.it"), ...to("Via @OK_RS") },
      to("Via @OK_890"),
      to("Via @FAIL-Discovery_890"),
      to("Via @FAIL_DECEDUTO_890"),
      to("Via @OK-Giacenza-gt10_890"),
      to("Via @OK_890 @RADD-3"),
      to("Via @FAIL-Irreperibile_890"),
      { ...to("Via @OK_AR @VIEWED"), payments: [notice()] },
    ];
    const contract = contracts()[0];
    if (contract === undefined) throw new Error("no contract");
    const seen = new Map<string, unknown[]>();

    for (const way of ways) {
      const request = await body({ recipients: [person(way)] });
      const made = await call("POST", "/delivery/v2.5/requests", request);
      const iun = iunOf(await made.json());
      clock.advance(30 * day);
      if (JSON.stringify(way).includes("gt10")) {
        await call("POST", "/control/rework", { iun, attempt: 0 });
        clock.advance(30 * day);
      }
      const [{ pagoPa = null } = {}] = ("payments" in way ? way.payments : []) as {
        pagoPa?: object;
      }[];
      if (pagoPa !== null)
        await call("POST", "/delivery/events/payment/pagopa", {
          events: [{ ...pagoPa, paymentDate: "2026-11-24T10:00:00Z", amount: 4200 }],
        });
      await call("PUT", `/delivery-push/v2.0/notifications/cancel/${iun}`);
      const answer = await call("GET", `/delivery/v2.8/notifications/sent/${iun}`);
      const { timeline } = (await answer.json()) as {
        timeline: readonly { category: string; details: unknown }[];
      };
      for (const { category, details } of timeline)
        seen.set(category, [...(seen.get(category) ?? []), details]);
    }

    const faults = [...seen].flatMap(([category, all]) =>
      all.flatMap((details) => contract.schemaFaults(schemas[category] ?? category, details)),
    );
    expect(faults).toEqual([]);
    expect([...seen.keys()].toSorted()).toEqual(Object.keys(schemas).toSorted());
  });
});
