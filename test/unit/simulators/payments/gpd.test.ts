/** The simulated GPD: its state rules, its unique constraints and its answers, spoken to over HTTP. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGpdSimulator } from "../../../../simulators/payments/gpd-simulator.ts";
import type { GpdSimulator } from "../../../../simulators/payments/gpd-simulator.ts";
import { gpdLimit } from "../../../../simulators/payments/rate-limit.ts";
import type { GpdStatus } from "../../../../integrations/payments/gpd/wire.ts";
import { fakeClock } from "../../integrations/payments/payments-world.ts";
import type { FakeClock } from "../../integrations/payments/payments-world.ts";

const org = "00000000191";
const root = `/organizations/${org}/debtpositions`;

let clock: FakeClock;
let gpd: GpdSimulator;
beforeEach(() => {
  clock = fakeClock();
  gpd = createGpdSimulator({ file: ":memory:", clock, subscriptionKeys: ["k"] });
});
afterEach(() => {
  gpd.close();
});

async function call(
  method: string,
  path: string,
  body?: unknown,
  key = "k",
): Promise<{ status: number; body: Record<string, unknown>; id: string | null }> {
  const response = await gpd.app.request(path, {
    method,
    headers: { "ocp-apim-subscription-key": key, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const parsed = text.startsWith("{") ? (JSON.parse(text) as Record<string, unknown>) : { text };
  return { status: response.status, body: parsed, id: response.headers.get("x-request-id") };
}

function option(iuv: string, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    iuv,
    amount: 1000,
    description: "Violazione",
    isPartialPayment: false,
    dueDate: "2027-01-01T00:00:00.000Z",
    transfer: [
      {
        idTransfer: "1",
        amount: 1000,
        remittanceInformation: "Violazione",
        category: "9/0101108TS/",
        iban: "IT60X0542811101000000123456",
      },
    ],
    ...changes,
  };
}

function position(iupd: string, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    iupd,
    type: "F",
    fiscalCode: "RSSMRA80A01H501U",
    fullName: "Rossi Mario",
    companyName: "Comune",
    switchToExpired: false,
    paymentOption: [option(`0700000000000${iupd.padStart(4, "0")}`)],
    ...changes,
  };
}

function seeded(status: GpdStatus): void {
  gpd.seed([
    {
      organization: org,
      iupd: "OLD",
      status,
      options: [{ iuv: "07000000000099001", amountCents: 5000 }],
    },
  ]);
}

describe("states", () => {
  const table: readonly (readonly [string, string, GpdStatus, number])[] = [
    ["POST", "/publish", "DRAFT", 200],
    ["POST", "/publish", "PUBLISHED", 409],
    ["POST", "/publish", "VALID", 409],
    ["POST", "/publish", "INVALID", 409],
    ["POST", "/publish", "EXPIRED", 409],
    ["POST", "/publish", "PARTIALLY_PAID", 409],
    ["POST", "/publish", "PAID", 409],
    ["POST", "/publish", "REPORTED", 409],
    ["POST", "/invalidate", "DRAFT", 409],
    ["POST", "/invalidate", "PUBLISHED", 200],
    ["POST", "/invalidate", "VALID", 200],
    ["POST", "/invalidate", "INVALID", 409],
    ["POST", "/invalidate", "EXPIRED", 409],
    ["POST", "/invalidate", "PARTIALLY_PAID", 409],
    ["POST", "/invalidate", "PAID", 409],
    ["POST", "/invalidate", "REPORTED", 409],
    ["DELETE", "", "DRAFT", 200],
    ["DELETE", "", "PUBLISHED", 200],
    ["DELETE", "", "VALID", 200],
    ["DELETE", "", "INVALID", 200],
    ["DELETE", "", "EXPIRED", 200],
    ["DELETE", "", "PARTIALLY_PAID", 409],
    ["DELETE", "", "PAID", 409],
    ["DELETE", "", "REPORTED", 409],
    ["PUT", "", "DRAFT", 200],
    ["PUT", "", "PUBLISHED", 200],
    ["PUT", "", "VALID", 200],
    ["PUT", "", "EXPIRED", 200],
    ["PUT", "", "INVALID", 409],
    ["PUT", "", "PARTIALLY_PAID", 409],
    ["PUT", "", "PAID", 409],
    ["PUT", "", "REPORTED", 409],
  ];
  test.each(table)(
    "%s %s of a position that is %s answers %d",
    async (method, path, status, http) => {
      seeded(status);

      const answer = await call(
        method,
        `${root}/OLD${path}`,
        method === "PUT" ? position("OLD") : undefined,
      );

      expect(answer.status).toBe(http);
      if (http === 409) expect(answer.body).toMatchObject({ status: 409 });
    },
  );

  test("a draft with a validity date is published first and valid from that date", async () => {
    await call("POST", root, position("1", { validityDate: "2026-11-24T00:00:00.000Z" }));
    await call("POST", `${root}/1/publish`);
    expect((await call("GET", `${root}/1`)).body["status"]).toBe("PUBLISHED");

    clock.advance(2 * 86_400_000);

    expect((await call("GET", `${root}/1`)).body["status"]).toBe("VALID");
  });

  test("only a position that may expire does, after its last due date", async () => {
    await call("POST", `${root}?toPublish=true`, position("1", { switchToExpired: true }));
    await call("POST", `${root}?toPublish=true`, position("2"));

    clock.advance(60 * 86_400_000);

    expect((await call("GET", `${root}/1`)).body["status"]).toBe("EXPIRED");
    expect((await call("GET", `${root}/2`)).body["status"]).toBe("VALID");
  });

  test("a draft past its due date cannot be published", async () => {
    await call("POST", root, position("1"));
    clock.advance(60 * 86_400_000);

    expect((await call("POST", `${root}/1/publish`)).status).toBe(409);
  });
});

describe("what is unique", () => {
  test("the IUPD, the IUV and the notice code, each within one creditor", async () => {
    await call("POST", root, position("1"));
    const sameName = position("1", { paymentOption: [option("07000000000000099")] });
    const sameIuv = position("2", { paymentOption: [option("07000000000000001")] });
    const sameNav = position("3", {
      paymentOption: [option("09999999999999999", { nav: "307000000000000001" })],
    });

    expect((await call("POST", root, sameName)).status).toBe(409);
    expect((await call("POST", root, sameIuv)).status).toBe(409);
    expect((await call("POST", root, sameNav)).status).toBe(409);
    const other = "/organizations/00000000192/debtpositions";
    expect((await call("POST", other, position("1"))).status).toBe(201);
    expect(gpd.report()).toMatchObject({ created: 2 });
  });

  test("an invalid position keeps its codes for ever, a deleted one frees them", async () => {
    await call("POST", `${root}?toPublish=true`, position("1"));
    await call("POST", `${root}/1/invalidate`);
    const again = position("2", { paymentOption: [option("07000000000000001")] });
    expect((await call("POST", root, again)).status).toBe(409);

    await call("DELETE", `${root}/1`);

    expect((await call("POST", root, again)).status).toBe(201);
  });

  test("a create that fails half way leaves nothing", async () => {
    await call("POST", root, position("1"));
    const half = position("2", {
      paymentOption: [option("07000000000000055"), option("07000000000000001")],
    });

    expect((await call("POST", root, half)).status).toBe(409);

    expect((await call("GET", `${root}/2`)).status).toBe(404);
    const free = position("3", { paymentOption: [option("07000000000000055")] });
    expect((await call("POST", root, free)).status).toBe(201);
  });
});

describe("bodies", () => {
  const bad: readonly (readonly [string, Record<string, unknown>])[] = [
    ["no debtor", { fiscalCode: undefined }],
    ["an unknown type", { type: "P" }],
    ["no options", { paymentOption: [] }],
    [
      "a description of 141 characters",
      { paymentOption: [option("1", { description: "a".repeat(141) })] },
    ],
    ["an amount of zero", { paymentOption: [option("1", { amount: 0 })] }],
    ["an amount in euro", { paymentOption: [option("1", { amount: 10.5 })] }],
    ["transfers that do not add up", { paymentOption: [option("1", { amount: 1001 })] }],
    [
      "a due date gone by",
      { paymentOption: [option("1", { dueDate: "2026-11-01T00:00:00.000Z" })] },
    ],
    ["a validity date gone by", { validityDate: "2026-11-01T00:00:00.000Z" }],
    ["a due date before the validity date", { validityDate: "2027-02-01T00:00:00.000Z" }],
    [
      "a transfer without iban or stamp",
      {
        paymentOption: [
          option("1", {
            transfer: [
              { idTransfer: "1", amount: 1000, remittanceInformation: "x", category: "y" },
            ],
          }),
        ],
      },
    ],
  ];
  test.each(bad)("%s is a 400", async (_what, changes) => {
    const answer = await call("POST", root, position("1", changes));

    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      status: 400,
      title: "Error in the debt position request data",
    });
    expect(gpd.report().positions).toEqual([]);
  });

  test("the notice code is 3 and the IUV where none is given", async () => {
    await call("POST", root, position("1"));

    expect(gpd.report().positions[0]?.options).toEqual([
      { iuv: "07000000000000001", nav: "307000000000000001", amount: 1000 },
    ]);
  });

  test("an update drops the options that it does not name, and keeps SEND's fee on the others", async () => {
    gpd.seed([
      {
        organization: org,
        iupd: "1",
        options: [
          { iuv: "07000000000000001", amountCents: 900, notificationFeeCents: 200 },
          { iuv: "07000000000000002", amountCents: 950 },
        ],
      },
    ]);

    const answer = await call("PUT", `${root}/1?toPublish=true`, position("1"));

    expect(answer.status).toBe(200);
    expect(gpd.report().positions[0]).toMatchObject({
      status: "VALID",
      options: [{ iuv: "07000000000000001", amount: 1200 }],
    });
  });
});

describe("payments", () => {
  test("marking one option as paid pays the position; a second time is a 409", async () => {
    await call("POST", `${root}?toPublish=true`, position("1"));
    const paids = `/organizations/${org}/paymentoptions/paids/307000000000000001`;

    expect((await call("POST", paids, {})).body).toMatchObject({
      status: "PO_PAID",
      serviceType: "GPD",
    });
    expect((await call("POST", paids, {})).status).toBe(409);
    expect(gpd.report()).toMatchObject({ paid: 1, open: 0 });
  });

  test("an unknown code is a 404, a draft a 422", async () => {
    await call("POST", root, position("1"));
    const paids = `/organizations/${org}/paymentoptions/paids`;

    expect((await call("POST", `${paids}/307000000000009999`, {})).status).toBe(404);
    expect((await call("POST", `${paids}/307000000000000001`, {})).status).toBe(422);
  });

  test.each([
    ["VALID", true],
    ["PUBLISHED", true],
    ["DRAFT", false],
    ["INVALID", false],
    ["EXPIRED", false],
    ["PAID", false],
    ["REPORTED", false],
  ] as const)("a notice of a %s position takes SEND's fee: %p", (status, takes) => {
    gpd.seed([
      {
        organization: org,
        iupd: "1",
        status,
        options: [{ iuv: "07000000000000001", amountCents: 5_000 }],
      },
    ]);

    expect(gpd.takesFee(org, "307000000000000001")).toBe(takes);
    expect(gpd.takesFee(org, "307000000000000002")).toBe(false);
    expect(gpd.takesFee("00000000018", "307000000000000001")).toBe(false);
  });

  test("a receipt on an invalid position turns it to paid", async () => {
    seeded("INVALID");

    gpd.pay(org, "307000000000099001");

    expect((await call("GET", `${root}/OLD`)).body["status"]).toBe("PAID");
  });
});

describe("lists", () => {
  beforeEach(async () => {
    for (const iupd of ["1", "2", "3"]) await call("POST", root, position(iupd));
    await call("POST", `${root}/2/publish`);
  });

  test("come in pages, newest first", async () => {
    const { body } = await call("GET", `${root}?limit=2&page=0`);

    expect(body["page_info"]).toEqual({ page: 0, limit: 2, items_found: 2, total_pages: 2 });
    const list = body["payment_position_list"] as { iupd: string }[];
    expect(list.map((entry) => entry.iupd)).toEqual(["3", "2"]);
  });

  test("can be asked by state and by due date", async () => {
    const byState = await call("GET", `${root}?status=VALID`);
    expect(
      (byState.body["payment_position_list"] as { iupd: string }[]).map((e) => e.iupd),
    ).toEqual(["2"]);

    const byDate = await call("GET", `${root}?due_date_from=2026-12-31&due_date_to=2027-01-02`);
    expect(byDate.body["page_info"]).toMatchObject({ items_found: 3 });
    const none = await call("GET", `${root}?due_date_from=2027-01-02`);
    expect(none.body["page_info"]).toMatchObject({ items_found: 0 });
  });

  test.each([
    "due_date_from=2026-12-01&due_date_to=2027-01-15",
    "due_date_from=2026-12-01&payment_date_from=2026-12-01",
    "due_date_from=2026-12-05&due_date_to=2026-12-01",
    "limit=51",
  ])("refuse %s", async (query) => {
    expect((await call("GET", `${root}?${query}`)).status).toBe(400);
  });
});

describe("who may call", () => {
  test("no key and a wrong key are a 401", async () => {
    expect((await call("GET", `${root}/1`, undefined, "")).status).toBe(401);
    expect((await call("GET", `${root}/1`, undefined, "other")).status).toBe(401);
  });

  test("every answer carries a request id", async () => {
    expect((await call("GET", `${root}/1`)).id).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("codes of a foreign segregation code are a 403", async () => {
    const strict = createGpdSimulator({ file: ":memory:", clock, segregationCodes: ["07"] });
    const response = await strict.app.request(root, {
      method: "POST",
      headers: { "ocp-apim-subscription-key": "any" },
      body: JSON.stringify(position("1", { paymentOption: [option("08000000000000001")] })),
    });
    strict.close();

    expect(response.status).toBe(403);
  });

  const foreign = "08000000000000001";
  test.each([
    ["GET", `${root}/OLD`],
    ["DELETE", `${root}/OLD`],
    ["POST", `${root}/OLD/publish`],
    ["POST", `${root}/OLD/invalidate`],
    ["POST", `/organizations/${org}/paymentoptions/paids/3${foreign}`],
  ])("%s %s of a position below a foreign segregation code is a 403", async (method, path) => {
    const strict = createGpdSimulator({ file: ":memory:", clock, segregationCodes: ["07"] });
    strict.seed([
      { organization: org, iupd: "OLD", options: [{ iuv: foreign, amountCents: 5_000 }] },
    ]);
    const response = await strict.app.request(path, {
      method,
      headers: { "ocp-apim-subscription-key": "any" },
    });
    const { paid, open } = strict.report();
    strict.close();

    expect([response.status, paid, open]).toEqual([403, 0, 1]);
  });
});

describe("the report and the file", () => {
  test("counts what is open by verbale over its generations", async () => {
    await call(
      "POST",
      `${root}?toPublish=true`,
      position("a-g1", { paymentOption: [option("1")] }),
    );
    await call(
      "POST",
      `${root}?toPublish=true`,
      position("a-g2", { paymentOption: [option("2")] }),
    );
    await call("POST", root, position("b-g1", { paymentOption: [option("3")] }));

    expect(gpd.report()).toMatchObject({ created: 3, open: 2, openByVerbale: { a: 2 } });
  });

  test("what was there is there again after the process ended", async () => {
    const folder = await mkdtemp(join(tmpdir(), "gpd-"));
    const file = join(folder, "gpd.sqlite");
    const before = createGpdSimulator({ file, clock });
    before.seed([{ organization: org, iupd: "OLD", options: [{ iuv: "1", amountCents: 5 }] }]);
    before.close();

    const after = createGpdSimulator({ file, clock });
    after.seed([
      { organization: org, iupd: "OLD", status: "PAID", options: [{ iuv: "1", amountCents: 5 }] },
    ]);
    const { positions } = after.report();
    after.close();
    await rm(folder, { recursive: true });

    expect(positions).toMatchObject([{ iupd: "OLD", status: "VALID" }]);
  });
});

describe("the gateway's limit of calls", () => {
  const limited = () =>
    createGpdSimulator({ file: ":memory:", clock, subscriptionKeys: ["k", "j"], limit: gpdLimit });

  async function ask(own: GpdSimulator, path = "/info", key = "k"): Promise<Response> {
    return await own.app.request(path, { headers: { "ocp-apim-subscription-key": key } });
  }

  async function crowd(own: GpdSimulator, calls: number): Promise<readonly number[]> {
    const statuses: number[] = [];
    for (let n = 0; n < calls; n += 1) statuses.push((await ask(own)).status);
    return statuses;
  }

  test("a hundred calls in ten seconds, the next when the first is over", async () => {
    const own = limited();
    const first = await crowd(own, 100);
    clock.advance(9_001);
    const refused = await ask(own);
    clock.advance(998);
    const late = await ask(own);
    clock.advance(1);
    const again = await ask(own);
    const body = await refused.json();
    own.close();

    expect(new Set(first)).toEqual(new Set([200]));
    expect([refused.status, late.status, again.status]).toEqual([429, 429, 200]);
    expect([refused.headers.get("retry-after"), late.headers.get("retry-after")]).toEqual([
      "1",
      "1",
    ]);
    expect(body).toEqual({
      statusCode: 429,
      message: "Rate limit is exceeded. Try again in 1 seconds.",
    });
    expect(again.headers.get("x-remaining-calls-per-min")).toBe("99");
  });

  test("the window slides: a crowd on both sides of a multiple of ten seconds is refused", async () => {
    const own = limited();
    clock.advance(9_000);
    const before = await crowd(own, 60);
    clock.advance(2_000);
    const after = await crowd(own, 60);
    own.close();

    expect(before.filter((status) => status === 429)).toHaveLength(0);
    expect(after.filter((status) => status === 429)).toHaveLength(20);
  });

  test("refusals of the position count, those of the gateway do not, and each key has its own", async () => {
    const own = limited();
    await crowd(own, 99);
    const missing = await ask(own, `${root}/unknown`);
    const refused = await crowd(own, 50);
    const other = await ask(own, "/info", "j");
    const stranger = await ask(own, "/info", "x");
    clock.advance(10_000);
    const later = await crowd(own, 100);
    own.close();

    expect(missing.status).toBe(404);
    expect(new Set(refused)).toEqual(new Set([429]));
    expect([other.status, stranger.status]).toEqual([200, 401]);
    expect(new Set(later)).toEqual(new Set([200]));
  });
});
