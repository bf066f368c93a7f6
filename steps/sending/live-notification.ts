/** Whether a notification of a verbale stands on SEND, whatever the journal knows of it: asked before its notice codes die. */
import type { EffectContext } from "../../engine/step/context.ts";
import type { Item } from "../../engine/step/item.ts";
import { ItemRejected, RetryLater } from "../../engine/host/errors.ts";
import type { SendDesk } from "../../integrations/send/desk-port.ts";
import type { SendPort } from "../../integrations/send/port.ts";
import { pickProtocol } from "./held-names.ts";
import type { Verbale } from "../schemas/verbale.ts";

type SentItem = Item<{ readonly verbale: Verbale }>;
type Keys = Pick<EffectContext<unknown, unknown>, "idempotencyKey">;
type Context = Keys &
  Pick<EffectContext<unknown, unknown>, "signal"> & {
    readonly services: {
      readonly send: SendPort;
      readonly desk: SendDesk;
      readonly ente: { readonly ente: { readonly codiceFiscale: string } };
    };
  };

/** What SEND knows the request of a round by, besides the protocol; the same whichever step asks. */
export function buildToken(item: Item<unknown>, ctx: Keys, round = item.round): string {
  return `postino-${ctx.idempotencyKey({ ...item, round }, "transmit")}`;
}

/**
 * Throws ItemRejected `ALREADY_NOTIFIED_OTHERWISE` when a round of the verbale up to this one was accepted by SEND and is not
 * cancelled, RetryLater while one is examined. Asks SEND, not the journal: that may have been restored to a day before the sending.
 */
export async function assertNeverAccepted(item: SentItem, ctx: Context): Promise<void> {
  const { send } = ctx.services;
  const protocol = pickProtocol(item.data.verbale);
  for (let round = item.round; round >= 1; round -= 1) {
    const found = await send.find(protocol, buildToken(item, ctx, round), ctx.signal);
    if (found === null || found.status === "refused") continue;
    if (found.status === "waiting")
      throw new RetryLater(
        "SEND sta ancora esaminando una richiesta di questo verbale: prima del suo esito nessuna posizione viene annullata.",
        { code: "EARLIER_REQUEST_WAITING", effect: "none", afterMs: found.retryAfterMs },
      );
    if (await isCancelled(found.iun, ctx)) continue;
    throw new ItemRejected(
      "ALREADY_NOTIFIED_OTHERWISE",
      `Il verbale è già notificato (IUN ${found.iun}), e i suoi codici avviso devono restare pagabili. Nessuna posizione è stata annullata e nulla è stato inviato.`,
      {
        hint: {
          action: "start",
          pipeline: "annulla",
          first:
            "Controllare la notifica e i suoi importi: se è giusta, vale quella. Se è sbagliata, annullarla prima di notificare di nuovo:",
        },
      },
    );
  }
}

/** Throws ItemRejected `POSITION_NOTIFIED` when one of these notice codes is in a notification that SEND has accepted. */
export async function assertCodesFree(codes: readonly string[], ctx: Context): Promise<void> {
  const { desk, ente } = ctx.services;
  for (const code of new Set(codes)) {
    const price = await desk.findPrice(ente.ente.codiceFiscale, code, ctx.signal);
    if (price === null || (price.iun !== "" && (await isCancelled(price.iun, ctx)))) continue;
    const which = price.iun === "" ? "" : ` (IUN ${price.iun})`;
    throw new ItemRejected(
      "POSITION_NOTIFIED",
      `Una posizione da annullare è in una notifica di SEND${which}: annullarla la renderebbe impagabile. Nulla è stato annullato né inviato.`,
      {
        hint: "Togliere quella posizione dal verbale, oppure annullare prima la notifica su SEND.",
      },
    );
  }
}

async function isCancelled(iun: string, { services, signal }: Context): Promise<boolean> {
  const notification = await services.desk.findNotification(iun, signal);
  return notification?.status === "CANCELLED";
}
