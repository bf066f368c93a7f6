/** Has SEND cancel a notification and waits until it is cancelled; in the pipeline of cancellations, after a person agreed. */
import { Type } from "typebox";
import { toInstant } from "../engine/host/clock.ts";
import { ItemRejected, RetryLater } from "../engine/host/errors.ts";
import { effectStep } from "../integrations/services.ts";
import { toCancelledName } from "./sending/held-names.ts";
import { CancellationField, IunField, SentNotificationField } from "./schemas/fields.ts";

/** Source: timeline categories of pn-delivery-push. */
const requested = "NOTIFICATION_CANCELLATION_REQUEST";

export default effectStep({
  title: "Annullamento su SEND",
  summary:
    "Chiede a SEND di annullare la notifica e attende che lo sia: non si può tornare indietro",
  effect: "keyed",
  needs: ["desk"],
  config: Type.Object({}, { additionalProperties: false }),
  reads: Type.Object({ ...IunField.properties, ...SentNotificationField.properties }),
  adds: CancellationField,
  holds: ({ data }) => [toCancelledName(data.iun)],
  note: () =>
    "Notifica annullata su SEND. I codici avviso sono di nuovo liberi; le posizioni debitorie restano aperte.",
  examples: ["{}"],
  async run(item, ctx) {
    const { desk } = ctx.services;
    const { iun } = item.data;
    const found = await desk.findNotification(iun, ctx.signal);
    if (found === null) throw notificationGoneError();
    if (found.status === "CANCELLED") return { cancelledAt: toInstant(ctx.clock.now()) };
    const isRequested = found.timeline.some(({ category }) => category === requested);
    if (!isRequested && (await desk.cancel(iun, ctx.signal)) === null)
      throw notificationGoneError();
    // SEND's 202 is a receipt: the cancellation is done when the notification says so.
    throw new RetryLater("SEND ha preso in carico l'annullamento e non l'ha ancora eseguito.", {
      code: "CANCELLATION_UNDER_WAY",
      effect: "none",
      afterMs: isRequested ? 60_000 : 2_000,
    });
  },
  reconcile() {
    // Looked up and asked for again: SEND cancels a notification once, however often it is asked.
    return Promise.resolve({ status: "not-done" });
  },
});

function notificationGoneError(): ItemRejected {
  return new ItemRejected(
    "NOTIFICATION_NOT_FOUND",
    "SEND non conosce più questo IUN. Nulla è stato annullato.",
    { hint: "Controllare lo IUN e l'ente, poi ripetere." },
  );
}
