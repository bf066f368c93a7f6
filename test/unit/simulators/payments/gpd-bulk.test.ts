/** The simulated GPD v2 and its lists: twenty at once, all or none; what a list hides; one limit for both versions. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { GpdStatus } from "../../../../integrations/payments/gpd/wire.ts";
import {
  createGpdSimulator,
  type GpdSimulator,
} from "../../../../simulators/payments/gpd-simulator.ts";
import { gpdLimit } from "../../../../simulators/payments/rate-limit.ts";
import { fakeClock, type FakeClock } from "../../integrations/payments/payments-world.ts";

const org = "00000000191";
const root = `/organizations/${org}/debtpositions`;

let clock: FakeClock;
let gpd: GpdSimulator;
beforeEach(() => {
  clock = fakeClock();
  gpd = createGpdSimulator({ file: ":memory:", clock, segregationCodes: ["07"], limit: gpdLimit });
});
afterEach(() => gpd.close());

async function call(app: "app" | "v2", method: string, path: string, body?: unknown) {
  const response = await gpd[app].request(path, {
    method,
    headers: { "ocp-apim-subscription-key": "k", "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text() };
}

/** `iuv`: its last four digits. */
function position(iupd: string, iuv: number, changes: Record<string, unknown> = {}) {
  const amount = 1_000;
  const transfer = {
    idTransfer: "1",
    amount,
    remittanceInformation: "Violazione",
    category: "9/0101108TS/",
    iban: "IT60X0542811101000000123456",
  };
  return {
    iupd,
    type: "F",
    fiscalCode: "RSSMRA80A01H501U",
    fullName: "Rossi Mario",
    companyName: "Comune",
    switchToExpired: false,
    paymentOption: [
      {
        iuv: `0700000000000${String(iuv).padStart(4, "0")}`,
        amount,
        description: "Violazione",
        isPartialPayment: false,
        dueDate: "2027-01-01T00:00:00.000Z",
        transfer: [transfer],
      },
    ],
    ...changes,
  };
}

const many = (count: number, from = 1) =>
  Array.from({ length: count }, (_, n) => position(`P-${from + n}`, from + n));
const put = (paymentPositions: unknown) => ({ paymentPositions });
const states = (): readonly string[] =>
  gpd.report().positions.map(({ iupd, status }) => `${iupd} ${status}`);

function seed(iupd: string, iuv: number, status: GpdStatus): void {
  const options = [{ iuv: `0700000000000${String(iuv).padStart(4, "0")}`, amountCents: 1_000 }];
  gpd.seed([{ organization: org, iupd, status, options }]);
}

describe("twenty at once", () => {
  test("are made payable by one call that answers nothing, and one more is refused", async () => {
    const made = await call("v2", "POST", `${root}?toPublish=true`, put(many(20)));
    const tooMany = await call("v2", "POST", root, put(many(21, 100)));

    expect([made, tooMany.status]).toEqual([{ status: 201, text: "" }, 400]);
    expect(gpd.report()).toMatchObject({ created: 20, open: 20 });
  });

  test.each([
    ["none at all", [], 400],
    ["a body that is refused", [...many(2), position("P-3", 3, { companyName: "" })], 400],
    ["a name that is taken", [...many(2), position("TAKEN", 3)], 409],
    ["a code that is taken", [...many(2), position("P-3", 9_000)], 409],
    ["one name twice", [...many(2), position("P-2", 3)], 409],
    [
      "another segregation code",
      [
        ...many(2),
        position("P-3", 3, {
          paymentOption: [{ ...position("", 3).paymentOption[0], iuv: "08000000000000003" }],
        }),
      ],
      403,
    ],
  ])("with %s make none", async (_what, bodies, status) => {
    seed("TAKEN", 9_000, "VALID");

    expect((await call("v2", "POST", `${root}?toPublish=true`, put(bodies))).status).toBe(status);
    expect(states()).toEqual(["TAKEN VALID"]);
  });

  test("are published by an update, and taken out of sale by one that does not say so", async () => {
    await call("v2", "POST", root, put(many(3)));
    expect(states()).toEqual(["P-1 DRAFT", "P-2 DRAFT", "P-3 DRAFT"]);

    const made = await call("v2", "PUT", `${root}?toPublish=true`, put(many(3)));
    expect([made, states()]).toEqual([
      { status: 200, text: "" },
      ["P-1 VALID", "P-2 VALID", "P-3 VALID"],
    ]);

    await call("v2", "PUT", root, put(many(2)));
    expect(states()).toEqual(["P-1 DRAFT", "P-2 DRAFT", "P-3 VALID"]);
  });

  test.each([
    ["DRAFT", 200],
    ["PUBLISHED", 200],
    ["VALID", 200],
    ["EXPIRED", 200],
    ["INVALID", 409],
    ["PARTIALLY_PAID", 409],
    ["PAID", 409],
    ["REPORTED", 409],
  ] as const)("are updated with one that is %s: %i", async (status, http) => {
    seed("P-1", 1, "DRAFT");
    seed("P-2", 2, status);

    expect((await call("v2", "PUT", `${root}?toPublish=true`, put(many(2)))).status).toBe(http);
    expect(states()[0]).toBe(http === 200 ? "P-1 VALID" : "P-1 DRAFT");
  });

  test("are not updated when one of them is not there", async () => {
    seed("P-1", 1, "DRAFT");

    expect((await call("v2", "PUT", `${root}?toPublish=true`, put(many(2)))).status).toBe(404);
    expect(states()).toEqual(["P-1 DRAFT"]);
  });

  test.each([
    ["DRAFT", 200],
    ["VALID", 200],
    ["INVALID", 200],
    ["EXPIRED", 200],
    ["PARTIALLY_PAID", 409],
    ["PAID", 409],
    ["REPORTED", 409],
  ] as const)("are erased with one that is %s: %i", async (status, http) => {
    seed("P-1", 1, "VALID");
    seed("P-2", 2, status);

    const answer = await call("v2", "DELETE", root, { paymentPositionIUPDs: ["P-1", "P-2"] });

    expect(answer.status).toBe(http);
    expect(states()).toEqual(http === 200 ? [] : ["P-1 VALID", `P-2 ${status}`]);
  });

  test.each([
    ["a name that is not there", ["P-1", "P-9"], 404],
    ["a name twice", ["P-1", "P-1"], 404],
    ["no name", [], 400],
    ["more than twenty", Array.from({ length: 21 }, (_, n) => `P-${n}`), 400],
  ])("with %s erase none", async (_what, paymentPositionIUPDs, status) => {
    seed("P-1", 1, "VALID");

    const answer = await call("v2", "DELETE", root, { paymentPositionIUPDs });

    expect([answer.status, states()]).toEqual([status, ["P-1 VALID"]]);
  });

  test.each([
    ["GET", "/P-1"],
    ["GET", ""],
    ["POST", "/P-1/publish"],
    ["POST", "/P-1/invalidate"],
  ])("version 2 has no %s %s", async (method, path) => {
    seed("P-1", 1, "DRAFT");

    expect((await call("v2", method, `${root}${path}`)).status).toBe(404);
  });
});

