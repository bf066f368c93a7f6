/** The simulated SEND by itself: its layers, codes and texts, as a raw caller sees them. */
import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHash } from "node:crypto";
import { computeIunControl, makeIun } from "../../../../simulators/send/iun.ts";
import { isTaxIdAccepted } from "../../../../simulators/send/checks/taxid.ts";
import type { WireError, WirePreloaded } from "../../../../integrations/send/wire.ts";
import { paTaxId, pdf } from "../../integrations/send/setup.ts";
import { address, errorsOf, notice, person, raw, type Raw } from "./simulator-world.ts";

describe("layer G", () => {
  test.each([
    [
      { subject: "a".repeat(135) },
      `Validation errors: [string "${"a".repeat(135)}" is too long (length: 135, maximum allowed: 134)]`,
    ],
    [
      { senderDenomination: null },
      'Validation errors: [instance type (null) does not match any allowed primitive type (allowed: ["string"])]',
    ],
    [
      { paProtocolNumber: "\n" },
      'Validation errors: [ECMA 262 regex "^.*$" does not match input string "\\n"]',
    ],
    [
      { recipients: [] },
      "Validation errors: [array is too short: must have at least 1 elements but instance has 0 elements]",
    ],
    [
      { taxonomyCode: undefined, subject: undefined },
      'Validation errors: [object has missing required properties (["subject","taxonomyCode"])]',
    ],
    [
      { notificationFeePolicy: "FREE" },
      'Validation errors: [instance value ("FREE") not found in enum (possible values: ["FLAT_RATE","DELIVERY_MODE"])]',
    ],
    [
      { vat: 101 },
      "Validation errors: [numeric instance is greater than the required maximum (maximum: 100, found: 101)]",
    ],
    [
      { recipients: [{ ...person(), nickname: "x" }] },
      'Validation errors: [object instance has properties which are not allowed by the schema: ["nickname"]]',
    ],
  ])("refuses %j", async (changes, detail) => {
    const { post, simulator } = await raw();

    const answer = await post(changes);

    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      status: 400,
      title: "VALIDATION ERROR",
      errors: [{ code: "PN_INVALID_BODY", detail }],
    });
    expect(simulator.report()).toMatchObject({ accepted: 0, refused: 1 });
  });

  test("a body that is no JSON is refused", async () => {
    const { simulator } = await raw();

    const answer = await simulator.app.request("/delivery/v2.5/requests", {
      method: "POST",
      headers: { "x-api-key": "k-1" },
      body: "{",
    });

    expect((await errorsOf(answer))[0]?.code).toBe("PN_INVALID_BODY");
  });

  test("v2.4 wants the address, v2.5 leaves it to the next layer", async () => {
    const { call, body } = await raw();
    const request = await body({ recipients: [person({ physicalAddress: undefined })] });

    const old = await errorsOf(await call("POST", "/delivery/v2.4/requests", request));
    const newer = await errorsOf(await call("POST", "/delivery/v2.5/requests", request));

    expect(old[0]?.detail).toBe(
      'Validation errors: [object has missing required properties (["physicalAddress"])]',
    );
    expect(newer[0]).toEqual({
      code: "PN_GENERIC_INVALIDPARAMETER",
      detail: "PhysicalAddress cannot be null",
    });
  });

  test("sixteen files in one preload are refused", async () => {
    const { call } = await raw();
    const sha256 = createHash("sha256").update("x").digest("base64");

    const answer = await call(
      "POST",
      "/delivery/attachments/preload",
      Array.from({ length: 16 }, () => ({ sha256 })),
    );

    expect((await errorsOf(answer))[0]?.detail).toBe(
      "Validation errors: [array is too long: must have at most 15 elements but instance has 16 elements]",
    );
  });
});

