/** What a payment system or a proxy before it may say although our simulators never do: nothing is taken for granted, and no two codes are payable. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { ItemRejected, RetryLater, RunBlocked } from "../../../../engine/host/errors.ts";
import type { Call, GovPayWorld, GpdWorld } from "./payments-world.ts";
import { makeGovPayWorld, makeGpdWorld, orderFor, refusalOf } from "./payments-world.ts";

const org = "00000000191";
const page = "<html><head><title>404 Not Found</title></head></html>";

describe("GPD", () => {
  /** sha256("00000000191|V-1"), first 24 hex characters. */
  const own = "00000000191-cdcfc857f50e27dca08c7877-g1";
  const order = orderFor("V-1", { old: [{ iupd: "OLD-1" }] });
  let world: GpdWorld;
  beforeEach(() => {
    world = makeGpdWorld();
    seed("OLD-1", "07000000000099001");
  });
  afterEach(() => world.simulator.close());

  function seed(iupd: string, iuv: string): void {
    world.simulator.seed([{ organization: org, iupd, options: [{ iuv, amountCents: 5_000 }] }]);
  }

  function states(): Record<string, string> {
    const found: Record<string, string> = {};
    for (const { iupd, status } of world.simulator.report().positions) found[iupd] = status;
    return found;
  }

  /** The calls of one kind upon one position. */
  const calls =
    (method: string, end: string) =>
    (call: Call): boolean =>
      call.method === method && call.path.endsWith(end);

  test.each([
    ["a proxy's page", page],
    ["the gateway's own words", { statusCode: 404, message: "Resource not found" }],
    ["nothing", null],
  ])("a 404 with %s does not say that the old position is absent", async (_what, body) => {
    world.line.answerOnce(calls("GET", "/OLD-1"), 404, body);

    const error = await refusalOf(world.payments.reset(order));

    expect(error).toBeInstanceOf(RetryLater);
    expect(error.code).toBe("UNREADABLE_ANSWER");
    expect(error.message).toContain("HTTP 404");
    expect(states()).toEqual({ "OLD-1": "VALID" });
    await world.payments.reset(order);
    expect(states()).toEqual({ "OLD-1": "INVALID", [own]: "VALID" });
  });

  test("an answer about another position is not believed", async () => {
    world.line.answerOnce(calls("GET", "/OLD-1"), 200, { iupd: "OLD-2", status: "INVALID" });

    expect((await refusalOf(world.payments.reset(order))).code).toBe("UNREADABLE_ANSWER");
    expect(states()).toEqual({ "OLD-1": "VALID" });
  });

  test("a state that the contract does not know, or in other letters, is not guessed", async () => {
    for (const status of ["UNPAYABLE", "valid", "", undefined]) {
      world.line.answerOnce(calls("GET", "/OLD-1"), 200, { iupd: "OLD-1", status });

      expect((await refusalOf(world.payments.reset(order))).code).toBe("UNREADABLE_ANSWER");
    }
    expect(states()).toEqual({ "OLD-1": "VALID" });
  });

  test("of an old position the status is enough: everything else may be missing or null", async () => {
    for (const paymentOption of [undefined, null, [], [{}], [{ amount: null, iuv: null }]])
      world.line.answerOnce(calls("GET", "/OLD-1"), 200, { status: "PAID", paymentOption });

    for (let look = 0; look < 5; look += 1)
      expect((await refusalOf(world.payments.reset(order))).code).toBe("ALREADY_PAID");
  });

  test.each([200, 201, 202])(
    "a publish answered %i by a page is looked at again",
    async (status) => {
      world.line.answerOnce(calls("POST", "/publish"), status, page);

      const error = await refusalOf(world.payments.reset(order));

      expect(error.code).toBe("CANCELLED_NOT_ACTIVE");
      expect(states()).toEqual({ "OLD-1": "INVALID", [own]: "DRAFT" });
      await world.payments.reset(order);
      expect(states()).toEqual({ "OLD-1": "INVALID", [own]: "VALID" });
    },
  );

  test("an invalidate answered by a page leaves the new one unpublished", async () => {
    world.line.answerOnce(calls("POST", "/invalidate"), 200, page);

    const error = await refusalOf(world.payments.reset(order));

    expect(error).toBeInstanceOf(RetryLater);
    expect(states()).toEqual({ "OLD-1": "VALID", [own]: "DRAFT" });
  });

  test.each([204, 302, 404, 405])(
    "a create answered %i is no refusal of the data",
    async (status) => {
      world.line.answerOnce(calls("POST", "/debtpositions"), status, status === 204 ? null : page);

      const error = await refusalOf(world.payments.reset(order));

      expect(error).toBeInstanceOf(RetryLater);
      expect(error.code).toBe("UNREADABLE_ANSWER");
      expect(states()).toEqual({ "OLD-1": "VALID" });
    },
  );

  test.each([400, 409, 413, 422])(
    "a create refused with %i and no word of why ends with the old position as it was",
    async (status) => {
      for (let attempt = 0; attempt < 20; attempt += 1)
        world.line.answerOnce(calls("POST", "/debtpositions"), status, {});

      const error = await refusalOf(world.payments.reset(order));

      expect(error).toBeInstanceOf(status === 409 ? RunBlocked : ItemRejected);
      expect(states()).toEqual({ "OLD-1": "VALID" });
    },
  );

  test("a 409 that is not about numbers is told in GPD's words", async () => {
    const detail = "The organization is not active for VIA ROMA";
    for (let attempt = 0; attempt < 20; attempt += 1)
      world.line.answerOnce(calls("POST", "/debtpositions"), 409, { status: 409, detail });

    const error = await refusalOf(world.payments.reset(order));

    expect(error.code).toBe("IUV_IN_USE");
    expect(error.message).toContain("(The organization is not active for …)");
  });

  test("a withdrawal answered by a page is tried again", async () => {
    world.line.before(calls("POST", "/invalidate"), () =>
      world.simulator.pay(org, "307000000000099001"),
    );
    world.line.answerOnce(calls("DELETE", own), 200, page);

    const first = await refusalOf(world.payments.reset(order));
    const second = await refusalOf(world.payments.reset(order));

    expect([first.code, second.code]).toEqual(["NOT_WITHDRAWN", "ALREADY_PAID"]);
    expect(states()).toEqual({ "OLD-1": "PAID" });
  });

  test("data refused after the cancel say so, and do not say that nothing was cancelled", async () => {
    world.line.breakCall(2, "lost-after");
    await refusalOf(world.payments.reset(order));
    await fetchDelete(own);
    world.line.answerOnce(calls("POST", "/debtpositions"), 400, { detail: "iban not registered" });

    const error = await refusalOf(world.payments.reset(order));

    expect(error.code).toBe("PAYMENT_DATA_REFUSED");
    expect(error.message).toBe(
      "GPD ha rifiutato i dati della nuova posizione (HTTP 400: iban not registered). Almeno una posizione precedente del verbale è già annullata o scaduta e quella nuova non è pagabile.",
    );
  });

  test("a second old position whose cancelling is refused: the note says that the first is cancelled", async () => {
    seed("OLD-2", "07000000000099002");
    world.line.answerOnce(calls("POST", "/OLD-2/invalidate"), 400, { detail: "?" });
    const two = orderFor("V-1", { old: [{ iupd: "OLD-1" }, { iupd: "OLD-2" }] });

    const error = await refusalOf(world.payments.reset(two));

    expect(error.code).toBe("CANCEL_REFUSED");
    expect(error.message).toEndWith(
      "Almeno una posizione precedente del verbale è già annullata o scaduta e quella nuova non è pagabile.",
    );
    expect(states()).toEqual({ "OLD-1": "INVALID", "OLD-2": "VALID" });
  });

  /** Somebody else drops a position. */
  async function fetchDelete(iupd: string): Promise<void> {
    const path = `/organizations/${org}/debtpositions/${iupd}`;
    const headers = { "ocp-apim-subscription-key": "chiave-di-prova" };
    await world.simulator.app.request(path, { method: "DELETE", headers });
  }
});

