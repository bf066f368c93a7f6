/** Many orders on GPD together: few calls, the rules of a single order for each, and nobody held back by a neighbour. */
import { afterEach, describe, expect, test } from "bun:test";
import { ItemRejected, RetryLater, RunBlocked } from "../../../../engine/host/errors.ts";
import type { ResetEnd, ResetOrder } from "../../../../integrations/payments/port.ts";
import type { GpdStatus } from "../../../../integrations/payments/gpd/wire.ts";
import { gpdPayments } from "../../../../integrations/payments/gpd/adapter.ts";
import {
  creditor,
  type Call,
  gpdSettings,
  type GpdWorld,
  makeGpdWorld,
  orderFor,
  unlimited,
} from "./payments-world.ts";

let world: GpdWorld;
afterEach(() => world.simulator.close());

const oldName = (n: number): string => `OLD-${String(n).padStart(4, "0")}`;
const oldIuv = (n: number): string => `0700000009${String(n).padStart(7, "0")}`;

function seedOld(n: number, changes: { status?: GpdStatus; notificationFeeCents?: number } = {}) {
  const { status = "VALID", ...fee } = changes;
  const options = [{ iuv: oldIuv(n), amountCents: 5_000, ...fee }];
  world.simulator.seed([{ organization: creditor.taxId, iupd: oldName(n), status, options }]);
}

/** Orders 1 to `count`; with an open old position each, unless told otherwise. */
function open(count: number, isNew = false): readonly ResetOrder[] {
  world = makeGpdWorld();
  return Array.from({ length: count }, (_, index) => {
    const n = index + 1;
    if (isNew) return orderFor(`V-${n}`);
    seedOld(n);
    return orderFor(`V-${n}`, { old: [{ iupd: oldName(n) }] });
  });
}

async function resetAll(orders: readonly ResetOrder[]): Promise<ReadonlyMap<string, ResetEnd>> {
  const ends = new Map<string, ResetEnd>();
  for await (const end of world.payments.resetMany?.(orders) ?? []) {
    expect(ends.has(end.order.verbale)).toBe(false);
    ends.set(end.order.verbale, end);
  }
  return ends;
}

/** `done`, or the code of what came. */
function tell(end: ResetEnd | undefined): string {
  if (end?.status === "done") return "done";
  const error = end?.error;
  const isTold =
    error instanceof ItemRejected || error instanceof RetryLater || error instanceof RunBlocked;
  return isTold ? error.code : String(error);
}

const tellAll = (ends: ReadonlyMap<string, ResetEnd>): readonly string[] =>
  [...new Set([...ends.values()].map(tell))].toSorted();

const stateOf = (iupd: string): string | undefined =>
  world.simulator.report().positions.find((one) => one.iupd === iupd)?.status;