describe("layer D", () => {
  const generic = "PN_GENERIC_INVALIDPARAMETER";

  test.each([
    [
      "a taxonomy code off the list",
      { taxonomyCode: "010202P" },
      [
        {
          code: `${generic}_TAXONOMYCODE`,
          element: "taxonomyCode",
          detail: "taxonomyCode 010202P is not valid",
        },
      ],
    ],
    [
      "sixteen recipients",
      { recipients: Array.from({ length: 16 }, () => person()) },
      [{ code: generic, detail: "Max recipient count reached" }],
    ],
    [
      "DELIVERY_MODE without fee",
      { notificationFeePolicy: "DELIVERY_MODE", vat: 22 },
      [
        {
          code: generic,
          detail:
            "paFee or vat field not filled in for notification with notificationFeePolicy DELIVERY_MODE",
        },
      ],
    ],
    [
      "a PG with a personal code: both faults",
      { recipients: [person({ recipientType: "PG" })] },
      [{ code: generic, detail: "SEND accepts only numerical taxId for PG recipient 0" }],
    ],
    [
      "a wrong control character",
      { recipients: [person({ taxId: "RSSMRA80A01H501A" })] },
      [{ code: generic, detail: "Invalid taxId for recipient 0" }],
    ],
    [
      "a PF with eleven digits",
      { recipients: [person({ taxId: "00000000018" })] },
      [{ code: generic, detail: "Invalid taxId for recipient 0" }],
    ],
    [
      "two recipients with one code",
      { recipients: [person(), person()] },
      [{ code: generic, detail: "Duplicated recipient taxId" }],
    ],
    [
      "FLAT_RATE with costs on the notice",
      { recipients: [person({ payments: [notice({ applyCost: true })] })] },
      [
        {
          code: generic,
          detail: "PagoPA applyCostFlg must not be valorized for any payment",
        },
      ],
    ],
    [
      "the same notice twice",
      { recipients: [person({ payments: [notice(), notice()] })] },
      [
        {
          code: generic,
          detail:
            "Duplicated iuv { 00000000018302010000000000001 } on recipient with index 0 in payment with index 1",
        },
      ],
    ],
    [
      "letters that are not Latin-1",
      { recipients: [person({ physicalAddress: address({ address: "Via Šibenik 1" }) })] },
      [{ code: generic, detail: "Field address in recipient 0 contains invalid characters." }],
    ],
    [
      "a row of 45 characters",
      { recipients: [person({ physicalAddress: address({ municipality: "R".repeat(36) }) })] },
      [
        {
          code: generic,
          detail:
            "Field zip, municipality and Province in recipient 0 exceed max length of 44 chars",
        },
      ],
    ],
    [
      "no province in Italy",
      {
        recipients: [
          person({ physicalAddress: address({ province: "", foreignState: "Italia" }) }),
        ],
      },
      [{ code: generic, detail: "No province provided in physical address" }],
    ],
    [
      "a pipe in the name",
      { recipients: [person({ denomination: "Rossi|Mario" })] },
      [{ code: generic, detail: "Field denomination in recipient 0 contains invalid characters." }],
    ],
    [
      "two languages",
      { additionalLanguages: ["DE", "FR"] },
      [{ code: "PN_DELIVERY_REQUIREDADDITIONALLANG", detail: "Only one additional language" }],
    ],
    [
      "a language off the list",
      { additionalLanguages: ["SI"] },
      [{ code: "PN_DELIVERY_INVALIDADDITIONALLANGS", detail: "Language not allowed" }],
    ],
    [
      "another sender",
      { senderTaxId: "00000000026" },
      [
        {
          code: "PN_DELIVERY_INVALID_SENDER_TAX_ID",
          detail: "senderTaxId is not the one of the PA that owns the API key",
        },
      ],
    ],
  ])("refuses %s", async (_name, changes, errors) => {
    const { post } = await raw();

    const answer = await post(changes);

    expect(answer.status).toBe(400);
    expect(await errorsOf(answer)).toEqual(expect.arrayContaining(errors));
  });

  test("several faults come together", async () => {
    const { post } = await raw();

    const errors = await errorsOf(
      await post({
        recipients: [
          person({ taxId: "RSSMRA80A01H501A", physicalAddress: address({ province: "" }) }),
        ],
      }),
    );

    expect(errors.map(({ detail }) => detail)).toEqual([
      "Invalid taxId for recipient 0",
      "No province provided in physical address",
    ]);
  });

  test("the same file as document and as payment form is refused", async () => {
    const { post, attachment } = await raw();
    const same = await attachment();

    const errors = await errorsOf(
      await post({
        documents: [same],
        recipients: [person({ payments: [notice({ attachment: same })] })],
      }),
    );

    expect(errors).toEqual([
      {
        code: "PN_GENERIC_INVALIDPARAMETER",
        detail: "Same attachment compares more then once in the same request",
      },
    ]);
  });

  test("the monthly cap of a PA holds", async () => {
    const { post } = await raw({ apiKeys: [{ key: "k-1", paTaxId, monthlyCap: 1 }] });
    const first = await post();

    const errors = await errorsOf(await post());

    expect(first.status).toBe(202);
    expect(errors[0]?.code).toBe("PN_DELIVERY_NOTIFICATION_LIMIT_EXCEEDED");
  });
});

