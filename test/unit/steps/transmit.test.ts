/** transmit against the simulated SEND: what is sent, once and only once, also over rounds. */
import { describe, expect, test } from "bun:test";
import { runOnItem } from "../../../engine/step/step.ts";
import type { Holder, Item } from "../../../engine/step/item.ts";
import type { Outcome } from "../../../engine/step/outcome.ts";
import { ItemRejected, RetryLater, RunBlocked } from "../../../engine/host/errors.ts";
import type { SendPort } from "../../../integrations/send/port.ts";
import type { WireRequest } from "../../../integrations/send/wire.ts";
import { buildDroppedReply } from "../../../simulators/faults.ts";
import transmit from "../../../steps/transmit.ts";
import { createSendDesk } from "../../../integrations/send/desk.ts";
import {
  accessOf,
  fakeClock,
  makeSend,
  rejection,
  settings,
  type WorldChanges,
} from "../integrations/send/setup.ts";
import { openRegister } from "../../support/register.ts";
import { contextOf, makeShelf, sendable, type ContextParts } from "./sending.ts";

async function makeWorld(changes: WorldChanges = {}, parts: Partial<ContextParts> = {}) {
  const world = await makeSend(changes);
  const shelf = makeShelf();
  const ctx = contextOf(transmit, { send: world.send, clock: world.clock, shelf, ...parts });
  return { ...world, shelf, ctx };
}

async function runOne(item: Item<unknown>, ctx: ReturnType<typeof contextOf>) {
  return (await runOnItem(transmit, item, ctx)) as {
    notification: { notificationRequestId: string; idempotenceToken: string };
  };
}

async function runMany(items: readonly Item<unknown>[], ctx: ReturnType<typeof contextOf>) {
  const outcomes = new Map<string, Outcome<Record<string, unknown>>>();
  for await (const outcome of transmit.runMany?.(items, ctx) ?? [])
    outcomes.set(outcome.item.key, outcome);
  return outcomes;
}

function sentRequests(calls: readonly { url: string; json?: unknown }[]): readonly WireRequest[] {
  return calls
    .filter(({ url, json }) => url.endsWith("/requests") && json !== undefined)
    .map(({ json }) => json as WireRequest);
}

/** Names that the step holds of an item, but for that of the ente's settings. */
function holdsOf(item: Item<unknown>): readonly string[] {
  const ctx = contextOf(transmit, { send: {} as SendPort, clock: fakeClock() });
  const names = transmit.holds?.(item, ctx) ?? [];
  expect(names.at(-1)).toMatch(/^send settings [0-9a-f]{32}$/);
  return names.slice(0, -1);
}

describe("the register", () => {
  test("knows what was handed over by the IUN that it will have, before anybody says so", async () => {
    const register = openRegister();
    const { ctx, shelf } = await makeWorld({}, { register });
    const item = sendable(shelf, 1);

    const { notification } = await runOne(item, ctx);

    const iun = Buffer.from(notification.notificationRequestId, "base64").toString();
    const act = await register.read("act", iun);
    expect(act?.subject).toBe("V-1");
    expect(act?.data).toMatchObject({
      numero: "V-1",
      protocol: "V-1",
      notificationRequestId: notification.notificationRequestId,
      sentAt: "2026-11-23T09:00:00.000Z",
      runId: "run-1",
      round: 1,
      verbale: { targa: "AB123CD" },
      payment: { options: [{ amountCents: 3440 }, { amountCents: 3441 }] },
      recipients: [{ taxId: "RSSMRA80A01H501U", denomination: "Rossi Mario" }],
      files: [{ role: "verbale" }, { role: "notice" }],
      costs: { feePolicy: settings.feePolicy },
    });
  });

  test("knows what is found after a kill too, and each once", async () => {
    const register = openRegister();
    const { ctx, shelf } = await makeWorld({}, { register });
    const item = sendable(shelf, 1);
    await runOne(item, ctx);

    await transmit.reconcile?.(item, ctx);

    expect(await register.listBySubject("act", "V-1")).toMatchObject([{ version: 1 }]);
  });

  test("knows nothing of what SEND did not take", async () => {
    const register = openRegister();
    const { ctx, shelf } = await makeWorld(
      {
        between: async (request, next) =>
          request.url.endsWith("/requests") && request.method === "POST"
            ? new Response("{}", { status: 503 })
            : await next(),
      },
      { register },
    );

    await rejection(runOne(sendable(shelf, 1), ctx));

    expect(await register.listChanges(["act"], 0, 9)).toEqual([]);
  });
});