/** How often each call was made; names of positions left out. */
function countCalls(): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { method, path, query } of world.line.calls) {
    const version = path.startsWith("/v2/") ? "v2" : "v1";
    const tail = (path.split("/debtpositions")[1] ?? "").replace(/^\/[^/]+/, "/x");
    const kind = `${version} ${method} ${tail}${query.includes("toPublish=true") ? " payable" : ""}`;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

/** Every verbale has one position that can be paid, and nothing old can. */
function expectWhole(orders: readonly ResetOrder[], except: readonly string[] = []): void {
  const { positions, openByVerbale } = world.simulator.report();
  const others = orders.filter(({ verbale }) => !except.includes(verbale));
  const open = positions.filter(({ status }) => status === "VALID").map(({ iupd }) => iupd);
  expect(open.filter((name) => name.startsWith(creditor.taxId))).toHaveLength(others.length);
  expect(Math.max(...Object.values(openByVerbale))).toBe(1);
  for (const { old } of others) for (const { iupd } of old) expect(open).not.toContain(iupd ?? "");
}

describe("plain orders", () => {
  test("with nothing to cancel are twenty to a call, payable at once, numbered in their order", async () => {
    const orders = open(25, true);

    const ends = await resetAll(orders);

    expect(tellAll(ends)).toEqual(["done"]);
    expect(countCalls()).toEqual({ "v2 POST  payable": 2 });
    expectWhole(orders);
    const last = ends.get("V-25");
    expect(last?.status === "done" && last.position.options.map(({ iuv }) => iuv)).toEqual([
      "07000000000004953",
      "07000000000005054",
    ]);
  });

  test("with an old position each cost one call each, and four for all", async () => {
    const orders = open(20);

    const ends = await resetAll(orders);

    expect(tellAll(ends)).toEqual(["done"]);
    expect(countCalls()).toEqual({
      "v1 GET ": 1,
      "v2 POST ": 1,
      "v1 POST /x/invalidate": 20,
      "v2 PUT  payable": 1,
    });
    expectWhole(orders);
  });

  test("are asked about with every code that would die, whenever its option falls due, before the first dies", async () => {
    world = makeGpdWorld();
    const asked: string[] = [];
    const orders = [1, 2].map((n) => {
      const due = (days: number) => new Date(world.clock.now() + days * 86_400_000).toISOString();
      const options = [0, 100].map((more) => ({ iuv: oldIuv(n + more), amountCents: 5_000 }));
      world.simulator.seed([
        { organization: creditor.taxId, iupd: oldName(n), options, dueDate: due(60) },
      ]);
      return orderFor(`V-${n}`, {
        old: [{ iupd: oldName(n) }],
        assertFree: async (codes) => {
          asked.push(...codes);
          expect(countCalls()).toEqual({ "v1 GET ": 1 });
        },
      });
    });

    expect(tellAll(await resetAll(orders))).toEqual(["done"]);
    expect(asked.toSorted()).toEqual([1, 2, 101, 102].map((n) => `3${oldIuv(n)}`));
  });

  test("whose names lie far apart in a long list cost no more than reading each by its name", async () => {
    open(1_000);
    const orders = Array.from({ length: 20 }, (_, n) =>
      orderFor(`W-${n}`, { old: [{ iupd: oldName(n * 50 + 1) }] }),
    );

    expect(tellAll(await resetAll(orders))).toEqual(["done"]);
    const { "v1 GET ": pages = 0, "v1 GET /x": single = 0 } = countCalls();
    expect(pages + single).toBeLessThanOrEqual(20);
  });

  test("of one flusso among many positions find the pages where they are", async () => {
    open(2_000);
    const orders = Array.from({ length: 100 }, (_, n) =>
      orderFor(`W-${n}`, { old: [{ iupd: oldName(n + 1_501) }] }),
    );

    expect(tellAll(await resetAll(orders))).toEqual(["done"]);
    const { "v1 GET ": pages = 0, "v1 GET /x": single = 0 } = countCalls();
    expect(single).toBeLessThanOrEqual(5);
    expect(pages).toBeLessThanOrEqual(20);
  });
});

describe("one among twenty", () => {
  test.each([
    ["is paid", { status: "PAID" }, "ALREADY_PAID", "PAID"],
    ["is paid in part", { status: "PARTIALLY_PAID" }, "PARTIALLY_PAID", "PARTIALLY_PAID"],
    ["has SEND's fee", { notificationFeeCents: 200 }, "ALREADY_NOTIFIED", "VALID"],
    ["is a draft", { status: "DRAFT" }, "done", undefined],
    ["is cancelled", { status: "INVALID" }, "done", "INVALID"],
    ["has expired", { status: "EXPIRED" }, "done", "EXPIRED"],
  ] as const)("%s", async (_what, changes, expected, left) => {
    world = makeGpdWorld();
    seedOld(7, changes);
    const orders = Array.from({ length: 20 }, (_, index) => {
      if (index !== 6) seedOld(index + 1);
      return orderFor(`V-${index + 1}`, { old: [{ iupd: oldName(index + 1) }] });
    });

    const ends = await resetAll(orders);

    expect(tell(ends.get("V-7"))).toBe(expected);
    expect([...ends.values()].filter(({ status }) => status === "done")).toHaveLength(
      expected === "done" ? 20 : 19,
    );
    expect(stateOf(oldName(7))).toBe(left);
    expectWhole(orders, expected === "done" ? [] : ["V-7"]);
  });

  test("that GPD does not have is told", async () => {
    const orders = [...open(3), orderFor("V-9", { old: [{ iupd: "GONE" }] })];

    const ends = await resetAll(orders);

    const end = ends.get("V-9");
    expect(end?.status === "done" && end.position.notFound).toBe(1);
    expectWhole(orders);
  });

  test.each([
    ["with an old position", false],
    ["with nothing to cancel", true],
  ])(
    "whose data GPD refuses is found by halves, %s; its old position stays",
    async (_how, isNew) => {
      const orders = open(20, isNew).map((order, index) =>
        index === 12
          ? { ...order, reason: "", options: [{ kind: "reduced" as const, amountCents: 1 }] }
          : order,
      );

      const ends = await resetAll(orders);

      expect(tell(ends.get("V-13"))).toBe("PAYMENT_DATA_REFUSED");
      expect([...ends.values()].filter(({ status }) => status === "done")).toHaveLength(19);
      if (!isNew) expect(stateOf(oldName(13))).toBe("VALID");
      expectWhole(orders, ["V-13"]);
      // Twenty, then five times two halves at the most.
      const { "v2 POST ": drafts = 0, "v2 POST  payable": payable = 0 } = countCalls();
      expect(drafts + payable).toBeLessThanOrEqual(11);
    },
  );

  test("whose code another program has gets another, its neighbours keep theirs", async () => {
    const orders = open(20, true);
    world.simulator.seed([
      {
        organization: creditor.taxId,
        iupd: "FOREIGN",
        // The first code of V-3.
        options: [{ iuv: "07000000000000509", amountCents: 1 }],
      },
    ]);

    const ends = await resetAll(orders);

    expect(tellAll(ends)).toEqual(["done"]);
    const codes = [...ends.values()].flatMap((end) =>
      end.status === "done" ? end.position.options.map(({ iuv }) => iuv) : [],
    );
    expect(new Set(codes).size).toBe(40);
    expect(codes).not.toContain("07000000000000509");
  });

  test("that may not be cancelled keeps its position, and gets no new one", async () => {
    const orders = open(5).map((order, index) => ({
      ...order,
      assertFree: async () => {
        if (index === 2) throw new ItemRejected("POSITION_NOTIFIED", "notificata");
      },
    }));

    const ends = await resetAll(orders);

    expect([tell(ends.get("V-3")), tell(ends.get("V-2"))]).toEqual(["POSITION_NOTIFIED", "done"]);
    expect(stateOf(oldName(3))).toBe("VALID");
    expect(world.simulator.report().created).toBe(4);
  });

  test("that is paid between look and cancellation is left, its draft withdrawn", async () => {
    const orders = open(20);
    world.line.before(
      ({ path }) => path.endsWith(`${oldName(4)}/invalidate`),
      () => world.simulator.pay(creditor.taxId, `3${oldIuv(4)}`),
    );

    const ends = await resetAll(orders);

    expect(tell(ends.get("V-4"))).toBe("ALREADY_PAID");
    expect(stateOf(oldName(4))).toBe("PAID");
    expect(world.simulator.report().deleted).toBe(1);
    expectWhole(orders, ["V-4"]);
  });

  test("that names the position of another verbale too does not stop it", async () => {
    const [first, second] = open(2);
    const orders = [first, second, orderFor("V-3", { old: first?.old ?? [] })].flatMap(
      (order) => order ?? [],
    );

    expect(tellAll(await resetAll(orders))).toEqual(["done"]);
    expectWhole(orders);
  });

  test.each([
    [
      "an amount that nobody can pay",
      { options: [{ kind: "reduced", amountCents: 0 }] },
      "AMOUNTS_NOT_DISTINCT",
    ],
    [
      "a name that GPD cannot look up",
      { old: [{ noticeCode: "307000000000099001" }] },
      "POSITION_NOT_ADDRESSABLE",
    ],
  ] as const)("with %s is refused alone", async (_what, changes, code) => {
    const orders = [...open(3), orderFor("V-9", changes)];

    const ends = await resetAll(orders);

    expect(tell(ends.get("V-9"))).toBe(code);
    expectWhole(orders, ["V-9"]);
  });
});

describe("an answer that is none of GPD v2", () => {
  const isBulk =
    (method: string) =>
    (call: Call): boolean =>
      call.method === method && call.path.startsWith("/v2/");

  test.each([
    ["POST", "a page of a proxy", 201, "<html>ok</html>"],
    ["POST", "no such address", 404, "<html>not found</html>"],
    ["POST", "a key that v2 does not know", 401, {}],
    ["POST", "a 403", 403, {}],
    ["POST", "a fault that one row can bring on", 500, { title: "failed", status: 500 }],
    ["PUT", "a page of a proxy", 200, "<html>ok</html>"],
    ["PUT", "no such address", 405, "<html>no</html>"],
    ["PUT", "a fault that one row can bring on", 500, { title: "failed", status: 500 }],
  ])("%s: %s: each goes its own way", async (method, _what, status, body) => {
    const orders = open(4);
    world.line.answerOnce(isBulk(method), status, body);

    expect(tellAll(await resetAll(orders))).toEqual(["done"]);
    expectWhole(orders);
  });

  test.each([
    ["no such address", 404, "<html>not found</html>"],
    ["a key that v2 does not let in", 401, { statusCode: 401, message: "Access denied" }],
  ])("%s: version 2 is asked once, and no more in this run", async (_what, status, body) => {
    const orders = open(6);
    world.line.answerOnce(isBulk("POST"), status, body);

    const ends = [await resetAll(orders.slice(0, 3)), await resetAll(orders.slice(3))];

    expect(ends.map(tellAll)).toEqual([["done"], ["done"]]);
    expect(world.line.calls.filter(({ path }) => path.startsWith("/v2/"))).toHaveLength(1);
    expectWhole(orders);
  });

  test.each([
    // What is on it counts all the same; nothing more is looked for there.
    ["names in another order", (names: unknown[]) => names.toReversed(), undefined],
    ["no page at all", () => "<html></html>", 4],
  ])("a list with %s stops nobody", async (_what, change, single) => {
    const orders = open(4);
    const page = await world.line.http({
      method: "GET",
      url: `http://gpd.test/v1/organizations/${creditor.taxId}/debtpositions`,
      query: { limit: 50, orderby: "IUPD", ordering: "ASC" },
      headers: { "ocp-apim-subscription-key": "chiave-di-prova" },
    });
    const list = page.body as { payment_position_list: unknown[] };
    const changed = change(list.payment_position_list);
    world.line.answerOnce(
      ({ query }) => query.includes("orderby"),
      200,
      typeof changed === "string" ? changed : { ...list, payment_position_list: changed },
    );

    expect(tellAll(await resetAll(orders))).toEqual(["done"]);
    expect(countCalls()["v1 GET /x"]).toBe(single);
    expectWhole(orders);
  });

  test("an address of ACA has no version 2", () => {
    world = makeGpdWorld({ baseUrl: "http://gpd.test/aca/debt-positions-service/v1" });

    expect(world.payments.resetMany).toBeUndefined();
  });
});

describe("doctor", () => {
  const good = "GPD risponde e accetta le credenziali.";
  const alone = `${good} La sua versione 2 non è disponibile: i verbali vanno uno alla volta, meno di due al secondo se hanno una posizione da annullare.`;

  test.each([
    ["is there", null, good],
    ["is not there", 404, alone],
    ["does not let the key in", 401, alone],
    ["is busy", 503, good],
  ])("says whether version 2 %s", async (_how, status, note) => {
    world = makeGpdWorld();
    if (status !== null) world.line.answerOnce(({ path }) => path === "/v2/info", status, {});

    const finding = await gpdPayments.diagnose({
      settings: { ...gpdSettings, subscriptionKey: { secret: "GPD" } },
      creditor,
      ente: "borgo",
      secrets: { get: async () => "chiave-di-prova" },
      outboxFolder: "",
      http: world.line.http,
      clock: world.clock,
      limiter: unlimited,
    });

    expect(finding).toEqual({ state: "good", note });
  });
});

describe("whatever goes wrong with whichever call", () => {
  // List, drafts, three cancellations, publication.
  const calls = ["list", "drafts", "cancel 1", "cancel 2", "cancel 3", "publish"];
  const faults = ["lost-before", "lost-after", 401, 403, 408, 409, 429, 500, 502, 503] as const;

  for (const [n, call] of calls.entries())
    test.each(faults)(
      `%s at ${call} leaves one payable position each, and the first codes`,
      async (fault) => {
        const orders = open(3);
        world.line.breakCall(n, fault);

        let pending = orders;
        const codes = new Map<string, readonly string[]>();
        for (let attempt = 0; attempt < 5 && pending.length > 0; attempt += 1) {
          for (const order of attempt === 0 ? [] : pending) {
            const found = await world.payments.find(order);
            if (found !== null)
              codes.set(
                order.verbale,
                found.options.map(({ iuv }) => iuv),
              );
          }
          pending = pending.filter(({ verbale }) => !codes.has(verbale));
          for (const [verbale, end] of await resetAll(pending))
            if (end.status === "done")
              codes.set(
                verbale,
                end.position.options.map(({ iuv }) => iuv),
              );
            else expect(end.error).not.toBeInstanceOf(ItemRejected);
          pending = pending.filter(({ verbale }) => !codes.has(verbale));
        }

        expectWhole(orders);
        expect(orders.map(({ verbale }) => [verbale, codes.get(verbale)])).toEqual([
          ["V-1", ["07000000000000105", "07000000000000206"]],
          ["V-2", ["07000000000000307", "07000000000000408"]],
          ["V-3", ["07000000000000509", "07000000000000610"]],
        ]);
      },
    );

  test.each([
    ["lost-after", "publish", 5, "CANCELLED_NOT_ACTIVE"],
    [503, "publish", 5, "CANCELLED_NOT_ACTIVE"],
    ["lost-after", "drafts", 1, "NO_ANSWER"],
    [503, "drafts", 1, "SERVICE_UNAVAILABLE"],
  ] as const)("%s at %s says how the old ones stand", async (fault, _call, n, code) => {
    const orders = open(3);
    world.line.breakCall(n, fault);

    const ends = await resetAll(orders);

    expect(tellAll(ends)).toEqual([code]);
    for (const end of ends.values())
      expect(end.status === "failed" && (end.error as RetryLater).effect).toBe("none");
  });
});