describe("repeats", () => {
  test("the same protocol and token is 409, another token a new notification", async () => {
    const { post, simulator } = await raw();

    const answers = [
      await post({ paProtocolNumber: "P", idempotenceToken: "1" }),
      await post({ paProtocolNumber: "P", idempotenceToken: "2" }),
      await post({ paProtocolNumber: "P", idempotenceToken: "1" }),
    ];

    expect(answers.map(({ status }) => status)).toEqual([202, 202, 409]);
    expect(await errorsOf(answers[2] ?? new Response())).toEqual([
      {
        code: "PN_GENERIC_INVALIDPARAMETER_DUPLICATED",
        element: "Duplicated notification for senderPaId##paProtocolNumber##idempotenceToken",
        detail:
          "Duplicated notification for senderPaId##paProtocolNumber##idempotenceToken=00000000018##P##1",
      },
    ]);
    expect(simulator.report()).toMatchObject({
      accepted: 2,
      repeated: 1,
      postsPerProtocol: { P: 3 },
    });
  });

  test("another PA may use the same protocol, token and sees only its own", async () => {
    const { call, body } = await raw({
      apiKeys: [
        { key: "k-1", paTaxId },
        { key: "k-2", paTaxId: "00000000026" },
      ],
    });
    const request = await body({ paProtocolNumber: "P" });
    const other = { "x-api-key": "k-2" };

    const mine = await call("POST", "/delivery/v2.5/requests", request);
    const before = await call(
      "GET",
      "/delivery/v2.5/requests?paProtocolNumber=P&idempotenceToken=t",
      undefined,
      other,
    );
    const theirs = await call(
      "POST",
      "/delivery/v2.5/requests",
      { ...request, senderTaxId: "00000000026" },
      other,
    );

    expect([mine.status, before.status, theirs.status]).toEqual([202, 404, 202]);
  });

  test("protocol without token is no question", async () => {
    const { call } = await raw();

    const answer = await call("GET", "/delivery/v2.5/requests?paProtocolNumber=P");

    expect(answer.status).toBe(400);
    expect((await errorsOf(answer))[0]?.code).toBe("PN_GENERIC_INVALIDPARAMETER_REQUIRED");
  });
});

