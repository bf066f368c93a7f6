/** import-iun against the simulated SEND: the verdict, and how long it waits for it. */
import { describe, expect, test } from "bun:test";
import { passOnCode } from "../../../engine/host/error-codes.ts";
import { runOnItem } from "../../../engine/step/step.ts";
import { ItemRejected, RetryLater, RunBlocked } from "../../../engine/host/errors.ts";
import type { SendPort, SendStatus, SendVerdicts } from "../../../integrations/send/port.ts";
import importIun from "../../../steps/import-iun.ts";
import { fakeClock, makeSend, rejection, sampleRequest } from "../integrations/send/setup.ts";
import { openRegister } from "../../support/register.ts";
import { contextOf } from "./sending.ts";

const requestId = "QUJDRC1FRkdILUlMTU4tMjAyMjAxLU4tMQ==";

function item(notificationRequestId = requestId, sentAt = "2026-11-23T09:00:00.000Z") {
  return {
    key: "V-1",
    round: 1,
    data: {
      notification: { notificationRequestId, protocol: "V-1", idempotenceToken: "t", sentAt },
    },
  };
}

/** A SEND that always gives the same verdict. */
function answering(status: SendStatus | null): SendPort {
  const unused = (): never => {
    throw new Error("not used");
  };
  return {
    upload: unused,
    send: unused,
    find: unused,
    requireGroup: unused,
    findStatus: () => Promise.resolve(status),
  };
}

async function run(send: SendPort, ageMs: number, config: Record<string, unknown> = {}) {
  const clock = fakeClock();
  clock.advance(ageMs);
  return await runOnItem(importIun, item(), contextOf(importIun, { send, clock, config }));
}

const waiting: SendStatus = {
  status: "waiting",
  notificationRequestId: requestId,
  noticeCodes: [],
  retryAfterMs: 10_000,
};

test("an accepted request gives its iun", async () => {
  const { send, clock } = await makeSend();
  const { notificationRequestId } = await send.send(await sampleRequest(send));
  clock.advance(200);

  const added = await runOnItem(
    importIun,
    item(notificationRequestId),
    contextOf(importIun, { send, clock }),
  );

  expect(added).toEqual({ iun: Buffer.from(notificationRequestId, "base64").toString("utf8") });
});

test("a refused request rejects the verbale with SEND's reasons in Italian", async () => {
  const { send, clock } = await makeSend({ simulator: { capTable: [] } });
  const { notificationRequestId } = await send.send(await sampleRequest(send));
  clock.advance(200);

  const error = await rejection(
    Promise.resolve(
      runOnItem(importIun, item(notificationRequestId), contextOf(importIun, { send, clock })),
    ),
  );

  expect(error).toBeInstanceOf(ItemRejected);
  expect(error).toMatchObject({
    code: "NOT_VALID_ADDRESS",
    message:
      "CAP, comune e provincia dell'indirizzo non vanno insieme. SEND non ha notificato nulla; il rifiuto costa 1 euro per destinatario. I codici avviso tornano liberi.",
    hint: { action: "send-again", first: "Correggere CAP, comune o provincia." },
  });
});

test.each([
  [0, "VERDICT_UNCLEAR", 10_000],
  [2 * 3_600_000, "VERDICT_UNCLEAR", 600_000],
  [24 * 3_600_000, "VERDICT_OVERDUE", 3_600_000],
])("a state that is no verdict, after %p ms: %s", async (ageMs, code, afterMs) => {
  const error = await rejection(run(answering({ ...waiting, isUnclear: true }), ageMs));

  expect(error).toMatchObject({ code, afterMs, effect: "none" });
});

test("the verdict is kept in the register: accepted once, with its first time, and refused with its reasons", async () => {
  const clock = fakeClock();
  const register = openRegister();
  const ask = async (answer: SendPort): Promise<unknown> =>
    await rejection(
      Promise.resolve(
        runOnItem(
          importIun,
          item(requestId),
          contextOf(importIun, { send: answer, clock, register }),
        ),
      ).then(() => Promise.reject(new Error("accepted"))),
    );
  const iun = Buffer.from(requestId, "base64").toString();
  await ask(answering(waiting));
  expect(await register.read("verdict", iun)).toBeNull();

  const accepted: SendStatus = {
    status: "accepted",
    notificationRequestId: requestId,
    noticeCodes: [],
    iun,
  };
  await ask(answering(accepted));
  clock.advance(60_000);
  await ask(answering(accepted));
  expect(await register.listVersions("verdict", iun)).toMatchObject([
    { data: { outcome: "accepted", at: "2026-11-23T09:00:00.000Z", reasons: [] } },
  ]);

  await ask(
    answering({
      status: "refused",
      notificationRequestId: requestId,
      noticeCodes: [],
      refusals: [{ code: "REFUSED" as const, note: "Nota.", hint: "Correggere." }],
    }),
  );
  expect((await register.read("verdict", iun))?.data).toMatchObject({
    outcome: "refused",
    reasons: [{ code: "REFUSED", note: "Nota." }],
  });
});