describe("one verbale", () => {
  test("is uploaded and handed over with its protocol, a token of its key and the ente's subject", async () => {
    const { ctx, shelf, calls, simulator } = await makeWorld();

    const { notification } = await runOne(sendable(shelf, 1), ctx);

    const [request] = sentRequests(calls);
    expect(notification).toMatchObject({ protocol: "V-1", sentAt: "2026-11-23T09:00:00.000Z" });
    expect(notification.idempotenceToken).toMatch(/^postino-[0-9a-f]{64}$/);
    expect(request).toMatchObject({
      paProtocolNumber: "V-1",
      idempotenceToken: notification.idempotenceToken,
      subject: "Violazione del Codice della Strada",
    });
    expect(request?.recipients[0]?.physicalAddress).toEqual({
      address: "Via Roma 1",
      addressDetails: "Scala B",
      zip: "00118",
      municipality: "Roma",
      province: "RM",
    });
    expect(simulator.report()).toMatchObject({ accepted: 1, uploaded: 2 });
  });

  test("a notice with both codes is attached to the first payment only", async () => {
    const { ctx, shelf, calls } = await makeWorld();

    await runOne(sendable(shelf, 1), ctx);

    const payments = sentRequests(calls)[0]?.recipients[0]?.payments ?? [];
    expect(payments.map(({ pagoPa }) => pagoPa?.noticeCode)).toEqual([
      "302010000000000002",
      "302010000000000003",
    ]);
    expect(payments.map(({ pagoPa }) => pagoPa?.attachment !== undefined)).toEqual([true, false]);
  });

  test("a notice for each code is attached to its own payment", async () => {
    const { ctx, shelf, calls } = await makeWorld();
    const plain = sendable(shelf, 1);
    const [verbale] = plain.data["signedDocuments"] as [unknown];
    const notices = ["302010000000000003", "302010000000000002"].map((code) => ({
      role: "notice",
      noticeCodes: [code],
      name: `${code}.pdf`,
      pages: 1,
      ...shelf.put(code),
    }));

    await runOne(sendable(shelf, 1, { signedDocuments: [verbale, ...notices] }), ctx);

    const payments = sentRequests(calls)[0]?.recipients[0]?.payments ?? [];
    expect(payments.map(({ pagoPa }) => pagoPa?.attachment !== undefined)).toEqual([true, true]);
    expect(new Set(payments.map(({ pagoPa }) => pagoPa?.attachment?.ref.key)).size).toBe(2);
  });

  test("a file that occurs twice is sent once: SEND refuses doubles", async () => {
    const { ctx, shelf, calls, simulator } = await makeWorld();
    const [verbale] = sendable(shelf, 1).data["signedDocuments"] as [object];
    const copies = [
      verbale,
      { ...verbale, name: "copia.pdf" },
      { ...verbale, role: "notice", noticeCodes: ["302010000000000002"] },
    ];

    await runOne(sendable(shelf, 1, { signedDocuments: copies }), ctx);

    expect(sentRequests(calls)[0]?.documents.map(({ title }) => title)).toEqual([
      "Verbale di accertamento",
    ]);
    expect(simulator.report()).toMatchObject({ accepted: 1, uploaded: 1 });
  });

  test("several documents are told apart by their titles", async () => {
    const { ctx, shelf, calls } = await makeWorld();
    const documents = ["uno", "due"].map((name) => ({
      role: "verbale",
      name: `${name}.pdf`,
      pages: 1,
      ...shelf.put(name),
    }));

    await runOne(sendable(shelf, 1, { signedDocuments: documents }), ctx);

    expect(sentRequests(calls)[0]?.documents.map(({ title }) => title)).toEqual([
      "Verbale di accertamento",
      "Verbale di accertamento (2)",
    ]);
  });

  test("attachNotice: false leaves the notice out", async () => {
    const { ctx, shelf, calls, simulator } = await makeWorld(
      {},
      { config: { attachNotice: false } },
    );

    await runOne(sendable(shelf, 1), ctx);

    expect(
      sentRequests(calls)[0]?.recipients[0]?.payments?.[0]?.pagoPa?.attachment,
    ).toBeUndefined();
    expect(simulator.report().uploaded).toBe(1);
  });

  test("an ente under the 20 gram rule sends no notice", async () => {
    const { ctx, shelf, simulator } = await makeWorld({}, { sendSettings: { over20Grams: false } });

    await runOne(sendable(shelf, 1), ctx);

    expect(simulator.report()).toMatchObject({ accepted: 1, uploaded: 1 });
  });

  test("an ente under the 20 gram rule does not send five pages", async () => {
    const { ctx, shelf, calls } = await makeWorld({}, { sendSettings: { over20Grams: false } });
    const document = { role: "verbale", name: "v.pdf", pages: 5, ...shelf.put("five") };

    const error = await rejection(runOne(sendable(shelf, 1, { signedDocuments: [document] }), ctx));

    expect(error).toBeInstanceOf(ItemRejected);
    expect(error).toMatchObject({ code: "SENDER_DISABLED_MORE_THAN_20_GRAMS" });
    expect(calls).toHaveLength(0);
  });

  test("the protocol of the verbale goes before its number", async () => {
    const { ctx, shelf, calls } = await makeWorld();
    const item = sendable(shelf, 1);
    const verbale = { ...(item.data["verbale"] as object), protocollo: "2026/77" };

    await runOne({ ...item, data: { ...item.data, verbale } }, ctx);

    expect(sentRequests(calls)[0]?.paProtocolNumber).toBe("2026/77");
  });

  test("what SEND refuses is a rejection with its note", async () => {
    const { ctx, shelf } = await makeWorld();
    const item = sendable(shelf, 1);
    const validation = { ...(item.data["validation"] as object), taxId: "RSSMRA80A01H501V" };

    const error = await rejection(runOne({ ...item, data: { ...item.data, validation } }, ctx));

    expect(error).toBeInstanceOf(ItemRejected);
    expect((error as Error).message).toContain(
      "Il codice fiscale del destinatario non è valido: lettera di controllo sbagliata",
    );
  });
});

