/** Who may call the simulated SEND, with which key, voucher and group, and what the gateway answers otherwise. */
import { describe, expect, test } from "bun:test";
import { paTaxId } from "../../integrations/send/setup.ts";
import { errorsOf, notice, person, raw } from "./simulator-world.ts";

const status = "/delivery/v2.5/requests?paProtocolNumber=P&idempotenceToken=t";
const denied = '{"message":"User is not authorized to access this resource with an explicit deny"}';
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("keys and vouchers", () => {
  const keys = [
    { key: "plain", paTaxId },
    { key: "pdnd", paTaxId, isPdnd: true },
    { key: "rotated", paTaxId, status: "ROTATED" as const },
    { key: "blocked", paTaxId, status: "BLOCKED" as const },
  ];

  function voucher(nowMs: number, { typ = "at+jwt", seconds = 600 } = {}): string {
    return `Bearer ${part({ typ })}.${part({ exp: Math.floor(nowMs / 1000) + seconds })}.x`;
  }

  test.each([
    ["plain", {}, 404],
    ["rotated", {}, 404],
    ["blocked", {}, 403],
    ["unknown", {}, 403],
    ["plain", { with: {} }, 403],
    ["pdnd", {}, 403],
    ["pdnd", { with: {} }, 404],
    ["pdnd", { with: { typ: "JWT" } }, 403],
    ["pdnd", { with: { seconds: -1 } }, 403],
  ])("key %s with voucher %j is answered %d", async (key, given, expected) => {
    const { call, clock } = await raw({ apiKeys: keys });
    const headers = {
      "x-api-key": key,
      ...("with" in given ? { authorization: voucher(clock.now(), given.with) } : {}),
    };

    const answer = await call("GET", status, undefined, headers);

    expect(answer.status).toBe(expected);
    if (expected === 403) expect(await answer.text()).toBe(denied);
  });

  test("no key at all is 401, and so is an empty one", async () => {
    const { simulator, call } = await raw();

    const none = await simulator.app.request(status);
    const empty = await call("GET", status, undefined, { "x-api-key": "" });

    expect([none.status, empty.status]).toEqual([401, 401]);
    expect(await none.text()).toBe('{"message":"Unauthorized"}');
  });

  test("a mended call shows after a minute, because the authoriser remembers the key", async () => {
    const { call, clock } = await raw({ apiKeys: keys });
    const good = { "x-api-key": "pdnd", authorization: voucher(clock.now()) };

    const bad = await call("GET", status, undefined, { "x-api-key": "pdnd" });
    const atOnce = await call("GET", status, undefined, good);
    clock.advance(60_000);
    const later = await call("GET", status, undefined, good);

    expect([bad.status, atOnce.status, later.status]).toEqual([403, 403, 404]);
  });

  test("a path that the gateway does not know is 403, as there", async () => {
    const { call } = await raw();

    const answer = await call("GET", "/delivery/v2.3/requests");

    expect(answer.status).toBe(403);
    expect(await answer.json()).toEqual({ message: "Missing Authentication Token" });
  });
});

describe("groups", () => {
  const keys = [
    { key: "all", paTaxId, paGroups: ["verbali", "tributi"] },
    { key: "verbali", paTaxId, groups: ["verbali"], paGroups: ["verbali", "tributi"] },
    { key: "tributi", paTaxId, groups: ["tributi"], paGroups: ["verbali", "tributi"] },
  ];
  const code = "PN_DELIVERY_INVALIDPARAMETER_GROUP";

  test.each([
    ["all", "verbali", null],
    ["all", undefined, null],
    [
      "all",
      "sospeso",
      "Group=sospeso not present or suspended/deleted in pa_groups=[PaGroup(id=verbali, name=null, description=null, status=null), PaGroup(id=tributi, name=null, description=null, status=null)]",
    ],
    ["verbali", "verbali", null],
    ["verbali", "tributi", "Group=tributi not present in cx_groups=[verbali]"],
    ["verbali", undefined, "Specify a group in cx_groups=[verbali]"],
  ])("key %s and group %p: %p", async (key, group, detail) => {
    const { call, body } = await raw({ apiKeys: [{ key: "k-1", paTaxId }, ...keys] });
    const request = await body(group === undefined ? {} : { group });

    const answer = await call("POST", "/delivery/v2.5/requests", request, { "x-api-key": key });

    if (detail === null) expect(answer.status).toBe(202);
    else expect(await errorsOf(answer)).toMatchObject([{ code, detail }]);
  });

  test("a request of another group is as if it were not there", async () => {
    const { call, body } = await raw({ apiKeys: [{ key: "k-1", paTaxId }, ...keys] });
    await call(
      "POST",
      "/delivery/v2.5/requests",
      await body({ paProtocolNumber: "P", group: "verbali" }),
      { "x-api-key": "verbali" },
    );

    const seen = await Promise.all(
      keys.map(({ key }) => call("GET", status, undefined, { "x-api-key": key })),
    );

    expect(seen.map((answer) => answer.status)).toEqual([200, 200, 404]);
  });
});