test("a refusal without reasons is told as such", async () => {
  const refused: SendStatus = {
    status: "refused",
    notificationRequestId: requestId,
    noticeCodes: [],
    refusals: [],
  };

  const error = await rejection(run(answering(refused), 0));

  expect(error).toMatchObject({ code: "REFUSED" });
});

test.each([
  [0, 10_000, "NOT_YET_ACCEPTED"],
  [4 * 60_000, 10_000, "NOT_YET_ACCEPTED"],
  [5 * 60_000, 60_000, "NOT_YET_ACCEPTED"],
  [59 * 60_000, 60_000, "NOT_YET_ACCEPTED"],
  [60 * 60_000, 600_000, "VERDICT_LATE"],
  [23 * 3_600_000, 600_000, "VERDICT_LATE"],
  [24 * 3_600_000, 3_600_000, "VERDICT_OVERDUE"],
  [72 * 3_600_000, 3 * 3_600_000, "VERDICT_OVERDUE"],
  [12 * 24 * 3_600_000, 12 * 3_600_000, "VERDICT_OVERDUE"],
  [400 * 24 * 3_600_000, 12 * 3_600_000, "VERDICT_OVERDUE"],
])("a request that waits for %p ms is asked for again after %p ms", async (age, afterMs, code) => {
  const error = await rejection(run(answering(waiting), age));

  expect(error).toBeInstanceOf(RetryLater);
  expect(error).toMatchObject({ afterMs, code, effect: "none" });
});

test("SEND's own wait is never undercut", async () => {
  const error = await rejection(run(answering({ ...waiting, retryAfterMs: 90_000 }), 0));

  expect(error).toMatchObject({ afterMs: 90_000 });
});

test("the waits are the technician's to choose", async () => {
  const error = await rejection(
    run(answering(waiting), 30_000, { quickFor: 0, slowFor: 0, longWait: 900_000 }),
  );

  expect(error).toMatchObject({ afterMs: 900_000 });
});

test("a request that SEND does not show is asked for later", async () => {
  const error = await rejection(run(answering(null), 0));

  expect(error).toMatchObject({ code: "REQUEST_NOT_FOUND", effect: "none", afterMs: 10_000 });
});

test("an iun that is not the request's is no refusal: it stays open until a person decides", async () => {
  const accepted: SendStatus = {
    status: "accepted",
    notificationRequestId: requestId,
    noticeCodes: [],
    iun: "ABCD-EFGH-ILMN-202201-A-1",
  };

  const error = await rejection(run(answering(accepted), 0));

  expect(error).toBeInstanceOf(RetryLater);
  expect(error).toMatchObject({ code: "IUN_MISMATCH", effect: "unknown", afterMs: 600_000 });
});

test("a question leaves nothing to reconcile", async () => {
  const ctx = contextOf(importIun, { send: answering(null), clock: fakeClock() });

  expect(await importIun.reconcile?.(item(), ctx)).toEqual({ status: "not-done" });
});