describe("GovPay", () => {
  const own = "cdcfc857f50e27dca08c7877-g1";
  const order = orderFor("V-1", { old: [{ idPendenza: "OLD-1" }] });
  let world: GovPayWorld;
  beforeEach(() => {
    world = makeGovPayWorld();
    seed(org);
  });
  afterEach(() => world.simulator.close());

  function seed(
    idDominio: string,
    idPendenza = "OLD-1",
    numeroAvviso = "307000000000099001",
  ): void {
    world.simulator.seed([
      { idDominio, idA2A: "POSTINO", idPendenza, numeroAvviso, importoCents: 5_000 },
    ]);
  }

  function states(): Record<string, string> {
    const found: Record<string, string> = {};
    for (const { idPendenza, stato } of world.simulator.report().pendenze)
      found[idPendenza] = stato;
    return found;
  }

  const calls =
    (method: string, end: string) =>
    (call: Call): boolean =>
      call.method === method && call.path.endsWith(end);

  test("the page of a server whose GovPay is not there does not say that the old pendenza is absent", async () => {
    world.line.answerOnce(calls("GET", "/OLD-1"), 404, page);

    const error = await refusalOf(world.payments.reset(order));

    expect(error.code).toBe("UNREADABLE_ANSWER");
    expect(states()).toEqual({ "OLD-1": "NON_ESEGUITA" });
  });

  test("a 404 without a body does: the contract gives it none", async () => {
    world.line.answerOnce(calls("GET", "/ABSENT"), 404, null);

    await world.payments.reset(orderFor("V-1", { old: [{ idPendenza: "ABSENT" }] }));

    expect(states()).toMatchObject({ [`${own}-S`]: "NON_ESEGUITA", [`${own}-R`]: "NON_ESEGUITA" });
  });

  test.each([302, 404, 405])(
    "a PUT answered %i by a page is tried again: nothing is reopened or rejected",
    async (status) => {
      world.line.answerOnce(calls("PUT", `${own}-S`), status, page);

      const error = await refusalOf(world.payments.reset(order));

      expect(error.code).toBe("CANCELLED_NOT_ACTIVE");
      expect(states()).toEqual({ "OLD-1": "ANNULLATA" });
      await world.payments.reset(order);
      expect(states()).toMatchObject({ [`${own}-S`]: "NON_ESEGUITA" });
    },
  );

  test("pendenze of the flusso that GovPay does not have are counted, by name and by code", async () => {
    const wrong = orderFor("V-1", {
      old: [
        { idPendenza: "OLD-1" },
        { idPendenza: "OLD-l" },
        { noticeCode: "307000000000099001" },
        { noticeCode: "307000000000099102" },
      ],
    });

    const position = await world.payments.reset(wrong);

    expect(position.notFound).toBe(2);
    expect(await world.payments.find(wrong)).toEqual(position);
  });

  test("what the ente opened on GPD before it had GovPay does not stop the verbale, but is told", async () => {
    const elsewhere = { ref: "00000000191-cdcfc857f50e27dca08c7877-g1" };
    const second = orderFor("V-1", { generation: 2, old: [elsewhere] });

    const position = await world.payments.reset(second);

    expect(position.notFound).toBe(1);
    expect(await world.payments.find(second)).toEqual(position);
    expect(await world.payments.inspect(elsewhere)).toBe("unclear");
  });

  test("a pendenza of another creditor is left alone, whoever names it", async () => {
    seed("00000000272", "OTHER", "307000000000099002");

    const error = await refusalOf(
      world.payments.reset(orderFor("V-1", { old: [{ idPendenza: "OTHER" }] })),
    );

    expect(error).toBeInstanceOf(ItemRejected);
    expect(error.code).toBe("POSITION_NOT_OURS");
    expect(states()).toEqual({ "OLD-1": "NON_ESEGUITA", OTHER: "NON_ESEGUITA" });
  });

  test("an answer about another pendenza, or in a state that the contract does not know, is not believed", async () => {
    const base = { idA2A: "POSTINO", importo: 50, dominio: { idDominio: org } };
    for (const change of [
      { idPendenza: "OLD-2", stato: "ANNULLATA" },
      { idPendenza: "OLD-1", stato: "annullata" },
      { idPendenza: "OLD-1", stato: "SOSPESA" },
      { idPendenza: "OLD-1", stato: "ANNULLATA", importo: "50,00" },
    ]) {
      world.line.answerOnce(calls("GET", "/OLD-1"), 200, { ...base, ...change });

      expect((await refusalOf(world.payments.reset(order))).code).toBe("UNREADABLE_ANSWER");
    }
    expect(states()).toEqual({ "OLD-1": "NON_ESEGUITA" });
  });

  test("an amount that arrives with the noise of a double is the same amount", async () => {
    await world.payments.reset(order);
    const answer = { idA2A: "POSTINO", idPendenza: `${own}-S`, stato: "NON_ESEGUITA" };
    world.line.answerOnce(calls("GET", `${own}-S`), 200, {
      ...answer,
      importo: 43.99999999999999,
      numeroAvviso: "307000000000000105",
    });

    expect((await world.payments.find(order))?.options[0]?.amountCents).toBe(4_400);
  });

  test("an old pendenza that somebody reopens beside ours leaves the order undone", async () => {
    await world.payments.reset(order);
    await world.simulator.app.request("/pendenze/POSTINO/OLD-1", {
      method: "PATCH",
      headers: {
        authorization: `Basic ${btoa("postino:parola-di-prova")}`,
        "content-type": "application/json-patch+json",
      },
      body: JSON.stringify([{ op: "REPLACE", path: "/stato", value: "NON_ESEGUITA" }]),
    });

    expect(await world.payments.find(order)).toBeNull();

    await world.payments.reset(order);
    expect(states()).toMatchObject({ "OLD-1": "ANNULLATA", [`${own}-S`]: "NON_ESEGUITA" });
  });

  test("a cancel answered 200 by a page is seen when it is read again", async () => {
    world.line.answerOnce(calls("PATCH", "/OLD-1"), 200, page);

    const error = await refusalOf(world.payments.reset(order));

    expect(error).toBeInstanceOf(RetryLater);
    expect(states()).toEqual({ "OLD-1": "NON_ESEGUITA" });
  });
});