describe("the limit of a key", () => {
  test("is one for version 1 and version 2 together", async () => {
    for (let n = 0; n < 50; n += 1) await call("app", "GET", `${root}?limit=1`);
    for (let n = 0; n < 50; n += 1) await call("v2", "GET", "/info");

    expect([
      (await call("v2", "GET", "/info")).status,
      (await call("app", "GET", root)).status,
    ]).toEqual([429, 429]);
  });
});

describe("lists", () => {
  async function list(query: string) {
    const { text } = await call("app", "GET", `${root}?limit=50&${query}`);
    return JSON.parse(text) as {
      payment_position_list: { iupd: string; status: string; paymentOption: { nav: string }[] }[];
      page_info: unknown;
    };
  }
  const names = async (query: string): Promise<readonly string[]> =>
    (await list(query)).payment_position_list.map(({ iupd }) => iupd);

  test("come in the order that is asked for", async () => {
    seed("B", 1, "VALID");
    clock.advance(1_000);
    seed("C", 2, "DRAFT");
    clock.advance(1_000);
    seed("A", 3, "PAID");

    expect(await names("ordering=ASC")).toEqual(["B", "C", "A"]);
    expect(await names("orderby=IUPD&ordering=ASC")).toEqual(["A", "B", "C"]);
    expect(await names("orderby=IUPD")).toEqual(["C", "B", "A"]);
    expect(await names("orderby=STATUS&ordering=ASC")).toEqual(["C", "A", "B"]);
  });

  test("show, by due date, only the options that fall due then", async () => {
    const [first] = position("P-1", 1).paymentOption;
    const later = { ...first, iuv: "07000000000000002", dueDate: "2027-02-25T00:00:00.000Z" };
    await call("app", "POST", root, position("P-1", 1, { paymentOption: [first, later] }));

    const shown = async (query: string) =>
      (await list(query)).payment_position_list.map(({ paymentOption }) =>
        paymentOption.map(({ nav }) => nav),
      );
    expect(await shown("due_date_from=2027-01-01&due_date_to=2027-01-31")).toEqual([
      ["307000000000000001"],
    ]);
    expect(await shown("")).toEqual([["307000000000000001", "307000000000000002"]]);
  });

  test("say of an expired position that it is valid until the job has been there", async () => {
    const dueDate = "2026-11-23T09:30:00.000Z";
    const [option] = position("P-1", 1).paymentOption;
    const body = position("P-1", 1, {
      switchToExpired: true,
      paymentOption: [{ ...option, dueDate }],
    });
    await call("app", "POST", `${root}?toPublish=true`, body);
    const status = async () => (await list("")).payment_position_list[0]?.status;

    // Nine o'clock; the job that writes EXPIRED runs at half past eleven.
    clock.advance(2 * 3_600_000);
    expect(await status()).toBe("VALID");
    clock.advance(1_800_000);
    expect(await status()).toBe("EXPIRED");
  });

  test("hide what another segregation code has", async () => {
    gpd.seed([
      {
        organization: org,
        iupd: "X",
        options: [{ iuv: "08000000000000001", amountCents: 1_000 }],
      },
    ]);

    expect(await names("")).toEqual([]);
  });
});
