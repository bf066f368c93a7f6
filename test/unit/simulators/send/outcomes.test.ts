/** What becomes of notifications in the simulated SEND: letters and PEC by the tokens of SEND's test environment, price, payment, cancellation. */
import { describe, expect, test } from "bun:test";
import { paTaxId } from "../../integrations/send/setup.ts";
import { address, notice, person, raw } from "./simulator-world.ts";

const day = 86_400_000;

interface Detail {
  readonly notificationStatus: string;
  readonly notificationStatusHistory: readonly { readonly status: string }[];
  readonly timeline: readonly {
    readonly elementId: string;
    readonly category: string;
    readonly details: Readonly<Record<string, unknown>>;
    readonly legalFactsIds: readonly { readonly key: string }[];
  }[];
}

/** An accepted notification, some days later. */
async function later(days: number, changes: Record<string, unknown>) {
  const world = await raw();
  const { iun } = (await world.verdict(changes)) as { iun: string };
  world.clock.advance(days * day);
  const detail = async (): Promise<Detail> =>
    (await (await world.call("GET", `/delivery/v2.8/notifications/sent/${iun}`)).json()) as Detail;
  return { ...world, iun, detail };
}

function letter(token: string): Record<string, unknown> {
  return { recipients: [person({ physicalAddress: address({ address: `Via ${token}` }) })] };
}

