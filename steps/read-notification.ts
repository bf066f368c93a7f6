/** Reads from SEND which notification an IUN stands for, so that a person sees what is about to be cancelled. */
import { Type } from "typebox";
import { ItemRejected } from "../engine/host/errors.ts";
import { notificationStatusWord } from "../integrations/send/port.ts";
import { pureStep } from "../integrations/services.ts";
import { IunField, SentNotificationField, type SentNotificationFields } from "./schemas/fields.ts";

export default pureStep({
  title: "Stato su SEND",
  summary: "Legge su SEND protocollo e stato della notifica che ha questo IUN",
  needs: ["desk"],
  config: Type.Object({}, { additionalProperties: false }),
  reads: IunField,
  adds: SentNotificationField,
  note: ({ sentNotification: { protocol, status } }) =>
    `Protocollo ${protocol}, stato su SEND: ${notificationStatusWord(status)}.`,
  examples: ["{}"],
  async run(item, ctx): Promise<SentNotificationFields> {
    const found = await ctx.services.desk.findNotification(item.data.iun, ctx.signal);
    if (found === null)
      throw new ItemRejected(
        "NOTIFICATION_NOT_FOUND",
        "SEND non conosce questo IUN, o la notifica non è di questo ente. Nulla è stato annullato.",
        { hint: "Copiare lo IUN dal verbale nello storico e indicare l'ente che l'ha notificato." },
      );
    const { protocol, sentAt, status } = found;
    return { sentNotification: { protocol, sentAt, status } };
  },
});
