/** Cancelling a notification: what is shown before, what is asked of SEND, and when it counts as done. */
import { runOnItem } from "../../../engine/step/step.ts";
import { expect, test } from "bun:test";
import { createSendDesk } from "../../../integrations/send/desk.ts";
import type { SendDesk, SentNotification } from "../../../integrations/send/desk-port.ts";
import cancelNotification from "../../../steps/cancel-notification.ts";
import readNotification from "../../../steps/read-notification.ts";
import { accessOf, makeSend, rejection, sampleRequest } from "../integrations/send/setup.ts";
import { contextOf } from "./sending.ts";

const unknownIun = "AAAA-AAAA-AAAA-202611-H-1";

/** A notification that SEND accepted, and the steps over its desk. */
async function accepted(between?: Parameters<typeof makeSend>[0]) {
  const world = await makeSend(between);
  const { notificationRequestId } = await world.send.send(await sampleRequest(world.send));
  world.clock.advance(200);
  const found = await world.send.findStatus(notificationRequestId);
  if (found?.status !== "accepted") throw new Error("the sample was not accepted");
  const desk = createSendDesk(accessOf(world));
  return { world, desk, iun: found.iun };
}

function contextWith(step: typeof cancelNotification, desk: Partial<SendDesk>, world: World) {
  const ctx = contextOf(step, { send: world.send, clock: world.clock });
  return { ...ctx, services: { desk } };
}
type World = Awaited<ReturnType<typeof makeSend>>;

function itemOf(iun: string) {
  return { key: iun, round: 1, data: { iun } };
}

test("a person sees protocol and status of what is about to be cancelled", async () => {
  const { world, desk, iun } = await accepted();

  const fields = await runOnItem(
    readNotification,
    itemOf(iun),
    contextWith(readNotification, desk, world),
  );

  expect(fields).toEqual({
    sentNotification: { protocol: "V-1", sentAt: "2026-11-23T09:00:00.000Z", status: "ACCEPTED" },
  });
  expect(readNotification.note?.(fields ?? {})).toBe(
    "Protocollo V-1, stato su SEND: accettata: per l'ente la notifica è perfezionata (ACCEPTED).",
  );
});

test("an IUN that SEND does not know is rejected and nothing is cancelled", async () => {
  const { world, desk } = await accepted();
  const ctx = contextWith(readNotification, desk, world);

  const read = await rejection(
    Promise.resolve(runOnItem(readNotification, itemOf(unknownIun), ctx)),
  );
  const cancelled = await rejection(
    Promise.resolve(runOnItem(cancelNotification, itemOf(unknownIun), ctx)),
  );

  expect(read).toMatchObject({ name: "ItemRejected", code: "NOTIFICATION_NOT_FOUND" });
  expect(cancelled).toMatchObject({ name: "ItemRejected", code: "NOTIFICATION_NOT_FOUND" });
});

test("SEND's receipt is no cancellation: the step ends when the notification says CANCELLED", async () => {
  const { world, desk, iun } = await accepted();
  const ctx = contextWith(cancelNotification, desk, world);

  const first = await rejection(Promise.resolve(runOnItem(cancelNotification, itemOf(iun), ctx)));
  const second = await runOnItem(cancelNotification, itemOf(iun), ctx);

  expect(first).toMatchObject({ code: "CANCELLATION_UNDER_WAY", effect: "none", afterMs: 2_000 });
  expect(second).toEqual({ cancelledAt: "2026-11-23T09:00:00.200Z" });
});

test("a cancellation that SEND has under way is not asked for again", async () => {
  const { world, iun } = await accepted();
  const asked: string[] = [];
  const detail: SentNotification = {
    iun,
    protocol: "V-1",
    sentAt: "2026-11-23T09:00:00.000Z",
    status: "ACCEPTED",
    history: [],
    timeline: [{ category: "NOTIFICATION_CANCELLATION_REQUEST", at: "", elementId: "e" }],
    documents: [],
    payments: [],
  };
  const ctx = contextWith(
    cancelNotification,
    {
      findNotification: () => Promise.resolve(detail),
      cancel: (asIun) => {
        asked.push(asIun);
        return Promise.resolve("requested" as const);
      },
    },
    world,
  );

  const error = await rejection(Promise.resolve(runOnItem(cancelNotification, itemOf(iun), ctx)));

  expect(error).toMatchObject({ code: "CANCELLATION_UNDER_WAY", afterMs: 60_000 });
  expect(asked).toEqual([]);
});

test("after a crash it is looked up again, and one cancellation is on SEND", async () => {
  let cancels = 0;
  const { world, desk, iun } = await accepted({
    between: async (request, next) => {
      if (request.url.includes("/cancel/")) cancels += 1;
      return await next();
    },
  });
  const ctx = contextWith(cancelNotification, desk, world);
  await rejection(Promise.resolve(runOnItem(cancelNotification, itemOf(iun), ctx)));

  const reconciled = await cancelNotification.reconcile?.(itemOf(iun), ctx);
  const fields = await runOnItem(cancelNotification, itemOf(iun), ctx);

  expect(reconciled).toEqual({ status: "not-done" });
  expect(fields).toHaveProperty("cancelledAt");
  expect(cancels).toBe(1);
});

test.each([
  [503, {}, { name: "RetryLater", code: "SERVICE_UNAVAILABLE" }],
  [
    404,
    { errors: [{ code: "PN_GENERIC_ERROR", detail: "not found" }] },
    { name: "ItemRejected", code: "NOTIFICATION_NOT_FOUND" },
  ],
])("an answer %i to the request is told as it is, not as under way", async (status, body, told) => {
  const { world, desk, iun } = await accepted({
    between: async (request, next) =>
      request.url.includes("/cancel/") ? Response.json(body, { status }) : await next(),
  });
  const ctx = contextWith(cancelNotification, desk, world);

  const error = await rejection(Promise.resolve(runOnItem(cancelNotification, itemOf(iun), ctx)));

  expect(error).toMatchObject(told);
});