describe("letters", () => {
  const taken = ["IN_VALIDATION", "ACCEPTED", "DELIVERING", "DELIVERED", "EFFECTIVE_DATE"];
  const lost = ["IN_VALIDATION", "ACCEPTED", "DELIVERING", "UNREACHABLE", "EFFECTIVE_DATE"];

  // Every token that SEND's guide to its test environment names.
  test.each([
    ["@OK_RS", taken],
    ["@FAIL_RS", lost],
    ["@OK_RIS", taken],
    ["@FAIL_RIS", lost],
    ["@OK_RIR", taken],
    ["@OK_AR", taken],
    // Refused by the addressee, which delivers it.
    ["@FAIL_AR", taken],
    ["@FAIL-Irreperibile_AR", lost],
    ["@OK-RETRY_AR", taken],
    ["@FAIL-Discovery_AR", taken],
    ["@FAIL-DiscoveryIrreperibile_AR", lost],
    ["@OK-Giacenza_AR", taken],
    ["@OK_890", taken],
    ["@FAIL_890", taken],
    ["@FAIL-Irreperibile_890", lost],
    ["@OK-Retry_890", taken],
    ["@FAIL-Discovery_890", taken],
    ["@OK-CompiutaGiacenza_890", taken],
    ["@OK-Giacenza-gt10_890", taken],
    ["@OK_AR_ZIP", taken],
    ["@OK_890_ZIP", taken],
    ["@ok_890", taken],
    ["@FAIL-Deceduto_890", ["IN_VALIDATION", "ACCEPTED", "DELIVERING", "RETURNED_TO_SENDER"]],
    ["@OK_890 @VIEWED", ["IN_VALIDATION", "ACCEPTED", "DELIVERING", "VIEWED"]],
    ["Roma 1", ["IN_VALIDATION", "ACCEPTED"]],
  ])("%s goes through %j", async (token, statuses) => {
    const { detail } = await later(30, letter(token));

    const { notificationStatus, notificationStatusHistory } = await detail();

    expect(notificationStatusHistory.map(({ status }) => status)).toEqual(statuses);
    expect(notificationStatus).toBe(statuses.at(-1) ?? "");
  });

  // Acceptance, the day on which somebody looks, and what has been posted by the end.
  test.each([
    ["a plain letter after two messages that failed", "@OK_RS", true, 3, [], 200],
    ["a plain letter that has left", "@OK_RS", true, 9, ["SEND_SIMPLE_REGISTERED_LETTER"], 1424],
    ["the first letter", "@OK_890", false, 0.5, [], 200],
    ["the second letter", "@FAIL-Discovery_890", false, 3.5, ["SEND_ANALOG_DOMICILE"], 1424],
  ])("who looked gets no letter more: %s", async (_what, token, isPec, after, posted, price) => {
    const payment = notice({ noticeCode: "302010000000000011", applyCost: true });
    const { detail, call, clock, iun } = await later(0, {
      notificationFeePolicy: "DELIVERY_MODE",
      paFee: 100,
      vat: 22,
      recipients: [
        person({
          physicalAddress: address({ address: `Via ${token} @COST-1003` }),
          payments: [payment],
          ...(isPec && { digitalDomicile: { type: "PEC", address: "prova@fail.it" } }),
        }),
      ],
    });

    clock.advance(after * day);
    await call("POST", "/control/view", { iun });
    clock.advance(60 * day);

    const letters = (await detail()).timeline.filter(({ category }) =>
      /^SEND_(ANALOG_DOMICILE|SIMPLE_REGISTERED_LETTER)$/.test(category),
    );
    expect(letters.map(({ category }) => category)).toEqual(posted);
    const told = await call("GET", `/delivery/v2.3/price/${paTaxId}/302010000000000011`);
    expect(((await told.json()) as { totalPrice: number }).totalPrice).toBe(price);
  });

  test("a second letter follows the address that the postman found", async () => {
    const { detail, iun } = await later(30, letter("@FAIL-Discovery_890"));

    const { timeline } = await detail();

    const letters = timeline.filter(({ category }) =>
      /^SEND_ANALOG_(DOMICILE|FEEDBACK)$/.test(category),
    );
    expect(letters.map(({ elementId }) => elementId)).toEqual(
      [
        ["SEND_ANALOG_DOMICILE", 0],
        ["SEND_ANALOG_FEEDBACK", 0],
        ["SEND_ANALOG_DOMICILE", 1],
        ["SEND_ANALOG_FEEDBACK", 1],
      ].map(([category, attempt]) => `${category}.IUN_${iun}.RECINDEX_0.ATTEMPT_${attempt}`),
    );
    expect(letters.map(({ details }) => details["responseStatus"])).toEqual([
      undefined,
      "KO",
      undefined,
      "OK",
    ]);
  });

  test("each recipient has its own letter, and elements of its own", async () => {
    const recipients = [
      person({ physicalAddress: address({ address: "Via @OK_890" }) }),
      person({
        taxId: "FRMTTR76M06B715E",
        physicalAddress: address({ address: "Via @FAIL-Irreperibile_890" }),
      }),
    ];
    const { detail } = await later(30, { recipients });

    const { timeline, notificationStatusHistory } = await detail();

    const ids = timeline.map(({ elementId }) => elementId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(
      timeline
        .filter(({ category }) => category === "SEND_ANALOG_FEEDBACK")
        .map(({ details }) => [details["recIndex"], details["responseStatus"]]),
    ).toEqual([
      [0, "OK"],
      [1, "KO"],
    ]);
    expect(notificationStatusHistory.map(({ status }) => status)).toEqual([
      "IN_VALIDATION",
      "ACCEPTED",
      "DELIVERING",
      // Once both have come to their end, and one was reached.
      "DELIVERED",
      "EFFECTIVE_DATE",
    ]);
  });
});

describe("PEC", () => {
  const to = (pec: string) => ({
    recipients: [person({ digitalDomicile: { type: "PEC", address: pec } })],
  });

  test("a good address is delivered at once and perfect after seven days", async () => {
    const { detail, clock } = await later(6, to("prova@pec.it"));
    const before = await detail();
    clock.advance(day);

    const after = await detail();

    expect([before.notificationStatus, after.notificationStatus]).toEqual([
      "DELIVERED",
      "EFFECTIVE_DATE",
    ]);
    expect(after.timeline.map(({ category }) => category)).toEqual([
      "SENDER_ACK_CREATION_REQUEST",
      "REQUEST_ACCEPTED",
      "AAR_CREATION_REQUEST",
      "AAR_GENERATION",
      "SEND_DIGITAL_DOMICILE",
      "SEND_DIGITAL_FEEDBACK",
      "DIGITAL_DELIVERY_CREATION_REQUEST",
      "DIGITAL_SUCCESS_WORKFLOW",
      "SCHEDULE_REFINEMENT",
      "REFINEMENT",
    ]);
  });

  test("a bad one is tried twice, then a plain letter tells of it", async () => {
    const { detail } = await later(30, to("prova@fail.it"));

    const { timeline, notificationStatus } = await detail();

    const categories = timeline.map(({ category }) => category);
    expect(categories.filter((name) => name === "SEND_DIGITAL_DOMICILE")).toHaveLength(2);
    expect(categories).toContain("SEND_SIMPLE_REGISTERED_LETTER");
    expect(notificationStatus).toBe("EFFECTIVE_DATE");
  });
});

describe("an accepted notification", () => {
  const charged = {
    notificationFeePolicy: "DELIVERY_MODE",
    paFee: 100,
    vat: 22,
    recipients: [
      person({
        physicalAddress: address({ address: "Via @OK_890" }),
        payments: [notice({ applyCost: true })],
      }),
    ],
  };
  const price = `/delivery/v2.3/price/${paTaxId}/302010000000000001`;

  test("costs SEND's euro and the fee, and the letter with its VAT once it left", async () => {
    const { call, clock } = await later(0, charged);

    const before: unknown = await (await call("GET", price)).json();
    clock.advance(30 * day);
    const after: unknown = await (await call("GET", price)).json();

    expect(before).toMatchObject({ partialPrice: 100, totalPrice: 200, analogCost: 0 });
    // 1050 cents and 22 %: 1281, and 200.
    expect(after).toMatchObject({
      partialPrice: 1150,
      totalPrice: 1481,
      analogCost: 1050,
      refinementDate: expect.stringMatching(/^2026-12-/),
    });
  });

  test("has no price while it is examined, nor under a notice that nobody has", async () => {
    const { post, call } = await raw();
    await post(charged);

    const waiting = await call("GET", price);
    const unknown = await call("GET", `/delivery/v2.3/price/${paTaxId}/302010000000000009`);

    expect([waiting.status, unknown.status]).toEqual([404, 404]);
  });

  test("takes the payments of its notices, and no others", async () => {
    const { call, detail } = await later(0, charged);
    const event = {
      noticeCode: "302010000000000001",
      creditorTaxId: paTaxId,
      paymentDate: "2026-11-24T10:00:00Z",
      amount: 4200,
    };
    const pay = async (events: readonly unknown[]): Promise<number> =>
      (await call("POST", "/delivery/events/payment/pagopa", { events })).status;

    const statuses = [
      await pay([event]),
      await pay([{ ...event, noticeCode: "302010000000000009" }]),
      await pay([{ ...event, paymentDate: "ieri" }]),
    ];

    const { timeline } = await detail();
    expect(statuses).toEqual([204, 404, 400]);
    expect(timeline.filter(({ category }) => category === "PAYMENT")).toMatchObject([
      { details: { recIndex: 0, amount: 4200, noticeCode: "302010000000000001" } },
    ]);
  });

  test("goes no further once it is cancelled, in the middle of its examination too", async () => {
    const { post, call, clock } = await raw();
    const { notificationRequestId } = (await (await post(charged)).json()) as Record<
      string,
      string
    >;
    const iun = Buffer.from(notificationRequestId ?? "", "base64").toString("utf8");

    const cancelled = await call("PUT", `/delivery-push/v2.0/notifications/cancel/${iun}`);
    const again = await call("PUT", `/delivery-push/v2.0/notifications/cancel/${iun}`);
    clock.advance(30 * day);
    const answer = await call("GET", `/delivery/v2.8/notifications/sent/${iun}`);
    const sameNotice = await post({ ...charged, paProtocolNumber: "other" });

    expect([cancelled.status, again.status, sameNotice.status]).toEqual([202, 202, 202]);
    expect(await again.json()).toMatchObject({
      details: [{ code: "NOTIFICATION_ALREADY_CANCELLED" }],
    });
    const { notificationStatusHistory, timeline } = (await answer.json()) as Detail;
    expect(notificationStatusHistory.map(({ status }) => status)).toEqual([
      "IN_VALIDATION",
      "CANCELLED",
    ]);
    expect(timeline.at(-1)?.details).toEqual({
      notificationCost: 100,
      notRefinedRecipientIndexes: [0],
    });
  });

  test("keeps its legal facts at hand for a while, then in the archive", async () => {
    const { call, clock, iun } = await later(30, letter("@OK_890"));
    const list = (await (
      await call("GET", `/delivery-push/v2.0/${iun}/legal-facts`)
    ).json()) as readonly { legalFactsId: { key: string; category: string } }[];
    const facts = list.map(({ legalFactsId }) => legalFactsId);
    const name = (facts.at(-1)?.key ?? "").replace("safestorage://", "");
    const fetched = async (): Promise<unknown> =>
      (await call("GET", `/delivery-push/${iun}/download/legal-facts/${name}`)).json();

    const hot = await fetched();
    clock.advance(120 * day);
    const cold = await fetched();

    expect(facts.map(({ category }) => category)).toEqual([
      "SENDER_ACK",
      // The copy of the notice as it was printed, and the receipt.
      "ANALOG_DELIVERY",
      "ANALOG_DELIVERY",
    ]);
    expect(hot).toMatchObject({ url: expect.stringContaining(name) });
    expect(cold).toMatchObject({ retryAfter: 3600 });
    expect(cold).not.toHaveProperty("url");
  });
});

test("a refusal costs a euro for each recipient, and its detail says so", async () => {
  const { verdict, call } = await raw({ capTable: [] });
  const recipients = [person(), person({ taxId: "FRMTTR76M06B715E" })];
  const { notificationRequestId } = (await verdict({ recipients })) as Record<string, string>;
  const iun = Buffer.from(notificationRequestId ?? "", "base64").toString("utf8");

  const answer = await call("GET", `/delivery/v2.8/notifications/sent/${iun}`);
  const { notificationStatus, timeline } = (await answer.json()) as Detail;

  expect(notificationStatus).toBe("REFUSED");
  expect(timeline.at(-1)?.details).toMatchObject({ notificationCost: 200 });
});
