/** What a verbale had to pay before it was notified can no longer be paid once its new codes are at SEND. */
import { toInstant } from "../../../engine/host/clock.ts";
import { paTaxId } from "../stage/ente.ts";
import { Broken, type Invariant } from "../stage/stage.ts";

export const oldCodes: Invariant = {
  name: "vecchi-codici",
  promise: "un verbale notificato si paga solo con i codici che ha ricevuto",
  on: ["night", "rest"],
  check({ world, acts, notified }) {
    notified.listen();
    for (const { numero, iun } of notified.byIun.values()) {
      const code = acts.get(numero)?.oldCode ?? null;
      if (code === null) continue;
      const { body } = world.askNow(`/payer/${paTaxId}/${code}`);
      if (typeof body === "object" && body !== null && !("fault" in body))
        throw new Broken(
          this.name,
          `${numero} (${iun}): il codice di prima si paga ancora il ${toInstant(world.now())}`,
        );
    }
  },
};
