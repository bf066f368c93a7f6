/** What the payment system is told of one position of an act that was sent: until when each of its codes may be paid. */
import { hash } from "node:crypto";
import type { ScheduleOrder } from "../../integrations/payments/port.ts";
import type { Act } from "../../integrations/register/kinds.ts";
import { cleanAddress } from "../checks/address.ts";
import type { PaymentOption } from "../schemas/fields.ts";
import type { Verbale } from "../schemas/verbale.ts";
import type { OwnPosition } from "./addressees.ts";

/** `findLastDay`: of a code, `YYYY-MM-DD`; `null`: no day is known. */
export function buildScheduleOrder(
  of: { readonly numero: string; readonly act: Act; readonly position: OwnPosition },
  idempotencyKey: string,
  findLastDay: (kind: PaymentOption["kind"]) => string | null,
): ScheduleOrder {
  const { numero, act, position } = of;
  const { recipient, ref, options } = position;
  const { destinatario, destinatari = [] } = act.verbale as Pick<
    Verbale,
    "destinatario" | "destinatari"
  >;
  const own = recipient === 0 ? destinatario : destinatari[recipient - 1];
  const told = act.recipients[recipient];
  if (told === undefined || own === undefined) throw new Error("an act without this recipient");
  const address = cleanAddress(own.indirizzo);
  return {
    verbale: recipient === 0 ? numero : `${numero} (${recipient + 1})`,
    idempotencyKey:
      recipient === 0 ? idempotencyKey : hash("sha256", `${idempotencyKey}/${recipient}`, "hex"),
    ref,
    debtor: {
      type: own.tipo,
      taxId: told.taxId,
      denomination: told.denomination,
      ...(address.stato === undefined && { address }),
    },
    // Only where the payment system does not say what stands there.
    reason: `Violazione Codice della Strada - verbale ${numero}`,
    options: options.map((option) => ({ ...option, lastDay: findLastDay(option.kind) })),
  };
}