describe("asynchronous validation", () => {
  function reasonOf(verdict: Record<string, unknown>): WireError | undefined {
    return (verdict["errors"] as readonly WireError[] | undefined)?.[0];
  }

  test("a request is WAITING with 10 seconds, then ACCEPTED with its iun", async () => {
    const { post, call, verdict } = await raw();
    const { notificationRequestId } = (await (await post()).json()) as Record<string, string>;
    const query = new URLSearchParams({ notificationRequestId: notificationRequestId ?? "" });

    const waiting = await call("GET", `/delivery/v2.5/requests?${query.toString()}`);
    const accepted = await verdict();

    expect(await waiting.json()).toMatchObject({
      notificationRequestStatus: "WAITING",
      retryAfter: 10,
    });
    expect(accepted).toMatchObject({ notificationRequestStatus: "ACCEPTED" });
    expect(accepted["iun"]).toMatch(/^[A-Z]{4}-[A-Z]{4}-[A-Z]{4}-202611-[A-Z]-1$/);
  });

  test("a file that was announced but not uploaded: FILE_NOTFOUND", async () => {
    const { call, verdict } = await raw();
    const sha256 = createHash("sha256").update("x").digest("base64");
    const answer = await call("POST", "/delivery/attachments/preload", [{ sha256 }]);
    const [slot] = (await answer.json()) as [Required<WirePreloaded>];

    const found = await verdict({
      documents: [
        {
          digests: { sha256 },
          contentType: "application/pdf",
          ref: { key: slot.key, versionToken: "v" },
        },
      ],
    });

    expect(reasonOf(found)).toEqual({ code: "FILE_NOTFOUND", detail: "Allegati non trovati" });
  });

  test("a file older than seven days: FILE_GONE", async () => {
    const { attachment, verdict, clock } = await raw();
    const old = await attachment();
    clock.advance(7 * 86_400_000 + 1);

    const found = await verdict({ documents: [old] });

    expect(reasonOf(found)?.code).toBe("FILE_GONE");
  });

  test("another digest than the stored one: FILE_SHA_ERROR", async () => {
    const { attachment, verdict } = await raw();
    const document = await attachment();
    const sha256 = createHash("sha256").update("other").digest("base64");

    const found = await verdict({ documents: [{ ...document, digests: { sha256 } }] });

    expect(reasonOf(found)?.code).toBe("FILE_SHA_ERROR");
  });

  test("bytes that are no PDF: FILE_PDF_INVALID_ERROR", async () => {
    const { attachment, verdict } = await raw();
    const document = await attachment(new TextEncoder().encode(" %PDF-1.7"));

    const found = await verdict({ documents: [document] });

    expect(reasonOf(found)?.code).toBe("FILE_PDF_INVALID_ERROR");
  });

  test("a file over the limit: FILE_PDF_TOOBIG_ERROR", async () => {
    const { verdict } = await raw({ environment: { maxFileBytes: 10 } });

    const found = await verdict();

    expect(reasonOf(found)?.code).toBe("FILE_PDF_TOOBIG_ERROR");
  });

  test("a notice that GPD does not know, pushed: PAYMENT_NOT_VALID before all else", async () => {
    const { verdict } = await raw({ isPayable: () => false, environment: { maxFileBytes: 10 } });

    const found = await verdict({
      notificationFeePolicy: "DELIVERY_MODE",
      pagoPaIntMode: "ASYNC",
      paFee: 100,
      vat: 22,
      recipients: [person({ payments: [notice({ applyCost: true })] })],
    });

    expect(reasonOf(found)).toEqual({
      code: "PAYMENT_NOT_VALID",
      detail:
        "Payment information is not valid - creditorTaxId=00000000018 noticeCode=302010000000000001",
    });
  });

  const light = { apiKeys: [{ key: "k-1", paTaxId, over20Grams: false }] };
  const pages = (count: number): Uint8Array =>
    new TextEncoder().encode(`%PDF-1.7\n1 0 obj <</Type /Pages /Count ${count}>> endobj ${count}`);

  test.each([
    [[4], "ACCEPTED"],
    [[5], "REFUSED"],
    [[2, 2], "ACCEPTED"],
    [[3, 1], "REFUSED"],
    [[1, 1, 1], "REFUSED"],
  ])("twenty grams: documents of %j pages are %s", async (counts, status) => {
    const { attachment, verdict } = await raw(light);
    const documents = [];
    for (const [index, count] of counts.entries()) {
      const bytes = pages(count);
      documents.push(await attachment(new Uint8Array([...bytes, ...pdf(String(index))])));
    }

    const found = await verdict({ documents });

    expect(found["notificationRequestStatus"]).toBe(status);
  });

  test("twenty grams: a payment attachment is refused", async () => {
    const { attachment, verdict } = await raw(light);

    const found = await verdict({
      recipients: [person({ payments: [notice({ attachment: await attachment() })] })],
    });

    expect(reasonOf(found)?.detail).toBe(
      "Validation failed, sender paTaxId=00000000018 can't send mail with more than 3 sheets (20 grams). Payment attachments are disabled",
    );
  });

  test.each([
    ["{}", true, "ACCEPTED"],
    ['{"f24Standard":{"inps":[{"applyCost":true}]}}', true, "ACCEPTED"],
    ['{"f24Standard":{"inps":[{"applyCost":false}]}}', true, "REFUSED"],
    ['{"f24Standard":{"inps":[{"applyCost":true}]}}', false, "REFUSED"],
    ['{"f24Simplified":{}}', false, "ACCEPTED"],
    ['{"f24Standard":{},"f24Elid":{}}', false, "REFUSED"],
    ["[]", false, "REFUSED"],
    ["no JSON", false, "REFUSED"],
  ])("F24 metadata %s with applyCost %p: %s", async (text, applyCost, status) => {
    const { attachment, verdict } = await raw();
    const metadataAttachment = await attachment(new TextEncoder().encode(text), "application/json");

    const found = await verdict({
      ...(applyCost
        ? { notificationFeePolicy: "DELIVERY_MODE", paFee: 100, vat: 22 }
        : { notificationFeePolicy: "FLAT_RATE" }),
      recipients: [
        person({ payments: [{ f24: { title: "F24", applyCost, metadataAttachment } }] }),
      ],
    });

    expect(found["notificationRequestStatus"]).toBe(status);
    if (status === "REFUSED") expect(reasonOf(found)?.code).toBe("F24_METADATA_NOT_VALID");
  });

  const inactive = new Set(["RSSMRA80A01H501U"]);

  test("a tax code that the registry does not know, asked for here: TAXID_NOT_VALID", async () => {
    const { verdict } = await raw({
      environment: { registry: "validation", inactiveTaxIds: inactive },
    });

    expect(reasonOf(await verdict())?.code).toBe("TAXID_NOT_VALID");
  });

  test("a code on the white list is taken although its letter is wrong, one on the black list refused although it is right; white counts first", async () => {
    const [wrong, right] = ["RSSMRA80A01H501X", "FRMTTR76M06B715E"];
    const environment = {
      taxIdWhiteList: new Set([wrong]),
      taxIdBlackList: new Set([wrong, right]),
    };
    const { post } = await raw({ environment });

    const white = await post({ recipients: [person({ taxId: wrong })] });
    const black = await post({
      paProtocolNumber: "V-2",
      recipients: [person({ taxId: right })],
    });

    expect(white.status).toBe(202);
    expect((await errorsOf(black)).map(({ detail }) => detail)).toEqual([
      "Invalid taxId for recipient 0",
    ]);
  });

  test("the same where the POST asks; and nothing is known while the registry is down", async () => {
    const asked = await raw({ environment: { registry: "request", inactiveTaxIds: inactive } });
    const down = await raw({ environment: { registry: "request", isRegistryDown: true } });

    const refused = await asked.post();
    const unknown = await down.post();

    expect(refused.status).toBe(400);
    expect((await errorsOf(refused))[0]?.detail).toBe("Invalid taxId for recipient 0");
    expect(unknown.status).toBe(503);
    expect((await errorsOf(unknown))[0]?.code).toBe("PN_DELIVERY_ADECHECKCF");
    expect(down.simulator.report().accepted).toBe(0);
  });

  test.each([
    [false, "ADDRESS_NOT_FOUND"],
    [true, "ADDRESS_SEARCH_FAILED"],
  ])("an address that must be looked up, registries down %p: %s", async (isRegistryDown, code) => {
    const { verdict } = await raw({ environment: { addressLookup: true, isRegistryDown } });

    const found = await verdict({
      recipients: [person(), person({ taxId: "FRMTTR76M06B715E", physicalAddress: undefined })],
    });

    expect(reasonOf(found)).toMatchObject({ code, recIndex: 1 });
  });

  test("a request that waits for ever stays WAITING", async () => {
    const { verdict, clock } = await raw();
    clock.advance(0);

    const found = await verdict({
      recipients: [person({ physicalAddress: address({ address: "Via @WAITING 1" }) })],
    });

    expect(found["notificationRequestStatus"]).toBe("WAITING");
  });
});

