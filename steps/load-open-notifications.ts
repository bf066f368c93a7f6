/** The source of import-iun as its own pipeline: verbali that SEND took in charge in earlier runs and that have no IUN yet. */
import { Type } from "typebox";
import { sourceStep } from "../integrations/services.ts";
import { NotificationField, type Notification } from "./schemas/fields.ts";

export default sourceStep({
  title: "Notifiche senza IUN",
  summary: "Riprende i verbali già trasmessi a SEND dall'ente che non hanno ancora lo IUN",
  config: Type.Object({}, { additionalProperties: false }),
  adds: NotificationField,
  takesFile: false,
  examples: ["{}"],
  async *run(ctx) {
    for await (const effect of ctx.openEffects("transmit", "import-iun")) {
      const { notification } = effect.fields as { readonly notification?: Notification };
      if (notification === undefined)
        throw new Error(
          `transmit added no notification: run ${effect.runId}, item ${effect.itemKey}`,
        );
      yield { key: effect.itemKey, fields: { notification } };
    }
  },
});