describe("many verbali", () => {
  test("seven share one preload and all are accepted", async () => {
    const { ctx, shelf, calls, simulator } = await makeWorld();
    const items = [1, 2, 3, 4, 5, 6, 7].map((index) => sendable(shelf, index));

    const outcomes = await runMany(items, ctx);

    expect([...outcomes.values()].map(({ status }) => status)).toEqual(Array(7).fill("done"));
    expect(calls.filter(({ url }) => url.endsWith("/preload"))).toHaveLength(1);
    expect(simulator.report()).toMatchObject({ accepted: 7, uploaded: 14 });
  });

  test("one that SEND refuses does not hold the others back", async () => {
    const { ctx, shelf, simulator } = await makeWorld();
    const bad = sendable(shelf, 2);
    const validation = { ...(bad.data["validation"] as object), denomination: "Rossi|Mario" };
    const items = [
      sendable(shelf, 1),
      { ...bad, data: { ...bad.data, validation } },
      sendable(shelf, 3),
    ];

    const outcomes = await runMany(items, ctx);

    expect(outcomes.get("V-1")?.status).toBe("done");
    expect(outcomes.get("V-3")?.status).toBe("done");
    expect(outcomes.get("V-2")).toMatchObject({ status: "failed" });
    expect(simulator.report().accepted).toBe(2);
  });

  test("one file that the storage finds too large rejects its own verbale only", async () => {
    const { ctx, shelf, simulator } = await makeWorld({
      between: async (request, next) => {
        if (request.method !== "PUT") return await next();
        const body = await request.clone().text();
        return body.includes("verbale V-2")
          ? new Response("<Error><Code>EntityTooLarge</Code></Error>", { status: 400 })
          : await next();
      },
    });

    const outcomes = await runMany([sendable(shelf, 1), sendable(shelf, 2)], ctx);

    const failed = outcomes.get("V-2");
    expect(outcomes.get("V-1")?.status).toBe("done");
    expect(failed?.status === "failed" ? failed.error : null).toMatchObject({
      code: "FILE_PDF_TOOBIG_ERROR",
    });
    expect(simulator.report().accepted).toBe(1);
  });

  test("a missing blob fails its own verbale only", async () => {
    const { ctx, shelf } = await makeWorld();
    const item = sendable(shelf, 2);
    const [document] = item.data["signedDocuments"] as [{ sha256: string }];
    shelf.blobs.delete(document.sha256);

    const outcomes = await runMany([sendable(shelf, 1), item], ctx);

    expect(outcomes.get("V-1")?.status).toBe("done");
    expect(outcomes.get("V-2")?.status).toBe("failed");
  });

  test("an ente without SEND ends every verbale with the same block and calls nobody", async () => {
    const world = await makeWorld();
    const send = world.client({ settings: { ...settings, active: false } });
    const ctx = contextOf(transmit, { send, clock: world.clock, shelf: world.shelf });

    const outcomes = await runMany([sendable(world.shelf, 1), sendable(world.shelf, 2)], ctx);

    for (const outcome of outcomes.values())
      expect(outcome.status === "failed" ? outcome.error : null).toBeInstanceOf(RunBlocked);
    expect(world.calls).toHaveLength(0);
  });
});