describe("by stream", () => {
  const accepted: SendStatus = {
    status: "accepted",
    notificationRequestId: requestId,
    noticeCodes: [],
    iun: "ABCD-EFGH-ILMN-202201-N-1",
  };

  /** A stream that brings `comes` when it is read. */
  function stream(
    comes: SendStatus | null,
    refresh: () => Promise<number> = () => Promise.resolve(900_000),
  ): SendVerdicts & { readonly asked: string[] } {
    const asked: string[] = [];
    let received: SendStatus | null = null;
    return {
      asked,
      requireStream: () => Promise.resolve(),
      takeAccepted: () => Promise.resolve([]),
      async refresh() {
        asked.push("refresh");
        const waitMs = await refresh();
        received = comes;
        return waitMs;
      },
      find: (id) => {
        asked.push(`of ${id}`);
        return Promise.resolve(received);
      },
    };
  }

  async function runBy(
    verdicts: SendVerdicts,
    ageMs: number,
    send: SendPort = answering(null),
    config: Record<string, unknown> = {},
  ) {
    const clock = fakeClock();
    clock.advance(ageMs);
    const parts = { send, verdicts, clock, config: { by: "stream", ...config } };
    return await runOnItem(importIun, item(), contextOf(importIun, parts));
  }

  /** A SEND that nobody may ask. */
  const closed: SendPort = {
    ...answering(null),
    findStatus: () => Promise.reject(new Error("asked one by one")),
  };

  test("the verdict that the stream brings gives the iun without a question", async () => {
    const verdicts = stream(accepted);

    const added = await runBy(verdicts, 1_000, closed);

    expect(added).toEqual({ iun: "ABCD-EFGH-ILMN-202201-N-1" });
    expect(verdicts.asked).toEqual([`of ${requestId}`, "refresh", `of ${requestId}`]);
  });

  test("a verdict that was received before is not read again", async () => {
    const verdicts: SendVerdicts = {
      requireStream: () => Promise.resolve(),
      takeAccepted: () => Promise.resolve([]),
      find: () => Promise.resolve(accepted),
      refresh: () => Promise.reject(new Error("read again")),
    };

    expect(await runBy(verdicts, 1_000, closed)).toEqual({ iun: "ABCD-EFGH-ILMN-202201-N-1" });
  });

  test("a refusal by stream rejects the verbale with its reasons", async () => {
    const refusals = [{ code: passOnCode("NOT_VALID_ADDRESS"), note: "Nota.", hint: "Rimedio." }];
    const refused: SendStatus = { ...accepted, status: "refused", refusals };

    const error = await rejection(runBy(stream(refused), 1_000, closed));

    expect(error).toBeInstanceOf(ItemRejected);
    expect(error).toMatchObject({ code: "NOT_VALID_ADDRESS", message: "Nota.", hint: "Rimedio." });
  });

  test("an iun of another request by stream is not believed: SEND itself is asked", async () => {
    const other: SendStatus = { ...accepted, iun: "ABCD-EFGH-ILMN-202201-A-1" };

    const added = await runBy(stream(other), 1_000, answering(accepted));
    const error = await rejection(runBy(stream(other), 1_000, answering(other)));

    expect(added).toEqual({ iun: "ABCD-EFGH-ILMN-202201-N-1" });
    expect(error).toMatchObject({ code: "IUN_MISMATCH", effect: "unknown" });
  });

  test.each([
    // The stream may be read again in 15 minutes: that comes before half an hour is over.
    [1_000, 900_000, 900_000],
    // Ten minutes are left until SEND is asked itself.
    [20 * 60_000, 900_000, 600_000],
    // Never more often than the ordinary wait.
    [1_000, 0, 10_000],
    [30 * 60_000 - 1, 900_000, 10_000],
  ])(
    "without a verdict after %p ms, the stream due in %p ms, it comes back in %p ms",
    async (ageMs, nextMs, afterMs) => {
      const error = await rejection(
        runBy(
          stream(null, () => Promise.resolve(nextMs)),
          ageMs,
          closed,
        ),
      );

      expect(error).toBeInstanceOf(RetryLater);
      expect(error).toMatchObject({ code: "NOT_YET_ACCEPTED", effect: "none", afterMs });
    },
  );

  test("what the stream does not bring in half an hour is asked of SEND", async () => {
    const verdicts = stream(null);

    const added = await runBy(verdicts, 30 * 60_000, answering(accepted));

    expect(added).toEqual({ iun: "ABCD-EFGH-ILMN-202201-N-1" });
    expect(verdicts.asked).toContain("refresh");
  });

  test("when to ask is the technician's to choose", async () => {
    const config = { realignAfter: 5_000 };

    expect(await runBy(stream(null), 5_000, answering(accepted), config)).toEqual({
      iun: "ABCD-EFGH-ILMN-202201-N-1",
    });
  });

  test("a stream that does not answer does not hold back what is old", async () => {
    const silent = stream(null, () => Promise.reject(new RetryLater("Non risponde.")));

    expect(await runBy(silent, 30 * 60_000, answering(accepted))).toEqual({
      iun: "ABCD-EFGH-ILMN-202201-N-1",
    });
    expect(await rejection(runBy(silent, 1_000, closed))).toMatchObject({
      message: "Non risponde.",
    });
  });

  test("a stream that is not there blocks the run, whatever the age", async () => {
    const missing = stream(null, () => Promise.reject(new RunBlocked("STREAM_MISSING", "Manca.")));

    const error = await rejection(runBy(missing, 24 * 3_600_000, answering(accepted)));

    expect(error).toMatchObject({ code: "STREAM_MISSING" });
  });

  test("a gap that SEND cannot fill yet is told as late, as by polling", async () => {
    const error = await rejection(runBy(stream(null), 60 * 60_000, answering(waiting)));

    expect(error).toMatchObject({ code: "VERDICT_LATE", afterMs: 600_000 });
  });
});