describe("what is taken already", () => {
  const of = (kind: string): string => `Duplicated notification for ${kind}`;
  const token = of("senderPaId##paProtocolNumber##idempotenceToken");
  const held = of("creditorTaxId##noticeCode");
  const withNotice = { recipients: [person({ payments: [notice()] })] };

  test("the very same request collides with its token and with its notice", async () => {
    const { post } = await raw();
    await post({ ...withNotice, paProtocolNumber: "P" });

    const again = await post({ ...withNotice, paProtocolNumber: "P" });

    expect(again.status).toBe(409);
    expect(await errorsOf(again)).toEqual([
      {
        code: "PN_GENERIC_INVALIDPARAMETER_DUPLICATED",
        element: token,
        detail: `${token}=00000000018##P##t`,
      },
      {
        code: "PN_GENERIC_INVALIDPARAMETER_DUPLICATED",
        element: held,
        detail: `${held}=00000000018##302010000000000001`,
      },
    ]);
  });

  test("no token is a token too", async () => {
    const { post } = await raw();
    const bare = { paProtocolNumber: "P", idempotenceToken: undefined };

    const answers = [await post(bare), await post(bare), await post({ paProtocolNumber: "P" })];

    expect(answers.map(({ status: code }) => code)).toEqual([202, 409, 202]);
  });

  test("an iun that chance gives twice", async () => {
    const { post } = await raw({ random: () => 0 });
    await post();

    const errors = await errorsOf(await post());

    expect(errors.map(({ element }) => element)).toEqual([of("iun")]);
  });

  test("a refusal frees the notice, not the token", async () => {
    const { post, verdict } = await raw();
    const refused = await verdict({
      ...withNotice,
      paProtocolNumber: "P",
      documents: [
        {
          digests: { sha256: "A".repeat(43).concat("=") },
          contentType: "application/pdf",
          ref: { key: "PN_NOTIFICATION_ATTACHMENTS-absent.pdf", versionToken: "v" },
        },
      ],
    });

    const sameToken = await post({ ...withNotice, paProtocolNumber: "P" });
    const newToken = await post({ ...withNotice, paProtocolNumber: "P", idempotenceToken: "2" });

    expect(refused["notificationRequestStatus"]).toBe("REFUSED");
    expect((await errorsOf(sameToken)).map(({ element }) => element)).toEqual([token]);
    expect(newToken.status).toBe(202);
  });
});

describe("what the gateway lets through by mistake", () => {
  test("a tax code with something before its eleven digits is pn-delivery's to refuse", async () => {
    const { post } = await raw();

    const errors = await errorsOf(
      await post({ recipients: [person({ taxId: "ABC00000000018" })] }),
    );

    expect(errors).toContainEqual(
      expect.objectContaining({
        code: "PN_GENERIC_INVALIDPARAMETER_PATTERN",
        element: "recipients[0].taxId",
      }),
    );
  });

  test("a long value keeps the words that say what is wrong with it", async () => {
    const { post } = await raw();

    const [error] = await errorsOf(await post({ abstract: "a".repeat(1025) }));

    expect(error?.detail).toEndWith("is too long (length: 1025, maximum allowed: 1024)]");
    expect(error?.detail?.length).toBeLessThanOrEqual(1024);
  });

  test("the keys of documents are looked at since v2.6", async () => {
    const { call, body } = await raw();
    const request = await body({
      documents: [
        {
          digests: { sha256: "A".repeat(43).concat("=") },
          contentType: "application/pdf",
          ref: { key: "other.pdf", versionToken: "v" },
        },
      ],
    });

    const old = await call("POST", "/delivery/v2.5/requests", request);
    const now = await call("POST", "/delivery/v2.6/requests", {
      ...request,
      idempotenceToken: "2",
    });

    expect(old.status).toBe(202);
    expect((await errorsOf(now))[0]?.detail).toBe(
      "Document Attachments key other.pdf does not contain the expected value: PN_NOTIFICATION_ATTACHMENTS",
    );
  });
});