describe("once and only once", () => {
  test("a second try of the same round finds the first", async () => {
    const { ctx, shelf, simulator } = await makeWorld();
    const item = sendable(shelf, 1);

    const first = await runOne(item, ctx);
    const second = await runOne(item, ctx);

    expect(second.notification.notificationRequestId).toBe(
      first.notification.notificationRequestId,
    );
    expect(simulator.report().accepted).toBe(1);
  });

  test("reconcile finds what a lost reply left behind", async () => {
    let isBroken = true;
    const { ctx, shelf, simulator } = await makeWorld({
      between: async (request, next) => {
        const answer = await next();
        return isBroken && request.url.includes("/requests") ? buildDroppedReply() : answer;
      },
    });
    const item = sendable(shelf, 1);
    const error = await rejection(runOne(item, ctx));
    isBroken = false;

    const found = await transmit.reconcile?.(item, ctx);

    expect(error).toMatchObject({ code: "NO_ANSWER", effect: "unknown" });
    expect(found).toMatchObject({
      status: "done",
      fields: { notification: { protocol: "V-1" } },
    });
    expect(simulator.report().accepted).toBe(1);
  });

  test("reconcile of a request that never arrived says so", async () => {
    const { ctx, shelf } = await makeWorld();

    expect(await transmit.reconcile?.(sendable(shelf, 1), ctx)).toEqual({ status: "not-done" });
  });

  test("reconcile believes a token that a person names only where the request is this verbale's", async () => {
    const { ctx, shelf } = await makeWorld();
    const sent = await runOne(sendable(shelf, 1), ctx);
    const other = await runOne(sendable(shelf, 2), ctx);
    // Under another key: what went out is not found by our own token.
    const lost = { ...ctx, idempotencyKey: () => "0".repeat(64) };
    const ask = async (evidence: string) =>
      await transmit.reconcile?.(sendable(shelf, 1), { ...lost, evidence });

    const { notificationRequestId } = sent.notification;
    expect(await ask(notificationRequestId)).toMatchObject({
      status: "done",
      fields: { notification: { notificationRequestId } },
    });
    expect(await ask(other.notification.notificationRequestId)).toEqual({ status: "not-done" });
    expect(await ask("Tk9OIEVTSVNURQ==")).toEqual({ status: "not-done" });
    expect(await ask("ABCD-EFGH-ILMN-202611-P-1")).toEqual({ status: "not-done" });
  });

  test("reconcile of a refused request is done: its reasons are told by import-iun", async () => {
    const { ctx, shelf, clock } = await makeWorld({ simulator: { capTable: [] } });
    const item = sendable(shelf, 1);
    await runOne(item, ctx);
    clock.advance(200);

    expect(await transmit.reconcile?.(item, ctx)).toMatchObject({ status: "done" });
  });

  test("a new round with the same codes takes over the request of the earlier one", async () => {
    const { ctx, shelf, simulator, clock } = await makeWorld();
    const first = await runOne(sendable(shelf, 1), ctx);
    clock.advance(200);

    const outcomes = await runMany([sendable(shelf, 1, {}, 2)], ctx);

    expect(outcomes.get("V-1")).toMatchObject({
      status: "done",
      fields: {
        notification: { notificationRequestId: first.notification.notificationRequestId },
      },
      note: "SEND ha già la richiesta di un tentativo precedente: vale quella, nulla è stato inviato di nuovo.",
    });
    expect(simulator.report().accepted).toBe(1);
  });

  test("a new round after a refusal is a new request with a new token", async () => {
    const { ctx, shelf, simulator, clock } = await makeWorld({
      simulator: { capTable: [{ cap: "20121", locality: "MILANO", province: "MI" }] },
    });
    const first = await runOne(sendable(shelf, 1), ctx);
    clock.advance(200);

    const second = await runOne(sendable(shelf, 1, {}, 2), ctx);

    expect(second.notification.idempotenceToken).not.toBe(first.notification.idempotenceToken);
    expect(simulator.report().requests.map(({ status }) => status)).toEqual(["REFUSED", "WAITING"]);
  });

  test("a new round with other codes waits for the verdict of the earlier one, then refuses", async () => {
    const { ctx, shelf, simulator, clock } = await makeWorld();
    await runOne(sendable(shelf, 1), ctx);
    const { payment } = sendable(shelf, 9).data;
    const again = sendable(shelf, 1, { payment }, 2);

    const early = await rejection(runOne(again, ctx));
    clock.advance(200);
    const late = await rejection(runOne(again, ctx));

    expect(early).toBeInstanceOf(RetryLater);
    expect(early).toMatchObject({ code: "EARLIER_REQUEST_WAITING", effect: "none" });
    expect(late).toBeInstanceOf(ItemRejected);
    expect(late).toMatchObject({ code: "ALREADY_NOTIFIED_OTHERWISE" });
    expect(simulator.report().accepted).toBe(1);
  });
});