describe("addresses against the CAP table", () => {
  const capTable = [
    { cap: "00118", locality: "ROMA", province: "RM" },
    { cap: "86039", locality: "SANT'ANDREA", province: "CB" },
  ];

  test.each([
    [address(), "ACCEPTED"],
    [address({ municipality: "roma" }), "ACCEPTED"],
    [address({ zip: "86039", municipality: "Sant’Andrea", province: "CB" }), "ACCEPTED"],
    [address({ zip: "86039", municipality: "Sant'Andrea", province: "CB" }), "ACCEPTED"],
    [address({ province: "Roma" }), "ACCEPTED"],
    [address({ zip: "00100" }), "REFUSED"],
    [address({ province: "MI" }), "REFUSED"],
    [address({ municipality: "Milano" }), "REFUSED"],
    [address({ zip: undefined }), "REFUSED"],
    [address({ foreignState: "FRANCIA", zip: "75001", municipality: "Paris" }), "ACCEPTED"],
    [address({ foreignState: "ATLANTIDE" }), "REFUSED"],
    [
      address({ foreignState: "REP DI S MARINO", municipality: "San Marino", zip: undefined }),
      "ACCEPTED",
    ],
    [address({ zip: "47891", municipality: "Dogana", province: "SM" }), "ACCEPTED"],
    [address({ zip: "00120", municipality: "Città del Vaticano", province: "EE" }), "ACCEPTED"],
    [address({ zip: undefined, municipality: "San Marino" }), "REFUSED"],
  ])("%j is %s", async (physicalAddress, status) => {
    const { verdict } = await raw({
      capTable,
      countries: ["FRANCIA"],
      environment: { addressCharset: null },
    });

    const found = await verdict({ recipients: [person({ physicalAddress })] });

    expect(found["notificationRequestStatus"]).toBe(status);
  });
});