describe("what another verbale's live notification has", () => {
  const elsewhere: Holder = {
    itemKey: "V-9",
    round: 1,
    runId: "R9",
    isDone: false,
    isRefused: false,
    fields: {},
  };

  /** As the ledger answers during the request: its own intent stands, and behind the older one where they share a name. */
  function heldBeside(name: string): ReadonlyMap<string, readonly Holder[]> {
    const own = { ...elsewhere, itemKey: "V-1" };
    const names = holdsOf(sendable(makeShelf(), 1));
    return new Map(names.map((held) => [held, held === name ? [elsewhere, own] : [own]]));
  }

  test.each([
    ["protocol V-1", "PROTOCOL_IN_USE", "Il protocollo è già quello della notifica"],
    [
      "notice code 302010000000000003",
      "NOTICE_CODE_IN_USE",
      "Un codice avviso è già nella notifica",
    ],
    ["position P-1", "NOTICE_CODE_IN_USE", "Un codice avviso è già nella notifica"],
  ])("%s stops the request before anything is uploaded", async (name, code, begin) => {
    const { ctx, shelf, simulator } = await makeWorld({}, { holders: heldBeside(name) });

    const error = await rejection(runOne(sendable(shelf, 1), ctx));

    expect(error).toMatchObject({
      code,
      message: expect.stringContaining(
        `${begin} del verbale V-9 (flusso R9, non ancora accettata da SEND)`,
      ),
    });
    expect(simulator.report()).toMatchObject({ accepted: 0, uploaded: 0 });
  });

  test("what the verbale itself holds, first of two, lets it go on", async () => {
    const own = { ...elsewhere, itemKey: "V-1" };
    const { ctx, shelf, simulator } = await makeWorld(
      {},
      { holders: new Map([["protocol V-1", [own, elsewhere]]]) },
    );

    await runOne(sendable(shelf, 1), ctx);

    expect(simulator.report()).toMatchObject({ accepted: 1 });
  });

  test("an ente that shares protocols sends both", async () => {
    const { ctx, shelf, simulator } = await makeWorld(
      {},
      { holders: new Map([["protocol V-1", [elsewhere]]]) },
    );
    const item = sendable(shelf, 1);
    const validation = { ...(item.data["validation"] as object), isProtocolShared: true };

    await runOne({ ...item, data: { ...item.data, validation } }, ctx);

    expect(simulator.report()).toMatchObject({ accepted: 1 });
  });

  test("its own number, spelled otherwise, stops the request before anything is uploaded", async () => {
    const { ctx, shelf, simulator } = await makeWorld(
      {},
      { holders: new Map([["number V-1", [{ ...elsewhere, itemKey: "v -1" }]]]) },
    );

    expect(await rejection(runOne(sendable(shelf, 1), ctx))).toMatchObject({
      code: "SAME_VIOLATION",
      message:
        "Il verbale ha lo stesso numero, scritto altrimenti, della notifica del verbale v -1 (flusso R9, non ancora accettata da SEND). Nulla è stato inviato.",
    });
    expect(simulator.report()).toMatchObject({ accepted: 0, uploaded: 0 });
  });

  test("an ente that lets a violation have two numbers sends both", async () => {
    const { ctx, shelf, simulator } = await makeWorld(
      {},
      { holders: new Map([["number V-1", [elsewhere]]]) },
    );
    const item = sendable(shelf, 1);
    const validation = { ...(item.data["validation"] as object), isViolationShared: true };

    await runOne({ ...item, data: { ...item.data, validation } }, ctx);

    expect(simulator.report()).toMatchObject({ accepted: 1 });
  });

  test("the names that a request holds are its protocol, its number, its position and its codes", () => {
    const item = sendable(makeShelf(), 1);

    expect(holdsOf(item)).toEqual([
      "protocol V-1",
      "number V-1",
      "position P-1",
      "notice code 302010000000000002",
      "notice code 302010000000000003",
    ]);
  });
});

describe("a request that is found, not made", () => {
  /** As a signature is appended to what was rendered. */
  const signed = (act: string, at: string) => `%PDF-1.7\n${act}\n%%EOF\nfirma ${at}\n%%EOF\n`;
  const before = [signed("verbale", "9:00"), signed("avviso", "9:00")];
  const cases: readonly (readonly [string, readonly string[], string])[] = [
    ["the same files", before, "taken"],
    ["the same acts signed later", [signed("verbale", "9:05"), signed("avviso", "9:05")], "warned"],
    ["one of them signed later", [signed("verbale", "9:00"), signed("avviso", "9:05")], "warned"],
    ["another verbale", [signed("altro", "9:00"), signed("avviso", "9:00")], "rejected"],
    ["another notice", [signed("verbale", "9:00"), signed("altro", "9:05")], "rejected"],
    [
      "a verbale that only begins so",
      [signed("verbale, corretto", "9:05"), before[1] ?? ""],
      "rejected",
    ],
    ["a file less", before.slice(0, 1), "rejected"],
    ["a file more", [...before, signed("allegato", "9:00")], "rejected"],
  ];
  const codes = ["302010000000000002", "302010000000000003"];
  const documents = (shelf: ReturnType<typeof makeShelf>, texts: readonly string[]) =>
    texts.map((text, place) => ({
      role: place === 1 ? "notice" : "verbale",
      ...(place === 1 ? { noticeCodes: codes } : {}),
      name: `${place}.pdf`,
      pages: 1,
      ...shelf.put(text),
    }));

  async function makeSent() {
    const world = await makeSend({ simulator: { keepsFiles: true } });
    const shelf = makeShelf();
    const desk = createSendDesk(accessOf(world));
    const ctx = contextOf(transmit, { send: world.send, desk, clock: world.clock, shelf });
    const item = sendable(shelf, 1);
    const of = (texts: readonly string[]) => ({
      ...item,
      data: { ...item.data, signedDocuments: documents(shelf, texts) },
    });
    await runOne(of(before), ctx);
    return { ...world, ctx, of };
  }

  type Sent = Awaited<ReturnType<typeof makeSent>>;
  type Way = (world: Sent, item: Item<unknown>) => Promise<Record<string, unknown>>;
  const ways: readonly (readonly [string, number, Way])[] = [
    ["by the answer to its repetition", 1, ({ ctx }, item) => runOne(item, ctx)],
    [
      "by reconcile",
      1,
      async ({ ctx }, item) => {
        const found = await transmit.reconcile?.(item, ctx);
        return found?.status === "done" ? found.fields : {};
      },
    ],
    ["as an earlier round", 2, ({ ctx }, item) => runOne(item, ctx)],
  ];
  const judge = async (found: Promise<Record<string, unknown>>): Promise<unknown> => {
    try {
      const { notification } = (await found) as { notification?: { warnings?: string[] } };
      if (notification === undefined) return "nothing";
      return notification.warnings === undefined ? "taken" : "warned";
    } catch (error) {
      const isOther = error instanceof ItemRejected && error.code === "SENT_OTHER_DOCUMENTS";
      return isOther ? "rejected" : error;
    }
  };
  for (const [way, round, find] of ways)
    for (const [what, texts, end] of cases)
      test(`${way}, with ${what}: ${end}`, async () => {
        const world = await makeSent();
        world.clock.advance(60_000);

        const judged = await judge(find(world, { ...world.of(texts), round }));

        expect(judged).toBe(end);
        expect(world.simulator.report()).toMatchObject({ accepted: 1 });
      });

  test("and still examined, with other files: is waited for", async () => {
    const world = await makeSent();

    const error = await rejection(runOne(world.of([signed("altro", "9:00")]), world.ctx));

    expect(error).toMatchObject({
      code: "EARLIER_REQUEST_WAITING",
      effect: "unknown",
      afterMs: 600_000,
      hint: expect.stringContaining("Aspettare l'esito di SEND"),
    });
  });

  test("that does not say its files is neither taken nor refused", async () => {
    const world = await makeWorld({
      between: async (request, next) => {
        const answer = await next();
        if (request.method !== "GET" || answer.status !== 200) return answer;
        const told = (await answer.json()) as Record<string, unknown>;
        return Response.json({ ...told, documents: [{ title: "senza impronta" }] });
      },
    });
    await runOne(sendable(world.shelf, 1), world.ctx);

    const error = await rejection(runOne(sendable(world.shelf, 1), world.ctx));

    expect(error).toBeInstanceOf(RetryLater);
    expect(error).toMatchObject({ code: "DOCUMENTS_NOT_TOLD", effect: "unknown" });
  });
});