describe("uploads", () => {
  async function slotOf(world: Raw, bytes: Uint8Array) {
    const sha256 = createHash("sha256").update(bytes).digest("base64");
    const answer = await world.call("POST", "/delivery/attachments/preload", [
      { sha256, contentType: "application/pdf", preloadIdx: "7" },
    ]);
    const [slot] = (await answer.json()) as [Required<WirePreloaded>];
    return { slot, sha256 };
  }

  test.each([
    ["a missing secret", { "x-amz-meta-secret": "" }, 403, "SignatureDoesNotMatch"],
    ["another content type", { "content-type": "text/plain" }, 403, "SignatureDoesNotMatch"],
    [
      "another checksum",
      { "x-amz-checksum-sha256": createHash("sha256").update("y").digest("base64") },
      403,
      "SignatureDoesNotMatch",
    ],
    [
      "a hexadecimal digest in Base64",
      {
        "x-amz-checksum-sha256": Buffer.from(
          createHash("sha256").update("x").digest("hex"),
        ).toString("base64"),
      },
      400,
      "InvalidRequest",
    ],
    ["a second authentication", { authorization: "Bearer x" }, 400, "InvalidArgument"],
  ])("%s is refused as S3 does", async (_name, headers, status, code) => {
    const world = await raw();
    const { slot, sha256 } = await slotOf(world, pdf("x"));

    const answer = await world.simulator.app.request(slot.url, {
      method: "PUT",
      headers: {
        "content-type": "application/pdf",
        "x-amz-meta-secret": slot.secret,
        "x-amz-checksum-sha256": sha256,
        ...headers,
      },
      body: pdf("x") as BodyInit,
    });

    expect(answer.status).toBe(status);
    expect(await answer.text()).toContain(`<Code>${code}</Code>`);
  });

  test("other bytes than declared are a BadDigest", async () => {
    const world = await raw();
    const { slot, sha256 } = await slotOf(world, pdf("x"));

    const answer = await world.simulator.app.request(slot.url, {
      method: "PUT",
      headers: {
        "content-type": "application/pdf",
        "x-amz-meta-secret": slot.secret,
        "x-amz-checksum-sha256": sha256,
      },
      body: pdf("y") as BodyInit,
    });

    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("<Code>BadDigest</Code>");
    expect(slot.preloadIdx).toBe("7");
  });
});

describe("iun and tax codes", () => {
  test("the control letter of SEND's own test vector", () => {
    expect(computeIunControl("ABCD-EFGH-ILMN", "202201")).toBe("N");
  });

  test("an iun has SEND's form", () => {
    expect(makeIun("202611", () => 0)).toBe("AAAA-AAAA-AAAA-202611-H-1");
  });

  test.each([
    ["RSSMRA80A01H501U", "PF", true],
    ["RSSMRA80A01H501U", "PG", true],
    ["RSSMRA80A01H501V", "PF", false],
    ["00000000018", "PG", true],
    ["00000000019", "PG", false],
    ["00000000018", "PF", false],
    ["44444444440", "PG", true],
  ] as const)("%s as %s is %p", (taxId, type, isAccepted) => {
    expect(isTaxIdAccepted(taxId, type)).toBe(isAccepted);
  });
});

test("what was accepted outlives the simulator", async () => {
  const folder = mkdtempSync(join(tmpdir(), "send-simulator-"));
  const file = join(folder, "send.sqlite");
  const first = await raw({ file });
  await first.post({ paProtocolNumber: "P" });
  first.simulator.close();

  const second = await raw({ file });
  const report = second.simulator.report();

  second.simulator.close();
  rmSync(folder, { recursive: true });
  expect(report).toMatchObject({
    accepted: 1,
    uploaded: 1,
    postsPerProtocol: { P: 1 },
    requests: [{ protocol: "P", token: "t", status: "WAITING" }],
  });
});
